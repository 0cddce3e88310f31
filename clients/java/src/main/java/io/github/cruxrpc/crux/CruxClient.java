package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.ChatEvent;
import io.github.cruxrpc.crux.v1.ChatRequest;
import io.github.cruxrpc.crux.v1.ChatResponse;
import io.github.cruxrpc.crux.v1.ChatServiceGrpc;
import io.github.cruxrpc.crux.v1.CountTokensRequest;
import io.github.cruxrpc.crux.v1.CountTokensResponse;
import io.github.cruxrpc.crux.v1.GetServerInfoRequest;
import io.github.cruxrpc.crux.v1.GetServerInfoResponse;
import io.github.cruxrpc.crux.v1.ServerServiceGrpc;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to crux. Thread-safe, and made once: it holds one HTTP/2 connection to each server
 * that its address stands for, and takes them in turn.
 *
 * <p>Calls that wait throw {@link CruxException} when they fail, {@link DeadlineException} when the
 * caller's deadline passes, and {@link java.util.concurrent.CancellationException} when their
 * thread is interrupted, which cancels the call. Futures fail with the same exceptions, and
 * cancelling one cancels its call. gRPC itself retries what was not run, by the policy that the
 * contract comes with.
 */
public final class CruxClient implements AutoCloseable {
  static final String VERSION = "0.1.0";

  private final @Nullable ManagedChannel owned;
  private final Channel connection;
  private final CallDefaults defaults;
  private final String name;
  private final Channel channel;

  CruxClient(
      ManagedChannel connection, @Nullable BearerToken token, CallDefaults defaults, String name) {
    this(
        connection,
        token == null ? connection : ClientInterceptors.intercept(connection, token),
        defaults,
        name);
  }

  private CruxClient(
      @Nullable ManagedChannel owned, Channel connection, CallDefaults defaults, String name) {
    this.owned = owned;
    this.connection = connection;
    this.defaults = defaults;
    this.name = name;
    this.channel = ClientInterceptors.intercept(connection, defaults);
  }

  /**
   * Connects at the first call: in plaintext to this machine, with TLS to any other.
   *
   * @param address {@code host:port}; all addresses of the host are used in turn
   * @return a client to be closed
   */
  public static CruxClient connect(String address) {
    return builder(address).build();
  }

  /**
   * Begins a client with a token, certificates or other deadlines.
   *
   * @param address {@code host:port}, or a target that gRPC knows, such as {@code unix:///path}
   * @return a builder
   */
  public static CruxClientBuilder builder(String address) {
    return new CruxClientBuilder(address);
  }

  /**
   * Makes a client of a channel that the caller has, and closes; retries, keepalive, message sizes
   * and credentials are the channel's.
   *
   * @param channel any channel
   * @return a client
   */
  public static CruxClient of(Channel channel) {
    return new CruxClient(null, channel, CallDefaults.DEFAULT, channel.authority());
  }

  /**
   * Returns this client with another deadline for every call, chats too. It shares the connection,
   * and closing it does nothing.
   *
   * @param deadline from the call to its end; above 0
   * @return a client
   */
  public CruxClient withDeadline(Duration deadline) {
    return with(defaults.withChatDeadline(deadline).withDeadline(deadline));
  }

  /**
   * Returns this client with one more header in every call, such as {@code x-request-id}, {@code
   * traceparent}, or {@code crux-tenant} to act for a tenant. It shares the connection, and closing
   * it does nothing.
   *
   * @param name the header's name, in lower case
   * @param value ASCII text; replaces an earlier value
   * @return a client
   */
  public CruxClient withHeader(String name, String value) {
    return with(defaults.withHeader(name, value));
  }

  /**
   * Chats, and waits for the whole answer.
   *
   * @param request the request
   * @return the answer
   */
  public ChatResponse chat(ChatRequest request) {
    return Calls.call(channel, ChatServiceGrpc.getChatMethod(), request);
  }

  /**
   * Chats.
   *
   * @param request the request
   * @return the whole answer, later
   */
  public CompletableFuture<ChatResponse> chatAsync(ChatRequest request) {
    return Calls.start(channel, ChatServiceGrpc.getChatMethod(), request);
  }

