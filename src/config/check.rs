//! Owns what must hold between values that are good each by itself. Refuses to read or change them.

use std::path::Path;
use std::time::Duration;

use super::error::{ConfigError, Origin, Problem};
use super::layers::dotted;
use super::measure::print_duration;
use super::source::Source;
use super::{AuthScheme, Config, Retry, Timeouts, Warning};

/// An error and the keys it is drawn from; nothing is said about a key whose value was refused.
pub(super) struct Finding {
    pub(super) error: ConfigError,
    pub(super) keys: Vec<String>,
}

impl Config {
    /// Checks that the values go together and that the files they name can be read.
    ///
    /// Loading has done so already; a configuration that was changed afterwards wants it again.
    pub fn check(&self, source: &dyn Source) -> Vec<ConfigError> {
        self.findings(source)
            .into_iter()
            .map(|finding| finding.error)
            .collect()
    }

    pub(super) fn findings(&self, source: &dyn Source) -> Vec<Finding> {
        let mut checks = Checks {
            config: self,
            findings: Vec::new(),
        };
        checks.certificates();
        checks.files(source);
        checks.sockets();
        checks.store();
        checks.vault();
        checks.timeouts("", &self.timeouts);
        checks.retry("", &self.retry);
        checks.limits();
        for (id, provider) in &self.providers {
            let table = format!("{}.", dotted(&["providers", id]));
            if provider.timeouts != super::TimeoutOverrides::default() {
                checks.timeouts(&table, &self.timeouts_for(id));
            }
            if provider.retry != super::RetryOverrides::default() {
                checks.retry(&table, &self.retry_for(id));
            }
        }
        checks.findings
    }

    /// Says what is allowed but seldom meant.
    pub(super) fn advice(&self) -> Vec<Warning> {
        let mut advice = Vec::new();
        if !self.server.listen.ip().is_loopback() && self.tls.is_none() && self.auth.bearer_token.is_some() {
            advice.push(Warning {
                origin: self.origin("server.listen"),
                message: format!(
                    "{} is reached without TLS, so the bearer token travels in the clear; set tls.cert and tls.key, or \
                     let a proxy in front end TLS",
                    self.server.listen
                ),
            });
        }
        if !self.server.listen.ip().is_loopback() && self.names_no_caller() {
            advice.push(Warning {
                origin: self.origin("server.listen"),
                message: format!(
                    "{} is not a loopback address, and nothing here says who may call: the server starts only once \
                     `crux admin bootstrap` has made a token; or set auth.bearer_token (CRUX_AUTH__BEARER_TOKEN), or \
                     tls.client_ca with tls.cert and tls.key for mTLS",
                    self.server.listen
                ),
            });
        }
        if !self.web.enabled && self.web.allowed_origins != super::Origins::default() {
            advice.push(Warning {
                origin: self.origin("web.allowed_origins"),
                message: "web.allowed_origins is given, but no page may call: web.enabled is false"
                    .to_owned(),
            });
        }
        for (id, provider) in &self.providers {
            let given = provider.api_key.is_some() || provider.api_key_env.is_some();
            if provider.auth == Some(AuthScheme::None) && given {
                let key = dotted(&["providers", id, "auth"]);
                advice.push(Warning {
                    origin: self.origin(&key),
                    message: format!("{key} is \"none\", so the key given beside it is not sent"),
                });
            }
        }
        advice
    }

    /// Whether neither a token nor a client certificate is asked for, as far as the configuration goes.
    pub fn names_no_caller(&self) -> bool {
        let is_mutual = self.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
        self.auth.bearer_token.is_none() && !is_mutual
    }

    fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or_default()
    }
}

struct Checks<'a> {
    config: &'a Config,
    findings: Vec<Finding>,
}

