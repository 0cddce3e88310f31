//! Owns how keys are shown: a table for people, JSON for programs.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::cli::terminal::harmless;
use crate::rpc::pb;

const HEAD: [&str; 9] = [
    "ID", "PROVIDER", "TENANT", "SOURCE", "STATE", "HINT", "PRIORITY", "VERSION", "NAME",
];

/// A table of keys, each column as wide as it must be.
pub(super) fn table(keys: &[pb::Key]) -> String {
    let rows: Vec<[String; 9]> = std::iter::once(HEAD.map(str::to_owned))
        .chain(keys.iter().map(row))
        .collect();
    let mut widths = [0; 9];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let line = |row: &[String; 9]| {
        let cells = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        format!("{}\n", line.trim_end())
    };
    rows.iter().map(line).collect()
}

fn row(key: &pb::Key) -> [String; 9] {
    let or_dash = |text: &str| {
        if text.is_empty() {
            "-".to_owned()
        } else {
            harmless(text)
        }
    };
    [
        key.id.clone(),
        key.provider.clone(),
        if key.tenant_id.is_empty() {
            "(all)".to_owned()
        } else {
            key.tenant_id.clone()
        },
        source(key),
        state(key),
        if key.hint.is_empty() {
            "-".to_owned()
        } else {
            format!("...{}", key.hint)
        },
        key.priority.to_string(),
        key.version.to_string(),
        or_dash(&key.display_name),
    ]
}

fn source(key: &pb::Key) -> String {
    let name = key.source().as_str_name();
    name.strip_prefix("SOURCE_").unwrap_or(name).to_lowercase()
}

fn state(key: &pb::Key) -> String {
    let name = key.state().as_str_name();
    name.strip_prefix("STATE_").unwrap_or(name).to_lowercase()
}

/// A key for a program; times in seconds since 1970.
pub(super) fn json(key: &pb::Key) -> Value {
    json!({
        "id": key.id,
        "provider": key.provider,
        "tenant_id": key.tenant_id,
        "display_name": key.display_name,
        "source": source(key),
        "state": state(key),
        "hint": key.hint,
        "priority": key.priority,
        "version": key.version,
        "labels": key.labels,
        "create_time": seconds(key.create_time),
        "rotate_time": seconds(key.rotate_time),
        "last_use_time": seconds(key.last_use_time),
        "expire_time": seconds(key.expire_time),
        "verify_time": seconds(key.verify_time),
        "etag": key.etag,
    })
}

fn seconds(time: Option<prost_types::Timestamp>) -> Option<f64> {
    let time = SystemTime::try_from(time?).ok()?;
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    Some(since.as_secs_f64())
}

/// The contract's reason of an error, such as `PROVIDER_AUTH_FAILED`.
pub(super) fn reason(error: &pb::ErrorDetail) -> String {
    let name = error.reason().as_str_name();
    name.strip_prefix("ERROR_REASON_").unwrap_or(name).to_owned()
}
