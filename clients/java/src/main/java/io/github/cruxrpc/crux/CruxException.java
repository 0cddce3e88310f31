package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.Attempt;
import io.github.cruxrpc.crux.v1.ErrorReason;
import io.github.cruxrpc.crux.v1.ProviderError;
import io.github.cruxrpc.crux.v1.Usage;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A call failed.
 *
 * <p>Program against {@link #reason}, {@link #code} and {@link #metadata}; the message is for
 * people. A call that the caller cancelled ends in a {@link
 * java.util.concurrent.CancellationException} instead.
 */
public class CruxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** How the error came. */
  public enum Origin {
    /** As the call's status, before any event. Nothing was answered. */
    STATUS,
    /** As a {@code failed} event. What came is incomplete, and its usage is known. */
    FAILED,
    /** Events came, then neither {@code finished} nor {@code failed}. */
    BROKEN,
    /** The call ended well, and the client could not use what it brought. */
    CLIENT
  }

  /**
   * A field of the request that the server refused.
   *
   * @param field its path, such as {@code messages[2].content[0]}
   * @param description what is wrong with it
   */
  public record FieldViolation(String field, String description) {}

  private final transient ErrorFacts facts;

  CruxException(ErrorFacts facts, @Nullable Throwable cause) {
    super(facts.message(), cause);
    this.facts = facts;
  }

  /**
   * Makes the exception that this client throws from one of gRPC, such as generated stubs throw on
   * {@link CruxClient#channel}.
   *
   * @param thrown a {@code StatusRuntimeException} or {@code StatusException}, or what has one as
   *     its cause; anything else counts as {@code UNKNOWN}
   * @return the same error, typed
   */
  public static CruxException from(Throwable thrown) {
    Status status = Status.fromThrowable(thrown);
    return Errors.exception(
        Errors.facts(status, Status.trailersFromThrowable(thrown), Origin.STATUS, ""), thrown);
  }

  /**
   * Returns the gRPC code.
   *
   * @return never {@code OK}
   */
  public Status.Code code() {
    return facts.code();
  }

  /**
   * Returns why the call failed.
   *
   * @return {@code ERROR_REASON_UNSPECIFIED} where the server did not say, as when it could not be
   *     reached; {@code UNRECOGNIZED} where it is newer than this client
   */
  public ErrorReason reason() {
    return facts.reason();
  }

  /**
   * Returns the name of the reason less its {@code ERROR_REASON_} prefix, for logs and for reasons
   * that this client does not know.
   *
   * @return such as {@code PROVIDER_RATE_LIMITED}; the number where only that is known; empty where
   *     the server did not say
   */
  public String reasonName() {
    return facts.reasonName();
  }

  /**
   * Tells whether the same request may succeed later without a change.
   *
   * @return whether to try again, after {@link #retryDelay}
   */
  public boolean retryable() {
    return facts.retryable();
  }

  /**
   * Returns how long to wait before a retry.
   *
   * @return at least this long; empty where the server did not say
   */
  public Optional<Duration> retryDelay() {
    return Optional.ofNullable(facts.retryDelay());
  }

  /**
   * Returns what the provider answered.
   *
   * @return set when a provider caused the error
   */
  public Optional<ProviderError> providerError() {
    return Optional.ofNullable(facts.providerError());
  }

  /**
   * Returns the attempts at providers, in order.
   *
   * @return empty where the server did not say
   */
  public List<Attempt> attempts() {
    return facts.attempts();
  }

  /**
   * Returns what the generation used up to its failure.
   *
   * @return empty where the server did not say
   */
  public Optional<Usage> usage() {
    return Optional.ofNullable(facts.usage());
  }

  /**
   * Returns every field of the request that the server refused.
   *
   * @return empty for errors of another kind
   */
  public List<FieldViolation> violations() {
    return facts.violations();
  }

  /**
   * Returns facts that the message mentions. The contract lists the keys of each reason.
   *
   * @return such as {@code model}
   */
  public Map<String, String> metadata() {
    return facts.metadata();
  }

  /**
   * Returns the id of the call in the server's log.
   *
   * @return empty where the server was not reached
   */
  public Optional<String> requestId() {
    return facts.requestId().isEmpty() ? Optional.empty() : Optional.of(facts.requestId());
  }

  /**
   * Returns the id of the generation.
   *
   * @return empty where it had not begun
   */
  public Optional<String> generationId() {
    return facts.generationId().isEmpty() ? Optional.empty() : Optional.of(facts.generationId());
  }

  /**
   * Tells how the error came.
   *
   * @return by status, by event, by a break, or from this client
   */
  public Origin origin() {
    return facts.origin();
  }
}
