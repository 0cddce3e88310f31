package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatResponse;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * The model answered, and not with the value that was asked for: it was cut, it refused, or its
 * text does not parse.
 */
public final class OutputException extends CruxException {
  private static final long serialVersionUID = 1L;

  private final transient ChatResponse response;

  private OutputException(ErrorFacts facts, ChatResponse response, @Nullable Throwable cause) {
    super(facts, cause);
    this.response = response;
  }

  static OutputException of(ChatResponse response, String message, @Nullable Throwable cause) {
    return new OutputException(
        ErrorFacts.ofClient(
            Status.Code.FAILED_PRECONDITION, message, response.getOutcome().getUsage()),
        response,
        cause);
  }

  /**
   * Returns the text that came in place of the value.
   *
   * @return as far as it came
   */
  public String text() {
    return response.getText();
  }

  /**
   * Returns the answer, with its finish reason and usage.
   *
   * @return the whole answer
   */
  public ChatResponse response() {
    return response;
  }
}
