//! Owns the measurement of memory: what the gateway holds for each stream that is open and says nothing.

use std::time::Duration;

use futures_util::StreamExt as _;

use super::BenchError;
use super::caller::Caller;
use super::children::Pair;
use super::process;
use super::workload::Workload;

/// How many streams are opened at once: a burst must not be what is measured.
const OPENED_AT_ONCE: usize = 64;
/// Streams on one connection: as many callers, not one with all of them.
const STREAMS_PER_CONNECTION: u32 = 100;
/// How long memory may take to settle.
const SETTLE: Duration = Duration::from_millis(500);

/// What open streams cost.
#[derive(Debug)]
pub(super) struct OpenStreams {
    /// Streams that were open at once.
    pub(super) count: u32,
    /// Memory of the gateway for each of them.
    pub(super) bytes_each: Option<u64>,
    /// The first failure, if one came.
    pub(super) error: Option<String>,
}

/// Opens `count` streams that stand still after their first delta.
pub(super) async fn run(pair: &Pair, count: u32) -> Result<OpenStreams, BenchError> {
    let connections = count.div_ceil(STREAMS_PER_CONNECTION);
    let caller = pair.caller(None, connections).await?;
    let workload = Workload {
        is_whole: false,
        chunks: 100,
        gap: Duration::ZERO,
        stalls: true,
    };
    let rss = || process::rss_bytes(pair.gateway.pid());
    warm_up(&caller, &workload).await;
    tokio::time::sleep(SETTLE).await;

    let before = rss();
    let opening = (0..count).map(|_| caller.open(&workload));
    let mut opening = futures_util::stream::iter(opening).buffer_unordered(OPENED_AT_ONCE);
    let mut open = Vec::new();
    let mut error = None;
    while let Some(opened) = opening.next().await {
        match opened {
            Ok(stream) => open.push(stream),
            Err(failure) => error = error.or(Some(failure)),
        }
    }
    tokio::time::sleep(SETTLE).await;
    let after = rss();
    let opened = u32::try_from(open.len()).unwrap_or(u32::MAX);
    let bytes = after
        .zip(before)
        .map(|(after, before)| after.saturating_sub(before));
    Ok(OpenStreams {
        count: opened,
        bytes_each: bytes.and_then(|bytes| bytes.checked_div(opened.into())),
        error,
    })
}

/// Opens and drops a few streams, so that what is there for all of them is there.
async fn warm_up(caller: &Caller, workload: &Workload) {
    let opening = (0..OPENED_AT_ONCE).map(|_| caller.open(workload));
    // What fails here fails again where it is counted.
    drop(futures_util::future::join_all(opening).await);
}
