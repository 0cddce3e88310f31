//! Tools and tool choice.

use serde_json::{Map, Value, json};

use crate::domain::call::{
    ChatCall, FunctionTool, Modality, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool,
};
use crate::wire::dialect::{EncodeError, Target};
use crate::wire::notes::Notes;
use crate::wire::openai_responses::OpenaiResponses;

/// Puts the call's tools into words, with what its output modalities need.
///
/// # Errors
/// [`EncodeError::Unsupported`] for a tool the provider does not have.
pub(super) fn tools(
    dialect: &OpenaiResponses,
    call: &ChatCall,
    target: Target<'_>,
    notes: &mut Notes,
) -> Result<Vec<Value>, EncodeError> {
    let mut tools = Vec::with_capacity(call.tools.len());
    for (index, tool) in call.tools.iter().enumerate() {
        let path = format!("tools[{index}]");
        if tool.cache_hint.is_some() {
            notes.left_out(
                format!("{path}.cache_hint"),
                "the API takes cache hints on content only",
            );
        }
        if is_ruled_out(dialect, call, tool) {
            continue;
        }
        tools.push(match &tool.kind {
            ToolKind::Function(function) => function_tool(dialect, function),
            ToolKind::WebSearch(search) => web_search(dialect, search, &path, notes)?,
            ToolKind::CodeExecution => parse(dialect.code_execution).ok_or_else(|| {
                EncodeError::unsupported(format!("{path}.code_execution"), "the provider runs no code")
            })?,
            ToolKind::Provider(tool) if tool.provider == target.provider => {
                let mut json = Map::new();
                json.insert("type".to_owned(), tool.kind.as_str().into());
                let options = tool.options.iter().filter(|(key, _)| key.as_str() != "type");
                json.extend(options.map(|(key, value)| (key.clone(), value.clone())));
                Value::Object(json)
            }
            ToolKind::Provider(tool) => {
                let message = format!("the tool is one of {}'s", tool.provider);
                return Err(EncodeError::unsupported(format!("{path}.provider_tool"), message));
            }
        });
    }
    for modality in &call.output_modalities {
        let tool = match modality {
            Modality::Text => continue,
            Modality::Image => parse(dialect.image_generation),
            Modality::Audio | Modality::Video | Modality::Document | Modality::Embedding => None,
        };
        let message = "the API puts out text, and images where the provider has a tool for them";
        let tool = tool.ok_or_else(|| EncodeError::unsupported("output_modalities", message))?;
        if !tools
            .iter()
            .any(|declared| declared.get("type") == tool.get("type"))
        {
            tools.push(tool);
        }
    }
    Ok(tools)
}

/// Puts the choice of tools into words; `None` where there is nothing to choose.
pub(super) fn choice(dialect: &OpenaiResponses, call: &ChatCall) -> Option<Value> {
    let ToolChoice { mode, tool_names } = call.tool_choice.as_ref()?;
    if call.tools.is_empty() && *mode != ToolMode::Required {
        return None;
    }
    let word = match mode {
        ToolMode::Auto => "auto",
        ToolMode::None => "none",
        ToolMode::Required => "required",
    };
    Some(match (mode, tool_names.as_slice()) {
        (ToolMode::None, _) | (_, []) => word.into(),
        (ToolMode::Required, [name]) => json!({"type": "function", "name": name}),
        _ if !dialect.takes_allowed_tools => word.into(),
        (_, names) => {
            let tools: Vec<Value> = names
                .iter()
                .map(|name| json!({"type": "function", "name": name}))
                .collect();
            json!({"type": "allowed_tools", "mode": word, "tools": tools})
        }
    })
}

/// Whether a tool is left out because the caller allows others only and the provider cannot be told so.
fn is_ruled_out(dialect: &OpenaiResponses, call: &ChatCall, tool: &Tool) -> bool {
    let (Some(choice), ToolKind::Function(function)) = (&call.tool_choice, &tool.kind) else {
        return false;
    };
    !dialect.takes_allowed_tools
        && choice.mode != ToolMode::None
        && !choice.tool_names.is_empty()
        && !choice.tool_names.contains(&function.name)
}

fn function_tool(dialect: &OpenaiResponses, function: &FunctionTool) -> Value {
    let mut tool = Map::new();
    tool.insert("type".to_owned(), "function".into());
    tool.insert("name".to_owned(), function.name.as_str().into());
    if !function.description.is_empty() {
        tool.insert("description".to_owned(), function.description.as_str().into());
    }
    let strict = function.strict.or(dialect.strict_by_default);
    let no_arguments = || match strict {
        // What the API wants of a strict schema.
        Some(true) => {
            json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false})
        }
        Some(false) | None => json!({"type": "object", "properties": {}}),
    };
    let parameters = function.input_schema.clone().unwrap_or_else(no_arguments);
    tool.insert("parameters".to_owned(), parameters);
    if let Some(strict) = strict {
        tool.insert("strict".to_owned(), strict.into());
    }
    Value::Object(tool)
}

fn web_search(
    dialect: &OpenaiResponses,
    search: &WebSearchTool,
    path: &str,
    notes: &mut Notes,
) -> Result<Value, EncodeError> {
    let Some(words) = &dialect.web_search else {
        let message = "the provider does not search the web";
        return Err(EncodeError::unsupported(format!("{path}.web_search"), message));
    };
    if search.max_uses.is_some() {
        let message = "the API takes no limit for one tool";
        notes.left_out(format!("{path}.web_search.max_uses"), message);
    }
    let mut filters = Map::new();
    for (word, domains) in [
        (words.allowed, &search.allowed_domains),
        (words.blocked, &search.blocked_domains),
    ] {
        if !domains.is_empty() {
            filters.insert(word.to_owned(), domains.as_slice().into());
        }
    }
    let mut tool = Map::new();
    tool.insert("type".to_owned(), words.kind.into());
    if !filters.is_empty() {
        tool.insert("filters".to_owned(), Value::Object(filters));
    }
    Ok(Value::Object(tool))
}

fn parse(json: Option<&'static str>) -> Option<Value> {
    serde_json::from_str(json?).ok()
}
