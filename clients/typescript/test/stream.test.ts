import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, Crux, FinishReason, MessageSchema, PartSchema, Role, textOf } from "@cruxrpc/client";

import { ask, connect, cruxError, readText } from "./world.js";
import { type Event, fail, finished, play, send, serveStream, started, textDelta, textStarted } from "./fake.js";

const MODELS = [
  "openai/gpt-5",
  "anthropic/claude-sonnet-4-5",
  "gemini/gemini-2.5-flash",
  "ollama/llama3.2",
  "openrouter/openai/gpt-5",
  "deepseek/deepseek-chat",
  "xai/grok-4",
];

for (const model of MODELS) {
  test(`${model} streams, and ends with the message that its deltas made`, async () => {
    using crux = connect();
    const stream = crux.stream(ask(model));
    const cases: (string | undefined)[] = [];
    let text = "";

    for await (const { event } of stream) {
      cases.push(event.case);
      if (event.case === "textDelta") {
        text += event.value.text;
      }
    }

    const response = await stream.final();
    assert.equal(cases[0], "started");
    assert.equal(cases.at(-1), "finished");
    assert.equal(text, "You said: hello there");
    assert.equal(response.text, text);
    assert.equal(response.message?.role, Role.ASSISTANT);
    assert.equal(response.outcome?.finishReason, FinishReason.STOP);
    assert.ok((response.outcome.usage?.outputTokens ?? 0) > 0);
    assert.equal(response.generationId, stream.generationId);
  });

  test(`${model} answers in one message`, async () => {
    using crux = connect();

    const response = await crux.chat(ask(model));

    assert.equal(response.text, "You said: hello there");
    assert.equal(response.message && textOf(response.message), response.text);
  });
}

test("text alone is read without reasoning", async () => {
  using crux = connect();

  const text = await readText(crux, { ...ask("openai/gpt-5"), reasoning: { effort: 5 } });

  assert.equal(text, "You said: hello there");
});

test("text comes whole where deltas are omitted", async () => {
  using crux = connect();

  const text = await readText(crux, { ...ask("openai/gpt-5"), streamOptions: { omitDeltas: true } });

  assert.equal(text, "You said: hello there");
});

test("the text of a refusal is no text", async () => {
  const refusal = (value: string): Event => ({
    case: "partStarted",
    value: { partIndex: 0, part: { kind: { case: "refusal", value } } },
  });
  await using fake = await serveStream((call) => {
    play(call, [started, refusal(""), textDelta(0, "no"), textStarted(1), textDelta(1, "yes"), finished]);
  });
  using crux = new Crux(fake.address);

  assert.equal(await readText(crux, ask("any/model")), "yes");
});

test("a stream that nobody reads is read by final", async () => {
  using crux = connect();

  assert.equal(await crux.stream(ask("openai/gpt-5")).finalText(), "You said: hello there");
  assert.equal(textOf(await crux.stream(ask("openai/gpt-5")).finalMessage()), "You said: hello there");
});

test("final waits for whoever reads", async () => {
  using crux = connect();
  const stream = crux.stream(ask("openai/gpt-5"));
  let events = 0;
  const reading = (async () => {
    for await (const _event of stream) {
      events++;
    }
  })();

  const [response] = await Promise.all([stream.final(), reading]);

  assert.equal(response.text, "You said: hello there");
  assert.ok(events > 5);
});

test("a stream is read once", async () => {
  using crux = connect();
  const stream = crux.stream(ask("openai/gpt-5"));
  await stream.final();

  assert.throws(() => stream.text(), /read once/);
  assert.throws(() => stream[Symbol.asyncIterator](), /read once/);
});

test("a stream that is left after its last event has its result", async () => {
  using crux = connect();
  const stream = crux.stream(ask("openai/gpt-5"));
  for await (const { event } of stream) {
    if (event.case === "finished") {
      break;
    }
  }

  assert.equal(await stream.finalText(), "You said: hello there");
});

test("an OK status without a terminal event is an error", async () => {
  await using fake = await serveStream((call) => {
    play(call, [started, textStarted(0), textDelta(0, "half")]);
  });
  using crux = new Crux(fake.address);
  const stream = crux.stream(ask("any/model"));

  const error = await cruxError(stream.final());

  assert.equal(error.kind, "broken");
  assert.equal(error.generationId, "gen-1");
  assert.equal(textOf(stream.message), "half");
  assert.ok(stream.message.content[0]?.incomplete);
});

