package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.Attempt;
import io.github.cruxrpc.crux.v1.ErrorReason;
import io.github.cruxrpc.crux.v1.ProviderError;
import io.github.cruxrpc.crux.v1.Usage;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known of an error, however it came. */
record ErrorFacts(
    Status.Code code,
    ErrorReason reason,
    String reasonName,
    String message,
    boolean retryable,
    @Nullable Duration retryDelay,
    @Nullable ProviderError providerError,
    List<Attempt> attempts,
    @Nullable Usage usage,
    List<CruxException.FieldViolation> violations,
    Map<String, String> metadata,
    String requestId,
    String generationId,
    CruxException.Origin origin) {

  /** Of an error that only this client knows of. */
  static ErrorFacts ofClient(Status.Code code, String message, @Nullable Usage usage) {
    return new ErrorFacts(
        code,
        ErrorReason.ERROR_REASON_UNSPECIFIED,
        "",
        message,
        false,
        null,
        null,
        List.of(),
        usage,
        List.of(),
        Map.of(),
        "",
        "",
        CruxException.Origin.CLIENT);
  }
}
