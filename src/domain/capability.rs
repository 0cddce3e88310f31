//! What a model can do: a set of features, each known to be there, known to be missing, or unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Something a model may be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// Answers chats.
    Chat,
    /// Answers in pieces as they are made.
    Streaming,
    /// Calls tools.
    Tools,
    /// Calls several tools in one turn.
    ParallelToolCalls,
    /// Answers in JSON.
    JsonObject,
    /// Answers in JSON that follows a schema.
    JsonSchema,
    /// Reasons before it answers.
    Reasoning,
    /// Takes an effort for its reasoning.
    ReasoningEffort,
    /// Takes a budget of tokens for its reasoning.
    ReasoningBudget,
    /// Keeps prompts in a cache.
    PromptCaching,
    /// Gives log probabilities.
    Logprobs,
    /// Searches the web, at the provider.
    WebSearch,
    /// Runs code, at the provider.
    CodeExecution,
    /// Makes embeddings.
    Embeddings,
    /// Has a batch interface, at the provider.
    ProviderBatch,
}

impl Feature {
    /// Every feature.
    pub const ALL: [Self; 15] = [
        Self::Chat,
        Self::Streaming,
        Self::Tools,
        Self::ParallelToolCalls,
        Self::JsonObject,
        Self::JsonSchema,
        Self::Reasoning,
        Self::ReasoningEffort,
        Self::ReasoningBudget,
        Self::PromptCaching,
        Self::Logprobs,
        Self::WebSearch,
        Self::CodeExecution,
        Self::Embeddings,
        Self::ProviderBatch,
    ];

    /// Its name in the contract and in the database, such as `json_schema`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Streaming => "streaming",
            Self::Tools => "tools",
            Self::ParallelToolCalls => "parallel_tool_calls",
            Self::JsonObject => "json_object",
            Self::JsonSchema => "json_schema",
            Self::Reasoning => "reasoning",
            Self::ReasoningEffort => "reasoning_effort",
            Self::ReasoningBudget => "reasoning_budget",
            Self::PromptCaching => "prompt_caching",
            Self::Logprobs => "logprobs",
            Self::WebSearch => "web_search",
            Self::CodeExecution => "code_execution",
            Self::Embeddings => "embeddings",
            Self::ProviderBatch => "provider_batch",
        }
    }

    /// The feature of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.as_str() == name)
    }
}

/// What is known of a model's features. One that is not in here is unknown: the server then tries.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capabilities(BTreeMap<Feature, bool>);

impl Capabilities {
    /// What is known of one feature.
    pub fn get(&self, feature: Feature) -> Option<bool> {
        self.0.get(&feature).copied()
    }

    /// Notes what is known; `None` notes nothing.
    pub fn set(&mut self, feature: Feature, known: impl Into<Option<bool>>) {
        if let Some(known) = known.into() {
            self.0.insert(feature, known);
        }
    }

    /// These, and where they say nothing, `weaker`.
    #[must_use]
    pub fn over(&self, weaker: &Self) -> Self {
        let mut merged = weaker.clone();
        merged.0.extend(&self.0);
        merged
    }

    /// Whether every feature that `wanted` names is as it says.
    pub fn agree_with(&self, wanted: &Self) -> bool {
        wanted
            .0
            .iter()
            .all(|(feature, known)| self.get(*feature) == Some(*known))
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is known, in the order of [`Feature::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Feature, bool)> {
        self.0.iter().map(|(feature, known)| (*feature, *known))
    }
}

impl FromIterator<(Feature, bool)> for Capabilities {
    fn from_iter<I: IntoIterator<Item = (Feature, bool)>>(known: I) -> Self {
        Self(known.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::{Capabilities, Feature};

    #[test]
    fn what_says_something_wins_and_unknown_stays_unknown() {
        let listed = Capabilities::from_iter([(Feature::Tools, true), (Feature::Chat, true)]);
        let denied = Capabilities::from_iter([(Feature::Tools, false)]);

        let merged = denied.over(&listed);

        assert_eq!(merged.get(Feature::Tools), Some(false));
        assert_eq!(merged.get(Feature::Chat), Some(true));
        assert_eq!(merged.get(Feature::Logprobs), None);
        assert!(merged.agree_with(&denied) && !listed.agree_with(&denied));
    }

    #[test]
    fn names_are_those_that_are_stored() {
        for feature in Feature::ALL {
            let stored = serde_json::to_string(&feature).unwrap();
            assert_eq!(stored, format!("\"{}\"", feature.as_str()));
            assert_eq!(Feature::from_name(feature.as_str()), Some(feature));
        }
    }
}
