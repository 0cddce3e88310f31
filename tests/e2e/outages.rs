//! The database goes away and comes back: chats do not notice, writes and health say so.
//!
//! Runs where `CRUX_TEST_POSTGRES` names a server; see `tests/store.rs`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::freshness::{model_of, set_alias, until};
use crate::harness::{Running, ask, reason, start_alone, start_beside};
use crate::postgres;
use crate::preferences;
use crate::proxy::{Proxy, redirected, server_of};

/// A server whose database is behind a proxy, and that database's URL; `None` where there is no PostgreSQL to test with.
pub(crate) async fn behind_proxy(grace: &str) -> Option<(Proxy, Running, String)> {
    let url = postgres::database().await?;
    let proxy = Proxy::to(server_of(&url)).await;
    let way = redirected(&url, proxy.address);
    let settings = [
        ("DATABASE_URL", way.as_str()),
        ("CRUX_STORE__OUTAGE_GRACE", grace),
    ];
    let running = start_alone(&settings).await;
    Some((proxy, running, url))
}

async fn health(address: SocketAddr, service: &str) -> ServingStatus {
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut client = HealthClient::new(channel.connect().await.unwrap());
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    client.check(request).await.unwrap().into_inner().status()
}

async fn until_health(address: SocketAddr, service: &str, expected: ServingStatus) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while health(address, service).await != expected {
        assert!(Instant::now() < deadline, "{service:?} never became {expected:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

const WRITER: &str = "crux.v1.PreferencesService";
const CHAT: &str = "crux.v1.ChatService";

#[tokio::test(flavor = "multi_thread")]
async fn chats_go_on_without_the_database_and_writes_say_that_it_is_gone() {
    let Some((proxy, server, _)) = behind_proxy("1h").await else {
        return;
    };
    let preferences = preferences::client(&server);
    let set = async || {
        preferences
            .clone()
            .update_preferences(preferences::setting("u", "a", "1"))
            .await
    };
    set().await.unwrap();
    assert_eq!(health(server.address, WRITER).await, ServingStatus::Serving);

    // Under load all the while.
    let chats = {
        let client = server.client.clone();
        tokio::spawn(async move {
            let end = Instant::now() + Duration::from_secs(6);
            let mut answered = 0;
            while Instant::now() < end {
                client.clone().chat(ask("openai/gpt-5", "hi")).await.unwrap();
                answered += 1;
            }
            answered
        })
    };
    tokio::time::sleep(Duration::from_millis(300)).await;
    proxy.cut();
    let begun = Instant::now();
    let refused = set().await.unwrap_err();

    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Unavailable, "STORE_UNAVAILABLE")
    );
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    until_health(server.address, WRITER, ServingStatus::NotServing).await;
    for service in ["", CHAT, "crux.v1.ServerService", "provider/openai"] {
        assert_eq!(
            health(server.address, service).await,
            ServingStatus::Serving,
            "{service}"
        );
    }

    proxy.mend();
    until_health(server.address, WRITER, ServingStatus::Serving).await;
    set().await.unwrap();
    assert!(chats.await.unwrap() > 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_grace_time_nothing_is_served_until_the_database_is_back() {
    let Some((proxy, server, _)) = behind_proxy("0s").await else {
        return;
    };
    let chat = async || server.client.clone().chat(ask("openai/gpt-5", "hi")).await;
    chat().await.unwrap();

    proxy.cut();
    until_health(server.address, "", ServingStatus::NotServing).await;

    assert_eq!(health(server.address, CHAT).await, ServingStatus::NotServing);
    let refused = chat().await.unwrap_err();
    assert_eq!(reason(&refused), "STORE_UNAVAILABLE");

    proxy.mend();
    until_health(server.address, "", ServingStatus::Serving).await;
    chat().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_replica_changes_during_an_outage_is_known_after_it_and_no_chat_fails() {
    let Some((proxy, server, url)) = behind_proxy("1h").await else {
        return;
    };
    let other = start_beside(&server, &[("DATABASE_URL", &url)]).await;
    let (model, alias) = ("openai/gpt-5", "fast");
    // 20 chats a second, whatever becomes of those before.
    let chats = {
        let client = server.client.clone();
        tokio::spawn(async move {
            let mut every = tokio::time::interval(Duration::from_millis(50));
            let mut chats = tokio::task::JoinSet::new();
            for _ in 0..20 * 8 {
                every.tick().await;
                let mut client = client.clone();
                chats.spawn(async move { client.chat(ask("openai/gpt-5", "hi")).await });
            }
            chats.join_all().await
        })
    };
    tokio::time::sleep(Duration::from_millis(500)).await;

    proxy.cut();
    let cut = Instant::now();
    let preferences = preferences::client(&server);
    let setting = preferences::setting("u", "a", "1");
    let refused = preferences
        .clone()
        .update_preferences(setting.clone())
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code(), reason(&refused).as_str()),
        (Code::Unavailable, "STORE_UNAVAILABLE")
    );
    set_alias(&other, "", model, alias).await;
    until_health(server.address, WRITER, ServingStatus::NotServing).await;
    tokio::time::sleep(Duration::from_secs(5).saturating_sub(cut.elapsed())).await;
    assert!(model_of(&server, "", alias).await.is_err());
    proxy.mend();

    let patience = Duration::from_secs(5);
    let known = until(patience, "hearing of the change", async || {
        model_of(&server, "", alias).await.as_deref() == Ok(model)
    })
    .await;
    until_health(server.address, WRITER, ServingStatus::Serving).await;
    preferences.clone().update_preferences(setting).await.unwrap();
    let answers = chats.await.unwrap();
    let failed: Vec<_> = answers
        .iter()
        .filter_map(|answer| answer.as_ref().err())
        .collect();
    assert!(
        failed.is_empty(),
        "{} of {} failed: {failed:?}",
        failed.len(),
        answers.len()
    );
    eprintln!(
        "{} chats, none failed; the change was known {known:?} after the outage",
        answers.len()
    );
}
