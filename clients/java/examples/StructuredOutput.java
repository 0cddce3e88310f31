import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.CruxClientBuilder;
import io.github.cruxrpc.crux.OutputException;
import io.github.cruxrpc.crux.Requests;
import java.util.List;

/** Asks for a value instead of text. */
public class StructuredOutput {
  record City(
      String name,
      @JsonPropertyDescription("people who live there") long population,
      List<String> sights) {}

  public static void main(String[] args) {
    try (CruxClient crux = connect()) {
      City city =
          crux.structured(Requests.chat("openai/gpt-5", "Describe Ulm."), City.class).value();
      System.out.println(city);
    } catch (OutputException error) {
      System.err.println(error.getMessage() + ": " + error.text());
    }
  }

  static CruxClient connect() {
    CruxClientBuilder builder =
        CruxClient.builder(System.getenv().getOrDefault("CRUX_ADDRESS", "localhost:50051"));
    String token = System.getenv("CRUX_TOKEN");
    return token == null ? builder.build() : builder.token(token).build();
  }
}
