//! The usage object: counts in the contract's sense, and a stated cost.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::usage::{NanoUsd, Usage};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wire<'a> {
    input_tokens: Option<f64>,
    output_tokens: Option<f64>,
    input_tokens_details: Option<Details>,
    output_tokens_details: Option<Details>,
    num_server_side_tools_used: Option<f64>,
    /// USD, a decimal number.
    #[serde(borrow)]
    cost: Option<&'a RawValue>,
    /// Ticks of 1e-10 USD.
    cost_in_usd_ticks: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_field_names, reason = "the names are the wire's")]
struct Details {
    cached_tokens: Option<f64>,
    cache_write_tokens: Option<f64>,
    reasoning_tokens: Option<f64>,
    image_tokens: Option<f64>,
    audio_tokens: Option<f64>,
}

/// Reads a usage object. Input includes what was cached, output includes reasoning.
pub(super) fn read(raw: &RawValue, keeps_raw: bool) -> Option<Usage> {
    let wire: Wire<'_> = serde_json::from_str(raw.get()).ok()?;
    let input = wire.input_tokens_details.unwrap_or_default();
    let output = wire.output_tokens_details.unwrap_or_default();
    let stated = wire.cost.and_then(|cost| NanoUsd::from_decimal_usd(cost.get()));
    Some(Usage {
        input_tokens: wire.input_tokens.and_then(count),
        output_tokens: wire.output_tokens.and_then(count),
        cache_read_tokens: input.cached_tokens.and_then(count),
        cache_write_tokens: input.cache_write_tokens.and_then(count),
        reasoning_tokens: output.reasoning_tokens.and_then(count),
        input_image_tokens: input.image_tokens.and_then(count),
        input_audio_tokens: input.audio_tokens.and_then(count),
        output_image_tokens: output.image_tokens.and_then(count),
        output_audio_tokens: output.audio_tokens.and_then(count),
        provider_tool_calls: wire.num_server_side_tools_used.and_then(count),
        reported_cost: stated.or_else(|| wire.cost_in_usd_ticks.and_then(ticks)),
        priced_cost: None,
        is_estimated: false,
        raw_json: keeps_raw.then(|| raw.get().to_owned()),
    })
}

/// A count, which some servers write as a float.
pub(super) fn count(value: f64) -> Option<u32> {
    let is_count = (0.0..=f64::from(u32::MAX)).contains(&value);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range is checked above"
    )]
    is_count.then(|| value.round() as u32)
}

/// Ticks to nano-USD, half up.
fn ticks(value: f64) -> Option<NanoUsd> {
    // Beyond 2^53 a float is no exact count of ticks any more: about 900,000 USD.
    let is_exact = (0.0..9_007_199_254_740_992.0).contains(&value);
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked above")]
    is_exact.then(|| NanoUsd((value.round() as i64 + 5) / 10))
}
