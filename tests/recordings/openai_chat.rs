//! Recordings of the `openai_chat` dialect.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    clippy::cast_possible_truncation,
    reason = "helpers of tests, which the lints do not recognise as such"
)]

use std::collections::{BTreeMap, HashMap};

use crux::domain::answer::FinishReason;
use crux::domain::call::ChatCall;
use crux::domain::content::{
    Media, MediaSource, Message, Opaque, Part, PartKind, ProviderState, ReasoningForm, Role, ToolCall,
    ToolResult,
};
use crux::domain::error::Reason;
use crux::domain::usage::{NanoUsd, Usage};
use crux::wire::dialect::{DecodeContext, DecodeError, Dialect, Mode, Target};
use crux::wire::openai_chat::OpenaiChat;
use crux::wire::openai_chat::quirks::Quirks;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::harness::{
    Exchange, Reading, arguments, assert_chunking, assert_grammar, assert_truncation, exchanges, reading,
    replay, replay_whole,
};

const APIS: [&str; 7] = [
    "openai.chat_completions",
    "deepseek.chat_completions",
    "openrouter.chat_completions",
    "xai.chat_completions",
    "ollama.openai_chat_completions",
    "gemini.openai_chat_completions",
    "anthropic.openai_chat_completions",
];

static COMMON: OpenaiChat = OpenaiChat {
    quirks: Quirks::COMMON,
};

/// The dialect as the provider speaks it; the plain one where it has no way of its own.
fn dialect_of(provider: &str) -> &'static dyn Dialect {
    let provider = crux::providers::ALL.iter().find(|known| known.id == provider);
    let own = provider.and_then(|provider| {
        provider
            .dialects
            .iter()
            .find(|(name, _)| *name == crux::providers::DialectName::OpenaiChat)
    });
    own.map_or(&COMMON, |(_, dialect)| *dialect)
}

/// Runs `check` on every exchange and prints how many of each api there were.
fn for_each(what: &str, mut check: impl FnMut(&Exchange) -> bool) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for api in APIS {
        for exchange in exchanges(&[api]) {
            if check(&exchange) {
                *counts.entry(api).or_default() += 1;
            }
        }
    }
    for (api, count) in counts {
        println!("{what} {count} {api}: 0 differences");
    }
}

fn is_ok(exchange: &Exchange) -> bool {
    exchange.response.status == 200
}

#[test]
fn any_chunking_gives_the_same_events() {
    for_each("rechunked", |exchange| {
        let dialect = dialect_of(&exchange.provider);
        if !is_ok(exchange) || !exchange.is_framed(dialect) {
            return false;
        }
        let whole = replay(dialect, exchange.context(), [exchange.response.body.as_bytes()]);
        assert_chunking(dialect, exchange, &whole);
        true
    });
}

#[test]
fn a_cut_answer_is_never_whole() {
    for_each("cut", |exchange| {
        let dialect = dialect_of(&exchange.provider);
        if !is_ok(exchange) {
            return false;
        }
        let bytes = exchange.response.body.as_bytes();
        if exchange.is_framed(dialect) {
            let whole = replay(dialect, exchange.context(), [bytes]);
            assert_truncation(dialect, exchange, &whole);
        } else {
            let end = exchange.response.body.trim_end().len();
            for at in (0..end).step_by((end / 200).max(1)) {
                let cut = replay_whole(dialect, exchange.context(), &bytes[..at]);
                assert!(cut.result.is_err(), "{} cut at {at}", exchange.id);
                assert_grammar(&exchange.id, &cut);
            }
        }
        true
    });
}

#[test]
fn answers_obey_the_order_law_and_read_as_a_naive_reader_reads_them() {
    for_each("replayed", |exchange| {
        if !is_ok(exchange) {
            return false;
        }
        let dialect = dialect_of(&exchange.provider);
        let bytes = exchange.response.body.as_bytes();
        let replayed = if exchange.is_framed(dialect) {
            replay(dialect, exchange.context(), [bytes])
        } else {
            replay_whole(dialect, exchange.context(), bytes)
        };
        assert_grammar(&exchange.id, &replayed);
        match naive(&exchange.response.body) {
            Ok(expected) => {
                assert_eq!(replayed.result, Ok(()), "{}", exchange.id);
                assert_eq!(reading(&replayed.answer()), expected, "{}", exchange.id);
            }
            Err(message) => match &replayed.result {
                Err(DecodeError::Provider(failure)) => assert_eq!(failure.message, message),
                other => panic!("{}: expected an error, got {other:?}", exchange.id),
            },
        }
        true
    });
}

