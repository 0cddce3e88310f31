//! Recordings of the `gemini_generate` dialect.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test panics when it cannot go on, and says what it covered"
)]

mod history;
mod naive;
mod parameters;

use std::collections::BTreeMap;

use crux::domain::call::ChatCall;
use crux::domain::content::{Message, Part, Role};
use crux::domain::error::Reason;
use crux::wire::dialect::{DecodeError, Dialect, Mode, Target};
use crux::wire::gemini_generate::GeminiGenerate;
use serde_json::Value;

use crate::harness::{
    Exchange, Replay, assert_chunking, assert_grammar, assert_truncation, exchanges, reading, replay,
    replay_whole,
};

static DIALECT: GeminiGenerate = GeminiGenerate::V1BETA;

const APIS: [&str; 2] = ["gemini.generate_content", "gemini.stream_generate_content"];

/// Every recorded answer, the ones that are errors left out.
fn answers() -> Vec<Exchange> {
    let mut answers = exchanges(&APIS);
    answers.extend(oversize());
    answers.retain(|exchange| exchange.response.status == 200);
    answers
}

/// Answers too large for the index.
fn oversize() -> Vec<Exchange> {
    let Some(root) = std::env::var_os("CRUX_RECORDINGS").map(std::path::PathBuf::from) else {
        return Vec::new();
    };
    let Ok(entries) = std::fs::read_dir(root.join("annex/oversize")) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let ours = paths.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        APIS.iter().any(|api| name.starts_with(&format!("{api}.")))
    });
    ours.map(|path| {
        let unpacked = std::process::Command::new("gzip")
            .arg("-dc")
            .arg(path)
            .output()
            .unwrap();
        serde_json::from_slice(&unpacked.stdout).unwrap()
    })
    .collect()
}

fn replayed(exchange: &Exchange) -> Replay {
    let body = exchange.response.body.as_bytes();
    if exchange.is_framed(&DIALECT) {
        replay(&DIALECT, exchange.context(), [body])
    } else {
        replay_whole(&DIALECT, exchange.context(), body)
    }
}

fn print_counts(what: &str, counts: &BTreeMap<String, usize>) {
    for (api, count) in counts {
        println!("{what} {count} {api}: 0 differences");
    }
}

fn count(counts: &mut BTreeMap<String, usize>, exchange: &Exchange) {
    *counts.entry(exchange.api.clone()).or_default() += 1;
}

#[test]
fn answers_read_as_a_naive_reader_reads_them() {
    let mut counts = BTreeMap::new();
    for exchange in answers() {
        let replay = replayed(&exchange);

        assert_eq!(replay.result, Ok(()), "{}", exchange.id);
        assert_grammar(&exchange.id, &replay);
        let answer = replay.answer();
        let (expected, provider_parts) = naive::read(&exchange.response.body);
        assert_eq!(reading(&answer), expected, "{}", exchange.id);
        let parts = answer.message.content.iter();
        assert_eq!(
            parts.filter(|part| naive::is_provider_run(part)).count(),
            provider_parts,
            "{}: provider-run parts",
            exchange.id
        );
        assert_citations_fit(&exchange.id, &answer.message.content);
        count(&mut counts, &exchange);
    }
    print_counts("replayed", &counts);
}

fn assert_citations_fit(id: &str, parts: &[Part]) {
    use crux::domain::content::PartKind;
    for part in parts {
        let PartKind::Text(text) = &part.kind else {
            continue;
        };
        for citation in &part.citations {
            let range = citation.start_byte as usize..citation.end_byte as usize;
            assert!(
                text.get(range).is_some(),
                "{id}: {citation:?} in {} bytes",
                text.len()
            );
        }
    }
}

#[test]
fn any_chunking_gives_the_same_events() {
    let mut counts = BTreeMap::new();
    for exchange in answers() {
        let expected = replay(&DIALECT, exchange.context(), [exchange.response.body.as_bytes()]);
        assert_eq!(expected.events, replayed(&exchange).events, "{}", exchange.id);
        assert_chunking(&DIALECT, &exchange, &expected);
        if exchange.is_framed(&DIALECT) {
            // Without `alt=sse` the same chunks come as one list.
            let lines = exchange.response.body.lines();
            let chunks: Vec<&str> = lines.filter_map(|line| line.strip_prefix("data:")).collect();
            let list = format!("[{}]", chunks.join(","));
            let whole = replay_whole(&DIALECT, exchange.context(), list.as_bytes());
            assert_eq!(whole.answer(), expected.answer(), "{}: as a list", exchange.id);
        }
        count(&mut counts, &exchange);
    }
    print_counts("cut into chunks", &counts);
}

