//! Seals: opaque strings the sandbox issues and can recognise when they come back.
//!
//! They stand in for the providers' signatures, encrypted reasoning and thought signatures. The constant below
//! is public on purpose: a seal proves only that a client returned what it was given, unchanged.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

/// Public, fixed and not a secret.
const CONSTANT: &[u8] = b"the sandbox seals with a public constant";

/// What a seal was issued for; a seal of one kind is not one of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Thinking,
    RedactedThinking,
    EncryptedReasoning,
    ThoughtSignature,
    ReasoningDetail,
}

impl Kind {
    const fn tag(self) -> &'static [u8] {
        match self {
            Self::Thinking => b"thinking",
            Self::RedactedThinking => b"redacted",
            Self::EncryptedReasoning => b"encrypted",
            Self::ThoughtSignature => b"thought",
            Self::ReasoningDetail => b"detail",
        }
    }
}

/// Seals a payload: the same kind and payload give the same text.
pub(super) fn seal(kind: Kind, payload: &[u8]) -> String {
    STANDARD.encode(sealed_bytes(kind, payload))
}

/// As [`seal`], in the alphabet that is safe in URLs.
pub(super) fn seal_url_safe(kind: Kind, payload: &[u8]) -> String {
    URL_SAFE.encode(sealed_bytes(kind, payload))
}

/// Tells whether `text` is what [`seal`] gives for this payload.
pub(super) fn is_seal_of(kind: Kind, payload: &[u8], text: &str) -> bool {
    STANDARD
        .decode(text)
        .is_ok_and(|bytes| bytes == sealed_bytes(kind, payload))
}

/// Opens a seal of either alphabet and returns the digest of its payload, if it was issued here.
pub(super) fn is_seal(kind: Kind, text: &str) -> bool {
    let decoded = STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text));
    let Ok(bytes) = decoded else { return false };
    let Some((payload, mark)) = bytes.split_first_chunk::<16>() else {
        return false;
    };
    mark == mark_of(kind, payload)
}

fn sealed_bytes(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let payload = digest(&[b"payload", payload]);
    let mut bytes = payload.to_vec();
    bytes.extend_from_slice(&mark_of(kind, &payload));
    bytes
}

fn mark_of(kind: Kind, payload: &[u8]) -> Vec<u8> {
    let mut mark = digest(&[CONSTANT, kind.tag(), payload]).to_vec();
    mark.extend_from_slice(&digest(&[payload, kind.tag(), CONSTANT]));
    mark
}

/// Digests parts to sixteen bytes: FNV-1a twice from different bases. Stable across builds and platforms, which
/// the standard library's hasher does not promise.
fn digest(parts: &[&[u8]]) -> [u8; 16] {
    let mut low = 0xcbf2_9ce4_8422_2325_u64;
    let mut high = 0x6c62_272e_07bb_0142_u64;
    for part in parts {
        for byte in part.iter().copied().chain([0xff]) {
            low = (low ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            high = (high ^ u64::from(byte))
                .wrapping_mul(0x0100_0000_01b3)
                .rotate_left(5);
        }
    }
    (u128::from(mix(high)) << 64 | u128::from(mix(low))).to_be_bytes()
}

const fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// The digest of a request, from which its ids are made: equal requests get equal ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seed(u64);

impl Seed {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let digest = digest(&[b"seed", bytes]);
        Self(digest.first_chunk().map_or(0, |head| u64::from_be_bytes(*head)))
    }

    /// Returns `len` lower-case hexadecimal digits, different for every `salt`.
    pub(super) fn hex(self, salt: u64, len: usize) -> String {
        self.text(salt, len, b"0123456789abcdef")
    }

    /// Returns `len` letters and digits, different for every `salt`.
    pub(super) fn alphanumeric(self, salt: u64, len: usize) -> String {
        self.text(
            salt,
            len,
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        )
    }

    /// Returns text in the shape of a UUID.
    pub(super) fn uuid(self, salt: u64) -> String {
        let hex = self.hex(salt, 32);
        let part = |range| hex.get(range).unwrap_or_default();
        format!(
            "{}-{}-4{}-a{}-{}",
            part(0..8),
            part(8..12),
            part(13..16),
            part(17..20),
            part(20..32)
        )
    }

    /// Returns an id that [`is_issued_id`] recognises.
    pub(super) fn issued_id(self, prefix: &str, salt: u64) -> String {
        let body = self.hex(salt, 32);
        let mark = Self::of(body.as_bytes()).hex(0, 18);
        format!("{prefix}{body}{mark}")
    }

    fn text(self, salt: u64, len: usize, alphabet: &[u8]) -> String {
        let mut state = mix(self.0 ^ mix(salt.wrapping_add(1)));
        let mut text = String::with_capacity(len);
        for _ in 0..len {
            state = mix(state.wrapping_add(0x9e37_79b9_7f4a_7c15));
            let index = usize::try_from(state >> 33).unwrap_or_default() % alphabet.len();
            text.push(alphabet.get(index).copied().map_or('0', char::from));
        }
        text
    }
}

/// Tells whether an id was made by [`Seed::issued_id`].
pub(super) fn is_issued_id(prefix: &str, id: &str) -> bool {
    let Some(rest) = id.strip_prefix(prefix) else {
        return false;
    };
    let Some((body, mark)) = rest.split_at_checked(32) else {
        return false;
    };
    Seed::of(body.as_bytes()).hex(0, 18) == mark
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_recognised_in_both_alphabets() {
        assert!(is_seal(Kind::Thinking, &seal(Kind::Thinking, b"because")));
        assert!(is_seal(
            Kind::EncryptedReasoning,
            &seal_url_safe(Kind::EncryptedReasoning, b"because")
        ));
    }

    #[test]
    fn a_changed_or_foreign_seal_is_refused() {
        let issued = seal(Kind::Thinking, b"because");
        let changed = issued.replacen(issued.chars().next().unwrap(), "_", 1);

        assert!(!is_seal(Kind::Thinking, &changed));
        assert!(!is_seal(Kind::ThoughtSignature, &issued));
        assert!(!is_seal(Kind::Thinking, "c2lnbmF0dXJl"));
        assert!(!is_seal(Kind::Thinking, ""));
    }

    #[test]
    fn a_seal_binds_its_payload() {
        let issued = seal(Kind::Thinking, b"because");

        assert!(is_seal_of(Kind::Thinking, b"because", &issued));
        assert!(!is_seal_of(Kind::Thinking, b"perhaps", &issued));
    }

    #[test]
    fn an_issued_id_is_told_from_an_invented_one() {
        let id = Seed::of(b"{}").issued_id("rs_", 1);

        assert!(is_issued_id("rs_", &id));
        assert!(!is_issued_id("msg_", &id));
        assert!(!is_issued_id(
            "rs_",
            "rs_68c42de022c881948db7ed1cc2529f2e0202c9ad459e0d23aa"
        ));
    }

    #[test]
    fn ids_follow_the_request_and_the_salt() {
        let seed = Seed::of(b"{}");

        assert_eq!(seed.hex(1, 8), Seed::of(b"{}").hex(1, 8));
        assert_ne!(seed.hex(1, 8), seed.hex(2, 8));
        assert_ne!(seed.hex(1, 8), Seed::of(b"[]").hex(1, 8));
        assert_eq!(seed.uuid(1).len(), 36);
    }
}
