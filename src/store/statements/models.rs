//! Models in a database.

use async_trait::async_trait;

use crate::domain::audit::AuditRecord;
use crate::domain::model::{
    Listed, ListedModel, ModelChange, Observation, RefreshCounts, RefreshState, StoredModels, refreshed,
};
use crate::domain::time::Timestamp;
use crate::store::postgres::Postgres;
use crate::store::rows::json;
use crate::store::rows::models::{
    ListedModelRow, ModelChangeRow, ObservationRow, RefreshRow, all, observations,
};
use crate::store::sql::models as sql;
use crate::store::sqlite::Sqlite;
use crate::store::{ModelStore, StoreError, Topic};

macro_rules! model_store {
    ($database:ident) => {
        #[async_trait]
        impl ModelStore for $database {
            async fn models(&self) -> Result<StoredModels, StoreError> {
                let listed: Vec<ListedModelRow> = sqlx::query_as(sql::LISTED_MODELS)
                    .fetch_all(self.reader())
                    .await?;
                let changes: Vec<ModelChangeRow> = sqlx::query_as(sql::MODEL_CHANGES)
                    .fetch_all(self.reader())
                    .await?;
                let observed: Vec<ObservationRow> = sqlx::query_as(sql::OBSERVATIONS)
                    .fetch_all(self.reader())
                    .await?;
                let refreshes: Vec<RefreshRow> = sqlx::query_as(sql::REFRESHES)
                    .fetch_all(self.reader())
                    .await?;
                Ok(StoredModels {
                    listed: all(listed)?,
                    changes: all(changes)?,
                    observations: observations(observed),
                    refreshes: refreshes.into_iter().map(RefreshState::from).collect(),
                })
            }

            async fn save_listing(
                &self,
                provider: &str,
                listed: &[Listed],
                now: Timestamp,
            ) -> Result<RefreshCounts, StoreError> {
                // The topic's row is locked from here on: two servers that list at once come one after the other.
                let mut transaction = self.write(Topic::Models).await?;
                let rows: Vec<ListedModelRow> = sqlx::query_as(sql::LISTED_MODELS_OF)
                    .bind(provider)
                    .fetch_all(&mut *transaction)
                    .await?;
                let known: Vec<ListedModel> = all(rows)?;
                let (writes, counts) = refreshed(provider, &known, listed, now);
                for model in &writes {
                    sqlx::query(sql::PUT_LISTED_MODEL)
                        .bind(&model.provider)
                        .bind(&model.model)
                        .bind(json(&model.facts)?)
                        .bind(model.list_time.0)
                        .bind(model.gone_time.map(|time| time.0))
                        .bind(model.update_time.0)
                        .execute(&mut *transaction)
                        .await?;
                }
                sqlx::query(sql::TOUCH_LISTED_MODELS)
                    .bind(provider)
                    .bind(now.0)
                    .execute(&mut *transaction)
                    .await?;
                sqlx::query(sql::PUT_REFRESH)
                    .bind(provider)
                    .bind(now.0)
                    .execute(&mut *transaction)
                    .await?;
                self.commit(transaction, None).await?;
                Ok(counts)
            }

            async fn save_listing_failure(&self, failure: &RefreshState) -> Result<(), StoreError> {
                let mut transaction = self.write(Topic::Models).await?;
                sqlx::query(sql::PUT_REFRESH_FAILURE)
                    .bind(&failure.provider)
                    .bind(failure.error_time.map(|time| time.0))
                    .bind(&failure.error_reason)
                    .bind(&failure.error_message)
                    .execute(&mut *transaction)
                    .await?;
                self.commit(transaction, None).await
            }

            async fn save_model_change(
                &self,
                change: &ModelChange,
                record: Option<&AuditRecord>,
            ) -> Result<i64, StoreError> {
                let mut transaction = self.write(Topic::Models).await?;
                let changes = json(&change.changes)?;
                let statement = if change.version == 0 {
                    sqlx::query(sql::ADD_MODEL_CHANGE)
                        .bind(&change.model_id)
                        .bind(changes)
                        .bind(change.update_time.0)
                } else {
                    sqlx::query(sql::SET_MODEL_CHANGE)
                        .bind(&change.model_id)
                        .bind(changes)
                        .bind(change.update_time.0)
                        .bind(change.version)
                };
                if statement.execute(&mut *transaction).await?.rows_affected() == 0 {
                    return Err(StoreError::Stale);
                }
                sqlx::query(sql::DROP_MODEL_ALIASES)
                    .bind(&change.model_id)
                    .execute(&mut *transaction)
                    .await?;
                for alias in change.changes.aliases.iter().flatten() {
                    sqlx::query(sql::ADD_MODEL_ALIAS)
                        .bind(alias)
                        .bind(&change.model_id)
                        .execute(&mut *transaction)
                        .await?;
                }
                self.commit(transaction, record).await?;
                Ok(change.version + 1)
            }

            async fn save_observations(&self, observations: &[Observation]) -> Result<(), StoreError> {
                let mut transaction = self.write(Topic::Models).await?;
                for observation in observations {
                    sqlx::query(sql::PUT_OBSERVATION)
                        .bind(&observation.model_id)
                        .bind(observation.feature.as_str())
                        .bind(observation.is_supported)
                        .bind(&observation.evidence)
                        .bind(observation.time.0)
                        .execute(&mut *transaction)
                        .await?;
                }
                self.commit(transaction, None).await
            }
        }
    };
}

model_store!(Sqlite);
model_store!(Postgres);
