package io.github.cruxrpc.crux;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the server is.
 *
 * @param uri as gRPC takes it: {@code dns:///host:port}, or what the caller gave with a scheme
 * @param loopback whether it is this machine
 */
record Target(String uri, boolean loopback) {
  private static final Pattern HOST_PORT =
      Pattern.compile("(?:dns:///)?(\\[[0-9A-Fa-f:.]+]|[^/:\\[\\]\\s]+):([0-9]{1,5})");
  private static final Pattern OTHER_SCHEME = Pattern.compile("[a-z][a-z0-9+.-]*:.+");

  static Target parse(String address) {
    Matcher matcher = HOST_PORT.matcher(address);
    if (matcher.matches()) {
      String host = matcher.group(1).toLowerCase(Locale.ROOT);
      return new Target("dns:///" + host + ":" + matcher.group(2), isLoopback(host));
    }
    if (address.startsWith("http://") || address.startsWith("https://")) {
      throw new IllegalArgumentException(
          "an address is host:port, without http: '" + address + "'");
    }
    if (!OTHER_SCHEME.matcher(address).matches()) {
      throw new IllegalArgumentException(
          "an address is host:port, such as localhost:50051, not '" + address + "'");
    }
    return new Target(address, address.startsWith("unix:"));
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.equals("[::1]")
        || host.matches("127\\.[0-9]{1,3}\\.[0-9]{1,3}\\.[0-9]{1,3}");
  }
}
