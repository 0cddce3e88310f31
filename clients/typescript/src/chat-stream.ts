import { Accumulator } from "./accumulator.js";
import type { ChatEvent, ChatResponse } from "./gen/crux/v1/chat_pb.js";
import type { Message } from "./gen/crux/v1/content_pb.js";
import { ResultStream, aborted } from "./result-stream.js";
import type { ServerCall } from "./server-call.js";
import { failure } from "./status.js";

/**
 * A chat that is answered as it is made. The call begins with the first read, and ends at once when its reader leaves.
 *
 * Every event is seen, those of a newer server too: their `event.case` is undefined. A reader that is slow slows the
 * server. Errors are {@link CruxError}s, or the signal's reason once it is aborted.
 */
export class ChatStream extends ResultStream<ChatEvent, ChatResponse> {
  readonly #open: () => ServerCall<ChatEvent>;
  readonly #accumulator = new Accumulator();
  #call: ServerCall<ChatEvent> | undefined;
  #left: { readonly reason: unknown } | undefined;

  /** @internal */
  constructor(open: () => ServerCall<ChatEvent>) {
    super();
    this.#open = open;
  }

  /** The answer as far as it has come; parts that are not whole are marked incomplete. */
  get message(): Message {
    return this.#accumulator.message();
  }

  /** The generation's id, once it has begun. */
  get generationId(): string | undefined {
    return this.#accumulator.generationId;
  }

  /** How many events so far were of a kind that this library does not know. */
  get unknownEvents(): number {
    return this.#accumulator.unknownEvents;
  }

  /** Reads the text alone, as it comes: no reasoning, no refusal. Leaving the loop cancels. */
  text(): AsyncIterableIterator<string> {
    const events = this[Symbol.asyncIterator]();
    const texts = textsOf(events);
    const iterator: AsyncIterableIterator<string> = {
      next: () => texts.next(),
      // A generator's own return would wait for the next text.
      return: async () => {
        await events.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /** The whole answer as one message, to be appended to the history. As {@link final}. */
  async finalMessage(): Promise<Message> {
    await this.final();
    return this.message;
  }

  /** The whole answer's text. As {@link final}. */
  async finalText(): Promise<string> {
    return (await this.final()).text;
  }

  override cancel(reason: unknown = aborted("the stream was cancelled")): void {
    this.#left ??= { reason };
    this.#call?.cancel(reason);
  }

  protected override completed(): ChatResponse | undefined {
    return this.#accumulator.outcome && this.#accumulator.response();
  }

  protected override async *events(): AsyncGenerator<ChatEvent, ChatResponse> {
    if (this.#left) {
      throw this.#left.reason;
    }
    const call = (this.#call = this.#open());
    const accumulator = this.#accumulator;
    let begun = false;
    for (;;) {
      const incoming = await call.next();
      if ("message" in incoming) {
        begun = true;
        accumulator.add(incoming.message);
        yield incoming.message;
      } else if (accumulator.outcome) {
        return accumulator.response();
      } else {
        const { generationId, failed } = accumulator;
        throw failure(incoming.status, {
          timeoutMs: call.timeoutMs,
          headers: call.headers,
          begun,
          generationId,
          failed,
        });
      }
    }
  }
}

/** Texts of the parts that are text; whole ones where their deltas were omitted. */
async function* textsOf(events: AsyncIterable<ChatEvent>): AsyncGenerator<string, undefined> {
  const others = new Set<number>();
  const told = new Set<number>();
  for await (const { event } of events) {
    if (event.case === "partStarted" && event.value.part?.kind.case !== "text") {
      others.add(event.value.partIndex);
    } else if (event.case === "textDelta" && !others.has(event.value.partIndex)) {
      told.add(event.value.partIndex);
      yield event.value.text;
    } else if (event.case === "partFinished" && !told.has(event.value.partIndex)) {
      const kind = event.value.part?.kind;
      if (kind?.case === "text" && kind.value !== "") {
        yield kind.value;
      }
    }
  }
  return undefined;
}
