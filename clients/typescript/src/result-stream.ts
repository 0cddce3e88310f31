/**
 * Something that is read as it is made, and has a result in the end. It begins when it is first read, is read once, and
 * is cancelled when its reader leaves.
 */
export abstract class ResultStream<Event, Result> implements AsyncIterable<Event>, AsyncDisposable {
  #events: AsyncGenerator<Event, Result> | undefined;
  readonly #result: Promise<Result>;
  #resolve!: (result: Result) => void;
  #reject!: (reason: unknown) => void;

  constructor() {
    this.#result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Whoever iterates has seen the error already.
    this.#result.catch(() => undefined);
  }

  /** Makes the events, and the result in the end. */
  protected abstract events(): AsyncGenerator<Event, Result>;

  /** The result, where it is whole although events may follow. */
  protected abstract completed(): Result | undefined;

  /** Cancels what runs at once. Whoever reads gets `reason`; by default an `AbortError`. */
  abstract cancel(reason?: unknown): void;

  /** Cancels what still runs. */
  [Symbol.asyncDispose](): Promise<void> {
    this.cancel();
    return Promise.resolve();
  }

  /**
   * Reads the events as they come. Leaving the loop cancels.
   *
   * @throws TypeError when it is being read already.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Event> {
    const events = this.#begin();
    const iterator: AsyncIterableIterator<Event> = {
      next: () => this.#next(events),
      return: async () => {
        const left = aborted("the stream was left before its end");
        const result = this.completed();
        if (result === undefined) {
          this.#reject(left);
        } else {
          this.#resolve(result);
        }
        this.cancel(left);
        await events.return(undefined as never).catch(() => undefined);
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]: () => iterator,
    };
    return iterator;
  }

  /**
   * The result. Reads to the end where nobody reads; waits for whoever does, so not to be awaited inside the loop.
   *
   * @throws what ended the stream otherwise; an `AbortError` where its reader left.
   */
  async final(): Promise<Result> {
    if (!this.#events) {
      const events = this.#begin();
      while (!(await this.#next(events)).done);
    }
    return await this.#result;
  }

  #begin(): AsyncGenerator<Event, Result> {
    if (this.#events) {
      throw new TypeError("a stream is read once, and this one is being read or has been");
    }
    this.#events = this.events();
    return this.#events;
  }

  async #next(events: AsyncGenerator<Event, Result>): Promise<IteratorResult<Event, undefined>> {
    try {
      const { done, value } = await events.next();
      if (!done) {
        return { done: false, value };
      }
      this.#resolve(value);
      return { done: true, value: undefined };
    } catch (error) {
      this.#reject(error);
      throw error;
    }
  }
}

/** The error of what was left rather than aborted by a signal. */
export function aborted(message: string): DOMException {
  return new DOMException(message, "AbortError");
}
