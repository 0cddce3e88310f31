//! Ollama's native chat API.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use crux::domain::answer::FinishReason;
use crux::domain::call::{
    ChatCall, FunctionTool, JsonSchemaFormat, ReasoningConfig, ReasoningEffort, ResponseFormat, Sampling,
    Tool, ToolKind,
};
use crux::domain::content::{Message, Part, PartKind, ReasoningForm, Role, ToolCall, ToolResult};
use crux::domain::options::ProviderOptions;
use crux::wire::dialect::{DecodeContext, DecodeError, Dialect, Mode, Target};
use crux::wire::ollama_chat::OllamaChat;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::harness::{
    Exchange, Reading, assert_chunking, assert_grammar, assert_truncation, exchanges, reading, replay,
    replay_whole,
};

static DIALECT: OllamaChat = OllamaChat::DEFAULT;
const API: &str = "ollama.chat";

/// The recorded exchanges, those too large for the index included.
fn recorded() -> Vec<Exchange> {
    let mut all = exchanges(&[API]);
    if !all.is_empty() {
        all.extend(oversize());
    }
    all
}

fn oversize() -> Vec<Exchange> {
    let root = PathBuf::from(std::env::var_os("CRUX_RECORDINGS").unwrap());
    let entries = std::fs::read_dir(root.join("annex/oversize")).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with(&format!("{API}."))
        })
        .map(|path| {
            let unpacked = Command::new("gzip").arg("-dc").arg(&path).output().unwrap();
            assert!(unpacked.status.success(), "gzip -dc {}", path.display());
            serde_json::from_slice(&unpacked.stdout).unwrap()
        })
        .collect()
}

#[test]
fn every_answer_obeys_the_laws_and_says_what_a_naive_reading_finds() {
    let (mut streamed, mut whole) = (0, 0);
    for exchange in recorded() {
        let body = exchange.response.body.as_bytes();
        let read = replay(&DIALECT, exchange.context(), [body]);
        assert_eq!(read.result, Ok(()), "{}", exchange.id);
        assert_grammar(&exchange.id, &read);
        assert_chunking(&DIALECT, &exchange, &read);
        // Hundreds of prefixes of a megabyte take longer than they tell.
        if body.len() < 128 << 10 {
            assert_truncation(&DIALECT, &exchange, &read);
        }
        let at_once = replay_whole(&DIALECT, exchange.context(), body);
        assert_eq!(at_once, read, "{}: read whole", exchange.id);
        assert_eq!(reading(&read.answer()), naive(&exchange), "{}", exchange.id);
        *if exchange.stream {
            &mut streamed
        } else {
            &mut whole
        } += 1;
    }
    println!("replayed {streamed} streamed and {whole} whole {API}: 0 differences");
}

#[test]
fn a_cut_body_is_never_read_as_a_whole_answer() {
    let mut count = 0;
    for exchange in recorded().iter().filter(|exchange| !exchange.stream) {
        let body = exchange.response.body.trim_end().as_bytes();
        let step = (body.len() / 500).max(1);
        for end in (0..body.len())
            .step_by(step)
            .chain(body.len().saturating_sub(50)..body.len())
        {
            let read = replay_whole(&DIALECT, exchange.context(), &body[..end]);
            assert_eq!(
                read.result,
                Err(DecodeError::Truncated),
                "{} cut at {end}",
                exchange.id
            );
            assert_grammar(&exchange.id, &read);
        }
        count += 1;
    }
    println!("cut {count} whole {API} bodies: none was read as an answer");
}

