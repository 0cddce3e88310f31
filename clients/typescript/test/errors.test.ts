import assert from "node:assert/strict";
import { type Socket, createServer } from "node:net";
import { test } from "node:test";
import { inspect } from "node:util";

import { Code, Crux, CruxError, ErrorReason } from "@cruxrpc/client";

import { type Event, fail, finished, play, send, serveStream, started, textDelta } from "./fake.js";
import { ask, connect, cruxError, setting } from "./world.js";

test("a bad request names every field", async () => {
  using crux = connect();

  const error = await cruxError(crux.chat({ model: "openai/gpt-5", topLogprobs: 50 }));

  assert.equal(error.kind, "status");
  assert.equal(error.code, Code.INVALID_ARGUMENT);
  assert.equal(error.reason, ErrorReason.INVALID_REQUEST);
  assert.equal(error.reasonName, "INVALID_REQUEST");
  assert.equal(error.retryable, false);
  assert.deepEqual(error.violations.map(({ field }) => field).sort(), ["messages", "top_logprobs"]);
  assert.ok(error.requestId);
});

test("a provider's rate limit says when to try again, streamed and whole", async () => {
  using crux = connect();
  const request = { ...ask("openai/gpt-5+fault:status=429,retry-after=2"), routing: { maxAttempts: 1 } };

  for (const call of [() => crux.chat(request), () => crux.stream(request).final()]) {
    const error = await cruxError(call());

    assert.equal(error.kind, "status");
    assert.equal(error.reason, ErrorReason.PROVIDER_RATE_LIMITED);
    assert.equal(error.retryable, true);
    assert.equal(error.retryDelayMs, 2000);
    assert.equal(error.providerError?.httpStatus, 429);
    assert.equal(error.providerError.provider, "openai");
    assert.match(error.providerError.model, /^gpt-5/);
    assert.equal(error.attempts.length, 1);
    assert.ok(error.usage);
    assert.equal(error.metadata["provider"], "openai");
  }
});

test("a failure midway has the event's facts, the usage so far, and the status's request id", async () => {
  using crux = connect();
  const stream = crux.stream(ask("openai/gpt-5+fault:error-midstream"));

  const error = await cruxError(stream.final());

  assert.equal(error.kind, "failed");
  assert.equal(error.code, Code.UNAVAILABLE);
  assert.equal(error.retryable, true);
  assert.ok(error.usage);
  assert.equal(error.attempts.length, 1);
  assert.equal(error.generationId, stream.generationId);
  assert.ok(error.requestId);
  assert.ok(error.providerError);
  assert.ok(stream.message.content.at(-1)?.incomplete);
});

test("a failed event is told by its own detail, whatever the status says", async () => {
  const failed: Event = {
    case: "failed",
    value: { error: { code: 8, reason: 99 as ErrorReason, message: "newer", retryable: true } },
  };
  await using fake = await serveStream((call) => {
    send(call, started);
    send(call, failed);
    fail(call, Code.UNKNOWN, "something");
  });
  using crux = new Crux(fake.address);

  const error = await cruxError(crux.stream(ask("any/model")).final());

  assert.equal(error.kind, "failed");
  assert.equal(error.code, Code.RESOURCE_EXHAUSTED);
  assert.equal(error.reason, 99);
  assert.equal(error.reasonName, "99");
  assert.equal(error.message, "newer");
});

test("details that make no sense leave the status", async () => {
  await using fake = await serveStream((call) => {
    const error = { code: Code.INTERNAL, details: "odd", metadata: undefined };
    call.metadata.set("grpc-status-details-bin", Buffer.from("ffffff", "hex"));
    call.emit("error", { ...error, metadata: call.metadata });
  });
  using crux = new Crux(fake.address);

  const error = await cruxError(crux.stream(ask("any/model")).final());

  assert.equal(error.code, Code.INTERNAL);
  assert.equal(error.message, "odd");
  assert.equal(error.reasonName, "");
});

test("no connection is an error within seconds that names the address", async () => {
  for (const address of ["127.0.0.1:1", "no-such-host.invalid:50051"]) {
    using crux = new Crux(address);
    const begun = Date.now();

    const error = await cruxError(crux.chat(ask("openai/gpt-5")));

    assert.equal(error.kind, "status");
    assert.equal(error.code, Code.UNAVAILABLE);
    assert.equal(error.retryable, true);
    assert.ok(error.message.includes(address.replace(/:.*/, "")), error.message);
    assert.ok(Date.now() - begun < 5000);
  }
});

