//! Recordings of the `anthropic_messages` dialect.

mod naive;
mod requests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use crux::domain::call::ChatCall;
use crux::domain::content::{Message, Part, Role};
use crux::domain::error::Reason;
use crux::wire::anthropic_messages::{ANTHROPIC_MESSAGES, AnthropicMessages};
use crux::wire::dialect::{DecodeContext, DecodeError, Dialect, Mode, Target};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::harness::{
    Exchange, Replay, assert_chunking, assert_grammar, assert_truncation, exchanges, reading, replay,
    replay_whole,
};
use naive::{message, naive};

const APIS: [&str; 2] = ["anthropic.messages", "openrouter.anthropic_messages"];

static DIALECT: AnthropicMessages = ANTHROPIC_MESSAGES;

/// Every recorded answer with status 200.
fn answers() -> Vec<Exchange> {
    let mut all = exchanges(&APIS);
    all.retain(|exchange| exchange.response.status == 200);
    all
}

fn replayed(exchange: &Exchange) -> Replay {
    let body = exchange.response.body.as_bytes();
    if exchange.is_framed(&DIALECT) {
        replay(&DIALECT, exchange.context(), [body])
    } else {
        replay_whole(&DIALECT, exchange.context(), body)
    }
}

fn report(law: &str, counts: &BTreeMap<String, usize>) {
    for (api, count) in counts {
        println!("{law}: {count} {api}: 0 differences");
    }
}

fn counted<'a>(counts: &mut BTreeMap<String, usize>, api: &'a str) -> &'a str {
    *counts.entry(api.to_owned()).or_default() += 1;
    api
}

#[test]
fn streams_keep_the_laws() {
    let mut counts = BTreeMap::new();
    for exchange in answers().iter().filter(|exchange| exchange.is_framed(&DIALECT)) {
        let expected = replayed(exchange);
        assert_eq!(expected.result, Ok(()), "{}", exchange.id);
        assert_grammar(&exchange.id, &expected);
        assert_chunking(&DIALECT, exchange, &expected);
        assert_truncation(&DIALECT, exchange, &expected);
        counted(&mut counts, &exchange.api);
    }
    report("chunked and cut", &counts);
}

#[test]
fn whole_answers_keep_the_laws() {
    let mut counts = BTreeMap::new();
    for exchange in answers().iter().filter(|exchange| !exchange.is_framed(&DIALECT)) {
        let body = exchange.response.body.as_bytes();
        let expected = replayed(exchange);
        assert_eq!(expected.result, Ok(()), "{}", exchange.id);
        assert_grammar(&exchange.id, &expected);
        let end = exchange.response.body.trim_end().len();
        for cut in (0..end).step_by((end / 50).max(1)).chain([end - 1]) {
            let replay = replay_whole(&DIALECT, exchange.context(), &body[..cut]);
            assert!(replay.result.is_err(), "{} cut at {cut}", exchange.id);
            assert_grammar(&exchange.id, &replay);
        }
        // A whole answer to a streaming call reads the same through the pump.
        let pumped = self::replay(&DIALECT, exchange.context(), [body]);
        assert_eq!(pumped.events, expected.events, "{}", exchange.id);
        counted(&mut counts, &exchange.api);
    }
    report("whole", &counts);
}

#[test]
fn a_naive_reading_says_the_same() {
    let mut counts = BTreeMap::new();
    for exchange in answers() {
        let answer = replayed(&exchange).answer();
        assert_eq!(reading(&answer), naive(&exchange), "{}", exchange.id);
        counted(&mut counts, &exchange.api);
    }
    report("read twice", &counts);
}

fn user(text: &str) -> Message {
    Message {
        role: Role::User,
        content: vec![Part::text(text)],
        name: None,
    }
}

fn encoded(call: &ChatCall, provider: &str, model: &str) -> Value {
    let target = Target { provider, model };
    let encoded = DIALECT.encode(call, target, Mode::Whole).unwrap();
    encoded.request.body
}

#[test]
fn answers_go_back_as_they_came() {
    let mut counts = BTreeMap::new();
    let mut kinds = BTreeMap::<String, usize>::new();
    for exchange in answers() {
        let answer = replayed(&exchange).answer();
        let call = ChatCall {
            messages: vec![user("hi"), answer.message.clone(), user("go on")],
            ..ChatCall::default()
        };
        let body = encoded(&call, &exchange.provider, "claude-opus-4-8");
        let raw = message(&exchange);
        let expected = as_history(&raw);
        for block in &expected {
            *kinds
                .entry(block["type"].as_str().unwrap().to_owned())
                .or_default() += 1;
        }
        if expected.is_empty() {
            assert_eq!(body["messages"].as_array().unwrap().len(), 1);
        } else {
            let sent = &body["messages"][1]["content"];
            assert_eq!(*sent, Value::Array(expected), "{}", exchange.id);
        }
        assert_eq!(
            body.get("container"),
            raw["container"].get("id"),
            "{}",
            exchange.id
        );
        // Another provider gets none of it.
        let foreign = encoded(&call, "elsewhere", "claude-opus-4-8").to_string();
        for state in ["signature", "encrypted", "redacted_thinking", "_tool_result\""] {
            assert!(
                !foreign.contains(&format!("\"{state}")),
                "{}: {state}",
                exchange.id
            );
        }
        counted(&mut counts, &exchange.api);
    }
    println!("blocks sent back: {kinds:?}");
    report("sent back", &counts);
}

