package io.github.cruxrpc.crux.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.CruxClientBuilder;
import io.github.cruxrpc.crux.Requests;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;

/** Does what each line asks for, and says what it saw; see clients/conformance/README.md. */
final class Driver {
  private static final JsonMapper JSON = new JsonMapper();

  private Driver() {}

  public static void main(String[] args) throws IOException {
    PrintStream answers =
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    warmUp();
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (!line.isBlank()) {
        answers.println(JSON.writeValueAsString(answer(JSON.readTree(line)).json()));
      }
    }
    System.exit(0);
  }

  /** Loads classes, which takes the first call of a virtual machine longer than many deadlines. */
  private static void warmUp() {
    try (CruxClient nobody = CruxClient.connect("127.0.0.1:1")) {
      nobody.streamAsync(Requests.chat("nobody/none", "hi"), event -> {}).join();
    } catch (CompletionException expected) {
      // Nobody is there.
    }
  }

  private static Seen answer(JsonNode line) {
    Seen seen = new Seen(line.path("name").asText());
    try (CruxClient client = client(line)) {
      Scenario scenario = new Scenario(line, client, seen);
      seen.start();
      try {
        scenario.play();
        seen.ok();
      } catch (Exception thrown) {
        seen.thrown(thrown);
      }
    } catch (RuntimeException unexpected) {
      unexpected.printStackTrace();
      seen.driver(unexpected);
    }
    return seen;
  }

  private static CruxClient client(JsonNode line) {
    CruxClientBuilder builder = CruxClient.builder(line.path("address").asText());
    if (line.has("ca")) {
      builder.tls(Path.of(line.path("ca").asText()));
    }
    if (line.has("cert")) {
      builder.clientCertificate(
          Path.of(line.path("cert").asText()), Path.of(line.path("key").asText()));
    }
    if (line.has("token")) {
      builder.token(line.path("token").asText());
    }
    return builder.build();
  }
}
