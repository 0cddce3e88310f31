package io.github.cruxrpc.crux;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Objects;

/** The servers that test.sh has started: without them no test passes, and none is skipped. */
final class Live {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private Live() {}

  static CruxClient client() {
    return CruxClient.connect(address());
  }

  static String address() {
    return environment("CRUX_TEST_ADDRESS");
  }

  /** A server that asks for {@link #token}. */
  static String guardedAddress() {
    return environment("CRUX_TEST_GUARDED_ADDRESS");
  }

  static String token() {
    return environment("CRUX_TEST_TOKEN");
  }

  /** A server that speaks TLS and asks for certificates. */
  static String tlsAddress() {
    return environment("CRUX_TEST_TLS_ADDRESS");
  }

  static Path certificate(String file) {
    return Path.of(environment("CRUX_TEST_CERTIFICATES"), file);
  }

  /** A count of the sandbox, such as {@code aborted}. */
  static int count(String name) throws IOException, InterruptedException {
    URI uri = URI.create("http://" + environment("CRUX_TEST_SANDBOX") + "/sandbox/stats");
    HttpResponse<String> response =
        HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    JsonNode stats = new JsonMapper().readTree(response.body());
    return stats.path(name).asInt();
  }

  /** Waits a second at most for a count of the sandbox. */
  static boolean reaches(String name, int count) throws IOException, InterruptedException {
    long end = System.nanoTime() + 1_000_000_000L;
    while (System.nanoTime() < end) {
      if (count(name) >= count) {
        return true;
      }
      Thread.sleep(20);
    }
    return false;
  }

  private static String environment(String name) {
    return Objects.requireNonNull(System.getenv(name), name + " is not set: run test.sh");
  }
}
