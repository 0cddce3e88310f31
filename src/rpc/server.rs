//! The gRPC server: services, edge, connections, and the way it goes down.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_stream::StreamExt as _;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Certificate, Identity, Server, ServerTlsConfig};
use tower::util::option_layer;

use crate::engine::{Engine, Stop};
use crate::registry::Registry;
use crate::rpc::admin::Admin;
use crate::rpc::aged::Aged;
use crate::rpc::audit::Audit;
use crate::rpc::auth::{Access, Gate};
use crate::rpc::chat::Chat;
use crate::rpc::edge::Edge;
use crate::rpc::health::Health;
use crate::rpc::info::Info;
use crate::rpc::keys::KeyVault;
use crate::rpc::metering::Metering;
use crate::rpc::models::Models;
use crate::rpc::pb;
use crate::rpc::pb::admin_service_server::AdminServiceServer;
use crate::rpc::pb::chat_service_server::ChatServiceServer;
use crate::rpc::pb::key_vault_service_server::KeyVaultServiceServer;
use crate::rpc::pb::model_registry_service_server::ModelRegistryServiceServer;
use crate::rpc::pb::preferences_service_server::PreferencesServiceServer;
use crate::rpc::pb::server_service_server::ServerServiceServer;
use crate::rpc::preferences::Preferences;
use crate::rpc::web::Web;
use crate::store::{Reach, Store};
use crate::telemetry::metrics::Metrics;
use crate::vault::Vault;

/// How the server serves.
#[derive(Debug)]
pub struct Options {
    /// Who may call.
    pub access: Access,
    /// Certificates; `None` serves plain text.
    pub tls: Option<Tls>,
    /// Largest message taken.
    pub max_request_bytes: usize,
    /// Largest message sent.
    pub max_response_bytes: usize,
    /// The longest a generation may run, for callers to know.
    pub max_generation_duration: Duration,
    /// A connection is told to go after this long, so that balancing finds new replicas.
    pub max_connection_age: Duration,
    /// How long its calls may go on then.
    pub max_connection_age_grace: Duration,
    /// A quiet connection is asked for a sign of life this often.
    pub keepalive_interval: Duration,
    /// How long it may take to give one.
    pub keepalive_timeout: Duration,
    /// Calls at once on one connection.
    pub max_concurrent_streams: u32,
    /// How long running calls may go on when the server goes down.
    pub drain_grace: Duration,
    /// Pages that may call by gRPC-Web; `None`: no page, and no HTTP/1.1.
    pub web: Option<Web>,
    /// Whether callers may ask for the contract.
    pub has_reflection: bool,
    /// Optional parts that are switched on.
    pub features: Vec<String>,
}

/// What is served.
#[derive(Debug)]
pub struct Served {
    /// Chats.
    pub engine: Arc<Engine>,
    /// The providers' keys.
    pub vault: Arc<Vault>,
    /// The models.
    pub registry: Arc<Registry>,
    /// What is kept.
    pub store: Arc<dyn Store>,
    /// How things stand between the two.
    pub reach: watch::Receiver<Reach>,
    /// Where calls are counted.
    pub metrics: Arc<Metrics>,
}

/// PEM files, read.
pub struct Tls {
    /// The server's certificate chain.
    pub certificate: Vec<u8>,
    /// Its key.
    pub key: secrecy::SecretSlice<u8>,
    /// Whose client certificates are taken.
    pub client_ca: Option<Vec<u8>>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tls")
            .field("is_mutual", &self.client_ca.is_some())
            .finish_non_exhaustive()
    }
}

/// Why the server could not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The certificates do not work.
    #[error("TLS could not be set up: {0}")]
    Tls(String),
    /// The contract's descriptors do not work.
    #[error("reflection could not be set up: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("the server failed: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// How long the last events and statuses may take to leave after the running calls were cut.
const FLUSH: Duration = Duration::from_secs(1);
/// Between `NOT_SERVING` and GOAWAY: whoever watches the health hears it on a connection that still lives. As long
/// again, and nobody watches any more: a watch would keep the server until the end of the grace.
const NOTICE: Duration = Duration::from_millis(50);

