//! Results of tool calls: the API wants as many in one turn as the turn before had calls, in their order.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::encode::Encoding;
use super::ids::is_made_up;
use super::media;
use super::tools::NO_CACHE_MARKS;
use crate::domain::content::{Media, MediaSource, Message, Part, PartKind, ToolResult};
use crate::wire::dialect::EncodeError;

/// The calls of a conversation, by id.
pub(super) struct Calls<'c>(HashMap<&'c str, Called<'c>>);

#[derive(Clone, Copy)]
struct Called<'c> {
    name: &'c str,
    /// Its place among all calls.
    order: usize,
    /// It is left out of the history, and its result must be too.
    is_cut: bool,
}

impl<'c> Calls<'c> {
    pub(super) fn of(messages: &'c [Message]) -> Self {
        let parts = messages.iter().flat_map(|message| &message.content);
        let calls = parts.filter_map(|part| Some((part.kind.as_tool_call()?, part.incomplete)));
        let named = calls.enumerate().map(|(order, (call, is_cut))| {
            let called = Called {
                name: &call.name,
                order,
                is_cut,
            };
            (call.id.as_str(), called)
        });
        Self(named.collect())
    }
}

/// Results on their way into one turn.
#[derive(Default)]
pub(super) struct Results {
    /// With their calls' order.
    responses: Vec<(usize, Value)>,
    /// Media that the responses cannot hold themselves.
    media: Vec<Value>,
}

impl Results {
    /// Takes a result; `field` is its part's path.
    pub(super) fn push(
        &mut self,
        encoding: &mut Encoding<'_>,
        calls: &Calls<'_>,
        part: &Part,
        result: &ToolResult,
        field: &str,
    ) -> Result<(), EncodeError> {
        let called = calls.0.get(result.tool_call_id.as_str());
        if called.is_some_and(|called| called.is_cut) {
            encoding
                .notes
                .changed(field, "the result of a tool call that was cut: dropped");
            return Ok(());
        }
        let name = match called {
            Some(called) if result.name.is_empty() => called.name,
            _ => result.name.as_str(),
        };
        if name.is_empty() {
            let id = &result.tool_call_id;
            return Err(EncodeError::invalid(
                format!("{field}.tool_result.name"),
                format!("this API needs the tool's name, and no call `{id}` is in the history"),
            ));
        }
        let content = Content::of(encoding, &result.content, field)?;
        let mut response = Map::new();
        if !result.tool_call_id.is_empty() && !is_made_up(&result.tool_call_id) {
            response.insert("id".to_owned(), result.tool_call_id.clone().into());
        }
        response.insert("name".to_owned(), name.into());
        // The two documented keys. The text stays text even where it is a JSON object: as an object it
        // would lose its key order and every whole number above 2^53.
        let key = if result.is_error { "error" } else { "output" };
        response.insert("response".to_owned(), json!({ key: content.text }));
        if !content.within.is_empty() {
            response.insert("parts".to_owned(), content.within.into());
        }
        let mut encoded = Map::from_iter([("functionResponse".to_owned(), response.into())]);
        encoding.merge_part_options(&mut encoded, part, field)?;
        let order = called.map_or(usize::MAX, |called| called.order);
        self.responses.push((order, encoded.into()));
        self.media.extend(content.beside);
        Ok(())
    }

    /// Returns the turn's parts, if there are any: the results, and after them their media.
    pub(super) fn take(&mut self) -> Option<Vec<Value>> {
        let Self { mut responses, media } = std::mem::take(self);
        if responses.is_empty() {
            return None;
        }
        responses.sort_by_key(|(order, _)| *order);
        let responses = responses.into_iter().map(|(_, response)| response);
        Some(responses.chain(media).collect())
    }
}

/// What a tool's result holds.
struct Content {
    text: String,
    /// Media within the response.
    within: Vec<Value>,
    /// Media after the responses.
    beside: Vec<Value>,
}

impl Content {
    fn of(encoding: &mut Encoding<'_>, parts: &[Part], field: &str) -> Result<Self, EncodeError> {
        let mut texts = Vec::new();
        let mut within = Vec::new();
        let mut beside = Vec::new();
        for (at, part) in parts.iter().enumerate() {
            let field = format!("{field}.tool_result.content[{at}]");
            if part.cache_hint.is_some() {
                encoding
                    .notes
                    .left_out(format!("{field}.cache_hint"), NO_CACHE_MARKS);
            }
            match &part.kind {
                PartKind::Text(text) => texts.push(text.as_str()),
                PartKind::Media(media) => {
                    let mut encoded = media::part(encoding, media, &field)?;
                    encoding.merge_part_options(&mut encoded, part, &field)?;
                    let place = if is_held(encoding, media) {
                        &mut within
                    } else {
                        &mut beside
                    };
                    place.push(Value::Object(encoded));
                }
                PartKind::Reasoning(_)
                | PartKind::ToolCall(_)
                | PartKind::ToolResult(_)
                | PartKind::Refusal(_)
                | PartKind::Opaque(_) => {
                    let message = "a tool's result holds text and media only";
                    return Err(EncodeError::invalid(field, message));
                }
            }
        }
        Ok(Self {
            text: texts.join("\n"),
            within,
            beside,
        })
    }
}

/// Whether a result may hold `media` itself: bytes of some types, for some models.
fn is_held(encoding: &Encoding<'_>, media: &Media) -> bool {
    matches!(media.source, MediaSource::Data(_))
        && (encoding.dialect.takes_media_in_results)(encoding.model, &media.mime_type)
}
