//! Paths, parameters and tools.

use super::*;

#[test]
fn a_plain_call_says_nothing_that_was_not_asked_for() {
    assert_eq!(
        body(&hello(), FLASH_2_5),
        json!({"contents": [{"role": "user", "parts": [{"text": "hi"}]}]})
    );
}

#[test]
fn the_path_names_model_and_method() {
    let path = |model: &str, mode| {
        let target = Target {
            provider: "here",
            model,
        };
        DIALECT.encode(&hello(), target, mode).unwrap().request.path
    };

    assert_eq!(
        path(FLASH_2_5, Mode::Whole),
        "/v1beta/models/gemini-2.5-flash:generateContent"
    );
    assert_eq!(
        path("models/gemini-2.5-flash", Mode::Stream),
        "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    );
    assert_eq!(
        path("tunedModels/mine", Mode::Whole),
        "/v1beta/tunedModels/mine:generateContent"
    );
    assert_eq!(
        path("../secrets?x", Mode::Whole),
        "/v1beta/models/..%2Fsecrets%3Fx:generateContent"
    );
}

#[test]
fn token_counts_take_the_whole_request() {
    let mut call = hello();
    call.messages.insert(0, said(Role::System, "be brief"));
    let target = Target {
        provider: "here",
        model: "models/gemini-2.5-flash",
    };

    let request = DIALECT.encode_count(&call, target).unwrap().unwrap().request;

    assert_eq!(request.path, "/v1beta/models/gemini-2.5-flash:countTokens");
    assert_eq!(
        request.body,
        json!({"generateContentRequest": {
            "model": "models/gemini-2.5-flash",
            "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
            "systemInstruction": {"parts": [{"text": "be brief"}]},
        }})
    );
    assert_eq!(DIALECT.decode_count(br#"{"totalTokens": 7}"#), Ok(7));
    assert!(DIALECT.decode_count(b"{}").is_err());
}

#[test]
fn sampling_and_limits_have_their_names() {
    let mut call = hello();
    call.max_output_tokens = Some(9);
    call.sampling = Sampling {
        temperature: Some(0.2),
        top_p: Some(0.9),
        top_k: Some(4),
        seed: Some(5),
        presence_penalty: Some(0.5),
        frequency_penalty: Some(-0.5),
        top_logprobs: Some(3),
        stop_sequences: vec!["END".to_owned()],
    };
    call.service_tier = Some(ServiceTier::Flex);
    call.output_modalities = vec![Modality::Text, Modality::Image];
    call.end_user_hash = Some("u".to_owned());

    let body = body(&call, FLASH_2_5);

    assert_eq!(
        body["generationConfig"],
        json!({
            "maxOutputTokens": 9, "temperature": 0.2, "topP": 0.9, "topK": 4, "seed": 5,
            "presencePenalty": 0.5, "frequencyPenalty": -0.5, "stopSequences": ["END"],
            "responseLogprobs": true, "logprobs": 3, "responseModalities": ["TEXT", "IMAGE"],
        })
    );
    assert_eq!(body["serviceTier"], "flex");
}

#[test]
fn knobs_that_newer_models_refuse_are_left_out() {
    let mut call = hello();
    call.sampling.temperature = Some(0.2);
    call.sampling.top_k = Some(4);
    call.sampling.seed = Some(5);
    let kept = |model: &str| {
        let (body, warnings) = encoded(&call, model);
        let config = body["generationConfig"].as_object().unwrap().len();
        (config, warnings.join(" "))
    };

    for model in ["gemini-2.5-pro", "gemini-3.5-flash", FLASH_3, "another-family"] {
        assert_eq!(kept(model), (3, String::new()), "{model}");
    }
    for model in ["gemini-3.5-flash-lite", "gemini-3.8-flash", "gemini-flash-latest"] {
        assert_eq!(kept(model), (1, "-temperature -top_k".to_owned()), "{model}");
    }
}

#[test]
fn what_the_api_lacks_is_said() {
    let mut call = hello();
    call.sampling.seed = Some(1 << 40);
    call.parallel_tool_calls = Some(false);
    call.prompt_cache_key = Some("k".to_owned());
    call.messages[0].name = Some("ann".to_owned());
    call.messages[0].content[0].cache_hint = Some(CacheHint { ttl: None });
    call.tools = vec![Tool {
        cache_hint: Some(CacheHint { ttl: None }),
        kind: ToolKind::WebSearch(WebSearchTool {
            max_uses: Some(2),
            ..WebSearchTool::default()
        }),
    }];

    let (_, mut warnings) = encoded(&call, FLASH_2_5);

    warnings.sort();
    assert_eq!(
        warnings,
        [
            "-messages[0].content[0].cache_hint",
            "-parallel_tool_calls",
            "-prompt_cache_key",
            "-seed",
            "-tools[0].cache_hint",
            "-tools[0].web_search.max_uses",
            "messages[0].name",
        ]
    );
    call.output_modalities = vec![Modality::Text, Modality::Video];
    assert_eq!(
        refused_field(&call, FLASH_2_5),
        "unsupported output_modalities[1]"
    );
}

#[test]
fn schemas_go_in_as_they_are() {
    let schema: Value =
        serde_json::from_str(r#"{"type":"object","$defs":{"b":{}},"additionalProperties":false}"#).unwrap();
    let mut call = hello();
    call.response_format = Some(ResponseFormat::JsonSchema(JsonSchemaFormat {
        schema: schema.clone(),
        name: "response".to_owned(),
        description: String::new(),
        strict: None,
    }));
    let mut tool = function("f");
    if let ToolKind::Function(function) = &mut tool.kind {
        function.description = "does".to_owned();
        function.input_schema = Some(schema.clone());
    }
    call.tools = vec![tool, function("g")];

    let body = body(&call, FLASH_2_5);

    let config = json!({"responseMimeType": "application/json", "responseJsonSchema": schema});
    assert_eq!(body["generationConfig"].to_string(), config.to_string());
    let tools = json!([{"functionDeclarations": [
        {"name": "f", "description": "does", "parametersJsonSchema": schema},
        {"name": "g"},
    ]}]);
    assert_eq!(body["tools"].to_string(), tools.to_string());
    assert_eq!(body.get("toolConfig"), None);
}

#[test]
fn the_providers_tools_are_tools_of_their_own() {
    let provider_tool = |provider: &str| Tool {
        kind: ToolKind::Provider(ProviderTool {
            provider: provider.to_owned(),
            kind: "fileSearch".to_owned(),
            options: serde_json::Map::from_iter([("topK".to_owned(), json!(3))]),
        }),
        cache_hint: None,
    };
    let plain = |kind| Tool {
        kind,
        cache_hint: None,
    };
    let mut call = hello();
    call.tools = vec![
        plain(ToolKind::WebSearch(WebSearchTool::default())),
        plain(ToolKind::CodeExecution),
        provider_tool("here"),
        function("f"),
    ];

    let mixed = body(&call, FLASH_3);
    assert_eq!(
        mixed["tools"],
        json!([
            {"googleSearch": {}},
            {"codeExecution": {}},
            {"fileSearch": {"topK": 3}},
            {"functionDeclarations": [{"name": "f"}]},
        ])
    );
    assert_eq!(
        mixed["toolConfig"],
        json!({"includeServerSideToolInvocations": true})
    );

    call.tools[2] = provider_tool("there");
    assert_eq!(refused_field(&call, FLASH_3), "unsupported tools[2]");
    call.tools = vec![plain(ToolKind::WebSearch(WebSearchTool {
        allowed_domains: vec!["x.test".to_owned()],
        ..WebSearchTool::default()
    }))];
    assert_eq!(
        refused_field(&call, FLASH_3),
        "unsupported tools[0].web_search.allowed_domains"
    );
}

#[test]
fn a_choice_that_functions_cannot_carry_is_said() {
    let search = || Tool {
        kind: ToolKind::WebSearch(WebSearchTool::default()),
        cache_hint: None,
    };
    let mut call = hello();
    call.tools = vec![search(), function("f")];
    call.tool_choice = Some(ToolChoice {
        mode: ToolMode::None,
        tool_names: Vec::new(),
    });
    let (off, warnings) = encoded(&call, FLASH_3);
    assert_eq!(off["tools"], json!([{"functionDeclarations": [{"name": "f"}]}]));
    assert_eq!(warnings, ["tools[0]"]);

    call.tools = vec![search()];
    call.tool_choice = Some(ToolChoice {
        mode: ToolMode::Required,
        tool_names: Vec::new(),
    });
    let (forced, warnings) = encoded(&call, FLASH_3);
    assert_eq!(forced.get("toolConfig"), None);
    assert_eq!(warnings, ["-tool_choice"]);
}

#[test]
fn tool_choice_and_strictness_choose_the_mode() {
    let mode = |choice: Option<(ToolMode, &[&str])>, strict: Option<bool>| {
        let mut call = hello();
        let mut tool = function("f");
        if let ToolKind::Function(function) = &mut tool.kind {
            function.strict = strict;
        }
        call.tools = vec![tool];
        call.tool_choice = choice.map(|(mode, names)| ToolChoice {
            mode,
            tool_names: names.iter().map(|name| (*name).to_owned()).collect(),
        });
        body(&call, FLASH_2_5)["toolConfig"]["functionCallingConfig"].clone()
    };

    assert_eq!(mode(None, None), Value::Null);
    assert_eq!(mode(None, Some(true)), json!({"mode": "VALIDATED"}));
    assert_eq!(mode(Some((ToolMode::Auto, &[])), None), json!({"mode": "AUTO"}));
    assert_eq!(
        mode(Some((ToolMode::None, &[])), Some(true)),
        json!({"mode": "NONE"})
    );
    assert_eq!(
        mode(Some((ToolMode::Auto, &["f"])), None),
        json!({"mode": "VALIDATED", "allowedFunctionNames": ["f"]})
    );
    assert_eq!(
        mode(Some((ToolMode::Required, &["f"])), None),
        json!({"mode": "ANY", "allowedFunctionNames": ["f"]})
    );
}

#[test]
fn thinking_is_asked_for_as_the_model_takes_it() {
    use ReasoningEffort::{High, Low, Max, Medium, Minimal, None as Off};
    let config = |model: &str, effort: Option<ReasoningEffort>, budget: Option<u32>| {
        let mut call = hello();
        call.reasoning = Some(ReasoningConfig {
            effort,
            budget_tokens: budget,
            form: None,
        });
        let (body, warnings) = encoded(&call, model);
        (
            body["generationConfig"]["thinkingConfig"].clone(),
            warnings.join(" "),
        )
    };
    let budget = |tokens: u32| json!({ "thinkingBudget": tokens });
    let level = |word: &str| json!({ "thinkingLevel": word });
    let rows = [
        (FLASH_2_5, Some(Off), None, budget(0), ""),
        (FLASH_2_5, Some(Medium), None, budget(8_192), ""),
        (FLASH_2_5, Some(Low), Some(77), budget(77), ""),
        (FLASH_2_5, Some(Max), None, budget(24_576), ""),
        (
            FLASH_2_5,
            None,
            Some(99_999),
            budget(24_576),
            "reasoning.budget_tokens",
        ),
        ("gemini-2.5-pro", Some(Off), None, budget(128), "reasoning.effort"),
        ("gemini-2.5-pro", Some(Max), None, budget(32_768), ""),
        (
            "gemini-2.5-flash-lite",
            None,
            Some(100),
            budget(512),
            "reasoning.budget_tokens",
        ),
        (FLASH_3, Some(Minimal), None, level("minimal"), ""),
        (FLASH_3, Some(Off), None, level("minimal"), "reasoning.effort"),
        (FLASH_3, Some(Max), None, level("high"), ""),
        (
            FLASH_3,
            None,
            Some(500),
            level("minimal"),
            "reasoning.budget_tokens",
        ),
        (
            FLASH_3,
            None,
            Some(0),
            level("minimal"),
            "reasoning.budget_tokens",
        ),
        (
            FLASH_3,
            Some(Low),
            Some(500),
            level("low"),
            "-reasoning.budget_tokens",
        ),
        ("gemini-3.8-flash", Some(Minimal), None, level("low"), ""),
        ("gemini-3.5-flash-lite", Some(Minimal), None, level("minimal"), ""),
        ("gemini-3.1-flash-image", Some(Medium), None, level("high"), ""),
        ("gemini-flash-latest", Some(Minimal), None, level("low"), ""),
        (
            "gemini-2.5-flash-image",
            Some(High),
            None,
            Value::Null,
            "-reasoning.effort",
        ),
        ("gemini-3-pro-preview", Some(Medium), None, level("high"), ""),
        ("gemini-3.1-pro-preview", Some(Medium), None, level("medium"), ""),
        ("some-model-of-tomorrow", Some(High), None, level("high"), ""),
        (
            "gemini-2.0-flash",
            Some(High),
            None,
            Value::Null,
            "-reasoning.effort",
        ),
        ("gemini-2.0-flash", Some(Off), None, Value::Null, ""),
    ];
    for (model, effort, tokens, expected, warnings) in rows {
        assert_eq!(
            config(model, effort, tokens),
            (expected, warnings.to_owned()),
            "{model} {effort:?} {tokens:?}"
        );
    }
}

#[test]
fn the_form_of_reasoning_shows_or_hides_thoughts() {
    let included = |form| {
        let mut call = hello();
        call.reasoning = Some(ReasoningConfig {
            form,
            ..ReasoningConfig::default()
        });
        body(&call, FLASH_3)["generationConfig"]["thinkingConfig"]["includeThoughts"].clone()
    };

    assert_eq!(included(Some(ReasoningForm::Summary)), true);
    assert_eq!(included(Some(ReasoningForm::Full)), true);
    assert_eq!(included(Some(ReasoningForm::Hidden)), false);
    assert_eq!(included(None), Value::Null);
}

#[test]
fn provider_options_are_merged_last_and_change_no_contents() {
    let mut call = hello();
    call.sampling.temperature = Some(0.5);
    call.provider_options = options(
        "here",
        json!({"cachedContent": "cachedContents/x", "generationConfig": {"speechConfig": {"languageCode": "de"}}}),
    );
    assert_eq!(
        body(&call, FLASH_2_5),
        json!({
            "contents": [{"role": "user", "parts": [{"text": "hi"}]}],
            "generationConfig": {"temperature": 0.5, "speechConfig": {"languageCode": "de"}},
            "cachedContent": "cachedContents/x",
        })
    );
    for key in [
        "contents",
        "model",
        "systemInstruction",
        "system_instruction",
        "tools",
    ] {
        call.provider_options = options("here", json!({ key: [] }));
        assert_eq!(
            refused_field(&call, FLASH_2_5),
            format!("invalid provider_options.here.{key}")
        );
    }
    call.provider_options = options("there", json!({"contents": []}));
    assert!(try_encode(&call, FLASH_2_5).is_ok());
    call.messages[0].content[0].provider_options = options("here", json!({"text": "other"}));
    assert_eq!(
        refused_field(&call, FLASH_2_5),
        "invalid messages[0].content[0].provider_options.here.text"
    );
}