/// Serves on `listener` until `shutdown`, then drains: `NOT_SERVING`, GOAWAY, running calls up to
/// the grace, then `SHUTTING_DOWN`.
///
/// # Errors
/// [`ServeError`] before anything is served, or when the transport breaks.
pub async fn serve(
    listener: TcpListener,
    served: Served,
    stop: Stop,
    options: Options,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), ServeError> {
    let (reporter, health_service) = tonic_health::server::health_reporter();
    let Served {
        engine,
        vault,
        registry,
        store,
        reach,
        metrics,
    } = served;
    let mut health = Health::new(reporter, &engine).await;
    let info = Info {
        #[expect(clippy::disallowed_methods, reason = "the server tells when it began")]
        start_time: SystemTime::now(),
        features: options.features.clone(),
        max_request_bytes: options.max_request_bytes,
        max_response_bytes: options.max_response_bytes,
        max_generation_duration: options.max_generation_duration,
    };
    let directory = Arc::clone(&options.access.directory);
    let chat = ChatServiceServer::new(Chat::new(Arc::clone(&engine), directory, reach.clone()))
        .max_decoding_message_size(options.max_request_bytes)
        .max_encoding_message_size(options.max_response_bytes);
    let audit = Audit::new(Arc::clone(&store));
    let admin = AdminServiceServer::new(Admin::new(
        Arc::clone(&store),
        Arc::clone(&options.access.directory),
        audit.clone(),
    ))
    .max_decoding_message_size(options.max_request_bytes)
    .max_encoding_message_size(options.max_response_bytes);
    let keys = KeyVaultServiceServer::new(KeyVault::new(Arc::clone(&engine), vault, audit.clone()))
        .max_decoding_message_size(options.max_request_bytes)
        .max_encoding_message_size(options.max_response_bytes);
    let models = ModelRegistryServiceServer::new(Models::new(registry, audit.clone()))
        .max_decoding_message_size(options.max_request_bytes)
        .max_encoding_message_size(options.max_response_bytes);
    let mut builder = Server::builder()
        .max_connection_age(options.max_connection_age)
        .http2_keepalive_interval(Some(options.keepalive_interval))
        .http2_keepalive_timeout(Some(options.keepalive_timeout))
        .max_concurrent_streams(options.max_concurrent_streams)
        // Over TLS, browsers speak HTTP/2.
        .accept_http1(options.web.is_some())
        .layer(option_layer(options.web.map(Web::layer)))
        .layer(Metering::new(&metrics))
        .layer(Edge::new(
            Gate::new(options.access, metrics),
            audit,
            options.max_request_bytes,
        ));
    if let Some(tls) = &options.tls {
        builder = builder
            .tls_config(tls_config(tls))
            .map_err(|error| ServeError::Tls(cause(&error)))?;
    }
    let router = builder
        .add_service(chat)
        .add_service(keys)
        .add_service(ServerServiceServer::new(info))
        .add_service(admin)
        .add_service(PreferencesServiceServer::new(Preferences::new(store)))
        .add_service(models)
        .add_service(health_service);
    let router = if options.has_reflection {
        router
            .add_service(reflection().build_v1()?)
            .add_service(reflection().build_v1alpha()?)
    } else {
        router
    };

    // tonic ignores its own option where it is handed a listener.
    let life = options.max_connection_age + options.max_connection_age_grace;
    let incoming = TcpIncoming::from(listener)
        .with_nodelay(Some(true))
        .map(move |accepted| accepted.map(|socket| Aged::new(socket, life)));
    let goaway = tokio_util::sync::CancellationToken::new();
    let served = router.serve_with_incoming_shutdown(incoming, goaway.clone().cancelled_owned());
    let drain = async {
        tokio::select! {
            () = shutdown => {}
            never = health.follow(&engine, reach) => match never {},
        }
        tracing::info!(grace_s = options.drain_grace.as_secs(), "draining");
        stop.drain.cancel();
        health.drain().await;
        tokio::time::sleep(NOTICE).await;
        goaway.cancel();
        tokio::time::sleep(NOTICE).await;
        health.leave().await;
        tokio::time::sleep(options.drain_grace.saturating_sub(NOTICE)).await;
        stop.cut.cancel();
        tokio::time::sleep(FLUSH).await;
    };
    tokio::select! {
        ended = served => Ok(ended?),
        () = drain => Ok(()),
    }
}

fn tls_config(tls: &Tls) -> ServerTlsConfig {
    use secrecy::ExposeSecret as _;
    let config =
        ServerTlsConfig::new().identity(Identity::from_pem(&tls.certificate, tls.key.expose_secret()));
    match &tls.client_ca {
        // A token is enough too: the edge decides.
        Some(ca) => config
            .client_ca_root(Certificate::from_pem(ca))
            .client_auth_optional(true),
        None => config,
    }
}

fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(pb::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        // So that grpcurl prints the details of an error.
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
}

fn cause(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), cause)
}
