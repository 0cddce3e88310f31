"""Compose, Prometheus and Grafana: files by their tools' own validators, every number held against docs/metrics.md, and
a Prometheus that reads a crux at work and answers every query of the dashboard.

Takes the binary from $CRUX, and compose-spec, promtool and prometheus from PATH. Ends with
"monitoring: N passed, N failed".
"""

import contextlib
import json
import os
import re
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import grpc
import yaml
from crux.v1 import chat_pb2_grpc

from counting import check, finish
from load import OPTIONS, Load, request
from servers import DEPLOY, Crux, free_port, wait_for

HERE = Path(__file__).parent
METRICS = DEPLOY.parent / "docs" / "metrics.md"
# What the scraper itself says of what it scrapes.
PROMETHEUS_OWN = {"up": {"job", "instance"}}
# Every series has these from the scraper; le is the histogram's own.
SCRAPED = {"job", "instance", "le"}
COMPOSE = {"CRUX_TOKEN": "only-for-checking", "CRUX_KEK": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
           "POSTGRES_PASSWORD": "secret", "GRAFANA_PASSWORD": "secret"}
# Numbers that a short load by one caller cannot bring about; their queries must be answered, not have an answer.
SILENT = re.compile(r"retries|fallbacks|key_failovers|auth_failures|vault_keys|cost_nano")


def run(*command: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


def documented() -> dict[str, set[str]]:
    """Names of series, as the page has them, and their labels."""
    found = {}
    for line in METRICS.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) >= 5:
            name, labels = cells[0].strip("`"), set(re.findall(r"`([a-z_]+)`", cells[2]))
            if cells[1] == "histogram":
                found |= {f"{name}_{part}": labels for part in ("bucket", "sum", "count")}
            else:
                found[name] = labels
    return found


def unknown(expression: str, known: dict[str, set[str]]) -> list[str]:
    """Metrics and labels of a query that no page tells of."""
    found = []
    for name, matchers in re.findall(r"\b([a-z][a-z0-9]*(?:_[a-z0-9]+)+|up)\b(?:\{([^}]*)\})?", expression):
        if name not in known:
            # A word between brackets of by () is a label, and is looked at below.
            if not any(name in labels for labels in known.values()) and name not in FUNCTIONS:
                found.append(name)
            continue
        for label in re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", matchers):
            if label not in known[name] | SCRAPED:
                found.append(f"{name}{{{label}}}")
    names = [name for name in known if re.search(rf"\b{name}\b", expression)]
    of_all = set.union(SCRAPED, *(known[name] for name in names)) if names else SCRAPED
    for group in re.findall(r"\bby \(([^)]*)\)", expression):
        found += [f"by ({label})" for label in re.split(r",\s*", group.strip()) if label and label not in of_all]
    return found


FUNCTIONS = {"histogram_quantile", "min_over_time"}


def queries() -> dict[str, str]:
    dashboard = json.loads((DEPLOY / "grafana/dashboards/crux.json").read_text())
    return {
        f"{panel['title']} ({target['refId']})": target["expr"]
        for panel in dashboard["panels"]
        for target in panel.get("targets", [])
    }


def filled(expression: str) -> str:
    """With what Grafana puts in place of its variables."""
    return expression.replace("$__rate_interval", "4s").replace("$job", ".*").replace("$instance", ".*")


