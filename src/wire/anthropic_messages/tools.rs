//! Tools and tool choice.

use serde_json::{Map, Value, json};

use crate::domain::call::{FunctionTool, ProviderTool, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool};
use crate::wire::dialect::EncodeError;

use super::encode::Writer;
use super::parts::cache_control;
use super::schema;

/// The tools of a request.
#[derive(Debug, Default)]
pub(super) struct Tools {
    pub(super) declared: Vec<Value>,
    pub(super) choice: Option<Value>,
}

impl Writer<'_> {
    /// Writes the tools and which of them may be called.
    ///
    /// The API can force any tool or one tool, but not choose among several: a choice of several is made
    /// by declaring no other.
    pub(super) fn tools(&mut self) -> Result<Tools, EncodeError> {
        let call = self.call;
        let choice = call.tool_choice.as_ref();
        let mut tools = Tools::default();
        for (index, tool) in call.tools.iter().enumerate() {
            let written = self.tool(tool, &format!("tools[{index}]"))?;
            if choice.is_none_or(|choice| is_declared(choice, &written)) {
                tools.declared.push(Value::Object(written));
            }
        }
        if !call.tools.is_empty() {
            tools.choice = self.tool_choice(choice)?;
        }
        Ok(tools)
    }

    fn tool_choice(&mut self, choice: Option<&ToolChoice>) -> Result<Option<Value>, EncodeError> {
        let is_serial = self.call.parallel_tool_calls == Some(false);
        let mut written = match choice.map(|choice| (choice.mode, choice.tool_names.as_slice())) {
            None | Some((ToolMode::Auto, _)) if is_serial => json!({"type": "auto"}),
            None => return Ok(None),
            Some((ToolMode::Auto, _)) => json!({"type": "auto"}),
            Some((ToolMode::None, _)) => return Ok(Some(json!({"type": "none"}))),
            Some((ToolMode::Required, _)) if !self.model.takes_forced_tools => {
                let message = "this model decides by itself whether it calls a tool; use TOOL_MODE_AUTO";
                return Err(EncodeError::unsupported("tool_choice", message));
            }
            Some((ToolMode::Required, [name])) => json!({"type": "tool", "name": name}),
            Some((ToolMode::Required, _)) => json!({"type": "any"}),
        };
        if let Value::Object(fields) = &mut written
            && is_serial
        {
            fields.insert("disable_parallel_tool_use".to_owned(), true.into());
        }
        Ok(Some(written))
    }

    fn tool(&mut self, tool: &Tool, path: &str) -> Result<Map<String, Value>, EncodeError> {
        let mut written = match &tool.kind {
            ToolKind::Function(function) => self.function(function, path),
            ToolKind::WebSearch(search) => web_search(self.dialect.web_search, search),
            ToolKind::CodeExecution => {
                let kind = self.model.code_execution;
                fields([("type", kind.into()), ("name", "code_execution".into())])
            }
            ToolKind::Provider(tool) => self.provider_tool(tool, path)?,
        };
        if let Some(hint) = tool.cache_hint {
            written.insert("cache_control".to_owned(), cache_control(hint));
        }
        Ok(written)
    }

    fn function(&mut self, function: &FunctionTool, path: &str) -> Map<String, Value> {
        let is_strict = function.strict == Some(true) && self.model.has_structured_output;
        if function.strict == Some(true) && !is_strict {
            let message = "this model does not hold arguments to a schema";
            self.notes.left_out(format!("{path}.function.strict"), message);
        }
        let mut written = fields([("name", function.name.as_str().into())]);
        if !function.description.is_empty() {
            written.insert("description".to_owned(), function.description.as_str().into());
        }
        let schema = match &function.input_schema {
            None => json!({"type": "object", "properties": {}}),
            Some(schema) if is_strict => schema::enforceable(schema),
            Some(schema) => schema.clone(),
        };
        written.insert("input_schema".to_owned(), schema::object(schema));
        if is_strict {
            written.insert("strict".to_owned(), true.into());
        }
        written
    }

    fn provider_tool(&mut self, tool: &ProviderTool, path: &str) -> Result<Map<String, Value>, EncodeError> {
        if tool.provider != self.target.provider {
            let message = format!(
                "`{}` is a tool of `{}`, the call goes to `{}`",
                tool.kind, tool.provider, self.target.provider
            );
            return Err(EncodeError::unsupported(path, message));
        }
        let mut written = fields([("type", tool.kind.as_str().into())]);
        if let Some(name) = usual_name(&tool.kind) {
            written.insert("name".to_owned(), name.into());
        }
        for (name, value) in &tool.options {
            if name != "type" {
                written.insert(name.clone(), value.clone());
            }
        }
        Ok(written)
    }
}

fn web_search(kind: &str, search: &WebSearchTool) -> Map<String, Value> {
    let mut written = fields([("type", kind.into()), ("name", "web_search".into())]);
    if let Some(max_uses) = search.max_uses {
        written.insert("max_uses".to_owned(), max_uses.into());
    }
    for (name, domains) in [
        ("allowed_domains", &search.allowed_domains),
        ("blocked_domains", &search.blocked_domains),
    ] {
        if !domains.is_empty() {
            written.insert(name.to_owned(), domains.clone().into());
        }
    }
    written
}

/// The name that the API wants with one of its own tools: its type without the date, mostly.
fn usual_name(kind: &str) -> Option<&str> {
    let (name, date) = kind.rsplit_once('_')?;
    if date.len() != 8 || !date.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match name {
        "text_editor" if date < "20250429" => Some("str_replace_editor"),
        "text_editor" => Some("str_replace_based_edit_tool"),
        _ => Some(name),
    }
}

/// Whether a tool is declared: it is named, or no names are given. Where the API can say by itself
/// which tools may be called (none, or one that must be), all stay declared, so that a cached prompt
/// is still met.
fn is_declared(choice: &ToolChoice, tool: &Map<String, Value>) -> bool {
    match (choice.mode, choice.tool_names.as_slice()) {
        (ToolMode::None, _) | (ToolMode::Required, [_]) | (_, []) => true,
        (ToolMode::Auto | ToolMode::Required, names) => {
            let name = tool.get("name").and_then(Value::as_str).unwrap_or_default();
            names.iter().any(|chosen| chosen == name)
        }
    }
}

fn fields<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}
