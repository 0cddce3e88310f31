//! A model, and how it comes of what is known of it: a catalogue, below its provider's list, below what
//! traffic has shown, below an administrator's changes.

use serde::{Deserialize, Serialize};

use crate::domain::call::Modality;
use crate::domain::capability::{Capabilities, Feature};
use crate::domain::pricing::Pricing;
use crate::domain::time::Timestamp;

/// A model as this server tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// `<provider>/<model>`.
    pub id: String,
    /// First half of the id.
    pub provider: String,
    /// The provider's own id for it.
    pub provider_model: String,
    /// What is known of it.
    pub facts: Facts,
    /// Other names it answers to.
    pub aliases: Vec<String>,
    /// Whether it can be used.
    pub state: ModelState,
    /// When its provider last listed it.
    pub list_time: Option<Timestamp>,
    /// When it last answered a chat on this server, some hours more or less.
    pub last_use_time: Option<Timestamp>,
    /// When any of this last changed.
    pub update_time: Timestamp,
    /// Changes with all of this but the times.
    pub etag: String,
}

/// What one source knows of a model. Empty and unset is unknown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Name for people.
    pub display_name: String,
    /// In a sentence or more.
    pub description: String,
    /// Such as `gpt-5`.
    pub family: String,
    /// Input and output together.
    pub context_window_tokens: Option<u32>,
    /// Output alone.
    pub max_output_tokens: Option<u32>,
    /// What it takes in.
    pub input_modalities: Vec<Modality>,
    /// What it puts out.
    pub output_modalities: Vec<Modality>,
    /// What it can do.
    pub capabilities: Capabilities,
    /// What it costs.
    pub pricing: Option<Pricing>,
    /// Fields of a chat request that it takes.
    pub supported_parameters: Vec<String>,
    /// When it came out.
    pub release_time: Option<Timestamp>,
    /// When its provider will retire it.
    pub retire_time: Option<Timestamp>,
}

impl Facts {
    /// These, and where they say nothing, `weaker`. Prices are never mixed: a list is taken whole.
    #[must_use]
    pub fn over(&self, weaker: &Self) -> Self {
        let text = |own: &String, other: &String| if own.is_empty() { other } else { own }.clone();
        let list =
            |own: &Vec<Modality>, other: &Vec<Modality>| if own.is_empty() { other } else { own }.clone();
        Self {
            display_name: text(&self.display_name, &weaker.display_name),
            description: text(&self.description, &weaker.description),
            family: text(&self.family, &weaker.family),
            context_window_tokens: self.context_window_tokens.or(weaker.context_window_tokens),
            max_output_tokens: self.max_output_tokens.or(weaker.max_output_tokens),
            input_modalities: list(&self.input_modalities, &weaker.input_modalities),
            output_modalities: list(&self.output_modalities, &weaker.output_modalities),
            capabilities: self.capabilities.over(&weaker.capabilities),
            pricing: self.pricing.clone().or_else(|| weaker.pricing.clone()),
            supported_parameters: if self.supported_parameters.is_empty() {
                weaker.supported_parameters.clone()
            } else {
                self.supported_parameters.clone()
            },
            release_time: self.release_time.or(weaker.release_time),
            retire_time: self.retire_time.or(weaker.retire_time),
        }
    }

    /// Whether they say the same; the day of a price list that says the same prices does not count.
    pub fn agree_with(&self, other: &Self) -> bool {
        let same_prices = match (&self.pricing, &other.pricing) {
            (Some(own), Some(others)) => own.equals(others),
            (own, others) => own.is_none() && others.is_none(),
        };
        let unpriced = |facts: &Self| Self {
            pricing: None,
            ..facts.clone()
        };
        same_prices && unpriced(self) == unpriced(other)
    }
}

/// Whether a model can be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelState {
    /// Yes.
    #[default]
    Active,
    /// It works, but its provider will retire it.
    Deprecated,
    /// Its provider no longer offers it.
    Retired,
    /// It is switched off here.
    Disabled,
}

