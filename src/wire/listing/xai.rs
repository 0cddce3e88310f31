//! xAI's lists (docs.x.ai/developers/rest-api-reference/inference/models, read 2026-11-22): `/models` has every
//! model, with prices and the context's length; `/language-models` has those that chat, with their modalities.
//! Prices are cents for 100 million tokens; what is below the threshold of long prompts is what is told here.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::domain::call::Modality;
use crate::domain::capability::{Capabilities, Feature};
use crate::domain::model::{Facts, Listed};
use crate::domain::pricing::Pricing;
use crate::domain::time::Timestamp;
use crate::wire::listing::openai::release_time;
use crate::wire::listing::openrouter::modalities;
use crate::wire::listing::{ListError, MAX_MODELS, Page, limit, read};

/// The list with the modalities.
pub(super) const SUPPLEMENT: &str = "/language-models";

/// Nano-USD for a million tokens in a cent for 100 million.
const NANO_USD: i64 = 100_000;

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum List {
    Every { data: Vec<Row> },
    Language { models: Vec<Row> },
}

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    #[serde(default)]
    aliases: Option<Vec<String>>,
    #[serde(default)]
    created: Option<i64>,
    #[serde(default)]
    context_length: Option<u32>,
    #[serde(default)]
    input_modalities: Option<Vec<String>>,
    #[serde(default)]
    output_modalities: Option<Vec<String>>,
    #[serde(default)]
    prompt_text_token_price: Option<u32>,
    #[serde(default)]
    cached_prompt_text_token_price: Option<u32>,
    #[serde(default)]
    prompt_image_token_price: Option<u32>,
    #[serde(default)]
    completion_text_token_price: Option<u32>,
    #[serde(default)]
    long_context_threshold: Option<u32>,
}

pub(super) fn page(body: &[u8], now: Timestamp) -> Result<Page, ListError> {
    let (List::Every { data: rows } | List::Language { models: rows }) = read(body)?;
    let version = format!("live@{}", now.date());
    // An alias is asked for like a model. One that is a row of its own, or stands twice, is no lie.
    let mut taken: BTreeSet<String> = rows.iter().map(|row| row.id.clone()).collect();
    let mut models = Vec::with_capacity(rows.len());
    for row in rows {
        let facts = facts(&row, &version);
        let aliases = row.aliases.into_iter().flatten();
        for model in aliases.filter(|alias| taken.insert(alias.clone())) {
            let facts = facts.clone();
            models.push(Listed { model, facts });
            if models.len() > MAX_MODELS {
                // A short row may have aliases without end.
                return Err(ListError::TooMany);
            }
        }
        models.push(Listed { model: row.id, facts });
    }
    Ok(Page { models, next: None })
}

fn facts(row: &Row, version: &str) -> Facts {
    let output_modalities = modalities(row.output_modalities.as_deref());
    let mut capabilities = Capabilities::default();
    if output_modalities.contains(&Modality::Text) {
        capabilities.set(Feature::Chat, true);
    }
    Facts {
        context_window_tokens: limit(row.context_length),
        input_modalities: modalities(row.input_modalities.as_deref()),
        output_modalities,
        capabilities,
        pricing: pricing(row, version),
        release_time: release_time(row.created),
        ..Facts::default()
    }
}

/// `None` where a side has no price: a zero stands for one that does not apply.
fn pricing(row: &Row, version: &str) -> Option<Pricing> {
    let price = |cents: Option<u32>| limit(cents).map(|cents| i64::from(cents) * NANO_USD);
    Some(Pricing {
        input: Some(price(row.prompt_text_token_price)?),
        output: Some(price(row.completion_text_token_price)?),
        cache_read: price(row.cached_prompt_text_token_price),
        input_image: price(row.prompt_image_token_price),
        max_input_tokens: limit(row.long_context_threshold).map(|least| least - 1),
        version: version.to_owned(),
        ..Pricing::default()
    })
}
