"""Writes crux/v1/__init__.py: every message, enum and enum value of the contract under one name.

Usage: v1_init.py <directory of the generated modules>, with its parent's parent on sys.path.
"""

import importlib
import sys
from pathlib import Path

HEAD = '''"""The contract, generated from proto/crux/v1: messages, enums and their values.

Services are in the modules that end in _pb2_grpc.
"""

'''


def names(module: str) -> list[str]:
    """Returns the public names of one generated module."""
    descriptor = importlib.import_module(module).DESCRIPTOR
    found = list(descriptor.message_types_by_name)
    for enum in descriptor.enum_types_by_name.values():
        found += [enum.name, *enum.values_by_name]
    return sorted(found)


def main() -> None:
    """Writes the module."""
    directory = Path(sys.argv[1])
    lines, exported = [], []
    for path in sorted(directory.glob("*_pb2.py")):
        listed = names(f"crux.v1.{path.stem}")
        exported += listed
        lines.append(f"from crux.v1.{path.stem} import (\n")
        lines += [f"    {name},\n" for name in listed]
        lines.append(")\n")
    lines.append("\n__all__ = [\n")
    lines += [f'    "{name}",\n' for name in sorted(exported)]
    lines.append("]\n")
    (directory / "__init__.py").write_text(HEAD + "".join(lines), encoding="utf-8")


main()
