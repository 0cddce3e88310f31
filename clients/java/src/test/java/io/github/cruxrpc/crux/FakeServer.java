package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.ChatServiceGrpc;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** A server over a real socket that says what crux itself would not. */
final class FakeServer extends ChatServiceGrpc.ChatServiceImplBase implements AutoCloseable {
  private final BiConsumer<ChatRequest, ServerCallStreamObserver<ChatEvent>> answer;
  private final Server server;
  private final Queue<ChatResponse> answers = new ConcurrentLinkedQueue<>();
  final Queue<ChatRequest> requests = new ConcurrentLinkedQueue<>();
  final AtomicInteger calls = new AtomicInteger();

  FakeServer(BiConsumer<ChatRequest, ServerCallStreamObserver<ChatEvent>> answer)
      throws IOException {
    this.answer = answer;
    this.server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(this)
            .maxInboundMessageSize(64 << 20)
            .build()
            .start();
  }

  /** Sends these events, then this status. */
  static FakeServer of(List<ChatEvent> events, Status status) throws IOException {
    return new FakeServer(
        (request, observer) -> {
          events.forEach(observer::onNext);
          if (status.isOk()) {
            observer.onCompleted();
          } else {
            observer.onError(status.asRuntimeException());
          }
        });
  }

  /** Answers Chat with these, one after the other. */
  static FakeServer answering(ChatResponse... responses) throws IOException {
    FakeServer fake = of(List.of(), Status.UNIMPLEMENTED);
    fake.answers.addAll(List.of(responses));
    return fake;
  }

  CruxClient client() {
    return CruxClient.connect("localhost:" + server.getPort());
  }

  @Override
  public void streamChat(ChatRequest request, StreamObserver<ChatEvent> observer) {
    calls.incrementAndGet();
    requests.add(request);
    answer.accept(request, (ServerCallStreamObserver<ChatEvent>) observer);
  }

  @Override
  public void chat(ChatRequest request, StreamObserver<ChatResponse> observer) {
    calls.incrementAndGet();
    requests.add(request);
    ChatResponse next = answers.poll();
    if (next == null) {
      observer.onError(Status.INTERNAL.withDescription("no answer left").asRuntimeException());
      return;
    }
    observer.onNext(next);
    observer.onCompleted();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