/// Reads an answer in the plainest way; the message of its error, if it has one.
fn naive(body: &str) -> Result<Reading, String> {
    let chunks: Vec<Value> = if body.trim_start().starts_with('{') {
        vec![serde_json::from_str(body).unwrap()]
    } else {
        body.lines()
            .filter_map(|line| line.trim_end().strip_prefix("data:"))
            .map(str::trim)
            .filter(|data| *data != "[DONE]" && !data.is_empty())
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    };
    let mut reading = Reading::default();
    let mut calls: BTreeMap<u64, (String, String)> = BTreeMap::new();
    let mut words = (String::new(), String::new());
    let mut usage = Value::Null;
    let mut whole_calls = 0;
    for chunk in &chunks {
        if let Some(message) = chunk["error"]["message"].as_str() {
            return Err(message.to_owned());
        }
        if chunk["usage"].is_object() {
            usage = chunk["usage"].clone();
        }
        for choice in chunk["choices"].as_array().unwrap() {
            if choice["index"] != 0 {
                continue;
            }
            let is_whole = choice["message"].is_object();
            let delta = if is_whole {
                &choice["message"]
            } else {
                &choice["delta"]
            };
            reading.text += delta["content"].as_str().unwrap_or_default();
            reading.refusal += delta["refusal"].as_str().unwrap_or_default();
            let details = delta["reasoning_details"].as_array().cloned().unwrap_or_default();
            if details.is_empty() {
                let plain = delta["reasoning_content"]
                    .as_str()
                    .or(delta["reasoning"].as_str());
                reading.reasoning += plain.unwrap_or_default();
            }
            for detail in details {
                let text = detail["text"].as_str().or(detail["summary"].as_str());
                reading.reasoning += text.unwrap_or_default();
            }
            for annotation in delta["annotations"].as_array().into_iter().flatten() {
                reading.citations += usize::from(annotation["type"] == "url_citation");
            }
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                if call["type"] == "custom" {
                    continue;
                }
                let index = if is_whole {
                    whole_calls
                } else {
                    call["index"].as_u64().unwrap()
                };
                whole_calls += 1;
                let known = calls.entry(index).or_default();
                known.0 += call["function"]["name"].as_str().unwrap_or_default();
                known.1 += call["function"]["arguments"].as_str().unwrap_or_default();
            }
            if let Some(name) = delta["function_call"]["name"].as_str() {
                let arguments = delta["function_call"]["arguments"].as_str().unwrap();
                calls.insert(0, (name.to_owned(), arguments.to_owned()));
            }
            if let Some(word) = choice["finish_reason"].as_str() {
                word.clone_into(&mut words.0);
                let native = choice["native_finish_reason"].as_str().unwrap_or(word);
                native.clone_into(&mut words.1);
            }
        }
    }
    let is_cut = [&words.0, &words.1]
        .iter()
        .any(|word| ["length", "max_output_tokens"].contains(&word.as_str()));
    let mut calls: Vec<_> = calls.into_values().collect();
    if is_cut && calls.last().is_some_and(|(_, json)| arguments(json).is_string()) {
        calls.pop();
    }
    for (name, json) in calls {
        let json = if json.is_empty() { "{}" } else { &json };
        reading.tool_calls.push((name, arguments(json)));
    }
    reading.finish = Some(match words.0.as_str() {
        _ if is_cut => FinishReason::MaxTokens,
        "content_filter" => FinishReason::ContentFilter,
        _ if !reading.tool_calls.is_empty() => FinishReason::ToolCalls,
        _ if !reading.refusal.is_empty() => FinishReason::Refusal,
        "stop" | "tool_calls" => FinishReason::Stop,
        other => panic!("unexpected finish {other}"),
    });
    reading.raw_finish = Some(words.0);
    reading.usage = naive_usage(&usage);
    Ok(reading)
}

