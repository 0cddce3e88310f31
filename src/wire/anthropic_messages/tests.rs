//! Encoding, feature by feature; what no recording shows of decoding.

mod decoding;
mod media;
mod messages;
mod parameters;
mod thinking;
mod tools;

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{ANTHROPIC_MESSAGES, AnthropicMessages};
use crate::domain::answer::FinishReason;
use crate::domain::call::{
    ChatCall, FunctionTool, JsonSchemaFormat, Modality, ProviderTool, ReasoningConfig, ReasoningEffort,
    ResponseFormat, Sampling, ServiceTier, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool,
};
use crate::domain::content::{
    CacheHint, CitationSource, MediaSource, Message, Opaque, Part, PartKind, ProviderState, ReasoningForm,
    Role,
};
use crate::domain::error::Reason;
use crate::domain::fold::{Answer, Fold};
use crate::domain::options::ProviderOptions;
use crate::wire::dialect::{DecodeContext, DecodeError, Dialect, EncodeError, Encoded, Mode, Target};
use crate::wire::failure::Failure;
use crate::wire::pump::Pump;
use crate::wire::samples::{self, function, media, message, tool_result};

static DIALECT: AnthropicMessages = ANTHROPIC_MESSAGES;

/// Thinks up to a budget.
const BUDGET: &str = "claude-haiku-4-5";
/// Thinks as it sees fit, when asked.
const ADAPTIVE: &str = "claude-opus-4-8";
/// Always thinks, and decides by itself whether it calls tools.
const ALWAYS: &str = "claude-opus-5-5";
/// Enforces no schema.
const OLD: &str = "claude-3-5-haiku-latest";

fn user(text: &str) -> Message {
    message(Role::User, vec![Part::text(text)])
}

fn assistant(text: &str) -> Message {
    message(Role::Assistant, vec![Part::text(text)])
}

fn system(text: &str) -> Message {
    message(Role::System, vec![Part::text(text)])
}

fn hi() -> ChatCall {
    chat(vec![user("hi")])
}

fn chat(messages: Vec<Message>) -> ChatCall {
    ChatCall {
        messages,
        ..ChatCall::default()
    }
}

fn try_encode(call: &ChatCall, model: &str) -> Result<Encoded, EncodeError> {
    let target = Target { provider: "p", model };
    DIALECT.encode(call, target, Mode::Whole)
}

/// The body, and the fields of the warnings; a field whose parameter was left out ends in `!`.
fn encode_for(model: &str, call: &ChatCall) -> (Value, Vec<String>) {
    let encoded = try_encode(call, model).unwrap();
    let warnings = encoded.warnings.into_iter().map(|warning| {
        let mark = if warning.is_left_out { "!" } else { "" };
        format!("{}{mark}", warning.field)
    });
    (encoded.request.body, warnings.collect())
}

fn encode(call: &ChatCall) -> Value {
    let (body, warnings) = encode_for(ADAPTIVE, call);
    assert_eq!(warnings, Vec::<String>::new());
    body
}

fn refused(call: &ChatCall, model: &str) -> String {
    match try_encode(call, model) {
        Err(EncodeError::Unsupported { field, .. } | EncodeError::Invalid { field, .. }) => field,
        Ok(encoded) => panic!("{:?}", encoded.request.body),
    }
}

fn tool_call(id: &str, arguments: &str) -> Part {
    samples::tool_call(id, "f", arguments)
}

fn file(provider: &str) -> MediaSource {
    MediaSource::File {
        provider: provider.to_owned(),
        id: "file_1".to_owned(),
    }
}

fn with_state(mut part: Part, provider: &str, state: &Value) -> Part {
    part.provider_state = Some(ProviderState {
        provider: provider.to_owned(),
        data: state.to_string().into(),
    });
    part
}

fn options(provider: &str, options: &Value) -> ProviderOptions {
    samples::options(provider, options.clone())
}

fn header(encoded: &Encoded, name: &str) -> Option<String> {
    let (_, value) = encoded
        .request
        .headers
        .iter()
        .find(|(header, _)| header == name)?;
    Some(value.to_str().unwrap().to_owned())
}

fn reasoning(effort: Option<ReasoningEffort>, budget: Option<u32>, form: Option<ReasoningForm>) -> ChatCall {
    ChatCall {
        reasoning: Some(ReasoningConfig {
            effort,
            budget_tokens: budget,
            form,
        }),
        ..hi()
    }
}
