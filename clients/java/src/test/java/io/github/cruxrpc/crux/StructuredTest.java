package io.github.cruxrpc.crux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.FinishReason;
import io.github.cruxrpc.crux.v1.Message;
import io.github.cruxrpc.crux.v1.Outcome;
import io.github.cruxrpc.crux.v1.Part;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class StructuredTest {
  enum Climate {
    WARM,
    COLD
  }

  record Mayor(String name, LocalDate since) {}

  record City(
      String name,
      @JsonPropertyDescription("people who live there") long population,
      List<String> tags,
      Climate climate,
      Mayor mayor,
      @Nullable String motto,
      Optional<Integer> founded,
      @JsonProperty("area_km2") double area) {}

  record Small(String name, int size) {}

  record Tree(String name, List<Tree> children) {}

  private static final String CITY =
      """
      {"name": "Ulm", "population": 126000, "tags": ["minster"], "climate": "COLD",
       "mayor": {"name": "A", "since": "2020-01-31"}, "motto": null, "founded": 854, "area_km2": 118.7}
      """;

  @ParameterizedTest
  @ValueSource(strings = {"openai/gpt-5", "anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-flash"})
  void answerIsAValue(String model) {
    try (CruxClient client = Live.client()) {
      Structured<Small> small = client.structured(Requests.chat(model, "a city"), Small.class);

      assertFalse(small.value().name().isEmpty());
      assertTrue(small.response().getOutcome().getFormatValid());
    }
  }

  @Test
  void richSchemasAreTakenAndSatisfied() {
    try (CruxClient client = Live.client()) {
      assertFalse(
          client
              .structured(Requests.chat("openai/gpt-5", "a tree"), Tree.class)
              .value()
              .name()
              .isEmpty());
    }
  }

  @Test
  void cutAnswerHoldsItsText() {
    ChatRequest cut =
        Requests.chat("anthropic/claude-sonnet-4-5", "a city").toBuilder()
            .setMaxOutputTokens(2)
            .build();
    try (CruxClient client = Live.client()) {
      OutputException error =
          assertThrows(OutputException.class, () -> client.structured(cut, Small.class));

      assertFalse(error.text().isEmpty());
      assertEquals(
          FinishReason.FINISH_REASON_MAX_TOKENS, error.response().getOutcome().getFinishReason());
      assertTrue(error.usage().isPresent());
      assertEquals(CruxException.Origin.CLIENT, error.origin());
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "FINISH_REASON_MAX_TOKENS",
        "FINISH_REASON_REFUSAL",
        "FINISH_REASON_CONTENT_FILTER",
        "FINISH_REASON_CONTEXT_FULL"
      })
  void reasonsThatCutAreErrorsThoughTheTextParses(FinishReason reason) {
    ChatResponse response = answer("{\"name\":\"a\",\"size\":1}", reason);

    assertThrows(OutputException.class, () -> Structured.parse(response, Small.class));
  }

  @Test
  void refusalIsAnError() {
    Message refusal = Message.newBuilder().addContent(Part.newBuilder().setRefusal("no")).build();
    ChatResponse response =
        answer("{\"name\":\"a\",\"size\":1}", FinishReason.FINISH_REASON_STOP).toBuilder()
            .setMessage(refusal)
            .build();

    assertThrows(OutputException.class, () -> Structured.parse(response, Small.class));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "nothing of JSON",
        "{\"name\":\"a\"",
        "{\"name\":\"a\"}",
        "{\"size\":1}",
        "{\"name\":null,\"size\":1}",
        "{\"name\":\"a\",\"size\":null}",
        "{\"name\":\"a\",\"size\":\"many\"}",
        "{\"name\":\"a\",\"size\":1} and more"
      })
  void textThatIsNoValueIsAnErrorThatHoldsIt(String text) {
    ChatResponse response = answer(text, FinishReason.FINISH_REASON_STOP);

    OutputException error =
        assertThrows(OutputException.class, () -> Structured.parse(response, Small.class));
    assertEquals(text, error.text());
  }

  @Test
  void valuesOfManyKindsAreRead() {
    ChatResponse response = answer(CITY, FinishReason.FINISH_REASON_STOP);

    City city = Structured.parse(response, City.class).value();

    assertEquals(126000, city.population());
    assertEquals(Climate.COLD, city.climate());
    assertEquals(LocalDate.of(2020, 1, 31), city.mayor().since());
    assertNull(city.motto());
    assertEquals(Optional.of(854), city.founded());
    assertEquals(118.7, city.area());
  }

  @Test
  void whatMayBeNullMayBeAbsent() {
    String text = CITY.replace("\"motto\": null, \"founded\": 854, ", "");

    City city = Structured.parse(answer(text, FinishReason.FINISH_REASON_STOP), City.class).value();

    assertNull(city.motto());
    assertEquals(Optional.empty(), city.founded());
  }

  @Test
  void schemaSaysWhatTheRecordSays() {
    JsonNode schema = Json.tree(Schemas.of(City.class));

    assertEquals("object", schema.path("type").asText());
    assertFalse(schema.path("additionalProperties").asBoolean(true));
    assertEquals(8, schema.path("required").size());
    JsonNode properties = schema.path("properties");
    assertEquals("{\"type\":\"string\"}", properties.path("name").toString());
    assertEquals("integer", properties.path("population").path("type").asText());
    assertEquals(
        "people who live there", properties.path("population").path("description").asText());
    assertEquals("string", properties.path("tags").path("items").path("type").asText());
    assertEquals("[\"WARM\",\"COLD\"]", properties.path("climate").path("enum").toString());
    assertEquals("[\"string\",\"null\"]", properties.path("motto").path("type").toString());
    assertEquals("[\"integer\",\"null\"]", properties.path("founded").path("type").toString());
    assertEquals("number", properties.path("area_km2").path("type").asText());
    JsonNode since = properties.path("mayor").path("properties").path("since");
    assertEquals("{\"type\":\"string\",\"format\":\"date\"}", since.toString());
    assertFalse(schema.toString().contains("$schema"));
  }

  @Test
  void schemaIsDeterministic() {
    assertEquals(Schemas.of(City.class), Schemas.of(City.class));
  }

  private static ChatResponse answer(String text, FinishReason reason) {
    return ChatResponse.newBuilder()
        .setText(text)
        .setMessage(Messages.assistant(text))
        .setOutcome(Outcome.newBuilder().setFinishReason(reason))
        .build();
  }
}
