import type { ClientReadableStream, Metadata } from "@grpc/grpc-js";

import type { CallStatus } from "./status.js";

/** What a read of a {@link ServerCall} gives: a message, or how the call ended. */
export type Incoming<T> = { readonly message: T } | { readonly status: CallStatus };

/**
 * A running call that the server answers with a stream of messages, read one at a time.
 *
 * grpc-js takes at most 16 messages ahead of the reader; beyond those, HTTP/2's flow control stops the server.
 */
export class ServerCall<T> {
  readonly #call: ClientReadableStream<T>;
  /** The call's deadline, in milliseconds. */
  readonly timeoutMs: number;
  #headers: Metadata | undefined;
  #status: CallStatus | undefined;
  #left: { readonly reason: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(call: ClientReadableStream<T>, timeoutMs: number) {
    this.#call = call;
    this.timeoutMs = timeoutMs;
    call.on("readable", () => this.#wake?.());
    call.on("metadata", (headers) => {
      this.#headers = headers;
    });
    // The status event follows, and says the same.
    call.on("error", () => undefined);
    call.on("status", (status) => {
      this.#status = status;
      this.#wake?.();
    });
  }

  /** The response's headers, once they are there. */
  get headers(): Metadata | undefined {
    return this.#headers;
  }

  /**
   * Takes the next message, or the call's status after the last one. One reader at a time.
   *
   * @throws what {@link cancel} was given.
   */
  async next(): Promise<Incoming<T>> {
    for (;;) {
      if (this.#left) {
        throw this.#left.reason;
      }
      const message = this.#call.read() as T | null;
      if (message !== null) {
        return { message };
      }
      if (this.#status) {
        return { status: this.#status };
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Cancels the call at once. Reads throw `reason` from now on, whatever has come before. */
  cancel(reason: unknown): void {
    this.#left ??= { reason };
    this.#call.cancel();
    this.#wake?.();
  }
}
