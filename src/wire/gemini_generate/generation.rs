//! `generationConfig`: sampling, limits, the form of the answer, and thinking.

use serde_json::{Map, Value, json};

use super::encode::Encoding;
use super::models::Thinking;
use crate::domain::call::{ChatCall, Modality, ReasoningConfig, ReasoningEffort, ResponseFormat};
use crate::domain::content::ReasoningForm;
use crate::wire::dialect::EncodeError;

/// Puts the configuration into the body, if there is any.
pub(super) fn put(
    encoding: &mut Encoding<'_>,
    call: &ChatCall,
    body: &mut Map<String, Value>,
) -> Result<(), EncodeError> {
    let mut config = Map::new();
    sampling(encoding, call, &mut config);
    response_format(encoding, call, &mut config);
    modalities(call, &mut config)?;
    let thinking = thinking(encoding, call);
    if !thinking.is_empty() {
        config.insert("thinkingConfig".to_owned(), thinking.into());
    }
    if !config.is_empty() {
        body.insert("generationConfig".to_owned(), config.into());
    }
    Ok(())
}

fn sampling(encoding: &mut Encoding<'_>, call: &ChatCall, config: &mut Map<String, Value>) {
    let sampling = &call.sampling;
    let is_taken = (encoding.dialect.takes_sampling)(encoding.model);
    let knobs = [
        (
            "temperature",
            "temperature",
            sampling.temperature.map(Value::from),
        ),
        ("top_p", "topP", sampling.top_p.map(Value::from)),
        ("top_k", "topK", sampling.top_k.map(Value::from)),
        (
            "presence_penalty",
            "presencePenalty",
            sampling.presence_penalty.map(Value::from),
        ),
        (
            "frequency_penalty",
            "frequencyPenalty",
            sampling.frequency_penalty.map(Value::from),
        ),
    ];
    for (field, name, value) in knobs {
        match value {
            Some(value) if is_taken => {
                config.insert(name.to_owned(), value);
            }
            Some(_) => encoding
                .notes
                .left_out(field, "this model picks its tokens by itself"),
            None => {}
        }
    }
    let mut set = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            config.insert(name.to_owned(), value);
        }
    };
    set("maxOutputTokens", call.max_output_tokens.map(Value::from));
    if !sampling.stop_sequences.is_empty() {
        set("stopSequences", Some(sampling.stop_sequences.clone().into()));
    }
    if let Some(top) = sampling.top_logprobs {
        set("responseLogprobs", Some(true.into()));
        set("logprobs", (top > 0).then(|| top.into()));
    }
    match sampling.seed.map(i32::try_from) {
        Some(Ok(seed)) => set("seed", Some(seed.into())),
        Some(Err(_)) => encoding
            .notes
            .left_out("seed", "this API takes seeds of 32 bits only"),
        None => {}
    }
}

/// The schema goes in as it is, in the field that takes JSON Schema: the older field takes a dialect of
/// it that would have to be translated into, with losses.
fn response_format(encoding: &mut Encoding<'_>, call: &ChatCall, config: &mut Map<String, Value>) {
    let Some(format) = &call.response_format else {
        return;
    };
    config.insert("responseMimeType".to_owned(), "application/json".into());
    match format {
        ResponseFormat::JsonObject => {}
        ResponseFormat::JsonSchema(format) => {
            config.insert("responseJsonSchema".to_owned(), format.schema.clone());
            if !format.description.is_empty() {
                encoding.notes.left_out(
                    "response_format.json_schema.description",
                    "this API takes a schema without a description beside it",
                );
            }
        }
    }
}

fn modalities(call: &ChatCall, config: &mut Map<String, Value>) -> Result<(), EncodeError> {
    let words = call.output_modalities.iter().enumerate();
    let words: Result<Vec<&str>, EncodeError> = words
        .map(|(index, modality)| match modality {
            Modality::Text => Ok("TEXT"),
            Modality::Image => Ok("IMAGE"),
            Modality::Audio => Ok("AUDIO"),
            Modality::Video | Modality::Document | Modality::Embedding => Err(EncodeError::unsupported(
                format!("output_modalities[{index}]"),
                "this API puts out text, images and audio; ask for one of these",
            )),
        })
        .collect();
    let words = words?;
    if !words.is_empty() {
        config.insert("responseModalities".to_owned(), words.into());
    }
    Ok(())
}

