package io.github.cruxrpc.crux;

import io.grpc.Status;

/** The model wanted more steps of a tool loop than it was given. */
public final class StepLimitException extends CruxException {
  private static final long serialVersionUID = 1L;

  private final transient ToolRun run;

  private StepLimitException(ErrorFacts facts, ToolRun run) {
    super(facts, null);
    this.run = run;
  }

  static StepLimitException of(ToolRun run, int maxSteps) {
    String message = "the model wants tools after " + maxSteps + " steps, the most it was given";
    return new StepLimitException(
        ErrorFacts.ofClient(Status.Code.RESOURCE_EXHAUSTED, message, run.usage()), run);
  }

  /**
   * Returns what there is: the history ends with the model's last message, whose tool calls have
   * not been run.
   *
   * @return the loop as far as it came
   */
  public ToolRun run() {
    return run;
  }
}
