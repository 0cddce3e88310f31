import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { type ChatStream, Code, Crux } from "@cruxrpc/client";

import { ask, cruxError, eventually, rejection, setting, stats } from "./world.js";

const SLOW = "openai/gpt-5+fault:gap=30ms,chunks=1000";
/** A server of its own: what it counts is of these tests alone. */
const connect = (): Crux => new Crux(setting("CRUX_COUNTED_ADDRESS"));
const counted = (): ReturnType<typeof stats> => stats(setting("CRUX_COUNTED_SANDBOX"));

/** Runs something, after which the provider's answer must be aborted within a second. */
async function aborts(run: () => Promise<void>): Promise<void> {
  const before = await counted();
  await run();
  await eventually(async () => (await counted()).aborted === before.aborted + 1, 1000);
  assert.equal((await counted()).open, 0);
}

async function readDeltas(stream: ChatStream, count: number): Promise<void> {
  let seen = 0;
  for await (const _delta of stream.text()) {
    if (++seen === count) {
      return;
    }
  }
}

test("leaving the loop cancels at once", async () => {
  using crux = connect();

  await aborts(async () => {
    const stream = crux.stream(ask(SLOW));
    await readDeltas(stream, 3);
    const error = await rejection(stream.final());
    assert.ok(error instanceof DOMException && error.name === "AbortError");
  });
});

test("a signal cancels a stream at once, and is the reason", async () => {
  using crux = connect();

  await aborts(async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const stream = crux.stream(ask(SLOW), { signal: controller.signal });
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    await sleep(100);
    controller.abort(reason);
    const begun = Date.now();

    assert.equal(await rejection(iterator.next()), reason);
    assert.equal(await rejection(stream.final()), reason);
    assert.ok(Date.now() - begun < 50);
  });
});

test("a signal cancels a whole chat at once, and is the reason", async () => {
  using crux = connect();

  await aborts(async () => {
    const begun = Date.now();
    const signal = AbortSignal.timeout(200);

    const error = await rejection(crux.chat(ask("openai/gpt-5+fault:stall-headers"), { signal }));

    assert.equal(error, signal.reason);
    assert.ok(Date.now() - begun < 400);
  });
});

test("cancel and await using cancel", async () => {
  using crux = connect();

  await aborts(async () => {
    const stream = crux.stream(ask(SLOW));
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    const pending = rejection(
      (async () => {
        while (!(await iterator.next()).done);
      })(),
    );
    stream.cancel();
    const error = await pending;
    assert.ok(error instanceof DOMException && error.name === "AbortError");
  });
  await aborts(async () => {
    await using stream = crux.stream(ask(SLOW));
    await stream[Symbol.asyncIterator]().next();
  });
});

test("an iterator that is returned while a read is pending cancels at once", async () => {
  using crux = connect();

  for (const read of [
    () => crux.stream(ask("openai/gpt-5+fault:stall=3"))[Symbol.asyncIterator](),
    () => crux.stream(ask("openai/gpt-5+fault:stall=3")).text(),
  ]) {
    await aborts(async () => {
      const iterator = read();
      const reading = rejection(
        (async () => {
          while (!(await iterator.next()).done);
        })(),
      );
      await sleep(200);
      const begun = Date.now();
      await iterator.return?.();
      const error = await reading;
      assert.ok(error instanceof DOMException && error.name === "AbortError");
      assert.ok(Date.now() - begun < 50);
    });
  }
});

test("a signal that is aborted already makes no call", async () => {
  using crux = connect();
  const signal = AbortSignal.abort("no");

  assert.equal(await rejection(crux.chat(ask("openai/gpt-5"), { signal })), "no");
  assert.equal(await rejection(crux.stream(ask("openai/gpt-5"), { signal }).final()), "no");
});

test("one signal serves many calls, and keeps none of them", async () => {
  using crux = connect();
  const { signal } = new AbortController();
  let warnings = 0;
  const count = (): void => {
    warnings++;
  };
  process.on("warning", count);

  await Promise.all(Array.from({ length: 30 }, () => crux.chat(ask("openai/gpt-5"), { signal })));
  await sleep(10);

  process.off("warning", count);
  assert.equal(warnings, 0);
});

test("the caller's deadline is one error, before the first event and after it, streamed and whole", async () => {
  using crux = connect();
  const silent = ask("openai/gpt-5+fault:stall-headers");
  const calls = [
    () => crux.chat(silent, { timeoutMs: 400 }),
    () => crux.stream(silent, { timeoutMs: 400 }).final(),
    () => crux.stream(ask(SLOW), { timeoutMs: 400 }).final(),
    () => new Crux(setting("CRUX_COUNTED_ADDRESS"), { chatTimeoutMs: 400 }).chat(silent),
  ];

  for (const call of calls) {
    await aborts(async () => {
      const begun = Date.now();
      const error = await cruxError(call());
      const elapsed = Date.now() - begun;

      assert.equal(error.kind, "deadline");
      assert.equal(error.code, Code.DEADLINE_EXCEEDED);
      assert.equal(error.reasonName, "DEADLINE_EXCEEDED");
      assert.equal(error.message, "the call's deadline of 400 ms passed");
      assert.equal(error.retryable, false);
      assert.ok(elapsed >= 360 && elapsed <= 440 + 20, `${elapsed} ms`);
    });
  }
});
