import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.CruxClientBuilder;
import io.github.cruxrpc.crux.Requests;
import io.github.cruxrpc.crux.ToolStream;
import io.github.cruxrpc.crux.Toolbox;
import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import java.time.LocalTime;
import java.time.ZoneOffset;

/** Lets the model call tools, and streams what it says about them. */
public class Tools {
  record GetWeather(String city, int days) {}

  record GetTime(String zone) {}

  record Forecast(String city, String sky, int degrees) {}

  public static void main(String[] args) {
    Toolbox tools =
        Toolbox.empty()
            .with(
                "get_weather",
                "Tells the weather of a city for the next days.",
                GetWeather.class,
                weather -> new Forecast(weather.city(), "sunny", 21))
            .with(
                "get_time",
                "Tells the time in a zone, such as UTC.",
                GetTime.class,
                time -> LocalTime.now(ZoneOffset.UTC).toString());
    ChatRequest request =
        Requests.chat("openai/gpt-5", "What are the weather and the time in Ulm?").toBuilder()
            .setParallelToolCalls(true)
            .build();
    try (CruxClient crux = connect();
        ToolStream stream = crux.tools(tools).maxSteps(5).stream(request)) {
      for (ChatEvent event : stream) {
        if (event.hasTextDelta()) {
          System.out.print(event.getTextDelta().getText());
        }
      }
      System.out.printf("%n%d steps%n", stream.result().steps());
    }
  }

  static CruxClient connect() {
    CruxClientBuilder builder =
        CruxClient.builder(System.getenv().getOrDefault("CRUX_ADDRESS", "localhost:50051"));
    String token = System.getenv("CRUX_TOKEN");
    return token == null ? builder.build() : builder.token(token).build();
  }
}
