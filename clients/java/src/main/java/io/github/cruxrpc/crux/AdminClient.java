package io.github.cruxrpc.crux;

import io.github.cruxrpc.crux.v1.AdminServiceGrpc;
import io.github.cruxrpc.crux.v1.ApiToken;
import io.github.cruxrpc.crux.v1.AuditRecord;
import io.github.cruxrpc.crux.v1.CreateApiTokenRequest;
import io.github.cruxrpc.crux.v1.CreateApiTokenResponse;
import io.github.cruxrpc.crux.v1.CreateTenantRequest;
import io.github.cruxrpc.crux.v1.DeleteTenantRequest;
import io.github.cruxrpc.crux.v1.GetTenantRequest;
import io.github.cruxrpc.crux.v1.ListApiTokensRequest;
import io.github.cruxrpc.crux.v1.ListApiTokensResponse;
import io.github.cruxrpc.crux.v1.ListAuditRecordsRequest;
import io.github.cruxrpc.crux.v1.ListAuditRecordsResponse;
import io.github.cruxrpc.crux.v1.ListTenantsRequest;
import io.github.cruxrpc.crux.v1.ListTenantsResponse;
import io.github.cruxrpc.crux.v1.RevokeApiTokenRequest;
import io.github.cruxrpc.crux.v1.Tenant;
import io.github.cruxrpc.crux.v1.UpdateTenantRequest;
import io.grpc.Channel;
import java.util.List;
import java.util.Set;

/** Administration: tenants, the tokens callers present, and the record of who did what. */
public final class AdminClient {
  private static final Set<String> CHANGEABLE = Set.of("display_name", "state", "policy", "labels");

  private final Channel channel;

  AdminClient(Channel channel) {
    this.channel = channel;
  }

  /**
   * Creates a tenant.
   *
   * @param tenantId 1 to 64 characters of {@code [a-z0-9-]}
   * @param tenant its display name, policy and labels
   * @return the tenant
   */
  public Tenant createTenant(String tenantId, Tenant tenant) {
    return Calls.call(
            channel,
            AdminServiceGrpc.getCreateTenantMethod(),
            CreateTenantRequest.newBuilder().setTenantId(tenantId).setTenant(tenant).build())
        .getTenant();
  }

  /**
   * Returns a tenant.
   *
   * @param tenantId its id; empty: the caller's own
   * @return the tenant
   */
  public Tenant getTenant(String tenantId) {
    return Calls.call(
            channel,
            AdminServiceGrpc.getGetTenantMethod(),
            GetTenantRequest.newBuilder().setTenantId(tenantId).build())
        .getTenant();
  }

  /**
   * Lists tenants, ordered by id.
   *
   * @return all of them
   */
  public Pages<Tenant> listTenants() {
    return new Pages<>(
        token -> {
          ListTenantsResponse response =
              Calls.call(
                  channel,
                  AdminServiceGrpc.getListTenantsMethod(),
                  ListTenantsRequest.newBuilder().setPageToken(token).build());
          return new Pages.Page<>(response.getTenantsList(), response.getNextPageToken());
        });
  }

  /**
   * Changes a tenant, for calls that start after this one has returned.
   *
   * @param changes the id and the new values; with an etag, only that version is changed
   * @param fields what to change, such as {@code policy.denied_models}; one that is named and not
   *     set is cleared. None: every field that is set in {@code changes}
   * @return the tenant as it is now
   */
  public Tenant updateTenant(Tenant changes, String... fields) {
    return Calls.call(
            channel,
            AdminServiceGrpc.getUpdateTenantMethod(),
            UpdateTenantRequest.newBuilder()
                .setTenant(changes)
                .setUpdateMask(Masks.of(changes, List.of(fields), CHANGEABLE))
                .build())
        .getTenant();
  }

  /**
   * Deletes a tenant with its tokens, keys, logs and preferences.
   *
   * @param tenantId its id
   */
  public void deleteTenant(String tenantId) {
    Calls.call(
        channel,
        AdminServiceGrpc.getDeleteTenantMethod(),
        DeleteTenantRequest.newBuilder().setTenantId(tenantId).build());
  }

  /**
   * Creates a token.
   *
   * @param token its scopes, and its tenant, display name and expiry
   * @return the token with its secret, this once; it prints it, so do not log it
   */
  public CreateApiTokenResponse createApiToken(ApiToken token) {
    return Calls.call(
        channel,
        AdminServiceGrpc.getCreateApiTokenMethod(),
        CreateApiTokenRequest.newBuilder().setApiToken(token).build());
  }

  /**
   * Lists tokens, ordered by id.
   *
   * @param request the tenant, whether inactive ones too, and the size of the pages
   * @return all of them, from the request's page token on
   */
  public Pages<ApiToken> listApiTokens(ListApiTokensRequest request) {
    return new Pages<>(
        token -> {
          ListApiTokensResponse response =
              Calls.call(
                  channel,
                  AdminServiceGrpc.getListApiTokensMethod(),
                  token.isEmpty() ? request : request.toBuilder().setPageToken(token).build());
          return new Pages.Page<>(response.getApiTokensList(), response.getNextPageToken());
        });
  }

  /**
   * Ends a token at once; calls that run go on.
   *
   * @param apiTokenId its id, not the token itself
   * @return the token as it is now
   */
  public ApiToken revokeApiToken(String apiTokenId) {
    return Calls.call(
            channel,
            AdminServiceGrpc.getRevokeApiTokenMethod(),
            RevokeApiTokenRequest.newBuilder().setApiTokenId(apiTokenId).build())
        .getApiToken();
  }

  /**
   * Lists the operations on tenants, tokens and keys, latest first.
   *
   * @param tenantId of this tenant's callers; empty: of all
   * @return all of them
   */
  public Pages<AuditRecord> listAuditRecords(String tenantId) {
    return new Pages<>(
        token -> {
          ListAuditRecordsResponse response =
              Calls.call(
                  channel,
                  AdminServiceGrpc.getListAuditRecordsMethod(),
                  ListAuditRecordsRequest.newBuilder()
                      .setTenantId(tenantId)
                      .setPageToken(token)
                      .build());
          return new Pages.Page<>(response.getAuditRecordsList(), response.getNextPageToken());
        });
  }
}
