package io.github.cruxrpc.crux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.cruxrpc.crux.v1.Part;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PartsTest {
  static final byte[] PIXEL =
      Base64.getDecoder()
          .decode(
              "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJ"
                  + "RU5ErkJggg==");

  @Test
  void bytesFilesAndStreamsAreTheSame(@TempDir Path directory) throws Exception {
    Path file = Files.write(directory.resolve("pixel.dat"), PIXEL);
    Part bytes = Parts.media(PIXEL);

    assertEquals("image/png", bytes.getMedia().getMimeType());
    assertEquals(named(bytes, "pixel.dat"), Parts.media(file));
    assertEquals(bytes, Parts.media(new ByteArrayInputStream(PIXEL), ""));
  }

  @Test
  void imageIsAnswered() {
    try (CruxClient client = Live.client()) {
      String text =
          client
              .chat(
                  Requests.chat(
                      "openai/gpt-5", Messages.user(Parts.text("what is it"), Parts.media(PIXEL))))
              .getText();
      assertEquals("You said: what is it", text);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GIF89a, '', image/gif",
    "'RIFF1234WEBPVP8 ', '', image/webp",
    "RIFF1234WAVEfmt, '', audio/wav",
    "%PDF-1.7, '', application/pdf",
    "'1234ftypisom', '', video/mp4",
    "ID3, '', audio/mpeg",
    "OggS, '', audio/ogg",
    "GIF89a, wrong.png, image/gif",
    "some words, notes.TXT, text/plain",
    "'', empty.csv, text/csv"
  })
  void typeIsFoundFromBytesThenName(String start, String name, String mimeType) throws Exception {
    byte[] data = start.getBytes(StandardCharsets.ISO_8859_1);

    assertEquals(
        mimeType, Parts.media(new ByteArrayInputStream(data), name).getMedia().getMimeType());
  }

  @Test
  void typeThatCannotBeToldIsAskedFor() {
    byte[] data = {1, 2, 3};

    assertThrows(IllegalArgumentException.class, () -> Parts.media(data));
    assertThrows(
        IllegalArgumentException.class,
        () -> Parts.media(new ByteArrayInputStream(data), "file.unknown"));
    assertEquals("application/x", Parts.media(data, "application/x").getMedia().getMimeType());
  }

  private static Part named(Part part, String name) {
    Part.Builder built = part.toBuilder();
    built.getMediaBuilder().setName(name);
    return built.build();
  }
}
