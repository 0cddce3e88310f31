//! Puts a call into a request body; messages, their parts and tools have files of their own.

use serde_json::{Map, Value, json};

use crate::domain::call::{
    ChatCall, JsonSchemaFormat, Modality, ReasoningConfig, ReasoningEffort, ResponseFormat, ServiceTier,
};
use crate::domain::content::ReasoningForm;
use crate::wire::dialect::{EncodeError, Encoded, Mode, Target};
use crate::wire::merge::merge_options_of;
use crate::wire::notes::Notes;
use crate::wire::openai_chat::quirks::{Quirks, ReasoningRequest};
use crate::wire::openai_chat::{messages, tools};
use crate::wire::request::WireRequest;

/// What provider options may not name: the request itself sets it, and more than one choice is never read.
const RESERVED: [&str; 5] = ["model", "messages", "tools", "stream", "n"];

pub(super) fn encode(
    quirks: &Quirks,
    call: &ChatCall,
    target: Target<'_>,
    mode: Mode,
) -> Result<Encoded, EncodeError> {
    let mut body = Body {
        quirks,
        target,
        members: Map::new(),
        notes: Notes::default(),
    };
    let format = response_format(quirks, call.response_format.as_ref())?;
    let mut messages = messages::encode(quirks, &call.messages, target, &mut body.notes)?;
    if let Some(instruction) = format.instruction {
        body.notes.changed(
            "response_format",
            "the provider cannot enforce a schema: it is asked for in a system message",
        );
        messages.insert(0, json!({"role": "system", "content": instruction}));
    }
    body.members.insert("model".to_owned(), target.model.into());
    body.members.insert("messages".to_owned(), Value::Array(messages));
    tools::encode(quirks, call, target, &mut body.members, &mut body.notes)?;
    if let Some(format) = format.value {
        body.members.insert("response_format".to_owned(), format);
    }
    body.parameters(call);
    if let Some(reasoning) = &call.reasoning {
        body.reasoning(reasoning);
    }
    body.output(&call.output_modalities, mode)?;
    merge_options_of(
        target.provider,
        &mut body.members,
        &call.provider_options,
        "",
        &RESERVED,
    )?;
    if mode == Mode::Stream {
        body.stream();
    }
    Ok(Encoded {
        request: WireRequest::new("/chat/completions", Value::Object(body.members)),
        warnings: body.notes.into_warnings(),
    })
}

struct Body<'a> {
    quirks: &'a Quirks,
    target: Target<'a>,
    members: Map<String, Value>,
    notes: Notes,
}

