"""The conformance driver: does what each line of standard input asks for, and says on standard output what it saw."""

from __future__ import annotations

import asyncio
import json
import sys
import time
import traceback
from concurrent.futures import CancelledError

import asynchronous
import synchronous
from report import Seen

import crux


def play(asked: dict) -> dict:
    """Plays one scenario."""
    seen = Seen(asked["name"])
    if asked["call"] in {"stream", "text", "tools"}:
        seen.say(deltas=0, unknown_events=0)
    start = time.monotonic()
    try:
        if asked.get("style") == "async":
            asyncio.run(asynchronous.play(asked, seen))
        else:
            synchronous.play(asked, seen)
    except crux.DeadlineError as error:
        seen.failure(error, "deadline")
    except crux.CallError as error:
        seen.failure(error, error.ending)
    except (CancelledError, asyncio.CancelledError):
        seen.say(ending="cancelled")
    except Exception as error:
        traceback.print_exc()
        seen.say(ending="driver", message=f"{type(error).__name__}: {error}")
    seen.say(elapsed_ms=round((time.monotonic() - start) * 1000))
    return seen.told


def main() -> None:
    """Answers every line."""
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(play(json.loads(line)), ensure_ascii=False), flush=True)


main()
