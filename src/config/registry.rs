//! Owns `[registry]`: where what is known of models comes from, and how often providers are asked. Refuses to ask
//! anybody.

use std::path::PathBuf;
use std::time::Duration;

use super::keys::Keys;
use super::measure::{Span, WAIT};
use super::value::{FilePath, Flag};

/// The model registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registry {
    /// Whether providers are asked for their models without an administrator's call. A site that reaches no provider's
    /// list sets false. Default true.
    pub background: bool,
    /// How old a list may become before it is asked for again; from 1 s to 24 h. Default 1 h.
    pub interval: Duration,
    /// Up to this much is added to the interval, at random, so that replicas do not ask together; from 0 s to 24 h.
    /// Default 5 min.
    pub jitter: Duration,
    /// How old a list may be when somebody looks at it before it is asked for again, in the background; from 1 ms to
    /// 24 h. Default 60 s.
    pub ttl: Duration,
    /// A TOML file with a newer catalogue: it takes the place of the built-in one for the providers it names. Default:
    /// none.
    pub catalog_file: Option<PathBuf>,
}

impl Default for Registry {
    fn default() -> Self {
        Self {
            background: true,
            interval: Duration::from_secs(60 * 60),
            jitter: Duration::from_secs(5 * 60),
            ttl: Duration::from_secs(60),
            catalog_file: None,
        }
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Registry {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.value("background", &mut self.background, &Flag);
        keys.value(
            "interval",
            &mut self.interval,
            &Span(Duration::from_secs(1)..=DAY),
        );
        keys.value("jitter", &mut self.jitter, &Span(Duration::ZERO..=DAY));
        keys.value("ttl", &mut self.ttl, &WAIT);
        keys.optional("catalog_file", &mut self.catalog_file, &FilePath);
    }
}
