package io.github.cruxrpc.crux.conformance;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.github.cruxrpc.crux.ChatAccumulator;
import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.OutputException;
import io.github.cruxrpc.crux.StepLimitException;
import io.github.cruxrpc.crux.Structured;
import io.github.cruxrpc.crux.ToolHandler;
import io.github.cruxrpc.crux.ToolRun;
import io.github.cruxrpc.crux.ToolStream;
import io.github.cruxrpc.crux.Toolbox;
import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The calls that run tools, or want an answer as a type. */
final class Loops {
  private final CruxClient client;
  private final Seen seen;
  private final Cancel cancel;

  Loops(CruxClient client, Seen seen, Cancel cancel) {
    this.client = client;
    this.seen = seen;
    this.cancel = cancel;
  }

  record GetWeather(String city, int days) {}

  record GetTime(String zone) {}

  record City(String name, long population, List<String> tags) {}

  void tools(ChatRequest request, boolean silent) {
    Queue<String> ran = new ConcurrentLinkedQueue<>();
    CountDownLatch weather = new CountDownLatch(1);
    CountDownLatch time = new CountDownLatch(1);
    Toolbox toolbox =
        Toolbox.empty()
            .with(
                "get_weather",
                "Tells the weather of a city.",
                GetWeather.class,
                tool("get_weather", silent, ran, weather, time))
            .with(
                "get_time",
                "Tells the time in a zone.",
                GetTime.class,
                tool("get_time", silent, ran, time, weather));
    ChatAccumulator accumulator = new ChatAccumulator();
    boolean left = false;
    try (ToolStream stream = client.tools(toolbox).maxSteps(5).stream(request)) {
      cancel.later(stream::cancel);
      for (ChatEvent event : stream) {
        if (event.hasStarted()) {
          accumulator = new ChatAccumulator();
        }
        accumulator.add(event);
        if (cancel.due(seen.event(event))) {
          if (cancel.leaves()) {
            left = true;
            break;
          }
          stream.cancel();
        }
      }
      seen.answer(accumulator.response());
      if (!left) {
        run(stream.result());
      }
    } catch (StepLimitException limit) {
      run(limit.run());
      throw limit;
    } finally {
      ArrayNode names = seen.json().putArray("tool_calls");
      ran.stream().sorted().forEach(names::add);
    }
    if (left) {
      seen.end("cancelled");
    }
  }

  void structured(ChatRequest request) {
    try {
      Structured<City> city = client.structured(request, City.class);
      seen.answer(city.response());
      seen.json().set("value", new JsonMapper().valueToTree(city.value()));
    } catch (OutputException unreadable) {
      seen.answer(unreadable.response());
      throw unreadable;
    }
  }

  private void run(ToolRun run) {
    seen.answer(run.response());
    seen.usage(run.usage());
    seen.json().put("steps", run.steps());
  }

  private static <A> ToolHandler<A> tool(
      String name, boolean silent, Queue<String> ran, CountDownLatch own, CountDownLatch other) {
    return arguments -> {
      ran.add(name);
      own.countDown();
      if (!other.await(5, TimeUnit.SECONDS)) {
        throw new IllegalStateException("not parallel");
      }
      return silent ? "" : name + " done";
    };
  }
}
