package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.FinishReason;
import io.github.cruxrpc.crux.v1.Message;
import io.github.cruxrpc.crux.v1.ToolCall;
import io.github.cruxrpc.crux.v1.ToolMode;
import io.github.cruxrpc.crux.v1.Usage;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** A tool loop under way: what has been said, and what is next. */
final class ToolSteps {
  private final ChatRequest.Builder request;
  private final Toolbox toolbox;
  private final Executor executor;
  private final int maxSteps;
  private ChatResponse last = ChatResponse.getDefaultInstance();
  private Usage usage = Usage.getDefaultInstance();
  private int steps;
  private @Nullable ParallelCalls running;
  private boolean cancelled;

  ToolSteps(ChatRequest request, Toolbox toolbox, Executor executor, int maxSteps) {
    this.request = request.toBuilder().addAllTools(toolbox.declarations());
    this.toolbox = toolbox;
    this.executor = executor;
    this.maxSteps = maxSteps;
  }

  ChatRequest request() {
    return request.build();
  }

  /** Takes the answer to {@link #request}. */
  void answered(ChatResponse answer) {
    last = answer;
    steps++;
    usage =
        steps == 1
            ? answer.getOutcome().getUsage()
            : UsageSum.of(usage, answer.getOutcome().getUsage());
    // Kept whole: providers want their state back in each part.
    request.addMessages(answer.getMessage());
    boolean calling = !Messages.toolCalls(answer.getMessage()).isEmpty();
    if (calling && request.getToolChoice().getMode() == ToolMode.TOOL_MODE_REQUIRED) {
      request.clearToolChoice();
    }
  }

  /** Runs what the last answer calls; false if the loop is at its end. */
  boolean runTools() {
    List<ToolCall> calls = Messages.toolCalls(last.getMessage());
    boolean paused = last.getOutcome().getFinishReason() == FinishReason.FINISH_REASON_PAUSED;
    if (calls.isEmpty() && !paused) {
      return false;
    }
    if (steps >= maxSteps) {
      throw StepLimitException.of(result(), maxSteps);
    }
    if (!calls.isEmpty()) {
      request.addMessages(Messages.toolResults(begin(calls).await()));
    }
    return true;
  }

  ToolRun result() {
    List<Message> history = request.build().getMessagesList();
    return new ToolRun(last, history, usage, steps);
  }

  /**
   * Interrupts the tools that run, and keeps others from being run. May be called by any thread.
   */
  synchronized void cancel() {
    cancelled = true;
    if (running != null) {
      running.cancel();
    }
  }

  private synchronized ParallelCalls begin(List<ToolCall> calls) {
    if (cancelled) {
      throw new CancellationException("cancelled by the caller");
    }
    running = ParallelCalls.start(toolbox, calls, executor);
    return running;
  }
}
