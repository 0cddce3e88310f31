//! The usage object, read into the contract's inclusive counts.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::usage::{NanoUsd, Usage};
use crate::wire::openai_chat::text::Scalar;

#[derive(Debug, Deserialize)]
struct WireUsage<'a> {
    #[serde(borrow, default)]
    prompt_tokens: Scalar<'a>,
    #[serde(borrow, default)]
    completion_tokens: Scalar<'a>,
    #[serde(borrow, default)]
    total_tokens: Scalar<'a>,
    #[serde(borrow)]
    prompt_tokens_details: Option<Details<'a>>,
    #[serde(borrow)]
    completion_tokens_details: Option<Details<'a>>,
    /// Cached input, from providers that count it beside the details or instead of them.
    #[serde(borrow, default)]
    prompt_cache_hit_tokens: Scalar<'a>,
    #[serde(borrow, default)]
    cached_tokens: Scalar<'a>,
    /// Decimal USD.
    #[serde(borrow)]
    cost: Option<&'a RawValue>,
    /// Units of 1e-10 USD.
    #[serde(borrow)]
    cost_in_usd_ticks: Option<&'a RawValue>,
    #[serde(borrow, alias = "server_tool_use")]
    server_tool_use_details: Option<ServerTools<'a>>,
}

#[derive(Debug, Default, Deserialize)]
struct Details<'a> {
    #[serde(borrow, default, rename = "cached_tokens")]
    cached: Scalar<'a>,
    #[serde(borrow, default, rename = "cache_write_tokens")]
    cache_write: Scalar<'a>,
    #[serde(borrow, default, rename = "reasoning_tokens")]
    reasoning: Scalar<'a>,
    #[serde(borrow, default, rename = "image_tokens")]
    image: Scalar<'a>,
    #[serde(borrow, default, rename = "audio_tokens")]
    audio: Scalar<'a>,
}

#[derive(Debug, Default, Deserialize)]
struct ServerTools<'a> {
    #[serde(borrow, default)]
    tool_calls_executed: Scalar<'a>,
    #[serde(borrow, default)]
    web_search_requests: Scalar<'a>,
}

/// Reads a usage object.
///
/// Some providers leave reasoning out of the completion count, and some do not report it at all, but
/// the total holds it: what the total has beyond the prompt is output.
pub(super) fn read(raw: &RawValue, include_raw: bool) -> serde_json::Result<Usage> {
    let wire: WireUsage<'_> = serde_json::from_str(raw.get())?;
    let input = wire.prompt_tokens_details.unwrap_or_default();
    let output = wire.completion_tokens_details.unwrap_or_default();
    let tools = wire.server_tool_use_details.unwrap_or_default();
    let input_tokens = wire.prompt_tokens.count();
    let rest = match (wire.total_tokens.count(), input_tokens) {
        (Some(total), Some(input)) => total.checked_sub(input),
        _ => None,
    };
    let cached = [&input.cached, &wire.prompt_cache_hit_tokens, &wire.cached_tokens];
    Ok(Usage {
        input_tokens,
        output_tokens: wire.completion_tokens.count().max(rest),
        cache_read_tokens: cached.iter().find_map(|count| count.count()),
        cache_write_tokens: input.cache_write.count(),
        reasoning_tokens: output.reasoning.count(),
        input_image_tokens: input.image.count(),
        input_audio_tokens: input.audio.count(),
        output_image_tokens: output.image.count(),
        output_audio_tokens: output.audio.count(),
        provider_tool_calls: tools
            .tool_calls_executed
            .count()
            .or(tools.web_search_requests.count()),
        reported_cost: cost(wire.cost, wire.cost_in_usd_ticks),
        priced_cost: None,
        is_estimated: false,
        raw_json: include_raw.then(|| raw.get().to_owned()),
    })
}

fn cost(usd: Option<&RawValue>, ticks: Option<&RawValue>) -> Option<NanoUsd> {
    let usd = usd.and_then(|usd| NanoUsd::from_decimal_usd(usd.get()));
    usd.or_else(|| NanoUsd::from_decimal_usd(&format!("{}e-10", ticks?.get())))
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::read;
    use crate::domain::usage::{NanoUsd, Usage};

    fn usage(json: &str) -> Usage {
        read(serde_json::from_str::<&RawValue>(json).unwrap(), false).unwrap()
    }

    #[test]
    fn reasoning_left_out_of_the_completion_is_in_the_total() {
        let apart = usage(
            r#"{"prompt_tokens":10,"completion_tokens":5,"total_tokens":35,"completion_tokens_details":{"reasoning_tokens":20}}"#,
        );
        let silent = usage(r#"{"prompt_tokens":66,"completion_tokens":6,"total_tokens":100}"#);
        let inside = usage(r#"{"prompt_tokens":10,"completion_tokens":25,"total_tokens":35}"#);

        assert_eq!(
            (apart.output_tokens, apart.reasoning_tokens),
            (Some(25), Some(20))
        );
        assert_eq!((silent.output_tokens, silent.reasoning_tokens), (Some(34), None));
        assert_eq!(inside.output_tokens, Some(25));
    }

    #[test]
    fn cost_is_read_exactly_in_either_unit() {
        assert_eq!(
            usage(r#"{"cost":0.0076509169000000005}"#).reported_cost,
            Some(NanoUsd(7_650_917))
        );
        assert_eq!(usage(r#"{"cost":0}"#).reported_cost, Some(NanoUsd(0)));
        assert_eq!(
            usage(r#"{"cost_in_usd_ticks":2504500}"#).reported_cost,
            Some(NanoUsd(250_450))
        );
        assert_eq!(usage(r#"{"cost":{"total":1}}"#).reported_cost, None);
    }

    #[test]
    fn cached_input_is_found_under_any_of_its_names() {
        assert_eq!(
            usage(r#"{"prompt_cache_hit_tokens":3}"#).cache_read_tokens,
            Some(3)
        );
        let both = r#"{"prompt_cache_hit_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}"#;
        assert_eq!(usage(both).cache_read_tokens, Some(4));
        assert_eq!(usage(r#"{"prompt_tokens_details":null}"#).cache_read_tokens, None);
    }
}
