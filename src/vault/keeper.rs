//! What is done to keys: stored, changed, rotated, verified, destroyed, wrapped anew; and the ring is told.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::entry::Entry;
use super::kek::{KekError, Keks};
use super::loading::{Known, Loading};
use super::ring::Ring;
use super::seal::{Place, SealKey};
use crate::domain::error::{Error, Reason};
use crate::domain::key::{Key, KeyState, SealedSecret, hint};
use crate::domain::time::Timestamp;
use crate::store::{KeyFilter, KeyPlace, Store, StoreError};

/// The name of a key in the contract.
const KIND: &str = "crux.v1.Key";
/// How often a change without an etag is made again because somebody else was faster.
const TRIES: usize = 5;
/// How many secrets are read at once when all are wrapped anew.
const BATCH: u32 = 100;

/// The vault.
#[derive(Debug)]
pub struct Vault {
    store: Arc<dyn Store>,
    pub(super) keks: Keks,
    ring: Arc<Ring>,
    pub(super) loading: Loading,
}

/// What somebody says about a key that is to be stored.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// Its id; empty: one is drawn.
    pub id: String,
    /// Provider id.
    pub provider: String,
    /// Whose it is; empty: everybody's.
    pub tenant_id: String,
    /// For people.
    pub display_name: String,
    /// Lower is used first.
    pub priority: i32,
    /// The operator's own.
    pub labels: std::collections::BTreeMap<String, String>,
    /// When it stops being used.
    pub expire_time: Option<Timestamp>,
}

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
    /// The vault over `store`; nothing is loaded yet.
    pub fn new(store: Arc<dyn Store>, keks: Keks, ring: Arc<Ring>) -> Self {
        Self {
            store,
            keks,
            ring,
            loading: Loading::default(),
        }
    }

    /// The keys that calls use.
    pub fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Stores a key.
    ///
    /// # Errors
    /// `ResourceExists`, `ResourceNotFound` for the tenant, `InvalidState` without a key-encryption key, `StoreUnavailable`.
    pub async fn create(
        &self,
        details: Details,
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<Key, Error> {
        let key = Key {
            id: if details.id.is_empty() {
                format!("key-{}", uuid::Uuid::now_v7().simple())
            } else {
                details.id
            },
            provider: details.provider,
            tenant_id: details.tenant_id,
            display_name: details.display_name,
            state: KeyState::Active,
            hint: hint(secret.expose_secret()),
            priority: details.priority,
            version: 1,
            labels: details.labels,
            create_time: now,
            rotate_time: None,
            last_use_time: None,
            expire_time: details.expire_time,
            verify_time: None,
            reject_time: None,
            etag: etag(),
        };
        let (sealed, known) = self.seal(&key, secret).await?;
        match self.store.add_key(&key, &sealed).await {
            Err(StoreError::Missing) => return Err(Error::not_found("crux.v1.Tenant", key.tenant_id)),
            Err(error) => return Err(in_store(&error, &key.id)),
            Ok(()) => {}
        }
        self.tell_ring(Some(&known)).await;
        Ok(key)
    }

    /// Returns a key; `tenant_id` limits it to that tenant's own.
    ///
    /// # Errors
    /// `ResourceNotFound` for a missing one and for another tenant's; `StoreUnavailable`.
    pub async fn find(&self, id: &str, tenant_id: Option<&str>) -> Result<Key, Error> {
        let found = self
            .store
            .find_key(id)
            .await
            .map_err(|error| in_store(&error, id))?;
        found
            .filter(|key| tenant_id.is_none_or(|tenant_id| key.tenant_id == tenant_id))
            .ok_or_else(|| Error::not_found(KIND, id))
    }

    /// Lists at most `limit` keys after `after`.
    ///
    /// # Errors
    /// `StoreUnavailable`.
    pub async fn list(
        &self,
        filter: KeyFilter<'_>,
        after: Option<KeyPlace<'_>>,
        limit: u32,
    ) -> Result<Vec<Key>, Error> {
        let listed = self.store.list_keys(filter, after, limit).await;
        listed.map_err(|error| in_store(&error, ""))
    }

    /// Changes what is known of a key; `etag`, unless empty, must be its own.
    ///
    /// # Errors
    /// `ResourceNotFound`, `EtagMismatch`, `StoreUnavailable`.
    pub async fn change(
        &self,
        id: &str,
        tenant_id: Option<&str>,
        expected: &str,
        change: impl Fn(&mut Key) + Send,
    ) -> Result<Key, Error> {
        for _ in 0..TRIES {
            let mut key = self.find(id, tenant_id).await?;
            let before = checked(&key, expected)?;
            change(&mut key);
            key.etag = etag();
            match self.store.replace_key(&key, &before).await {
                Err(StoreError::Stale) if expected.is_empty() => {}
                Err(error) => return Err(in_store(&error, id)),
                Ok(()) => {
                    self.tell_ring(None).await;
                    return Ok(key);
                }
            }
        }
        Err(in_store(&StoreError::Stale, id))
    }

    /// Replaces the secret of a key, which is good again by that; calls that have the old one go on with it.
    ///
    /// # Errors
    /// As [`Self::change`]; `InvalidState` without a key-encryption key.
    pub async fn rotate(
        &self,
        id: &str,
        tenant_id: Option<&str>,
        expected: &str,
        secret: &SecretString,
        now: Timestamp,
    ) -> Result<Key, Error> {
        for _ in 0..TRIES {
            let mut key = self.find(id, tenant_id).await?;
            let before = checked(&key, expected)?;
            key.version = key.version.saturating_add(1);
            key.rotate_time = Some(now);
            key.hint = hint(secret.expose_secret());
            key.verify_time = None;
            key.reject_time = None;
            if key.state == KeyState::Rejected {
                key.state = KeyState::Active;
            }
            key.etag = etag();
            let (sealed, known) = self.seal(&key, secret).await?;
            match self.store.rotate_key(&key, &sealed, &before).await {
                Err(StoreError::Stale) if expected.is_empty() => {}
                Err(error) => return Err(in_store(&error, id)),
                Ok(()) => {
                    self.tell_ring(Some(&known)).await;
                    return Ok(key);
                }
            }
        }
        Err(in_store(&StoreError::Stale, id))
    }

    /// Stops or resumes the use of a key, whatever its provider said of it.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub async fn set_state(
        &self,
        id: &str,
        tenant_id: Option<&str>,
        expected: &str,
        state: KeyState,
    ) -> Result<Key, Error> {
        let change = |key: &mut Key| {
            key.state = state;
            key.reject_time = None;
        };
        self.change(id, tenant_id, expected, change).await
    }

    /// Writes down that the provider took, or refused, this version of a key when it was asked.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub async fn judge(&self, key: &Key, is_good: bool, now: Timestamp) -> Result<Key, Error> {
        let change = |found: &mut Key| {
            if found.version != key.version {
                return;
            }
            if is_good {
                found.verify_time = Some(now);
                found.reject_time = None;
            } else {
                found.reject_time = Some(now);
            }
            if found.state != KeyState::Disabled {
                found.state = if is_good {
                    KeyState::Active
                } else {
                    KeyState::Rejected
                };
            }
        };
        let judged = self.change(&key.id, None, "", change).await?;
        if let Some(entry) = self.ring.find(&key.id).filter(|_| is_good) {
            entry.health.wake();
        }
        Ok(judged)
    }

    /// Destroys a key and its secret; `etag`, unless empty, must be its own.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub async fn delete(&self, id: &str, tenant_id: Option<&str>, expected: &str) -> Result<(), Error> {
        for _ in 0..TRIES {
            let key = self.find(id, tenant_id).await?;
            let before = checked(&key, expected)?;
            match self.store.delete_key(id, &before).await {
                Err(StoreError::Stale) if expected.is_empty() => {}
                Err(error) => return Err(in_store(&error, id)),
                Ok(()) => {
                    self.tell_ring(None).await;
                    return Ok(());
                }
            }
        }
        Err(in_store(&StoreError::Stale, id))
    }

    /// Opens this version of a key, to ask its provider about it.
    ///
    /// # Errors
    /// `InvalidState` when nothing here opens it, `StoreUnavailable`.
    pub async fn open(&self, key: &Key) -> Result<SecretString, Error> {
        let has_version = |entry: &Entry| entry.key().is_some_and(|held| held.version == key.version);
        let mut entry = self.ring.find(&key.id);
        if !entry
            .as_ref()
            .is_some_and(|entry| has_version(entry) && !entry.is_closed())
        {
            // Another server may have been faster than its notice, and whoever unwraps may be far away.
            self.load().await.map_err(|error| in_store(&error, &key.id))?;
            self.open_at_once(&key.id).await;
            entry = self.ring.find(&key.id);
        }
        let entry = entry.ok_or_else(|| Error::not_found(KIND, key.id.as_str()))?;
        if !has_version(&entry) {
            let message = format!("version {} of key {:?} is not at hand", key.version, key.id);
            return Err(Error::about(Reason::InvalidState, KIND, key.id.as_str(), message));
        }
        entry.open().map_err(|error| {
            let message = format!("key {:?}: {error}", key.id);
            Error::about(Reason::InvalidState, KIND, key.id.as_str(), message)
        })
    }

    /// Wraps the data keys of the next keys under the current key-encryption key; the secrets stay as they are, and
    /// calls go on meanwhile. Begin with the default; go on with what it returns until that is done.
    ///
    /// # Errors
    /// `InvalidState` without a key-encryption key, `StoreUnavailable`, or what the key service says.
    pub async fn rewrap(&self, progress: Progress) -> Result<Progress, Error> {
        let mut progress = progress;
        let rows = self.store.list_key_secrets(&progress.after, BATCH).await;
        let rows = rows.map_err(|error| in_store(&error, ""))?;
        progress.is_done = rows.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
        for (key, before) in rows {
            let context = place(&key, before.version).bytes();
            let data_key = self
                .keks
                .unwrap(&before.kek_id, &before.wrapped_key, &context)
                .await;
            let data_key = match data_key {
                Ok(data_key) => data_key,
                Err(error @ (KekError::Unavailable(_) | KekError::None)) => return Err(in_kek(&error)),
                Err(error) => {
                    tracing::warn!(key = key.id, %error, "a key cannot be wrapped anew");
                    progress.failed.push(key.id.clone());
                    progress.after = key.id;
                    continue;
                }
            };
            let (kek_id, wrapped_key) = self
                .keks
                .wrap(&data_key, &context)
                .await
                .map_err(|error| in_kek(&error))?;
            let after = SealedSecret {
                kek_id,
                wrapped_key,
                ..before.clone()
            };
            // Rotated or deleted meanwhile: then it is wrapped under the current one, or gone.
            let rewrapped = self.store.rewrap_key_secret(&key.id, &before, &after).await;
            rewrapped.map_err(|error| in_store(&error, &key.id))?;
            progress.wrapped += 1;
            progress.after = key.id;
        }
        Ok(progress)
    }

    /// Seals a secret; the second is its data key, which need not be unwrapped here then.
    async fn seal(&self, key: &Key, secret: &SecretString) -> Result<(SealedSecret, Known), Error> {
        let context = place(key, key.version).bytes();
        let data_key = SealKey::draw().map_err(|error| in_kek(&error.into()))?;
        let sealed = data_key.seal(secret.expose_secret().as_bytes(), &context);
        let (kek_id, wrapped_key) = self
            .keks
            .wrap(&data_key, &context)
            .await
            .map_err(|error| in_kek(&error))?;
        let sealed = SealedSecret {
            version: key.version,
            kek_id,
            wrapped_key,
            sealed: sealed.map_err(|error| in_kek(&error.into()))?,
        };
        let known = Known::new(&sealed, data_key);
        Ok((sealed, known))
    }

    /// A change is used by the next call on this server; others hear of it from the store. If the store is gone by
    /// now, so do we, when it is back.
    async fn tell_ring(&self, known: Option<&Known>) {
        if let Err(error) = self.load_with(known).await {
            tracing::warn!(%error, "a change of a key is not in use yet");
        }
    }
}

