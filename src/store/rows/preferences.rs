//! Rows of preferences.

use crate::domain::preferences::Preferences;
use crate::domain::time::Timestamp;
use crate::store::StoreError;

#[derive(Debug, sqlx::FromRow)]
pub(in crate::store) struct PreferencesRow {
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
pub(in crate::store) fn document(preferences: &Preferences) -> String {
    // A map whose keys are strings is always JSON.
    serde_json::to_string(&preferences.values).unwrap_or_default()
}
