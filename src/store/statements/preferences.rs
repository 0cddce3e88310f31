//! Preferences in a database.

use async_trait::async_trait;

use crate::domain::preferences::{NO_ETAG, Preferences};
use crate::store::postgres::Postgres;
use crate::store::rows::{PreferencesRow, document};
use crate::store::sqlite::Sqlite;
use crate::store::{PreferenceStore, StoreError, sql};

macro_rules! preference_store {
    ($database:ident) => {
        #[async_trait]
        impl PreferenceStore for $database {
            async fn preferences(
                &self,
                tenant_id: &str,
                end_user_id: &str,
            ) -> Result<Preferences, StoreError> {
                let row: Option<PreferencesRow> = sqlx::query_as(sql::PREFERENCES)
                    .bind(tenant_id)
                    .bind(end_user_id)
                    .fetch_optional(self.reader())
                    .await?;
                row.map_or_else(|| Ok(Preferences::none(end_user_id)), Preferences::try_from)
            }

            async fn put_preferences(
                &self,
                tenant_id: &str,
                preferences: &Preferences,
                expected: &str,
            ) -> Result<(), StoreError> {
                // An insertion that meets a row, and an update that meets another etag, change nothing.
                let is_first = expected == NO_ETAG;
                let mut statement = sqlx::query(if is_first {
                    sql::ADD_PREFERENCES
                } else {
                    sql::REPLACE_PREFERENCES
                })
                .bind(tenant_id)
                .bind(&preferences.end_user_id)
                .bind(document(preferences))
                .bind(preferences.update_time.unwrap_or_default().0)
                .bind(&preferences.etag);
                if !is_first {
                    statement = statement.bind(expected);
                }
                let written = statement.execute(self.writer()).await?;
                match written.rows_affected() {
                    0 => Err(StoreError::Stale),
                    _ => Ok(()),
                }
            }

            async fn delete_preferences(&self, tenant_id: &str, end_user_id: &str) -> Result<(), StoreError> {
                sqlx::query(sql::DELETE_PREFERENCES)
                    .bind(tenant_id)
                    .bind(end_user_id)
                    .execute(self.writer())
                    .await?;
                Ok(())
            }
        }
    };
}

preference_store!(Sqlite);
preference_store!(Postgres);
