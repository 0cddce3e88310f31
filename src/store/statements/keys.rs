//! Provider keys in a database.

use async_trait::async_trait;
use sqlx::Transaction;

use crate::domain::audit::AuditRecord;
use crate::domain::key::{Key, SealedSecret};
use crate::domain::time::Timestamp;
use crate::store::postgres::Postgres;
use crate::store::rows::{KeyRow, Loaded, SecretRow, labels};
use crate::store::sql::keys as sql;
use crate::store::sqlite::Sqlite;
use crate::store::{KeyFilter, KeyPlace, KeyStore, LoadedKey, StoreError, Topic};

macro_rules! key_store {
    ($database:ident, $engine:ty) => {
        #[async_trait]
        impl KeyStore for $database {
            async fn add_key(
                &self,
                key: &Key,
                secret: &SealedSecret,
                record: Option<&AuditRecord>,
            ) -> Result<(), StoreError> {
                let mut transaction = self.write(Topic::Keys).await?;
                sqlx::query(sql::ADD_KEY)
                    .bind(&key.id)
                    .bind(&key.provider)
                    .bind(&key.tenant_id)
                    .bind(&key.display_name)
                    .bind(key.state.as_str())
                    .bind(&key.hint)
                    .bind(i64::from(key.priority))
                    .bind(i64::from(key.version))
                    .bind(labels(key))
                    .bind(key.create_time.0)
                    .bind(micros(key.rotate_time))
                    .bind(micros(key.last_use_time))
                    .bind(micros(key.expire_time))
                    .bind(micros(key.verify_time))
                    .bind(micros(key.reject_time))
                    .bind(micros(key.grace_end_time))
                    .bind(&key.etag)
                    .execute(&mut *transaction)
                    .await?;
                Self::add_secret(&mut transaction, &key.id, secret).await?;
                self.commit(transaction, record).await
            }

            async fn find_key(&self, id: &str) -> Result<Option<Key>, StoreError> {
                let row: Option<KeyRow> = sqlx::query_as(sql::FIND_KEY)
                    .bind(id)
                    .fetch_optional(self.reader())
                    .await?;
                row.map(Key::try_from).transpose()
            }

            async fn list_keys(
                &self,
                filter: KeyFilter<'_>,
                after: Option<KeyPlace<'_>>,
                limit: u32,
            ) -> Result<Vec<Key>, StoreError> {
                let rows: Vec<KeyRow> = sqlx::query_as(sql::LIST_KEYS)
                    .bind(filter.provider)
                    .bind(filter.tenant_id.is_some())
                    .bind(filter.tenant_id.unwrap_or_default())
                    .bind(after.is_some())
                    .bind(after.map_or("", |after| after.provider))
                    .bind(after.map_or(0, |after| i64::from(after.priority)))
                    .bind(after.map_or("", |after| after.id))
                    .bind(i64::from(limit))
                    .fetch_all(self.reader())
                    .await?;
                rows.into_iter().map(Key::try_from).collect()
            }

            async fn load_keys(&self) -> Result<Vec<LoadedKey>, StoreError> {
                let rows: Vec<Loaded<SecretRow>> = sqlx::query_as(sql::LOAD_KEYS)
                    .fetch_all(self.reader())
                    .await?;
                Ok(rows.into_iter().map(|row| row.read().1).collect())
            }

            async fn replace_key(
                &self,
                key: &Key,
                etag: &str,
                record: Option<&AuditRecord>,
            ) -> Result<(), StoreError> {
                let mut transaction = self.write(Topic::Keys).await?;
                Self::replace(&mut transaction, key, etag).await?;
                self.commit(transaction, record).await
            }

            async fn rotate_key(
                &self,
                key: &Key,
                secret: &SealedSecret,
                etag: &str,
                record: Option<&AuditRecord>,
            ) -> Result<(), StoreError> {
                let mut transaction = self.write(Topic::Keys).await?;
                let done = sqlx::query(sql::ROTATE_KEY)
                    .bind(&key.id)
                    .bind(etag)
                    .bind(&key.hint)
                    .bind(i64::from(key.version))
                    .bind(micros(key.rotate_time))
                    .bind(micros(key.grace_end_time))
                    .execute(&mut *transaction)
                    .await?;
                Self::check_changed(&mut transaction, &key.id, done.rows_affected()).await?;
                Self::replace(&mut transaction, key, etag).await?;
                sqlx::query(sql::DELETE_KEY_SECRETS)
                    .bind(&key.id)
                    .execute(&mut *transaction)
                    .await?;
                Self::add_secret(&mut transaction, &key.id, secret).await?;
                self.commit(transaction, record).await
            }

            async fn delete_key(
                &self,
                id: &str,
                etag: &str,
                record: Option<&AuditRecord>,
            ) -> Result<(), StoreError> {
                let mut transaction = self.write(Topic::Keys).await?;
                let done = sqlx::query(sql::DELETE_KEY)
                    .bind(id)
                    .bind(etag)
                    .execute(&mut *transaction)
                    .await?;
                Self::check_changed(&mut transaction, id, done.rows_affected()).await?;
                self.commit(transaction, record).await
            }

            async fn note_key_uses(&self, uses: &[(String, Timestamp)]) -> Result<(), StoreError> {
                let mut transaction = self.writer().begin().await?;
                for (id, time) in uses {
                    sqlx::query(sql::NOTE_KEY_USE)
                        .bind(id)
                        .bind(time.0)
                        .execute(&mut *transaction)
                        .await?;
                }
                transaction.commit().await?;
                Ok(())
            }

            async fn list_key_secrets(
                &self,
                after: &str,
                limit: u32,
            ) -> Result<Vec<(Key, SealedSecret)>, StoreError> {
                let rows: Vec<SecretRow> = sqlx::query_as(sql::LIST_KEY_SECRETS)
                    .bind(after)
                    .bind(i64::from(limit))
                    .fetch_all(self.reader())
                    .await?;
                rows.into_iter().map(TryInto::try_into).collect()
            }

            async fn rewrap_key_secret(
                &self,
                key_id: &str,
                before: &SealedSecret,
                after: &SealedSecret,
            ) -> Result<bool, StoreError> {
                let mut transaction = self.write(Topic::Keys).await?;
                let done = sqlx::query(sql::REWRAP_KEY_SECRET)
                    .bind(key_id)
                    .bind(i64::from(before.version))
                    .bind(&before.wrapped_key)
                    .bind(&after.kek_id)
                    .bind(&after.wrapped_key)
                    .execute(&mut *transaction)
                    .await?;
                if done.rows_affected() == 0 {
                    return Ok(false);
                }
                self.commit(transaction, None).await?;
                Ok(true)
            }
        }

        impl $database {
            async fn replace(
                transaction: &mut Transaction<'_, $engine>,
                key: &Key,
                etag: &str,
            ) -> Result<(), StoreError> {
                let done = sqlx::query(sql::REPLACE_KEY)
                    .bind(&key.id)
                    .bind(etag)
                    .bind(&key.display_name)
                    .bind(key.state.as_str())
                    .bind(i64::from(key.priority))
                    .bind(labels(key))
                    .bind(micros(key.expire_time))
                    .bind(micros(key.verify_time))
                    .bind(micros(key.reject_time))
                    .bind(&key.etag)
                    .execute(&mut **transaction)
                    .await?;
                Self::check_changed(transaction, &key.id, done.rows_affected()).await
            }

            async fn add_secret(
                transaction: &mut Transaction<'_, $engine>,
                key_id: &str,
                secret: &SealedSecret,
            ) -> Result<(), StoreError> {
                sqlx::query(sql::ADD_KEY_SECRET)
                    .bind(key_id)
                    .bind(i64::from(secret.version))
                    .bind(&secret.kek_id)
                    .bind(&secret.wrapped_key)
                    .bind(&secret.sealed)
                    .execute(&mut **transaction)
                    .await?;
                Ok(())
            }

            /// Finds out why a change met no row, if it met none.
            async fn check_changed(
                transaction: &mut Transaction<'_, $engine>,
                id: &str,
                rows: u64,
            ) -> Result<(), StoreError> {
                if rows > 0 {
                    return Ok(());
                }
                let _: KeyRow = sqlx::query_as(sql::FIND_KEY)
                    .bind(id)
                    .fetch_one(&mut **transaction)
                    .await?;
                Err(StoreError::Stale)
            }
        }
    };
}

key_store!(Sqlite, sqlx::Sqlite);
key_store!(Postgres, sqlx::Postgres);

fn micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(|time| time.0)
}
