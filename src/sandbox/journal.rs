//! The last requests received, for tests to see what was sent; never credentials.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::{Map, Value, json};

use super::credentials;
use super::provider::Provider;

/// How many requests are kept.
const REQUESTS_LIMIT: usize = 256;
/// How much of a body is kept, in bytes.
const BODY_LIMIT_BYTES: usize = 64 * 1024;

/// A bounded record of requests, oldest out first.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: Mutex<VecDeque<Entry>>,
}

/// One request as it was received.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) provider: Provider,
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

impl Journal {
    pub(super) fn record(&self, mut entry: Entry) {
        for name in credentials::HEADERS {
            entry.headers.remove(name);
        }
        if entry.body.len() > BODY_LIMIT_BYTES {
            // Copied, so that a slice does not keep the whole body alive.
            entry.body = Bytes::copy_from_slice(entry.body.get(..BODY_LIMIT_BYTES).unwrap_or_default());
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == REQUESTS_LIMIT {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    /// Returns the last `count` requests, newest last.
    pub(super) fn last(&self, count: usize) -> Vec<Value> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let skipped = entries.len().saturating_sub(count);
        entries.iter().skip(skipped).map(Entry::to_json).collect()
    }

    pub(super) fn reset(&self) {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl Entry {
    fn to_json(&self) -> Value {
        let headers: Map<String, Value> = self
            .headers
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    Value::from(String::from_utf8_lossy(value.as_bytes())),
                )
            })
            .collect();
        let body = serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| Value::from(String::from_utf8_lossy(&self.body).into_owned()));
        json!({"provider": self.provider.id(), "method": self.method.as_str(), "path": self.path,
               "headers": headers, "body": body})
    }
}