fn thinking(encoding: &mut Encoding<'_>, call: &ChatCall) -> Map<String, Value> {
    let mut config = Map::new();
    let Some(reasoning) = call.reasoning else {
        return config;
    };
    match (encoding.dialect.thinking)(encoding.model) {
        Thinking::Never => {
            if reasoning
                .effort
                .is_some_and(|effort| effort != ReasoningEffort::None)
            {
                encoding
                    .notes
                    .left_out("reasoning.effort", "this model does not think");
            }
            if reasoning.budget_tokens.is_some_and(|budget| budget > 0) {
                encoding
                    .notes
                    .left_out("reasoning.budget_tokens", "this model does not think");
            }
            return config;
        }
        Thinking::Budget {
            least,
            most,
            can_be_off,
        } => {
            let range = Range {
                least,
                most,
                can_be_off,
            };
            if let Some(budget) = range.budget(encoding, reasoning.budget_tokens, reasoning.effort) {
                config.insert("thinkingBudget".to_owned(), budget.into());
            }
        }
        Thinking::Levels(levels) => {
            if let Some(level) = level_for(encoding, reasoning, levels) {
                config.insert("thinkingLevel".to_owned(), level.into());
            }
        }
    }
    let include = match reasoning.form {
        // Summaries are all it shows: the nearest to word for word.
        Some(ReasoningForm::Full | ReasoningForm::Summary) => Some(json!(true)),
        Some(ReasoningForm::Hidden) => Some(json!(false)),
        None => None,
    };
    if let Some(include) = include {
        config.insert("includeThoughts".to_owned(), include);
    }
    config
}

/// The budgets a model takes.
struct Range {
    least: u32,
    most: u32,
    can_be_off: bool,
}

impl Range {
    fn budget(
        &self,
        encoding: &mut Encoding<'_>,
        budget: Option<u32>,
        effort: Option<ReasoningEffort>,
    ) -> Option<u32> {
        let (field, wanted) = match (budget, effort) {
            (Some(budget), _) => ("reasoning.budget_tokens", budget),
            // The budgets that the provider's own compatible API gives these words.
            (None, Some(effort)) => {
                let budget = match effort {
                    ReasoningEffort::None => 0,
                    ReasoningEffort::Minimal | ReasoningEffort::Low => 1_024,
                    ReasoningEffort::Medium => 8_192,
                    ReasoningEffort::High => 24_576,
                    ReasoningEffort::Max => self.most,
                };
                ("reasoning.effort", budget)
            }
            (None, None) => return None,
        };
        if wanted == 0 && self.can_be_off {
            return Some(0);
        }
        let taken = wanted.clamp(self.least, self.most);
        if taken != wanted {
            let message = format!("this model thinks with {} to {} tokens", self.least, self.most);
            encoding
                .notes
                .changed(field, format!("{message}; {taken} is sent"));
        }
        Some(taken)
    }
}

/// The level for an effort or, where there is none, for a budget: the newest models refuse budgets.
fn level_for(
    encoding: &mut Encoding<'_>,
    reasoning: ReasoningConfig,
    levels: &[ReasoningEffort],
) -> Option<&'static str> {
    let field = "reasoning.budget_tokens";
    match (reasoning.effort, reasoning.budget_tokens) {
        (None, None) => None,
        (Some(effort), budget) => {
            if budget.is_some() {
                encoding
                    .notes
                    .left_out(field, "this model takes levels, and the effort names one");
            }
            Some(nearest(encoding, "reasoning.effort", effort, levels))
        }
        (None, Some(budget)) => {
            let effort = match budget {
                0 => ReasoningEffort::None,
                1..=512 => ReasoningEffort::Minimal,
                513..=4_096 => ReasoningEffort::Low,
                4_097..=16_384 => ReasoningEffort::Medium,
                _ => ReasoningEffort::High,
            };
            let level = nearest(encoding, field, effort, levels);
            if budget > 0 {
                encoding
                    .notes
                    .changed(field, format!("this model takes levels: `{level}` is sent"));
            }
            Some(level)
        }
    }
}

/// The level nearest to `effort`; of two that are as near, the higher.
fn nearest(
    encoding: &mut Encoding<'_>,
    field: &str,
    effort: ReasoningEffort,
    levels: &[ReasoningEffort],
) -> &'static str {
    let distance = |level: &ReasoningEffort| rank(*level).abs_diff(rank(effort));
    let nearest = levels.iter().rev().min_by_key(|level| distance(level)).copied();
    if effort == ReasoningEffort::None {
        let message = "this model cannot be kept from thinking; its lowest level is sent";
        encoding.notes.changed(field, message);
    }
    match nearest.unwrap_or(effort) {
        ReasoningEffort::None | ReasoningEffort::Minimal => "minimal",
        ReasoningEffort::Low => "low",
        ReasoningEffort::Medium => "medium",
        ReasoningEffort::High | ReasoningEffort::Max => "high",
    }
}

fn rank(effort: ReasoningEffort) -> u8 {
    match effort {
        ReasoningEffort::None => 0,
        ReasoningEffort::Minimal => 1,
        ReasoningEffort::Low => 2,
        ReasoningEffort::Medium => 3,
        ReasoningEffort::High => 4,
        ReasoningEffort::Max => 5,
    }
}
