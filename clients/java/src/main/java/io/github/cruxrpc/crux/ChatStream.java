package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.Part;
import io.grpc.Channel;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * An answer as it is made: the contract's events, in their order.
 *
 * <pre>{@code
 * try (ChatStream stream = client.stream(request)) {
 *   for (ChatEvent event : stream) { ... }
 *   ChatResponse whole = stream.response();
 * }
 * }</pre>
 *
 * <p>It can be read once, by one thread; {@link #iterator}, {@link #text} and {@link #response} go
 * on where reading stopped. Events that this client does not know come as {@code EVENT_NOT_SET}.
 * After {@code failed} has been read the next read throws its error. One event is fetched ahead; a
 * reader that is slower than the model slows the server down.
 *
 * <p>{@link #close} cancels the call unless it has ended. Without it a stream that is not read to
 * its end runs until its deadline.
 *
 * <p>Reading throws {@link CruxException} if the call fails, {@link DeadlineException} if the
 * caller's deadline passes, and {@link java.util.concurrent.CancellationException} if the stream
 * was cancelled before its end or the thread is interrupted, which cancels it.
 */
public final class ChatStream implements Iterable<ChatEvent>, AutoCloseable {
  /** What comes last. */
  private record End(@Nullable RuntimeException error) {}

  /** Holds one event and the end at most: no event comes that was not requested. */
  private final BlockingQueue<Object> arrived = new LinkedBlockingQueue<>();

  private final ChatAccumulator accumulator = new ChatAccumulator();
  private final EventCall call;
  private @Nullable ChatEvent next;
  private @Nullable End end;

  private ChatStream(Channel channel) {
    this.call =
        EventCall.of(
            channel,
            new EventCall.Receiver() {
              @Override
              public void event(ChatEvent event) {
                arrived.add(event);
              }

              @Override
              public void end(@Nullable RuntimeException error) {
                arrived.add(new End(error));
              }
            });
  }

  static ChatStream start(Channel channel, ChatRequest request) {
    ChatStream stream = new ChatStream(channel);
    stream.call.start(request);
    stream.call.request(1);
    return stream;
  }

  /**
   * Reads the events that have not been read.
   *
   * @return an iterator, which waits for each event; all iterators of a stream share its place
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
        return take();
      }
    };
  }

  /**
   * Reads on for the answer's text alone.
   *
   * @return pieces of its text parts, none of them empty; joined they are the answer's text
   */
  public Iterable<String> text() {
    return () ->
        new Iterator<>() {
          private String piece = "";

          @Override
          public boolean hasNext() {
            while (piece.isEmpty() && fetch()) {
              piece = textOf(take());
            }
            return !piece.isEmpty();
          }

          @Override
          public String next() {
            if (!hasNext()) {
              throw new NoSuchElementException();
            }
            String taken = piece;
            piece = "";
            return taken;
          }
        };
  }

  /**
   * Reads on to the end and returns the whole answer, as {@code Chat} would have given it.
   *
   * @return with message and outcome
   */
  public ChatResponse response() {
    while (fetch()) {
      take();
    }
    return accumulator.response();
  }

  /**
   * Returns what has been read so far, also after an error.
   *
   * @return without an outcome until {@code finished} has been read; parts that had not ended are
   *     marked as incomplete
   */
  public ChatResponse soFar() {
    return accumulator.response();
  }

  /** Cancels the call at once unless it has ended. May be called by any thread. */
  public void cancel() {
    call.cancel();
  }

  /** Does what {@link #cancel} does, so that leaving a try block ends the call. */
  @Override
  public void close() {
    cancel();
  }

  /** Waits until there is a next event or the end. */
  private boolean fetch() {
    if (next != null) {
      return true;
    }
    if (end == null) {
      Object item = await();
      if (item instanceof ChatEvent event) {
        next = event;
        accumulator.add(event);
        call.request(1);
        return true;
      }
      end = (End) item;
    }
    @Nullable RuntimeException error = end.error();
    if (error != null) {
      // It was made on a thread that the reader does not know.
      error.setStackTrace(new Throwable().getStackTrace());
      throw error;
    }
    return false;
  }

  private ChatEvent take() {
    if (!fetch()) {
      throw new NoSuchElementException();
    }
    ChatEvent taken = next;
    next = null;
    return taken;
  }

  private Object await() {
    try {
      return arrived.take();
    } catch (InterruptedException interrupted) {
      cancel();
      throw Calls.interrupted(interrupted);
    }
  }

  private String textOf(ChatEvent event) {
    return switch (event.getEventCase()) {
      case TEXT_DELTA ->
          accumulator.isText(event.getTextDelta().getPartIndex())
              ? event.getTextDelta().getText()
              : "";
      // With StreamOptions.omit_deltas parts come whole.
      case PART_FINISHED -> {
        Part part = event.getPartFinished().getPart();
        boolean whole = !accumulator.hasDeltas(event.getPartFinished().getPartIndex());
        yield whole && part.hasText() ? part.getText() : "";
      }
      default -> "";
    };
  }
}
