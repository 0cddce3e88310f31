//! Owns what follows from the values of a provider: which key is in use, which base URL, what is still missing.
//! Refuses to read layers by itself; it asks the reader where a value came from.

use secrecy::{ExposeSecret as _, SecretString};

use super::base_url::BaseUrl;
use super::error::{ConfigError, Origin, Problem, Warning};
use super::layers::dotted;
use super::load::BuiltinProvider;
use super::provider::{is_header_name, is_provider_id};
use super::reader::Reader;
use super::source::Source;
use super::suggest::nearest;
use super::value::{Codec as _, Raw, Secret, quoted};
use super::{AuthScheme, Config, Provider, env};
use crate::domain::placeholder::is_placeholder;

/// Resolves what a loaded configuration leaves open.
pub(super) struct Resolver<'a, 'b> {
    pub(super) source: &'a dyn Source,
    pub(super) builtin: &'a [BuiltinProvider<'a>],
    pub(super) reader: &'a mut Reader<'b>,
    pub(super) warnings: Vec<Warning>,
}

impl Resolver<'_, '_> {
    /// Resolves every provider and the bearer token.
    pub(super) fn run(&mut self, config: &mut Config) {
        self.token(&mut config.auth);
        for (id, provider) in &mut config.providers {
            self.provider(id, provider);
        }
    }

    fn provider(&mut self, id: &str, provider: &mut Provider) {
        let builtin = self.builtin.iter().find(|builtin| builtin.id == id);
        provider.built_in = builtin.is_some();

        if !is_provider_id(id) {
            self.refuse(
                &["providers", id],
                Problem::BadValue {
                    found: format!("the id {}", quoted(id)),
                    expected: "1 to 64 lower-case letters, digits, _ and -, the first a letter or digit"
                        .to_owned(),
                },
                None,
            );
            return;
        }
        self.headers(id, provider);
        if builtin.is_none() {
            self.require(id, provider);
        }
        self.base_url(id, provider, builtin.map_or(&[], |builtin| builtin.base_url_env));
        self.key(id, provider, builtin.map_or(&[], |builtin| builtin.key_env));
    }

    /// Asks for what only a built-in provider may leave out.
    fn require(&mut self, id: &str, provider: &Provider) {
        let mut lacking = Vec::new();
        if provider.dialect.is_none() && !self.is_doubtful(&["providers", id, "dialect"]) {
            lacking.push("dialect");
        }
        if provider.base_url.is_none() && !self.is_doubtful(&["providers", id, "base_url"]) {
            lacking.push("base_url");
        }
        if lacking.is_empty() || self.is_doubtful(&["providers", id]) {
            return;
        }
        let lacking = lacking.join(" and ");
        let mend = match nearest(id, self.builtin.iter().map(|builtin| builtin.id)) {
            Some(meant) => format!("did you mean {meant:?}? else set {lacking}"),
            None => format!("set {lacking}"),
        };
        let expected = format!("{lacking}, as no provider of that name is built in");
        self.refuse(&["providers", id], Problem::Missing { expected }, Some(mend));
    }

    /// Lowers the names of headers, which HTTP takes in any case.
    fn headers(&mut self, id: &str, provider: &mut Provider) {
        for (name, value) in std::mem::take(&mut provider.headers) {
            let path = ["providers", id, "headers", &name];
            let lower = name.to_ascii_lowercase();
            if !is_header_name(&name) {
                let found = format!("the name {}", quoted(&name));
                let expected = "the name of an HTTP header".to_owned();
                self.refuse(&path, Problem::BadValue { found, expected }, None);
                continue;
            }
            if let Some(origin) = self.reader.origins.remove(&dotted(&path)) {
                self.reader
                    .origins
                    .insert(dotted(&["providers", id, "headers", &lower]), origin);
            }
            if provider.headers.insert(lower, value).is_some() {
                let problem = Problem::Conflict("the header is given twice, in different case".to_owned());
                self.refuse(&path, problem, None);
            }
        }
    }

    fn base_url(&mut self, id: &str, provider: &mut Provider, variables: &[&str]) {
        let key = dotted(&["providers", id, "base_url"]);
        if provider.base_url.is_some() || self.reader.doubtful.contains(&key) {
            return;
        }
        let Some((name, value)) = self.first_of(variables) else {
            return;
        };

        let is_host = name.ends_with("_HOST");
        let read = if is_host {
            BaseUrl::from_host(&value)
        } else {
            BaseUrl::parse(&value)
        };
        let origin = Origin::Vendor(name);
        match read {
            Ok(url) => {
                provider.base_url = Some(url);
                self.reader.origins.insert(key, origin);
            }
            Err(error) => {
                let expected = if is_host {
                    "a host, such as \"127.0.0.1:11434\""
                } else {
                    "an http or https URL"
                };
                let problem = Problem::BadValue {
                    found: error.to_string(),
                    expected: expected.to_owned(),
                };
                let mend = error.mend().map(str::to_owned);
                self.reader.errors.push(ConfigError {
                    origin,
                    key,
                    problem,
                    mend,
                });
            }
        }
    }

