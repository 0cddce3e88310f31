"""Models, keys, preferences and administration as typed calls."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest

import crux
from crux.v1 import Key, Model, ModelCapabilities, Pricing, Tenant, TenantPolicy

TOKEN = "correct-horse"


def test_models_come_page_by_page(client):
    every = [model.id for model in client.models.list()]

    assert [model.id for model in client.models.list(page_size=7)] == every
    assert len(every) > 20
    assert {model.provider for model in client.models.list(provider="openai")} == {"openai"}
    assert client.models.get("openai/default").provider == "openai"
    assert any(provider.id == "openai" for provider in client.models.list_providers())


def test_changes_of_a_model_are_masked(client):
    before = client.models.get("xai/grok-4")

    changed = client.models.update(
        "xai/grok-4",
        {
            "display_name": "Four",
            "aliases": ["xai/four"],
            "context_window_tokens": 5000,
            "capabilities": ModelCapabilities(tools=False),
            "pricing": Pricing(input=1),
            "state": Model.STATE_DEPRECATED,
        },
    )
    assert (changed.display_name, changed.context_window_tokens) == ("Four", 5000)
    assert not changed.capabilities.tools
    assert client.models.get("xai/four").id == "xai/grok-4"

    back = client.models.update(
        "xai/grok-4",
        dict.fromkeys(["display_name", "aliases", "context_window_tokens", "capabilities", "pricing", "state"]),
        etag=changed.etag,
    )
    assert back.display_name == before.display_name
    assert back.context_window_tokens == before.context_window_tokens

    with pytest.raises(crux.CallError, match="ETAG_MISMATCH"):
        client.models.update("xai/grok-4", {"display_name": "x"}, etag=changed.etag)


def test_refresh_tells_of_each_provider(client):
    assert [refresh.provider for refresh in client.models.refresh(["openai"])] == ["openai"]


def test_the_life_of_a_key(client):
    expiry = datetime.now(timezone.utc) + timedelta(hours=1)
    key = client.keys.create(
        "openai", "a-value-for-tests-0001", key_id="life", display_name="one", priority=3, expire_time=expiry
    )
    assert (key.id, key.priority, key.hint) == ("life", 3, "0001")
    assert abs(key.expire_time.ToDatetime(tzinfo=timezone.utc) - expiry) < timedelta(milliseconds=1)
    assert "life" in [listed.id for listed in client.keys.list(provider="openai", page_size=1)]

    key = client.keys.update("life", {"display_name": "two", "labels": {"a": "b"}, "expire_time": None}, etag=key.etag)
    assert (key.display_name, key.priority, dict(key.labels)) == ("two", 3, {"a": "b"})
    assert not key.HasField("expire_time")

    assert client.keys.rotate("life", "a-value-for-tests-0002", grace_period=timedelta(minutes=1)).version == 2
    assert client.keys.set_state("life", Key.STATE_DISABLED).state == Key.STATE_DISABLED
    assert client.keys.verify("life").key.id == "life"
    assert list(client.keys.rewrap())[-1].done

    client.keys.delete("life")
    client.keys.delete("life", allow_missing=True)
    with pytest.raises(crux.CallError, match="RESOURCE_NOT_FOUND"):
        client.keys.get("life")
    with pytest.raises(crux.CallError, match="RESOURCE_NOT_FOUND"):
        client.keys.delete("life")


def test_preferences_are_json_values(client):
    values = {"theme": "dark", "sizes": [1, 2.5, None], "nested": {"a": True}}
    client.preferences.update("user-1", values)
    assert crux.preference_values(client.preferences.get("user-1")) == values

    changed = client.preferences.update("user-1", {"theme": "light"}, remove=["sizes"])

    assert changed.values["theme"].string_value == "light"
    assert set(client.preferences.get("user-1").values) == {"theme", "nested"}

    client.preferences.delete("user-1")
    assert not client.preferences.get("user-1").values


def test_tenants_and_tokens(token_server):
    with crux.Crux(token_server.address, token=TOKEN) as client:
        tenant = client.admin.create_tenant(
            "acme", display_name="Acme", policy=TenantPolicy(allowed_models=["openai/*"])
        )
        assert client.admin.get_tenant("acme") == tenant
        changed = client.admin.update_tenant("acme", {"display_name": "Acme & Co", "labels": {"a": "b"}})
        assert list(changed.policy.allowed_models) == ["openai/*"]
        assert "acme" in [one.id for one in client.admin.list_tenants(page_size=1)]

        expiry = datetime.now(timezone.utc) + timedelta(hours=1)
        created = client.admin.create_api_token(["chat"], tenant_id="acme", expire_time=expiry)
        with crux.Crux(token_server.address, token=created.secret) as theirs:
            assert theirs.chat(model="openai/gpt-5", messages="x").text
            with pytest.raises(crux.CallError, match="MODEL_NOT_ALLOWED"):
                theirs.chat(model="xai/grok-4", messages="x")
            with pytest.raises(crux.CallError, match="PERMISSION_DENIED") as raised:
                list(theirs.keys.list())
            assert raised.value.metadata["scope"] == "keys"

        token_id = created.api_token.id
        assert [one.id for one in client.admin.list_api_tokens("acme")] == [token_id]
        client.admin.revoke_api_token(token_id)
        assert list(client.admin.list_api_tokens("acme")) == []
        assert len(list(client.admin.list_api_tokens("acme", include_inactive=True, page_size=1))) == 1

        suspended = client.admin.update_tenant("acme", {"state": Tenant.STATE_SUSPENDED})
        assert suspended.state == Tenant.STATE_SUSPENDED
        actions = [record.action for record in client.admin.list_audit_records(page_size=2)]
        assert "crux.v1.AdminService/CreateTenant" in actions
        client.admin.delete_tenant("acme")


def test_the_same_calls_are_there_for_asyncio(server, token_server):
    async def go():
        async with crux.AsyncCrux(server.address) as client:
            every = [model.id async for model in client.models.list(page_size=20)]
            await client.models.update("deepseek/deepseek-chat", {"display_name": "D"})
            await client.models.update("deepseek/deepseek-chat", {"display_name": None})
            await client.keys.create("xai", "a-value-for-tests-0003", key_id="async")
            keys = [key.id async for key in client.keys.list(provider="xai")]
            rewrapped = [step async for step in client.keys.rewrap()]
            await client.keys.delete("async")
            await client.preferences.update("user-2", {"a": 1})
            preferences = await client.preferences.get("user-2")
            await client.preferences.delete("user-2")
        async with crux.AsyncCrux(token_server.address, token=TOKEN) as client:
            tenants = [tenant.id async for tenant in client.admin.list_tenants()]
        return every, keys, rewrapped, preferences, tenants

    every, keys, rewrapped, preferences, tenants = asyncio.run(go())

    assert len(every) > 20
    assert "async" in keys
    assert rewrapped[-1].done
    assert preferences.values["a"].number_value == 1
    assert tenants


def test_both_clients_have_the_same_names():
    for sync, asynchronous in [
        (crux.Crux("a"), crux.AsyncCrux("a")),
        (crux.ChatStream, crux.AsyncChatStream),
        (crux.ToolRun, crux.AsyncToolRun),
    ]:
        names = [{name for name in dir(one) if not name.startswith("_")} for one in (sync, asynchronous)]
        assert names[0] == names[1]
