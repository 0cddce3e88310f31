package io.github.cruxrpc.crux.conformance;

import io.github.cruxrpc.crux.ChatAccumulator;
import io.github.cruxrpc.crux.ChatStream;
import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.Messages;
import io.github.cruxrpc.crux.Parts;
import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.Part;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;

/** The calls that chat. */
final class Chats {
  private final CruxClient client;
  private final Seen seen;
  private final Cancel cancel;

  Chats(CruxClient client, Seen seen, Cancel cancel) {
    this.client = client;
    this.seen = seen;
    this.cancel = cancel;
  }

  void stream(ChatRequest request, String style) throws Exception {
    switch (style) {
      case "iterator" -> iterate(request);
      case "future" -> future(request);
      case "publisher" -> publisher(request);
      default -> throw new IllegalArgumentException("no such style: " + style);
    }
  }

  void chat(ChatRequest request, String style) throws Exception {
    if (style.equals("future")) {
      CompletableFuture<ChatResponse> future = client.chatAsync(request);
      cancel.later(() -> future.cancel(true));
      seen.answer(future.get());
      return;
    }
    Thread caller = Thread.currentThread();
    cancel.later(caller::interrupt);
    try {
      seen.answer(client.chat(request));
    } finally {
      Thread.interrupted();
    }
  }

  void text(ChatRequest request) {
    StringBuilder text = new StringBuilder();
    boolean left = false;
    try (ChatStream stream = client.stream(request)) {
      cancel.later(stream::cancel);
      for (String piece : stream.text()) {
        text.append(piece);
        if (cancel.due(seen.piece())) {
          if (cancel.leaves()) {
            left = true;
            break;
          }
          stream.cancel();
        }
      }
    } finally {
      seen.text(text.toString());
    }
    if (left) {
      seen.end("cancelled");
    }
  }

  void image(ChatRequest request, String file, String style) throws IOException {
    Path path = Path.of(file);
    Part image;
    switch (style) {
      case "bytes" -> image = Parts.media(Files.readAllBytes(path));
      case "file" -> image = Parts.media(path);
      case "stream" -> {
        try (InputStream in = Files.newInputStream(path)) {
          image = Parts.media(in, "");
        }
      }
      default -> throw new IllegalArgumentException("no such style: " + style);
    }
    Part[] parts = {Parts.text(Messages.text(request.getMessages(0))), image};
    ChatRequest with =
        request.toBuilder().clearMessages().addMessages(Messages.user(parts)).build();
    seen.answer(client.chat(with));
  }

  private void iterate(ChatRequest request) {
    boolean left = false;
    try (ChatStream stream = client.stream(request)) {
      cancel.later(stream::cancel);
      try {
        for (ChatEvent event : stream) {
          if (cancel.due(seen.event(event))) {
            if (cancel.leaves()) {
              left = true;
              break;
            }
            stream.cancel();
          }
        }
      } finally {
        seen.answer(stream.soFar());
      }
    }
    if (left) {
      seen.end("cancelled");
    }
  }

  private void future(ChatRequest request) throws Exception {
    ChatAccumulator accumulator = new ChatAccumulator();
    CompletableFuture<CompletableFuture<ChatResponse>> itself = new CompletableFuture<>();
    CompletableFuture<ChatResponse> future =
        client.streamAsync(
            request,
            event -> {
              synchronized (accumulator) {
                accumulator.add(event);
                if (cancel.due(seen.event(event))) {
                  itself.join().cancel(true);
                }
              }
            });
    itself.complete(future);
    cancel.later(() -> future.cancel(true));
    try {
      future.get();
    } finally {
      synchronized (accumulator) {
        seen.answer(accumulator.response());
      }
    }
  }

  private void publisher(ChatRequest request) throws Exception {
    ChatAccumulator accumulator = new ChatAccumulator();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    client
        .publisher(request)
        .subscribe(
            new Flow.Subscriber<>() {
              private Flow.Subscription subscription;

              @Override
              public void onSubscribe(Flow.Subscription given) {
                subscription = given;
                cancel.later(this::leave);
                subscription.request(1);
              }

              @Override
              public void onNext(ChatEvent event) {
                synchronized (accumulator) {
                  accumulator.add(event);
                  if (cancel.due(seen.event(event))) {
                    leave();
                  }
                }
                subscription.request(1);
              }

              @Override
              public void onError(Throwable error) {
                ended.completeExceptionally(error);
              }

              @Override
              public void onComplete() {
                ended.complete(null);
              }

              private void leave() {
                subscription.cancel();
                ended.completeExceptionally(new CancellationException());
              }
            });
    try {
      ended.get();
    } finally {
      synchronized (accumulator) {
        seen.answer(accumulator.response());
      }
    }
  }
}
