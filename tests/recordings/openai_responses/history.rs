//! Recorded requests as calls, converted in the plainest way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crux::domain::call::{
    FunctionTool, JsonSchemaFormat, ProviderTool, ReasoningConfig, ReasoningEffort, ResponseFormat, Tool,
    ToolChoice, ToolKind, ToolMode,
};
use crux::domain::content::{Media, MediaSource, Opaque, PartKind, ReasoningForm, ToolResult};
use crux::domain::options::ProviderOptions;

use super::*;

pub(super) const COMPARED: [&str; 9] = [
    "input",
    "tools",
    "tool_choice",
    "text",
    "reasoning",
    "max_output_tokens",
    "temperature",
    "parallel_tool_calls",
    "prompt_cache_key",
];

pub(super) fn call(exchange: &Exchange) -> Option<ChatCall> {
    let body = exchange.request.body.as_object()?;
    let input = match body.get("input")? {
        Value::String(text) => vec![json!({"role": "user", "content": text})],
        input => input.as_array()?.clone(),
    };
    let mut messages = Vec::new();
    let mut turn = Vec::new();
    for item in input {
        if is_output(&item) {
            turn.push(item);
            continue;
        }
        flush(exchange, &mut turn, &mut messages);
        messages.push(told(exchange, &item));
    }
    flush(exchange, &mut turn, &mut messages);
    let mut call = ChatCall {
        messages,
        ..ChatCall::default()
    };
    parameters(exchange, body, &mut call);
    Some(call)
}

/// Items that the model put out; they go through the decoder, as they did once.
fn is_output(item: &Value) -> bool {
    matches!(
        item["type"].as_str(),
        Some(
            "reasoning"
                | "function_call"
                | "web_search_call"
                | "code_interpreter_call"
                | "mcp_list_tools"
                | "compaction"
                | "tool_search_call"
        )
    ) || (item["type"] == "message" && item["role"] == "assistant" && item["content"].is_array())
}

fn flush(exchange: &Exchange, turn: &mut Vec<Value>, messages: &mut Vec<Message>) {
    if turn.is_empty() {
        return;
    }
    let body = json!({"status": "completed", "output": std::mem::take(turn)}).to_string();
    let replayed = replay_whole(dialect(), exchange.context(), body.as_bytes());
    assert_eq!(replayed.result, Ok(()), "{}", exchange.id);
    messages.push(replayed.answer().message);
}

fn told(exchange: &Exchange, item: &Value) -> Message {
    let role = match (item["role"].as_str(), item["type"].as_str()) {
        (Some("user"), _) => Role::User,
        (Some("assistant"), _) => Role::Assistant,
        (Some("system" | "developer"), None | Some("message")) => Role::System,
        (_, Some("function_call_output")) => {
            let result = ToolResult {
                tool_call_id: item["call_id"].as_str().unwrap().to_owned(),
                name: String::new(),
                content: parts(exchange, &item["output"]),
                is_error: false,
            };
            return message(Role::Tool, vec![Part::new(PartKind::ToolResult(result))]);
        }
        _ => {
            let opaque = Opaque {
                provider: exchange.provider.clone(),
                kind: item["type"].as_str().unwrap().to_owned(),
                payload_json: item.to_string(),
            };
            return message(Role::User, vec![Part::new(PartKind::Opaque(opaque))]);
        }
    };
    message(role, parts(exchange, &item["content"]))
}

fn parts(exchange: &Exchange, content: &Value) -> Vec<Part> {
    match content {
        Value::String(text) => vec![Part::text(text)],
        content => content
            .as_array()
            .unwrap()
            .iter()
            .map(|block| part(exchange, block))
            .collect(),
    }
}

