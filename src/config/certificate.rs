//! Owns `[auth.certificates."<name>"]`: whom a client certificate stands for. Refuses to read certificates.

use std::collections::BTreeSet;

use super::keys::Keys;
use super::value::{Bad, Codec, Raw};
use crate::domain::principal::{LOCAL_TENANT, Scope};
use crate::domain::tenant::is_tenant_id;

/// Whom the certificates with one subject alternative name stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateGrant {
    /// Tenant whose caller it is; it must exist. Default `local`, the tenant of callers that need no token.
    pub tenant: String,
    /// What the caller may do: words of `chat`, `models`, `keys`, `logs`, `usage`, `preferences`, `tokens` and `admin`,
    /// with spaces between. Default `chat models`.
    pub scopes: BTreeSet<Scope>,
}

impl Default for CertificateGrant {
    fn default() -> Self {
        Self {
            tenant: LOCAL_TENANT.to_owned(),
            scopes: [Scope::Chat, Scope::Models].into(),
        }
    }
}

impl CertificateGrant {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.value("tenant", &mut self.tenant, &TenantId);
        keys.value("scopes", &mut self.scopes, &Scopes);
    }
}

/// A tenant's id.
struct TenantId;

impl Codec for TenantId {
    type Value = String;

    fn expected(&self) -> String {
        "1 to 64 characters of [a-z0-9-]".to_owned()
    }

    fn read(&self, raw: &Raw) -> Result<String, Bad> {
        let words = raw.words().filter(|words| is_tenant_id(words));
        words.map(str::to_owned).ok_or_else(|| Bad::shown(raw))
    }

    fn print(&self, value: &String) -> String {
        super::value::toml_string(value)
    }
}

/// Scopes, with spaces between.
struct Scopes;

impl Codec for Scopes {
    type Value = BTreeSet<Scope>;

    fn expected(&self) -> String {
        let names = Scope::ALL.map(Scope::as_str);
        format!("words of {}, with spaces between", names.join(", "))
    }

    fn read(&self, raw: &Raw) -> Result<BTreeSet<Scope>, Bad> {
        let words = raw.words().ok_or_else(|| Bad::shown(raw))?;
        let scopes: Option<BTreeSet<Scope>> = words.split_whitespace().map(Scope::named).collect();
        scopes
            .filter(|scopes| !scopes.is_empty())
            .ok_or_else(|| Bad::shown(raw))
    }

    fn print(&self, value: &BTreeSet<Scope>) -> String {
        let names: Vec<_> = value.iter().map(|scope| scope.as_str()).collect();
        super::value::toml_string(&names.join(" "))
    }
}
