//! Back-pressure: a caller that stops reading holds up nobody and grows nothing.

use std::time::{Duration, Instant};

use crate::harness::{ask, connect, faulty, start_alone};

/// Resident memory of this process, in KiB: server, sandbox and callers together.
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_that_stop_reading_grow_no_memory_and_slow_nobody() {
    let server = start_alone(&[]).await;
    // Endless streams of 1 KiB deltas, as fast as they are read.
    let endless = faulty("openai/gpt-5", "chunks=20000,chunk-bytes=1024");
    let mut stalled = Vec::new();
    for _ in 0..20 {
        let mut client = connect(server.address).await;
        let mut stream = client
            .stream_chat(ask(&endless, "hi"))
            .await
            .unwrap()
            .into_inner();
        stream.message().await.unwrap();
        stalled.push((client, stream));
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = resident_kib();

    let begun = Instant::now();
    let mut slowest = Duration::ZERO;
    while begun.elapsed() < Duration::from_secs(3) {
        let call = Instant::now();
        let streamed = server.stream(ask("anthropic/claude-sonnet-4-5", "quick")).await;
        assert!(streamed.status.is_ok());
        slowest = slowest.max(call.elapsed());
    }
    let grown = resident_kib().saturating_sub(before);

    assert!(
        grown < 16 * 1024,
        "grew by {grown} KiB while 20 callers did not read"
    );
    assert!(slowest < Duration::from_millis(500), "{slowest:?}");
    drop(stalled);
    server.until_quiet().await;
}
