//! What is not counted as it happens but read off when somebody looks: how things stand.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::labels::{OfProvider, OfTopic, State};
use crate::domain::time::Timestamp;
use crate::telemetry::process::Process;

/// A gauge of seconds since 1970.
type Time = Gauge<f64, AtomicU64>;

/// How things stand.
#[derive(Debug, Default)]
pub struct Readings {
    pub(super) ready: Gauge,
    pub(super) running: Gauge,
    pub(super) queued: Gauge,
    pub(super) provider_ready: Family<OfProvider, Gauge>,
    pub(super) upstream_requests: Family<OfProvider, Gauge>,
    pub(super) upstream_connections: Gauge,
    pub(super) vault_keys: Family<State, Gauge>,
    pub(super) store_up: Gauge,
    pub(super) store_since: Time,
    pub(super) snapshots: Family<OfTopic, Time>,
    pub(super) lists: Family<OfProvider, Time>,
    pub(super) observations_dropped: Counter,
    pub(super) process_start: Time,
    pub(super) process_cpu: Counter<f64, AtomicU64>,
    pub(super) process_memory: Gauge,
    pub(super) process_open_files: Gauge,
    pub(super) process_max_files: Gauge,
}

impl Readings {
    /// Whether calls are taken.
    pub fn ready(&self, is_ready: bool) {
        self.ready.set(i64::from(is_ready));
    }

    /// Chats that run, and that wait for a place.
    pub fn calls(&self, running: usize, queued: usize) {
        self.running.set(number(running));
        self.queued.set(number(queued));
    }

    /// Whether a provider has what it needs to be called.
    pub fn provider_ready(&self, id: &str, is_ready: bool) {
        let gauge = self.provider_ready.get_or_create_owned(&of_provider(id));
        gauge.set(i64::from(is_ready));
    }

    /// Requests to a provider that are under way.
    pub fn upstream_requests(&self, id: &str, count: usize) {
        let gauge = self.upstream_requests.get_or_create_owned(&of_provider(id));
        gauge.set(number(count));
    }

    /// Connections to providers that are open.
    pub fn upstream_connections(&self, count: usize) {
        self.upstream_connections.set(number(count));
    }

    /// How many of the vault's keys are in a state.
    pub fn vault_keys(&self, state: &'static str, count: usize) {
        self.vault_keys.get_or_create(&State { state }).set(number(count));
    }

    /// Whether the database answers, and since when that is so.
    pub fn store(&self, is_up: bool, since: Timestamp) {
        self.store_up.set(i64::from(is_up));
        self.store_since.set(seconds(since));
    }

    /// When what is held of a topic was read last.
    pub fn snapshot(&self, topic: &'static str, time: Timestamp) {
        self.snapshots
            .get_or_create(&OfTopic { topic })
            .set(seconds(time));
    }

    /// When a provider's list of models was read last.
    pub fn list(&self, provider: &str, time: Timestamp) {
        self.lists
            .get_or_create(&of_provider(provider))
            .set(seconds(time));
    }

    /// How many observations of models were dropped since the start.
    pub fn observations_dropped(&self, count: u64) {
        self.observations_dropped.inner().store(count, Ordering::Relaxed);
    }

    /// What the process takes of its machine.
    pub fn process(&self, process: &Process) {
        self.process_start.set(process.start_seconds);
        self.process_cpu
            .inner()
            .store(process.cpu_seconds.to_bits(), Ordering::Relaxed);
        self.process_memory.set(number(process.resident_bytes));
        self.process_open_files.set(number(process.open_files));
        self.process_max_files.set(number(process.max_files));
    }
}

fn of_provider(id: &str) -> OfProvider {
    OfProvider {
        gen_ai_provider_name: Arc::from(id),
    }
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds stay exact until the year 2255"
)]
fn seconds(time: Timestamp) -> f64 {
    time.0 as f64 / 1e6
}
