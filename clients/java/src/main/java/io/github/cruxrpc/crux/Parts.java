package io.github.cruxrpc.crux;

import com.google.protobuf.ByteString;
import io.github.cruxrpc.crux.v1.Media;
import io.github.cruxrpc.crux.v1.Part;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes parts of messages: text, and media from bytes, files, streams and URLs.
 *
 * <p>Where no MIME type is given it is found from the first bytes, then from the name; what cannot
 * be told is an {@link IllegalArgumentException}.
 */
public final class Parts {
  private Parts() {}

  /**
   * Makes a text part.
   *
   * @param text the text
   * @return the part
   */
  public static Part text(String text) {
    return Part.newBuilder().setText(text).build();
  }

  /**
   * Makes a media part from bytes.
   *
   * @param data the content of an image, a sound, a video or a document
   * @return the part
   * @throws IllegalArgumentException if its type cannot be told from its first bytes
   */
  public static Part media(byte[] data) {
    return media(ByteString.copyFrom(data), "");
  }

  /**
   * Makes a media part from bytes of a known type.
   *
   * @param data the content
   * @param mimeType IANA media type, such as {@code image/png}
   * @return the part
   */
  public static Part media(byte[] data, String mimeType) {
    Media media =
        Media.newBuilder().setMimeType(mimeType).setData(ByteString.copyFrom(data)).build();
    return Part.newBuilder().setMedia(media).build();
  }

  /**
   * Makes a media part from a file, which is read now, and whole.
   *
   * @param file the file; its name goes with it
   * @return the part
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if its type can be told neither from its first bytes nor from
   *     its name
   */
  public static Part media(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      Path name = file.getFileName();
      return media(in, name == null ? "" : name.toString());
    }
  }

  /**
   * Makes a media part from a stream, which is read now, to its end, and not closed.
   *
   * @param in the content
   * @param name file name, such as {@code chart.png}; empty if there is none
   * @return the part
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if its type can be told neither from its first bytes nor from
   *     its name
   */
  public static Part media(InputStream in, String name) throws IOException {
    return media(ByteString.readFrom(in), name);
  }

  /**
   * Makes a media part that the provider or the server fetches.
   *
   * @param url an https URL that is public
   * @return the part
   */
  public static Part mediaUrl(String url) {
    return Part.newBuilder().setMedia(Media.newBuilder().setUrl(url)).build();
  }

  private static Part media(ByteString data, String name) {
    Media media =
        Media.newBuilder()
            .setMimeType(MediaTypes.of(data, name))
            .setData(data)
            .setName(name)
            .build();
    return Part.newBuilder().setMedia(media).build();
  }
}
