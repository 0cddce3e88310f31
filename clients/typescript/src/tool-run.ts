import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { onAbort } from "./abort.js";
import type { ChatStream } from "./chat-stream.js";
import { toolCallsOf } from "./content.js";
import {
  ChatRequestSchema,
  FinishReason,
  ToolMode,
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
} from "./gen/crux/v1/chat_pb.js";
import type { Message } from "./gen/crux/v1/content_pb.js";
import type { Usage } from "./gen/crux/v1/usage_pb.js";
import type { CallOptions } from "./options.js";
import { ResultStream, aborted } from "./result-stream.js";
import { type RunnableTool, runToolCalls } from "./tool.js";
import { deadlineError } from "./status.js";
import { sumUsage } from "./usage.js";

/** What holds for a tool loop. */
export interface ToolRunOptions extends CallOptions {
  /** Most calls of the model. Default 10. */
  readonly maxSteps?: number | undefined;
  /** Deadline of the whole loop, tools included, in milliseconds. Unset: each call of the model has the client's own. */
  readonly timeoutMs?: number | undefined;
}

/** What happens in a tool loop. `step` counts the model's calls from 1. */
export type ToolRunEvent =
  | { readonly case: "event"; readonly step: number; readonly value: ChatEvent }
  /** The tools of a step are done; the message holds their results. */
  | { readonly case: "results"; readonly step: number; readonly value: Message };

/** What a tool loop has come to. */
export interface ToolRunState {
  /** The whole history: the request's messages, and all that came since. */
  readonly messages: Message[];
  /** Usage of all calls of the model. */
  readonly usage: Usage;
  /** How many calls of the model there were. */
  readonly steps: number;
}

/** How a tool loop ended. */
export interface ToolRunResult extends ToolRunState {
  /** The last answer. */
  readonly response: ChatResponse;
  /** Its text. */
  readonly text: string;
}

/** The model still calls tools after the last step that it was given. The calls of that step have not been run. */
export class ToolLimitError extends Error implements ToolRunState {
  override readonly name = "ToolLimitError";
  readonly messages: Message[];
  readonly usage: Usage;
  readonly steps: number;

  constructor(state: ToolRunState) {
    super(`the model still calls tools after ${state.steps} steps`);
    this.messages = state.messages;
    this.usage = state.usage;
    this.steps = state.steps;
  }
}

/**
 * A tool loop: chats, runs the tools that are called, sends their results, until the model calls none. Whole messages go
 * back, so what a provider wants to see again, it sees. It begins with the first read. A tool choice that requires a call
 * holds until there is one, as the loop would not end otherwise.
 */
export class ToolRun extends ResultStream<ToolRunEvent, ToolRunResult> {
  readonly #chat: (request: ChatRequest, options: CallOptions) => ChatStream;
  readonly #request: ChatRequest;
  readonly #tools: readonly RunnableTool[];
  readonly #options: ToolRunOptions;
  readonly #abort = new AbortController();
  readonly #messages: Message[];
  readonly #usages: Usage[] = [];
  #steps = 0;

  /** @internal */
  constructor(
    chat: (request: ChatRequest, options: CallOptions) => ChatStream,
    request: MessageInitShape<typeof ChatRequestSchema>,
    tools: readonly RunnableTool[],
    options: ToolRunOptions,
  ) {
    super();
    this.#chat = chat;
    // A copy, as the caller may use the request again.
    this.#request = { ...create(ChatRequestSchema, request) };
    this.#messages = [...this.#request.messages];
    this.#tools = tools;
    this.#options = options;
  }

  /** How far the loop is. After a failure, all that was whole before it. */
  get state(): ToolRunState {
    return { messages: [...this.#messages], usage: sumUsage(this.#usages), steps: this.#steps };
  }

  override cancel(reason: unknown = aborted("the tool loop was cancelled")): void {
    this.#abort.abort(reason);
  }

  protected override completed(): undefined {
    return undefined;
  }

  protected override async *events(): AsyncGenerator<ToolRunEvent, ToolRunResult> {
    const { timeoutMs = Infinity, maxSteps = 10 } = this.#options;
    const release = this.#watch(timeoutMs);
    const end = Date.now() + timeoutMs;
    try {
      for (;;) {
        const response = yield* this.#step(end - Date.now());
        const message = response.message;
        const isCalling = message !== undefined && toolCallsOf(message).length > 0;
        if (!isCalling && response.outcome?.finishReason !== FinishReason.PAUSED) {
          return { ...this.state, response, text: response.text };
        }
        if (isCalling && this.#request.toolChoice?.mode === ToolMode.REQUIRED) {
          delete this.#request.toolChoice;
        }
        if (this.#steps >= maxSteps) {
          throw new ToolLimitError(this.state);
        }
        const results = message && (await runToolCalls(message, this.#tools, this.#abort.signal));
        if (results) {
          this.#messages.push(results);
          yield { case: "results", step: this.#steps, value: results };
        }
      }
    } finally {
      release();
    }
  }

  /** Calls the model once. */
  async *#step(remainingMs: number): AsyncGenerator<ToolRunEvent, ChatResponse> {
    this.#abort.signal.throwIfAborted();
    const stream = this.#chat(
      {
        ...this.#request,
        messages: this.#messages,
        tools: [...this.#request.tools, ...this.#tools.map(({ tool }) => tool)],
      },
      {
        headers: this.#options.headers,
        signal: this.#abort.signal,
        timeoutMs: Number.isFinite(remainingMs) ? Math.max(1, remainingMs) : undefined,
      },
    );
    const step = ++this.#steps;
    for await (const value of stream) {
      yield { case: "event", step, value };
    }
    const response = await stream.final();
    if (response.message) {
      this.#messages.push(response.message);
    }
    if (response.outcome?.usage) {
      this.#usages.push(response.outcome.usage);
    }
    return response;
  }

  /** Aborts with the caller's signal, and at the deadline, which holds while tools run too. */
  #watch(timeoutMs: number): () => void {
    const { signal } = this.#options;
    const follow = (): void => {
      this.cancel(signal?.reason);
    };
    if (signal?.aborted) {
      follow();
    }
    const forget = onAbort(signal, follow);
    const timer = Number.isFinite(timeoutMs)
      ? setTimeout(() => {
          this.cancel(deadlineError({ timeoutMs }));
        }, timeoutMs)
      : undefined;
    return () => {
      clearTimeout(timer);
      forget();
    };
  }
}
