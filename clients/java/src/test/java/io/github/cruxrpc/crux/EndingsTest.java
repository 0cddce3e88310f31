package io.github.cruxrpc.crux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.github.cruxrpc.crux.CruxException.Origin;
import io.github.cruxrpc.crux.v1.Attempt;
import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.ErrorDetail;
import io.github.cruxrpc.crux.v1.ErrorReason;
import io.github.cruxrpc.crux.v1.GenerationFailed;
import io.github.cruxrpc.crux.v1.ProviderError;
import io.github.cruxrpc.crux.v1.Usage;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;

/** How streams end, said by a server that may say anything. */
class EndingsTest {
  private static final ChatRequest REQUEST = Requests.chat("any/model", "hello");
  private static final List<ChatEvent> HALF =
      List.of(Events.started(), Events.partStarted(0, Parts.text("")), Events.text(0, "half"));

  @Test
  void okWithoutALastEventIsBroken() throws Exception {
    try (FakeServer server = FakeServer.of(HALF, Status.OK);
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST)) {
      CruxException error = assertThrows(CruxException.class, stream::response);

      assertEquals(Origin.BROKEN, error.origin());
      assertEquals(Status.Code.INTERNAL, error.code());
      assertEquals(Optional.of("generation-1"), error.generationId());
      assertEquals("half", stream.soFar().getText());
      assertTrue(stream.soFar().getMessage().getContent(0).getIncomplete());
    }
  }

  @Test
  void okWithoutALastEventIsBrokenForTextAndFutures() throws Exception {
    try (FakeServer server = FakeServer.of(HALF, Status.OK);
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST)) {
      StringBuilder text = new StringBuilder();
      CruxException error =
          assertThrows(CruxException.class, () -> stream.text().forEach(text::append));
      assertEquals(Origin.BROKEN, error.origin());
      assertEquals("half", text.toString());

      CompletionException thrown =
          assertThrows(
              CompletionException.class, () -> client.streamAsync(REQUEST, event -> {}).join());
      assertEquals(
          Origin.BROKEN, assertInstanceOf(CruxException.class, thrown.getCause()).origin());
    }
  }

  @Test
  void statusBeforeAnyEventIsAStatus() throws Exception {
    try (FakeServer server = FakeServer.of(List.of(), Status.INTERNAL.withDescription("a bug"));
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST)) {
      CruxException error = assertThrows(CruxException.class, stream::response);

      assertEquals(Origin.STATUS, error.origin());
      assertEquals("a bug", error.getMessage());
      assertEquals(ErrorReason.ERROR_REASON_UNSPECIFIED, error.reason());
      assertEquals("", error.reasonName());
    }
  }

  @Test
  void statusAfterEventsIsBroken() throws Exception {
    try (FakeServer server = FakeServer.of(HALF, Status.UNAVAILABLE);
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST)) {
      CruxException error = assertThrows(CruxException.class, stream::response);

      assertEquals(Origin.BROKEN, error.origin());
      assertTrue(error.retryable());
      assertEquals(1, server.calls.get());
    }
  }

  @Test
  void failedTellsWhatTheStatusCannot() throws Exception {
    GenerationFailed failed =
        GenerationFailed.newBuilder()
            .setError(
                ErrorDetail.newBuilder()
                    .setCode(Code.RESOURCE_EXHAUSTED_VALUE)
                    .setReason(ErrorReason.ERROR_REASON_PROVIDER_RATE_LIMITED)
                    .setMessage("slow down")
                    .setRetryable(true)
                    .setRetryDelay(com.google.protobuf.Duration.newBuilder().setSeconds(2))
                    .putMetadata("model", "any/model")
                    .setProviderError(
                        ProviderError.newBuilder().setProvider("any").setHttpStatus(429)))
            .setUsage(Usage.newBuilder().setOutputTokens(7))
            .addAttempts(Attempt.newBuilder().setNumber(1))
            .build();
    List<ChatEvent> events = new ArrayList<>(HALF);
    events.add(ChatEvent.newBuilder().setFailed(failed).build());
    List<ChatEvent> seen = new ArrayList<>();
    try (FakeServer server = FakeServer.of(events, Status.RESOURCE_EXHAUSTED);
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST)) {
      CruxException error =
          assertThrows(CruxException.class, () -> stream.iterator().forEachRemaining(seen::add));

      assertEquals(events, seen);
      assertEquals(Origin.FAILED, error.origin());
      assertEquals(Status.Code.RESOURCE_EXHAUSTED, error.code());
      assertEquals(ErrorReason.ERROR_REASON_PROVIDER_RATE_LIMITED, error.reason());
      assertEquals("PROVIDER_RATE_LIMITED", error.reasonName());
      assertEquals("slow down", error.getMessage());
      assertTrue(error.retryable());
      assertEquals(Optional.of(Duration.ofSeconds(2)), error.retryDelay());
      assertEquals(429, error.providerError().orElseThrow().getHttpStatus());
      assertEquals(7, error.usage().orElseThrow().getOutputTokens());
      assertEquals(1, error.attempts().size());
      assertEquals(Map.of("model", "any/model"), error.metadata());
    }
  }

  @Test
  void failedByTheDeadlineIsTheDeadline() throws Exception {
    ErrorDetail detail =
        ErrorDetail.newBuilder()
            .setCode(Code.DEADLINE_EXCEEDED_VALUE)
            .setReason(ErrorReason.ERROR_REASON_DEADLINE_EXCEEDED)
            .build();
    ChatEvent failed =
        ChatEvent.newBuilder().setFailed(GenerationFailed.newBuilder().setError(detail)).build();
    try (FakeServer server =
            FakeServer.of(List.of(Events.started(), failed), Status.DEADLINE_EXCEEDED);
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST)) {
      assertThrows(DeadlineException.class, stream::response);
    }
  }

  @Test
  void reasonsOfANewerServerAreKept() throws Exception {
    ChatEvent failed =
        ChatEvent.newBuilder()
            .setFailed(
                GenerationFailed.newBuilder()
                    .setError(
                        ErrorDetail.newBuilder().setCode(Code.ABORTED_VALUE).setReasonValue(4711)))
            .build();
    try (FakeServer server = FakeServer.of(List.of(Events.started(), failed), Status.ABORTED);
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST)) {
      CruxException error = assertThrows(CruxException.class, stream::response);

      assertEquals(ErrorReason.UNRECOGNIZED, error.reason());
      assertEquals("4711", error.reasonName());
    }
    CruxException error = CruxException.from(withReason("TOMORROWS_REASON"));
    assertEquals(ErrorReason.UNRECOGNIZED, error.reason());
    assertEquals("TOMORROWS_REASON", error.reasonName());
    assertTrue(error.retryable(), "RetryInfo is there");
    assertEquals(Optional.of(Duration.ofMillis(1500)), error.retryDelay());
  }

  @Test
  void finishedIsTheEndWhateverTheStatus() throws Exception {
    List<ChatEvent> whole =
        List.of(Events.started(), Events.partFinished(0, Parts.text("whole")), Events.finished());
    try (FakeServer server = FakeServer.of(whole, Status.UNAVAILABLE);
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST)) {
      assertEquals("whole", stream.response().getText());
    }
  }

  @Test
  void eventsOfANewerServerAreSeenAndHarmless() throws Exception {
    ChatEvent unknown = ChatEvent.parseFrom(new byte[] {(byte) 0x9a, 0x06, 0x01, 'x'});
    List<ChatEvent> events =
        List.of(
            Events.started(),
            unknown,
            Events.partStarted(0, Parts.text("")),
            Events.text(0, "same"),
            Events.partFinished(0, Parts.text("same")),
            unknown,
            Events.finished());
    List<ChatEvent> seen = new ArrayList<>();
    try (FakeServer server = FakeServer.of(events, Status.OK);
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST);
        ChatStream text = client.stream(REQUEST)) {
      stream.forEach(seen::add);

      assertEquals(events, seen);
      assertEquals("same", stream.response().getText());
      assertEquals("same", String.join("", text.text()));
    }
  }

  @Test
  void unavailableIsRetriedByThePublishedPolicyAndNoFurther() throws Exception {
    try (FakeServer server = FakeServer.of(List.of(), Status.UNAVAILABLE);
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST)) {
      assertThrows(CruxException.class, stream::response);

      assertEquals(3, server.calls.get());
    }
  }

  @Test
  void pushbackForbidsRetries() throws Exception {
    Metadata trailers = new Metadata();
    trailers.put(Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER), "-1");
    try (FakeServer server =
            new FakeServer(
                (request, observer) ->
                    observer.onError(Status.UNAVAILABLE.asRuntimeException(trailers)));
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST)) {
      CruxException error = assertThrows(CruxException.class, stream::response);

      assertEquals(1, server.calls.get());
      assertTrue(error.retryable());
      assertEquals(Optional.empty(), error.retryDelay());
    }
  }

  @Test
  void requestsAsLargeAsMediaAreRetried() throws Exception {
    ChatRequest large = Requests.chat("any/model", "x".repeat(5 << 20));
    List<ChatEvent> whole =
        List.of(Events.started(), Events.partFinished(0, Parts.text("ok")), Events.finished());
    FakeServer[] itself = new FakeServer[1];
    try (FakeServer server =
            new FakeServer(
                (request, observer) -> {
                  if (itself[0].calls.get() < 3) {
                    observer.onError(Status.UNAVAILABLE.asRuntimeException());
                  } else {
                    whole.forEach(observer::onNext);
                    observer.onCompleted();
                  }
                });
        CruxClient client = server.client()) {
      itself[0] = server;
      try (ChatStream stream = client.stream(large)) {
        ChatResponse response = stream.response();

        assertEquals("ok", response.getText());
      }
    }
  }

  @Test
  void closingAfterTheLastEventIsNoCancel() throws Exception {
    try (CruxClient client = Live.client()) {
      int aborted = Live.count("aborted");
      try (ChatStream stream = client.stream(Requests.chat("openai/gpt-5", "hello"))) {
        for (ChatEvent event : stream) {
          if (event.hasFinished()) {
            break;
          }
        }
      }
      assertFalse(Live.reaches("aborted", aborted + 1));
    }
  }

  private static Exception withReason(String reason) {
    com.google.rpc.Status status =
        com.google.rpc.Status.newBuilder()
            .setCode(Code.ABORTED_VALUE)
            .addDetails(Any.pack(ErrorInfo.newBuilder().setReason(reason).build()))
            .addDetails(
                Any.pack(
                    RetryInfo.newBuilder()
                        .setRetryDelay(
                            com.google.protobuf.Duration.newBuilder()
                                .setSeconds(1)
                                .setNanos(500_000_000))
                        .build()))
            .build();
    return StatusProto.toStatusRuntimeException(status);
  }
}
