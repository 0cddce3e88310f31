//! The model lists, and the other things that are only read.

use serde_json::{Value, json};

use super::errors::Problem;
use super::faults::Lie;
use super::gemini;
use super::provider::Provider;
use super::reply::{Content, Reply, Request};

/// When every listed model was made, in seconds since 1970.
const CREATED: u64 = 1_760_000_000;

const OPENAI: [&str; 5] = ["gpt-5", "gpt-5-mini", "gpt-4.1", "gpt-4o", "gpt-4o-mini"];
const ANTHROPIC: [(&str, &str); 3] = [
    ("claude-opus-4-1", "Claude Opus 4.1"),
    ("claude-sonnet-4-5", "Claude Sonnet 4.5"),
    ("claude-haiku-4-5", "Claude Haiku 4.5"),
];
const GEMINI: [(&str, &str); 4] = [
    ("gemini-3-pro-preview", "Gemini 3 Pro Preview"),
    ("gemini-2.5-pro", "Gemini 2.5 Pro"),
    ("gemini-2.5-flash", "Gemini 2.5 Flash"),
    ("gemini-2.5-flash-lite", "Gemini 2.5 Flash-Lite"),
];
const OLLAMA: [&str; 3] = ["llama3.2:latest", "qwen3:4b", "gpt-oss:20b"];
const OPENROUTER: [(&str, &str); 4] = [
    ("openai/gpt-5-mini", "OpenAI: GPT-5 Mini"),
    ("anthropic/claude-sonnet-4.5", "Anthropic: Claude Sonnet 4.5"),
    ("google/gemini-2.5-flash", "Google: Gemini 2.5 Flash"),
    ("deepseek/deepseek-chat", "DeepSeek: DeepSeek V3"),
];
const DEEPSEEK: [&str; 2] = ["deepseek-chat", "deepseek-reasoner"];
const XAI: [&str; 3] = ["grok-4", "grok-4-fast-reasoning", "grok-3-mini"];

/// Answers a GET request to a provider.
pub(super) fn answer(request: &Request) -> Result<Reply, Problem> {
    let mut reply = honest(request)?;
    if let (Some(lie), Content::Whole(bytes)) = (request.plan.list, &mut reply.content)
        && let Ok(mut list) = serde_json::from_slice::<Value>(bytes)
    {
        twist(&mut list, lie);
        *bytes = list.to_string().into();
    }
    Ok(reply)
}

/// Makes a list untrue.
fn twist(list: &mut Value, lie: Lie) {
    let rows = list
        .as_object_mut()
        .and_then(|list| {
            list.iter_mut()
                .find(|(name, _)| matches!(name.as_str(), "data" | "models"))
        })
        .and_then(|(_, rows)| rows.as_array_mut());
    let Some(rows) = rows else { return };
    let first = rows.first().cloned().unwrap_or_default();
    match lie {
        Lie::Types => rows.push(7.into()),
        Lie::Twice => rows.push(first),
        Lie::Empty => rows.clear(),
        Lie::Rows(count) => {
            let row = |number: usize| {
                let mut row = first.clone();
                for name in ["id", "name", "model"] {
                    if let Some(id) = row.get_mut(name) {
                        *id = format!("model-{number}").into();
                    }
                }
                row
            };
            *rows = (0..count).map(row).collect();
        }
    }
}

