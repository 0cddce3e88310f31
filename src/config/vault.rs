//! Owns `[vault]`: which key-encryption keys seal the stored provider keys, and in which order calls look for a key.
//! Refuses to seal or open anything.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::base_url::{BaseUrl, Url};
use super::keys::{Keys, Naming};
use super::measure::WAIT;
use super::value::{Bad, Codec, FilePath, Raw, Secret, toml_string};

/// How provider keys are kept and chosen.
#[derive(Debug, Clone)]
pub struct Vault {
    /// Name of the key-encryption key that seals, of those in `[vault.keks]`; the others only open. Needed where
    /// there are several. Without any, the embedded database gets one of its own: a file beside it, `<path>.kek`,
    /// readable by this user alone, which protects copies of the database but not the machine. A PostgreSQL database
    /// has none of its own: without one, nothing can be stored in the vault.
    pub kek: Option<String>,
    /// Where a call's key is looked for, first to last: `tenant` (the tenant's own keys), `config` (environment and
    /// configuration), `shared` (the vault's keys for everybody). Default `"tenant,config,shared"`.
    pub key_order: [KeySource; 3],
    /// How long after its provider refused it a stored key is tried again. From 1 ms to 24 h, default 15 min.
    pub retry_rejected_after: Duration,
    /// Key-encryption keys, by name; several servers on one database share them. Default none.
    pub keks: BTreeMap<String, Kek>,
}

impl Default for Vault {
    fn default() -> Self {
        Self {
            kek: None,
            key_order: [KeySource::Tenant, KeySource::Config, KeySource::Shared],
            retry_rejected_after: Duration::from_secs(15 * 60),
            keks: BTreeMap::new(),
        }
    }
}

/// A place where keys are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeySource {
    /// The tenant's own keys in the vault.
    Tenant,
    /// The environment and the configuration.
    Config,
    /// The vault's keys that are everybody's.
    Shared,
}

/// One key-encryption key: a file, a value, or a key of a Transit engine; exactly one of `file`, `key` and `url`.
#[derive(Clone)]
pub struct Kek {
    /// File that holds 32 bytes in base64 or hexadecimal digits, such as `openssl rand -base64 32` prints; nobody
    /// but the server's user may read it. Default absent.
    pub file: Option<PathBuf>,
    /// The same as a value; set it by its variable, `CRUX_VAULT__KEKS__<NAME>__KEY`, not in the file. Default absent.
    pub key: Option<SecretString>,
    /// Where a HashiCorp Vault or OpenBao server is. Default absent.
    pub url: Option<BaseUrl>,
    /// Where its Transit engine is mounted. Default `"transit"`.
    pub mount: String,
    /// Name of the engine's key; of a type that takes additional data, such as `aes256-gcm96`. Default absent.
    pub transit_key: Option<String>,
    /// Token of that server; set it by its variable, `CRUX_VAULT__KEKS__<NAME>__TOKEN`, not in the file. Default
    /// absent.
    pub token: Option<SecretString>,
}

impl Default for Kek {
    fn default() -> Self {
        Self {
            file: None,
            key: None,
            url: None,
            mount: "transit".to_owned(),
            transit_key: None,
            token: None,
        }
    }
}

impl fmt::Debug for Kek {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kek")
            .field("file", &self.file)
            .field("key", &self.key.as_ref().map(|_| "***"))
            .field("url", &self.url)
            .field("mount", &self.mount)
            .field("transit_key", &self.transit_key)
            .field("token", &self.token.as_ref().map(|_| "***"))
            .finish()
    }
}

impl Vault {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.optional("kek", &mut self.kek, &Name);
        keys.value("key_order", &mut self.key_order, &Order);
        keys.value("retry_rejected_after", &mut self.retry_rejected_after, &WAIT);
        keys.tables("keks", Naming::Lower, &mut self.keks, |keys, kek| {
            keys.optional("file", &mut kek.file, &FilePath);
            keys.optional("key", &mut kek.key, &Secret);
            keys.optional("url", &mut kek.url, &Url);
            keys.value("mount", &mut kek.mount, &Name);
            keys.optional("transit_key", &mut kek.transit_key, &Name);
            keys.optional("token", &mut kek.token, &Secret);
        });
    }

    /// The name of the key-encryption key that seals, if it is clear which: the one named, else the only one.
    pub fn current(&self) -> Option<&str> {
        let mut names = self.keks.keys();
        match (&self.kek, names.next(), names.next()) {
            (Some(name), _, _) => Some(name),
            (None, Some(only), None) => Some(only),
            (None, _, _) => None,
        }
    }
}

/// A name that may stand in a path: letters, digits, `_`, `-`, `.` and, between them, `/`.
struct Name;

impl Codec for Name {
    type Value = String;

    fn expected(&self) -> String {
        "a name of letters, digits, _, -, . and /".to_owned()
    }

    fn read(&self, raw: &Raw) -> Result<String, Bad> {
        let words = raw.words().ok_or_else(|| Bad::shown(raw))?;
        let fits = |part: &str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            !part.is_empty() && part.chars().all(is_plain) && !part.chars().all(|c| c == '.')
        };
        if words.split('/').all(fits) {
            Ok(words.to_owned())
        } else {
            Err(Bad::shown(raw))
        }
    }

    fn print(&self, value: &String) -> String {
        toml_string(value)
    }
}

/// Each source once.
struct Order;

const SOURCES: [(&str, KeySource); 3] = [
    ("tenant", KeySource::Tenant),
    ("config", KeySource::Config),
    ("shared", KeySource::Shared),
];

impl Codec for Order {
    type Value = [KeySource; 3];

    fn expected(&self) -> String {
        "tenant, config and shared in any order, such as \"tenant,config,shared\"".to_owned()
    }

    fn read(&self, raw: &Raw) -> Result<[KeySource; 3], Bad> {
        let words = raw.words().ok_or_else(|| Bad::shown(raw))?;
        let source = |word: &str| {
            let found = SOURCES.iter().find(|(name, _)| *name == word.trim());
            found.map(|(_, source)| *source)
        };
        let order: Option<Vec<_>> = words.split(',').map(source).collect();
        let order: Option<[KeySource; 3]> = order.and_then(|order| order.try_into().ok());
        order
            .filter(|order| SOURCES.iter().all(|(_, source)| order.contains(source)))
            .ok_or_else(|| Bad::shown(raw))
    }

    fn print(&self, value: &[KeySource; 3]) -> String {
        let names = value.map(|one| {
            let found = SOURCES.iter().find(|(_, source)| *source == one);
            found.map_or("", |(name, _)| *name)
        });
        toml_string(&names.join(","))
    }
}
