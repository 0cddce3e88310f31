package io.github.cruxrpc.crux;

import org.jspecify.annotations.Nullable;

/**
 * Does what a tool is for.
 *
 * @param <A> the arguments
 */
@FunctionalInterface
public interface ToolHandler<A> {
  /**
   * Runs the tool. Interrupted when the caller cancels.
   *
   * @param arguments what the model wants
   * @return what the model is told: a string as it is, a {@code Part} (such as an image) or a list
   *     of them, anything else as JSON
   * @throws Exception to tell the model that it failed, with the exception's message
   */
  @Nullable Object run(A arguments) throws Exception;
}
