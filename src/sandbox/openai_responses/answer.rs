//! A whole response, and the parts it shares with a streamed one.

use serde_json::{Map, Value, json};

use super::super::logprobs::Logprobs;
use super::super::prompt::{items, text};
use super::super::reply::Request;
use super::super::script::{Call, Finish, Script, Text, Usage};
use super::super::signature::{self, Kind, Seed};
use super::Flavour;

/// How the ids of reasoning items start.
pub(super) const REASONING_PREFIX: &str = "rs_";
/// When every answer was made, in seconds since 1970: equal requests get equal answers.
const CREATED: u64 = 1_760_000_000;

/// How far a response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    InProgress,
    Failed,
    Done,
}

/// What all parts of an answer have in common.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) flavour: Flavour,
    seed: Seed,
    request: Value,
    pub(super) shows_summary: bool,
    encrypts: bool,
    /// The log probabilities asked for.
    pub(super) logprobs: Option<Logprobs>,
}

impl Answer {
    pub(super) fn new(request: &Request, flavour: Flavour) -> Self {
        let body = &request.body;
        let summary = body
            .pointer("/reasoning/summary")
            .is_some_and(|summary| !summary.is_null());
        let encrypts = items(body, "include")
            .iter()
            .any(|item| item == "reasoning.encrypted_content");
        let weighs = items(body, "include")
            .iter()
            .any(|item| item == "message.output_text.logprobs");
        let alternatives = body.get("top_logprobs").and_then(Value::as_u64).unwrap_or(0);
        // The input is not repeated in a response, and may be long.
        let mut kept = body.clone();
        if let Some(fields) = kept.as_object_mut() {
            fields.remove("input");
        }
        Self {
            flavour,
            seed: request.seed,
            request: kept,
            shows_summary: summary || flavour == Flavour::Xai,
            encrypts,
            logprobs: weighs.then(|| Logprobs::new(alternatives)),
        }
    }

    pub(super) fn whole(&self, script: &Script) -> Value {
        self.response(script, Stage::Done)
    }

    /// The response object at one stage.
    pub(super) fn response(&self, script: &Script, stage: Stage) -> Value {
        let done = stage == Stage::Done;
        let length = done && script.finish == Finish::Length;
        let status = match stage {
            Stage::InProgress => "in_progress",
            Stage::Failed => "failed",
            Stage::Done if length => "incomplete",
            Stage::Done => "completed",
        };
        let output = if done { self.output(script) } else { Vec::new() };
        let given = |key: &str, default: Value| match self.request.get(key) {
            Some(value) if !value.is_null() => value.clone(),
            Some(_) | None => default,
        };
        let id = match self.flavour {
            Flavour::Xai => self.seed.uuid(1),
            Flavour::OpenAi => self.seed.issued_id("resp_", 1),
        };
        let mut text_config = given("text", json!({}));
        if let Some(fields) = text_config.as_object_mut() {
            fields.entry("format").or_insert_with(|| json!({"type": "text"}));
            if self.flavour == Flavour::OpenAi {
                fields.entry("verbosity").or_insert_with(|| "medium".into());
            }
        }
        let mut response = json!({
            "id": id, "object": "response", "created_at": CREATED, "status": status, "background": false,
            "completed_at": if done { json!(CREATED + 1) } else { Value::Null }, "error": null,
            "frequency_penalty": 0.0,
            "incomplete_details": if length { json!({"reason": "max_output_tokens"}) } else { Value::Null },
            "instructions": given("instructions", Value::Null),
            "max_output_tokens": given("max_output_tokens", Value::Null), "max_tool_calls": null,
            "model": given("model", Value::Null), "output": output,
            "parallel_tool_calls": given("parallel_tool_calls", json!(true)), "presence_penalty": 0.0,
            "previous_response_id": null, "prompt_cache_key": given("prompt_cache_key", Value::Null),
            "reasoning": given("reasoning", json!({"effort": null, "summary": null})),
            "safety_identifier": null, "service_tier": if done { "default" } else { "auto" },
            "store": given("store", json!(true)), "temperature": given("temperature", json!(1.0)),
            "text": text_config, "tool_choice": given("tool_choice", json!("auto")),
            "tools": self.tools(), "top_logprobs": 0, "top_p": given("top_p", json!(1.0)),
            "truncation": "disabled",
            "usage": if done { self.usage(script.usage) } else { Value::Null },
            "user": null, "metadata": given("metadata", self.metadata()),
        });
        if let (Stage::Failed, Some(fields)) = (stage, response.as_object_mut()) {
            let message = "An error occurred while processing your request. You can retry your request.";
            fields.insert(
                "error".to_owned(),
                json!({"code": "server_error", "message": message}),
            );
        }
        response
    }

