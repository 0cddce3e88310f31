//! Encoding, feature by feature, and answers that no recording has.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Value, json};

use super::GeminiGenerate;
use crate::domain::answer::{AnswerEvent, FinishReason};
use crate::domain::call::{
    ChatCall, FunctionTool, JsonSchemaFormat, Modality, ProviderTool, ReasoningConfig, ReasoningEffort,
    ResponseFormat, Sampling, ServiceTier, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool,
};
use crate::domain::content::{
    CacheHint, Citation, CitationSource, Media, MediaSource, Message, Opaque, Part, PartKind, ProviderState,
    ReasoningForm, Role, ToolCall, ToolResult,
};
use crate::domain::error::Reason;
use crate::domain::fold::{Answer, Fold};
use crate::domain::options::ProviderOptions;
use crate::wire::dialect::{DecodeContext, DecodeError, Dialect, EncodeError, Encoded, Mode, Target};

static DIALECT: GeminiGenerate = GeminiGenerate::V1BETA;

const FLASH_2_5: &str = "gemini-2.5-flash";
const FLASH_3: &str = "gemini-3-flash-preview";

fn message(role: Role, content: Vec<Part>) -> Message {
    Message {
        role,
        content,
        name: None,
    }
}

fn said(role: Role, text: &str) -> Message {
    message(role, vec![Part::text(text)])
}

fn call(messages: Vec<Message>) -> ChatCall {
    ChatCall {
        messages,
        ..ChatCall::default()
    }
}

fn hello() -> ChatCall {
    call(vec![said(Role::User, "hi")])
}

fn try_encode(call: &ChatCall, model: &str) -> Result<Encoded, EncodeError> {
    let target = Target {
        provider: "here",
        model,
    };
    DIALECT.encode(call, target, Mode::Whole)
}

/// The body, and the fields that have a warning; a `-` before those that were left out.
fn encoded(call: &ChatCall, model: &str) -> (Value, Vec<String>) {
    let encoded = try_encode(call, model).unwrap();
    let warnings = encoded.warnings.into_iter();
    let warnings = warnings
        .map(|warning| format!("{}{}", if warning.is_left_out { "-" } else { "" }, warning.field))
        .collect();
    (encoded.request.body, warnings)
}

fn body(call: &ChatCall, model: &str) -> Value {
    let (body, warnings) = encoded(call, model);
    assert_eq!(warnings, [""; 0]);
    body
}

fn refused_field(call: &ChatCall, model: &str) -> String {
    match try_encode(call, model).unwrap_err() {
        EncodeError::Unsupported { field, .. } => format!("unsupported {field}"),
        EncodeError::Invalid { field, .. } => format!("invalid {field}"),
    }
}

fn state(provider: &str, data: Value) -> Option<ProviderState> {
    Some(ProviderState {
        provider: provider.to_owned(),
        data: data.to_string().into(),
    })
}

fn tool_call(id: &str, name: &str, arguments: &str) -> Part {
    Part::new(PartKind::ToolCall(ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments_json: arguments.to_owned(),
        provider_executed: false,
    }))
}

fn tool_result(id: &str, content: Vec<Part>) -> Part {
    Part::new(PartKind::ToolResult(ToolResult {
        tool_call_id: id.to_owned(),
        name: String::new(),
        content,
        is_error: false,
    }))
}

fn media(mime_type: &str, source: MediaSource) -> Part {
    Part::new(PartKind::Media(Media {
        mime_type: mime_type.to_owned(),
        source,
        name: None,
        size_bytes: None,
    }))
}

fn options(provider: &str, options: Value) -> ProviderOptions {
    let Value::Object(options) = options else {
        unreachable!()
    };
    ProviderOptions::new(BTreeMap::from([(provider.to_owned(), options)]))
}

fn function(name: &str) -> Tool {
    Tool {
        kind: ToolKind::Function(FunctionTool {
            name: name.to_owned(),
            description: String::new(),
            input_schema: None,
            strict: None,
        }),
        cache_hint: None,
    }
}

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
fn instructions_have_one_place() {
    let call = call(vec![
        said(Role::System, "a"),
        said(Role::System, "b"),
        said(Role::User, "hi"),
        said(Role::System, "late"),
    ]);

    let (body, warnings) = encoded(&call, FLASH_2_5);

    assert_eq!(
        body["systemInstruction"],
        json!({"parts": [{"text": "a"}, {"text": "b"}, {"text": "late"}]})
    );
    assert_eq!(body["contents"].as_array().unwrap().len(), 1);
    assert_eq!(warnings, ["messages[3]"]);
}

