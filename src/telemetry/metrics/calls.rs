//! What is counted of every RPC, chats and others alike.

use std::sync::OnceLock;
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;

use super::histogram::Histogram;
use super::labels::{OfCode, OfError, OfMethod};

const DURATIONS: [f64; 18] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 7.5, 30.0,
    120.0, 600.0,
];

/// What is counted of RPCs.
#[derive(Debug, Clone)]
pub(super) struct Calls {
    pub(super) started: Family<OfMethod, Counter>,
    pub(super) finished: Family<OfCode, Counter>,
    pub(super) errors: Family<OfError, Counter>,
    pub(super) duration: Family<OfMethod, Histogram, fn() -> Histogram>,
}

impl Calls {
    pub(super) fn new() -> Self {
        Self {
            started: Family::default(),
            finished: Family::default(),
            errors: Family::default(),
            duration: Family::new_with_constructor(|| Histogram::new(&DURATIONS)),
        }
    }
}

/// What is counted of one RPC: obtained once.
#[derive(Debug)]
pub struct CallMetrics {
    method: &'static str,
    calls: Calls,
    started: Counter,
    /// Made by its first call: most methods are called by nobody.
    duration: OnceLock<Histogram>,
}

impl CallMetrics {
    pub(super) fn new(calls: &Calls, method: &'static str) -> Self {
        let label = OfMethod { rpc_method: method };
        Self {
            method,
            started: calls.started.get_or_create_owned(&label),
            duration: OnceLock::new(),
            calls: calls.clone(),
        }
    }

    /// A call begins.
    pub fn started(&self) {
        self.started.inc();
    }

    /// A call is over, with the code of that name; `reason` says why where it is no OK.
    pub fn finished(&self, code: &'static str, reason: Option<&'static str>, duration: Duration) {
        let label = OfCode {
            rpc_method: self.method,
            rpc_response_status_code: code,
        };
        self.calls.finished.get_or_create(&label).inc();
        if let Some(reason) = reason {
            let label = OfError {
                rpc_method: self.method,
                error_type: reason,
            };
            self.calls.errors.get_or_create(&label).inc();
        }
        let histogram = self.duration.get_or_init(|| {
            let label = OfMethod {
                rpc_method: self.method,
            };
            self.calls.duration.get_or_create_owned(&label)
        });
        histogram.observe(duration);
    }
}
