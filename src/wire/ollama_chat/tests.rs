//! What each feature of a call becomes, and how answers and refusals are read.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::{OllamaChat, Thinking, thinking_of};
use crate::domain::answer::{AnswerEvent, FinishReason};
use crate::domain::call::*;
use crate::domain::content::*;
use crate::domain::error::Reason;
use crate::domain::fold::{Answer, Fold};
use crate::domain::options::ProviderOptions;
use crate::wire::dialect::*;
use crate::wire::pump::Pump;
use crate::wire::samples::{self, function, media, message, tool_call};

static DIALECT: OllamaChat = OllamaChat::DEFAULT;

fn target(model: &str) -> Target<'_> {
    Target {
        provider: "local",
        model,
    }
}

fn encode(call: &ChatCall) -> Result<(Value, Vec<String>), EncodeError> {
    let encoded = DIALECT.encode(call, target("qwen3"), Mode::Stream)?;
    let fields = encoded
        .warnings
        .into_iter()
        .map(|warning| warning.field)
        .collect();
    Ok((encoded.request.body, fields))
}

/// The path of the field a call is refused for.
fn refused(call: &ChatCall) -> String {
    match encode(call).unwrap_err() {
        EncodeError::Unsupported { field, .. } => format!("unsupported {field}"),
        EncodeError::Invalid { field, .. } => format!("invalid {field}"),
    }
}

fn said(content: Vec<Part>) -> ChatCall {
    ChatCall {
        messages: vec![message(Role::User, content)],
        ..ChatCall::default()
    }
}

fn hi() -> ChatCall {
    said(vec![Part::text("hi")])
}

fn result_part(id: &str, content: Vec<Part>) -> Part {
    samples::tool_result(id, content, false)
}

fn options(value: Value) -> ProviderOptions {
    samples::options("local", value)
}

