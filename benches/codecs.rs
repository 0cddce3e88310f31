//! How long the codecs take: a call into each provider's words, and a streamed answer of it back into events. The
//! answers come from the sandbox, so every provider's own ways are measured.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{self, Read as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use criterion::{BenchmarkId, Criterion, Throughput};
use crux::domain::call::ChatCall;
use crux::domain::content::{Message, Part, Role};
use crux::providers::{ALL, Auth, Dialects, Provider};
use crux::sandbox::{Sandbox, base_path};
use crux::wire::dialect::{DecodeContext, Dialect, Mode, Target};
use crux::wire::pump::Pump;

/// Deltas of a streamed answer.
const DELTAS: u32 = 200;
/// As much as a packet carries.
const PIECE_BYTES: usize = 1400;
const MAX_FRAME_BYTES: usize = 8 << 20;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let sandbox = runtime
        .block_on(Sandbox::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))))
        .unwrap();
    let address = sandbox.local_addr();
    let serving = runtime.spawn(sandbox.run(std::future::pending()));
    let mut criterion = Criterion::default().configure_from_args();

    for provider in ALL {
        let model = format!("{}+fault:chunks={DELTAS}", provider.smoke_model);
        let dialects = Dialects {
            built_in: Some(provider),
            by_model: std::collections::BTreeMap::new(),
            configured: None,
        };
        let dialect = dialects.for_model(&model);
        let target = Target {
            provider: provider.id,
            model: &model,
        };
        encode(&mut criterion, dialect, target);
        let answer = answer(address, provider, dialect, target);
        decode(&mut criterion, dialect, target, &answer);
    }
    criterion.final_summary();
    serving.abort();
}

fn encode(criterion: &mut Criterion, dialect: &'static dyn Dialect, target: Target<'_>) {
    let call = call();
    let mut group = criterion.benchmark_group("encode");
    group.bench_function(BenchmarkId::from_parameter(target.provider), |bencher| {
        bencher.iter(|| {
            let encoded = dialect.encode(black_box(&call), target, Mode::Stream).unwrap();
            serde_json::to_vec(&encoded.request.body).unwrap()
        });
    });
    group.finish();
}

fn decode(criterion: &mut Criterion, dialect: &'static dyn Dialect, target: Target<'_>, answer: &[u8]) {
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(DELTAS.into()));
    group.bench_function(BenchmarkId::from_parameter(target.provider), |bencher| {
        bencher.iter(|| {
            let context = DecodeContext {
                provider: target.provider.to_owned(),
                include_raw: false,
                ..DecodeContext::default()
            };
            let mut pump = Pump::new(dialect, context, MAX_FRAME_BYTES);
            let mut events = Vec::new();
            let mut seen = 0;
            for piece in black_box(answer).chunks(PIECE_BYTES) {
                pump.push(piece, &mut events).unwrap();
                seen += events.drain(..).count();
            }
            pump.eof(&mut events).unwrap();
            seen + events.len()
        });
    });
    group.finish();
}

fn call() -> ChatCall {
    let message = |role, text: &str| Message {
        role,
        content: vec![Part::text(text)],
        name: None,
    };
    ChatCall {
        messages: vec![
            message(Role::System, "Answer in one sentence."),
            message(Role::User, "Why is the sky blue?"),
            message(Role::Assistant, "Because air scatters blue light most."),
            message(Role::User, "And why is it red in the evening?"),
        ],
        max_output_tokens: Some(1024),
        ..ChatCall::default()
    }
}

/// The body of a streamed answer, as the sandbox plays the provider.
fn answer(
    sandbox: SocketAddr,
    provider: &Provider,
    dialect: &'static dyn Dialect,
    target: Target<'_>,
) -> Vec<u8> {
    let request = dialect.encode(&call(), target, Mode::Stream).unwrap().request;
    let body = serde_json::to_vec(&request.body).unwrap();
    let base = base_path(provider.id).unwrap();
    // HTTP/1.0: the body comes as it is and ends with the connection.
    let mut head = format!("POST {base}{} HTTP/1.0\r\n", request.path);
    match provider.auth {
        Auth::Bearer => head.push_str("authorization: Bearer bench\r\n"),
        Auth::Header(name) => write!(head, "{name}: bench\r\n").unwrap(),
        Auth::None => {}
    }
    for (name, value) in &request.headers {
        write!(head, "{name}: {}\r\n", value.to_str().unwrap()).unwrap();
    }
    write!(
        head,
        "content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();

    let mut stream = TcpStream::connect(sandbox).unwrap();
    io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    io::Write::write_all(&mut stream, &body).unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    let end = response
        .windows(4)
        .position(|bytes| bytes == b"\r\n\r\n")
        .unwrap();
    response.split_off(end + 4)
}
