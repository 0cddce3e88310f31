package io.github.cruxrpc.crux;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.victools.jsonschema.generator.FieldScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import com.github.victools.jsonschema.module.jackson.JacksonModule;
import com.github.victools.jsonschema.module.jackson.JacksonOption;
import io.github.cruxrpc.crux.v1.JsonSchemaFormat;
import io.github.cruxrpc.crux.v1.ResponseFormat;
import java.lang.reflect.Type;

/**
 * Derives JSON Schemas from Java types: what tools take, and what structured answers are.
 *
 * <p>Records serve best. Names and descriptions follow Jackson's annotations, such as
 * {@code @JsonProperty} and {@code @JsonPropertyDescription}. Every property is required, which the
 * strict modes of providers ask for; one that is {@code Optional} or annotated with
 * {@code @Nullable} may be null. No others are allowed.
 */
public final class Schemas {
  private static final SchemaGenerator GENERATOR = generator();

  private Schemas() {}

  /**
   * Derives the schema of a type.
   *
   * @param type such as a record's class
   * @return JSON Schema, draft 2020-12
   */
  public static String of(Type type) {
    JsonNode schema;
    synchronized (GENERATOR) {
      schema = GENERATOR.generateSchema(type);
    }
    return schema.toString();
  }

  /**
   * Makes the format that asks for answers of a type; {@link CruxClient#structured} does it by
   * itself, and {@link Structured#parse} reads such an answer.
   *
   * @param type a type whose schema is an object
   * @return a strict format that has the type's name
   */
  public static ResponseFormat responseFormat(Class<?> type) {
    return ResponseFormat.newBuilder()
        .setJsonSchema(
            JsonSchemaFormat.newBuilder()
                .setSchemaJson(object(type))
                .setName(type.getSimpleName().replaceAll("[^a-zA-Z0-9_-]", "_")))
        .build();
  }

  /** Derives a schema that providers take at the top: an object. */
  static String object(Class<?> type) {
    String schema = of(type);
    if (!Json.tree(schema).path("type").asText().equals("object")) {
      throw new IllegalArgumentException(
          "the JSON Schema of " + type.getName() + " is no object: use a record, " + schema);
    }
    return schema;
  }

  private static SchemaGenerator generator() {
    SchemaGeneratorConfigBuilder config =
        new SchemaGeneratorConfigBuilder(
                Json.MAPPER, SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
            .with(new JacksonModule(JacksonOption.FLATTENED_ENUMS_FROM_JSONVALUE))
            .with(
                Option.FORBIDDEN_ADDITIONAL_PROPERTIES_BY_DEFAULT,
                Option.FLATTENED_OPTIONALS,
                Option.EXTRA_OPEN_API_FORMAT_VALUES)
            .without(Option.SCHEMA_VERSION_INDICATOR);
    config
        .forFields()
        .withRequiredCheck(field -> true)
        .withNullableCheck(Schemas::nullable)
        // Static fields are no properties.
        .withIgnoreCheck(FieldScope::isStatic);
    config
        .forTypesInGeneral()
        .withTypeAttributeOverride((node, scope, context) -> withoutConst(node));
    return new SchemaGenerator(config.build());
  }

  private static boolean nullable(FieldScope field) {
    return Json.nullable(field.getRawMember().getAnnotatedType())
        || Json.nullable(field.getRawMember().getAnnotations());
  }

  /** Of an enum of one value; a const without a type is more than some providers know. */
  private static void withoutConst(ObjectNode node) {
    JsonNode only = node.remove("const");
    if (only != null) {
      ArrayNode values = node.putArray("enum");
      values.add(only);
    }
  }
}
