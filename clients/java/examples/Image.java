import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.CruxClientBuilder;
import io.github.cruxrpc.crux.Messages;
import io.github.cruxrpc.crux.Parts;
import io.github.cruxrpc.crux.Requests;
import io.github.cruxrpc.crux.v1.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;

/** Asks about an image: the file that is named, or a pixel. */
public class Image {
  private static final String PIXEL =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

  public static void main(String[] args) throws IOException {
    Part image =
        args.length > 0
            ? Parts.media(Path.of(args[0]))
            : Parts.media(Base64.getDecoder().decode(PIXEL));
    try (CruxClient crux = connect()) {
      System.out.println(
          crux.chat(
                  Requests.chat(
                      "anthropic/claude-sonnet-4-5",
                      Messages.user(Parts.text("What is in this picture?"), image)))
              .getText());
    }
  }

  static CruxClient connect() {
    CruxClientBuilder builder =
        CruxClient.builder(System.getenv().getOrDefault("CRUX_ADDRESS", "localhost:50051"));
    String token = System.getenv("CRUX_TOKEN");
    return token == null ? builder.build() : builder.token(token).build();
  }
}
