//! The database goes away and comes back: chats do not notice, writes and health say so.
//!
//! Runs where `CRUX_TEST_POSTGRES` names a server; see `tests/store.rs`.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::harness::{Running, ask, reason, start_alone};
use crate::preferences;
use crate::proxy::{Proxy, redirected, server_of};

/// A server whose database is behind a proxy; `None` where there is no PostgreSQL to test with.
async fn behind_proxy(grace: &str) -> Option<(Proxy, Running)> {
    let Ok(server) = std::env::var("CRUX_TEST_POSTGRES") else {
        assert!(
            std::env::var("CI").is_err(),
            "CRUX_TEST_POSTGRES is not set: a failure in CI"
        );
        eprintln!("!! SKIPPED: CRUX_TEST_POSTGRES is not set");
        return None;
    };
    let name = format!("crux_test_{}", uuid::Uuid::new_v4().simple());
    let mut connection = PgConnection::connect(&server).await.unwrap();
    // The name is made above, of hexadecimal digits.
    let statement = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    connection.execute(statement).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    let url = format!("{base}/{name}");
    let proxy = Proxy::to(server_of(&url)).await;
    let way = redirected(&url, proxy.address);
    let settings = [
        ("DATABASE_URL", way.as_str()),
        ("CRUX_STORE__OUTAGE_GRACE", grace),
    ];
    let running = start_alone(&settings).await;
    Some((proxy, running))
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
    let Some((proxy, server)) = behind_proxy("1h").await else {
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
    let Some((proxy, server)) = behind_proxy("0s").await else {
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
