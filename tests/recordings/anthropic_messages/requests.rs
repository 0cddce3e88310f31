//! Recorded requests: read naively into a call, written again, compared as a whole.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use crux::domain::call::{
    ChatCall, FunctionTool, JsonSchemaFormat, ProviderTool, ReasoningConfig, ReasoningEffort, ResponseFormat,
    ServiceTier, Tool, ToolChoice, ToolKind, ToolMode,
};
use crux::domain::content::{
    CacheHint, Media, MediaSource, Message, Opaque, Part, PartKind, ProviderState, Reasoning, ReasoningForm,
    Role, ToolCall, ToolResult,
};
use crux::domain::options::ProviderOptions;
use crux::wire::dialect::{Dialect, Mode, Target};
use serde_json::{Map, Value, json};

use super::super::harness::{Exchange, exchanges};
use super::{APIS, DIALECT, counted, report};

#[test]
fn requests_are_written_as_recorded() {
    let mut counts = BTreeMap::new();
    let mut skipped = BTreeMap::<&str, usize>::new();
    let mut features = BTreeMap::<String, usize>::new();
    for exchange in exchanges(&APIS) {
        if let Some(why) = why_skipped(&exchange) {
            *skipped.entry(why).or_default() += 1;
            continue;
        }
        let recorded = exchange.request.body.as_object().unwrap();
        let (call, mode) = call(recorded, &exchange.provider);
        let target = Target {
            provider: &exchange.provider,
            model: recorded["model"].as_str().unwrap(),
        };
        let encoded = DIALECT
            .encode(&call, target, mode)
            .unwrap_or_else(|error| panic!("{}: {error}", exchange.id));
        let expected = normalised(recorded.clone());
        let written = normalised(encoded.request.body.as_object().unwrap().clone());
        for (field, value) in &expected {
            assert_eq!(written.get(field), Some(value), "{}: {field}", exchange.id);
            *features.entry(field.clone()).or_default() += 1;
        }
        assert_eq!(
            written.len(),
            expected.len(),
            "{}: {:?}",
            exchange.id,
            written.keys()
        );
        counted(&mut counts, &exchange.api);
    }
    println!("fields written as recorded: {features:?}");
    println!("skipped: {skipped:?}");
    report("written again", &counts);
}

/// Requests that no call could stand for.
fn why_skipped(exchange: &Exchange) -> Option<&'static str> {
    let Some(body) = exchange.request.body.as_object() else {
        return Some("no request was recorded");
    };
    let has_odd_messages = body["messages"]
        .as_array()
        .is_none_or(|messages| messages.is_empty() || messages.iter().any(|message| !message.is_object()));
    let text = exchange.request.body.to_string();
    if has_odd_messages {
        return Some("messages are no messages");
    }
    if body.get("tools").is_some_and(|tools| {
        tools
            .as_array()
            .unwrap()
            .iter()
            .any(|tool| tool.get("type").is_none() && tool["input_schema"]["type"].as_str().is_none())
    }) {
        return Some("a tool without a usable schema, refused");
    }
    if text.contains("\"content\":[]") || text.contains("\"content\":\"\"") {
        return Some("an empty message, refused");
    }
    // The rest below is what this dialect writes otherwise on purpose.
    if body.get("temperature").is_some() && body.get("top_p").is_some() {
        return Some("temperature and top_p together");
    }
    None
}

fn call(body: &Map<String, Value>, provider: &str) -> (ChatCall, Mode) {
    let mut call = ChatCall::default();
    let mut mode = Mode::Whole;
    let mut options = Map::new();
    for (field, value) in body {
        match field.as_str() {
            "system" => call.messages.push(message(Role::System, value, provider)),
            "max_tokens" => call.max_output_tokens = Some(value.as_u64().unwrap() as u32),
            "stream" if value.as_bool().unwrap() => mode = Mode::Stream,
            "stream" | "model" | "messages" => {}
            "tools" => {
                call.tools = value
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|tool| self::tool(tool, provider))
                    .collect();
            }
            "tool_choice" => {
                let (mode, tool_names) = match value["type"].as_str().unwrap() {
                    "auto" => (ToolMode::Auto, vec![]),
                    "any" => (ToolMode::Required, vec![]),
                    "none" => (ToolMode::None, vec![]),
                    "tool" => (
                        ToolMode::Required,
                        vec![value["name"].as_str().unwrap().to_owned()],
                    ),
                    other => panic!("{other}"),
                };
                call.tool_choice = Some(ToolChoice { mode, tool_names });
                let is_serial = value["disable_parallel_tool_use"].as_bool();
                call.parallel_tool_calls = is_serial.map(|is_serial| !is_serial);
            }
            "temperature" => call.sampling.temperature = value.as_f64(),
            "top_p" => call.sampling.top_p = value.as_f64(),
            "top_k" => call.sampling.top_k = value.as_u64().map(|top_k| top_k as u32),
            "stop_sequences" => call.sampling.stop_sequences = serde_json::from_value(value.clone()).unwrap(),
            "service_tier" => call.service_tier = Some(ServiceTier::Standard),
            "thinking" => reasoning(value, &mut call),
            "output_config" => output_config(value, &mut call, &mut options),
            _ => {
                options.insert(field.clone(), value.clone());
            }
        }
    }
    for recorded in body["messages"].as_array().unwrap() {
        let role = match recorded["role"].as_str().unwrap() {
            "system" => Role::System,
            "assistant" => Role::Assistant,
            _ => Role::User,
        };
        call.messages.push(message(role, &recorded["content"], provider));
    }
    call.provider_options = for_provider(provider, options);
    (call, mode)
}

