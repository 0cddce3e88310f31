//! Metrics: every name there is, in one place. `docs/metrics.md` says of each what it means.
//!
//! Names and units follow the `OpenTelemetry` conventions for RPC and generative AI where these have one (read
//! 2026-11-22), as Prometheus writes them; `crux_` begins all others. What happens is counted as it happens, with
//! handles that are obtained once; how things stand is read off when somebody looks.

mod calls;
mod chats;
mod histogram;
mod labels;
mod readings;

use std::fmt;
use std::sync::Arc;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry, Unit};

use self::calls::Calls;
use self::chats::Chats;
use self::labels::{Build, Cause, Ended, OTHER};

pub use self::calls::CallMetrics;
pub use self::chats::{ChatMetrics, Outcome, Settled};
pub use self::histogram::{Histogram, Samples};
pub use self::readings::Readings;

/// All numbers of one server.
pub struct Metrics {
    registry: Registry,
    calls: Calls,
    chats: Chats,
    auth_failures: Family<Cause, Counter>,
    refreshes: Family<Ended, Counter>,
    readings: Readings,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            calls: Calls::new(),
            chats: Chats::new(),
            auth_failures: Family::default(),
            refreshes: Family::default(),
            readings: Readings::default(),
        };
        metrics.name_calls();
        metrics.name_chats();
        metrics.name_state();
        metrics.name_process();
        metrics
    }
}

impl Metrics {
    /// What is counted of the RPC of this full name.
    pub fn call(&self, method: &'static str) -> CallMetrics {
        CallMetrics::new(&self.calls, method)
    }

    /// What is counted of the calls of RPCs that there are not.
    pub fn unknown_call(&self) -> CallMetrics {
        CallMetrics::new(&self.calls, OTHER)
    }

    /// What is counted of the chats with a provider of this server.
    pub fn provider(&self, id: &str) -> Arc<ChatMetrics> {
        Arc::new(ChatMetrics::new(&self.chats, id))
    }

    /// What is counted of the chats that go to no provider there is.
    pub fn unknown_provider(&self) -> Arc<ChatMetrics> {
        self.provider(OTHER)
    }

    /// A caller failed to prove who it is.
    pub fn auth_failed(&self, cause: &'static str) {
        self.auth_failures.get_or_create(&Cause { cause }).inc();
    }

    /// A provider's list was read: "OK", or the reason why not.
    pub fn refreshed(&self, provider: &str, outcome: &'static str) {
        let label = Ended {
            gen_ai_provider_name: provider.into(),
            outcome,
        };
        self.refreshes.get_or_create(&label).inc();
    }

    /// How things stand.
    pub fn readings(&self) -> &Readings {
        &self.readings
    }

