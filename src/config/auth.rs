//! Owns `[auth]`: who may call. Refuses to know how a token is compared.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;

use super::certificate::CertificateGrant;
use super::keys::{Keys, Naming};
use super::value::{Count, FilePath, Secret};

/// Who may call. Beside what stands here, the tokens that `AdminService` gave out are taken.
#[derive(Clone)]
pub struct Auth {
    /// The operator's token, which calls carry as `authorization: Bearer <token>`; visible ASCII. It may do everything.
    /// Without one, without `tls.client_ca` and as long as no token was given out, every caller that reaches the
    /// socket is served, which only a loopback address allows. After loading this also holds the content of
    /// `bearer_token_file`. Default absent.
    pub bearer_token: Option<SecretString>,
    /// File that holds the token, read once at start; white space around the token is dropped. A relative path
    /// starts at the working directory. Not to be given beside `bearer_token`. Default absent.
    pub bearer_token_file: Option<PathBuf>,
    /// Whom client certificates stand for, by a subject alternative name of theirs: a URI, such as
    /// `spiffe://example.org/ns/search`, or a DNS name. Needs `tls.client_ca`. Where there is none, every certificate
    /// of that authority is the operator's and may do everything. Default none.
    pub certificates: BTreeMap<String, CertificateGrant>,
    /// How many calls of one address may fail to prove who they are in a minute; further ones fail as
    /// `RESOURCE_EXHAUSTED`. From 1 to 1000000, default 600.
    pub failures_per_minute: u32,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            bearer_token: None,
            bearer_token_file: None,
            certificates: BTreeMap::new(),
            failures_per_minute: 600,
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("bearer_token", &self.bearer_token.as_ref().map(|_| "***"))
            .field("bearer_token_file", &self.bearer_token_file)
            .field("certificates", &self.certificates)
            .field("failures_per_minute", &self.failures_per_minute)
            .finish()
    }
}

impl Auth {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.optional("bearer_token", &mut self.bearer_token, &Secret);
        keys.optional("bearer_token_file", &mut self.bearer_token_file, &FilePath);
        keys.value(
            "failures_per_minute",
            &mut self.failures_per_minute,
            &Count(1..=1_000_000),
        );
        keys.tables(
            "certificates",
            Naming::Verbatim,
            &mut self.certificates,
            |keys, grant| grant.keys(keys),
        );
    }
}
