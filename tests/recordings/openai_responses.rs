//! Recordings of the `openai_responses` dialect.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::cast_possible_truncation,
    reason = "all of this is test code; what a test cannot read fails it"
)]

mod history;
mod naive;

use crux::domain::answer::FinishReason;
use crux::domain::call::ChatCall;
use crux::domain::content::{Message, Part, Role};
use crux::domain::error::Reason;
use crux::domain::usage::{NanoUsd, Usage};
use crux::wire::dialect::{DecodeContext, DecodeError, Dialect, Mode, Target};
use crux::wire::openai_responses::{OpenaiResponses, models};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::{
    Exchange, Reading, Replay, arguments, assert_chunking, assert_grammar, assert_truncation, exchanges,
    reading, replay, replay_whole,
};

static DIALECT: OpenaiResponses = OpenaiResponses::DEFAULT;

/// For providers that take reasoning back as it comes.
static LOOSE: OpenaiResponses = OpenaiResponses {
    model: models::any,
    pairs_reasoning: false,
    ..OpenaiResponses::DEFAULT
};

const APIS: [&str; 6] = [
    "openai.responses",
    "openai.responses.retrieve",
    "openai.responses.compact",
    "xai.responses",
    "deepseek.responses",
    "openrouter.responses",
];

fn context(provider: &str) -> DecodeContext {
    DecodeContext {
        provider: provider.to_owned(),
        include_raw: false,
        ..DecodeContext::default()
    }
}

fn dialect() -> &'static dyn Dialect {
    &DIALECT
}

/// Exchanges that hold an answer: whole or streamed, and whether it ever ended.
fn answers(api: &str) -> Vec<Exchange> {
    exchanges(&[api])
        .into_iter()
        .filter(|exchange| exchange.response.status == 200)
        .collect()
}

fn read(exchange: &Exchange) -> Replay {
    let body = exchange.response.body.as_bytes();
    if exchange.is_framed(dialect()) {
        replay(dialect(), exchange.context(), [body])
    } else {
        replay_whole(dialect(), exchange.context(), body)
    }
}

/// A response that was still being made when it was asked for has no last word.
fn is_unfinished(exchange: &Exchange) -> bool {
    let body = &exchange.response.body;
    !exchange.is_framed(dialect())
        && matches!(
            serde_json::from_str::<Value>(body).unwrap()["status"].as_str(),
            Some("queued" | "in_progress")
        )
}

#[test]
fn any_chunking_gives_the_same_events() {
    for api in APIS {
        let framed = answers(api)
            .into_iter()
            .filter(|exchange| exchange.is_framed(dialect()));
        let mut count = 0;
        for exchange in framed {
            let expected = read(&exchange);
            assert_eq!(expected.result, Ok(()), "{}", exchange.id);
            assert_chunking(dialect(), &exchange, &expected);
            count += 1;
        }
        println!("chunked {count} streams of {api}");
    }
}

#[test]
fn every_cut_is_an_error() {
    for api in APIS {
        let mut count = 0;
        for exchange in answers(api) {
            let expected = read(&exchange);
            if exchange.is_framed(dialect()) {
                assert_truncation(dialect(), &exchange, &expected);
            } else {
                let body = exchange.response.body.trim_end().as_bytes();
                let step = (body.len() / 50).max(1);
                for end in (0..body.len()).step_by(step).chain([body.len() - 1]) {
                    let cut = replay_whole(dialect(), exchange.context(), &body[..end]);
                    assert!(cut.result.is_err(), "{} cut at {end}", exchange.id);
                    let pumped = replay(dialect(), exchange.context(), [&body[..end]]);
                    assert_eq!(
                        pumped.result,
                        Err(DecodeError::Truncated),
                        "{} cut at {end}",
                        exchange.id
                    );
                }
            }
            count += 1;
        }
        println!("cut {count} answers of {api}");
    }
}

#[test]
fn a_naive_reading_agrees() {
    for api in APIS {
        let (mut count, mut differences) = (0, Vec::new());
        for exchange in answers(api) {
            let replayed = read(&exchange);
            assert_grammar(&exchange.id, &replayed);
            if is_unfinished(&exchange) {
                assert_eq!(replayed.result, Err(DecodeError::Truncated), "{}", exchange.id);
                continue;
            }
            assert_eq!(replayed.result, Ok(()), "{}", exchange.id);
            let (ours, naive) = (reading(&replayed.answer()), naive::read(&exchange));
            if ours != naive {
                differences.push(format!("{}\n  ours  {ours:?}\n  naive {naive:?}", exchange.id));
            }
            count += 1;
        }
        println!("replayed {count} {api}: {} differences", differences.len());
        assert!(differences.is_empty(), "{}", differences.join("\n"));
    }
}

