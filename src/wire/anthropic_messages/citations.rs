//! Citations: one block of the API, one of the contract's.

use crate::domain::content::{Citation, CitationSource};

use super::shapes::CitationBlock;

/// Reads a citation. It covers the whole text block it came with: the API cuts the text into blocks so.
///
/// `documents` are the request's, by their places among its media parts.
pub(super) fn citation(block: CitationBlock<'_>, documents: &[u32]) -> Citation {
    let source = match &*block.kind {
        "web_search_result_location" => Some(CitationSource::Web {
            url: block.url.into_owned(),
            title: block.title.into_owned(),
        }),
        "search_result_location" => Some(CitationSource::Web {
            url: block.source.into_owned(),
            title: block.title.into_owned(),
        }),
        "char_location" | "page_location" | "content_block_location" => {
            let first_page = block.start_page_number.0.unwrap_or(0);
            let index = block.document_index.0.unwrap_or(0);
            let place = usize::try_from(index).ok();
            Some(CitationSource::Document {
                title: block.document_title.into_owned(),
                // A document beyond the request's own is one that a tool of the provider's brought in.
                media_index: place
                    .and_then(|place| documents.get(place))
                    .copied()
                    .unwrap_or(index),
                first_page,
                // The API's last page is exclusive.
                last_page: block
                    .end_page_number
                    .0
                    .map_or(0, |end| end.saturating_sub(1).max(first_page)),
            })
        }
        _ => None,
    };
    Citation {
        start_byte: 0,
        end_byte: 0,
        source,
        quote: block.cited_text.into_owned(),
    }
}
