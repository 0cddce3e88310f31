package io.github.cruxrpc.crux;

import com.google.protobuf.ByteString;
import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.Message;
import io.github.cruxrpc.crux.v1.Part;
import io.github.cruxrpc.crux.v1.Role;
import java.util.Map;
import java.util.TreeMap;

/**
 * Joins the events of a stream to the answer that {@code Chat} would have given.
 *
 * <p>{@link ChatStream} has one already. Events that are not known are passed over. Not
 * thread-safe.
 */
public final class ChatAccumulator {
  private final ChatResponse.Builder response = ChatResponse.newBuilder();
  private final Map<Integer, Slot> slots = new TreeMap<>();

  /** Makes one that has seen nothing. */
  public ChatAccumulator() {}

  /** A part, as far as it has come. */
  private static final class Slot {
    private Part.Builder part = Part.newBuilder();
    private final StringBuilder text = new StringBuilder();
    private ByteString media = ByteString.EMPTY;
    private boolean deltas;
    private boolean finished;

    void append(String delta) {
      deltas = true;
      text.append(delta);
    }

    /** The whole part wins over its deltas, but for media, which it leaves out. */
    void finish(Part whole) {
      part = whole.toBuilder();
      finished = true;
      text.setLength(0);
      text.trimToSize();
    }

    /** What it is now. */
    Part part() {
      Part.Builder built = part.clone();
      if (!finished) {
        appendText(built);
        built.setIncomplete(true);
      }
      if (!media.isEmpty() && lacksData(built)) {
        built.getMediaBuilder().setData(media);
      }
      return built.build();
    }

    private static boolean lacksData(Part.Builder built) {
      return built.hasMedia()
          && !built.getMedia().hasUrl()
          && !built.getMedia().hasFile()
          && built.getMedia().getData().isEmpty();
    }

    private void appendText(Part.Builder built) {
      switch (built.getKindCase()) {
        case TEXT -> built.setText(built.getText() + text);
        case REFUSAL -> built.setRefusal(built.getRefusal() + text);
        case REASONING ->
            built.getReasoningBuilder().setText(built.getReasoning().getText() + text);
        case TOOL_CALL ->
            built
                .getToolCallBuilder()
                .setArgumentsJson(built.getToolCall().getArgumentsJson() + text);
        default -> {}
      }
    }
  }

  /**
   * Takes the next event.
   *
   * @param event an event of the stream, in the order in which they came
   */
  public void add(ChatEvent event) {
    switch (event.getEventCase()) {
      case STARTED -> response.setGenerationId(event.getStarted().getGenerationId());
      case PART_STARTED ->
          slot(event.getPartStarted().getPartIndex()).part =
              event.getPartStarted().getPart().toBuilder();
      case TEXT_DELTA ->
          slot(event.getTextDelta().getPartIndex()).append(event.getTextDelta().getText());
      case REASONING_DELTA ->
          slot(event.getReasoningDelta().getPartIndex())
              .append(event.getReasoningDelta().getText());
      case TOOL_CALL_DELTA ->
          slot(event.getToolCallDelta().getPartIndex())
              .append(event.getToolCallDelta().getArgumentsJson());
      case MEDIA_DELTA -> {
        Slot slot = slot(event.getMediaDelta().getPartIndex());
        slot.media = slot.media.concat(event.getMediaDelta().getData());
      }
      case CITATION_ADDED ->
          slot(event.getCitationAdded().getPartIndex())
              .part
              .addCitations(event.getCitationAdded().getCitation());
      case PART_FINISHED ->
          slot(event.getPartFinished().getPartIndex()).finish(event.getPartFinished().getPart());
      case FINISHED -> response.setOutcome(event.getFinished());
      case RAW_CHUNK -> response.addRawChunks(event.getRawChunk());
      case ATTEMPT_STARTED, FAILED, HEARTBEAT, EVENT_NOT_SET -> {}
    }
  }

  /**
   * Returns the answer, as far as it has come.
   *
   * @return with an outcome once the stream has finished; parts that had not ended are marked as
   *     incomplete
   */
  public ChatResponse response() {
    Message.Builder message = Message.newBuilder().setRole(Role.ROLE_ASSISTANT);
    slots.values().forEach(slot -> message.addContent(slot.part()));
    return response.clone().setText(Messages.text(message.build())).setMessage(message).build();
  }

  /**
   * Returns the text of the answer, as far as it has come.
   *
   * @return the text parts, joined
   */
  public String text() {
    return response().getText();
  }

  /** Tells whether text deltas of the part belong to the answer's text. */
  boolean isText(int partIndex) {
    return slot(partIndex).part.getKindCase() == Part.KindCase.TEXT;
  }

  /** Tells whether deltas of the part have come. */
  boolean hasDeltas(int partIndex) {
    return slot(partIndex).deltas;
  }

  private Slot slot(int partIndex) {
    return slots.computeIfAbsent(partIndex, index -> new Slot());
  }
}