impl ModelState {
    /// Whether a list shows it without being asked for all.
    pub fn is_available(self) -> bool {
        matches!(self, Self::Active | Self::Deprecated)
    }
}

/// A model of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogModel {
    /// The provider's own id for it.
    pub model: String,
    /// What is known of it.
    pub facts: Facts,
    /// Whether it can be used.
    pub state: ModelState,
    /// The day of the catalogue.
    pub time: Timestamp,
}

/// A model as a provider lists it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listed {
    /// The provider's own id for it.
    pub model: String,
    /// What the list tells.
    pub facts: Facts,
}

/// A model that a provider has listed, now or before.
#[derive(Debug, Clone, PartialEq)]
pub struct ListedModel {
    /// Provider id.
    pub provider: String,
    /// The provider's own id for it.
    pub model: String,
    /// What its list told last.
    pub facts: Facts,
    /// When it was last in the list.
    pub list_time: Timestamp,
    /// When it was first missing from the list.
    pub gone_time: Option<Timestamp>,
    /// When any of this but the first time last changed.
    pub update_time: Timestamp,
}

/// What a refresh changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefreshCounts {
    /// Models that were not in the list before.
    pub added: u32,
    /// Models that the list tells something else of.
    pub changed: u32,
    /// Models that are no longer in it.
    pub retired: u32,
}

/// What is to be written after a provider was listed: what differs from what was `known`.
pub fn refreshed(
    provider: &str,
    known: &[ListedModel],
    listed: &[Listed],
    now: Timestamp,
) -> (Vec<ListedModel>, RefreshCounts) {
    let mut counts = RefreshCounts::default();
    let mut writes = Vec::new();
    let known: std::collections::BTreeMap<&str, &ListedModel> =
        known.iter().map(|model| (model.model.as_str(), model)).collect();
    let mut gone = known.clone();
    for Listed { model, facts } in listed {
        gone.remove(model.as_str());
        let before = known.get(model.as_str()).copied();
        let is_same =
            before.is_some_and(|before| before.gone_time.is_none() && before.facts.agree_with(facts));
        match before {
            // The prices may be of a later day all the same.
            Some(before) if is_same && before.facts == *facts => continue,
            Some(_) if is_same => {}
            Some(before) if before.gone_time.is_none() => counts.changed += 1,
            Some(_) | None => counts.added += 1,
        }
        let update_time = before
            .filter(|_| is_same)
            .map_or(now, |before| before.update_time);
        writes.push(ListedModel {
            provider: provider.to_owned(),
            model: model.clone(),
            facts: facts.clone(),
            list_time: now,
            gone_time: None,
            update_time,
        });
    }
    for before in gone.into_values().filter(|before| before.gone_time.is_none()) {
        counts.retired += 1;
        writes.push(ListedModel {
            gone_time: Some(now),
            update_time: now,
            ..before.clone()
        });
    }
    (writes, counts)
}

/// What an administrator says of a model. Unset is what the provider says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Changes {
    /// Replaces the name.
    pub display_name: Option<String>,
    /// Replaces the description.
    pub description: Option<String>,
    /// Replaces every alias.
    pub aliases: Option<Vec<String>>,
    /// Replaces the state.
    pub state: Option<ModelState>,
    /// Replaces the window.
    pub context_window_tokens: Option<u32>,
    /// Replaces the limit.
    pub max_output_tokens: Option<u32>,
    /// Replaces single features.
    pub capabilities: Capabilities,
    /// Replaces the whole price list.
    pub pricing: Option<Pricing>,
}

/// The changes of one model as they are kept.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelChange {
    /// `<provider>/<model>`.
    pub model_id: String,
    /// What is changed.
    pub changes: Changes,
    /// Counts the writes; 0 is none yet.
    pub version: i64,
    /// When it was last written.
    pub update_time: Timestamp,
}

/// A feature that traffic has confirmed, or a provider has refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// `<provider>/<model>`.
    pub model_id: String,
    /// Which.
    pub feature: Feature,
    /// Whether the model has it.
    pub is_supported: bool,
    /// What was seen, in a few words.
    pub evidence: String,
    /// When.
    pub time: Timestamp,
}

