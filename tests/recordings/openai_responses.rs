//! Recordings of the openai_responses dialect.

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
                let step = (body.len() / 50).max(1);
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

#[test]
fn refusals_have_the_most_specific_reason() {
    let mut count = 0;
    let refusals = APIS.iter().flat_map(|api| exchanges(&[api]));
    for exchange in refusals.filter(|exchange| exchange.response.status != 200) {
        let body = &exchange.response.body;
        let failure = DIALECT.classify(exchange.response.status, &exchange.headers(), body.as_bytes());
        assert_eq!(Some(failure.reason), expected_reason(body), "{}: {body}", exchange.id);
        assert!(!failure.message.is_empty() && !failure.code.is_empty(), "{}", exchange.id);
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
        if !matches!(entry["provider"].as_str(), Some("openai" | "xai" | "deepseek" | "openrouter")) {
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
        let (mut count, mut items) = (0, 0);
        for exchange in answers(api).into_iter().filter(|exchange| !is_unfinished(exchange)) {
            let answer = read(&exchange).answer();
            let user = |text: &str| message(Role::User, vec![Part::text(text)]);
            let messages = vec![user("hi"), answer.message, user("go on")];

            let input = encoded_input(&LOOSE, &exchange.provider, messages);

            let sent_back = &input[1..input.len() - 1];
            let expected = naive::replayable(&naive::response(&exchange));
            for (ours, theirs) in sent_back.iter().zip(&expected) {
                assert_eq!(ours, theirs, "{}", exchange.id);
            }
            assert_eq!(sent_back.len(), expected.len(), "{}", exchange.id);
            count += 1;
            items += expected.len();
        }
        println!("sent back {count} answers, {items} items of {api}");
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
            for part in item.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
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

#[test]
fn recorded_requests_are_written_again() {
    for api in ["openai.responses", "xai.responses", "deepseek.responses", "openrouter.responses"] {
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

/// Recorded requests as calls, converted in the plainest way.
mod history {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use crux::domain::call::{
        FunctionTool, JsonSchemaFormat, ProviderTool, ReasoningConfig, ReasoningEffort, ResponseFormat, Tool,
        ToolChoice, ToolKind, ToolMode,
    };
    use crux::domain::content::{Media, MediaSource, Opaque, PartKind, ReasoningForm, ToolResult};
    use crux::domain::options::ProviderOptions;

    use super::*;

    pub(super) const COMPARED: [&str; 9] = [
        "input",
        "tools",
        "tool_choice",
        "text",
        "reasoning",
        "max_output_tokens",
        "temperature",
        "parallel_tool_calls",
        "prompt_cache_key",
    ];

    pub(super) fn call(exchange: &Exchange) -> Option<ChatCall> {
        let body = exchange.request.body.as_object()?;
        let input = match body.get("input")? {
            Value::String(text) => vec![json!({"role": "user", "content": text})],
            input => input.as_array()?.clone(),
        };
        let mut messages = Vec::new();
        let mut turn = Vec::new();
        for item in input {
            if is_output(&item) {
                turn.push(item);
                continue;
            }
            flush(exchange, &mut turn, &mut messages);
            messages.push(told(exchange, &item));
        }
        flush(exchange, &mut turn, &mut messages);
        let mut call = ChatCall {
            messages,
            ..ChatCall::default()
        };
        parameters(exchange, body, &mut call);
        Some(call)
    }

    /// Items that the model put out; they go through the decoder, as they did once.
    fn is_output(item: &Value) -> bool {
        matches!(
            item["type"].as_str(),
            Some("reasoning" | "function_call" | "web_search_call" | "code_interpreter_call" | "mcp_list_tools" | "compaction" | "tool_search_call")
        ) || (item["type"] == "message" && item["role"] == "assistant" && item["content"].is_array())
    }

    fn flush(exchange: &Exchange, turn: &mut Vec<Value>, messages: &mut Vec<Message>) {
        if turn.is_empty() {
            return;
        }
        let body = json!({"status": "completed", "output": std::mem::take(turn)}).to_string();
        let replayed = replay_whole(dialect(), exchange.context(), body.as_bytes());
        assert_eq!(replayed.result, Ok(()), "{}", exchange.id);
        messages.push(replayed.answer().message);
    }

    fn told(exchange: &Exchange, item: &Value) -> Message {
        let role = match (item["role"].as_str(), item["type"].as_str()) {
            (Some("user"), _) => Role::User,
            (Some("assistant"), _) => Role::Assistant,
            (Some("system" | "developer"), None | Some("message")) => Role::System,
            (_, Some("function_call_output")) => {
                let result = ToolResult {
                    tool_call_id: item["call_id"].as_str().unwrap().to_owned(),
                    name: String::new(),
                    content: parts(exchange, &item["output"]),
                    is_error: false,
                };
                return message(Role::Tool, vec![Part::new(PartKind::ToolResult(result))]);
            }
            _ => {
                let opaque = Opaque {
                    provider: exchange.provider.clone(),
                    kind: item["type"].as_str().unwrap().to_owned(),
                    payload_json: item.to_string(),
                };
                return message(Role::User, vec![Part::new(PartKind::Opaque(opaque))]);
            }
        };
        message(role, parts(exchange, &item["content"]))
    }

    fn parts(exchange: &Exchange, content: &Value) -> Vec<Part> {
        match content {
            Value::String(text) => vec![Part::text(text)],
            content => content.as_array().unwrap().iter().map(|block| part(exchange, block)).collect(),
        }
    }

    fn part(exchange: &Exchange, block: &Value) -> Part {
        let text = |key: &str| block[key].as_str().map(str::to_owned);
        let source = |text: &str| match text.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")) {
            Some((mime, data)) => (mime.to_owned(), MediaSource::Data(STANDARD.decode(data).unwrap().into())),
            None => (String::new(), MediaSource::Url(text.to_owned())),
        };
        let file = || text("file_id").map(|id| MediaSource::File { provider: exchange.provider.clone(), id });
        let media = |(mime_type, source)| {
            PartKind::Media(Media { mime_type, source, name: text("filename"), size_bytes: None })
        };
        let kind = match block["type"].as_str().unwrap() {
            "input_text" | "output_text" => PartKind::Text(text("text").unwrap()),
            "input_image" => media(match (text("image_url"), file()) {
                (Some(url), _) => {
                    let (mime, source) = source(&url);
                    (if mime.is_empty() { "image/png".to_owned() } else { mime }, source)
                }
                (None, file) => ("image/png".to_owned(), file.unwrap()),
            }),
            "input_file" => media(match (text("file_data").or(text("file_url")), file()) {
                (Some(url), _) => source(&url),
                (None, file) => ("application/pdf".to_owned(), file.unwrap()),
            }),
            other => panic!("{}: {other}", exchange.id),
        };
        let mut part = Part::new(kind);
        let mut more = block.as_object().unwrap().clone();
        more.retain(|key, _| matches!(key.as_str(), "detail" | "prompt_cache_breakpoint"));
        if !more.is_empty() {
            part.provider_options = ProviderOptions::new([(exchange.provider.clone(), more)].into());
        }
        part
    }

    fn parameters(exchange: &Exchange, body: &serde_json::Map<String, Value>, call: &mut ChatCall) {
        let number = |key: &str| body.get(key).and_then(Value::as_u64).map(|value| u32::try_from(value).unwrap());
        call.max_output_tokens = number("max_output_tokens");
        call.sampling.temperature = body.get("temperature").and_then(Value::as_f64);
        call.parallel_tool_calls = body.get("parallel_tool_calls").and_then(Value::as_bool);
        call.prompt_cache_key = body.get("prompt_cache_key").and_then(Value::as_str).map(str::to_owned);
        for tool in body.get("tools").and_then(Value::as_array).into_iter().flatten() {
            call.tools.push(self::tool(exchange, tool));
        }
        call.tool_choice = body.get("tool_choice").map(choice);
        if let Some(format) = body.get("text").map(|text| &text["format"]) {
            call.response_format = match format["type"].as_str().unwrap() {
                "json_object" => Some(ResponseFormat::JsonObject),
                "json_schema" => Some(ResponseFormat::JsonSchema(JsonSchemaFormat {
                    schema: format["schema"].clone(),
                    name: format["name"].as_str().unwrap().to_owned(),
                    description: format["description"].as_str().unwrap_or_default().to_owned(),
                    strict: format["strict"].as_bool().or(Some(false)),
                })),
                _ => None,
            };
        }
        let mut reasoning = body.get("reasoning").cloned().unwrap_or_default();
        let mut config = ReasoningConfig::default();
        if let Some(reasoning) = reasoning.as_object_mut() {
            config.effort = match reasoning.remove("effort").as_ref().and_then(Value::as_str) {
                Some("minimal") => Some(ReasoningEffort::Minimal),
                Some("low") => Some(ReasoningEffort::Low),
                Some("medium") => Some(ReasoningEffort::Medium),
                Some("high") => Some(ReasoningEffort::High),
                Some(other) => {
                    reasoning.insert("effort".to_owned(), other.into());
                    None
                }
                None => None,
            };
            config.form = match reasoning.remove("summary").as_ref().and_then(Value::as_str) {
                Some("auto") => Some(ReasoningForm::Summary),
                Some("detailed") => Some(ReasoningForm::Full),
                _ => None,
            };
            if !reasoning.is_empty() {
                let options = [("reasoning".to_owned(), Value::Object(reasoning.clone()))];
                let options = [(exchange.provider.clone(), options.into_iter().collect())];
                call.provider_options = ProviderOptions::new(options.into());
            }
            call.reasoning = Some(config);
        }
    }

    fn tool(exchange: &Exchange, tool: &Value) -> Tool {
        let plain = ["type", "name", "description", "parameters", "strict"];
        let mut fields = tool.as_object().unwrap().clone();
        let kind = if tool["type"] == "function" && fields.keys().all(|key| plain.contains(&key.as_str())) {
            ToolKind::Function(FunctionTool {
                name: tool["name"].as_str().unwrap().to_owned(),
                description: tool["description"].as_str().unwrap_or_default().to_owned(),
                input_schema: Some(tool["parameters"].clone()),
                strict: tool["strict"].as_bool(),
            })
        } else {
            let kind = fields.remove("type").unwrap();
            ToolKind::Provider(ProviderTool {
                provider: exchange.provider.clone(),
                kind: kind.as_str().unwrap().to_owned(),
                options: fields,
            })
        };
        Tool { kind, cache_hint: None }
    }

    fn choice(choice: &Value) -> ToolChoice {
        let mode = |word: &Value| match word.as_str() {
            Some("required") => ToolMode::Required,
            Some("none") => ToolMode::None,
            _ => ToolMode::Auto,
        };
        let names = |tools: &Value| {
            let tools = tools.as_array().into_iter().flatten();
            tools.map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
        };
        match (choice.as_str(), choice["name"].as_str()) {
            (Some(_), _) => ToolChoice { mode: mode(choice), tool_names: Vec::new() },
            (None, Some(name)) => ToolChoice { mode: ToolMode::Required, tool_names: vec![name.to_owned()] },
            (None, None) => ToolChoice { mode: mode(&choice["mode"]), tool_names: names(&choice["tools"]) },
        }
    }

    /// A request without what two writers may spell in two ways.
    pub(super) fn normal(body: &Value) -> Value {
        let mut body = body.clone();
        if let Value::String(text) = &body["input"] {
            body["input"] = json!([{"role": "user", "content": text}]);
        }
        for item in body["input"].as_array_mut().unwrap() {
            let role = item["role"].as_str().map(str::to_owned);
            let item = item.as_object_mut().unwrap();
            if item.get("type").is_none_or(|kind| kind == "message") {
                item.remove("type");
            }
            match role.as_deref() {
                Some("developer") if item.contains_key("content") => drop(item.insert("role".to_owned(), "system".into())),
                _ => {}
            }
            // The status of a result is the service's own.
            if item.get("type").is_some_and(|kind| kind == "function_call_output") {
                item.remove("status");
            }
            let kind = if role.as_deref() == Some("assistant") { "output_text" } else { "input_text" };
            for key in ["content", "output"] {
                match item.get_mut(key) {
                    Some(Value::Array(blocks)) => {
                        for block in blocks {
                            block.as_object_mut().unwrap().remove("logprobs");
                        }
                    }
                    Some(text @ Value::String(_)) => *text = json!([{"type": kind, "text": *text}]),
                    _ => {}
                }
            }
        }
        for tool in body.get_mut("tools").and_then(Value::as_array_mut).into_iter().flatten() {
            let tool = tool.as_object_mut().unwrap();
            tool.retain(|key, value| !(value.is_null() || value == "" || (key == "strict" && *value == false)));
        }
        // Writers differ in what goes without saying.
        let object = body.as_object_mut().unwrap();
        if object.get("tools").is_some_and(|tools| tools == &json!([])) {
            object.remove("tools");
        }
        if !object.contains_key("tools") && object.get("tool_choice").is_some_and(|word| word != "required") {
            object.remove("tool_choice");
        }
        if let Some(temperature) = object.get("temperature").and_then(Value::as_f64) {
            object.insert("temperature".to_owned(), temperature.into());
        }
        if let Some(format) = object.get_mut("text").map(|text| &mut text["format"]) {
            let format = format.as_object_mut().unwrap();
            if format.get("strict").is_some_and(|strict| strict == false) {
                format.remove("strict");
            }
        }
        object.retain(|key, value| !(key == "text" && value["format"]["type"] == "text"));
        body
    }
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
