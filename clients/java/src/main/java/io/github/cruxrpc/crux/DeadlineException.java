package io.github.cruxrpc.crux;

import org.jspecify.annotations.Nullable;

/**
 * The caller's own deadline passed, whether the server or the local clock told first.
 *
 * <p>{@link CruxClient#withDeadline} and {@link CruxClientBuilder#chatDeadline} set it.
 */
public final class DeadlineException extends CruxException {
  private static final long serialVersionUID = 1L;

  DeadlineException(ErrorFacts facts, @Nullable Throwable cause) {
    super(facts, cause);
  }
}
