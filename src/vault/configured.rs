//! A key of the environment or the configuration: how it comes in, and what may be shown of it. Never stored.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};

use crate::domain::key::hint;

/// A key of the environment or the configuration.
#[derive(Debug)]
pub struct Configured {
    /// The key.
    pub secret: SecretString,
    /// Where it was found, for messages.
    pub sources: String,
    /// It stands in for a key where any will do, and gives way to every real one.
    pub is_stand_in: bool,
}

/// The same, as it is in use.
pub struct ConfiguredKey<'a> {
    /// Provider id.
    pub provider: &'a str,
    /// Where it was found, for messages.
    pub sources: &'a str,
    secret: SecretString,
}

impl fmt::Debug for ConfiguredKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfiguredKey")
            .field("provider", &self.provider)
            .field("sources", &self.sources)
            .finish_non_exhaustive()
    }
}

impl<'a> ConfiguredKey<'a> {
    pub(super) fn new(provider: &'a str, sources: &'a str, secret: SecretString) -> Self {
        Self {
            provider,
            sources,
            secret,
        }
    }

    /// By what people tell it apart.
    pub fn hint(&self) -> String {
        hint(self.secret.expose_secret())
    }

    /// The key.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }
}
