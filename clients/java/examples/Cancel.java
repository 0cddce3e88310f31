import io.github.cruxrpc.crux.ChatStream;
import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.CruxClientBuilder;
import io.github.cruxrpc.crux.DeadlineException;
import io.github.cruxrpc.crux.Requests;
import io.github.cruxrpc.crux.v1.ChatRequest;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/** Ends calls early: by leaving, by cancelling, by a deadline. The provider's request ends too. */
public class Cancel {
  public static void main(String[] args) {
    ChatRequest request = Requests.chat("openai/gpt-5", "Count to a thousand, please, in words.");
    try (CruxClient crux = connect()) {
      try (ChatStream stream = crux.stream(request)) {
        for (String piece : stream.text()) {
          System.out.println("left after " + piece.strip());
          break;
        }
      }

      CompletableFuture<?> future = crux.chatAsync(request);
      future.cancel(true);
      try {
        future.join();
      } catch (CancellationException cancelled) {
        System.out.println("cancelled");
      }

      try {
        // Sooner than any answer.
        crux.withDeadline(Duration.ofNanos(1000)).chat(request);
      } catch (DeadlineException late) {
        System.out.println("too late");
      }
    }
  }

  static CruxClient connect() {
    CruxClientBuilder builder =
        CruxClient.builder(System.getenv().getOrDefault("CRUX_ADDRESS", "localhost:50051"));
    String token = System.getenv("CRUX_TOKEN");
    return token == null ? builder.build() : builder.token(token).build();
  }
}
