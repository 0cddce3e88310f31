//! Reads recordings, replays them and checks the laws that hold for every dialect.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crux::domain::answer::{AnswerEvent, FinishReason};
use crux::domain::content::PartKind;
use crux::domain::fold::{Answer, Fold};
use crux::domain::grammar::Grammar;
use crux::domain::usage::Usage;
use crux::wire::dialect::{DecodeContext, DecodeError, Dialect};
use crux::wire::pump::Pump;
use serde_json::Value;

/// One recorded exchange.
#[derive(Debug, serde::Deserialize)]
pub struct Exchange {
    pub id: String,
    pub provider: String,
    pub api: String,
    pub model: Option<String>,
    pub stream: bool,
    pub features: Vec<String>,
    pub request: Request,
    pub response: Response,
}

#[derive(Debug, serde::Deserialize)]
pub struct Request {
    pub method: String,
    #[serde(default)]
    pub body: Value,
}

#[derive(Debug, serde::Deserialize)]
pub struct Response {
    pub status: u16,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Exchange {
    pub fn headers(&self) -> http::HeaderMap {
        let pairs = self.response.headers.iter();
        pairs
            .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
            .collect()
    }

    pub fn context(&self) -> DecodeContext {
        DecodeContext {
            provider: self.provider.clone(),
            include_raw: false,
            ..DecodeContext::default()
        }
    }

    /// A body that is a stream of frames, not one JSON value.
    pub fn is_framed(&self, dialect: &'static dyn Dialect) -> bool {
        let first = self.response.body.trim_start().bytes().next();
        dialect.framing() == crux::wire::framing::Framing::Ndjson || !matches!(first, Some(b'{' | b'['))
    }
}

/// Every exchange of `apis`, in order of id. Empty, and loud, when there are no recordings.
pub fn exchanges(apis: &[&str]) -> Vec<Exchange> {
    let Some(root) = std::env::var_os("CRUX_RECORDINGS").map(PathBuf::from) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "CRUX_RECORDINGS must be set in CI"
        );
        eprintln!("SKIPPED: CRUX_RECORDINGS is not set, nothing of {apis:?} was replayed");
        return Vec::new();
    };
    let mut all = Vec::new();
    for api in apis {
        let directory = root.join("dev").join(api);
        let entries = std::fs::read_dir(&directory)
            .unwrap_or_else(|error| panic!("recordings of {api} at {}: {error}", directory.display()));
        for entry in entries {
            let text = std::fs::read(entry.unwrap().path()).unwrap();
            all.push(serde_json::from_slice::<Exchange>(&text).unwrap());
        }
    }
    all.sort_by(|a, b| a.id.cmp(&b.id));
    assert!(!all.is_empty(), "no recordings of {apis:?}");
    all
}

/// What came of replaying bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    pub events: Vec<AnswerEvent>,
    pub result: Result<(), DecodeError>,
}

impl Replay {
    pub fn answer(&self) -> Answer {
        let mut fold = Fold::default();
        self.events.iter().cloned().for_each(|event| fold.push(event));
        fold.into_answer()
    }
}

/// Replays a streamed answer in the given chunks.
pub fn replay<'a>(
    dialect: &'static dyn Dialect,
    context: DecodeContext,
    chunks: impl IntoIterator<Item = &'a [u8]>,
) -> Replay {
    let mut pump = Pump::new(dialect, context, 16 << 20);
    let mut events = Vec::new();
    let run = || {
        for chunk in chunks {
            pump.push(chunk, &mut events)?;
        }
        pump.eof(&mut events)
    };
    let result = run();
    if result.is_err() {
        pump.abandon(&mut events);
    }
    Replay { events, result }
}

/// Replays a whole answer.
pub fn replay_whole(dialect: &'static dyn Dialect, context: DecodeContext, body: &[u8]) -> Replay {
    let mut events = Vec::new();
    let result = dialect.decode_whole(context, body, &mut events);
    Replay { events, result }
}

/// Law 3: the order law holds, and an answer read without error has ended.
pub fn assert_grammar(id: &str, replay: &Replay) {
    let mut grammar = Grammar::default();
    for event in &replay.events {
        grammar
            .accept(event)
            .unwrap_or_else(|breach| panic!("{id}: {breach}"));
    }
    assert_eq!(
        grammar.has_ended(),
        replay.result.is_ok(),
        "{id}: {:?}",
        replay.result
    );
}

