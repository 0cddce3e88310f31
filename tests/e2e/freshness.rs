//! What one thing holds up, or spoils, stays with it: a key service that stalls, a row that makes no sense.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use crux::domain::time::Timestamp;
use crux::rpc::pb;
use crux::rpc::pb::key_vault_service_client::KeyVaultServiceClient;
use crux::rpc::pb::model_registry_service_client::ModelRegistryServiceClient;
use crux::store::{Location, open};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, SqliteConnection};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::callers::{admin, chat, create_token, first_token, revoke, wire};
use crate::harness::{Running, ask, start, start_beside};
use crate::probes::get;
use crate::transit::{Mood, Transit};

const OPENAI: &str = "openai/gpt-5";

/// Waits until `is_so`; returns how long that took.
pub(crate) async fn until(patience: Duration, what: &str, mut is_so: impl AsyncFnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < patience, "{what} took longer than {patience:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    begun.elapsed()
}

/// How many attempts a chat takes that works.
pub(crate) async fn attempts(server: &Running, token: &str) -> usize {
    let mut client = pb::chat_service_client::ChatServiceClient::new(wire(server, token));
    let answer = client.chat(ask(OPENAI, "hi")).await.unwrap().into_inner();
    answer.outcome.unwrap().attempts.len()
}

/// Stores a key of `local` that goes before the sandbox's own.
pub(crate) async fn add_key(server: &Running, token: &str, id: &str, secret: &str) {
    let request = pb::CreateKeyRequest {
        key: Some(pb::Key {
            provider: "openai".to_owned(),
            tenant_id: "local".to_owned(),
            ..Default::default()
        }),
        secret: secret.to_owned(),
        key_id: id.to_owned(),
        verify: false,
    };
    let mut vault = KeyVaultServiceClient::new(wire(server, token));
    vault.create_key(request).await.unwrap();
}

/// Gives a model one alias and no other.
pub(crate) async fn set_alias(server: &Running, token: &str, model: &str, alias: &str) {
    let request = pb::UpdateModelRequest {
        model: Some(pb::Model {
            id: model.to_owned(),
            aliases: Vec::from_iter((!alias.is_empty()).then(|| alias.to_owned())),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["aliases".to_owned()],
        }),
    };
    let mut models = ModelRegistryServiceClient::new(wire(server, token));
    models.update_model(request).await.unwrap();
}

/// The model of that name.
pub(crate) async fn model_of(server: &Running, token: &str, name: &str) -> Result<String, Code> {
    let mut models = ModelRegistryServiceClient::new(wire(server, token));
    let request = pb::GetModelRequest {
        model: name.to_owned(),
    };
    let found = models.get_model(request).await.map_err(|status| status.code())?;
    Ok(found.into_inner().model.unwrap().id)
}

