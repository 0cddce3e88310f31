import io.github.cruxrpc.crux.ChatStream;
import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.CruxClientBuilder;
import io.github.cruxrpc.crux.Requests;
import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.Outcome;

/** Streams a chat event by event, and says what it cost. */
public class StreamChat {
  public static void main(String[] args) {
    ChatRequest request = Requests.chat("openai/gpt-5", "Why is the sky blue?");
    try (CruxClient crux = connect();
        ChatStream stream = crux.stream(request)) {
      for (ChatEvent event : stream) {
        switch (event.getEventCase()) {
          case TEXT_DELTA -> System.out.print(event.getTextDelta().getText());
          case ATTEMPT_STARTED ->
              System.err.println("asking " + event.getAttemptStarted().getModel());
          default -> {}
        }
      }
      Outcome outcome = stream.response().getOutcome();
      System.out.printf(
          "%n%s, %d tokens%n", outcome.getFinishReason(), outcome.getUsage().getOutputTokens());
    }
  }

  static CruxClient connect() {
    CruxClientBuilder builder =
        CruxClient.builder(System.getenv().getOrDefault("CRUX_ADDRESS", "localhost:50051"));
    String token = System.getenv("CRUX_TOKEN");
    return token == null ? builder.build() : builder.token(token).build();
  }
}
