//! Parts of messages as content blocks: text, images, audio, video, documents.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::domain::content::{CacheHint, Media, MediaFamily, MediaSource, Part, Role};
use crate::wire::dialect::{EncodeError, Target};
use crate::wire::merge::{merge_options, merge_options_of};
use crate::wire::notes::Notes;
use crate::wire::openai_chat::quirks::Quirks;
use crate::wire::openai_chat::state::State;

/// What blocks are made with.
#[derive(Debug)]
pub(super) struct Blocks<'a> {
    pub(super) quirks: &'a Quirks,
    pub(super) target: Target<'a>,
    pub(super) notes: &'a mut Notes,
}

impl Blocks<'_> {
    /// The state this dialect gave out with a part.
    pub(super) fn state(&self, part: &Part) -> Option<State> {
        State::from_bytes(part.state_of(self.target.provider)?)
    }

    /// Notes what a part loses that is not this provider's; whether that is all of it.
    pub(super) fn is_lost(&mut self, part: &Part, role: Role, path: &str) -> bool {
        let is_read = self.state(part).is_some();
        self.notes
            .is_lost(part, is_read, role, self.target.provider, path)
    }

    /// A text block.
    pub(super) fn text(
        &mut self,
        part: &Part,
        text: &str,
        path: &str,
    ) -> Result<Map<String, Value>, EncodeError> {
        let mut block = Map::new();
        block.insert("type".to_owned(), "text".into());
        block.insert("text".to_owned(), text.into());
        self.cache_hint(&mut block, part, path);
        self.merge(&mut block, part, path, &["type", "text"])?;
        Ok(block)
    }

    /// A block for media.
    pub(super) fn media(
        &mut self,
        part: &Part,
        media: &Media,
        path: &str,
    ) -> Result<Map<String, Value>, EncodeError> {
        let (kind, inner) = self.describe(media, path)?;
        let mut block = Map::new();
        block.insert("type".to_owned(), kind.into());
        block.insert(inner.member.to_owned(), Value::Object(inner.members));
        self.cache_hint(&mut block, part, path);
        let provider = self.target.provider;
        if let Some(options) = part.provider_options.of(provider) {
            let field = format!("{path}.provider_options.{provider}");
            // Knobs such as `detail` belong to what the block holds; a few to the block itself.
            let is_outer = |key: &String| key == "cache_control" || key == inner.member || key == "type";
            let (outer, held): (Map<_, _>, Map<_, _>) =
                options.clone().into_iter().partition(|(key, _)| is_outer(key));
            if let Some(Value::Object(members)) = block.get_mut(inner.member) {
                merge_options(members, Some(&held), &field, &CONTENT)?;
            }
            merge_options(&mut block, Some(&outer), &field, &["type", inner.member])?;
        }
        Ok(block)
    }

    /// Marks a block as the end of a prefix that is worth caching.
    pub(super) fn cache_hint(&mut self, block: &mut Map<String, Value>, part: &Part, path: &str) {
        let Some(hint) = &part.cache_hint else { return };
        if let Some(control) = cache_control(self.quirks, hint) {
            block.insert("cache_control".to_owned(), control);
        } else {
            let field = format!("{path}.cache_hint");
            self.notes.left_out(field, "the provider takes no cache hints");
        }
    }

    /// Merges the part's own knobs into what it became.
    pub(super) fn merge(
        &self,
        object: &mut Map<String, Value>,
        part: &Part,
        path: &str,
        reserved: &[&str],
    ) -> Result<(), EncodeError> {
        merge_options_of(
            self.target.provider,
            object,
            &part.provider_options,
            path,
            reserved,
        )
    }

    fn describe(&self, media: &Media, path: &str) -> Result<(&'static str, Inner), EncodeError> {
        let takes = self.quirks.media;
        let unsupported = |what: &str| {
            let message = format!("the provider's chat completions do not take {what}");
            Err(EncodeError::unsupported(format!("{path}.media"), message))
        };
        match (media.family(), &media.source) {
            (MediaFamily::Document, MediaSource::File { provider, id }) if takes.files => {
                if provider != self.target.provider {
                    return unsupported("files of another provider");
                }
                Ok(("file", Inner::new("file", [("file_id", id.clone().into())])))
            }
            (_, MediaSource::File { .. }) => unsupported("this by file id"),
            (MediaFamily::Image, source) if takes.images => {
                let url = address(media, source);
                Ok(("image_url", Inner::new("image_url", [("url", url.into())])))
            }
            (MediaFamily::Video, source) if takes.video => {
                let url = address(media, source);
                Ok(("video_url", Inner::new("video_url", [("url", url.into())])))
            }
            (MediaFamily::Audio, MediaSource::Data(bytes)) => {
                let essence = media.mime_type.split(';').next().unwrap_or_default();
                let Some((_, format)) = takes.audio.iter().find(|(mime, _)| *mime == essence) else {
                    return unsupported(&format!("`{essence}`"));
                };
                let members = [
                    ("data", STANDARD.encode(bytes).into()),
                    ("format", (*format).into()),
                ];
                Ok(("input_audio", Inner::new("input_audio", members)))
            }
            (MediaFamily::Document, MediaSource::Url(_)) if !takes.file_urls => {
                unsupported("documents by address")
            }
            (MediaFamily::Document, source) if takes.files => {
                let name = media
                    .name
                    .clone()
                    .unwrap_or_else(|| match media.mime_type.as_str() {
                        "application/pdf" => "document.pdf".to_owned(),
                        _ => "document".to_owned(),
                    });
                let data = address(media, source);
                let members = [("filename", name.into()), ("file_data", data.into())];
                Ok(("file", Inner::new("file", members)))
            }
            (family, MediaSource::Data(_)) => unsupported(&format!("{family:?} content")),
            (family, MediaSource::Url(_)) => unsupported(&format!("{family:?} content by address")),
        }
    }
}

