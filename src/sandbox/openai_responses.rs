//! The Responses API in its two accents: the request and what is checked in it.

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

/// Tokens every request and every item cost beside their words.
const REQUEST_OVERHEAD: u64 = 3;
const ITEM_OVERHEAD: u64 = 4;

/// A provider's own way of speaking the dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    OpenAi,
    Xai,
}

/// Answers a POST request below `/responses`.
pub(super) fn answer(request: &Request, flavour: Flavour) -> Result<Reply, Problem> {
    match request.path.as_str() {
        "/responses" => respond(request, flavour),
        "/responses/input_tokens" if flavour == Flavour::OpenAi => {
            let count = input_tokens(&request.body);
            Ok(Reply::json(
                &json!({"object": "response.input_tokens", "input_tokens": count}),
            ))
        }
        _ => Err(Problem::UnknownPath),
    }
}

fn respond(request: &Request, flavour: Flavour) -> Result<Reply, Problem> {
    let input = input_items(&request.body);
    check_fields(&request.body, flavour)?;
    check_calls(&input)?;
    check_reasoning(&request.body, &input, flavour)?;
    let script = script::write(&read(&request.body, &input), &request.plan);
    let answer = answer::Answer::new(request, flavour);
    if request.body.get("stream") == Some(&Value::Bool(true)) {
        let content_type = match flavour {
            Flavour::Xai => "text/event-stream",
            Flavour::OpenAi => "text/event-stream; charset=utf-8",
        };
        let wire = stream::Stream::new(answer);
        return Ok(Reply::stream(content_type, Box::new(wire), script, &request.plan));
    }
    let whole = answer.whole(&script);
    Ok(match flavour {
        Flavour::Xai => Reply::json(&whole),
        Flavour::OpenAi => Reply::pretty("application/json", &whole),
    })
}

