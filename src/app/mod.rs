//! The composition root: turns a configuration into a running server. The only file that knows everything.

mod backups;
mod bootstrap;
mod catalog;
mod data;
mod keys;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::backups::Schedule;
use self::data::{Data, keep_fresh};
use crate::config::{self, AuthScheme, BuiltinProvider, Config, Dialect};
use crate::domain::time::Timestamp;
use crate::engine::{Engine, Limits, Stop};
use crate::providers::{ALL, Auth, DialectName, Dialects, Endpoint, Provider, Timeouts};
use crate::registry::{CatalogError, Registry, Settings};
use crate::resilience::backoff::Backoff;
use crate::rpc::{self, Access, Grant, Options, ServeError, Served, Tls};
use crate::sandbox::{self, Sandbox};
use crate::store::{Held, Reach, StoreError};
use crate::tenancy::Directory;
use crate::vault::{KekError, Vault};

pub use self::bootstrap::{BootstrapError, FirstToken, bootstrap};
pub use self::data::location;

/// A server that listens and does not serve yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    engine: Arc<Engine>,
    stop: Stop,
    options: Options,
    sandbox: Option<Sandbox>,
    data: Data,
    /// What is kept in memory of the data.
    held: Vec<Arc<dyn Held>>,
    registry: Arc<Registry>,
    directory: Arc<Directory>,
    vault: Arc<Vault>,
    /// How long it may be trusted when the database is gone.
    outage_grace: Duration,
    backups: Option<Schedule>,
}

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Anyone could call.
    #[error(
        "{address} is not a loopback address, and anyone who reaches it could call; listen on a loopback address, run \
         `crux admin bootstrap` to make a first token, or set auth.bearer_token (CRUX_AUTH__BEARER_TOKEN), or set \
         tls.client_ca with tls.cert and tls.key for mTLS"
    )]
    Exposed {
        /// Where it would listen.
        address: SocketAddr,
    },
    /// A certificate or key cannot be read.
    #[error("cannot read {path}: {source}")]
    File {
        /// Which.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// A provider's header cannot be sent.
    #[error("providers.{provider}.headers.{name}: expected a value that an HTTP header can carry")]
    Header {
        /// Provider id.
        provider: String,
        /// Header name.
        name: String,
    },
    /// The data cannot be opened.
    #[error("cannot open the store: {0}")]
    Store(#[from] StoreError),
    /// The vault has no key-encryption key to work with.
    #[error("cannot open the vault: {0}")]
    Vault(#[from] KekError),
    /// The catalogue of models cannot be used.
    #[error("cannot use the catalogue {path}: {source}")]
    Catalog {
        /// The file; the built-in one has no name.
        path: String,
        /// What is wrong.
        source: CatalogError,
    },
    /// The sandbox could not start.
    #[error("cannot start the sandbox: {0}")]
    Sandbox(#[from] sandbox::BindError),
}

/// The built-in providers, as the configuration needs to know them.
pub fn builtin_providers() -> Vec<BuiltinProvider<'static>> {
    let known = |provider: &&'static Provider| BuiltinProvider {
        id: provider.id,
        key_env: provider.key_env,
        base_url_env: provider.base_url_env,
    };
    ALL.iter().map(known).collect()
}

impl Server {
    /// Binds the server's address and, where configured, the sandbox's.
    ///
    /// # Errors
    /// [`StartError`] says what to mend.
    pub async fn bind(config: &Config) -> Result<Self, StartError> {
        let sandbox = if config.sandbox.enabled {
            Some(Sandbox::bind(config.sandbox.listen).await?)
        } else {
            None
        };
        let data = Data::open(config).await?;
        let endpoints = endpoints(config, sandbox.as_ref().map(Sandbox::local_addr))?;
        let sandboxed = endpoints.iter().map(|endpoint| endpoint.id.as_str());
        let sandboxed = sandboxed.filter(|id| sandbox.is_some() && sandbox::base_path(id).is_some());
        let sandboxed: Vec<_> = sandboxed.collect();
        let vault = keys::vault(config, Arc::clone(&data.store), &data.place, &sandboxed)?;
        vault.load().await?;
        let vault = Arc::new(vault);
        let stop = Stop::default();
        let limits = Limits {
            max_concurrent_calls: config.limits.max_concurrent_calls,
            max_queued_calls: config.limits.max_queued_calls,
            max_frame_bytes: config.limits.max_frame_bytes,
            max_response_bytes: config.limits.max_response_bytes,
        };
        let registry = registry(config, &data, &endpoints, &vault)?;
        // Names and prices hold from the first call on.
        registry.reload().await?;
        let directory = Arc::new(Directory::open(Arc::clone(&data.store)).await?);
        let engine = Engine::new(endpoints, Arc::clone(vault.ring()), limits, stop.clone());
        let engine = Arc::new(engine.with_models(Arc::clone(registry.models())));
        let address = config.server.listen;
        if !address.ip().is_loopback() && config.names_no_caller() && !directory.has_tokens() {
            return Err(StartError::Exposed { address });
        }
        let options = options(config, Arc::clone(&directory))?;
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        Ok(Self {
            listener,
            address,
            engine,
            stop,
            options,
            sandbox,
            backups: Schedule::new(&config.store, &data.location),
            data,
            held: vec![
                Arc::clone(&directory) as Arc<dyn Held>,
                Arc::clone(&vault) as Arc<dyn Held>,
                Arc::clone(&registry) as Arc<dyn Held>,
            ],
            registry,
            directory,
            vault,
            outage_grace: config.store.outage_grace,
        })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Whether any token was given out, so that callers must have one.
    pub fn asks_for_tokens(&self) -> bool {
        self.directory.has_tokens()
    }

    /// The sandbox inside, if there is one.
    pub fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// Serves until `shutdown`, then drains.
    ///
    /// # Errors
    /// [`ServeError`] when the transport breaks.
    pub async fn run(self, shutdown: impl Future<Output = ()> + Send) -> Result<(), ServeError> {
        let (reach, seen) = watch::channel(Reach::Answers);
        let served = Served {
            engine: self.engine,
            vault: Arc::clone(&self.vault),
            registry: Arc::clone(&self.registry),
            store: Arc::clone(&self.data.store),
            reach: seen,
        };
        let serving = rpc::serve(self.listener, served, self.stop, self.options, shutdown);
        let fresh = keep_fresh(self.data.store.as_ref(), &self.held, self.outage_grace, &reach);
        let backups = async {
            match &self.backups {
                Some(schedule) => schedule.run(&self.data.location).await,
                None => std::future::pending().await,
            }
        };
        // The sandbox serves as long as the server does: its calls must be able to finish.
        let sandbox = async {
            match self.sandbox {
                Some(sandbox) => sandbox.run(std::future::pending()).await,
                None => std::future::pending().await,
            }
        };
        let ended = tokio::select! {
            served = serving => served,
            never = fresh => match never {},
            never = self.directory.keep_uses() => match never {},
            never = self.vault.keep_ledger() => match never {},
            never = self.vault.keep_endings(now) => match never {},
            never = backups => match never {},
            never = self.registry.run() => match never {},
            stopped = sandbox => {
                if let Err(error) = stopped {
                    tracing::error!(%error, "the sandbox stopped");
                }
                Ok(())
            }
        };
        self.directory.settle().await;
        self.vault.settle().await;
        ended
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "what ends at a time of day needs a clock"
)]
fn now() -> Timestamp {
    SystemTime::now().into()
}

fn options(config: &Config, directory: Arc<Directory>) -> Result<Options, StartError> {
    let server = &config.server;
    let tls = config.tls.as_ref().map(tls).transpose()?;
    let mut features = Vec::new();
    if config.sandbox.enabled {
        features.push("sandbox".to_owned());
    }
    if server.reflection {
        features.push("reflection".to_owned());
    }
    Ok(Options {
        access: Access {
            token: config.auth.bearer_token.clone(),
            takes_certificates: tls.as_ref().is_some_and(|tls| tls.client_ca.is_some()),
            certificates: grants(config),
            directory,
            is_loopback: server.listen.ip().is_loopback(),
            failures_per_minute: config.auth.failures_per_minute,
        },
        tls,
        max_request_bytes: server.max_request_bytes,
        max_response_bytes: config.limits.max_response_bytes,
        max_generation_duration: config.timeouts.generation,
        max_connection_age: server.max_connection_age,
        max_connection_age_grace: server.max_connection_age_grace,
        keepalive_interval: server.keepalive_interval,
        keepalive_timeout: server.keepalive_timeout,
        max_concurrent_streams: server.max_concurrent_streams,
        drain_grace: server.drain_grace,
        has_reflection: server.reflection,
        features,
    })
}

fn registry(
    config: &Config,
    data: &Data,
    endpoints: &[Endpoint],
    vault: &Vault,
) -> Result<Arc<Registry>, StartError> {
    let config::Registry {
        background,
        interval,
        jitter,
        ttl,
        catalog_file,
    } = &config.registry;
    let settings = Settings {
        is_in_background: *background,
        interval: *interval,
        jitter: *jitter,
        ttl: *ttl,
    };
    let catalog = catalog::read(catalog_file.as_deref())?;
    let store = Arc::clone(&data.store);
    Ok(Arc::new(Registry::new(
        store,
        catalog,
        endpoints,
        vault.ring(),
        settings,
    )))
}

fn grants(config: &Config) -> BTreeMap<String, Grant> {
    let grant = |(name, grant): (&String, &config::CertificateGrant)| {
        let config::CertificateGrant { tenant, scopes } = grant.clone();
        let tenant_id = tenant;
        (name.clone(), Grant { tenant_id, scopes })
    };
    config.auth.certificates.iter().map(grant).collect()
}

fn tls(tls: &config::Tls) -> Result<Tls, StartError> {
    let read = |path: &std::path::Path| {
        std::fs::read(path).map_err(|source| StartError::File {
            path: path.display().to_string(),
            source,
        })
    };
    Ok(Tls {
        certificate: read(&tls.cert)?,
        key: read(&tls.key)?.into(),
        client_ca: tls.client_ca.as_deref().map(read).transpose()?,
    })
}

fn endpoints(config: &Config, sandbox: Option<SocketAddr>) -> Result<Vec<Endpoint>, StartError> {
    let enabled = config.providers.iter().filter(|(_, provider)| provider.enabled);
    enabled
        .map(|(id, provider)| endpoint(config, id, provider, sandbox))
        .collect()
}

fn endpoint(
    config: &Config,
    id: &str,
    provider: &config::Provider,
    sandbox: Option<SocketAddr>,
) -> Result<Endpoint, StartError> {
    let built_in = ALL.iter().copied().find(|built_in| built_in.id == id);
    let own_auth = built_in.map(|built_in| built_in.auth);
    let dialect_auth = || {
        provider
            .dialect
            .map_or(Auth::Bearer, |dialect| auth(dialect.vendor_auth()))
    };
    let configured_url = provider.base_url.as_ref().map(config::BaseUrl::as_str);
    let base_url = configured_url
        .or(built_in.map(|built_in| built_in.base_url))
        .unwrap_or_default();
    let mut endpoint = Endpoint {
        id: id.to_owned(),
        base_url: base_url.trim_end_matches('/').to_owned(),
        auth: provider.auth.map(auth).or(own_auth).unwrap_or_else(dialect_auth),
        key_sources: provider.key_env_names.clone(),
        headers: headers(id, provider)?,
        timeouts: timeouts(config.timeouts_for(id)),
        backoff: backoff(config.retry_for(id)),
        dialects: Dialects {
            built_in,
            by_model: by_model(provider),
            configured: provider.dialect.map(dialect_name),
        },
    };
    if let (Some(address), Some(path)) = (sandbox, sandbox::base_path(id)) {
        endpoint.base_url = format!("http://{address}{path}");
    }
    Ok(endpoint)
}

fn headers(id: &str, provider: &config::Provider) -> Result<Vec<(HeaderName, HeaderValue)>, StartError> {
    let header = |(name, value): (&String, &SecretString)| {
        let unusable = || StartError::Header {
            provider: id.to_owned(),
            name: name.clone(),
        };
        let mut header = HeaderValue::try_from(value.expose_secret()).map_err(|_| unusable())?;
        header.set_sensitive(true);
        Ok((
            HeaderName::try_from(name.as_str()).map_err(|_| unusable())?,
            header,
        ))
    };
    provider.headers.iter().map(header).collect()
}

fn by_model(provider: &config::Provider) -> BTreeMap<String, DialectName> {
    let models = provider.models.iter();
    models
        .filter_map(|(model, own)| Some((model.clone(), dialect_name(own.dialect?))))
        .collect()
}

fn timeouts(timeouts: config::Timeouts) -> Timeouts {
    let config::Timeouts {
        connect,
        first_token,
        idle,
        generation,
    } = timeouts;
    Timeouts {
        connect,
        first_token,
        idle,
        generation,
    }
}

fn backoff(retry: config::Retry) -> Backoff {
    let config::Retry {
        max_attempts,
        backoff_initial,
        backoff_max,
    } = retry;
    Backoff {
        max_attempts,
        initial: backoff_initial,
        max: backoff_max,
    }
}

fn auth(scheme: AuthScheme) -> Auth {
    match scheme {
        AuthScheme::Bearer => Auth::Bearer,
        AuthScheme::XApiKey => Auth::Header("x-api-key"),
        AuthScheme::XGoogApiKey => Auth::Header("x-goog-api-key"),
        AuthScheme::None => Auth::None,
    }
}

fn dialect_name(dialect: Dialect) -> DialectName {
    match dialect {
        Dialect::OpenaiChat => DialectName::OpenaiChat,
        Dialect::OpenaiResponses => DialectName::OpenaiResponses,
        Dialect::AnthropicMessages => DialectName::AnthropicMessages,
        Dialect::GeminiGenerate => DialectName::GeminiGenerate,
        Dialect::OllamaChat => DialectName::OllamaChat,
    }
}
