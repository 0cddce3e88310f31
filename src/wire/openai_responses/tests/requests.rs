//! Requests, a feature each.

use super::*;

#[test]
fn the_least_call_says_little() {
    let body = encode(&call(vec![user("hi")]));

    assert_eq!(
        body,
        json!({"model": "gpt-4o", "input": [{"role": "user", "content": "hi"}], "store": false})
    );
}

#[test]
fn a_stream_is_asked_for_and_reasoning_comes_back_encrypted() {
    let target = Target {
        provider: HERE,
        model: "gpt-5",
    };
    let encoded = OpenaiResponses::DEFAULT
        .encode(&call(vec![user("hi")]), target, Mode::Stream)
        .unwrap();

    assert_eq!(encoded.request.body["stream"], true);
    assert_eq!(
        encoded.request.body["include"],
        json!(["reasoning.encrypted_content"])
    );
}

#[test]
fn system_messages_keep_their_places() {
    let system = |text: &str| message(Role::System, vec![Part::text(text)]);
    let input = input(vec![system("a"), user("b"), system("c"), user("d")]);

    let roles: Vec<_> = input
        .as_array()
        .unwrap()
        .iter()
        .map(|item| &item["role"])
        .collect();
    assert_eq!(roles, ["system", "user", "system", "user"]);
}

#[test]
fn media_go_in_by_bytes_url_and_file() {
    let bytes = MediaSource::Data(Bytes::from_static(b"abc"));
    let file = |provider: &str| MediaSource::File {
        provider: provider.to_owned(),
        id: "file-1".to_owned(),
    };
    let url = MediaSource::Url("https://x.test/a.png?b".to_owned());
    let parts = vec![
        media("image/png", bytes.clone()),
        media("", url.clone()),
        media("image/png", file(HERE)),
        media("application/pdf", bytes.clone()),
        media("application/pdf", url),
        media("application/pdf", file(HERE)),
    ];

    assert_eq!(
        input(vec![message(Role::User, parts)])[0]["content"],
        json!([
            {"type": "input_image", "image_url": "data:image/png;base64,YWJj"},
            {"type": "input_image", "image_url": "https://x.test/a.png?b"},
            {"type": "input_image", "file_id": "file-1"},
            {"type": "input_file", "filename": "file.pdf", "file_data": "data:application/pdf;base64,YWJj"},
            {"type": "input_file", "file_url": "https://x.test/a.png?b"},
            {"type": "input_file", "file_id": "file-1"},
        ])
    );
    for part in [
        media("audio/wav", bytes.clone()),
        media("video/mp4", bytes),
        media("image/png", file("elsewhere")),
    ] {
        let call = call(vec![user("a"), message(Role::User, vec![part])]);
        assert_eq!(refusal(&call), "messages[1].content[0].media");
    }
}

#[test]
fn a_tool_loop_sends_every_item_back_as_it_was() {
    let output = json!([
        {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "a"}, {"type": "summary_text", "text": "b"}], "encrypted_content": "gAAA=="},
        {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "phase": "commentary", "content": [
            {"type": "output_text", "text": "one", "annotations": []},
            {"type": "output_text", "text": "two", "annotations": []},
        ]},
        {"id": "msg_2", "type": "message", "status": "completed", "role": "assistant", "content": [
            {"type": "refusal", "refusal": "no"},
        ]},
        {"id": "fc_1", "type": "function_call", "status": "completed", "call_id": "call_1", "name": "weather", "arguments": "{ }"},
        {"id": "mcp_1", "type": "mcp_call", "status": "completed", "name": "ask", "arguments": "{}", "server_label": "s", "output": "yes", "error": null},
        {"id": "ct_1", "type": "custom_tool_call", "call_id": "call_2", "name": "free", "input": "text"},
    ]);
    let result = Part::new(PartKind::ToolResult(ToolResult {
        tool_call_id: "call_1".to_owned(),
        name: String::new(),
        content: vec![Part::text("sunny")],
        is_error: false,
    }));
    let turns = vec![user("hi"), answer(&output), message(Role::Tool, vec![result])];

    let input = input(turns);

    assert_eq!(input.as_array().unwrap()[1..7], output.as_array().unwrap()[..]);
    assert_eq!(
        input[7],
        json!({"type": "function_call_output", "call_id": "call_1", "output": "sunny"})
    );
}

