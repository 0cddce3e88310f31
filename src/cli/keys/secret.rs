//! Owns the way of a secret into the command: asked for without an echo, or the first line of standard input.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoSecret {
    /// It could not be read.
    #[error("the key could not be read: {0}")]
    Unread(#[from] io::Error),
    /// Nothing came.
    #[error("expected a key at the prompt or as the first line of standard input, found nothing")]
    Empty,
}

/// No key is longer; a file that is, is another one.
const LONGEST: u64 = 64 * 1024;

/// Reads the secret: asks a person, or takes the first line of standard input.
pub(super) fn read() -> Result<String, NoSecret> {
    let stdin = io::stdin();
    let secret = if stdin.is_terminal() {
        rpassword::prompt_password("Key (is not shown): ")?
    } else {
        let mut line = String::new();
        stdin.lock().take(LONGEST).read_line(&mut line)?;
        line
    };
    let secret = secret.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(NoSecret::Empty);
    }
    Ok(secret.to_owned())
}
