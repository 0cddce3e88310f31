//! Usage, outward.

use crate::domain::usage::Usage;
use crate::rpc::pb;

pub(crate) fn usage(usage: Usage) -> pb::Usage {
    let count = |count: Option<u32>| count.map(|count| i32::try_from(count).unwrap_or(i32::MAX));
    let cost = usage.cost();
    // The provider's own word wins: then no price list was read.
    let (basis, price_version) = match (usage.reported_cost, usage.priced_cost) {
        (Some(_), _) => (pb::CostBasis::Reported, String::new()),
        (None, Some(priced)) => (pb::CostBasis::Computed, priced.price_version),
        (None, None) => (pb::CostBasis::Unspecified, String::new()),
    };
    pb::Usage {
        input_tokens: count(usage.input_tokens),
        output_tokens: count(usage.output_tokens),
        cache_read_tokens: count(usage.cache_read_tokens),
        cache_write_tokens: count(usage.cache_write_tokens),
        reasoning_tokens: count(usage.reasoning_tokens),
        input_image_tokens: count(usage.input_image_tokens),
        input_audio_tokens: count(usage.input_audio_tokens),
        output_image_tokens: count(usage.output_image_tokens),
        output_audio_tokens: count(usage.output_audio_tokens),
        provider_tool_calls: count(usage.provider_tool_calls),
        cost_nano_usd: cost.map(|cost| cost.0),
        cost_basis: basis as i32,
        price_version,
        estimated: usage.is_estimated,
        raw_json: usage.raw_json.unwrap_or_default(),
    }
}
