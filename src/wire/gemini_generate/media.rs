//! Media on its way in: bytes inline, URLs and the provider's files by their URI.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::encode::Encoding;
use crate::domain::content::{Media, MediaSource};
use crate::wire::dialect::EncodeError;

/// A media part as an object of its own; `field` is the part's path.
pub(super) fn part(
    encoding: &Encoding<'_>,
    media: &Media,
    field: &str,
) -> Result<Map<String, Value>, EncodeError> {
    let mut part = Map::new();
    match &media.source {
        MediaSource::Data(bytes) => {
            let data = json!({ "mimeType": media.mime_type, "data": STANDARD.encode(bytes) });
            part.insert("inlineData".to_owned(), data);
        }
        MediaSource::Url(url) => {
            let is_own_file = url.starts_with(encoding.dialect.files_url);
            if !is_own_file && !(encoding.dialect.fetches_url)(encoding.model, url) {
                return Err(EncodeError::unsupported(
                    format!("{field}.media.url"),
                    "this model's provider does not fetch URLs; send the bytes",
                ));
            }
            part.insert("fileData".to_owned(), file(media, url.clone()));
        }
        MediaSource::File { provider, id } => {
            if provider != encoding.provider {
                return Err(EncodeError::unsupported(
                    format!("{field}.media.file"),
                    format!("a file at `{provider}` cannot be read by another provider; send the bytes"),
                ));
            }
            let uri = if id.contains("://") {
                id.clone()
            } else {
                let name = id.strip_prefix("files/").unwrap_or(id);
                format!("{}files/{name}", encoding.dialect.files_url)
            };
            part.insert("fileData".to_owned(), file(media, uri));
        }
    }
    Ok(part)
}

fn file(media: &Media, uri: String) -> Value {
    let mut data = Map::new();
    if !media.mime_type.is_empty() {
        data.insert("mimeType".to_owned(), media.mime_type.clone().into());
    }
    data.insert("fileUri".to_owned(), uri.into());
    data.into()
}
