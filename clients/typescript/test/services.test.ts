import assert from "node:assert/strict";
import { test } from "node:test";

import {
  AdminService,
  Code,
  Crux,
  CruxError,
  ErrorReason,
  KeyVaultService,
  Key_State,
  ModelRegistryService,
  type ModelChange,
  TenantSchema,
  type TenantChange,
  Tenant_State,
  preferenceValues,
} from "@cruxrpc/client";
import { create } from "@bufbuild/protobuf";

import { serveUnary } from "./fake.js";
import { ask, connect, cruxError, setting } from "./world.js";

async function all<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const row of rows) {
    read.push(row);
  }
  return read;
}

test("models are listed over all pages, and got by alias", async () => {
  using crux = connect();

  const ids = (await all(crux.models.list({ pageSize: 20 }))).map(({ id }) => id);
  const model = await crux.models.get("openai/default");

  assert.ok(ids.length > 40);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.includes(model.id));
  const openai = await all(crux.models.list({ provider: "openai" }));
  assert.ok(openai.length > 0 && openai.every(({ provider }) => provider === "openai"));
});

test("a list that is left asks for no further page", async () => {
  let pages = 0;
  await using fake = await serveUnary(ModelRegistryService.method.listModels, () => {
    pages++;
    return { models: [{ id: "a" }, { id: "b" }], nextPageToken: "more" };
  });
  using crux = new Crux(fake.address);

  for await (const model of crux.models.list()) {
    if (model.id === "b") {
      break;
    }
  }

  assert.equal(pages, 1);
});

test("a model is changed by what is written down, and goes back by undefined", async () => {
  using crux = connect();
  const id = "xai/grok-4";

  const changed = await crux.models.update({ id, displayName: "Mine", maxOutputTokens: 7 });
  const back = await crux.models.update({ id, displayName: undefined } as unknown as ModelChange);
  const last = await crux.models.update({ id, maxOutputTokens: undefined } as unknown as ModelChange);

  assert.equal(changed.displayName, "Mine");
  assert.equal(changed.maxOutputTokens, 7);
  assert.notEqual(back.displayName, "Mine");
  assert.equal(back.maxOutputTokens, 7);
  assert.notEqual(last.maxOutputTokens, 7);
});

test("providers are listed, refreshed, and tokens counted", async () => {
  using crux = connect();

  assert.equal((await all(crux.models.providers())).length, 7);
  assert.deepEqual(
    (await crux.models.refresh(["openai"])).map(({ provider }) => provider),
    ["openai"],
  );
  assert.ok((await crux.countTokens(ask("openai/gpt-5"))).inputTokens > 0);
});

test("keys live from creation to deletion", async () => {
  using crux = connect();
  const key = await crux.keys.create({
    key: { provider: "openai", displayName: "test", labels: { team: "a" } },
    secret: "0123456789-test",
    keyId: "typescript",
  });

  const renamed = await crux.keys.update({ id: key.id, displayName: "renamed", etag: key.etag });
  assert.equal(renamed.displayName, "renamed");
  assert.deepEqual(renamed.labels, { team: "a" });
  const stale = await cruxError(crux.keys.update({ id: key.id, displayName: "again", etag: key.etag }));
  assert.equal(stale.reason, ErrorReason.ETAG_MISMATCH);
  assert.equal((await crux.keys.rotate({ keyId: key.id, secret: "0123456789-test-2" })).version, 2);
  assert.equal((await crux.keys.verify(key.id)).valid, true);
  assert.equal((await crux.keys.setState(key.id, Key_State.DISABLED)).state, Key_State.DISABLED);
  assert.ok((await all(crux.keys.list({ provider: "openai" }))).some(({ id }) => id === key.id));
  assert.equal((await all(crux.keys.rewrap())).at(-1)?.done, true);
  await crux.keys.delete(key.id);
  await crux.keys.delete(key.id, { allowMissing: true });
  assert.equal((await cruxError(crux.keys.get(key.id))).code, Code.NOT_FOUND);
});