#[test]
fn instructions_are_text_and_not_all_there_is() {
    let image = media("image/png", MediaSource::Data(Bytes::from_static(b"x")));
    let with_image = call(vec![message(Role::System, vec![image]), said(Role::User, "hi")]);

    assert_eq!(
        refused_field(&with_image, FLASH_2_5),
        "unsupported messages[0].content[0]"
    );
    assert_eq!(
        refused_field(&call(vec![said(Role::System, "a")]), FLASH_2_5),
        "unsupported messages"
    );
}

#[test]
fn results_go_into_one_turn_in_the_order_of_the_calls() {
    let mut failed = tool_result("call_gg_r_2", vec![Part::text("no such city")]);
    if let PartKind::ToolResult(result) = &mut failed.kind {
        result.is_error = true;
    }
    let call = call(vec![
        said(Role::User, "weather?"),
        message(
            Role::Assistant,
            vec![
                tool_call("a1", "weather", r#"{"city":"Rome"}"#),
                tool_call("call_gg_r_2", "time", ""),
            ],
        ),
        message(Role::Tool, vec![failed]),
        message(
            Role::Tool,
            vec![tool_result("a1", vec![Part::text(r#"{"sky":"blue"}"#)])],
        ),
        said(Role::User, "so?"),
    ]);

    // Ids that were made up here are not the provider's: they stay here.
    assert_eq!(
        body(&call, FLASH_2_5)["contents"],
        json!([
            {"role": "user", "parts": [{"text": "weather?"}]},
            {"role": "model", "parts": [
                {"functionCall": {"id": "a1", "name": "weather", "args": {"city": "Rome"}}},
                {"functionCall": {"name": "time", "args": {}}},
            ]},
            {"role": "user", "parts": [
                {"functionResponse": {"id": "a1", "name": "weather", "response": {"output": "{\"sky\":\"blue\"}"}}},
                {"functionResponse": {"name": "time", "response": {"error": "no such city"}}},
            ]},
            {"role": "user", "parts": [{"text": "so?"}]},
        ])
    );
}

#[test]
fn media_in_results_go_where_the_model_takes_them() {
    let pdf = media("application/pdf", MediaSource::Data(Bytes::from_static(b"pdf")));
    let sound = media("audio/wav", MediaSource::Data(Bytes::from_static(b"wav")));
    let call = call(vec![
        message(Role::Assistant, vec![tool_call("a1", "read", "{}")]),
        message(
            Role::Tool,
            vec![tool_result("a1", vec![Part::text("here"), pdf, sound])],
        ),
    ]);
    let pdf = json!({"inlineData": {"mimeType": "application/pdf", "data": "cGRm"}});
    let sound = json!({"inlineData": {"mimeType": "audio/wav", "data": "d2F2"}});
    let response = |parts: Option<Value>| {
        let mut response = json!({"id": "a1", "name": "read", "response": {"output": "here"}});
        if let Some(parts) = parts {
            response["parts"] = parts;
        }
        json!({ "functionResponse": response })
    };

    assert_eq!(
        body(&call, FLASH_3)["contents"][1]["parts"],
        json!([response(Some(json!([pdf]))), sound])
    );
    assert_eq!(
        body(&call, FLASH_2_5)["contents"][1]["parts"],
        json!([response(None), pdf, sound])
    );
}

#[test]
fn a_result_needs_a_name_and_a_call_that_is_sent() {
    let lost = call(vec![message(Role::Tool, vec![tool_result("x", vec![])])]);
    assert_eq!(
        refused_field(&lost, FLASH_2_5),
        "invalid messages[0].content[0].tool_result.name"
    );

    let mut cut = tool_call("a1", "read", r#"{"pa"#);
    cut.incomplete = true;
    let call = call(vec![
        said(Role::User, "hi"),
        message(Role::Assistant, vec![Part::text("I will"), cut]),
        message(Role::Tool, vec![tool_result("a1", vec![])]),
    ]);
    let (body, warnings) = encoded(&call, FLASH_2_5);
    assert_eq!(
        body["contents"][1],
        json!({"role": "model", "parts": [{"text": "I will"}]})
    );
    assert_eq!(body["contents"].as_array().unwrap().len(), 2);
    assert_eq!(warnings, ["messages[1].content[1]", "messages[2].content[0]"]);
}

#[test]
fn arguments_that_are_no_object_are_refused() {
    for arguments in ["[1]", "{", "\"x\""] {
        let call = call(vec![message(
            Role::Assistant,
            vec![tool_call("a", "f", arguments)],
        )]);
        assert_eq!(
            refused_field(&call, FLASH_2_5),
            "invalid messages[0].content[0].tool_call.arguments_json"
        );
    }
}

#[test]
fn state_goes_back_to_its_provider_only() {
    let with = |mut part: Part, provider: &str, data: Value| {
        part.provider_state = state(provider, data);
        part
    };
    let signed = json!({"thoughtSignature": "c2ln/+=="});
    let own_thought = json!({"thought": true, "thoughtSignature": "dA=="});
    let ran = json!({"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "cg=="});
    let mut code = tool_call("c", "code_execution", "{}");
    if let PartKind::ToolCall(call) = &mut code.kind {
        call.provider_executed = true;
    }
    let parts = |provider: &str| {
        vec![
            with(
                Part::reasoning("why", ReasoningForm::Summary),
                provider,
                own_thought.clone(),
            ),
            with(code.clone(), provider, ran.clone()),
            with(Part::text("so"), provider, signed.clone()),
            with(Part::text(""), provider, signed.clone()),
            with(tool_call("a1", "f", "{}"), provider, signed.clone()),
        ]
    };
    let call = |provider: &str| {
        call(vec![
            said(Role::User, "hi"),
            message(Role::Assistant, parts(provider)),
        ])
    };

    assert_eq!(
        body(&call("here"), FLASH_3)["contents"][1]["parts"],
        json!([
            {"text": "why", "thought": true, "thoughtSignature": "dA=="},
            {"executableCode": {"language": "PYTHON", "code": "1"}, "thoughtSignature": "cg=="},
            {"text": "so", "thoughtSignature": "c2ln/+=="},
            {"text": "", "thoughtSignature": "c2ln/+=="},
            {"functionCall": {"id": "a1", "name": "f", "args": {}}, "thoughtSignature": "c2ln/+=="},
        ])
    );
    let (body, warnings) = encoded(&call("there"), FLASH_2_5);
    assert_eq!(
        body["contents"][1]["parts"],
        json!([{"text": "so"}, {"functionCall": {"id": "a1", "name": "f", "args": {}}}])
    );
    assert_eq!(
        warnings,
        [
            "messages[1].content[0]",
            "messages[1].content[1]",
            "messages[1].content[2].provider_state",
            "messages[1].content[3]",
            "messages[1].content[4].provider_state",
        ]
    );
}

#[test]
fn unsigned_calls_of_the_turn_under_way_are_marked_where_the_model_wants_them_signed() {
    let calls = || {
        message(
            Role::Assistant,
            vec![tool_call("a1", "f", "{}"), tool_call("a2", "f", "{}")],
        )
    };
    let results = || {
        message(
            Role::Tool,
            vec![tool_result("a1", vec![]), tool_result("a2", vec![])],
        )
    };
    let call = call(vec![
        said(Role::User, "first"),
        calls(),
        results(),
        said(Role::User, "second"),
        calls(),
        results(),
    ]);
    let signatures = |model: &str| {
        let body = body(&call, model);
        let contents = body["contents"].as_array().unwrap().clone();
        let turns = contents.into_iter().filter(|content| content["role"] == "model");
        let parts = turns.flat_map(|turn| turn["parts"].as_array().unwrap().clone());
        parts
            .map(|part| part["thoughtSignature"].is_string())
            .collect::<Vec<bool>>()
    };

    assert_eq!(signatures(FLASH_3), [false, false, true, false]);
    assert_eq!(signatures(FLASH_2_5), [false; 4]);
}

#[test]
fn opaque_blocks_go_back_to_their_provider_only() {
    let opaque = |provider: &str, kind: &str| {
        Part::new(PartKind::Opaque(Opaque {
            provider: provider.to_owned(),
            kind: kind.to_owned(),
            payload_json: r#"{"hologram":{"z":1,"a":2}}"#.to_owned(),
        }))
    };
    let call = call(vec![
        said(Role::User, "hi"),
        message(
            Role::Assistant,
            vec![
                opaque("here", "hologram"),
                opaque("there", "hologram"),
                // What an answer says of its sources is not taken back.
                opaque("here", "groundingMetadata"),
            ],
        ),
    ]);

    let (body, warnings) = encoded(&call, FLASH_2_5);

    assert_eq!(
        body["contents"][1]["parts"].to_string(),
        r#"[{"hologram":{"z":1,"a":2}}]"#
    );
    assert_eq!(warnings, ["messages[1].content[1]"]);
}

#[test]
fn media_come_as_bytes_urls_and_files() {
    let file = |provider: &str, id: &str| {
        let source = MediaSource::File {
            provider: provider.to_owned(),
            id: id.to_owned(),
        };
        media("video/mp4", source)
    };
    let url = |url: &str| media("", MediaSource::Url(url.to_owned()));
    let mut clip = url("https://youtu.be/x");
    clip.provider_options = options("here", json!({"videoMetadata": {"startOffset": "2s"}}));
    let parts = vec![
        media("image/png", MediaSource::Data(Bytes::from_static(&[0xfb, 0xff]))),
        clip,
        file("here", "files/abc"),
        file("here", "https://x.test/v1beta/files/abc"),
    ];
    let call_of = |parts| call(vec![message(Role::User, parts)]);

    assert_eq!(
        body(&call_of(parts), FLASH_2_5)["contents"][0]["parts"],
        json!([
            {"inlineData": {"mimeType": "image/png", "data": "+/8="}},
            {"fileData": {"fileUri": "https://youtu.be/x"}, "videoMetadata": {"startOffset": "2s"}},
            {"fileData": {"mimeType": "video/mp4", "fileUri": format!("{}files/abc", DIALECT.files_url)}},
            {"fileData": {"mimeType": "video/mp4", "fileUri": "https://x.test/v1beta/files/abc"}},
        ])
    );
    assert_eq!(
        refused_field(&call_of(vec![file("there", "f")]), FLASH_2_5),
        "unsupported messages[0].content[0].media.file"
    );
    let page = || call_of(vec![url("https://x.test/a.png")]);
    assert_eq!(
        refused_field(&page(), "gemini-2.0-flash"),
        "unsupported messages[0].content[0].media.url"
    );
    assert!(try_encode(&page(), FLASH_2_5).is_ok());
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
            "-messages[0].name",
            "-parallel_tool_calls",
            "-prompt_cache_key",
            "-seed",
            "-tools[0].cache_hint",
            "-tools[0].web_search.max_uses",
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
        (FLASH_3, None, Some(500), budget(500), ""),
        (FLASH_3, None, Some(0), level("minimal"), "reasoning.effort"),
        (
            FLASH_3,
            Some(Low),
            Some(500),
            level("low"),
            "-reasoning.budget_tokens",
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

fn decoded(body: &Value) -> Result<Answer, DecodeError> {
    let context = DecodeContext {
        provider: "here".to_owned(),
        include_raw: false,
    };
    let mut events = Vec::new();
    DIALECT.decode_whole(context, body.to_string().as_bytes(), &mut events)?;
    let mut fold = Fold::default();
    events.into_iter().for_each(|event| fold.push(event));
    Ok(fold.into_answer())
}

fn chunk(parts: Value, rest: Value) -> Value {
    let mut candidate = json!({"content": {"role": "model", "parts": parts}});
    candidate
        .as_object_mut()
        .unwrap()
        .extend(rest.as_object().unwrap().clone());
    json!({"candidates": [candidate], "responseId": "r"})
}

fn stopped(parts: Value) -> Value {
    chunk(parts, json!({"finishReason": "STOP"}))
}

#[test]
fn a_signature_keeps_its_part_apart() {
    let answer = decoded(&json!([
        chunk(json!([{"text": "a"}]), json!({})),
        chunk(json!([{"text": "b"}]), json!({})),
        chunk(json!([{"text": "", "thoughtSignature": "s1"}]), json!({})),
        chunk(
            json!([{"text": "c", "thoughtSignature": "s2"}, {"text": "d"}]),
            json!({})
        ),
        stopped(json!([{"text": ""}])),
    ]))
    .unwrap();

    let parts: Vec<(&PartKind, Option<&[u8]>)> = answer
        .message
        .content
        .iter()
        .map(|part| (&part.kind, part.state_of("here")))
        .collect();
    let text = |text: &str| PartKind::Text(text.to_owned());
    assert_eq!(
        parts,
        [
            (&text("ab"), None),
            (&text(""), Some(&br#"{"thoughtSignature":"s1"}"#[..])),
            (&text("c"), Some(&br#"{"thoughtSignature":"s2"}"#[..])),
            (&text("d"), None),
        ]
    );
}

#[test]
fn ids_are_made_up_once_and_alike() {
    let ids = |body: &Value| {
        let answer = decoded(body).unwrap();
        let calls = answer
            .message
            .content
            .into_iter()
            .filter_map(|part| match part.kind {
                PartKind::ToolCall(call) => Some(call.id),
                _ => None,
            });
        calls.collect::<Vec<String>>()
    };
    let two = json!([{"functionCall": {"name": "f"}}, {"functionCall": {"name": "f", "args": {}}}]);
    let mut nameless = stopped(two.clone());
    nameless.as_object_mut().unwrap().remove("responseId");

    assert_eq!(ids(&stopped(two)), ["call_gg_r_1", "call_gg_r_2"]);
    let made_up = ids(&nameless);
    assert_eq!(made_up, ids(&nameless));
    assert_ne!(made_up[0], made_up[1]);
}

#[test]
fn calls_make_the_finish_reason_unless_the_answer_was_cut() {
    let reason = |word: &str| {
        let parts = json!([{"functionCall": {"name": "f", "args": {"a": 1}}}]);
        let answer = decoded(&chunk(parts, json!({ "finishReason": word }))).unwrap();
        answer.finish.unwrap().reason
    };

    assert_eq!(reason("STOP"), FinishReason::ToolCalls);
    assert_eq!(reason("MAX_TOKENS"), FinishReason::MaxTokens);
    assert_eq!(reason("SAFETY"), FinishReason::ContentFilter);
    assert_eq!(reason("WHAT_IS_THIS"), FinishReason::ToolCalls);
}

#[test]
fn a_call_that_something_else_interrupts_is_cut() {
    let begun = json!({"functionCall": {"name": "f", "willContinue": true}});
    let piece = json!({"functionCall": {
        "partialArgs": [{"jsonPath": "$.a", "stringValue": "x", "willContinue": true}],
        "willContinue": true,
    }});
    let answer = decoded(&stopped(json!([begun, piece, {"text": "but"}]))).unwrap();

    assert!(answer.message.content[0].incomplete);
    assert_eq!(answer.finish.unwrap().reason, FinishReason::Stop);
}

#[test]
fn the_part_under_way_is_cut_with_the_answer_and_no_other() {
    let cut = |parts: Value| {
        let answer = decoded(&chunk(parts, json!({"finishReason": "MAX_TOKENS"}))).unwrap();
        let parts = answer.message.content.iter();
        parts.map(|part| part.incomplete).collect::<Vec<bool>>()
    };
    let signed = json!({"text": "", "thoughtSignature": "s"});
    let call = json!({"functionCall": {"name": "f"}});

    assert_eq!(
        cut(json!([{"text": "a", "thought": true}, {"text": "b"}])),
        [false, true]
    );
    assert_eq!(cut(json!([{"text": "a"}, signed])), [true, false]);
    assert_eq!(cut(json!([{"text": "a"}, call])), [false, false]);
    assert_eq!(cut(json!([{"text": "a", "thought": true}])), [true]);
}

#[test]
fn sources_are_found_by_their_words() {
    let grounding = json!({
        "groundingChunks": [
            {"web": {"uri": "https://a.test", "title": "A"}},
            {"retrievedContext": {"title": "doc", "text": "quoted"}},
        ],
        "groundingSupports": [
            {"segment": {"startIndex": 7, "endIndex": 12, "text": "drüben"}, "groundingChunkIndices": [0, 1, 9]},
            {"segment": {"startIndex": 0, "endIndex": 5}, "groundingChunkIndices": [0]},
            {"segment": {"startIndex": 900, "endIndex": 950, "text": "nowhere"}, "groundingChunkIndices": [0]},
        ],
    });
    let parts = json!([{"text": "thinking", "thought": true}, {"text": "hier ü"}, {"text": "nd drüben"}]);
    let answer = decoded(&chunk(
        parts,
        json!({"finishReason": "STOP", "groundingMetadata": grounding}),
    ))
    .unwrap();

    let web = |start_byte, end_byte| Citation {
        start_byte,
        end_byte,
        source: Some(CitationSource::Web {
            url: "https://a.test".to_owned(),
            title: "A".to_owned(),
        }),
        quote: String::new(),
    };
    let document = Citation {
        source: Some(CitationSource::Web {
            url: String::new(),
            title: "doc".to_owned(),
        }),
        quote: "quoted".to_owned(),
        ..web(10, 17)
    };
    assert_eq!(
        answer.message.content[1].citations,
        [web(10, 17), document, web(0, 5), web(0, 0)]
    );
    let PartKind::Opaque(kept) = &answer.message.content[2].kind else {
        panic!("{:?}", answer.message.content)
    };
    assert_eq!(kept.kind, "groundingMetadata");
    assert_eq!(kept.payload_json, grounding.to_string());
}

#[test]
fn log_probabilities_come_with_their_text() {
    let token = |token: &str| json!({"token": token, "tokenId": 1, "logProbability": -0.5});
    let said = json!({
        "chosenCandidates": [token("hi")],
        "topCandidates": [{"candidates": [token("hi"), token("ho")]}],
    });
    let body = chunk(
        json!([{"text": "hi"}]),
        json!({"finishReason": "STOP", "logprobsResult": said}),
    );
    let context = DecodeContext {
        provider: "here".to_owned(),
        include_raw: false,
    };
    let mut events = Vec::new();
    DIALECT
        .decode_whole(context, body.to_string().as_bytes(), &mut events)
        .unwrap();

    let deltas: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            AnswerEvent::TextDelta(_, delta) => Some(delta),
            _ => None,
        })
        .collect();
    assert_eq!(deltas.len(), 1);
    assert_eq!(deltas[0].text, "hi");
    assert_eq!(deltas[0].logprobs[0].alternatives[1].token, "ho");
}

#[test]
fn media_come_out_and_unknown_parts_are_kept() {
    let answer = decoded(&stopped(json!([
        {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": "AAE="}},
        {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": "AgM"}},
        {"inlineData": {"mimeType": "image/png", "data": "/+8="}, "thoughtSignature": "s"},
        {"inlineData": {"mimeType": "image/png", "data": "/+8="}, "thought": true},
        {"fileData": {"mimeType": "video/mp4", "fileUri": "https://x.test/v"}},
        {"hologram": {"z": 1}},
    ])))
    .unwrap();

    let data = |index: usize| match &answer.message.content[index].kind {
        PartKind::Media(Media {
            source: MediaSource::Data(bytes),
            ..
        }) => bytes.to_vec(),
        other => panic!("{other:?}"),
    };
    let kind = |index: usize| match &answer.message.content[index].kind {
        PartKind::Opaque(opaque) => opaque.kind.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(data(0), [0, 1, 2, 3]);
    assert_eq!(data(1), [0xff, 0xef]);
    assert!(answer.message.content[1].state_of("here").is_some());
    assert_eq!([kind(2), kind(4)], ["thought", "hologram"]);
    assert_eq!(answer.message.content.len(), 5);
}

#[test]
fn blocked_prompts_errors_and_missing_ends_are_failures() {
    let blocked =
        json!({"promptFeedback": {"blockReason": "SAFETY"}, "usageMetadata": {"promptTokenCount": 3}});
    let failed = json!([
        chunk(json!([{"text": "a"}]), json!({})),
        {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}},
    ]);
    let reason = |body: &Value| match decoded(body).unwrap_err() {
        DecodeError::Provider(failure) => (failure.reason, failure.code),
        other => panic!("{other:?}"),
    };

    assert_eq!(reason(&blocked), (Reason::PromptBlocked, "SAFETY".to_owned()));
    assert_eq!(
        reason(&failed),
        (Reason::ProviderUnavailable, "UNAVAILABLE".to_owned())
    );
    assert_eq!(
        decoded(&chunk(json!([{"text": "a"}]), json!({}))).unwrap_err(),
        DecodeError::Truncated
    );
}

#[test]
fn refusals_are_told_apart_by_their_words() {
    let quota = |id: &str, value: &str| {
        json!([
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure",
             "violations": [{"quotaId": id, "quotaValue": value}]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "48.5s"},
        ])
    };
    let info = |reason: &str| json!([{"reason": reason, "domain": "googleapis.com"}]);
    let none = json!([]);
    let rows = [
        (
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota, please check your plan and billing details.",
            quota("TokensPerMinute", "100"),
            Reason::ProviderRateLimited,
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "You exceeded your current quota",
            quota("RequestsPerDayPerProject", "250"),
            Reason::ProviderQuotaExhausted,
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "Quota exceeded for metric: x, limit: 0, model: y",
            none.clone(),
            Reason::ProviderQuotaExhausted,
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "Your prepayment credits are depleted.",
            none.clone(),
            Reason::ProviderQuotaExhausted,
        ),
        (
            429,
            "RESOURCE_EXHAUSTED",
            "No capacity available",
            info("MODEL_CAPACITY_EXHAUSTED"),
            Reason::ProviderUnavailable,
        ),
        (
            400,
            "FAILED_PRECONDITION",
            "Free tier is not available in your country. Please enable billing",
            none.clone(),
            Reason::ProviderQuotaExhausted,
        ),
        (
            400,
            "FAILED_PRECONDITION",
            "User location is not supported for the API use.",
            none.clone(),
            Reason::ProviderRejected,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "API key expired. Please renew the API key.",
            info("API_KEY_INVALID"),
            Reason::ProviderAuthFailed,
        ),
        (
            403,
            "PERMISSION_DENIED",
            "Your API key was reported as leaked.",
            none.clone(),
            Reason::ProviderAuthFailed,
        ),
        (
            403,
            "PERMISSION_DENIED",
            "You do not have permission to access the File abc or it may not exist.",
            none.clone(),
            Reason::MediaUnreadable,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).",
            none.clone(),
            Reason::ContextTooLong,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Unable to process input image. Please retry",
            none.clone(),
            Reason::MediaUnreadable,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Unsupported MIME type: application/zip",
            none.clone(),
            Reason::Unsupported,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Function calling is not enabled for models/x",
            none.clone(),
            Reason::Unsupported,
        ),
        (
            400,
            "INVALID_ARGUMENT",
            "Invalid JSON payload received.",
            none.clone(),
            Reason::ProviderRejected,
        ),
        (
            404,
            "NOT_FOUND",
            "models/x is not found for API version v1beta, or is not supported for generateContent.",
            none.clone(),
            Reason::ModelNotFound,
        ),
        (
            500,
            "INTERNAL",
            "An internal error has occurred.",
            none.clone(),
            Reason::ProviderUnavailable,
        ),
        (
            503,
            "UNAVAILABLE",
            "The model is overloaded.",
            none.clone(),
            Reason::ProviderUnavailable,
        ),
        (
            504,
            "DEADLINE_EXCEEDED",
            "Deadline expired before operation could complete.",
            none.clone(),
            Reason::ProviderTimeout,
        ),
    ];
    for (status, name, message, details, reason) in rows {
        let error =
            json!({"error": {"code": status, "message": message, "status": name, "details": details}});
        for body in [error.to_string(), json!([error]).to_string()] {
            let failure = DIALECT.classify(status, &HeaderMap::new(), body.as_bytes());
            assert_eq!(failure.reason, reason, "{message}");
            assert_eq!(failure.message, message);
            let has_delay = reason == Reason::ProviderRateLimited;
            assert_eq!(
                failure.retry_after,
                has_delay.then_some(Duration::from_millis(48_500)),
                "{message}"
            );
            let has_counts = reason == Reason::ContextTooLong;
            assert_eq!(failure.metadata.len(), if has_counts { 2 } else { 0 });
        }
    }

    let page = DIALECT.classify(502, &HeaderMap::new(), b"<html>Bad gateway</html>");
    assert_eq!(page.reason, Reason::ProviderUnavailable);
    assert!(page.message.contains("Bad gateway"));
}
