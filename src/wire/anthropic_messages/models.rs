//! What the models of the API take: data, by family.
//!
//! Read from the model pages and migration guides at <https://platform.claude.com/docs/en/models>,
//! 2026-11. A family is found by the longest name that a model's id holds; dots count as dashes, as
//! gateways write `claude-haiku-4.5`.

use crate::domain::call::ReasoningEffort;
use crate::domain::content::ReasoningForm;

/// What a model takes.
#[derive(Debug, Clone, Copy)]
pub struct Model {
    /// Sent where the caller names no limit, as the API wants one.
    pub default_max_tokens: u32,
    /// The most it can put out, thinking included.
    pub max_tokens: u32,
    /// How it thinks.
    pub thinking: Thinking,
    /// How it shows its thinking, where it does.
    pub reasoning_form: ReasoningForm,
    /// Which sampling parameters it takes.
    pub sampling: SamplingRule,
    /// Whether it holds answers and tool arguments to a schema.
    pub has_structured_output: bool,
    /// Whether system messages may stand between turns.
    pub takes_mid_system: bool,
    /// Whether it can be made to call a tool.
    pub takes_forced_tools: bool,
    /// Type of its code execution tool.
    pub code_execution: &'static str,
}

/// How a model thinks.
#[derive(Debug, Clone, Copy)]
pub enum Thinking {
    /// Not at all.
    None,
    /// Up to a budget of tokens.
    Budget,
    /// As much as it sees fit, steered by effort.
    Adaptive(Adaptive),
    /// Either of the two; a budget is sent where one is asked for.
    Either(Adaptive),
}

/// Thinking steered by effort.
#[derive(Debug, Clone, Copy)]
pub struct Adaptive {
    /// The levels it has, least first, and the API's words for them.
    pub efforts: &'static [(ReasoningEffort, &'static str)],
    /// The `thinking.type` that thinks least; `None` where it cannot be turned off.
    pub off: Option<&'static str>,
    /// It thinks unless told not to.
    pub is_default: bool,
}

/// Which sampling parameters a model takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SamplingRule {
    /// All of them.
    All,
    /// Temperature or top-p, never both.
    OneOf,
    /// None: any other than the default is refused.
    None,
}

const EFFORTS: &[(ReasoningEffort, &str)] = &[
    (ReasoningEffort::Low, "low"),
    (ReasoningEffort::Medium, "medium"),
    (ReasoningEffort::High, "high"),
    (ReasoningEffort::Max, "max"),
];

const ALWAYS: Thinking = Thinking::Adaptive(Adaptive {
    efforts: EFFORTS,
    off: None,
    is_default: true,
});

const BY_DEFAULT: Thinking = Thinking::Adaptive(Adaptive {
    efforts: EFFORTS,
    off: Some("disabled"),
    is_default: true,
});

const ON_REQUEST: Adaptive = Adaptive {
    efforts: EFFORTS,
    off: Some("disabled"),
    is_default: false,
};

/// The newest models: they think by themselves and take no sampling parameters.
const NEWEST: Model = Model {
    default_max_tokens: 32_000,
    max_tokens: 128_000,
    thinking: BY_DEFAULT,
    reasoning_form: ReasoningForm::Summary,
    sampling: SamplingRule::None,
    has_structured_output: true,
    takes_mid_system: true,
    takes_forced_tools: true,
    code_execution: "code_execution_20260120",
};

/// Never stops thinking.
const ALWAYS_THINKS: Model = Model {
    thinking: ALWAYS,
    ..NEWEST
};

/// Decides by itself whether it calls a tool, too.
const DECIDES_ALONE: Model = Model {
    takes_forced_tools: false,
    ..ALWAYS_THINKS
};

const SONNET_5_5: Model = Model {
    thinking: Thinking::Adaptive(Adaptive {
        efforts: EFFORTS,
        off: Some("between_tools"),
        is_default: true,
    }),
    ..DECIDES_ALONE
};

/// Sources differ on whether it takes system messages between turns; none is known to have been taken.
const SONNET_5: Model = Model {
    takes_mid_system: false,
    ..NEWEST
};

const OPUS_4_8: Model = Model {
    thinking: Thinking::Adaptive(ON_REQUEST),
    ..NEWEST
};

const OPUS_4_7: Model = Model {
    takes_mid_system: false,
    ..OPUS_4_8
};

const CLAUDE_4_6: Model = Model {
    default_max_tokens: 16_000,
    thinking: Thinking::Either(ON_REQUEST),
    sampling: SamplingRule::OneOf,
    ..OPUS_4_7
};

