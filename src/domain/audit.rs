//! The record of who did what: one for each operation on keys, tenants and tokens, whatever came of it.

use crate::domain::time::Timestamp;

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Rises with time.
    pub id: String,
    /// When it ended; of one that begins, when it began.
    pub create_time: Timestamp,
    /// Whose the caller is; empty for an operator without a tenant.
    pub tenant_id: String,
    /// The token it came with; empty for none.
    pub token_id: String,
    /// The caller's address.
    pub peer: String,
    /// Full name of the RPC, such as `crux.v1.KeyVaultService/RotateKey`.
    pub action: String,
    /// Id of the key, tenant or token it is about; empty for a list.
    pub target: String,
    /// `OK`, or the name of the reason it failed for; `STARTED` for one of many writes that begins. What came of that
    /// one is another record, which is missing if its caller left or the server was killed.
    pub outcome: String,
    /// The call's correlation id, as in the log.
    pub request_id: String,
}
