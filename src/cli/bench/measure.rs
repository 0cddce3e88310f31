//! Owns one measurement: a load, and the gateway's processor time and memory around it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::BenchError;
use super::caller::Caller;
use super::children::Child;
use super::load::{self, Bounds, Pattern};
use super::process;
use super::report::{microseconds, time};
use super::samples::{Samples, Times, real};
use super::workload::Workload;

/// What a load measured.
#[derive(Debug)]
pub(super) struct Measurement {
    pub(super) samples: Samples,
    workload: Workload,
    pattern: Pattern,
    is_gateway: bool,
    /// The gateway's processor time during the load.
    cpu: Option<process::Cpu>,
    /// Its memory at the end.
    rss_bytes: Option<u64>,
}

/// Calls before a measurement, to open connections and fill caches.
const WARM_UP: u64 = 50;
/// How long such calls are made at most.
const WARM_UP_TIME: Duration = Duration::from_secs(1);

/// Runs a load, after a short one that is not measured.
pub(super) async fn run(
    caller: &Arc<Caller>,
    gateway: Option<&Child>,
    workload: Workload,
    pattern: Pattern,
    bounds: Bounds,
) -> Result<Measurement, BenchError> {
    warm_up(caller, workload).await?;
    let cpu = || gateway.and_then(|gateway| process::cpu(gateway.pid()));
    let before = cpu();
    let samples = load::run(caller, workload, pattern, bounds).await?;
    let after = cpu();
    Ok(Measurement {
        samples,
        workload,
        pattern,
        is_gateway: caller.is_gateway(),
        cpu: after.zip(before).map(|(after, before)| after.since(before)),
        rss_bytes: gateway.and_then(|gateway| process::rss_bytes(gateway.pid())),
    })
}

/// Makes a few calls; when all of them fail there is nothing to measure.
async fn warm_up(caller: &Arc<Caller>, workload: Workload) -> Result<(), BenchError> {
    let bounds = Bounds {
        requests: Some(WARM_UP),
        duration: Some(WARM_UP_TIME),
    };
    let samples = load::run(caller, workload, Pattern::Closed { concurrency: 8 }, bounds).await?;
    match samples.errors.last_key_value() {
        Some((error, _)) if samples.calls == 0 => Err(BenchError::Broken(samples.failed(), error.clone())),
        Some(_) | None => Ok(()),
    }
}

impl Measurement {
    /// The gateway's processor time for each call.
    pub(super) fn cpu_per_call(&self) -> Option<Duration> {
        divided(self.cpu?.total(), self.samples.calls)
    }

    /// The gateway's processor time for each delta of the upstream, the calls' own share included.
    pub(super) fn cpu_per_delta(&self) -> Option<Duration> {
        divided(self.cpu?.total(), self.deltas()?)
    }

    /// What of it was spent in the gateway's own code, and not in the kernel.
    pub(super) fn user_cpu_per_delta(&self) -> Option<Duration> {
        divided(self.cpu?.user, self.deltas()?)
    }

    fn deltas(&self) -> Option<u64> {
        let deltas = self.samples.calls.checked_mul(self.workload.chunks.into())?;
        (!self.workload.is_whole).then_some(deltas)
    }

    /// Deltas of the upstream each second.
    pub(super) fn deltas_per_second(&self) -> f64 {
        self.samples.rate() * f64::from(self.workload.chunks)
    }

    fn title(&self) -> String {
        let way = if self.is_gateway {
            "gRPC to the gateway"
        } else {
            "HTTP, straight to the upstream"
        };
        let pattern = match self.pattern {
            Pattern::Closed { concurrency } => format!("closed loop, {concurrency} at once"),
            Pattern::Open { rate } => format!("open loop, {rate:.0} each second"),
        };
        format!("{way} · {} · {pattern}", self.workload.in_words())
    }

    /// For a person.
    pub(super) fn text(&self) -> String {
        let samples = &self.samples;
        let mut lines = vec![
            self.title(),
            format!(
                "{} calls in {:.1} s: {:.1} each second; {} failed",
                samples.calls,
                samples.elapsed.as_secs_f64(),
                samples.rate(),
                samples.failed()
            ),
        ];
        lines.extend(
            samples
                .errors
                .iter()
                .map(|(error, count)| format!("  {count} x {error}")),
        );
        if samples.left_out > 0 {
            let words = "calls were left out: more than the limit ran at once";
            lines.push(format!("  {} {words}", samples.left_out));
        }
        if !self.workload.is_whole {
            lines.push(format!(
                "{:.0} deltas of the upstream each second, {} read",
                self.deltas_per_second(),
                samples.deltas
            ));
        }
        lines.push(format!(
            "{:<12} {:>10} {:>10} {:>10} {:>10} {:>10}",
            "", "p50", "p90", "p99", "p99.9", "max"
        ));
        let rows = [
            ("call", &samples.total),
            ("first delta", &samples.first),
            ("delta gap", &samples.gap),
        ];
        lines.extend(rows.into_iter().filter(|(_, times)| !times.is_empty()).map(row));
        if let Some(call) = self.cpu_per_call() {
            let delta = self.cpu_per_delta();
            let delta = delta.map_or_else(String::new, |delta| format!(", {} per delta", time(delta)));
            lines.push(format!(
                "gateway: {} of processor time per call{delta}",
                time(call)
            ));
        }
        if let Some(rss) = self.rss_bytes {
            lines.push(format!("gateway: {:.1} MiB resident", real(rss / 1024) / 1024.0));
        }
        lines.join("\n")
    }

    /// For a program; times in microseconds.
    pub(super) fn json(&self) -> Value {
        let samples = &self.samples;
        json!({
            "way": if self.is_gateway { "gateway" } else { "direct" },
            "workload": {"whole": self.workload.is_whole, "chunks": self.workload.chunks,
                         "gap_us": microseconds(self.workload.gap)},
            "calls": samples.calls,
            "errors": samples.errors,
            "left_out": samples.left_out,
            "elapsed_s": samples.elapsed.as_secs_f64(),
            "calls_per_second": samples.rate(),
            "deltas_read": samples.deltas,
            "call_us": percentiles(&samples.total),
            "first_delta_us": percentiles(&samples.first),
            "delta_gap_us": percentiles(&samples.gap),
            "gateway": {"cpu_per_call_us": self.cpu_per_call().map(microseconds),
                        "cpu_per_delta_us": self.cpu_per_delta().map(microseconds),
                        "rss_bytes": self.rss_bytes},
        })
    }
}

const PERCENTILES: [f64; 5] = [50.0, 90.0, 99.0, 99.9, 100.0];

fn row((name, times): (&str, &Times)) -> String {
    let cells = PERCENTILES.map(|percentile| format!("{:>10}", time(times.at(percentile))));
    format!("{name:<12} {}", cells.join(" "))
}

fn percentiles(times: &Times) -> Value {
    let [p50, p90, p99, p999, max] = PERCENTILES.map(|percentile| microseconds(times.at(percentile)));
    json!({"p50": p50, "p90": p90, "p99": p99, "p99_9": p999, "max": max})
}

fn divided(time: Duration, count: u64) -> Option<Duration> {
    (count > 0).then(|| Duration::from_secs_f64(time.as_secs_f64() / real(count)))
}
