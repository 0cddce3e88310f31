//! Sources of the answer's text: positions in characters become byte ranges, once the text is there.

use serde_json::value::RawValue;

use crate::domain::content::{Citation, CitationSource, PartKind};
use crate::wire::openai_chat::calls::opaque;
use crate::wire::openai_chat::chunk::Annotation;
use crate::wire::openai_chat::sink::Sink;

/// Reads the citations of one answer.
#[derive(Debug, Default)]
pub(super) struct Citations {
    /// Waiting for the text they point at: first and last character, exclusive.
    waiting: Vec<(u32, u32, Citation)>,
    /// Addresses listed for the whole answer so far: some providers repeat the list in every chunk.
    listed: Vec<String>,
}

impl Citations {
    /// Reads an annotation. What is no citation is kept as a block of the provider, to be sent back.
    pub(super) fn annotation(
        &mut self,
        raw: &RawValue,
        text: Option<u32>,
        sink: &mut Sink<'_>,
    ) -> serde_json::Result<()> {
        let annotation: Annotation<'_> = serde_json::from_str(raw.get())?;
        let Some(cited) = annotation.url_citation else {
            let kind = annotation.kind.text().unwrap_or("annotation");
            let block = opaque(sink.draft.provider(), kind, raw.get().to_owned());
            sink.draft.add(block, sink.out);
            return Ok(());
        };
        let citation = Citation {
            start_byte: 0,
            end_byte: 0,
            source: Some(CitationSource::Web {
                url: cited.url.text().unwrap_or_default().to_owned(),
                title: cited.title.text().unwrap_or_default().to_owned(),
            }),
            quote: cited.content.text().unwrap_or_default().to_owned(),
        };
        let start = cited.start_index.count().unwrap_or(0);
        let end = cited.end_index.count().unwrap_or(0);
        self.waiting.push((start, end, citation));
        self.settle(text, false, sink);
        Ok(())
    }

    /// Reads the list of addresses for the whole answer.
    pub(super) fn list(&mut self, raw: &RawValue, text: Option<u32>, sink: &mut Sink<'_>) {
        // Anything but a list of addresses is not this: some providers use the name for other things.
        let Ok(urls) = serde_json::from_str::<Vec<String>>(raw.get()) else {
            return;
        };
        for url in urls {
            if self.listed.contains(&url) {
                continue;
            }
            self.listed.push(url.clone());
            let citation = Citation {
                start_byte: 0,
                end_byte: 0,
                source: Some(CitationSource::Web {
                    url,
                    title: String::new(),
                }),
                quote: String::new(),
            };
            self.waiting.push((0, 0, citation));
        }
        self.settle(text, false, sink);
    }

    /// Puts out the citations whose text is there; at the end of the answer, all of them.
    pub(super) fn settle(&mut self, text: Option<u32>, is_end: bool, sink: &mut Sink<'_>) {
        let Some(part) = text else { return };
        if self.waiting.is_empty() {
            return;
        }
        for (start, end, mut citation) in std::mem::take(&mut self.waiting) {
            let range = match sink.draft.part(part).map(|part| &part.kind) {
                Some(PartKind::Text(text)) => byte_range(text, start, end),
                _ => None,
            };
            match range {
                Some((start, end)) => (citation.start_byte, citation.end_byte) = (start, end),
                None if !is_end => {
                    self.waiting.push((start, end, citation));
                    continue;
                }
                // A range beyond the text: the source still stands for all of it.
                None => {}
            }
            sink.draft.cite(part, citation, sink.out);
        }
    }
}

/// The bytes of characters `start..end`; both 0, or an empty range, is all of the text. `None` if the
/// text is shorter.
fn byte_range(text: &str, start: u32, end: u32) -> Option<(u32, u32)> {
    if end <= start {
        return Some((0, 0));
    }
    let mut ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let first = ends.nth(start as usize)?;
    let last = ends.nth((end - start - 1) as usize)?;
    Some((u32::try_from(first).ok()?, u32::try_from(last).ok()?))
}

#[cfg(test)]
mod tests {
    use super::byte_range;

    #[test]
    fn characters_become_bytes() {
        let text = "Grüße an 東京";
        assert_eq!(byte_range(text, 2, 4), Some((2, 6)));
        assert_eq!(byte_range(text, 9, 11), Some((11, 17)));
        assert_eq!(byte_range(text, 0, 0), Some((0, 0)));
        assert_eq!(byte_range(text, 4, 2), Some((0, 0)));
        assert_eq!(byte_range(text, 9, 12), None);
    }
}