    /// The metadata of a request that gave none.
    fn metadata(&self) -> Value {
        match self.flavour {
            Flavour::OpenAi => json!({}),
            Flavour::Xai => json!({"system_fingerprint": "fp_sandbox"}),
        }
    }

    /// The tools as they were given, each function with the field the service adds.
    fn tools(&self) -> Vec<Value> {
        let mut tools = items(&self.request, "tools").to_vec();
        for fields in tools.iter_mut().filter_map(Value::as_object_mut) {
            if fields.get("type").is_some_and(|kind| kind == "function") {
                fields.entry("strict").or_insert(Value::Bool(true));
                fields.entry("description").or_insert(Value::Null);
            }
        }
        tools
    }

    fn output(&self, script: &Script) -> Vec<Value> {
        let mut output = Vec::new();
        if let Some(reasoning) = &script.reasoning {
            output.push(self.reasoning(reasoning, true));
        }
        if let Some(text) = &script.text {
            output.push(self.message(text, &script.finish));
        }
        for (index, call) in script.calls.iter().enumerate() {
            output.push(self.call(index, call, &call.arguments.to_string(), "completed"));
        }
        output
    }

    pub(super) fn reasoning_id(&self) -> String {
        self.seed.issued_id(REASONING_PREFIX, 2)
    }

    pub(super) fn message_id(&self) -> String {
        self.seed.issued_id("msg_", 3)
    }

    pub(super) fn call_item_id(&self, index: usize) -> String {
        self.seed.issued_id("fc_", 200 + index as u64)
    }

    /// A reasoning item, before or after its summary.
    pub(super) fn reasoning(&self, reasoning: &str, done: bool) -> Value {
        let mut item = Map::new();
        item.insert("id".to_owned(), self.reasoning_id().into());
        item.insert("type".to_owned(), "reasoning".into());
        if self.flavour == Flavour::Xai {
            let status = if done { "completed" } else { "in_progress" };
            item.insert("status".to_owned(), status.into());
        }
        if self.encrypts && (done || self.flavour == Flavour::OpenAi) {
            let payload = if done { reasoning } else { "" };
            let seal = signature::seal_url_safe(Kind::EncryptedReasoning, payload.as_bytes());
            item.insert("encrypted_content".to_owned(), seal.into());
        }
        let summary = if done && self.shows_summary {
            json!([{"type": "summary_text", "text": reasoning}])
        } else {
            json!([])
        };
        item.insert("summary".to_owned(), summary);
        Value::Object(item)
    }

    pub(super) fn message(&self, text: &Text, finish: &Finish) -> Value {
        let status = if *finish == Finish::Length {
            "incomplete"
        } else {
            "completed"
        };
        json!({
            "id": self.message_id(), "type": "message", "status": status, "content": [self.text_part(text)],
            "role": "assistant",
        })
    }

    pub(super) fn text_part(&self, text: &Text) -> Value {
        json!({"type": "output_text", "annotations": [], "logprobs": self.weigh(text), "text": text.whole()})
    }

    /// The log probabilities of a text, none when they are not asked for.
    pub(super) fn weigh(&self, text: &Text) -> Vec<Value> {
        self.logprobs
            .map(|logprobs| logprobs.text(text))
            .unwrap_or_default()
    }

    pub(super) fn call(&self, index: usize, call: &Call, arguments: &str, status: &str) -> Value {
        let call_id = format!("call_{}", self.seed.alphanumeric(100 + index as u64, 24));
        json!({
            "id": self.call_item_id(index), "type": "function_call", "status": status, "arguments": arguments,
            "call_id": call_id, "name": call.name,
        })
    }

    fn usage(&self, usage: Usage) -> Value {
        let output = usage.output + usage.reasoning;
        let total = usage.input.total + output;
        let mut value = json!({
            "input_tokens": usage.input.total,
            "input_tokens_details": {"cached_tokens": usage.input.cache_read},
            "output_tokens": output, "output_tokens_details": {"reasoning_tokens": usage.reasoning},
            "total_tokens": total,
        });
        if let (Flavour::Xai, Some(fields)) = (self.flavour, value.as_object_mut()) {
            fields.insert("num_sources_used".to_owned(), 0.into());
            fields.insert("num_server_side_tools_used".to_owned(), 0.into());
            fields.insert("cost_in_usd_ticks".to_owned(), (total * 1000).into());
            let context = json!({"input_tokens": usage.input.total, "output_tokens": output});
            fields.insert("context_details".to_owned(), context);
        }
        value
    }
}

/// A part that has no text yet.
pub(super) fn empty_part() -> Value {
    json!({"type": "output_text", "annotations": [], "logprobs": [], "text": ""})
}

/// The type of an event, which is its SSE name too.
pub(super) fn kind(event: &Value) -> &str {
    text(event, "type")
}
