//! Owns the way to a server: the one `--server` names, or one started inside for as long as the command runs.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args as ClapArgs;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::task::JoinSet;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint};
use tracing_subscriber::EnvFilter;

use super::failure::causes;
use super::{BAD_USAGE, serve, terminal};
use crate::app::{Server, StartError};
use crate::config::{Config, ConfigError, Level, Overrides};
use crate::rpc::pb::chat_service_client::ChatServiceClient;

/// How a command reaches a server.
// The group would have the name of the command's own.
#[derive(Debug, Clone, ClapArgs)]
#[group(skip)]
pub(super) struct Args {
    /// Server to call, such as `http://127.0.0.1:50051` [default: one started inside, for this command alone]
    #[arg(long, value_name = "URL", help_heading = "Server")]
    server: Option<String>,
    /// Bearer token of that server
    #[arg(
        long,
        env = "CRUX_TOKEN",
        hide_env_values = true,
        value_name = "TOKEN",
        help_heading = "Server"
    )]
    token: Option<SecretString>,
    /// Certificate authority of an https server, in PEM
    #[arg(long, value_name = "FILE", requires = "server", help_heading = "Server")]
    ca: Option<PathBuf>,
    /// Let the sandbox answer for every provider: no key needed, nothing leaves the machine
    #[arg(long, conflicts_with = "server", help_heading = "Server")]
    sandbox: bool,
    /// Configuration of the server inside [default: `CRUX_CONFIG`, else ./crux.toml if there is one]
    #[arg(long, value_name = "FILE", conflicts_with = "server", help_heading = "Server")]
    config: Option<PathBuf>,
    /// Least urgent log lines of the server inside, on standard error: error, warn, info, debug, trace
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "error",
        conflicts_with = "server",
        help_heading = "Server"
    )]
    log_level: Level,
}

/// The client of a server's chats.
pub(super) type Client = ChatServiceClient<InterceptedService<Channel, Bearer>>;

/// Largest message taken from a server: its own limit, unless it is configured beyond.
pub(super) const MAX_MESSAGE_BYTES: usize = 64 << 20;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// A server within reach.
#[derive(Debug)]
pub(super) struct Link {
    channel: Channel,
    bearer: Bearer,
    /// What the server inside was started with.
    config: Option<Config>,
    /// The server inside ends with the link.
    _serving: JoinSet<()>,
}

/// Why no server is within reach.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinkError {
    #[error("the configuration is wrong")]
    Config(Vec<ConfigError>),
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("--server: {0}")]
    Usage(String),
    #[error("cannot read {path}: {source}")]
    File { path: String, source: std::io::Error },
    #[error("cannot reach {url}: {cause}; start a server with `crux serve`, or leave --server out")]
    Unreachable { url: String, cause: String },
}

impl LinkError {
    /// Tells the person, and returns the exit code.
    pub(super) fn report(&self) -> ExitCode {
        match self {
            Self::Config(errors) => serve::complain(errors),
            Self::Start(_) | Self::Usage(_) | Self::File { .. } | Self::Unreachable { .. } => {
                terminal::say(&format!("crux: {self}"));
            }
        }
        match self {
            Self::Config(_) | Self::Usage(_) | Self::File { .. } => ExitCode::from(BAD_USAGE),
            Self::Start(_) | Self::Unreachable { .. } => ExitCode::FAILURE,
        }
    }
}

impl Args {
    /// Connects to the server that is named, or starts one.
    ///
    /// # Errors
    /// [`LinkError`] says what to mend.
    pub(super) async fn link(&self) -> Result<Link, LinkError> {
        match &self.server {
            Some(url) => self.named(url).await,
            None => self.inside().await,
        }
    }

    async fn named(&self, url: &str) -> Result<Link, LinkError> {
        let endpoint = endpoint(url)?;
        let endpoint = match (endpoint.uri().scheme_str(), &self.ca) {
            (Some("https"), Some(ca)) => {
                let file = |source| LinkError::File {
                    path: ca.display().to_string(),
                    source,
                };
                let ca = Certificate::from_pem(std::fs::read(ca).map_err(file)?);
                endpoint
                    .tls_config(ClientTlsConfig::new().ca_certificate(ca))
                    .map_err(|error| LinkError::Usage(causes(&error)))?
            }
            (Some("https"), None) => {
                let mend = "an https server needs --ca FILE, the authority that signed its certificate";
                return Err(LinkError::Usage(mend.to_owned()));
            }
            (_, _) => endpoint,
        };
        Ok(Link {
            channel: connect(&endpoint, url).await?,
            bearer: Bearer::new(self.token.as_ref())?,
            config: None,
            _serving: JoinSet::new(),
        })
    }