/// The same bytes, read in the plainest way.
fn naive(exchange: &Exchange) -> Reading {
    let mut reading = Reading::default();
    for line in exchange
        .response
        .body
        .lines()
        .filter(|line| !line.trim().is_empty())
    {
        let chunk: Value = serde_json::from_str(line).unwrap();
        let message = &chunk["message"];
        reading.text += message["content"].as_str().unwrap_or("");
        reading.reasoning += message["thinking"].as_str().unwrap_or("");
        for call in message["tool_calls"].as_array().unwrap_or(&Vec::new()) {
            let name = call["function"]["name"].as_str().unwrap().to_owned();
            reading
                .tool_calls
                .push((name, call["function"]["arguments"].clone()));
        }
        reading.media += message["images"].as_array().map_or(0, Vec::len);
        if chunk["done"] == json!(true) {
            let count = |key: &str| chunk[key].as_u64().map(|count| u32::try_from(count).unwrap());
            reading.usage.input_tokens = count("prompt_eval_count");
            reading.usage.output_tokens = count("eval_count");
            reading.raw_finish = Some(chunk["done_reason"].as_str().unwrap_or("").to_owned());
        }
    }
    reading.finish = match reading.raw_finish.as_deref() {
        Some("length") => Some(FinishReason::MaxTokens),
        Some(_) if !reading.tool_calls.is_empty() => Some(FinishReason::ToolCalls),
        Some("stop") => Some(FinishReason::Stop),
        other => panic!("{}: {other:?}", exchange.id),
    };
    reading
}

#[test]
fn every_answer_goes_back_in_as_it_came_out() {
    let (mut count, mut thoughts, mut ids) = (0, 0, 0);
    for exchange in recorded() {
        let read = replay(&DIALECT, exchange.context(), [exchange.response.body.as_bytes()]);
        let said = reading(&read.answer());
        let answer = read.answer().message;
        let results = answer.content.iter().filter_map(|part| match &part.kind {
            PartKind::ToolCall(call) => Some(result(&call.id, "", "done")),
            _ => None,
        });
        let results: Vec<Part> = results.collect();
        let mut messages = vec![message(Role::User, vec![Part::text("go on")]), answer];
        if !results.is_empty() {
            messages.push(message(Role::Tool, results));
        }
        let call = ChatCall {
            messages,
            ..ChatCall::default()
        };
        let encoded = DIALECT
            .encode(&call, target(&exchange, "m"), Mode::Stream)
            .unwrap();

        assert!(
            encoded.warnings.is_empty(),
            "{}: {:?}",
            exchange.id,
            encoded.warnings
        );
        let sent = &encoded.request.body["messages"];
        assert_eq!(sent[1]["content"], json!(said.text), "{}", exchange.id);
        assert_eq!(
            sent[1]["thinking"].as_str().unwrap_or(""),
            said.reasoning,
            "{}",
            exchange.id
        );
        for (index, (name, arguments)) in said.tool_calls.iter().enumerate() {
            let function = &sent[1]["tool_calls"][index]["function"];
            assert_eq!(
                (&function["name"], &function["arguments"]),
                (&json!(name), arguments)
            );
            assert_eq!(sent[2 + index]["tool_name"], json!(name), "{}", exchange.id);
        }
        for (index, id) in recorded_ids(&exchange).iter().enumerate() {
            assert_eq!(
                sent[1]["tool_calls"][index].get("id"),
                id.as_ref(),
                "{}",
                exchange.id
            );
            assert_eq!(
                sent[2 + index].get("tool_call_id"),
                id.as_ref(),
                "{}",
                exchange.id
            );
            ids += usize::from(id.is_some());
        }
        count += 1;
        thoughts += usize::from(!said.reasoning.is_empty());
    }
    println!("sent back {count} {API} answers, {thoughts} with thinking, {ids} call ids: 0 differences");
}

fn recorded_ids(exchange: &Exchange) -> Vec<Option<Value>> {
    let lines = exchange
        .response
        .body
        .lines()
        .filter(|line| !line.trim().is_empty());
    let chunks = lines.map(|line| serde_json::from_str::<Value>(line).unwrap());
    chunks
        .flat_map(|chunk| {
            chunk["message"]["tool_calls"]
                .as_array()
                .cloned()
                .unwrap_or_default()
        })
        .map(|call| call.get("id").cloned())
        .collect()
}

