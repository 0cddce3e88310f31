//! Parts to content blocks.

use serde_json::{Map, Value, json};

use crate::domain::content::{CacheHint, Opaque, Part, PartKind, Role, ToolCall, ToolResult};
use crate::wire::dialect::EncodeError;
use crate::wire::merge::merge_options_of;

use super::documents::Documents;
use super::encode::Writer;
use super::history::History;
use super::reader::CONTAINER;
use super::state;

/// Fields of a block that provider options cannot change.
const RESERVED: [&str; 11] = [
    "type",
    "text",
    "thinking",
    "signature",
    "data",
    "source",
    "id",
    "name",
    "input",
    "tool_use_id",
    "content",
];

/// A content block.
pub(super) type Block = Map<String, Value>;

impl Writer<'_> {
    /// Writes a part; `None` where nothing of it goes to this provider.
    pub(super) fn block(
        &mut self,
        part: &Part,
        role: Role,
        path: &str,
        history: &History<'_>,
    ) -> Result<Option<Value>, EncodeError> {
        let provider = self.target.provider;
        // State of this provider that cannot be read is an error below: it speaks no other dialect.
        let is_read = part.state_of(provider).is_some();
        if self.notes.is_lost(part, is_read, role, provider, path) {
            return Ok(None);
        }
        let own_state = self.own_state(part, path)?;
        let block = match &part.kind {
            PartKind::Text(text) if own_state.is_none() && text.is_empty() => None,
            PartKind::Text(text) | PartKind::Refusal(text) => {
                Some(block("text", [("text", text.as_str().into())]))
            }
            PartKind::Media(_) if role == Role::Assistant => {
                let message = "an assistant's turn holds no media at this API";
                return Err(EncodeError::unsupported(format!("{path}.media"), message));
            }
            PartKind::Media(media) => {
                let place = self.media_seen;
                self.media_seen += 1;
                let block = self.media(media, &format!("{path}.media"))?;
                if block.get("type").is_some_and(|kind| kind == "document") {
                    self.documents.beside.push(place);
                }
                Some(block)
            }
            PartKind::Reasoning(_) if own_state.is_none() => {
                let message = "reasoning goes back only with the state of the provider it came from";
                self.notes.changed(path, message);
                None
            }
            PartKind::Reasoning(reasoning) => {
                let is_redacted = own_state.as_ref().is_some_and(|state| state.contains_key("data"));
                if is_redacted {
                    // The state is the whole block.
                    Some(Block::new())
                } else {
                    Some(block("thinking", [("thinking", reasoning.text.as_str().into())]))
                }
            }
            PartKind::ToolCall(call) => self.tool_call(call, part, path, history),
            PartKind::ToolResult(result) if role == Role::Assistant => {
                // The state is the whole block.
                own_state.as_ref().map(|_| {
                    block(
                        "tool_result",
                        [("tool_use_id", result.tool_call_id.as_str().into())],
                    )
                })
            }
            PartKind::ToolResult(result) => self.tool_result(result, path, history)?,
            PartKind::Opaque(opaque) => self.opaque(opaque, path)?,
        };
        let Some(mut block) = block else { return Ok(None) };
        block.extend(own_state.into_iter().flatten());
        self.cache_hint(part.cache_hint, &mut block, path);
        merge_options_of(provider, &mut block, &part.provider_options, path, &RESERVED)?;
        Ok(Some(Value::Object(block)))
    }

    /// The part's state where this provider gave it out.
    fn own_state(&self, part: &Part, path: &str) -> Result<Option<Block>, EncodeError> {
        let Some(data) = part.state_of(self.target.provider) else {
            return Ok(None);
        };
        match state::fields(data) {
            Some(fields) => Ok(Some(fields)),
            None => Err(EncodeError::invalid(
                format!("{path}.provider_state"),
                "this is no state that was given out here",
            )),
        }
    }

    fn tool_call(
        &mut self,
        call: &ToolCall,
        part: &Part,
        path: &str,
        history: &History<'_>,
    ) -> Option<Block> {
        // A cut call is never sent: the contract says so, and no warning is needed.
        if part.incomplete {
            return None;
        }
        let input = match serde_json::from_str(&call.arguments_json) {
            Ok(Value::Object(input)) => Value::Object(input),
            _ if call.arguments_json.trim().is_empty() => json!({}),
            // The API takes objects only, and names this way of showing a model its own mistake.
            _ => {
                let message = "the arguments are no JSON object; they were sent inside one, as INVALID_JSON";
                self.notes
                    .changed(format!("{path}.tool_call.arguments_json"), message);
                json!({"INVALID_JSON": call.arguments_json})
            }
        };
        let fields = [
            ("id", history.id(&call.id).into()),
            ("name", call.name.as_str().into()),
            ("input", input),
        ];
        Some(block("tool_use", fields))
    }

    fn tool_result(
        &mut self,
        result: &ToolResult,
        path: &str,
        history: &History<'_>,
    ) -> Result<Option<Block>, EncodeError> {
        if history.is_unsent(&result.tool_call_id) {
            self.notes.changed(path, "the call it answers was left out");
            return Ok(None);
        }
        let mut fields = block(
            "tool_result",
            [("tool_use_id", history.id(&result.tool_call_id).into())],
        );
        let documents_before = self.documents.beside.len();
        let mut content = Vec::with_capacity(result.content.len());
        for (position, part) in result.content.iter().enumerate() {
            let path = format!("{path}.tool_result.content[{position}]");
            match part.kind {
                PartKind::Text(_) | PartKind::Media(_) | PartKind::Opaque(_) => {}
                PartKind::Reasoning(_)
                | PartKind::ToolCall(_)
                | PartKind::ToolResult(_)
                | PartKind::Refusal(_) => {
                    return Err(EncodeError::invalid(
                        path,
                        "a tool result holds text and media only",
                    ));
                }
            }
            content.extend(self.block(part, Role::Tool, &path, history)?);
        }
        let Documents { in_results, beside } = &mut self.documents;
        in_results.extend(beside.drain(documents_before..));
        if !content.is_empty() {
            fields.insert("content".to_owned(), content.into());
        }
        if result.is_error {
            fields.insert("is_error".to_owned(), true.into());
        }
        Ok(Some(fields))
    }

    fn opaque(&mut self, opaque: &Opaque, path: &str) -> Result<Option<Block>, EncodeError> {
        let Ok(Value::Object(payload)) = serde_json::from_str(&opaque.payload_json) else {
            let field = format!("{path}.opaque.payload_json");
            return Err(EncodeError::invalid(field, "expected a JSON object"));
        };
        if opaque.kind == CONTAINER {
            self.container = payload.get("id").and_then(Value::as_str).map(str::to_owned);
            return Ok(None);
        }
        Ok(Some(payload))
    }

    fn cache_hint(&mut self, hint: Option<CacheHint>, block: &mut Block, path: &str) {
        let Some(hint) = hint else { return };
        let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
        if matches!(kind, "thinking" | "redacted_thinking") {
            let message = "thinking takes no cache mark; put it on the part after it";
            self.notes.left_out(format!("{path}.cache_hint"), message);
            return;
        }
        block.insert("cache_control".to_owned(), cache_control(hint));
    }
}

/// A cache mark. The API keeps prefixes for five minutes or an hour: the shorter that covers the wish.
pub(super) fn cache_control(hint: CacheHint) -> Value {
    const SHORT_SECONDS: u64 = 5 * 60;
    match hint.ttl {
        None => json!({"type": "ephemeral"}),
        Some(ttl) if ttl.as_secs() <= SHORT_SECONDS => json!({"type": "ephemeral", "ttl": "5m"}),
        Some(_) => json!({"type": "ephemeral", "ttl": "1h"}),
    }
}

pub(super) fn block<const N: usize>(kind: &str, fields: [(&str, Value); N]) -> Block {
    let kind = std::iter::once(("type".to_owned(), kind.into()));
    kind.chain(fields.map(|(name, value)| (name.to_owned(), value)))
        .collect()
}
