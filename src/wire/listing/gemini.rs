//! Gemini's list (ai.google.dev/api/models, read 2026-11-22): pages by `pageToken`, names below `models/`,
//! limits, and the methods of each model.

use serde::Deserialize;

use crate::domain::capability::{Capabilities, Feature};
use crate::domain::model::{Facts, Listed};
use crate::wire::listing::{ListError, Page, limit, read};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    /// Left out where a page is empty, as protobuf's JSON does.
    #[serde(default)]
    models: Vec<Row>,
    #[serde(default)]
    next_page_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    name: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    input_token_limit: Option<u32>,
    #[serde(default)]
    output_token_limit: Option<u32>,
    #[serde(default)]
    supported_generation_methods: Option<Vec<String>>,
    #[serde(default)]
    thinking: Option<bool>,
}

pub(super) fn page(body: &[u8]) -> Result<Page, ListError> {
    let list: List = read(body)?;
    Ok(Page {
        models: list.models.into_iter().map(listed).collect(),
        next: list.next_page_token.filter(|token| !token.is_empty()),
    })
}

fn listed(row: Row) -> Listed {
    let mut capabilities = Capabilities::default();
    if let Some(methods) = &row.supported_generation_methods {
        let has = |method: &str| methods.iter().any(|one| one == method);
        capabilities.set(Feature::Chat, has("generateContent"));
        capabilities.set(Feature::Embeddings, has("embedContent"));
        capabilities.set(Feature::ProviderBatch, has("batchGenerateContent"));
        capabilities.set(Feature::PromptCaching, has("createCachedContent"));
    }
    capabilities.set(Feature::Reasoning, row.thinking);
    Listed {
        model: row.name.strip_prefix("models/").unwrap_or(&row.name).to_owned(),
        facts: Facts {
            display_name: row.display_name.unwrap_or_default(),
            description: row.description.unwrap_or_default(),
            context_window_tokens: limit(row.input_token_limit),
            max_output_tokens: limit(row.output_token_limit),
            capabilities,
            ..Facts::default()
        },
    }
}
