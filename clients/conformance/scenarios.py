"""The scenarios of this directory, and whether what a client saw is what one expects."""

import dataclasses
import pathlib
import re
from typing import Any

import yaml

KNOWN = {
    "name", "about", "server", "settings", "secure", "token", "signal", "wire", "call", "styles", "request",
    "deadline_ms", "cancel", "file", "silent", "expect", "sandbox", "reached",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Scenario:
    """One thing that happens, and what a caller must see of it."""

    name: str
    call: str
    expect: dict[str, Any]
    about: str = ""
    # sandbox, own, newer, nobody.
    server: str = "sandbox"
    # Of a server of its own: settings as variables; TLS by `tls` or `mtls`; a signal once an answer is under way.
    settings: dict[str, str] = dataclasses.field(default_factory=dict)
    secure: str = ""
    signal: str = ""
    # What happens to the connection: `cut` once a provider has been asked, or `lost` as the request begins.
    wire: str = ""
    token: str = ""
    styles: tuple[str, ...] = ()
    request: dict[str, Any] | None = None
    deadline_ms: int | None = None
    cancel: dict[str, Any] | None = None
    file: str = ""
    # The tools return nothing.
    silent: bool = False
    # What the sandbox counted, and what reached the newer server.
    sandbox: dict[str, Any] = dataclasses.field(default_factory=dict)
    reached: dict[str, Any] = dataclasses.field(default_factory=dict)


def read(directory: pathlib.Path) -> list[Scenario]:
    """All of them, in the order of files and lines."""
    scenarios = []
    for file in sorted(directory.glob("*.yaml")):
        for fields in yaml.safe_load(file.read_text(encoding="utf-8")):
            unknown = fields.keys() - KNOWN
            if unknown:
                raise SystemExit(f"conformance: {file.name}: {fields['name']}: unknown {sorted(unknown)}")
            scenarios.append(Scenario(**fields))
    names = [scenario.name for scenario in scenarios]
    if len(names) != len(set(names)):
        raise SystemExit("conformance: two scenarios have one name")
    return scenarios


def differences(expected: Any, seen: Any, path: str = "") -> list[str]:
    """Where `seen` is not what is expected; nothing where it is."""
    if isinstance(expected, dict):
        if expected.keys() <= {"min", "max"}:
            is_number = isinstance(seen, int | float) and not isinstance(seen, bool)
            within = is_number and expected.get("min", seen) <= seen <= expected.get("max", seen)
            return [] if within else [f"{path}: expected {expected}, saw {seen!r}"]
        if expected.keys() == {"in"}:
            return [] if seen in expected["in"] else [f"{path}: expected one of {expected['in']}, saw {seen!r}"]
        if expected.keys() == {"has"}:
            return [] if expected["has"] in (seen or ()) else [f"{path}: expected {expected}, saw {short(seen)}"]
        if expected.keys() == {"matches"}:
            is_match = isinstance(seen, str) and re.fullmatch(expected["matches"], seen, re.DOTALL)
            return [] if is_match else [f"{path}: expected {expected}, saw {short(seen)}"]
        if expected.keys() == {"length"}:
            found = len(seen or "")
            return differences(expected["length"], found, f"length of {path}")
        if not isinstance(seen, dict):
            return [f"{path or 'answer'}: expected {expected}, saw {short(seen)}"]
        found = []
        for key, value in expected.items():
            found += differences(value, seen.get(key), f"{path}.{key}" if path else key)
        return found
    return [] if expected == seen else [f"{path}: expected {expected!r}, saw {short(seen)}"]


def short(seen: Any) -> str:
    """`seen`, for a line."""
    words = repr(seen)
    return words if len(words) <= 200 else f"{words[:100]} ... ({len(words)} characters)"
