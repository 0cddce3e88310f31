//! Images and audio in answers: base64 to bytes, with the type told by the address or the bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use crate::domain::content::{Media, MediaSource, Part, PartKind};
use crate::wire::openai_chat::chunk::Audio;
use crate::wire::openai_chat::sink::Sink;
use crate::wire::openai_chat::state::State;

/// Reads an image: a data URL becomes its bytes.
pub(super) fn image(url: &str) -> Part {
    let inline = url.strip_prefix("data:").and_then(|rest| rest.split_once(','));
    let decoded = inline.and_then(|(kind, data)| {
        let bytes = STANDARD.decode(data).ok()?;
        Some((kind.split(';').next().unwrap_or_default().to_owned(), bytes))
    });
    let (mime_type, source) = match decoded {
        Some((mime_type, bytes)) => (mime_type, MediaSource::Data(Bytes::from(bytes))),
        None => (String::new(), MediaSource::Url(url.to_owned())),
    };
    Part::new(PartKind::Media(Media {
        mime_type,
        source,
        name: None,
        size_bytes: None,
    }))
}

/// Reads the audio of one answer: sound, its transcript as text, and an id that stands for it later.
#[derive(Debug, Default)]
pub(super) struct AudioReader {
    id: String,
    sound: Option<u32>,
    words: Option<u32>,
    /// Base64 that does not fill a group of four yet.
    carry: String,
}

impl AudioReader {
    /// Reads audio, or a fragment of it.
    pub(super) fn read(&mut self, audio: &Audio<'_>, sink: &mut Sink<'_>) {
        if self.id.is_empty() {
            self.id.push_str(audio.id.text().unwrap_or_default());
        }
        if let Some(data) = &audio.data {
            self.carry.push_str(data.as_str());
            let bytes = decode_groups(&mut self.carry);
            if !bytes.is_empty() {
                let part = *self.sound.get_or_insert_with(|| sink.open(sound(&bytes)));
                sink.draft.media(part, bytes.into(), sink.out);
            }
        }
        if let Some(words) = audio
            .transcript
            .as_ref()
            .filter(|words| !words.as_str().is_empty())
        {
            let part = *self.words.get_or_insert_with(|| sink.open(Part::text("")));
            sink.text(part, words.as_str());
        }
        if !self.id.is_empty() {
            if let Some(part) = self.sound {
                sink.draft
                    .set_state(part, State::Audio(self.id.clone()).to_bytes());
            }
            if let Some(part) = self.words {
                sink.draft
                    .set_state(part, State::Transcript(self.id.clone()).to_bytes());
            }
        }
    }
}

/// Decodes the whole groups at the start of `carry` and leaves the rest. Fragments may be padded each on
/// their own, so every run of padding ends a text.
fn decode_groups(carry: &mut String) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(carry.len() / 4 * 3);
    let mut rest = carry.as_str();
    loop {
        let padded = rest.find('=').map(|at| at - at % 4 + 4);
        let whole = rest.len() - rest.len() % 4;
        let end = padded.unwrap_or(whole).min(whole);
        let Some((groups, after)) = rest
            .split_at_checked(end)
            .filter(|(groups, _)| !groups.is_empty())
        else {
            break;
        };
        let Ok(decoded) = STANDARD.decode(groups) else {
            // Not base64: nothing after it can be trusted to be in step.
            rest = "";
            break;
        };
        bytes.extend_from_slice(&decoded);
        rest = after;
    }
    *carry = rest.to_owned();
    bytes
}

/// A sound of the type its first bytes tell; raw samples tell nothing.
fn sound(bytes: &[u8]) -> Part {
    let mime_type = match bytes {
        [b'R', b'I', b'F', b'F', ..] => "audio/wav",
        [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xff, ..] => "audio/mpeg",
        [b'f', b'L', b'a', b'C', ..] => "audio/flac",
        [b'O', b'g', b'g', b'S', ..] => "audio/ogg",
        _ => "audio/pcm",
    };
    Part::new(PartKind::Media(Media {
        mime_type: mime_type.to_owned(),
        source: MediaSource::Data(Bytes::new()),
        name: None,
        size_bytes: None,
    }))
}

#[cfg(test)]
mod tests {
    use super::decode_groups;

    #[test]
    fn base64_is_decoded_across_fragments_and_paddings() {
        let mut carry = String::new();
        let mut bytes = Vec::new();
        for fragment in ["aGVsb", "G8=", "IHdv", "cmxk", "IQ==", "aGk"] {
            carry.push_str(fragment);
            bytes.extend(decode_groups(&mut carry));
        }
        assert_eq!(bytes, b"hello world!");
        assert_eq!(carry, "aGk");
    }
}
