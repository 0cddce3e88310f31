//! The providers' lists of their models, sans-IO: what to ask for, and what a page of the answer says.
//!
//! A list is believed whole or not at all: a wrong type, an id that comes twice or a list beyond all
//! measure says that the rest of it is not to be trusted either.

mod anthropic;
mod gemini;
mod ollama;
mod openai;
mod openrouter;
mod xai;

use std::collections::{BTreeMap, BTreeSet};

use http::{HeaderName, HeaderValue};

use crate::domain::model::{Facts, Listed};
use crate::domain::time::Timestamp;

/// Where and how a provider lists its models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// Path below the base URL, without a query.
    pub path: &'static str,
    /// How the answer reads.
    pub format: Format,
}

/// The shapes of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `{"data": [...]}` or a bare list, in one page.
    Openai,
    /// `{"data": [...], "has_more", "last_id"}`.
    Anthropic,
    /// `{"models": [...], "nextPageToken"}`.
    Gemini,
    /// As [`Self::Openai`], with prices, limits and parameters.
    Openrouter,
    /// `{"models": [...]}`, and a question about each of them.
    Ollama,
    /// As [`Self::Openai`], with prices and aliases, and a second list that tells more of most.
    Xai,
}

/// One page of a list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Page {
    /// The models on it.
    pub models: Vec<Listed>,
    /// What to ask for the next one with; `None` on the last.
    pub next: Option<String>,
}

/// Why a list is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It is not of the shape that is known.
    #[error("the list cannot be read: {0}")]
    Malformed(String),
    /// It has no rows, where there must be some.
    #[error("the list is empty")]
    Empty,
    /// It has too many.
    #[error("the list has more than {MAX_MODELS} models")]
    TooMany,
    /// It has too many pages, or pages that lead to each other.
    #[error("the list has more than {MAX_PAGES} pages, or pages without an end")]
    Endless,
    /// It has a model twice.
    #[error("the list has {0:?} twice")]
    Duplicate(String),
    /// It has a model that cannot be asked for.
    #[error("the list has an id that is empty, longer than {MAX_ID_BYTES} bytes, or not to be printed")]
    BadId,
}

/// The most models of one provider.
pub const MAX_MODELS: usize = 10_000;
/// The most pages of one list.
pub const MAX_PAGES: usize = 100;
/// The longest id.
const MAX_ID_BYTES: usize = 256;
/// The most that is kept of a text for people.
const MAX_TEXT_BYTES: usize = 1024;

impl Format {
    /// The query of a page, `?` included: the first one, or the one that `next` leads to.
    pub fn query(self, next: Option<&str>) -> String {
        let (size, cursor) = match self {
            Self::Openai | Self::Openrouter | Self::Ollama | Self::Xai => return String::new(),
            Self::Anthropic => ("limit=1000", "after_id"),
            Self::Gemini => ("pageSize=1000", "pageToken"),
        };
        let Some(next) = next else {
            return format!("?{size}");
        };
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        format!("?{size}&{cursor}={next}")
    }

    /// The query of the shortest list, for whoever wants none of it: at most one model where that can be said.
    pub fn shortest_query(self) -> &'static str {
        match self {
            Self::Openai | Self::Openrouter | Self::Ollama | Self::Xai => "",
            Self::Anthropic => "?limit=1",
            Self::Gemini => "?pageSize=1",
        }
    }

    /// Headers the list is not given without.
    pub fn headers(self) -> Vec<(HeaderName, HeaderValue)> {
        match self {
            Self::Anthropic => vec![(
                HeaderName::from_static("anthropic-version"),
                HeaderValue::from_static("2023-06-01"),
            )],
            Self::Openai | Self::Gemini | Self::Openrouter | Self::Ollama | Self::Xai => Vec::new(),
        }
    }

    /// Reads a page that came at `now`.
    ///
    /// # Errors
    /// [`ListError::Malformed`] for any other shape, a wrong type of a known field included.
    pub fn page(self, body: &[u8], now: Timestamp) -> Result<Page, ListError> {
        match self {
            Self::Openai => openai::page(body),
            Self::Anthropic => anthropic::page(body),
            Self::Gemini => gemini::page(body),
            Self::Openrouter => openrouter::page(body, now),
            Self::Ollama => ollama::page(body),
            Self::Xai => xai::page(body, now),
        }
    }

    /// Path of a second list of the same form, in one page, which tells what the first does not. A server that is
    /// like the provider may well not have it.
    pub fn supplement(self) -> Option<&'static str> {
        match self {
            Self::Xai => Some(xai::SUPPLEMENT),
            Self::Openai | Self::Anthropic | Self::Gemini | Self::Openrouter | Self::Ollama => None,
        }
    }

    /// Where each model is asked about beside the list, and with what: path and body of a POST.
    pub fn question(self, model: &str) -> Option<(&'static str, serde_json::Value)> {
        match self {
            Self::Ollama => Some(ollama::question(model)),
            Self::Openai | Self::Anthropic | Self::Gemini | Self::Openrouter | Self::Xai => None,
        }
    }

    /// Reads the answer to [`Self::question`].
    ///
    /// # Errors
    /// As [`Self::page`].
    pub fn answer(self, body: &[u8]) -> Result<Facts, ListError> {
        match self {
            Self::Ollama => ollama::answer(body),
            Self::Openai | Self::Anthropic | Self::Gemini | Self::Openrouter | Self::Xai => {
                Ok(Facts::default())
            }
        }
    }

    /// Whether a list without models may be true: only where a person puts them there one by one.
    fn may_be_empty(self) -> bool {
        self == Self::Ollama
    }
}

