package io.github.cruxrpc.crux;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Says how to connect. Without a word on it, addresses of this machine are spoken to in plaintext
 * and all others with TLS.
 */
public final class CruxClientBuilder {
  private static final int MAX_INBOUND_BYTES = 64 << 20;

  private final Target target;
  private boolean tls;
  private boolean plaintext;
  private @Nullable Path ca;
  private @Nullable Path certificate;
  private @Nullable Path privateKey;
  private @Nullable Supplier<String> token;
  private boolean tokenOnPlaintext;
  private CallDefaults defaults = CallDefaults.DEFAULT;
  private Consumer<? super ManagedChannelBuilder<?>> configuration = builder -> {};

  CruxClientBuilder(String address) {
    this.target = Target.parse(address);
  }

  /**
   * Speaks TLS, and trusts the certificates that the Java runtime trusts.
   *
   * @return this
   */
  public CruxClientBuilder tls() {
    tls = true;
    return this;
  }

  /**
   * Speaks TLS, and trusts these certificates alone.
   *
   * @param ca PEM file of one or more certificates
   * @return this
   */
  public CruxClientBuilder tls(Path ca) {
    this.ca = ca;
    return tls();
  }

  /**
   * Speaks TLS, and shows a certificate (mTLS).
   *
   * @param certificate PEM file of the certificate, with those between it and its root
   * @param privateKey PEM file of its key: PKCS #8, not encrypted
   * @return this
   */
  public CruxClientBuilder clientCertificate(Path certificate, Path privateKey) {
    this.certificate = certificate;
    this.privateKey = privateKey;
    return tls();
  }

  /**
   * Speaks plaintext, to other machines too.
   *
   * @return this
   */
  public CruxClientBuilder plaintext() {
    plaintext = true;
    return this;
  }

  /**
   * Sends a bearer token with every call.
   *
   * @param token the token alone, without {@code Bearer}
   * @return this
   * @throws IllegalArgumentException if it is empty or not of visible ASCII characters
   */
  public CruxClientBuilder token(String token) {
    String checked = BearerToken.checked(token);
    return token(() -> checked);
  }

  /**
   * Sends a bearer token with every call, asked for anew at each, for tokens that change.
   *
   * @param token returns the token alone, and at once: the caller's thread waits for it
   * @return this
   */
  public CruxClientBuilder token(Supplier<String> token) {
    this.token = token;
    return this;
  }

  /**
   * Sends the token in plaintext to other machines too, where everybody on the way can read it.
   * Meant for networks that encrypt by themselves.
   *
   * @return this
   */
  public CruxClientBuilder allowTokenOnPlaintext() {
    tokenOnPlaintext = true;
    return this;
  }

  /**
   * Limits {@code Chat} and {@code StreamChat}, from the call to its end. 10 minutes without it.
   *
   * @param deadline above 0
   * @return this
   */
  public CruxClientBuilder chatDeadline(Duration deadline) {
    defaults = defaults.withChatDeadline(deadline);
    return this;
  }

  /**
   * Limits every other call. 30 seconds without it.
   *
   * @param deadline above 0
   * @return this
   */
  public CruxClientBuilder deadline(Duration deadline) {
    defaults = defaults.withDeadline(deadline);
    return this;
  }

  /**
   * Changes the gRPC channel: interceptors, executors, proxies, and what else it has.
   *
   * @param configuration called last, with all settings of this client in place
   * @return this
   */
  public CruxClientBuilder configure(Consumer<? super ManagedChannelBuilder<?>> configuration) {
    this.configuration = configuration;
    return this;
  }

  /**
   * Makes the client. It connects at its first call.
   *
   * @return a client to be closed
   * @throws IllegalArgumentException if a file cannot be read, both TLS and plaintext are asked
   *     for, or a token would be sent in plaintext to another machine
   */
  public CruxClient build() {
    if (tls && plaintext) {
      throw new IllegalArgumentException("TLS and plaintext exclude each other");
    }
    boolean encrypted = tls || !plaintext && !target.loopback();
    if (token != null && !encrypted && !target.loopback() && !tokenOnPlaintext) {
      throw new IllegalArgumentException(
          "the token would be sent to "
              + target.uri()
              + " in plaintext: use tls(), or allowTokenOnPlaintext() where the network encrypts");
    }
    ManagedChannelBuilder<?> builder =
        Grpc.newChannelBuilder(
                target.uri(), encrypted ? tlsCredentials() : InsecureChannelCredentials.create())
            .defaultServiceConfig(ServiceConfig.load())
            .enableRetry()
            // A request is kept for its retries; media make it larger than gRPC would keep.
            .perRpcBufferLimit(MAX_INBOUND_BYTES)
            .retryBufferSize(4L * MAX_INBOUND_BYTES)
            .maxInboundMessageSize(MAX_INBOUND_BYTES)
            .keepAliveTime(60, TimeUnit.SECONDS)
            .keepAliveTimeout(20, TimeUnit.SECONDS)
            .keepAliveWithoutCalls(false)
            .userAgent("crux-java/" + CruxClient.VERSION);
    ConnectTimeout.set(builder);
    configuration.accept(builder);
    return new CruxClient(
        builder.build(), token == null ? null : new BearerToken(token), defaults, target.uri());
  }

  /** Says where, and not with which token. */
  @Override
  public String toString() {
    return "CruxClientBuilder[" + target.uri() + "]";
  }

  private ChannelCredentials tlsCredentials() {
    TlsChannelCredentials.Builder credentials = TlsChannelCredentials.newBuilder();
    try {
      if (ca != null) {
        credentials.trustManager(ca.toFile());
      }
      if (certificate != null && privateKey != null) {
        credentials.keyManager(certificate.toFile(), privateKey.toFile());
      }
      return credentials.build();
    } catch (IOException unreadable) {
      throw new IllegalArgumentException(
          "cannot read a TLS file: " + unreadable.getMessage(), unreadable);
    }
  }
}
