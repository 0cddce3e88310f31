package io.github.cruxrpc.crux.conformance;

import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.v1.ChatRequest;

/** The calls that run tools, or want an answer as a type. */
final class Loops {
  private final CruxClient client;
  private final Seen seen;
  private final Cancel cancel;

  Loops(CruxClient client, Seen seen, Cancel cancel) {
    this.client = client;
    this.seen = seen;
    this.cancel = cancel;
  }

  void tools(ChatRequest request) {
    throw new UnsupportedOperationException();
  }

  void structured(ChatRequest request) {
    throw new UnsupportedOperationException();
  }
}