/// What holds the content itself: no option replaces it.
const CONTENT: [&str; 4] = ["url", "data", "file_data", "file_id"];

/// What a media block holds, under a name of its own.
struct Inner {
    member: &'static str,
    members: Map<String, Value>,
}

impl Inner {
    fn new<const N: usize>(member: &'static str, members: [(&str, Value); N]) -> Self {
        let members = members.into_iter().map(|(key, value)| (key.to_owned(), value));
        Self {
            member,
            members: members.collect(),
        }
    }
}

/// The address of media, its bytes as a data URL.
pub(super) fn address(media: &Media, source: &MediaSource) -> String {
    match source {
        MediaSource::Data(bytes) => format!("data:{};base64,{}", media.mime_type, STANDARD.encode(bytes)),
        MediaSource::Url(url) => url.clone(),
        MediaSource::File { id, .. } => id.clone(),
    }
}

/// A cache hint in the provider's words: minutes by default, an hour where more is asked for.
pub(super) fn cache_control(quirks: &Quirks, hint: &CacheHint) -> Option<Value> {
    const DEFAULT_SECONDS: u64 = 5 * 60;
    if !quirks.cache_control {
        return None;
    }
    Some(match hint.ttl {
        Some(ttl) if ttl.as_secs() > DEFAULT_SECONDS => json!({"type": "ephemeral", "ttl": "1h"}),
        _ => json!({"type": "ephemeral"}),
    })
}

/// Blocks as a message's content: a lone plain text is a string, which every server takes.
pub(super) fn content(blocks: Vec<Map<String, Value>>) -> Value {
    if let [block] = blocks.as_slice()
        && block.len() == 2
        && let (Some("text"), Some(text)) = (block.get("type").and_then(Value::as_str), block.get("text"))
    {
        return text.clone();
    }
    Value::Array(blocks.into_iter().map(Value::Object).collect())
}
