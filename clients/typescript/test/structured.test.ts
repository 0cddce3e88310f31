import assert from "node:assert/strict";
import { test } from "node:test";

import { clone, create } from "@bufbuild/protobuf";
import {
  ChatRequestSchema,
  ChatService,
  Crux,
  FinishReason,
  StructuredOutputError,
  jsonFormat,
  parseAnswer,
  type ChatRequest,
} from "@cruxrpc/client";
import { z } from "zod";

import { serveUnary } from "./fake.js";
import { ask, connect, rejection } from "./world.js";

const City = z.object({ name: z.string(), population: z.int(), tags: z.array(z.string()) });

for (const model of ["openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"]) {
  test(`${model} answers in the schema's type`, async () => {
    using crux = connect();

    const { value, response } = await crux.parse(ask(model), City);

    const city: { name: string; population: number; tags: string[] } = value;
    assert.deepEqual(City.parse(city), city);
    assert.equal(response.outcome?.formatValid, true);
  });
}

test("a streamed answer is read in the schema's type", async () => {
  using crux = connect();
  const stream = crux.stream({ ...ask("openai/gpt-5"), responseFormat: jsonFormat(City, { name: "city" }) });

  const { name } = await parseAnswer(await stream.final(), City);

  assert.equal(typeof name, "string");
});

test("an answer that was cut, refused, is no JSON or of another type is an error that holds it", async () => {
  const whole = '{"name":"a","population":1,"tags":[]}';
  for (const [text, finishReason, message] of [
    [whole, FinishReason.MAX_TOKENS, /MAX_TOKENS/],
    ["no", FinishReason.REFUSAL, /REFUSAL/],
    ["{", FinishReason.STOP, /not of the type/],
    ['{"name":1}', FinishReason.STOP, /name: .*; population: /],
  ] as const) {
    await using fake = await serveUnary(ChatService.method.chat, () => ({ text, outcome: { finishReason } }));
    using crux = new Crux(fake.address);

    const error = await rejection(crux.parse(ask("any/model"), City));

    assert.ok(error instanceof StructuredOutputError);
    assert.equal(error.text, text);
    assert.equal(error.finishReason, finishReason);
    assert.match(error.message, message);
  }
});

test("the request stays as it is", async () => {
  using crux = connect();
  const request = create(ChatRequestSchema, ask("openai/gpt-5"));
  const before = clone(ChatRequestSchema, request);

  await crux.parse(request, City);

  assert.deepEqual(request, before);
});

test("the schema asked for is the type's, closed, and a format of the request's own wins", async () => {
  const asked: ChatRequest[] = [];
  await using fake = await serveUnary(ChatService.method.chat, (request: ChatRequest) => {
    asked.push(request);
    return { text: "{}" };
  });
  using crux = new Crux(fake.address);

  await crux.parse(ask("any/model"), z.object({}));
  await crux.parse({ ...ask("any/model"), responseFormat: { kind: { case: "jsonObject", value: {} } } }, z.object({}));

  const [first, second] = asked.map(({ responseFormat }) => responseFormat?.kind);
  assert.ok(first?.case === "jsonSchema");
  assert.deepEqual(JSON.parse(first.value.schemaJson), {
    type: "object",
    properties: {},
    additionalProperties: false,
  });
  assert.equal(second?.case, "jsonObject");
});
