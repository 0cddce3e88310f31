"""The contract of a server that is newer than every client: `proto/` with fields, values, events and kinds added.

Each addition names the place where it goes; one whose place is gone is an error, so that this cannot go stale unseen.
"""

import pathlib
import sys
import types

import grpc_tools
from grpc_tools import protoc

# File, the lines it follows (which must be there once), what is added.
ADDITIONS = [
    ("chat", "message GenerationStarted {", "string region = 90;"),
    ("chat", "  oneof event {", "ProgressReported progress = 90;"),
    ("chat", "message ChatEvent {", "string shard = 91;"),
    ("chat", "message Outcome {", "string verdict = 90;"),
    ("chat", "message ChatResponse {", "string verdict = 90;"),
    ("chat", "enum FinishReason {", "FINISH_REASON_MOON_PHASE = 90;"),
    ("content", "message Part {", "string mood = 90;"),
    ("content", "  oneof kind {", "Hologram hologram = 91;"),
    ("error", "enum ErrorReason {", "ERROR_REASON_QUANTUM = 90;"),
    ("error", "message ErrorDetail {", "string advice = 90;"),
    ("models", "message Model {", "string mascot = 90;"),
    ("models", "  // Whether a model can be used.\n  enum State {", "STATE_DREAMING = 90;"),
    ("usage", "message Usage {", "optional int32 thought_tokens = 90;"),
]

MESSAGES = {
    "chat": "message ProgressReported {\n  int32 percent = 1;\n}\n",
    "content": "message Hologram {\n  bytes data = 1;\n}\n",
}


def generate(proto: pathlib.Path, into: pathlib.Path) -> types.SimpleNamespace:
    """Writes the newer contract, generates its code below `into`, and returns its modules."""
    sources = into / "proto" / "crux" / "v1"
    sources.mkdir(parents=True)
    for file in sorted((proto / "crux" / "v1").glob("*.proto")):
        text = file.read_text(encoding="utf-8")
        for name, place, addition in ADDITIONS:
            if name == file.stem:
                text = added(text, place, addition, file.name)
        (sources / file.name).write_text(text + MESSAGES.get(file.stem, ""), encoding="utf-8")
    files = [str(file.relative_to(into / "proto")) for file in sorted(sources.glob("*.proto"))]
    known = str(pathlib.Path(grpc_tools.__file__).parent / "_proto")
    arguments = [f"-I{into / 'proto'}", f"-I{known}", f"--python_out={into}", f"--grpc_python_out={into}", *files]
    if protoc.main(["protoc", *arguments]) != 0:
        raise SystemExit("conformance: the newer contract does not compile")
    sys.path.insert(0, str(into))
    from crux.v1 import chat_pb2, chat_pb2_grpc, content_pb2, error_pb2, models_pb2, models_pb2_grpc, usage_pb2

    return types.SimpleNamespace(
        chat=chat_pb2,
        chat_grpc=chat_pb2_grpc,
        content=content_pb2,
        error=error_pb2,
        models=models_pb2,
        models_grpc=models_pb2_grpc,
        usage=usage_pb2,
    )


def added(text: str, place: str, addition: str, file: str) -> str:
    """`text` with `addition` behind the line `place`. For an enum it goes to the end, as its first value must be 0."""
    if text.count(place + "\n") != 1:
        raise SystemExit(f"conformance: {file} has {place!r} {text.count(place)} times, not once")
    start = text.index(place + "\n") + len(place) + 1
    if "enum " in place:
        start = text.index("}", start)
    return f"{text[:start]}  {addition}\n{text[start:]}"
