package io.github.cruxrpc.crux;

import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes JSON values of Java's, for preferences and for the providers' own options. */
public final class Values {
  private Values() {}

  /**
   * Makes a JSON value.
   *
   * @param value null, a boolean, a number (sent as a double), a string, or a map or iterable of
   *     such
   * @return the value
   * @throws IllegalArgumentException if it is anything else
   */
  public static Value of(@Nullable Object value) {
    Value.Builder built = Value.newBuilder();
    if (value == null) {
      return built.setNullValue(NullValue.NULL_VALUE).build();
    }
    if (value instanceof Boolean bool) {
      return built.setBoolValue(bool).build();
    }
    if (value instanceof Number number) {
      return built.setNumberValue(number.doubleValue()).build();
    }
    if (value instanceof CharSequence text) {
      return built.setStringValue(text.toString()).build();
    }
    if (value instanceof Map<?, ?> map) {
      return built.setStructValue(struct(map)).build();
    }
    if (value instanceof Iterable<?> items) {
      ListValue.Builder list = ListValue.newBuilder();
      items.forEach(item -> list.addValues(of(item)));
      return built.setListValue(list).build();
    }
    throw new IllegalArgumentException("no JSON value: " + value.getClass().getName());
  }

  /**
   * Makes a JSON object.
   *
   * @param fields values that {@link #of} takes, by name
   * @return the object
   */
  public static Struct struct(Map<?, ?> fields) {
    Struct.Builder struct = Struct.newBuilder();
    fields.forEach((name, value) -> struct.putFields(String.valueOf(name), of(value)));
    return struct.build();
  }
}