fn naive_usage(usage: &Value) -> Usage {
    let count = |value: &Value| value.as_u64().map(|count| u32::try_from(count).unwrap());
    let prompt = &usage["prompt_tokens_details"];
    let completion = &usage["completion_tokens_details"];
    let server = &usage["server_tool_use_details"];
    let input = count(&usage["prompt_tokens"]);
    let spent = count(&usage["completion_tokens"]);
    let total = count(&usage["total_tokens"]);
    let nano = |usd: f64| NanoUsd((usd * 1e9).round() as i64);
    Usage {
        input_tokens: input,
        output_tokens: match (input, spent, total) {
            (Some(input), Some(spent), Some(total)) if total > input + spent => Some(total - input),
            _ => spent,
        },
        cache_read_tokens: count(&prompt["cached_tokens"]).or(count(&usage["prompt_cache_hit_tokens"])),
        cache_write_tokens: count(&prompt["cache_write_tokens"]),
        reasoning_tokens: count(&completion["reasoning_tokens"]),
        input_image_tokens: count(&prompt["image_tokens"]),
        input_audio_tokens: count(&prompt["audio_tokens"]),
        output_image_tokens: count(&completion["image_tokens"]),
        output_audio_tokens: count(&completion["audio_tokens"]),
        provider_tool_calls: count(&server["tool_calls_executed"]).or(count(&server["web_search_requests"])),
        reported_cost: match (&usage["cost"], &usage["cost_in_usd_ticks"]) {
            (Value::Number(usd), _) => Some(nano(usd.as_f64().unwrap())),
            (_, Value::Number(ticks)) => Some(nano(ticks.as_f64().unwrap() / 1e10)),
            _ => None,
        },
        priced_cost: None,
        is_estimated: false,
        raw_json: None,
    }
}

/// Bodies too large for the index, unpacked in memory.
fn oversize() -> Vec<Exchange> {
    let Some(root) = std::env::var_os("CRUX_RECORDINGS").map(std::path::PathBuf::from) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for entry in std::fs::read_dir(root.join("annex/oversize")).unwrap() {
        let path = entry.unwrap().path();
        if !path.to_string_lossy().contains(".chat_completions.") {
            continue;
        }
        let unpacked = std::process::Command::new("gzip")
            .arg("-dc")
            .arg(&path)
            .output()
            .unwrap();
        all.push(serde_json::from_slice(&unpacked.stdout).unwrap());
    }
    all
}

#[test]
fn oversize_answers_read_as_a_naive_reader_reads_them() {
    let all = oversize();
    for exchange in &all {
        let dialect = dialect_of(&exchange.provider);
        let replayed = replay(dialect, exchange.context(), [exchange.response.body.as_bytes()]);
        assert_grammar(&exchange.id, &replayed);
        assert_eq!(replayed.result, Ok(()), "{}", exchange.id);
        let expected = naive(&exchange.response.body).unwrap();
        assert_eq!(reading(&replayed.answer()), expected, "{}", exchange.id);
    }
    println!("replayed {} oversize chat completions: 0 differences", all.len());
}

/// The reason a refusal stands for, by what its text holds: the first row that matches.
const REFUSALS: [(u16, &str, Reason); 27] = [
    (400, "prompt too long", Reason::ContextTooLong),
    (400, "does not support", Reason::Unsupported),
    (400, "unknown variant", Reason::Unsupported),
    (400, "unsupported_parameter", Reason::Unsupported),
    (
        400,
        "expected to be either text or image_url",
        Reason::Unsupported,
    ),
    (400, "supports at most 1 image", Reason::Unsupported),
    (400, "error while downloading", Reason::MediaUnreadable),
    (400, "is not a valid model id", Reason::ModelNotFound),
    (400, "invalid_function_parameters", Reason::ProviderRejected),
    (401, "", Reason::ProviderAuthFailed),
    (402, "insufficient balance", Reason::ProviderQuotaExhausted),
    (403, "spending limit", Reason::ProviderQuotaExhausted),
    (404, "model_not_found", Reason::ModelNotFound),
    (404, "model 'x' not found", Reason::ModelNotFound),
    (429, "insufficient_quota", Reason::ProviderQuotaExhausted),
    (429, "spending limit", Reason::ProviderQuotaExhausted),
    (429, "rate limit", Reason::ProviderRateLimited),
    (429, "rate-limited", Reason::ProviderRateLimited),
    (500, "", Reason::ProviderUnavailable),
    (502, "", Reason::ProviderUnavailable),
    (503, "", Reason::ProviderUnavailable),
    (529, "", Reason::ProviderUnavailable),
    // Not recorded; worded as the providers document them.
    (
        404,
        "no endpoints found that support image input",
        Reason::Unsupported,
    ),
    (403, "flagged", Reason::PromptBlocked),
    (400, "content exists risk", Reason::PromptBlocked),
    (400, "maximum context length", Reason::ContextTooLong),
    (400, "incorrect api key", Reason::ProviderAuthFailed),
];

