//! What no recording shows; what the tests share.

mod decoding;
mod history;
mod refusals;
mod request;

use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::GeminiGenerate;
use crate::domain::answer::{AnswerEvent, FinishReason};
use crate::domain::call::{
    ChatCall, JsonSchemaFormat, Modality, ProviderTool, ReasoningConfig, ReasoningEffort, ResponseFormat,
    Sampling, ServiceTier, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool,
};
use crate::domain::content::{
    CacheHint, Citation, CitationSource, Media, MediaSource, Message, Opaque, Part, PartKind, ProviderState,
    ReasoningForm, Role,
};
use crate::domain::error::Reason;
use crate::domain::fold::{Answer, Fold};
use crate::domain::usage::Usage;
use crate::wire::dialect::{DecodeContext, DecodeError, Dialect, EncodeError, Encoded, Mode, Target};
use crate::wire::samples::{self, function, media, message, options, tool_call};

static DIALECT: GeminiGenerate = GeminiGenerate::V1BETA;

const FLASH_2_5: &str = "gemini-2.5-flash";
const FLASH_3: &str = "gemini-3-flash-preview";

fn said(role: Role, text: &str) -> Message {
    message(role, vec![Part::text(text)])
}

fn call(messages: Vec<Message>) -> ChatCall {
    ChatCall {
        messages,
        ..ChatCall::default()
    }
}

fn hello() -> ChatCall {
    call(vec![said(Role::User, "hi")])
}

fn try_encode(call: &ChatCall, model: &str) -> Result<Encoded, EncodeError> {
    let target = Target {
        provider: "here",
        model,
    };
    DIALECT.encode(call, target, Mode::Whole)
}

/// The body, and the fields that have a warning; a `-` before those that were left out.
fn encoded(call: &ChatCall, model: &str) -> (Value, Vec<String>) {
    let encoded = try_encode(call, model).unwrap();
    let warnings = encoded.warnings.into_iter();
    let warnings = warnings
        .map(|warning| format!("{}{}", if warning.is_left_out { "-" } else { "" }, warning.field))
        .collect();
    (encoded.request.body, warnings)
}

fn body(call: &ChatCall, model: &str) -> Value {
    let (body, warnings) = encoded(call, model);
    assert_eq!(warnings, [""; 0]);
    body
}

fn refused_field(call: &ChatCall, model: &str) -> String {
    match try_encode(call, model).unwrap_err() {
        EncodeError::Unsupported { field, .. } => format!("unsupported {field}"),
        EncodeError::Invalid { field, .. } => format!("invalid {field}"),
    }
}

fn state(provider: &str, data: &Value) -> ProviderState {
    ProviderState {
        provider: provider.to_owned(),
        data: data.to_string().into(),
    }
}

fn tool_result(id: &str, content: Vec<Part>) -> Part {
    samples::tool_result(id, content, false)
}
