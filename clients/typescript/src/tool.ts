import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { onAbort } from "./abort.js";
import { text, toolCallsOf } from "./content.js";
import { type FunctionToolSchema, ToolSchema, type Tool } from "./gen/crux/v1/chat_pb.js";
import {
  MessageSchema,
  PartSchema,
  Role,
  ToolResultSchema,
  type Message,
  type Part,
  type ToolCall,
  type ToolResult,
} from "./gen/crux/v1/content_pb.js";
import { type Schema, type Infer, parseJson, schemaText } from "./schema.js";

/** What a tool gives back: text, text and media parts, or a value to be told as JSON. */
export type ToolOutput = string | readonly Part[] | number | boolean | null | undefined | object;

/** Functions that return nothing are tools too. */
// eslint-disable-next-line @typescript-eslint/no-invalid-void-type -- it is a return type
type MaybeNothing = ToolOutput | void;

/** What a tool knows of its call. */
export interface ToolContext {
  /** The call, as the model wrote it. */
  readonly call: ToolCall;
  /** Aborted when the caller leaves, cancels, or its deadline passes. */
  readonly signal: AbortSignal;
}

/** What a tool is. */
export interface ToolDefinition<S extends Schema> {
  /** 1 to 64 characters of [a-zA-Z0-9_-]. */
  readonly name: string;
  /** What it does and when to call it, for the model. */
  readonly description?: string | undefined;
  /** The type of its arguments, an object. Unset: no arguments. */
  readonly input?: S | undefined;
  /** Hold the model to the schema, where supported. */
  readonly strict?: boolean | undefined;
  /** Answers a call. What it throws is told to the model. */
  readonly run: (input: Infer<S>, context: ToolContext) => MaybeNothing | Promise<MaybeNothing>;
}

/** A tool that can be run. */
export interface RunnableTool {
  /** The tool as the request has it. */
  readonly tool: Tool;
  /** Its name. */
  readonly name: string;
  /** Runs it with arguments as the model wrote them. Rejects where they do not parse, or where the tool fails. */
  readonly run: (context: ToolContext) => Promise<MaybeNothing>;
}

/** Declares a tool. The types of its arguments are the schema's. */
export function tool<S extends Schema>(definition: ToolDefinition<S>): RunnableTool {
  const { name, description = "", input, strict, run } = definition;
  const declared: MessageInitShape<typeof FunctionToolSchema> = {
    name,
    description,
    inputSchemaJson: input ? schemaText(input) : "",
    ...(strict === undefined ? {} : { strict }),
  };
  return {
    name,
    tool: create(ToolSchema, { kind: { case: "function", value: declared } }),
    async run(context) {
      const written = context.call.argumentsJson || "{}";
      return await run(input ? await parseJson(written, input) : {}, context);
    },
  };
}

/**
 * Runs all calls of a message at once, and answers each: in one tool message, in the calls' order. A tool that fails, is
 * not known or cannot read its arguments answers with `is_error`. Calls that were cut, and those that the provider runs
 * itself, are not answered.
 *
 * @returns undefined where there is nothing to answer.
 * @throws the signal's reason once it is aborted, whatever the tools do.
 */
export async function runToolCalls(
  message: Message,
  tools: readonly RunnableTool[],
  signal: AbortSignal = new AbortController().signal,
): Promise<Message | undefined> {
  const calls = toolCallsOf(message);
  if (calls.length === 0) {
    return undefined;
  }
  signal.throwIfAborted();
  const results = await untilAborted(Promise.all(calls.map((call) => answer(call, tools, signal))), signal);
  return create(MessageSchema, {
    role: Role.TOOL,
    content: results.map((value) => create(PartSchema, { kind: { case: "toolResult", value } })),
  });
}

async function answer(call: ToolCall, tools: readonly RunnableTool[], signal: AbortSignal): Promise<ToolResult> {
  const called = tools.find(({ name }) => name === call.name);
  let content: Part[];
  let isError = false;
  try {
    if (!called) {
      throw new Error(`there is no tool ${JSON.stringify(call.name)}`);
    }
    content = parts(await called.run({ call, signal }));
  } catch (error) {
    content = [text(error instanceof Error ? `${error.name}: ${error.message}` : String(error))];
    isError = true;
  }
  return create(ToolResultSchema, { toolCallId: call.id, name: call.name, content, isError });
}

function parts(output: MaybeNothing): Part[] {
  if (Array.isArray(output) && output.length > 0 && output.every(isPart)) {
    return output;
  }
  const written = typeof output === "string" ? output : (JSON.stringify(output) as string | undefined);
  return written ? [text(written)] : [];
}

function isPart(value: unknown): value is Part {
  return typeof value === "object" && value !== null && "$typeName" in value && value.$typeName === PartSchema.typeName;
}

async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let forget: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    forget = onAbort(signal, () => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a signal's reason is anything
      reject(signal.reason);
    });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    forget?.();
  }
}