fn honest(request: &Request) -> Result<Reply, Problem> {
    let path = request.path.as_str();
    match request.provider {
        Provider::OpenAi => list_or_one(request, &OPENAI, "system"),
        Provider::DeepSeek => list_or_one(request, &DEEPSEEK, "deepseek"),
        Provider::Xai => xai(request),
        Provider::OpenRouter if path == "/models" => Ok(Reply::json(
            &json!({"data": OPENROUTER.map(|(id, name)| openrouter(id, name))}),
        )),
        Provider::OpenRouter if path == "/key" => Ok(Reply::json(&json!({"data": {
            "label": "sandbox", "usage": 0, "limit": null, "limit_remaining": null, "is_free_tier": false,
        }}))),
        Provider::Anthropic => anthropic(request),
        Provider::Gemini => gemini_list(request),
        Provider::Ollama => match path {
            "/api/tags" => {
                let models = OLLAMA.map(ollama);
                Ok(Reply::whole(OLLAMA_JSON, json!({ "models": models }).to_string()))
            }
            "/api/version" => Ok(Reply::whole(
                OLLAMA_JSON,
                json!({"version": "0.12.6"}).to_string(),
            )),
            "/api/ps" => Ok(Reply::whole(OLLAMA_JSON, json!({"models": []}).to_string())),
            "/" | "" => Ok(Reply::whole("text/plain; charset=utf-8", "Ollama is running")),
            _ => Err(Problem::UnknownPath),
        },
        Provider::OpenRouter => Err(Problem::UnknownPath),
    }
}

const OLLAMA_JSON: &str = "application/json; charset=utf-8";

fn list_or_one(request: &Request, ids: &[&str], owner: &str) -> Result<Reply, Problem> {
    let model = |id: &str| json!({"id": id, "object": "model", "created": CREATED, "owned_by": owner});
    if request.path == "/models" {
        let data: Vec<Value> = ids.iter().map(|id| model(id)).collect();
        return Ok(Reply::json(&json!({"object": "list", "data": data})));
    }
    let id = request
        .path
        .strip_prefix("/models/")
        .ok_or(Problem::UnknownPath)?;
    if ids.contains(&id) {
        Ok(Reply::json(&model(id)))
    } else {
        Err(Problem::UnknownModel(id.to_owned()))
    }
}

/// Two lists: one of everything, and one that tells more of what chats.
fn xai(request: &Request) -> Result<Reply, Problem> {
    let plain = |id: &str| {
        json!({
            "id": id, "object": "model", "created": CREATED, "owned_by": "xai",
            "aliases": [format!("{id}-latest")], "context_length": 256_000,
            "prompt_text_token_price": 20_000, "cached_prompt_text_token_price": 2_000,
            "prompt_image_token_price": 0, "completion_text_token_price": 80_000,
            "prompt_text_token_price_long_context": 40_000, "completion_text_token_price_long_context": 160_000,
            "long_context_threshold": 128_000,
        })
    };
    let full = |id: &str| {
        json!({
            "id": id, "object": "model", "created": CREATED, "owned_by": "xai", "version": "1.0",
            "fingerprint": "fp_sandbox", "aliases": [format!("{id}-latest")],
            "input_modalities": ["text", "image"], "output_modalities": ["text"],
            "prompt_text_token_price": 20_000, "cached_prompt_text_token_price": 2_000,
            "prompt_image_token_price": 0, "completion_text_token_price": 80_000, "search_price": 0,
        })
    };
    let one = |id: &str, model: &dyn Fn(&str) -> Value| {
        let known = XAI.contains(&id);
        let model = known.then(|| Reply::json(&model(id)));
        model.ok_or(Problem::UnknownModel(id.to_owned()))
    };
    match request.path.as_str() {
        "/models" => Ok(Reply::json(&json!({"object": "list", "data": XAI.map(plain)}))),
        "/language-models" => Ok(Reply::json(&json!({"models": XAI.map(full)}))),
        path => match (
            path.strip_prefix("/models/"),
            path.strip_prefix("/language-models/"),
        ) {
            (Some(id), _) => one(id, &plain),
            (_, Some(id)) => one(id, &full),
            (None, None) => Err(Problem::UnknownPath),
        },
    }
}

fn openrouter(id: &str, name: &str) -> Value {
    json!({
        "id": id, "canonical_slug": id, "name": name, "created": CREATED, "description": name,
        "context_length": 200_000,
        "architecture": {"modality": "text+image->text", "input_modalities": ["text", "image"],
                         "output_modalities": ["text"], "tokenizer": "Other", "instruct_type": null},
        "pricing": {"prompt": "0.000001", "completion": "0.000002", "request": "0", "image": "0"},
        "top_provider": {"context_length": 200_000, "max_completion_tokens": 64_000, "is_moderated": false},
        "per_request_limits": null,
        "supported_parameters": ["max_tokens", "reasoning", "response_format", "stop", "temperature", "tools"],
    })
}

