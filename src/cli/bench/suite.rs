//! `crux bench --suite`: every measurement there is a target for, in one run.

use std::sync::Arc;
use std::time::Duration;

use super::BenchError;
use super::caller::Caller;
use super::children::Pair;
use super::load::{Bounds, Pattern};
use super::measure::{self, Measurement};
use super::report::{Amount, Table};
use super::samples::Samples;
use super::workload::Workload;
use super::{open_streams, process};
use crate::cli::terminal;
use crate::config::Level;

/// How the suite runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// Of each measurement.
    pub(super) duration: Duration,
    /// Of the gateway.
    pub(super) log_level: Level,
}

/// How often the start is measured; the median counts.
const STARTS: usize = 5;
/// Calls at once of the closed loops.
const CONCURRENCY: u32 = 16;
/// Connections to the gateway.
const CONNECTIONS: u32 = 4;
/// Open streams of the measurement of memory.
const OPEN_STREAMS: u32 = 2000;
/// How often the load with and without the gateway takes turns, so that a noisy moment meets both.
const TURNS: u32 = 3;
/// How long a gateway that nobody called is left alone before its memory is read.
const IDLE: Duration = Duration::from_millis(500);

const WHOLE: Workload = Workload {
    is_whole: true,
    chunks: 100,
    gap: Duration::ZERO,
    stalls: false,
};
/// As fast as the upstream can: several deltas come in one reading.
const BURST: Workload = Workload {
    is_whole: false,
    chunks: 500,
    gap: Duration::ZERO,
    stalls: false,
};
/// As a model writes: each delta comes alone.
const PACED: Workload = Workload {
    is_whole: false,
    chunks: 200,
    gap: Duration::from_millis(5),
    stalls: false,
};
/// Streams of the paced load at once: their deltas must not queue, or they would come in bursts.
const PACED_CONCURRENCY: u32 = 24;

/// Runs every measurement.
pub(super) async fn run(plan: &Plan) -> Result<Table, BenchError> {
    let mut table = Table::default();
    let pair = start(plan, &mut table).await?;
    let gateway = Arc::new(pair.caller(None, CONNECTIONS).await?);
    let direct = Arc::new(Caller::direct(&pair.upstream));

    say("whole chats, closed loop");
    let closed = Pattern::Closed {
        concurrency: CONCURRENCY,
    };
    let whole = measured(&gateway, &pair, WHOLE, closed, plan.duration, &mut table).await?;
    let cpu = whole.cpu_per_call().map(Amount::time);
    table.row(
        "processor time per whole chat",
        cpu,
        Some(Amount::Microseconds(120.0)),
    );
    let most = whole.samples.rate();
    table.row("whole chats, at most", Some(Amount::PerSecond(most)), None);

    say("streams in bursts, closed loop");
    let burst = measured(&gateway, &pair, BURST, closed, plan.duration, &mut table).await?;
    let target = Some(Amount::Microseconds(8.0));
    let cpu = burst.cpu_per_delta().map(Amount::time);
    table.row("processor time per delta, in bursts", cpu, target);
    let deltas = Amount::PerSecond(burst.deltas_per_second());
    table.row("streamed deltas, at most", Some(deltas), None);

    say("streams at a model's pace, with and without the gateway");
    let closed = Pattern::Closed {
        concurrency: PACED_CONCURRENCY,
    };
    let paced = measured(&gateway, &pair, PACED, closed, plan.duration, &mut table).await?;
    let cpu = paced.cpu_per_delta().map(Amount::time);
    table.row("processor time per delta, each alone", cpu, target);
    let user = paced.user_cpu_per_delta().map(Amount::time);
    table.row("of that outside the kernel", user, None);
    let bare = measured(&direct, &pair, PACED, closed, plan.duration, &mut table).await?;
    added(
        &mut table,
        "first delta",
        [&paced.samples.first, &bare.samples.first],
        None,
    );
    added(
        &mut table,
        "delta gap",
        [&paced.samples.gap, &bare.samples.gap],
        None,
    );
    added(
        &mut table,
        "whole stream",
        [&paced.samples.total, &bare.samples.total],
        None,
    );

    say("whole chats at half load, with and without the gateway");
    let half = Pattern::Open { rate: most / 2.0 };
    let (mut with, mut without) = (Samples::new()?, Samples::new()?);
    for _ in 0..TURNS {
        let duration = plan.duration / 2;
        let turn = measured(&direct, &pair, WHOLE, half, duration, &mut table).await?;
        without.merge(&turn.samples);
        let turn = measured(&gateway, &pair, WHOLE, half, duration, &mut table).await?;
        with.merge(&turn.samples);
    }
    let targets = Some([Amount::Microseconds(150.0), Amount::Microseconds(1000.0)]);
    added(
        &mut table,
        "whole chat at half load",
        [&with.total, &without.total],
        targets,
    );

    say("open streams");
    drop(pair);
    // What the loads left in the allocator's hands would be reused and not seen.
    let fresh = Pair::start(plan.log_level).await?;
    let open = open_streams::run(&fresh, OPEN_STREAMS).await?;
    let name = format!("memory per open stream, {} streams", open.count);
    table.row(
        name,
        open.bytes_each.map(Amount::Bytes),
        Some(Amount::Bytes(40 << 10)),
    );
    if let Some(error) = open.error {
        table.failure(format!("open streams: {error}"));
    }
    Ok(table)
}

/// Starts processes a few times, measures that, and keeps the last ones.
async fn start(plan: &Plan, table: &mut Table) -> Result<Pair, BenchError> {
    say("starts");
    let mut pair = Pair::start(plan.log_level).await?;
    let mut times = vec![pair.start];
    while times.len() < STARTS {
        pair = Pair::start(plan.log_level).await?;
        times.push(pair.start);
    }
    times.sort();
    let median = times.get(STARTS / 2).copied().map(Amount::time);
    table.row("start to serving", median, Some(Amount::Microseconds(200_000.0)));
    tokio::time::sleep(IDLE).await;
    let idle = process::rss_bytes(pair.gateway.pid()).map(Amount::Bytes);
    table.row("memory when idle", idle, Some(Amount::Bytes(30 << 20)));
    Ok(pair)
}

async fn measured(
    caller: &Arc<Caller>,
    pair: &Pair,
    workload: Workload,
    pattern: Pattern,
    duration: Duration,
    table: &mut Table,
) -> Result<Measurement, BenchError> {
    let bounds = Bounds {
        requests: None,
        duration: Some(duration),
    };
    let gateway = caller.is_gateway().then_some(&pair.gateway);
    let measurement = measure::run(caller, gateway, workload, pattern, bounds).await?;
    for (error, count) in &measurement.samples.errors {
        table.failure(format!("{count} x {error}, {}", workload.in_words()));
    }
    Ok(measurement)
}

/// Adds what the gateway adds, at the median and at the 99th percentile.
fn added(
    table: &mut Table,
    name: &str,
    [with, without]: [&super::samples::Times; 2],
    targets: Option<[Amount; 2]>,
) {
    let difference = |percentile| Some(Amount::added(with.at(percentile), without.at(percentile)));
    let [median, rare] = targets.map_or([None, None], |targets| targets.map(Some));
    table.row(format!("added to a {name}, p50"), difference(50.0), median);
    table.row(format!("added to a {name}, p99"), difference(99.0), rare);
}

/// Tells a person what takes so long.
fn say(stage: &str) {
    terminal::say(&format!("crux: measuring {stage}"));
}