impl Checks<'_> {
    fn certificates(&mut self) {
        let mutual = self
            .config
            .tls
            .as_ref()
            .is_some_and(|tls| tls.client_ca.is_some());
        if mutual || self.config.auth.certificates.is_empty() {
            return;
        }
        self.add(
            &["auth.certificates", "tls.cert", "tls.key", "tls.client_ca"],
            Problem::Conflict("no caller is asked for a certificate".to_owned()),
            Some("set tls.client_ca, with tls.cert and tls.key".to_owned()),
        );
    }

    fn files(&mut self, source: &dyn Source) {
        let Some(tls) = &self.config.tls else { return };
        self.pem("tls.cert", &tls.cert, "CERTIFICATE", source);
        self.pem("tls.key", &tls.key, "PRIVATE KEY", source);
        if let Some(path) = &tls.client_ca {
            self.pem("tls.client_ca", path, "CERTIFICATE", source);
        }
    }

    fn pem(&mut self, key: &str, path: &Path, label: &str, source: &dyn Source) {
        let path_shown = path.display().to_string();
        let problem = match source.read(path) {
            Err(error) => Problem::Unreadable {
                path: path_shown,
                cause: error.to_string(),
            },
            Ok(text) if holds_pem(&text, label) => return,
            Ok(_) => Problem::BadValue {
                found: format!("no such block in {path_shown}"),
                expected: format!("a PEM file with a {label} block"),
            },
        };
        self.add(&[key], problem, None);
    }

    fn sockets(&mut self) {
        let (server, sandbox) = (self.config.server.listen, self.config.sandbox);
        if sandbox.enabled && server.port() != 0 && sandbox.listen == server {
            self.add(
                &["sandbox.listen", "server.listen"],
                Problem::Conflict(format!("{server} is where the server listens")),
                Some("give the sandbox a port of its own, or port 0".to_owned()),
            );
        }
        let admin = self.config.admin;
        if admin.enabled && admin.listen.port() != 0 {
            let taken = [("server", server), ("sandbox", sandbox.listen)];
            let taken = taken
                .into_iter()
                .find(|(who, address)| *address == admin.listen && (*who != "sandbox" || sandbox.enabled));
            if let Some((who, address)) = taken {
                self.add(
                    &["admin.listen", &format!("{who}.listen")],
                    Problem::Conflict(format!("{address} is where the {who} listens")),
                    Some("give the admin port another one, or port 0".to_owned()),
                );
            }
        }
    }

    fn store(&mut self) {
        let store = &self.config.store;
        let Some(url) = &store.url else { return };
        if store.path.is_some() {
            self.add(
                &["store.path", "store.url"],
                Problem::Conflict("data is kept in one place: store.url is set too".to_owned()),
                Some("unset one of them (SQLITE_DB_PATH and DATABASE_URL set them too)".to_owned()),
            );
        }
        if store.backup_interval.is_some() && store.backup_directory.is_none() {
            self.add(
                &["store.backup_interval", "store.backup_directory", "store.url"],
                Problem::Conflict("there is no file beside which backups could be kept".to_owned()),
                Some("set store.backup_directory".to_owned()),
            );
        }
        let url = secrecy::ExposeSecret::expose_secret(url);
        if !["postgres://", "postgresql://"]
            .iter()
            .any(|scheme| url.starts_with(scheme))
        {
            self.add(
                &["store.url"],
                Problem::Conflict("it is no URL of a PostgreSQL database".to_owned()),
                Some("write postgres://user:password@host:port/database".to_owned()),
            );
        }
    }

    fn limits(&mut self) {
        let limits = &self.config.limits;
        if limits.max_frame_bytes > limits.max_response_bytes {
            self.add(
                &["limits.max_frame_bytes", "limits.max_response_bytes"],
                Problem::Conflict(format!(
                    "{} bytes is more than limits.max_response_bytes, which is {}",
                    limits.max_frame_bytes, limits.max_response_bytes
                )),
                Some("lower it or raise the other".to_owned()),
            );
        }
    }

    fn vault(&mut self) {
        let vault = &self.config.vault;
        let names: Vec<_> = vault.keks.keys().map(String::as_str).collect();
        match &vault.kek {
            Some(name) if !vault.keks.contains_key(name) => self.add(
                &["vault.kek"],
                Problem::Conflict(format!("there is no [vault.keks.{name}]")),
                (!names.is_empty()).then(|| format!("name one of {}", names.join(", "))),
            ),
            None if names.len() > 1 => self.add(
                &["vault.kek"],
                Problem::Conflict("there are several key-encryption keys: one must seal".to_owned()),
                Some(format!("name one of {}", names.join(", "))),
            ),
            Some(_) | None => {}
        }
        for (name, kek) in &vault.keks {
            let table = dotted(&["vault", "keks", name]);
            let given = [kek.file.is_some(), kek.key.is_some(), kek.url.is_some()];
            if given.into_iter().filter(|is_given| *is_given).count() != 1 {
                self.add(
                    &[
                        &format!("{table}.file"),
                        &format!("{table}.key"),
                        &format!("{table}.url"),
                    ],
                    Problem::Conflict("a key-encryption key comes from one place".to_owned()),
                    Some("set exactly one of file, key and url".to_owned()),
                );
            } else if kek.url.is_some() && (kek.transit_key.is_none() || kek.token.is_none()) {
                self.add(
                    &[&format!("{table}.transit_key"), &format!("{table}.token")],
                    Problem::Conflict("a Transit engine is asked for a key, with a token".to_owned()),
                    Some("set transit_key and token beside url".to_owned()),
                );
            }
        }
    }

    fn timeouts(&mut self, table: &str, timeouts: &Timeouts) {
        let parts = [
            ("connect", timeouts.connect),
            ("first_token", timeouts.first_token),
            ("idle", timeouts.idle),
        ];
        for (name, part) in parts {
            self.ordered(
                &format!("{table}timeouts"),
                (name, part),
                ("generation", timeouts.generation),
            );
        }
    }

    fn retry(&mut self, table: &str, retry: &Retry) {
        let initial = ("backoff_initial", retry.backoff_initial);
        self.ordered(
            &format!("{table}retry"),
            initial,
            ("backoff_max", retry.backoff_max),
        );
    }

    fn ordered(&mut self, table: &str, less: (&str, Duration), more: (&str, Duration)) {
        if less.1 <= more.1 {
            return;
        }
        let (less_key, more_key) = (format!("{table}.{}", less.0), format!("{table}.{}", more.0));
        // The key that was given is where the reader of the message will look.
        let given = if self.config.origins.contains_key(&less_key) {
            [&less_key, &more_key]
        } else {
            [&more_key, &less_key]
        };
        let problem = Problem::Conflict(format!(
            "{} of {} is more than {} of {}",
            less.0,
            print_duration(less.1),
            more.0,
            print_duration(more.1)
        ));
        self.add(
            &given.map(String::as_str),
            problem,
            Some("lower the one or raise the other".to_owned()),
        );
    }

    /// Adds a finding about the first of `keys`, which the others bear on.
    fn add(&mut self, keys: &[&str], problem: Problem, mend: Option<String>) {
        let key = keys.first().copied().unwrap_or_default().to_owned();
        let error = ConfigError {
            origin: self.config.origin(&key),
            key,
            problem,
            mend,
        };
        self.findings.push(Finding {
            error,
            keys: keys.iter().map(|&key| key.to_owned()).collect(),
        });
    }
}

/// Says whether `text` has a PEM block whose label ends in `label` (`RSA PRIVATE KEY` is a private key too).
fn holds_pem(text: &str, label: &str) -> bool {
    text.lines().any(|line| {
        let label_here = line
            .trim()
            .strip_prefix("-----BEGIN ")
            .and_then(|rest| rest.strip_suffix("-----"));
        label_here.is_some_and(|here| here.ends_with(label))
    })
}
