package io.github.cruxrpc.crux.conformance;

import com.google.protobuf.Timestamp;
import io.github.cruxrpc.crux.CruxClient;
import io.github.cruxrpc.crux.CruxException;
import io.github.cruxrpc.crux.v1.ApiToken;
import io.github.cruxrpc.crux.v1.CreateApiTokenResponse;
import io.github.cruxrpc.crux.v1.Key;
import io.github.cruxrpc.crux.v1.ListApiTokensRequest;
import io.github.cruxrpc.crux.v1.ListModelsRequest;
import io.github.cruxrpc.crux.v1.Tenant;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The calls on models, keys, preferences, tenants and tokens. */
final class Registry {
  private final CruxClient client;
  private final Seen seen;
  private final List<String> did = new ArrayList<>();

  Registry(CruxClient client, Seen seen) {
    this.client = client;
    this.seen = seen;
  }

  void models() {
    ListModelsRequest pages = ListModelsRequest.newBuilder().setPageSize(20).build();
    seen.json().put("count", client.models().list(pages).stream().count());
    seen.json().put("model", client.models().get("openai/default").getId());
  }

  void keys() {
    try {
      Key key = client.keys().create("openai", "conformance-key-value-0001");
      did.add("created");
      if (client.keys().list().stream().anyMatch(k -> k.getId().equals(key.getId()))) {
        did.add("listed");
      }
      if (client.keys().disable(key.getId()).getState() == Key.State.STATE_DISABLED) {
        did.add("disabled");
      }
      client.keys().delete(key.getId());
      did.add("deleted");
      try {
        client.keys().get(key.getId());
      } catch (CruxException error) {
        if (error.code() != Status.Code.NOT_FOUND) {
          throw error;
        }
        did.add("not_found");
      }
    } finally {
      seen.did(did);
    }
  }

  void preferences() {
    try {
      client.preferences().set("conformance", Map.of("theme", "dark"));
      did.add("set");
      var values = client.preferences().get("conformance").getValuesMap();
      if (values.get("theme").getStringValue().equals("dark")) {
        did.add("read");
      }
      client.preferences().delete("conformance");
      if (client.preferences().get("conformance").getValuesCount() == 0) {
        did.add("deleted");
      }
    } finally {
      seen.did(did);
    }
  }

  void admin() {
    String tenant = "conformance-java";
    try {
      client.admin().createTenant(tenant, Tenant.getDefaultInstance());
      did.add("tenant");
      Instant expiry = Instant.now().plus(Duration.ofHours(1));
      CreateApiTokenResponse created =
          client
              .admin()
              .createApiToken(
                  ApiToken.newBuilder()
                      .setTenantId(tenant)
                      .addScopes("chat")
                      .setExpireTime(Timestamp.newBuilder().setSeconds(expiry.getEpochSecond()))
                      .build());
      did.add("token");
      ListApiTokensRequest list = ListApiTokensRequest.newBuilder().setTenantId(tenant).build();
      String id = created.getApiToken().getId();
      if (client.admin().listApiTokens(list).stream().anyMatch(t -> t.getId().equals(id))) {
        did.add("listed");
      }
      client.admin().revokeApiToken(id);
      did.add("revoked");
    } finally {
      seen.did(did);
    }
  }
}
