//! Keeps providers' keys: what is known of them, and their sealed secrets. Opens none.

use async_trait::async_trait;

use crate::domain::audit::AuditRecord;
use crate::domain::key::{Key, SealedSecret};
use crate::domain::time::Timestamp;
use crate::store::StoreError;

/// Which keys to list.
#[derive(Debug, Clone, Copy, Default)]
pub struct KeyFilter<'a> {
    /// Of this provider; empty: of every one.
    pub provider: &'a str,
    /// Of this tenant, where empty stands for those everybody shares; `None`: all.
    pub tenant_id: Option<&'a str>,
}

/// Where a key stands in a list: by provider, then priority, then id.
#[derive(Debug, Clone, Copy)]
pub struct KeyPlace<'a> {
    /// Its provider.
    pub provider: &'a str,
    /// Its priority.
    pub priority: i32,
    /// Its id.
    pub id: &'a str,
}

/// A key and its sealed secret, or [`StoreError::Corrupt`].
pub type LoadedKey = Result<(Key, SealedSecret), StoreError>;

/// Provider keys. A write takes its record along: both are kept, or neither.
#[async_trait]
pub trait KeyStore: Send + Sync {
    /// Adds a key with the secret of its first version.
    ///
    /// # Errors
    /// [`StoreError::Exists`] when the id is taken, [`StoreError::Missing`] when there is no such tenant.
    async fn add_key(
        &self,
        key: &Key,
        secret: &SealedSecret,
        record: Option<&AuditRecord>,
    ) -> Result<(), StoreError>;

    /// Returns a key.
    async fn find_key(&self, id: &str) -> Result<Option<Key>, StoreError>;

    /// Lists at most `limit` keys that stand after `after`.
    async fn list_keys(
        &self,
        filter: KeyFilter<'_>,
        after: Option<KeyPlace<'_>>,
        limit: u32,
    ) -> Result<Vec<Key>, StoreError>;

    /// Reads every key with the secret of its present version; a row that makes no sense is an error in its place.
    async fn load_keys(&self) -> Result<Vec<LoadedKey>, StoreError>;

    /// Replaces what is known of a key, if its etag is still `etag`; everything but id, provider, tenant, hint,
    /// version and the times of creation, rotation, last use and the end of the grace.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Stale`].
    async fn replace_key(
        &self,
        key: &Key,
        etag: &str,
        record: Option<&AuditRecord>,
    ) -> Result<(), StoreError>;

    /// Replaces what is known of a key and its secret, if its etag is still `etag`; the secrets before are gone.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Stale`].
    async fn rotate_key(
        &self,
        key: &Key,
        secret: &SealedSecret,
        etag: &str,
        record: Option<&AuditRecord>,
    ) -> Result<(), StoreError>;

    /// Deletes a key and its secrets, if its etag is still `etag`.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::Stale`].
    async fn delete_key(&self, id: &str, etag: &str, record: Option<&AuditRecord>) -> Result<(), StoreError>;

    /// Writes down when keys were last used; changes no etag, and nothing that is held in memory.
    async fn note_key_uses(&self, uses: &[(String, Timestamp)]) -> Result<(), StoreError>;

    /// Lists the secrets of at most `limit` keys whose id is after `after`.
    async fn list_key_secrets(&self, after: &str, limit: u32)
    -> Result<Vec<(Key, SealedSecret)>, StoreError>;

    /// Replaces the wrapping of a secret's data key, if it is still `before`; says whether it was.
    async fn rewrap_key_secret(
        &self,
        key_id: &str,
        before: &SealedSecret,
        after: &SealedSecret,
    ) -> Result<bool, StoreError>;
}
