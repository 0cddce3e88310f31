//! A call as a request body: everything but the conversation.

use serde_json::{Map, Value, json};

use crate::domain::call::{
    ChatCall, FunctionTool, Modality, ResponseFormat, Sampling, ServiceTier, Tool, ToolKind, ToolMode,
};
use crate::wire::dialect::{EncodeError, Encoded, Mode, Target};
use crate::wire::merge::merge_options_of;
use crate::wire::notes::Notes;
use crate::wire::request::WireRequest;

use super::{OllamaChat, messages, thinking};

/// Top-level keys the contract sets, which provider options may not.
const RESERVED: [&str; 5] = ["model", "messages", "tools", "stream", "format"];

pub(super) fn encode(
    dialect: &OllamaChat,
    call: &ChatCall,
    target: Target<'_>,
    mode: Mode,
) -> Result<Encoded, EncodeError> {
    refuse_output(&call.output_modalities)?;
    let mut notes = Notes::default();
    let mut body = Map::new();
    body.insert("model".to_owned(), target.model.into());
    let history = messages::encode(&call.messages, target, &mut notes)?;
    body.insert("messages".to_owned(), history.into());
    // The API streams unless told otherwise.
    body.insert("stream".to_owned(), (mode == Mode::Stream).into());
    let tools = tools(call, target, &mut notes)?;
    if !tools.is_empty() {
        body.insert("tools".to_owned(), tools.into());
    }
    if let Some(format) = &call.response_format {
        body.insert("format".to_owned(), response_format(format, &mut notes)?);
    }
    let think = call.reasoning.as_ref().and_then(|config| {
        let thinking = (dialect.thinking)(target.model);
        thinking::think(config, thinking, &mut notes)
    });
    if let Some(think) = think {
        body.insert("think".to_owned(), think);
    }
    if let Some(count) = call.sampling.top_logprobs {
        body.insert("logprobs".to_owned(), true.into());
        if count > 0 {
            body.insert("top_logprobs".to_owned(), count.into());
        }
    }
    let options = options(&call.sampling, call.max_output_tokens);
    if !options.is_empty() {
        body.insert("options".to_owned(), options.into());
    }
    leave_out(call, &mut notes);
    merge_options_of(target.provider, &mut body, &call.provider_options, "", &RESERVED)?;
    Ok(Encoded {
        request: WireRequest::new(dialect.path, Value::Object(body)),
        warnings: notes.into_warnings(),
    })
}

fn refuse_output(modalities: &[Modality]) -> Result<(), EncodeError> {
    match modalities.iter().find(|modality| **modality != Modality::Text) {
        Some(_) => Err(EncodeError::unsupported(
            "output_modalities",
            "the API puts out text only: ask for no other modality",
        )),
        None => Ok(()),
    }
}

fn tools(call: &ChatCall, target: Target<'_>, notes: &mut Notes) -> Result<Vec<Value>, EncodeError> {
    let choice = call.tool_choice.as_ref();
    // The API has no tool choice; a tool that is not offered cannot be called.
    match choice.map(|choice| choice.mode) {
        Some(ToolMode::None) => return Ok(Vec::new()),
        Some(ToolMode::Required) => {
            return Err(EncodeError::unsupported(
                "tool_choice.mode",
                "the API cannot force a tool call: use TOOL_MODE_AUTO",
            ));
        }
        Some(ToolMode::Auto) | None => {}
    }
    let names = choice
        .map(|choice| choice.tool_names.as_slice())
        .unwrap_or_default();
    let mut tools = Vec::new();
    for (index, tool) in call.tools.iter().enumerate() {
        let field = format!("tools[{index}]");
        if tool.cache_hint.is_some() {
            notes.left_out(format!("{field}.cache_hint"), "the API takes no cache hints");
        }
        match &tool.kind {
            ToolKind::Function(function) if names.is_empty() || names.contains(&function.name) => {
                if function.strict == Some(true) {
                    let message = "the API does not hold tool calls to their schema";
                    notes.left_out(format!("{field}.function.strict"), message);
                }
                tools.push(function_tool(function));
            }
            ToolKind::Function(_) => {}
            ToolKind::Provider(_) | ToolKind::WebSearch(_) | ToolKind::CodeExecution => {
                tools.push(provider_tool(tool, target, &field)?);
            }
        }
    }
    Ok(tools)
}