/// The pages of one list, put together.
#[derive(Debug)]
pub struct Collection {
    format: Format,
    models: Vec<Listed>,
    ids: BTreeSet<String>,
    cursors: BTreeSet<String>,
}

impl Collection {
    /// Begins a list.
    pub fn new(format: Format) -> Self {
        Self {
            format,
            models: Vec::new(),
            ids: BTreeSet::new(),
            cursors: BTreeSet::new(),
        }
    }

    /// Adds a page and returns what the next one is asked for with.
    ///
    /// # Errors
    /// Everything a list is not believed for, as soon as it shows.
    pub fn add(&mut self, page: Page) -> Result<Option<String>, ListError> {
        if self.models.len() + page.models.len() > MAX_MODELS {
            return Err(ListError::TooMany);
        }
        for model in page.models {
            if !is_id(&model.model) {
                return Err(ListError::BadId);
            }
            if !self.ids.insert(model.model.clone()) {
                return Err(ListError::Duplicate(model.model));
            }
            self.models.push(trimmed(model));
        }
        if let Some(next) = &page.next
            && (!self.cursors.insert(next.clone()) || self.cursors.len() >= MAX_PAGES)
        {
            return Err(ListError::Endless);
        }
        Ok(page.next)
    }

    /// Ends the list.
    ///
    /// # Errors
    /// [`ListError::Empty`]: a provider that is said to have no model at all is not believed.
    pub fn finish(self) -> Result<Vec<Listed>, ListError> {
        if self.models.is_empty() && !self.format.may_be_empty() {
            return Err(ListError::Empty);
        }
        Ok(self.models)
    }

    /// Adds the one page of the second list: what it tells beyond the first of each model, and the models that it
    /// alone has. To be called when the first is whole.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_supplement(&mut self, page: Page) -> Result<(), ListError> {
        let mut second = Self::new(self.format);
        second.add(page)?;
        let mut more: BTreeMap<String, Listed> = second
            .models
            .into_iter()
            .map(|listed| (listed.model.clone(), listed))
            .collect();
        for listed in &mut self.models {
            if let Some(more) = more.remove(&listed.model) {
                listed.facts = listed.facts.over(&more.facts);
            }
        }
        let models = more.into_values().collect();
        self.add(Page { models, next: None })?;
        Ok(())
    }
}

fn is_id(id: &str) -> bool {
    (1..=MAX_ID_BYTES).contains(&id.len()) && !id.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// A provider's words are shown to people, and kept in memory: without what steers a terminal, and short.
fn trimmed(mut model: Listed) -> Listed {
    let facts = &mut model.facts;
    for text in [&mut facts.display_name, &mut facts.description, &mut facts.family] {
        text.retain(|c| !c.is_control());
        text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
    }
    model
}

/// Reads JSON; what is wrong is told by its place, not by its content.
fn read<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ListError> {
    serde_json::from_slice(body).map_err(|error| {
        let kind = match error.classify() {
            serde_json::error::Category::Syntax => "no JSON",
            serde_json::error::Category::Data => "another shape",
            serde_json::error::Category::Eof => "it ends early",
            serde_json::error::Category::Io => "no bytes",
        };
        ListError::Malformed(format!(
            "{kind} at line {} column {}",
            error.line(),
            error.column()
        ))
    })
}

/// A limit of nothing is none that is known.
fn limit(tokens: Option<u32>) -> Option<u32> {
    tokens.filter(|tokens| *tokens > 0)
}

#[cfg(test)]
mod tests;
