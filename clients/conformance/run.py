"""Plays every scenario with every client, and prints one table. See README.md."""

import argparse
import base64
import contextlib
import fnmatch
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import time

import newer_contract
import scenarios
from crux_server import Certificates, CruxServer
from newer_server import NewerServer
from scenarios import Scenario
from wire import Wire

HERE = pathlib.Path(__file__).parent
CLIENTS = ("go", "java", "python", "typescript")
# The styles of a call that a client has, where there is more than one.
STYLES = {
    "java": {"stream": ("iterator", "future", "publisher"), "chat": ("blocking", "future")},
    "python": {"stream": ("sync", "async"), "chat": ("sync", "async"), "text": ("sync", "async"),
               "tools": ("sync", "async"), "structured": ("sync", "async")},
}  # fmt: skip
# A driver that says nothing for so long is stuck. The first answer waits for its build.
ANSWERS_WITHIN_SECONDS = 60
BUILDS_WITHIN_SECONDS = 900
COUNTS_WITHIN_SECONDS = 1.0

# An image of one transparent pixel.
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class Driver:
    """A client's driver, as a process: one question a line, one answer a line."""

    def __init__(self, client: str) -> None:
        script = HERE.parent / client / "conformance.sh"
        self._process = subprocess.Popen([script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answers: queue.Queue[str | None] = queue.Queue(maxsize=16)
        self._within = BUILDS_WITHIN_SECONDS
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._answers.put(line)
        self._answers.put(None)

    def ask(self, question: dict) -> dict:
        """What the client saw."""
        try:
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._answers.get(timeout=self._within)
        except (queue.Empty, OSError):
            line = None
        if line is None:
            self._process.kill()
            return {"name": question["name"], "ending": "driver", "message": "the driver ended or got stuck"}
        self._within = ANSWERS_WITHIN_SECONDS
        answer = json.loads(line)
        if answer.get("name") != question["name"]:
            return {"name": question["name"], "ending": "driver", "message": f"an answer to {answer.get('name')!r}"}
        return answer

    def stop(self) -> None:
        """Lets it end by the end of its input."""
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()


class Stage:
    """The servers that scenarios are played on."""

    def __init__(self, crux: str, scratch: pathlib.Path) -> None:
        self._crux = crux
        # What it asked of providers by itself would be counted too.
        self.shared = CruxServer(crux, {"CRUX_REGISTRY__BACKGROUND": "false"})
        self.newer = NewerServer(newer_contract.generate(HERE.parent.parent / "proto", scratch / "newer"))
        certificates = scratch / "certificates"
        certificates.mkdir()
        self.certificates = Certificates(certificates)
        self.file = scratch / "pixel.png"
        self.file.write_bytes(PIXEL)

    def own(self, scenario: Scenario) -> CruxServer:
        """A server for one scenario alone."""
        settings = dict(scenario.settings)
        if scenario.secure:
            settings["CRUX_TLS__CERT"] = self.certificates.path("server.pem")
            settings["CRUX_TLS__KEY"] = self.certificates.path("server.key")
        if scenario.secure == "mtls":
            settings["CRUX_TLS__CLIENT_CA"] = self.certificates.path("ca.pem")
        return CruxServer(self._crux, settings)

    def stop(self) -> None:
        """Ends them."""
        self.newer.stop()
        self.shared.stop()


def play(scenario: Scenario, style: str, driver: Driver, stage: Stage) -> list[str]:
    """What was not as expected."""
    crux = stage.own(scenario) if scenario.server == "own" else stage.shared
    wire = Wire(crux.address, lost=1 if scenario.wire == "lost" else 0) if scenario.wire else None
    acting = None
    try:
        stage.newer.forget()
        if crux is stage.shared:
            settled(lambda: {"open": crux.stats()["open"]}, {"open": 0})
            crux.forget()
        if scenario.signal:
            acting = crux.once_open(lambda: crux.signal(scenario.signal))
        if scenario.wire == "cut":
            acting = crux.once_open(wire.cut)
        seen = driver.ask(question(scenario, style, wire or crux, stage))
        if seen["ending"] == "driver":
            return [f"driver: {seen.get('message')}"]
        wrong = scenarios.differences(scenario.expect, seen)
        if scenario.sandbox:
            wrong += settled(crux.stats, scenario.sandbox)
        if scenario.reached:
            wrong += settled(stage.newer.counted, scenario.reached)
        if scenario.file and base64.b64encode(PIXEL).decode() not in crux.last_request():
            wrong.append("the image is not in what the provider got")
        return wrong
    finally:
        if acting:
            acting.join()
        if wire:
            wire.stop()
        if crux is not stage.shared:
            crux.stop()


def settled(count, expected: dict) -> list[str]:
    """How `count` differs from what it must come to within a second."""
    until = time.monotonic() + COUNTS_WITHIN_SECONDS
    while (wrong := scenarios.differences(expected, count())) and time.monotonic() < until:
        time.sleep(0.02)
    return [f"counted: {difference}" for difference in wrong]


def question(scenario: Scenario, style: str, crux: CruxServer | Wire, stage: Stage) -> dict:
    """What the driver is asked."""
    addresses = {"newer": stage.newer.address, "nobody": "127.0.0.1:1"}
    asked = {
        "name": scenario.name,
        "address": addresses.get(scenario.server, crux.address),
        "call": scenario.call,
        "token": scenario.token,
        "style": style,
        "deadline_ms": scenario.deadline_ms,
        "cancel": scenario.cancel,
        "file": str(stage.file) if scenario.file else None,
        "silent": scenario.silent,
    }
    if scenario.secure:
        asked["ca"] = stage.certificates.path("ca.pem")
    if scenario.secure == "mtls":
        asked["cert"] = stage.certificates.path("client.pem")
        asked["key"] = stage.certificates.path("client.key")
    if scenario.request is not None:
        asked["request"] = written(scenario.request)
    return {key: value for key, value in asked.items() if value}


def written(request: dict) -> dict:
    """The request as proto JSON: `prompt` is one user message, of `prompt_bytes` letters where that is said."""
    request = dict(request)
    prompt = request.pop("prompt", None)
    if "prompt_bytes" in request:
        prompt = "x" * request.pop("prompt_bytes")
    if prompt is not None:
        request["messages"] = [{"role": "ROLE_USER", "content": [{"text": prompt}]}]
    return request


def styles(scenario: Scenario, client: str) -> tuple[str, ...]:
    """The forms of its call in which `client` plays it."""
    if scenario.call == "image":
        return ("bytes", "file", "stream")
    return STYLES.get(client, {}).get(scenario.call, ("",)) if scenario.styles != ["one"] else ("",)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--client", action="append", choices=CLIENTS, help="only this one; may be given more than once")
    parser.add_argument("--scenario", default="*", help="only names that match this pattern")
    parser.add_argument("--verbose", action="store_true", help="what is played, while it is played")
    options = parser.parse_args()
    clients = options.client or CLIENTS
    wanted = [each for each in scenarios.read(HERE) if fnmatch.fnmatch(each.name, options.scenario)]
    crux = os.environ.get("CRUX")
    if not crux:
        raise SystemExit("conformance: set CRUX to the crux binary")

    results: dict[tuple[str, str], list[str]] = {}
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as open_now:
        stage = Stage(crux, pathlib.Path(scratch))
        open_now.callback(stage.stop)
        for client in clients:
            driver = Driver(client)
            open_now.callback(driver.stop)
            for scenario in wanted:
                wrong = []
                for style in styles(scenario, client):
                    found = play(scenario, style, driver, stage)
                    wrong += [f"{style}: {each}" if style else each for each in found]
                    if options.verbose:
                        print(f"{client} {scenario.name} {style}: {found or 'ok'}", file=sys.stderr, flush=True)
                results[scenario.name, client] = wrong
    return report(wanted, clients, results)


def report(wanted: list[Scenario], clients: tuple[str, ...], results: dict[tuple[str, str], list[str]]) -> int:
    """The table, what was wrong, and the line that counts."""
    width = max(len(scenario.name) for scenario in wanted) if wanted else 0
    print(f"{'scenario':{width}}", *(f"{client:10}" for client in clients))
    for scenario in wanted:
        cells = ("FAILED" if results[scenario.name, client] else "ok" for client in clients)
        print(f"{scenario.name:{width}}", *(f"{cell:10}" for cell in cells))
    for (name, client), wrong in results.items():
        for difference in wrong:
            print(f"\n{client} {name}\n  {difference}")
    failed = sum(1 for wrong in results.values() if wrong)
    print(f"\nconformance: {len(results) - failed} passed, {failed} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    raise SystemExit(main())