fn function_tool(tool: &FunctionTool) -> Value {
    let mut function = Map::new();
    function.insert("name".to_owned(), tool.name.as_str().into());
    if !tool.description.is_empty() {
        function.insert("description".to_owned(), tool.description.as_str().into());
    }
    let no_arguments = || json!({"type": "object", "properties": {}});
    function.insert(
        "parameters".to_owned(),
        tool.input_schema.clone().unwrap_or_else(no_arguments),
    );
    json!({"type": "function", "function": function})
}

fn provider_tool(tool: &Tool, target: Target<'_>, field: &str) -> Result<Value, EncodeError> {
    let unsupported = |what: &str| EncodeError::unsupported(field, format!("the chat API has no {what}"));
    match &tool.kind {
        ToolKind::Provider(tool) if tool.provider == target.provider => {
            let mut object = Map::new();
            object.insert("type".to_owned(), tool.kind.as_str().into());
            object.extend(
                tool.options
                    .iter()
                    .filter(|(key, _)| *key != "type")
                    .map(|(key, value)| (key.clone(), value.clone())),
            );
            Ok(Value::Object(object))
        }
        ToolKind::Provider(tool) => Err(unsupported(&format!("tool of provider {}", tool.provider))),
        ToolKind::WebSearch(_) => Err(unsupported("web search")),
        ToolKind::CodeExecution => Err(unsupported("code execution")),
        ToolKind::Function(tool) => Ok(function_tool(tool)),
    }
}

fn response_format(format: &ResponseFormat, notes: &mut Notes) -> Result<Value, EncodeError> {
    match format {
        ResponseFormat::JsonObject => Ok("json".into()),
        ResponseFormat::JsonSchema(format) if format.schema.is_object() => {
            if !format.description.is_empty() {
                notes.left_out(
                    "response_format.json_schema.description",
                    "the API takes the schema alone; describe it there or in a message",
                );
            }
            Ok(format.schema.clone())
        }
        ResponseFormat::JsonSchema(_) => Err(EncodeError::invalid(
            "response_format.json_schema.schema_json",
            "expected a JSON object",
        )),
    }
}

fn options(sampling: &Sampling, max_output_tokens: Option<u32>) -> Map<String, Value> {
    let stop = &sampling.stop_sequences;
    [
        ("temperature", sampling.temperature.map(Value::from)),
        ("top_p", sampling.top_p.map(Value::from)),
        ("top_k", sampling.top_k.map(Value::from)),
        ("seed", sampling.seed.map(Value::from)),
        ("num_predict", max_output_tokens.map(Value::from)),
        ("stop", (!stop.is_empty()).then(|| stop.clone().into())),
        ("presence_penalty", sampling.presence_penalty.map(Value::from)),
        ("frequency_penalty", sampling.frequency_penalty.map(Value::from)),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key.to_owned(), value?)))
    .collect()
}

/// Warns of the parameters the API has nothing for.
fn leave_out(call: &ChatCall, notes: &mut Notes) {
    // Several calls at once are the API's usual way: only forbidding them is out of reach.
    if call.parallel_tool_calls == Some(false) && !call.tools.is_empty() {
        let message = "the API cannot hold the model to one call at a time";
        notes.left_out("parallel_tool_calls", message);
    }
    if let Some(ServiceTier::Flex | ServiceTier::Priority) = call.service_tier {
        notes.left_out("service_tier", "the API has no service tiers");
    }
    if call.prompt_cache_key.is_some() {
        notes.left_out("prompt_cache_key", "the API takes no cache key");
    }
}
