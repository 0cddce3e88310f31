package io.github.cruxrpc.crux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.FinishReason;
import io.github.cruxrpc.crux.v1.Message;
import io.github.cruxrpc.crux.v1.Outcome;
import io.github.cruxrpc.crux.v1.Part;
import io.github.cruxrpc.crux.v1.ProviderState;
import io.github.cruxrpc.crux.v1.ReasoningConfig;
import io.github.cruxrpc.crux.v1.ReasoningEffort;
import io.github.cruxrpc.crux.v1.Role;
import io.github.cruxrpc.crux.v1.ToolCall;
import io.github.cruxrpc.crux.v1.ToolChoice;
import io.github.cruxrpc.crux.v1.ToolMode;
import io.github.cruxrpc.crux.v1.ToolResult;
import io.github.cruxrpc.crux.v1.Usage;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ToolsTest {
  record GetWeather(String city, int days) {}

  record GetTime(String zone) {}

  private static final ChatRequest REQUEST = Requests.chat("any/model", "weather and time");

  @ParameterizedTest
  @CsvSource({
    "anthropic/claude-sonnet-4-5, true",
    "anthropic/claude-sonnet-4-5, false",
    "openai/gpt-5, true",
    "openai/gpt-5, false",
    "gemini/gemini-2.5-flash, true",
    "gemini/gemini-2.5-flash, false"
  })
  void parallelToolsRunAtOnceAndStateGoesBack(String model, boolean streamed) {
    CyclicBarrier both = new CyclicBarrier(2);
    Toolbox toolbox =
        Toolbox.empty()
            .with(
                "get_weather",
                "Tells the weather of a city.",
                GetWeather.class,
                weather -> {
                  both.await(5, TimeUnit.SECONDS);
                  return "sunny";
                })
            .with(
                "get_time",
                "Tells the time in a zone.",
                GetTime.class,
                time -> {
                  both.await(5, TimeUnit.SECONDS);
                  return "noon";
                });
    ChatRequest request =
        Requests.chat(model, "weather and time").toBuilder()
            .setParallelToolCalls(true)
            .setReasoning(
                ReasoningConfig.newBuilder().setEffort(ReasoningEffort.REASONING_EFFORT_HIGH))
            .build();
    ToolRun run;
    AtomicInteger started = new AtomicInteger();
    try (CruxClient client = Live.client()) {
      ToolLoop loop = client.tools(toolbox);
      if (streamed) {
        try (ToolStream stream = loop.stream(request)) {
          for (ChatEvent event : stream) {
            started.addAndGet(event.hasStarted() ? 1 : 0);
          }
          run = stream.result();
        }
        assertEquals(2, started.get());
      } else {
        run = loop.run(request);
      }
    }

    assertEquals(2, run.steps());
    assertTrue(run.response().getText().contains("sunny"), run.response().getText());
    assertTrue(run.response().getText().contains("noon"), run.response().getText());
    assertEquals(4, run.history().size());
    assertTrue(run.history().get(1).getContentList().stream().anyMatch(Part::hasProviderState));
    assertEquals(Role.ROLE_TOOL, run.history().get(2).getRole());
    assertEquals(run.response().getMessage(), run.history().get(3));
    assertTrue(
        run.usage().getOutputTokens() > run.response().getOutcome().getUsage().getOutputTokens());
  }

  @Test
  void assistantMessageGoesBackByteForByte() throws Exception {
    Message calls =
        assistant(
            Part.newBuilder()
                .setToolCall(call("1", "get_time", "{\"zone\": \"UTC\"}"))
                .setProviderState(
                    ProviderState.newBuilder()
                        .setProvider("any")
                        .setData(ByteString.copyFrom(new byte[] {0, (byte) 0xff, 10})))
                .build());
    try (FakeServer server = FakeServer.answering(answer(calls), answer(text("done")));
        CruxClient client = server.client()) {
      client.tools(time(zone -> "noon")).run(REQUEST);

      server.requests.remove();
      assertEquals(calls.toByteString(), server.requests.remove().getMessages(1).toByteString());
    }
  }

  @Test
  void whatGoesWrongIsAResult() throws Exception {
    Message calls =
        assistant(
            part(call("1", "get_time", "{\"zone\":\"UTC\"}")),
            part(call("2", "get_time", "{\"zone\":")),
            part(call("3", "get_time", "{}")),
            part(call("4", "get_nothing", "{}")),
            part(call("5", "get_time", "{\"zone\":\"UTC\",\"more\":1}")));
    AtomicInteger runs = new AtomicInteger();
    try (FakeServer server = FakeServer.answering(answer(calls), answer(text("done")));
        CruxClient client = server.client()) {
      Toolbox toolbox =
          time(
              time -> {
                runs.incrementAndGet();
                throw new IllegalStateException("the clock stopped in " + time.zone());
              });
      ToolRun run = client.tools(toolbox).run(REQUEST);

      List<ToolResult> results = results(run);
      assertEquals(List.of("1", "2", "3", "4", "5"), ids(results));
      assertTrue(results.stream().allMatch(ToolResult::getIsError));
      assertEquals("the clock stopped in UTC", results.get(0).getContent(0).getText());
      assertTrue(results.get(1).getContent(0).getText().contains("do not parse"));
      assertTrue(results.get(2).getContent(0).getText().contains("zone"));
      assertEquals("there is no tool 'get_nothing'", results.get(3).getContent(0).getText());
      assertEquals(2, runs.get());
    }
  }

  @Test
  void cutCallsAndTheProvidersOwnAreNotRun() throws Exception {
    Message calls =
        assistant(
            part(call("1", "get_time", "{\"zone\":\"UTC\"}")),
            part(call("2", "get_time", "{\"zo")).toBuilder().setIncomplete(true).build(),
            part(call("3", "web_search", "{}").toBuilder().setProviderExecuted(true).build()));
    AtomicInteger runs = new AtomicInteger();
    try (FakeServer server = FakeServer.answering(answer(calls), answer(text("done")));
        CruxClient client = server.client()) {
      ToolRun run = client.tools(time(time -> runs.incrementAndGet())).run(REQUEST);

      assertEquals(List.of("1"), ids(results(run)));
      assertEquals("1", results(run).get(0).getContent(0).getText());
      assertEquals(1, runs.get());
    }
  }

  @Test
  void onlyCutCallsEndTheLoop() throws Exception {
    Message cut =
        assistant(part(call("1", "get_time", "{\"zo")).toBuilder().setIncomplete(true).build());
    try (FakeServer server = FakeServer.answering(answer(cut));
        CruxClient client = server.client()) {
      ToolRun run = client.tools(time(time -> "noon")).run(REQUEST);

      assertEquals(1, run.steps());
      assertEquals(2, run.history().size());
    }
  }

  @Test
  void tooManyStepsAreAnErrorWithTheHistory() throws Exception {
    ChatResponse again = answer(assistant(part(call("1", "get_time", "{\"zone\":\"UTC\"}"))));
    try (FakeServer server = FakeServer.answering(again, again, again);
        CruxClient client = server.client()) {
      ToolLoop loop = client.tools(time(time -> "noon")).maxSteps(3);
      StepLimitException limit = assertThrows(StepLimitException.class, () -> loop.run(REQUEST));

      assertEquals(3, limit.run().steps());
      assertEquals(1 + 3 + 2, limit.run().history().size());
      assertEquals(3 * 5, limit.usage().orElseThrow().getOutputTokens());
      assertEquals(3, server.calls.get());
    }
  }

  @Test
  void pausedTurnGoesOn() throws Exception {
    ChatResponse paused =
        answer(text("wait")).toBuilder()
            .setOutcome(Outcome.newBuilder().setFinishReason(FinishReason.FINISH_REASON_PAUSED))
            .build();
    try (FakeServer server = FakeServer.answering(paused, answer(text("done")));
        CruxClient client = server.client()) {
      ToolRun run = client.tools(time(time -> "noon")).run(REQUEST);

      assertEquals("done", Messages.text(run.response().getMessage()));
      assertEquals(3, run.history().size());
    }
  }

  @Test
  void forcedToolIsForcedOnce() throws Exception {
    ChatResponse calls = answer(assistant(part(call("1", "get_time", "{\"zone\":\"UTC\"}"))));
    ChatRequest forced =
        REQUEST.toBuilder()
            .setToolChoice(
                ToolChoice.newBuilder()
                    .setMode(ToolMode.TOOL_MODE_REQUIRED)
                    .addToolNames("get_time"))
            .build();
    try (FakeServer server = FakeServer.answering(calls, answer(text("done")));
        CruxClient client = server.client()) {
      client.tools(time(time -> "noon")).run(forced);

      assertEquals(ToolMode.TOOL_MODE_REQUIRED, server.requests.remove().getToolChoice().getMode());
      assertFalse(server.requests.remove().hasToolChoice());
    }
  }

  @Test
  void cancelInterruptsTools() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch running = new CountDownLatch(1);
    Toolbox toolbox =
        time(
            time -> {
              running.countDown();
              try {
                return new CountDownLatch(1).await(20, TimeUnit.SECONDS);
              } catch (InterruptedException expected) {
                interrupted.countDown();
                throw expected;
              }
            });
    try (CruxClient client = Live.client();
        ToolStream stream =
            client.tools(toolbox).stream(Requests.chat("openai/gpt-5", "what time is it"))) {
      CompletableFuture.runAsync(
          () -> {
            try {
              running.await();
            } catch (InterruptedException unexpected) {
              throw new IllegalStateException(unexpected);
            }
            stream.cancel();
          },
          task -> new Thread(task).start());

      assertThrows(CancellationException.class, stream::result);
      assertTrue(interrupted.await(1, TimeUnit.SECONDS));
    }
  }

  @Test
  void leavingTheLoopStopsTheProvider() throws Exception {
    int aborted = Live.count("aborted");
    ChatRequest slow = Requests.chat("openai/gpt-5+fault:gap=100ms,chunks=1000", "hello");
    try (CruxClient client = Live.client()) {
      try (ToolStream stream = client.tools(Toolbox.empty()).stream(slow)) {
        assertTrue(stream.iterator().next().hasStarted());
      }
      assertTrue(Live.reaches("aborted", aborted + 1));
    }
  }

  @Test
  void executorOfTheCallerRunsTheTools() throws Exception {
    ChatResponse calls = answer(assistant(part(call("1", "get_time", "{\"zone\":\"UTC\"}"))));
    Thread[] ran = new Thread[1];
    try (FakeServer server = FakeServer.answering(calls, answer(text("done")));
        CruxClient client = server.client()) {
      Toolbox toolbox =
          time(
              time -> {
                ran[0] = Thread.currentThread();
                return "noon";
              });
      client.tools(toolbox).executor(Runnable::run).run(REQUEST);

      assertSame(Thread.currentThread(), ran[0]);
    }
  }

  @Test
  void resultsAreTextPartsOrJson() {
    ToolCall call = call("1", "get_time", "{\"zone\":\"UTC\"}");
    Part image = Parts.media(new byte[] {1}, "image/png");

    assertEquals("noon", content(time(time -> "noon").run(call)).getText());
    assertEquals(image, content(time(time -> image).run(call)));
    assertEquals(
        List.of(image, image), time(time -> List.of(image, image)).run(call).getContentList());
    assertEquals("{\"zone\":\"UTC\"}", content(time(time -> time).run(call)).getText());
    assertEquals("null", content(time(time -> null).run(call)).getText());
    assertFalse(time(time -> null).run(call).getIsError());
  }

  @Test
  void toolOfAnotherNameAlreadyThereIsRefused() {
    Toolbox toolbox = time(time -> "noon");
    assertThrows(
        IllegalArgumentException.class,
        () -> toolbox.with("get_time", "Again.", GetTime.class, time -> "noon"));
    assertThrows(
        IllegalArgumentException.class,
        () -> toolbox.with("get_text", "No object.", String.class, text -> text));
  }

  private static Toolbox time(ToolHandler<GetTime> handler) {
    return Toolbox.empty().with("get_time", "Tells the time in a zone.", GetTime.class, handler);
  }

  private static ToolCall call(String id, String name, String arguments) {
    return ToolCall.newBuilder().setId(id).setName(name).setArgumentsJson(arguments).build();
  }

  private static Part part(ToolCall call) {
    return Part.newBuilder().setToolCall(call).build();
  }

  private static Message text(String text) {
    return assistant(Parts.text(text));
  }

  private static Message assistant(Part... parts) {
    return Message.newBuilder().setRole(Role.ROLE_ASSISTANT).addAllContent(List.of(parts)).build();
  }

  private static ChatResponse answer(Message message) {
    return ChatResponse.newBuilder()
        .setMessage(message)
        .setOutcome(Outcome.newBuilder().setUsage(Usage.newBuilder().setOutputTokens(5)))
        .build();
  }

  private static List<ToolResult> results(ToolRun run) {
    return run.history().get(2).getContentList().stream().map(Part::getToolResult).toList();
  }

  private static List<String> ids(List<ToolResult> results) {
    return results.stream().map(ToolResult::getToolCallId).toList();
  }

  private static Part content(ToolResult result) {
    return result.getContent(0);
  }
}