#[test]
fn refusals_have_the_most_specific_reason() {
    let mut count = 0;
    let refusals = APIS.iter().flat_map(|api| exchanges(&[api]));
    for exchange in refusals.filter(|exchange| exchange.response.status != 200) {
        let body = &exchange.response.body;
        let failure = DIALECT.classify(exchange.response.status, &exchange.headers(), body.as_bytes());
        assert_eq!(
            Some(failure.reason),
            expected_reason(body),
            "{}: {body}",
            exchange.id
        );
        assert!(
            !failure.message.is_empty() && !failure.code.is_empty(),
            "{}",
            exchange.id
        );
        count += 1;
    }
    println!("classified {count} refusals of {APIS:?}");
}

#[test]
fn quoted_errors_have_the_most_specific_reason() {
    let Some(root) = std::env::var_os("CRUX_RECORDINGS") else {
        eprintln!("SKIPPED: CRUX_RECORDINGS is not set, no quoted error was read");
        return;
    };
    let path = std::path::Path::new(&root).join("annex/quoted_errors.json");
    let quoted: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut count = 0;
    for entry in quoted["entries"].as_array().unwrap() {
        if !matches!(
            entry["provider"].as_str(),
            Some("openai" | "xai" | "deepseek" | "openrouter")
        ) {
            continue;
        }
        let body = entry["body"].as_str().unwrap();
        let status = u16::try_from(entry["status"].as_u64().unwrap()).unwrap();
        let failure = if entry["kind"] == "sse_data" {
            let frame = format!("data: {body}\n\n");
            let replayed = replay(dialect(), context("openai"), [frame.as_bytes()]);
            match replayed.result {
                Err(DecodeError::Provider(failure)) => *failure,
                other => panic!("{other:?}"),
            }
        } else {
            DIALECT.classify(status, &http::HeaderMap::new(), body.as_bytes())
        };
        assert_eq!(Some(failure.reason), expected_reason(body), "{entry}");
        count += 1;
    }
    println!("classified {count} quoted errors");
}

/// The reason a person reads in an error body.
fn expected_reason(body: &str) -> Option<Reason> {
    let table = [
        ("Incorrect API key", Reason::ProviderAuthFailed),
        ("does not exist", Reason::ModelNotFound),
        ("Model not found", Reason::ModelNotFound),
        ("exceeds the context window", Reason::ContextTooLong),
        ("exceeded your current quota", Reason::ProviderQuotaExhausted),
        ("used all available credits", Reason::ProviderQuotaExhausted),
        ("Insufficient Balance", Reason::ProviderQuotaExhausted),
        ("Rate limit reached", Reason::ProviderRateLimited),
        ("rate-limited upstream", Reason::ProviderRateLimited),
        ("Invalid file data", Reason::MediaUnreadable),
        ("is not supported with", Reason::Unsupported),
        ("supports at most 1 image", Reason::Unsupported),
        ("without its required following item", Reason::ProviderRejected),
        ("decimal_below_min_value", Reason::ProviderRejected),
        ("previous_response_not_found", Reason::ProviderRejected),
        ("An error occurred while processing", Reason::ProviderUnavailable),
    ];
    let found = table.iter().find(|(words, _)| body.contains(words));
    found.map(|(_, reason)| *reason)
}

fn message(role: Role, parts: Vec<Part>) -> Message {
    Message {
        role,
        content: parts,
        name: None,
    }
}

fn encoded_input(dialect: &dyn Dialect, provider: &str, messages: Vec<Message>) -> Vec<Value> {
    let call = ChatCall {
        messages,
        ..ChatCall::default()
    };
    let target = Target {
        provider,
        model: "gpt-5",
    };
    let encoded = dialect.encode(&call, target, Mode::Whole).unwrap();
    encoded.request.body["input"].as_array().unwrap().clone()
}

