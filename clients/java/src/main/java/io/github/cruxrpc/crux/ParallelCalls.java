package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ToolCall;
import io.github.cruxrpc.crux.v1.ToolResult;
import io.grpc.Context;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;

/** The tool calls of one step, which run at once. */
final class ParallelCalls {
  private final List<FutureTask<ToolResult>> tasks;

  private ParallelCalls(List<FutureTask<ToolResult>> tasks) {
    this.tasks = tasks;
  }

  static ParallelCalls start(Toolbox toolbox, List<ToolCall> calls, Executor executor) {
    Context context = Context.current();
    List<FutureTask<ToolResult>> tasks = new ArrayList<>();
    for (ToolCall call : calls) {
      tasks.add(new FutureTask<>(context.wrap(() -> toolbox.run(call))));
    }
    ParallelCalls parallel = new ParallelCalls(tasks);
    try {
      tasks.forEach(executor::execute);
    } catch (RuntimeException rejected) {
      parallel.cancel();
      throw rejected;
    }
    return parallel;
  }

  /** Waits for all results, in the order of the calls. */
  List<ToolResult> await() {
    List<ToolResult> results = new ArrayList<>();
    try {
      for (FutureTask<ToolResult> task : tasks) {
        results.add(task.get());
      }
      return results;
    } catch (InterruptedException interrupted) {
      throw Calls.interrupted(interrupted);
    } catch (ExecutionException failed) {
      // An exception would be a result; this is an error of the virtual machine, or an assertion.
      if (failed.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(failed.getCause());
    } finally {
      cancel();
    }
  }

  /** Interrupts what runs. */
  void cancel() {
    tasks.forEach(task -> task.cancel(true));
  }
}
