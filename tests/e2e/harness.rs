//! A server with the sandbox inside, a client, and short words for what tests say often.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use crux::app::{Server, builtin_providers};
use crux::config::{Config, Overrides, Source};
use crux::rpc::pb;
use crux::rpc::pb::chat_event::Event;
use crux::rpc::pb::chat_service_client::ChatServiceClient;
use crux::sandbox::Stats;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, oneshot};
use tokio::task::JoinHandle;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// A model of each provider, the ones that reason where the sandbox is asked to.
pub(crate) const MODELS: [&str; 7] = [
    "anthropic/claude-sonnet-4-5",
    "deepseek/deepseek-chat",
    "gemini/gemini-2.5-flash",
    "ollama/gpt-oss:20b",
    "openai/gpt-5",
    "openrouter/anthropic/claude-sonnet-4.5",
    "xai/grok-3-mini",
];

/// A configuration without a process environment.
pub(crate) struct Settings(pub(crate) BTreeMap<String, String>);

impl Source for Settings {
    fn env(&self, key: &str) -> Option<String> {
        self.0.get(key).cloned()
    }

    fn env_iter(&self) -> Vec<(String, String)> {
        self.0.clone().into_iter().collect()
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        // No test may depend on a file of the working directory.
        if path == Path::new("crux.toml") {
            Err(io::ErrorKind::NotFound.into())
        } else {
            std::fs::read_to_string(path)
        }
    }
}

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) sandbox_address: SocketAddr,
    /// The admin port.
    pub(crate) admin: SocketAddr,
    pub(crate) stats: Stats,
    pub(crate) client: ChatServiceClient<Channel>,
    _turn: Turn,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

/// Tests that measure time or memory run alone; all others run together.
static TURNS: RwLock<()> = RwLock::const_new(());

#[derive(Debug)]
enum Turn {
    Together {
        _guard: RwLockReadGuard<'static, ()>,
    },
    Alone {
        _guard: RwLockWriteGuard<'static, ()>,
    },
    /// Another server of the same test has the turn.
    Taken,
}

/// Starts a server with the sandbox inside. `settings` are environment variables, `CRUX_…`.
pub(crate) async fn start(settings: &[(&str, &str)]) -> Running {
    let turn = Turn::Together {
        _guard: TURNS.read().await,
    };
    serve(settings, turn).await
}

/// As [`start`], while no other test runs.
pub(crate) async fn start_alone(settings: &[(&str, &str)]) -> Running {
    let turn = Turn::Alone {
        _guard: TURNS.write().await,
    };
    serve(settings, turn).await
}

/// As [`start`], beside a server of the same test: to wait for a second turn could be to wait for ever.
pub(crate) async fn start_beside(_first: &Running, settings: &[(&str, &str)]) -> Running {
    serve(settings, Turn::Taken).await
}

/// As [`start_alone`], several servers that start at the same time.
pub(crate) async fn start_many(count: usize, settings: &[(&str, &str)]) -> Vec<Running> {
    let first = Turn::Alone {
        _guard: TURNS.write().await,
    };
    let turns = std::iter::once(first).chain(std::iter::repeat_with(|| Turn::Taken));
    let starting = turns.take(count).map(|turn| serve(settings, turn));
    futures_util::future::join_all(starting).await
}

async fn serve(settings: &[(&str, &str)], turn: Turn) -> Running {
    let mut variables: BTreeMap<String, String> = [
        // Retries in tests should not take seconds.
        ("CRUX_RETRY__BACKOFF_INITIAL", "10ms"),
        ("CRUX_RETRY__BACKOFF_MAX", "50ms"),
        // No list is asked for but by the tests of lists: others count what the sandbox is asked.
        ("CRUX_REGISTRY__BACKGROUND", "false"),
    ]
    .into_iter()
    .chain(settings.iter().copied())
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect();
    variables
        .entry("CRUX_SANDBOX__ENABLED".to_owned())
        .or_insert_with(|| "true".to_owned());
    let overrides = Overrides {
        listen: Some(([127, 0, 0, 1], 0).into()),
        ..Overrides::default()
    };
    let loaded = Config::load(&Settings(variables), &overrides, &builtin_providers());
    let config = loaded.unwrap_or_else(|errors| panic!("{errors:?}")).config;

    // Another test may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Server::bind(&config).await.unwrap();
    let address = server.local_addr();
    let sandbox = server.sandbox().unwrap();
    let admin = server.admin_addr().unwrap();
    let (sandbox_address, stats) = (sandbox.local_addr(), sandbox.stats());
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(async move {
        let stopped = async {
            let _ = stopped.await;
        };
        server.run(stopped).await.unwrap();
    });
    let client = lazily(address);
    Running {
        client,
        address,
        sandbox_address,
        admin,
        stats,
        _turn: turn,
        stop: Some(stop),
        serving,
    }
}

/// A client with a connection of its own.
pub(crate) async fn connect(address: SocketAddr) -> ChatServiceClient<Channel> {
    // A small window: what a caller does not read must not pile up on its own side either.
    let endpoint = Endpoint::from_shared(format!("http://{address}"))
        .unwrap()
        .tcp_nodelay(true)
        .initial_stream_window_size(65_535);
    client(endpoint.connect().await.unwrap())
}

fn lazily(address: SocketAddr) -> ChatServiceClient<Channel> {
    client(
        Endpoint::from_shared(format!("http://{address}"))
            .unwrap()
            .tcp_nodelay(true)
            .connect_lazy(),
    )
}

fn client(channel: Channel) -> ChatServiceClient<Channel> {
    ChatServiceClient::new(channel)
        .max_decoding_message_size(256 << 20)
        .max_encoding_message_size(256 << 20)
}

