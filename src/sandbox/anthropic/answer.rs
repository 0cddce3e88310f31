//! A whole message, and the parts it shares with a streamed one.

use serde_json::{Value, json};

use super::super::reply::Request;
use super::super::script::{Finish, Script, Text, Usage};
use super::super::signature::{self, Kind, Seed};
use super::text;

/// Text that makes the real models redact their thinking, for tests; a part of it is enough here.
const REDACTION_TRIGGER: &str = "ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING";

/// What all parts of a message have in common.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    seed: Seed,
    model: String,
    /// The thinking's text is left out and its signature kept.
    pub(super) omits_thinking: bool,
}

impl Answer {
    pub(super) fn new(request: &Request) -> Self {
        let display = request.body.pointer("/thinking/display").and_then(Value::as_str);
        Self {
            seed: request.seed,
            model: text(&request.body, "model").to_owned(),
            omits_thinking: display == Some("omitted"),
        }
    }

    pub(super) fn whole(&self, script: &Script) -> Value {
        let mut content = Vec::new();
        if let Some(thinking) = &script.reasoning {
            content.push(self.thinking(thinking));
        }
        if let Some(text) = script
            .text
            .as_ref()
            .map(Text::whole)
            .filter(|text| !text.is_empty())
        {
            content.push(json!({"type": "text", "text": text}));
        }
        for (index, call) in script.calls.iter().enumerate() {
            content.push(self.tool_use(index, &call.name, &call.arguments));
        }
        let mut message = self.message(&content, script.usage);
        if let Some(fields) = message.as_object_mut() {
            fields.insert("stop_reason".to_owned(), stop_reason(&script.finish).into());
            fields.insert("stop_sequence".to_owned(), stop_sequence(&script.finish));
        }
        message
    }

    /// A message that has not stopped.
    pub(super) fn message(&self, content: &[Value], usage: Usage) -> Value {
        json!({
            "model": self.model, "id": format!("msg_01{}", self.seed.alphanumeric(1, 22)), "type": "message",
            "role": "assistant", "content": content, "stop_reason": null, "stop_sequence": null,
            "stop_details": null,
            "usage": Self::usage(usage),
        })
    }

    fn thinking(&self, thinking: &str) -> Value {
        if is_redacted(thinking) {
            return redacted(thinking);
        }
        let shown = if self.omits_thinking { "" } else { thinking };
        json!({"type": "thinking", "thinking": shown, "signature": sign(thinking)})
    }

    pub(super) fn tool_use(&self, index: usize, name: &str, input: &Value) -> Value {
        let id = format!("toolu_01{}", self.seed.alphanumeric(100 + index as u64, 22));
        json!({"type": "tool_use", "id": id, "name": name, "input": input})
    }

    pub(super) fn usage(usage: Usage) -> Value {
        let mut value = json!({
            "input_tokens": usage.input.uncached(), "cache_creation_input_tokens": usage.input.cache_write,
            "cache_read_input_tokens": usage.input.cache_read,
            "cache_creation":
                {"ephemeral_5m_input_tokens": usage.input.cache_write, "ephemeral_1h_input_tokens": 0},
            "output_tokens": usage.output + usage.reasoning, "service_tier": "standard",
            "inference_geo": "global",
        });
        if let (true, Some(fields)) = (usage.reasoning > 0, value.as_object_mut()) {
            fields.insert(
                "output_tokens_details".to_owned(),
                json!({"thinking_tokens": usage.reasoning}),
            );
        }
        value
    }
}

pub(super) fn sign(thinking: &str) -> String {
    signature::seal(Kind::Thinking, thinking.as_bytes())
}

pub(super) fn is_redacted(thinking: &str) -> bool {
    thinking.contains(REDACTION_TRIGGER)
}

pub(super) fn redacted(thinking: &str) -> Value {
    let data = signature::seal(Kind::RedactedThinking, thinking.as_bytes());
    json!({"type": "redacted_thinking", "data": data})
}

pub(super) fn stop_reason(finish: &Finish) -> &'static str {
    match finish {
        Finish::Stop => "end_turn",
        Finish::StopSequence(_) => "stop_sequence",
        Finish::Length => "max_tokens",
        Finish::Calls => "tool_use",
    }
}

pub(super) fn stop_sequence(finish: &Finish) -> Value {
    match finish {
        Finish::StopSequence(stop) => stop.as_str().into(),
        Finish::Stop | Finish::Length | Finish::Calls => Value::Null,
    }
}
