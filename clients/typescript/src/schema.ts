import type { StandardJSONSchemaV1, StandardSchemaV1 } from "@standard-schema/spec";

/**
 * A type with its JSON Schema, as a schema library makes it: zod 4.2 and later, ArkType, Valibot by
 * `toStandardJsonSchema`, or {@link jsonSchema}. See https://standardschema.dev/json-schema.
 */
export interface Schema<T = unknown> {
  readonly "~standard": StandardSchemaV1.Props<unknown, T> & StandardJSONSchemaV1.Props<unknown, T>;
}

/** The type that a schema reads. */
export type Infer<S extends Schema> = StandardSchemaV1.InferOutput<S>;

/**
 * Makes a schema of JSON Schema written by hand, or by a library without the standard interface.
 *
 * @param parse - checks a JSON value and gives it its type; throws where it is not one.
 */
export function jsonSchema<T>(schema: Record<string, unknown>, parse: (value: unknown) => T): Schema<T> {
  return {
    "~standard": {
      version: 1,
      vendor: "crux",
      validate: (value) => {
        try {
          return { value: parse(value) };
        } catch (error) {
          return { issues: [{ message: error instanceof Error ? error.message : String(error) }] };
        }
      },
      jsonSchema: { input: () => schema, output: () => schema },
    },
  };
}

/** The JSON Schema of what a model is to write: objects take no other properties, as strict modes want it. */
export function schemaText(schema: Schema): string {
  const written = { ...schema["~standard"].jsonSchema.input({ target: "draft-2020-12" }) };
  delete written["$schema"];
  return JSON.stringify(closed(written));
}

/**
 * Reads JSON text as the schema's type.
 *
 * @throws SyntaxError where it is no JSON, TypeError naming every issue where it does not follow the schema.
 */
export async function parseJson<S extends Schema>(text: string, schema: S): Promise<Infer<S>> {
  const result = await schema["~standard"].validate(JSON.parse(text));
  if (result.issues) {
    throw new TypeError(result.issues.map(describe).join("; "));
  }
  return result.value;
}

function describe({ path, message }: StandardSchemaV1.Issue): string {
  const keys = path?.map((segment) => String(typeof segment === "object" ? segment.key : segment)) ?? [];
  return keys.length === 0 ? message : `${keys.join(".")}: ${message}`;
}

/** Parts of an allOf stay open: each of them sees the properties of the others. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(closed);
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).map(([key, inner]) => [
    key,
    ["allOf", "enum", "const", "default", "examples"].includes(key) ? (inner as unknown) : closed(inner),
  ]);
  const written = Object.fromEntries(entries) as Record<string, unknown>;
  return written["type"] === "object" && "properties" in written && !("additionalProperties" in written)
    ? { ...written, additionalProperties: false }
    : written;
}