/// What of an answer's blocks is sent as history: all but empty text and calls that were cut.
fn as_history(message: &Value) -> Vec<Value> {
    let mut blocks = message["content"].as_array().unwrap().clone();
    let is_cut = message["stop_reason"] == "max_tokens";
    if is_cut
        && blocks
            .last()
            .is_some_and(|block| block["type"] == "tool_use" && block["input"] == json!({}))
    {
        blocks.pop();
    }
    blocks.retain(|block| !(block["type"] == "text" && block["text"] == ""));
    for block in &mut blocks {
        let fields = block.as_object_mut().unwrap();
        fields.remove("json");
        if fields
            .get("citations")
            .is_some_and(|list| list.as_array().is_none_or(Vec::is_empty))
        {
            fields.remove("citations");
        }
    }
    blocks
}

#[test]
fn refusals_are_told_apart() {
    let mut counts = BTreeMap::new();
    let mut all = exchanges(&[APIS[0], APIS[1], "anthropic.count_tokens"]);
    all.retain(|exchange| exchange.response.status != 200);
    for exchange in &all {
        let Exchange { id, response, .. } = exchange;
        let failure = DIALECT.classify(response.status, &exchange.headers(), response.body.as_bytes());
        let body: Value = serde_json::from_str(&response.body).unwrap();
        assert_eq!(
            failure.reason,
            naive_reason(response.status, &response.body),
            "{id}: {}",
            response.body
        );
        assert_eq!(failure.code, body["error"]["type"].as_str().unwrap(), "{id}");
        assert_eq!(failure.http_status, response.status, "{id}");
        let message = body["error"]["message"].as_str().unwrap();
        assert_eq!(failure.message.get(..20), message.get(..20), "{id}");
        if let Some(request_id) = body["request_id"].as_str() {
            assert!(failure.request_id.starts_with("req_"), "{id}: {request_id}");
        }
        println!("{:?} {} {message}", failure.reason, response.status);
        counted(&mut counts, &exchange.api);
    }
    report("refusals", &counts);
}

fn naive_reason(status: u16, body: &str) -> Reason {
    match status {
        401 => Reason::ProviderAuthFailed,
        404 if body.contains("model: ") => Reason::ModelNotFound,
        429 => Reason::ProviderRateLimited,
        400 if body.contains("not support") => Reason::Unsupported,
        400 => Reason::ProviderRejected,
        other => panic!("{other}: {body}"),
    }
}

#[test]
fn quoted_errors_are_told_apart() {
    let Some(root) = std::env::var_os("CRUX_RECORDINGS").map(PathBuf::from) else {
        return eprintln!("SKIPPED: CRUX_RECORDINGS is not set, no quoted error was read");
    };
    let text = std::fs::read_to_string(root.join("annex/quoted_errors.json")).unwrap();
    let quoted: Value = serde_json::from_str(&text).unwrap();
    let mut read = 0;
    for entry in quoted["entries"].as_array().unwrap() {
        if entry["provider"] != "anthropic" {
            continue;
        }
        let body = entry["body"].as_str().unwrap();
        let status = entry["status"].as_u64().unwrap() as u16;
        match entry["kind"].as_str().unwrap() {
            "sse_data" => {
                let stream = format!("event: error\ndata: {body}\n\n");
                let replay = replay(&DIALECT, context(), [stream.as_bytes()]);
                let Err(DecodeError::Provider(failure)) = replay.result else {
                    panic!("{:?}", replay.result)
                };
                assert_eq!(failure.reason, Reason::ProviderUnavailable);
                assert_eq!(failure.code, "overloaded_error");
            }
            "message" => {
                let body = json!({"type": "error", "error": {"type": "rate_limit_error", "message": body}});
                let failure = DIALECT.classify(status, &http::HeaderMap::new(), body.to_string().as_bytes());
                assert_eq!(failure.reason, Reason::ProviderRateLimited);
            }
            _ => {
                let headers = entry["headers"].as_object().unwrap().iter();
                let headers = headers
                    .map(|(name, value)| (name.parse().unwrap(), value.as_str().unwrap().parse().unwrap()))
                    .collect();
                let failure = DIALECT.classify(status, &headers, body.as_bytes());
                assert_eq!(failure.reason, Reason::ProviderUnavailable);
                assert!(failure.request_id.starts_with("req_"));
            }
        }
        read += 1;
    }
    println!("quoted errors: {read}");
    assert!(read > 0);
}