/// Law 1: any partition of the bytes gives the same events. Tries single bytes and pseudo-random cuts.
pub fn assert_chunking(dialect: &'static dyn Dialect, exchange: &Exchange, expected: &Replay) {
    let bytes = exchange.response.body.as_bytes();
    if bytes.len() <= 64 << 10 {
        let replayed = replay(dialect, exchange.context(), bytes.chunks(1));
        assert_eq!(&replayed, expected, "{}: byte by byte", exchange.id);
    }
    let mut random = fastrand::Rng::with_seed(bytes.len() as u64);
    for _ in 0..4 {
        let mut rest = bytes;
        let mut chunks = Vec::new();
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(random.usize(1..=rest.len().min(700)));
            chunks.push(chunk);
            rest = after;
        }
        let replayed = replay(dialect, exchange.context(), chunks);
        assert_eq!(&replayed, expected, "{}: random cuts", exchange.id);
    }
}

/// Law 2: a proper prefix is truncated, or holds the whole answer and lacks only late usage.
/// Tries every prefix of a short body and a spread of them of a long one, the last 300 bytes always.
pub fn assert_truncation(dialect: &'static dyn Dialect, exchange: &Exchange, expected: &Replay) {
    if expected.result.is_err() {
        return;
    }
    let bytes = exchange.response.body.as_bytes();
    let whole = expected.answer();
    let step = (bytes.len() / 400).max(1);
    let ends = (0..bytes.len()).filter(|end| end % step == 0 || end + 300 > bytes.len());
    for end in ends {
        let cut = replay(dialect, exchange.context(), [&bytes[..end]]);
        assert_grammar(&exchange.id, &cut);
        match &cut.result {
            Err(DecodeError::Truncated) => {}
            Err(other) => panic!("{} cut at {end}: {other:?}", exchange.id),
            Ok(()) => {
                let answer = cut.answer();
                assert_eq!(
                    answer.message,
                    whole.message,
                    "{} cut at {end} of {}: silent success",
                    exchange.id,
                    bytes.len()
                );
                let reason = |answer: &Answer| answer.finish.as_ref().map(|finish| finish.reason);
                assert_eq!(reason(&answer), reason(&whole), "{} cut at {end}", exchange.id);
            }
        }
    }
}

/// What an answer says, flattened so that a second, naive reading of the same bytes can be compared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// Text parts, joined.
    pub text: String,
    /// Reasoning parts, joined.
    pub reasoning: String,
    /// Refusal parts, joined.
    pub refusal: String,
    /// Calls for the caller: name and arguments (as JSON values where they parse, so that spacing does not count).
    pub tool_calls: Vec<(String, Value)>,
    /// How many citations.
    pub citations: usize,
    /// How many media parts.
    pub media: usize,
    pub finish: Option<FinishReason>,
    pub raw_finish: Option<String>,
    /// Raw objects and estimates aside.
    pub usage: Usage,
}

pub fn arguments(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|_| Value::String(json.to_owned()))
}

pub fn reading(answer: &Answer) -> Reading {
    let mut reading = Reading {
        usage: answer.usage.clone(),
        ..Reading::default()
    };
    reading.usage.raw_json = None;
    reading.finish = answer.finish.as_ref().map(|finish| finish.reason);
    reading.raw_finish = answer.finish.as_ref().map(|finish| finish.raw_reason.clone());
    for part in &answer.message.content {
        reading.citations += part.citations.len();
        match &part.kind {
            PartKind::Text(text) => reading.text.push_str(text),
            PartKind::Refusal(text) => reading.refusal.push_str(text),
            PartKind::Reasoning(reasoning) => reading.reasoning.push_str(&reasoning.text),
            PartKind::ToolCall(call) if !call.provider_executed && !part.incomplete => {
                reading
                    .tool_calls
                    .push((call.name.clone(), arguments(&call.arguments_json)));
            }
            PartKind::Media(_) => reading.media += 1,
            PartKind::ToolCall(_) | PartKind::ToolResult(_) | PartKind::Opaque(_) => {}
        }
    }
    reading
}
