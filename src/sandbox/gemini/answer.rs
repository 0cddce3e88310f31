//! A whole answer, and the parts it shares with a streamed one.

use serde_json::{Map, Value, json};

use super::super::reply::Request;
use super::super::script::{Call, Finish, Script, Text, Usage};
use super::super::signature::{self, Kind, Seed};
use super::{field, thinking_config};

/// What all chunks of an answer have in common.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    seed: Seed,
    model: String,
    thinks: bool,
    pub(super) shows_thoughts: bool,
}

impl Answer {
    pub(super) fn new(request: &Request, model: &str, thinks: bool) -> Self {
        let config = thinking_config(&request.body);
        let shown = config.and_then(|config| field(config, "includeThoughts", "include_thoughts"));
        let shows_thoughts = shown == Some(&Value::Bool(true));
        Self {
            seed: request.seed,
            model: model.to_owned(),
            thinks,
            shows_thoughts,
        }
    }

    pub(super) fn whole(&self, script: &Script) -> Value {
        let mut parts = Vec::new();
        if let Some(thoughts) = script.reasoning.as_deref().filter(|_| self.shows_thoughts) {
            parts.push(json!({"text": thoughts, "thought": true}));
        }
        if let Some(text) = script
            .text
            .as_ref()
            .map(Text::whole)
            .filter(|text| !text.is_empty())
        {
            let mut part = json!({ "text": text });
            self.sign(&mut part, "text");
            parts.push(part);
        }
        for (index, call) in script.calls.iter().enumerate() {
            parts.push(self.call(index, call));
        }
        self.chunk(&parts, Some(&script.finish), script.usage, true)
    }

    /// A chunk: some parts, the finish when it is the last, and the usage as counted so far.
    pub(super) fn chunk(
        &self,
        parts: &[Value],
        finish: Option<&Finish>,
        usage: Usage,
        is_whole: bool,
    ) -> Value {
        let mut candidate = Map::new();
        let content = if parts.is_empty() {
            json!({"role": "model"})
        } else {
            json!({"parts": parts, "role": "model"})
        };
        candidate.insert("content".to_owned(), content);
        if let Some(finish) = finish {
            candidate.insert("finishReason".to_owned(), finish_reason(finish).into());
        }
        candidate.insert("index".to_owned(), 0.into());
        if finish == Some(&Finish::Calls) {
            candidate.insert(
                "finishMessage".to_owned(),
                "Model generated function call(s).".into(),
            );
        }
        let counted = if finish.is_some() || is_whole {
            usage
        } else {
            Usage { output: 0, ..usage }
        };
        json!({
            "candidates": [candidate], "usageMetadata": usage_metadata(counted), "modelVersion": self.model,
            "responseId": self.seed.alphanumeric(1, 23),
        })
    }

    /// A call; the first one carries the signature of the thoughts that led to all of them.
    pub(super) fn call(&self, index: usize, call: &Call) -> Value {
        let mut part = json!({"functionCall": {"name": call.name, "args": call.arguments}});
        if self.model.starts_with("gemini-3")
            && let Some(fields) = part.pointer_mut("/functionCall").and_then(Value::as_object_mut)
        {
            fields.insert(
                "id".to_owned(),
                self.seed.alphanumeric(100 + index as u64, 8).into(),
            );
        }
        if index == 0 {
            self.sign(&mut part, &call.name);
        }
        part
    }

    /// Signs a part when the model thinks.
    pub(super) fn sign(&self, part: &mut Value, payload: &str) {
        if let (true, Some(fields)) = (self.thinks, part.as_object_mut()) {
            let seal = signature::seal(Kind::ThoughtSignature, payload.as_bytes());
            fields.insert("thoughtSignature".to_owned(), seal.into());
        }
    }
}

fn usage_metadata(usage: Usage) -> Value {
    let mut metadata = Map::new();
    metadata.insert("promptTokenCount".to_owned(), usage.input.total.into());
    if usage.output > 0 {
        metadata.insert("candidatesTokenCount".to_owned(), usage.output.into());
    }
    let total = usage.input.total + usage.output + usage.reasoning;
    metadata.insert("totalTokenCount".to_owned(), total.into());
    let details = json!([{"modality": "TEXT", "tokenCount": usage.input.total}]);
    metadata.insert("promptTokensDetails".to_owned(), details);
    if usage.input.cache_read > 0 {
        metadata.insert(
            "cachedContentTokenCount".to_owned(),
            usage.input.cache_read.into(),
        );
    }
    if usage.reasoning > 0 {
        metadata.insert("thoughtsTokenCount".to_owned(), usage.reasoning.into());
    }
    Value::Object(metadata)
}

fn finish_reason(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop | Finish::StopSequence(_) | Finish::Calls => "STOP",
        Finish::Length => "MAX_TOKENS",
    }
}