fn expected_reason(status: u16, body: &str) -> Reason {
    let body = body.to_lowercase();
    let row = REFUSALS
        .iter()
        .find(|(code, needle, _)| *code == status && body.contains(needle));
    row.unwrap_or_else(|| panic!("no row for {status}: {body}")).2
}

#[test]
fn refusals_have_the_most_specific_reason() {
    for_each("classified", |exchange| {
        if is_ok(exchange) {
            return false;
        }
        let response = &exchange.response;
        let failure = dialect_of(&exchange.provider).classify(
            response.status,
            &exchange.headers(),
            response.body.as_bytes(),
        );
        let expected = expected_reason(response.status, &response.body);
        assert_eq!(failure.reason, expected, "{}: {failure:?}", exchange.id);
        assert!(!failure.message.is_empty(), "{}", exchange.id);
        true
    });
}

#[test]
fn quoted_errors_have_the_most_specific_reason() {
    let Some(root) = std::env::var_os("CRUX_RECORDINGS").map(std::path::PathBuf::from) else {
        eprintln!("SKIPPED: CRUX_RECORDINGS is not set");
        return;
    };
    let quoted: Value =
        serde_json::from_slice(&std::fs::read(root.join("annex/quoted_errors.json")).unwrap()).unwrap();
    let mut count = 0;
    for entry in quoted["entries"].as_array().unwrap() {
        let provider = entry["provider"].as_str().unwrap();
        let body = entry["body"].as_str().unwrap();
        let status = u16::try_from(entry["status"].as_u64().unwrap()).unwrap();
        let sent = match (entry["kind"].as_str().unwrap(), provider) {
            ("body", _) => body.to_owned(),
            ("message", "xai") => json!({"code": "error", "error": body}).to_string(),
            ("message", _) => json!({"error": {"message": body}}).to_string(),
            _ => continue,
        };
        let failure = dialect_of(provider).classify(status, &http::HeaderMap::new(), sent.as_bytes());
        assert_eq!(
            failure.reason,
            expected_reason(status, body),
            "{entry}: {failure:?}"
        );
        if body.contains("try again in 174ms") {
            assert_eq!(failure.retry_after, Some(std::time::Duration::from_millis(174)));
        }
        count += 1;
    }
    println!("classified {count} quoted errors: 0 differences");
}

#[test]
fn errors_of_any_shape_are_read() {
    let classify =
        |status: u16, body: &str| COMMON.classify(status, &http::HeaderMap::new(), body.as_bytes());
    for (status, body) in [
        (
            404,
            r#"{"error":{"message":"No endpoints found that support image input","code":404}}"#,
        ),
        (
            403,
            r#"{"error":{"code":403,"message":"Input was flagged","metadata":{"reasons":["violence"]}}}"#,
        ),
        (
            400,
            r#"{"error":{"message":"Content Exists Risk","type":"invalid_request_error"}}"#,
        ),
        (
            400,
            r#"{"object":"error","message":"This model's maximum context length is 8192 tokens","code":400}"#,
        ),
        (
            400,
            r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***ey"}"#,
        ),
        (502, "<html><head><title>502 Bad Gateway</title></head></html>"),
        (503, ""),
        (
            429,
            r#"[{"error":{"code":429,"message":"rate limit","status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"28s"}]}}]"#,
        ),
    ] {
        assert_eq!(
            classify(status, body).reason,
            expected_reason(status, body),
            "{body}"
        );
    }
    assert_eq!(
        classify(502, "<title>502 Bad Gateway</title>").message,
        "502 Bad Gateway"
    );
    let limited = classify(
        429,
        r#"[{"error":{"status":"RESOURCE_EXHAUSTED","details":[{"retryDelay":"28s"}]}}]"#,
    );
    assert_eq!(limited.retry_after, Some(std::time::Duration::from_secs(28)));
    assert_eq!(limited.code, "RESOURCE_EXHAUSTED");
    let long =
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.";
    let facts = [
        ("contextWindowTokens", "8192".to_owned()),
        ("inputTokens", "9000".to_owned()),
    ];
    let body = json!({"error": {"message": long}}).to_string();
    assert_eq!(classify(400, &body).metadata, facts);
}

