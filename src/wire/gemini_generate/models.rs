//! What differs from model to model, as data: what each takes and cannot do without.
//!
//! From the thinking, thought signature, function calling and file input pages of the API's
//! documentation, read 2026-11-22. A name that is not known is taken for one of the newest models.

use crate::domain::call::ReasoningEffort;

/// How a model is told how hard to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinking {
    /// It does not think.
    Never,
    /// By a number of tokens.
    Budget {
        /// The fewest it takes, zero aside.
        least: u32,
        /// The most it takes.
        most: u32,
        /// Zero is taken and means no thinking.
        can_be_off: bool,
    },
    /// By one of these levels, lowest first; it always thinks.
    Levels(&'static [ReasoningEffort]),
}

const FLASH_LEVELS: &[ReasoningEffort] = &[
    ReasoningEffort::Minimal,
    ReasoningEffort::Low,
    ReasoningEffort::Medium,
    ReasoningEffort::High,
];
const PRO_LEVELS: &[ReasoningEffort] = &[
    ReasoningEffort::Low,
    ReasoningEffort::Medium,
    ReasoningEffort::High,
];
const FIRST_PRO_LEVELS: &[ReasoningEffort] = &[ReasoningEffort::Low, ReasoningEffort::High];

/// How the vendor's own models think.
pub fn thinking(model: &str) -> Thinking {
    let is = |prefix: &str| model.starts_with(prefix);
    if is_before_2_5(model) || model.contains("-tts") || is("gemini-2.5-flash-image") {
        Thinking::Never
    } else if is("gemini-2.5-flash-lite") {
        budget(512, 24_576, true)
    } else if is("gemini-2.5-flash") {
        budget(1, 24_576, true)
    } else if is("gemini-2.5") {
        budget(128, 32_768, false)
    } else if is("gemini-3-pro") {
        Thinking::Levels(FIRST_PRO_LEVELS)
    } else if model.contains("-pro") {
        Thinking::Levels(PRO_LEVELS)
    } else {
        Thinking::Levels(FLASH_LEVELS)
    }
}

/// Whether a model's provider fetches `url` itself. Videos of the vendor's own site always.
pub fn fetches_url(model: &str, url: &str) -> bool {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let host = rest.split(['/', '?']).next().unwrap_or_default();
    let is_video_site = host == "youtu.be" || host == "youtube.com" || host.ends_with(".youtube.com");
    is_video_site || !is_before_2_5(model)
}

/// Whether a function's result may hold media of this type itself.
pub fn takes_media_in_results(model: &str, mime_type: &str) -> bool {
    let types = [
        "image/png",
        "image/jpeg",
        "image/webp",
        "application/pdf",
        "text/plain",
    ];
    is_3_or_later(model) && types.contains(&mime_type)
}

/// Whether a model refuses calls in history without a signature.
pub fn wants_signed_calls(model: &str) -> bool {
    is_3_or_later(model)
}

/// Whether a model can call functions and run the provider's tools in one turn.
pub fn mixes_tools(model: &str) -> bool {
    is_3_or_later(model)
}

fn budget(least: u32, most: u32, can_be_off: bool) -> Thinking {
    Thinking::Budget {
        least,
        most,
        can_be_off,
    }
}

fn is_before_2_5(model: &str) -> bool {
    let older = [
        "gemini-1",
        "gemini-2.0",
        "gemini-pro",
        "gemma-2",
        "gemma-3",
        "learnlm",
    ];
    older.iter().any(|prefix| model.starts_with(prefix)) && !model.starts_with("gemini-pro-latest")
}

fn is_3_or_later(model: &str) -> bool {
    !is_before_2_5(model) && !model.starts_with("gemini-2") && !model.starts_with("gemma")
}
