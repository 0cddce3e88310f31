//! Owns the printed forms of usage and timing, for people and for programs.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::rpc::pb;

/// Writes usage for a person: `12 tokens in, 30 out`.
pub(super) fn in_words(usage: &pb::Usage) -> String {
    let count = |count: Option<i32>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
    let mut words = format!(
        "{} tokens in, {} out",
        count(usage.input_tokens),
        count(usage.output_tokens)
    );
    // Writing to a string cannot fail.
    if let Some(reasoning) = usage.reasoning_tokens.filter(|&tokens| tokens > 0) {
        let _ = write!(words, " ({reasoning} of them reasoning)");
    }
    if let Some(cached) = usage.cache_read_tokens.filter(|&tokens| tokens > 0) {
        let _ = write!(words, ", {cached} from the cache");
    }
    if usage.estimated {
        words.push_str(", estimated");
    }
    words
}

/// Whether there is any count to show.
pub(super) fn is_known(usage: &pb::Usage) -> bool {
    usage.input_tokens.is_some() || usage.output_tokens.is_some()
}

/// Writes usage for a program: the contract's field names, unset ones left out.
pub(super) fn in_json(usage: &pb::Usage) -> Value {
    let counts = [
        ("input_tokens", usage.input_tokens),
        ("output_tokens", usage.output_tokens),
        ("cache_read_tokens", usage.cache_read_tokens),
        ("cache_write_tokens", usage.cache_write_tokens),
        ("reasoning_tokens", usage.reasoning_tokens),
        ("input_image_tokens", usage.input_image_tokens),
        ("input_audio_tokens", usage.input_audio_tokens),
        ("output_image_tokens", usage.output_image_tokens),
        ("output_audio_tokens", usage.output_audio_tokens),
        ("provider_tool_calls", usage.provider_tool_calls),
    ];
    let mut fields: Map<String, Value> = counts
        .into_iter()
        .filter_map(|(name, count)| Some((name.to_owned(), count?.into())))
        .collect();
    if let Some(cost) = usage.cost_nano_usd {
        fields.insert("cost_nano_usd".to_owned(), cost.into());
    }
    if usage.estimated {
        fields.insert("estimated".to_owned(), true.into());
    }
    Value::Object(fields)
}

/// Writes timing for a program, in milliseconds.
pub(super) fn timing_in_json(timing: &pb::Timing) -> Value {
    let milliseconds = |duration: Option<prost_types::Duration>| duration_of(duration).map(milliseconds);
    json!({"time_to_first_token_ms": milliseconds(timing.time_to_first_token),
           "total_ms": milliseconds(timing.total)})
}

/// Reads a duration of the contract; a negative one is none.
pub(super) fn duration_of(duration: Option<prost_types::Duration>) -> Option<Duration> {
    duration?.try_into().ok()
}

/// A duration in milliseconds, to a tenth.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10_000.0).round() / 10.0
}

/// Writes a duration for a person.
pub(super) fn span(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}
