package io.github.cruxrpc.crux;

import com.google.protobuf.ByteString;
import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.FinishReason;
import io.github.cruxrpc.crux.v1.GenerationStarted;
import io.github.cruxrpc.crux.v1.MediaDelta;
import io.github.cruxrpc.crux.v1.Outcome;
import io.github.cruxrpc.crux.v1.Part;
import io.github.cruxrpc.crux.v1.PartFinished;
import io.github.cruxrpc.crux.v1.PartStarted;
import io.github.cruxrpc.crux.v1.TextDelta;

/** Makes events. */
final class Events {
  private Events() {}

  static ChatEvent started() {
    return ChatEvent.newBuilder()
        .setStarted(GenerationStarted.newBuilder().setGenerationId("generation-1"))
        .build();
  }

  static ChatEvent partStarted(int index, Part part) {
    return ChatEvent.newBuilder()
        .setPartStarted(PartStarted.newBuilder().setPartIndex(index).setPart(part))
        .build();
  }

  static ChatEvent text(int index, String text) {
    return ChatEvent.newBuilder()
        .setTextDelta(TextDelta.newBuilder().setPartIndex(index).setText(text))
        .build();
  }

  static ChatEvent media(int index, ByteString data) {
    return ChatEvent.newBuilder()
        .setMediaDelta(MediaDelta.newBuilder().setPartIndex(index).setData(data))
        .build();
  }

  static ChatEvent partFinished(int index, Part part) {
    return ChatEvent.newBuilder()
        .setPartFinished(PartFinished.newBuilder().setPartIndex(index).setPart(part))
        .build();
  }

  static ChatEvent finished() {
    return ChatEvent.newBuilder()
        .setFinished(Outcome.newBuilder().setFinishReason(FinishReason.FINISH_REASON_STOP))
        .build();
  }
}
