/** The conformance driver: see clients/conformance/README.md. Does what a line asks for, and says what it saw. */
import { readFileSync, createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import {
  type CallOptions,
  type ChatRequest,
  ChatRequestSchema,
  type ChatStream,
  Code,
  Crux,
  CruxError,
  FinishReason,
  Key_State,
  type Message,
  type Outcome,
  type Part,
  StructuredOutputError,
  type ToolRunEvent,
  type Usage,
  media,
  mediaFile,
  preferenceValues,
  textOf,
  tool,
} from "@cruxrpc/client";
import { type JsonValue, fromJson } from "@bufbuild/protobuf";
import { z } from "zod";

interface Asked {
  name: string;
  address: string;
  token?: string;
  ca?: string;
  cert?: string;
  key?: string;
  call: string;
  request?: JsonValue;
  deadline_ms?: number;
  cancel?: { after_ms?: number; after_deltas?: number; by?: "signal" | "leave" };
  file?: string;
  silent?: boolean;
  style?: string;
}

type Said = Record<string, unknown>;

/** What a call is given. */
interface Setting {
  asked: Asked;
  crux: Crux;
  request: ChatRequest;
  options: CallOptions;
  canceller: AbortController;
}

const CANCELLED = Symbol("cancelled by the scenario");

const calls: Record<string, (setting: Setting, said: Said) => Promise<void>> = {
  async stream({ crux, request, options, asked, canceller }, said) {
    await readStream(crux.stream(request, options), asked, canceller, said);
  },

  async chat({ crux, request, options }, said) {
    const response = await crux.chat(request, options);
    tellMessage(response.message, said);
    tellOutcome(response.outcome, said);
    said["text"] = response.text;
  },

  async text({ crux, request, options, asked, canceller }, said) {
    const stream = crux.stream(request, options);
    let text = "";
    said["text"] = text;
    const hasLeft = await consume(stream.text(), asked, canceller, said, (delta) => {
      said["text"] = text += delta;
      return true;
    });
    if (hasLeft) {
      return;
    }
    tellOutcome((await stream.final()).outcome, said);
  },

  async tools({ crux, request, options, asked, canceller }, said) {
    const called: string[] = [];
    const waiting = new Map<string, () => void>();
    const both = (name: string): Promise<string> => {
      called.push(name);
      waiting.get(name)?.();
      const other = name === "get_weather" ? "get_time" : "get_weather";
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error("not parallel"));
        }, 5000);
        const done = (): void => {
          clearTimeout(timer);
          resolve(asked.silent ? "" : `${name} done`);
        };
        if (called.includes(other)) {
          done();
        } else {
          waiting.set(other, done);
        }
      });
    };
    const tools = [
      tool({
        name: "get_weather",
        description: "Tells the weather",
        input: z.object({ city: z.string(), days: z.int() }),
        run: () => both("get_weather"),
      }),
      tool({
        name: "get_time",
        description: "Tells the time",
        input: z.object({ zone: z.string() }),
        run: () => both("get_time"),
      }),
    ];
    const run = crux.runTools(request, tools, { ...options, maxSteps: 5 });
    try {
      const isText = (event: ToolRunEvent): boolean => event.case === "event" && event.value.event.case === "textDelta";
      if (await consume(run, asked, canceller, said, isText)) {
        return;
      }
      const { response } = await run.final();
      tellMessage(response.message, said);
      tellOutcome(response.outcome, said);
    } finally {
      const { messages, usage, steps } = run.state;
      said["usage"] = tellUsage(usage);
      said["steps"] = steps;
      said["tool_calls"] = called.sort();
      said["has_provider_state"] = messages.some(hasProviderState);
    }
  },

  async structured({ crux, request, options }, said) {
    const type = z.object({ name: z.string(), population: z.int(), tags: z.array(z.string()) });
    const { value, response } = await crux.parse(request, type, options);
    said["value"] = value;
    said["text"] = response.text;
    tellOutcome(response.outcome, said);
  },

  async image({ crux, request, options, asked, canceller }, said) {
    const file = asked.file ?? "";
    const image =
      asked.style === "bytes"
        ? await media(await readFile(file))
        : asked.style === "stream"
          ? await media(createReadStream(file))
          : await mediaFile(file);
    request.messages.at(-1)?.content.push(image);
    await readStream(crux.stream(request, options), asked, canceller, said);
  },

  async count_tokens({ crux, request, options }, said) {
    said["count"] = (await crux.countTokens(request, options)).inputTokens;
  },

  async models({ crux, options }, said) {
    let count = 0;
    const models = crux.models.list({ pageSize: 20 }, options);
    while (!(await models.next()).done) {
      said["count"] = ++count;
    }
    said["model"] = (await crux.models.get("openai/default", options)).id;
  },

  async keys({ crux, options }, said) {
    const did: string[] = (said["did"] = []);
    const { id } = await crux.keys.create(
      { key: { provider: "openai" }, secret: "conformance-key-value-0001" },
      options,
    );
    did.push("created");
    for await (const key of crux.keys.list({}, options)) {
      if (key.id === id) {
        did.push("listed");
      }
    }
    const { state } = await crux.keys.setState(id, Key_State.DISABLED, {}, options);
    if (state === Key_State.DISABLED) {
      did.push("disabled");
    }
    await crux.keys.delete(id, {}, options);
    did.push("deleted");
    try {
      await crux.keys.get(id, options);
    } catch (error) {
      if (!(error instanceof CruxError) || error.code !== Code.NOT_FOUND) {
        throw error;
      }
      did.push("not_found");
    }
  },

  async preferences({ crux, options }, said) {
    const did: string[] = (said["did"] = []);
    await crux.preferences.update("conformance", { set: { theme: "dark" } }, options);
    did.push("set");
    if (preferenceValues(await crux.preferences.get("conformance", options))["theme"] === "dark") {
      did.push("read");
    }
    await crux.preferences.delete("conformance", options);
    did.push("deleted");
  },

  async admin({ crux, options }, said) {
    const did: string[] = (said["did"] = []);
    const tenantId = "conformance-typescript";
    await crux.admin.createTenant(tenantId, {}, options);
    did.push("tenant");
    const seconds = BigInt(Math.floor(Date.now() / 1000) + 3600);
    const { apiToken } = await crux.admin.createApiToken(
      { tenantId, scopes: ["chat"], expireTime: { seconds } },
      options,
    );
    did.push("token");
    for await (const { id } of crux.admin.listApiTokens({ tenantId }, options)) {
      if (id === apiToken.id) {
        did.push("listed");
      }
    }
    await crux.admin.revokeApiToken(apiToken.id, options);
    did.push("revoked");
  },

  async info({ crux, options }, said) {
    const { server, caller } = await crux.serverInfo(options);
    said["version"] = server?.version;
    said["tenant"] = caller?.tenantId;
  },
};