/// Every string that stands under one of `keys`, anywhere in a value.
fn strings_under<'v>(value: &'v Value, keys: &[&str], found: &mut Vec<&'v str>) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                match value {
                    Value::String(text) if keys.contains(&key.as_str()) && !text.is_empty() => {
                        found.push(text);
                    }
                    other => strings_under(other, keys, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| strings_under(item, keys, found)),
        _ => {}
    }
}

fn chunks_of(body: &str) -> Vec<Value> {
    if body.trim_start().starts_with('{') {
        return vec![serde_json::from_str(body).unwrap()];
    }
    let data = body
        .lines()
        .filter_map(|line| line.trim_end().strip_prefix("data:"));
    data.filter_map(|data| serde_json::from_str(data).ok()).collect()
}

/// A conversation in which `answer` has been answered in turn: results for its calls, and a next question.
fn follow_up(answer: &Message) -> ChatCall {
    let result = |call: &ToolCall| {
        Part::new(PartKind::ToolResult(ToolResult {
            tool_call_id: call.id.clone(),
            name: String::new(),
            content: vec![Part::text("done")],
            is_error: false,
        }))
    };
    let results: Vec<Part> = answer
        .content
        .iter()
        .filter(|part| !part.incomplete)
        .filter_map(|part| match &part.kind {
            PartKind::ToolCall(call) => Some(result(call)),
            _ => None,
        })
        .collect();
    let mut messages = vec![message(Role::User, vec![Part::text("q")]), answer.clone()];
    if !results.is_empty() {
        messages.push(message(Role::Tool, results));
    }
    ChatCall {
        messages,
        ..ChatCall::default()
    }
}

fn message(role: Role, content: Vec<Part>) -> Message {
    Message {
        role,
        content,
        name: None,
    }
}

#[test]
fn what_came_out_goes_back_in_with_its_state() {
    let mut pieces = 0;
    for_each("sent back", |exchange| {
        if !is_ok(exchange) {
            return false;
        }
        let dialect = dialect_of(&exchange.provider);
        let bytes = exchange.response.body.as_bytes();
        let replayed = if exchange.is_framed(dialect) {
            replay(dialect, exchange.context(), [bytes])
        } else {
            replay_whole(dialect, exchange.context(), bytes)
        };
        if replayed.result.is_err() {
            return false;
        }
        let answer = replayed.answer().message;
        let target = Target {
            provider: &exchange.provider,
            model: "m",
        };
        let encoded = dialect.encode(&follow_up(&answer), target, Mode::Whole).unwrap();
        assert_eq!(encoded.warnings, [], "{}", exchange.id);
        let sent = &encoded.request.body["messages"][1];

        let mut wanted = Vec::new();
        let chunks = chunks_of(&exchange.response.body);
        for chunk in &chunks {
            for choice in chunk["choices"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|choice| choice["index"] == 0)
            {
                let delta = if choice["message"].is_object() {
                    &choice["message"]
                } else {
                    &choice["delta"]
                };
                strings_under(
                    &delta["reasoning_details"],
                    &["signature", "data", "id", "format"],
                    &mut wanted,
                );
                strings_under(delta, &["thought_signature"], &mut wanted);
                if !answer.content.iter().any(|part| part.incomplete) {
                    strings_under(&delta["tool_calls"], &["id", "name", "input"], &mut wanted);
                }
                for annotation in delta["annotations"].as_array().into_iter().flatten() {
                    if annotation["type"] == "file" {
                        strings_under(annotation, &["hash", "text"], &mut wanted);
                    }
                }
            }
        }
        let keys = [
            "signature",
            "data",
            "id",
            "format",
            "thought_signature",
            "name",
            "input",
            "hash",
            "text",
        ];
        let mut found = Vec::new();
        strings_under(sent, &keys, &mut found);
        for text in &wanted {
            assert!(found.contains(text), "{}: {text} is not in {sent}", exchange.id);
        }
        pieces += wanted.len();

        let read = reading(&replayed.answer());
        let sent_text = match &sent["content"] {
            Value::Null => "",
            text => text.as_str().unwrap(),
        };
        assert_eq!(sent_text, read.text, "{}", exchange.id);
        let in_tool_turn = sent["tool_calls"].is_array();
        let mut details = Vec::new();
        strings_under(&sent["reasoning_details"], &["text", "summary"], &mut details);
        let plain = sent["reasoning_content"].as_str().or(sent["reasoning"].as_str());
        if in_tool_turn || exchange.provider == "openrouter" {
            let sent_reasoning = details.concat() + plain.unwrap_or_default();
            assert_eq!(sent_reasoning, read.reasoning, "{}", exchange.id);
        } else {
            assert_eq!(plain, None, "{}", exchange.id);
        }
        true
    });
    println!("{pieces} pieces of provider state sent back byte for byte");
}

