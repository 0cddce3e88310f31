//! Keeps users' preferences, each user's as a whole.

use async_trait::async_trait;

use crate::domain::preferences::Preferences;
use crate::store::StoreError;

/// Preferences of the users of tenants.
#[async_trait]
pub trait PreferenceStore: Send + Sync {
    /// Reads a user's preferences.
    async fn preferences(&self, tenant_id: &str, end_user_id: &str) -> Result<Preferences, StoreError>;

    /// Writes a user's preferences where they still have the etag `expected`.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when they have changed since.
    async fn put_preferences(
        &self,
        tenant_id: &str,
        preferences: &Preferences,
        expected: &str,
    ) -> Result<(), StoreError>;

    /// Removes a user's preferences; there may be none.
    async fn delete_preferences(&self, tenant_id: &str, end_user_id: &str) -> Result<(), StoreError>;
}
