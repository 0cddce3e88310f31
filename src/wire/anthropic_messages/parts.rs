//! Parts to content blocks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::domain::content::{
    CacheHint, Media, MediaFamily, MediaSource, Opaque, Part, PartKind, Role, ToolCall, ToolResult,
};
use crate::wire::dialect::EncodeError;
use crate::wire::merge::merge_options;

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
type Block = Map<String, Value>;

impl Writer<'_> {
    /// Writes a part; `None` where nothing of it goes to this provider.
    pub(super) fn block(
        &mut self,
        part: &Part,
        role: Role,
        path: &str,
        history: &History<'_>,
    ) -> Result<Option<Value>, EncodeError> {
        let own_state = self.own_state(part, role, path)?;
        let block = match &part.kind {
            PartKind::Text(text) if text.is_empty() && own_state.is_none() => None,
            PartKind::Text(text) | PartKind::Refusal(text) => {
                Some(block("text", [("text", text.as_str().into())]))
            }
            PartKind::Media(_) if role == Role::Assistant => {
                let message = "an assistant's turn holds no media at this API";
                return Err(EncodeError::unsupported(format!("{path}.media"), message));
            }
            PartKind::Media(media) => Some(self.media(media, &format!("{path}.media"))?),
            PartKind::Reasoning(_) if own_state.is_none() => {
                let message = "reasoning goes back only with the state of the provider it came from";
                self.changed(path, message);
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
                if own_state.is_none() {
                    let message = "the result of a tool that another provider ran was left out";
                    self.changed(format!("{path}.tool_result"), message);
                }
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
        let field = format!("{path}.provider_options.{}", self.target.provider);
        let options = part.provider_options.of(self.target.provider);
        merge_options(&mut block, options, &field, &RESERVED)?;
        Ok(Some(Value::Object(block)))
    }

    /// The part's state where this provider gave it out. Another provider's is left out.
    fn own_state(&mut self, part: &Part, role: Role, path: &str) -> Result<Option<Block>, EncodeError> {
        let Some(state) = &part.provider_state else {
            return Ok(None);
        };
        let field = format!("{path}.provider_state");
        let Some(data) = part.state_of(self.target.provider) else {
            if !is_nothing_without_state(part, role) {
                let message = format!("state of `{}` was left out", state.provider);
                self.changed(field, message);
            }
            return Ok(None);
        };
        match state::fields(data) {
            Some(fields) => Ok(Some(fields)),
            None => Err(EncodeError::invalid(
                field,
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
        if call.provider_executed && part.state_of(self.target.provider).is_none() {
            let message = "a call of a tool that another provider ran was left out";
            self.changed(format!("{path}.tool_call"), message);
            return None;
        }
        let input = match serde_json::from_str(&call.arguments_json) {
            Ok(Value::Object(input)) => Value::Object(input),
            _ if call.arguments_json.trim().is_empty() => json!({}),
            // The API takes objects only, and names this way of showing a model its own mistake.
            _ => {
                let message = "the arguments are no JSON object; they were sent inside one, as INVALID_JSON";
                self.changed(format!("{path}.tool_call.arguments_json"), message);
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
            self.changed(format!("{path}.tool_result"), "the call it answers was left out");
            return Ok(None);
        }
        let mut fields = block(
            "tool_result",
            [("tool_use_id", history.id(&result.tool_call_id).into())],
        );
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
        if !content.is_empty() {
            fields.insert("content".to_owned(), content.into());
        }
        if result.is_error {
            fields.insert("is_error".to_owned(), true.into());
        }
        Ok(Some(fields))
    }

    fn opaque(&mut self, opaque: &Opaque, path: &str) -> Result<Option<Block>, EncodeError> {
        if opaque.provider != self.target.provider {
            let message = format!("a block of `{}` was left out", opaque.provider);
            self.changed(format!("{path}.opaque"), message);
            return Ok(None);
        }
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

    fn media(&mut self, media: &Media, path: &str) -> Result<Block, EncodeError> {
        let mime = essence(media);
        let kind = match media.family() {
            MediaFamily::Image => "image",
            MediaFamily::Document if is_image_url(media) => "image",
            MediaFamily::Document => "document",
            MediaFamily::Audio | MediaFamily::Video => {
                let message = format!("the API takes images and documents, not `{}`", media.mime_type);
                return Err(EncodeError::unsupported(path, message));
            }
        };
        let source = match &media.source {
            MediaSource::Url(url) => json!({"type": "url", "url": url}),
            MediaSource::File { provider, id } => {
                if provider != self.target.provider {
                    let message = format!("the file is at `{provider}`; send its bytes or a URL");
                    return Err(EncodeError::unsupported(path, message));
                }
                self.betas.add(self.dialect.file_beta);
                // Anything but images, PDFs and plain text is for the code execution tool.
                if kind == "document" && !matches!(mime.as_str(), "" | "application/pdf" | "text/plain") {
                    return Ok(block("container_upload", [("file_id", id.as_str().into())]));
                }
                json!({"type": "file", "file_id": id})
            }
            MediaSource::Data(bytes) if kind == "image" || mime == "application/pdf" => {
                json!({"type": "base64", "media_type": mime, "data": STANDARD.encode(bytes)})
            }
            MediaSource::Data(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) if is_text(&mime) => {
                    json!({"type": "text", "media_type": "text/plain", "data": text})
                }
                _ => {
                    let message = format!(
                        "the API takes documents of PDF or text, not `{}`",
                        media.mime_type
                    );
                    return Err(EncodeError::unsupported(path, message));
                }
            },
        };
        let mut fields = block(kind, [("source", source)]);
        if let Some(name) = media.name.as_ref().filter(|_| kind == "document") {
            fields.insert("title".to_owned(), name.as_str().into());
        }
        Ok(fields)
    }

    fn cache_hint(&mut self, hint: Option<CacheHint>, block: &mut Block, path: &str) {
        let Some(hint) = hint else { return };
        let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
        if matches!(kind, "thinking" | "redacted_thinking") {
            let message = "thinking takes no cache mark; put it on the part after it";
            self.left_out(format!("{path}.cache_hint"), message);
            return;
        }
        block.insert("cache_control".to_owned(), cache_control(hint));
    }
}

/// Whether a part is left out as a whole, with a warning of its own, where its state does not apply.
fn is_nothing_without_state(part: &Part, role: Role) -> bool {
    match &part.kind {
        PartKind::Reasoning(_) => true,
        PartKind::ToolCall(call) => call.provider_executed,
        PartKind::ToolResult(_) => role == Role::Assistant,
        PartKind::Text(_) | PartKind::Media(_) | PartKind::Refusal(_) | PartKind::Opaque(_) => false,
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

fn block<const N: usize>(kind: &str, fields: [(&str, Value); N]) -> Block {
    let kind = std::iter::once(("type".to_owned(), kind.into()));
    kind.chain(fields.map(|(name, value)| (name.to_owned(), value)))
        .collect()
}

/// The media type without its parameters, in lower case.
fn essence(media: &Media) -> String {
    let essence = media.mime_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn is_text(mime: &str) -> bool {
    mime.starts_with("text/")
        || matches!(
            mime,
            "application/json" | "application/xml" | "application/yaml" | "application/x-yaml"
        )
}

/// Whether a URL without a media type names an image: the API wants to be told which of the two it is.
fn is_image_url(media: &Media) -> bool {
    let MediaSource::Url(url) = &media.source else {
        return false;
    };
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    media.mime_type.is_empty() && matches!(extension.as_str(), "jpg" | "jpeg" | "png" | "gif" | "webp")
}
