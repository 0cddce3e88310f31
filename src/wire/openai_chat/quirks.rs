//! What differs between the providers that speak this dialect, as data.
//!
//! [`Quirks::COMMON`] is what most compatible servers take; a provider's own value names only what
//! differs. Model names in here are patterns: a trailing `*` stands for anything, and without one the
//! whole name must match. The first pattern that matches counts.

use crate::domain::call::{Modality, ReasoningEffort};
use crate::domain::content::ReasoningForm;

/// What differs between providers.
#[derive(Debug, Clone, Copy)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent facts about a provider, each read in one place"
)]
pub struct Quirks {
    /// Name of the output limit.
    pub max_tokens: &'static str,
    /// Whether a stream reports usage only when `stream_options.include_usage` is set.
    pub stream_usage: bool,
    /// How reasoning is asked for.
    pub reasoning: ReasoningRequest,
    /// Effort levels of models, in the provider's words, easiest first. A model without a pattern, or
    /// with no levels, takes none.
    pub efforts: &'static [(&'static str, &'static [(ReasoningEffort, &'static str)])],
    /// What the provider shows of its reasoning when nothing can be asked for; `None` where that varies.
    pub reasoning_shown: Option<ReasoningForm>,
    /// When reasoning goes back with the history.
    pub reasoning_replay: ReasoningReplay,
    /// The member of a message that takes reasoning text which does not say where it came from.
    pub reasoning_field: &'static str,
    /// Fields of the request that models do not take, by their names in the contract: `top_k`, `seed`,
    /// `temperature` ... Every matching pattern counts here.
    pub lacks: &'static [(&'static str, &'static [&'static str])],
    /// How the provider searches the web itself.
    pub web_search: WebSearch,
    /// Media that messages may carry in.
    pub media: MediaIn,
    /// Whether results of tools may carry media; elsewhere these follow in a user message.
    pub tool_result_media: bool,
    /// Whether images the model made go back with its message.
    pub assistant_images: bool,
    /// What models may be asked to put out.
    pub output: &'static [Modality],
    /// The voice for audio, where the caller names none: the provider must be told one.
    pub voice: &'static str,
    /// Whether parts and tools take `cache_control`.
    pub cache_control: bool,
    /// Whether a JSON schema can be enforced.
    pub json_schema: bool,
    /// Whether a choice among some of the tools can be expressed; elsewhere only those are declared.
    pub allowed_tools: bool,
    /// Whether an assistant's refusal has a place of its own; elsewhere it is text.
    pub refusal: bool,
    /// Name of the field for the end user's hash.
    pub end_user: Option<&'static str>,
}

/// How reasoning is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasoningRequest {
    /// Not at all.
    None,
    /// `reasoning_effort`, one of the model's levels.
    Effort,
    /// `thinking: {type: enabled | disabled}`, and `reasoning_effort` where it is enabled.
    Toggle,
    /// `reasoning: {effort | max_tokens, exclude}`.
    Object,
}

/// When reasoning goes back with the history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasoningReplay {
    /// Never: the provider refuses it or has none.
    Never,
    /// With every message of a turn in which the model called tools; elsewhere it would be ignored.
    ToolTurns,
    /// As [`Self::ToolTurns`], and a call in a conversation with reasoning is refused without any: where
    /// the history has none for it (another provider's was left out), the member is there and empty.
    ToolTurnsRequired,
    /// Always.
    Always,
}

/// How the provider searches the web itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebSearch {
    /// Not in this format.
    None,
    /// `web_search_options: {}` beside the tools; takes no limits.
    Options,
    /// A tool of this type with `parameters`, whose names for the limits are these.
    Tool {
        /// The tool's type.
        kind: &'static str,
        /// Only these domains.
        allowed: &'static str,
        /// Never these domains.
        blocked: &'static str,
        /// Most searches.
        max_uses: &'static str,
    },
    /// `search_parameters: {mode: "on", sources: [{type: "web", ...}]}`.
    Parameters,
}

/// Media that messages may carry in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "one fact for each kind of part")]
pub struct MediaIn {
    /// `image_url` parts.
    pub images: bool,
    /// `input_audio` parts: media types and the format each is called.
    pub audio: &'static [(&'static str, &'static str)],
    /// `video_url` parts.
    pub video: bool,
    /// `file` parts, for documents.
    pub files: bool,
    /// Whether a `file` part takes an address.
    pub file_urls: bool,
}

impl MediaIn {
    /// Everything the format has a part for.
    pub const ALL: Self = Self {
        images: true,
        audio: AUDIO_FORMATS,
        video: true,
        files: true,
        file_urls: true,
    };
    /// Text alone.
    pub const NONE: Self = Self {
        images: false,
        audio: &[],
        video: false,
        files: false,
        file_urls: false,
    };
}

/// Every format an `input_audio` part is known to take.
pub const AUDIO_FORMATS: &[(&str, &str)] = &[
    ("audio/wav", "wav"),
    ("audio/x-wav", "wav"),
    ("audio/wave", "wav"),
    ("audio/mpeg", "mp3"),
    ("audio/mp3", "mp3"),
    ("audio/flac", "flac"),
    ("audio/ogg", "ogg"),
    ("audio/aac", "aac"),
    ("audio/mp4", "m4a"),
    ("audio/x-m4a", "m4a"),
    ("audio/aiff", "aiff"),
    ("audio/pcm", "pcm16"),
];

/// Levels of effort under the names the contract gives them, the last one aside.
pub const EFFORT_WORDS: &[(ReasoningEffort, &str)] = &[
    (ReasoningEffort::None, "none"),
    (ReasoningEffort::Minimal, "minimal"),
    (ReasoningEffort::Low, "low"),
    (ReasoningEffort::Medium, "medium"),
    (ReasoningEffort::High, "high"),
    (ReasoningEffort::Max, "xhigh"),
];

impl Quirks {
    /// What most compatible servers take.
    pub const COMMON: Self = Self {
        max_tokens: "max_tokens",
        stream_usage: true,
        reasoning: ReasoningRequest::Effort,
        efforts: &[("*", EFFORT_WORDS)],
        reasoning_shown: None,
        reasoning_replay: ReasoningReplay::ToolTurns,
        reasoning_field: "reasoning_content",
        lacks: &[("*", &["service_tier", "prompt_cache_key"])],
        web_search: WebSearch::None,
        media: MediaIn::ALL,
        tool_result_media: false,
        assistant_images: false,
        output: &[Modality::Text, Modality::Audio, Modality::Image],
        voice: "alloy",
        cache_control: false,
        json_schema: true,
        allowed_tools: false,
        refusal: false,
        end_user: Some("user"),
    };

    /// The levels of effort a model has.
    pub(super) fn efforts_of(&self, model: &str) -> &'static [(ReasoningEffort, &'static str)] {
        let known = self.efforts.iter().find(|(pattern, _)| matches(pattern, model));
        known.map_or(&[], |(_, levels)| levels)
    }

    /// Whether a model does not take a field.
    pub(super) fn has_not(&self, model: &str, field: &str) -> bool {
        self.lacks
            .iter()
            .any(|(pattern, fields)| matches(pattern, model) && fields.contains(&field))
    }
}

fn matches(pattern: &str, model: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => model.starts_with(prefix),
        None => model == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_pattern_is_a_name_or_a_prefix() {
        assert!(matches("*", "anything"));
        assert!(matches("o3*", "o3-mini"));
        assert!(matches("gpt-5", "gpt-5"));
        assert!(!matches("gpt-5", "gpt-5.1"));
    }
}