#[test]
fn a_cut_answer_is_never_whole() {
    let mut counts = BTreeMap::new();
    for exchange in answers()
        .iter()
        .filter(|exchange| exchange.response.body.len() < 256 << 10)
    {
        let expected = replay(&DIALECT, exchange.context(), [exchange.response.body.as_bytes()]);
        assert_truncation(&DIALECT, exchange, &expected);
        if !exchange.is_framed(&DIALECT) {
            let body = exchange.response.body.trim_end().as_bytes();
            for end in (0..body.len()).step_by((body.len() / 50).max(1)) {
                let cut = replay_whole(&DIALECT, exchange.context(), &body[..end]);
                assert!(cut.result.is_err(), "{} cut at {end}", exchange.id);
                assert_grammar(&exchange.id, &cut);
            }
        }
        count(&mut counts, exchange);
    }
    print_counts("truncated", &counts);
}

#[test]
fn refusals_get_the_most_specific_reason() {
    let mut counts = BTreeMap::new();
    let mut apis = APIS.to_vec();
    apis.push("gemini.count_tokens");
    for exchange in exchanges(&apis) {
        let status = exchange.response.status;
        if status == 200 {
            continue;
        }
        let body = exchange.response.body.as_str();
        let failure = DIALECT.classify(status, &exchange.headers(), body.as_bytes());

        assert_eq!(
            failure.reason,
            naive_reason(status, body),
            "{}: {body}",
            exchange.id
        );
        assert_eq!(failure.http_status, status);
        assert!(
            !failure.code.is_empty() && !failure.message.is_empty(),
            "{}",
            exchange.id
        );
        assert_eq!(
            failure.retry_after.is_some(),
            body.contains("retryDelay"),
            "{}",
            exchange.id
        );
        let in_band = replay_whole(&DIALECT, exchange.context(), body.as_bytes());
        let Err(DecodeError::Provider(said)) = in_band.result else {
            panic!("{}: {:?}", exchange.id, in_band.result);
        };
        assert_eq!(
            (said.reason, said.http_status),
            (failure.reason, 200),
            "{}",
            exchange.id
        );
        count(&mut counts, &exchange);
    }
    print_counts("classified", &counts);
    println!("classified {} quoted errors: 0 differences", quoted_errors());
}

fn quoted_errors() -> usize {
    let Some(root) = std::env::var_os("CRUX_RECORDINGS").map(std::path::PathBuf::from) else {
        return 0;
    };
    let text = std::fs::read(root.join("annex/quoted_errors.json")).unwrap();
    let quoted: Value = serde_json::from_slice(&text).unwrap();
    let entries = quoted["entries"].as_array().unwrap().iter();
    let ours = entries.filter(|entry| entry["provider"] == "gemini");
    ours.map(|entry| {
        let status = u16::try_from(entry["status"].as_u64().unwrap()).unwrap();
        let body = entry["body"].as_str().unwrap();
        let failure = DIALECT.classify(status, &http::HeaderMap::new(), body.as_bytes());
        assert_eq!(failure.reason, naive_reason(status, body), "{body}");
    })
    .count()
}

/// The table, by the plainest marks.
fn naive_reason(status: u16, body: &str) -> Reason {
    match status {
        400 if body.contains("API_KEY_INVALID") => Reason::ProviderAuthFailed,
        404 if body.contains("is not found for API version") => Reason::ModelNotFound,
        429 if body.contains("PerMinute") => Reason::ProviderRateLimited,
        503 => Reason::ProviderUnavailable,
        _ => panic!("no row for {status}: {body}"),
    }
}

#[test]
fn token_counts_are_read() {
    let mut read = 0;
    for exchange in exchanges(&["gemini.count_tokens"]) {
        if exchange.response.status != 200 {
            continue;
        }
        let said: Value = serde_json::from_str(&exchange.response.body).unwrap();
        let counted = DIALECT.decode_count(exchange.response.body.as_bytes()).unwrap();
        assert_eq!(
            u64::from(counted),
            said["totalTokens"].as_u64().unwrap(),
            "{}",
            exchange.id
        );
        read += 1;
    }
    println!("counted {read} gemini.count_tokens: 0 differences");
}

/// Law 7: what came out goes back in. Everything the model said stands in the next request in its order,
/// signatures byte for byte.
#[test]
fn an_answer_goes_back_as_it_came() {
    let mut counts = BTreeMap::new();
    let mut signatures = 0;
    for exchange in answers() {
        let answer = replayed(&exchange).answer();
        let expected = history::model_parts(&exchange.response.body);
        if expected.is_empty() {
            continue;
        }
        let call = ChatCall {
            messages: vec![
                Message {
                    role: Role::User,
                    content: vec![Part::text("go on")],
                    name: None,
                },
                answer.message,
            ],
            ..ChatCall::default()
        };
        let target = Target {
            provider: "gemini",
            // A model that adds nothing of its own to unsigned calls.
            model: "gemini-2.5-pro",
        };
        let encoded = DIALECT.encode(&call, target, Mode::Whole).unwrap();

        assert_eq!(encoded.warnings, [], "{}", exchange.id);
        let sent = &encoded.request.body["contents"][1];
        assert_eq!(sent["role"], "model");
        assert_eq!(sent["parts"], Value::Array(expected.clone()), "{}", exchange.id);
        signatures += expected
            .iter()
            .filter(|part| part.get("thoughtSignature").is_some())
            .count();
        count(&mut counts, &exchange);
    }
    print_counts("sent back", &counts);
    println!("signatures sent back byte for byte: {signatures}");
}