fn for_provider(provider: &str, options: Map<String, Value>) -> ProviderOptions {
    ProviderOptions::new([(provider.to_owned(), options)].into())
}

fn reasoning(value: &Value, call: &mut ChatCall) {
    let config = call.reasoning.get_or_insert_with(ReasoningConfig::default);
    match value["type"].as_str().unwrap() {
        "enabled" => config.budget_tokens = value["budget_tokens"].as_u64().map(|budget| budget as u32),
        "disabled" => config.effort = Some(ReasoningEffort::None),
        _ => config.form = Some(ReasoningForm::Summary),
    }
}

fn output_config(value: &Value, call: &mut ChatCall, options: &mut Map<String, Value>) {
    let mut rest = value.as_object().unwrap().clone();
    if let Some(format) = rest.remove("format") {
        call.response_format = Some(ResponseFormat::JsonSchema(JsonSchemaFormat {
            schema: format["schema"].clone(),
            name: "response".to_owned(),
            description: String::new(),
            strict: None,
        }));
    }
    if !rest.is_empty() {
        options.insert("output_config".to_owned(), rest.into());
    }
}

fn message(role: Role, content: &Value, provider: &str) -> Message {
    Message {
        role,
        content: parts(role, content, provider),
        name: None,
    }
}

fn parts(role: Role, content: &Value, provider: &str) -> Vec<Part> {
    match content {
        Value::String(text) => vec![Part::text(text)],
        Value::Array(blocks) => blocks.iter().map(|block| part(role, block, provider)).collect(),
        other => panic!("{other}"),
    }
}

fn part(role: Role, block: &Value, provider: &str) -> Part {
    let text = |field: &str| block[field].as_str().unwrap_or_default().to_owned();
    let state = |fields: Value| {
        Some(ProviderState {
            provider: provider.to_owned(),
            data: fields.to_string().into(),
        })
    };
    let kind = text("type");
    let mut options = Map::new();
    let mut part = match kind.as_str() {
        "text" => {
            let mut part = Part::text(text("text"));
            if block["citations"].is_array() {
                part.provider_state = state(json!({"citations": block["citations"]}));
            }
            part
        }
        "image" | "document" if block["source"]["type"] != "content" => {
            options.extend(block.as_object().unwrap().clone());
            options.retain(|field, _| field == "citations" || field == "context");
            Part::new(PartKind::Media(media(block, provider)))
        }
        "thinking" => {
            let reasoning = Reasoning {
                text: text("thinking"),
                form: ReasoningForm::Full,
            };
            let mut part = Part::new(PartKind::Reasoning(reasoning));
            part.provider_state = state(json!({"signature": block["signature"]}));
            part
        }
        "redacted_thinking" => {
            let mut part = Part::reasoning("", ReasoningForm::Hidden);
            part.provider_state = state(json!({"type": kind, "data": block["data"]}));
            part
        }
        "tool_use" | "server_tool_use" | "mcp_tool_use" => {
            let mut part = Part::new(PartKind::ToolCall(ToolCall {
                id: text("id"),
                name: text("name"),
                arguments_json: block["input"].to_string(),
                provider_executed: kind != "tool_use",
            }));
            let mut fields = block.as_object().unwrap().clone();
            fields.retain(|field, _| matches!(field.as_str(), "type" | "caller" | "server_name"));
            part.provider_state = state(fields.into());
            part
        }
        "tool_result" => Part::new(PartKind::ToolResult(ToolResult {
            tool_call_id: text("tool_use_id"),
            name: String::new(),
            content: parts(Role::Tool, &block["content"], provider),
            is_error: block["is_error"] == true,
        })),
        kind if kind.ends_with("_tool_result") => {
            let mut part = Part::new(PartKind::ToolResult(ToolResult {
                tool_call_id: text("tool_use_id"),
                name: String::new(),
                content: Vec::new(),
                is_error: false,
            }));
            part.provider_state = state(block.clone());
            part
        }
        _ => Part::new(PartKind::Opaque(Opaque {
            provider: provider.to_owned(),
            kind: kind.clone(),
            payload_json: block.to_string(),
        })),
    };
    assert!(role != Role::System || !matches!(part.kind, PartKind::Media(_)));
    part.cache_hint = cache_hint(block);
    part.provider_options = for_provider(provider, options);
    part
}