const CLAUDE_4_5: Model = Model {
    default_max_tokens: 8192,
    max_tokens: 64_000,
    thinking: Thinking::Budget,
    ..CLAUDE_4_6
};

const OPUS_4_1: Model = Model {
    max_tokens: 32_000,
    code_execution: "code_execution_20250825",
    ..CLAUDE_4_5
};

const SONNET_4: Model = Model {
    has_structured_output: false,
    sampling: SamplingRule::All,
    code_execution: "code_execution_20250825",
    ..CLAUDE_4_5
};

const OPUS_4: Model = Model {
    max_tokens: 32_000,
    ..SONNET_4
};

const SONNET_3_7: Model = Model {
    reasoning_form: ReasoningForm::Full,
    ..SONNET_4
};

const CLAUDE_3_5: Model = Model {
    max_tokens: 8192,
    thinking: Thinking::None,
    ..SONNET_4
};

const CLAUDE_3: Model = Model {
    default_max_tokens: 4096,
    max_tokens: 4096,
    ..CLAUDE_3_5
};

/// The Claude models, by a part of their ids.
pub static CLAUDE: &[(&str, Model)] = &[
    ("claude", NEWEST),
    ("claude-fable", DECIDES_ALONE),
    ("claude-fable-5", ALWAYS_THINKS),
    ("claude-fable-5-1", DECIDES_ALONE),
    ("claude-fable-5-2", DECIDES_ALONE),
    ("claude-mythos", DECIDES_ALONE),
    ("claude-mythos-5", ALWAYS_THINKS),
    ("claude-mythos-5-1", DECIDES_ALONE),
    ("claude-opus-5-5", DECIDES_ALONE),
    ("claude-sonnet-5-5", SONNET_5_5),
    ("claude-sonnet-5", SONNET_5),
    ("claude-opus-4-8", OPUS_4_8),
    ("claude-opus-4-7", OPUS_4_7),
    ("claude-opus-4-6", CLAUDE_4_6),
    ("claude-sonnet-4-6", CLAUDE_4_6),
    ("claude-opus-4-5", CLAUDE_4_5),
    ("claude-sonnet-4-5", CLAUDE_4_5),
    ("claude-haiku-4-5", CLAUDE_4_5),
    ("claude-opus-4-1", OPUS_4_1),
    ("claude-opus-4", OPUS_4),
    ("claude-sonnet-4", SONNET_4),
    ("claude-4", SONNET_4),
    ("claude-3-7", SONNET_3_7),
    ("claude-3-5", CLAUDE_3_5),
    ("claude-3", CLAUDE_3),
    ("claude-2", CLAUDE_3),
    ("claude-instant", CLAUDE_3),
];

/// A model of another maker behind this API: what any endpoint takes is sent, and nothing forbidden.
pub static UNKNOWN: Model = Model {
    default_max_tokens: 8192,
    max_tokens: 128_000,
    thinking: Thinking::Budget,
    reasoning_form: ReasoningForm::Full,
    sampling: SamplingRule::All,
    has_structured_output: false,
    takes_mid_system: false,
    takes_forced_tools: true,
    code_execution: "code_execution_20250825",
};

/// Finds what the longest name says that `id` holds.
pub(super) fn find(table: &'static [(&'static str, Model)], id: &str) -> Option<&'static Model> {
    let id = id.to_ascii_lowercase().replace('.', "-");
    table
        .iter()
        .filter(|(name, _)| holds(&id, name))
        .max_by_key(|(name, _)| name.len())
        .map(|(_, model)| model)
}

/// Whether an id holds a name and not just the start of a longer number: `claude-fable-5-20260601` is
/// no `claude-fable-5-2`.
fn holds(id: &str, name: &str) -> bool {
    id.match_indices(name).any(|(start, _)| {
        let after = id.get(start + name.len()..).unwrap_or_default();
        !after.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::{CLAUDE, find};

    #[test]
    fn a_family_is_found_whatever_is_around_its_name() {
        let limit = |id: &str| find(CLAUDE, id).map(|model| (model.max_tokens, model.takes_forced_tools));
        assert_eq!(limit("anthropic/claude-haiku-4.5:beta"), Some((64_000, true)));
        assert_eq!(limit("claude-opus-4-1-20250805"), Some((32_000, true)));
        assert_eq!(limit("claude-3-5-haiku-latest"), Some((8192, true)));
        assert_eq!(limit("claude-fable-5-20260601"), Some((128_000, true)));
        assert_eq!(limit("claude-fable-5-2-20261109"), Some((128_000, false)));
        assert_eq!(limit("gpt-5"), None);
    }
}