fn anthropic(request: &Request) -> Result<Reply, Problem> {
    let model = |(id, name): (&str, &str)| json!({"type": "model", "id": id, "display_name": name, "created_at": "2025-09-29T00:00:00Z"});
    if let Some(id) = request.path.strip_prefix("/v1/models/") {
        let found = ANTHROPIC.into_iter().find(|(known, _)| *known == id);
        return found
            .map(|found| Reply::json(&model(found)))
            .ok_or(Problem::UnknownModel(id.to_owned()));
    }
    if request.path != "/v1/models" {
        return Err(Problem::UnknownPath);
    }
    let limit = request.query.number("limit").unwrap_or(20).max(1);
    let after = request
        .query
        .get("after_id")
        .and_then(|id| ANTHROPIC.iter().position(|(known, _)| *known == id));
    let start = after.map_or(0, |at| at + 1);
    let page: Vec<(&str, &str)> = ANTHROPIC.into_iter().skip(start).take(limit).collect();
    let id = |model: Option<&(&str, &str)>| model.map(|(id, _)| (*id).to_owned());
    Ok(Reply::json(&json!({
        "data": page.iter().copied().map(model).collect::<Vec<_>>(),
        "has_more": start + page.len() < ANTHROPIC.len(),
        "first_id": id(page.first()),
        "last_id": id(page.last()),
    })))
}

fn gemini_list(request: &Request) -> Result<Reply, Problem> {
    let model = |(id, name): (&str, &str)| {
        json!({
            "name": format!("models/{id}"), "version": "001", "displayName": name, "description": name,
            "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536,
            "supportedGenerationMethods": ["generateContent", "countTokens"],
            "temperature": 1, "topP": 0.95, "topK": 64, "maxTemperature": 2, "thinking": true,
        })
    };
    let json_type = "application/json; charset=UTF-8";
    let path = gemini::models_path(&request.path).ok_or(Problem::UnknownPath)?;
    if let Some(id) = path.strip_prefix('/') {
        let found = GEMINI.into_iter().find(|(known, _)| *known == id);
        let found = found.ok_or(Problem::UnknownModel(id.to_owned()))?;
        return Ok(Reply::pretty(json_type, &model(found)));
    }
    if !path.is_empty() {
        return Err(Problem::UnknownPath);
    }
    let size = request.query.number("pageSize").unwrap_or(50).max(1);
    let start = request.query.number("pageToken").unwrap_or(0);
    let models: Vec<Value> = GEMINI.into_iter().skip(start).take(size).map(model).collect();
    let next = start + models.len();
    let mut list = json!({ "models": models });
    if let Some(fields) = list.as_object_mut().filter(|_| next < GEMINI.len()) {
        fields.insert("nextPageToken".to_owned(), next.to_string().into());
    }
    Ok(Reply::pretty(json_type, &list))
}

fn ollama(name: &str) -> Value {
    json!({
        "name": name, "model": name, "modified_at": "2026-01-02T03:04:05.123456789Z", "size": 2_019_393_189_u64,
        "digest": "a80c4f17acd55265feec403c7aef86be0c25983ab279d83f3bcd3abbcb5b8b72",
        "details": {"parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"],
                    "parameter_size": "3.2B", "quantization_level": "Q4_K_M"},
    })
}

/// Answers Ollama's `/api/show`.
pub(super) fn show(request: &Request) -> Reply {
    let model = request.body.get("model").or_else(|| request.body.get("name"));
    let name = model.and_then(Value::as_str).unwrap_or_default();
    let details = ollama(name);
    let show = json!({
        "modelfile": format!("FROM {name}"), "parameters": "stop \"<|end|>\"", "template": "{{ .Prompt }}",
        "details": details.get("details"),
        "model_info": {"general.architecture": "llama", "llama.context_length": 131_072},
        "capabilities": ["completion", "tools", "thinking", "vision"],
        "modified_at": details.get("modified_at"),
    });
    Reply::whole(OLLAMA_JSON, show.to_string())
}
