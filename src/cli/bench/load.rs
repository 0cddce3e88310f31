//! Owns when calls are made: in a closed loop, or at a rate that no answer slows down.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hdrhistogram::CreationError;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::caller::{Call, Caller};
use super::samples::Samples;
use super::workload::Workload;

/// When calls are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Pattern {
    /// So many at once; the next one when one ends.
    Closed { concurrency: u32 },
    /// So many each second, however long they take.
    Open { rate: f64 },
}

/// When a load ends, by whichever comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) requests: Option<u64>,
    pub(super) duration: Option<Duration>,
}

/// How many calls of an open loop may run at once; those beyond are left out and counted.
const IN_FLIGHT_LIMIT: usize = 8192;

/// Makes calls until the bounds are reached, and waits for the last of them.
pub(super) async fn run(
    caller: &Arc<Caller>,
    workload: Workload,
    pattern: Pattern,
    bounds: Bounds,
) -> Result<Samples, CreationError> {
    let mut samples = Samples::new()?;
    let started = Instant::now();
    match pattern {
        Pattern::Closed { concurrency } => {
            closed(caller, workload, concurrency, bounds, &mut samples).await;
        }
        Pattern::Open { rate } => open(caller, workload, rate, bounds, &mut samples).await,
    }
    samples.elapsed = started.elapsed();
    Ok(samples)
}

/// How many calls of each worker are reported at once: the reports must not become the load.
const BATCH: usize = 16;

async fn closed(
    caller: &Arc<Caller>,
    workload: Workload,
    concurrency: u32,
    bounds: Bounds,
    samples: &mut Samples,
) {
    let made = Arc::new(AtomicU64::new(0));
    let until = bounds.duration.map(|duration| Instant::now() + duration);
    let limit = bounds.requests.unwrap_or(u64::MAX);
    let (reports, mut reported) = tokio::sync::mpsc::channel(usize::try_from(concurrency).unwrap_or(BATCH));
    let mut workers = JoinSet::new();
    for _ in 0..concurrency {
        let (caller, made, reports) = (Arc::clone(caller), Arc::clone(&made), reports.clone());
        workers.spawn(async move {
            let mut batch = Vec::with_capacity(BATCH);
            while until.is_none_or(|until| Instant::now() < until)
                && made.fetch_add(1, Ordering::Relaxed) < limit
            {
                batch.push(caller.call(&workload).await);
                if batch.len() == BATCH {
                    // Nobody listens only when the run was dropped, and this with it.
                    let _ = reports.send(std::mem::take(&mut batch)).await;
                }
            }
            let _ = reports.send(batch).await;
        });
    }
    drop(reports);
    while let Some(batch) = reported.recv().await {
        for call in &batch {
            samples.add(call);
        }
    }
    while workers.join_next().await.is_some() {}
}

async fn open(caller: &Arc<Caller>, workload: Workload, rate: f64, bounds: Bounds, samples: &mut Samples) {
    let mut running: JoinSet<Call> = JoinSet::new();
    let mut ticks = ticks(rate, bounds);
    while ticks.recv().await.is_some() {
        while let Some(ended) = running.try_join_next() {
            add(samples, ended);
        }
        if running.len() < IN_FLIGHT_LIMIT {
            let caller = Arc::clone(caller);
            running.spawn(async move { caller.call(&workload).await });
        } else {
            samples.left_out += 1;
        }
    }
    while let Some(ended) = running.join_next().await {
        add(samples, ended);
    }
}

/// When a call is due, from a thread of its own: the runtime's timers tick in milliseconds and would make
/// the calls of each one come as a crowd.
fn ticks(rate: f64, bounds: Bounds) -> Receiver<()> {
    let (sender, ticks) = tokio::sync::mpsc::channel(IN_FLIGHT_LIMIT);
    let limit = bounds.requests.unwrap_or(u64::MAX);
    let pause = Duration::from_secs_f64(1.0 / rate.max(0.001));
    std::thread::spawn(move || {
        let started = Instant::now();
        let mut due = started;
        let mut made = 0;
        while made < limit && bounds.duration.is_none_or(|duration| due < started + duration) {
            #[expect(clippy::disallowed_methods, reason = "this thread does nothing else")]
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            if sender.blocking_send(()).is_err() {
                return;
            }
            made += 1;
            due += pause;
        }
    });
    ticks
}

fn add(samples: &mut Samples, ended: Result<Call, tokio::task::JoinError>) {
    let call = ended.unwrap_or_else(|error| Call {
        error: Some(error.to_string()),
        ..Call::default()
    });
    samples.add(&call);
}
