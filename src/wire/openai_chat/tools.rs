//! Tools and the choice among them.

use serde_json::{Map, Value, json};

use crate::domain::call::{ChatCall, FunctionTool, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool};
use crate::wire::dialect::{EncodeError, Target};
use crate::wire::notes::Notes;
use crate::wire::openai_chat::parts::cache_control;
use crate::wire::openai_chat::quirks::{Quirks, WebSearch};

pub(super) fn encode(
    quirks: &Quirks,
    call: &ChatCall,
    target: Target<'_>,
    body: &mut Map<String, Value>,
    notes: &mut Notes,
) -> Result<(), EncodeError> {
    let subset = call
        .tool_choice
        .as_ref()
        .filter(|choice| !choice.tool_names.is_empty());
    let mut tools = Vec::new();
    for (at, tool) in call.tools.iter().enumerate() {
        let path = format!("tools[{at}]");
        let Some(mut value) = encode_tool(quirks, tool, target, &path, body, notes)? else {
            continue;
        };
        if let Some(hint) = &tool.cache_hint {
            match cache_control(quirks, hint) {
                Some(control) => _ = value.insert("cache_control".to_owned(), control),
                None => notes.left_out(format!("{path}.cache_hint"), "the provider takes no cache hints"),
            }
        }
        // Where the choice cannot name several tools, the others are not declared.
        if subset.is_none_or(|choice| quirks.allowed_tools || is_single(choice) || is_named(tool, choice)) {
            tools.push(Value::Object(value));
        }
    }
    if tools.is_empty() {
        // Search beside the tools cannot be forced, and a choice among no tools is refused.
        return match &call.tool_choice {
            Some(choice) if choice.mode == ToolMode::Required => Err(EncodeError::unsupported(
                "tool_choice",
                "the provider cannot be made to use the tools of this request",
            )),
            _ => Ok(()),
        };
    }
    body.insert("tools".to_owned(), Value::Array(tools));
    if let Some(choice) = &call.tool_choice {
        body.insert("tool_choice".to_owned(), encode_choice(quirks, choice));
    }
    Ok(())
}

fn encode_tool(
    quirks: &Quirks,
    tool: &Tool,
    target: Target<'_>,
    path: &str,
    body: &mut Map<String, Value>,
    notes: &mut Notes,
) -> Result<Option<Map<String, Value>>, EncodeError> {
    match &tool.kind {
        ToolKind::Function(function) => Ok(Some(encode_function(function))),
        ToolKind::WebSearch(search) => web_search(quirks, search, path, body, notes),
        ToolKind::CodeExecution => Err(EncodeError::unsupported(
            path,
            "chat completions cannot run code: use a dialect or a provider that can",
        )),
        ToolKind::Provider(tool) if tool.provider == target.provider => {
            let mut value = Map::new();
            value.insert("type".to_owned(), tool.kind.clone().into());
            value.extend(tool.options.clone());
            value.insert("type".to_owned(), tool.kind.clone().into());
            Ok(Some(value))
        }
        ToolKind::Provider(tool) => {
            let message = format!(
                "a tool of `{}` cannot be used with `{}`",
                tool.provider, target.provider
            );
            Err(EncodeError::unsupported(path, message))
        }
    }
}

fn encode_function(tool: &FunctionTool) -> Map<String, Value> {
    let mut function = Map::new();
    function.insert("name".to_owned(), tool.name.clone().into());
    if !tool.description.is_empty() {
        function.insert("description".to_owned(), tool.description.clone().into());
    }
    let no_arguments = || json!({"type": "object", "properties": {}});
    let schema = tool.input_schema.clone().unwrap_or_else(no_arguments);
    function.insert("parameters".to_owned(), schema);
    if let Some(strict) = tool.strict {
        function.insert("strict".to_owned(), strict.into());
    }
    Map::from_iter([
        ("type".to_owned(), "function".into()),
        ("function".to_owned(), Value::Object(function)),
    ])
}

/// Web search: a tool, or a member of the body.
fn web_search(
    quirks: &Quirks,
    search: &WebSearchTool,
    path: &str,
    body: &mut Map<String, Value>,
    notes: &mut Notes,
) -> Result<Option<Map<String, Value>>, EncodeError> {
    let has_domains = !search.allowed_domains.is_empty() || !search.blocked_domains.is_empty();
    match quirks.web_search {
        WebSearch::None => Err(EncodeError::unsupported(
            path,
            "the provider has no web search in chat completions",
        )),
        WebSearch::Options if has_domains => Err(EncodeError::unsupported(
            path,
            "the provider's web search in chat completions cannot be held to domains",
        )),
        WebSearch::Options => {
            note_max_uses(search, path, notes);
            body.insert("web_search_options".to_owned(), json!({}));
            Ok(None)
        }
        WebSearch::Tool {
            kind,
            allowed,
            blocked,
            max_uses,
        } => {
            let mut parameters = Map::new();
            let lists = [
                (allowed, &search.allowed_domains),
                (blocked, &search.blocked_domains),
            ];
            for (key, domains) in lists.into_iter().filter(|(_, domains)| !domains.is_empty()) {
                parameters.insert(key.to_owned(), domains.clone().into());
            }
            if let Some(uses) = search.max_uses {
                parameters.insert(max_uses.to_owned(), uses.into());
            }
            let mut tool = Map::new();
            tool.insert("type".to_owned(), kind.into());
            if !parameters.is_empty() {
                tool.insert("parameters".to_owned(), Value::Object(parameters));
            }
            Ok(Some(tool))
        }
        WebSearch::Parameters => {
            note_max_uses(search, path, notes);
            let mut source = Map::new();
            source.insert("type".to_owned(), "web".into());
            let lists = [
                ("allowed_websites", &search.allowed_domains),
                ("excluded_websites", &search.blocked_domains),
            ];
            for (key, domains) in lists.into_iter().filter(|(_, domains)| !domains.is_empty()) {
                source.insert(key.to_owned(), domains.clone().into());
            }
            let parameters = json!({"mode": "auto", "sources": [source]});
            body.insert("search_parameters".to_owned(), parameters);
            Ok(None)
        }
    }
}

fn note_max_uses(search: &WebSearchTool, path: &str, notes: &mut Notes) {
    if search.max_uses.is_some() {
        let field = format!("{path}.web_search.max_uses");
        notes.left_out(field, "the provider's searches cannot be counted");
    }
}

fn encode_choice(quirks: &Quirks, choice: &ToolChoice) -> Value {
    let mode = match choice.mode {
        ToolMode::Auto => "auto",
        ToolMode::None => "none",
        ToolMode::Required => "required",
    };
    let function = |name: &String| json!({"type": "function", "function": {"name": name}});
    match choice.tool_names.as_slice() {
        [name] if is_single(choice) => function(name),
        names @ [_, ..] if quirks.allowed_tools && choice.mode != ToolMode::None => {
            let tools: Vec<Value> = names.iter().map(function).collect();
            json!({"type": "allowed_tools", "allowed_tools": {"mode": mode, "tools": tools}})
        }
        _ => mode.into(),
    }
}

/// One tool must be called: every provider can be told its name.
fn is_single(choice: &ToolChoice) -> bool {
    choice.mode == ToolMode::Required && choice.tool_names.len() == 1
}

fn is_named(tool: &Tool, choice: &ToolChoice) -> bool {
    match &tool.kind {
        ToolKind::Function(function) => choice.tool_names.contains(&function.name),
        ToolKind::WebSearch(_) | ToolKind::CodeExecution | ToolKind::Provider(_) => false,
    }
}
