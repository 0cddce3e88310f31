//! The first administrator's token, made where the data is: a server that asks for tokens cannot give out the first.

use std::time::SystemTime;

use secrecy::SecretString;

use super::data::location;
use crate::config::Config;
use crate::domain::audit::AuditRecord;
use crate::domain::principal::{LOCAL_TENANT, Scope};
use crate::domain::time::Timestamp;
use crate::store::{self, StoreError};
use crate::tenancy::{NewToken, NoRandomness, mint};

/// What the record of operations calls it.
const ACTION: &str = "crux admin bootstrap";

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
    let new = NewToken {
        tenant_id: LOCAL_TENANT.to_owned(),
        display_name: "first administrator".to_owned(),
        scopes: Scope::ALL.into(),
        expire_time: None,
    };
    let minted = mint(new, now)?;
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
    if let Some(id) = store.create_first_token(&minted.token, &record).await? {
        return Err(BootstrapError::Exists { id });
    }
    Ok(FirstToken {
        id: minted.token.id,
        text: minted.text,
    })
}
