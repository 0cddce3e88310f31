//! Ollama's list (docs.ollama.com/api/tags and /api/show, read 2026-11-22): what is on the machine, and of
//! each model, asked for by name, its window and what it can do.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::domain::call::Modality;
use crate::domain::capability::{Capabilities, Feature};
use crate::domain::model::{Facts, Listed};
use crate::wire::listing::{ListError, Page, limit, read};

#[derive(Debug, Deserialize)]
struct List {
    models: Vec<Row>,
}

#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    #[serde(default)]
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
struct Details {
    #[serde(default)]
    family: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Show {
    #[serde(default)]
    details: Option<Details>,
    #[serde(default)]
    model_info: Option<Map<String, Value>>,
    #[serde(default)]
    capabilities: Option<Vec<String>>,
}

pub(super) fn page(body: &[u8]) -> Result<Page, ListError> {
    let list: List = read(body)?;
    let models = list.models.into_iter().map(|row| Listed {
        model: row.name,
        facts: Facts {
            family: family(row.details),
            ..Facts::default()
        },
    });
    Ok(Page {
        models: models.collect(),
        next: None,
    })
}

pub(super) fn question(model: &str) -> (&'static str, Value) {
    ("/api/show", json!({"model": model}))
}

pub(super) fn answer(body: &[u8]) -> Result<Facts, ListError> {
    let show: Show = read(body)?;
    let mut facts = Facts {
        family: family(show.details),
        ..Facts::default()
    };
    // `<architecture>.context_length`, whatever the architecture is called.
    let info = show.model_info.unwrap_or_default();
    let window = info.iter().find(|(name, _)| name.ends_with(".context_length"));
    if let Some((_, window)) = window {
        let tokens = window.as_u64().and_then(|tokens| u32::try_from(tokens).ok());
        let wrong = || ListError::Malformed("a context length is no number of tokens".to_owned());
        facts.context_window_tokens = limit(Some(tokens.ok_or_else(wrong)?));
    }
    // The server refuses by this very list what is not in it.
    if let Some(words) = show.capabilities {
        let has = |word: &str| words.iter().any(|one| one == word);
        facts.capabilities = Capabilities::from_iter([
            (Feature::Chat, has("completion")),
            (Feature::Tools, has("tools")),
            (Feature::Reasoning, has("thinking")),
            (Feature::Embeddings, has("embedding")),
        ]);
        facts.input_modalities.push(Modality::Text);
        if has("vision") {
            facts.input_modalities.push(Modality::Image);
        }
    }
    Ok(facts)
}

fn family(details: Option<Details>) -> String {
    details.and_then(|details| details.family).unwrap_or_default()
}
