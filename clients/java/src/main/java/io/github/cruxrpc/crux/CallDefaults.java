package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What every call has unless it says otherwise: a deadline, and headers. */
record CallDefaults(Duration chatDeadline, Duration deadline, Map<String, String> headers)
    implements ClientInterceptor {
  private static final Set<String> CHATS =
      Set.of(
          ChatServiceGrpc.getChatMethod().getFullMethodName(),
          ChatServiceGrpc.getStreamChatMethod().getFullMethodName());

  static final CallDefaults DEFAULT =
      new CallDefaults(Duration.ofMinutes(10), Duration.ofSeconds(30), Map.of());

  CallDefaults withChatDeadline(Duration duration) {
    return new CallDefaults(positive(duration), deadline, headers);
  }

  CallDefaults withDeadline(Duration duration) {
    return new CallDefaults(chatDeadline, positive(duration), headers);
  }

  CallDefaults withHeader(String name, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(key(name).name(), value);
    return new CallDefaults(chatDeadline, deadline, Map.copyOf(more));
  }

  @Override
  public <Q, A> ClientCall<Q, A> interceptCall(
      MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
    CallOptions bounded = options;
    if (options.getDeadline() == null) {
      Duration limit = CHATS.contains(method.getFullMethodName()) ? chatDeadline : deadline;
      bounded = options.withDeadlineAfter(limit.toNanos(), TimeUnit.NANOSECONDS);
    }
    ClientCall<Q, A> call = next.newCall(method, bounded);
    if (headers.isEmpty()) {
      return call;
    }
    return new SimpleForwardingClientCall<>(call) {
      @Override
      public void start(Listener<A> listener, Metadata metadata) {
        headers.forEach((name, value) -> metadata.put(key(name), value));
        super.start(listener, metadata);
      }
    };
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static Duration positive(Duration duration) {
    if (duration.isNegative()
        || duration.isZero()
        || duration.compareTo(Duration.ofDays(365)) > 0) {
      throw new IllegalArgumentException(
          "a deadline is above 0 and at most 365 days, not " + duration);
    }
    return duration;
  }
}
