package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.CruxException.Origin;
import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.GenerationFailed;
import io.grpc.Metadata;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** Decides, from the events and the status of a stream, how it ended. */
final class Ending {
  private boolean answered;
  private boolean finished;
  private @Nullable GenerationFailed failed;
  private String generationId = "";
  private final Metadata told = new Metadata();

  /** Takes what the server said first. */
  void headers(Metadata headers) {
    told.merge(headers);
  }

  /** Takes the next event. */
  void see(ChatEvent event) {
    answered = true;
    switch (event.getEventCase()) {
      case STARTED -> generationId = event.getStarted().getGenerationId();
      case FINISHED -> finished = true;
      case FAILED -> failed = event.getFailed();
      default -> {}
    }
  }

  /** Tells whether the last event has come. */
  boolean terminal() {
    return finished || failed != null;
  }

  /** Tells whether the answer is whole. */
  boolean finished() {
    return finished;
  }

  /** Returns the error that the stream ended with; null if it ended well. */
  @Nullable CruxException error(Status status, Metadata trailers) {
    told.merge(trailers);
    if (failed != null) {
      return Errors.exception(
          Errors.facts(failed, status, told, generationId), Calls.cause(status));
    }
    if (finished) {
      return null;
    }
    Origin origin = answered ? Origin.BROKEN : Origin.STATUS;
    // The contract forbids this end, and something in between may bring it about all the same.
    Status end =
        status.isOk()
            ? Status.INTERNAL.withDescription("the stream ended without finished or failed")
            : status;
    return Errors.exception(Errors.facts(end, told, origin, generationId), Calls.cause(status));
  }
}
