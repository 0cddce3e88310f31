import { create, type MessageInitShape } from "@bufbuild/protobuf";

import { FinishReason, ResponseFormatSchema, type ChatResponse, type ResponseFormat } from "./gen/crux/v1/chat_pb.js";
import { type Schema, type Infer, parseJson, schemaText } from "./schema.js";
import type { JsonSchemaFormatSchema } from "./gen/crux/v1/chat_pb.js";

/** How a structured answer is asked for. */
export type JsonFormatOptions = Omit<MessageInitShape<typeof JsonSchemaFormatSchema>, "$typeName" | "schemaJson">;

/** An answer in the caller's own type. */
export interface Structured<T> {
  /** The answer. */
  readonly value: T;
  /** The whole response that held it. */
  readonly response: ChatResponse;
}

/** An answer that is not of the type that was asked for. */
export class StructuredOutputError extends Error {
  override readonly name = "StructuredOutputError";
  /** Why the generation ended, such as MAX_TOKENS or REFUSAL. */
  readonly finishReason: FinishReason;
  /** The answer's text, whole or cut. */
  readonly text: string;
  /** The whole response that held it. */
  readonly response: ChatResponse;

  constructor(message: string, response: ChatResponse, options?: ErrorOptions) {
    super(message, options);
    this.finishReason = response.outcome?.finishReason ?? FinishReason.UNSPECIFIED;
    this.text = response.text;
    this.response = response;
  }
}

/** The form of an answer that follows a schema, for `responseFormat` of a request. */
export function jsonFormat(schema: Schema, options: JsonFormatOptions = {}): ResponseFormat {
  return create(ResponseFormatSchema, {
    kind: { case: "jsonSchema", value: { ...options, schemaJson: schemaText(schema) } },
  });
}

/**
 * Reads an answer as the schema's type.
 *
 * @throws StructuredOutputError where the answer was cut or refused, is no JSON, or does not follow the schema.
 */
export async function parseAnswer<S extends Schema>(response: ChatResponse, schema: S): Promise<Infer<S>> {
  const finishReason = response.outcome?.finishReason ?? FinishReason.UNSPECIFIED;
  if (INCOMPLETE.has(finishReason)) {
    throw new StructuredOutputError(`the answer ended by ${FinishReason[finishReason]}`, response);
  }
  try {
    return await parseJson(response.text, schema);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StructuredOutputError(`the answer is not of the type asked for: ${why}`, response, { cause: error });
  }
}

/** Endings whose text is no whole answer, even where it happens to parse. */
const INCOMPLETE: ReadonlySet<FinishReason> = new Set([
  FinishReason.MAX_TOKENS,
  FinishReason.CONTEXT_FULL,
  FinishReason.CONTENT_FILTER,
  FinishReason.REFUSAL,
  FinishReason.PAUSED,
  FinishReason.CANCELLED,
]);
