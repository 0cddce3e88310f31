package io.github.cruxrpc.crux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Value;
import io.github.cruxrpc.crux.v1.ApiToken;
import io.github.cruxrpc.crux.v1.CreateApiTokenResponse;
import io.github.cruxrpc.crux.v1.CreateKeyRequest;
import io.github.cruxrpc.crux.v1.DeleteKeyRequest;
import io.github.cruxrpc.crux.v1.ErrorReason;
import io.github.cruxrpc.crux.v1.Key;
import io.github.cruxrpc.crux.v1.ListApiTokensRequest;
import io.github.cruxrpc.crux.v1.ListModelsRequest;
import io.github.cruxrpc.crux.v1.Model;
import io.github.cruxrpc.crux.v1.Preferences;
import io.github.cruxrpc.crux.v1.Pricing;
import io.github.cruxrpc.crux.v1.ProviderRefresh;
import io.github.cruxrpc.crux.v1.RewrapKeysResponse;
import io.github.cruxrpc.crux.v1.Tenant;
import io.github.cruxrpc.crux.v1.TenantPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RegistryTest {
  private CruxClient client = Live.client();

  @BeforeEach
  void open() {
    client.close();
    client = CruxClient.builder(Live.guardedAddress()).token(Live.token()).build();
  }

  @AfterEach
  void close() {
    client.close();
  }

  @Test
  void modelsOfEveryPageAreListedOnce() {
    ListModelsRequest small = ListModelsRequest.newBuilder().setPageSize(7).build();
    List<String> paged = client.models().list(small).stream().map(Model::getId).toList();
    List<String> whole = client.models().list().stream().map(Model::getId).toList();

    assertEquals(whole, paged);
    assertTrue(whole.size() > 20);
    assertEquals(whole.get(0), client.models().get(whole.get(0)).getId());
  }

  @Test
  void modelIsChangedByWhatIsSetAndPutBackByWhatIsNamed() {
    Pricing price = Pricing.newBuilder().setInput(1).setOutput(2).build();
    String id = "xai/grok-4";
    Model before = client.models().get(id);

    Model changed =
        client
            .models()
            .update(Model.newBuilder().setId(id).setDescription("ours").setPricing(price).build());
    assertEquals("ours", changed.getDescription());
    assertEquals(1, changed.getPricing().getInput());
    assertEquals(before.getDisplayName(), changed.getDisplayName());

    Model back =
        client.models().update(Model.newBuilder().setId(id).build(), "description", "pricing");
    assertEquals(before.getDescription(), back.getDescription());
    assertEquals(before.getPricing(), back.getPricing());
  }

  @Test
  void updateOfNothingIsRefusedHere() {
    Model nothing = Model.newBuilder().setId("xai/grok-4").build();
    assertThrows(IllegalArgumentException.class, () -> client.models().update(nothing));
  }

  @Test
  void providersAreListedAndRefreshed() {
    assertEquals(7, client.models().providers().stream().count());

    List<ProviderRefresh> refreshes = client.models().refresh("ollama", "xai");
    assertEquals(2, refreshes.size());
    assertFalse(refreshes.get(0).hasError());
  }

  @Test
  void keysLive() {
    Key key =
        client
            .keys()
            .create(
                CreateKeyRequest.newBuilder()
                    .setKeyId("key-of-this-test")
                    .setKey(Key.newBuilder().setProvider("openai").setPriority(9))
                    .setSecret("a-key-that-opens-nothing")
                    .build());
    assertEquals("hing", key.getHint());
    assertTrue(client.keys().list().stream().anyMatch(key::equals));

    Key changed =
        client
            .keys()
            .update(
                Key.newBuilder()
                    .setId(key.getId())
                    .setDisplayName("mine")
                    .putLabels("team", "search")
                    .setEtag(key.getEtag())
                    .build());
    assertEquals("mine", changed.getDisplayName());
    assertEquals(9, changed.getPriority());
    CruxException stale =
        assertThrows(
            CruxException.class,
            () ->
                client
                    .keys()
                    .update(key.toBuilder().setDisplayName("late").build(), "display_name"));
    assertEquals(ErrorReason.ERROR_REASON_ETAG_MISMATCH, stale.reason());

    assertEquals(2, client.keys().rotate(key.getId(), "another-key-for-nothing").getVersion());
    assertEquals(Key.State.STATE_DISABLED, client.keys().disable(key.getId()).getState());
    assertEquals(Key.State.STATE_ACTIVE, client.keys().enable(key.getId()).getState());
    assertTrue(client.keys().verify(key.getId()).getValid());
    List<RewrapKeysResponse> progress = new ArrayList<>();
    assertTrue(client.keys().rewrap(progress::add).getDone());
    assertFalse(progress.isEmpty());

    client.keys().delete(key.getId());
    CruxException gone = assertThrows(CruxException.class, () -> client.keys().get(key.getId()));
    assertEquals(ErrorReason.ERROR_REASON_RESOURCE_NOT_FOUND, gone.reason());
    client
        .keys()
        .delete(DeleteKeyRequest.newBuilder().setKeyId(key.getId()).setAllowMissing(true).build());
  }

  @Test
  void consumerThatThrowsEndsTheRewrap() {
    IllegalStateException enough = new IllegalStateException("enough");
    IllegalStateException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                client
                    .keys()
                    .rewrap(
                        progress -> {
                          throw enough;
                        }));
    assertEquals(enough, thrown);
  }

  @Test
  void tenantsAndTokensLive() {
    AdminClient admin = client.admin();
    TenantPolicy policy = TenantPolicy.newBuilder().addDeniedModels("xai/*").build();
    admin.createTenant("tenant-of-this-test", Tenant.newBuilder().setPolicy(policy).build());
    assertTrue(admin.listTenants().stream().anyMatch(t -> t.getId().equals("tenant-of-this-test")));

    CreateApiTokenResponse created =
        admin.createApiToken(
            ApiToken.newBuilder().setTenantId("tenant-of-this-test").addScopes("chat").build());
    try (CruxClient tenant =
        CruxClient.builder(Live.guardedAddress()).token(created.getSecret()).build()) {
      assertEquals("tenant-of-this-test", tenant.serverInfo().getCaller().getTenantId());
      CruxException denied =
          assertThrows(
              CruxException.class, () -> tenant.chat(Requests.chat("xai/grok-4", "hello")));
      assertEquals(ErrorReason.ERROR_REASON_MODEL_NOT_ALLOWED, denied.reason());

      Tenant changed =
          admin.updateTenant(
              Tenant.newBuilder().setId("tenant-of-this-test").build(), "policy.denied_models");
      assertEquals(0, changed.getPolicy().getDeniedModelsCount());
      assertEquals("You said: hello", tenant.chat(Requests.chat("xai/grok-4", "hello")).getText());

      assertTrue(admin.revokeApiToken(created.getApiToken().getId()).hasRevokeTime());
      assertThrows(CruxException.class, tenant::serverInfo);
    }
    ListApiTokensRequest list =
        ListApiTokensRequest.newBuilder()
            .setTenantId("tenant-of-this-test")
            .setIncludeInactive(true)
            .build();
    assertEquals(1, admin.listApiTokens(list).stream().count());
    assertTrue(
        admin.listAuditRecords("").stream()
            .anyMatch(record -> record.getTarget().equals("tenant-of-this-test")));

    admin.deleteTenant("tenant-of-this-test");
    assertThrows(CruxException.class, () -> admin.getTenant("tenant-of-this-test"));
  }

  @Test
  void preferencesLive() {
    PreferencesClient preferences = client.preferences();
    Map<String, Object> nested = Map.of("sizes", List.of(1, 2.5), "wide", true);
    preferences.set("user-of-this-test", Map.of("theme", "dark", "layout", nested));

    Preferences read = preferences.get("user-of-this-test");
    assertEquals("dark", read.getValuesOrThrow("theme").getStringValue());
    Value sizes = read.getValuesOrThrow("layout").getStructValue().getFieldsOrThrow("sizes");
    assertEquals(2.5, sizes.getListValue().getValues(1).getNumberValue());

    assertEquals(1, preferences.remove("user-of-this-test", "layout").getValuesCount());
    preferences.delete("user-of-this-test");
    assertEquals(0, preferences.get("user-of-this-test").getValuesCount());
  }

  @Test
  void tokensAreCounted() {
    assertTrue(client.countTokens(Requests.chat("openai/gpt-5", "one two")).getInputTokens() > 0);
  }

  @Test
  void whatIsNoJsonIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Values.of(new Object()));
    assertEquals(Value.NULL_VALUE_FIELD_NUMBER, Values.of(null).getKindCase().getNumber());
  }
}
