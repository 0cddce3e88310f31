//! Rows as both databases give them, and the values they are.

mod keys;
mod loaded;
pub(super) mod models;
mod preferences;

use std::collections::BTreeSet;

use crate::domain::audit::AuditRecord;
use crate::domain::principal::{ModelPolicy, Scope};
use crate::domain::tenant::{Tenant, TenantState};
use crate::domain::time::Timestamp;
use crate::domain::token::Token;
use crate::store::{Revisions, StoreError};

pub(super) use keys::{KeyRow, SecretRow, labels};
pub(super) use loaded::Loaded;
pub(super) use preferences::{PreferencesRow, document};

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
pub(super) struct TenantRow {
    id: String,
    display_name: String,
    state: String,
    allowed_models: String,
    denied_models: String,
    labels: String,
    create_time: i64,
    update_time: i64,
    etag: String,
}

impl TryFrom<TenantRow> for Tenant {
    type Error = StoreError;

    fn try_from(row: TenantRow) -> Result<Self, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("{what} of tenant {:?}", row.id));
        Ok(Self {
            state: TenantState::named(&row.state).ok_or_else(|| corrupt("state"))?,
            models: ModelPolicy {
                allow: serde_json::from_str(&row.allowed_models).map_err(|_| corrupt("allowed_models"))?,
                deny: serde_json::from_str(&row.denied_models).map_err(|_| corrupt("denied_models"))?,
            },
            labels: serde_json::from_str(&row.labels).map_err(|_| corrupt("labels"))?,
            id: row.id,
            display_name: row.display_name,
            create_time: Timestamp(row.create_time),
            update_time: Timestamp(row.update_time),
            etag: row.etag,
        })
    }
}

#[derive(Debug, sqlx::FromRow)]
pub(super) struct TokenRow {
    id: String,
    tenant_id: String,
    display_name: String,
    scopes: String,
    hint: String,
    secret_hash: String,
    create_time: i64,
    expire_time: Option<i64>,
    last_use_time: Option<i64>,
    revoke_time: Option<i64>,
}

impl TryFrom<TokenRow> for Token {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        let corrupt = |what: &str| StoreError::Corrupt(format!("{what} of token {:?}", row.id));
        Ok(Self {
            scopes: scopes(&row.scopes),
            secret_hash: hash(&row.secret_hash).ok_or_else(|| corrupt("secret_hash"))?,
            id: row.id,
            tenant_id: row.tenant_id,
            display_name: row.display_name,
            hint: row.hint,
            create_time: Timestamp(row.create_time),
            expire_time: row.expire_time.map(Timestamp),
            last_use_time: row.last_use_time.map(Timestamp),
            revoke_time: row.revoke_time.map(Timestamp),
        })
    }
}

/// A list as text: JSON, which both databases keep alike.
pub(super) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Corrupt(error.to_string()))
}

/// Scopes as text, with spaces between.
pub(super) fn scope_text(scopes: &BTreeSet<Scope>) -> String {
    let names: Vec<_> = scopes.iter().map(|scope| scope.as_str()).collect();
    names.join(" ")
}

/// A scope that is unknown here is a later crux's, and allows nothing here.
fn scopes(text: &str) -> BTreeSet<Scope> {
    text.split(' ').filter_map(Scope::named).collect()
}

/// A hash as text, in hexadecimal digits.
pub(super) fn hash_text(hash: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    hash.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else {
        return None;
    };
    if pairs.len() != hash.len() {
        return None;
    }
    for (byte, pair) in hash.iter_mut().zip(pairs) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::{hash, hash_text};

    #[test]
    fn a_hash_is_read_as_it_was_written() {
        let given = std::array::from_fn(|index| u8::try_from(index * 8).unwrap());

        assert_eq!(hash(&hash_text(&given)), Some(given));
        assert_eq!(hash("abc"), None);
        assert_eq!(hash(&"zz".repeat(32)), None);
    }
}
