//! The composition root: turns a configuration into a running server. The only file that knows everything.

mod admin;
mod backups;
mod bootstrap;
mod catalog;
mod data;
mod endpoints;
mod fresh;
mod keys;
mod options;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::timeout;

use self::backups::Schedule;
use self::data::Data;
use self::endpoints::endpoints;
use self::fresh::keep_fresh;
use self::options::options;
use crate::config::{self, BuiltinProvider, Config};
use crate::domain::time::Timestamp;
use crate::engine::{Engine, Limits, Stop};
use crate::http::{AdminPort, Told};
use crate::providers::{ALL, Endpoint, Provider};
use crate::registry::{CatalogError, Registry, Settings};
use crate::rpc::{self, Options, ServeError, Served};
use crate::sandbox::{self, Sandbox};
use crate::store::{Held, Reach, StoreError};
use crate::telemetry::metrics::Metrics;
use crate::tenancy::Directory;
use crate::vault::{KekError, Vault};

pub use self::bootstrap::{BootstrapError, FirstToken, bootstrap};
pub use self::data::location;

/// How long a start waits for the database server: both may be started together, as pods are.
const DATABASE: Duration = Duration::from_secs(30);
/// How long a start waits for the service that unwraps stored keys.
const OPENING: Duration = Duration::from_secs(5);

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
    metrics: Arc<Metrics>,
    admin: Option<AdminPort>,
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
    /// The admin port's address is taken, or not this machine's.
    #[error(
        "cannot listen on {address} for health and metrics: {source}; give the admin port another address with \
         --admin-listen or admin.listen (port 0 takes a free one), or set admin.enabled to false"
    )]
    Admin {
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
    /// Binds the server's address and, where configured, the sandbox's; waits for a database server that comes up
    /// at the same time.
    ///
    /// # Errors
    /// [`StartError`] says what to mend.
    pub async fn bind(config: &Config) -> Result<Self, StartError> {
        Self::bind_within(config, DATABASE).await
    }

    /// As [`Self::bind`], for somebody who sits before it: the database is there or it is not.
    ///
    /// # Errors
    /// [`StartError`] says what to mend.
    pub async fn bind_at_once(config: &Config) -> Result<Self, StartError> {
        Self::bind_within(config, Duration::ZERO).await
    }

    async fn bind_within(config: &Config, patience: Duration) -> Result<Self, StartError> {
        let sandbox = if config.sandbox.enabled {
            Some(Sandbox::bind(config.sandbox.listen).await?)
        } else {
            None
        };
        let data = Data::open(config, patience).await?;
        let endpoints = endpoints(config, sandbox.as_ref().map(Sandbox::local_addr))?;
        let sandboxed = endpoints.iter().map(|endpoint| endpoint.id.as_str());
        let sandboxed = sandboxed.filter(|id| sandbox.is_some() && sandbox::base_path(id).is_some());
        let sandboxed: Vec<_> = sandboxed.collect();
        let vault = keys::vault(config, Arc::clone(&data.store), &data.place, &sandboxed)?;
        vault.load().await?;
        open_keys(&vault).await;
        let vault = Arc::new(vault);
        let stop = Stop::default();
        let limits = Limits {
            max_concurrent_calls: config.limits.max_concurrent_calls,
            max_queued_calls: config.limits.max_queued_calls,
            max_frame_bytes: config.limits.max_frame_bytes,
            max_response_bytes: config.limits.max_response_bytes,
        };
        let metrics = Arc::new(Metrics::default());
        let registry = registry(config, &data, &endpoints, &vault, &metrics)?;
        // Names and prices hold from the first call on.
        registry.reload().await?;
        let directory = Arc::new(Directory::open(Arc::clone(&data.store)).await?);
        let engine = Engine::new(
            endpoints,
            Arc::clone(vault.ring()),
            limits,
            stop.clone(),
            &metrics,
        );
        let engine = Arc::new(engine.with_models(Arc::clone(registry.models())));
        let address = config.server.listen;
        if !address.ip().is_loopback() && config.names_no_caller() && !directory.has_tokens() {
            return Err(StartError::Exposed { address });
        }
        let options = options(config, Arc::clone(&directory))?;
        let listen = |source| StartError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let admin = admin::bind(config).await?;
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
            metrics,
            admin,
        })
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Where its admin port listens, if it has one.
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin.as_ref().map(AdminPort::local_addr)
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
        let told = Told {
            engine: Arc::clone(&self.engine),
            reach: seen.clone(),
            metrics: Arc::clone(&self.metrics),
        };
        let served = Served {
            engine: self.engine,
            vault: Arc::clone(&self.vault),
            registry: Arc::clone(&self.registry),
            store: Arc::clone(&self.data.store),
            reach: seen,
            metrics: Arc::clone(&self.metrics),
        };
        // Boxed with all that they hold, which is not little.
        let serving = Box::pin(rpc::serve(
            self.listener,
            served,
            self.stop,
            self.options,
            shutdown,
        ));
        let fresh = Box::pin(keep_fresh(
            self.data.store.as_ref(),
            &self.held,
            self.outage_grace,
            &reach,
            self.metrics.readings(),
        ));
        // It answers until the last call is over: whoever watches a drain sees its end.
        let admin = async {
            match self.admin {
                Some(port) => port.run(told).await,
                None => std::future::pending().await,
            }
        };
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
            never = admin => match never {},
            never = self.directory.keep_uses() => match never {},
            never = self.vault.keep_ledger() => match never {},
            never = self.vault.keep_open() => match never {},
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

/// Gives a key service that is there the time to open its keys before the first call comes. One that is not must not
/// keep the server from starting: there are other keys, and those it holds are open as soon as it answers.
async fn open_keys(vault: &Vault) {
    if !timeout(OPENING, vault.open_far()).await.unwrap_or(false) {
        tracing::warn!(
            "some stored keys are not open yet; calls go on without them until their key service answers"
        );
    }
}

fn registry(
    config: &Config,
    data: &Data,
    endpoints: &[Endpoint],
    vault: &Vault,
    metrics: &Arc<Metrics>,
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
        Arc::clone(metrics),
    )))
}
