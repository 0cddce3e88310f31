//! Wraps all data keys anew, some keys at a time. Opens no secret.

use super::keeper::{KIND, Vault, place};
use super::kek::KekError;
use crate::domain::error::Error;
use crate::domain::key::SealedSecret;

/// How many secrets are read at once.
const BATCH: u32 = 100;

/// How far the wrapping of all keys anew has come.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Keys that are now wrapped under the current key-encryption key.
    pub wrapped: u64,
    /// Ids of keys whose data key does not unwrap: they stay as they were.
    pub failed: Vec<String>,
    /// Whether that was all.
    pub is_done: bool,
    after: String,
}

impl Vault {
    /// Wraps the data keys of the next keys under the current key-encryption key; the secrets stay as they are, and
    /// calls go on meanwhile. Begin with the default; go on with what it returns until that is done.
    ///
    /// # Errors
    /// `InvalidState` without a key-encryption key, `StoreUnavailable`, or what the key service says.
    pub async fn rewrap(&self, progress: Progress) -> Result<Progress, Error> {
        let mut progress = progress;
        let rows = self.store().list_key_secrets(&progress.after, BATCH).await;
        let rows = rows.map_err(|error| error.about(KIND, ""))?;
        progress.is_done = rows.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        for (key, before) in rows {
            let context = place(&key, before.version).bytes();
            let data_key = self
                .keks()
                .unwrap(&before.kek_id, &before.wrapped_key, &context)
                .await;
            let data_key = match data_key {
                Ok(data_key) => data_key,
                Err(error @ (KekError::Unavailable(_) | KekError::None)) => return Err(error.into()),
                Err(error) => {
                    tracing::warn!(key = key.id, %error, "a key cannot be wrapped anew");
                    progress.failed.push(key.id.clone());
                    progress.after = key.id;
                    continue;
                }
            };
            let (kek_id, wrapped_key) = self.keks().wrap(&data_key, &context).await?;
            let after = SealedSecret {
                kek_id,
                wrapped_key,
                ..before.clone()
            };
            // Rotated or deleted meanwhile: then it is wrapped under the current one, or gone.
            let rewrapped = self.store().rewrap_key_secret(&key.id, &before, &after).await;
            rewrapped.map_err(|error| error.about(KIND, &key.id))?;
            progress.wrapped += 1;
            progress.after = key.id;
        }
        Ok(progress)
    }
}
