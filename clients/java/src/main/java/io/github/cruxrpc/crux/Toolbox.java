package io.github.cruxrpc.crux;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.github.cruxrpc.crux.v1.FunctionTool;
import io.github.cruxrpc.crux.v1.Part;
import io.github.cruxrpc.crux.v1.Tool;
import io.github.cruxrpc.crux.v1.ToolCall;
import io.github.cruxrpc.crux.v1.ToolResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tools that run here. Immutable, and thread-safe as far as its tools are: parallel calls run them
 * at once.
 */
public final class Toolbox {
  private static final Toolbox EMPTY = new Toolbox(Map.of());

  private final Map<String, LocalTool<?>> tools;

  private Toolbox(Map<String, LocalTool<?>> tools) {
    this.tools = tools;
  }

  private record LocalTool<A>(Tool declaration, Class<A> arguments, ToolHandler<A> handler) {
    @Nullable Object run(A value) throws Exception {
      return handler.run(value);
    }

    A parse(String json) throws JsonProcessingException {
      return Json.read(json.isBlank() ? "{}" : json, arguments);
    }
  }

  /**
   * Begins with no tools.
   *
   * @return an empty toolbox
   */
  public static Toolbox empty() {
    return EMPTY;
  }

  /**
   * Adds a tool.
   *
   * @param name 1 to 64 characters of {@code [a-zA-Z0-9_-]}
   * @param description what it does and when to use it, for the model
   * @param arguments what it takes: a record; see {@link Schemas}
   * @param handler does it
   * @param <A> the arguments
   * @return this toolbox and the tool
   * @throws IllegalArgumentException if there is one of that name, or the type's schema is no
   *     object
   */
  public <A> Toolbox with(
      String name, String description, Class<A> arguments, ToolHandler<A> handler) {
    if (tools.containsKey(name)) {
      throw new IllegalArgumentException("there is a tool '" + name + "' already");
    }
    Tool declaration =
        Tool.newBuilder()
            .setFunction(
                FunctionTool.newBuilder()
                    .setName(name)
                    .setDescription(description)
                    .setInputSchemaJson(Schemas.object(arguments)))
            .build();
    Map<String, LocalTool<?>> more = new LinkedHashMap<>(tools);
    more.put(name, new LocalTool<>(declaration, arguments, handler));
    return new Toolbox(more);
  }

  /**
   * Returns what a request has to say of the tools; {@link ToolLoop} adds it by itself.
   *
   * @return one declaration for each tool, in the order in which they were added
   */
  public List<Tool> declarations() {
    return tools.values().stream().map(LocalTool::declaration).toList();
  }

  /**
   * Runs a call in this thread. Whatever goes wrong becomes a result that says so to the model: an
   * unknown tool, arguments that do not parse, an exception of the tool.
   *
   * @param call a call of the model
   * @return its result
   */
  public ToolResult run(ToolCall call) {
    @Nullable LocalTool<?> tool = tools.get(call.getName());
    if (tool == null) {
      return error(call, "there is no tool '" + call.getName() + "'");
    }
    return run(call, tool);
  }

  /** Makes the result of a call that failed. */
  static ToolResult error(ToolCall call, String message) {
    return result(call, List.of(Parts.text(message))).setIsError(true).build();
  }

  private static <A> ToolResult run(ToolCall call, LocalTool<A> tool) {
    A arguments;
    try {
      arguments = tool.parse(call.getArgumentsJson());
    } catch (JsonProcessingException unreadable) {
      return error(call, "the arguments do not parse: " + unreadable.getOriginalMessage());
    }
    try {
      return result(call, content(tool.run(arguments))).build();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return error(call, "interrupted");
    } catch (Exception failed) {
      @Nullable String message = failed.getMessage();
      return error(call, message == null ? failed.getClass().getSimpleName() : message);
    }
  }

  private static List<Part> content(@Nullable Object value) throws JsonProcessingException {
    if (value instanceof Part part) {
      return List.of(part);
    }
    if (value instanceof List<?> list
        && !list.isEmpty()
        && list.stream().allMatch(Part.class::isInstance)) {
      return list.stream().map(Part.class::cast).toList();
    }
    String text = value instanceof CharSequence said ? said.toString() : Json.write(value);
    // A text part is not empty; what is empty JSON says the same.
    return List.of(Parts.text(text.isEmpty() ? "\"\"" : text));
  }

  private static ToolResult.Builder result(ToolCall call, List<Part> content) {
    return ToolResult.newBuilder()
        .setToolCallId(call.getId())
        .setName(call.getName())
        .addAllContent(content);
  }
}
