package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatRequest;
import java.util.concurrent.Executor;

/**
 * Chats until the model calls no more tools: runs what it calls, and sends the results with the
 * whole history, the providers' own state included, byte for byte.
 *
 * <p>Immutable; made by {@link CruxClient#tools}. The deadline of chats holds for each call of the
 * model. Calls of tools that are cut, or that the provider runs itself, are not run. A tool choice
 * of {@code TOOL_MODE_REQUIRED} holds until there is a call: the loop would not end otherwise.
 */
public final class ToolLoop {
  private static final int DEFAULT_STEPS = 10;

  private final CruxClient client;
  private final Toolbox toolbox;
  private final Executor executor;
  private final int maxSteps;

  private ToolLoop(CruxClient client, Toolbox toolbox, Executor executor, int maxSteps) {
    this.client = client;
    this.toolbox = toolbox;
    this.executor = executor;
    this.maxSteps = maxSteps;
  }

  static ToolLoop of(CruxClient client, Toolbox toolbox) {
    return new ToolLoop(client, toolbox, ToolLoop::newThread, DEFAULT_STEPS);
  }

  /**
   * Limits the calls of the model.
   *
   * @param maxSteps at least 1; 10 without it
   * @return a loop with this limit
   */
  public ToolLoop maxSteps(int maxSteps) {
    if (maxSteps < 1) {
      throw new IllegalArgumentException("at least 1 step, not " + maxSteps);
    }
    return new ToolLoop(client, toolbox, executor, maxSteps);
  }

  /**
   * Says where tools run. Without it each call of a tool gets a thread of its own.
   *
   * @param executor such as {@code Executors.newVirtualThreadPerTaskExecutor()}; calls of one step
   *     run at once as far as it lets them
   * @return a loop with this executor
   */
  public ToolLoop executor(Executor executor) {
    return new ToolLoop(client, toolbox, executor, maxSteps);
  }

  /**
   * Runs the loop, and waits for its end. Interrupting the thread cancels what runs, tools too.
   *
   * @param request the conversation so far; the toolbox is added to its tools
   * @return the final answer, and how it came about
   * @throws StepLimitException if the model wants more steps than it is given
   */
  public ToolRun run(ChatRequest request) {
    ToolSteps steps = steps(request);
    do {
      steps.answered(client.chat(steps.request()));
    } while (steps.runTools());
    return steps.result();
  }

  /**
   * Runs the loop, streamed.
   *
   * @param request the conversation so far; the toolbox is added to its tools
   * @return the stream, begun; to be closed
   */
  public ToolStream stream(ChatRequest request) {
    return new ToolStream(client, steps(request));
  }

  private ToolSteps steps(ChatRequest request) {
    return new ToolSteps(request, toolbox, executor, maxSteps);
  }

  private static void newThread(Runnable task) {
    Thread thread = new Thread(task, "crux-tool");
    thread.setDaemon(true);
    thread.start();
  }
}
