package io.github.cruxrpc.crux;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tells MIME types of what models take in. The JDK's own guesses differ between systems, and know
 * neither WebP nor most sounds.
 */
final class MediaTypes {
  /** Bytes at the beginning; {@code ?} stands for any one. */
  private record Magic(String bytes, String mimeType) {}

  private static final List<Magic> MAGICS =
      List.of(
          new Magic("\u0089PNG\r\n\u001a\n", "image/png"),
          new Magic("\u00ff\u00d8\u00ff", "image/jpeg"),
          new Magic("GIF8", "image/gif"),
          new Magic("RIFF????WEBP", "image/webp"),
          new Magic("RIFF????WAVE", "audio/wav"),
          new Magic("????ftypheic", "image/heic"),
          new Magic("????ftypavif", "image/avif"),
          new Magic("????ftypM4A", "audio/mp4"),
          new Magic("????ftypqt", "video/quicktime"),
          new Magic("????ftyp", "video/mp4"),
          new Magic("\u001aE\u00df\u00a3", "video/webm"),
          new Magic("OggS", "audio/ogg"),
          new Magic("fLaC", "audio/flac"),
          new Magic("ID3", "audio/mpeg"),
          new Magic("\u00ff\u00fb", "audio/mpeg"),
          new Magic("%PDF-", "application/pdf"));

  private static final Map<String, String> ENDINGS =
      Map.ofEntries(
          Map.entry("png", "image/png"),
          Map.entry("jpg", "image/jpeg"),
          Map.entry("jpeg", "image/jpeg"),
          Map.entry("gif", "image/gif"),
          Map.entry("webp", "image/webp"),
          Map.entry("heic", "image/heic"),
          Map.entry("avif", "image/avif"),
          Map.entry("wav", "audio/wav"),
          Map.entry("mp3", "audio/mpeg"),
          Map.entry("m4a", "audio/mp4"),
          Map.entry("ogg", "audio/ogg"),
          Map.entry("flac", "audio/flac"),
          Map.entry("mp4", "video/mp4"),
          Map.entry("mov", "video/quicktime"),
          Map.entry("webm", "video/webm"),
          Map.entry("pdf", "application/pdf"),
          Map.entry("txt", "text/plain"),
          Map.entry("md", "text/markdown"),
          Map.entry("csv", "text/csv"),
          Map.entry("html", "text/html"),
          Map.entry("json", "application/json"));

  private MediaTypes() {}

  static String of(ByteString data, String name) {
    String start =
        data.substring(0, Math.min(data.size(), 16)).toString(StandardCharsets.ISO_8859_1);
    for (Magic magic : MAGICS) {
      if (matches(start, magic.bytes())) {
        return magic.mimeType();
      }
    }
    String ending = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    @Nullable String byName = ENDINGS.get(ending);
    if (byName == null) {
      throw new IllegalArgumentException(
          "cannot tell the MIME type of "
              + (name.isEmpty() ? "the media" : "'" + name + "'")
              + " from its first bytes or its name: give one");
    }
    return byName;
  }

  private static boolean matches(String start, String magic) {
    if (start.length() < magic.length()) {
      return false;
    }
    for (int at = 0; at < magic.length(); at++) {
      if (magic.charAt(at) != '?' && magic.charAt(at) != start.charAt(at)) {
        return false;
      }
    }
    return true;
  }
}
