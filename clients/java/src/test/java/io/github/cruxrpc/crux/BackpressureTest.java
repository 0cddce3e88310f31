package io.github.cruxrpc.crux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.grpc.stub.ServerCallStreamObserver;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What a reader does not take stays with the server, but for what HTTP/2 itself lets through. */
class BackpressureTest {
  private static final ChatEvent LARGE = Events.text(0, "x".repeat(64 << 10));
  private static final int ALL = 800;
  // gRPC's window is 1 MiB, and grows to 8 MiB where the network is fast.
  private static final int UNREAD_AT_MOST = 200;
  private static final ChatRequest REQUEST = Requests.chat("any/model", "hello");

  private final AtomicInteger sent = new AtomicInteger();

  @Test
  void iteratorTakesWhatItReads() throws Exception {
    try (FakeServer server = flood();
        CruxClient client = server.client();
        ChatStream stream = client.stream(REQUEST)) {
      stream.iterator().next();
      settle();
      assertTrue(sent.get() <= 1 + UNREAD_AT_MOST, "sent " + sent);

      stream.response();
      assertEquals(ALL, sent.get());
    }
  }

  @Test
  void consumerTakesOneAtATime() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (FakeServer server = flood();
        CruxClient client = server.client()) {
      var future =
          client.streamAsync(
              REQUEST,
              event -> {
                try {
                  go.await();
                } catch (InterruptedException interrupted) {
                  Thread.currentThread().interrupt();
                }
              });
      settle();
      assertTrue(sent.get() <= 1 + UNREAD_AT_MOST, "sent " + sent);

      go.countDown();
      future.get(20, TimeUnit.SECONDS);
      assertEquals(ALL, sent.get());
    }
  }

  @Test
  void subscriberGetsWhatItAsksFor() throws Exception {
    Collector collector = new Collector();
    try (FakeServer server = flood();
        CruxClient client = server.client()) {
      client.publisher(REQUEST).subscribe(collector);
      settle();
      assertEquals(0, collector.received.get());

      collector.subscription.get().request(2);
      collector.subscription.get().request(3);
      settle();
      assertEquals(5, collector.received.get());
      assertTrue(sent.get() <= 5 + UNREAD_AT_MOST, "sent " + sent);

      collector.subscription.get().request(Long.MAX_VALUE);
      assertTrue(collector.ended.await(20, TimeUnit.SECONDS));
      assertEquals(ALL + 1, collector.received.get());
    }
  }

  @Test
  void subscriberThatAsksForNothingValidIsTold() throws Exception {
    Collector collector = new Collector();
    try (FakeServer server = flood();
        CruxClient client = server.client()) {
      client.publisher(REQUEST).subscribe(collector);
      collector.subscription.get().request(0);

      assertTrue(collector.ended.await(5, TimeUnit.SECONDS));
      assertInstanceOf(IllegalArgumentException.class, collector.error.get());
    }
  }

  @Test
  void subscriberThatCancelsHearsNothingMore() throws Exception {
    int aborted = Live.count("aborted");
    Collector collector = new Collector();
    try (CruxClient client = Live.client()) {
      client
          .publisher(Requests.chat("openai/gpt-5+fault:gap=20ms,chunks=1000", "hello"))
          .subscribe(collector);
      collector.subscription.get().request(5);
      while (collector.received.get() < 5) {
        Thread.sleep(10);
      }
      collector.subscription.get().cancel();

      assertTrue(Live.reaches("aborted", aborted + 1));
      assertEquals(1, collector.ended.getCount());
      assertEquals(5, collector.received.get());
    }
  }

  @Test
  void publisherCallsForEachSubscriberAndOnlyThen() throws Exception {
    try (FakeServer server = flood();
        CruxClient client = server.client()) {
      Flow.Publisher<ChatEvent> publisher = client.publisher(REQUEST);
      assertEquals(0, server.calls.get());
      for (int subscriber = 0; subscriber < 2; subscriber++) {
        Collector collector = new Collector();
        publisher.subscribe(collector);
        collector.subscription.get().request(Long.MAX_VALUE);
        assertTrue(collector.ended.await(20, TimeUnit.SECONDS));
      }
      assertEquals(2, server.calls.get());
    }
  }

  private FakeServer flood() throws IOException {
    return new FakeServer(
        (request, observer) -> {
          sent.set(0);
          observer.setOnReadyHandler(() -> send(observer));
        });
  }

  private void send(ServerCallStreamObserver<ChatEvent> observer) {
    while (observer.isReady() && sent.get() < ALL) {
      sent.incrementAndGet();
      observer.onNext(LARGE);
      if (sent.get() == ALL) {
        observer.onNext(Events.finished());
        observer.onCompleted();
      }
    }
  }

  /** Lets the server send what it can. */
  private static void settle() throws InterruptedException {
    Thread.sleep(700);
  }

  private static final class Collector implements Flow.Subscriber<ChatEvent> {
    final AtomicReference<Flow.Subscription> subscription = new AtomicReference<>();
    final AtomicInteger received = new AtomicInteger();
    final AtomicReference<Throwable> error = new AtomicReference<>();
    final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public void onSubscribe(Flow.Subscription given) {
      subscription.set(given);
    }

    @Override
    public void onNext(ChatEvent event) {
      received.incrementAndGet();
    }

    @Override
    public void onError(Throwable thrown) {
      error.set(thrown);
      ended.countDown();
    }

    @Override
    public void onComplete() {
      ended.countDown();
    }
  }
}
