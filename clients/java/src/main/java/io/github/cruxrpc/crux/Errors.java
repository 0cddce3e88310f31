package io.github.cruxrpc.crux;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RequestInfo;
import com.google.rpc.RetryInfo;
import io.github.cruxrpc.crux.CruxException.FieldViolation;
import io.github.cruxrpc.crux.CruxException.Origin;
import io.github.cruxrpc.crux.v1.ErrorDetail;
import io.github.cruxrpc.crux.v1.ErrorReason;
import io.github.cruxrpc.crux.v1.GenerationFailed;
import io.github.cruxrpc.crux.v1.ProviderError;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads errors: of a status with its trailers, and of a {@code failed} event. */
final class Errors {
  private static final String REASON_PREFIX = "ERROR_REASON_";
  private static final Metadata.Key<String> PUSHBACK = key("grpc-retry-pushback-ms");
  private static final Metadata.Key<String> REQUEST_ID = key("x-request-id");
  private static final Metadata.Key<String> GENERATION_ID = key("crux-generation-id");

  private Errors() {}

  static CruxException exception(ErrorFacts facts, @Nullable Throwable cause) {
    return facts.code() == Status.Code.DEADLINE_EXCEEDED
        ? new DeadlineException(facts, cause)
        : new CruxException(facts, cause);
  }

  static ErrorFacts facts(
      Status status, @Nullable Metadata trailers, Origin origin, String generationId) {
    Metadata carried = trailers == null ? new Metadata() : trailers;
    List<Any> details = details(status, carried);
    @Nullable ErrorInfo info = detail(details, ErrorInfo.class, ErrorInfo.getDefaultInstance());
    @Nullable Duration delay = delay(details, carried);
    boolean retryable =
        status.getCode() == Status.Code.UNAVAILABLE
            || detail(details, RetryInfo.class, RetryInfo.getDefaultInstance()) != null;
    @Nullable RequestInfo request =
        detail(details, RequestInfo.class, RequestInfo.getDefaultInstance());
    @Nullable GenerationFailed failed =
        detail(details, GenerationFailed.class, GenerationFailed.getDefaultInstance());
    String name = info == null ? "" : info.getReason();
    Map<String, String> metadata = info == null ? Map.of() : info.getMetadataMap();
    return new ErrorFacts(
        status.getCode(),
        name.isEmpty() ? ErrorReason.ERROR_REASON_UNSPECIFIED : reason(name),
        name,
        message(status),
        retryable,
        delay,
        failed != null && failed.getError().hasProviderError()
            ? failed.getError().getProviderError()
            : providerError(name, metadata),
        failed == null ? List.of() : failed.getAttemptsList(),
        failed != null && failed.hasUsage() ? failed.getUsage() : null,
        violations(details),
        metadata,
        request == null ? orEmpty(carried.get(REQUEST_ID)) : request.getRequestId(),
        generationId.isEmpty() ? orEmpty(carried.get(GENERATION_ID)) : generationId,
        origin);
  }

  /** Of a {@code failed} event; what only the call's end says is taken from there. */
  static ErrorFacts facts(
      GenerationFailed failed, Status status, @Nullable Metadata trailers, String generationId) {
    ErrorFacts end = facts(status, trailers, Origin.FAILED, generationId);
    ErrorDetail error = failed.getError();
    return new ErrorFacts(
        Status.fromCodeValue(error.getCode()).getCode(),
        error.getReason(),
        name(error),
        error.getMessage(),
        error.getRetryable(),
        error.hasRetryDelay() ? duration(error.getRetryDelay()) : null,
        error.hasProviderError() ? error.getProviderError() : null,
        failed.getAttemptsList(),
        failed.hasUsage() ? failed.getUsage() : null,
        end.violations(),
        error.getMetadataMap(),
        end.requestId(),
        end.generationId(),
        Origin.FAILED);
  }

  private static String message(Status status) {
    @Nullable String description = status.getDescription();
    String said = description == null ? status.getCode().name() : description;
    @Nullable Throwable cause = status.getCause();
    // Of a refused connection gRPC says "io exception", and what it is in the first cause.
    while (cause != null && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause == null || cause.getMessage() == null || said.contains(cause.getMessage())
        ? said
        : said + ": " + cause.getMessage();
  }

  private static String name(ErrorDetail error) {
    return switch (error.getReason()) {
      case ERROR_REASON_UNSPECIFIED -> "";
      case UNRECOGNIZED -> String.valueOf(error.getReasonValue());
      default -> error.getReason().name().substring(REASON_PREFIX.length());
    };
  }

  private static ErrorReason reason(String name) {
    for (ErrorReason reason : ErrorReason.values()) {
      if (reason.name().equals(REASON_PREFIX + name)) {
        return reason;
      }
    }
    return ErrorReason.UNRECOGNIZED;
  }

  private static List<Any> details(Status status, Metadata trailers) {
    try {
      return StatusProto.fromStatusAndTrailers(status, trailers).getDetailsList();
    } catch (IllegalArgumentException differentCode) {
      // A proxy has changed the status and left the details, which then are not about it.
      return List.of();
    }
  }

  private static <D extends Message> @Nullable D detail(
      List<Any> details, Class<D> type, D instance) {
    for (Any detail : details) {
      if (detail.is(type)) {
        try {
          return type.cast(instance.getParserForType().parseFrom(detail.getValue()));
        } catch (InvalidProtocolBufferException damaged) {
          return null;
        }
      }
    }
    return null;
  }

  private static @Nullable Duration delay(List<Any> details, Metadata trailers) {
    @Nullable RetryInfo retry = detail(details, RetryInfo.class, RetryInfo.getDefaultInstance());
    if (retry != null) {
      return duration(retry.getRetryDelay());
    }
    @Nullable String pushback = trailers.get(PUSHBACK);
    // Below 0 it forbids gRPC's own retries, and says nothing of later ones.
    return pushback != null && pushback.matches("[0-9]{1,9}")
        ? Duration.ofMillis(Long.parseLong(pushback))
        : null;
  }

  private static List<FieldViolation> violations(List<Any> details) {
    @Nullable BadRequest bad = detail(details, BadRequest.class, BadRequest.getDefaultInstance());
    if (bad == null) {
      return List.of();
    }
    List<FieldViolation> violations = new ArrayList<>();
    for (BadRequest.FieldViolation violation : bad.getFieldViolationsList()) {
      violations.add(new FieldViolation(violation.getField(), violation.getDescription()));
    }
    return List.copyOf(violations);
  }

  private static @Nullable ProviderError providerError(
      String reason, Map<String, String> metadata) {
    if (!reason.startsWith("PROVIDER_")) {
      return null;
    }
    String status = metadata.getOrDefault("providerStatus", "");
    String provider = metadata.getOrDefault("provider", "");
    String model = metadata.getOrDefault("model", "");
    return ProviderError.newBuilder()
        .setProvider(provider)
        .setModel(model.startsWith(provider + "/") ? model.substring(provider.length() + 1) : model)
        .setHttpStatus(status.matches("[0-9]{1,9}") ? Integer.parseInt(status) : 0)
        .setCode(metadata.getOrDefault("providerCode", ""))
        .setRequestId(metadata.getOrDefault("providerRequestId", ""))
        .build();
  }

  private static Duration duration(com.google.protobuf.Duration duration) {
    return Duration.ofSeconds(duration.getSeconds(), duration.getNanos());
  }

  private static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }
}
