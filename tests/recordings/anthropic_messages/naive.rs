//! A second reading of the same bytes, in the plainest way: no code of the dialect, one JSON tree.

use crux::domain::answer::FinishReason;
use crux::domain::usage::{NanoUsd, Usage};
use serde_json::Value;

use super::super::harness::{Exchange, Reading, arguments};
use super::DIALECT;

/// The message of an answer as one JSON value; a stream is put together in the plainest way.
pub fn message(exchange: &Exchange) -> Value {
    if !exchange.is_framed(&DIALECT) {
        return serde_json::from_str(&exchange.response.body).unwrap();
    }
    let mut message = Value::Null;
    for line in exchange.response.body.lines() {
        let Some(data) = line.strip_prefix("data:") else {
            continue;
        };
        let Ok(event) = serde_json::from_str::<Value>(data) else {
            continue;
        };
        let index = event["index"].as_u64().unwrap_or(0) as usize;
        match event["type"].as_str().unwrap() {
            "message_start" => message = event["message"].clone(),
            "content_block_start" => {
                let blocks = message["content"].as_array_mut().unwrap();
                assert_eq!(blocks.len(), index);
                blocks.push(event["content_block"].clone());
            }
            "content_block_delta" => {
                let block = &mut message["content"][index];
                let delta = &event["delta"];
                let (from, to) = match delta["type"].as_str().unwrap() {
                    "text_delta" => ("text", "text"),
                    "thinking_delta" => ("thinking", "thinking"),
                    "signature_delta" => ("signature", "signature"),
                    "input_json_delta" => ("partial_json", "json"),
                    "compaction_delta" => ("content", "content"),
                    "citations_delta" => {
                        if !block["citations"].is_array() {
                            block["citations"] = Value::Array(Vec::new());
                        }
                        block["citations"]
                            .as_array_mut()
                            .unwrap()
                            .push(delta["citation"].clone());
                        continue;
                    }
                    other => panic!("{}: {other}", exchange.id),
                };
                let text = block[to].as_str().unwrap_or_default().to_owned();
                block[to] = (text + delta[from].as_str().unwrap_or_default()).into();
            }
            "content_block_stop" => {
                let block = &mut message["content"][index];
                if let Some(json) = block["json"].as_str().filter(|json| !json.is_empty()) {
                    block["input"] = arguments(json);
                }
            }
            "message_delta" => {
                for field in ["stop_reason", "stop_sequence", "container"] {
                    message[field] = event["delta"][field].clone();
                }
                for (name, value) in event["usage"].as_object().unwrap() {
                    if !value.is_null() {
                        message["usage"][name] = value.clone();
                    }
                }
            }
            // Two recordings go on with the answers to further requests.
            "message_stop" => break,
            "ping" => {}
            other => panic!("{}: {other}", exchange.id),
        }
    }
    message
}

pub fn naive(exchange: &Exchange) -> Reading {
    let message = message(exchange);
    let mut reading = Reading::default();
    let raw_finish = message["stop_reason"].as_str().unwrap();
    let blocks = message["content"].as_array().unwrap();
    for (position, block) in blocks.iter().enumerate() {
        reading.citations += block["citations"].as_array().map_or(0, Vec::len);
        match block["type"].as_str().unwrap() {
            "text" => reading.text += block["text"].as_str().unwrap(),
            "thinking" => reading.reasoning += block["thinking"].as_str().unwrap(),
            "tool_use" => {
                let is_last = position + 1 == blocks.len();
                let is_whole = block["input"].as_object().is_some_and(|input| !input.is_empty());
                if !(is_last && raw_finish == "max_tokens" && !is_whole) {
                    let name = block["name"].as_str().unwrap().to_owned();
                    reading.tool_calls.push((name, block["input"].clone()));
                }
            }
            _ => {}
        }
    }
    reading.finish = Some(match raw_finish {
        "max_tokens" => FinishReason::MaxTokens,
        _ if !reading.tool_calls.is_empty() => FinishReason::ToolCalls,
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "pause_turn" => FinishReason::Paused,
        "refusal" => FinishReason::Refusal,
        "model_context_window_exceeded" => FinishReason::ContextFull,
        other => panic!("{}: {other}", exchange.id),
    });
    reading.raw_finish = Some(raw_finish.to_owned());
    reading.usage = naive_usage(&message["usage"]);
    reading
}

fn naive_usage(usage: &Value) -> Usage {
    let count = |name: &str| usage[name].as_u64().map(|count| count as u32);
    let parts = [
        "input_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
    ];
    let searches = usage["server_tool_use"].as_object();
    Usage {
        input_tokens: Some(parts.iter().filter_map(|part| count(part)).sum()),
        output_tokens: count("output_tokens"),
        cache_read_tokens: count("cache_read_input_tokens"),
        cache_write_tokens: count("cache_creation_input_tokens"),
        reasoning_tokens: usage["output_tokens_details"]["thinking_tokens"]
            .as_u64()
            .map(|count| count as u32),
        provider_tool_calls: searches
            .map(|searches| searches.values().filter_map(Value::as_u64).sum::<u64>() as u32),
        reported_cost: usage["cost"]
            .as_f64()
            .map(|cost| NanoUsd((cost * 1e9).round() as i64)),
        ..Usage::default()
    }
}
