//! Parts that come whole and stand alone: what the provider ran itself, files, and kinds that are not
//! modelled.

use serde_json::value::RawValue;

use super::chunk::{
    CodeExecutionResult, ExecutableCode, FileData, ServerToolCall, ServerToolResponse, Text, WirePart,
    str_of, word,
};
use super::ids::Ids;
use crate::domain::content::{Media, MediaSource, Opaque, Part, PartKind, ToolCall, ToolResult};
use crate::wire::dialect::DecodeError;

/// The name under which code execution appears, as a tool.
const CODE_EXECUTION: &str = "code_execution";

/// Reads such parts; remembers the last call, for results that do not name theirs.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    last_call: String,
}

impl Blocks {
    /// Reads a part; `None` where it is of another sort.
    pub(super) fn read(
        &mut self,
        part: &WirePart<'_>,
        raw: &RawValue,
        provider: &str,
        ids: &mut Ids,
    ) -> Result<Option<PartKind>, DecodeError> {
        let kind = if let Some(file) = &part.file_data {
            file_data(file)
        } else if let Some(code) = part.executable_code {
            self.executable_code(code, ids)?
        } else if let Some(result) = &part.code_execution_result {
            self.code_result(result)
        } else if let Some(call) = &part.tool_call {
            self.server_call(call, ids)
        } else if let Some(response) = &part.tool_response {
            self.server_response(response)
        } else if let Some(kind) = unknown_kind(raw, part.text.is_some()) {
            opaque(provider, &kind, raw.get())
        } else {
            return Ok(None);
        };
        Ok(Some(kind))
    }

    fn executable_code(&mut self, raw: &RawValue, ids: &mut Ids) -> Result<PartKind, DecodeError> {
        let code: ExecutableCode<'_> = serde_json::from_str(raw.get())
            .map_err(|error| DecodeError::corrupt("executable code", &error))?;
        self.last_call = ids.given_or_new(code.id.as_ref());
        Ok(PartKind::ToolCall(ToolCall {
            id: self.last_call.clone(),
            name: CODE_EXECUTION.to_owned(),
            arguments_json: compact(raw.get()),
            provider_executed: true,
        }))
    }

    fn code_result(&self, result: &CodeExecutionResult<'_>) -> PartKind {
        let outcome = result.outcome.map(word).unwrap_or_default();
        let output = Some(str_of(result.output.as_ref())).filter(|output| !output.is_empty());
        PartKind::ToolResult(ToolResult {
            tool_call_id: self.call_of(result.id.as_ref()),
            name: CODE_EXECUTION.to_owned(),
            content: output.map(Part::text).into_iter().collect(),
            is_error: !matches!(outcome.as_ref(), "OUTCOME_OK" | "1" | ""),
        })
    }

    fn server_call(&mut self, call: &ServerToolCall<'_>, ids: &mut Ids) -> PartKind {
        self.last_call = ids.given_or_new(call.id.as_ref());
        PartKind::ToolCall(ToolCall {
            id: self.last_call.clone(),
            name: call.tool_type.map(word).unwrap_or_default().into_owned(),
            arguments_json: call
                .args
                .map_or_else(|| "{}".to_owned(), |args| compact(args.get())),
            provider_executed: true,
        })
    }

    fn server_response(&self, response: &ServerToolResponse<'_>) -> PartKind {
        let content = response.response.map(|raw| Part::text(compact(raw.get())));
        PartKind::ToolResult(ToolResult {
            tool_call_id: self.call_of(response.id.as_ref()),
            name: response.tool_type.map(word).unwrap_or_default().into_owned(),
            content: content.into_iter().collect(),
            is_error: false,
        })
    }

    fn call_of(&self, id: Option<&Text<'_>>) -> String {
        let id = str_of(id);
        if id.is_empty() { &self.last_call } else { id }.to_owned()
    }
}

/// A block that is not modelled.
pub(super) fn opaque(provider: &str, kind: &str, payload_json: &str) -> PartKind {
    PartKind::Opaque(Opaque {
        provider: provider.to_owned(),
        kind: kind.to_owned(),
        payload_json: payload_json.to_owned(),
    })
}

fn file_data(file: &FileData<'_>) -> PartKind {
    PartKind::Media(Media {
        mime_type: str_of(file.mime_type.as_ref()).to_owned(),
        source: MediaSource::Url(str_of(file.file_uri.as_ref()).to_owned()),
        name: None,
        size_bytes: None,
    })
}

/// The name of a part's kind that is not modelled; `None` where the part is text, or marks alone.
fn unknown_kind(raw: &RawValue, has_text: bool) -> Option<String> {
    if has_text {
        return None;
    }
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(raw.get()).ok()?;
    let mut names = fields.into_iter().filter(|(_, value)| !value.is_null());
    names.find_map(|(name, _)| (!matches!(name.as_str(), "thought" | "thoughtSignature")).then_some(name))
}

/// The same JSON without white space between its tokens: whole answers come pretty-printed.
pub(super) fn compact(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut in_string = false;
    let mut is_escaped = false;
    for c in json.chars() {
        if in_string {
            in_string = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            in_string = c == '"';
        }
        out.push(c);
    }
    out
}
