//! `usageMetadata` in the contract's inclusive counts.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::chunk::{Count, word};
use crate::domain::call::ServiceTier;
use crate::domain::usage::Usage;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsageMetadata<'a> {
    prompt_token_count: Option<Count>,
    tool_use_prompt_token_count: Option<Count>,
    candidates_token_count: Option<Count>,
    thoughts_token_count: Option<Count>,
    cached_content_token_count: Option<Count>,
    #[serde(borrow)]
    prompt_tokens_details: Option<Vec<ModalityCount<'a>>>,
    #[serde(borrow)]
    tool_use_prompt_tokens_details: Option<Vec<ModalityCount<'a>>>,
    #[serde(borrow)]
    candidates_tokens_details: Option<Vec<ModalityCount<'a>>>,
    #[serde(borrow)]
    service_tier: Option<&'a RawValue>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ModalityCount<'a> {
    #[serde(borrow)]
    modality: Option<&'a RawValue>,
    token_count: Option<Count>,
}

/// What one usage object says.
#[derive(Debug, Default)]
pub(super) struct Reported {
    /// `None` where it counts nothing: early chunks of some streams only name the kind of traffic.
    pub usage: Option<Usage>,
    pub service_tier: Option<ServiceTier>,
}

/// Reads a usage object.
///
/// The prompt counts leave out what the provider's own tools read, and the candidates' leave out
/// thoughts: both are added. The cached part is inside the prompt count already.
pub(super) fn read(raw: &RawValue, include_raw: bool) -> Result<Reported, serde_json::Error> {
    let Some(said) = serde_json::from_str::<Option<UsageMetadata<'_>>>(raw.get())? else {
        return Ok(Reported::default());
    };
    let input = sum(said.prompt_token_count, said.tool_use_prompt_token_count);
    let output = sum(said.candidates_token_count, said.thoughts_token_count);
    let prompt_details = [&said.prompt_tokens_details, &said.tool_use_prompt_tokens_details];
    let output_details = [&said.candidates_tokens_details];
    let usage = Usage {
        input_tokens: input,
        output_tokens: output,
        cache_read_tokens: said.cached_content_token_count.map(|count| count.0),
        reasoning_tokens: said.thoughts_token_count.map(|count| count.0),
        input_image_tokens: of_modality(&prompt_details, "IMAGE", "2"),
        input_audio_tokens: of_modality(&prompt_details, "AUDIO", "4"),
        output_image_tokens: of_modality(&output_details, "IMAGE", "2"),
        output_audio_tokens: of_modality(&output_details, "AUDIO", "4"),
        raw_json: include_raw.then(|| raw.get().to_owned()),
        ..Usage::default()
    };
    Ok(Reported {
        usage: (input.is_some() || output.is_some() || usage.cache_read_tokens.is_some()).then_some(usage),
        service_tier: said.service_tier.and_then(|raw| tier(&word(raw))),
    })
}

fn sum(first: Option<Count>, second: Option<Count>) -> Option<u32> {
    match (first, second) {
        (Some(first), Some(second)) => Some(first.0.saturating_add(second.0)),
        (one, other) => one.or(other).map(|count| count.0),
    }
}

fn of_modality(details: &[&Option<Vec<ModalityCount<'_>>>], name: &str, number: &str) -> Option<u32> {
    let details = details.iter().filter_map(|details| details.as_ref()).flatten();
    let counts = details.filter_map(|detail| {
        let modality = word(detail.modality?);
        (modality == name || modality == number).then_some(detail.token_count?.0)
    });
    counts.reduce(u32::saturating_add)
}

fn tier(word: &str) -> Option<ServiceTier> {
    match word.to_ascii_lowercase().trim_start_matches("service_tier_") {
        "standard" => Some(ServiceTier::Standard),
        "flex" => Some(ServiceTier::Flex),
        "priority" => Some(ServiceTier::Priority),
        _ => None,
    }
}