fn context() -> DecodeContext {
    DecodeContext {
        provider: "p".to_owned(),
        include_raw: true,
        ..DecodeContext::default()
    }
}

#[test]
fn token_counts_are_read() {
    let mut counts = BTreeMap::new();
    for exchange in exchanges(&["anthropic.count_tokens"]) {
        let count = DIALECT.decode_count(exchange.response.body.as_bytes());
        let body: Value = serde_json::from_str(&exchange.response.body).unwrap();
        match body["input_tokens"].as_u64() {
            Some(tokens) => assert_eq!(count, Ok(tokens as u32), "{}", exchange.id),
            None => assert!(matches!(count, Err(DecodeError::Provider(_))), "{}", exchange.id),
        }
        counted(&mut counts, &exchange.api);
    }
    report("counted", &counts);
}

/// Bodies to break: a spread of the recorded ones, short enough to be broken often.
fn bodies() -> Vec<Vec<u8>> {
    let mut all = exchanges(&APIS);
    all.retain(|exchange| exchange.response.body.len() < 8 << 10);
    all.into_iter()
        .step_by(7)
        .map(|exchange| exchange.response.body.into_bytes())
        .collect()
}

/// Reads bytes in every way there is; whatever comes of it obeys the order law.
fn read_every_way(bytes: &[u8], cut: usize) {
    let (head, tail) = bytes.split_at(cut.min(bytes.len()));
    assert_grammar("streamed", &replay(&DIALECT, context(), [head, tail]));
    assert_grammar("whole", &replay_whole(&DIALECT, context(), bytes));
    let _ = DIALECT.decode_count(bytes);
    let _ = DIALECT.classify(400, &http::HeaderMap::new(), bytes);
}

#[test]
fn broken_bodies_never_panic() {
    let bodies = bodies();
    if bodies.is_empty() {
        return;
    }
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0..4_u8, any::<u8>()), 1..6);
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(600)
    };
    proptest!(config, |(body in prop::sample::select(bodies), edits in edits, cut in 0..8192_usize)| {
        let mut body = body;
        for (place, edit, byte) in edits {
            if body.is_empty() {
                break;
            }
            let at = place.index(body.len());
            match edit {
                0 => body[at] = byte,
                1 => drop(body.drain(at..(at + 1 + usize::from(byte)).min(body.len()))),
                2 => body.insert(at, byte),
                _ => {
                    let copied = body[at..(at + usize::from(byte)).min(body.len())].to_vec();
                    body.splice(at..at, copied);
                }
            }
        }
        read_every_way(&body, cut);
    });
}

#[test]
fn events_in_any_order_never_panic() {
    let events = [
        r#"{"type":"message_start","message":{"id":"m","model":"claude-opus-4-8","content":[{"type":"text","text":"a"}],"usage":{"input_tokens":1.0}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":"","signature":null}}"#,
        r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{"a":1}}}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"server_tool_use","id":"s","name":"web_search","input":{}}}"#,
        r#"{"type":"content_block_start","index":2,"content_block":{"type":"made_up","list":[1],"text":"x"}}"#,
        r#"{"type":"content_block_start","index":3,"content_block":{"type":"web_search_tool_result","tool_use_id":"s","content":[]}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"é"}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"thinking_delta","thinking":"hm"}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"signature_delta","signature":"c2ln"}}"#,
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"a\":"}}"#,
        r#"{"type":"content_block_delta","index":2,"delta":{"type":"made_up_delta","text":"y","list":[2]}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta","citation":{"type":"page_location","document_index":0,"start_page_number":2,"end_page_number":3}}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        r#"{"type":"content_block_stop","index":1}"#,
        r#"{"type":"content_block_stop","index":2}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens","container":{"id":"c"}},"usage":{"output_tokens":3}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":null}"#,
        r#"{"type":"message_stop"}"#,
        r#"{"type":"made_up","delta":"odd","index":"odd"}"#,
    ];
    let order = prop::collection::vec(prop::sample::select(events.to_vec()), 0..24);
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(2000)
    };
    proptest!(config, |(order in order, cut in 0..4096_usize)| {
        let frames: Vec<_> = order.iter().map(|data| format!("event: x\ndata: {data}\n\n")).collect();
        let stream = frames.concat();
        read_every_way(stream.as_bytes(), cut);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..512), cut in 0..512_usize) {
        read_every_way(&bytes, cut);
    }
}