pub(super) fn place(key: &Key, version: i32) -> Place<'_> {
    Place {
        tenant_id: &key.tenant_id,
        provider: &key.provider,
        key_id: &key.id,
        version,
    }
}

fn etag() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// The etag to compare with, if the caller's is none or the key's own.
fn checked(key: &Key, expected: &str) -> Result<String, Error> {
    if expected.is_empty() || expected == key.etag {
        Ok(key.etag.clone())
    } else {
        Err(in_store(&StoreError::Stale, &key.id))
    }
}

fn in_store(error: &StoreError, id: &str) -> Error {
    let about = |reason| Error::about(reason, KIND, id, format!("key {id:?}: {error}"));
    match error {
        StoreError::Unavailable(_) => Error::new(Reason::StoreUnavailable, "the database is unavailable"),
        StoreError::Exists => about(Reason::ResourceExists),
        StoreError::Stale => about(Reason::EtagMismatch),
        StoreError::Missing => Error::not_found(KIND, id),
        StoreError::Newer { .. } | StoreError::Corrupt(_) | StoreError::File { .. } => {
            tracing::error!(key = id, %error, "a key cannot be stored or read");
            Error::new(Reason::Internal, "the database holds what cannot be read")
        }
    }
}

fn in_kek(error: &KekError) -> Error {
    let reason = match error {
        KekError::Unavailable(_) => Reason::StoreUnavailable,
        KekError::File { .. }
        | KekError::Shape
        | KekError::None
        | KekError::Unknown(_)
        | KekError::Seal(_)
        | KekError::Refused(_) => Reason::InvalidState,
    };
    Error::new(reason, format!("the vault: {error}"))
}
