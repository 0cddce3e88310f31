//! Recordings of the openai_chat dialect.

use std::collections::{BTreeMap, HashMap};

use crux::domain::answer::FinishReason;
use crux::domain::call::{ChatCall, Modality, ReasoningEffort};
use crux::domain::content::{
    Media, MediaSource, Message, Opaque, Part, PartKind, ProviderState, ReasoningForm, Role, ToolCall,
    ToolResult,
};
use crux::domain::error::Reason;
use crux::domain::usage::{NanoUsd, Usage};
use crux::wire::dialect::{DecodeContext, DecodeError, Dialect, Mode, Target};
use crux::wire::openai_chat::OpenaiChat;
use crux::wire::openai_chat::quirks::{
    AUDIO_FORMATS, EFFORT_WORDS, MediaIn, Quirks, ReasoningReplay, ReasoningRequest, WebSearch,
};
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

const LOW_TO_HIGH: &[(ReasoningEffort, &str)] = &[
    (ReasoningEffort::Low, "low"),
    (ReasoningEffort::Medium, "medium"),
    (ReasoningEffort::High, "high"),
];

static COMMON: OpenaiChat = OpenaiChat {
    quirks: Quirks::COMMON,
};

static OPENAI: OpenaiChat = OpenaiChat {
    quirks: Quirks {
        max_tokens: "max_completion_tokens",
        efforts: &[
            ("gpt-3*", &[]),
            ("gpt-4*", &[]),
            ("chatgpt*", &[]),
            ("gpt-5-chat*", &[]),
            ("gpt-5-pro*", &[(ReasoningEffort::High, "high")]),
            (
                "gpt-5.1*",
                &[
                    (ReasoningEffort::None, "none"),
                    (ReasoningEffort::Low, "low"),
                    (ReasoningEffort::Medium, "medium"),
                    (ReasoningEffort::High, "high"),
                ],
            ),
            (
                "gpt-5.*",
                &[
                    (ReasoningEffort::None, "none"),
                    (ReasoningEffort::Low, "low"),
                    (ReasoningEffort::Medium, "medium"),
                    (ReasoningEffort::High, "high"),
                    (ReasoningEffort::Max, "xhigh"),
                ],
            ),
            (
                "gpt-5*",
                &[
                    (ReasoningEffort::Minimal, "minimal"),
                    (ReasoningEffort::Low, "low"),
                    (ReasoningEffort::Medium, "medium"),
                    (ReasoningEffort::High, "high"),
                ],
            ),
            ("o1-mini*", &[]),
            ("o1-preview*", &[]),
            ("o*", LOW_TO_HIGH),
            ("*", EFFORT_WORDS),
        ],
        reasoning_shown: Some(ReasoningForm::Hidden),
        reasoning_replay: ReasoningReplay::Never,
        lacks: &[
            ("*", &["top_k"]),
            (
                "o*",
                &[
                    "temperature",
                    "top_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "top_logprobs",
                    "parallel_tool_calls",
                ],
            ),
            (
                "gpt-5",
                &[
                    "temperature",
                    "top_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "top_logprobs",
                    "stop_sequences",
                ],
            ),
            (
                "gpt-5-mini*",
                &[
                    "temperature",
                    "top_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "top_logprobs",
                    "stop_sequences",
                ],
            ),
            (
                "gpt-5-nano*",
                &[
                    "temperature",
                    "top_p",
                    "presence_penalty",
                    "frequency_penalty",
                    "top_logprobs",
                    "stop_sequences",
                ],
            ),
        ],
        web_search: WebSearch::Options,
        media: MediaIn {
            audio: &[
                ("audio/wav", "wav"),
                ("audio/x-wav", "wav"),
                ("audio/wave", "wav"),
                ("audio/mpeg", "mp3"),
                ("audio/mp3", "mp3"),
            ],
            video: false,
            file_urls: false,
            ..MediaIn::ALL
        },
        output: &[Modality::Text, Modality::Audio],
        allowed_tools: true,
        refusal: true,
        end_user: Some("safety_identifier"),
        ..Quirks::COMMON
    },
};

static OPENROUTER: OpenaiChat = OpenaiChat {
    quirks: Quirks {
        reasoning: ReasoningRequest::Object,
        reasoning_replay: ReasoningReplay::Always,
        reasoning_field: "reasoning",
        lacks: &[],
        web_search: WebSearch::Tool {
            kind: "openrouter:web_search",
            allowed: "allowed_domains",
            blocked: "excluded_domains",
            max_uses: "max_uses",
        },
        media: MediaIn {
            audio: AUDIO_FORMATS,
            ..MediaIn::ALL
        },
        tool_result_media: true,
        assistant_images: true,
        cache_control: true,
        refusal: true,
        ..Quirks::COMMON
    },
};

static DEEPSEEK: OpenaiChat = OpenaiChat {
    quirks: Quirks {
        reasoning: ReasoningRequest::Toggle,
        efforts: &[(
            "*",
            &[
                (ReasoningEffort::Low, "low"),
                (ReasoningEffort::High, "high"),
                (ReasoningEffort::Max, "max"),
            ],
        )],
        reasoning_shown: Some(ReasoningForm::Full),
        lacks: &[(
            "*",
            &[
                "top_k",
                "seed",
                "service_tier",
                "prompt_cache_key",
                "parallel_tool_calls",
            ],
        )],
        media: MediaIn::NONE,
        output: &[Modality::Text],
        json_schema: false,
        end_user: None,
        ..Quirks::COMMON
    },
};

static XAI: OpenaiChat = OpenaiChat {
    quirks: Quirks {
        efforts: &[
            (
                "grok-3-mini*",
                &[(ReasoningEffort::Low, "low"), (ReasoningEffort::High, "high")],
            ),
            ("grok-4.*", LOW_TO_HIGH),
            ("grok-2*", &[]),
            ("grok-3*", &[]),
            ("grok-4*", &[]),
            ("grok-code*", &[]),
            ("*", LOW_TO_HIGH),
        ],
        reasoning_shown: Some(ReasoningForm::Full),
        lacks: &[("*", &["top_k", "service_tier", "prompt_cache_key"])],
        media: MediaIn {
            images: true,
            ..MediaIn::NONE
        },
        output: &[Modality::Text],
        ..Quirks::COMMON
    },
};

fn dialect_of(provider: &str) -> &'static OpenaiChat {
    match provider {
        "openai" => &OPENAI,
        "openrouter" => &OPENROUTER,
        "deepseek" => &DEEPSEEK,
        "xai" => &XAI,
        _ => &COMMON,
    }
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
                words.0 = word.to_owned();
                words.1 = choice["native_finish_reason"].as_str().unwrap_or(word).to_owned();
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
        is_estimated: false,
        raw_json: None,
    }
}