/// Turns a recorded message into the contract's; `None` for what the contract has no word for.
fn convert(dialect: &'static dyn Dialect, provider: &str, recorded: &Value) -> Option<Message> {
    let role = match recorded["role"].as_str()? {
        "system" | "developer" => Role::System,
        "user" => Role::User,
        "tool" => Role::Tool,
        "assistant" => {
            let body = json!({"choices": [{"message": recorded, "finish_reason": "stop"}]}).to_string();
            let context = DecodeContext {
                provider: provider.to_owned(),
                include_raw: false,
                ..DecodeContext::default()
            };
            let mut answer = replay_whole(dialect, context, body.as_bytes()).answer().message;
            answer.name = recorded["name"].as_str().map(str::to_owned);
            return Some(answer);
        }
        _ => return None,
    };
    if recorded.get("cache_control").is_some() || recorded.get("images").is_some() {
        return None;
    }
    let mut parts = match &recorded["content"] {
        // The contract has no empty text.
        Value::String(text) if text.is_empty() && role != Role::Tool => return None,
        Value::String(text) => vec![Part::text(text.clone())],
        Value::Array(blocks) => blocks
            .iter()
            .map(|block| convert_block(provider, block))
            .collect::<Option<_>>()?,
        _ => return None,
    };
    if role == Role::Tool {
        parts = vec![Part::new(PartKind::ToolResult(ToolResult {
            tool_call_id: recorded["tool_call_id"].as_str()?.to_owned(),
            name: String::new(),
            content: parts,
            is_error: false,
        }))];
    }
    let mut message = message(role, parts);
    message.name = recorded["name"].as_str().map(str::to_owned);
    Some(message)
}

