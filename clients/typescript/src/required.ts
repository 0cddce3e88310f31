import { Code, CruxError } from "./error.js";
import { ErrorReason } from "./gen/crux/v1/error_pb.js";

/** What every response to a call that went well holds. */
export function required<T>(value: T | undefined): T {
  if (value === undefined) {
    throw new CruxError("the response lacks what it is for", {
      kind: "status",
      code: Code.INTERNAL,
      reason: ErrorReason.UNSPECIFIED,
      reasonName: "",
      retryable: false,
    });
  }
  return value;
}
