//! gRPC-Web over HTTP/1.1, byte by byte: who may call, what a page is told, cancel, deadline and drain. A real browser
//! does the same in `tests/web`.

use std::time::{Duration, Instant};

use crux::rpc::pb;
use prost::Message as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{Running, ask, faulty, start, start_alone};
use crate::probes::{Answer, exchange};

const PAGE: &str = "http://page.example:8080";
const SETTINGS: [(&str, &str); 2] = [
    ("CRUX_WEB__ENABLED", "true"),
    (
        "CRUX_WEB__ALLOWED_ORIGINS",
        "https://other.example, http://page.example:8080",
    ),
];

/// A preflight of a page.
async fn preflight(server: &Running, origin: &str) -> Answer {
    let request = format!(
        "OPTIONS /crux.v1.ChatService/StreamChat HTTP/1.1\r\nhost: x\r\norigin: {origin}\r\nconnection: close\r\n\
         access-control-request-method: POST\r\n\
         access-control-request-headers: content-type,x-grpc-web,authorization,grpc-timeout\r\n\r\n"
    );
    exchange(server.address, &request).await
}

/// A call of a page, sent; what comes is read by the test.
async fn call(server: &Running, request: &pb::ChatRequest, headers: &str) -> TcpStream {
    let message = request.encode_to_vec();
    let head = format!(
        "POST /crux.v1.ChatService/StreamChat HTTP/1.1\r\nhost: x\r\norigin: {PAGE}\r\n{headers}\
         content-type: application/grpc-web+proto\r\nx-grpc-web: 1\r\ncontent-length: {}\r\n\r\n",
        message.len() + 5
    );
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut bytes = head.into_bytes();
    bytes.push(0);
    bytes.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
    bytes.extend_from_slice(&message);
    stream.write_all(&bytes).await.unwrap();
    stream
}

/// What comes until `end` is in it.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut all = String::new();
    let mut bytes = [0; 4096];
    while !all.contains(end) {
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read(&mut bytes)).await;
        let Ok(Ok(count)) = read else {
            panic!("nothing more after {all:?}");
        };
        assert_ne!(count, 0, "closed after {all:?}");
        all.push_str(&String::from_utf8_lossy(bytes.get(..count).unwrap()));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_allowed_origins_may_call_and_no_others() {
    let server = start(&SETTINGS).await;

    let told = preflight(&server, PAGE).await;
    assert_eq!(told.status, 200);
    assert_eq!(told.header("access-control-allow-origin"), PAGE);
    assert_eq!(told.header("access-control-allow-methods"), "POST");
    assert_eq!(told.header("access-control-max-age"), "3600");
    let allowed = told.header("access-control-allow-headers");
    for header in ["authorization", "content-type", "grpc-timeout", "x-grpc-web"] {
        assert!(allowed.split(',').any(|allowed| allowed == header), "{allowed}");
    }
    for origin in [
        "http://page.example",
        "https://page.example:8080",
        "null",
        "http://x",
    ] {
        let told = preflight(&server, origin).await;
        assert_eq!(told.status, 403, "{origin}");
        assert!(
            !told.headers.keys().any(|name| name.starts_with("access-control")),
            "{told:?}"
        );
    }
    let mut stream = call(&server, &ask("openai/gpt-5", "hi"), "").await;
    let answer = read_until(&mut stream, "crux-finish-reason").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let lower = answer.to_lowercase();
    assert!(lower.contains(&format!("access-control-allow-origin: {PAGE}\r\n")));
    assert!(lower.contains("grpc-status-details-bin"), "exposed: {answer}");
    assert!(!lower.contains("allow-credentials"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_may_call_where_that_is_said_but_none_with_cookies() {
    let server = start(&[("CRUX_WEB__ENABLED", "true"), ("CRUX_WEB__ALLOWED_ORIGINS", "*")]).await;

    let told = preflight(&server, "https://anybody.example").await;

    assert_eq!(told.header("access-control-allow-origin"), "*");
    assert!(!told.headers.contains_key("access-control-allow-credentials"));
}

#[tokio::test(flavor = "multi_thread")]
async fn other_http_1_is_refused_in_words_and_none_is_taken_without_grpc_web() {
    let server = start(&SETTINGS).await;
    for request in [
        "GET / HTTP/1.1\r\nhost: x\r\n\r\n",
        "POST /crux.v1.ChatService/Chat HTTP/1.1\r\nhost: x\r\ncontent-type: application/grpc\r\ncontent-length: 5\r\n\r\n",
        "OPTIONS / HTTP/1.1\r\nhost: x\r\n\r\n",
    ] {
        let refused = exchange(server.address, request).await;
        assert_eq!(refused.status, 415, "{request}");
        assert!(refused.body.contains("gRPC over HTTP/2"), "{refused:?}");
    }

    let server = start(&[]).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(5), read).await.unwrap();
    assert!(!answer.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_leaves_stops_the_provider_within_100_ms() {
    let server = start_alone(&SETTINGS).await;
    for fault in ["stall-headers", "stall=2", "gap=10ms,chunks=100000"] {
        let aborted = server.stats.snapshot().aborted;
        let stream = call(&server, &ask(&faulty("openai/gpt-5", fault), "hi"), "").await;
        server
            .until(Duration::from_secs(1), |stats| stats.open == 1)
            .await;
        tokio::time::sleep(Duration::from_millis(50)).await;

        drop(stream);

        let gone = |stats: &crux::sandbox::Snapshot| stats.open == 0 && stats.aborted == aborted + 1;
        server.until(Duration::from_millis(100), gone).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deadlines_and_tokens_hold_and_errors_come_with_their_details() {
    let settings = [SETTINGS[0], SETTINGS[1], ("CRUX_AUTH__BEARER_TOKEN", "operator")];
    let server = start_alone(&settings).await;
    let known = "authorization: Bearer operator\r\n";

    let begun = Instant::now();
    let request = ask(&faulty("openai/gpt-5", "gap=50ms,chunks=100"), "hi");
    let mut stream = call(&server, &request, &format!("{known}grpc-timeout: 300m\r\n")).await;
    let answer = read_until(&mut stream, "grpc-status:4").await;
    assert!(
        begun.elapsed() < Duration::from_millis(600),
        "{:?}",
        begun.elapsed()
    );
    assert!(answer.contains("grpc-status-details-bin:"), "{answer}");

    let mut stream = call(&server, &ask("openai/gpt-5", "hi"), "").await;
    let refused = read_until(&mut stream, "grpc-status").await;
    assert!(
        refused.to_lowercase().contains("grpc-status: 16\r\n"),
        "{refused}"
    );
    assert!(refused.contains("grpc-status-details-bin"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_lets_running_pages_finish_and_closes_quiet_connections() {
    let mut server = start_alone(&[SETTINGS[0], SETTINGS[1], ("CRUX_SERVER__DRAIN_GRACE", "5s")]).await;
    let mut quiet = call(&server, &ask("openai/gpt-5", "hi"), "").await;
    read_until(&mut quiet, "grpc-status:0").await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let request = ask(&faulty("openai/gpt-5", "gap=20ms,chunks=30"), "hi");
    let mut running = call(&server, &request, "").await;
    read_until(&mut running, "200 OK").await;

    let begun = Instant::now();
    server.shut_down();

    let mut rest = Vec::new();
    for stream in [&mut quiet, &mut silent] {
        let closed = tokio::time::timeout(Duration::from_secs(1), stream.read_to_end(&mut rest)).await;
        closed.unwrap().unwrap();
    }
    read_until(&mut running, "grpc-status:0").await;
    server.gone().await;
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
}