/** Reads to the end, unless it is to cancel or to leave; tells whether it left. */
async function consume<T>(
  items: AsyncIterable<T>,
  { cancel }: Asked,
  canceller: AbortController,
  said: Said,
  isDelta: (item: T) => boolean,
): Promise<boolean> {
  const { after_ms, after_deltas, by } = cancel ?? {};
  const iterator = items[Symbol.asyncIterator]();
  const leave = async (): Promise<void> => {
    said["ending"] = "cancelled";
    await iterator.return?.();
  };
  const timer = by === "leave" && after_ms !== undefined ? setTimeout(() => void leave(), after_ms) : undefined;
  let deltas = 0;
  said["deltas"] = deltas;
  try {
    for (let item = await iterator.next(); !item.done; item = await iterator.next()) {
      if (!isDelta(item.value)) {
        continue;
      }
      said["deltas"] = ++deltas;
      if (deltas === after_deltas) {
        if (by === "leave") {
          await leave();
          break;
        }
        canceller.abort(CANCELLED);
      }
    }
  } catch (error) {
    if (said["ending"] !== "cancelled") {
      throw error;
    }
  } finally {
    clearTimeout(timer);
  }
  return said["ending"] === "cancelled";
}

async function readStream(stream: ChatStream, asked: Asked, canceller: AbortController, said: Said): Promise<void> {
  try {
    if (!(await consume(stream, asked, canceller, said, ({ event }) => event.case === "textDelta"))) {
      tellOutcome((await stream.final()).outcome, said);
    }
  } finally {
    tellMessage(stream.message, said);
    said["unknown_events"] = stream.unknownEvents;
  }
}

