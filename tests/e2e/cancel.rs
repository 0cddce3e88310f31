//! A caller that leaves stops the provider: in every stage, for whole answers too, within 100 ms.

use std::time::{Duration, Instant};

use crate::harness::{MODELS, ask, connect, faulty, start_alone};

const PROMPTLY: Duration = Duration::from_millis(100);

/// Faults that hold a call in each stage for longer than the test takes.
const STAGES: [&str; 5] = [
    "stall-headers",
    "delay-first-byte=60s",
    "stall=1",
    "gap=10ms,chunks=100000",
    "stall=8,chunks=20",
];

#[tokio::test(flavor = "multi_thread")]
async fn leaving_a_stream_in_any_stage_closes_the_provider_s_socket() {
    let server = start_alone(&[]).await;
    for model in MODELS {
        for fault in STAGES {
            let aborted = server.stats.snapshot().aborted;
            let mut client = server.client.clone();
            let request = ask(&faulty(model, fault), "hi");
            let call = tokio::spawn(async move {
                let mut stream = client.stream_chat(request).await?.into_inner();
                while stream.message().await?.is_some() {}
                Ok::<_, tonic::Status>(())
            });
            server
                .until(Duration::from_secs(1), |stats| stats.open == 1)
                .await;
            tokio::time::sleep(Duration::from_millis(30)).await;

            call.abort();

            server
                .until(PROMPTLY, |stats| stats.open == 0 && stats.aborted == aborted + 1)
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_a_whole_answer_closes_the_provider_s_socket() {
    let server = start_alone(&[]).await;
    for model in MODELS {
        for fault in ["stall-headers", "delay-first-byte=60s", "stall=0"] {
            let aborted = server.stats.snapshot().aborted;
            let mut client = server.client.clone();
            let request = ask(&faulty(model, fault), "hi");
            let call = tokio::spawn(async move { client.chat(request).await });
            server
                .until(Duration::from_secs(1), |stats| stats.open == 1)
                .await;
            tokio::time::sleep(Duration::from_millis(20)).await;

            call.abort();

            server
                .until(PROMPTLY, |stats| stats.open == 0 && stats.aborted == aborted + 1)
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_leaving() {
    let server = start_alone(&[]).await;
    let mut calls = tokio::task::JoinSet::new();
    for model in MODELS {
        let address = server.address;
        calls.spawn(async move {
            // A connection of its own, so that dropping the client closes it.
            let mut client = connect(address).await;
            let request = ask(&faulty(model, "gap=10ms,chunks=100000"), "hi");
            let mut stream = client.stream_chat(request).await.unwrap().into_inner();
            while stream.message().await.unwrap().is_some() {}
        });
    }
    server
        .until(Duration::from_secs(2), |stats| stats.open == MODELS.len() as u64)
        .await;

    calls.abort_all();

    server.until(PROMPTLY, |stats| stats.open == 0).await;
    assert_eq!(server.stats.snapshot().aborted, MODELS.len() as u64);
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_during_a_backoff_ends_the_attempts() {
    let server = start_alone(&[
        ("CRUX_RETRY__BACKOFF_INITIAL", "10s"),
        ("CRUX_RETRY__BACKOFF_MAX", "10s"),
    ])
    .await;
    let mut client = server.client.clone();
    let request = ask(&faulty("openai/gpt-5", "status=429,retry-after=1"), "hi");
    let call = tokio::spawn(async move { client.chat(request).await });
    server
        .until(Duration::from_secs(1), |stats| stats.completed == 1)
        .await;

    call.abort();

    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(
        server.stats.snapshot().requests,
        1,
        "retried for a caller who had left"
    );
}

/// Thousands of calls, each left at a random moment: every request the provider got is completed or
/// aborted, none is left open, and every abort is counted.
#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_random_leavings_leave_nothing_open() {
    const CALLS: usize = 3000;
    let server = start_alone(&[]).await;
    let mut random = fastrand::Rng::with_seed(7);
    let mut left = 0;
    let mut done = 0;
    let mut waits = Vec::new();
    for _ in 0..CALLS / 100 {
        let mut calls = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let model = MODELS[random.usize(..MODELS.len())];
            let fault = [
                "delay-headers=10ms",
                "delay-first-byte=10ms",
                "gap=1ms,chunks=20",
                "stall=5,chunks=10",
            ];
            let request = ask(
                &faulty(model, fault[random.usize(..fault.len())]),
                "some words to stream back",
            );
            let patience = Duration::from_micros(random.u64(0..30_000));
            let is_whole = random.bool();
            let mut client = server.client.clone();
            calls.spawn(async move {
                let call = async {
                    if is_whole {
                        client.chat(request).await?;
                    } else {
                        let mut stream = client.stream_chat(request).await?.into_inner();
                        while stream.message().await?.is_some() {}
                    }
                    Ok::<_, tonic::Status>(())
                };
                tokio::time::timeout(patience, call).await.is_ok()
            });
        }
        while let Some(ended) = calls.join_next().await {
            if ended.unwrap() { done += 1 } else { left += 1 }
        }
        // The last of a hundred has just left.
        let begun = Instant::now();
        server
            .until(Duration::from_secs(2), |stats| stats.open == 0)
            .await;
        waits.push(begun.elapsed());
    }
    let stats = server.stats.snapshot();
    println!(
        "{left} left, {done} done: {stats:?}; closed after {:?} at the latest",
        waits.iter().max()
    );
    assert!(left > CALLS / 4, "{left}");
    // Other tests share the machine: one hundred in ten may be late.
    let late = waits.iter().filter(|wait| **wait > Duration::from_millis(100));
    assert!(late.count() <= waits.len() / 10, "{waits:?}");
    assert_eq!(stats.requests, stats.completed + stats.aborted);
    assert!(
        stats.aborted > 0 && stats.aborted <= left as u64,
        "{stats:?}, {left} left"
    );
}
