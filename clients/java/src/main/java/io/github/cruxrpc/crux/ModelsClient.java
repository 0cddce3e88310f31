package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.GetModelRequest;
import io.github.cruxrpc.crux.v1.ListModelsRequest;
import io.github.cruxrpc.crux.v1.ListModelsResponse;
import io.github.cruxrpc.crux.v1.ListProvidersRequest;
import io.github.cruxrpc.crux.v1.ListProvidersResponse;
import io.github.cruxrpc.crux.v1.Model;
import io.github.cruxrpc.crux.v1.ModelRegistryServiceGrpc;
import io.github.cruxrpc.crux.v1.Provider;
import io.github.cruxrpc.crux.v1.ProviderRefresh;
import io.github.cruxrpc.crux.v1.RefreshModelsRequest;
import io.github.cruxrpc.crux.v1.UpdateModelRequest;
import io.grpc.Channel;
import java.util.List;
import java.util.Set;

/** The model registry: which models there are, what they can do and what they cost. */
public final class ModelsClient {
  private static final Set<String> CHANGEABLE =
      Set.of(
          "display_name",
          "description",
          "aliases",
          "state",
          "context_window_tokens",
          "max_output_tokens",
          "capabilities",
          "pricing");

  private final Channel channel;

  ModelsClient(Channel channel) {
    this.channel = channel;
  }

  /**
   * Lists the models that the caller may use, ordered by id.
   *
   * @return all of them
   */
  public Pages<Model> list() {
    return list(ListModelsRequest.getDefaultInstance());
  }

  /**
   * Lists models that match.
   *
   * @param request filters, and the size of the pages that are fetched
   * @return all of them, from the request's page token on
   */
  public Pages<Model> list(ListModelsRequest request) {
    return new Pages<>(
        token -> {
          ListModelsResponse response =
              Calls.call(
                  channel,
                  ModelRegistryServiceGrpc.getListModelsMethod(),
                  token.isEmpty() ? request : request.toBuilder().setPageToken(token).build());
          return new Pages.Page<>(response.getModelsList(), response.getNextPageToken());
        });
  }

  /**
   * Returns one model.
   *
   * @param model its id or an alias
   * @return the model
   */
  public Model get(String model) {
    return Calls.call(
            channel,
            ModelRegistryServiceGrpc.getGetModelMethod(),
            GetModelRequest.newBuilder().setModel(model).build())
        .getModel();
  }

  /**
   * Changes what the server says and does about a model. Admins only.
   *
   * @param changes the id and the new values; with an etag, only that version is changed
   * @param fields what to change, such as {@code pricing}; a field that is named and not set goes
   *     back to what the provider says. None: every field that is set in {@code changes}
   * @return the model as it is now
   */
  public Model update(Model changes, String... fields) {
    return Calls.call(
            channel,
            ModelRegistryServiceGrpc.getUpdateModelMethod(),
            UpdateModelRequest.newBuilder()
                .setModel(changes)
                .setUpdateMask(Masks.of(changes, List.of(fields), CHANGEABLE))
                .build())
        .getModel();
  }

  /**
   * Asks providers for their models now. Admins only.
   *
   * @param providers their ids; none: all that have a key
   * @return how it went with each, failures too
   */
  public List<ProviderRefresh> refresh(String... providers) {
    return Calls.call(
            channel,
            ModelRegistryServiceGrpc.getRefreshModelsMethod(),
            RefreshModelsRequest.newBuilder().addAllProviders(List.of(providers)).build())
        .getRefreshesList();
  }

  /**
   * Lists the configured providers and how they do, ordered by id.
   *
   * @return all of them
   */
  public Pages<Provider> providers() {
    return new Pages<>(
        token -> {
          ListProvidersResponse response =
              Calls.call(
                  channel,
                  ModelRegistryServiceGrpc.getListProvidersMethod(),
                  ListProvidersRequest.newBuilder().setPageToken(token).build());
          return new Pages.Page<>(response.getProvidersList(), response.getNextPageToken());
        });
  }
}
