package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.CreateKeyRequest;
import io.github.cruxrpc.crux.v1.DeleteKeyRequest;
import io.github.cruxrpc.crux.v1.GetKeyRequest;
import io.github.cruxrpc.crux.v1.Key;
import io.github.cruxrpc.crux.v1.KeyVaultServiceGrpc;
import io.github.cruxrpc.crux.v1.ListKeysRequest;
import io.github.cruxrpc.crux.v1.ListKeysResponse;
import io.github.cruxrpc.crux.v1.RewrapKeysRequest;
import io.github.cruxrpc.crux.v1.RewrapKeysResponse;
import io.github.cruxrpc.crux.v1.RotateKeyRequest;
import io.github.cruxrpc.crux.v1.SetKeyStateRequest;
import io.github.cruxrpc.crux.v1.UpdateKeyRequest;
import io.github.cruxrpc.crux.v1.VerifyKeyRequest;
import io.github.cruxrpc.crux.v1.VerifyKeyResponse;
import io.grpc.Channel;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/** The key vault: the providers' API keys. Keys go in and are used; no call gives one back. */
public final class KeysClient {
  private static final Set<String> CHANGEABLE =
      Set.of("display_name", "priority", "labels", "expire_time");

  private final Channel channel;

  KeysClient(Channel channel) {
    this.channel = channel;
  }

  /**
   * Stores a key.
   *
   * @param provider provider id
   * @param secret the API key itself; visible ASCII characters
   * @return what is known about it
   */
  public Key create(String provider, String secret) {
    return create(
        CreateKeyRequest.newBuilder()
            .setKey(Key.newBuilder().setProvider(provider))
            .setSecret(secret)
            .build());
  }

  /**
   * Stores a key with an id, a tenant, a priority, or after it was verified.
   *
   * @param request what to store; it prints its secret, so do not log it
   * @return what is known about it
   */
  public Key create(CreateKeyRequest request) {
    return Calls.call(channel, KeyVaultServiceGrpc.getCreateKeyMethod(), request).getKey();
  }

  /**
   * Returns what is known about a key.
   *
   * @param keyId its id
   * @return never the key itself
   */
  public Key get(String keyId) {
    return Calls.call(
            channel,
            KeyVaultServiceGrpc.getGetKeyMethod(),
            GetKeyRequest.newBuilder().setKeyId(keyId).build())
        .getKey();
  }

  /**
   * Lists keys, ordered by provider, then priority.
   *
   * @return all of them
   */
  public Pages<Key> list() {
    return list(ListKeysRequest.getDefaultInstance());
  }

  /**
   * Lists keys that match.
   *
   * @param request filters, and the size of the pages that are fetched
   * @return all of them, from the request's page token on
   */
  public Pages<Key> list(ListKeysRequest request) {
    return new Pages<>(
        token -> {
          ListKeysResponse response =
              Calls.call(
                  channel,
                  KeyVaultServiceGrpc.getListKeysMethod(),
                  token.isEmpty() ? request : request.toBuilder().setPageToken(token).build());
          return new Pages.Page<>(response.getKeysList(), response.getNextPageToken());
        });
  }

  /**
   * Changes everything about a key but the secret.
   *
   * @param changes the id and the new values; with an etag, only that version is changed
   * @param fields what to change, such as {@code priority}; one that is named and not set is
   *     cleared. None: every field that is set in {@code changes}
   * @return the key as it is now
   */
  public Key update(Key changes, String... fields) {
    return Calls.call(
            channel,
            KeyVaultServiceGrpc.getUpdateKeyMethod(),
            UpdateKeyRequest.newBuilder()
                .setKey(changes)
                .setUpdateMask(Masks.of(changes, List.of(fields), CHANGEABLE))
                .build())
        .getKey();
  }

  /**
   * Replaces the secret, from the next request on; requests that run go on with the old one.
   *
   * @param keyId its id
   * @param secret the new API key
   * @return the key as it is now
   */
  public Key rotate(String keyId, String secret) {
    return rotate(RotateKeyRequest.newBuilder().setKeyId(keyId).setSecret(secret).build());
  }

  /**
   * Replaces the secret, with a grace period or after it was verified.
   *
   * @param request what to do; it prints its secret, so do not log it
   * @return the key as it is now
   */
  public Key rotate(RotateKeyRequest request) {
    return Calls.call(channel, KeyVaultServiceGrpc.getRotateKeyMethod(), request).getKey();
  }

  /**
   * Resumes the use of a key, from the next request on.
   *
   * @param keyId its id
   * @return the key as it is now
   */
  public Key enable(String keyId) {
    return setState(keyId, Key.State.STATE_ACTIVE);
  }

  /**
   * Stops the use of a key, from the next request on; requests that run go on with it.
   *
   * @param keyId its id
   * @return the key as it is now
   */
  public Key disable(String keyId) {
    return setState(keyId, Key.State.STATE_DISABLED);
  }

  /**
   * Asks the provider whether it takes the key, at no cost.
   *
   * @param keyId its id
   * @return whether it does, and why not
   */
  public VerifyKeyResponse verify(String keyId) {
    return Calls.call(
        channel,
        KeyVaultServiceGrpc.getVerifyKeyMethod(),
        VerifyKeyRequest.newBuilder().setKeyId(keyId).build());
  }

  /**
   * Destroys a key for good; requests that run go on with it.
   *
   * @param keyId its id
   */
  public void delete(String keyId) {
    delete(DeleteKeyRequest.newBuilder().setKeyId(keyId).build());
  }

  /**
   * Destroys a key for good, of a known version, or also if there is none.
   *
   * @param request which
   */
  public void delete(DeleteKeyRequest request) {
    Calls.call(channel, KeyVaultServiceGrpc.getDeleteKeyMethod(), request);
  }

  /**
   * Wraps every key's own encryption key under the server's current one. Admins only. What is
   * wrapped stays so if the call ends early; call again to go on.
   *
   * @param progress is told how far it is, in the caller's thread; leaving it by an exception ends
   *     the call
   * @return how it ended
   */
  public RewrapKeysResponse rewrap(Consumer<? super RewrapKeysResponse> progress) {
    return Calls.last(
        channel,
        KeyVaultServiceGrpc.getRewrapKeysMethod(),
        RewrapKeysRequest.getDefaultInstance(),
        progress);
  }

  private Key setState(String keyId, Key.State state) {
    return Calls.call(
            channel,
            KeyVaultServiceGrpc.getSetKeyStateMethod(),
            SetKeyStateRequest.newBuilder().setKeyId(keyId).setState(state).build())
        .getKey();
  }
}
