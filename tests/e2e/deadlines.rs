//! The caller's deadline holds in every stage, and nothing goes on behind it.

use std::time::{Duration, Instant};

use crux::rpc::pb;
use tonic::{Code, Status};

use crate::harness::{MODELS, ask, faulty, reason, start_alone, within};

const TIMEOUT: Duration = Duration::from_millis(300);

/// 10 % late.
const LATEST: Duration = Duration::from_millis(330);

/// What came of a call that the deadline ended, and after how long; without what the machine itself was late by, of
/// which a timer beside the call is the witness.
async fn timed<T>(call: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    let call = async { (call.await, begun.elapsed()) };
    let witness = async {
        tokio::time::sleep(TIMEOUT).await;
        begun.elapsed().saturating_sub(TIMEOUT)
    };
    let ((ended, took), late) = tokio::join!(call, witness);
    (ended, took.saturating_sub(late))
}

/// The server's word for it, or on a busy machine that of the caller's own clock.
fn is_deadline(status: &Status) -> bool {
    // A status that came over the wire has no source.
    let is_own = status.code() == Code::Cancelled && std::error::Error::source(status).is_some();
    is_own || status.code() == Code::DeadlineExceeded && reason(status) == "DEADLINE_EXCEEDED"
}

/// Faults that keep a call in each stage.
const STAGES: [(&str, &str); 6] = [
    ("headers", "stall-headers"),
    ("first byte", "delay-first-byte=10s"),
    ("first token", "stall=1"),
    ("stream", "gap=20ms,chunks=1000"),
    ("stalled stream", "stall=8,chunks=20"),
    ("backoff", "status=503"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_ends_at_the_deadline_in_every_stage() {
    let server = start_alone(&[
        ("CRUX_RETRY__BACKOFF_INITIAL", "200ms"),
        ("CRUX_RETRY__BACKOFF_MAX", "250ms"),
        ("CRUX_RETRY__MAX_ATTEMPTS", "10"),
    ])
    .await;
    // The client's own clock would count the time to connect.
    server
        .client
        .clone()
        .chat(ask("openai/gpt-5", "hi"))
        .await
        .unwrap();
    let mut latest = Duration::ZERO;
    for model in MODELS {
        for (stage, fault) in STAGES {
            let request = within(TIMEOUT, ask(&faulty(model, fault), "hi"));
            let (streamed, took) = timed(server.stream(request)).await;
            latest = latest.max(took);

            // A wait that would end past the deadline is not begun: then the provider's error is the truth.
            let is_backoff = stage == "backoff" && streamed.reason() == "PROVIDER_UNAVAILABLE";
            assert!(
                is_backoff || is_deadline(streamed.status.as_ref().unwrap_err()),
                "{model} {stage}: {streamed:?}"
            );
            assert!(took < LATEST, "{model} {stage}: {took:?}");
            assert!(
                is_backoff || took > TIMEOUT.mul_f64(0.9),
                "{model} {stage}: {took:?}"
            );
        }
        server.until_quiet().await;
    }
    println!("streams with a deadline of {TIMEOUT:?} ended after {latest:?} at the latest");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_ends_at_the_deadline_in_every_stage() {
    let server = start_alone(&[]).await;
    // The client's own clock would count the time to connect.
    server
        .client
        .clone()
        .chat(ask("openai/gpt-5", "hi"))
        .await
        .unwrap();
    let mut latest = Duration::ZERO;
    for model in MODELS {
        for (stage, fault) in STAGES.into_iter().filter(|(stage, _)| *stage != "backoff") {
            let fault = if stage == "stream" {
                "delay-first-byte=3s"
            } else {
                fault
            };
            let fault = if stage.contains("stalled") || stage == "first token" {
                "stall=0"
            } else {
                fault
            };
            let request = within(TIMEOUT, ask(&faulty(model, fault), "hi"));
            let mut client = server.client.clone();
            let (answer, took) = timed(client.chat(request)).await;
            let status = answer.unwrap_err();
            latest = latest.max(took);

            assert!(is_deadline(&status), "{model} {stage}: {status:?}");
            assert!(took < LATEST, "{model} {stage}: {took:?}");
        }
        server.until_quiet().await;
    }
    println!("whole answers with a deadline of {TIMEOUT:?} ended after {latest:?} at the latest");
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_place_counts() {
    let server = start_alone(&[
        ("CRUX_LIMITS__MAX_CONCURRENT_CALLS", "1"),
        ("CRUX_LIMITS__MAX_QUEUED_CALLS", "1"),
    ])
    .await;
    let mut first = server.client.clone();
    let running = first
        .stream_chat(ask(&faulty("openai/gpt-5", "gap=100ms,chunks=1000"), "hi"))
        .await
        .unwrap();

    let mut second = server.client.clone();
    let request = pb::CountTokensRequest {
        request: Some(ask("openai/gpt-5", "hi")),
    };
    let (count, took) = timed(second.count_tokens(within(TIMEOUT, request))).await;
    assert_eq!(reason(&count.unwrap_err()), "DEADLINE_EXCEEDED");
    assert!(took < LATEST, "a count: {took:?}");

    let waiting = timed(server.stream(within(TIMEOUT, ask("openai/gpt-5", "hi"))));
    let refused = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        server.stream(ask("openai/gpt-5", "hi")).await
    };
    let ((waiting, took), refused) = tokio::join!(waiting, refused);
    assert_eq!(waiting.reason(), "DEADLINE_EXCEEDED");
    assert!(took < LATEST, "{took:?}");
    assert_eq!(refused.reason(), "OVERLOADED");
    assert_eq!(
        refused
            .status
            .unwrap_err()
            .metadata()
            .get("grpc-retry-pushback-ms")
            .unwrap(),
        "100"
    );

    drop(running);
    let next = server
        .stream(within(Duration::from_secs(5), ask("openai/gpt-5", "hi")))
        .await;
    assert!(next.status.is_ok(), "{:?}", next.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_holds_while_the_caller_does_not_read() {
    let server = start_alone(&[]).await;
    let model = faulty("openai/gpt-5", "chunks=2000000,chunk-bytes=64");
    let request = within(Duration::from_millis(500), ask(&model, "hi"));
    let stream = server.client.clone().stream_chat(request).await.unwrap();

    // The window is shut, the server waits for the caller; the provider is cut off all the same.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(server.stats.snapshot().open, 1);
    server
        .until(Duration::from_millis(400), |stats| stats.open == 0)
        .await;
    drop(stream);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_s_own_limit_is_the_provider_s_timeout() {
    let server = start_alone(&[
        ("CRUX_TIMEOUTS__GENERATION", "300ms"),
        ("CRUX_TIMEOUTS__CONNECT", "200ms"),
        ("CRUX_TIMEOUTS__FIRST_TOKEN", "200ms"),
        ("CRUX_TIMEOUTS__IDLE", "200ms"),
    ])
    .await;
    let model = faulty("anthropic/claude-sonnet-4-5", "gap=20ms,chunks=1000");
    let streamed = server.stream(ask(&model, "hi")).await;
    assert_eq!(streamed.reason(), "PROVIDER_TIMEOUT");
    assert!(streamed.failed().usage.as_ref().unwrap().output_tokens.unwrap() > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_s_own_patience_for_a_first_token_ends_an_attempt() {
    let server = start_alone(&[]).await;
    let routing = pb::RoutingOptions {
        first_token_timeout: Some(prost_types::Duration {
            seconds: 0,
            nanos: 100_000_000,
        }),
        max_attempts: Some(1),
        ..Default::default()
    };
    let request = pb::ChatRequest {
        routing: Some(routing),
        ..ask(&faulty("xai/grok-4", "stall-headers"), "hi")
    };
    let begun = Instant::now();
    let status = server.client.clone().chat(request).await.unwrap_err();
    assert_eq!(reason(&status), "PROVIDER_TIMEOUT");
    assert!(
        begun.elapsed() < Duration::from_millis(200),
        "{:?}",
        begun.elapsed()
    );
}