test("a peer that accepts and then says nothing is an error after connectTimeoutMs", async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => void sockets.push(socket)).listen(0, "127.0.0.1");
  await new Promise((resolve) => silent.once("listening", resolve));
  const address = silent.address();
  assert.ok(address && typeof address === "object");
  using crux = new Crux(`127.0.0.1:${address.port}`, { connectTimeoutMs: 300 });

  for (const call of [() => crux.chat(ask("openai/gpt-5")), () => crux.stream(ask("openai/gpt-5")).final()]) {
    const begun = Date.now();
    const error = await cruxError(call());
    const elapsed = Date.now() - begun;

    assert.equal(error.code, Code.UNAVAILABLE);
    assert.ok(error.message.includes("no connection to 127.0.0.1"), error.message);
    assert.ok(elapsed >= 290 && elapsed < 1000, `${elapsed} ms`);
  }
  silent.close();
  sockets.forEach((socket) => socket.destroy());
});

test("a server that dies midway leaves a broken stream", async () => {
  using crux = new Crux(setting("CRUX_DOOMED_ADDRESS"));
  const stream = crux.stream(ask("openai/gpt-5+fault:gap=20ms,chunks=500"));

  const error = await cruxError(
    (async () => {
      for await (const { event } of stream) {
        if (event.case === "textDelta") {
          process.kill(Number(setting("CRUX_DOOMED_PID")), "SIGKILL");
        }
      }
    })(),
  );

  assert.equal(error.kind, "broken");
  assert.equal(error.generationId, stream.generationId);
  assert.ok(stream.message.content.at(-1)?.incomplete);
});

test("UNAVAILABLE before any event is retried by the policy, three attempts in all", async () => {
  let calls = 0;
  await using fake = await serveStream((call) => {
    calls++;
    fail(call, Code.UNAVAILABLE, "not now");
  });
  using crux = new Crux(fake.address);

  const error = await cruxError(crux.stream(ask("any/model")).final());

  assert.equal(error.code, Code.UNAVAILABLE);
  assert.equal(calls, 3);
});

test("a retry that goes well is a call that went well", async () => {
  await using fake = await serveStream((call, number) => {
    if (number < 3) {
      fail(call, Code.UNAVAILABLE, "not now");
    } else {
      play(call, [started, textDelta(0, "now"), finished]);
    }
  });
  using crux = new Crux(fake.address);

  assert.equal(await crux.stream(ask("any/model")).finalText(), "now");
});

test("pushback decides when to retry, and whether", async () => {
  for (const [pushback, attempts, leastMs] of [
    ["400", 3, 800],
    ["-1", 1, 0],
  ] as const) {
    let calls = 0;
    await using fake = await serveStream((call) => {
      calls++;
      fail(call, Code.UNAVAILABLE, "not now", { "grpc-retry-pushback-ms": pushback });
    });
    using crux = new Crux(fake.address);
    const begun = Date.now();

    await cruxError(crux.stream(ask("any/model")).final());

    assert.equal(calls, attempts);
    assert.ok(Date.now() - begun >= leastMs);
  }
});

test("nothing is retried after an event", async () => {
  let calls = 0;
  await using fake = await serveStream((call) => {
    calls++;
    send(call, started);
    fail(call, Code.UNAVAILABLE, "gone");
  });
  using crux = new Crux(fake.address);

  const error = await cruxError(crux.stream(ask("any/model")).final());

  assert.equal(error.kind, "broken");
  assert.equal(calls, 1);
});

test("what must not be repeated is not retried", async () => {
  using crux = new Crux("127.0.0.1:1");
  const begun = Date.now();

  await cruxError(crux.keys.create({ key: { provider: "openai" }, secret: "none" }));

  assert.ok(Date.now() - begun < 1000);
});

test("an error prints with its facts", async () => {
  using crux = connect();

  const error = await cruxError(crux.chat({ model: "openai/gpt-5" }));

  assert.ok(error instanceof Error && error instanceof CruxError);
  assert.match(inspect(error), /CruxError.*messages.*reasonName: 'INVALID_REQUEST'/s);
});