fn cache_hint(block: &Value) -> Option<CacheHint> {
    let mark = block["cache_control"].as_object()?;
    let ttl = match mark.get("ttl").and_then(Value::as_str) {
        Some("5m") => Some(Duration::from_secs(300)),
        Some("1h") => Some(Duration::from_secs(3600)),
        _ => None,
    };
    Some(CacheHint { ttl })
}

fn media(block: &Value, provider: &str) -> Media {
    let source = &block["source"];
    let text = |field: &str| source[field].as_str().unwrap_or_default().to_owned();
    let is_image = block["type"] == "image";
    let mime_type = match (text("media_type"), is_image) {
        (mime, _) if !mime.is_empty() => mime,
        (_, true) => "image/png".to_owned(),
        (_, false) => "application/pdf".to_owned(),
    };
    let content = match source["type"].as_str().unwrap() {
        "base64" => MediaSource::Data(STANDARD.decode(text("data")).unwrap().into()),
        "text" => MediaSource::Data(Bytes::from(text("data"))),
        "url" => MediaSource::Url(text("url")),
        "file" => MediaSource::File {
            provider: provider.to_owned(),
            id: text("file_id"),
        },
        other => panic!("{other}"),
    };
    Media {
        mime_type,
        source: content,
        name: block["title"].as_str().map(str::to_owned),
        size_bytes: None,
    }
}

fn tool(tool: &Value, provider: &str) -> Tool {
    let mut rest = tool.as_object().unwrap().clone();
    rest.remove("cache_control");
    let has_more = rest
        .keys()
        .any(|field| !matches!(field.as_str(), "name" | "description" | "input_schema" | "strict"));
    let kind = match rest.remove("type") {
        None if !has_more => ToolKind::Function(FunctionTool {
            name: tool["name"].as_str().unwrap().to_owned(),
            description: tool["description"].as_str().unwrap_or_default().to_owned(),
            input_schema: Some(tool["input_schema"].clone()),
            strict: tool["strict"].as_bool(),
        }),
        kind => ToolKind::Provider(ProviderTool {
            provider: provider.to_owned(),
            kind: kind.map_or("custom".to_owned(), |kind| kind.as_str().unwrap().to_owned()),
            options: rest,
        }),
    };
    Tool {
        kind,
        cache_hint: cache_hint(tool),
    }
}

/// The same request in one of its spellings: defaults left out, text as blocks, turns merged.
fn normalised(mut body: Map<String, Value>) -> Map<String, Value> {
    if body.get("stream") == Some(&json!(false)) {
        body.remove("stream");
    }
    // Old spelling of an answer's format is left as the caller gave it; a summary is the default.
    if let Some(thinking) = body.get_mut("thinking").and_then(Value::as_object_mut) {
        thinking.remove("display");
    }
    if let Some(system) = body.remove("system") {
        body.insert("system".to_owned(), blocks(system));
    }
    if let Some(choice) = body.get_mut("tool_choice").and_then(Value::as_object_mut)
        && choice.get("disable_parallel_tool_use") == Some(&json!(false))
    {
        choice.remove("disable_parallel_tool_use");
    }
    for tool in body
        .get_mut("tools")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let fields = tool.as_object_mut().unwrap();
        if fields.get("description") == Some(&json!("")) {
            fields.remove("description");
        }
        if fields.get("strict") == Some(&json!(false)) {
            fields.remove("strict");
        }
        if fields.get("type") == Some(&json!("custom")) {
            fields.remove("type");
        }
    }
    let mut messages: Vec<Value> = Vec::new();
    for mut message in body["messages"].as_array().unwrap().clone() {
        let content = blocks(message["content"].take());
        match messages.last_mut() {
            Some(last) if last["role"] == message["role"] => {
                last["content"]
                    .as_array_mut()
                    .unwrap()
                    .extend(content.as_array().unwrap().clone());
            }
            _ => messages.push(json!({"role": message["role"], "content": content})),
        }
    }
    for message in &mut messages {
        // Results stand first in a turn.
        let content = message["content"].as_array_mut().unwrap();
        content.sort_by_key(|block| block["type"] != "tool_result");
    }
    body.insert("messages".to_owned(), messages.into());
    for field in ["temperature", "top_p"] {
        if let Some(number) = body.get_mut(field) {
            *number = number.as_f64().into();
        }
    }
    body
}

fn blocks(content: Value) -> Value {
    let Value::Array(mut blocks) = content else {
        return json!([{"type": "text", "text": content}]);
    };
    for block in &mut blocks {
        let fields = block.as_object_mut().unwrap();
        fields.retain(|_, value| !value.is_null());
        if fields.get("is_error") == Some(&json!(false)) {
            fields.remove("is_error");
        }
        if fields["type"] == "tool_result" {
            let content = self::blocks(fields["content"].take());
            fields.insert("content".to_owned(), content);
        }
    }
    blocks.into()
}
