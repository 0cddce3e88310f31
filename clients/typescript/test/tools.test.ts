import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { clone, create } from "@bufbuild/protobuf";
import {
  ChatRequestSchema,
  ChatService,
  Code,
  Crux,
  type Message,
  ReasoningEffort,
  Role,
  type RunnableTool,
  ToolLimitError,
  ToolMode,
  type ToolOutput,
  assistant,
  jsonSchema,
  media,
  runToolCalls,
  system,
  text,
  textOf,
  tool,
  toolCallsOf,
  user,
} from "@cruxrpc/client";
import { z } from "zod";

import { type Event, finished, play, serveStream, started } from "./fake.js";
import { ask, connect, cruxError, rejection } from "./world.js";

const MODELS = ["anthropic/claude-sonnet-4-5", "openai/gpt-5", "gemini/gemini-2.5-flash"];

/** Two tools that wait for one another: they end only when both run at once. */
function pair(): { tools: RunnableTool[]; inputs: unknown[] } {
  const inputs: unknown[] = [];
  let meet: (() => void) | undefined;
  const met = new Promise<void>((resolve) => {
    meet = resolve;
  });
  const both = async (input: unknown): Promise<void> => {
    inputs.push(input);
    if (inputs.length === 2) {
      meet?.();
    }
    await Promise.race([met, sleep(3000).then(() => Promise.reject(new Error("not parallel")))]);
  };
  return {
    inputs,
    tools: [
      tool({
        name: "get_weather",
        description: "Tells the weather.",
        input: z.object({ city: z.string(), days: z.int() }),
        async run(input) {
          await both(input);
          return { city: input.city.toUpperCase(), days: input.days + 1 };
        },
      }),
      tool({
        name: "get_time",
        input: z.object({ zone: z.string() }),
        async run(input) {
          await both(input);
          return `noon in ${input.zone}`;
        },
      }),
    ],
  };
}

/** Tool calls as a model makes them. */
function called(...calls: { id: string; name: string; argumentsJson?: string; providerExecuted?: boolean }[]): Event[] {
  return calls.map((value, partIndex): Event => ({
    case: "partFinished",
    value: { partIndex, part: { kind: { case: "toolCall", value } } },
  }));
}

function results(message: Message | undefined): { id: string; isError: boolean; text: string }[] {
  return (message?.content ?? []).flatMap(({ kind }) =>
    kind.case === "toolResult"
      ? [
          {
            id: kind.value.toolCallId,
            isError: kind.value.isError,
            text: kind.value.content.map((part) => (part.kind.case === "text" ? part.kind.value : "")).join(""),
          },
        ]
      : [],
  );
}

for (const model of MODELS) {
  const request = { ...ask(model), reasoning: { effort: ReasoningEffort.HIGH } };

  test(`${model}: the loop runs two tools at once, and its provider takes its own state back`, async () => {
    using crux = connect();
    const { tools, inputs } = pair();
    const run = crux.runTools(request, tools);
    const seen = new Set<string>();

    for await (const event of run) {
      seen.add(`${event.step} ${event.case === "event" ? (event.value.event.case ?? "") : event.case}`);
    }

    const { messages, response, text, usage, steps } = await run.final();
    assert.equal(steps, 2);
    assert.equal(inputs.length, 2);
    assert.match(text, /^The tools answered: .*"days":.*noon in /);
    assert.equal(text, response.text);
    assert.deepEqual(
      messages.map(({ role }) => role),
      [Role.USER, Role.ASSISTANT, Role.TOOL, Role.ASSISTANT],
    );
    assert.ok(messages[1]?.content.some(({ providerState }) => providerState));
    assert.ok((usage.inputTokens ?? 0) > (response.outcome?.usage?.inputTokens ?? 0));
    assert.ok(seen.has("1 toolCallDelta") || seen.has("1 partFinished"));
    assert.ok(seen.has("1 results") && seen.has("2 textDelta") && seen.has("2 finished"));
  });

  test(`${model}: whole answers make the same loop by hand`, async () => {
    using crux = connect();
    const { tools } = pair();
    const history = [user("hello there")];
    const offered = { ...request, tools: tools.map((each) => each.tool) };
    const first = await crux.chat({ ...offered, messages: history });
    assert.ok(first.message);
    const answered = await runToolCalls(first.message, tools);
    assert.ok(answered);

    const second = await crux.chat({ ...offered, messages: [...history, first.message, answered] });

    assert.equal(results(answered).length, 2);
    assert.match(second.text, /^The tools answered: /);
  });
}

