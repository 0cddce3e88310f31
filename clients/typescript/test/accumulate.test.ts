import assert from "node:assert/strict";
import { test } from "node:test";

import { toBinary } from "@bufbuild/protobuf";
import { ChatResponseSchema, Crux, type Message } from "@cruxrpc/client";

import { type Event, finished, play, serveStream, started } from "./fake.js";
import { ask } from "./world.js";

const TEXT = "Grüße, 世界: one sentence of some length, cut anywhere.";
const REASONING = "First this, then that.";
const ARGUMENTS = '{"city":"Zürich","days":3}';
const MEDIA = Uint8Array.from({ length: 300 }, (_, index) => index % 251);

/** Numbers that look random and are the same in every run. */
function random(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Cuts anywhere, into none, one or many pieces. */
function cut<T extends string | Uint8Array>(whole: T, below: (limit: number) => number): T[] {
  const pieces: T[] = [];
  for (let at = 0; at < whole.length;) {
    const size = 1 + below(whole.length);
    pieces.push(whole.slice(at, at + size) as T);
    at += size;
  }
  return pieces;
}

/** The deltas of four parts, cut by chance and mixed by chance, each part's own in order. */
function events(seed: number, { whole }: { whole: boolean }): Event[] {
  const below = random(seed);
  const provider = { provider: "openai", data: Uint8Array.of(1, 2, 3) };
  const parts: Event[][] = [
    [
      { case: "partStarted", value: { partIndex: 0, part: { kind: { case: "reasoning", value: {} } } } },
      ...cut(REASONING, below).map((text): Event => ({ case: "reasoningDelta", value: { partIndex: 0, text } })),
      {
        case: "partFinished",
        value: {
          partIndex: 0,
          part: { kind: { case: "reasoning", value: { text: REASONING } }, providerState: provider },
        },
      },
    ],
    [
      { case: "partStarted", value: { partIndex: 1, part: { kind: { case: "text", value: "" } } } },
      ...cut(TEXT, below).map((text): Event => ({ case: "textDelta", value: { partIndex: 1, text } })),
      { case: "partFinished", value: { partIndex: 1, part: { kind: { case: "text", value: TEXT } } } },
    ],
    [
      {
        case: "partStarted",
        value: { partIndex: 2, part: { kind: { case: "toolCall", value: { id: "c", name: "get" } } } },
      },
      ...cut(ARGUMENTS, below).map((argumentsJson): Event => ({
        case: "toolCallDelta",
        value: { partIndex: 2, argumentsJson },
      })),
      {
        case: "partFinished",
        value: {
          partIndex: 2,
          part: { kind: { case: "toolCall", value: { id: "c", name: "get", argumentsJson: ARGUMENTS } } },
        },
      },
    ],
    [
      {
        case: "partStarted",
        value: { partIndex: 3, part: { kind: { case: "media", value: { mimeType: "image/png" } } } },
      },
      ...cut(MEDIA, below).map((data): Event => ({ case: "mediaDelta", value: { partIndex: 3, data } })),
      {
        case: "partFinished",
        value: { partIndex: 3, part: { kind: { case: "media", value: { mimeType: "image/png", sizeBytes: 300n } } } },
      },
    ],
  ];
  const open = parts.map((part) => (whole ? part : part.slice(0, -1)));
  const mixed: Event[] = [];
  while (open.some((part) => part.length > 0)) {
    const next = open[below(open.length)]?.shift();
    if (next) {
      mixed.push(next);
    }
  }
  return [started, ...mixed];
}

test("any cut and any mixture of deltas makes the same message", async () => {
  let seed = 0;
  await using fake = await serveStream((call) => {
    play(call, [...events(++seed, { whole: true }), finished]);
  });
  using crux = new Crux(fake.address);
  const made = new Set<string>();
  let message: Message | undefined;

  for (let n = 0; n < 100; n++) {
    const response = await crux.stream(ask("any/model")).final();
    message = response.message;
    made.add(Buffer.from(toBinary(ChatResponseSchema, response)).toString("hex"));
  }

  assert.equal(made.size, 1);
  const kinds = message?.content.map(({ kind }) => kind) ?? [];
  assert.deepEqual(
    kinds.map((kind) => kind.case),
    ["reasoning", "text", "toolCall", "media"],
  );
  assert.ok(kinds[3]?.case === "media");
  assert.deepEqual(kinds[3].value.source.value, MEDIA);
  assert.deepEqual(message?.content[0]?.providerState?.data, Uint8Array.of(1, 2, 3));
});

test("deltas alone make the parts of a stream that broke, marked incomplete", async () => {
  let seed = 0;
  await using fake = await serveStream((call) => {
    play(call, events(++seed, { whole: false }));
  });
  using crux = new Crux(fake.address);

  for (let n = 0; n < 20; n++) {
    const stream = crux.stream(ask("any/model"));
    await assert.rejects(stream.final());
    const [reasoning, text, call, media] = stream.message.content;
    assert.ok(reasoning?.kind.case === "reasoning" && reasoning.kind.value.text === REASONING);
    assert.ok(text?.kind.case === "text" && text.kind.value === TEXT);
    assert.ok(call?.kind.case === "toolCall" && call.kind.value.argumentsJson === ARGUMENTS);
    assert.ok(media?.kind.case === "media");
    assert.deepEqual(media.kind.value.source.value, MEDIA);
    assert.ok(stream.message.content.every(({ incomplete }) => incomplete));
  }
});

test("what a finished part says wins over its deltas", async () => {
  await using fake = await serveStream((call) => {
    play(call, [
      started,
      { case: "partStarted", value: { partIndex: 0, part: { kind: { case: "text", value: "" } } } },
      { case: "textDelta", value: { partIndex: 0, text: "wrong" } },
      { case: "partFinished", value: { partIndex: 0, part: { kind: { case: "text", value: "right" } } } },
      finished,
    ]);
  });
  using crux = new Crux(fake.address);

  assert.equal(await crux.stream(ask("any/model")).finalText(), "right");
});
