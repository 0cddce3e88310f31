//! Rows about models.

use crate::domain::capability::Feature;
use crate::domain::model::{ListedModel, ModelChange, Observation, RefreshState};
use crate::domain::time::Timestamp;
use crate::store::StoreError;

fn read<T: serde::de::DeserializeOwned>(what: &str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("{what}: {error}")))
}

#[derive(Debug, sqlx::FromRow)]
pub(in crate::store) struct ListedModelRow {
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
            facts: read("listed_models.facts", &row.facts)?,
            provider: row.provider,
            model: row.model,
            list_time: Timestamp(row.list_time),
            gone_time: row.gone_time.map(Timestamp),
            update_time: Timestamp(row.update_time),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(in crate::store) struct RefreshRow {
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
pub(in crate::store) struct ModelChangeRow {
    model_id: String,
    changes: String,
    version: i64,
    update_time: i64,
}

impl TryFrom<ModelChangeRow> for ModelChange {
    type Error = StoreError;

    fn try_from(row: ModelChangeRow) -> Result<Self, StoreError> {
        Ok(Self {
            changes: read("model_changes.changes", &row.changes)?,
            model_id: row.model_id,
            version: row.version,
            update_time: Timestamp(row.update_time),
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(in crate::store) struct ObservationRow {
    model_id: String,
    feature: String,
    is_supported: bool,
    evidence: String,
    observe_time: i64,
}

/// Features that this crux does not know are a later one's.
pub(in crate::store) fn observations(rows: Vec<ObservationRow>) -> Vec<Observation> {
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

pub(in crate::store) fn all<T, R: TryInto<T, Error = StoreError>>(
    rows: Vec<R>,
) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(TryInto::try_into).collect()
}
