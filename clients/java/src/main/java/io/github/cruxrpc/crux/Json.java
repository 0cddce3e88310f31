package io.github.cruxrpc.crux;

import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.Version;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.AnnotationIntrospectorPair;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.introspect.NopAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.lang.annotation.Annotation;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes JSON of models. What a record's component is not declared to be, null or absent,
 * is refused here, so that it does not turn up as a null where it is used.
 */
final class Json {
  private static final Set<Type> OPTIONALS =
      Set.of(Optional.class, OptionalInt.class, OptionalLong.class, OptionalDouble.class);

  static final JsonMapper MAPPER =
      JsonMapper.builder()
          .addModules(new Jdk8Module(), new JavaTimeModule())
          .annotationIntrospector(
              AnnotationIntrospectorPair.pair(
                  new RequiredComponents(), new JacksonAnnotationIntrospector()))
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          // Schemas forbid them, and not every model is held to its schema.
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .build();

  private Json() {}

  /** Reads a value; a JSON null is no value. */
  static <T> T read(String json, Class<T> type) throws JsonProcessingException {
    @Nullable T value = MAPPER.readValue(json, type);
    if (value == null) {
      throw new JsonNull();
    }
    return value;
  }

  static String write(@Nullable Object value) throws JsonProcessingException {
    return MAPPER.writeValueAsString(value);
  }

  /** Reads JSON that this client has written. */
  static JsonNode tree(String json) {
    try {
      return MAPPER.readTree(json);
    } catch (JsonProcessingException damaged) {
      throw new IllegalArgumentException(damaged);
    }
  }

  static boolean nullable(AnnotatedType type) {
    Type raw =
        type.getType() instanceof ParameterizedType generic ? generic.getRawType() : type.getType();
    return OPTIONALS.contains(raw) || nullable(type.getAnnotations());
  }

  /** Any annotation of that name counts: there are a dozen. */
  static boolean nullable(Annotation[] annotations) {
    for (Annotation annotation : annotations) {
      if (annotation.annotationType().getSimpleName().equals("Nullable")) {
        return true;
      }
    }
    return false;
  }

  private static final class JsonNull extends JsonProcessingException {
    private static final long serialVersionUID = 1L;

    JsonNull() {
      super("expected a value, found null");
    }
  }

  /** Says of every component of a record that it must be there, unless it may be null. */
  private static final class RequiredComponents extends NopAnnotationIntrospector {
    private static final long serialVersionUID = 1L;

    @Override
    public Version version() {
      return Version.unknownVersion();
    }

    @Override
    public @Nullable Boolean hasRequiredMarker(AnnotatedMember member) {
      return required(member) ? Boolean.TRUE : null;
    }

    @Override
    public JsonSetter.Value findSetterInfo(Annotated member) {
      return required(member)
          ? JsonSetter.Value.forValueNulls(Nulls.FAIL)
          : JsonSetter.Value.empty();
    }

    private static boolean required(Annotated member) {
      return member instanceof AnnotatedParameter parameter
          && parameter.getOwner().getAnnotated() instanceof Constructor<?> constructor
          && constructor.getDeclaringClass().isRecord()
          && !nullable(constructor.getAnnotatedParameterTypes()[parameter.getIndex()])
          && !nullable(constructor.getParameterAnnotations()[parameter.getIndex()]);
    }
  }
}
