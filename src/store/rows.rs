//! Rows as both databases give them, and the values they are.

use crate::domain::audit::AuditRecord;
use crate::domain::time::Timestamp;
use crate::store::Revisions;

#[derive(Debug, sqlx::FromRow)]
pub(super) struct RevisionRow {
    topic: String,
    value: i64,
}

/// Topics that this crux does not know are another one's.
pub(super) fn revisions(rows: Vec<RevisionRow>) -> Revisions {
    let mut revisions = Revisions::default();
    for row in rows {
        match row.topic.as_str() {
            "tenants" => revisions.tenants = row.value,
            "keys" => revisions.keys = row.value,
            "models" => revisions.models = row.value,
            _ => {}
        }
    }
    revisions
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct AuditRow {
    id: String,
    create_time: i64,
    tenant_id: String,
    token_id: String,
    peer: String,
    action: String,
    target: String,
    outcome: String,
    request_id: String,
}

impl From<AuditRow> for AuditRecord {
    fn from(row: AuditRow) -> Self {
        Self {
            id: row.id,
            create_time: Timestamp(row.create_time),
            tenant_id: row.tenant_id,
            token_id: row.token_id,
            peer: row.peer,
            action: row.action,
            target: row.target,
            outcome: row.outcome,
            request_id: row.request_id,
        }
    }
}