/// Recorded requests, read into messages and written again, say the same.
#[test]
fn recorded_histories_are_written_again_alike() {
    let mut counts = BTreeMap::new();
    let mut skipped = BTreeMap::<String, usize>::new();
    for exchange in exchanges(&APIS) {
        let messages = match history::messages(&exchange.request.body) {
            Ok(messages) => messages,
            Err(why) => {
                *skipped.entry(why).or_default() += 1;
                continue;
            }
        };
        let call = ChatCall {
            messages,
            ..ChatCall::default()
        };
        let target = Target {
            provider: "gemini",
            model: exchange.model.as_deref().unwrap_or_default(),
        };
        let encoded = DIALECT
            .encode(&call, target, Mode::Whole)
            .unwrap_or_else(|error| panic!("{}: {error}", exchange.id));

        let expected = history::normal(&exchange.request.body);
        let written = history::normal(&encoded.request.body);
        assert_eq!(written, expected, "{}", exchange.id);
        count(&mut counts, &exchange);
    }
    print_counts("histories written again:", &counts);
    for (why, count) in skipped {
        println!("histories left out, {why}: {count}");
    }
}

/// Recorded parameters and tools, read into the contract and written again, say the same.
#[test]
fn recorded_parameters_are_written_again_alike() {
    let mut counts = BTreeMap::new();
    for exchange in exchanges(&APIS) {
        if exchange.request.body.is_null() {
            continue;
        }
        let call = ChatCall {
            messages: vec![Message {
                role: Role::User,
                content: vec![Part::text("hi")],
                name: None,
            }],
            ..parameters::read(&exchange.request.body)
        };
        let target = Target {
            provider: "gemini",
            model: exchange.model.as_deref().unwrap_or_default(),
        };
        let encoded = DIALECT
            .encode(&call, target, Mode::Whole)
            .unwrap_or_else(|error| panic!("{}: {error}", exchange.id));

        assert_eq!(encoded.warnings, [], "{}", exchange.id);
        assert_eq!(
            parameters::comparable(&encoded.request.body),
            parameters::comparable(&exchange.request.body),
            "{}",
            exchange.id
        );
        count(&mut counts, &exchange);
    }
    print_counts("parameters written again:", &counts);
}

mod generated {
    use super::{DIALECT, answers, assert_grammar, replay, replay_whole};
    use crux::wire::dialect::{DecodeContext, Dialect as _};
    use proptest::prelude::*;

    fn context() -> DecodeContext {
        DecodeContext {
            provider: "gemini".to_owned(),
            include_raw: false,
            ..DecodeContext::default()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

        #[test]
        fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), cut in 0_usize..600) {
            let (first, second) = bytes.split_at(cut.min(bytes.len()));
            assert_grammar("random", &replay(&DIALECT, context(), [first, second]));
            assert_grammar("random, whole", &replay_whole(&DIALECT, context(), &bytes));
            classified(&bytes);
        }
    }

    fn classified(bytes: &[u8]) {
        for status in [400, 429, 500] {
            let _ = DIALECT.classify(status, &http::HeaderMap::new(), bytes);
        }
    }

    #[test]
    fn damaged_recordings_never_panic() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut damaged = 0;
        for exchange in answers()
            .iter()
            .filter(|exchange| exchange.response.body.len() < 64 << 10)
        {
            for _ in 0..12 {
                let mut bytes = exchange.response.body.clone().into_bytes();
                for _ in 0..random.usize(1..6) {
                    let at = random.usize(..bytes.len());
                    match random.u8(..4) {
                        0 => bytes[at] ^= 1 << random.u8(..8),
                        1 => drop(bytes.remove(at)),
                        2 => bytes.insert(at, bytes[at]),
                        _ => {
                            let end = (at + random.usize(1..40)).min(bytes.len());
                            bytes.drain(at..end);
                        }
                    }
                    if bytes.is_empty() {
                        break;
                    }
                }
                let framed = replay(&DIALECT, exchange.context(), bytes.chunks(97));
                assert_grammar(&exchange.id, &framed);
                assert_grammar(&exchange.id, &replay_whole(&DIALECT, exchange.context(), &bytes));
                classified(&bytes);
                damaged += 1;
            }
        }
        println!("replayed {damaged} damaged bodies: no panic");
    }
}
