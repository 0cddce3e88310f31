//! The Messages API: the request and what is checked in it, and the counting of tokens.

mod answer;
mod stream;

use serde_json::{Value, json};

use super::cache::Input;
use super::errors::Problem;
use super::prompt::{self, Choice, Format, Prompt, Tool, has, items, text};
use super::reply::{Reply, Request};
use super::script;
use super::signature::{self, Kind};
use super::words;

/// Tokens every request and every message cost beside their words.
const REQUEST_OVERHEAD: u64 = 3;
const MESSAGE_OVERHEAD: u64 = 4;

/// Answers a POST request.
pub(super) fn answer(request: &Request) -> Result<Reply, Problem> {
    match request.path.as_str() {
        "/v1/messages" => messages(request),
        "/v1/messages/count_tokens" => {
            check_messages(request)?;
            Ok(Reply::json(&json!({"input_tokens": input_tokens(&request.body)})))
        }
        _ => Err(Problem::UnknownPath),
    }
}

fn messages(request: &Request) -> Result<Reply, Problem> {
    check_messages(request)?;
    check_limits(request)?;
    check_turns(request)?;
    let script = script::write(&read(request), &request.plan);
    let answer = answer::Answer::new(request);
    if request.body.get("stream") == Some(&Value::Bool(true)) {
        let wire = stream::Stream::new(answer);
        return Ok(Reply::stream(
            "text/event-stream; charset=utf-8",
            Box::new(wire),
            script,
            &request.plan,
        ));
    }
    Ok(Reply::json(&answer.whole(&script)))
}

fn read(request: &Request) -> Prompt {
    let body = &request.body;
    let messages = items(body, "messages");
    let last_user = messages.iter().rev().find(|message| {
        text(message, "role") == "user" && !prompt::text_of(message.get("content")).is_empty()
    });
    let results = messages.last().map(tool_results).unwrap_or_default();
    let choice = body.get("tool_choice");
    let serial =
        choice.is_some_and(|choice| choice.get("disable_parallel_tool_use") == Some(&Value::Bool(true)));
    Prompt {
        user: last_user
            .map(|message| prompt::text_of(message.get("content")))
            .unwrap_or_default(),
        results,
        tools: items(body, "tools").iter().filter_map(tool).collect(),
        choice: choice.map(read_choice).unwrap_or_default(),
        parallel: !serial,
        reasoning: thinks(body),
        format: format(body),
        max_tokens: body.get("max_tokens").and_then(Value::as_u64),
        stops: prompt::stops(body.get("stop_sequences")),
        input: Input::marked(
            input_tokens(body),
            &[body.get("tools"), body.get("system"), body.get("messages")],
            messages,
        ),
    }
}

/// The texts of a message's tool results, when it has any.
fn tool_results(message: &Value) -> Vec<String> {
    let blocks = items(message, "content")
        .iter()
        .filter(|block| text(block, "type") == "tool_result");
    blocks
        .map(|block| prompt::text_of(block.get("content")))
        .collect()
}

/// A tool of the caller's own; those the provider runs have no schema.
fn tool(tool: &Value) -> Option<Tool> {
    let parameters = tool.get("input_schema")?.clone();
    Some(Tool {
        name: text(tool, "name").to_owned(),
        parameters,
    })
}

fn read_choice(choice: &Value) -> Choice {
    match text(choice, "type") {
        "none" => Choice::None,
        "any" => Choice::Required,
        "tool" => Choice::Named(text(choice, "name").to_owned()),
        _ => Choice::Free,
    }
}

fn format(body: &Value) -> Format {
    let format = body
        .pointer("/output_config/format")
        .or_else(|| body.get("output_format"));
    match format {
        Some(format) if text(format, "type") == "json_schema" => {
            Format::Schema(format.get("schema").cloned().unwrap_or_default())
        }
        Some(_) | None => Format::Text,
    }
}

fn thinks(body: &Value) -> bool {
    let kind = body.pointer("/thinking/type").and_then(Value::as_str);
    matches!(kind, Some("enabled" | "adaptive"))
}

fn input_tokens(body: &Value) -> u64 {
    let counted = ["system", "messages", "tools"]
        .into_iter()
        .filter_map(|key| body.get(key));
    let overhead = REQUEST_OVERHEAD + MESSAGE_OVERHEAD * items(body, "messages").len() as u64;
    overhead + counted.map(words::count_in).sum::<u64>()
}

fn check_messages(request: &Request) -> Result<(), Problem> {
    for key in ["model", "messages"] {
        if !has(&request.body, key) {
            return Err(Problem::invalid(format!("{key}: Field required")));
        }
    }
    let messages = items(&request.body, "messages");
    if messages.is_empty() {
        return Err(Problem::invalid("messages: at least one message is required"));
    }
    for (index, message) in messages.iter().enumerate() {
        let role = text(message, "role");
        if !matches!(role, "user" | "assistant" | "system") {
            let message = format!("messages.{index}.role: Input should be 'user' or 'assistant'");
            return Err(Problem::invalid(message));
        }
        let content = message.get("content");
        let empty = content.is_some_and(|content| content == "" || content == &json!([]));
        if content.is_none() {
            return Err(Problem::invalid(format!(
                "messages.{index}.content: Field required"
            )));
        }
        if empty && !(role == "assistant" && index + 1 == messages.len()) {
            return Err(Problem::invalid(format!(
                "messages.{index}: all messages must have non-empty content except for the optional final assistant \
                 message"
            )));
        }
    }
    Ok(())
}

