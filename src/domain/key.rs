//! A provider's API key as everybody may see it, and its secret as it is stored. Neither is the secret.

use std::collections::BTreeMap;
use std::fmt;

use crate::domain::placeholder::is_placeholder;
use crate::domain::time::Timestamp;

/// What is known about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// 1 to 64 characters of `[a-z0-9-]`.
    pub id: String,
    /// Provider id.
    pub provider: String,
    /// Whose requests use it; empty: everybody's who has no key of their own.
    pub tenant_id: String,
    /// For people.
    pub display_name: String,
    /// What was last said about its use.
    pub state: KeyState,
    /// Its last four characters; empty where they would tell too much.
    pub hint: String,
    /// Lower is used first; equal ones take turns.
    pub priority: i32,
    /// Counts up from 1 with every rotation.
    pub version: i32,
    /// The operator's own.
    pub labels: BTreeMap<String, String>,
    /// When it was stored.
    pub create_time: Timestamp,
    /// When its secret was last replaced.
    pub rotate_time: Option<Timestamp>,
    /// When a call was last made with it, as far as that is written down.
    pub last_use_time: Option<Timestamp>,
    /// When it stops being used.
    pub expire_time: Option<Timestamp>,
    /// When its provider last said that it is good.
    pub verify_time: Option<Timestamp>,
    /// When its provider last refused it, since it was last good.
    pub reject_time: Option<Timestamp>,
    /// Until when calls that began with an earlier version may go on with it; `None`: until they end.
    pub grace_end_time: Option<Timestamp>,
    /// Another one after every change.
    pub etag: String,
}

/// Whether a key is to be used. That it has expired is a matter of time, see [`Key::is_expired`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyState {
    /// It is.
    Active,
    /// Somebody stopped its use.
    Disabled,
    /// Its provider refused it.
    Rejected,
}

impl KeyState {
    /// Its name where it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Rejected => "rejected",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Active, Self::Disabled, Self::Rejected]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

impl Key {
    /// Whether its time is up.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expire_time.is_some_and(|expires| expires <= now)
    }
}

/// The secret of one version of a key, sealed: under a data key of its own, which is wrapped under a
/// key-encryption key.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSecret {
    /// The version of the key that it belongs to.
    pub version: i32,
    /// Which key-encryption key unwraps the data key.
    pub kek_id: String,
    /// The data key, wrapped.
    pub wrapped_key: Vec<u8>,
    /// The secret, sealed.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for SealedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedSecret")
            .field("version", &self.version)
            .field("kek_id", &self.kek_id)
            .finish_non_exhaustive()
    }
}

/// The most characters of a secret.
const LONGEST_SECRET: usize = 4096;
/// Of a secret this long, four characters tell nothing.
const TELLS_NOTHING: usize = 16;

/// Checks that `secret` can be a key.
///
/// # Errors
/// What was expected and what was found, without a character of it.
pub fn check_secret(secret: &str) -> Result<(), &'static str> {
    if secret.is_empty() {
        Err("expected a key, found nothing")
    } else if secret.len() > LONGEST_SECRET {
        Err("expected at most 4096 characters, found more")
    } else if secret.trim() != secret {
        Err("expected a key, found blanks or a line end around it")
    } else if has_scheme(secret) {
        Err("expected the key alone, found a scheme such as \"Bearer\" before it")
    } else if !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        Err("expected visible ASCII characters, found another one")
    } else if is_quoted(secret) {
        Err("expected the key alone, found it in quotes")
    } else if is_placeholder(secret) {
        Err("expected a key, found a placeholder that a template left behind")
    } else {
        Ok(())
    }
}

fn has_scheme(secret: &str) -> bool {
    let scheme = secret.split(' ').next().unwrap_or_default();
    secret.contains(' ') && ["bearer", "basic", "authorization:"].contains(&scheme.to_lowercase().as_str())
}

fn is_quoted(secret: &str) -> bool {
    let quotes = ['"', '\'', '`'];
    quotes
        .iter()
        .any(|quote| secret.starts_with(*quote) && secret.ends_with(*quote))
}

/// The last four characters of `secret`, by which people tell keys apart; nothing of a short one.
pub fn hint(secret: &str) -> String {
    if secret.len() < TELLS_NOTHING {
        return String::new();
    }
    let start = secret.floor_char_boundary(secret.len() - 4);
    secret.get(start..).unwrap_or_default().to_owned()
}

/// Whether `id` can be the id of a key: 1 to 64 characters of `[a-z0-9-]`.
pub fn is_key_id(id: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&id.len()) && id.bytes().all(fits)
}

#[cfg(test)]
mod tests {
    use super::{check_secret, hint, is_key_id};

    #[test]
    fn what_cannot_be_a_key_is_refused_without_repeating_it() {
        let bad = [
            "",
            " sk-canary-0123",
            "sk-canary-0123\n",
            "Bearer canary-0123",
            "canary 0123",
            "canäry-0123",
            "\"canary-0123\"",
            "your-api-key-canary",
            &"c".repeat(4097),
        ];
        for secret in bad {
            let refused = check_secret(secret).unwrap_err();
            assert!(!refused.contains("canary"), "{refused}");
        }
        for good in ["sk-proj-9fXq2", "refused-1", "k"] {
            assert_eq!(check_secret(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn a_hint_is_four_characters_of_a_long_secret_alone() {
        assert_eq!(hint("sk-0123456789abcdef"), "cdef");
        assert_eq!(hint("sk-0123456789ab"), "");
    }

    #[test]
    fn an_id_is_short_and_plain() {
        assert!(is_key_id("openai-2") && is_key_id(&"a".repeat(64)));
        for bad in ["", "Upper", "a_b", "a/b", &"a".repeat(65)] {
            assert!(!is_key_id(bad), "{bad}");
        }
    }
}
