//! Whole messages and token counts.

use serde::Deserialize;

use crate::domain::answer::AnswerEvent;
use crate::wire::dialect::{DecodeContext, DecodeError};

use super::AnthropicMessages;
use super::errors::in_band;
use super::lenient::{Count, Str};
use super::reader::Reader;
use super::shapes::Message;

/// Reads a whole message.
pub(super) fn decode(
    dialect: AnthropicMessages,
    context: DecodeContext,
    body: &[u8],
    out: &mut Vec<AnswerEvent>,
) -> Result<(), DecodeError> {
    let message = serde_json::from_slice::<Message<'_>>(body)
        .map_err(|error| DecodeError::corrupt("message", &error))?;
    if message.error.is_some() || &*message.kind == "error" {
        return Err(in_band(body));
    }
    let mut reader = Reader::new(dialect, context);
    let result = read(&mut reader, message, out);
    if result.is_err() {
        reader.draft.close_all(true, out);
    }
    result
}

fn read(reader: &mut Reader, message: Message<'_>, out: &mut Vec<AnswerEvent>) -> Result<(), DecodeError> {
    let Some(content) = message.content else {
        return Err(DecodeError::Corrupt {
            what: "message",
            detail: "its content is missing".to_owned(),
        });
    };
    reader.begin(message.id, &message.model);
    for (index, block) in (0..).zip(content) {
        reader.start_block(index, block, out)?;
        reader.stop_block(index, out);
    }
    reader.usage(message.usage, out)?;
    let Some(word) = message.stop_reason.filter(|word| !word.is_empty()) else {
        return Err(DecodeError::Truncated);
    };
    reader.container(message.container);
    let sequence = message.stop_sequence.and_then(Str::non_empty);
    reader.finish(word.into_owned(), sequence, out);
    Ok(())
}

#[derive(Debug, Deserialize)]
struct TokenCount<'a> {
    #[serde(default)]
    input_tokens: Count,
    #[serde(borrow, default, rename = "type")]
    kind: Str<'a>,
}

/// Reads a token count.
pub(super) fn decode_count(body: &[u8]) -> Result<u32, DecodeError> {
    let count = serde_json::from_slice::<TokenCount<'_>>(body)
        .map_err(|error| DecodeError::corrupt("token count", &error))?;
    if &*count.kind == "error" {
        return Err(in_band(body));
    }
    count.input_tokens.0.ok_or_else(|| DecodeError::Corrupt {
        what: "token count",
        detail: "input_tokens is missing".to_owned(),
    })
}
