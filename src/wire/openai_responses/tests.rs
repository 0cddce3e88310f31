//! What the tests of requests and of answers share.

mod answers;
mod requests;

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::domain::call::{
    ChatCall, JsonSchemaFormat, Modality, ProviderTool, ReasoningConfig, ReasoningEffort, ResponseFormat,
    Sampling, ServiceTier, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool,
};
use crate::domain::content::{
    CacheHint, MediaSource, Message, Opaque, Part, PartKind, ProviderState, ReasoningForm, Role, ToolCall,
    ToolResult,
};
use crate::domain::fold::Fold;
use crate::domain::options::ProviderOptions;
use crate::wire::dialect::{DecodeContext, Dialect, EncodeError, Mode, Target};
use crate::wire::openai_responses::{LogprobsWords, OpenaiResponses, models};
use crate::wire::samples::{self, function, media, message};

const HERE: &str = "here";

fn user(text: &str) -> Message {
    message(Role::User, vec![Part::text(text)])
}

fn call(messages: Vec<Message>) -> ChatCall {
    ChatCall {
        messages,
        ..ChatCall::default()
    }
}

/// The body for a model, and the fields of the warnings, those that were left out first.
fn encode_for(model: &str, call: &ChatCall) -> (Value, Vec<String>) {
    let target = Target {
        provider: HERE,
        model,
    };
    let encoded = OpenaiResponses::DEFAULT
        .encode(call, target, Mode::Whole)
        .unwrap();
    assert_eq!(encoded.request.path, "/responses");
    let fields = encoded.warnings.into_iter().map(|warning| {
        let mark = if warning.is_left_out { "-" } else { "~" };
        format!("{mark}{}", warning.field)
    });
    (encoded.request.body, fields.collect())
}

fn encode(call: &ChatCall) -> Value {
    encode_for("gpt-4o", call).0
}

fn input(messages: Vec<Message>) -> Value {
    encode(&call(messages))["input"].clone()
}

fn refusal(call: &ChatCall) -> String {
    let target = Target {
        provider: HERE,
        model: "gpt-5",
    };
    match OpenaiResponses::DEFAULT.encode(call, target, Mode::Whole) {
        Err(EncodeError::Unsupported { field, .. } | EncodeError::Invalid { field, .. }) => field,
        Ok(encoded) => panic!("encoded as {}", encoded.request.body),
    }
}

/// The assistant's message that a whole response of these items makes.
fn answer(output: &Value) -> Message {
    let context = DecodeContext {
        provider: HERE.to_owned(),
        include_raw: false,
        ..DecodeContext::default()
    };
    let body = json!({"id": "resp_1", "status": "completed", "output": output}).to_string();
    let mut events = Vec::new();
    OpenaiResponses::DEFAULT
        .decode_whole(context, body.as_bytes(), &mut events)
        .unwrap();
    let mut fold = Fold::default();
    for event in events {
        fold.push(event);
    }
    fold.into_answer().message
}

fn tool_call(id: &str, provider_executed: bool) -> Part {
    Part::new(PartKind::ToolCall(ToolCall {
        id: id.to_owned(),
        name: "weather".to_owned(),
        arguments_json: String::new(),
        provider_executed,
    }))
}

fn options(value: Value) -> ProviderOptions {
    samples::options(HERE, value)
}
