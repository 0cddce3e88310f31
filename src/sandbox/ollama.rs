//! Ollama's own API: `/api/chat` and `/api/generate`, whole and as NDJSON.

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::cache::Input;
use super::errors::Problem;
use super::models;
use super::prompt::{self, Choice, Format, Prompt, Tool, has, items, text};
use super::reply::{Reply, Request};
use super::script::{self, Finish, Script, Text};
use super::stream::{Frames, Template, Wire};
use super::words;

const JSON: &str = "application/json; charset=utf-8";
const NDJSON: &str = "application/x-ndjson";
const CREATED_AT: &str = "2026-01-02T03:04:05.123456Z";
/// Tokens every message costs beside its words.
const MESSAGE_OVERHEAD: u64 = 4;

/// Which of the two ways of asking a request takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Chat,
    Generate,
}

/// Answers a POST request.
pub(super) fn answer(request: &Request) -> Result<Reply, Problem> {
    let endpoint = match request.path.as_str() {
        "/api/chat" => Endpoint::Chat,
        "/api/generate" => Endpoint::Generate,
        "/api/show" => return Ok(models::show(request)),
        _ => return Err(Problem::UnknownPath),
    };
    let body = &request.body;
    if text(body, "model").is_empty() {
        return Err(Problem::invalid("model is required"));
    }
    let script = script::write(&read(body, endpoint), &request.plan);
    let answer = Answer {
        model: text(body, "model").to_owned(),
        endpoint,
    };
    if body.get("stream") == Some(&Value::Bool(false)) {
        return Ok(Reply::whole(JSON, answer.whole(&script).to_string()));
    }
    let template = Template::new(&line(&answer.line("content", Template::HOLE)));
    let thinking = Template::new(&line(&answer.line("thinking", Template::HOLE)));
    let stream = Stream {
        answer,
        text: template,
        thinking,
    };
    Ok(Reply::stream(NDJSON, Box::new(stream), script, &request.plan))
}

