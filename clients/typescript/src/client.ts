import { type MessageInitShape, create } from "@bufbuild/protobuf";

import { ChatStream } from "./chat-stream.js";
import { Admin } from "./admin.js";
import { Connection } from "./connection.js";
import { ChatRequestSchema, ChatService, type ChatResponse, type CountTokensResponse } from "./gen/crux/v1/chat_pb.js";
import { ServerService, type GetServerInfoResponse } from "./gen/crux/v1/server_pb.js";
import { Keys } from "./keys.js";
import { Models } from "./models.js";
import type { CallOptions, ConnectOptions } from "./options.js";
import { Preferences } from "./preferences.js";
import type { Schema, Infer } from "./schema.js";
import { type Structured, jsonFormat, parseAnswer } from "./structured.js";
import type { RunnableTool } from "./tool.js";
import { ToolRun, type ToolRunOptions } from "./tool-run.js";

/** A chat request: a message of the contract, or an object to make one of. */
export type ChatRequestInit = MessageInitShape<typeof ChatRequestSchema>;

/**
 * A client of a crux server. One serves a whole process; it connects with the first call.
 *
 * Calls reject with a {@link CruxError}, or with the signal's reason once it is aborted. They are retried by gRPC itself,
 * by the published service config, where nothing has been answered.
 */
export class Crux implements Disposable {
  readonly #connection: Connection;
  /** The model registry. */
  readonly models: Models;
  /** The providers' API keys. */
  readonly keys: Keys;
  /** Tenants, tokens, audit records. */
  readonly admin: Admin;
  /** Preferences of the application's users. */
  readonly preferences: Preferences;

  /**
   * @param address - `host:port`, or a gRPC target such as `dns:///crux.internal:443`, whose addresses take turns.
   * @throws TypeError where the options contradict one another, or would send a token in plaintext to another machine.
   */
  constructor(address: string, options: ConnectOptions = {}) {
    this.#connection = new Connection(address, options);
    this.models = new Models(this.#connection);
    this.keys = new Keys(this.#connection);
    this.admin = new Admin(this.#connection);
    this.preferences = new Preferences(this.#connection);
  }

  /** Chats, and answers in one message. */
  async chat(request: ChatRequestInit, options: CallOptions = {}): Promise<ChatResponse> {
    return await this.#connection.unary(ChatService.method.chat, request, this.#chatOptions(options));
  }

  /** Chats, and answers as the answer is made. */
  stream(request: ChatRequestInit, options: CallOptions = {}): ChatStream {
    const init = create(ChatRequestSchema, request);
    return new ChatStream(() =>
      this.#connection.serverStream(ChatService.method.streamChat, init, this.#chatOptions(options)),
    );
  }

  /** Chats, runs the tools that are called, and goes on until none is. The request's own tools are offered too. */
  runTools(request: ChatRequestInit, tools: readonly RunnableTool[], options: ToolRunOptions = {}): ToolRun {
    return new ToolRun((step, stepOptions) => this.stream(step, stepOptions), request, tools, options);
  }

  /**
   * Chats, and answers in the schema's type.
   *
   * @throws StructuredOutputError where the answer was cut or refused, is no JSON, or does not follow the schema.
   */
  async parse<S extends Schema>(
    request: ChatRequestInit,
    schema: S,
    options: CallOptions = {},
  ): Promise<Structured<Infer<S>>> {
    // A copy, as the caller may use the request again.
    const init = { ...create(ChatRequestSchema, request) };
    init.responseFormat ??= jsonFormat(schema);
    const response = await this.chat(init, options);
    return { value: await parseAnswer(response, schema), response };
  }

  /** Counts the input tokens of a request without running it. */
  async countTokens(request: ChatRequestInit, options?: CallOptions): Promise<CountTokensResponse> {
    return await this.#connection.unary(ChatService.method.countTokens, { request }, options);
  }

  /** Tells about the server, and who it takes the caller for. */
  async serverInfo(options?: CallOptions): Promise<GetServerInfoResponse> {
    return await this.#connection.unary(ServerService.method.getServerInfo, {}, options);
  }

  /** Closes the connection once the calls that run have ended. No call can be made after it. */
  close(): void {
    this.#connection.close();
  }

  /** As {@link close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #chatOptions(options: CallOptions): CallOptions {
    return { ...options, timeoutMs: options.timeoutMs ?? this.#connection.chatTimeoutMs };
  }
}
