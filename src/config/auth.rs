//! Owns `[auth]`: who may call. Refuses to know how a token is compared.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;

use super::keys::Keys;
use super::value::{FilePath, Secret};

/// Who may call.
#[derive(Clone, Default)]
pub struct Auth {
    /// The token that every call must carry as `authorization: Bearer <token>`; visible ASCII. Without one (and
    /// without `tls.client_ca`) every caller that reaches the socket is served, which only a loopback address
    /// allows. After loading this also holds the content of `bearer_token_file`. Default absent.
    pub bearer_token: Option<SecretString>,
    /// File that holds the token, read once at start; white space around the token is dropped. A relative path
    /// starts at the working directory. Not to be given beside `bearer_token`. Default absent.
    pub bearer_token_file: Option<PathBuf>,
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auth")
            .field("bearer_token", &self.bearer_token.as_ref().map(|_| "***"))
            .field("bearer_token_file", &self.bearer_token_file)
            .finish()
    }
}

impl Auth {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.optional("bearer_token", &mut self.bearer_token, &Secret);
        keys.optional("bearer_token_file", &mut self.bearer_token_file, &FilePath);
    }
}