fn read(body: &Value, endpoint: Endpoint) -> Prompt {
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
        .map(|message| text(message, "content").to_owned())
        .collect();
    results.reverse();
    let user = match endpoint {
        Endpoint::Chat => last_user
            .map(|message| text(message, "content"))
            .unwrap_or_default(),
        Endpoint::Generate => text(body, "prompt"),
    };
    let options = body.get("options").cloned().unwrap_or_default();
    // A negative limit means none.
    let limit = options.get("num_predict").and_then(Value::as_u64);
    let counted = ["messages", "tools", "prompt", "system"]
        .into_iter()
        .filter_map(|key| body.get(key));
    let overhead = MESSAGE_OVERHEAD * messages.len().max(1) as u64;
    Prompt {
        user: user.to_owned(),
        results,
        tools: items(body, "tools").iter().filter_map(tool).collect(),
        choice: Choice::Free,
        parallel: true,
        reasoning: body
            .get("think")
            .is_some_and(|think| *think != Value::Bool(false) && !think.is_null()),
        format: format(body),
        max_tokens: limit,
        stops: prompt::stops(options.get("stop")),
        input: Input::fresh(overhead + counted.map(words::count_in).sum::<u64>()),
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

fn format(body: &Value) -> Format {
    if !has(body, "format") {
        return Format::Text;
    }
    match body.get("format") {
        Some(Value::String(word)) if word == "json" => Format::Json,
        Some(schema @ Value::Object(_)) => Format::Schema(schema.clone()),
        Some(_) | None => Format::Text,
    }
}

/// What all lines of an answer have in common.
struct Answer {
    model: String,
    endpoint: Endpoint,
}

impl Answer {
    fn head(&self) -> Map<String, Value> {
        let mut head = Map::new();
        head.insert("model".to_owned(), self.model.as_str().into());
        head.insert("created_at".to_owned(), CREATED_AT.into());
        head
    }

    /// A line with one piece of content or thinking.
    fn line(&self, field: &str, piece: &str) -> Value {
        let mut line = self.head();
        match self.endpoint {
            Endpoint::Chat if field == "thinking" => {
                let message = json!({"role": "assistant", "content": "", "thinking": piece});
                line.insert("message".to_owned(), message);
            }
            Endpoint::Chat => {
                line.insert(
                    "message".to_owned(),
                    json!({"role": "assistant", "content": piece}),
                );
            }
            Endpoint::Generate if field == "thinking" => {
                line.insert("response".to_owned(), "".into());
                line.insert("thinking".to_owned(), piece.into());
            }
            Endpoint::Generate => {
                line.insert("response".to_owned(), piece.into());
            }
        }
        line.insert("done".to_owned(), false.into());
        Value::Object(line)
    }

    /// The last line, or with `content` the whole answer.
    fn done(&self, script: &Script, mut content: Map<String, Value>) -> Value {
        let mut line = self.head();
        line.append(&mut content);
        // Calls have no word of their own here.
        let reason = if script.finish == Finish::Length {
            "length"
        } else {
            "stop"
        };
        line.insert("done_reason".to_owned(), reason.into());
        line.insert("done".to_owned(), true.into());
        let output = script.usage.output + script.usage.reasoning;
        for (name, value) in [
            ("total_duration", 2_000_000 + output * 1000),
            ("load_duration", 1_000_000),
            ("prompt_eval_count", script.usage.input.total),
            ("prompt_eval_duration", 1_000_000),
            ("eval_count", output),
            ("eval_duration", output * 1000),
        ] {
            line.insert(name.to_owned(), value.into());
        }
        Value::Object(line)
    }

    fn whole(&self, script: &Script) -> Value {
        let said = script.text.as_ref().map(Text::whole).unwrap_or_default();
        let mut content = Map::new();
        match self.endpoint {
            Endpoint::Chat => {
                let mut message = json!({"role": "assistant", "content": said});
                if let Some(fields) = message.as_object_mut() {
                    if let Some(thinking) = &script.reasoning {
                        fields.insert("thinking".to_owned(), thinking.as_str().into());
                    }
                    if !script.calls.is_empty() {
                        let calls = script
                            .calls
                            .iter()
                            .enumerate()
                            .map(|(index, call)| tool_call(index, call));
                        fields.insert("tool_calls".to_owned(), calls.collect());
                    }
                }
                content.insert("message".to_owned(), message);
            }
            Endpoint::Generate => {
                content.insert("response".to_owned(), said.into());
                if let Some(thinking) = &script.reasoning {
                    content.insert("thinking".to_owned(), thinking.as_str().into());
                }
            }
        }
        self.done(script, content)
    }
}

fn tool_call(index: usize, call: &script::Call) -> Value {
    json!({"function": {"index": index, "name": call.name, "arguments": call.arguments}})
}

struct Stream {
    answer: Answer,
    text: Template,
    thinking: Template,
}

impl Wire for Stream {
    fn reasoning(&mut self, piece: &str, out: &mut Frames) {
        out.delta(self.thinking.fill(piece));
    }

    fn text(&mut self, piece: &str, out: &mut Frames) {
        out.delta(self.text.fill(piece));
    }

    fn call_start(&mut self, script: &Script, index: usize, out: &mut Frames) {
        let Some(call) = script.calls.get(index) else {
            return;
        };
        let mut value = self.answer.line("content", "");
        if let Some(fields) = value.get_mut("message").and_then(Value::as_object_mut) {
            fields.insert("tool_calls".to_owned(), json!([tool_call(index, call)]));
        }
        out.delta(line(&value));
    }

    fn close(&mut self, script: &Script, out: &mut Frames) {
        let mut content = Map::new();
        match self.answer.endpoint {
            Endpoint::Chat => {
                content.insert("message".to_owned(), json!({"role": "assistant", "content": ""}))
            }
            Endpoint::Generate => content.insert("response".to_owned(), "".into()),
        };
        out.usage(line(&self.answer.done(script, content)));
    }

    fn error(&mut self, _script: &Script, out: &mut Frames) {
        let message = "an error was encountered while running the model: unexpected EOF";
        out.other(line(&json!({ "error": message })));
    }

    fn garbage(&mut self, out: &mut Frames) {
        out.other(Bytes::from_static(b"{\"garbage\": tru\n"));
    }
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}
