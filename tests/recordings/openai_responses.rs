//! Recordings of the openai_responses dialect.

use std::collections::BTreeMap;

use crux::domain::answer::FinishReason;
use crux::domain::usage::{NanoUsd, Usage};
use crux::wire::dialect::{DecodeError, Dialect};
use crux::wire::openai_responses::OpenaiResponses;
use serde_json::Value;

use crate::harness::{
    Exchange, Reading, Replay, arguments, assert_chunking, assert_grammar, assert_truncation, exchanges,
    reading, replay, replay_whole,
};

static DIALECT: OpenaiResponses = OpenaiResponses::DEFAULT;

const APIS: [&str; 6] = [
    "openai.responses",
    "openai.responses.retrieve",
    "openai.responses.compact",
    "xai.responses",
    "deepseek.responses",
    "openrouter.responses",
];

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
        let framed = answers(api).into_iter().filter(|exchange| exchange.is_framed(dialect()));
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
                let step = (body.len() / 200).max(1);
                for end in (0..body.len()).step_by(step).chain([body.len() - 1]) {
                    let cut = replay_whole(dialect(), exchange.context(), &body[..end]);
                    assert!(cut.result.is_err(), "{} cut at {end}", exchange.id);
                    let pumped = replay(dialect(), exchange.context(), [&body[..end]]);
                    assert_eq!(pumped.result, Err(DecodeError::Truncated), "{} cut at {end}", exchange.id);
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

/// The same bytes read in the plainest way.
mod naive {
    use super::*;

    pub(super) fn events(body: &str) -> Vec<Value> {
        body.replace("\r\n", "\n")
            .split("\n\n")
            .filter_map(|block| block.lines().find_map(|line| line.strip_prefix("data:")))
            .filter(|data| data.trim() != "[DONE]")
            .map(|data| serde_json::from_str(data).unwrap())
            .collect()
    }

    /// The response with the items that were done in the stream as its output.
    pub(super) fn response(exchange: &Exchange) -> Value {
        if let Ok(whole) = serde_json::from_str::<Value>(&exchange.response.body) {
            return whole;
        }
        let mut items = Vec::new();
        for event in events(&exchange.response.body) {
            match event["type"].as_str().unwrap() {
                "response.output_item.done" => items.push(event["item"].clone()),
                "response.completed" | "response.incomplete" | "response.failed" => {
                    let mut response = event["response"].clone();
                    response["output"] = Value::Array(items);
                    return response;
                }
                _ => {}
            }
        }
        panic!("{} has no last word", exchange.id)
    }

    fn list(value: &Value) -> Vec<Value> {
        value.as_array().cloned().unwrap_or_default()
    }

    fn joined(value: &Value) -> String {
        let texts: Vec<String> = list(value)
            .iter()
            .map(|section| section["text"].as_str().unwrap().to_owned())
            .collect();
        texts.join("\n\n")
    }

    pub(super) fn read(exchange: &Exchange) -> Reading {
        let response = response(exchange);
        let mut reading = Reading::default();
        for item in list(&response["output"]) {
            match item["type"].as_str().unwrap() {
                "message" if item["role"] == "assistant" => {
                    for part in list(&item["content"]) {
                        reading.text += part["text"].as_str().unwrap_or_default();
                        reading.refusal += part["refusal"].as_str().unwrap_or_default();
                        reading.citations += list(&part["annotations"]).len();
                    }
                }
                "reasoning" => {
                    reading.reasoning += &joined(&item["summary"]);
                    reading.reasoning += &joined(&item["content"]);
                }
                "function_call" if item["status"] != "incomplete" => reading.tool_calls.push((
                    item["name"].as_str().unwrap().to_owned(),
                    arguments(item["arguments"].as_str().unwrap()),
                )),
                "image_generation_call" => reading.media += 1,
                _ => {}
            }
        }
        let status = response["status"].as_str().unwrap_or("completed");
        let why = response["incomplete_details"]["reason"].as_str();
        reading.raw_finish = Some(why.unwrap_or(status).to_owned());
        reading.finish = Some(match (why, &reading) {
            (Some("max_output_tokens"), _) => FinishReason::MaxTokens,
            (Some("content_filter"), _) => FinishReason::ContentFilter,
            (_, reading) if !reading.tool_calls.is_empty() => FinishReason::ToolCalls,
            (_, reading) if !reading.refusal.is_empty() => FinishReason::Refusal,
            _ => FinishReason::Stop,
        });
        reading.usage = usage(&response["usage"]);
        reading
    }

    fn usage(usage: &Value) -> Usage {
        let count = |value: &Value| value.as_u64().map(|count| u32::try_from(count).unwrap());
        let ticks = usage["cost_in_usd_ticks"].as_i64().map(|ticks| (ticks + 5) / 10);
        let dollars = usage["cost"].as_f64().map(|dollars| (dollars * 1e9).round() as i64);
        Usage {
            input_tokens: count(&usage["input_tokens"]),
            output_tokens: count(&usage["output_tokens"]),
            cache_read_tokens: count(&usage["input_tokens_details"]["cached_tokens"]),
            cache_write_tokens: count(&usage["input_tokens_details"]["cache_write_tokens"]),
            reasoning_tokens: count(&usage["output_tokens_details"]["reasoning_tokens"]),
            provider_tool_calls: count(&usage["num_server_side_tools_used"]),
            reported_cost: ticks.or(dollars).map(NanoUsd),
            ..Usage::default()
        }
    }
}
