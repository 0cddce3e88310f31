//! Media, both ways: bytes, a URL, or a file that a provider has.

use crate::domain::content::{Media, MediaSource};
use crate::rpc::convert::violations::Violations;
use crate::rpc::pb;

pub(super) fn media_in(media: pb::Media, path: &str, violations: &mut Violations) -> Option<Media> {
    let pb::Media {
        mime_type,
        source,
        name,
        size_bytes: _,
    } = media;
    let source = match source {
        None => {
            violations.add(path, "expected one of data, url, file");
            return None;
        }
        Some(pb::media::Source::Data(data)) => {
            violations.check(
                !data.is_empty(),
                &format!("{path}.data"),
                "expected bytes, found none",
            );
            let is_type = mime_type
                .split_once('/')
                .is_some_and(|(family, kind)| !family.is_empty() && !kind.is_empty());
            violations.check(
                is_type,
                &format!("{path}.mime_type"),
                format_args!("expected a media type such as \"image/png\" with data, found {mime_type:?}"),
            );
            MediaSource::Data(data)
        }
        Some(pb::media::Source::Url(url)) => {
            violations.check(
                url.starts_with("https://"),
                &format!("{path}.url"),
                "expected an https URL; send other content as data",
            );
            MediaSource::Url(url)
        }
        Some(pb::media::Source::File(file)) => {
            let Some((provider, id)) = file.split_once('/').filter(|(_, id)| !id.is_empty()) else {
                violations.add(
                    format!("{path}.file"),
                    format!("expected \"<provider>/<file id>\", found {file:?}"),
                );
                return None;
            };
            MediaSource::File {
                provider: provider.to_owned(),
                id: id.to_owned(),
            }
        }
    };
    Some(Media {
        mime_type,
        source,
        name: (!name.is_empty()).then_some(name),
        size_bytes: None,
    })
}

pub(super) fn media_out(media: Media) -> pb::Media {
    let size_bytes = media
        .size_bytes
        .and_then(|size| i64::try_from(size).ok())
        .unwrap_or_default();
    let source = match media.source {
        // Empty: the bytes came as deltas.
        MediaSource::Data(data) => (!data.is_empty()).then_some(pb::media::Source::Data(data)),
        MediaSource::Url(url) => Some(pb::media::Source::Url(url)),
        MediaSource::File { provider, id } => Some(pb::media::Source::File(format!("{provider}/{id}"))),
    };
    pb::Media {
        mime_type: media.mime_type,
        source,
        name: media.name.unwrap_or_default(),
        size_bytes,
    }
}
