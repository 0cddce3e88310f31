import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.CruxClientBuilder;
import io.github.cruxrpc.crux.CruxException;
import io.github.cruxrpc.crux.Requests;
import io.github.cruxrpc.crux.v1.ChatRequest;

/** Shows what errors tell, and what to do about them. */
public class Errors {
  public static void main(String[] args) {
    try (CruxClient crux = connect()) {
      report(crux, ChatRequest.newBuilder().setModel("openai/gpt-5").setTopP(2).build());
      report(crux, Requests.chat("nobody/nothing", "hello"));
    }
  }

  private static void report(CruxClient crux, ChatRequest request) {
    try {
      System.out.println(crux.chat(request).getText());
    } catch (CruxException error) {
      switch (error.reason()) {
        case ERROR_REASON_INVALID_REQUEST ->
            error.violations().forEach(v -> System.out.println(v.field() + ": " + v.description()));
        case ERROR_REASON_MODEL_NOT_FOUND ->
            System.out.println("no such model: " + request.getModel());
        default -> {
          System.out.println(error.code() + " " + error.reasonName() + ": " + error.getMessage());
          error.retryDelay().ifPresent(delay -> System.out.println("try again in " + delay));
        }
      }
      error.requestId().ifPresent(id -> System.out.println("request " + id));
    }
  }

  static CruxClient connect() {
    CruxClientBuilder builder =
        CruxClient.builder(System.getenv().getOrDefault("CRUX_ADDRESS", "localhost:50051"));
    String token = System.getenv("CRUX_TOKEN");
    return token == null ? builder.build() : builder.token(token).build();
  }
}