impl Running {
    /// Tells the server to go down, as SIGTERM does; it drains.
    pub(crate) fn shut_down(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Waits until the server is gone.
    pub(crate) async fn gone(self) {
        self.serving.await.unwrap();
    }

    /// Streams a call to its end.
    pub(crate) async fn stream(&self, request: impl tonic::IntoRequest<pb::ChatRequest>) -> Streamed {
        collect(self.client.clone().stream_chat(request).await).await
    }

    /// Waits until the sandbox has no open answer.
    pub(crate) async fn until_quiet(&self) {
        self.until(Duration::from_secs(5), |stats| stats.open == 0).await;
    }

    /// Waits until the sandbox's counters are so.
    pub(crate) async fn until(&self, patience: Duration, is_so: impl Fn(&crux::sandbox::Snapshot) -> bool) {
        let deadline = tokio::time::Instant::now() + patience;
        while !is_so(&self.stats.snapshot()) {
            assert!(
                tokio::time::Instant::now() < deadline,
                "{:?}",
                self.stats.snapshot()
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// A stream, received to its end.
#[derive(Debug)]
pub(crate) struct Streamed {
    pub(crate) events: Vec<pb::ChatEvent>,
    pub(crate) status: Result<(), Status>,
    pub(crate) trailers: tonic::metadata::MetadataMap,
}

pub(crate) async fn collect(
    response: Result<tonic::Response<tonic::Streaming<pb::ChatEvent>>, Status>,
) -> Streamed {
    let mut streamed = Streamed {
        events: Vec::new(),
        status: Ok(()),
        trailers: tonic::metadata::MetadataMap::default(),
    };
    let mut stream = match response {
        Ok(response) => response.into_inner(),
        Err(status) => {
            streamed.status = Err(status);
            return streamed;
        }
    };
    loop {
        match stream.message().await {
            Ok(Some(event)) => streamed.events.push(event),
            Ok(None) => break,
            Err(status) => {
                streamed.status = Err(status);
                break;
            }
        }
    }
    if let Ok(Some(trailers)) = stream.trailers().await {
        streamed.trailers = trailers;
    }
    streamed
}

impl Streamed {
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        self.events
            .iter()
            .map(|event| kind(event.event.as_ref().unwrap()))
            .collect()
    }

    pub(crate) fn text(&self) -> String {
        self.events
            .iter()
            .filter_map(|event| match &event.event {
                Some(Event::TextDelta(delta)) => Some(delta.text.as_str()),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn parts(&self) -> Vec<pb::Part> {
        self.events
            .iter()
            .filter_map(|event| match &event.event {
                Some(Event::PartFinished(finished)) => finished.part.clone(),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn outcome(&self) -> &pb::Outcome {
        match self.events.last().and_then(|event| event.event.as_ref()) {
            Some(Event::Finished(outcome)) => outcome,
            other => panic!("expected finished, found {other:?} and {:?}", self.status),
        }
    }

    pub(crate) fn failed(&self) -> &pb::GenerationFailed {
        match self.events.last().and_then(|event| event.event.as_ref()) {
            Some(Event::Failed(failed)) => failed,
            other => panic!("expected failed, found {other:?} and {:?}", self.status),
        }
    }

    pub(crate) fn code(&self) -> Code {
        self.status.as_ref().map_or_else(Status::code, |()| Code::Ok)
    }

    pub(crate) fn reason(&self) -> String {
        self.status.as_ref().map_or_else(reason, |()| "OK".to_owned())
    }
}

pub(crate) fn kind(event: &Event) -> &'static str {
    match event {
        Event::Started(_) => "started",
        Event::AttemptStarted(_) => "attempt_started",
        Event::PartStarted(_) => "part_started",
        Event::TextDelta(_) => "text_delta",
        Event::ReasoningDelta(_) => "reasoning_delta",
        Event::ToolCallDelta(_) => "tool_call_delta",
        Event::MediaDelta(_) => "media_delta",
        Event::CitationAdded(_) => "citation_added",
        Event::PartFinished(_) => "part_finished",
        Event::Finished(_) => "finished",
        Event::Failed(_) => "failed",
        Event::Heartbeat(_) => "heartbeat",
        Event::RawChunk(_) => "raw_chunk",
    }
}

/// The reason in a status; it always has one, and the request's id.
pub(crate) fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    assert!(details.request_info().is_some(), "no RequestInfo in {status:?}");
    details
        .error_info()
        .unwrap_or_else(|| panic!("no ErrorInfo in {status:?}"))
        .reason
        .clone()
}

pub(crate) fn user(text: &str) -> pb::Message {
    pb::Message {
        role: pb::Role::User as i32,
        content: vec![text_part(text)],
        name: String::new(),
    }
}

pub(crate) fn text_part(text: &str) -> pb::Part {
    pb::Part {
        kind: Some(pb::part::Kind::Text(text.to_owned())),
        ..Default::default()
    }
}

pub(crate) fn ask(model: &str, text: &str) -> pb::ChatRequest {
    pb::ChatRequest {
        model: model.to_owned(),
        messages: vec![user(text)],
        ..Default::default()
    }
}

/// `model` with a fault of the sandbox.
pub(crate) fn faulty(model: &str, fault: &str) -> String {
    format!("{model}+fault:{fault}")
}

/// A request that has so long.
pub(crate) fn within<T>(timeout: Duration, request: T) -> tonic::Request<T> {
    let mut request = tonic::Request::new(request);
    request.metadata_mut().insert(
        "grpc-timeout",
        format!("{}m", timeout.as_millis()).parse().unwrap(),
    );
    request
}

/// Parts less the providers' ids and signatures, which differ from answer to answer.
pub(crate) fn without_state(mut parts: Vec<pb::Part>) -> Vec<pb::Part> {
    for part in &mut parts {
        part.provider_state = None;
    }
    parts
}