#[test]
fn reasoning_without_its_successor_loses_its_id() {
    let reasoning = json!({"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA=="});
    let said = json!({"id": "msg_1", "type": "message", "role": "assistant", "content": [
        {"type": "output_text", "text": "one"},
    ]});
    let mut edited = answer(&json!([reasoning, said]));
    edited.content[1].provider_state = None;

    assert_eq!(
        input(vec![edited]),
        json!([
            {"type": "reasoning", "summary": [], "encrypted_content": "gAAA=="},
            {"role": "assistant", "content": "one"},
        ])
    );
    let bare = json!({"id": "rs_1", "type": "reasoning", "summary": []});
    let (body, warnings) = encode_for("gpt-5", &call(vec![user("a"), answer(&json!([bare]))]));
    assert_eq!(body["input"].as_array().unwrap().len(), 1);
    assert_eq!(warnings, ["~messages[1]"]);
}

#[test]
fn what_only_another_provider_can_read_is_left_out() {
    let state = ProviderState {
        provider: "elsewhere".to_owned(),
        data: Bytes::from_static(b"{}"),
    };
    let with_state = |mut part: Part| {
        part.provider_state = Some(state.clone());
        part
    };
    let opaque = Opaque {
        provider: "elsewhere".to_owned(),
        kind: "x".to_owned(),
        payload_json: "{}".to_owned(),
    };
    let parts = vec![
        with_state(Part::reasoning("hm", ReasoningForm::Full)),
        with_state(Part::text("hello")),
        with_state(tool_call("call_1", false)),
        tool_call("search_1", true),
        Part::new(PartKind::Opaque(opaque)),
    ];

    let (body, warnings) = encode_for("gpt-4o", &call(vec![message(Role::Assistant, parts)]));

    assert_eq!(
        body["input"],
        json!([
            {"role": "assistant", "content": "hello"},
            {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
        ])
    );
    assert_eq!(
        warnings,
        [
            "~messages[0].content[0]",
            "~messages[0].content[1].provider_state",
            "~messages[0].content[2].provider_state",
            "~messages[0].content[3]",
            "~messages[0].content[4]",
        ]
    );
}

#[test]
fn cut_calls_are_not_sent_back_and_text_before_them_is() {
    let mut cut = tool_call("call_1", false);
    cut.incomplete = true;

    let input = input(vec![message(Role::Assistant, vec![Part::text("so"), cut])]);

    assert_eq!(input, json!([{"role": "assistant", "content": "so"}]));
}

#[test]
fn an_image_the_model_made_goes_back_as_its_call() {
    let made = json!([{"id": "ig_1", "type": "image_generation_call", "status": "completed", "output_format": "webp", "result": "YWJj"}]);
    let turn = answer(&made);

    assert!(matches!(&turn.content[0].kind, PartKind::Media(media) if media.mime_type == "image/webp"));
    assert_eq!(input(vec![turn]), made);
    let foreign = media("image/png", MediaSource::Data(Bytes::from_static(b"abc")));
    let call = call(vec![message(Role::Assistant, vec![foreign])]);
    assert_eq!(refusal(&call), "messages[0].content[0].media");
}

#[test]
fn tool_results_carry_media_and_a_failure_is_noted() {
    let result = Part::new(PartKind::ToolResult(ToolResult {
        tool_call_id: "call_1".to_owned(),
        name: String::new(),
        content: vec![
            Part::text("see"),
            media("image/png", MediaSource::Data(Bytes::from_static(b"abc"))),
        ],
        is_error: true,
    }));

    let (body, warnings) = encode_for("gpt-4o", &call(vec![message(Role::Tool, vec![result])]));

    assert_eq!(
        body["input"][0]["output"],
        json!([
            {"type": "input_text", "text": "see"},
            {"type": "input_image", "image_url": "data:image/png;base64,YWJj"},
        ])
    );
    assert_eq!(warnings, ["~messages[0].content[0].tool_result.is_error"]);
}

#[test]
fn tools_and_their_choice() {
    let mut with_schema = function("b");
    if let ToolKind::Function(tool) = &mut with_schema.kind {
        tool.description = "does b".to_owned();
        tool.input_schema = Some(json!({"type": "object", "properties": {"z": {}, "a": {}}}));
        tool.strict = Some(true);
    }
    let search = WebSearchTool {
        allowed_domains: vec!["x.test".to_owned()],
        blocked_domains: Vec::new(),
        max_uses: Some(1),
    };
    let provider = ProviderTool {
        provider: HERE.to_owned(),
        kind: "mcp".to_owned(),
        options: Map::from_iter([("server_label".to_owned(), "s".into())]),
    };
    let kinds = [
        ToolKind::WebSearch(search),
        ToolKind::CodeExecution,
        ToolKind::Provider(provider),
    ];
    let mut request = call(vec![user("hi")]);
    request.tools = vec![function("a"), with_schema];
    request.tools.extend(kinds.map(|kind| Tool {
        kind,
        cache_hint: None,
    }));
    request.tool_choice = Some(ToolChoice {
        mode: ToolMode::Auto,
        tool_names: vec!["a".to_owned(), "b".to_owned()],
    });
    request.parallel_tool_calls = Some(false);

    let (body, warnings) = encode_for("gpt-4o", &request);

    assert_eq!(
        body["tools"].to_string(),
        json!([
            {"type": "function", "name": "a", "parameters": {"type": "object", "properties": {}}, "strict": false},
            {"type": "function", "name": "b", "description": "does b", "parameters": {"type": "object", "properties": {"z": {}, "a": {}}}, "strict": true},
            {"type": "web_search", "filters": {"allowed_domains": ["x.test"]}},
            {"type": "code_interpreter", "container": {"type": "auto"}},
            {"type": "mcp", "server_label": "s"},
        ])
        .to_string()
    );
    assert_eq!(
        body["tool_choice"],
        json!({"type": "allowed_tools", "mode": "auto", "tools": [{"type": "function", "name": "a"}, {"type": "function", "name": "b"}]})
    );
    assert_eq!(body["parallel_tool_calls"], false);
    assert_eq!(body["include"], json!(["code_interpreter_call.outputs"]));
    assert_eq!(warnings, ["-tools[2].web_search.max_uses"]);
}

#[test]
fn one_required_tool_is_named_and_modes_are_words() {
    let choose = |mode, names: &[&str]| {
        let mut request = call(vec![user("hi")]);
        request.tools = vec![function("a"), function("b")];
        request.tool_choice = Some(ToolChoice {
            mode,
            tool_names: names.iter().map(|name| (*name).to_owned()).collect(),
        });
        encode(&request)["tool_choice"].clone()
    };

    assert_eq!(
        choose(ToolMode::Required, &["a"]),
        json!({"type": "function", "name": "a"})
    );
    assert_eq!(choose(ToolMode::Required, &[]), "required");
    assert_eq!(choose(ToolMode::Auto, &[]), "auto");
    assert_eq!(choose(ToolMode::None, &["a"]), "none");
}

#[test]
fn a_provider_that_cannot_be_told_a_subset_gets_the_subset() {
    let dialect = OpenaiResponses {
        takes_allowed_tools: false,
        ..OpenaiResponses::DEFAULT
    };
    let mut request = call(vec![user("hi")]);
    request.tools = vec![function("a"), function("b"), function("c")];
    request.tool_choice = Some(ToolChoice {
        mode: ToolMode::Required,
        tool_names: vec!["a".to_owned(), "c".to_owned()],
    });
    let target = Target {
        provider: HERE,
        model: "gpt-4o",
    };

    let body = dialect
        .encode(&request, target, Mode::Whole)
        .unwrap()
        .request
        .body;

    let names: Vec<_> = body["tools"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tool| &tool["name"])
        .collect();
    assert_eq!(names, ["a", "c"]);
    assert_eq!(body["tool_choice"], "required");
}

#[test]
fn tools_the_provider_lacks_fail_the_call() {
    let foreign = ProviderTool {
        provider: "elsewhere".to_owned(),
        kind: "x".to_owned(),
        options: Map::new(),
    };
    let mut request = call(vec![user("hi")]);
    request.tools = vec![Tool {
        kind: ToolKind::Provider(foreign),
        cache_hint: None,
    }];
    assert_eq!(refusal(&request), "tools[0].provider_tool");

    let mut request = call(vec![user("hi")]);
    request.output_modalities = vec![Modality::Text, Modality::Audio];
    assert_eq!(refusal(&request), "output_modalities");
}

#[test]
fn effort_takes_the_nearest_level_of_the_model() {
    let effort = |model: &str, effort| {
        let mut request = call(vec![user("hi")]);
        request.reasoning = Some(ReasoningConfig {
            effort: Some(effort),
            ..ReasoningConfig::default()
        });
        let (body, warnings) = encode_for(model, &request);
        (body["reasoning"]["effort"].as_str().map(str::to_owned), warnings)
    };
    let sent = |word: &str, warnings: &[&str]| {
        let warnings: Vec<String> = warnings.iter().map(|field| (*field).to_owned()).collect();
        (Some(word.to_owned()), warnings)
    };

    assert_eq!(effort("gpt-5", ReasoningEffort::Minimal), sent("minimal", &[]));
    assert_eq!(
        effort("gpt-5", ReasoningEffort::None),
        sent("minimal", &["~reasoning.effort"])
    );
    assert_eq!(
        effort("o4-mini", ReasoningEffort::Max),
        sent("high", &["~reasoning.effort"])
    );
    assert_eq!(
        effort("gpt-5.1", ReasoningEffort::Minimal),
        sent("low", &["~reasoning.effort"])
    );
    assert_eq!(effort("gpt-5.2", ReasoningEffort::Max), sent("xhigh", &[]));
    assert_eq!(effort("gpt-5.6", ReasoningEffort::Max), sent("max", &[]));
    assert_eq!(effort("gpt-4o", ReasoningEffort::None), (None, vec![]));
    assert_eq!(
        effort("gpt-4o", ReasoningEffort::High),
        (None, vec!["-reasoning.effort".to_owned()])
    );
}

#[test]
fn sampling_is_left_out_where_the_model_reasons() {
    let mut request = call(vec![user("hi")]);
    request.sampling = Sampling {
        temperature: Some(0.2),
        top_p: Some(0.9),
        top_logprobs: Some(3),
        ..Sampling::default()
    };

    let (body, warnings) = encode_for("gpt-4o", &request);
    assert_eq!((&body["temperature"], &body["top_p"]), (&json!(0.2), &json!(0.9)));
    assert_eq!(body["include"], json!(["message.output_text.logprobs"]));
    assert_eq!(body["top_logprobs"], 3);
    assert!(warnings.is_empty());

    let (body, warnings) = encode_for("gpt-5", &request);
    assert!(body.get("temperature").is_none() && body.get("top_logprobs").is_none());
    assert_eq!(warnings, ["-temperature", "-top_p", "-top_logprobs"]);

    assert!(encode_for("gpt-5.4", &request).1.is_empty());
    request.reasoning = Some(ReasoningConfig {
        effort: Some(ReasoningEffort::Low),
        ..ReasoningConfig::default()
    });
    assert_eq!(encode_for("gpt-5.4", &request).1.len(), 3);
}

#[test]
fn what_the_api_lacks_is_left_out() {
    let mut request = call(vec![user("hi")]);
    request.messages[0].name = Some("ann".to_owned());
    request.messages[0].content[0].cache_hint = Some(CacheHint { ttl: None });
    request.reasoning = Some(ReasoningConfig {
        budget_tokens: Some(100),
        ..ReasoningConfig::default()
    });
    request.sampling = Sampling {
        top_k: Some(1),
        seed: Some(1),
        presence_penalty: Some(1.0),
        frequency_penalty: Some(1.0),
        stop_sequences: vec!["x".to_owned()],
        ..Sampling::default()
    };

    let (_, warnings) = encode_for("gpt-4o", &request);

    assert_eq!(
        warnings,
        [
            "~messages[0].name",
            "-messages[0].content[0].cache_hint",
            "-reasoning.budget_tokens",
            "-top_k",
            "-seed",
            "-presence_penalty",
            "-frequency_penalty",
            "-stop_sequences",
        ]
    );
}

#[test]
fn the_rest_has_its_words() {
    let mut request = call(vec![user("hi")]);
    request.messages[0].content[0].cache_hint = Some(CacheHint {
        ttl: Some(Duration::from_mins(30)),
    });
    request.reasoning = Some(ReasoningConfig {
        form: Some(ReasoningForm::Summary),
        ..ReasoningConfig::default()
    });
    request.max_output_tokens = Some(100);
    request.service_tier = Some(ServiceTier::Flex);
    request.prompt_cache_key = Some("k".to_owned());
    request.end_user_hash = Some("h".to_owned());
    request.response_format = Some(ResponseFormat::JsonSchema(JsonSchemaFormat {
        schema: json!({"type": "object"}),
        name: "thing".to_owned(),
        description: String::new(),
        strict: None,
    }));
    request.output_modalities = vec![Modality::Text, Modality::Image];

    let (body, warnings) = encode_for("gpt-5.6", &request);

    assert_eq!(
        body,
        json!({
            "model": "gpt-5.6",
            "input": [{"role": "user", "content": [{"type": "input_text", "text": "hi", "prompt_cache_breakpoint": {"mode": "explicit"}}]}],
            "store": false,
            "tools": [{"type": "image_generation"}],
            "reasoning": {"summary": "auto"},
            "text": {"format": {"type": "json_schema", "name": "thing", "schema": {"type": "object"}, "strict": true}},
            "max_output_tokens": 100,
            "prompt_cache_key": "k",
            "safety_identifier": "h",
            "service_tier": "flex",
            "include": ["reasoning.encrypted_content"],
        })
    );
    assert!(warnings.is_empty());
    request.response_format = Some(ResponseFormat::JsonObject);
    assert_eq!(
        encode(&request)["text"],
        json!({"format": {"type": "json_object"}})
    );
}

#[test]
fn options_merge_last_and_cannot_replace_the_conversation() {
    let mut request = call(vec![user("hi")]);
    request.response_format = Some(ResponseFormat::JsonObject);
    request.provider_options = options(json!({
        "text": {"verbosity": "low"}, "include": ["code_interpreter_call.outputs"], "store": true,
    }));
    request.messages[0].content[0].provider_options = options(json!({"extra": 1}));

    let (body, _) = encode_for("gpt-5", &request);

    assert_eq!(
        body["text"],
        json!({"format": {"type": "json_object"}, "verbosity": "low"})
    );
    assert_eq!(
        body["include"],
        json!(["reasoning.encrypted_content", "code_interpreter_call.outputs"])
    );
    assert_eq!(body["store"], true);
    assert_eq!(body["input"][0]["content"][0]["extra"], 1);
    for key in ["model", "input", "instructions", "tools", "stream", "background"] {
        request.provider_options = options(json!({key: 1}));
        assert_eq!(refusal(&request), format!("provider_options.here.{key}"));
    }
}

#[test]
fn a_count_asks_for_what_is_counted_only() {
    let mut request = call(vec![user("hi")]);
    request.max_output_tokens = Some(5);
    request.sampling.temperature = Some(1.0);
    request.tools = vec![function("a")];
    let target = Target {
        provider: HERE,
        model: "gpt-4o",
    };

    let encoded = OpenaiResponses::DEFAULT
        .encode_count(&request, target)
        .unwrap()
        .unwrap();

    assert_eq!(encoded.request.path, "/responses/input_tokens");
    let keys: Vec<_> = encoded.request.body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["model", "input", "tools"]);
    let counted =
        OpenaiResponses::DEFAULT.decode_count(br#"{"object":"response.input_tokens","input_tokens":18}"#);
    assert_eq!(counted, Ok(18));
    assert!(OpenaiResponses::DEFAULT.decode_count(b"{}").is_err());
}

#[test]
fn other_providers_of_the_dialect_are_data() {
    static OTHER: OpenaiResponses = OpenaiResponses {
        model: models::grok,
        count_path: None,
        pairs_reasoning: false,
        strict_by_default: None,
        logprobs: LogprobsWords::Flag,
        summaries: None,
        end_user_field: "user",
        ..OpenaiResponses::DEFAULT
    };
    let dialect: &'static dyn Dialect = &OTHER;
    let mut request = call(vec![user("hi")]);
    request.tools = vec![function("a")];
    request.sampling.top_logprobs = Some(2);
    request.end_user_hash = Some("h".to_owned());
    let target = Target {
        provider: HERE,
        model: "grok-4.3",
    };

    let body = dialect
        .encode(&request, target, Mode::Whole)
        .unwrap()
        .request
        .body;

    assert!(body["tools"][0].get("strict").is_none());
    assert_eq!((&body["logprobs"], &body["user"]), (&json!(true), &json!("h")));
    assert!(dialect.encode_count(&request, target).is_none());
}