test("preferences are any JSON", async () => {
  using crux = connect();
  const set = { theme: "dark", sizes: [1, 2.5], deep: { a: null, b: true } };

  const { etag } = await crux.preferences.update("typescript", { set });
  const read = await crux.preferences.get("typescript");
  const removed = await crux.preferences.update("typescript", { remove: ["theme"], etag });

  assert.deepEqual(preferenceValues(read), set);
  assert.deepEqual(Object.keys(preferenceValues(removed)).sort(), ["deep", "sizes"]);
  await crux.preferences.delete("typescript");
  assert.deepEqual(preferenceValues(await crux.preferences.get("typescript")), {});
});

test("tenants and tokens are managed, and a tenant's token is refused once it is revoked", async () => {
  const address = setting("CRUX_TOKEN_ADDRESS");
  using crux = new Crux(address, { token: "correct horse" });
  const tenant = await crux.admin.createTenant("typescript", {
    policy: { allowedModels: ["openai/*"], deniedModels: ["*-pro"] },
  });
  const { secret, apiToken } = await crux.admin.createApiToken({ tenantId: tenant.id, scopes: ["chat"] });
  using its = new Crux(address, { token: secret });

  assert.equal((await its.serverInfo()).caller?.tenantId, "typescript");
  assert.equal((await its.chat(ask("openai/gpt-5"))).text, "You said: hello there");
  assert.equal((await cruxError(its.chat(ask("xai/grok-4")))).reason, ErrorReason.MODEL_NOT_ALLOWED);
  const changed = await crux.admin.updateTenant({ id: tenant.id, policy: { allowedModels: [] } });
  assert.deepEqual(changed.policy?.deniedModels, ["*-pro"]);
  assert.deepEqual(changed.policy.allowedModels, []);
  assert.equal((await crux.admin.getTenant(tenant.id)).id, tenant.id);
  assert.ok((await all(crux.admin.listTenants())).some(({ id }) => id === tenant.id));
  assert.ok((await all(crux.admin.listApiTokens({ tenantId: tenant.id }))).some(({ id }) => id === apiToken.id));
  assert.ok((await crux.admin.revokeApiToken(apiToken.id)).revokeTime);
  assert.equal((await cruxError(its.chat(ask("openai/gpt-5")))).code, Code.UNAUTHENTICATED);
  assert.ok((await all(crux.admin.listAuditRecords({ pageSize: 2 }))).length > 3);
  await crux.admin.deleteTenant(tenant.id);
});

test("a mask names what is written down, and nothing that cannot be changed", async () => {
  const masks: string[][] = [];
  await using fake = await serveUnary(
    AdminService.method.updateTenant,
    (request: { updateMask?: { paths: string[] } }) => {
      masks.push(request.updateMask?.paths ?? []);
      return { tenant: {} };
    },
  );
  using crux = new Crux(fake.address);

  await crux.admin.updateTenant({ id: "a", state: Tenant_State.SUSPENDED, etag: "e" });
  await crux.admin.updateTenant({ id: "a", policy: { deniedModels: [] }, labels: {} });
  await crux.admin.updateTenant({ id: "a", policy: undefined } as unknown as TenantChange);
  await crux.admin.updateTenant(create(TenantSchema, { id: "a" }));

  assert.deepEqual(masks, [
    ["state"],
    ["policy.denied_models", "labels"],
    ["policy"],
    ["display_name", "state", "labels"],
  ]);
});

test("a response without what it is for is an error", async () => {
  await using fake = await serveUnary(KeyVaultService.method.getKey, () => ({}));
  using crux = new Crux(fake.address);

  const error = await cruxError(crux.keys.get("any"));

  assert.ok(error instanceof CruxError && error.code === Code.INTERNAL);
});

test("the server tells about itself", async () => {
  using crux = connect();

  const { server, caller } = await crux.serverInfo();

  assert.match(server?.version ?? "", /^\d+\.\d+\.\d+/);
  assert.equal(caller?.tenantId, "local");
  assert.equal(typeof server?.maxRequestBytes, "bigint");
});
