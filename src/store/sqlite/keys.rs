//! Provider keys in SQLite.

use async_trait::async_trait;
use sqlx::query::Query;
use sqlx::{Sqlite as Engine, Transaction};

use super::Sqlite;
use crate::domain::key::{Key, SealedSecret};
use crate::domain::time::Timestamp;
use crate::store::rows::{KeyRow, SecretRow, labels};
use crate::store::sql::keys as sql;
use crate::store::{KeyFilter, KeyPlace, KeyStore, StoreError, Topic};

#[async_trait]
impl KeyStore for Sqlite {
    async fn add_key(&self, key: &Key, secret: &SealedSecret) -> Result<(), StoreError> {
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
        add_secret(&key.id, secret).execute(&mut *transaction).await?;
        self.commit(transaction).await
    }

    async fn find_key(&self, id: &str) -> Result<Option<Key>, StoreError> {
        let row: Option<KeyRow> = sqlx::query_as(sql::FIND_KEY)
            .bind(id)
            .fetch_optional(&self.reader)
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
            .fetch_all(&self.reader)
            .await?;
        rows.into_iter().map(Key::try_from).collect()
    }

    async fn load_keys(&self) -> Result<Vec<(Key, SealedSecret)>, StoreError> {
        let rows: Vec<SecretRow> = sqlx::query_as(sql::LOAD_KEYS).fetch_all(&self.reader).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    async fn replace_key(&self, key: &Key, etag: &str) -> Result<(), StoreError> {
        let mut transaction = self.write(Topic::Keys).await?;
        let done = replace(key, etag).execute(&mut *transaction).await?;
        if done.rows_affected() == 0 {
            return Err(unchanged(&mut transaction, &key.id).await);
        }
        self.commit(transaction).await
    }

    async fn rotate_key(&self, key: &Key, secret: &SealedSecret, etag: &str) -> Result<(), StoreError> {
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
        if done.rows_affected() == 0 {
            return Err(unchanged(&mut transaction, &key.id).await);
        }
        replace(key, etag).execute(&mut *transaction).await?;
        sqlx::query(sql::DELETE_KEY_SECRETS)
            .bind(&key.id)
            .execute(&mut *transaction)
            .await?;
        add_secret(&key.id, secret).execute(&mut *transaction).await?;
        self.commit(transaction).await
    }

    async fn delete_key(&self, id: &str, etag: &str) -> Result<(), StoreError> {
        let mut transaction = self.write(Topic::Keys).await?;
        let done = sqlx::query(sql::DELETE_KEY)
            .bind(id)
            .bind(etag)
            .execute(&mut *transaction)
            .await?;
        if done.rows_affected() == 0 {
            return Err(unchanged(&mut transaction, id).await);
        }
        self.commit(transaction).await
    }

    async fn note_key_uses(&self, uses: &[(String, Timestamp)]) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin().await?;
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
            .fetch_all(&self.reader)
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
        self.commit(transaction).await?;
        Ok(true)
    }
}

type Statement<'q> = Query<'q, Engine, sqlx::sqlite::SqliteArguments>;

fn replace<'q>(key: &'q Key, etag: &'q str) -> Statement<'q> {
    sqlx::query(sql::REPLACE_KEY)
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
}

fn add_secret<'q>(key_id: &'q str, secret: &'q SealedSecret) -> Statement<'q> {
    sqlx::query(sql::ADD_KEY_SECRET)
        .bind(key_id)
        .bind(i64::from(secret.version))
        .bind(&secret.kek_id)
        .bind(&secret.wrapped_key)
        .bind(&secret.sealed)
}

/// Why a change met no row.
async fn unchanged(transaction: &mut Transaction<'_, Engine>, id: &str) -> StoreError {
    let found: Result<Option<KeyRow>, _> = sqlx::query_as(sql::FIND_KEY)
        .bind(id)
        .fetch_optional(&mut **transaction)
        .await;
    match found {
        Ok(Some(_)) => StoreError::Stale,
        Ok(None) => StoreError::Missing,
        Err(error) => error.into(),
    }
}

fn micros(time: Option<Timestamp>) -> Option<i64> {
    time.map(|time| time.0)
}