fn convert_block(provider: &str, block: &Value) -> Option<Part> {
    use base64::Engine as _;
    let decode = |data: &str| base64::engine::general_purpose::STANDARD.decode(data).ok();
    let located = |url: &str, mime_type: &str| -> Option<Media> {
        let (mime_type, source) = match url.strip_prefix("data:") {
            Some(inline) => {
                let (mime_type, data) = inline.split_once(";base64,")?;
                (mime_type.to_owned(), MediaSource::Data(decode(data)?.into()))
            }
            None => (mime_type.to_owned(), MediaSource::Url(url.to_owned())),
        };
        Some(Media {
            mime_type,
            source,
            name: None,
            size_bytes: None,
        })
    };
    let mut part = match block["type"].as_str()? {
        "text" => Part::text(block["text"].as_str()?),
        "image_url" => Part::new(PartKind::Media(located(
            block["image_url"]["url"].as_str()?,
            "image/*",
        )?)),
        "video_url" => Part::new(PartKind::Media(located(
            block["video_url"]["url"].as_str()?,
            "video/*",
        )?)),
        "input_audio" => {
            let audio = &block["input_audio"];
            let mime_type = if audio["format"] == "wav" {
                "audio/wav"
            } else {
                "audio/mpeg"
            };
            Part::new(PartKind::Media(Media {
                mime_type: mime_type.to_owned(),
                source: MediaSource::Data(decode(audio["data"].as_str()?)?.into()),
                name: None,
                size_bytes: None,
            }))
        }
        "file" => Part::new(PartKind::Media(Media {
            name: block["file"]["filename"].as_str().map(str::to_owned),
            ..match block["file"]["file_id"].as_str() {
                None => located(block["file"]["file_data"].as_str()?, "application/pdf")?,
                Some(id) => Media {
                    mime_type: String::new(),
                    source: MediaSource::File {
                        provider: provider.to_owned(),
                        id: id.to_owned(),
                    },
                    name: None,
                    size_bytes: None,
                },
            }
        })),
        _ => return None,
    };
    if let Some(control) = block.get("cache_control") {
        part.cache_hint = Some(crux::domain::content::CacheHint {
            ttl: control["ttl"].as_str().map(|ttl| match ttl {
                "1h" => std::time::Duration::from_secs(3600),
                _ => std::time::Duration::from_secs(300),
            }),
        });
    }
    if let Some(detail) = block["image_url"].get("detail") {
        let options = json!({"detail": detail}).as_object().cloned()?;
        part.provider_options =
            crux::domain::options::ProviderOptions::new([(provider.to_owned(), options)].into());
    }
    Some(part)
}

/// A message in the one spelling that both sides are compared in.
fn normalised(recorded: &Value, sends_plain_reasoning: bool) -> Value {
    let mut message = recorded.as_object().unwrap().clone();
    if message["role"] == "developer" {
        message.insert("role".to_owned(), "system".into());
    }
    message.remove("annotations");
    message.retain(|key, value| !(value.is_null() || key == "reasoning_content" && *value == ""));
    if !sends_plain_reasoning || message.contains_key("reasoning_details") {
        message.remove("reasoning_content");
        message.remove("reasoning");
    }
    if let (Some(_), Some(_)) = (message.get("reasoning_content"), message.get("reasoning")) {
        // The same text twice: one of them is enough.
        message.remove("reasoning");
    }
    match message.get_mut("content") {
        Some(Value::String(text)) if text.is_empty() => _ = message.remove("content"),
        Some(Value::Array(blocks)) => {
            for block in blocks.iter_mut() {
                if let Some(Value::Object(file)) = block.get_mut("file") {
                    file.remove("filename");
                }
                if block["cache_control"]["ttl"] == "5m" {
                    block["cache_control"].as_object_mut().unwrap().remove("ttl");
                }
            }
            if let [block] = blocks.as_slice()
                && block["type"] == "text"
                && block.as_object().unwrap().len() == 2
            {
                let text = block["text"].clone();
                message.insert("content".to_owned(), text);
            } else if message["role"] == "assistant" {
                // One text came out of them: they go back as one.
                let texts = message["content"].as_array().unwrap().iter();
                let text: String = texts.map(|block| block["text"].as_str().unwrap()).collect();
                message.insert("content".to_owned(), text.into());
            }
        }
        _ => {}
    }
    for call in message
        .get_mut("tool_calls")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        let call = call.as_object_mut().unwrap();
        call.remove("index");
        call.remove("cache_control");
    }
    for detail in message
        .get_mut("reasoning_details")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        detail
            .as_object_mut()
            .unwrap()
            .retain(|_, value| !value.is_null());
    }
    let mut sorted: Vec<_> = message.into_iter().collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    Value::Object(sorted.into_iter().collect())
}

