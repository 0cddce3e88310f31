//! A token that callers present, as it is kept: without its secret.

use std::collections::BTreeSet;
use std::fmt;

use crate::domain::principal::Scope;
use crate::domain::time::Timestamp;

/// What every token's text begins with, so that scanners for leaked secrets can find one.
const PREFIX: &str = "crux_";

/// A token.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Stands in the token's text.
    pub id: String,
    /// Whose caller has it.
    pub tenant_id: String,
    /// For people.
    pub display_name: String,
    /// What its bearer may do.
    pub scopes: BTreeSet<Scope>,
    /// The last four characters of the secret.
    pub hint: String,
    /// SHA-256 of the secret, which has 256 bits of chance: nobody finds it by trying.
    pub secret_hash: [u8; 32],
    /// When it was created.
    pub create_time: Timestamp,
    /// From when it is refused.
    pub expire_time: Option<Timestamp>,
    /// About when it was last presented; written late.
    pub last_use_time: Option<Timestamp>,
    /// When it was revoked.
    pub revoke_time: Option<Timestamp>,
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("id", &self.id)
            .field("tenant_id", &self.tenant_id)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}

/// Writes a token's text.
pub fn token_text(id: &str, secret: &str) -> String {
    format!("{PREFIX}{id}_{secret}")
}

/// Takes a token's text apart, into its id and its secret; `None` for what is no token of this server.
pub fn split_token(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix(PREFIX)?.split_once('_')
}

#[cfg(test)]
mod tests {
    use super::{split_token, token_text};

    #[test]
    fn a_text_comes_apart_as_it_was_put_together() {
        assert_eq!(split_token(&token_text("abc", "d_e")), Some(("abc", "d_e")));
        for strange in ["", "crux_", "crux_abc", "Crux_a_b", "sk-123"] {
            assert_eq!(split_token(strange), None, "{strange}");
        }
    }
}
