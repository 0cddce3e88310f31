package io.github.cruxrpc.crux;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.FinishReason;
import io.github.cruxrpc.crux.v1.Part;
import java.util.EnumSet;
import java.util.Set;

/**
 * An answer as a value.
 *
 * @param value the answer
 * @param response what it was read from, with usage
 * @param <T> what was asked for
 */
public record Structured<T>(T value, ChatResponse response) {
  /** What ends an answer before its JSON is whole, or in place of it. */
  private static final Set<FinishReason> CUT =
      EnumSet.of(
          FinishReason.FINISH_REASON_TOOL_CALLS,
          FinishReason.FINISH_REASON_MAX_TOKENS,
          FinishReason.FINISH_REASON_CONTEXT_FULL,
          FinishReason.FINISH_REASON_CONTENT_FILTER,
          FinishReason.FINISH_REASON_REFUSAL,
          FinishReason.FINISH_REASON_PAUSED,
          FinishReason.FINISH_REASON_CANCELLED);

  /**
   * Reads an answer to a request that had {@link Schemas#responseFormat}, such as a streamed one.
   *
   * @param response the whole answer
   * @param type the type that was asked for
   * @param <T> the same
   * @return the value, and the answer
   * @throws OutputException if the answer was cut or refused, or is not JSON of that type
   */
  public static <T> Structured<T> parse(ChatResponse response, Class<T> type) {
    FinishReason reason = response.getOutcome().getFinishReason();
    if (CUT.contains(reason)
        || response.getMessage().getContentList().stream().anyMatch(Part::hasRefusal)) {
      throw OutputException.of(response, "the answer ended with " + reason, null);
    }
    try {
      return new Structured<>(Json.read(response.getText(), type), response);
    } catch (JsonProcessingException unreadable) {
      throw OutputException.of(
          response,
          "the answer is no " + type.getSimpleName() + ": " + unreadable.getOriginalMessage(),
          unreadable);
    }
  }
}
