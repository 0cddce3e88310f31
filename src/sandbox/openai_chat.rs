//! Chat Completions in its four accents: the request and what is checked in it.

mod answer;
mod stream;

use serde_json::Value;

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

/// A provider's own way of speaking the dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    OpenAi,
    OpenRouter,
    DeepSeek,
    Xai,
}

/// Answers a POST request to a provider of this dialect.
pub(super) fn answer(request: &Request, flavour: Flavour) -> Result<Reply, Problem> {
    if request.path != "/chat/completions" {
        return Err(Problem::UnknownPath);
    }
    let body = &request.body;
    check_fields(body, flavour)?;
    check_tool_turns(body)?;
    check_reasoning(body, flavour)?;
    let script = script::write(&read(body, flavour), &request.plan);
    let answer = answer::Answer::new(request, flavour);
    if body.get("stream").and_then(Value::as_bool) == Some(true) {
        let usage = body
            .pointer("/stream_options/include_usage")
            .and_then(Value::as_bool)
            == Some(true);
        let content_type = match flavour {
            Flavour::OpenRouter | Flavour::Xai => "text/event-stream",
            Flavour::OpenAi | Flavour::DeepSeek => "text/event-stream; charset=utf-8",
        };
        let wire = stream::Stream::new(answer, usage);
        return Ok(Reply::stream(content_type, Box::new(wire), script, &request.plan));
    }
    let whole = answer.whole(&script);
    Ok(match flavour {
        Flavour::OpenAi => Reply::pretty("application/json", &whole),
        // Its gateway pads a slow answer with blank lines.
        Flavour::OpenRouter => Reply::whole("application/json", format!("\n         \n{whole}")),
        Flavour::DeepSeek | Flavour::Xai => Reply::json(&whole),
    })
}

fn read(body: &Value, flavour: Flavour) -> Prompt {
    let messages = items(body, "messages");
    let last_user = messages
        .iter()
        .rev()
        .find(|message| text(message, "role") == "user");
    let trailing = messages
        .iter()
        .rev()
        .take_while(|message| text(message, "role") == "tool");
    let mut results: Vec<String> = trailing
        .map(|message| prompt::text_of(message.get("content")))
        .collect();
    results.reverse();
    let number = |key| body.get(key).and_then(Value::as_u64);
    Prompt {
        user: last_user
            .map(|message| prompt::text_of(message.get("content")))
            .unwrap_or_default(),
        results,
        tools: items(body, "tools").iter().filter_map(tool).collect(),
        choice: choice(body.get("tool_choice")),
        parallel: body.get("parallel_tool_calls").and_then(Value::as_bool) != Some(false),
        reasoning: reasons(body, flavour),
        format: format(body.get("response_format")),
        max_tokens: number("max_completion_tokens").or_else(|| number("max_tokens")),
        stops: prompt::stops(body.get("stop")),
        input: input(body, flavour),
    }
}

fn input(body: &Value, flavour: Flavour) -> Input {
    let messages = items(body, "messages");
    let counted = ["messages", "tools", "response_format"]
        .into_iter()
        .filter_map(|key| body.get(key));
    let overhead = REQUEST_OVERHEAD + MESSAGE_OVERHEAD * messages.len() as u64;
    let total = overhead + counted.map(words::count_in).sum::<u64>();
    match flavour {
        Flavour::OpenAi | Flavour::DeepSeek | Flavour::Xai => Input::unasked(total, messages),
        Flavour::OpenRouter => Input::marked(total, &[body.get("tools"), body.get("messages")], messages),
    }
}

fn tool(tool: &Value) -> Option<Tool> {
    let function = tool.get("function")?;
    let parameters = function.get("parameters").cloned().unwrap_or_default();
    Some(Tool {
        name: text(function, "name").to_owned(),
        parameters,
    })
}

fn choice(value: Option<&Value>) -> Choice {
    let Some(value) = value else { return Choice::Free };
    match value
        .as_str()
        .or_else(|| value.pointer("/allowed_tools/mode")?.as_str())
    {
        Some("none") => return Choice::None,
        Some("required") => return Choice::Required,
        Some(_) | None => {}
    }
    let name = value.pointer("/function/name").and_then(Value::as_str);
    name.map_or(Choice::Free, |name| Choice::Named(name.to_owned()))
}

fn format(value: Option<&Value>) -> Format {
    let Some(value) = value else { return Format::Text };
    match text(value, "type") {
        "json_schema" => Format::Schema(value.pointer("/json_schema/schema").cloned().unwrap_or_default()),
        "json_object" => Format::Json,
        _ => Format::Text,
    }
}