    async fn inside(&self) -> Result<Link, LinkError> {
        self.log();
        let loaded = serve::load(&Overrides {
            config: self.config.clone(),
            listen: Some(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            sandbox: self.sandbox,
            ..Overrides::default()
        })
        .map_err(LinkError::Config)?;
        if !loaded.config.sandbox.enabled {
            serve::warn(&loaded.warnings);
        }
        let mut config = loaded.config;
        // Others on this machine must not spend the keys of whoever runs the command.
        let token = SecretString::from(uuid::Uuid::new_v4().to_string());
        config.auth.bearer_token = Some(token.clone());
        config.tls = None;
        // It is gone before a list would come.
        config.registry.background = false;
        // Nobody watches it meanwhile.
        config.admin.enabled = false;
        let server = Server::bind_at_once(&config).await?;
        let url = format!("http://{}", server.local_addr());
        let mut task = JoinSet::new();
        task.spawn(async move {
            if let Err(error) = server.run(std::future::pending()).await {
                tracing::error!("{error}");
            }
        });
        Ok(Link {
            config: Some(config),
            _serving: task,
            ..Link::to(&url, Some(&token)).await?
        })
    }

    /// Sets the log of the server inside up, away from the answers.
    fn log(&self) {
        let filter = EnvFilter::new(format!("error,crux={}", self.log_level.name()));
        let log = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr);
        // One command starts one server: there is no second log to lose.
        let _ = log.try_init();
    }
}

impl Link {
    /// Connects to a server in plain text.
    ///
    /// # Errors
    /// [`LinkError`] says what to mend.
    pub(super) async fn to(url: &str, token: Option<&SecretString>) -> Result<Self, LinkError> {
        Ok(Self {
            channel: connect(&endpoint(url)?, url).await?,
            bearer: Bearer::new(token)?,
            config: None,
            _serving: JoinSet::new(),
        })
    }

    /// Makes a client; all of a link's clients share its connection.
    pub(super) fn client(&self) -> Client {
        ChatServiceClient::with_interceptor(self.channel.clone(), self.bearer.clone())
            .max_decoding_message_size(MAX_MESSAGE_BYTES)
    }

    /// The connection, for clients of other services.
    pub(super) fn wire(&self) -> InterceptedService<Channel, Bearer> {
        InterceptedService::new(self.channel.clone(), self.bearer.clone())
    }

    /// What the server inside was started with; `None` for a server that runs elsewhere.
    pub(super) fn config(&self) -> Option<&Config> {
        self.config.as_ref()
    }
}

/// Reads a server's address; without a scheme it is plain text.
///
/// # Errors
/// [`LinkError::Usage`] for what is no address.
fn endpoint(url: &str) -> Result<Endpoint, LinkError> {
    let full = if url.contains("://") {
        url.to_owned()
    } else {
        format!("http://{url}")
    };
    let wrong = || {
        LinkError::Usage(format!(
            "expected an address such as http://127.0.0.1:50051, found {url:?}"
        ))
    };
    let endpoint = Endpoint::from_shared(full).map_err(|_| wrong())?;
    let is_http = matches!(endpoint.uri().scheme_str(), Some("http" | "https"));
    if !is_http || endpoint.uri().host().is_none() {
        return Err(wrong());
    }
    Ok(endpoint.connect_timeout(CONNECT).tcp_nodelay(true))
}

async fn connect(endpoint: &Endpoint, url: &str) -> Result<Channel, LinkError> {
    endpoint.connect().await.map_err(|error| LinkError::Unreachable {
        url: url.to_owned(),
        cause: causes(&error),
    })
}

/// Puts the token on every call.
#[derive(Clone)]
pub(super) struct Bearer {
    header: Option<MetadataValue<Ascii>>,
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bearer").finish_non_exhaustive()
    }
}

impl Bearer {
    fn new(token: Option<&SecretString>) -> Result<Self, LinkError> {
        let Some(token) = token else {
            return Ok(Self { header: None });
        };
        let header = format!("Bearer {}", token.expose_secret());
        let mut header: MetadataValue<Ascii> = header
            .parse()
            .map_err(|_| LinkError::Usage("the token must be visible ASCII".to_owned()))?;
        header.set_sensitive(true);
        Ok(Self { header: Some(header) })
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: tonic::Request<()>) -> Result<tonic::Request<()>, tonic::Status> {
        if let Some(header) = &self.header {
            request.metadata_mut().insert("authorization", header.clone());
        }
        Ok(request)
    }
}
