//! One key of the ring: what opens it, and how its provider took it of late.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use secrecy::SecretString;

use super::seal::{Place, SealError, SealKey};
use super::tenure::Tenure;
use crate::domain::key::{Key, KeyState, SealedSecret};
use crate::domain::time::Timestamp;

/// A key that calls may be made with.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) origin: Origin,
    pub(super) health: Health,
    pub(super) tenure: Arc<Tenure>,
    /// Earlier versions that calls may still be running with.
    pub(super) earlier: Vec<Weak<Tenure>>,
    secret: Secret,
    /// What it will be when it is opened: whoever unwraps it is far away.
    awaited: Option<Box<Awaited>>,
}

/// A row whose data key is to be unwrapped.
#[derive(Debug, Clone)]
pub(super) struct Awaited {
    pub(super) key: Key,
    pub(super) secret: SealedSecret,
}

/// Where a key comes from.
#[derive(Debug)]
pub(super) enum Origin {
    /// The server's environment or configuration.
    Configured {
        /// Where exactly, for messages.
        sources: String,
    },
    /// The vault.
    Vault(Box<Key>),
}

enum Secret {
    Plain(SecretString),
    Sealed(Arc<Sealed>),
    /// No key-encryption key unwraps it now.
    Closed,
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain(_) => "Plain(..)",
            Self::Sealed(_) => "Sealed(..)",
            Self::Closed => "Closed",
        })
    }
}

/// A sealed secret and the data key that opens it.
struct Sealed {
    secret: SealedSecret,
    data_key: SealKey,
}

/// How a provider took a key, as this server saw it. Times in microseconds; 0 is never.
#[derive(Debug, Default)]
pub(super) struct Health {
    rejected: AtomicI64,
    healed: AtomicI64,
    rests_until: AtomicI64,
    used: AtomicI64,
    /// The last use that is written down.
    noted: AtomicI64,
}

impl Entry {
    pub(super) fn configured(secret: SecretString, sources: String) -> Self {
        Self {
            origin: Origin::Configured { sources },
            health: Health::default(),
            tenure: Arc::default(),
            earlier: Vec::new(),
            secret: Secret::Plain(secret),
            awaited: None,
        }
    }

    /// A key of the vault. What `before` knew of the same key stays known as far as the row has not been written
    /// since.
    pub(super) fn stored(key: Key, secret: SealedSecret, data_key: SealKey, before: Option<&Self>) -> Self {
        Self {
            secret: Secret::Sealed(Arc::new(Sealed { secret, data_key })),
            ..Self::closed(key, before)
        }
    }

    /// A key of the vault that nothing opens.
    pub(super) fn closed(key: Key, before: Option<&Self>) -> Self {
        let (tenure, earlier) = before.map_or_else(Default::default, |before| before.tenures_for(&key));
        Self {
            health: before.map_or_else(Health::default, |before| before.health_for(&key)),
            tenure,
            earlier,
            origin: Origin::Vault(Box::new(key)),
            secret: Secret::Closed,
            awaited: None,
        }
    }

    /// A key of the vault that is to be opened, closed until then.
    pub(super) fn closed_for_now(awaited: Awaited, before: Option<&Self>) -> Self {
        Self {
            awaited: Some(Box::new(awaited.clone())),
            ..Self::closed(awaited.key, before)
        }
    }

    /// A key of the vault that is to be opened; until then its version before serves on, where there is one.
    pub(super) fn awaiting(awaited: Awaited, before: Option<&Self>) -> Self {
        let behind = before.and_then(|before| before.behind(&awaited));
        behind.unwrap_or_else(|| Self::closed_for_now(awaited, before))
    }

    /// The same key with its old secret, and all that was said since of its use: what is stopped stops at once.
    fn behind(&self, awaited: &Awaited) -> Option<Self> {
        let Secret::Sealed(held) = &self.secret else {
            return None;
        };
        let before = self.key()?;
        let key = &awaited.key;
        // One that was destroyed and stored again under its id is another key.
        let is_same = before.create_time == key.create_time
            && before.tenant_id == key.tenant_id
            && before.provider == key.provider;
        if !is_same || before.version >= key.version {
            return None;
        }
        let key = Key {
            version: before.version,
            // What is said of the new version, that it is good above all, is not said of this one.
            state: if key.state == KeyState::Disabled {
                KeyState::Disabled
            } else {
                before.state
            },
            reject_time: before.reject_time,
            ..key.clone()
        };
        Some(Self {
            health: self.health.copy(),
            tenure: Arc::clone(&self.tenure),
            earlier: self.earlier.clone(),
            origin: Origin::Vault(Box::new(key)),
            secret: Secret::Sealed(Arc::clone(held)),
            awaited: Some(Box::new(awaited.clone())),
        })
    }

    /// What is to be opened of it.
    pub(super) fn awaited(&self) -> Option<&Awaited> {
        self.awaited.as_deref()
    }

    /// The data key in memory, if it is that of `secret`: whoever wraps may be far away, and need not be asked.
    pub(super) fn data_key_of(&self, secret: &SealedSecret) -> Option<SealKey> {
        match &self.secret {
            // The wrapping may have changed; what it holds has not.
            Secret::Sealed(held) if held.secret.sealed == secret.sealed => Some(held.data_key.clone()),
            Secret::Sealed(_) | Secret::Plain(_) | Secret::Closed => None,
        }
    }

    /// The tenure of the version that `key` has now, and those before it.
    fn tenures_for(&self, key: &Key) -> (Arc<Tenure>, Vec<Weak<Tenure>>) {
        let used = self.earlier.iter().filter(|tenure| tenure.strong_count() > 0);
        let mut earlier: Vec<_> = used.cloned().collect();
        if self.key().is_some_and(|before| before.version == key.version) {
            return (Arc::clone(&self.tenure), earlier);
        }
        earlier.push(Arc::downgrade(&self.tenure));
        (Arc::default(), earlier)
    }

