//! The admin port: `/live`, `/ready` and `/health`, in agreement with `grpc.health.v1`.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::harness::{Running, ask, collect, faulty, start, start_alone};
use crate::outages;

/// An answer over HTTP/1.1.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Answer {
    /// Empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json");
        assert_eq!(self.header("cache-control"), "no-store");
        serde_json::from_str(&self.body).unwrap()
    }

    /// The reasons in one of its lists.
    pub(crate) fn reasons(&self, list: &str) -> Vec<String> {
        let json = self.json();
        let reasons = json.get(list).unwrap().as_array().unwrap().iter();
        reasons
            .map(|one| one["reason"].as_str().unwrap().to_owned())
            .collect()
    }
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    exchange(
        address,
        &format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
    )
    .await
}

/// Sends bytes, reads the answer to the end of the connection.
pub(crate) async fn exchange(address: SocketAddr, request: &str) -> Answer {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut bytes)).await;
    read.unwrap().unwrap();
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap());
    Answer {
        status,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: body.to_owned(),
    }
}

async fn health(server: &Running) -> Option<ServingStatus> {
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    let mut client = HealthClient::new(channel.connect().await.ok()?);
    let answer = client.check(HealthCheckRequest::default()).await.ok()?;
    Some(answer.into_inner().status())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_serves_says_so_in_json() {
    let server = start(&[]).await;

    let live = get(server.admin, "/live").await;
    assert_eq!((live.status, live.json()["status"].as_str()), (200, Some("live")));
    let ready = get(server.admin, "/ready").await;
    assert_eq!(
        (ready.status, ready.json()["status"].as_str()),
        (200, Some("ready"))
    );
    assert!(ready.reasons("reasons").is_empty() && ready.reasons("degraded").is_empty());
    assert_eq!(health(&server).await, Some(ServingStatus::Serving));
    let health = get(server.admin, "/health").await;
    let json = health.json();
    assert_eq!((health.status, json["status"].as_str()), (200, Some("ok")));
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    let timestamp = json["timestamp"].as_str().unwrap();
    assert!(timestamp.len() == 20 && timestamp.ends_with('Z'), "{timestamp}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_refused_and_heads_have_no_body() {
    let server = start(&[]).await;

    let nothing = get(server.admin, "/metric").await;
    assert_eq!(nothing.status, 404);
    assert!(
        nothing.json()["paths"]
            .as_array()
            .unwrap()
            .iter()
            .any(|path| path == "/metrics")
    );
    let head = "HEAD /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let head = exchange(server.admin, head).await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert!(head.header("content-length").parse::<usize>().unwrap() > 1000);
    let post = "POST /live HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi";
    let post = exchange(server.admin, post).await;
    assert_eq!(post.status, 405);
    post.json();
    let long = format!(
        "GET /live HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n",
        "x".repeat(64 * 1024)
    );
    let mut stream = TcpStream::connect(server.admin).await.unwrap();
    let _ = stream.write_all(long.as_bytes()).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_connections_than_there_are_places_wait_and_are_answered_in_turn() {
    let server = start_alone(&[]).await;
    let mut held = Vec::new();
    for _ in 0..64 {
        held.push(TcpStream::connect(server.admin).await.unwrap());
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let waiting = tokio::spawn(get(server.admin, "/live"));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished());

    held.clear();

    assert_eq!(waiting.await.unwrap().status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_is_told_until_the_last_call_is_over() {
    let mut server = start_alone(&[("CRUX_SERVER__DRAIN_GRACE", "5s")]).await;
    let model = faulty("anthropic/claude-sonnet-4-5", "gap=20ms,chunks=30");
    let mut client = server.client.clone();
    let running = client.stream_chat(ask(&model, "hi")).await;
    let admin = server.admin;

    server.shut_down();

    let deadline = Instant::now() + Duration::from_secs(1);
    let ready = loop {
        let ready = get(admin, "/ready").await;
        if ready.status == 503 {
            break ready;
        }
        assert!(Instant::now() < deadline);
    };
    assert_eq!(ready.reasons("reasons"), ["draining"]);
    assert_ne!(health(&server).await, Some(ServingStatus::Serving));
    assert_eq!(get(admin, "/live").await.status, 200);
    let told = get(admin, "/health").await;
    assert_eq!(
        (told.status, told.json()["status"].as_str()),
        (503, Some("unavailable"))
    );
    assert!(get(admin, "/metrics").await.body.contains("\ncrux_ready 0\n"));
    assert!(collect(running).await.status.is_ok());
    drop(client);
    server.gone().await;
    assert!(TcpStream::connect(admin).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_database_it_is_ready_for_the_grace_time_and_not_beyond() {
    for (grace, status, list) in [("1h", 200, "degraded"), ("0s", 503, "reasons")] {
        let Some((proxy, server, _)) = outages::behind_proxy(grace).await else {
            return;
        };
        assert_eq!(get(server.admin, "/ready").await.status, 200);

        proxy.cut();

        let deadline = Instant::now() + Duration::from_secs(10);
        while get(server.admin, "/ready").await.reasons(list) != ["store"] {
            assert!(Instant::now() < deadline);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let ready = get(server.admin, "/ready").await;
        assert_eq!(ready.status, status);
        tokio::time::sleep(Duration::from_millis(50)).await;
        let is_serving = health(&server).await == Some(ServingStatus::Serving);
        assert_eq!(is_serving, status == 200);
        assert!(
            get(server.admin, "/metrics")
                .await
                .body
                .contains("\ncrux_store_up 0\n")
        );

        proxy.mend();
        while get(server.admin, "/health").await.json()["status"] != "ok" {
            assert!(Instant::now() < deadline + Duration::from_secs(10));
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