impl Body<'_> {
    /// Sets a member for a field of the call, or says that the model does not take it.
    fn set(&mut self, field: &str, member: &str, value: Option<impl Into<Value>>) {
        let Some(value) = value else { return };
        if self.quirks.has_not(self.target.model, field) {
            self.left_out(field);
        } else {
            self.members.insert(member.to_owned(), value.into());
        }
    }

    fn left_out(&mut self, field: &str) {
        let message = format!("`{}` does not take this parameter", self.target.model);
        self.notes.left_out(field, message);
    }

    fn parameters(&mut self, call: &ChatCall) {
        let sampling = &call.sampling;
        self.set(
            "max_output_tokens",
            self.quirks.max_tokens,
            call.max_output_tokens,
        );
        self.set("temperature", "temperature", sampling.temperature);
        self.set("top_p", "top_p", sampling.top_p);
        self.set("top_k", "top_k", sampling.top_k);
        self.set("seed", "seed", sampling.seed);
        self.set("presence_penalty", "presence_penalty", sampling.presence_penalty);
        self.set(
            "frequency_penalty",
            "frequency_penalty",
            sampling.frequency_penalty,
        );
        let stops = Some(&sampling.stop_sequences).filter(|stops| !stops.is_empty());
        self.set("stop_sequences", "stop", stops.cloned());
        self.set("top_logprobs", "logprobs", sampling.top_logprobs.map(|_| true));
        if let Some(count @ 1..) = sampling.top_logprobs
            && self.members.contains_key("logprobs")
        {
            self.members.insert("top_logprobs".to_owned(), count.into());
        }
        if call.parallel_tool_calls.is_some() && !self.members.contains_key("tools") {
            self.notes
                .left_out("parallel_tool_calls", "the request has no tools");
        } else {
            self.set(
                "parallel_tool_calls",
                "parallel_tool_calls",
                call.parallel_tool_calls,
            );
        }
        let tier = call.service_tier.map(|tier| match tier {
            ServiceTier::Standard => "default",
            ServiceTier::Flex => "flex",
            ServiceTier::Priority => "priority",
        });
        self.set("service_tier", "service_tier", tier);
        self.set(
            "prompt_cache_key",
            "prompt_cache_key",
            call.prompt_cache_key.clone(),
        );
        match (self.quirks.end_user, &call.end_user_hash) {
            (Some(member), Some(hash)) => self.set("end_user_id", member, Some(hash.clone())),
            (None, Some(_)) => self.left_out("end_user_id"),
            (_, None) => {}
        }
    }

    fn reasoning(&mut self, config: &ReasoningConfig) {
        let effort = config.effort.and_then(|effort| self.effort(effort));
        match self.quirks.reasoning {
            ReasoningRequest::None => {
                if config.effort.is_some() {
                    self.left_out("reasoning.effort");
                }
            }
            ReasoningRequest::Effort => {
                if let Some(word) = effort {
                    self.members.insert("reasoning_effort".to_owned(), word.into());
                }
            }
            ReasoningRequest::Toggle => match config.effort {
                Some(ReasoningEffort::None) => {
                    self.members
                        .insert("thinking".to_owned(), json!({"type": "disabled"}));
                }
                Some(_) => {
                    self.members
                        .insert("thinking".to_owned(), json!({"type": "enabled"}));
                    if let Some(word) = effort {
                        self.members.insert("reasoning_effort".to_owned(), word.into());
                    }
                }
                None => {}
            },
            ReasoningRequest::Object => {
                let mut object = Map::new();
                match (config.budget_tokens, effort) {
                    (Some(budget), _) => _ = object.insert("max_tokens".to_owned(), budget.into()),
                    (None, Some(word)) => _ = object.insert("effort".to_owned(), word.into()),
                    (None, None) => {}
                }
                if config.form == Some(ReasoningForm::Hidden) {
                    object.insert("exclude".to_owned(), true.into());
                }
                if !object.is_empty() {
                    self.members.insert("reasoning".to_owned(), Value::Object(object));
                }
                return;
            }
        }
        if config.budget_tokens.is_some() {
            self.left_out("reasoning.budget_tokens");
        }
        if let Some(form) = config.form
            && self.quirks.reasoning_shown.is_some_and(|shown| shown != form)
        {
            self.notes
                .left_out("reasoning.form", "the provider does not let this be chosen");
        }
    }

    /// The model's word for the level nearest to the one asked for, the harder of two equally near.
    fn effort(&mut self, wanted: ReasoningEffort) -> Option<&'static str> {
        let is_switch = self.quirks.reasoning == ReasoningRequest::Toggle && wanted == ReasoningEffort::None;
        if is_switch || self.quirks.reasoning == ReasoningRequest::None {
            return None;
        }
        let distance = |level: ReasoningEffort| (level as i32).abs_diff(wanted as i32);
        let levels = self.quirks.efforts_of(self.target.model);
        let nearest = levels.iter().rev().min_by_key(|(level, _)| distance(*level));
        match nearest {
            None => self.left_out("reasoning.effort"),
            Some((level, word)) if *level != wanted => {
                let message = format!("sent as `{word}`, the nearest level of `{}`", self.target.model);
                self.notes.changed("reasoning.effort", message);
            }
            Some(_) => {}
        }
        nearest.map(|(_, word)| *word)
    }

    fn output(&mut self, modalities: &[Modality], mode: Mode) -> Result<(), EncodeError> {
        if modalities.iter().all(|modality| *modality == Modality::Text) {
            return Ok(());
        }
        let mut words = Vec::new();
        for modality in modalities {
            let word = match modality {
                Modality::Text => "text",
                Modality::Image => "image",
                Modality::Audio => "audio",
                Modality::Video | Modality::Document | Modality::Embedding => "",
            };
            if word.is_empty() || !self.quirks.output.contains(modality) {
                let message = format!("the provider's chat completions cannot put out {modality:?}");
                return Err(EncodeError::unsupported("output_modalities", message));
            }
            words.push(word);
        }
        if words.contains(&"audio") {
            // Audio comes with its words, never alone.
            if !words.contains(&"text") {
                words.insert(0, "text");
            }
            // A stream can carry raw samples only.
            let format = if mode == Mode::Stream { "pcm16" } else { "wav" };
            let audio = json!({"voice": self.quirks.voice, "format": format});
            self.members.insert("audio".to_owned(), audio);
        }
        self.members.insert("modalities".to_owned(), words.into());
        Ok(())
    }

    /// Asks for a stream, and for usage in it whatever the provider options say beside it.
    fn stream(&mut self) {
        self.members.insert("stream".to_owned(), true.into());
        if !self.quirks.stream_usage {
            return;
        }
        let options = self.members.entry("stream_options").or_insert_with(|| json!({}));
        if let Value::Object(options) = options {
            options.insert("include_usage".to_owned(), true.into());
        } else {
            *options = json!({"include_usage": true});
        }
    }
}

/// The form of the answer: a member of the body, or words for the prompt.
#[derive(Default)]
struct Format {
    value: Option<Value>,
    instruction: Option<String>,
}

fn response_format(quirks: &Quirks, format: Option<&ResponseFormat>) -> Result<Format, EncodeError> {
    let schema = match format {
        None => return Ok(Format::default()),
        Some(ResponseFormat::JsonObject) => {
            return Ok(Format {
                value: Some(json!({"type": "json_object"})),
                instruction: None,
            });
        }
        Some(ResponseFormat::JsonSchema(schema)) => schema,
    };
    if quirks.json_schema {
        return Ok(Format {
            value: Some(json!({"type": "json_schema", "json_schema": json_schema(schema)})),
            instruction: None,
        });
    }
    if schema.strict != Some(false) {
        let message =
            "the provider cannot enforce a JSON schema: set `strict` to false to ask for it in the prompt";
        return Err(EncodeError::unsupported("response_format", message));
    }
    let schema = &schema.schema;
    Ok(Format {
        value: Some(json!({"type": "json_object"})),
        instruction: Some(format!(
            "Answer with one JSON object that follows this JSON Schema:\n{schema}"
        )),
    })
}

fn json_schema(format: &JsonSchemaFormat) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("name".to_owned(), format.name.clone().into());
    if !format.description.is_empty() {
        object.insert("description".to_owned(), format.description.clone().into());
    }
    object.insert("schema".to_owned(), format.schema.clone());
    // Unset means that the schema must be enforced; the providers' default is that it need not.
    object.insert("strict".to_owned(), format.strict.unwrap_or(true).into());
    object
}
