package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.Message;
import java.util.List;

/** Makes requests. For more than a model and messages: {@code ChatRequest.newBuilder()}. */
public final class Requests {
  private Requests() {}

  /**
   * Makes a request of one user message.
   *
   * @param model {@code <provider>/<model>}, such as {@code openai/gpt-5}
   * @param prompt what the user says
   * @return the request; {@code toBuilder()} changes it
   */
  public static ChatRequest chat(String model, String prompt) {
    return chat(model, Messages.user(prompt));
  }

  /**
   * Makes a request of messages.
   *
   * @param model {@code <provider>/<model>}, such as {@code openai/gpt-5}
   * @param messages the conversation, oldest first
   * @return the request; {@code toBuilder()} changes it
   */
  public static ChatRequest chat(String model, Message... messages) {
    return ChatRequest.newBuilder().setModel(model).addAllMessages(List.of(messages)).build();
  }
}
