"""Writes crux/_sync from crux/_async: the same code without async and await.

Modules that only one of the two has (transport, running) are written by hand in both.

Usage: unasync.py <directory of the package crux>
"""

import re
import sys
from pathlib import Path

BY_HAND = {"__init__.py", "transport.py", "running.py"}
HEAD = "# Generated from crux/_async/{name} by scripts/unasync.py. Do not edit.\n"
RULES = [
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        (r"^    from crux\.v1\.\w+ import \w+AsyncStub\n", ""),
        (r"\basync (def|for|with)\b", r"\1"),
        (r"\bawait ", ""),
        (r"\bStopAsyncIteration\b", "StopIteration"),
        (r"\bAsyncIterator\b", "Iterator"),
        (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
        (r"\banext\(", "next("),
        (r"\bAsync(?=[A-Z])", ""),
        (r"\bcast\(\"\w+AsyncStub\", (.*)\)$", r"\1"),
        (r"(?<=Service)AsyncStub\b", "Stub"),
        (r"^import asyncio$", "import concurrent.futures"),
        (r"\basyncio\.CancelledError\b", "concurrent.futures.CancelledError"),
        (r"\bcrux\._async\b", "crux._sync"),
        (r"(?<=`)async (?=(for|with))", ""),
    )
]


def main() -> None:
    """Writes every module that is not written by hand."""
    package = Path(sys.argv[1])
    for source in sorted((package / "_async").glob("*.py")):
        if source.name in BY_HAND:
            continue
        text = source.read_text(encoding="utf-8")
        for pattern, replacement in RULES:
            text = pattern.sub(replacement, text)
        target = package / "_sync" / source.name
        target.write_text(HEAD.format(name=source.name) + text, encoding="utf-8")


main()
