package io.github.cruxrpc.crux;

import com.google.protobuf.Value;
import io.github.cruxrpc.crux.v1.DeletePreferencesRequest;
import io.github.cruxrpc.crux.v1.GetPreferencesRequest;
import io.github.cruxrpc.crux.v1.Preferences;
import io.github.cruxrpc.crux.v1.PreferencesServiceGrpc;
import io.github.cruxrpc.crux.v1.UpdatePreferencesRequest;
import io.grpc.Channel;
import java.util.List;
import java.util.Map;

/**
 * Preferences of the application's users. The server keeps them; it does not act on them.
 *
 * <p>A user is what {@code ChatRequest.end_user_id} names; the empty one is the tenant itself.
 */
public final class PreferencesClient {
  private final Channel channel;

  PreferencesClient(Channel channel) {
    this.channel = channel;
  }

  /**
   * Returns a user's preferences.
   *
   * @param endUserId the user
   * @return none are an empty set, not an error
   */
  public Preferences get(String endUserId) {
    return Calls.call(
            channel,
            PreferencesServiceGrpc.getGetPreferencesMethod(),
            GetPreferencesRequest.newBuilder().setEndUserId(endUserId).build())
        .getPreferences();
  }

  /**
   * Adds or replaces single preferences.
   *
   * @param endUserId the user
   * @param values what {@link Values#of} takes, by name; at most 64 KiB together
   * @return all preferences of the user
   */
  public Preferences set(String endUserId, Map<String, ?> values) {
    UpdatePreferencesRequest.Builder request =
        UpdatePreferencesRequest.newBuilder().setEndUserId(endUserId);
    Map<String, Value> converted = Values.struct(values).getFieldsMap();
    return update(request.putAllSet(converted).build());
  }

  /**
   * Removes single preferences, where they are there.
   *
   * @param endUserId the user
   * @param names their names
   * @return what is left
   */
  public Preferences remove(String endUserId, String... names) {
    return update(
        UpdatePreferencesRequest.newBuilder()
            .setEndUserId(endUserId)
            .addAllRemove(List.of(names))
            .build());
  }

  /**
   * Sets and removes single preferences, all or none of them.
   *
   * @param request what to do; with an etag, only of that version
   * @return all preferences of the user
   */
  public Preferences update(UpdatePreferencesRequest request) {
    return Calls.call(channel, PreferencesServiceGrpc.getUpdatePreferencesMethod(), request)
        .getPreferences();
  }

  /**
   * Removes all of a user's preferences.
   *
   * @param endUserId the user
   */
  public void delete(String endUserId) {
    Calls.call(
        channel,
        PreferencesServiceGrpc.getDeletePreferencesMethod(),
        DeletePreferencesRequest.newBuilder().setEndUserId(endUserId).build());
  }
}
