//! Rows as both databases give them, and the values they are.

use crate::domain::audit::AuditRecord;
use crate::domain::capability::Feature;
use crate::domain::model::{ListedModel, ModelChange, Observation, RefreshState};
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

/// JSON as it is kept.
pub(super) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

fn from_json<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("{what}: {error}")))
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct ListedModelRow {
    provider: String,
    model: String,
    facts: String,
    list_time: i64,
    gone_time: Option<i64>,
    update_time: i64,
}

impl TryFrom<ListedModelRow> for ListedModel {
    type Error = StoreError;

    fn try_from(row: ListedModelRow) -> Result<Self, StoreError> {
        Ok(Self {
            facts: from_json("listed_models.facts", &row.facts)?,
            provider: row.provider,
            model: row.model,
            list_time: Timestamp(row.list_time),
            gone_time: row.gone_time.map(Timestamp),
            update_time: Timestamp(row.update_time),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct RefreshRow {
    provider: String,
    success_time: Option<i64>,
    error_time: Option<i64>,
    error_reason: String,
    error_message: String,
}

impl From<RefreshRow> for RefreshState {
    fn from(row: RefreshRow) -> Self {
        Self {
            provider: row.provider,
            success_time: row.success_time.map(Timestamp),
            error_time: row.error_time.map(Timestamp),
            error_reason: row.error_reason,
            error_message: row.error_message,
        }
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct ModelChangeRow {
    model_id: String,
    changes: String,
    version: i64,
    update_time: i64,
}

impl TryFrom<ModelChangeRow> for ModelChange {
    type Error = StoreError;

    fn try_from(row: ModelChangeRow) -> Result<Self, StoreError> {
        Ok(Self {
            changes: from_json("model_changes.changes", &row.changes)?,
            model_id: row.model_id,
            version: row.version,
            update_time: Timestamp(row.update_time),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct ObservationRow {
    model_id: String,
    feature: String,
    is_supported: bool,
    evidence: String,
    observe_time: i64,
}

/// Features that this crux does not know are a later one's.
pub(super) fn observations(rows: Vec<ObservationRow>) -> Vec<Observation> {
    let known = rows.into_iter().filter_map(|row| {
        Some(Observation {
            feature: Feature::from_name(&row.feature)?,
            model_id: row.model_id,
            is_supported: row.is_supported,
            evidence: row.evidence,
            time: Timestamp(row.observe_time),
        })
    });
    known.collect()
}

pub(super) fn all<T, R: TryInto<T, Error = StoreError>>(rows: Vec<R>) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(TryInto::try_into).collect()
}