#[test]
fn what_came_out_goes_back_in() {
    for api in APIS {
        let (mut count, mut items, mut thoughts) = (0, 0, 0);
        for exchange in answers(api)
            .into_iter()
            .filter(|exchange| !is_unfinished(exchange))
        {
            let answer = read(&exchange).answer();
            let user = |text: &str| message(Role::User, vec![Part::text(text)]);
            let messages = vec![user("hi"), answer.message, user("go on")];

            let input = encoded_input(&LOOSE, &exchange.provider, messages.clone());

            let sent_back = &input[1..input.len() - 1];
            let expected = naive::replayable(&naive::response(&exchange));
            for (ours, theirs) in sent_back.iter().zip(&expected) {
                assert_eq!(ours, theirs, "{}", exchange.id);
            }
            assert_eq!(sent_back.len(), expected.len(), "{}", exchange.id);
            // Where reasoning leads to nothing, the stricter dialect may not send its id.
            let ends_in_thought = expected.last().is_some_and(|item| item["type"] == "reasoning");
            thoughts += usize::from(ends_in_thought);
            if !ends_in_thought {
                assert_eq!(
                    encoded_input(&DIALECT, &exchange.provider, messages),
                    input,
                    "{}",
                    exchange.id
                );
            }
            count += 1;
            items += expected.len();
        }
        println!("sent back {count} answers, {items} items of {api}; {thoughts} ended in thought");
    }
}

#[test]
fn recorded_requests_are_written_again() {
    for api in [
        "openai.responses",
        "xai.responses",
        "deepseek.responses",
        "openrouter.responses",
    ] {
        let (mut count, mut items, mut refused, mut left_out) = (0, 0, 0, 0);
        for exchange in exchanges(&[api]) {
            let Some(call) = history::call(&exchange) else {
                left_out += 1;
                continue;
            };
            let target = Target {
                provider: &exchange.provider,
                model: exchange.model.as_deref().unwrap_or("gpt-5"),
            };
            let encoded = match LOOSE.encode(&call, target, Mode::Whole) {
                Ok(encoded) => encoded,
                // The API refuses what we refuse.
                Err(error) => {
                    assert_eq!(exchange.response.status, 400, "{}: {error}", exchange.id);
                    refused += 1;
                    continue;
                }
            };

            let recorded = history::normal(&exchange.request.body);
            let ours = history::normal(&encoded.request.body);
            for key in history::COMPARED {
                assert_eq!(ours[key], recorded[key], "{} {key}", exchange.id);
            }
            count += 1;
            items += recorded["input"].as_array().unwrap().len();
        }
        println!(
            "wrote {count} requests of {api} again, {items} items; refused {refused} as the API did; \
             {left_out} were not recorded"
        );
    }
}

#[test]
fn counts_are_read() {
    let mut count = 0;
    for exchange in exchanges(&["openai.responses.input_tokens"]) {
        let body: Value = serde_json::from_str(&exchange.response.body).unwrap();
        let counted = DIALECT.decode_count(exchange.response.body.as_bytes()).unwrap();
        assert_eq!(
            Some(u64::from(counted)),
            body["input_tokens"].as_u64(),
            "{}",
            exchange.id
        );
        count += 1;
    }
    println!("read {count} openai.responses.input_tokens");
}

/// Bytes flipped, deleted and doubled: no panic, and whatever came out obeys the order law.
#[test]
fn damaged_answers_never_panic() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut count = 0;
    for api in APIS {
        for exchange in exchanges(&[api]) {
            let body = exchange.response.body.as_bytes();
            let body = &body[..body.len().min(32 << 10)];
            for _ in 0..6 {
                let mut damaged = body.to_vec();
                for _ in 0..random.usize(1..6) {
                    if damaged.is_empty() {
                        break;
                    }
                    let at = random.usize(..damaged.len());
                    match random.u8(..4) {
                        0 => damaged[at] = random.u8(..),
                        1 => drop(damaged.remove(at)),
                        2 => damaged.insert(at, damaged[at]),
                        _ => damaged[at] = *random.choice(b"\"{}[],:0n\n").unwrap(),
                    }
                }
                let streamed = replay(dialect(), exchange.context(), damaged.chunks(97));
                assert_grammar(&exchange.id, &streamed);
                let whole = replay_whole(dialect(), exchange.context(), &damaged);
                assert_grammar(&exchange.id, &whole);
                drop(DIALECT.classify(exchange.response.status, &exchange.headers(), &damaged));
                count += 1;
            }
        }
    }
    println!("read {count} damaged answers of {APIS:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        drop(replay(dialect(), context("x"), [bytes.as_slice()]));
        drop(replay_whole(dialect(), context("x"), &bytes));
        drop(DIALECT.classify(400, &http::HeaderMap::new(), &bytes));
        drop(DIALECT.decode_count(&bytes));
    }
}
