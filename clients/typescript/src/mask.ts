import type { DescField, DescMessage, MessageInitShape } from "@bufbuild/protobuf";

/**
 * The paths of what a change is about: those of `paths` that the caller wrote down, those set to `undefined` too, which
 * resets them. Of a message whose fields have paths of their own, each field counts by itself.
 */
export function maskOf<D extends DescMessage>(
  schema: D,
  init: MessageInitShape<D>,
  paths: readonly string[],
): { paths: string[] } {
  return { paths: written(schema, init, "", paths) };
}

function written(schema: DescMessage, init: object, prefix: string, paths: readonly string[]): string[] {
  return schema.fields.flatMap((field: DescField) => {
    const path = prefix + field.name;
    if (!paths.includes(path) || !Object.hasOwn(init, field.localName)) {
      return [];
    }
    const value = (init as Record<string, unknown>)[field.localName];
    const isByField = paths.some((other) => other.startsWith(`${path}.`));
    return field.fieldKind === "message" && isByField && typeof value === "object" && value !== null
      ? written(field.message, value, `${path}.`, paths)
      : [path];
  });
}
