//! How hard a model is told to think: a switch for most, a level for some.

use serde_json::Value;

use crate::domain::call::{ReasoningConfig, ReasoningEffort};
use crate::domain::content::ReasoningForm;
use crate::wire::notes::Notes;

/// What a model takes in `think`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thinking {
    /// `true` or `false`.
    Switch,
    /// `low`, `medium` or `high`; it cannot be switched off.
    Levels,
}

/// Tells what a model takes, by its name: gpt-oss ignores the switch and takes levels, everything else
/// takes the switch (<https://docs.ollama.com/capabilities/thinking>, read 2026-11).
pub fn thinking_of(model: &str) -> Thinking {
    let name = model.rsplit('/').next().unwrap_or(model);
    if name.to_ascii_lowercase().starts_with("gpt-oss") {
        Thinking::Levels
    } else {
        Thinking::Switch
    }
}

/// Returns the value of `think`, or `None` where nothing was asked for.
pub(super) fn think(config: &ReasoningConfig, thinking: Thinking, notes: &mut Notes) -> Option<Value> {
    if config.budget_tokens.is_some() {
        notes.left_out(
            "reasoning.budget_tokens",
            "the API has no budget for thinking, only a switch or a level",
        );
    }
    if let Some(ReasoningForm::Summary | ReasoningForm::Hidden) = config.form {
        notes.changed(
            "reasoning.form",
            "the API shows thinking word for word, or none when it is off",
        );
    }
    // A budget says whether to think, if nothing else does.
    let by_budget = config.budget_tokens.map(|budget| match budget {
        0 => ReasoningEffort::None,
        _ => ReasoningEffort::Medium,
    });
    let effort = config.effort.or(by_budget)?;
    Some(match thinking {
        Thinking::Switch => Value::Bool(effort != ReasoningEffort::None),
        Thinking::Levels => {
            if effort == ReasoningEffort::None {
                notes.changed("reasoning.effort", "this model always thinks; sent as low");
            }
            level(effort).into()
        }
    })
}

fn level(effort: ReasoningEffort) -> &'static str {
    match effort {
        ReasoningEffort::None | ReasoningEffort::Minimal | ReasoningEffort::Low => "low",
        ReasoningEffort::Medium => "medium",
        ReasoningEffort::High | ReasoningEffort::Max => "high",
    }
}
