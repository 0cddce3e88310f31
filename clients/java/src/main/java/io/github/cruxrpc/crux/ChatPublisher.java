package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.grpc.Channel;
import java.util.Objects;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Makes a call for each subscriber, and asks the server for what its subscriber asks for. */
final class ChatPublisher implements Flow.Publisher<ChatEvent> {
  private final Channel channel;
  private final ChatRequest request;

  ChatPublisher(Channel channel, ChatRequest request) {
    this.channel = channel;
    this.request = request;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super ChatEvent> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    ChatSubscription subscription = new ChatSubscription(channel, subscriber);
    subscriber.onSubscribe(subscription);
    subscription.start(request);
  }

  private static final class ChatSubscription implements Flow.Subscription, EventCall.Receiver {
    private final EventCall call;
    private final Flow.Subscriber<? super ChatEvent> subscriber;

    /** Events that are asked for and have not been delivered; the call is asked one by one. */
    private long wanted;

    private boolean started;
    private boolean cancelled;
    private @Nullable IllegalArgumentException misuse;

    ChatSubscription(Channel channel, Flow.Subscriber<? super ChatEvent> subscriber) {
      this.call = EventCall.of(channel, this);
      this.subscriber = subscriber;
    }

    /** What was asked for in onSubscribe is done now. */
    void start(ChatRequest request) {
      @Nullable IllegalArgumentException refused;
      synchronized (this) {
        refused = misuse;
        if (refused == null && !cancelled) {
          call.start(request);
          started = true;
          if (wanted > 0) {
            call.request(1);
          }
        }
      }
      if (refused != null) {
        subscriber.onError(refused);
      }
    }

    @Override
    public synchronized void request(long count) {
      if (cancelled || misuse != null) {
        return;
      }
      if (count <= 0) {
        misuse = new IllegalArgumentException("asked for " + count + " events: 1 is the least");
        if (started) {
          call.cancel();
        }
        return;
      }
      boolean idle = wanted == 0;
      wanted = wanted + count < 0 ? Long.MAX_VALUE : wanted + count;
      if (idle && started) {
        call.request(1);
      }
    }

    @Override
    public synchronized void cancel() {
      cancelled = true;
      if (started) {
        call.cancel();
      }
    }

    @Override
    public void event(ChatEvent event) {
      if (silent()) {
        return;
      }
      subscriber.onNext(event);
      synchronized (this) {
        wanted--;
        if (wanted > 0) {
          call.request(1);
        }
      }
    }

    @Override
    public void end(@Nullable RuntimeException error) {
      @Nullable IllegalArgumentException refused;
      synchronized (this) {
        if (cancelled) {
          return;
        }
        cancelled = true;
        refused = misuse;
      }
      if (refused != null) {
        subscriber.onError(refused);
      } else if (error != null) {
        subscriber.onError(error);
      } else {
        subscriber.onComplete();
      }
    }

    private synchronized boolean silent() {
      return cancelled || misuse != null;
    }
  }
}
