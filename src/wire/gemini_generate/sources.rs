//! What an answer says of its sources: citations for its text, and the whole of it as parts at the end.

use serde_json::value::RawValue;

use super::blocks::{compact, opaque};
use super::citations::{self, TextPart};
use crate::domain::answer::AnswerEvent;
use crate::domain::content::{Citation, Part};
use crate::wire::draft::Draft;

/// The kinds of opaque part under which it appears; the API does not take them back.
pub(super) const KINDS: [&str; 2] = ["groundingMetadata", "urlContextMetadata"];

/// Keeps the last word of each kind: whoever shows grounded text must show the search suggestions in it.
#[derive(Debug, Default)]
pub(super) struct Sources {
    said: [Option<String>; 2],
}

impl Sources {
    pub(super) fn grounding(
        &mut self,
        raw: &RawValue,
        texts: &[u32],
        draft: &mut Draft,
        out: &mut Vec<AnswerEvent>,
    ) {
        if !is_empty(raw) {
            let found = citations::of_grounding(raw, &text_parts(texts, draft));
            cite(found, draft, out);
            let [grounding, _] = &mut self.said;
            *grounding = Some(raw.get().to_owned());
        }
    }

    /// Takes which pages the provider has read.
    pub(super) fn url_context(&mut self, raw: &RawValue) {
        if !is_empty(raw) {
            let [_, pages] = &mut self.said;
            *pages = Some(raw.get().to_owned());
        }
    }

    pub(super) fn end(&mut self, draft: &mut Draft, out: &mut Vec<AnswerEvent>) {
        for (kind, said) in KINDS.into_iter().zip(&mut self.said) {
            if let Some(payload) = said.take() {
                let block = opaque(draft.provider(), kind, &payload);
                draft.add(Part::new(block), out);
            }
        }
    }
}

/// Takes spans that repeat a known source.
pub(super) fn recitation(raw: &RawValue, texts: &[u32], draft: &mut Draft, out: &mut Vec<AnswerEvent>) {
    let found = citations::of_recitation(raw, &text_parts(texts, draft));
    cite(found, draft, out);
}

/// The text of those of `texts` that are open.
pub(super) fn text_parts<'a>(texts: &[u32], draft: &'a Draft) -> Vec<TextPart<'a>> {
    let texts = texts.iter();
    texts
        .filter_map(|index| Some((*index, draft.part(*index)?.kind.as_text()?)))
        .collect()
}

/// Later chunks may repeat what earlier ones said.
fn cite(found: Vec<(u32, Citation)>, draft: &mut Draft, out: &mut Vec<AnswerEvent>) {
    for (index, citation) in found {
        let is_known = |part: &Part| part.citations.contains(&citation);
        if !draft.part(index).is_some_and(is_known) {
            draft.cite(index, citation, out);
        }
    }
}

fn is_empty(raw: &RawValue) -> bool {
    matches!(compact(raw.get()).as_str(), "{}" | "null")
}
