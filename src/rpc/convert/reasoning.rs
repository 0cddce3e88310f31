//! Reasoning, inward: how much of it, and in which form.

use crate::domain::call::{ReasoningConfig, ReasoningEffort};
use crate::domain::content::ReasoningForm;
use crate::rpc::convert::violations::Violations;
use crate::rpc::pb;

/// Reads how a model is to reason.
pub(super) fn config(config: pb::ReasoningConfig, wrong: &mut Violations) -> ReasoningConfig {
    let pb::ReasoningConfig {
        effort,
        budget_tokens,
        form,
    } = config;
    let effort = match pb::ReasoningEffort::try_from(effort) {
        Ok(pb::ReasoningEffort::Unspecified) => None,
        Ok(pb::ReasoningEffort::None) => Some(ReasoningEffort::None),
        Ok(pb::ReasoningEffort::Minimal) => Some(ReasoningEffort::Minimal),
        Ok(pb::ReasoningEffort::Low) => Some(ReasoningEffort::Low),
        Ok(pb::ReasoningEffort::Medium) => Some(ReasoningEffort::Medium),
        Ok(pb::ReasoningEffort::High) => Some(ReasoningEffort::High),
        Ok(pb::ReasoningEffort::Max) => Some(ReasoningEffort::Max),
        Err(_) => {
            wrong.add(
                "reasoning.effort",
                format!("expected a ReasoningEffort, found {effort}"),
            );
            None
        }
    };
    ReasoningConfig {
        effort,
        budget_tokens: wrong.count(budget_tokens, 0, "reasoning.budget_tokens"),
        form: self::form(form, "reasoning.form", wrong),
    }
}

/// Reads a form; `None` is unspecified.
pub(super) fn form(form: i32, path: &str, violations: &mut Violations) -> Option<ReasoningForm> {
    match pb::ReasoningForm::try_from(form) {
        Ok(pb::ReasoningForm::Unspecified) => None,
        Ok(pb::ReasoningForm::Full) => Some(ReasoningForm::Full),
        Ok(pb::ReasoningForm::Summary) => Some(ReasoningForm::Summary),
        Ok(pb::ReasoningForm::Hidden) => Some(ReasoningForm::Hidden),
        Err(_) => {
            violations.add(path, format!("expected a ReasoningForm, found {form}"));
            None
        }
    }
}