fn check_limits(request: &Request) -> Result<(), Problem> {
    let body = &request.body;
    let Some(limit) = body.get("max_tokens").and_then(Value::as_u64) else {
        return Err(Problem::invalid("max_tokens: Field required"));
    };
    if limit == 0 {
        return Err(Problem::invalid(
            "max_tokens: Input should be greater than or equal to 1",
        ));
    }
    let kind = body.pointer("/thinking/type").and_then(Value::as_str);
    if kind == Some("enabled") {
        let Some(budget) = body.pointer("/thinking/budget_tokens").and_then(Value::as_u64) else {
            return Err(Problem::invalid("thinking.enabled.budget_tokens: Field required"));
        };
        if budget < 1024 {
            let message = "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024";
            return Err(Problem::invalid(message));
        }
        if budget >= limit {
            return Err(Problem::invalid(
                "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at \
                 https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size",
            ));
        }
    }
    if body
        .get("temperature")
        .and_then(Value::as_f64)
        .is_some_and(|value| !(0.0..=1.0).contains(&value))
    {
        return Err(Problem::invalid("temperature: range: 0..1"));
    }
    let forced = matches!(
        body.pointer("/tool_choice/type").and_then(Value::as_str),
        Some("any" | "tool")
    );
    if kind == Some("enabled") && forced {
        return Err(Problem::invalid(
            "Thinking may not be enabled when tool_choice forces tool use.",
        ));
    }
    Ok(())
}

/// Tool results answer the message before them, and thinking comes back as it was issued.
fn check_turns(request: &Request) -> Result<(), Problem> {
    let mut open: Vec<&str> = Vec::new();
    let messages = items(&request.body, "messages");
    for (index, message) in messages.iter().enumerate() {
        let blocks = items(message, "content");
        for (at, block) in blocks.iter().enumerate() {
            if text(block, "type") != "tool_result" {
                continue;
            }
            let id = text(block, "tool_use_id");
            let Some(known) = open.iter().position(|open| *open == id) else {
                return Err(Problem::invalid(format!(
                    "messages.{index}.content.{at}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. \
                     Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
                )));
            };
            open.remove(known);
        }
        if !open.is_empty() {
            return Err(Problem::invalid(format!(
                "messages.{}: `tool_use` ids were found without `tool_result` blocks immediately after: {}. Each \
                 `tool_use` block must have a corresponding `tool_result` block in the next message.",
                index.saturating_sub(1),
                open.join(", ")
            )));
        }
        if text(message, "role") == "assistant" {
            check_thinking(index, blocks)?;
            let calls = blocks.iter().filter(|block| text(block, "type") == "tool_use");
            open = calls.map(|block| text(block, "id")).collect();
        }
    }
    check_loop(request)
}

fn check_thinking(index: usize, blocks: &[Value]) -> Result<(), Problem> {
    for (at, block) in blocks.iter().enumerate() {
        let (kind, genuine) = match text(block, "type") {
            "thinking" => {
                let (thinking, seal) = (text(block, "thinking"), text(block, "signature"));
                // Omitted thinking comes back empty; its seal alone can be recognised.
                let genuine = if thinking.is_empty() {
                    signature::is_seal(Kind::Thinking, seal)
                } else {
                    signature::is_seal_of(Kind::Thinking, thinking.as_bytes(), seal)
                };
                ("thinking", genuine)
            }
            "redacted_thinking" => (
                "redacted_thinking",
                signature::is_seal(Kind::RedactedThinking, text(block, "data")),
            ),
            _ => continue,
        };
        if !genuine {
            let field = if kind == "thinking" { "signature" } else { "data" };
            return Err(Problem::invalid(format!(
                "messages.{index}.content.{at}: Invalid `{field}` in `{kind}` block"
            )));
        }
    }
    Ok(())
}

/// While thinking, the assistant's turn of a tool loop starts with its thinking.
fn check_loop(request: &Request) -> Result<(), Problem> {
    let messages = items(&request.body, "messages");
    let in_loop = messages
        .last()
        .is_some_and(|message| !tool_results(message).is_empty());
    let budgeted = request.body.pointer("/thinking/type").and_then(Value::as_str) == Some("enabled");
    let Some((index, turn)) = messages
        .iter()
        .enumerate()
        .rev()
        .find(|(_, message)| text(message, "role") == "assistant")
    else {
        return Ok(());
    };
    let first = items(turn, "content")
        .first()
        .map(|block| text(block, "type"))
        .unwrap_or_default();
    if in_loop && budgeted && !matches!(first, "thinking" | "redacted_thinking") {
        return Err(Problem::invalid(format!(
            "messages.{index}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `{first}`. When \
             `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the \
             lastmost set of `tool_use` and `tool_result` blocks)."
        )));
    }
    Ok(())
}
