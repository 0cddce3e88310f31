package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.grpc.Channel;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The answer of a stream whose events go to a consumer, one after the other. */
final class ChatFuture extends CompletableFuture<ChatResponse> {
  private final ChatAccumulator accumulator = new ChatAccumulator();
  private final EventCall call;

  private ChatFuture(Channel channel, Consumer<? super ChatEvent> consumer) {
    this.call =
        EventCall.of(
            channel,
            new EventCall.Receiver() {
              @Override
              public void event(ChatEvent event) {
                accept(event, consumer);
              }

              @Override
              public void end(@Nullable RuntimeException error) {
                if (error == null) {
                  complete(accumulator.response());
                } else {
                  completeExceptionally(error);
                }
              }
            });
  }

  static ChatFuture start(
      Channel channel, ChatRequest request, Consumer<? super ChatEvent> consumer) {
    ChatFuture future = new ChatFuture(channel, consumer);
    future.call.start(request);
    future.call.request(1);
    return future;
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    if (cancelled) {
      call.cancel();
    }
    return cancelled;
  }

  /** Has the next event sent only when the consumer is done with this one. */
  private void accept(ChatEvent event, Consumer<? super ChatEvent> consumer) {
    if (isDone()) {
      return;
    }
    accumulator.add(event);
    try {
      consumer.accept(event);
    } catch (RuntimeException | Error thrown) {
      completeExceptionally(thrown);
      call.cancel();
      return;
    }
    call.request(1);
  }
}
