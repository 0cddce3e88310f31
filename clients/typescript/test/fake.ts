/** A server that says what a test wants it to, and records what it was asked. */
import { type DescMethod, type MessageInitShape, create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { ChatEventSchema, ChatService, type ChatRequest } from "@cruxrpc/client/v1";
import {
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type handleServerStreamingCall,
  type handleUnaryCall,
  status,
} from "@grpc/grpc-js";

export type Event = NonNullable<MessageInitShape<typeof ChatEventSchema>["event"]>;

export interface Fake extends AsyncDisposable {
  address: string;
}

type Handler = handleUnaryCall<never, never> | handleServerStreamingCall<never, never>;

/** Serves single methods. */
export async function serve(...methods: [DescMethod, Handler][]): Promise<Fake> {
  const server = new Server({ "grpc.max_receive_message_length": -1 });
  for (const [method, handler] of methods) {
    server.register(
      `/${method.parent.typeName}/${method.name}`,
      handler,
      (response: never) =>
        Buffer.isBuffer(response) ? response : Buffer.from(toBinary(method.output, create(method.output, response))),
      (bytes) => fromBinary(method.input, bytes) as never,
      method.methodKind === "unary" ? "unary" : "serverStream",
    );
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error) {
        reject(error);
      } else {
        resolve(bound);
      }
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

/** Answers StreamChat. */
export function serveStream(
  answer: (call: ServerWritableStream<ChatRequest, unknown>, number: number) => void | Promise<void>,
): Promise<Fake> {
  let number = 0;
  return serve([
    ChatService.method.streamChat,
    (call: ServerWritableStream<ChatRequest, unknown>) => void answer(call, ++number),
  ]);
}

/** Answers any unary method. */
export function serveUnary(
  method: DescMethod,
  answer: (request: never, metadata: Metadata, deadlineMs: number) => Record<string, unknown>,
): Promise<Fake> {
  return serve([
    method,
    ((call: ServerUnaryCall<never, unknown>, callback: (error: null, response: object) => void) => {
      callback(null, answer(call.request, call.metadata, Number(call.getDeadline()) - Date.now()));
    }) as unknown as Handler,
  ]);
}

/** Sends an event, or the bytes of one. False: the reader has enough. */
export function send(call: ServerWritableStream<ChatRequest, unknown>, event: Event | Buffer): boolean {
  return call.write(Buffer.isBuffer(event) ? event : ({ event } satisfies MessageInitShape<typeof ChatEventSchema>));
}

/** Sends events, and ends the call well. */
export function play(call: ServerWritableStream<ChatRequest, unknown>, events: (Event | Buffer)[]): void {
  for (const event of events) {
    send(call, event);
  }
  call.end();
}

/** Ends a call with a status. */
export function fail(
  call: ServerWritableStream<ChatRequest, unknown>,
  code: status,
  details: string,
  trailers: Record<string, string> = {},
): void {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) {
    metadata.set(name, value);
  }
  call.emit("error", { code, details, metadata });
}

export const started: Event = { case: "started", value: { generationId: "gen-1" } };
export const finished: Event = { case: "finished", value: { finishReason: 1, usage: { inputTokens: 3 } } };

/** A text part that begins. */
export function textStarted(partIndex: number): Event {
  return { case: "partStarted", value: { partIndex, part: { kind: { case: "text", value: "" } } } };
}

/** A piece of a text part. */
export function textDelta(partIndex: number, text: string): Event {
  return { case: "textDelta", value: { partIndex, text } };
}