    fn health_for(&self, key: &Key) -> Health {
        let before = self.key();
        let is_unchanged = before.is_some_and(|before| before.etag == key.etag);
        let same_version = before.is_some_and(|before| before.version == key.version);
        let kept = |is_kept: bool, time: &AtomicI64| {
            AtomicI64::new(if is_kept { time.load(Ordering::Relaxed) } else { 0 })
        };
        Health {
            // A row that was written since says more than what was seen here before it, and what was seen of another
            // version says nothing.
            rejected: kept(is_unchanged && same_version, &self.health.rejected),
            healed: kept(is_unchanged && same_version, &self.health.healed),
            rests_until: kept(same_version, &self.health.rests_until),
            used: kept(true, &self.health.used),
            noted: kept(true, &self.health.noted),
        }
    }

    /// What is stored of it; `None` for a configured one.
    pub(super) fn key(&self) -> Option<&Key> {
        match &self.origin {
            Origin::Vault(key) => Some(key),
            Origin::Configured { .. } => None,
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.secret, Secret::Closed)
    }

    /// Whether a call may be made with it at `now`. One that its provider refused may be tried again after
    /// `retry_after`: accounts are paid and blocks lifted without a word to this server.
    pub(super) fn is_usable(&self, now: Timestamp, retry_after: Duration) -> bool {
        let Some(key) = self.key() else { return true };
        !self.is_closed()
            && key.state != KeyState::Disabled
            && !key.is_expired(now)
            && self
                .rejected_since()
                .is_none_or(|rejected| rejected.plus(retry_after) <= now)
    }

    /// When its provider refused it, unless it was good since.
    pub(super) fn rejected_since(&self) -> Option<Timestamp> {
        let stored = self.key().filter(|key| key.state == KeyState::Rejected);
        let stored = stored.map(|key| key.reject_time.unwrap_or(key.create_time));
        let seen = self.health.rejected();
        let healed = self.health.healed();
        stored
            .max(seen)
            .filter(|rejected| healed.is_none_or(|healed| healed < *rejected))
    }

    /// What the row should say of the provider's verdict and does not: refused, or good, and since when.
    pub(super) fn unwritten_verdict(&self) -> Option<(KeyState, Timestamp)> {
        let key = self.key().filter(|key| key.state != KeyState::Disabled)?;
        if self.awaited.is_some() {
            // The row is of a later version.
            return None;
        }
        let is_rejected = key.state == KeyState::Rejected;
        match self.rejected_since() {
            Some(rejected) if !is_rejected || key.reject_time < Some(rejected) => {
                Some((KeyState::Rejected, rejected))
            }
            None if is_rejected => Some((KeyState::Active, self.health.healed()?)),
            Some(_) | None => None,
        }
    }

    /// The last use, if it is not written down.
    pub(super) fn unwritten_use(&self) -> Option<(&str, Timestamp)> {
        let key = self.key()?;
        let used = self.health.used.load(Ordering::Relaxed);
        (used > self.health.noted.load(Ordering::Relaxed)).then_some((key.id.as_str(), Timestamp(used)))
    }

    pub(super) fn open(&self) -> Result<SecretString, SealError> {
        match (&self.secret, &self.origin) {
            (Secret::Plain(secret), _) => Ok(secret.clone()),
            (Secret::Sealed(held), Origin::Vault(key)) => {
                let place = Place {
                    tenant_id: &key.tenant_id,
                    provider: &key.provider,
                    key_id: &key.id,
                    version: held.secret.version,
                };
                held.data_key.open_secret(&held.secret.sealed, &place)
            }
            (Secret::Sealed(_), Origin::Configured { .. }) | (Secret::Closed, _) => Err(SealError::Closed),
        }
    }
}

impl Health {
    fn copy(&self) -> Self {
        let copy = |time: &AtomicI64| AtomicI64::new(time.load(Ordering::Relaxed));
        Self {
            rejected: copy(&self.rejected),
            healed: copy(&self.healed),
            rests_until: copy(&self.rests_until),
            used: copy(&self.used),
            noted: copy(&self.noted),
        }
    }

    fn time(cell: &AtomicI64) -> Option<Timestamp> {
        let micros = cell.load(Ordering::Relaxed);
        (micros != 0).then_some(Timestamp(micros))
    }

    fn rejected(&self) -> Option<Timestamp> {
        Self::time(&self.rejected)
    }

    fn healed(&self) -> Option<Timestamp> {
        Self::time(&self.healed)
    }

    /// Until when it rests, if it does at `now`.
    pub(super) fn rests_until(&self, now: Timestamp) -> Option<Timestamp> {
        Self::time(&self.rests_until).filter(|until| *until > now)
    }

    pub(super) fn reject(&self, now: Timestamp) {
        self.rejected.fetch_max(now.0, Ordering::Relaxed);
    }

    pub(super) fn heal(&self, now: Timestamp) {
        self.healed.fetch_max(now.0, Ordering::Relaxed);
    }

    pub(super) fn rest(&self, until: Timestamp) {
        self.rests_until.fetch_max(until.0, Ordering::Relaxed);
    }

    pub(super) fn wake(&self) {
        self.rests_until.store(0, Ordering::Relaxed);
    }

    pub(super) fn used(&self, now: Timestamp) {
        self.used.fetch_max(now.0, Ordering::Relaxed);
    }

    pub(super) fn noted(&self, time: Timestamp) {
        self.noted.fetch_max(time.0, Ordering::Relaxed);
    }
}
