package io.github.cruxrpc.crux.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** When the caller cancels, and how; -1 where it does not. */
record Cancel(long afterMillis, int afterDeltas, boolean leaves) {
  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "cancel");
            thread.setDaemon(true);
            return thread;
          });

  static Cancel of(JsonNode node) {
    return new Cancel(
        node.path("after_ms").asLong(-1),
        node.path("after_deltas").asInt(-1),
        node.path("by").asText("signal").equals("leave"));
  }

  /** Has the action done at its time, by the language's own means. */
  void later(Runnable action) {
    if (afterMillis >= 0) {
      CLOCK.schedule(action, afterMillis, TimeUnit.MILLISECONDS);
    }
  }

  /** Tells whether it is time, after so many deltas. */
  boolean due(int deltas) {
    return afterDeltas >= 0 && deltas >= afterDeltas;
  }
}
