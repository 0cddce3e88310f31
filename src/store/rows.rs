//! Rows as both databases give them, and the values they are.

use crate::domain::audit::AuditRecord;
use crate::domain::preferences::Preferences;
use crate::domain::time::Timestamp;
use crate::store::{Revisions, StoreError};

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

#[derive(Debug, sqlx::FromRow)]
pub(super) struct PreferencesRow {
    end_user_id: String,
    document: String,
    update_time: i64,
    etag: String,
}

impl TryFrom<PreferencesRow> for Preferences {
    type Error = StoreError;

    fn try_from(row: PreferencesRow) -> Result<Self, StoreError> {
        let values = serde_json::from_str(&row.document)
            .map_err(|error| StoreError::Corrupt(format!("preferences: {error}")))?;
        Ok(Self {
            end_user_id: row.end_user_id,
            values,
            update_time: Some(Timestamp(row.update_time)),
            etag: row.etag,
        })
    }
}

/// The values of preferences as JSON.
pub(super) fn document(preferences: &Preferences) -> String {
    // A map whose keys are strings is always JSON.
    serde_json::to_string(&preferences.values).unwrap_or_default()
}
