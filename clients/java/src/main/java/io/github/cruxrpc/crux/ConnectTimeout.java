package io.github.cruxrpc.crux;

import io.grpc.ManagedChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;

/**
 * Bounds the time that an address has to take a connection, so that one that swallows packets fails
 * within seconds. gRPC leaves this to its transports; others than the shaded Netty have their own.
 */
final class ConnectTimeout {
  private static final int MILLIS = 5_000;

  private ConnectTimeout() {}

  static void set(ManagedChannelBuilder<?> builder) {
    if (builder.getClass().getName().startsWith("io.grpc.netty.shaded.")) {
      Netty.set(builder);
    }
  }

  /** Loaded only where that transport is there. */
  private static final class Netty {
    static void set(ManagedChannelBuilder<?> builder) {
      ((NettyChannelBuilder) builder).withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, MILLIS);
    }
  }
}
