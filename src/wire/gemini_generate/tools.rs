//! `tools` and `toolConfig`.

use serde_json::{Map, Value, json};

use super::encode::Encoding;
use crate::domain::call::{ChatCall, FunctionTool, ToolChoice, ToolKind, ToolMode, WebSearchTool};
use crate::wire::dialect::EncodeError;

/// Puts tools and their configuration into the body, if there are any.
///
/// Functions are declared together, in one tool; each of the provider's own tools is a tool of its own.
pub(super) fn put(
    encoding: &mut Encoding<'_>,
    call: &ChatCall,
    body: &mut Map<String, Value>,
) -> Result<(), EncodeError> {
    let mut functions = Vec::new();
    let mut tools = Vec::new();
    let mode = call.tool_choice.as_ref().map(|choice| choice.mode);
    let is_off = mode == Some(ToolMode::None);
    for (index, tool) in call.tools.iter().enumerate() {
        if tool.cache_hint.is_some() {
            encoding
                .notes
                .left_out(format!("tools[{index}].cache_hint"), NO_CACHE_MARKS);
        }
        let is_function = matches!(tool.kind, ToolKind::Function(_));
        if is_off && !is_function {
            // `NONE` holds functions back only: what the provider runs would still be run.
            encoding
                .notes
                .changed(format!("tools[{index}]"), "left out, as no tool is to be called");
            continue;
        }
        match &tool.kind {
            ToolKind::Function(function) => functions.push(declaration(function)),
            ToolKind::WebSearch(search) => tools.push(web_search(encoding, search, index)?),
            ToolKind::CodeExecution => tools.push(json!({ "codeExecution": {} })),
            ToolKind::Provider(tool) if tool.provider == encoding.provider => {
                let mut entry = Map::new();
                entry.insert(tool.kind.clone(), tool.options.clone().into());
                tools.push(entry.into());
            }
            ToolKind::Provider(tool) => {
                return Err(EncodeError::unsupported(
                    format!("tools[{index}]"),
                    format!("a tool of `{}` cannot be run by another provider", tool.provider),
                ));
            }
        }
    }
    let is_mixed = !functions.is_empty() && !tools.is_empty();
    let mut config = Map::new();
    if !functions.is_empty() {
        tools.push(json!({ "functionDeclarations": functions }));
        if let Some(calling) = function_calling(call) {
            config.insert("functionCallingConfig".to_owned(), calling);
        }
    } else if mode == Some(ToolMode::Required) {
        let message = "this API can be made to call functions only, and none is declared";
        encoding.notes.left_out("tool_choice", message);
    }
    if is_mixed && (encoding.dialect.mixes_tools)(encoding.model) {
        // Functions beside its own tools are refused unless the calls it runs itself come out as parts.
        config.insert("includeServerSideToolInvocations".to_owned(), true.into());
    }
    if !tools.is_empty() {
        body.insert("tools".to_owned(), tools.into());
    }
    if !config.is_empty() {
        body.insert("toolConfig".to_owned(), config.into());
    }
    if call.parallel_tool_calls == Some(false) {
        let message = "this API has no way to allow one call at a time only";
        encoding.notes.left_out("parallel_tool_calls", message);
    }
    Ok(())
}

/// Why cache hints are left out.
pub(super) const NO_CACHE_MARKS: &str =
    "this API caches prefixes by itself; explicit caches are named in provider options (cachedContent)";

fn declaration(function: &FunctionTool) -> Value {
    let mut declaration = Map::new();
    declaration.insert("name".to_owned(), function.name.clone().into());
    if !function.description.is_empty() {
        declaration.insert("description".to_owned(), function.description.clone().into());
    }
    if let Some(schema) = &function.input_schema {
        // `parameters` takes a dialect of JSON Schema; this field takes the schema as it is.
        declaration.insert("parametersJsonSchema".to_owned(), schema.clone());
    }
    declaration.into()
}

fn web_search(
    encoding: &mut Encoding<'_>,
    search: &WebSearchTool,
    index: usize,
) -> Result<Value, EncodeError> {
    let filters = [
        ("allowed_domains", &search.allowed_domains),
        ("blocked_domains", &search.blocked_domains),
    ];
    if let Some((name, _)) = filters.iter().find(|(_, domains)| !domains.is_empty()) {
        return Err(EncodeError::unsupported(
            format!("tools[{index}].web_search.{name}"),
            "this API's web search cannot be held to domains; leave the list out",
        ));
    }
    if search.max_uses.is_some() {
        let field = format!("tools[{index}].web_search.max_uses");
        encoding
            .notes
            .left_out(field, "this API's web search takes no limit");
    }
    Ok(json!({ "googleSearch": {} }))
}

/// Names can be given with `ANY` and `VALIDATED` only; the latter leaves the choice to the model, as
/// `AUTO` does, and holds calls to their schema, which is also what a strict function asks for.
fn function_calling(call: &ChatCall) -> Option<Value> {
    let is_strict = call
        .tools
        .iter()
        .any(|tool| matches!(&tool.kind, ToolKind::Function(function) if function.strict == Some(true)));
    let (mode, names): (&str, &[String]) = match &call.tool_choice {
        None if is_strict => ("VALIDATED", &[]),
        None => return None,
        Some(ToolChoice { mode, tool_names }) => match mode {
            ToolMode::Auto if is_strict || !tool_names.is_empty() => ("VALIDATED", tool_names),
            ToolMode::Auto => ("AUTO", &[]),
            ToolMode::None => ("NONE", &[]),
            ToolMode::Required => ("ANY", tool_names),
        },
    };
    let mut config = Map::new();
    config.insert("mode".to_owned(), mode.into());
    if !names.is_empty() {
        config.insert("allowedFunctionNames".to_owned(), names.to_vec().into());
    }
    Some(config.into())
}
