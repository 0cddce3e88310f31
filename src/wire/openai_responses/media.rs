//! Media as content blocks: images and files in, images the model made sent back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::domain::content::{Media, MediaFamily, MediaSource};
use crate::wire::dialect::EncodeError;

/// Puts media into a block of input.
///
/// # Errors
/// [`EncodeError::Unsupported`] for audio and video, and for another provider's file.
pub(super) fn block(media: &Media, provider: &str, path: &str) -> Result<Map<String, Value>, EncodeError> {
    let unsupported = |message: &str| EncodeError::unsupported(format!("{path}.media"), message);
    let is_image = match family(media) {
        MediaFamily::Image => true,
        MediaFamily::Document => false,
        MediaFamily::Audio => return Err(unsupported("the API takes no audio")),
        MediaFamily::Video => return Err(unsupported("the API takes no video")),
    };
    let mut block = Map::new();
    let mut put = |key: &str, value: &str| block.insert(key.to_owned(), value.into());
    put("type", if is_image { "input_image" } else { "input_file" });
    match &media.source {
        MediaSource::Data(bytes) => {
            let data = format!("data:{};base64,{}", media.mime_type, STANDARD.encode(bytes));
            if is_image {
                put("image_url", &data);
            } else {
                // The API tells a file's kind by its name.
                put(
                    "filename",
                    &media.name.clone().unwrap_or_else(|| file_name(&media.mime_type)),
                );
                put("file_data", &data);
            }
        }
        MediaSource::Url(url) => {
            put(if is_image { "image_url" } else { "file_url" }, url);
        }
        MediaSource::File { provider: at, id } if at == provider => {
            put("file_id", id);
        }
        MediaSource::File { .. } => {
            return Err(unsupported(
                "the file is at another provider; send its bytes or a URL",
            ));
        }
    }
    Ok(block)
}

/// Puts an image the model made back into its call.
///
/// # Errors
/// [`EncodeError::Unsupported`] where its bytes are not there.
pub(super) fn image_call(
    mut item: Map<String, Value>,
    media: &Media,
    path: &str,
) -> Result<Map<String, Value>, EncodeError> {
    if !item.contains_key("result") {
        let MediaSource::Data(bytes) = &media.source else {
            let message = "an image the model made goes back as bytes";
            return Err(EncodeError::unsupported(format!("{path}.media"), message));
        };
        item.insert("result".to_owned(), STANDARD.encode(bytes).into());
    }
    Ok(item)
}

/// What the media type says, or the URL where there is none.
fn family(media: &Media) -> MediaFamily {
    const IMAGES: [&str; 5] = [".png", ".jpg", ".jpeg", ".gif", ".webp"];
    if let (true, MediaSource::Url(url)) = (media.mime_type.is_empty(), &media.source) {
        let path = url
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        if IMAGES.iter().any(|end| path.ends_with(end)) {
            return MediaFamily::Image;
        }
    }
    media.family()
}

/// A name for a file that came without one.
fn file_name(mime_type: &str) -> String {
    let subtype = mime_type.rsplit('/').next().unwrap_or_default();
    let extension = match subtype {
        "plain" => "txt",
        "markdown" => "md",
        "csv" | "html" | "json" | "xml" | "rtf" => subtype,
        "vnd.openxmlformats-officedocument.wordprocessingml.document" => "docx",
        "vnd.openxmlformats-officedocument.presentationml.presentation" => "pptx",
        "vnd.openxmlformats-officedocument.spreadsheetml.sheet" => "xlsx",
        _ => "pdf",
    };
    format!("file.{extension}")
}
