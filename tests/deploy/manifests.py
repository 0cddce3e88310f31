"""Kubernetes: the kustomization and the Helm chart, rendered, held against schemas, each other, the image and crux.

Takes the binary from $CRUX, the operator's CRD from $SERVICE_MONITOR_CRD, and helm and kustomize from PATH. Ends with
"manifests: N passed, N failed".
"""

import copy
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import jsonschema
import kubernetes_validate
import yaml

from counting import check, finish
from servers import DEPLOY, certificate

KUBERNETES = DEPLOY / "kubernetes"
CHART = DEPLOY / "helm" / "crux"
VALUES = Path(__file__).parent / "values"
# The oldest that has all that is used, and the newest that is known.
OLDEST = "1.30"
VERSIONS = [OLDEST, kubernetes_validate.latest_version()]
# What the chart adds to know its own, and a checksum that rolls its pods.
CHARTS_OWN = {"helm.sh/chart", "app.kubernetes.io/managed-by", "app.kubernetes.io/version", "checksum/config"}
# What is refused, and the word that says why.
REFUSED = {
    "store=mysql": "store",
    "replicas=3": "replicas",
    "autoscaling.targetCPU=60%": "targetCPU",
    "tls.clientCASecretName=ca": "secretName",
    "secret.lower=x": "lower",
    "image.digest=latest": "digest",
    "preStopSeconds=0": "preStopSeconds",
}


def run(*command: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, **options)


def documents(text: str) -> list[dict]:
    return [document for document in yaml.safe_load_all(text) if document]


def helm(*arguments: str) -> subprocess.CompletedProcess:
    return run("helm", "template", "crux", str(CHART), "--namespace", "crux", "--kube-version", f"{OLDEST}.0", *arguments)


def the(objects: list[dict], kind: str, name: str | None = None) -> dict | None:
    found = [each for each in objects if each["kind"] == kind and name in (None, each["metadata"]["name"])]
    return found[0] if found else None


def mistakes(objects: list[dict], monitor: dict) -> list[str]:
    """What the schemas have against them."""
    found = []
    for each in objects:
        name = f"{each['kind']} {each['metadata']['name']}"
        if each["kind"] == "ServiceMonitor":
            found += [f"{name}: {error.message}" for error in jsonschema.Draft7Validator(monitor).iter_errors(each)]
            continue
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(each, version, strict=True)
            except Exception as error:  # noqa: BLE001 - whatever it says is what is shown
                found.append(f"{name} in {version}: {error}")
    return found


def strict(schema: dict) -> dict:
    """A CRD's schema that refuses what it does not name; the server would drop it in silence."""
    schema = copy.deepcopy(schema)

    def close(part: dict) -> None:
        if "properties" in part and "additionalProperties" not in part:
            part["additionalProperties"] = False
        for inner in list(part.get("properties", {}).values()) + [part.get("items"), part.get("additionalProperties")]:
            if isinstance(inner, dict):
                close(inner)

    close(schema)
    schema["properties"]["metadata"] = {"type": "object"}
    return schema


def disconnected(objects: list[dict]) -> list[str]:
    """What names something that is not there, or selects other pods than crux's."""
    deployment = the(objects, "Deployment")
    pod = deployment["spec"]["template"]
    labels, spec = pod["metadata"]["labels"], pod["spec"]
    container = spec["containers"][0]
    ports = {port["name"] for port in container["ports"]}
    found = []

    def selects(what: str, selector: dict, target: dict) -> None:
        if not selector or not selector.items() <= target.items():
            found.append(f"{what} selects {selector}, there is {target}")

    selects("Deployment", deployment["spec"]["selector"]["matchLabels"], labels)
    for each in objects:
        kind, name, body = each["kind"], each["metadata"]["name"], each.get("spec", {})
        what = f"{kind} {name}"
        if kind == "Service":
            selects(what, body["selector"], labels)
            found += [f"{what}: no port {port['targetPort']}" for port in body["ports"] if port["targetPort"] not in ports]
        elif kind == "PodDisruptionBudget":
            selects(what, body["selector"].get("matchLabels", {}), labels)
        elif kind == "NetworkPolicy":
            selects(what, body["podSelector"].get("matchLabels", {}), labels)
            named = {port["port"] for rule in body["ingress"] for port in rule["ports"]}
            if named != ports:
                found.append(f"{what} lets in {named}, the pod has {ports}")
        elif kind == "HorizontalPodAutoscaler":
            if body["scaleTargetRef"]["name"] != deployment["metadata"]["name"]:
                found.append(f"{what} scales {body['scaleTargetRef']}")
            if "replicas" in deployment["spec"]:
                found.append("the Deployment says how many, and the autoscaler too")
        elif kind == "ServiceMonitor":
            services = [one for one in objects if one["kind"] == "Service"
                        and body["selector"]["matchLabels"].items() <= one["metadata"]["labels"].items()]
            named = [port["name"] for one in services for port in one["spec"]["ports"]]
            if named != [endpoint["port"] for endpoint in body["endpoints"]]:
                found.append(f"{what} looks for {body['endpoints']}, services have {named}")
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    if mounted != {volume["name"] for volume in spec["volumes"]}:
        found.append(f"mounts {mounted}, volumes {spec['volumes']}")
    for volume in spec["volumes"]:
        for kind, key, field in (
            ("ConfigMap", "configMap", "name"), ("PersistentVolumeClaim", "persistentVolumeClaim", "claimName")
        ):
            if key in volume and not the(objects, kind, volume[key][field]):
                found.append(f"no {kind} {volume[key][field]}")
    return found


