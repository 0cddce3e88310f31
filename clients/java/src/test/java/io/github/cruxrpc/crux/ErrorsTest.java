package io.github.cruxrpc.crux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cruxrpc.crux.CruxException.FieldViolation;
import io.github.cruxrpc.crux.CruxException.Origin;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ErrorReason;
import io.grpc.Status;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What crux itself says, as its callers see it. */
class ErrorsTest {
  @Test
  void everyBadFieldIsNamed() {
    ChatRequest bad = ChatRequest.newBuilder().setModel("openai/gpt-5").setTopP(7).build();
    try (CruxClient client = Live.client()) {
      CruxException error = assertThrows(CruxException.class, () -> client.chat(bad));

      assertEquals(Status.Code.INVALID_ARGUMENT, error.code());
      assertEquals(ErrorReason.ERROR_REASON_INVALID_REQUEST, error.reason());
      Stream<String> fields = error.violations().stream().map(FieldViolation::field);
      assertTrue(fields.toList().contains("messages"));
      assertFalse(error.retryable());
      assertTrue(error.requestId().isPresent());
    }
  }

  @Test
  void unknownModelIsNamed() {
    try (CruxClient client = Live.client()) {
      CruxException error =
          assertThrows(
              CruxException.class, () -> client.chat(Requests.chat("openai/missing-1", "hello")));

      assertEquals(ErrorReason.ERROR_REASON_MODEL_NOT_FOUND, error.reason());
      assertEquals("openai/missing-1", error.metadata().get("model"));
    }
  }

  @Test
  void providersRateLimitSaysWhenToRetry() {
    ChatRequest limited =
        Requests.chat("openai/gpt-5+fault:status=429,retry-after=7", "hello").toBuilder()
            .setRouting(io.github.cruxrpc.crux.v1.RoutingOptions.newBuilder().setMaxAttempts(1))
            .build();
    try (CruxClient client = Live.client()) {
      CruxException error = assertThrows(CruxException.class, () -> client.chat(limited));

      assertEquals(ErrorReason.ERROR_REASON_PROVIDER_RATE_LIMITED, error.reason());
      assertTrue(error.retryable());
      assertEquals(7, error.retryDelay().orElseThrow().toSeconds());
      assertEquals("openai", error.providerError().orElseThrow().getProvider());
      assertEquals(429, error.providerError().orElseThrow().getHttpStatus());
      assertTrue(error.providerError().orElseThrow().getModel().startsWith("gpt-5"));
      assertEquals(1, error.attempts().size());
      assertTrue(error.usage().isPresent());
    }
  }

  @Test
  void failureMidwayHasUsageAttemptsAndWhatCame() {
    ChatRequest request =
        Requests.chat("anthropic/claude-sonnet-4-5+fault:error-midstream", "one two");
    try (CruxClient client = Live.client();
        ChatStream stream = client.stream(request)) {
      CruxException error = assertThrows(CruxException.class, stream::response);

      assertEquals(Origin.FAILED, error.origin());
      assertEquals(Status.Code.UNAVAILABLE, error.code());
      assertTrue(error.usage().orElseThrow().getOutputTokens() > 0);
      assertEquals(1, error.attempts().size());
      assertTrue(error.generationId().isPresent());
      assertTrue(error.requestId().isPresent());
      assertTrue(stream.soFar().getText().startsWith("You"));
      assertTrue(stream.soFar().getMessage().getContent(0).getIncomplete());
    }
  }

  @Test
  void stackTraceLeadsToTheCaller() {
    try (CruxClient client = Live.client();
        ChatStream stream = client.stream(Requests.chat("openai/missing-1", "hello"))) {
      for (CruxException error :
          new CruxException[] {
            assertThrows(CruxException.class, stream::response),
            assertThrows(
                CruxException.class, () -> client.chat(Requests.chat("openai/missing-1", "hello")))
          }) {
        assertTrue(
            Stream.of(error.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(ErrorsTest.class.getName())));
      }
    }
  }
}
