//! Owns the reading of a file that goes with a question.

use std::io;
use std::path::{Path, PathBuf};

use crate::rpc::pb;
use crate::rpc::pb::media::Source;
use crate::rpc::pb::part::Kind;

/// Media types by the ending of a file's name.
const TYPES: [(&str, &str); 17] = [
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("csv", "text/csv"),
    ("html", "text/html"),
    ("json", "application/json"),
    ("wav", "audio/wav"),
    ("mp3", "audio/mpeg"),
    ("ogg", "audio/ogg"),
    ("flac", "audio/flac"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
];

/// A file that cannot go with a question.
#[derive(Debug, thiserror::Error)]
pub(super) enum AttachError {
    #[error("cannot read {path}: {source}", path = path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("cannot tell what {path} is by its name; expected it to end in one of: {known}", path = path.display())]
    UnknownType { path: PathBuf, known: String },
}

/// Reads a file as a part of a question.
///
/// # Errors
/// [`AttachError`] for what cannot be read or has no known kind.
pub(super) fn attach(path: &Path) -> Result<pb::Part, AttachError> {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    let known = TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(ending));
    let Some((_, mime_type)) = known else {
        return Err(AttachError::UnknownType {
            path: path.to_owned(),
            known: TYPES.map(|(ending, _)| ending).join(", "),
        });
    };
    let data = std::fs::read(path).map_err(|source| AttachError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let media = pb::Media {
        mime_type: (*mime_type).to_owned(),
        source: Some(Source::Data(data.into())),
        name,
        size_bytes: 0,
    };
    Ok(pb::Part {
        kind: Some(Kind::Media(media)),
        ..Default::default()
    })
}