fn part(exchange: &Exchange, block: &Value) -> Part {
    let text = |key: &str| block[key].as_str().map(str::to_owned);
    let source = |text: &str| match text
        .strip_prefix("data:")
        .and_then(|rest| rest.split_once(";base64,"))
    {
        Some((mime, data)) => (
            mime.to_owned(),
            MediaSource::Data(STANDARD.decode(data).unwrap().into()),
        ),
        None => (String::new(), MediaSource::Url(text.to_owned())),
    };
    let file = || {
        text("file_id").map(|id| MediaSource::File {
            provider: exchange.provider.clone(),
            id,
        })
    };
    let media = |(mime_type, source)| {
        PartKind::Media(Media {
            mime_type,
            source,
            name: text("filename"),
            size_bytes: None,
        })
    };
    let kind = match block["type"].as_str().unwrap() {
        "input_text" | "output_text" => PartKind::Text(text("text").unwrap()),
        "input_image" => media(match (text("image_url"), file()) {
            (Some(url), _) => {
                let (mime, source) = source(&url);
                (
                    if mime.is_empty() {
                        "image/png".to_owned()
                    } else {
                        mime
                    },
                    source,
                )
            }
            (None, file) => ("image/png".to_owned(), file.unwrap()),
        }),
        "input_file" => media(match (text("file_data").or(text("file_url")), file()) {
            (Some(url), _) => source(&url),
            (None, file) => ("application/pdf".to_owned(), file.unwrap()),
        }),
        other => panic!("{}: {other}", exchange.id),
    };
    let mut part = Part::new(kind);
    let mut more = block.as_object().unwrap().clone();
    more.retain(|key, _| matches!(key.as_str(), "detail" | "prompt_cache_breakpoint"));
    if !more.is_empty() {
        part.provider_options = ProviderOptions::new([(exchange.provider.clone(), more)].into());
    }
    part
}

fn parameters(exchange: &Exchange, body: &serde_json::Map<String, Value>, call: &mut ChatCall) {
    let most = body.get("max_output_tokens").and_then(Value::as_u64);
    call.max_output_tokens = most.map(|most| u32::try_from(most).unwrap());
    call.sampling.temperature = body.get("temperature").and_then(Value::as_f64);
    call.parallel_tool_calls = body.get("parallel_tool_calls").and_then(Value::as_bool);
    call.prompt_cache_key = body
        .get("prompt_cache_key")
        .and_then(Value::as_str)
        .map(str::to_owned);
    for tool in body.get("tools").and_then(Value::as_array).into_iter().flatten() {
        call.tools.push(self::tool(exchange, tool));
    }
    call.tool_choice = body.get("tool_choice").map(choice);
    if let Some(format) = body.get("text").map(|text| &text["format"]) {
        call.response_format = match format["type"].as_str().unwrap() {
            "json_object" => Some(ResponseFormat::JsonObject),
            "json_schema" => Some(ResponseFormat::JsonSchema(JsonSchemaFormat {
                schema: format["schema"].clone(),
                name: format["name"].as_str().unwrap().to_owned(),
                description: format["description"].as_str().unwrap_or_default().to_owned(),
                strict: format["strict"].as_bool().or(Some(false)),
            })),
            _ => None,
        };
    }
    let mut reasoning = body.get("reasoning").cloned().unwrap_or_default();
    let mut config = ReasoningConfig::default();
    if let Some(reasoning) = reasoning.as_object_mut() {
        config.effort = match reasoning.remove("effort").as_ref().and_then(Value::as_str) {
            Some("minimal") => Some(ReasoningEffort::Minimal),
            Some("low") => Some(ReasoningEffort::Low),
            Some("medium") => Some(ReasoningEffort::Medium),
            Some("high") => Some(ReasoningEffort::High),
            Some(other) => {
                reasoning.insert("effort".to_owned(), other.into());
                None
            }
            None => None,
        };
        config.form = match reasoning.remove("summary").as_ref().and_then(Value::as_str) {
            Some("auto") => Some(ReasoningForm::Summary),
            Some("detailed") => Some(ReasoningForm::Full),
            _ => None,
        };
        if !reasoning.is_empty() {
            let options = [("reasoning".to_owned(), Value::Object(reasoning.clone()))];
            let options = [(exchange.provider.clone(), options.into_iter().collect())];
            call.provider_options = ProviderOptions::new(options.into());
        }
        call.reasoning = Some(config);
    }
}

