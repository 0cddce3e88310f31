package io.github.cruxrpc.crux;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The service config that is published with the contract: load balancing and retries. */
final class ServiceConfig {
  private static final String RESOURCE = "service-config.json";

  private ServiceConfig() {}

  static Map<String, ?> load() {
    try (@Nullable InputStream in = ServiceConfig.class.getResourceAsStream(RESOURCE)) {
      Map<?, ?> config =
          new JsonMapper().readValue(Objects.requireNonNull(in, RESOURCE), Map.class);
      return convert(config);
    } catch (IOException damaged) {
      throw new UncheckedIOException(damaged);
    }
  }

  private static Map<String, ?> convert(Map<?, ?> map) {
    Map<String, @Nullable Object> converted = new LinkedHashMap<>();
    map.forEach((key, value) -> converted.put(String.valueOf(key), convert(value)));
    return converted;
  }

  /** gRPC takes doubles alone for numbers. */
  private static @Nullable Object convert(@Nullable Object value) {
    if (value instanceof Map<?, ?> map) {
      return convert(map);
    }
    if (value instanceof List<?> list) {
      return list.stream().map(ServiceConfig::convert).toList();
    }
    return value instanceof Number number ? Double.valueOf(number.doubleValue()) : value;
  }
}
