//! How long a list of a thousand models takes: a server with the sandbox in this process, and a client that calls it
//! over a socket. The server has threads of its own, so that its processor time is known apart from the client's.

#![expect(
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

#[expect(dead_code, reason = "each benchmark reads what it needs")]
mod measure;

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use crux::app::{Server, builtin_providers};
use crux::config::{Config, Overrides, Source};
use crux::rpc::pb;
use crux::rpc::pb::model_registry_service_client::ModelRegistryServiceClient;
use crux::sandbox::Sandbox;
use measure::{cpu, percentile, row};
use prost::Message as _;
use tokio::runtime::{Builder, Runtime};
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;

// As the server itself.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The name of the server's threads.
const SERVER: &str = "server";
/// The provider whose list tells most.
const PROVIDER: &str = "openrouter";
const CALLS: usize = 3000;
const TARGET: Duration = Duration::from_millis(1);

fn main() {
    // Only `cargo bench` asks for measurements; a test run asks whether this compiles.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    rustls::crypto::ring::default_provider()
        .install_default()
        .unwrap();
    let directory = tempfile::tempdir().unwrap();
    let serving = Builder::new_multi_thread()
        .thread_name(SERVER)
        .enable_all()
        .build()
        .unwrap();
    let address = serve(&serving, &directory.path().join("crux.db"));
    let calling = Builder::new_current_thread().enable_all().build().unwrap();

    println!("| measurement | measured | target | |\n|---|---:|---:|---|");
    calling.block_on(async {
        let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
        let channel = endpoint.tcp_nodelay(true).connect().await.unwrap();
        let mut client = ModelRegistryServiceClient::new(channel.clone()).max_decoding_message_size(64 << 20);
        let providers = vec![PROVIDER.to_owned()];
        let refreshed = client
            .refresh_models(pb::RefreshModelsRequest { providers })
            .await
            .unwrap();
        let refreshed = refreshed.into_inner().refreshes;
        assert_eq!(refreshed[0].added, 1000, "{refreshed:?}");
        let mut channel = Grpc::new(channel).max_decoding_message_size(64 << 20);
        for page_size in [100, 1000] {
            lists(&mut client, &mut channel, page_size).await;
        }
    });
}

/// A list that has come and is not read: what it takes to be answered, without what its caller makes of it.
#[derive(Clone, PartialEq, prost::Message)]
struct Unread {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    models: Vec<Bytes>,
}

/// A server that knows a thousand models of [`PROVIDER`], beside those of the catalogue.
fn serve(runtime: &Runtime, store: &Path) -> SocketAddr {
    let nowhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let sandbox = runtime.block_on(Sandbox::bind(nowhere)).unwrap();
    let url = format!(
        "http://{}/faults/list=1000/{PROVIDER}/api/v1",
        sandbox.local_addr()
    );
    runtime.spawn(sandbox.run(std::future::pending()));
    let settings = [
        ("CRUX_STORE__PATH", store.display().to_string()),
        ("CRUX_REGISTRY__BACKGROUND", "false".to_owned()),
        ("CRUX_PROVIDERS__OPENROUTER__BASE_URL", url),
        (
            "CRUX_PROVIDERS__OPENROUTER__API_KEY",
            "not-a-real-one-4711".to_owned(),
        ),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value));
    let overrides = Overrides {
        listen: Some(nowhere),
        ..Overrides::default()
    };
    let config = Config::load(&Settings(settings.into()), &overrides, &builtin_providers())
        .unwrap()
        .config;
    let server = runtime.block_on(Server::bind(&config)).unwrap();
    let address = server.local_addr();
    runtime.spawn(async move { server.run(std::future::pending()).await.unwrap() });
    address
}

async fn lists(
    client: &mut ModelRegistryServiceClient<Channel>,
    channel: &mut Grpc<Channel>,
    page_size: i32,
) {
    let request = || pb::ListModelsRequest {
        page_size,
        provider: PROVIDER.to_owned(),
        ..Default::default()
    };
    for _ in 0..CALLS / 10 {
        client.list_models(request()).await.unwrap();
    }
    let expected = usize::try_from(page_size).unwrap();
    let mut times = Vec::with_capacity(CALLS);
    let before = cpu(Some(SERVER));
    for _ in 0..CALLS {
        let began = Instant::now();
        let path = PathAndQuery::from_static("/crux.v1.ModelRegistryService/ListModels");
        let codec = ProstCodec::<pb::ListModelsRequest, Unread>::default();
        channel.ready().await.unwrap();
        let answer = channel.unary(tonic::Request::new(request()), path, codec).await;
        times.push(began.elapsed());
        assert_eq!(answer.unwrap().into_inner().models.len(), expected);
    }
    let spent = cpu(Some(SERVER)).saturating_sub(before) / u32::try_from(CALLS).unwrap();
    let (middle, slow) = (percentile(&mut times, 50), percentile(&mut times, 99));

    let page = client.list_models(request()).await.unwrap().into_inner();
    assert_eq!(page.models.len(), expected);
    let bytes = page.encode_to_vec();
    let mut readings: Vec<Duration> = (0..CALLS)
        .map(|_| {
            let began = Instant::now();
            assert!(pb::ListModelsResponse::decode(bytes.as_slice()).is_ok());
            began.elapsed()
        })
        .collect();
    let reading = percentile(&mut readings, 50);

    let what = format!("`ListModels`, {page_size} of 1,000 models");
    row(&format!("{what}, p50"), &format!("{middle:.1?}"), "", None);
    row(
        &format!("{what}, p99"),
        &format!("{slow:.1?}"),
        "<= 1 ms",
        Some(slow <= TARGET),
    );
    row(
        "of that the server's processor time",
        &format!("{spent:.0?}"),
        "",
        None,
    );
    let kibibytes = bytes.len() / 1024;
    row(
        &format!("on top of it the caller's, to read {kibibytes} KiB"),
        &format!("{reading:.0?}"),
        "",
        None,
    );
}

/// A configuration without a process environment.
struct Settings(BTreeMap<String, String>);

impl Source for Settings {
    fn env(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn env_iter(&self) -> Vec<(String, String)> {
        self.0.clone().into_iter().collect()
    }

    fn read(&self, _path: &Path) -> io::Result<String> {
        Err(io::ErrorKind::NotFound.into())
    }
}