const KINDS: Record<NonNullable<Part["kind"]["case"]>, string> = {
  text: "text",
  media: "media",
  reasoning: "reasoning",
  toolCall: "tool_call",
  toolResult: "tool_result",
  refusal: "refusal",
  opaque: "opaque",
};

function tellMessage(message: Message | undefined, said: Said): void {
  if (message) {
    said["text"] = textOf(message);
    said["parts"] = message.content.map(({ kind }) => (kind.case ? KINDS[kind.case] : "unknown"));
    said["has_provider_state"] = hasProviderState(message);
  }
}

function hasProviderState(message: Message): boolean {
  return message.content.some(({ providerState }) => providerState !== undefined);
}

function tellOutcome(outcome: Outcome | undefined, said: Said): void {
  if (outcome) {
    said["finish_reason"] =
      (FinishReason as Record<number, string | undefined>)[outcome.finishReason] ?? String(outcome.finishReason);
    said["usage"] = tellUsage(outcome.usage);
    said["attempts"] = outcome.attempts.length;
  }
}

function tellUsage(usage: Usage | undefined): Said | undefined {
  return usage && { input_tokens: usage.inputTokens, output_tokens: usage.outputTokens, estimated: usage.estimated };
}

function tellError(error: CruxError, said: Said): void {
  said["ending"] = error.kind;
  if (error.usage) {
    said["usage"] = tellUsage(error.usage);
  }
  if (error.attempts.length > 0) {
    said["attempts"] = error.attempts.length;
  }
  said["error"] = {
    code: Code[error.code],
    reason: error.reasonName || undefined,
    retryable: error.retryable,
    retry_delay_ms: error.retryDelayMs,
    provider: error.providerError?.provider ?? error.metadata["provider"],
    http_status: error.providerError?.httpStatus,
    violations: error.violations.length > 0 ? error.violations.map(({ field }) => field) : undefined,
    has_request_id: error.requestId !== undefined,
  };
}

async function answer(asked: Asked): Promise<Said> {
  const said: Said = { name: asked.name, ending: "ok" };
  const canceller = new AbortController();
  const { ca, cert, key } = asked;
  const pem = (path: string | undefined): Buffer | undefined => (path ? readFileSync(path) : undefined);
  const crux = new Crux(asked.address, {
    token: asked.token,
    tls: ca || cert ? { ca: pem(ca), cert: pem(cert), key: pem(key) } : false,
  });
  const clock = new AbortController();
  const begun = Date.now();
  try {
    if (asked.cancel?.after_ms !== undefined && asked.cancel.by !== "leave") {
      void sleep(asked.cancel.after_ms, undefined, { signal: clock.signal }).then(
        () => {
          canceller.abort(CANCELLED);
        },
        () => undefined,
      );
    }
    const call = calls[asked.call];
    if (!call) {
      throw new Error(`there is no call ${asked.call}`);
    }
    const request = fromJson(ChatRequestSchema, asked.request ?? {}, { ignoreUnknownFields: true });
    const options = { signal: canceller.signal, timeoutMs: asked.deadline_ms };
    await call({ asked, crux, request, options, canceller }, said);
  } catch (error) {
    if (error === CANCELLED) {
      said["ending"] = "cancelled";
    } else if (error instanceof CruxError) {
      tellError(error, said);
    } else {
      if (error instanceof StructuredOutputError) {
        said["text"] = error.text;
        tellOutcome(error.response.outcome, said);
      }
      said["ending"] = "driver";
      said["message"] = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
  } finally {
    said["elapsed_ms"] = Date.now() - begun;
    clock.abort();
    crux.close();
  }
  return said;
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Asked))}\n`);
}
