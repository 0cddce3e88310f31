//! Owns the configuration: every key with its unit, bounds and default, and the layers it is read from. Refuses to act
//! on any of it.
//!
//! Later layers win: defaults, `crux.toml`, the environment, flags.
//!
//! - The file is the one `--config` names, else `CRUX_CONFIG`, else `crux.toml` in the working directory if there
//!   is one.
//! - A variable `CRUX_<SECTION>__<KEY>` sets one key: `CRUX_SERVER__LISTEN`, `CRUX_PROVIDERS__MY_VLLM__BASE_URL`.
//!   An empty variable counts as unset. A `.env` file of the working directory adds variables that the environment
//!   lacks. `LOG_LEVEL`, `CRUX_SANDBOX`, `SQLITE_DB_PATH` and `DATABASE_URL` are short for `CRUX_LOG__LEVEL`,
//!   `CRUX_SANDBOX__ENABLED`, `CRUX_STORE__PATH` and `CRUX_STORE__URL`, and win over them.
//! - A built-in provider's own variables (`OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OLLAMA_HOST`) are what its vendor's
//!   tools read; they count where no layer above says anything about that key.
//! - Durations are strings such as `"30s"`, `"1m30s"` or `"250ms"`; sizes are strings such as `"4MiB"`, or bytes.
//!
//! Whatever is wrong is reported at once, each with its place and its mend.

mod admin;
mod auth;
mod base_url;
mod certificate;
mod check;
mod env;
mod error;
mod file;
mod keys;
mod layers;
mod limits;
mod load;
mod log;
pub(crate) mod measure;
mod provider;
mod reader;
mod registry;
mod render;
mod resolve;
mod retry;
mod sandbox;
mod schema;
mod server;
mod source;
mod store;
mod suggest;
mod timeouts;
mod tls;
mod token;
mod value;
mod vault;
mod web;

use std::collections::BTreeMap;

use self::keys::{Keys, Naming};

pub use self::admin::Admin;
pub use self::auth::Auth;
pub use self::base_url::{BaseUrl, BaseUrlError};
pub use self::certificate::CertificateGrant;
pub use self::error::{ConfigError, Origin, Problem, Warning};
pub use self::limits::Limits;
pub use self::load::{BuiltinProvider, Loaded, Overrides};
pub use self::log::{Format, Level, Log, UnknownWord};
pub use self::provider::{AuthScheme, Dialect, ModelOverride, Provider};
pub use self::registry::Registry;
pub use self::retry::{Retry, RetryOverrides};
pub use self::sandbox::Sandbox;
pub use self::server::Server;
pub use self::source::{ProcessSource, Source};
pub use self::store::Store;
pub use self::timeouts::{TimeoutOverrides, Timeouts};
pub use self::tls::Tls;
pub use self::vault::{Kek, KeySource, Vault};
pub use self::web::{Origins, Web};

/// The whole configuration, one field per section of `crux.toml`.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// `[server]`.
    pub server: Server,
    /// `[admin]`.
    pub admin: Admin,
    /// `[web]`.
    pub web: Web,
    /// `[auth]`.
    pub auth: Auth,
    /// `[tls]`; absent means plain text.
    pub tls: Option<Tls>,
    /// `[limits]`.
    pub limits: Limits,
    /// `[timeouts]`.
    pub timeouts: Timeouts,
    /// `[retry]`.
    pub retry: Retry,
    /// `[providers.<id>]`, by id. After loading, every built-in provider is here, configured or not.
    pub providers: BTreeMap<String, Provider>,
    /// `[store]`.
    pub store: Store,
    /// `[vault]`.
    pub vault: Vault,
    /// `[registry]`.
    pub registry: Registry,
    /// `[log]`.
    pub log: Log,
    /// `[sandbox]`.
    pub sandbox: Sandbox,
    /// Not a key: where each value comes from, by dotted key; what is not here is a default.
    pub origins: BTreeMap<String, Origin>,
}

impl Config {
    /// Returns the timeouts that hold for provider `id`.
    pub fn timeouts_for(&self, id: &str) -> Timeouts {
        self.providers
            .get(id)
            .map_or(self.timeouts, |provider| self.timeouts.with(&provider.timeouts))
    }

    /// Returns the retry policy that holds for provider `id`.
    pub fn retry_for(&self, id: &str) -> Retry {
        self.providers
            .get(id)
            .map_or(self.retry, |provider| self.retry.with(&provider.retry))
    }

    fn keys(&mut self, keys: &mut impl Keys) {
        keys.section("server", |keys| self.server.keys(keys));
        keys.section("admin", |keys| self.admin.keys(keys));
        keys.section("web", |keys| self.web.keys(keys));
        keys.section("auth", |keys| self.auth.keys(keys));
        keys.section("tls", |keys| Tls::keys(&mut self.tls, keys));
        keys.section("limits", |keys| self.limits.keys(keys));
        keys.section("timeouts", |keys| self.timeouts.keys(keys));
        keys.section("retry", |keys| self.retry.keys(keys));
        keys.section("store", |keys| self.store.keys(keys));
        keys.section("vault", |keys| self.vault.keys(keys));
        keys.section("registry", |keys| self.registry.keys(keys));
        keys.section("log", |keys| self.log.keys(keys));
        keys.section("sandbox", |keys| self.sandbox.keys(keys));
        keys.tables(
            "providers",
            Naming::Lower,
            &mut self.providers,
            |keys, provider| provider.keys(keys),
        );
    }
}

#[cfg(test)]
mod tests;
