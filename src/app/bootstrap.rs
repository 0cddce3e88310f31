//! The first administrator's token, made where the data is: a server that asks for tokens cannot give out the first.

use std::time::SystemTime;

use secrecy::SecretString;

use super::data::location;
use crate::config::Config;
use crate::domain::audit::AuditRecord;
use crate::domain::principal::{LOCAL_TENANT, Scope};
use crate::domain::time::Timestamp;
use crate::store::{self, Store, StoreError, TokenFilter};
use crate::tenancy::{NewToken, NoRandomness, mint};

/// What the record of operations calls it.
const ACTION: &str = "crux admin bootstrap";
/// Tokens that are read at once.
const BATCH: u32 = 1000;

/// A token that may do everything.
#[derive(Debug)]
pub struct FirstToken {
    /// Its id.
    pub id: String,
    /// What its bearer presents; shown this once.
    pub text: SecretString,
}

/// Why no first token was made.
#[derive(Debug, thiserror::Error)]
pub enum BootstrapError {
    /// Whoever has that one can give out others.
    #[error(
        "there is an administrator's token already, {id}: use it to create others, or revoke it with \
         `crux admin tokens revoke {id}`"
    )]
    Exists {
        /// Its id.
        id: String,
    },
    /// The data cannot be opened or written.
    #[error("cannot use the store: {0}")]
    Store(#[from] StoreError),
    /// The system has no randomness.
    #[error("cannot make a token: {0}")]
    Randomness(#[from] NoRandomness),
}

/// Makes the first administrator's token in the store that `config` names.
///
/// # Errors
/// [`BootstrapError`], above all when there is one that is good already.
pub async fn bootstrap(config: &Config) -> Result<FirstToken, BootstrapError> {
    let store = store::open(&location(config)?).await?;
    #[expect(clippy::disallowed_methods, reason = "the time is part of what is made")]
    let now = Timestamp::from(SystemTime::now());
    if let Some(id) = administrator(store.as_ref(), now).await? {
        return Err(BootstrapError::Exists { id });
    }
    let new = NewToken {
        tenant_id: LOCAL_TENANT.to_owned(),
        display_name: "first administrator".to_owned(),
        scopes: Scope::ALL.into(),
        expire_time: None,
    };
    let minted = mint(new, now)?;
    store.create_token(&minted.token).await?;
    let record = AuditRecord {
        id: format!("aud_{}", uuid::Uuid::now_v7().simple()),
        create_time: now,
        tenant_id: LOCAL_TENANT.to_owned(),
        token_id: String::new(),
        peer: String::new(),
        action: ACTION.to_owned(),
        target: minted.token.id.clone(),
        outcome: "OK".to_owned(),
        request_id: String::new(),
    };
    store.add_audit_record(&record).await?;
    Ok(FirstToken {
        id: minted.token.id,
        text: minted.text,
    })
}

/// A token by which others can be made, if there is one.
async fn administrator(store: &dyn Store, now: Timestamp) -> Result<Option<String>, StoreError> {
    let filter = TokenFilter {
        tenant_id: None,
        active_at: Some(now),
    };
    let mut after = None;
    loop {
        let tokens = store.list_tokens(filter, after.as_deref(), BATCH).await?;
        if let Some(found) = tokens.iter().find(|token| token.scopes.contains(&Scope::Admin)) {
            return Ok(Some(found.id.clone()));
        }
        match tokens.last() {
            Some(last) => after = Some(last.id.clone()),
            None => return Ok(None),
        }
    }
}
