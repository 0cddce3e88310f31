package io.github.cruxrpc.crux.conformance;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.cruxrpc.crux.CruxException;
import io.github.cruxrpc.crux.DeadlineException;
import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.FinishReason;
import io.github.cruxrpc.crux.v1.Outcome;
import io.github.cruxrpc.crux.v1.Part;
import io.github.cruxrpc.crux.v1.Usage;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What the caller saw of one scenario. */
final class Seen {
  private final ObjectNode json = new JsonMapper().createObjectNode();
  private long begun;
  private int deltas;
  private int unknownEvents;

  Seen(String name) {
    json.put("name", name);
  }

  ObjectNode json() {
    return json;
  }

  void start() {
    begun = System.nanoTime();
  }

  int event(ChatEvent event) {
    if (event.getEventCase() == ChatEvent.EventCase.EVENT_NOT_SET) {
      unknownEvents++;
    }
    if (event.hasTextDelta()) {
      deltas++;
    }
    counted();
    return deltas;
  }

  int piece() {
    deltas++;
    json.put("deltas", deltas);
    return deltas;
  }

  private void counted() {
    json.put("deltas", deltas).put("unknown_events", unknownEvents);
  }

  void ok() {
    if (!json.has("ending")) {
      end("ok");
    }
  }

  void end(String ending) {
    json.put("ending", ending).put("elapsed_ms", (System.nanoTime() - begun) / 1_000_000);
  }

  void text(String text) {
    json.put("text", text);
  }

  void answer(ChatResponse response) {
    text(response.getText());
    ArrayNode parts = json.putArray("parts");
    boolean state = false;
    for (Part part : response.getMessage().getContentList()) {
      parts.add(
          part.getKindCase() == Part.KindCase.KIND_NOT_SET
              ? "unknown"
              : part.getKindCase().name().toLowerCase(Locale.ROOT));
      state |= part.hasProviderState();
    }
    json.put("has_provider_state", state);
    if (response.hasOutcome()) {
      outcome(response.getOutcome());
    }
  }

  private void outcome(Outcome outcome) {
    json.put(
        "finish_reason",
        outcome.getFinishReason() == FinishReason.UNRECOGNIZED
            ? String.valueOf(outcome.getFinishReasonValue())
            : outcome.getFinishReason().name().substring("FINISH_REASON_".length()));
    json.put("attempts", outcome.getAttemptsCount());
    usage(outcome.getUsage());
  }

  void usage(Usage usage) {
    ObjectNode counts = json.putObject("usage");
    if (usage.hasInputTokens()) {
      counts.put("input_tokens", usage.getInputTokens());
    }
    if (usage.hasOutputTokens()) {
      counts.put("output_tokens", usage.getOutputTokens());
    }
    counts.put("estimated", usage.getEstimated());
  }

  void did(List<String> did) {
    ArrayNode array = json.putArray("did");
    did.forEach(array::add);
  }

  void thrown(Exception exception) {
    Throwable thrown =
        exception instanceof ExecutionException || exception instanceof CompletionException
            ? exception.getCause()
            : exception;
    if (thrown instanceof CancellationException) {
      end("cancelled");
    } else if (thrown instanceof CruxException error) {
      end(
          thrown instanceof DeadlineException
              ? "deadline"
              : error.origin().name().toLowerCase(Locale.ROOT));
      error(error);
    } else {
      thrown.printStackTrace();
      driver(thrown);
    }
  }

  void driver(Throwable unexpected) {
    json.put("ending", "driver").put("message", String.valueOf(unexpected));
  }

  private void error(CruxException error) {
    ObjectNode told = json.putObject("error").put("code", error.code().name());
    if (!error.reasonName().isEmpty()) {
      told.put("reason", error.reasonName());
    }
    told.put("retryable", error.retryable());
    error.retryDelay().ifPresent(delay -> told.put("retry_delay_ms", delay.toMillis()));
    error
        .providerError()
        .ifPresent(
            provider -> {
              told.put("provider", provider.getProvider());
              if (provider.getHttpStatus() != 0) {
                told.put("http_status", provider.getHttpStatus());
              }
            });
    if (!error.violations().isEmpty()) {
      ArrayNode violations = told.putArray("violations");
      error.violations().forEach(violation -> violations.add(violation.field()));
    }
    told.put("has_request_id", error.requestId().isPresent());
    error.usage().ifPresent(this::usage);
    Optional.of(error.attempts().size())
        .filter(size -> size > 0)
        .ifPresent(size -> json.put("attempts", size));
  }
}
