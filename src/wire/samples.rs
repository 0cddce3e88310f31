//! Pieces of calls that the tests of every dialect are made of.

use serde_json::Value;

use crate::domain::call::{FunctionTool, Tool, ToolKind};
use crate::domain::content::{Media, MediaSource, Message, Part, PartKind, Role, ToolCall, ToolResult};
use crate::domain::options::ProviderOptions;

pub(super) fn message(role: Role, content: Vec<Part>) -> Message {
    Message {
        role,
        content,
        name: None,
    }
}

pub(super) fn media(mime_type: &str, source: MediaSource) -> Part {
    Part::new(PartKind::Media(Media {
        mime_type: mime_type.to_owned(),
        source,
        name: None,
        size_bytes: None,
    }))
}

/// A call for the caller to answer.
pub(super) fn tool_call(id: &str, name: &str, arguments_json: &str) -> Part {
    Part::new(PartKind::ToolCall(ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments_json: arguments_json.to_owned(),
        provider_executed: false,
    }))
}

/// An answer that does not repeat the tool's name.
pub(super) fn tool_result(id: &str, content: Vec<Part>, is_error: bool) -> Part {
    Part::new(PartKind::ToolResult(ToolResult {
        tool_call_id: id.to_owned(),
        name: String::new(),
        content,
        is_error,
    }))
}

/// A tool without arguments.
pub(super) fn function(name: &str) -> Tool {
    Tool {
        kind: ToolKind::Function(FunctionTool {
            name: name.to_owned(),
            description: String::new(),
            input_schema: None,
            strict: None,
        }),
        cache_hint: None,
    }
}

pub(super) fn options(provider: &str, options: Value) -> ProviderOptions {
    let Value::Object(options) = options else {
        unreachable!()
    };
    ProviderOptions::new([(provider.to_owned(), options)].into())
}
