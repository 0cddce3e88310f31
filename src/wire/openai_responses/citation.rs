//! Annotations of output text, as citations with byte ranges.

use serde_json::value::RawValue;

use crate::domain::content::{Citation, CitationSource};
use crate::wire::openai_responses::item::Fields;

/// Reads an annotation of `text`. Indices count characters (seen in recordings); those that lie beyond
/// the text are pulled in.
///
/// A file's name and id stand for a document: the API does not say which of the request's it is.
pub(super) fn read(raw: &RawValue, text: &str) -> Option<Citation> {
    let annotation = Fields::read(raw)?;
    let title = annotation.text("title");
    // By what it holds, not by its type: new types keep these names.
    let source = match annotation.text("url") {
        Some(url) => CitationSource::Web {
            url: url.into_owned(),
            title: title.unwrap_or_default().into_owned(),
        },
        None => CitationSource::Document {
            title: ["filename", "file_id"]
                .iter()
                .find_map(|name| annotation.text(name))
                .or(title)?
                .into_owned(),
            media_index: 0,
            first_page: 0,
            last_page: 0,
        },
    };
    // A file citation has a place, not a span.
    let start = annotation
        .number("start_index")
        .or_else(|| annotation.number("index"));
    let end = annotation.number("end_index").or(start);
    let start_byte = byte_of(text, start.unwrap_or(0));
    Some(Citation {
        start_byte,
        end_byte: byte_of(text, end.unwrap_or(0)).max(start_byte),
        source: Some(source),
        quote: annotation.text_or_empty("quote").into_owned(),
    })
}

/// Whether all of an annotation's text has come.
pub(super) fn is_within(raw: &RawValue, text: &str) -> bool {
    let Some(annotation) = Fields::read(raw) else {
        return false;
    };
    let end = ["start_index", "end_index", "index"]
        .iter()
        .filter_map(|name| annotation.number(name))
        .max();
    end.unwrap_or(0) <= text.chars().count()
}

fn byte_of(text: &str, characters: usize) -> u32 {
    let byte = text
        .char_indices()
        .nth(characters)
        .map_or(text.len(), |(byte, _)| byte);
    u32::try_from(byte).unwrap_or(u32::MAX)
}