#[test]
fn recorded_histories_are_encoded_as_they_were_sent() {
    let mut compared: BTreeMap<String, usize> = BTreeMap::new();
    let mut skipped: BTreeMap<String, usize> = BTreeMap::new();
    for_each("re-encoded", |exchange| {
        let Some(recorded) = exchange.request.body["messages"].as_array() else {
            *skipped.entry("no request".to_owned()).or_default() += 1;
            return false;
        };
        let dialect = dialect_of(&exchange.provider);
        let target = Target {
            provider: &exchange.provider,
            model: "m",
        };
        let converted: Option<Vec<Message>> = recorded
            .iter()
            .map(|message| convert(dialect, &exchange.provider, message))
            .collect();
        let Some(messages) = converted else {
            *skipped.entry("no word for it".to_owned()).or_default() += 1;
            return false;
        };
        let call = ChatCall {
            messages,
            ..ChatCall::default()
        };
        let encoded = match dialect.encode(&call, target, Mode::Whole) {
            Ok(encoded) => encoded,
            Err(error) => {
                assert_ne!(exchange.response.status, 200, "{}: {error}", exchange.id);
                *skipped.entry("refused by both".to_owned()).or_default() += 1;
                return false;
            }
        };
        if encoded
            .warnings
            .iter()
            .any(|warning| warning.message.contains("follows in a user message"))
        {
            *skipped.entry("media of a result moved".to_owned()).or_default() += 1;
            return false;
        }
        let has_calls = recorded.iter().any(|message| message["tool_calls"].is_array());
        let replays = has_calls || exchange.provider == "openrouter";
        let sent = encoded.request.body["messages"].as_array().unwrap();
        let wanted: Vec<Value> = recorded
            .iter()
            .map(|message| normalised(message, replays))
            .collect();
        let sent: Vec<Value> = sent.iter().map(|message| normalised(message, replays)).collect();
        assert_eq!(sent, wanted, "{}", exchange.id);
        for feature in &exchange.features {
            *compared.entry(feature.clone()).or_default() += 1;
        }
        true
    });
    println!("not compared: {skipped:?}");
    println!("by feature: {compared:?}");
}

/// Bodies to be mutated: one of every kind the recordings hold, the small ones.
fn samples() -> Vec<Exchange> {
    let mut kinds: HashMap<String, Exchange> = HashMap::new();
    for exchange in exchanges(&APIS) {
        if exchange.response.body.len() < 16 << 10 {
            kinds
                .entry(exchange.features.join(",") + &exchange.api)
                .or_insert(exchange);
        }
    }
    kinds.into_values().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        survive(&bytes);
        survive(&[b"data: {\"choices\":[", bytes.as_slice(), b"\n\n"].concat());
    }
}

#[test]
fn mutated_answers_never_panic() {
    let mut random = fastrand::Rng::with_seed(7);
    let samples = samples();
    let mut mutations = 0;
    for exchange in &samples {
        for _ in 0..12 {
            let mut bytes = exchange.response.body.clone().into_bytes();
            for _ in 0..random.usize(1..8) {
                let at = random.usize(0..bytes.len().max(1));
                match random.u8(0..4) {
                    _ if bytes.is_empty() => {}
                    0 => bytes[at] ^= 1 << random.u8(0..8),
                    1 => _ = bytes.remove(at),
                    2 => bytes.insert(at, b"{}[]\",:0-n"[random.usize(0..10)]),
                    _ => {
                        let end = (at + random.usize(0..200)).min(bytes.len());
                        let copy = bytes[at..end].to_vec();
                        bytes.splice(at..at, copy);
                    }
                }
            }
            survive(&bytes);
            mutations += 1;
        }
    }
    println!("{mutations} mutated answers of {} kinds: no panic", samples.len());
}

fn survive(bytes: &[u8]) {
    let context = || DecodeContext {
        provider: "p".to_owned(),
        include_raw: true,
        ..DecodeContext::default()
    };
    let streamed = replay(&COMMON, context(), bytes.chunks(97));
    assert_grammar("mutated", &streamed);
    let whole = replay_whole(&COMMON, context(), bytes);
    assert_grammar("mutated", &whole);
    let _ = COMMON.classify(400, &http::HeaderMap::new(), bytes);
    let state = Part {
        provider_state: Some(ProviderState {
            provider: "p".to_owned(),
            data: bytes.to_vec().into(),
        }),
        ..Part::reasoning("r", ReasoningForm::Full)
    };
    let block = Part::new(PartKind::Opaque(Opaque {
        provider: "p".to_owned(),
        kind: "k".to_owned(),
        payload_json: String::from_utf8_lossy(bytes).into_owned(),
    }));
    let call = follow_up(&message(Role::Assistant, vec![state, block]));
    let target = Target {
        provider: "p",
        model: "m",
    };
    let _ = COMMON.encode(&call, target, Mode::Stream);
}
