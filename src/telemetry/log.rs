//! Logs: lines on standard output, one for each call at its end.
//!
//! Prompts, answers, keys and headers are never fields of an event; the types that hold keys print nothing.

use tracing_subscriber::EnvFilter;

use crate::config::{Format, Level, Log};

/// Sets the process's log up; later calls change nothing.
pub fn init(log: &Log) {
    let level = match log.level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    };
    // Below warnings, these libraries log headers and bodies.
    let quiet = ["h2", "hyper", "hyper_util", "reqwest", "rustls", "tonic", "tower"];
    let quiet = quiet.map(|library| format!("{library}=warn")).join(",");
    let builder = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(format!("{level},{quiet}")));
    // A second server in one process shares the first one's log.
    let _ = match log.format {
        Format::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init(),
        Format::Text => builder.try_init(),
    };
}