fn tool(exchange: &Exchange, tool: &Value) -> Tool {
    let plain = ["type", "name", "description", "parameters", "strict"];
    let mut fields = tool.as_object().unwrap().clone();
    let kind = if tool["type"] == "function" && fields.keys().all(|key| plain.contains(&key.as_str())) {
        ToolKind::Function(FunctionTool {
            name: tool["name"].as_str().unwrap().to_owned(),
            description: tool["description"].as_str().unwrap_or_default().to_owned(),
            input_schema: Some(tool["parameters"].clone()),
            strict: tool["strict"].as_bool(),
        })
    } else {
        let kind = fields.remove("type").unwrap();
        ToolKind::Provider(ProviderTool {
            provider: exchange.provider.clone(),
            kind: kind.as_str().unwrap().to_owned(),
            options: fields,
        })
    };
    Tool {
        kind,
        cache_hint: None,
    }
}

fn choice(choice: &Value) -> ToolChoice {
    let mode = |word: &Value| match word.as_str() {
        Some("required") => ToolMode::Required,
        Some("none") => ToolMode::None,
        _ => ToolMode::Auto,
    };
    let names = |tools: &Value| {
        let tools = tools.as_array().into_iter().flatten();
        tools
            .map(|tool| tool["name"].as_str().unwrap().to_owned())
            .collect()
    };
    match (choice.as_str(), choice["name"].as_str()) {
        (Some(_), _) => ToolChoice {
            mode: mode(choice),
            tool_names: Vec::new(),
        },
        (None, Some(name)) => ToolChoice {
            mode: ToolMode::Required,
            tool_names: vec![name.to_owned()],
        },
        (None, None) => ToolChoice {
            mode: mode(&choice["mode"]),
            tool_names: names(&choice["tools"]),
        },
    }
}

/// A request without what two writers may spell in two ways.
pub(super) fn normal(body: &Value) -> Value {
    let mut body = body.clone();
    if let Value::String(text) = &body["input"] {
        body["input"] = json!([{"role": "user", "content": text}]);
    }
    for item in body["input"].as_array_mut().unwrap() {
        let role = item["role"].as_str().map(str::to_owned);
        let item = item.as_object_mut().unwrap();
        if item.get("type").is_none_or(|kind| kind == "message") {
            item.remove("type");
        }
        match role.as_deref() {
            Some("developer") if item.contains_key("content") => {
                item.insert("role".to_owned(), "system".into());
            }
            _ => {}
        }
        // The status of a result is the service's own.
        if item
            .get("type")
            .is_some_and(|kind| kind == "function_call_output")
        {
            item.remove("status");
        }
        let kind = if role.as_deref() == Some("assistant") {
            "output_text"
        } else {
            "input_text"
        };
        for key in ["content", "output"] {
            match item.get_mut(key) {
                Some(Value::Array(blocks)) => {
                    for block in blocks {
                        block.as_object_mut().unwrap().remove("logprobs");
                    }
                }
                Some(text @ Value::String(_)) => *text = json!([{"type": kind, "text": *text}]),
                _ => {}
            }
        }
    }
    for tool in body
        .get_mut("tools")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let tool = tool.as_object_mut().unwrap();
        tool.retain(|key, value| !(value.is_null() || value == "" || (key == "strict" && *value == false)));
    }
    // Writers differ in what goes without saying.
    let object = body.as_object_mut().unwrap();
    if object.get("tools").is_some_and(|tools| tools == &json!([])) {
        object.remove("tools");
    }
    if !object.contains_key("tools") && object.get("tool_choice").is_some_and(|word| word != "required") {
        object.remove("tool_choice");
    }
    if let Some(temperature) = object.get("temperature").and_then(Value::as_f64) {
        object.insert("temperature".to_owned(), temperature.into());
    }
    if let Some(format) = object.get_mut("text").map(|text| &mut text["format"]) {
        let format = format.as_object_mut().unwrap();
        if format.get("strict").is_some_and(|strict| strict == false) {
            format.remove("strict");
        }
    }
    object.retain(|key, value| !(key == "text" && value["format"]["type"] == "text"));
    body
}