#[test]
fn recorded_requests_are_encoded_as_they_were_sent() {
    let (mut count, mut history) = (0, 0);
    for exchange in recorded() {
        let recorded = &exchange.request.body;
        if recorded.is_null() {
            continue;
        }
        let model = recorded["model"].as_str().unwrap();
        let mode = if recorded["stream"] == json!(false) {
            Mode::Whole
        } else {
            Mode::Stream
        };
        let encoded = DIALECT
            .encode(&call_of(&exchange), target(&exchange, model), mode)
            .unwrap();

        assert_eq!(encoded.request.path, "/api/chat");
        assert_eq!(
            plain(encoded.request.body),
            plain(recorded.clone()),
            "{}",
            exchange.id
        );
        count += 1;
        history += usize::from(recorded["messages"].as_array().unwrap().len() > 2);
    }
    println!("encoded {count} recorded {API} requests, {history} with history: 0 differences");
}

/// A body without what a client of another make spells out and the API takes for granted.
fn plain(mut body: Value) -> Value {
    let object = body.as_object_mut().unwrap();
    object.entry("stream").or_insert(json!(true));
    if let Some(Value::Object(options)) = object.get_mut("options") {
        // Not an option of the API: sent there by mistake.
        options.remove("think");
        for number in options.values_mut() {
            *number = json!(number.as_f64());
        }
    }
    object.retain(|_, value| !matches!(value, Value::Null) && *value != json!("") && *value != json!({}));
    for message in object["messages"].as_array_mut().unwrap() {
        let message = message.as_object_mut().unwrap();
        message.remove("tool_call_id");
        if message.get("tool_calls") == Some(&json!([])) {
            message.remove("tool_calls");
        }
        for call in message
            .get_mut("tool_calls")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            let call = call.as_object_mut().unwrap();
            call.remove("type");
            call.remove("id");
        }
    }
    body
}

fn target<'a>(exchange: &'a Exchange, model: &'a str) -> Target<'a> {
    Target {
        provider: &exchange.provider,
        model,
    }
}

/// A recorded request in the contract's words.
fn call_of(exchange: &Exchange) -> ChatCall {
    let body = &exchange.request.body;
    let mut calls = Vec::new();
    let messages = body["messages"].as_array().unwrap();
    let messages = messages
        .iter()
        .map(|message| message_of(message, &mut calls))
        .collect();
    let tools = body["tools"].as_array().cloned().unwrap_or_default();
    let effort = body["think"].as_bool().map(|think| {
        if think {
            ReasoningEffort::Medium
        } else {
            ReasoningEffort::None
        }
    });
    let keep_alive = body["keep_alive"]
        .as_str()
        .map(|text| Map::from_iter([("keep_alive".to_owned(), json!(text))]));
    ChatCall {
        messages,
        tools: tools.iter().map(tool_of).collect(),
        reasoning: effort.map(|effort| ReasoningConfig {
            effort: Some(effort),
            ..ReasoningConfig::default()
        }),
        response_format: body["format"].as_object().map(|schema| {
            ResponseFormat::JsonSchema(JsonSchemaFormat {
                schema: Value::Object(schema.clone()),
                name: "response".to_owned(),
                description: String::new(),
                strict: None,
            })
        }),
        max_output_tokens: body["options"]["num_predict"]
            .as_u64()
            .map(|count| u32::try_from(count).unwrap()),
        sampling: Sampling {
            temperature: body["options"]["temperature"].as_f64(),
            ..Sampling::default()
        },
        provider_options: ProviderOptions::new(BTreeMap::from_iter(
            keep_alive.map(|options| (exchange.provider.clone(), options)),
        )),
        ..ChatCall::default()
    }
}

