package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ChatServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * A stream of events under way. It holds no event: each one that was requested goes to the receiver
 * at once, and nothing comes that was not requested.
 */
final class EventCall extends ClientCall.Listener<ChatEvent> {
  /** Who gets the events. Called by one thread at a time. */
  interface Receiver {
    void event(ChatEvent event);

    /** Called once, last; null if the stream ended well. */
    void end(@Nullable RuntimeException error);
  }

  private final ClientCall<ChatRequest, ChatEvent> call;
  private final Receiver receiver;
  private final Context context = Context.current();
  private final Ending ending = new Ending();
  private volatile boolean cancelled;
  private volatile boolean terminal;

  private EventCall(Channel channel, Receiver receiver) {
    this.call = channel.newCall(ChatServiceGrpc.getStreamChatMethod(), CallOptions.DEFAULT);
    this.receiver = receiver;
  }

  /** Makes a call that {@link #start} sends. */
  static EventCall of(Channel channel, Receiver receiver) {
    return new EventCall(channel, receiver);
  }

  void start(ChatRequest request) {
    call.start(this, new Metadata());
    Calls.send(call, request);
  }

  /** Lets that many more events come. May be called by any thread. */
  void request(int count) {
    call.request(count);
  }

  /** Ends the call at once, if it runs. May be called by any thread, and again. */
  void cancel() {
    // What has sent its last event ends by itself, and is no cancelled call in the server's log.
    if (!terminal) {
      cancelled = true;
      call.cancel("cancelled by the caller", null);
    }
  }

  @Override
  public void onHeaders(Metadata headers) {
    ending.headers(headers);
  }

  @Override
  public void onMessage(ChatEvent event) {
    ending.see(event);
    terminal = ending.terminal();
    receiver.event(event);
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    boolean byCaller = cancelled || Calls.cancelledBy(context, status);
    if (byCaller && !ending.finished()) {
      CancellationException thrown = new CancellationException("cancelled by the caller");
      receiver.end(thrown);
    } else {
      receiver.end(ending.error(status, trailers));
    }
  }
}
