"""Counts tests that hold and tests that fail, as the shell scripts do."""

import os

_counts = {True: 0, False: 0}


def check(what: str, holds: bool, output: object = "") -> None:
    _counts[bool(holds)] += 1
    print(f"{'ok     ' if holds else 'FAILED '} {what}", flush=True)
    if not holds and output:
        for line in str(output).splitlines()[:60]:
            print(f"        | {line}")


def finish(name: str) -> None:
    print(f"\n{name}: {_counts[True]} passed, {_counts[False]} failed", flush=True)
    # Not by sys.exit: a library's call that never ends would keep the process.
    os._exit(1 if _counts[False] else 0)
