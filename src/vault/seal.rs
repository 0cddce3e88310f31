//! Seals secrets and opens them: XChaCha20-Poly1305 under a data key drawn for each version of each key. What is
//! sealed says whose it is: moved to another row it does not open. Refuses to know where data keys are kept.

use std::fmt;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use secrecy::SecretString;
use zeroize::Zeroizing;

/// The layout of what is sealed: this byte, the nonce, then the text with its tag.
const FORMAT: u8 = 1;
/// Long enough to be drawn at random for every message.
const NONCE_BYTES: usize = 24;
/// Bytes of a data key, and of a key-encryption key.
pub(super) const KEY_BYTES: usize = 32;

/// What was sealed does not open: another key, another place, or a changed byte. It does not say which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It does not open.
    #[error("it does not open: sealed under another key, for another place, or damaged")]
    Closed,
    /// It is in a layout that this crux does not know.
    #[error("it was sealed in a way that this crux does not know")]
    Format,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Randomness,
}

/// Whose a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'a> {
    pub(super) tenant_id: &'a str,
    pub(super) provider: &'a str,
    pub(super) key_id: &'a str,
    pub(super) version: i32,
}

impl Place<'_> {
    /// The place as data that is sealed beside the secret: each part after its length, so that no two places are
    /// the same bytes.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = vec![FORMAT];
        for part in [self.tenant_id, self.provider, self.key_id] {
            // Far below 4 GiB: a tenant's, provider's or key's id.
            bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes.extend(self.version.to_le_bytes());
        bytes
    }
}

/// A key that seals; wiped when dropped, never printed.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct SealKey(Zeroizing<[u8; KEY_BYTES]>);

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

impl SealKey {
    /// Draws one.
    pub(super) fn draw() -> Result<Self, SealError> {
        let mut bytes = Zeroizing::new([0; KEY_BYTES]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| SealError::Randomness)?;
        Ok(Self(bytes))
    }

    /// Makes one of its bytes, if they are as many as it takes.
    pub(super) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let bytes: [u8; KEY_BYTES] = bytes.try_into().ok()?;
        Some(Self(Zeroizing::new(bytes)))
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// Seals `text` for `context`.
    pub(super) fn seal(&self, text: &[u8], context: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(|_| SealError::Randomness)?;
        let payload = Payload {
            msg: text,
            aad: context,
        };
        let sealed = self
            .cipher()?
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SealError::Closed)?;
        Ok([&[FORMAT], nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for `context`.
    pub(super) fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (format, rest) = sealed.split_first().ok_or(SealError::Format)?;
        if *format != FORMAT {
            return Err(SealError::Format);
        }
        let (nonce, text) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(SealError::Format)?;
        let payload = Payload {
            msg: text,
            aad: context,
        };
        let opened = self
            .cipher()?
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| SealError::Closed)?;
        Ok(Zeroizing::new(opened))
    }

    /// Opens a secret, which is text.
    pub(super) fn open_secret(&self, sealed: &[u8], place: &Place<'_>) -> Result<SecretString, SealError> {
        let opened = self.open(sealed, &place.bytes())?;
        let text = std::str::from_utf8(&opened).map_err(|_| SealError::Closed)?;
        Ok(SecretString::from(text))
    }

    fn cipher(&self) -> Result<XChaCha20Poly1305, SealError> {
        XChaCha20Poly1305::new_from_slice(self.as_bytes()).map_err(|_| SealError::Closed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    use super::{Place, SealError, SealKey};

    fn place<'a>(tenant_id: &'a str, provider: &'a str, key_id: &'a str, version: i32) -> Place<'a> {
        Place {
            tenant_id,
            provider,
            key_id,
            version,
        }
    }

    proptest! {
        #[test]
        fn a_secret_opens_at_its_own_place_alone(
            secret in "[!-~]{1,200}",
            own in ("[a-z]{0,4}", "[a-z]{1,4}", "[a-z]{1,4}", 1..5_i32),
            other in ("[a-z]{0,4}", "[a-z]{1,4}", "[a-z]{1,4}", 1..5_i32),
        ) {
            let key = SealKey::draw().unwrap();
            let own_place = place(&own.0, &own.1, &own.2, own.3);
            let other_place = place(&other.0, &other.1, &other.2, other.3);
            let sealed = key.seal(secret.as_bytes(), &own_place.bytes()).unwrap();

            let opened = key.open_secret(&sealed, &own_place).unwrap();
            prop_assert_eq!(opened.expose_secret(), secret.as_str());
            if own != other {
                prop_assert_eq!(key.open_secret(&sealed, &other_place).unwrap_err(), SealError::Closed);
            }
        }

        #[test]
        fn a_changed_byte_is_noticed(at in 0..60_usize, bit in 0..8_u32) {
            let key = SealKey::draw().unwrap();
            let own = place("a", "b", "c", 1);
            let mut sealed = key.seal(b"a-secret-of-some-bytes", &own.bytes()).unwrap();
            let length = sealed.len();
            sealed[at % length] ^= 1 << bit;

            prop_assert!(key.open_secret(&sealed, &own).is_err());
        }
    }

    #[test]
    fn a_part_does_not_run_into_the_next() {
        assert_ne!(place("ab", "c", "d", 1).bytes(), place("a", "bc", "d", 1).bytes());
        assert_ne!(place("", "ab", "c", 1).bytes(), place("ab", "", "c", 1).bytes());
    }

    #[test]
    fn another_key_opens_nothing_and_the_same_secret_never_looks_the_same() {
        let (one, two) = (SealKey::draw().unwrap(), SealKey::draw().unwrap());
        let own = place("", "openai", "k", 1);
        let sealed = one.seal(b"secret", &own.bytes()).unwrap();

        assert_eq!(two.open_secret(&sealed, &own).unwrap_err(), SealError::Closed);
        assert_ne!(sealed, one.seal(b"secret", &own.bytes()).unwrap());
        assert!(!sealed.windows(6).any(|window| window == b"secret"));
    }

    #[test]
    fn what_is_short_or_of_another_layout_is_told_apart() {
        let key = SealKey::draw().unwrap();
        let own = place("", "openai", "k", 1);
        for strange in [&[][..], &[1], &[1; 24], &[2; 80]] {
            assert_eq!(key.open_secret(strange, &own).unwrap_err(), SealError::Format);
        }
    }
}
