package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.Message;
import io.github.cruxrpc.crux.v1.Part;
import io.github.cruxrpc.crux.v1.Role;
import io.github.cruxrpc.crux.v1.ToolCall;
import io.github.cruxrpc.crux.v1.ToolResult;
import java.util.List;
import java.util.stream.Collectors;

/** Makes and reads messages. */
public final class Messages {
  private Messages() {}

  /**
   * Makes a message of the application: instructions.
   *
   * @param text the instructions
   * @return the message
   */
  public static Message system(String text) {
    return of(Role.ROLE_SYSTEM, List.of(Parts.text(text)));
  }

  /**
   * Makes a message of the user.
   *
   * @param text what the user says
   * @return the message
   */
  public static Message user(String text) {
    return user(Parts.text(text));
  }

  /**
   * Makes a message of the user, of text and media.
   *
   * @param parts its parts, in order; see {@link Parts}
   * @return the message
   */
  public static Message user(Part... parts) {
    return of(Role.ROLE_USER, List.of(parts));
  }

  /**
   * Makes a message of the model, for a history that was kept as text. An answer of this API is one
   * already, with the state its provider wants back: append it as it is.
   *
   * @param text what the model said
   * @return the message
   */
  public static Message assistant(String text) {
    return of(Role.ROLE_ASSISTANT, List.of(Parts.text(text)));
  }

  /**
   * Makes the message that answers tool calls.
   *
   * @param results one for each call
   * @return the message
   */
  public static Message toolResults(Iterable<ToolResult> results) {
    Message.Builder message = Message.newBuilder().setRole(Role.ROLE_TOOL);
    for (ToolResult result : results) {
      message.addContent(Part.newBuilder().setToolResult(result));
    }
    return message.build();
  }

  /**
   * Joins the text parts of a message.
   *
   * @param message any message
   * @return its text, without reasoning and refusals; empty if there is none
   */
  public static String text(Message message) {
    return message.getContentList().stream()
        .filter(Part::hasText)
        .map(Part::getText)
        .collect(Collectors.joining());
  }

  /**
   * Joins the reasoning that a message shows.
   *
   * @param message a message of the model
   * @return the text of its reasoning; empty if there is none, or none that is shown
   */
  public static String reasoning(Message message) {
    return message.getContentList().stream()
        .filter(Part::hasReasoning)
        .map(part -> part.getReasoning().getText())
        .collect(Collectors.joining());
  }

  /**
   * Lists the tool calls that the caller is to answer: those that came whole, less those that the
   * provider runs itself.
   *
   * @param message a message of the model
   * @return the calls, in order
   */
  public static List<ToolCall> toolCalls(Message message) {
    return message.getContentList().stream()
        .filter(part -> part.hasToolCall() && !part.getIncomplete())
        .map(Part::getToolCall)
        .filter(call -> !call.getProviderExecuted())
        .toList();
  }

  private static Message of(Role role, List<Part> parts) {
    return Message.newBuilder().setRole(role).addAllContent(parts).build();
  }
}
