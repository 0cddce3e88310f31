package io.github.cruxrpc.crux.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.v1.ChatRequest;
import java.time.Duration;

/** One line: what is to be done, and where to say what came of it. */
final class Scenario {
  private final JsonNode line;
  private final CruxClient client;
  private final Seen seen;

  Scenario(JsonNode line, CruxClient client, Seen seen) {
    this.line = line;
    this.client =
        line.has("deadline_ms")
            ? client.withDeadline(Duration.ofMillis(line.path("deadline_ms").asLong()))
            : client;
    this.seen = seen;
  }

  void play() throws Exception {
    String call = line.path("call").asText();
    Cancel cancel = Cancel.of(line.path("cancel"));
    switch (call) {
      case "stream" -> new Chats(client, seen, cancel).stream(request(), style("iterator"));
      case "chat" -> new Chats(client, seen, cancel).chat(request(), style("blocking"));
      case "text" -> new Chats(client, seen, cancel).text(request());
      case "tools" ->
          new Loops(client, seen, cancel).tools(request(), line.path("silent").asBoolean());
      case "structured" -> new Loops(client, seen, cancel).structured(request());
      case "image" ->
          new Chats(client, seen, cancel)
              .image(request(), line.path("file").asText(), style("file"));
      case "count_tokens" ->
          seen.json().put("count", client.countTokens(request()).getInputTokens());
      case "models" -> new Registry(client, seen).models();
      case "keys" -> new Registry(client, seen).keys();
      case "preferences" -> new Registry(client, seen).preferences();
      case "admin" -> new Registry(client, seen).admin();
      case "info" -> {
        var info = client.serverInfo();
        seen.json().put("version", info.getServer().getVersion());
        seen.json().put("tenant", info.getCaller().getTenantId());
      }
      default -> throw new IllegalArgumentException("no such call: " + call);
    }
  }

  private String style(String otherwise) {
    return line.path("style").asText(otherwise);
  }

  private ChatRequest request() throws InvalidProtocolBufferException {
    ChatRequest.Builder request = ChatRequest.newBuilder();
    JsonFormat.parser().merge(line.path("request").toString(), request);
    return request.build();
  }
}