/// How listing a provider has gone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefreshState {
    /// Provider id.
    pub provider: String,
    /// When a list last came whole.
    pub success_time: Option<Timestamp>,
    /// When one last did not.
    pub error_time: Option<Timestamp>,
    /// Name of the reason; empty for none.
    pub error_reason: String,
    /// What was wrong.
    pub error_message: String,
}

/// Everything that is kept about models.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StoredModels {
    /// What providers list or have listed.
    pub listed: Vec<ListedModel>,
    /// What administrators say.
    pub changes: Vec<ModelChange>,
    /// What traffic has shown.
    pub observations: Vec<Observation>,
    /// How listing has gone.
    pub refreshes: Vec<RefreshState>,
}

/// All that is known of one model.
#[derive(Debug, Clone, Default)]
pub struct Layers<'a> {
    /// The catalogue.
    pub catalog: Option<&'a CatalogModel>,
    /// Its provider's list.
    pub listed: Option<&'a ListedModel>,
    /// Its traffic.
    pub observed: Vec<&'a Observation>,
    /// An administrator.
    pub change: Option<&'a ModelChange>,
}

impl Layers<'_> {
    /// Puts the layers over each other; the aliases and the etag are the whole registry's to add.
    pub fn merged(&self, provider: &str, model: &str) -> Model {
        let mut facts = match (self.listed, self.catalog) {
            (Some(listed), Some(catalog)) => listed.facts.over(&catalog.facts),
            (Some(listed), None) => listed.facts.clone(),
            (None, Some(catalog)) => catalog.facts.clone(),
            (None, None) => Facts::default(),
        };
        let observed: Capabilities = self
            .observed
            .iter()
            .map(|observed| (observed.feature, observed.is_supported))
            .collect();
        facts.capabilities = observed.over(&facts.capabilities);
        let mut state = match (self.listed, self.catalog) {
            (Some(listed), _) if listed.gone_time.is_some() => ModelState::Retired,
            (_, Some(catalog)) if catalog.state == ModelState::Deprecated => ModelState::Deprecated,
            // A list that has it is newer than a catalogue that had it retired.
            (Some(_), _) | (None, None) => ModelState::Active,
            (None, Some(catalog)) => catalog.state,
        };
        if state == ModelState::Active && facts.retire_time.is_some() {
            state = ModelState::Deprecated;
        }
        if let Some(change) = self.change {
            change.changes.apply(&mut facts, &mut state);
        }
        let answered = |observed: &&&Observation| observed.feature == Feature::Chat;
        let chats = self.observed.iter().filter(answered);
        let news = self.observed.iter().filter(|observed| !answered(observed));
        let times = [
            self.catalog.map(|catalog| catalog.time),
            self.listed.map(|listed| listed.update_time),
            self.change.map(|change| change.update_time),
            news.map(|observed| observed.time).max(),
        ];
        Model {
            id: format!("{provider}/{model}"),
            provider: provider.to_owned(),
            provider_model: model.to_owned(),
            facts,
            aliases: Vec::new(),
            state,
            list_time: self.listed.map(|listed| listed.list_time),
            last_use_time: chats.filter(|chat| chat.is_supported).map(|chat| chat.time).max(),
            update_time: times.into_iter().flatten().max().unwrap_or_default(),
            etag: String::new(),
        }
    }
}

impl Changes {
    fn apply(&self, facts: &mut Facts, state: &mut ModelState) {
        let own = Facts {
            display_name: self.display_name.clone().unwrap_or_default(),
            description: self.description.clone().unwrap_or_default(),
            context_window_tokens: self.context_window_tokens,
            max_output_tokens: self.max_output_tokens,
            capabilities: self.capabilities.clone(),
            pricing: self.pricing.clone(),
            ..Facts::default()
        };
        *facts = own.over(facts);
        *state = self.state.unwrap_or(*state);
    }
}

#[cfg(test)]
mod tests;
