#!/usr/bin/env python3
"""Fills fuzz/corpus with the answers of the recordings that CRUX_RECORDINGS names, one file each.

Fuzzing works without them and gets deeper with them. Nothing it writes is kept in the repository.
"""
import json
import os
import pathlib
import sys

TARGETS = {
    "openai_chat": ["openai.chat_completions", "openrouter.chat_completions", "deepseek.chat_completions",
                    "xai.chat_completions"],
    "openai_responses": ["openai.responses", "xai.responses"],
    "anthropic_messages": ["anthropic.messages"],
    "gemini_generate": ["gemini.generate_content", "gemini.stream_generate_content"],
    "ollama_chat": ["ollama.chat"],
}
# The first bytes of an input choose the sizes of the chunks.
SIZES = bytes([1, 40, 7, 3, 90, 20, 250, 11])
MOST_BYTES = 16 << 10


def main():
    recordings = os.environ.get("CRUX_RECORDINGS")
    if not recordings:
        sys.exit("CRUX_RECORDINGS is not set: nothing to seed from")
    corpus = pathlib.Path(__file__).parent / "corpus"
    for target, apis in TARGETS.items():
        folder = corpus / target
        folder.mkdir(parents=True, exist_ok=True)
        count = 0
        for api in apis:
            for path in pathlib.Path(recordings, "dev", api).glob("*.json"):
                body = json.loads(path.read_text())["response"]["body"].encode()
                if len(body) <= MOST_BYTES:
                    (folder / path.stem).write_bytes(SIZES + body)
                    count += 1
        print(f"{target}: {count} seeds")


if __name__ == "__main__":
    main()
