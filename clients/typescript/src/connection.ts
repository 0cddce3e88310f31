import {
  type DescMethodServerStreaming,
  type DescMethodUnary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
  create,
  fromBinary,
  toBinary,
} from "@bufbuild/protobuf";
import { type CallOptions as GrpcCallOptions, type Client, Metadata, status as Code } from "@grpc/grpc-js";

import { openChannel } from "./channel.js";
import { guard } from "./guard.js";
import type { CallOptions, ConnectOptions } from "./options.js";
import { ServerCall } from "./server-call.js";
import { type CallStatus, failure } from "./status.js";

/** A server, and what holds for every call to it. */
export class Connection {
  readonly #address: string;
  readonly #client: Client;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #connectTimeoutMs: number;
  readonly #timeoutMs: number;
  /** Deadline of a chat, in milliseconds. */
  readonly chatTimeoutMs: number;

  constructor(address: string, options: ConnectOptions) {
    this.#address = address;
    this.#client = openChannel(address, options);
    this.#headers = {
      ...options.headers,
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    };
    this.#connectTimeoutMs = options.connectTimeoutMs ?? 10_000;
    this.#timeoutMs = options.timeoutMs ?? 30_000;
    this.chatTimeoutMs = options.chatTimeoutMs ?? 600_000;
  }

  /**
   * Makes a call that is answered by one message.
   *
   * @throws CruxError, or the signal's reason once it is aborted.
   */
  async unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions = {},
  ): Promise<MessageShape<O>> {
    options.signal?.throwIfAborted();
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    return await new Promise<MessageShape<O>>((resolve, reject) => {
      let headers: Metadata | undefined;
      const call = this.#client.makeUnaryRequest(
        ...codec(method),
        create(method.input, request),
        this.#metadata(options),
        deadline(timeoutMs),
        (error, response) => {
          watch.release();
          if (response) {
            resolve(response);
          } else {
            const status = error ?? { code: Code.INTERNAL, details: "no response", metadata: new Metadata() };
            reject(failure(status, { timeoutMs, headers }));
          }
        },
      );
      call.on("metadata", (metadata) => {
        headers = metadata;
      });
      const leave = (reason: unknown): void => {
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a signal's reason is anything
        reject(reason);
        call.cancel();
      };
      const watch = guard(this.#client, this.#guarded(options), {
        onLeave: () => {
          leave(options.signal?.reason);
        },
        onUnreachable: () => {
          leave(failure(this.#unreachable(), { timeoutMs }));
        },
      });
    });
  }

  /** Makes a call that is answered by a stream of messages. */
  serverStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    options: CallOptions = {},
  ): ServerCall<MessageShape<O>> {
    options.signal?.throwIfAborted();
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs;
    const call = this.#client.makeServerStreamRequest(
      ...codec(method),
      create(method.input, request),
      this.#metadata(options),
      deadline(timeoutMs),
    );
    const incoming = new ServerCall(call, timeoutMs);
    const watch = guard(this.#client, this.#guarded(options), {
      onLeave: () => {
        incoming.cancel(options.signal?.reason);
      },
      onUnreachable: () => {
        incoming.cancel(failure(this.#unreachable(), { timeoutMs }));
      },
    });
    call.on("status", () => {
      watch.release();
    });
    return incoming;
  }

  /** Closes the connection once the calls that run have ended. */
  close(): void {
    this.#client.close();
  }

  #guarded({ signal }: CallOptions): { connectTimeoutMs: number; signal: AbortSignal | undefined } {
    return { connectTimeoutMs: this.#connectTimeoutMs, signal };
  }

  #metadata({ headers }: CallOptions): Metadata {
    const metadata = new Metadata();
    for (const [name, value] of Object.entries({ ...this.#headers, ...headers })) {
      metadata.set(name, value);
    }
    return metadata;
  }

  #unreachable(): CallStatus {
    const details = `no connection to ${this.#address} in ${this.#connectTimeoutMs} ms`;
    return { code: Code.UNAVAILABLE, details, metadata: new Metadata() };
  }
}

/** The path of a method, how its request is written and how its response is read. */
function codec<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O> | DescMethodServerStreaming<I, O>,
): [string, (request: MessageShape<I>) => Buffer, (bytes: Buffer) => MessageShape<O>] {
  return [
    `/${method.parent.typeName}/${method.name}`,
    (request) => {
      const { buffer, byteOffset, byteLength } = toBinary(method.input, request);
      return Buffer.from(buffer, byteOffset, byteLength);
    },
    // Bytes of messages are plain arrays, not Buffers, whose slice() shares memory.
    ({ buffer, byteOffset, byteLength }) => fromBinary(method.output, new Uint8Array(buffer, byteOffset, byteLength)),
  ];
}

function deadline(timeoutMs: number): GrpcCallOptions {
  return Number.isFinite(timeoutMs) ? { deadline: Date.now() + timeoutMs } : {};
}