/// `calls` holds every call so far: its name, and whether it has its result.
fn message_of(message: &Value, calls: &mut Vec<(String, bool)>) -> Message {
    let mut parts = Vec::new();
    if let Some(thinking) = message["thinking"].as_str() {
        parts.push(Part::reasoning(thinking, ReasoningForm::Full));
    }
    let text = message["content"].as_str().unwrap_or_default();
    if message["role"] == json!("tool") {
        let name = message["tool_name"].as_str().unwrap();
        let place = calls
            .iter()
            .position(|(called, done)| called == name && !done)
            .unwrap();
        calls[place].1 = true;
        return self::message(Role::Tool, vec![result(&format!("call_{place}"), "", text)]);
    }
    if !text.is_empty() {
        parts.push(Part::text(text));
    }
    for call in message["tool_calls"].as_array().unwrap_or(&Vec::new()) {
        let name = call["function"]["name"].as_str().unwrap().to_owned();
        let id = format!("call_{}", calls.len());
        calls.push((name.clone(), false));
        parts.push(Part::new(PartKind::ToolCall(ToolCall {
            id,
            name,
            arguments_json: call["function"]["arguments"].to_string(),
            provider_executed: false,
        })));
    }
    let role = match message["role"].as_str().unwrap() {
        "system" => Role::System,
        "user" => Role::User,
        "assistant" => Role::Assistant,
        other => panic!("role {other}"),
    };
    self::message(role, parts)
}

fn tool_of(tool: &Value) -> Tool {
    let function = &tool["function"];
    Tool {
        kind: ToolKind::Function(FunctionTool {
            name: function["name"].as_str().unwrap().to_owned(),
            description: function["description"].as_str().unwrap_or_default().to_owned(),
            input_schema: Some(function["parameters"].clone()),
            strict: None,
        }),
        cache_hint: None,
    }
}

fn message(role: Role, content: Vec<Part>) -> Message {
    Message {
        role,
        content,
        name: None,
    }
}

fn result(id: &str, name: &str, text: &str) -> Part {
    Part::new(PartKind::ToolResult(ToolResult {
        tool_call_id: id.to_owned(),
        name: name.to_owned(),
        content: vec![Part::text(text)],
        is_error: false,
    }))
}

#[test]
fn no_recorded_refusal_is_left_unclassified() {
    let refusals = recorded()
        .iter()
        .filter(|exchange| exchange.response.status != 200)
        .count();

    // The unit tests read the refusals that Ollama's server is known to word; none was ever recorded.
    assert_eq!(refusals, 0, "a refusal was recorded: compare its reason here");
    println!("there are {refusals} recorded refusals of {API}");
}

#[test]
fn damaged_answers_never_panic() {
    let bodies: Vec<Vec<u8>> = exchanges(&[API])
        .into_iter()
        .map(|exchange| exchange.response.body.into_bytes())
        .filter(|body| body.len() < 8 << 10)
        .collect();
    if bodies.is_empty() {
        return;
    }
    let damage = prop::collection::vec((any::<prop::sample::Index>(), 0..3_u8, any::<u8>()), 1..6);
    let strategy = (0..bodies.len(), damage, any::<prop::sample::Index>());
    let config = ProptestConfig {
        cases: 3000,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |((body, damage, cut) in strategy)| {
        let mut bytes = bodies[body].clone();
        for (place, how, byte) in damage {
            let place = place.index(bytes.len());
            match how {
                0 => bytes[place] ^= byte,
                1 => drop(bytes.remove(place)),
                _ => bytes.insert(place, bytes[place]),
            }
        }
        let context = || DecodeContext { provider: "p".to_owned(), include_raw: true, ..DecodeContext::default() };
        let (head, tail) = bytes.split_at(cut.index(bytes.len()));
        let cut = replay(&DIALECT, context(), [head, tail]);
        assert_grammar("damaged", &cut);
        prop_assert_eq!(&cut, &replay(&DIALECT, context(), [bytes.as_slice()]));
        let whole = replay_whole(&DIALECT, context(), &bytes);
        assert_grammar("damaged whole", &whole);
    });
    println!("damaged {} {API} bodies 3000 times: 0 panics", bodies.len());
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let context = DecodeContext { provider: "p".to_owned(), ..DecodeContext::default() };
        assert_grammar("random", &replay(&DIALECT, context.clone(), [bytes.as_slice()]));
        assert_grammar("random", &replay_whole(&DIALECT, context, &bytes));
        DIALECT.classify(500, &http::HeaderMap::new(), &bytes);
    }
}