  /**
   * Streams a chat to a reader that waits for each event.
   *
   * @param request the request
   * @return the stream, begun; to be closed
   */
  public ChatStream stream(ChatRequest request) {
    return ChatStream.start(channel, request);
  }

  /**
   * Streams a chat to a consumer. The next event is sent when the consumer is done with the last;
   * an exception of it cancels the call and fails the future.
   *
   * @param request the request
   * @param consumer gets every event, in order, on threads of the channel
   * @return the whole answer, later
   */
  public CompletableFuture<ChatResponse> streamAsync(
      ChatRequest request, Consumer<? super ChatEvent> consumer) {
    return ChatFuture.start(channel, request, consumer);
  }

  /**
   * Streams a chat to subscribers. Each of them makes a call of its own, gets as many events as it
   * has requested, and cancels the call with its subscription.
   *
   * @param request the request
   * @return a publisher that does nothing until it is subscribed to
   */
  public Flow.Publisher<ChatEvent> publisher(ChatRequest request) {
    return new ChatPublisher(channel, request);
  }

  /**
   * Chats, and waits for an answer that is a value: asks for JSON that follows the type's schema.
   *
   * @param request the request; its response format is replaced
   * @param type a record, say; see {@link Schemas}
   * @param <T> the same
   * @return the value, and the answer that it was read from
   * @throws OutputException if the answer was cut or refused, or is not JSON of that type
   */
  public <T> Structured<T> structured(ChatRequest request, Class<T> type) {
    ChatRequest typed = request.toBuilder().setResponseFormat(Schemas.responseFormat(type)).build();
    return Structured.parse(chat(typed), type);
  }

  /**
   * Begins a loop that runs the tools that the model calls.
   *
   * @param toolbox the tools
   * @return a loop to be run, or streamed
   */
  public ToolLoop tools(Toolbox toolbox) {
    return ToolLoop.of(this, toolbox);
  }

  /**
   * Counts the input tokens of a request without running it.
   *
   * @param request the request; its model, messages, tools and response format count
   * @return the count, and where it comes from
   */
  public CountTokensResponse countTokens(ChatRequest request) {
    return Calls.call(
        channel,
        ChatServiceGrpc.getCountTokensMethod(),
        CountTokensRequest.newBuilder().setRequest(request).build());
  }

  /**
   * Returns the server's version and limits, and who it takes the caller for.
   *
   * @return both
   */
  public GetServerInfoResponse serverInfo() {
    return Calls.call(
        channel,
        ServerServiceGrpc.getGetServerInfoMethod(),
        GetServerInfoRequest.getDefaultInstance());
  }

  /**
   * Returns the calls on models and providers.
   *
   * @return on this client's connection
   */
  public ModelsClient models() {
    return new ModelsClient(channel);
  }

  /**
   * Returns the calls on the providers' API keys.
   *
   * @return on this client's connection
   */
  public KeysClient keys() {
    return new KeysClient(channel);
  }

  /**
   * Returns the calls on tenants, tokens and the audit records.
   *
   * @return on this client's connection
   */
  public AdminClient admin() {
    return new AdminClient(channel);
  }

  /**
   * Returns the calls on preferences of the application's users.
   *
   * @return on this client's connection
   */
  public PreferencesClient preferences() {
    return new PreferencesClient(channel);
  }

  /**
   * Returns the channel, for generated stubs: {@code KeyVaultServiceGrpc.newFutureStub(channel)}.
   * Token, headers and deadlines are this client's; {@link CruxException#from} types the errors.
   *
   * @return the channel
   */
  public Channel channel() {
    return channel;
  }

  /** Ends the calls that run and closes the connection, if this client made it. */
  @Override
  public void close() {
    if (owned == null) {
      return;
    }
    owned.shutdownNow();
    try {
      owned.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says where it connects to, and not with which token. */
  @Override
  public String toString() {
    return "CruxClient[" + name + "]";
  }

  private CruxClient with(CallDefaults changed) {
    return new CruxClient(null, connection, changed, name);
  }
}
