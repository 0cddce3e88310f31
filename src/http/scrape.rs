//! `/metrics`: reads off how things stand, and tells all numbers.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::Told;
use super::answers::{Standing, now, told};
use crate::telemetry::process;

/// `OpenMetrics` 1.0, which Prometheus and its kin read.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) async fn metrics(State(state): State<Arc<Told>>) -> Response {
    let remotes = state.engine.upstream_addresses();
    // The system's tables take milliseconds where there are thousands of sockets.
    let system = tokio::task::spawn_blocking(move || (process::read(), process::connections(&remotes))).await;
    read_off(&state);
    let readings = state.metrics.readings();
    if let Ok((process, connections)) = system {
        if let Some(process) = process {
            readings.process(&process);
        }
        if let Some(connections) = connections {
            readings.upstream_connections(connections.values().sum());
        }
    }
    told(StatusCode::OK, OPEN_METRICS, state.metrics.text())
}

/// What nobody counts.
fn read_off(state: &Told) {
    let (engine, readings, now) = (&state.engine, state.metrics.readings(), now());
    readings.ready(Standing::of(state).is_ready());
    let load = engine.load();
    readings.calls(load.running, load.queued);
    for (provider, is_ready) in engine.providers(now) {
        readings.provider_ready(provider, is_ready);
    }
    for (provider, requests) in engine.upstream_requests() {
        readings.upstream_requests(provider, requests);
    }
    for (state, count) in engine.keys().count(now) {
        readings.vault_keys(state, count);
    }
    let models = engine.models();
    readings.observations_dropped(models.dropped());
    let snapshot = models.snapshot();
    for (provider, _) in engine.providers(now) {
        let listed = snapshot
            .refresh(provider)
            .and_then(|refresh| refresh.success_time);
        if let Some(listed) = listed {
            readings.list(provider, listed);
        }
    }
}
