//! What the API's answers look like: only the fields that are read, borrowed from the bytes.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::lenient::{Count, Str};

/// One event of a stream.
#[derive(Debug, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Str<'a>,
    #[serde(default)]
    pub(super) index: Count,
    #[serde(borrow, default)]
    pub(super) message: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) content_block: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    pub(super) usage: Option<&'a RawValue>,
}

/// An event's type alone, for events whose shape is not known.
#[derive(Debug, Deserialize)]
pub(super) struct EventKind<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Str<'a>,
}

/// An event's delta as it came, for blocks that are not modelled.
#[derive(Debug, Deserialize)]
pub(super) struct RawDelta<'a> {
    #[serde(borrow)]
    pub(super) delta: &'a RawValue,
}

/// The delta of `content_block_delta` and of `message_delta`.
#[derive(Debug, Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Str<'a>,
    #[serde(borrow, default)]
    pub(super) text: Str<'a>,
    #[serde(borrow, default)]
    pub(super) thinking: Str<'a>,
    #[serde(borrow, default)]
    pub(super) signature: Str<'a>,
    #[serde(borrow, default)]
    pub(super) partial_json: Str<'a>,
    #[serde(borrow, default)]
    pub(super) citation: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) stop_reason: Option<Str<'a>>,
    #[serde(borrow, default)]
    pub(super) stop_sequence: Option<Str<'a>>,
    #[serde(borrow, default)]
    pub(super) container: Option<&'a RawValue>,
}

/// A message: whole, or as `message_start` begins it.
#[derive(Debug, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Str<'a>,
    #[serde(borrow, default)]
    pub(super) id: Str<'a>,
    #[serde(borrow, default)]
    pub(super) model: Str<'a>,
    #[serde(borrow, default)]
    pub(super) content: Option<Vec<&'a RawValue>>,
    #[serde(borrow, default)]
    pub(super) usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) stop_reason: Option<Str<'a>>,
    #[serde(borrow, default)]
    pub(super) stop_sequence: Option<Str<'a>>,
    #[serde(borrow, default)]
    pub(super) container: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
}

/// A content block: whole, or as `content_block_start` begins it.
#[derive(Debug, Deserialize)]
pub(super) struct Block<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Str<'a>,
    #[serde(borrow, default)]
    pub(super) text: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) citations: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) thinking: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) signature: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) input: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) caller: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) server_name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) tool_use_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) content: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) is_error: Option<&'a RawValue>,
}

impl Block<'_> {
    /// Reads a field that should be a string; anything else is `None`.
    pub(super) fn string(field: Option<&RawValue>) -> Option<String> {
        serde_json::from_str::<Option<String>>(field?.get()).ok()?
    }
}

/// A citation of any kind.
#[derive(Debug, Default, Deserialize)]
pub(super) struct CitationBlock<'a> {
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Str<'a>,
    #[serde(borrow, default)]
    pub(super) cited_text: Str<'a>,
    #[serde(borrow, default)]
    pub(super) url: Str<'a>,
    #[serde(borrow, default)]
    pub(super) title: Str<'a>,
    #[serde(borrow, default)]
    pub(super) source: Str<'a>,
    #[serde(borrow, default)]
    pub(super) document_title: Str<'a>,
    #[serde(default)]
    pub(super) document_index: Count,
    #[serde(default)]
    pub(super) start_page_number: Count,
    #[serde(default)]
    pub(super) end_page_number: Count,
}
