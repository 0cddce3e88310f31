//! A tenant: who is billed, and what they may do.

use std::collections::BTreeMap;

use crate::domain::principal::ModelPolicy;
use crate::domain::time::Timestamp;

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// 1 to 64 characters of `[a-z0-9-]`.
    pub id: String,
    /// For people.
    pub display_name: String,
    /// Whether it may call.
    pub state: TenantState,
    /// The models it may ask.
    pub models: ModelPolicy,
    /// The administrator's own marks.
    pub labels: BTreeMap<String, String>,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it was last changed.
    pub update_time: Timestamp,
    /// Another one after every change.
    pub etag: String,
}

/// Whether a tenant may call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantState {
    /// It may.
    Active,
    /// Its tokens and certificates are refused.
    Suspended,
}

impl TenantState {
    /// Its name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The state of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Active, Self::Suspended]
            .into_iter()
            .find(|state| state.as_str() == name)
    }
}

/// Whether `id` can be a tenant's: it stands in logs, in certificates' configuration and on command lines.
pub fn is_tenant_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::is_tenant_id;

    #[test]
    fn ids_are_short_plain_words() {
        for good in ["a", "acme-2", "local", &"x".repeat(64)] {
            assert!(is_tenant_id(good), "{good}");
        }
        for bad in ["", "Acme", "a_b", "a/b", "ä", "a b", &"x".repeat(65)] {
            assert!(!is_tenant_id(bad), "{bad}");
        }
    }
}
