//! Several servers on one PostgreSQL database: what is changed on one holds on the others, and all may start at once.

use std::time::{Duration, Instant};

use crux::rpc::pb;
use crux::rpc::pb::key_vault_service_client::KeyVaultServiceClient;

use crate::callers::{admin, chat, create_tenant, create_token, first_token, revoke, suspend, wire};
use crate::freshness::{add_key, attempts, model_of, set_alias, until};
use crate::harness::{start_alone, start_beside, start_many};
use crate::postgres;
use crate::proxy::{Proxy, redirected, server_of};

const OPENAI: &str = "openai/gpt-5";
const MINI: &str = "openai/gpt-5-mini";
const KEK: (&str, &str) = (
    "CRUX_VAULT__KEKS__MAIN__KEY",
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
);
/// How long a change may take to the other server.
const LIMIT: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_change_on_one_replica_acts_on_the_other_within_a_second() {
    let Some(url) = postgres::database().await else {
        return;
    };
    let settings = [("DATABASE_URL", url.as_str()), KEK];
    let one = start_alone(&settings).await;
    let root = first_token(&one).await;
    let other = start_beside(&one, &settings).await;
    let mut administration = admin(&one, &root);
    create_tenant(&mut administration, "acme", pb::TenantPolicy::default()).await;
    let (_, suspended) = create_token(&mut administration, "acme", &["chat"]).await;
    let (id, revoked) = create_token(&mut administration, "acme", &["chat"]).await;
    add_key(&one, &root, "k", "good-canary-0123456789").await;
    set_alias(&one, &root, OPENAI, "fast").await;
    for token in [&revoked, &suspended] {
        until(LIMIT, "a new token", async || {
            chat(&other, token, OPENAI).await.is_ok()
        })
        .await;
    }
    until(LIMIT, "a new alias", async || {
        model_of(&other, &root, "fast").await.as_deref() == Ok(OPENAI)
    })
    .await;
    assert_eq!(attempts(&other, &root).await, 1);

    let request = pb::RotateKeyRequest {
        key_id: "k".to_owned(),
        // Its provider refuses it, so that its use is seen: a chat takes an attempt more.
        secret: "refused-canary-0123456789".to_owned(),
        ..Default::default()
    };
    let mut vault = KeyVaultServiceClient::new(wire(&one, &root));
    vault.rotate_key(request).await.unwrap();
    let rotated = until(LIMIT, "a rotation", async || attempts(&other, &root).await == 2).await;
    revoke(&mut administration, &id).await;
    let revoked = until(LIMIT, "a revocation", async || {
        chat(&other, &revoked, OPENAI).await.is_err()
    })
    .await;
    assert!(chat(&other, &suspended, OPENAI).await.is_ok());
    suspend(&mut administration, "acme").await;
    let suspended = until(LIMIT, "a suspension", async || {
        chat(&other, &suspended, OPENAI).await.is_err()
    })
    .await;
    set_alias(&one, &root, OPENAI, "").await;
    set_alias(&one, &root, MINI, "fast").await;
    let named = until(LIMIT, "an alias", async || {
        model_of(&other, &root, "fast").await.as_deref() == Ok(MINI)
    })
    .await;

    eprintln!(
        "on the other replica: a rotated key after {rotated:?}, a revoked token after {revoked:?}, a suspended tenant \
         after {suspended:?}, a changed alias after {named:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn four_replicas_come_up_at_once_on_an_empty_database() {
    let Some(url) = postgres::database().await else {
        return;
    };
    let begun = Instant::now();

    let replicas = start_many(4, &[("DATABASE_URL", url.as_str()), KEK]).await;

    eprintln!("four replicas came up within {:?}", begun.elapsed());
    let root = first_token(&replicas[0]).await;
    for replica in &replicas {
        until(LIMIT, "a new token", async || {
            chat(replica, &root, OPENAI).await.is_ok()
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_starts_before_its_database_waits_for_it() {
    let Some(url) = postgres::database().await else {
        return;
    };
    let proxy = Proxy::to(server_of(&url)).await;
    let way = redirected(&url, proxy.address);
    proxy.cut();

    let mend = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        proxy.mend();
    };
    let settings = [("DATABASE_URL", way.as_str()), KEK];
    let (server, ()) = tokio::join!(start_alone(&settings), mend);

    chat(&server, "", OPENAI).await.unwrap();
}