#[test]
fn a_plain_call_sends_nothing_that_was_not_asked_for() {
    let (body, warnings) = encode(&hi()).unwrap();

    assert_eq!(
        body,
        json!({"model": "qwen3", "messages": [{"role": "user", "content": "hi"}], "stream": true})
    );
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn sampling_goes_into_options() {
    let call = ChatCall {
        max_output_tokens: Some(9),
        sampling: Sampling {
            temperature: Some(0.2),
            top_p: Some(0.9),
            top_k: Some(40),
            seed: Some(7),
            presence_penalty: Some(0.5),
            frequency_penalty: Some(-0.5),
            top_logprobs: Some(2),
            stop_sequences: vec!["END".to_owned()],
        },
        ..hi()
    };
    let (body, _) = encode(&call).unwrap();

    assert_eq!(
        body["options"],
        json!({"temperature": 0.2, "top_p": 0.9, "top_k": 40, "seed": 7, "num_predict": 9,
            "stop": ["END"], "presence_penalty": 0.5, "frequency_penalty": -0.5})
    );
    assert_eq!(
        (&body["logprobs"], &body["top_logprobs"]),
        (&json!(true), &json!(2))
    );
}

#[test]
fn effort_is_a_switch_or_a_level_by_model() {
    assert_eq!(thinking_of("gpt-oss:20b"), Thinking::Levels);
    assert_eq!(thinking_of("someone/gpt-oss:120b-cloud"), Thinking::Levels);
    assert_eq!(thinking_of("qwen3:4b"), Thinking::Switch);
    for (effort, switch, level) in [
        (ReasoningEffort::None, false, "low"),
        (ReasoningEffort::Minimal, true, "low"),
        (ReasoningEffort::Medium, true, "medium"),
        (ReasoningEffort::Max, true, "high"),
    ] {
        let call = ChatCall {
            reasoning: Some(ReasoningConfig {
                effort: Some(effort),
                ..ReasoningConfig::default()
            }),
            ..hi()
        };
        let think = |model: &str| {
            DIALECT
                .encode(&call, target(model), Mode::Whole)
                .unwrap()
                .request
                .body["think"]
                .clone()
        };
        assert_eq!(
            (think("qwen3"), think("gpt-oss")),
            (json!(switch), json!(level)),
            "{effort:?}"
        );
    }
}

#[test]
fn a_budget_is_left_out_with_a_warning_but_switches_thinking() {
    for (budget, think) in [(0, false), (1024, true)] {
        let reasoning = ReasoningConfig {
            budget_tokens: Some(budget),
            ..ReasoningConfig::default()
        };
        let (body, warnings) = encode(&ChatCall {
            reasoning: Some(reasoning),
            ..hi()
        })
        .unwrap();
        assert_eq!(
            (&body["think"], warnings),
            (&json!(think), vec!["reasoning.budget_tokens".to_owned()])
        );
    }
}

#[test]
fn tools_keep_their_schema_and_the_choice_decides_which_are_offered() {
    let choice = |mode, names: &[&str]| {
        Some(ToolChoice {
            mode,
            tool_names: names.iter().map(|name| (*name).to_owned()).collect(),
        })
    };
    let schema = json!({"type": "object", "properties": {"z": {}, "a": {}}});
    let mut call = ChatCall {
        tools: vec![function("f"), function("g")],
        ..hi()
    };
    let ToolKind::Function(tool) = &mut call.tools[0].kind else {
        unreachable!()
    };
    tool.description = "does f".to_owned();
    tool.input_schema = Some(schema.clone());
    let f =
        json!({"type": "function", "function": {"name": "f", "description": "does f", "parameters": schema}});
    let g = json!({"type": "function", "function":
        {"name": "g", "parameters": {"type": "object", "properties": {}}}});

    assert_eq!(
        encode(&call).unwrap().0["tools"].to_string(),
        json!([f, g]).to_string()
    );
    call.tool_choice = choice(ToolMode::Auto, &["g"]);
    assert_eq!(encode(&call).unwrap().0["tools"], json!([g]));
    call.tool_choice = choice(ToolMode::None, &[]);
    assert_eq!(encode(&call).unwrap().0.get("tools"), None);
    call.tool_choice = choice(ToolMode::Required, &[]);
    assert_eq!(refused(&call), "unsupported tool_choice.mode");
}

#[test]
fn tools_the_provider_would_run_are_refused_unless_they_are_its_own() {
    let with = |kind| ChatCall {
        tools: vec![
            function("f"),
            Tool {
                kind,
                cache_hint: None,
            },
        ],
        ..hi()
    };
    let provider_tool = |provider: &str| {
        ToolKind::Provider(ProviderTool {
            provider: provider.to_owned(),
            kind: "browser".to_owned(),
            options: json!({"depth": 2}).as_object().unwrap().clone(),
        })
    };

    assert_eq!(
        refused(&with(ToolKind::WebSearch(WebSearchTool::default()))),
        "unsupported tools[1]"
    );
    assert_eq!(refused(&with(ToolKind::CodeExecution)), "unsupported tools[1]");
    assert_eq!(refused(&with(provider_tool("elsewhere"))), "unsupported tools[1]");
    let (body, _) = encode(&with(provider_tool("local"))).unwrap();
    assert_eq!(body["tools"][1], json!({"type": "browser", "depth": 2}));
}

#[test]
fn response_formats_are_the_word_json_or_the_schema() {
    let with = |format| ChatCall {
        response_format: Some(format),
        ..hi()
    };
    let schema = |schema: Value| {
        ResponseFormat::JsonSchema(JsonSchemaFormat {
            schema,
            name: "response".to_owned(),
            description: String::new(),
            strict: None,
        })
    };

    assert_eq!(
        encode(&with(ResponseFormat::JsonObject)).unwrap().0["format"],
        json!("json")
    );
    let object = json!({"type": "object", "properties": {"b": {}, "a": {}}});
    let (body, warnings) = encode(&with(schema(object.clone()))).unwrap();
    assert_eq!(
        (body["format"].to_string(), warnings),
        (object.to_string(), Vec::new())
    );
    assert_eq!(
        refused(&with(schema(json!(true)))),
        "invalid response_format.json_schema.schema_json"
    );
}

#[test]
fn images_go_beside_the_text_and_other_media_are_refused() {
    let data = || MediaSource::Data(Bytes::from_static(b"\x89PNG"));
    let (body, _) = encode(&said(vec![
        Part::text("what is"),
        media("image/png", data()),
        Part::text("this?"),
    ]))
    .unwrap();

    assert_eq!(
        body["messages"][0],
        json!({"role": "user", "content": "what is\n\nthis?", "images": ["iVBORw=="]})
    );
    for part in [
        media("application/pdf", data()),
        media("audio/wav", data()),
        media("video/mp4", data()),
        media(
            "image/png",
            MediaSource::Url("https://example.com/a.png".to_owned()),
        ),
        media(
            "image/png",
            MediaSource::File {
                provider: "local".to_owned(),
                id: "f".to_owned(),
            },
        ),
    ] {
        let call = said(vec![Part::text("see"), part]);
        assert_eq!(refused(&call), "unsupported messages[0].content[1].media");
    }
}

#[test]
fn a_tool_loop_keeps_ids_names_and_the_order_of_the_calls() {
    let call = ChatCall {
        messages: vec![
            message(Role::System, vec![Part::text("be brief")]),
            message(Role::User, vec![Part::text("go")]),
            message(
                Role::Assistant,
                vec![
                    Part::reasoning("hm", ReasoningForm::Full),
                    Part::text("calling"),
                    tool_call("call_1", "f", r#"{"b":1,"a":[2.50]}"#),
                    tool_call("call_2", "g", ""),
                    Part {
                        incomplete: true,
                        ..tool_call("call_3", "h", "{\"x")
                    },
                ],
            ),
            message(
                Role::Tool,
                vec![result_part(
                    "call_2",
                    vec![
                        Part::text("two"),
                        media("image/png", MediaSource::Data(Bytes::from_static(b"x"))),
                    ],
                )],
            ),
            message(Role::Tool, vec![result_part("call_1", vec![Part::text("one")])]),
            message(Role::System, vec![Part::text("and now in French")]),
        ],
        ..ChatCall::default()
    };
    let (body, warnings) = encode(&call).unwrap();

    assert_eq!(
        body["messages"],
        json!([
            {"role": "system", "content": "be brief"},
            {"role": "user", "content": "go"},
            {"role": "assistant", "content": "calling", "thinking": "hm", "tool_calls": [
                {"id": "call_1", "function": {"name": "f", "arguments": {"b": 1, "a": [2.5]}}},
                {"id": "call_2", "function": {"name": "g", "arguments": {}}},
            ]},
            {"role": "tool", "content": "one", "tool_name": "f", "tool_call_id": "call_1"},
            {"role": "tool", "content": "two", "images": ["eA=="], "tool_name": "g", "tool_call_id": "call_2"},
            {"role": "system", "content": "and now in French"},
        ])
    );
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn arguments_that_are_no_object_are_refused() {
    let call = ChatCall {
        messages: vec![message(Role::Assistant, vec![tool_call("c", "f", "[1]")])],
        ..ChatCall::default()
    };

    assert_eq!(
        refused(&call),
        "invalid messages[0].content[0].tool_call.arguments_json"
    );
}

#[test]
fn what_another_provider_left_behind_is_dropped_with_a_warning() {
    let foreign = |part: Part| Part {
        provider_state: Some(ProviderState {
            provider: "elsewhere".to_owned(),
            data: Bytes::from_static(b"secret"),
        }),
        ..part
    };
    let mut ran_there = tool_call("s", "web_search", "{}");
    if let PartKind::ToolCall(call) = &mut ran_there.kind {
        call.provider_executed = true;
    }
    let call = ChatCall {
        messages: vec![message(
            Role::Assistant,
            vec![
                foreign(Part::reasoning("thought", ReasoningForm::Full)),
                ran_there,
                Part::new(PartKind::Opaque(Opaque {
                    provider: "elsewhere".to_owned(),
                    kind: "block".to_owned(),
                    payload_json: "{}".to_owned(),
                })),
                foreign(Part::text("answer")),
            ],
        )],
        ..ChatCall::default()
    };
    let encoded = DIALECT.encode(&call, target("m"), Mode::Whole).unwrap();

    assert_eq!(
        encoded.request.body["messages"],
        json!([{"role": "assistant", "content": "answer"}])
    );
    let warnings: Vec<_> = encoded
        .warnings
        .iter()
        .map(|warning| (warning.field.as_str(), warning.is_left_out))
        .collect();
    assert_eq!(
        warnings,
        [
            ("messages[0].content[0]", false),
            ("messages[0].content[1]", false),
            ("messages[0].content[2]", false),
            ("messages[0].content[3].provider_state", false),
        ]
    );
}

#[test]
fn parameters_the_api_lacks_are_left_out_with_a_warning() {
    let hint = Some(CacheHint { ttl: None });
    let mut call = ChatCall {
        tools: vec![Tool {
            cache_hint: hint,
            ..function("f")
        }],
        parallel_tool_calls: Some(false),
        service_tier: Some(ServiceTier::Flex),
        prompt_cache_key: Some("k".to_owned()),
        ..hi()
    };
    call.messages[0].content[0].cache_hint = hint;
    let encoded = DIALECT.encode(&call, target("m"), Mode::Whole).unwrap();

    let fields: Vec<_> = encoded
        .warnings
        .iter()
        .map(|warning| warning.field.as_str())
        .collect();
    assert_eq!(
        fields,
        [
            "messages[0].content[0].cache_hint",
            "tools[0].cache_hint",
            "parallel_tool_calls",
            "service_tier",
            "prompt_cache_key",
        ]
    );
    assert!(encoded.warnings.iter().all(|warning| warning.is_left_out));
    call.output_modalities = vec![Modality::Text, Modality::Image];
    assert_eq!(refused(&call), "unsupported output_modalities");
}

#[test]
fn provider_options_merge_last_and_deeply_but_not_over_the_contract() {
    let mut call = ChatCall {
        max_output_tokens: Some(5),
        provider_options: options(json!({"keep_alive": "1h", "options": {"num_ctx": 8192}})),
        ..hi()
    };
    call.messages[0].content[0].provider_options = options(json!({"note": 1}));
    let (body, _) = encode(&call).unwrap();

    assert_eq!(body["keep_alive"], json!("1h"));
    assert_eq!(body["options"], json!({"num_predict": 5, "num_ctx": 8192}));
    assert_eq!(body["messages"][0]["note"], json!(1));
    call.provider_options = options(json!({"model": "other"}));
    assert_eq!(refused(&call), "invalid provider_options.local.model");
    call.provider_options = ProviderOptions::default();
    call.messages[0].content[0].provider_options = options(json!({"role": "system"}));
    assert_eq!(
        refused(&call),
        "invalid messages[0].content[0].provider_options.local.role"
    );
}

fn context() -> DecodeContext {
    DecodeContext {
        provider: "local".to_owned(),
        include_raw: true,
        ..DecodeContext::default()
    }
}

fn read(lines: &str) -> Result<Answer, DecodeError> {
    let mut pump = Pump::new(&DIALECT, context(), 1 << 20);
    let mut events = Vec::new();
    pump.push(lines.as_bytes(), &mut events)?;
    pump.eof(&mut events)?;
    let mut fold = Fold::default();
    for event in events {
        fold.push(event);
    }
    Ok(fold.into_answer())
}

#[test]
fn ids_are_made_up_where_none_are_given_and_never_sent_back() {
    let answer = read(concat!(
        r#"{"created_at":"t1","message":{"tool_calls":[{"function":{"name":"f","arguments":{"a": 1}}},"#,
        r#"{"function":{"name":"f","arguments":{"a": 1}}},{"id":"own","function":{"name":"f"}}]},"done":false}"#,
        "\n",
        r#"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_duration":12}"#,
    ))
    .unwrap();

    let calls: Vec<_> = answer
        .message
        .content
        .iter()
        .filter_map(|part| {
            if let PartKind::ToolCall(call) = &part.kind {
                Some((call.id.clone(), call.arguments_json.as_str()))
            } else {
                None
            }
        })
        .collect();
    assert_ne!(calls[0].0, calls[1].0);
    assert_eq!(
        (calls[0].1, calls[2].0.as_str(), calls[2].1),
        (r#"{"a": 1}"#, "own", "{}")
    );
    assert_eq!(answer.finish.unwrap().reason, FinishReason::ToolCalls);
    assert_eq!(
        answer.usage.raw_json.as_deref(),
        Some(r#"{"prompt_eval_count":3,"eval_duration":12}"#)
    );
    let results = calls
        .iter()
        .rev()
        .map(|(id, _)| result_part(id, vec![Part::text("r")]))
        .collect();
    let (body, _) = encode(&ChatCall {
        messages: vec![answer.message.clone(), message(Role::Tool, results)],
        ..ChatCall::default()
    })
    .unwrap();
    let ids: Vec<_> = (1..4)
        .map(|index| body["messages"][index].get("tool_call_id").cloned())
        .collect();
    assert_eq!(ids, [None, None, Some(json!("own"))]);
    assert_eq!(body["messages"][0]["tool_calls"][0].get("id"), None);
}

#[test]
fn log_probabilities_come_with_the_text_and_not_the_thinking() {
    let body = concat!(
        r#"{"message":{"thinking":"hm","content":"yes"},"logprobs":[{"token":"hm","logprob":-1},"#,
        r#"{"token":"y","logprob":-0.5,"bytes":[121],"top_logprobs":[{"token":"n","logprob":-2}]},"#,
        r#"{"token":"es","logprob":0}],"done":true,"done_reason":"stop"}"#
    );
    let mut events = Vec::new();
    DIALECT
        .decode_whole(context(), body.as_bytes(), &mut events)
        .unwrap();

    let delta = events.iter().find_map(|event| {
        if let AnswerEvent::TextDelta(_, delta) = event {
            Some(delta)
        } else {
            None
        }
    });
    let tokens: Vec<_> = delta
        .unwrap()
        .logprobs
        .iter()
        .map(|token| token.token.as_str())
        .collect();
    assert_eq!(tokens, ["y", "es"]);
    // Whoever has the bytes shows them: a dialect would show them twice.
    assert!(!events.iter().any(|event| matches!(event, AnswerEvent::Raw(_))));
    assert_eq!(delta.unwrap().logprobs[0].alternatives[0].token, "n");
}

#[test]
fn the_limit_cuts_what_was_being_written_and_nothing_before_it() {
    let answer = read(concat!(
        r#"{"message":{"thinking":"hm"},"done":false}"#,
        "\n",
        r#"{"message":{"content":"so"},"done":false}"#,
        "\n",
        r#"{"message":{"content":""},"done":true,"done_reason":"length"}"#,
    ))
    .unwrap();

    let cut: Vec<_> = answer
        .message
        .content
        .iter()
        .map(|part| part.incomplete)
        .collect();
    assert_eq!(cut, [false, true]);
    assert_eq!(answer.finish.unwrap().reason, FinishReason::MaxTokens);
}

#[test]
fn loading_a_model_is_an_end_of_another_kind() {
    let answer =
        read(r#"{"message":{"role":"assistant","content":""},"done_reason":"load","done":true}"#).unwrap();

    let finish = answer.finish.unwrap();
    assert_eq!(
        (finish.reason, finish.raw_reason.as_str()),
        (FinishReason::Other, "load")
    );
}

#[test]
fn a_stream_without_its_last_word_is_truncated_and_an_error_in_it_is_a_failure() {
    let line = r#"{"message":{"content":"so"},"done":false}"#;
    assert_eq!(read(line), Err(DecodeError::Truncated));
    let failure = |text: &str| match read(text) {
        Err(DecodeError::Provider(failure)) => (failure.reason, failure.http_status, failure.message),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        failure(&format!(
            "{line}\n{{\"error\":\"llama runner process has terminated\"}}\n"
        )),
        (
            Reason::ProviderUnavailable,
            200,
            "llama runner process has terminated".to_owned()
        )
    );
    assert_eq!(
        failure("{\"error\":\"model 'x' not found\"}").0,
        Reason::ModelNotFound
    );
    let mut events = Vec::new();
    let whole = DIALECT.decode_whole(
        context(),
        br#"{"error":"the prompt exceeds the context length"}"#,
        &mut events,
    );
    assert!(matches!(whole, Err(DecodeError::Provider(failure)) if failure.reason == Reason::ContextTooLong));
}

#[test]
fn a_line_of_no_known_shape_is_skipped_and_a_corrupt_one_ends_the_answer() {
    let done = r#"{"message":{"content":"a"},"done":true,"done_reason":"stop"}"#;
    assert!(read(&format!("{{\"status\":\"pulling\"}}\n{done}\n")).is_ok());
    for line in [
        "{\"message\":7}",
        "[]",
        "{\"message\":{\"images\":[\"?\"]},\"done\":false}",
    ] {
        let error = read(&format!("{line}\n{done}\n")).unwrap_err();
        assert!(matches!(error, DecodeError::Corrupt { .. }), "{line}: {error:?}");
    }
}

#[test]
fn refusals_get_the_most_specific_reason() {
    for (status, error, reason) in [
        (404, "model 'x' not found", Reason::ModelNotFound),
        (
            404,
            "model \"x\" not found, try pulling it first",
            Reason::ModelNotFound,
        ),
        (
            400,
            "registry.ollama.ai/library/gemma3:1b does not support tools",
            Reason::Unsupported,
        ),
        (
            400,
            "\"gemma3:1b\" does not support thinking",
            Reason::Unsupported,
        ),
        (
            400,
            "think value \"low\" is not supported for this model",
            Reason::Unsupported,
        ),
        (
            400,
            "invalid think value: \"huge\" (must be \"high\", \"medium\", \"low\", true, or false)",
            Reason::Unsupported,
        ),
        (500, "failed to parse grammar", Reason::Unsupported),
        (
            500,
            "this model is missing data required for image input",
            Reason::Unsupported,
        ),
        (
            400,
            "the input length exceeds the context length",
            Reason::ContextTooLong,
        ),
        (
            400,
            "prompt too long; exceeded max context length by 12 tokens",
            Reason::ContextTooLong,
        ),
        (
            400,
            "illegal base64 data at input byte 4",
            Reason::MediaUnreadable,
        ),
        (
            500,
            "Failed to create new sequence: failed to process inputs: image: unknown format",
            Reason::MediaUnreadable,
        ),
        (400, "invalid options: num_ctx", Reason::ProviderRejected),
        (401, "unauthorized", Reason::ProviderAuthFailed),
        (402, "payment required", Reason::ProviderQuotaExhausted),
        (
            403,
            "this model requires a subscription, upgrade for access",
            Reason::ProviderQuotaExhausted,
        ),
        (
            429,
            "you've reached your hourly usage limit, please upgrade to continue",
            Reason::ProviderQuotaExhausted,
        ),
        (429, "too many concurrent requests", Reason::ProviderRateLimited),
        (
            503,
            "server busy, please try again.  maximum pending requests exceeded",
            Reason::ProviderUnavailable,
        ),
        (
            500,
            "model requires more system memory (9.9 GiB) than is available (7.6 GiB)",
            Reason::ProviderUnavailable,
        ),
    ] {
        let body = json!({ "error": error }).to_string();
        let failure = DIALECT.classify(status, &HeaderMap::new(), body.as_bytes());
        assert_eq!(
            (failure.reason, failure.message.as_str()),
            (reason, error),
            "{status} {error}"
        );
    }
}

#[test]
fn refusals_of_other_shapes_are_read_too() {
    let headers = HeaderMap::from_iter([(http::header::RETRY_AFTER, "3".parse().unwrap())]);
    let read = |status, body: &str| DIALECT.classify(status, &headers, body.as_bytes());

    let nested = read(
        400,
        r#"{"error":{"message":"this does not support tools","type":"api_error","code":null}}"#,
    );
    assert_eq!(
        (nested.reason, nested.code.as_str()),
        (Reason::Unsupported, "api_error")
    );
    let page = read(502, "<html>\n<h1>502 Bad Gateway</h1></html>");
    assert_eq!(page.reason, Reason::ProviderUnavailable);
    assert!(!page.message.contains("html"));
    assert_eq!(page.retry_after, Some(std::time::Duration::from_secs(3)));
    let plain = read(404, "404 page not found");
    assert_eq!(
        (plain.reason, plain.message.as_str()),
        (Reason::ModelNotFound, "404 page not found")
    );
    for body in ["", "{}", "{\"error\":null}", "{\"error\":7}", "\u{fffd}"] {
        assert_eq!(read(500, body).reason, Reason::ProviderUnavailable, "{body}");
    }
}
