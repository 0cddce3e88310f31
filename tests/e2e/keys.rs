//! The vault as its callers see it: keys stored, used, refused, rotated and destroyed; none ever shown.

use std::time::{Duration, Instant};

use crux::rpc::pb;
use crux::rpc::pb::admin_service_client::AdminServiceClient;
use crux::rpc::pb::key::State;
use crux::rpc::pb::key_vault_service_client::KeyVaultServiceClient;
use crux::sandbox::Sandbox;
use tonic::transport::{Channel, Endpoint};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_types::StatusExt as _;

use crate::harness::{Running, ask, reason, start};

mod configured;
mod rotation;

type Vault = KeyVaultServiceClient<Channel>;

const OPENAI: &str = "openai/gpt-5";
const KEKS: [&str; 2] = [
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "IAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
];

fn channel(server: &Running) -> Channel {
    Endpoint::from_shared(format!("http://{}", server.address))
        .unwrap()
        .connect_lazy()
}

fn vault(server: &Running) -> Vault {
    Vault::new(channel(server))
}

fn new_key(id: &str, provider: &str, priority: i32, secret: &str) -> pb::CreateKeyRequest {
    pb::CreateKeyRequest {
        key: Some(pb::Key {
            provider: provider.to_owned(),
            // Whoever calls this server on the loopback is the local tenant.
            tenant_id: "local".to_owned(),
            priority,
            ..Default::default()
        }),
        secret: secret.to_owned(),
        key_id: id.to_owned(),
        verify: false,
    }
}

async fn add(vault: &mut Vault, id: &str, priority: i32, secret: &str) -> pb::Key {
    let created = vault.create_key(new_key(id, "openai", priority, secret)).await;
    created.unwrap().into_inner().key.unwrap()
}

async fn get(vault: &mut Vault, id: &str) -> pb::Key {
    let request = pb::GetKeyRequest {
        key_id: id.to_owned(),
    };
    vault.get_key(request).await.unwrap().into_inner().key.unwrap()
}

async fn rotate(vault: &mut Vault, id: &str, secret: &str) -> pb::Key {
    let request = pb::RotateKeyRequest {
        key_id: id.to_owned(),
        secret: secret.to_owned(),
        ..Default::default()
    };
    vault.rotate_key(request).await.unwrap().into_inner().key.unwrap()
}

/// How many attempts a chat that works takes.
async fn attempts(server: &Running, model: &str) -> usize {
    let streamed = server.stream(ask(model, "hi")).await;
    assert!(streamed.status.is_ok(), "{:?}", streamed.status);
    streamed.outcome().attempts.len()
}