    /// Everything, as `OpenMetrics` text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // A `String` takes whatever is written to it.
        let _ = encode(&mut text, &self.registry);
        text
    }

    fn name_calls(&mut self) {
        let Calls {
            started,
            finished,
            errors,
            duration,
        } = self.calls.clone();
        self.name("crux_calls_started", "RPCs that began", started);
        self.name("crux_calls_finished", "RPCs that ended, by gRPC code", finished);
        self.name("crux_errors", "RPCs that failed, by reason", errors);
        self.seconds(
            "rpc_server_call_duration",
            "How long RPCs took, streams to their end",
            duration,
        );
        let failures = self.auth_failures.clone();
        self.name(
            "crux_auth_failures",
            "Calls whose caller did not prove who it is",
            failures,
        );
    }

    fn name_chats(&mut self) {
        let chats = self.chats.clone();
        self.seconds(
            "gen_ai_server_request_duration",
            "How long chats took",
            chats.duration,
        );
        self.seconds(
            "gen_ai_server_time_to_first_token",
            "From a chat's arrival to the first part of its answer",
            chats.time_to_first_token,
        );
        self.seconds(
            "gen_ai_server_time_per_output_token",
            "From the first part of a streamed answer to its last bytes, for each further token",
            chats.time_per_output_token,
        );
        self.seconds(
            "gen_ai_client_operation_duration",
            "How long single attempts at a provider took",
            chats.attempt_duration,
        );
        self.seconds(
            "crux_delta_lag",
            "From the reading of a provider's bytes to the handing over of the delta in them",
            chats.delta_lag,
        );
        self.seconds(
            "crux_gateway_overhead",
            "Of a chat's time, what was not spent waiting for a provider or before another attempt",
            chats.overhead,
        );
        self.name(
            "crux_attempts",
            "Attempts at providers, by what came of them",
            chats.attempts,
        );
        self.name(
            "crux_retries",
            "Further attempts at the same model after a wait",
            chats.retries,
        );
        self.name(
            "crux_fallbacks",
            "Changes to another model, by the provider left",
            chats.fallbacks,
        );
        self.name(
            "crux_key_failovers",
            "Further attempts with another key",
            chats.key_failovers,
        );
        self.name("crux_tokens", "Tokens that chats used", chats.tokens);
        self.name(
            "crux_cost_nano_usd",
            "What chats cost, as far as prices are known",
            chats.cost,
        );
        self.name(
            "crux_open_streams",
            "Streamed chats that run or wait",
            chats.open_streams,
        );
    }

    fn name_state(&mut self) {
        let readings = &self.readings;
        let (ready, running, queued) = (
            readings.ready.clone(),
            readings.running.clone(),
            readings.queued.clone(),
        );
        let (provider_ready, requests) = (
            readings.provider_ready.clone(),
            readings.upstream_requests.clone(),
        );
        let (connections, keys) = (readings.upstream_connections.clone(), readings.vault_keys.clone());
        let (store_up, store_since) = (readings.store_up.clone(), readings.store_since.clone());
        let (snapshots, lists) = (readings.snapshots.clone(), readings.lists.clone());
        let dropped = readings.observations_dropped.clone();
        let refreshes = self.refreshes.clone();
        self.name("crux_ready", "Whether calls are taken, as /ready says", ready);
        self.name("crux_running_chats", "Chats that run", running);
        self.name("crux_queued_chats", "Chats that wait for a place", queued);
        self.name(
            "crux_provider_ready",
            "Whether a provider has the key it needs",
            provider_ready,
        );
        self.name(
            "crux_upstream_requests",
            "Requests to a provider under way",
            requests,
        );
        self.name(
            "crux_upstream_connections",
            "Connections to providers that are open",
            connections,
        );
        self.name("crux_vault_keys", "Stored provider keys", keys);
        self.name("crux_store_up", "Whether the database answers", store_up);
        self.seconds(
            "crux_store_since_timestamp",
            "Since when the database does, or does not",
            store_since,
        );
        self.seconds(
            "crux_snapshot_timestamp",
            "When what is held in memory was last read",
            snapshots,
        );
        self.seconds(
            "crux_registry_list_timestamp",
            "When a provider's models were last listed",
            lists,
        );
        self.name(
            "crux_registry_refreshes",
            "Listings of a provider's models",
            refreshes,
        );
        self.name(
            "crux_registry_observations_dropped",
            "Observations of models that found the queue full",
            dropped,
        );
        let build = Info::new(Build {
            version: env!("CARGO_PKG_VERSION"),
            revision: option_env!("CRUX_REVISION").unwrap_or_default(),
        });
        self.name("crux_build", "What runs", build);
    }

    fn name_process(&mut self) {
        let readings = &self.readings;
        let (start, cpu, memory) = (
            readings.process_start.clone(),
            readings.process_cpu.clone(),
            readings.process_memory.clone(),
        );
        let (open, most) = (
            readings.process_open_files.clone(),
            readings.process_max_files.clone(),
        );
        self.seconds("process_start_time", "When the process began", start);
        self.seconds("process_cpu", "Processor time the process took", cpu);
        let bytes = Unit::Bytes;
        self.registry.register_with_unit(
            "process_resident_memory",
            "Memory the process holds",
            bytes,
            memory,
        );
        self.name("process_open_fds", "Files and sockets that are open", open);
        self.name("process_max_fds", "The most that may be open", most);
    }

    fn name(&mut self, name: &'static str, help: &'static str, metric: impl Metric) {
        self.registry.register(name, help, metric);
    }

    fn seconds(&mut self, name: &'static str, help: &'static str, metric: impl Metric) {
        self.registry
            .register_with_unit(name, help, Unit::Seconds, metric);
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics(..)")
    }
}
