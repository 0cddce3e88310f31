//! Token counts, as a message and its deltas report them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::call::ServiceTier;
use crate::domain::usage::{NanoUsd, Usage};
use crate::wire::dialect::DecodeError;

use super::lenient::{Count, Str};

/// What has been reported so far. Every report is cumulative, and may lack what an earlier one had:
/// `message_start` counts the input, `message_delta` the output and sometimes the input again.
#[derive(Debug, Default)]
pub(super) struct Tally {
    input: Option<u32>,
    cache_read: Option<u32>,
    cache_write: Option<u32>,
    output: Option<u32>,
    reasoning: Option<u32>,
    provider_tool_calls: Option<u32>,
    cost: Option<NanoUsd>,
    raw: Option<String>,
    /// The tier that was used.
    pub(super) service_tier: Option<ServiceTier>,
}

#[derive(Debug, Deserialize)]
struct Report<'a> {
    #[serde(default)]
    input_tokens: Count,
    #[serde(default)]
    cache_read_input_tokens: Count,
    #[serde(default)]
    cache_creation_input_tokens: Count,
    #[serde(default)]
    output_tokens: Count,
    #[serde(default)]
    output_tokens_details: Option<OutputDetails>,
    #[serde(borrow, default)]
    server_tool_use: Option<BTreeMap<Str<'a>, Count>>,
    /// In USD; only gateways that speak this dialect state it.
    #[serde(borrow, default)]
    cost: Option<&'a RawValue>,
    #[serde(borrow, default)]
    service_tier: Str<'a>,
}

#[derive(Debug, Deserialize)]
struct OutputDetails {
    #[serde(default)]
    thinking_tokens: Count,
}

impl Tally {
    /// Takes a report: what it says replaces what was said before.
    pub(super) fn report(&mut self, raw: &RawValue, keeps_raw: bool) -> Result<(), DecodeError> {
        let report = serde_json::from_str::<Option<Report<'_>>>(raw.get())
            .map_err(|error| DecodeError::corrupt("usage report", &error))?;
        let Some(report) = report else { return Ok(()) };
        self.input = report.input_tokens.0.or(self.input);
        self.cache_read = report.cache_read_input_tokens.0.or(self.cache_read);
        self.cache_write = report.cache_creation_input_tokens.0.or(self.cache_write);
        self.output = report.output_tokens.0.or(self.output);
        let reasoning = report
            .output_tokens_details
            .and_then(|details| details.thinking_tokens.0);
        self.reasoning = reasoning.or(self.reasoning);
        let calls = report.server_tool_use.map(|calls| {
            let counts = calls.values().filter_map(|count| count.0);
            counts.fold(0_u32, u32::saturating_add)
        });
        self.provider_tool_calls = calls.or(self.provider_tool_calls);
        let cost = report.cost.and_then(|cost| NanoUsd::from_decimal_usd(cost.get()));
        self.cost = cost.or(self.cost);
        self.service_tier = service_tier(&report.service_tier).or(self.service_tier);
        if keeps_raw {
            self.raw = Some(raw.get().to_owned());
        }
        Ok(())
    }

    /// The counts in the contract's convention: the API counts what the cache read and wrote apart.
    pub(super) fn usage(&self) -> Usage {
        let inputs = [self.input, self.cache_read, self.cache_write];
        let counted = inputs.iter().any(Option::is_some);
        Usage {
            input_tokens: counted.then(|| {
                inputs
                    .iter()
                    .flatten()
                    .fold(0, |sum, count| count.saturating_add(sum))
            }),
            output_tokens: self.output,
            cache_read_tokens: self.cache_read,
            cache_write_tokens: self.cache_write,
            reasoning_tokens: self.reasoning,
            provider_tool_calls: self.provider_tool_calls,
            reported_cost: self.cost,
            raw_json: self.raw.clone(),
            ..Usage::default()
        }
    }
}

/// The contract's word for the tier that was used. Batches are the slower and cheaper one.
fn service_tier(word: &str) -> Option<ServiceTier> {
    match word {
        "standard" => Some(ServiceTier::Standard),
        "priority" => Some(ServiceTier::Priority),
        "batch" => Some(ServiceTier::Flex),
        _ => None,
    }
}
