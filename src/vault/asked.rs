//! What somebody asks of the vault: a key to store, one to change, or a new secret for one. Refuses to know what becomes of it.

use std::collections::BTreeMap;
use std::time::Duration;

use secrecy::SecretString;

use crate::domain::audit::AuditRecord;
use crate::domain::time::Timestamp;

/// What somebody says about a key that is to be stored.
#[derive(Debug, Clone, Default)]
pub struct Details {
    /// Its id.
    pub id: String,
    /// Provider id.
    pub provider: String,
    /// Whose it is; empty: everybody's.
    pub tenant_id: String,
    /// For people.
    pub display_name: String,
    /// Lower is used first.
    pub priority: i32,
    /// The operator's own.
    pub labels: BTreeMap<String, String>,
    /// When it stops being used.
    pub expire_time: Option<Timestamp>,
    /// When its provider took the secret, if it was asked.
    pub verify_time: Option<Timestamp>,
}

/// Which key is to be changed, as whoever asks says it, and the record of the change: both are kept, or neither.
#[derive(Debug, Clone, Copy, Default)]
pub struct Change<'a> {
    /// Its id.
    pub id: &'a str,
    /// Whose it must be; `None`: anybody's.
    pub tenant_id: Option<&'a str>,
    /// The etag that it must have; empty: any.
    pub etag: &'a str,
    /// Who does it; `None` where the server itself does.
    pub record: Option<&'a AuditRecord>,
}

/// A new secret of a key.
#[derive(Debug, Clone, Copy)]
pub struct Rotation<'a> {
    /// The secret.
    pub secret: &'a SecretString,
    /// How long calls may go on with those before; `None`: until they end.
    pub grace: Option<Duration>,
    /// When its provider took it, if it was asked.
    pub verify_time: Option<Timestamp>,
}
