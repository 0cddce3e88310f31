package io.github.cruxrpc.crux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.Media;
import io.github.cruxrpc.crux.v1.Part;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ChatAccumulatorTest {
  private static final String TEXT = "grüße, 世界 and 🦀 to all";
  private static final ByteString MEDIA =
      ByteString.copyFrom("bytes of an image that came in pieces", StandardCharsets.UTF_8);

  @Test
  void anyPartitionOfDeltasAccumulatesToTheSameAnswer() {
    ChatResponse whole = accumulate(partitioned(new Random(0), true));

    for (int seed = 1; seed <= 200; seed++) {
      assertEquals(whole, accumulate(partitioned(new Random(seed), true)), "seed " + seed);
    }
    assertEquals(TEXT, whole.getText());
    assertEquals(MEDIA, whole.getMessage().getContent(1).getMedia().getData());
  }

  @Test
  void whatWasCutIsTheDeltasThatCame() {
    for (int seed = 1; seed <= 200; seed++) {
      ChatResponse cut = accumulate(partitioned(new Random(seed), false));

      assertEquals(TEXT, cut.getText());
      assertEquals(MEDIA, cut.getMessage().getContent(1).getMedia().getData());
      assertTrue(cut.getMessage().getContent(0).getIncomplete());
      assertFalse(cut.hasOutcome());
    }
  }

  @Test
  void finishedPartWinsOverItsDeltas() {
    ChatResponse response =
        accumulate(
            List.of(
                Events.partStarted(0, Parts.text("")),
                Events.text(0, "what was said"),
                Events.partFinished(0, Parts.text("what was meant"))));

    assertEquals("what was meant", response.getText());
  }

  @Test
  void partOfANewerServerGoesBackAsItCame() throws Exception {
    UnknownFieldSet.Field kind =
        UnknownFieldSet.Field.newBuilder()
            .addLengthDelimited(ByteString.copyFromUtf8("new"))
            .build();
    Part unknown =
        Part.newBuilder()
            .setUnknownFields(UnknownFieldSet.newBuilder().addField(99, kind).build())
            .build();

    ChatResponse response =
        accumulate(List.of(Events.partStarted(0, unknown), Events.partFinished(0, unknown)));

    assertEquals(unknown.toByteString(), response.getMessage().getContent(0).toByteString());
  }

  @Test
  void eventOfANewerServerIsPassedOver() throws Exception {
    ChatEvent unknown = ChatEvent.parseFrom(new byte[] {(byte) 0x9a, 0x06, 0x01, 'x'});

    ChatResponse response =
        accumulate(List.of(unknown, Events.partFinished(0, Parts.text("all the same")), unknown));

    assertEquals("all the same", response.getText());
  }

  @Test
  void mediaByUrlIsLeftAlone() {
    Part byUrl = Parts.mediaUrl("https://example.com/a.png");

    ChatResponse response = accumulate(List.of(Events.partFinished(0, byUrl)));

    assertEquals(byUrl, response.getMessage().getContent(0));
  }

  private static List<ChatEvent> partitioned(Random random, boolean ends) {
    List<ChatEvent> texts = new ArrayList<>();
    int[] characters = TEXT.codePoints().toArray();
    for (int at = 0; at < characters.length; ) {
      int length = Math.min(1 + random.nextInt(6), characters.length - at);
      texts.add(Events.text(0, new String(characters, at, length)));
      at += length;
    }
    List<ChatEvent> media = new ArrayList<>();
    for (int at = 0; at < MEDIA.size(); ) {
      int length = Math.min(1 + random.nextInt(6), MEDIA.size() - at);
      media.add(Events.media(1, MEDIA.substring(at, at + length)));
      at += length;
    }

    List<ChatEvent> events = new ArrayList<>();
    Part image =
        Part.newBuilder()
            .setMedia(Media.newBuilder().setMimeType("image/png").setSizeBytes(MEDIA.size()))
            .build();
    events.add(Events.started());
    events.add(Events.partStarted(0, Parts.text("")));
    events.add(Events.partStarted(1, image));
    while (!texts.isEmpty() || !media.isEmpty()) {
      List<ChatEvent> next =
          media.isEmpty() || !texts.isEmpty() && random.nextBoolean() ? texts : media;
      events.add(next.remove(0));
    }
    if (ends) {
      events.add(Events.partFinished(1, image));
      events.add(Events.partFinished(0, Parts.text(TEXT)));
      events.add(Events.finished());
    }
    return events;
  }

  private static ChatResponse accumulate(List<ChatEvent> events) {
    ChatAccumulator accumulator = new ChatAccumulator();
    events.forEach(accumulator::add);
    return accumulator.response();
  }
}
