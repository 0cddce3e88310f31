//! Anthropic's list (platform.claude.com/docs/en/api/models/list, read 2026-11-22): pages by `after_id`,
//! limits, and what each model supports.

use serde::Deserialize;

use crate::domain::call::Modality;
use crate::domain::capability::{Capabilities, Feature};
use crate::domain::model::{Facts, Listed};
use crate::domain::time::Timestamp;
use crate::wire::listing::{ListError, Page, limit, read};

#[derive(Debug, Deserialize)]
struct List {
    data: Vec<Row>,
    #[serde(default)]
    has_more: bool,
    #[serde(default)]
    last_id: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(default)]
    max_input_tokens: Option<u32>,
    #[serde(default)]
    max_tokens: Option<u32>,
    #[serde(default)]
    capabilities: Option<Can>,
}

#[derive(Debug, Default, Deserialize)]
struct Can {
    #[serde(default)]
    batch: Option<Supported>,
    #[serde(default)]
    code_execution: Option<Supported>,
    #[serde(default)]
    effort: Option<Supported>,
    #[serde(default)]
    image_input: Option<Supported>,
    #[serde(default)]
    pdf_input: Option<Supported>,
    #[serde(default)]
    structured_outputs: Option<Supported>,
    #[serde(default)]
    thinking: Option<Thinking>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
struct Supported {
    supported: bool,
}

#[derive(Debug, Deserialize)]
struct Thinking {
    supported: bool,
    #[serde(default)]
    types: Option<Types>,
}

#[derive(Debug, Deserialize)]
struct Types {
    /// With a budget.
    #[serde(default)]
    enabled: Option<Supported>,
}

pub(super) fn page(body: &[u8]) -> Result<Page, ListError> {
    let list: List = read(body)?;
    let next = if list.has_more { list.last_id } else { None };
    Ok(Page {
        models: list.data.into_iter().map(listed).collect(),
        next,
    })
}

fn listed(row: Row) -> Listed {
    let (capabilities, input_modalities) = row.capabilities.map(told).unwrap_or_default();
    Listed {
        model: row.id,
        facts: Facts {
            display_name: row.display_name.unwrap_or_default(),
            // The window is what the input may fill: the output has to fit in it as well.
            context_window_tokens: limit(row.max_input_tokens),
            max_output_tokens: limit(row.max_tokens),
            input_modalities,
            capabilities,
            release_time: row.created_at.as_deref().and_then(Timestamp::from_date),
            ..Facts::default()
        },
    }
}

fn told(can: Can) -> (Capabilities, Vec<Modality>) {
    let is = |feature: Option<Supported>| feature.map(|feature| feature.supported);
    let mut capabilities = Capabilities::default();
    capabilities.set(Feature::ProviderBatch, is(can.batch));
    capabilities.set(Feature::CodeExecution, is(can.code_execution));
    capabilities.set(Feature::JsonSchema, is(can.structured_outputs));
    capabilities.set(Feature::ReasoningEffort, is(can.effort));
    if let Some(thinking) = can.thinking {
        capabilities.set(Feature::Reasoning, thinking.supported);
        let budget = thinking.types.and_then(|types| is(types.enabled));
        capabilities.set(Feature::ReasoningBudget, budget);
    }
    let takes = [
        (Some(true), Modality::Text),
        (is(can.image_input), Modality::Image),
        (is(can.pdf_input), Modality::Document),
    ];
    let takes = takes.into_iter().filter(|(is_taken, _)| *is_taken == Some(true));
    (capabilities, takes.map(|(_, modality)| modality).collect())
}
