//! The same bytes read in the plainest way.

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
            "response.output_item.done" => {
                items.push((event["output_index"].as_u64(), event["item"].clone()));
            }
            "response.completed" | "response.incomplete" | "response.failed" => {
                let mut response = event["response"].clone();
                items.sort_by_key(|(index, _)| *index);
                response["output"] = items.into_iter().map(|(_, item)| item).collect();
                return response;
            }
            _ => {}
        }
    }
    panic!("{} has no last word", exchange.id)
}

/// The output as it must go back: cut calls and log probabilities are not wanted.
pub(super) fn replayable(response: &Value) -> Vec<Value> {
    let mut items = list(&response["output"]);
    items.retain(|item| item["type"] != "function_call" || item["status"] != "incomplete");
    for item in &mut items {
        for part in item
            .get_mut("content")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            part.as_object_mut().unwrap().remove("logprobs");
        }
    }
    items
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
    let dollars = usage["cost"]
        .as_f64()
        .map(|dollars| (dollars * 1e9).round() as i64);
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
