//! Thinking: effort, budget and form to what a model takes, and the limit of the whole output.

use serde_json::{Map, Value, json};

use crate::domain::call::{ReasoningConfig, ReasoningEffort};
use crate::domain::content::ReasoningForm;

use super::encode::Writer;
use super::models::{Adaptive, Thinking};

/// The least budget the API takes.
const LEAST_BUDGET: u32 = 1024;

/// What a request says of thinking.
#[derive(Debug)]
pub(super) struct ThinkingPlan {
    pub(super) max_tokens: u32,
    /// The `thinking` field.
    pub(super) config: Option<Value>,
    /// `output_config.effort`.
    pub(super) effort: Option<&'static str>,
    /// The request turns thinking on.
    pub(super) is_on: bool,
}

impl Writer<'_> {
    /// Decides how the model thinks and how much it may put out.
    pub(super) fn thinking(&mut self) -> ThinkingPlan {
        let mut plan = ThinkingPlan {
            max_tokens: self
                .call
                .max_output_tokens
                .unwrap_or(self.model.default_max_tokens),
            config: None,
            effort: None,
            is_on: false,
        };
        let Some(config) = self.call.reasoning else {
            return plan;
        };
        match self.model.thinking {
            Thinking::None => self.cannot_think(config, "this model does not think"),
            Thinking::Budget => self.budget(config, &mut plan),
            Thinking::Either(_) if config.budget_tokens.is_some() => self.budget(config, &mut plan),
            Thinking::Adaptive(adaptive) | Thinking::Either(adaptive) => {
                self.adaptive(config, adaptive, &mut plan);
            }
        }
        plan
    }

    /// Notes all that was asked of thinking and is not to be had.
    fn cannot_think(&mut self, config: ReasoningConfig, message: &str) {
        let thinks = |effort| effort != ReasoningEffort::None;
        if config.effort.is_some_and(thinks) {
            self.notes.left_out("reasoning.effort", message);
        }
        if config.budget_tokens.is_some_and(|budget| budget > 0) {
            self.notes.left_out("reasoning.budget_tokens", message);
        }
        if shows(config.form) {
            self.notes.changed("reasoning.form", message);
        }
    }

    fn budget(&mut self, config: ReasoningConfig, plan: &mut ThinkingPlan) {
        let wanted = match (config.budget_tokens, config.effort) {
            (Some(0), _) | (None, Some(ReasoningEffort::None)) => {
                plan.config = Some(json!({"type": "disabled"}));
                return;
            }
            (Some(budget), _) => budget,
            (None, Some(effort)) => budget_for(effort),
            (None, None) if shows(config.form) => budget_for(ReasoningEffort::Medium),
            (None, None) => return,
        };
        if self.forces_tools() {
            self.cannot_think(
                config,
                "this model cannot think before a tool call that it is made to make",
            );
            return;
        }
        // Thinking counts as output, and some of it must be left for the answer.
        let room = match (self.call.max_output_tokens, config.budget_tokens) {
            (Some(max), Some(_)) => max.saturating_sub(1),
            (Some(max), None) => max / 4 * 3,
            (None, _) => self
                .model
                .max_tokens
                .saturating_sub(self.model.default_max_tokens),
        };
        if room < LEAST_BUDGET {
            let message =
                format!("max_output_tokens leaves less than the {LEAST_BUDGET} tokens that thinking needs");
            self.cannot_think(config, &message);
            return;
        }
        let budget = wanted.clamp(LEAST_BUDGET, room);
        if config.budget_tokens.is_some_and(|asked| asked != budget) {
            let message =
                format!("{budget} was sent: at least {LEAST_BUDGET}, and less than max_output_tokens");
            self.notes.changed("reasoning.budget_tokens", message);
        }
        if self.call.max_output_tokens.is_none() {
            plan.max_tokens = budget.saturating_add(self.model.default_max_tokens);
        }
        let mut fields = Map::new();
        fields.insert("type".to_owned(), "enabled".into());
        fields.insert("budget_tokens".to_owned(), budget.into());
        // With a budget, summaries are what the API shows by itself.
        if let Some("omitted") = self.display(config.form) {
            fields.insert("display".to_owned(), "omitted".into());
        }
        plan.config = Some(Value::Object(fields));
        plan.is_on = true;
    }

    fn adaptive(&mut self, config: ReasoningConfig, adaptive: Adaptive, plan: &mut ThinkingPlan) {
        let is_off = match (config.budget_tokens, config.effort) {
            (Some(0), _) | (None, Some(ReasoningEffort::None)) => true,
            (Some(_), _) => {
                self.notes.left_out(
                    "reasoning.budget_tokens",
                    "this model takes an effort, not a budget",
                );
                config.effort == Some(ReasoningEffort::None)
            }
            (None, _) => false,
        };
        if is_off {
            if let Some(word) = adaptive.off {
                plan.config = Some(json!({"type": word}));
            } else {
                plan.effort = adaptive.efforts.first().map(|(_, word)| *word);
                let message = "this model always thinks; its least effort was sent";
                self.notes.changed("reasoning.effort", message);
            }
            return;
        }
        plan.effort = config.effort.and_then(|effort| nearest(adaptive, effort));
        let is_wanted = config.effort.is_some() || config.budget_tokens.is_some() || shows(config.form);
        let is_shaped = adaptive.is_default && config.form.is_some();
        if !is_wanted && !is_shaped {
            return;
        }
        let mut fields = Map::new();
        fields.insert("type".to_owned(), "adaptive".into());
        if let Some(display) = self.display(config.form) {
            fields.insert("display".to_owned(), display.into());
        }
        plan.config = Some(Value::Object(fields));
        plan.is_on = true;
    }

    /// The API's word for what to show.
    fn display(&mut self, form: Option<ReasoningForm>) -> Option<&'static str> {
        match form? {
            ReasoningForm::Hidden => Some("omitted"),
            ReasoningForm::Summary => Some("summarized"),
            ReasoningForm::Full => {
                if self.model.reasoning_form != ReasoningForm::Full {
                    self.notes.changed(
                        "reasoning.form",
                        "this model shows summaries of its thinking only",
                    );
                }
                Some("summarized")
            }
        }
    }
}

/// Whether a form asks for reasoning to be seen, and so for reasoning.
fn shows(form: Option<ReasoningForm>) -> bool {
    matches!(form, Some(ReasoningForm::Full | ReasoningForm::Summary))
}

/// The least level that reaches an effort, or the highest there is.
fn nearest(adaptive: Adaptive, effort: ReasoningEffort) -> Option<&'static str> {
    let reaching = adaptive.efforts.iter().find(|(level, _)| *level >= effort);
    reaching.or(adaptive.efforts.last()).map(|(_, word)| *word)
}

/// Budgets for models that know no effort.
fn budget_for(effort: ReasoningEffort) -> u32 {
    match effort {
        ReasoningEffort::None | ReasoningEffort::Minimal => LEAST_BUDGET,
        ReasoningEffort::Low => 2048,
        ReasoningEffort::Medium => 8192,
        ReasoningEffort::High => 16_384,
        ReasoningEffort::Max => 32_000,
    }
}
