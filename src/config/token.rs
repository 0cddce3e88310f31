//! Owns the bearer token's way into the configuration: given as such, or in a file. Refuses to compare it with
//! anything.

use std::path::Path;

use secrecy::SecretString;

use super::Auth;
use super::error::Problem;
use super::resolve::Resolver;
use super::value::{Codec as _, Raw, Secret};

const TOKEN: [&str; 2] = ["auth", "bearer_token"];
const FILE: [&str; 2] = ["auth", "bearer_token_file"];

impl Resolver<'_, '_> {
    /// Settles which token holds: of two ways to give it, the stronger layer's.
    pub(super) fn token(&mut self, auth: &mut Auth) {
        let (token, file) = (TOKEN.join("."), FILE.join("."));
        if auth.bearer_token.is_some() && auth.bearer_token_file.is_some() {
            if self.rank(&token) == self.rank(&file) {
                let problem = Problem::Conflict("given beside auth.bearer_token_file".to_owned());
                self.refuse_value(&TOKEN, problem, Some("remove one of them".to_owned()));
                return;
            }
            if self.rank(&token) > self.rank(&file) {
                auth.bearer_token_file = None;
            }
        }

        if let Some(path) = &auth.bearer_token_file {
            match self.read_token(path) {
                Ok(secret) => {
                    auth.bearer_token = Some(secret);
                    if let Some(origin) = self.reader.origins.get(&file).cloned() {
                        self.reader.origins.insert(token.clone(), origin);
                    }
                }
                Err(problem) => {
                    auth.bearer_token = None;
                    self.refuse_value(&FILE, problem, None);
                }
            }
        }
        if let Some(given) = auth.bearer_token.take() {
            let origin = self.reader.origins.get(&token).cloned().unwrap_or_default();
            auth.bearer_token = self.genuine(given, &token, &origin);
        }
    }

    fn read_token(&self, path: &Path) -> Result<SecretString, Problem> {
        let text = self.source.read(path).map_err(|error| Problem::Unreadable {
            path: path.display().to_string(),
            cause: error.to_string(),
        })?;
        Secret
            .read(&Raw::Bare(text))
            .map_err(|refused| Problem::BadValue {
                found: format!("a file with {}", refused.found),
                expected: Secret.expected(),
            })
    }
}