test("a tool that fails, is not known, or cannot read its arguments answers with an error, and the loop goes on", async () => {
  let asked: Message[] = [];
  await using fake = await serveStream((call, number) => {
    asked = call.request.messages;
    const calls = called(
      { id: "1", name: "fails" },
      { id: "2", name: "unknown" },
      { id: "3", name: "typed", argumentsJson: '{"n":"x"}' },
      { id: "4", name: "typed", argumentsJson: '{"n":' },
      { id: "5", name: "typed", argumentsJson: '{"n":4}' },
      { id: "6", name: "typed", argumentsJson: '{"n":6}', providerExecuted: true },
    );
    play(call, [started, ...(number === 1 ? calls : []), finished]);
  });
  using crux = new Crux(fake.address);
  const ran: number[] = [];
  const tools = [
    tool({ name: "fails", run: () => Promise.reject(new RangeError("too far")) }),
    tool({
      name: "typed",
      input: z.object({ n: z.int() }),
      run: ({ n }) => {
        ran.push(n);
        return n;
      },
    }),
  ];

  const { steps, usage } = await crux.runTools(ask("any/model"), tools).final();

  assert.equal(steps, 2);
  assert.equal(usage.inputTokens, 6);
  assert.equal(usage.costNanoUsd, undefined);
  assert.deepEqual(ran, [4]);
  const told = results(asked.at(-1));
  assert.deepEqual(
    told.map(({ id, isError }) => [id, isError]),
    [
      ["1", true],
      ["2", true],
      ["3", true],
      ["4", true],
      ["5", false],
    ],
  );
  assert.equal(told[0]?.text, "RangeError: too far");
  assert.match(told[1]?.text ?? "", /no tool "unknown"/);
  assert.match(told[2]?.text ?? "", /n: .*(number|int)/);
  assert.match(told[3]?.text ?? "", /SyntaxError/);
  assert.equal(told[4]?.text, "4");
});

test("a choice that requires a call is lifted once there was one, and the request stays as it is", async () => {
  using crux = connect();
  const { tools } = pair();
  const request = create(ChatRequestSchema, {
    ...ask("openai/gpt-5", "weather and time"),
    toolChoice: { mode: ToolMode.REQUIRED },
    parallelToolCalls: true,
  });
  const before = clone(ChatRequestSchema, request);

  const { steps } = await crux.runTools(request, tools).final();

  assert.equal(steps, 2);
  assert.deepEqual(request, before);
});

test("a call that was cut is not run", async () => {
  await using fake = await serveStream((call) => {
    const part = { kind: { case: "toolCall" as const, value: { id: "1", name: "any" } }, incomplete: true };
    play(call, [started, { case: "partFinished", value: { partIndex: 0, part } }, finished]);
  });
  using crux = new Crux(fake.address);
  const never = tool({ name: "any", run: () => assert.fail("it was run") });

  const { steps, response } = await crux.runTools(ask("any/model"), [never]).final();

  assert.equal(steps, 1);
  assert.deepEqual(response.message && toolCallsOf(response.message), []);
});

test("a paused turn goes on with its message", async () => {
  let asked: Message[] = [];
  await using fake = await serveStream((call, number) => {
    asked = call.request.messages;
    play(call, [started, { case: "finished", value: { finishReason: number === 1 ? 7 : 1 } }]);
  });
  using crux = new Crux(fake.address);

  const { steps } = await crux.runTools(ask("any/model"), []).final();

  assert.equal(steps, 2);
  assert.deepEqual(
    asked.map(({ role }) => role),
    [Role.USER, Role.ASSISTANT],
  );
});

test("a loop that does not end is an error with the whole history", async () => {
  let calls = 0;
  await using fake = await serveStream((call, number) => {
    calls = number;
    play(call, [started, ...called({ id: String(number), name: "again" }), finished]);
  });
  using crux = new Crux(fake.address);
  let ran = 0;
  const again = tool({
    name: "again",
    run: () => {
      ran++;
    },
  });

  const error = await rejection(crux.runTools(ask("any/model"), [again], { maxSteps: 3 }).final());

  assert.ok(error instanceof ToolLimitError);
  assert.equal(calls, 3);
  assert.equal(ran, 2);
  assert.equal(error.steps, 3);
  assert.equal(error.messages.length, 1 + 2 + 2 + 1);
  assert.equal(error.usage.inputTokens, 9);
});

