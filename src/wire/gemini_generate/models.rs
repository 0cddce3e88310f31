//! What differs from model to model, as data: what each takes and cannot do without.
//!
//! From the model migration guides and the thinking, thought signature, function calling and file input pages of the API's
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

/// How the vendor's own models think.
pub fn thinking(model: &str) -> Thinking {
    use ReasoningEffort::{High, Low, Medium, Minimal};

    let is_flash = model.contains("-flash");
    match version(model) {
        _ if is_before_2_5(model) || model.contains("-tts") => Thinking::Never,
        Some((2, _)) if model.contains("-image") => Thinking::Never,
        Some((2, _)) if model.contains("-flash-lite") => budget(512, 24_576, true),
        Some((2, _)) if is_flash => budget(1, 24_576, true),
        Some((2, _)) => budget(128, 32_768, false),
        Some((3, _)) if is_flash && model.contains("-image") => Thinking::Levels(&[Minimal, High]),
        Some((3, 0)) if !is_flash => Thinking::Levels(&[Low, High]),
        Some((3, minor)) if is_flash && (minor <= 6 || model.contains("-flash-lite")) => {
            Thinking::Levels(&[Minimal, Low, Medium, High])
        }
        // From 3.7 on the lowest level is refused.
        _ => Thinking::Levels(&[Low, Medium, High]),
    }
}

/// Whether a model takes temperature, top-p, top-k and penalties: from 3.6 on, and in the lite model
/// before it, they are ignored or refused.
pub fn takes_sampling(model: &str) -> bool {
    match version(model) {
        Some((3, 5)) => !model.contains("-flash-lite"),
        Some(version) => version < (3, 6),
        None => !model.starts_with("gemini-"),
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

/// Major and minor version, where the name has them: `gemini-3.1-pro` is 3.1, `gemini-3-flash` 3.0.
fn version(model: &str) -> Option<(u32, u32)> {
    let rest = model.strip_prefix("gemini-")?;
    let number = rest.split('-').next().unwrap_or_default();
    let (major, minor) = number.split_once('.').unwrap_or((number, "0"));
    Some((major.parse().ok()?, minor.parse().ok()?))
}

fn is_before_2_5(model: &str) -> bool {
    let is_other_family = ["gemma-2", "gemma-3", "learnlm"]
        .iter()
        .any(|prefix| model.starts_with(prefix));
    is_other_family || version(model).is_some_and(|version| version < (2, 5))
}

fn is_3_or_later(model: &str) -> bool {
    !model.starts_with("gemma") && !is_before_2_5(model) && version(model).is_none_or(|(major, _)| major >= 3)
}
