//! Images and documents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::domain::content::{Media, MediaFamily, MediaSource};
use crate::wire::dialect::EncodeError;

use super::encode::Writer;
use super::parts::{Block, block};

impl Writer<'_> {
    /// Writes an image or a document.
    pub(super) fn media(&mut self, media: &Media, path: &str) -> Result<Block, EncodeError> {
        let mime = essence(media);
        let kind = match media.family() {
            MediaFamily::Image => "image",
            MediaFamily::Document if is_image_url(media) => "image",
            MediaFamily::Document => "document",
            MediaFamily::Audio | MediaFamily::Video => {
                let message = format!("the API takes images and documents, not `{}`", media.mime_type);
                return Err(EncodeError::unsupported(path, message));
            }
        };
        let source = match &media.source {
            MediaSource::Url(url) => json!({"type": "url", "url": url}),
            MediaSource::File { provider, id } => {
                if provider != self.target.provider {
                    let message = format!("the file is at `{provider}`; send its bytes or a URL");
                    return Err(EncodeError::unsupported(path, message));
                }
                self.betas.add(self.dialect.file_beta);
                // Anything but images, PDFs and plain text is for the code execution tool.
                if kind == "document" && !matches!(mime.as_str(), "" | "application/pdf" | "text/plain") {
                    return Ok(block("container_upload", [("file_id", id.as_str().into())]));
                }
                json!({"type": "file", "file_id": id})
            }
            MediaSource::Data(bytes) if kind == "image" || mime == "application/pdf" => {
                json!({"type": "base64", "media_type": mime, "data": STANDARD.encode(bytes)})
            }
            MediaSource::Data(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) if is_text(&mime) => {
                    json!({"type": "text", "media_type": "text/plain", "data": text})
                }
                _ => {
                    let message = format!(
                        "the API takes documents of PDF or text, not `{}`",
                        media.mime_type
                    );
                    return Err(EncodeError::unsupported(path, message));
                }
            },
        };
        let mut fields = block(kind, [("source", source)]);
        if let Some(name) = media.name.as_ref().filter(|_| kind == "document") {
            fields.insert("title".to_owned(), name.as_str().into());
        }
        Ok(fields)
    }
}

/// The media type without its parameters, in lower case.
fn essence(media: &Media) -> String {
    let essence = media.mime_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn is_text(mime: &str) -> bool {
    mime.starts_with("text/")
        || matches!(
            mime,
            "application/json" | "application/xml" | "application/yaml" | "application/x-yaml"
        )
}

/// Whether a URL without a media type names an image: the API wants to be told which of the two it is.
fn is_image_url(media: &Media) -> bool {
    let MediaSource::Url(url) = &media.source else {
        return false;
    };
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let extension = path.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    media.mime_type.is_empty() && matches!(extension.as_str(), "jpg" | "jpeg" | "png" | "gif" | "webp")
}
