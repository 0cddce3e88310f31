//! Keeps what providers list, what administrators say of models, and what traffic has shown of them.

use async_trait::async_trait;

use crate::domain::audit::AuditRecord;
use crate::domain::model::{Listed, ModelChange, Observation, RefreshCounts, RefreshState, StoredModels};
use crate::domain::time::Timestamp;
use crate::store::StoreError;

/// Models.
#[async_trait]
pub trait ModelStore: Send + Sync {
    /// Reads everything that is kept about models.
    async fn models(&self) -> Result<StoredModels, StoreError>;

    /// Puts a provider's whole list in place of the one before, in one transaction: what it no longer has
    /// is marked as gone, not removed.
    async fn save_listing(
        &self,
        provider: &str,
        listed: &[Listed],
        now: Timestamp,
    ) -> Result<RefreshCounts, StoreError>;

    /// Notes that a list did not come; the last good one stays.
    async fn save_listing_failure(&self, failure: &RefreshState) -> Result<(), StoreError>;

    /// Writes what an administrator says of a model over version `change.version`, 0 for none, and its
    /// aliases, and its record: all are kept, or nothing. Returns the next version.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when another version is there, [`StoreError::Exists`] when another model has
    /// one of the aliases.
    async fn save_model_change(
        &self,
        change: &ModelChange,
        record: Option<&AuditRecord>,
    ) -> Result<i64, StoreError>;

    /// Writes what traffic has shown, the latest word on each feature.
    async fn save_observations(&self, observations: &[Observation]) -> Result<(), StoreError>;
}
