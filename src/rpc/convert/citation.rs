//! Citations, outward.

use crate::domain::content::{Citation, CitationSource};
use crate::rpc::pb;

pub(crate) fn citation_out(citation: Citation) -> pb::Citation {
    let number = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
    pb::Citation {
        start_byte: number(citation.start_byte),
        end_byte: number(citation.end_byte),
        source: citation.source.map(|source| match source {
            CitationSource::Web { url, title } => pb::citation::Source::Web(pb::WebSource { url, title }),
            CitationSource::Document {
                title,
                media_index,
                first_page,
                last_page,
            } => pb::citation::Source::Document(pb::DocumentSource {
                title,
                media_index: number(media_index),
                first_page: number(first_page),
                last_page: number(last_page),
            }),
        }),
        quote: citation.quote,
    }
}
