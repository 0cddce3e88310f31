//! Owns what is known of tenants and tokens at one moment, and the answer to "whose token is this?". Never changes;
//! knows neither the database nor a clock.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use subtle::ConstantTimeEq as _;

use crate::domain::principal::{ModelPolicy, Principal, Scope};
use crate::domain::tenant::{Tenant, TenantState};
use crate::domain::time::Timestamp;
use crate::domain::token::{Token, split_token};
use crate::tenancy::mint::secret_hash;

/// Tenants and tokens, by id.
///
/// Small: a token takes some 200 bytes, so that 100,000 of them and 10,000 tenants fit into far less than 100 MiB.
#[derive(Debug, Default)]
pub struct Snapshot {
    tenants: HashMap<Box<str>, Arc<Account>>,
    tokens: HashMap<Box<str>, Pass>,
    /// Tokens were given out that make no sense any more.
    has_unreadable_tokens: bool,
}

/// What the calls of a tenant need to know of it.
#[derive(Debug)]
struct Account {
    id: Box<str>,
    is_active: bool,
    policy: Arc<ModelPolicy>,
}

/// What the calls with a token need to know of it.
struct Pass {
    secret_hash: [u8; 32],
    account: Arc<Account>,
    scopes: BTreeSet<Scope>,
    expire_time: Option<Timestamp>,
    is_revoked: bool,
    /// When a use was last noted, in microseconds.
    noted: AtomicI64,
}

impl std::fmt::Debug for Pass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pass")
            .field("tenant", &self.account.id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// Why a token is refused. For the log: the caller hears that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It has not the form of one.
    #[error("malformed")]
    Malformed,
    /// Nobody was given one with that id.
    #[error("unknown")]
    Unknown,
    /// The id is somebody's, the secret is not.
    #[error("wrong secret")]
    Wrong,
    /// Its time is over.
    #[error("expired")]
    Expired,
    /// It was revoked.
    #[error("revoked")]
    Revoked,
    /// Its tenant is suspended.
    #[error("tenant suspended")]
    Suspended,
}

/// A token that is good.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) principal: Principal,
    /// Its use has not been noted for a while.
    pub(super) is_noteworthy: bool,
}

/// A use is noted again after this long: often enough to find tokens that nobody uses.
const NOTE_EVERY_MICROS: i64 = 60 * 1_000_000;

impl Snapshot {
    pub(super) fn insert_tenant(&mut self, tenant: Tenant) {
        self.insert_account(tenant.id, tenant.state == TenantState::Active, tenant.models);
    }

    /// Takes in that there is such a tenant, for which nobody may call.
    pub(super) fn insert_unreadable_tenant(&mut self, id: String) {
        self.insert_account(id, false, ModelPolicy::default());
    }

    fn insert_account(&mut self, id: String, is_active: bool, policy: ModelPolicy) {
        let id: Box<str> = id.into();
        let account = Account {
            id: id.clone(),
            is_active,
            policy: Arc::new(policy),
        };
        self.tenants.insert(id, Arc::new(account));
    }

    /// Takes in a token. One whose tenant is not there is left out: it was just deleted.
    pub(super) fn insert_token(&mut self, token: Token) {
        let Some(account) = self.tenants.get(token.tenant_id.as_str()) else {
            return;
        };
        let pass = Pass {
            secret_hash: token.secret_hash,
            account: Arc::clone(account),
            scopes: token.scopes,
            expire_time: token.expire_time,
            is_revoked: token.revoke_time.is_some(),
            noted: AtomicI64::new(token.last_use_time.map_or(i64::MIN, |time| time.0)),
        };
        self.tokens.insert(token.id.into_boxed_str(), pass);
    }

    /// Takes in that a token was given out, which nobody can present.
    pub(super) fn insert_unreadable_token(&mut self) {
        self.has_unreadable_tokens = true;
    }

    /// Gives back the room that was made for more.
    pub(super) fn shrink(&mut self) {
        self.tenants.shrink_to_fit();
        self.tokens.shrink_to_fit();
    }

    /// The ids of its tenants and tokens.
    pub(super) fn ids(&self) -> (Vec<Box<str>>, Vec<Box<str>>) {
        let tenants = self.tenants.keys().cloned();
        (tenants.collect(), self.tokens.keys().cloned().collect())
    }

    /// Leaves tenants and tokens out.
    pub(super) fn forget(&mut self, (tenants, tokens): (Vec<Box<str>>, Vec<Box<str>>)) {
        self.tenants.retain(|id, _| !tenants.contains(id));
        self.tokens.retain(|id, _| !tokens.contains(id));
    }

    /// Whether any token was ever given out.
    pub fn has_tokens(&self) -> bool {
        self.has_unreadable_tokens || !self.tokens.is_empty()
    }

    pub(super) fn has_tenant(&self, tenant_id: &str) -> bool {
        self.tenants.contains_key(tenant_id)
    }

    pub(super) fn len(&self) -> usize {
        self.tenants.len() + self.tokens.len()
    }

    /// Whose token `text` is.
    pub(super) fn admit(&self, text: &str, now: Timestamp) -> Result<Admitted, Refusal> {
        let (id, secret) = split_token(text).ok_or(Refusal::Malformed)?;
        // Before anything is looked up: an id that exists takes as long as one that does not.
        let given = secret_hash(secret);
        let pass = self.tokens.get(id).ok_or(Refusal::Unknown)?;
        if !bool::from(given.ct_eq(&pass.secret_hash)) {
            return Err(Refusal::Wrong);
        }
        if pass.is_revoked {
            return Err(Refusal::Revoked);
        }
        if pass.expire_time.is_some_and(|end| end <= now) {
            return Err(Refusal::Expired);
        }
        if !pass.account.is_active {
            return Err(Refusal::Suspended);
        }
        let principal = Principal {
            tenant_id: pass.account.id.to_string(),
            token_id: id.to_owned(),
            scopes: pass.scopes.clone(),
            policy: Arc::clone(&pass.account.policy),
            peer: String::new(),
        };
        let is_noteworthy = now.0.saturating_sub(pass.noted.load(Ordering::Relaxed)) >= NOTE_EVERY_MICROS;
        if is_noteworthy {
            pass.noted.store(now.0, Ordering::Relaxed);
        }
        Ok(Admitted {
            principal,
            is_noteworthy,
        })
    }

    /// Whether the token of that id is still good, not counting its time, and when that is over; `None` for one that
    /// nobody was given, or that went with its tenant.
    pub(super) fn right_of(&self, token_id: &str) -> Option<Result<Option<Timestamp>, Refusal>> {
        let pass = self.tokens.get(token_id)?;
        Some(if pass.is_revoked {
            Err(Refusal::Revoked)
        } else if !pass.account.is_active {
            Err(Refusal::Suspended)
        } else {
            Ok(pass.expire_time)
        })
    }

    /// The policy of a tenant that may call; `None` for one that may not, or is not there.
    pub(super) fn policy_of(&self, tenant_id: &str) -> Option<Arc<ModelPolicy>> {
        let account = self.tenants.get(tenant_id).filter(|account| account.is_active)?;
        Some(Arc::clone(&account.policy))
    }
}

#[cfg(test)]
mod tests;