    fn key(&mut self, id: &str, provider: &mut Provider, variables: &[&str]) {
        if provider.auth == Some(AuthScheme::None) {
            return;
        }
        let path = ["providers", id, "api_key"];
        let key = dotted(&path);
        provider.key_env_names = match &provider.api_key_env {
            Some(name) => vec![name.clone()],
            None if provider.built_in => variables.iter().map(|&name| name.to_owned()).collect(),
            None => vec![env::name_of(&path)],
        };

        if self.rank(&dotted(&["providers", id, "api_key_env"])) > self.rank(&key) {
            provider.api_key = None;
            self.reader.origins.remove(&key);
        }
        if let Some(given) = provider.api_key.take() {
            let origin = self.reader.origins.remove(&key).unwrap_or_default();
            provider.api_key = self.genuine(given, &key, &origin);
            if provider.api_key.is_some() {
                self.reader.origins.insert(key, origin);
                provider.key.clone_from(&provider.api_key);
                return;
            }
        }

        for name in provider.key_env_names.clone() {
            // The value of this one was in the layers already.
            if provider.api_key_env.is_none() && !provider.built_in {
                break;
            }
            let Some(value) = self.source.env(&name).filter(|value| !value.trim().is_empty()) else {
                continue;
            };
            let origin = Origin::Vendor(name);
            match Secret.read(&Raw::Bare(value)) {
                Ok(secret) => provider.key = self.genuine(secret, &key, &origin),
                Err(refused) => {
                    let message = format!(
                        "holds {}, so it counts as absent; set the provider's key",
                        refused.found
                    );
                    self.warn(origin.clone(), message);
                }
            }
            if provider.key.is_some() {
                self.reader.origins.insert(key, origin);
                return;
            }
        }
    }

    /// Returns the secret, unless a template left it behind; says so once per variable or place.
    pub(super) fn genuine(
        &mut self,
        secret: SecretString,
        key: &str,
        origin: &Origin,
    ) -> Option<SecretString> {
        if !is_placeholder(secret.expose_secret()) {
            return Some(secret);
        }
        let message = match origin {
            Origin::Vendor(_) | Origin::Env(_) => "holds a placeholder, which counts as absent".to_owned(),
            Origin::Default | Origin::File { .. } | Origin::Flag(_) => {
                format!("{key} holds a placeholder, which counts as absent")
            }
        };
        self.warn(origin.clone(), message);
        None
    }

    /// Returns the layer that gave `key` its value, as its place in the order of precedence.
    pub(super) fn rank(&self, key: &str) -> u8 {
        self.reader.origins.get(key).map_or(0, Origin::rank)
    }

    fn first_of(&self, variables: &[&str]) -> Option<(String, String)> {
        let mut held = variables
            .iter()
            .filter_map(|&name| Some((name.to_owned(), self.source.env(name)?)));
        held.find(|(_, value)| !value.trim().is_empty())
    }

    fn warn(&mut self, origin: Origin, message: String) {
        let warning = Warning { origin, message };
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn is_doubtful(&self, path: &[&str]) -> bool {
        self.reader.doubtful.contains(&dotted(path))
    }

    /// Refuses the name at `path`.
    fn refuse(&mut self, path: &[&str], problem: Problem, mend: Option<String>) {
        let names: Vec<_> = path.iter().map(|&name| name.to_owned()).collect();
        let origin = self.reader.layers.origin_of(&names);
        self.report(origin, dotted(path), problem, mend);
    }

    /// Refuses the value at `path`.
    pub(super) fn refuse_value(&mut self, path: &[&str], problem: Problem, mend: Option<String>) {
        let key = dotted(path);
        let origin = self.reader.origins.get(&key).cloned().unwrap_or_default();
        self.report(origin, key, problem, mend);
    }

    fn report(&mut self, origin: Origin, key: String, problem: Problem, mend: Option<String>) {
        self.reader.doubtful.insert(key.clone());
        self.reader.errors.push(ConfigError {
            origin,
            key,
            problem,
            mend,
        });
    }
}