test("an OK status without any event is an error", async () => {
  await using fake = await serveStream((call) => {
    play(call, []);
  });
  using crux = new Crux(fake.address);

  const error = await cruxError(crux.stream(ask("any/model")).final());

  assert.equal(error.kind, "broken");
});

test("what came before a failure is read before the failure", async () => {
  await using fake = await serveStream((call) => {
    for (let n = 0; n < 10; n++) {
      send(call, textDelta(0, "x"));
    }
    fail(call, Code.UNAVAILABLE, "gone");
  });
  using crux = new Crux(fake.address);
  const stream = crux.stream(ask("any/model"));
  let text = "";

  const error = await cruxError(
    (async () => {
      for await (const delta of stream.text()) {
        text += delta;
        await sleep(5);
      }
    })(),
  );

  assert.equal(text, "x".repeat(10));
  assert.equal(error.kind, "broken");
  assert.equal(error.code, Code.UNAVAILABLE);
});

test("events and parts of a newer server are passed over, seen, and kept", async () => {
  // Field 99 holds one byte, 7.
  const unknown = Buffer.from("9a060107", "hex");
  const unknownPart = fromBinary(PartSchema, unknown);
  await using fake = await serveStream((call) => {
    play(call, [
      started,
      unknown,
      { case: "partFinished", value: { partIndex: 0, part: unknownPart } },
      { case: "finished", value: { finishReason: 77 as FinishReason } },
    ]);
  });
  using crux = new Crux(fake.address);
  const stream = crux.stream(ask("any/model"));
  let seen = 0;

  for await (const { event } of stream) {
    seen += event.case === undefined ? 1 : 0;
  }

  const response = await stream.final();
  assert.equal(seen, 1);
  assert.equal(stream.unknownEvents, 1);
  assert.equal(response.outcome?.finishReason, 77);
  assert.ok(response.message);
  const bytes = Buffer.from(toBinary(MessageSchema, response.message)).toString("hex");
  assert.ok(bytes.includes("9a060107"), bytes);
});

test("a slow reader slows the server, and holds no other call up", async () => {
  let written = 0;
  await using fake = await serveStream(async (call, number) => {
    send(call, started);
    if (number === 2) {
      play(call, [textDelta(0, "quick"), finished]);
      return;
    }
    const text = "x".repeat(16 * 1024);
    while (!call.cancelled && written < 2000) {
      const isFlowing = send(call, textDelta(0, text));
      written++;
      if (!isFlowing) {
        await new Promise((resolve) => {
          call.once("drain", resolve);
          call.once("cancelled", resolve);
        });
      }
    }
    play(call, [finished]);
  });
  using crux = new Crux(fake.address);
  const slow = crux.stream(ask("any/model"))[Symbol.asyncIterator]();
  await slow.next();
  await sleep(500);

  const stalled = written;
  await sleep(300);

  assert.equal(written, stalled, "the server goes on although nobody reads");
  assert.equal(await crux.stream(ask("any/model")).finalText(), "quick");
  assert.ok(stalled < 200, `${stalled} messages of 16 KiB were taken although nobody reads`);
  await slow.return?.();
});

test("a slow reader of the server gets everything", async () => {
  using crux = connect();
  const stream = crux.stream(ask("openai/gpt-5+fault:chunks=2000,chunk-bytes=64"));
  let text = "";
  let deltas = 0;

  for await (const { event } of stream) {
    if (event.case === "textDelta") {
      deltas++;
      text += event.value.text;
      if (deltas % 50 === 0) {
        await sleep(1);
      }
    }
  }

  assert.equal(text, (await stream.final()).text);
  assert.equal(text.length, 2000 * 64);
});

test("messages of 3 MiB go both ways", async () => {
  using crux = connect();
  const prompt = "0123456789abcdef".repeat((3 * 1024 * 1024) / 16);

  const response = await crux.chat(ask("openai/gpt-5", prompt));

  assert.equal(response.text, `You said: ${prompt}`);
});