def alerts() -> list[dict]:
    return [rule for group in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"] for rule in group["rules"]]


def compose(scratch: Path) -> None:
    print("-- compose")
    file = DEPLOY / "compose" / "compose.yaml"
    surroundings = {"PATH": os.environ["PATH"], "HOME": str(scratch)}
    bare = run("compose-spec", str(file), env=surroundings, cwd=scratch)
    check("without secrets it does not begin, and says where to look",
          bare.returncode != 0 and ".env.example" in bare.stdout + bare.stderr, bare.stdout + bare.stderr)
    # compose-spec takes no variable from anywhere: they are filled in here, as the engine's own client would.
    text = re.sub(r"\$\{([A-Z_]+):\?[^}]*\}", lambda found: COMPOSE[found[1]], file.read_text())
    (scratch / "compose.yaml").write_text(text)
    said = run("compose-spec", "-format", "json", str(scratch / "compose.yaml"), env=surroundings, cwd=file.parent)
    check("it keeps to the specification", said.returncode == 0, said.stdout[-2000:] + said.stderr)
    project = json.loads(said.stdout)
    services = project["services"]
    named = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "compose/.env.example").read_text(), re.M))
    check(".env.example names what it needs, without values", named == COMPOSE.keys(), named)
    check("its example holds no secret", not re.search(r"^[A-Z_]+=.+", (DEPLOY / "compose/.env.example").read_text(), re.M))
    versions = [service["image"] for name, service in services.items() if name != "crux"]
    check("images are of a named version", all(re.search(r":v?\d+\.\d+", image) for image in versions), versions)
    bound = [volume["source"] for service in services.values() for volume in service.get("volumes", []) if volume["type"] == "bind"]
    check("what is mounted is there", bound and all(Path(source).exists() for source in bound), bound)
    open_to_all = [port for service in services.values() for port in service.get("ports", []) if port.get("host_ip") != "127.0.0.1"]
    check("nothing is open to other machines", not open_to_all, open_to_all)
    crux = services["crux"]
    check("crux has no more rights than it needs",
          crux["read_only"] and crux["cap_drop"] == ["ALL"] and crux["security_opt"] == ["no-new-privileges:true"], crux)
    check("and time to drain", crux["stop_grace_period"] in ("30s", 30_000_000_000), crux["stop_grace_period"])
    check("the database is for crux alone",
          [name for name, service in services.items() if "data" in service["networks"]] == ["crux", "postgres"]
          and project["networks"]["data"]["internal"] is True, project["networks"])
    given = {name: value for name, value in crux["environment"].items() if value is not None}
    given |= {"CRUX_SERVER__LISTEN": "0.0.0.0:50051", "XDG_DATA_HOME": "/var/lib", "HOME": str(scratch)}
    said = run(os.environ["CRUX"], "config", "check", env=given, cwd=scratch)
    check("crux takes its environment", said.returncode == 0, said.stdout + said.stderr)


def files(known: dict[str, set[str]]) -> None:
    print("-- prometheus and grafana")
    said = run("promtool", "check", "config", str(DEPLOY / "prometheus/prometheus.yml"))
    check("promtool takes the configuration", said.returncode == 0, said.stdout + said.stderr)
    said = run("promtool", "test", "rules", str(HERE / "alerts.test.yml"))
    check("every alert fires when it should, and not otherwise", said.returncode == 0, said.stdout + said.stderr)
    tests = yaml.safe_load((HERE / "alerts.test.yml").read_text())["tests"]
    fired = {one["alertname"] for test in tests for one in test["alert_rule_test"] if one.get("exp_alerts")}
    names = {rule["alert"] for rule in alerts()}
    check(f"none of the {len(names)} is without a test", fired == names, fired ^ names)
    page = (DEPLOY / "README.md").read_text()
    told = set(re.findall(r"`(Crux[A-Za-z]+)`", page))
    check("deploy/README.md says what to do about each", told == names, told ^ names)

    for name, expression in queries().items() | {(rule["alert"], rule["expr"]) for rule in alerts()}:
        strange = unknown(expression, known | PROMETHEUS_OWN)
        if strange:
            check(f"{name} asks for numbers that docs/metrics.md tells of", False, strange)
    check(f"{len(queries())} queries and {len(names)} alerts were looked at", len(queries()) > 30)
    shown = {name for name in known for expression in queries().values() if re.search(rf"\b{name}\b", expression)}
    print(f"   the dashboard shows {len(shown)} of {len(known)} series")
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        rules = [{"record": f"crux:query{number}", "expr": filled(one)} for number, one in enumerate(queries().values())]
        yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}, file)
        file.flush()
        said = run("promtool", "check", "rules", file.name)
    check("promtool takes every query of the dashboard", said.returncode == 0, said.stdout + said.stderr)

    dashboard = json.loads((DEPLOY / "grafana/dashboards/crux.json").read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    check("panels have ids of their own", len(ids) == len(set(ids)))
    places = [(panel["gridPos"]["x"] + column, panel["gridPos"]["y"] + line) for panel in dashboard["panels"]
              for column in range(panel["gridPos"]["w"]) for line in range(panel["gridPos"]["h"])]
    check("and places of their own", len(places) == len(set(places)) and max(x for x, _ in places) == 23)
    check("and words of what they show", all(panel.get("description") for panel in dashboard["panels"] if panel["type"] != "row"))
    source = yaml.safe_load((DEPLOY / "grafana/provisioning/datasources/prometheus.yaml").read_text())["datasources"][0]
    services = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())["services"]
    check("grafana asks the Prometheus that is there", urllib.parse.urlparse(source["url"]).hostname in services, source)
    provider = yaml.safe_load((DEPLOY / "grafana/provisioning/dashboards/crux.yaml").read_text())["providers"][0]
    mounts = [volume.split(":")[1] for volume in services["grafana"]["volumes"]]
    check("and finds its dashboard", provider["options"]["path"] in mounts, mounts)