async fn assert_serving(server: &Running) {
    let mut client = HealthClient::new(wire(server, ""));
    for service in ["", "crux.v1.ChatService", "crux.v1.PreferencesService"] {
        let service = service.to_owned();
        let request = HealthCheckRequest {
            service: service.clone(),
        };
        let status = client.check(request).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{service:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_service_that_stalls_holds_up_no_revocation_and_not_the_health() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crux.db");
    let transit = Transit::start().await;
    let mut settings = vec![("SQLITE_DB_PATH", path.to_str().unwrap())];
    settings.extend(transit.settings());
    let server = start(&settings).await;
    let other = start_beside(&server, &settings).await;
    let root = first_token(&server).await;
    let (id, text) = create_token(&mut admin(&server, &root), "local", &["chat"]).await;
    let store = open(&Location::Sqlite(path)).await.unwrap();

    until(Duration::from_secs(2), "asking for tokens", async || {
        chat(&other, "", OPENAI).await.is_err()
    })
    .await;
    for id in ["k1", "k2", "k3"] {
        add_key(&other, &root, id, "good-canary-0123456789").await;
    }
    transit.mood.send_replace(Mood::Stalls);
    let asked = *transit.asked.borrow();
    // Each secret is sealed already; the server must ask for what opens it.
    for id in ["k1", "k2", "k3"] {
        let rows = store.load_keys().await.unwrap();
        let (mut key, mut secret) = rows
            .into_iter()
            .map(Result::unwrap)
            .find(|(key, _)| key.id == id)
            .unwrap();
        let before = std::mem::replace(&mut key.etag, format!("{id}-2"));
        key.version += 1;
        secret.version += 1;
        secret.sealed.push(0);
        store.rotate_key(&key, &secret, &before, None).await.unwrap();
    }
    let mut count = transit.asked.clone();
    count.wait_for(|now| *now > asked).await.unwrap();
    let now = Timestamp::from(SystemTime::now());
    store.revoke_token(&id, now, None).await.unwrap();

    let limit = Duration::from_secs(1);
    let acted = until(limit, "a revocation", async || {
        chat(&server, &text, OPENAI).await.is_err()
    })
    .await;
    eprintln!("while the key service stalls, a revoked token is refused after {acted:?}");
    let end = Instant::now() + Duration::from_secs(2);
    while Instant::now() < end {
        assert_serving(&server).await;
        chat(&server, &root, OPENAI).await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_comes_up_without_its_key_service_and_has_the_keys_when_that_is_back() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("crux.db");
    let transit = Transit::start().await;
    let mut settings = vec![("SQLITE_DB_PATH", path.to_str().unwrap())];
    settings.extend(transit.settings());
    let first = start(&settings).await;
    // Its provider refuses it: a chat that tries it takes an attempt more.
    add_key(&first, "", "k", "refused-canary-0123456789").await;

    transit.mood.send_replace(Mood::Sealed);
    let second = start_beside(&first, &settings).await;
    assert_eq!(
        attempts(&second, "").await,
        1,
        "the key is closed, and another one there"
    );
    assert_serving(&second).await;
    let ready = get(second.admin, "/ready").await;
    assert_eq!(
        (ready.status, ready.reasons("degraded")),
        (200, vec!["vault".to_owned()])
    );
    let closed = "\ncrux_vault_keys{state=\"closed\"} 1\n";
    assert!(get(second.admin, "/metrics").await.body.contains(closed));

    transit.mood.send_replace(Mood::Answers);
    let opened = until(Duration::from_secs(10), "opening the key", async || {
        attempts(&second, "").await == 2
    })
    .await;
    assert!(get(second.admin, "/ready").await.reasons("degraded").is_empty());
    let numbers = get(second.admin, "/metrics").await.body;
    let failover = "\ncrux_key_failovers_total{gen_ai_provider_name=\"openai\"} 1\n";
    assert!(
        !numbers.contains(closed) && numbers.contains(failover),
        "{numbers}"
    );
    eprintln!("{opened:?} after the key service is back, its keys are open");
}

async fn execute(path: &Path, statement: &str) {
    let mut connection = SqliteConnection::connect(path.to_str().unwrap()).await.unwrap();
    connection
        .execute(AssertSqlSafe(statement.to_owned()))
        .await
        .unwrap();
}

/// A topic, what spoils a row of it, and what mends that.
const DAMAGES: [(&str, &str, &str); 4] = [
    (
        "tenants",
        "UPDATE tenants SET labels = '{' WHERE id = 'bad'",
        "UPDATE tenants SET labels = '{}' WHERE id = 'bad'",
    ),
    (
        "tenants",
        "UPDATE api_tokens SET scopes = 'strange' WHERE tenant_id = 'bad'",
        "DELETE FROM api_tokens WHERE tenant_id = 'bad'",
    ),
    (
        "keys",
        "UPDATE keys SET state = 'strange' WHERE id = 'bad'",
        "UPDATE keys SET state = 'disabled' WHERE id = 'bad'",
    ),
    (
        "models",
        "INSERT INTO model_changes VALUES ('openai/bad', '{', 1, 1)",
        "DELETE FROM model_changes WHERE model_id = 'openai/bad'",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_makes_no_sense_spoils_nothing_but_itself_and_not_the_health() {
    for (topic, damage, mend) in DAMAGES {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("crux.db");
        let settings = [("SQLITE_DB_PATH", path.to_str().unwrap())];
        let server = start(&settings).await;
        let other = start_beside(&server, &settings).await;
        let root = first_token(&server).await;
        let mut administration = admin(&server, &root);
        crate::callers::create_tenant(&mut administration, "bad", pb::TenantPolicy::default()).await;
        let (_, spoilt) = create_token(&mut administration, "bad", &["chat"]).await;
        let (id, lost) = create_token(&mut administration, "local", &["chat"]).await;
        add_key(&server, &root, "bad", "good-canary-0123456789").await;
        until(Duration::from_secs(2), "asking for tokens", async || {
            chat(&other, "", OPENAI).await.is_err()
        })
        .await;

        execute(&path, damage).await;
        execute(
            &path,
            &format!("UPDATE revisions SET value = value + 1 WHERE topic = '{topic}'"),
        )
        .await;
        tokio::time::sleep(Duration::from_millis(700)).await;

        // Good tokens, a good key and a good alias of the other server, whatever that one can read.
        let (_, late) = create_token(&mut admin(&other, &root), "local", &["chat"]).await;
        revoke(&mut admin(&other, &root), &id).await;
        let patience = Duration::from_secs(2);
        until(patience, topic, async || {
            chat(&server, &late, OPENAI).await.is_ok() && chat(&server, &lost, OPENAI).await.is_err()
        })
        .await;
        assert_eq!(chat(&server, &spoilt, OPENAI).await.is_err(), topic == "tenants");
        if topic != "models" {
            set_alias(&other, &root, OPENAI, "fast").await;
            until(patience, topic, async || {
                model_of(&server, &root, "fast").await.is_ok()
            })
            .await;
        }
        // In the topic of the spoilt key, too.
        add_key(&other, &root, "refused", "refused-canary-0123456789").await;
        until(patience, topic, async || attempts(&server, &root).await == 2).await;
        assert_serving(&server).await;

        execute(&path, mend).await;
        let patience = Duration::from_secs(10);
        until(patience, "the mend", async || {
            chat(&server, &late, OPENAI).await.is_ok()
        })
        .await;
        set_alias(&other, &root, OPENAI, "mended").await;
        until(patience, "the mend", async || {
            model_of(&server, &root, "mended").await.is_ok()
        })
        .await;
    }
}
