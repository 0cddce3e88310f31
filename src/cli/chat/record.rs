//! Owns the written forms of a conversation: an answer as JSON, a whole conversation as Markdown.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::conversation::{Answer, Conversation};
use crate::cli::usage;
use crate::rpc::pb;
use crate::rpc::pb::part::Kind;

/// An answer as one JSON object.
pub(super) fn answer(answer: &Answer) -> Value {
    let outcome = &answer.outcome;
    let calls: Vec<Value> = answer.message.content.iter().filter_map(call).collect();
    let warnings = outcome.warnings.iter();
    let warnings: Vec<Value> = warnings
        .map(|warning| json!({"field": warning.field, "message": warning.message}))
        .collect();
    json!({
        "generation_id": answer.generation_id,
        "model": outcome.model,
        "text": text(&answer.message),
        "reasoning": reasoning(&answer.message),
        "tool_calls": calls,
        "finish_reason": outcome.finish_reason().as_str_name(),
        "raw_finish_reason": outcome.raw_finish_reason,
        "provider_response_id": outcome.provider_response_id,
        "usage": outcome.usage.as_ref().map(usage::in_json),
        "timing": outcome.timing.as_ref().map(usage::timing_in_json),
        "attempts": outcome.attempts.len(),
        "warnings": warnings,
    })
}

/// A conversation as Markdown, reasoning and provider state left out.
pub(super) fn markdown(conversation: &Conversation) -> String {
    let mut written = format!("# {}\n", conversation.settings.model);
    let mut section = |who: &str, words: &str| {
        // Writing to a string cannot fail.
        let _ = write!(written, "\n## {who}\n\n{}\n", words.trim_end());
    };
    if let Some(system) = &conversation.settings.system {
        section("system", system);
    }
    for message in conversation.history() {
        let who = match message.role() {
            pb::Role::User => "user",
            pb::Role::Assistant => "assistant",
            pb::Role::System => "system",
            pb::Role::Tool => "tool",
            pb::Role::Unspecified => "unknown",
        };
        section(who, &text(message));
    }
    written
}

/// The words of a message: text and refusals, attachments by name.
fn text(message: &pb::Message) -> String {
    let words = message.content.iter().filter_map(|part| match &part.kind {
        Some(Kind::Text(text) | Kind::Refusal(text)) => Some(text.clone()),
        Some(Kind::Media(media)) => Some(format!("[{}: {}]\n", media.mime_type, media.name)),
        Some(Kind::Reasoning(_) | Kind::ToolCall(_) | Kind::ToolResult(_) | Kind::Opaque(_)) | None => None,
    });
    words.collect()
}

fn reasoning(message: &pb::Message) -> String {
    let words = message.content.iter().filter_map(|part| match &part.kind {
        Some(Kind::Reasoning(reasoning)) => Some(reasoning.text.as_str()),
        Some(
            Kind::Text(_)
            | Kind::Refusal(_)
            | Kind::Media(_)
            | Kind::ToolCall(_)
            | Kind::ToolResult(_)
            | Kind::Opaque(_),
        )
        | None => None,
    });
    words.collect()
}

fn call(part: &pb::Part) -> Option<Value> {
    let Some(Kind::ToolCall(call)) = &part.kind else {
        return None;
    };
    Some(json!({"id": call.id, "name": call.name, "arguments_json": call.arguments_json}))
}