def careless(objects: list[dict]) -> list[str]:
    """What would cut streams, or give the pod more than it needs."""
    deployment = the(objects, "Deployment")["spec"]
    spec = deployment["template"]["spec"]
    container = spec["containers"][0]
    found = []
    grace = int(environment(objects)["CRUX_SERVER__DRAIN_GRACE"].removesuffix("s"))
    needed = container["lifecycle"]["preStop"]["sleep"]["seconds"] + grace + 5
    if spec["terminationGracePeriodSeconds"] < needed:
        found.append(f"killed after {spec['terminationGracePeriodSeconds']} s, and needs {needed}")
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    user, group = map(int, re.search(r"^USER (\d+):(\d+)$", dockerfile, re.M).groups())
    security = spec["securityContext"]
    if (security["runAsUser"], security["runAsGroup"], security["fsGroup"]) != (user, group, group):
        found.append(f"runs as {security}, the image is made for {user}:{group}")
    port = int(re.search(r"CRUX_SERVER__LISTEN=0\.0\.0\.0:(\d+)", dockerfile).group(1))
    admin = int(environment(objects)["CRUX_ADMIN__LISTEN"].rsplit(":", 1)[1])
    declared = {one["name"]: one["containerPort"] for one in container["ports"]}
    if declared != {"grpc": port, "admin": admin}:
        found.append(f"ports {declared}, crux listens on {port} and {admin}")
    own = container["securityContext"]
    if not (security["runAsNonRoot"] and security["seccompProfile"]["type"] == "RuntimeDefault"
            and own["readOnlyRootFilesystem"] and own["allowPrivilegeEscalation"] is False
            and own["capabilities"] == {"drop": ["ALL"]} and spec["automountServiceAccountToken"] is False):
        found.append(f"more rights than needed: {security} {own}")
    if "memory" not in container["resources"]["limits"] or "cpu" in container["resources"]["limits"]:
        found.append(f"limits {container['resources']['limits']}")
    is_shared = not the(objects, "PersistentVolumeClaim")
    if is_shared and deployment["strategy"]["rollingUpdate"]["maxUnavailable"] != 0:
        found.append("a restart leaves fewer replicas than there are")
    if not is_shared and (deployment["strategy"]["type"], deployment["replicas"]) != ("Recreate", 1):
        found.append("two servers on one file")
    return found


