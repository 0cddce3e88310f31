//! Keeps audit records: they are added and listed, never changed. The record of a write is added by that write.

use async_trait::async_trait;

use crate::domain::audit::AuditRecord;
use crate::store::StoreError;

/// Audit records.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Adds the record of what wrote nothing else.
    async fn add_audit_record(&self, record: &AuditRecord) -> Result<(), StoreError>;

    /// Lists at most `limit` records, latest first: those before the id `before`, if given, and of the
    /// tenant, if given.
    async fn list_audit_records(
        &self,
        tenant_id: Option<&str>,
        before: Option<&str>,
        limit: u32,
    ) -> Result<Vec<AuditRecord>, StoreError>;
}
