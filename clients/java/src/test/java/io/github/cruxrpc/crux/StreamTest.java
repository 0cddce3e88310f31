package io.github.cruxrpc.crux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.FinishReason;
import io.github.cruxrpc.crux.v1.StreamOptions;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StreamTest {
  private static final ChatRequest LONG =
      Requests.chat("openai/gpt-5+fault:gap=20ms,chunks=1000", "hello");

  private static final ChatRequest SILENT =
      Requests.chat("openai/gpt-5+fault:stall-headers", "hello");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "openai/gpt-5",
        "anthropic/claude-sonnet-4-5",
        "gemini/gemini-2.5-flash",
        "ollama/llama3.2",
        "openrouter/openai/gpt-5",
        "deepseek/deepseek-chat",
        "xai/grok-4"
      })
  void streamAccumulatesToItsText(String model) {
    StringBuilder text = new StringBuilder();
    ChatResponse response;
    try (CruxClient client = Live.client();
        ChatStream stream = client.stream(Requests.chat(model, "one two three"))) {
      stream.text().forEach(text::append);
      response = stream.response();
    }

    assertEquals("You said: one two three", text.toString());
    assertEquals(text.toString(), response.getText());
    assertEquals(FinishReason.FINISH_REASON_STOP, response.getOutcome().getFinishReason());
    assertTrue(response.getOutcome().getUsage().getOutputTokens() > 0);
    assertFalse(response.getGenerationId().isEmpty());
  }

  @Test
  void streamEqualsTheWholeAnswer() {
    ChatRequest request = Requests.chat("anthropic/claude-sonnet-4-5", "one two three");
    try (CruxClient client = Live.client();
        ChatStream stream = client.stream(request)) {
      assertEquals(client.chat(request).getMessage(), stream.response().getMessage());
    }
  }

  @Test
  void textComesWholeWithoutDeltas() {
    ChatRequest request =
        Requests.chat("openai/gpt-5", "one two three").toBuilder()
            .setStreamOptions(StreamOptions.newBuilder().setOmitDeltas(true))
            .build();
    try (CruxClient client = Live.client();
        ChatStream stream = client.stream(request)) {
      assertEquals("You said: one two three", String.join("", stream.text()));
    }
  }

  @Test
  void leavingTheLoopStopsTheProvider() throws Exception {
    int aborted = Live.count("aborted");
    try (CruxClient client = Live.client()) {
      int deltas = 0;
      try (ChatStream stream = client.stream(LONG)) {
        for (ChatEvent event : stream) {
          if (event.hasTextDelta() && ++deltas == 3) {
            break;
          }
        }
      }

      assertTrue(Live.reaches("aborted", aborted + 1));
    }
  }

  @Test
  void cancelFromAnotherThreadEndsTheWait() throws Exception {
    int aborted = Live.count("aborted");
    ChatRequest silent = Requests.chat("openai/gpt-5+fault:stall=2", "hello");
    try (CruxClient client = Live.client();
        ChatStream stream = client.stream(silent)) {
      CompletableFuture.delayedExecutor(300, TimeUnit.MILLISECONDS).execute(stream::cancel);

      assertThrows(CancellationException.class, stream::response);
      assertThrows(CancellationException.class, stream::response, "and again");
      assertTrue(Live.reaches("aborted", aborted + 1));
    }
  }

  @Test
  void interruptCancelsAndStaysSet() throws Exception {
    int aborted = Live.count("aborted");
    Thread reader = Thread.currentThread();
    try (CruxClient client = Live.client();
        ChatStream stream = client.stream(LONG)) {
      CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS).execute(reader::interrupt);

      assertThrows(CancellationException.class, stream::response);
      assertTrue(Thread.interrupted());
      assertTrue(Live.reaches("aborted", aborted + 1));
    }
  }

  @Test
  void interruptCancelsAWholeAnswer() throws Exception {
    int aborted = Live.count("aborted");
    Thread caller = Thread.currentThread();
    try (CruxClient client = Live.client()) {
      CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS).execute(caller::interrupt);

      assertThrows(CancellationException.class, () -> client.chat(SILENT));
      assertTrue(Thread.interrupted());
      assertTrue(Live.reaches("aborted", aborted + 1));
    }
  }

  @Test
  void cancellingAFutureCancelsItsCall() throws Exception {
    int aborted = Live.count("aborted");
    try (CruxClient client = Live.client()) {
      CompletableFuture<ChatResponse> whole = client.chatAsync(SILENT);
      CompletableFuture<ChatResponse> streamed = client.streamAsync(LONG, event -> {});
      Thread.sleep(300);
      whole.cancel(true);
      streamed.cancel(true);

      assertThrows(CancellationException.class, whole::join);
      assertThrows(CancellationException.class, streamed::join);
      assertTrue(Live.reaches("aborted", aborted + 2));
    }
  }

  @Test
  void exceptionOfTheConsumerCancelsAndIsTheFuturesOwn() throws Exception {
    int aborted = Live.count("aborted");
    IllegalStateException thrown = new IllegalStateException("enough");
    try (CruxClient client = Live.client()) {
      CompletableFuture<ChatResponse> future =
          client.streamAsync(
              LONG,
              event -> {
                if (event.hasTextDelta()) {
                  throw thrown;
                }
              });

      assertEquals(thrown, assertThrows(CompletionException.class, future::join).getCause());
      assertTrue(Live.reaches("aborted", aborted + 1));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"openai/gpt-5+fault:stall-headers", "openai/gpt-5+fault:gap=10ms,chunks=10000"})
  void deadlineIsKept(String model) {
    try (CruxClient client = Live.client()) {
      client.streamAsync(Requests.chat("openai/gpt-5", "connects"), event -> {}).join();
      long begun = System.nanoTime();
      try (ChatStream stream =
          client.withDeadline(Duration.ofSeconds(3)).stream(Requests.chat(model, "hello"))) {
        assertThrows(DeadlineException.class, stream::response);
      }

      assertEquals(3000, (System.nanoTime() - begun) / 1e6, 300);
    }
  }

  @Test
  void deadlineOfTheBuilderHoldsForChatsAlone() {
    try (CruxClient client =
        CruxClient.builder(Live.address()).chatDeadline(Duration.ofMillis(300)).build()) {
      assertThrows(DeadlineException.class, () -> client.chat(SILENT));
      assertFalse(client.serverInfo().getServer().getVersion().isEmpty());
    }
  }

  @Test
  void lastEventIsReadBeforeTheEndAndIteratorsShareTheirPlace() {
    try (CruxClient client = Live.client();
        ChatStream stream = client.stream(Requests.chat("openai/gpt-5", "hello"))) {
      Iterator<ChatEvent> first = stream.iterator();
      assertTrue(first.next().hasStarted());
      ChatEvent last = ChatEvent.getDefaultInstance();
      for (ChatEvent event : stream) {
        assertFalse(event.hasStarted());
        last = event;
      }
      assertTrue(last.hasFinished());
      assertFalse(first.hasNext());
    }
  }

  @Test
  void messagesOfThreeMebibytesGoBothWays() {
    String large = "x".repeat(3 << 20);
    ChatRequest request = Requests.chat("openai/gpt-5", large);
    try (CruxClient client = Live.client();
        ChatStream stream = client.stream(request)) {
      assertEquals("You said: " + large, client.chat(request).getText());
      assertEquals("You said: " + large, stream.response().getText());
    }
  }

  @Test
  void slowReaderHoldsTheProviderUp() throws Exception {
    ChatRequest large = Requests.chat("openai/gpt-5+fault:chunks=60000,chunk-bytes=1000", "hello");
    int completed = Live.count("completed");
    try (CruxClient client = Live.client();
        ChatStream stream = client.stream(large)) {
      Iterator<ChatEvent> events = stream.iterator();
      for (int read = 0; read < 5; read++) {
        events.next();
      }
      Thread.sleep(3000);

      assertEquals(completed, Live.count("completed"));
      assertTrue(Live.count("open") > 0);
    }
  }
}
