//! OpenRouter's list (openrouter.ai/docs/api-reference/list-available-models, read 2026-11-22): limits,
//! modalities, parameters, and prices in USD for a token, as decimal text.

use serde::Deserialize;

use crate::domain::call::Modality;
use crate::domain::capability::{Capabilities, Feature};
use crate::domain::model::{Facts, Listed};
use crate::domain::pricing::Pricing;
use crate::domain::time::Timestamp;
use crate::domain::usage::NanoUsd;
use crate::wire::listing::openai::release_time;
use crate::wire::listing::{ListError, Page, limit, read};

#[derive(Debug, Deserialize)]
struct List {
    data: Vec<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    created: Option<i64>,
    #[serde(default)]
    context_length: Option<u32>,
    #[serde(default)]
    architecture: Option<Architecture>,
    #[serde(default)]
    pricing: Option<Prices>,
    #[serde(default)]
    top_provider: Option<TopProvider>,
    #[serde(default)]
    supported_parameters: Option<Vec<String>>,
    #[serde(default)]
    expiration_date: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Architecture {
    #[serde(default)]
    input_modalities: Option<Vec<String>>,
    #[serde(default)]
    output_modalities: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
struct TopProvider {
    #[serde(default)]
    max_completion_tokens: Option<u32>,
}

#[derive(Debug, Deserialize)]
struct Prices {
    #[serde(default)]
    prompt: Option<String>,
    #[serde(default)]
    completion: Option<String>,
    #[serde(default)]
    input_cache_read: Option<String>,
    #[serde(default)]
    input_cache_write: Option<String>,
    #[serde(default)]
    audio: Option<String>,
    #[serde(default)]
    image_output: Option<String>,
    #[serde(default)]
    audio_output: Option<String>,
    /// For each call, whatever its length.
    #[serde(default)]
    request: Option<String>,
    /// What long prompts cost instead.
    #[serde(default)]
    overrides: Option<Vec<Override>>,
}

#[derive(Debug, Deserialize)]
struct Override {
    #[serde(default)]
    min_prompt_tokens: Option<u32>,
}

pub(super) fn page(body: &[u8], now: Timestamp) -> Result<Page, ListError> {
    let list: List = read(body)?;
    let version = format!("live@{}", now.date());
    let models = list.data.into_iter().map(|row| listed(row, &version));
    Ok(Page {
        models: models.collect::<Result<_, _>>()?,
        next: None,
    })
}

fn listed(row: Row, version: &str) -> Result<Listed, ListError> {
    let (input, output) = match row.architecture {
        Some(architecture) => (architecture.input_modalities, architecture.output_modalities),
        None => (None, None),
    };
    let parameters = row.supported_parameters.unwrap_or_default();
    let pricing = row.pricing.map(|prices| pricing(&prices, version)).transpose()?;
    Ok(Listed {
        facts: Facts {
            display_name: row.name.unwrap_or_default(),
            description: row.description.unwrap_or_default(),
            context_window_tokens: limit(row.context_length),
            max_output_tokens: limit(row.top_provider.and_then(|top| top.max_completion_tokens)),
            input_modalities: modalities(input.as_deref()),
            output_modalities: modalities(output.as_deref()),
            capabilities: capabilities(&parameters),
            pricing: pricing.flatten(),
            supported_parameters: fields(&parameters),
            release_time: release_time(row.created),
            retire_time: row.expiration_date.as_deref().and_then(Timestamp::from_date),
            ..Facts::default()
        },
        model: row.id,
    })
}

/// `None` for prices that depend on what a router picks, or that are not for tokens alone.
fn pricing(prices: &Prices, version: &str) -> Result<Option<Pricing>, ListError> {
    let price = |price: &Option<String>| price.as_deref().map(per_million).transpose();
    let is_free = |price: Option<i64>| price.is_none_or(|price| price == 0);
    let (input, output) = (price(&prices.prompt)?, price(&prices.completion)?);
    let is_unsteady = [input, output].into_iter().flatten().any(|price| price < 0);
    if is_unsteady || !is_free(price(&prices.request)?) {
        return Ok(None);
    }
    let long_prompts = prices.overrides.iter().flatten();
    let shortest_long = long_prompts.filter_map(|long| long.min_prompt_tokens).min();
    Ok(Some(Pricing {
        input,
        output,
        cache_read: price(&prices.input_cache_read)?,
        cache_write: price(&prices.input_cache_write)?,
        // What `image` is a price for differs from model to model.
        input_image: None,
        input_audio: price(&prices.audio)?,
        output_image: price(&prices.image_output)?,
        output_audio: price(&prices.audio_output)?,
        max_input_tokens: shortest_long.map(|least| least.saturating_sub(1)),
        version: version.to_owned(),
    }))
}

/// USD for a token, as decimal text, to nano-USD for a million.
fn per_million(text: &str) -> Result<i64, ListError> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()),
        None => (text, Some(0)),
    };
    exponent
        .and_then(|exponent| exponent.checked_add(6))
        .and_then(|exponent| NanoUsd::from_decimal_usd(&format!("{mantissa}e{exponent}")))
        .map(|price| price.0)
        .ok_or_else(|| ListError::Malformed("a price is no decimal number".to_owned()))
}

pub(super) fn modalities(words: Option<&[String]>) -> Vec<Modality> {
    let known = |word: &String| match word.as_str() {
        "text" => Some(Modality::Text),
        "image" => Some(Modality::Image),
        "audio" => Some(Modality::Audio),
        "video" => Some(Modality::Video),
        "file" => Some(Modality::Document),
        "embeddings" => Some(Modality::Embedding),
        _ => None,
    };
    let mut known: Vec<_> = words.unwrap_or_default().iter().filter_map(known).collect();
    known.sort_unstable_by_key(|modality| *modality as u8);
    known.dedup();
    known
}

/// What is in the list of parameters, some host of the model takes; what is not, is unknown.
fn capabilities(parameters: &[String]) -> Capabilities {
    let known = parameters
        .iter()
        .filter_map(|parameter| match parameter.as_str() {
            "tools" => Some(Feature::Tools),
            "parallel_tool_calls" => Some(Feature::ParallelToolCalls),
            "response_format" => Some(Feature::JsonObject),
            "structured_outputs" => Some(Feature::JsonSchema),
            "reasoning" => Some(Feature::Reasoning),
            "reasoning_effort" => Some(Feature::ReasoningEffort),
            "logprobs" => Some(Feature::Logprobs),
            _ => None,
        });
    known.map(|feature| (feature, true)).collect()
}

/// The contract's names of parameters.
fn fields(parameters: &[String]) -> Vec<String> {
    let known = parameters
        .iter()
        .filter_map(|parameter| match parameter.as_str() {
            "max_tokens" | "max_completion_tokens" => Some("max_output_tokens"),
            "stop" => Some("stop_sequences"),
            "temperature" => Some("temperature"),
            "top_p" => Some("top_p"),
            "top_k" => Some("top_k"),
            "seed" => Some("seed"),
            "presence_penalty" => Some("presence_penalty"),
            "frequency_penalty" => Some("frequency_penalty"),
            "top_logprobs" => Some("top_logprobs"),
            "tools" => Some("tools"),
            "tool_choice" => Some("tool_choice"),
            "parallel_tool_calls" => Some("parallel_tool_calls"),
            "response_format" => Some("response_format"),
            "reasoning" => Some("reasoning"),
            _ => None,
        });
    let mut fields: Vec<String> = known.map(str::to_owned).collect();
    fields.sort_unstable();
    fields.dedup();
    fields
}
