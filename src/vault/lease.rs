//! A key in a call's hands: opened for one attempt, and remembered as tried.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;
use tokio_util::sync::CancellationToken;

use super::entry::{Entry, Origin};

/// A key, opened for one attempt.
pub struct Lease {
    secret: SecretString,
    entry: Arc<Entry>,
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lease")
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

impl Lease {
    pub(super) fn new(secret: SecretString, entry: Arc<Entry>) -> Self {
        Self { secret, entry }
    }

    pub(super) fn entry(&self) -> &Arc<Entry> {
        &self.entry
    }

    /// The secret.
    pub fn secret(&self) -> &SecretString {
        &self.secret
    }

    /// Cancelled when the call may not go on with it: it was rotated, and the grace for that is over.
    pub fn over(&self) -> &CancellationToken {
        self.entry.tenure.over()
    }

    /// Which key it is, for the caller's eyes: the id of its tenant's own, or where it was configured.
    pub fn name(&self) -> String {
        self.entry.name_outside()
    }
}

impl Entry {
    pub(super) fn name(&self) -> String {
        match &self.origin {
            Origin::Configured { sources } => sources.clone(),
            Origin::Vault(key) => format!("key {:?} of the vault", key.id),
        }
    }

    /// For callers: what everybody shares is not theirs to know by name.
    pub(super) fn name_outside(&self) -> String {
        match &self.origin {
            Origin::Vault(key) if key.tenant_id.is_empty() => "a shared key".to_owned(),
            Origin::Vault(_) | Origin::Configured { .. } => self.name(),
        }
    }
}

/// The keys that a call has tried at a provider, so that it goes on with the next.
#[derive(Debug, Default)]
pub struct Tried(Vec<Arc<Entry>>);

impl Tried {
    pub(super) fn add(&mut self, entry: &Arc<Entry>) {
        if !self.has(entry) {
            self.0.push(Arc::clone(entry));
        }
    }

    pub(super) fn has(&self, entry: &Arc<Entry>) -> bool {
        self.0
            .iter()
            .any(|tried| Arc::ptr_eq(tried, entry) || tried.is_same(entry))
    }
}

impl Entry {
    /// Whether both are the same version of the same key, seen in two snapshots.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self.key(), other.key()) {
            (Some(one), Some(other)) => one.id == other.id && one.version == other.version,
            _ => false,
        }
    }
}