/// Whether the model reasons, by the parameter that is this provider's own.
fn reasons(body: &Value, flavour: Flavour) -> bool {
    let effort = body
        .get("reasoning_effort")
        .and_then(Value::as_str)
        .is_some_and(|effort| effort != "none");
    match flavour {
        Flavour::DeepSeek => {
            let thinking = body.pointer("/thinking/type").and_then(Value::as_str);
            match thinking {
                Some(kind) => kind == "enabled",
                None => effort || text(body, "model").contains("reasoner"),
            }
        }
        Flavour::OpenRouter => {
            let reasoning = body.get("reasoning").filter(|reasoning| reasoning.is_object());
            let off = reasoning.is_some_and(|reasoning| {
                reasoning.get("enabled") == Some(&Value::Bool(false)) || text(reasoning, "effort") == "none"
            });
            let included = body.get("include_reasoning") == Some(&Value::Bool(true));
            (reasoning.is_some() && !off) || effort || included
        }
        Flavour::OpenAi | Flavour::Xai => effort,
    }
}

fn check_fields(body: &Value, flavour: Flavour) -> Result<(), Problem> {
    if text(body, "model").is_empty() {
        return Err(Problem::invalid("you must provide a model parameter"));
    }
    if !has(body, "messages") {
        let message = "Missing required parameter: 'messages'.";
        return Err(Problem::invalid_param(message, "messages"));
    }
    if items(body, "messages").is_empty() {
        let message = "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty \
                       array instead.";
        return Err(Problem::invalid_param(message, "messages"));
    }
    let model = text(body, "model");
    let reasoner = ["gpt-5", "o1", "o3", "o4"]
        .iter()
        .any(|family| model.starts_with(family));
    if flavour == Flavour::OpenAi && reasoner && has(body, "max_tokens") {
        let message = "Unsupported parameter: 'max_tokens' is not supported with this model. Use \
                       'max_completion_tokens' instead.";
        return Err(Problem::invalid_param(message, "max_tokens"));
    }
    let forced = body
        .get("tool_choice")
        .is_some_and(|choice| choice.is_object() || choice == "required");
    if flavour == Flavour::DeepSeek && reasons(body, flavour) && forced {
        return Err(Problem::invalid(
            "Thinking mode does not support this tool_choice",
        ));
    }
    Ok(())
}

/// Every tool result answers a call of the assistant before it, and every call has its result.
fn check_tool_turns(body: &Value) -> Result<(), Problem> {
    let mut open: Vec<&str> = Vec::new();
    for (index, message) in items(body, "messages").iter().enumerate() {
        if text(message, "role") == "tool" {
            let id = text(message, "tool_call_id");
            let Some(at) = open.iter().position(|known| *known == id) else {
                let message = "Invalid parameter: messages with role 'tool' must be a response to a preceeding \
                               message with 'tool_calls'.";
                return Err(Problem::invalid_param(
                    message,
                    format!("messages.[{index}].role"),
                ));
            };
            open.remove(at);
            continue;
        }
        refuse_open(&open)?;
        open = items(message, "tool_calls")
            .iter()
            .map(|call| text(call, "id"))
            .collect();
    }
    refuse_open(&open)
}

fn refuse_open(open: &[&str]) -> Result<(), Problem> {
    if open.is_empty() {
        return Ok(());
    }
    let message = format!(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each \
         'tool_call_id'. The following tool_call_ids did not have response messages: {}",
        open.join(", ")
    );
    Err(Problem::invalid_param(message, "messages"))
}

/// Whether a turn with calls has the reasoning it came with. Calls from elsewhere may have had none, so theirs may
/// be empty.
fn has_its_reasoning(message: &Value) -> bool {
    let issued = |call: &Value| signature::is_issued_id(answer::DEEPSEEK_CALL_PREFIX, text(call, "id"));
    match message.get("reasoning_content") {
        Some(Value::String(reasoning)) => {
            !reasoning.is_empty() || !items(message, "tool_calls").iter().any(issued)
        }
        Some(_) | None => false,
    }
}

/// Reasoning that a tool loop must carry is there, and what is sealed was issued here.
fn check_reasoning(body: &Value, flavour: Flavour) -> Result<(), Problem> {
    let messages = items(body, "messages");
    let turn = messages
        .iter()
        .rposition(|message| text(message, "role") == "user")
        .unwrap_or(0);
    for (index, message) in messages.iter().enumerate() {
        let calls = !items(message, "tool_calls").is_empty();
        let must = flavour == Flavour::DeepSeek && reasons(body, flavour) && calls && index > turn;
        if must && !has_its_reasoning(message) {
            return Err(Problem::invalid(format!(
                "Missing `reasoning_content` field in the assistant message at message index {index}. For more \
                 information, please refer to https://api-docs.deepseek.com/guides/thinking_mode#tool-calls"
            )));
        }
        for detail in items(message, "reasoning_details") {
            let seals = [text(detail, "signature"), text(detail, "data")];
            if seals
                .iter()
                .any(|seal| !seal.is_empty() && !signature::is_seal(Kind::ReasoningDetail, seal))
            {
                let message = format!("messages.{index}: invalid signature in reasoning_details");
                return Err(Problem::invalid(message));
            }
        }
    }
    Ok(())
}
