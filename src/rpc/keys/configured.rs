//! Keys of the server's environment and configuration: shown to whoever sees what all share, changed by nobody here.

use crate::domain::error::{Error, Reason};
use crate::domain::principal::Principal;
use crate::rpc::keys::{KIND, KeyVault, named, visible};
use crate::rpc::pb;
use crate::vault::ConfiguredKey;

/// What their ids begin with; no id of a key of the vault has a colon.
const PREFIX: &str = "config:";

impl KeyVault {
    /// The key of the configuration that `id` names, if `principal` may see it.
    pub(super) fn configured(&self, principal: &Principal, id: &str) -> Option<ConfiguredKey<'_>> {
        let provider = id.strip_prefix(PREFIX).filter(|_| visible(principal).is_none())?;
        let mut configured = self.vault.ring().configured();
        configured.find(|key| key.provider == provider)
    }

    /// The id of a key that can be changed; whether there is such a key is for the vault to say.
    ///
    /// # Errors
    /// `InvalidRequest` about `field` for no id, `InvalidState` for a key of the configuration.
    pub(super) fn changeable<'a>(
        &self,
        principal: &Principal,
        id: &'a str,
        field: &str,
    ) -> Result<&'a str, Error> {
        let id = named(id, field)?;
        let Some(ConfiguredKey {
            provider, sources, ..
        }) = self.configured(principal, id)
        else {
            return Ok(id);
        };
        let message = format!(
            "key {id:?} is {sources}, not one of the vault: change it there and restart the server, or store another \
             with `crux keys add {provider}`"
        );
        Err(Error::about(Reason::InvalidState, KIND, id, message))
    }
}

/// A key of the configuration, outward.
pub(super) fn key(key: &ConfiguredKey<'_>) -> pb::Key {
    pb::Key {
        id: format!("{PREFIX}{}", key.provider),
        provider: key.provider.to_owned(),
        display_name: key.sources.to_owned(),
        state: pb::key::State::Active as i32,
        source: pb::key::Source::Config as i32,
        hint: key.hint(),
        ..Default::default()
    }
}
