package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatEvent;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;

/**
 * A tool loop as it runs: the events of each step, one stream after the other. Every step begins
 * with {@code started}; tools run between {@code finished} and the next {@code started}.
 *
 * <p>It can be read once, by one thread, and throws what {@link ChatStream} throws, and {@link
 * StepLimitException}. {@link #close} cancels what runs, tools too.
 */
public final class ToolStream implements Iterable<ChatEvent>, AutoCloseable {
  private final CruxClient client;
  private final ToolSteps steps;
  private volatile boolean cancelled;
  private volatile ChatStream current;
  private Iterator<ChatEvent> events;
  private boolean done;

  ToolStream(CruxClient client, ToolSteps steps) {
    this.client = client;
    this.steps = steps;
    this.current = client.stream(steps.request());
    this.events = current.iterator();
  }

  /**
   * Reads the events that have not been read.
   *
   * @return an iterator, which waits for each event and runs tools; all iterators of a stream share
   *     its place
   */
  @Override
  public Iterator<ChatEvent> iterator() {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return fetch();
      }

      @Override
      public ChatEvent next() {
        if (!fetch()) {
          throw new NoSuchElementException();
        }
        return events.next();
      }
    };
  }

  /**
   * Reads on to the end of the loop.
   *
   * @return the final answer, and how it came about
   */
  public ToolRun result() {
    while (fetch()) {
      events.next();
    }
    return steps.result();
  }

  /** Cancels what runs at once: the call, or the tools. May be called by any thread. */
  public void cancel() {
    cancelled = true;
    steps.cancel();
    current.cancel();
  }

  /** Does what {@link #cancel} does, so that leaving a try block ends the loop. */
  @Override
  public void close() {
    cancel();
  }

  private boolean fetch() {
    while (!done) {
      if (events.hasNext()) {
        return true;
      }
      steps.answered(current.response());
      if (steps.runTools()) {
        next();
      } else {
        done = true;
      }
    }
    return false;
  }

  private void next() {
    current = client.stream(steps.request());
    events = current.iterator();
    // Whoever cancelled in between has not seen this one.
    if (cancelled) {
      current.cancel();
      throw new CancellationException("cancelled by the caller");
    }
  }
}
