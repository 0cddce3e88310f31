//! What is done to keys: stored, changed, rotated, verified, destroyed; and the ring is told.

use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use super::asked::{Change, Details, Rotation};
use super::entry::Entry;
use super::kek::{KekError, Keks};
use super::loading::{Known, Loading};
use super::ring::Ring;
use super::seal::{Place, SealKey};
use crate::domain::audit::AuditRecord;
use crate::domain::error::{Error, Reason};
use crate::domain::key::{Key, KeyState, SealedSecret, hint};
use crate::domain::time::Timestamp;
use crate::store::{KeyFilter, KeyPlace, Store, StoreError};

/// The name of a key in the contract.
pub(super) const KIND: &str = "crux.v1.Key";
/// How often a change without an etag is made again because somebody else was faster.
const TRIES: usize = 5;

/// The vault.
#[derive(Debug)]
pub struct Vault {
    store: Arc<dyn Store>,
    keks: Keks,
    ring: Arc<Ring>,
    loading: Loading,
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

    pub(super) fn keks(&self) -> &Keks {
        &self.keks
    }

    pub(super) fn loading(&self) -> &Loading {
        &self.loading
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Stores a key, and with it the record of that.
    ///
    /// # Errors
    /// `ResourceExists`, `ResourceNotFound` for the tenant, `InvalidState` without a key-encryption key, `StoreUnavailable`.
    pub async fn create(
        &self,
        details: Details,
        secret: &SecretString,
        record: Option<&AuditRecord>,
        now: Timestamp,
    ) -> Result<Key, Error> {
        let key = Key {
            id: details.id,
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
            verify_time: details.verify_time,
            reject_time: None,
            grace_end_time: None,
            etag: etag(),
        };
        let (sealed, known) = self.seal(&key, secret).await?;
        match self.store.add_key(&key, &sealed, record).await {
            Err(StoreError::Missing) => return Err(Error::not_found("crux.v1.Tenant", key.tenant_id)),
            Err(error) => return Err(error.about(KIND, &key.id)),
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
            .map_err(|error| error.about(KIND, id))?;
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
        listed.map_err(|error| error.about(KIND, ""))
    }

    /// Changes what is known of a key.
    ///
    /// # Errors
    /// `ResourceNotFound`, `EtagMismatch`, `StoreUnavailable`.
    pub async fn change(&self, asked: Change<'_>, change: impl Fn(&mut Key) + Send) -> Result<Key, Error> {
        for _ in 0..TRIES {
            let mut key = self.find(asked.id, asked.tenant_id).await?;
            let before = checked(&key, asked.etag)?;
            change(&mut key);
            key.etag = etag();
            match self.store.replace_key(&key, &before, asked.record).await {
                Err(StoreError::Stale) if asked.etag.is_empty() => {}
                Err(error) => return Err(error.about(KIND, asked.id)),
                Ok(()) => {
                    self.tell_ring(None).await;
                    return Ok(key);
                }
            }
        }
        Err(StoreError::Stale.about(KIND, asked.id))
    }

    /// Replaces the secret of a key, which is good again by that; calls that have an old one go on with it for the
    /// grace, or without one until they end.
    ///
    /// # Errors
    /// As [`Self::change`]; `InvalidState` without a key-encryption key.
    pub async fn rotate(
        &self,
        asked: Change<'_>,
        rotation: Rotation<'_>,
        now: Timestamp,
    ) -> Result<Key, Error> {
        let Rotation {
            secret,
            grace,
            verify_time,
        } = rotation;
        for _ in 0..TRIES {
            let mut key = self.find(asked.id, asked.tenant_id).await?;
            let before = checked(&key, asked.etag)?;
            key.version = key.version.saturating_add(1);
            key.rotate_time = Some(now);
            key.hint = hint(secret.expose_secret());
            key.verify_time = verify_time;
            key.reject_time = None;
            key.grace_end_time = grace.map(|grace| now.plus(grace));
            if key.state == KeyState::Rejected {
                key.state = KeyState::Active;
            }
            key.etag = etag();
            let (sealed, known) = self.seal(&key, secret).await?;
            match self.store.rotate_key(&key, &sealed, &before, asked.record).await {
                Err(StoreError::Stale) if asked.etag.is_empty() => {}
                Err(error) => return Err(error.about(KIND, asked.id)),
                Ok(()) => {
                    self.tell_ring(Some(&known)).await;
                    return Ok(key);
                }
            }
        }
        Err(StoreError::Stale.about(KIND, asked.id))
    }

    /// Stops or resumes the use of a key, whatever its provider said of it.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub async fn set_state(&self, asked: Change<'_>, state: KeyState) -> Result<Key, Error> {
        let change = |key: &mut Key| {
            key.state = state;
            key.reject_time = None;
        };
        self.change(asked, change).await
    }

    /// Writes down that the provider took, or refused, this version of a key when it was asked.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub async fn judge(
        &self,
        key: &Key,
        is_good: bool,
        record: Option<&AuditRecord>,
        now: Timestamp,
    ) -> Result<Key, Error> {
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
        let asked = Change {
            id: &key.id,
            record,
            ..Change::default()
        };
        let judged = self.change(asked, change).await?;
        if let Some(entry) = self.ring.find(&key.id).filter(|_| is_good) {
            entry.health.wake();
        }
        Ok(judged)
    }

    /// Destroys a key and its secret.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub async fn delete(&self, asked: Change<'_>) -> Result<(), Error> {
        for _ in 0..TRIES {
            let key = self.find(asked.id, asked.tenant_id).await?;
            let before = checked(&key, asked.etag)?;
            match self.store.delete_key(asked.id, &before, asked.record).await {
                Err(StoreError::Stale) if asked.etag.is_empty() => {}
                Err(error) => return Err(error.about(KIND, asked.id)),
                Ok(()) => {
                    self.tell_ring(None).await;
                    return Ok(());
                }
            }
        }
        Err(StoreError::Stale.about(KIND, asked.id))
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
            self.load().await.map_err(|error| error.about(KIND, &key.id))?;
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

    /// Seals a secret; the second is its data key, which need not be unwrapped here then.
    async fn seal(&self, key: &Key, secret: &SecretString) -> Result<(SealedSecret, Known), Error> {
        let context = place(key, key.version).bytes();
        let data_key = SealKey::draw().map_err(KekError::from)?;
        let sealed = data_key.seal(secret.expose_secret().as_bytes(), &context);
        let (kek_id, wrapped_key) = self.keks.wrap(&data_key, &context).await?;
        let sealed = SealedSecret {
            version: key.version,
            kek_id,
            wrapped_key,
            sealed: sealed.map_err(KekError::from)?,
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
        Err(StoreError::Stale.about(KIND, &key.id))
    }
}
