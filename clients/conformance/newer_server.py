"""A server that is newer than every client, and one that misbehaves as no crux does: what it plays is in the model's
name, `newer/<script>`. It counts the calls that reach it, and those that are cancelled.
"""

import threading
import types
from concurrent import futures

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

MEBIBYTE = 1 << 20


class NewerServer:
    """Serves the newer contract on a port of its own."""

    def __init__(self, contract: types.SimpleNamespace) -> None:
        options = [("grpc.max_receive_message_length", 64 * MEBIBYTE), ("grpc.so_reuseport", 0)]
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=16), options=options)
        self._chat = Chat(contract)
        contract.chat_grpc.add_ChatServiceServicer_to_server(self._chat, self._server)
        served = type("Served", (Models, contract.models_grpc.ModelRegistryServiceServicer), {})
        contract.models_grpc.add_ModelRegistryServiceServicer_to_server(served(contract), self._server)
        self.address = f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}"
        self._server.start()

    def forget(self) -> None:
        """Forgets what it counted."""
        self._chat.forget()

    def counted(self) -> dict[str, int]:
        """Calls that came, and those that were cancelled."""
        return self._chat.counted()

    def stop(self) -> None:
        """Ends it, and the calls that run."""
        self._server.stop(None).wait()


class Chat:
    """`crux.v1.ChatService`, as scripted."""

    def __init__(self, contract: types.SimpleNamespace) -> None:
        self._contract = contract
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        with self._lock:
            self._calls = 0
            self._cancelled = 0

    def counted(self) -> dict[str, int]:
        with self._lock:
            return {"calls": self._calls, "cancelled": self._cancelled}

    def _arrived(self) -> int:
        with self._lock:
            self._calls += 1
            return self._calls

    def StreamChat(self, request, context):
        """Plays `newer/<script>`."""
        call = self._arrived()
        yield from getattr(self, script(request))(context, call)

    def Chat(self, request, context):
        """Plays `newer/<script>`, in one answer."""
        call = self._arrived()
        chat = self._contract.chat
        outcome, parts = None, []
        for event in getattr(self, script(request))(context, call):
            if event.WhichOneof("event") == "part_finished":
                parts.append(event.part_finished.part)
            elif event.WhichOneof("event") == "finished":
                outcome = event.finished
        message = self._contract.content.Message(role="ROLE_ASSISTANT", content=parts)
        text = "".join(part.text for part in parts)
        return chat.ChatResponse(generation_id="g-1", text=text, message=message, outcome=outcome, verdict="fine")

    def CountTokens(self, request, context):
        """Nothing to play."""
        context.abort(grpc.StatusCode.UNIMPLEMENTED, "not played")

    # Scripts.

    def values(self, _context, _call):
        """Every kind of addition, in an answer that ends well."""
        chat, content = self._contract.chat, self._contract.content
        yield self._event(1, started=chat.GenerationStarted(generation_id="g-1", region="moon"))
        yield self._event(2, progress=chat.ProgressReported(percent=10))
        yield self._event(3, attempt_started=chat.AttemptStarted(number=1, model="newer/values"))
        yield self._event(4, part_started=chat.PartStarted(part_index=0, part=content.Part(text="")))
        yield self._event(5, text_delta=chat.TextDelta(part_index=0, text="from "))
        yield self._event(6, progress=chat.ProgressReported(percent=50))
        yield self._event(7, text_delta=chat.TextDelta(part_index=0, text="tomorrow"))
        hologram = content.Part(hologram=content.Hologram(data=b"\x01\x02"))
        yield self._event(8, part_started=chat.PartStarted(part_index=1, part=hologram))
        yield self._event(9, part_finished=chat.PartFinished(part_index=1, part=hologram))
        text = content.Part(text="from tomorrow", mood="calm")
        yield self._event(10, part_finished=chat.PartFinished(part_index=0, part=text))
        usage = self._contract.usage.Usage(input_tokens=3, output_tokens=2, thought_tokens=9)
        outcome = chat.Outcome(
            finish_reason="FINISH_REASON_MOON_PHASE", model="newer/values", usage=usage, verdict="fine"
        )
        yield self._event(11, finished=outcome)

    def reason(self, context, _call):
        """A `failed` whose reason is new."""
        chat, error = self._contract.chat, self._contract.error
        yield from self._begun()
        detail = error.ErrorDetail(
            code=14, reason="ERROR_REASON_QUANTUM", message="entangled", retryable=True, advice="look away"
        )
        usage = self._contract.usage.Usage(input_tokens=3, output_tokens=1, estimated=True)
        yield self._event(9, failed=chat.GenerationFailed(error=detail, usage=usage))
        self._abort(context, grpc.StatusCode.UNAVAILABLE, "QUANTUM", "entangled", -1)

    def status_reason(self, context, _call):
        """A status whose reason is new."""
        self._abort(context, grpc.StatusCode.FAILED_PRECONDITION, "QUANTUM", "entangled")
        yield

    def no_terminal(self, _context, _call):
        """OK without `finished`: what no client may take for a whole answer."""
        yield from self._begun()

    def nothing(self, _context, _call):
        """OK without a single event."""
        yield from ()

    def broken(self, context, _call):
        """An end in the middle, by the transport."""
        yield from self._begun()
        context.abort(grpc.StatusCode.UNAVAILABLE, "connection reset")

    def twice(self, context, call):
        """Refuses the first two calls with a short pushback."""
        if call < 3:
            self._abort(context, grpc.StatusCode.UNAVAILABLE, "OVERLOADED", "too many", 50)
        yield from self._whole()

    def later(self, context, call):
        """Refuses the first call with a pushback that is longer than any backoff of the policy."""
        if call < 2:
            self._abort(context, grpc.StatusCode.UNAVAILABLE, "OVERLOADED", "too many", 1200)
        yield from self._whole()

    def always(self, context, _call):
        """Refuses every call with a short pushback."""
        self._abort(context, grpc.StatusCode.UNAVAILABLE, "OVERLOADED", "too many", 50)
        yield

    def never(self, context, _call):
        """Refuses, and says that a retry is no use: the server has retried already."""
        self._abort(context, grpc.StatusCode.UNAVAILABLE, "PROVIDER_UNAVAILABLE", "down", -1)
        yield

    def midway(self, context, _call):
        """Refuses after the first event, with a pushback that then means nothing."""
        chat = self._contract.chat
        yield self._event(1, started=chat.GenerationStarted(generation_id="g-1"))
        detail = self._contract.error.ErrorDetail(code=14, reason="ERROR_REASON_OVERLOADED", retryable=True)
        yield self._event(2, failed=chat.GenerationFailed(error=detail))
        self._abort(context, grpc.StatusCode.UNAVAILABLE, "OVERLOADED", "too many", 10)

    def silent(self, context, _call):
        """Never answers, and counts who gives up."""
        ended = threading.Event()
        context.add_callback(ended.set)
        ended.wait(30)
        with self._lock:
            self._cancelled += 1
        yield from ()

    def large(self, _context, _call):
        """A part of 3 MiB, in one delta and then whole."""
        chat, content = self._contract.chat, self._contract.content
        text = "0123456789abcdef" * (3 * MEBIBYTE // 16)
        yield self._event(1, started=chat.GenerationStarted(generation_id="g-1"))
        yield self._event(2, part_started=chat.PartStarted(part_index=0, part=content.Part(text="")))
        yield self._event(3, text_delta=chat.TextDelta(part_index=0, text=text))
        yield self._event(4, part_finished=chat.PartFinished(part_index=0, part=content.Part(text=text)))
        yield self._event(5, finished=chat.Outcome(finish_reason="FINISH_REASON_STOP"))

    def _begun(self):
        chat, content = self._contract.chat, self._contract.content
        yield self._event(1, started=chat.GenerationStarted(generation_id="g-1"))
        yield self._event(2, part_started=chat.PartStarted(part_index=0, part=content.Part(text="")))
        yield self._event(3, text_delta=chat.TextDelta(part_index=0, text="half an "))
        yield self._event(4, text_delta=chat.TextDelta(part_index=0, text="ans"))
        cut = content.Part(text="half an ans", incomplete=True)
        yield self._event(5, part_finished=chat.PartFinished(part_index=0, part=cut))

    def _whole(self):
        chat, content = self._contract.chat, self._contract.content
        yield self._event(1, started=chat.GenerationStarted(generation_id="g-1"))
        yield self._event(2, part_started=chat.PartStarted(part_index=0, part=content.Part(text="")))
        yield self._event(3, text_delta=chat.TextDelta(part_index=0, text="at last"))
        yield self._event(4, part_finished=chat.PartFinished(part_index=0, part=content.Part(text="at last")))
        usage = self._contract.usage.Usage(input_tokens=1, output_tokens=2)
        yield self._event(5, finished=chat.Outcome(finish_reason="FINISH_REASON_STOP", usage=usage))

    def _event(self, sequence, **event):
        return self._contract.chat.ChatEvent(sequence=sequence, shard="a", **event)

    def _abort(self, context, code, reason, message, pushback_ms=None):
        info = error_details_pb2.ErrorInfo(reason=reason, domain="crux.v1")
        request = error_details_pb2.RequestInfo(request_id="r-1")
        details = []
        for detail in (info, request):
            packed = any_pb2.Any()
            packed.Pack(detail)
            details.append(packed)
        status = status_pb2.Status(code=code.value[0], message=message, details=details)
        rich = rpc_status.to_status(status)
        trailers = tuple(rich.trailing_metadata)
        if pushback_ms is not None:
            trailers += (("grpc-retry-pushback-ms", str(pushback_ms)),)
        context.set_trailing_metadata(trailers)
        context.abort(code, message)


class Models:
    """`crux.v1.ModelRegistryService`, with models in a state that no client knows."""

    def __init__(self, contract: types.SimpleNamespace) -> None:
        self._contract = contract

    def ListModels(self, request, _context):
        """Three models on two pages."""
        models = [self._model(f"newer/{name}") for name in "abc"]
        if not request.page_token:
            return self._contract.models.ListModelsResponse(models=models[:2], next_page_token="2")
        return self._contract.models.ListModelsResponse(models=models[2:])

    def GetModel(self, _request, _context):
        """One of them."""
        return self._contract.models.GetModelResponse(model=self._model("newer/a"))

    def _model(self, name):
        return self._contract.models.Model(id=name, state="STATE_DREAMING", mascot="owl")


def script(request) -> str:
    """`no_terminal`, of `newer/no-terminal`."""
    return request.model.removeprefix("newer/").replace("-", "_")