/// The input as items; a plain text is one user message.
fn input_items(body: &Value) -> Vec<Value> {
    match body.get("input") {
        Some(Value::String(text)) => vec![json!({"role": "user", "content": text})],
        Some(Value::Array(items)) => items.clone(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => Vec::new(),
    }
}

fn read(body: &Value, input: &[Value]) -> Prompt {
    let last_user = input.iter().rev().find(|item| text(item, "role") == "user");
    let trailing = input
        .iter()
        .rev()
        .take_while(|item| text(item, "type") == "function_call_output");
    let mut results: Vec<String> = trailing.map(|item| prompt::text_of(item.get("output"))).collect();
    results.reverse();
    Prompt {
        user: last_user
            .map(|item| prompt::text_of(item.get("content")))
            .unwrap_or_default(),
        results,
        tools: items(body, "tools").iter().filter_map(tool).collect(),
        choice: choice(body.get("tool_choice")),
        parallel: body.get("parallel_tool_calls") != Some(&Value::Bool(false)),
        reasoning: reasons(body),
        format: format(body.pointer("/text/format")),
        max_tokens: body.get("max_output_tokens").and_then(Value::as_u64),
        stops: Vec::new(),
        input: Input::unasked(input_tokens(body), input),
    }
}

fn tool(tool: &Value) -> Option<Tool> {
    if text(tool, "type") != "function" {
        return None;
    }
    let parameters = tool.get("parameters").cloned().unwrap_or_default();
    Some(Tool {
        name: text(tool, "name").to_owned(),
        parameters,
    })
}

fn choice(value: Option<&Value>) -> Choice {
    match value {
        Some(Value::String(word)) if word == "none" => Choice::None,
        Some(Value::String(word)) if word == "required" => Choice::Required,
        Some(choice @ Value::Object(_)) if text(choice, "type") == "function" => {
            Choice::Named(text(choice, "name").to_owned())
        }
        Some(choice @ Value::Object(_)) if text(choice, "mode") == "required" => Choice::Required,
        Some(_) | None => Choice::Free,
    }
}

fn format(value: Option<&Value>) -> Format {
    let Some(value) = value else { return Format::Text };
    match text(value, "type") {
        "json_schema" => Format::Schema(value.get("schema").cloned().unwrap_or_default()),
        "json_object" => Format::Json,
        _ => Format::Text,
    }
}

fn reasons(body: &Value) -> bool {
    let reasoning = body.get("reasoning").filter(|reasoning| reasoning.is_object());
    reasoning.is_some_and(|reasoning| {
        let effort = has(reasoning, "effort") && text(reasoning, "effort") != "none";
        effort || (has(reasoning, "summary") && text(reasoning, "effort") != "none")
    })
}

fn input_tokens(body: &Value) -> u64 {
    let counted = ["input", "instructions", "tools"]
        .into_iter()
        .filter_map(|key| body.get(key));
    let overhead = REQUEST_OVERHEAD + ITEM_OVERHEAD * items(body, "input").len().max(1) as u64;
    overhead + counted.map(words::count_in).sum::<u64>()
}

fn check_fields(body: &Value, flavour: Flavour) -> Result<(), Problem> {
    for key in ["model", "input"] {
        if !has(body, key) {
            return Err(Problem::invalid_param(
                format!("Missing required parameter: '{key}'."),
                key,
            ));
        }
    }
    if has(body, "previous_response_id") {
        let id = text(body, "previous_response_id");
        let message = format!("Previous response with id '{id}' not found.");
        return Err(Problem::invalid_param(message, "previous_response_id"));
    }
    if body
        .get("max_output_tokens")
        .and_then(Value::as_u64)
        .is_some_and(|limit| limit < 16)
        && flavour == Flavour::OpenAi
    {
        let message = "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got a \
                       lower one instead.";
        return Err(Problem::invalid_param(message, "max_output_tokens"));
    }
    Ok(())
}

/// Every output answers a call of this input, and every call of a function has its output.
fn check_calls(input: &[Value]) -> Result<(), Problem> {
    let is_output = |item: &Value| text(item, "type").ends_with("_output");
    let ids = |wanted: &dyn Fn(&Value) -> bool| -> Vec<String> {
        input
            .iter()
            .filter(|item| wanted(item))
            .map(|item| text(item, "call_id").to_owned())
            .collect()
    };
    let outputs = ids(&is_output);
    let calls = ids(&|item| !is_output(item));
    let functions = ids(&|item| text(item, "type") == "function_call");
    let stray = outputs.iter().find(|id| !id.is_empty() && !calls.contains(id));
    if let Some(stray) = stray {
        let message = format!("No tool call found for function call output with call_id {stray}.");
        return Err(Problem::invalid_param(message, "input"));
    }
    if let Some(open) = functions.iter().find(|id| !outputs.contains(id)) {
        let message = format!("No tool output found for function call {open}.");
        return Err(Problem::invalid_param(message, "input"));
    }
    Ok(())
}

/// Reasoning comes back with what it was issued with, and before the item it led to.
fn check_reasoning(body: &Value, input: &[Value], flavour: Flavour) -> Result<(), Problem> {
    let stores = body.get("store") != Some(&Value::Bool(false));
    for (index, item) in input.iter().enumerate() {
        if text(item, "type") != "reasoning" {
            continue;
        }
        let id = text(item, "id");
        let sealed = text(item, "encrypted_content");
        if !sealed.is_empty() && !signature::is_seal(Kind::EncryptedReasoning, sealed) {
            return Err(Problem::invalid(format!(
                "The encrypted content for item {id} could not be verified. Reason: Encrypted content could not be \
                 decrypted or parsed."
            )));
        }
        if flavour == Flavour::OpenAi
            && sealed.is_empty()
            && !(stores && signature::is_issued_id(answer::REASONING_PREFIX, id))
        {
            return Err(Problem::invalid_param(
                format!(
                    "Item with id '{id}' not found. Items are not persisted when `store` is set to false. Try again \
                     with `store` set to true, or remove this item from your input."
                ),
                "input",
            ));
        }
        let follower = input.get(index + 1);
        let led_to = follower.is_some_and(|item| {
            matches!(text(item, "type"), "function_call" | "reasoning") || text(item, "role") == "assistant"
        });
        if flavour == Flavour::OpenAi && !led_to {
            let message =
                format!("Item '{id}' of type 'reasoning' was provided without its required following item.");
            return Err(Problem::invalid_param(message, "input"));
        }
    }
    Ok(())
}