class Prometheus:
    """One that scrapes a crux every second, by the configuration of deploy/ with its address."""

    def __init__(self, scratch: Path, target: str) -> None:
        self.port = free_port()
        self.log = scratch / "prometheus.log"
        for file in (DEPLOY / "prometheus").iterdir():
            text = file.read_text().replace("crux:8091", target).replace("scrape_interval: 15s", "scrape_interval: 1s")
            (scratch / file.name).write_text(text)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={scratch}/prometheus.yml", f"--storage.tsdb.path={scratch}/tsdb",
                 f"--web.listen-address=127.0.0.1:{self.port}"], stdout=log, stderr=log, cwd=scratch)

    def query(self, expression: str) -> dict:
        url = f"http://127.0.0.1:{self.port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            # While it starts, it says so in words.
            return {"status": "error", "error": error.read().decode()}
        except OSError as error:
            return {"status": "error", "error": str(error)}

    def result(self, expression: str) -> list:
        return self.query(expression).get("data", {}).get("result", [])

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def live(scratch: Path, known: dict[str, set[str]]) -> None:
    print("-- a Prometheus that reads crux")
    crux = Crux("watched", scratch)
    crux.start()
    admin = next(line["admin"] for line in crux.lines() if line["message"] == "serving")
    prometheus = Prometheus(scratch, admin)
    channel = grpc.insecure_channel(f"127.0.0.1:{crux.port}", options=OPTIONS)
    load = Load([channel], "watched", whole=2, stream=3, long=1, read=1)
    try:
        load.start()
        for _ in range(3):
            with contextlib.suppress(grpc.RpcError):
                chat_pb2_grpc.ChatServiceStub(channel).Chat(request("nobody/model"))
        wait_for(lambda: any(sample["value"][1] == "1" for sample in prometheus.result("up")), "a scrape", 30)
        check("crux is scraped", True)
        wait_for(lambda: len(prometheus.result("count_over_time(crux_ready[10s]) > 8")) == 1, "ten scrapes", 30)
        for name, expression in queries().items():
            answer = prometheus.query(filled(expression))
            fine = answer["status"] == "success" and (answer["data"]["result"] or SILENT.search(expression))
            if not fine:
                check(f"{name} has an answer", False, f"{filled(expression)}\n{answer}")
        check(f"every query of the dashboard was asked ({len(queries())})", True)
        said = json.load(urllib.request.urlopen(f"http://127.0.0.1:{prometheus.port}/api/v1/rules", timeout=10))
        rules = [rule for group in said["data"]["groups"] for rule in group["rules"]]
        check(f"every alert is looked at ({len(rules)})", {rule["name"] for rule in rules} == {rule["alert"] for rule in alerts()})
        firing = [alert for rule in rules for alert in rule["alerts"]]
        check("and none is about to fire at a crux that is well", not firing, firing)
        series = json.load(urllib.request.urlopen(f"http://127.0.0.1:{prometheus.port}/api/v1/label/__name__/values", timeout=10))
        strange = {name for name in series["data"] if name.startswith(("crux_", "gen_ai_", "rpc_"))} - known.keys()
        strange = {name for name in strange if not name.endswith("_created")}
        check("nothing is served that the page does not tell of", not strange, strange)
        crux.terminate()
        ready = []
        wait_for(lambda: ready.append(prometheus.result("crux_ready")) or any(
            sample["value"][1] == "0" for sample in ready[-1]), "a scrape during the drain", 10)
        check("while it drains it is scraped, and not ready", True)
    finally:
        load.stop()
        channel.close()
        prometheus.stop()
        crux.kill()


with tempfile.TemporaryDirectory() as directory:
    series = documented()
    check(f"docs/metrics.md tells of {len(series)} series", len(series) > 30)
    compose(Path(directory))
    files(series)
    live(Path(directory), series)
finish("monitoring")
