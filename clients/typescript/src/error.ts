import { status as Code } from "@grpc/grpc-js";

import type { Attempt } from "./gen/crux/v1/chat_pb.js";
import type { ErrorReason, ProviderError } from "./gen/crux/v1/error_pb.js";
import type { Usage } from "./gen/crux/v1/usage_pb.js";

export { Code };

/**
 * How a call failed.
 *
 * - `status`: before any event; nothing was answered.
 * - `failed`: by a `failed` event; what came is incomplete.
 * - `broken`: events came, then neither `finished` nor `failed`; what came is incomplete.
 * - `deadline`: the caller's own deadline passed, whoever noticed first.
 */
export type FailureKind = "status" | "failed" | "broken" | "deadline";

/** A field of a request that the server refused. */
export interface FieldViolation {
  /** Path of the field, such as `messages[2].content[0]`. */
  readonly field: string;
  /** What was expected there. */
  readonly description: string;
}

/** The facts of a {@link CruxError}. */
export type CruxErrorFields = Pick<CruxError, "kind" | "code" | "reason" | "reasonName" | "retryable"> &
  Partial<
    Pick<
      CruxError,
      "retryDelayMs" | "providerError" | "attempts" | "usage" | "violations" | "metadata" | "requestId" | "generationId"
    >
  >;

/**
 * A call that failed. A call that its caller cancelled rejects with the signal's reason instead, never with this.
 *
 * Its `message` is for developers and may change: program against `code`, `reason` and `metadata`.
 */
export class CruxError extends Error {
  override readonly name: string = "CruxError";
  /** How the call failed. */
  readonly kind: FailureKind;
  /** The gRPC code. */
  readonly code: Code;
  /** Why; UNSPECIFIED where nobody said so, or where the server's reason is newer than this library. */
  readonly reason: ErrorReason;
  /** The reason's name without its prefix, such as `PROVIDER_RATE_LIMITED`; empty where nobody said a reason. */
  readonly reasonName: string;
  /** The same request may succeed later without a change. */
  readonly retryable: boolean;
  /** Wait at least this long before a retry, in milliseconds. */
  readonly retryDelayMs: number | undefined;
  /** What a provider answered, where one caused the error. */
  readonly providerError: ProviderError | undefined;
  /** Every attempt at a provider, in order, where the server lists them. */
  readonly attempts: readonly Attempt[];
  /** Usage up to the failure, where known. */
  readonly usage: Usage | undefined;
  /** Every field of the request that was refused. */
  readonly violations: readonly FieldViolation[];
  /** Facts that the message mentions, by the keys listed with each `ErrorReason`. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The id that stands in the server's log. */
  readonly requestId: string | undefined;
  /** The generation that failed, where it had begun. */
  readonly generationId: string | undefined;

  constructor(message: string, fields: CruxErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.kind = fields.kind;
    this.code = fields.code;
    this.reason = fields.reason;
    this.reasonName = fields.reasonName;
    this.retryable = fields.retryable;
    this.retryDelayMs = fields.retryDelayMs;
    this.providerError = fields.providerError;
    this.attempts = fields.attempts ?? [];
    this.usage = fields.usage;
    this.violations = fields.violations ?? [];
    this.metadata = fields.metadata ?? {};
    this.requestId = fields.requestId;
    this.generationId = fields.generationId;
  }
}