test("a tool's schema is its type's, closed", () => {
  const shown = tool({
    name: "show",
    input: z.object({ inner: z.object({ a: z.string().optional() }), any: z.looseObject({}) }),
    run: () => "",
  });
  assert.ok(shown.tool.kind.case === "function");
  const schema = JSON.parse(shown.tool.kind.value.inputSchemaJson) as Record<string, never>;
  assert.deepEqual(schema, {
    type: "object",
    properties: {
      inner: { type: "object", properties: { a: { type: "string" } }, additionalProperties: false },
      any: { type: "object", properties: {}, additionalProperties: {} },
    },
    required: ["inner", "any"],
    additionalProperties: false,
  });
});

test("a tool gives back text, parts or any value", async () => {
  const document = await media(Uint8Array.from([0x25, 0x50, 0x44, 0x46, 0x2d]));
  const outputs: ToolOutput[] = ["plain", [text("a"), document], { b: [1] }, [1, 2], 7, false, null, "", undefined, []];
  const tools = outputs.map((output, index) => tool({ name: `t${index}`, run: () => output }));
  const calls = outputs.map((_, index) => ({
    kind: { case: "toolCall" as const, value: { id: `${index}`, name: `t${index}` } },
  }));

  const answered = await runToolCalls(assistant(...calls), tools);

  const told = answered?.content.map(({ kind }) =>
    kind.case === "toolResult" ? kind.value.content.map((part) => part.kind.value) : undefined,
  );
  assert.deepEqual(told, [
    ["plain"],
    ["a", document.kind.value],
    ['{"b":[1]}'],
    ["[1,2]"],
    ["7"],
    ["false"],
    ["null"],
    [],
    [],
    ["[]"],
  ]);
});

test("a schema written by hand is as good", async () => {
  const doubled = tool({
    name: "double",
    input: jsonSchema({ type: "object", properties: { n: { type: "number" } } }, (value) => {
      if (typeof (value as { n?: unknown }).n !== "number") throw new TypeError("n is no number");
      return value as { n: number };
    }),
    run: ({ n }) => n * 2,
  });
  await using fake = await serveStream((call, number) => {
    const calls = called(
      { id: "1", name: "double", argumentsJson: '{"n":21}' },
      { id: "2", name: "double", argumentsJson: "{}" },
    );
    play(call, [started, ...(number === 1 ? calls : []), finished]);
  });
  using crux = new Crux(fake.address);

  const { messages } = await crux.runTools(ask("any/model"), [doubled]).final();

  assert.deepEqual(results(messages[2]), [
    { id: "1", isError: false, text: "42" },
    { id: "2", isError: true, text: "TypeError: n is no number" },
  ]);
});

test("a signal and a deadline hold while tools run, and reach them", async () => {
  await using fake = await serveStream((call) => {
    play(call, [started, ...called({ id: "1", name: "hang" }), finished]);
  });
  using crux = new Crux(fake.address);
  const aborted: unknown[] = [];
  const hang = tool({
    name: "hang",
    run: (_, { signal }) =>
      new Promise<string>(() => {
        signal.addEventListener("abort", () => aborted.push(signal.reason));
      }),
  });
  const reason = new Error("enough");
  const controller = new AbortController();
  setTimeout(() => {
    controller.abort(reason);
  }, 100);

  const cancelled = await rejection(crux.runTools(ask("any/model"), [hang], { signal: controller.signal }).final());
  const deadline = await cruxError(crux.runTools(ask("any/model"), [hang], { timeoutMs: 300 }).final());

  assert.equal(cancelled, reason);
  assert.equal(deadline.kind, "deadline");
  assert.equal(deadline.code, Code.DEADLINE_EXCEEDED);
  assert.deepEqual(aborted, [reason, deadline]);
});

test("a request's own tools are offered beside those that are run", async () => {
  let names: unknown[] = [];
  await using fake = await serveStream((call) => {
    names = call.request.tools.map(({ kind }) => (kind.case === "function" ? kind.value.name : kind.case));
    play(call, [started, finished]);
  });
  using crux = new Crux(fake.address);
  const request = { ...ask("any/model"), tools: [{ kind: { case: "webSearch" as const, value: {} } }] };

  await crux.runTools(request, [tool({ name: "mine", run: () => "" })]).final();

  assert.deepEqual(names, ["webSearch", "mine"]);
});

test("a tool that says nothing is answered, and the server takes it", async () => {
  using crux = connect();
  const nothing = tool({ name: "nothing", run: () => undefined });

  const { text, steps } = await crux.runTools(ask("openai/gpt-5"), [nothing]).final();

  assert.equal(steps, 2);
  assert.match(text, /^The tools answered/);
});

test("helpers make messages", () => {
  assert.equal(system("a").role, Role.SYSTEM);
  assert.equal(textOf(user("a", "b")), "ab");
  assert.equal(ChatService.typeName, "crux.v1.ChatService");
});
