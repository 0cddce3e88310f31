//! Sources the provider ties to spans of its text, found again in the parts.
//!
//! A span is given in bytes of the whole answer's text, mostly with its words beside it. The words decide:
//! where the offsets do not fit them (other parts counted in, an empty part at the end of a stream) they
//! are searched for.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::chunk::{Count, Text, str_of};
use crate::domain::content::{Citation, CitationSource};

#[derive(Debug, Deserialize)]
struct GroundingMetadata<'a> {
    #[serde(borrow, rename = "groundingChunks")]
    chunks: Option<Vec<GroundingChunk<'a>>>,
    #[serde(borrow, rename = "groundingSupports")]
    supports: Option<Vec<GroundingSupport<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroundingChunk<'a> {
    #[serde(borrow)]
    web: Option<Source<'a>>,
    #[serde(borrow)]
    retrieved_context: Option<Source<'a>>,
    #[serde(borrow)]
    maps: Option<Source<'a>>,
    #[serde(borrow)]
    image: Option<Source<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Source<'a> {
    #[serde(borrow)]
    uri: Option<Text<'a>>,
    /// Of an image: the page it stands on.
    #[serde(borrow, rename = "sourceUri")]
    page: Option<Text<'a>>,
    #[serde(borrow)]
    title: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    file_search_store: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
struct GroundingSupport<'a> {
    #[serde(borrow)]
    segment: Option<Segment<'a>>,
    #[serde(rename = "groundingChunkIndices")]
    chunks: Option<Vec<Count>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Segment<'a> {
    start_index: Option<Count>,
    end_index: Option<Count>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CitationMetadata<'a> {
    #[serde(borrow, alias = "citations")]
    citation_sources: Option<Vec<CitationSpan<'a>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CitationSpan<'a> {
    start_index: Option<Count>,
    end_index: Option<Count>,
    #[serde(borrow)]
    uri: Option<Text<'a>>,
    #[serde(borrow)]
    title: Option<Text<'a>>,
}

/// A text part of the answer: its index and its text.
pub(super) type TextPart<'a> = (u32, &'a str);

/// Reads `groundingMetadata`: one citation for each source of each span, with its part.
pub(super) fn of_grounding(raw: &RawValue, parts: &[TextPart<'_>]) -> Vec<(u32, Citation)> {
    let Ok(said) = serde_json::from_str::<GroundingMetadata<'_>>(raw.get()) else {
        return Vec::new();
    };
    let chunks = said.chunks.unwrap_or_default();
    let mut citations = Vec::new();
    for support in said.supports.unwrap_or_default() {
        let Some(span) = locate(&support.segment.unwrap_or_default(), parts) else {
            continue;
        };
        for index in support.chunks.unwrap_or_default() {
            let Some(chunk) = chunks.get(index.0 as usize) else {
                continue;
            };
            let of_document = chunk.retrieved_context.as_ref();
            let kinds = [&chunk.web, &chunk.maps, &chunk.image, &chunk.retrieved_context];
            let source = kinds.into_iter().find_map(Option::as_ref);
            let quote = of_document.map(|source| str_of(source.text.as_ref()));
            citations.push(span.citation(source.map(Source::named), quote.unwrap_or_default()));
        }
    }
    citations
}

/// Reads `citationMetadata`: spans that repeat a known source.
pub(super) fn of_recitation(raw: &RawValue, parts: &[TextPart<'_>]) -> Vec<(u32, Citation)> {
    let Ok(said) = serde_json::from_str::<CitationMetadata<'_>>(raw.get()) else {
        return Vec::new();
    };
    let spans = said.citation_sources.unwrap_or_default().into_iter();
    spans
        .filter_map(|span| {
            let segment = Segment {
                start_index: span.start_index,
                end_index: span.end_index,
                text: None,
            };
            let source = CitationSource::Web {
                url: str_of(span.uri.as_ref()).to_owned(),
                title: str_of(span.title.as_ref()).to_owned(),
            };
            Some(locate(&segment, parts)?.citation(Some(source), ""))
        })
        .collect()
}

impl Source<'_> {
    /// A document of a search store has no address of its own: its store stands in for the title.
    fn named(&self) -> CitationSource {
        let url = self.uri.as_ref().or(self.page.as_ref());
        let title = self.title.as_ref().or(self.file_search_store.as_ref());
        CitationSource::Web {
            url: str_of(url).to_owned(),
            title: str_of(title).to_owned(),
        }
    }
}

struct Span {
    part: u32,
    start: usize,
    end: usize,
}

impl Span {
    fn citation(&self, source: Option<CitationSource>, quote: &str) -> (u32, Citation) {
        let citation = Citation {
            start_byte: u32::try_from(self.start).unwrap_or(u32::MAX),
            end_byte: u32::try_from(self.end).unwrap_or(u32::MAX),
            source,
            quote: quote.to_owned(),
        };
        (self.part, citation)
    }
}

/// Finds a segment in the parts, on character borders. A segment that nothing fits is all of the last
/// part with text.
fn locate(segment: &Segment<'_>, parts: &[TextPart<'_>]) -> Option<Span> {
    let start = segment.start_index.unwrap_or_default().0 as usize;
    let end = segment.end_index.unwrap_or_default().0 as usize;
    let words = str_of(segment.text.as_ref());
    let at_offsets = within(start, end, parts);
    if words.is_empty() {
        return at_offsets.or_else(|| whole(parts));
    }
    if let Some(span) = &at_offsets
        && text_of(span, parts) == Some(words)
    {
        return at_offsets;
    }
    let found = parts.iter().find_map(|(part, text)| {
        let start = text.find(words)?;
        Some(Span {
            part: *part,
            start,
            end: start + words.len(),
        })
    });
    found.or(at_offsets).or_else(|| whole(parts))
}

/// The span that offsets over all parts' text give, cut to the part it begins in.
fn within(start: usize, end: usize, parts: &[TextPart<'_>]) -> Option<Span> {
    let mut base = 0;
    for (part, text) in parts {
        if start < base + text.len() {
            let start = text.floor_char_boundary(start - base);
            let end = text.ceil_char_boundary(end.saturating_sub(base).min(text.len()));
            return (start < end).then_some(Span {
                part: *part,
                start,
                end,
            });
        }
        base += text.len();
    }
    None
}

fn whole(parts: &[TextPart<'_>]) -> Option<Span> {
    let (part, _) = parts.iter().rev().find(|(_, text)| !text.is_empty())?;
    Some(Span {
        part: *part,
        start: 0,
        end: 0,
    })
}

fn text_of<'a>(span: &Span, parts: &[TextPart<'a>]) -> Option<&'a str> {
    let (_, text) = parts.iter().find(|(part, _)| *part == span.part)?;
    text.get(span.start..span.end)
}
