//! Makes tokens. The only place that ever holds a token's secret, and only until it is handed over.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use secrecy::SecretString;
use sha2::{Digest as _, Sha256};

use crate::domain::principal::Scope;
use crate::domain::time::Timestamp;
use crate::domain::token::{Token, token_text};

/// Bytes of a secret: 256 bits of chance.
const SECRET_BYTES: usize = 32;
/// Bytes of an id: enough that no two are alike, and short enough to be typed.
const ID_BYTES: usize = 8;
/// Characters of the secret that are kept to tell tokens apart.
const HINT: usize = 4;

/// What a new token shall be.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// Whose caller gets it.
    pub tenant_id: String,
    /// For people.
    pub display_name: String,
    /// What its bearer may do.
    pub scopes: BTreeSet<Scope>,
    /// From when it is refused.
    pub expire_time: Option<Timestamp>,
}

/// A token and the text that its bearer presents, which exists nowhere else.
#[derive(Debug)]
pub struct Minted {
    /// What is kept.
    pub token: Token,
    /// What is shown, this once.
    pub text: SecretString,
}

/// The operating system gives no random bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoRandomness;

/// Makes a token.
///
/// # Errors
/// [`NoRandomness`]; a token that can be guessed would be worse than none.
pub fn mint(new: NewToken, now: Timestamp) -> Result<Minted, NoRandomness> {
    let id = random_hex::<ID_BYTES>()?;
    let secret = zeroize::Zeroizing::new(random_hex::<SECRET_BYTES>()?);
    let hint = secret.get(secret.len() - HINT..).unwrap_or_default().to_owned();
    Ok(Minted {
        text: SecretString::from(token_text(&id, &secret)),
        token: Token {
            id,
            tenant_id: new.tenant_id,
            display_name: new.display_name,
            scopes: new.scopes,
            hint,
            secret_hash: secret_hash(&secret),
            create_time: now,
            expire_time: new.expire_time,
            last_use_time: None,
            revoke_time: None,
        },
    })
}

/// The hash by which a secret is known again.
pub(super) fn secret_hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn random_hex<const N: usize>() -> Result<String, NoRandomness> {
    let mut bytes = zeroize::Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|_| NoRandomness)?;
    Ok(bytes.iter().fold(String::with_capacity(N * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::{NewToken, mint, secret_hash};
    use crate::domain::principal::Scope;
    use crate::domain::time::Timestamp;
    use crate::domain::token::split_token;

    #[test]
    fn a_token_keeps_the_hash_and_four_characters_of_a_secret_that_is_never_the_same() {
        let new = NewToken {
            tenant_id: "acme".to_owned(),
            display_name: "laptop".to_owned(),
            scopes: [Scope::Chat].into(),
            expire_time: None,
        };
        let minted = mint(new.clone(), Timestamp(7)).unwrap();
        let other = mint(new, Timestamp(7)).unwrap();

        let (id, secret) = split_token(minted.text.expose_secret()).unwrap();
        assert_eq!(id, minted.token.id);
        assert_eq!(secret.len(), 64);
        assert!(secret.ends_with(&minted.token.hint));
        assert_eq!(minted.token.secret_hash, secret_hash(secret));
        assert_ne!(minted.token.id, other.token.id);
        assert_ne!(minted.token.secret_hash, other.token.secret_hash);
        assert!(!format!("{minted:?}").contains(secret));
    }
}
