//! The request: what the caller asked for, and what keeping no state at the provider needs.

use serde_json::{Map, Value, json};

use crate::domain::call::{
    ChatCall, JsonSchemaFormat, ReasoningConfig, ReasoningEffort, ResponseFormat, Sampling, ServiceTier,
    ToolKind, Warning,
};
use crate::domain::content::ReasoningForm;
use crate::wire::dialect::{EncodeError, Encoded, Mode, Target};
use crate::wire::merge::merge_options;
use crate::wire::notes::Notes;
use crate::wire::openai_responses::input::Input;
use crate::wire::openai_responses::models::{Model, SamplingRule};
use crate::wire::openai_responses::{LogprobsWords, OpenaiResponses, tools};
use crate::wire::request::WireRequest;

/// Keys that options may not name: the contract sets them, or an answer could not be read with them.
const RESERVED: [&str; 6] = ["model", "input", "instructions", "tools", "stream", "background"];

/// The fields the counting endpoint takes.
const COUNTED: [&str; 11] = [
    "model",
    "input",
    "instructions",
    "tools",
    "tool_choice",
    "text",
    "reasoning",
    "parallel_tool_calls",
    "truncation",
    "previous_response_id",
    "conversation",
];

const ENCRYPTED_REASONING: &str = "reasoning.encrypted_content";
const LOGPROBS: &str = "message.output_text.logprobs";

/// A request under way.
struct Request<'a> {
    dialect: &'a OpenaiResponses,
    model: Model,
    body: Map<String, Value>,
    include: Vec<Value>,
    notes: Notes,
}

/// Puts a call into a request.
pub(super) fn request(
    dialect: &OpenaiResponses,
    call: &ChatCall,
    target: Target<'_>,
    mode: Mode,
) -> Result<Encoded, EncodeError> {
    let (mut body, warnings) = body(dialect, call, target)?;
    if mode == Mode::Stream {
        body.insert("stream".to_owned(), true.into());
    }
    Ok(Encoded {
        request: WireRequest::new("/responses", Value::Object(body)),
        warnings,
    })
}

/// Puts a call into a request that counts its tokens.
pub(super) fn count(
    dialect: &OpenaiResponses,
    path: &'static str,
    call: &ChatCall,
    target: Target<'_>,
) -> Result<Encoded, EncodeError> {
    let (mut body, warnings) = body(dialect, call, target)?;
    body.retain(|key, _| COUNTED.contains(&key.as_str()));
    Ok(Encoded {
        request: WireRequest::new(path, Value::Object(body)),
        warnings,
    })
}

fn body(
    dialect: &OpenaiResponses,
    call: &ChatCall,
    target: Target<'_>,
) -> Result<(Map<String, Value>, Vec<Warning>), EncodeError> {
    let mut request = Request {
        dialect,
        model: (dialect.model)(target.model),
        body: Map::new(),
        include: Vec::new(),
        notes: Notes::default(),
    };
    request.set("model", target.model);
    request.conversation(call, target)?;
    request.tools(call, target)?;
    let effort = request.reasoning(call.reasoning.unwrap_or_default());
    request.sampling(&call.sampling, effort);
    request.format(call.response_format.as_ref());
    request.rest(call);
    request.finish(call, target)
}