async fn until(patience: Duration, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < patience, "{what} took longer than {patience:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn fields(status: &tonic::Status) -> Vec<String> {
    let details = status.get_error_details();
    let bad = details.bad_request().map(|bad| bad.field_violations.clone());
    bad.unwrap_or_default().into_iter().map(|bad| bad.field).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_key_makes_way_for_the_next_and_is_good_again_by_rotation() {
    let server = start(&[]).await;
    let mut vault = vault(&server);
    let created = add(&mut vault, "first", 0, "refused-canary-0123456789").await;
    assert_eq!((created.version, created.hint.as_str()), (1, "6789"));
    add(&mut vault, "second", 1, "good-canary-0123456789").await;

    assert_eq!(attempts(&server, OPENAI).await, 2);
    assert_eq!(
        attempts(&server, OPENAI).await,
        1,
        "the refused one is not asked again"
    );
    until(Duration::from_secs(5), "writing the refusal down", async || {
        get(&mut vault.clone(), "first").await.state() == State::Rejected
    })
    .await;

    let rotated = rotate(&mut vault, "first", "good-canary-of-version-2").await;
    assert_eq!((rotated.version, rotated.state()), (2, State::Active));
    rotate(&mut vault, "second", "refused-canary-9876543210").await;
    assert_eq!(
        attempts(&server, OPENAI).await,
        1,
        "the next call has the new key"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limited_key_rests_while_others_go_on() {
    let server = start(&[]).await;
    let mut vault = vault(&server);
    add(&mut vault, "limited", 0, "limited-canary-0123456789").await;
    add(&mut vault, "free", 1, "good-canary-0123456789").await;

    let begun = Instant::now();
    assert_eq!(attempts(&server, OPENAI).await, 2);
    assert_eq!(attempts(&server, OPENAI).await, 1);
    assert!(begun.elapsed() < Duration::from_secs(1), "nobody waits");
    assert_eq!(get(&mut vault, "limited").await.state(), State::Active);
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_goes_on_with_the_next_key_too() {
    let server = start(&[]).await;
    let mut vault = vault(&server);
    let keys = [
        ("first", 0, "refused-canary-0123"),
        ("second", 1, "good-canary-0123"),
    ];
    for (id, priority, secret) in keys {
        let request = new_key(id, "anthropic", priority, secret);
        vault.create_key(request).await.unwrap();
    }

    let request = pb::CountTokensRequest {
        request: Some(ask("anthropic/claude-sonnet-4-5", "hi")),
    };
    let counted = server
        .client
        .clone()
        .count_tokens(request)
        .await
        .unwrap()
        .into_inner();

    assert_eq!(counted.method(), pb::TokenCountMethod::Provider);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_is_asked_whether_it_takes_a_key() {
    let server = start(&[]).await;
    let mut vault = vault(&server);
    for provider in ["anthropic", "deepseek", "gemini", "openai", "openrouter", "xai"] {
        for (secret, is_good) in [("good-canary-0123", true), ("refused-canary-0123", false)] {
            let id = format!("{provider}-{is_good}");
            vault.create_key(new_key(&id, provider, 0, secret)).await.unwrap();

            let asked = vault
                .verify_key(pb::VerifyKeyRequest { key_id: id.clone() })
                .await;
            let asked = asked.unwrap().into_inner();

            assert_eq!(asked.valid, is_good, "{id}: {:?}", asked.error);
            let key = asked.key.unwrap();
            let expected = if is_good { State::Active } else { State::Rejected };
            assert_eq!(
                (key.state(), key.verify_time.is_some()),
                (expected, is_good),
                "{id}"
            );
            if let Some(error) = asked.error {
                assert_eq!(error.reason(), pb::ErrorReason::ProviderAuthFailed, "{id}");
            }
        }
    }

    let refused = pb::CreateKeyRequest {
        verify: true,
        ..new_key("not-stored", "openai", 0, "refused-canary-0123")
    };
    let status = vault.create_key(refused).await.unwrap_err();
    assert_eq!(reason(&status), "PROVIDER_AUTH_FAILED");
    let request = pb::GetKeyRequest {
        key_id: "not-stored".to_owned(),
    };
    let status = vault.get_key(request).await.unwrap_err();
    assert_eq!(reason(&status), "RESOURCE_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_key_is_told_before_it_is_stored() {
    let server = start(&[]).await;
    let mut vault = vault(&server);
    for (request, field) in [
        (new_key("k", "openai", 0, ""), "secret"),
        (new_key("k", "openai", 0, "your-api-key"), "secret"),
        (new_key("k", "openai", 0, "Bearer canary-0123"), "secret"),
        (new_key("k", "openai", 0, "canary 0123"), "secret"),
        (new_key("K", "openai", 0, "canary-0123"), "key_id"),
        (new_key("k", "nobody", 0, "canary-0123"), "key.provider"),
        (new_key("k", "ollama", 0, "canary-0123"), "key.provider"),
    ] {
        let status = vault.create_key(request).await.unwrap_err();
        assert_eq!(
            (reason(&status).as_str(), fields(&status)),
            ("INVALID_REQUEST", vec![field.to_owned()])
        );
        let everything = format!("{status:?}{}", String::from_utf8_lossy(status.details()));
        assert!(!everything.contains("canary"), "{everything}");
    }
    let nobodys = pb::CreateKeyRequest {
        key: Some(pb::Key {
            provider: "openai".to_owned(),
            tenant_id: "nobody".to_owned(),
            ..Default::default()
        }),
        ..new_key("k", "openai", 0, "canary-0123")
    };
    assert_eq!(
        reason(&vault.create_key(nobodys).await.unwrap_err()),
        "RESOURCE_NOT_FOUND"
    );
    let listed = vault.list_keys(pb::ListKeysRequest::default()).await.unwrap();
    assert!(listed.into_inner().keys.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_listed_changed_and_destroyed() {
    let server = start(&[]).await;
    let mut vault = vault(&server);
    for (number, id) in ["c", "a", "b"].into_iter().enumerate() {
        let priority = i32::try_from(number).unwrap();
        add(&mut vault, id, priority, "good-canary-0123").await;
    }
    assert_eq!(
        reason(
            &vault
                .create_key(new_key("a", "openai", 0, "good-canary"))
                .await
                .unwrap_err()
        ),
        "RESOURCE_EXISTS"
    );

    let mut seen = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListKeysRequest {
            page_size: 2,
            page_token,
            ..Default::default()
        };
        let page = vault.list_keys(request).await.unwrap().into_inner();
        seen.extend(page.keys.into_iter().map(|key| key.id));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["c", "a", "b"]);

    let before = get(&mut vault, "a").await;
    let change = |paths: &[&str], etag: &str| pb::UpdateKeyRequest {
        key: Some(pb::Key {
            id: "a".to_owned(),
            display_name: "main".to_owned(),
            priority: -5,
            etag: etag.to_owned(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        }),
    };
    let changed = vault
        .update_key(change(&["display_name"], &before.etag))
        .await
        .unwrap();
    let changed = changed.into_inner().key.unwrap();
    assert_eq!((changed.display_name.as_str(), changed.priority), ("main", 1));
    let stale = vault
        .update_key(change(&["priority"], &before.etag))
        .await
        .unwrap_err();
    assert_eq!(
        (stale.code(), reason(&stale).as_str()),
        (tonic::Code::Aborted, "ETAG_MISMATCH")
    );
    let bad = vault.update_key(change(&["secret"], "")).await.unwrap_err();
    assert_eq!(fields(&bad), ["update_mask.paths[0]"]);

    let delete = |allow_missing| pb::DeleteKeyRequest {
        key_id: "a".to_owned(),
        allow_missing,
        ..Default::default()
    };
    vault.delete_key(delete(false)).await.unwrap();
    vault.delete_key(delete(true)).await.unwrap();
    assert_eq!(
        reason(&vault.delete_key(delete(false)).await.unwrap_err()),
        "RESOURCE_NOT_FOUND"
    );

    let mut admin = AdminServiceClient::new(channel(&server));
    let records = admin
        .list_audit_records(pb::ListAuditRecordsRequest::default())
        .await;
    let records = records.unwrap().into_inner().audit_records;
    let of = |action: &str, outcome: &str| {
        let action = format!("crux.v1.KeyVaultService/{action}");
        records
            .iter()
            .any(|record| record.action == action && record.outcome == outcome && record.target == "a")
    };
    assert!(
        of("CreateKey", "OK") && of("CreateKey", "RESOURCE_EXISTS"),
        "{records:?}"
    );
    assert!(
        of("UpdateKey", "ETAG_MISMATCH") && of("DeleteKey", "RESOURCE_NOT_FOUND"),
        "{records:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_verified_as_it_is_stored_leaves_one_record_and_a_wrapping_anew_two() {
    let server = start(&[]).await;
    let mut vault = vault(&server);
    let request = pb::CreateKeyRequest {
        verify: true,
        ..new_key("", "openai", 0, "good-0123456789")
    };
    let key = vault.create_key(request).await.unwrap().into_inner().key.unwrap();
    let rotation = pb::RotateKeyRequest {
        key_id: key.id.clone(),
        secret: "good-9876543210".to_owned(),
        verify: true,
        ..Default::default()
    };
    let rotated = vault
        .rotate_key(rotation)
        .await
        .unwrap()
        .into_inner()
        .key
        .unwrap();
    assert!(key.verify_time.is_some() && rotated.verify_time.is_some());
    assert_ne!(rotated.verify_time, key.verify_time);
    let mut progress = vault
        .rewrap_keys(pb::RewrapKeysRequest {})
        .await
        .unwrap()
        .into_inner();
    while progress.message().await.unwrap().is_some() {}

    let own = [
        ("RewrapKeys", "", "OK"),
        ("RewrapKeys", "", "STARTED"),
        ("RotateKey", key.id.as_str(), "OK"),
        ("CreateKey", key.id.as_str(), "OK"),
    ];
    assert_eq!(
        recorded(&server).await,
        own.map(|(action, target, outcome)| { [action, target, outcome].map(str::to_owned) })
    );

    // The answer's beginning is there, the rest is never asked for.
    drop(vault.rewrap_keys(pb::RewrapKeysRequest {}).await.unwrap());
    let started = recorded(&server).await;
    let started = started
        .iter()
        .filter(|[action, _, outcome]| action == "RewrapKeys" && outcome == "STARTED");
    assert_eq!(started.count(), 2, "whose caller left is recorded too");
}

/// What was done to keys: action, target and outcome, latest first.
async fn recorded(server: &Running) -> Vec<[String; 3]> {
    let mut admin = AdminServiceClient::new(channel(server));
    let records = admin.list_audit_records(pb::ListAuditRecordsRequest::default());
    let records = records.await.unwrap().into_inner().audit_records;
    records
        .into_iter()
        .filter_map(|record| {
            let action = record.action.strip_prefix("crux.v1.KeyVaultService/")?;
            Some([action.to_owned(), record.target, record.outcome])
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_ready_when_the_vault_has_a_key_for_it() {
    let server = start(&[
        ("CRUX_PROVIDERS__MINE__DIALECT", "openai_chat"),
        ("CRUX_PROVIDERS__MINE__BASE_URL", "http://127.0.0.1:9/v1"),
    ])
    .await;
    let mut vault = vault(&server);
    let status = async || {
        let request = HealthCheckRequest {
            service: "provider/mine".to_owned(),
        };
        let checked = HealthClient::new(channel(&server)).check(request).await;
        checked.unwrap().into_inner().status()
    };
    assert_eq!(status().await, ServingStatus::NotServing);
    assert_eq!(
        server.stream(ask("mine/model", "hi")).await.reason(),
        "PROVIDER_KEY_MISSING"
    );

    vault
        .create_key(new_key("mine", "mine", 0, "good-canary-0123"))
        .await
        .unwrap();
    let patience = Duration::from_secs(2);
    until(patience, "becoming ready", async || {
        status().await == ServingStatus::Serving
    })
    .await;

    let disable = pb::SetKeyStateRequest {
        key_id: "mine".to_owned(),
        state: State::Disabled as i32,
        ..Default::default()
    };
    vault.set_key_state(disable).await.unwrap();
    until(patience, "becoming unready", async || {
        status().await == ServingStatus::NotServing
    })
    .await;
    assert_eq!(
        server.stream(ask("mine/model", "hi")).await.reason(),
        "PROVIDER_AUTH_FAILED"
    );
}

/// A provider that is only reached with the vault's keys, behind servers that share a database.
struct Shared {
    upstream: String,
    database: String,
    _sandbox: tokio::task::JoinSet<std::io::Result<()>>,
    _directory: tempfile::TempDir,
}

impl Shared {
    async fn new() -> Self {
        let sandbox = Sandbox::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let upstream = format!("http://{}/openai/v1", sandbox.local_addr());
        let mut task = tokio::task::JoinSet::new();
        task.spawn(sandbox.run(std::future::pending()));
        let directory = tempfile::tempdir().unwrap();
        Self {
            upstream,
            database: directory.path().join("crux.db").to_str().unwrap().to_owned(),
            _sandbox: task,
            _directory: directory,
        }
    }

    async fn server(&self, more: &[(&str, &str)]) -> Running {
        let settings = [
            ("SQLITE_DB_PATH", self.database.as_str()),
            ("CRUX_PROVIDERS__MINE__DIALECT", "openai_chat"),
            ("CRUX_PROVIDERS__MINE__BASE_URL", self.upstream.as_str()),
        ];
        let settings: Vec<_> = settings.into_iter().chain(more.iter().copied()).collect();
        start(&settings).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_on_one_server_is_used_by_the_other_within_a_second() {
    let shared = Shared::new().await;
    let (one, other) = (shared.server(&[]).await, shared.server(&[]).await);
    let mut vault = vault(&one);
    let works = async || server_works(&other).await;

    vault
        .create_key(new_key("k", "mine", 0, "good-canary-0123"))
        .await
        .unwrap();
    until(Duration::from_secs(1), "a new key", async || works().await).await;
    rotate(&mut vault, "k", "refused-canary-0123").await;
    until(Duration::from_secs(1), "a rotation", async || !works().await).await;
    rotate(&mut vault, "k", "good-canary-4567").await;
    until(Duration::from_secs(1), "another rotation", async || works().await).await;
}

async fn server_works(server: &Running) -> bool {
    server.stream(ask("mine/gpt-4o", "hi")).await.status.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_call_fails_while_all_keys_are_wrapped_anew_and_the_old_kek_opens_nothing_then() {
    let shared = Shared::new().await;
    let old = [("CRUX_VAULT__KEKS__OLD__KEY", KEKS[0])];
    let new = [("CRUX_VAULT__KEKS__NEW__KEY", KEKS[1])];
    {
        let server = shared.server(&old).await;
        let mut vault = vault(&server);
        for number in 0..150 {
            let request = new_key(&format!("k{number}"), "mine", 0, "good-canary-0123");
            vault.create_key(request).await.unwrap();
        }
    }
    let both = [old[0], new[0], ("CRUX_VAULT__KEK", "new")];
    let server = shared.server(&both).await;

    let mut calls = tokio::task::JoinSet::new();
    let mut progress = vault(&server)
        .rewrap_keys(pb::RewrapKeysRequest {})
        .await
        .unwrap()
        .into_inner();
    let mut last = pb::RewrapKeysResponse::default();
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    while !last.done || calls.len() < 50 {
        tokio::select! {
            further = progress.message(), if !last.done => last = further.unwrap().unwrap(),
            _ = ticks.tick() => {
                let mut client = server.client.clone();
                calls.spawn(async move { client.chat(ask("mine/gpt-4o", "hi")).await.map(drop) });
            }
        }
    }
    assert_eq!((last.wrapped, last.failed), (150, 0));
    while let Some(call) = calls.join_next().await {
        call.unwrap().unwrap();
    }
    drop(server);

    let with_old = shared.server(&old).await;
    let streamed = with_old.stream(ask("mine/gpt-4o", "hi")).await;
    assert_eq!(streamed.reason(), "PROVIDER_AUTH_FAILED", "{:?}", streamed.status);
    let with_new = shared.server(&new).await;
    assert!(server_works(&with_new).await);
}
