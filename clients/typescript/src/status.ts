import { create, fromBinary } from "@bufbuild/protobuf";
import type { Any, Duration } from "@bufbuild/protobuf/wkt";
import { type Metadata, type StatusObject } from "@grpc/grpc-js";

import { Code, CruxError, type CruxErrorFields, type FieldViolation } from "./error.js";
import { GenerationFailedSchema, type GenerationFailed } from "./gen/crux/v1/chat_pb.js";
import { ErrorReason, ErrorReasonSchema, ProviderErrorSchema, type ProviderError } from "./gen/crux/v1/error_pb.js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RequestInfoSchema,
  RetryInfoSchema,
  StatusSchema,
} from "./gen/status_pb.js";

/** How a call ended, as grpc-js tells. */
export type CallStatus = Pick<StatusObject, "code" | "details" | "metadata">;

/** What an error is known by besides its status. */
export interface FailureContext {
  /** The call's deadline, in milliseconds. */
  readonly timeoutMs: number;
  /** Events had come. */
  readonly begun?: boolean;
  readonly generationId?: string | undefined;
  /** The event that told the failure before the status did. */
  readonly failed?: GenerationFailed | undefined;
  /** The response's headers. */
  readonly headers?: Metadata | undefined;
}

/** Makes the error of a call that ended with `status`, or after a `failed` event, which then knows more. */
export function failure(status: CallStatus, context: FailureContext): CruxError {
  const details = readDetails(status.metadata);
  const said = context.failed?.error;
  const code = said?.code ? codeOf(said.code) : status.code;
  if (code === Code.DEADLINE_EXCEEDED) {
    return deadlineError(context, details);
  }
  const message = said?.message ?? status.details;
  if (code === Code.OK) {
    return new CruxError("the stream ended with neither finished nor failed", {
      kind: "broken",
      code: Code.INTERNAL,
      reason: ErrorReason.UNSPECIFIED,
      reasonName: "",
      retryable: false,
      ...identity(context, details),
    });
  }
  return new CruxError(message, {
    kind: context.failed ? "failed" : context.begun ? "broken" : "status",
    code,
    ...(said
      ? {
          reason: said.reason,
          reasonName: reasonName(said.reason),
          retryable: said.retryable,
          retryDelayMs: milliseconds(said.retryDelay) ?? details.retryDelayMs,
          metadata: said.metadata,
          providerError: said.providerError,
        }
      : {
          reason: reasonNumber(details.reasonName),
          reasonName: details.reasonName,
          retryable: code === Code.UNAVAILABLE || details.retryDelayMs !== undefined,
          retryDelayMs: details.retryDelayMs,
          metadata: details.metadata,
          providerError: details.failed?.error?.providerError ?? providerError(details.metadata, message),
        }),
    violations: details.violations,
    ...identity(context, details),
  });
}

/** Makes the error of a deadline that passed, whoever noticed. */
export function deadlineError(context: FailureContext, details = readDetails(undefined)): CruxError {
  const after = Number.isFinite(context.timeoutMs) ? ` of ${context.timeoutMs} ms` : "";
  return new CruxError(`the call's deadline${after} passed`, {
    kind: "deadline",
    code: Code.DEADLINE_EXCEEDED,
    reason: ErrorReason.DEADLINE_EXCEEDED,
    reasonName: "DEADLINE_EXCEEDED",
    retryable: false,
    ...identity(context, details),
  });
}

function identity(context: FailureContext, details: Details): Partial<CruxErrorFields> {
  const failed = context.failed ?? details.failed;
  const header = context.headers?.get("x-request-id")[0];
  return {
    requestId: details.requestId ?? (typeof header === "string" ? header : undefined),
    generationId: context.generationId,
    usage: failed?.usage,
    attempts: failed?.attempts ?? [],
  };
}

/** What the status's details say. */
interface Details {
  reasonName: string;
  metadata: Record<string, string>;
  violations: FieldViolation[];
  retryDelayMs: number | undefined;
  requestId: string | undefined;
  /** What was tried and used, where no event says it. */
  failed: GenerationFailed | undefined;
}

function readDetails(trailers: Metadata | undefined): Details {
  const found: Details = {
    reasonName: "",
    metadata: {},
    violations: [],
    retryDelayMs: undefined,
    requestId: undefined,
    failed: undefined,
  };
  const bytes = trailers?.get("grpc-status-details-bin")[0];
  if (typeof bytes === "object") {
    try {
      fromBinary(StatusSchema, bytes).details.forEach((detail) => {
        readDetail(detail, found);
      });
    } catch {
      // Details that make no sense are no details: the status itself still counts.
    }
  }
  return found;
}

function readDetail({ typeUrl, value }: Any, found: Details): void {
  switch (typeUrl) {
    case "type.googleapis.com/google.rpc.ErrorInfo":
      ({ reason: found.reasonName, metadata: found.metadata } = fromBinary(ErrorInfoSchema, value));
      break;
    case "type.googleapis.com/google.rpc.RetryInfo":
      found.retryDelayMs = milliseconds(fromBinary(RetryInfoSchema, value).retryDelay) ?? 0;
      break;
    case "type.googleapis.com/google.rpc.BadRequest":
      found.violations = fromBinary(BadRequestSchema, value).fieldViolations.map((violation) => ({
        field: violation.field,
        description: violation.description,
      }));
      break;
    case "type.googleapis.com/google.rpc.RequestInfo":
      found.requestId = fromBinary(RequestInfoSchema, value).requestId;
      break;
    case "type.googleapis.com/crux.v1.GenerationFailed":
      found.failed = fromBinary(GenerationFailedSchema, value);
      break;
  }
}

function milliseconds(duration: Duration | undefined): number | undefined {
  return duration && Number(duration.seconds) * 1000 + duration.nanos / 1e6;
}

/** A code that gRPC does not know is one that nobody can act on. */
function codeOf(number: number): Code {
  return number in Code ? number : Code.UNKNOWN;
}

/** The name of a reason without its prefix, or its number where this library does not know it. */
function reasonName(reason: ErrorReason): string {
  return reason in ErrorReason ? ErrorReasonSchema.value[reason].localName : String(reason);
}

function reasonNumber(name: string): ErrorReason {
  return ErrorReasonSchema.values.find(({ localName }) => localName === name)?.number ?? ErrorReason.UNSPECIFIED;
}

/** A status of one who lists no attempts has no place for the provider's error but its metadata. */
function providerError(metadata: Record<string, string>, message: string): ProviderError | undefined {
  const { provider, model, providerStatus, providerCode, providerRequestId } = metadata;
  if (provider === undefined || (providerStatus ?? providerCode ?? providerRequestId) === undefined) {
    return undefined;
  }
  return create(ProviderErrorSchema, {
    provider,
    model: model?.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : (model ?? ""),
    httpStatus: Number(providerStatus ?? 0) || 0,
    code: providerCode ?? "",
    message,
    requestId: providerRequestId ?? "",
  });
}