def environment(objects: list[dict]) -> dict[str, str]:
    container = the(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    return {one["name"]: one["value"] for one in container["env"] if "value" in one}


def accepted(objects: list[dict], scratch: Path, **secrets: str) -> subprocess.CompletedProcess:
    """crux's own word on the configuration that the pod would have."""
    file = scratch / "crux.toml"
    file.write_text(the(objects, "ConfigMap")["data"]["crux.toml"])
    given = {**environment(objects), **secrets, "CRUX_SERVER__LISTEN": "0.0.0.0:50051", "HOME": str(scratch)}
    pem = certificate(scratch)
    for name, real in (("CERT", pem), ("KEY", pem.with_suffix(".key")), ("CLIENT_CA", pem)):
        if f"CRUX_TLS__{name}" in given:
            given[f"CRUX_TLS__{name}"] = str(real)
    return run(os.environ["CRUX"], "config", "check", "--config", str(file), env=given, cwd=scratch)


def rendered(objects: list[dict]) -> dict[tuple[str, str], dict]:
    """By kind and name, without what only one of the two tools adds."""
    result = {}
    for each in copy.deepcopy(objects):
        each["metadata"].pop("namespace", None)
        templates = [each, each.get("spec", {}).get("template", {})]
        for part in templates:
            for field in ("labels", "annotations"):
                held = part.get("metadata", {}).get(field)
                if held is not None:
                    part["metadata"][field] = {key: value for key, value in held.items() if key not in CHARTS_OWN}
                    if not part["metadata"][field]:
                        del part["metadata"][field]
        for key, text in (each.get("data") or {}).items():
            each["data"][key] = text.strip()
        result[each["kind"], each["metadata"]["name"]] = each
    return result


def main(scratch: Path) -> None:
    crd = yaml.safe_load(Path(os.environ["SERVICE_MONITOR_CRD"]).read_text())
    monitor = strict(crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"])
    token = "only-for-rendering"
    sets: dict[str, list[dict]] = {}

    print("-- kustomize")
    shutil.copytree(KUBERNETES, scratch / "kubernetes")
    base = run("kustomize", "build", str(scratch / "kubernetes" / "base"))
    check("the base builds", base.returncode == 0 and not base.stderr, base.stderr)
    sets["base"] = documents(base.stdout)
    for overlay in sorted((scratch / "kubernetes" / "overlays").iterdir()):
        missing = run("kustomize", "build", str(overlay))
        check(f"{overlay.name}: without secrets it does not build, and says what is missing",
              missing.returncode != 0 and "secret.env" in missing.stderr, missing.stderr)
        text = (overlay / "secret.env.example").read_text()
        check(f"{overlay.name}: the example holds no secret", not re.search(r"^[A-Z_]+=.+", text, re.M), text)
        (overlay / "secret.env").write_text(re.sub(r"=$", f"={token}", text, flags=re.M))
        built = run("kustomize", "build", str(overlay))
        check(f"{overlay.name}: with them it builds", built.returncode == 0 and not built.stderr, built.stderr)
        objects = sets[overlay.name] = documents(built.stdout)
        name = the(objects, "Secret")["metadata"]["name"]
        used = the(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]["envFrom"][0]["secretRef"]["name"]
        check(f"{overlay.name}: the pods use that Secret, and roll when it changes", name == used != "crux", (name, used))
        check(f"{overlay.name}: everything is in its namespace",
              {each["metadata"].get("namespace") for each in objects if each["kind"] != "Namespace"} == {"crux"})

    print("-- helm")
    linted = run("helm", "lint", "--strict", str(CHART), "--kube-version", f"{OLDEST}.0")
    check("the chart is lint-free", linted.returncode == 0, linted.stdout + linted.stderr)
    plain = helm()
    check("it renders", plain.returncode == 0, plain.stderr)
    sets["chart"] = documents(plain.stdout)
    for file in sorted(VALUES.glob("*.yaml")):
        linted = run("helm", "lint", "--strict", str(CHART), "--kube-version", f"{OLDEST}.0", "--values", str(file))
        check(f"with {file.stem} too", linted.returncode == 0, linted.stdout + linted.stderr)
        made = helm("--values", str(file))
        check(f"and renders with {file.stem}", made.returncode == 0, made.stderr)
        sets[f"chart, {file.stem}"] = documents(made.stdout)
    for value, word in REFUSED.items():
        refused = helm("--set-string" if "=x" in value else "--set", value)
        check(f"{value} is refused", refused.returncode != 0 and word in refused.stderr, refused.stdout[:300] + refused.stderr)
    both = helm("--set", "existingSecret=a,secret.TOKEN=b")
    check("two Secrets at once are refused", both.returncode != 0 and "give one" in both.stderr, both.stderr)
    old = run("helm", "template", "crux", str(CHART), "--kube-version", "1.29.0")
    check("a cluster that cannot sleep before it stops is refused", old.returncode != 0 and "kubeVersion" in old.stderr)

    print("-- what they make")
    secrets = {
        "CRUX_AUTH__BEARER_TOKEN": token,
        "CRUX_VAULT__KEKS__MAIN__KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    }
    for name, objects in sets.items():
        found = mistakes(objects, monitor)
        check(f"{name}: {len(objects)} objects keep to the schemas of {' and '.join(VERSIONS)}", not found, "\n".join(found))
        found = disconnected(objects)
        check(f"{name}: what they name is there", not found, "\n".join(found))
        found = careless(objects)
        check(f"{name}: nothing is cut, nothing has more rights than it needs", not found, "\n".join(found))
        said = accepted(objects, scratch, **secrets)
        check(f"{name}: crux takes the configuration", said.returncode == 0, said.stdout + said.stderr)

    drained = the(sets["chart, mtls"], "Deployment")["spec"]["template"]["spec"]
    check("a longer drain is a longer grace", drained["terminationGracePeriodSeconds"] == 15 + 120 + 5, drained)
    check("with TLS the probes are the admin port's",
          {next(iter(drained["containers"][0][f"{which}Probe"].keys() & {"grpc", "httpGet"}))
           for which in ("startup", "readiness", "liveness")} == {"httpGet"})
    check("without, they are gRPC's",
          {next(iter(the(sets["base"], "Deployment")["spec"]["template"]["spec"]["containers"][0][f"{which}Probe"].keys()
                     & {"grpc", "httpGet"})) for which in ("startup", "readiness", "liveness")} == {"grpc"})

    ours, theirs = rendered(sets["base"]), rendered(sets["chart"])
    check("base and chart make the same objects", ours.keys() == theirs.keys(), ours.keys() ^ theirs.keys())
    for key in sorted(ours.keys() & theirs.keys()):
        check(f"alike: {' '.join(key)}", ours[key] == theirs[key],
              yaml.safe_dump(ours[key]) + "--- and\n" + yaml.safe_dump(theirs[key]))


with tempfile.TemporaryDirectory() as directory:
    main(Path(directory))
finish("manifests")
