package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.Message;
import io.github.cruxrpc.crux.v1.Usage;
import java.util.List;

/**
 * What came of a tool loop.
 *
 * @param response the final answer
 * @param history the whole conversation, the request's own messages and the final answer included:
 *     the messages of a request that goes on
 * @param usage of all steps together
 * @param steps calls of the model
 */
public record ToolRun(ChatResponse response, List<Message> history, Usage usage, int steps) {}
