//! The list of OpenAI, and of the many that list as it does: `{"data": [{"id", "created", ...}]}`.
//!
//! From platform.openai.com/docs/api-reference/models, api-docs.deepseek.com/api/list-models,
//! docs.x.ai/docs/api-reference, console.groq.com/docs/api-reference#models, docs.mistral.ai/api and
//! vLLM's `/v1/models`, read 2026-11-22. Their ids tell all; limits are told by some.

use serde::Deserialize;

use crate::domain::call::Modality;
use crate::domain::capability::{Capabilities, Feature};
use crate::domain::model::{Facts, Listed};
use crate::domain::time::Timestamp;
use crate::wire::listing::{ListError, Page, limit, read};

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum List {
    Wrapped { data: Vec<Row> },
    Bare(Vec<Row>),
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
    active: Option<bool>,
    #[serde(default)]
    context_length: Option<u32>,
    #[serde(default)]
    context_window: Option<u32>,
    #[serde(default)]
    max_context_length: Option<u32>,
    #[serde(default)]
    max_model_len: Option<u32>,
    #[serde(default)]
    max_completion_tokens: Option<u32>,
    #[serde(default)]
    capabilities: Option<Can>,
}

/// Mistral's words.
#[derive(Debug, Default, Deserialize)]
struct Can {
    #[serde(default)]
    completion_chat: Option<bool>,
    #[serde(default)]
    function_calling: Option<bool>,
    #[serde(default)]
    vision: Option<bool>,
}

pub(super) fn page(body: &[u8]) -> Result<Page, ListError> {
    let (List::Wrapped { data } | List::Bare(data)) = read(body)?;
    // Groq keeps models in its list that it no longer serves.
    let served = data.into_iter().filter(|row| row.active != Some(false));
    Ok(Page {
        models: served.map(listed).collect(),
        next: None,
    })
}

fn listed(row: Row) -> Listed {
    let window = [
        row.context_length,
        row.context_window,
        row.max_context_length,
        row.max_model_len,
    ];
    let can = row.capabilities.unwrap_or_default();
    let mut capabilities = Capabilities::default();
    capabilities.set(Feature::Chat, can.completion_chat);
    capabilities.set(Feature::Tools, can.function_calling);
    let input_modalities = match can.vision {
        Some(true) => vec![Modality::Text, Modality::Image],
        Some(false) | None => Vec::new(),
    };
    Listed {
        facts: Facts {
            display_name: row.name.filter(|name| *name != row.id).unwrap_or_default(),
            description: row.description.unwrap_or_default(),
            context_window_tokens: window.into_iter().find_map(limit),
            max_output_tokens: limit(row.max_completion_tokens),
            input_modalities,
            capabilities,
            release_time: release_time(row.created),
            ..Facts::default()
        },
        model: row.id,
    }
}

/// Seconds since 1970; 0 is what servers say that do not know.
pub(super) fn release_time(created: Option<i64>) -> Option<Timestamp> {
    let seconds = created.filter(|seconds| *seconds > 0)?;
    seconds.checked_mul(1_000_000).map(Timestamp)
}
