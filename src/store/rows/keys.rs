//! Rows of keys and of their secrets.

use crate::domain::key::{Key, KeyState, SealedSecret};
use crate::domain::time::Timestamp;
use crate::store::StoreError;

#[derive(Debug, sqlx::FromRow)]
pub(in crate::store) struct KeyRow {
    id: String,
    provider: String,
    tenant_id: String,
    display_name: String,
    state: String,
    hint: String,
    priority: i64,
    version: i64,
    labels: String,
    create_time: i64,
    rotate_time: Option<i64>,
    last_use_time: Option<i64>,
    expire_time: Option<i64>,
    verify_time: Option<i64>,
    reject_time: Option<i64>,
    grace_end_time: Option<i64>,
    etag: String,
}

impl TryFrom<KeyRow> for Key {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("key {:?}: its {what}", row.id));
        Ok(Self {
            state: KeyState::from_name(&row.state).ok_or_else(|| corrupt("state"))?,
            labels: serde_json::from_str(&row.labels).map_err(|_| corrupt("labels"))?,
            priority: i32::try_from(row.priority).map_err(|_| corrupt("priority"))?,
            version: i32::try_from(row.version).map_err(|_| corrupt("version"))?,
            id: row.id,
            provider: row.provider,
            tenant_id: row.tenant_id,
            display_name: row.display_name,
            hint: row.hint,
            create_time: Timestamp(row.create_time),
            rotate_time: row.rotate_time.map(Timestamp),
            last_use_time: row.last_use_time.map(Timestamp),
            expire_time: row.expire_time.map(Timestamp),
            verify_time: row.verify_time.map(Timestamp),
            reject_time: row.reject_time.map(Timestamp),
            grace_end_time: row.grace_end_time.map(Timestamp),
            etag: row.etag,
        })
    }
}

/// Labels as they are stored.
pub(in crate::store) fn labels(key: &Key) -> String {
    serde_json::json!(key.labels).to_string()
}

#[derive(sqlx::FromRow)]
pub(in crate::store) struct SecretRow {
    #[sqlx(flatten)]
    key: KeyRow,
    kek_id: String,
    wrapped_key: Vec<u8>,
    sealed: Vec<u8>,
}

impl TryFrom<SecretRow> for (Key, SealedSecret) {
    type Error = StoreError;

    fn try_from(row: SecretRow) -> Result<Self, StoreError> {
        let key = Key::try_from(row.key)?;
        let secret = SealedSecret {
            version: key.version,
            kek_id: row.kek_id,
            wrapped_key: row.wrapped_key,
            sealed: row.sealed,
        };
        Ok((key, secret))
    }
}
