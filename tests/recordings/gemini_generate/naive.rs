//! A second reading of the same bytes, in the plainest way: whole values, looked up by name.

use crux::domain::answer::FinishReason;
use crux::domain::content::{Part, PartKind};
use crux::domain::usage::Usage;
use serde_json::Value;

use crate::harness::Reading;

/// The chunks of a body, whatever its form.
pub(super) fn chunks(body: &str) -> Vec<Value> {
    let body = body.trim();
    if body.starts_with('[') {
        return serde_json::from_str(body).unwrap();
    }
    if body.starts_with('{') {
        return vec![serde_json::from_str(body).unwrap()];
    }
    let lines = body.lines().filter_map(|line| line.strip_prefix("data:"));
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The parts of a body, in order.
pub(super) fn parts(body: &str) -> Vec<Value> {
    let chunks = chunks(body).into_iter();
    let parts = chunks.filter_map(|chunk| chunk["candidates"][0]["content"]["parts"].as_array().cloned());
    parts.flatten().collect()
}

/// Reads a body; beside the reading, how many parts are of tools the provider ran.
pub(super) fn read(body: &str) -> (Reading, usize) {
    let mut reading = Reading::default();
    let mut provider_parts = 0;
    let mut streamed: Option<(String, Value)> = None;
    for part in parts(body) {
        if let Some(text) = part["text"].as_str() {
            if part["thought"] == true {
                reading.reasoning += text;
            } else {
                reading.text += text;
            }
        }
        if let Some(call) = part["functionCall"].as_object() {
            if let Some(name) = call.get("name") {
                let args = call.get("args").cloned().unwrap_or_else(|| serde_json::json!({}));
                streamed = Some((name.as_str().unwrap().to_owned(), args));
            }
            for piece in call
                .get("partialArgs")
                .and_then(Value::as_array)
                .unwrap_or(&Vec::new())
            {
                let key = piece["jsonPath"]
                    .as_str()
                    .unwrap()
                    .strip_prefix("$.")
                    .unwrap()
                    .to_owned();
                let args = &mut streamed.as_mut().unwrap().1;
                let before = args[&key].as_str().unwrap_or_default().to_owned();
                args[&key] = (before + piece["stringValue"].as_str().unwrap()).into();
            }
            if call.get("willContinue") != Some(&Value::Bool(true)) {
                reading.tool_calls.extend(streamed.take());
            }
        }
        reading.media += usize::from(part.get("inlineData").is_some());
        let provider_run = [
            "executableCode",
            "codeExecutionResult",
            "toolCall",
            "toolResponse",
        ];
        provider_parts += provider_run
            .iter()
            .filter(|name| part.get(*name).is_some())
            .count();
    }
    let mut said = None;
    let mut has_grounding = false;
    let mut has_urls = false;
    for chunk in chunks(body) {
        let candidate = &chunk["candidates"][0];
        let grounding = &candidate["groundingMetadata"];
        has_grounding |= grounding
            .as_object()
            .is_some_and(|grounding| !grounding.is_empty());
        has_urls |= candidate["urlContextMetadata"].is_object();
        for support in grounding["groundingSupports"].as_array().unwrap_or(&Vec::new()) {
            reading.citations += support["groundingChunkIndices"].as_array().map_or(0, Vec::len);
        }
        let word = &candidate["finishReason"];
        if !word.is_null() {
            said = Some(word.as_str().map_or_else(|| word.to_string(), str::to_owned));
        }
        if chunk["usageMetadata"]["promptTokenCount"].is_number() {
            reading.usage = usage(&chunk["usageMetadata"]);
        }
    }
    let has_calls = !reading.tool_calls.is_empty();
    reading.finish = said.as_deref().map(|word| match word {
        "MAX_TOKENS" => FinishReason::MaxTokens,
        "SAFETY" => FinishReason::ContentFilter,
        "STOP" | "1" if has_calls => FinishReason::ToolCalls,
        "STOP" | "1" => FinishReason::Stop,
        other => panic!("no row for {other}"),
    });
    reading.raw_finish = said;
    (
        reading,
        provider_parts + usize::from(has_grounding) + usize::from(has_urls),
    )
}

/// A part that a tool of the provider made.
pub(super) fn is_provider_run(part: &Part) -> bool {
    match &part.kind {
        PartKind::ToolCall(call) => call.provider_executed,
        PartKind::ToolResult(_) | PartKind::Opaque(_) => true,
        PartKind::Text(_) | PartKind::Media(_) | PartKind::Reasoning(_) | PartKind::Refusal(_) => false,
    }
}

fn usage(said: &Value) -> Usage {
    let count = |name: &str| said[name].as_u64().map(|count| u32::try_from(count).unwrap());
    let sum = |a: &str, b: &str| match (count(a), count(b)) {
        (None, None) => None,
        (a, b) => Some(a.unwrap_or(0) + b.unwrap_or(0)),
    };
    let modality = |list: &str, word: &str, number: u64| {
        let list = said[list].as_array()?;
        let entry = list
            .iter()
            .find(|entry| entry["modality"] == word || entry["modality"] == number)?;
        entry["tokenCount"]
            .as_u64()
            .map(|count| u32::try_from(count).unwrap())
    };
    Usage {
        input_tokens: sum("promptTokenCount", "toolUsePromptTokenCount"),
        output_tokens: sum("candidatesTokenCount", "thoughtsTokenCount"),
        cache_read_tokens: count("cachedContentTokenCount"),
        reasoning_tokens: count("thoughtsTokenCount"),
        input_image_tokens: modality("promptTokensDetails", "IMAGE", 2),
        input_audio_tokens: modality("promptTokensDetails", "AUDIO", 4),
        output_image_tokens: modality("candidatesTokensDetails", "IMAGE", 2),
        output_audio_tokens: modality("candidatesTokensDetails", "AUDIO", 4),
        ..Usage::default()
    }
}