impl Request<'_> {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.body.insert(key.to_owned(), value.into());
    }

    fn conversation(&mut self, call: &ChatCall, target: Target<'_>) -> Result<(), EncodeError> {
        let breakpoints = self.model.cache_breakpoints;
        let pairs = self.dialect.pairs_reasoning;
        let input = Input::new(target, breakpoints, pairs, &mut self.notes).items(&call.messages)?;
        self.set("input", input);
        if let Some(store) = self.dialect.store {
            self.set("store", store);
        }
        if self.model.reasons {
            self.include.push(ENCRYPTED_REASONING.into());
        }
        Ok(())
    }

    fn tools(&mut self, call: &ChatCall, target: Target<'_>) -> Result<(), EncodeError> {
        let tools = tools::tools(self.dialect, call, target, &mut self.notes)?;
        if !tools.is_empty() {
            self.set("tools", tools);
        }
        let runs_code = call.tools.iter().any(|tool| tool.kind == ToolKind::CodeExecution);
        if let (true, Some(word)) = (runs_code, self.dialect.code_output) {
            self.include.push(word.into());
        }
        if let Some(choice) = tools::choice(self.dialect, call) {
            self.set("tool_choice", choice);
        }
        if let Some(parallel) = call.parallel_tool_calls {
            self.set("parallel_tool_calls", parallel);
        }
        Ok(())
    }

    /// Sets effort and summary; returns the word of the effort that was sent.
    fn reasoning(&mut self, config: ReasoningConfig) -> Option<&'static str> {
        let mut reasoning = Map::new();
        let effort = config.effort.and_then(|asked| self.effort(asked));
        if let Some(word) = effort {
            reasoning.insert("effort".to_owned(), word.into());
        }
        if config.budget_tokens.is_some() {
            self.notes
                .left_out("reasoning.budget_tokens", "the API takes an effort, not a budget");
        }
        if let (Some(form), true) = (config.form, self.model.reasons) {
            if form == ReasoningForm::Full {
                let message = "the provider shows a summary of the reasoning, not its words";
                self.notes.changed("reasoning.form", message);
            }
            let word = match form {
                ReasoningForm::Full => self.dialect.summaries.map(|summaries| summaries.detailed),
                ReasoningForm::Summary => self.dialect.summaries.map(|summaries| summaries.usual),
                ReasoningForm::Hidden => None,
            };
            if let Some(word) = word {
                reasoning.insert("summary".to_owned(), word.into());
            }
        }
        if !reasoning.is_empty() {
            self.set("reasoning", reasoning);
        }
        effort
    }

    /// The word for the level nearest to what is asked for; between two, the higher.
    fn effort(&mut self, asked: ReasoningEffort) -> Option<&'static str> {
        let rank = |effort: ReasoningEffort| (effort as u8).abs_diff(asked as u8);
        let nearest = self
            .model
            .efforts
            .iter()
            .rev()
            .min_by_key(|(effort, _)| rank(*effort));
        let Some((level, word)) = nearest.copied() else {
            if self.model.reasons || asked != ReasoningEffort::None {
                self.notes
                    .left_out("reasoning.effort", "the model takes no effort");
            }
            return None;
        };
        if level != asked {
            let message = format!("the nearest level the model has is {word}");
            self.notes.changed("reasoning.effort", message);
        }
        Some(word)
    }

    fn sampling(&mut self, sampling: &Sampling, effort: Option<&str>) {
        let is_taken = match self.model.sampling {
            SamplingRule::Always => true,
            SamplingRule::Never => false,
            SamplingRule::WithoutReasoning { by_default } => effort.map_or(by_default, |word| word == "none"),
        };
        let refused = "the model does not take it while it reasons";
        for (field, value) in [("temperature", sampling.temperature), ("top_p", sampling.top_p)] {
            match value {
                Some(value) if is_taken => self.set(field, value),
                Some(_) => self.notes.left_out(field, refused),
                None => {}
            }
        }
        match (sampling.top_logprobs, self.dialect.logprobs) {
            (None, _) => {}
            (Some(_), _) if !is_taken => self.notes.left_out("top_logprobs", refused),
            (Some(alternatives), LogprobsWords::Include) => {
                self.include.push(LOGPROBS.into());
                self.set("top_logprobs", alternatives);
            }
            (Some(alternatives), LogprobsWords::Flag) => {
                self.set("logprobs", true);
                self.set("top_logprobs", alternatives);
            }
        }
        let lacking = [
            ("top_k", sampling.top_k.is_some()),
            ("seed", sampling.seed.is_some()),
            ("presence_penalty", sampling.presence_penalty.is_some()),
            ("frequency_penalty", sampling.frequency_penalty.is_some()),
            ("stop_sequences", !sampling.stop_sequences.is_empty()),
        ];
        for (field, is_asked) in lacking {
            if is_asked {
                self.notes
                    .left_out(field, "the Responses API has no such parameter");
            }
        }
    }

    fn format(&mut self, format: Option<&ResponseFormat>) {
        let format = match format {
            None => return,
            Some(ResponseFormat::JsonObject) => json!({"type": "json_object"}),
            Some(ResponseFormat::JsonSchema(format)) => json_schema(format),
        };
        self.set("text", json!({"format": format}));
    }

    fn rest(&mut self, call: &ChatCall) {
        if let Some(most) = call.max_output_tokens {
            self.set("max_output_tokens", most);
        }
        if let Some(key) = &call.prompt_cache_key {
            self.set("prompt_cache_key", key.as_str());
        }
        if let Some(user) = &call.end_user_hash {
            self.set(self.dialect.end_user_field, user.as_str());
        }
        if let Some(tier) = call.service_tier {
            match self
                .dialect
                .service_tiers
                .iter()
                .find(|(known, _)| *known == tier)
            {
                Some((_, word)) => self.set("service_tier", *word),
                None if tier == ServiceTier::Standard => {}
                None => self
                    .notes
                    .left_out("service_tier", "the provider has no such tier"),
            }
        }
    }

    /// Merges the caller's options, last. What they include is added to what is included already.
    fn finish(
        mut self,
        call: &ChatCall,
        target: Target<'_>,
    ) -> Result<(Map<String, Value>, Vec<Warning>), EncodeError> {
        let mut options = call.provider_options.of(target.provider).cloned();
        if let Some(options) = &mut options
            && let Some(Value::Array(more)) = options.get("include").cloned()
        {
            options.remove("include");
            for word in more {
                if !self.include.contains(&word) {
                    self.include.push(word);
                }
            }
        }
        if !self.include.is_empty() {
            let include = std::mem::take(&mut self.include);
            self.set("include", include);
        }
        let field = format!("provider_options.{}", target.provider);
        merge_options(&mut self.body, options.as_ref(), &field, &RESERVED)?;
        Ok((self.body, self.notes.into_warnings()))
    }
}

fn json_schema(format: &JsonSchemaFormat) -> Value {
    let mut json = Map::new();
    json.insert("type".to_owned(), "json_schema".into());
    json.insert("name".to_owned(), format.name.as_str().into());
    if !format.description.is_empty() {
        json.insert("description".to_owned(), format.description.as_str().into());
    }
    json.insert("schema".to_owned(), format.schema.clone());
    json.insert("strict".to_owned(), format.strict.unwrap_or(true).into());
    Value::Object(json)
}
