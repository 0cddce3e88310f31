//! What a call becomes, feature by feature.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::domain::call::{
    ChatCall, JsonSchemaFormat, Modality, ProviderTool, ReasoningConfig, ReasoningEffort, ResponseFormat,
    Sampling, ServiceTier, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool,
};
use crate::domain::content::{
    CacheHint, MediaSource, Message, Opaque, Part, PartKind, ProviderState, ReasoningForm, Role,
};
use crate::wire::dialect::{Dialect, EncodeError, Encoded, Mode, Target};
use crate::wire::openai_chat::OpenaiChat;
use crate::wire::openai_chat::quirks::{MediaIn, Quirks, ReasoningReplay, ReasoningRequest, WebSearch};
use crate::wire::samples::{self, function, media, message, options, tool_result};

fn encode(quirks: Quirks, call: &ChatCall) -> Result<Encoded, EncodeError> {
    let target = Target {
        provider: "p",
        model: "m",
    };
    OpenaiChat { quirks }.encode(call, target, Mode::Whole)
}

/// The body without the model and, if it is the usual one, the conversation.
fn body(quirks: Quirks, call: &ChatCall) -> Value {
    let mut body = encode(quirks, call).unwrap().request.body;
    let members = body.as_object_mut().unwrap();
    members.remove("model");
    if members["messages"] == json!([{"role": "user", "content": "hi"}]) {
        members.remove("messages");
    }
    body
}

fn warnings(quirks: Quirks, call: &ChatCall) -> Vec<(String, bool)> {
    let warnings = encode(quirks, call).unwrap().warnings;
    warnings
        .into_iter()
        .map(|warning| (warning.field, warning.is_left_out))
        .collect()
}

fn refused(quirks: Quirks, call: &ChatCall) -> String {
    match encode(quirks, call).unwrap_err() {
        EncodeError::Unsupported { field, .. } | EncodeError::Invalid { field, .. } => field,
    }
}

fn asking(messages: Vec<Message>) -> ChatCall {
    ChatCall {
        messages,
        ..ChatCall::default()
    }
}

fn hi() -> ChatCall {
    asking(vec![message(Role::User, vec![Part::text("hi")])])
}

fn data(mime_type: &str) -> Part {
    media(mime_type, MediaSource::Data(Bytes::from_static(b"abc")))
}

fn call(id: &str, name: &str) -> Part {
    samples::tool_call(id, name, "{\"a\":1}")
}

fn stateful(part: Part, provider: &str, state: &str) -> Part {
    Part {
        provider_state: Some(ProviderState {
            provider: provider.to_owned(),
            data: Bytes::copy_from_slice(state.as_bytes()),
        }),
        ..part
    }
}

#[test]
fn nothing_is_sent_that_was_not_asked_for() {
    let target = Target {
        provider: "p",
        model: "m",
    };
    let dialect = OpenaiChat {
        quirks: Quirks::COMMON,
    };

    let whole = dialect.encode(&hi(), target, Mode::Whole).unwrap();
    let stream = dialect.encode(&hi(), target, Mode::Stream).unwrap();

    let expected = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}]});
    assert_eq!(whole.request.path, "/chat/completions");
    assert_eq!(whole.request.body, expected);
    assert_eq!(whole.warnings, []);
    assert_eq!(stream.request.body["stream"], true);
    assert_eq!(
        stream.request.body["stream_options"],
        json!({"include_usage": true})
    );
}

#[test]
fn parameters_have_their_names() {
    let call = ChatCall {
        max_output_tokens: Some(9),
        sampling: Sampling {
            temperature: Some(0.5),
            top_p: Some(0.25),
            top_k: Some(3),
            seed: Some(-1),
            presence_penalty: Some(1.0),
            frequency_penalty: Some(2.0),
            top_logprobs: Some(2),
            stop_sequences: vec!["x".to_owned()],
        },
        service_tier: Some(ServiceTier::Standard),
        prompt_cache_key: Some("k".to_owned()),
        end_user_hash: Some("u".to_owned()),
        ..hi()
    };
    let takes_all = Quirks {
        lacks: &[],
        max_tokens: "max_completion_tokens",
        ..Quirks::COMMON
    };
    let expected = json!({
        "max_completion_tokens": 9, "temperature": 0.5, "top_p": 0.25, "top_k": 3, "seed": -1,
        "presence_penalty": 1.0, "frequency_penalty": 2.0, "stop": ["x"], "logprobs": true, "top_logprobs": 2,
        "service_tier": "default", "prompt_cache_key": "k", "user": "u",
    });
    assert_eq!(body(takes_all, &call), expected);
}

#[test]
fn parameters_a_model_does_not_take_are_left_out_with_a_warning() {
    let lacks = Quirks {
        lacks: &[("*", &["top_k", "top_logprobs"]), ("other", &["seed"])],
        end_user: None,
        ..Quirks::COMMON
    };
    let call = ChatCall {
        sampling: Sampling {
            top_k: Some(3),
            top_logprobs: Some(2),
            seed: Some(1),
            ..Sampling::default()
        },
        parallel_tool_calls: Some(false),
        end_user_hash: Some("u".to_owned()),
        ..hi()
    };
    assert_eq!(body(lacks, &call), json!({"seed": 1}));
    let fields = ["top_k", "top_logprobs", "parallel_tool_calls", "end_user_id"];
    assert_eq!(
        warnings(lacks, &call),
        fields.map(|field| (field.to_owned(), true))
    );
}

#[test]
fn reasoning_is_asked_for_in_the_providers_way() {
    let asked = |reasoning: ReasoningConfig| ChatCall {
        reasoning: Some(reasoning),
        ..hi()
    };
    let effort = |effort| {
        asked(ReasoningConfig {
            effort: Some(effort),
            ..ReasoningConfig::default()
        })
    };
    let quirks = |reasoning| Quirks {
        reasoning,
        ..Quirks::COMMON
    };
    let levels = Quirks {
        efforts: &[(
            "*",
            &[(ReasoningEffort::Low, "low"), (ReasoningEffort::High, "high")],
        )],
        ..quirks(ReasoningRequest::Toggle)
    };

    assert_eq!(
        body(quirks(ReasoningRequest::Effort), &effort(ReasoningEffort::Max)),
        json!({"reasoning_effort": "xhigh"})
    );
    assert_eq!(
        body(levels, &effort(ReasoningEffort::Medium)),
        json!({"thinking": {"type": "enabled"}, "reasoning_effort": "high"})
    );
    assert_eq!(
        warnings(levels, &effort(ReasoningEffort::Medium)),
        [("reasoning.effort".to_owned(), false)]
    );
    assert_eq!(
        body(levels, &effort(ReasoningEffort::None)),
        json!({"thinking": {"type": "disabled"}})
    );
    assert_eq!(warnings(levels, &effort(ReasoningEffort::None)), []);
    let budget = ReasoningConfig {
        effort: Some(ReasoningEffort::Low),
        budget_tokens: Some(512),
        form: Some(ReasoningForm::Hidden),
    };
    assert_eq!(
        body(quirks(ReasoningRequest::Object), &asked(budget)),
        json!({"reasoning": {"max_tokens": 512, "exclude": true}})
    );
    assert_eq!(
        warnings(levels, &asked(budget)),
        [("reasoning.budget_tokens".to_owned(), true)]
    );
    assert_eq!(
        warnings(quirks(ReasoningRequest::None), &effort(ReasoningEffort::Low)),
        [("reasoning.effort".to_owned(), true)]
    );
}

#[test]
fn media_have_a_part_each() {
    let url = |mime: &str| media(mime, MediaSource::Url("https://x/y".to_owned()));
    let file = media(
        "application/pdf",
        MediaSource::File {
            provider: "p".to_owned(),
            id: "f1".to_owned(),
        },
    );
    let detail = Part {
        provider_options: options("p", json!({"detail": "low"})),
        ..data("image/png")
    };
    let parts = vec![
        Part::text("see"),
        detail,
        url("image/jpeg"),
        data("audio/wav"),
        url("video/mp4"),
        data("application/pdf"),
        file,
    ];
    let sent = body(Quirks::COMMON, &asking(vec![message(Role::User, parts)]));
    let expected = json!([
        {"type": "text", "text": "see"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,YWJj", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "https://x/y"}},
        {"type": "input_audio", "input_audio": {"data": "YWJj", "format": "wav"}},
        {"type": "video_url", "video_url": {"url": "https://x/y"}},
        {"type": "file", "file": {"filename": "document.pdf", "file_data": "data:application/pdf;base64,YWJj"}},
        {"type": "file", "file": {"file_id": "f1"}},
    ]);
    assert_eq!(sent["messages"][0]["content"], expected);
}

#[test]
fn media_that_cannot_be_sent_are_refused_by_their_path() {
    let text_only = Quirks {
        media: MediaIn::NONE,
        ..Quirks::COMMON
    };
    let foreign = MediaSource::File {
        provider: "other".to_owned(),
        id: "f".to_owned(),
    };
    for part in [
        data("image/png"),
        data("application/pdf"),
        data("audio/wav"),
        data("video/mp4"),
    ] {
        let call = asking(vec![message(Role::User, vec![Part::text("see"), part])]);
        assert_eq!(refused(text_only, &call), "messages[0].content[1].media");
    }
    for part in [data("audio/midi"), media("application/pdf", foreign)] {
        let call = asking(vec![message(Role::User, vec![part])]);
        assert_eq!(refused(Quirks::COMMON, &call), "messages[0].content[0].media");
    }
}

#[test]
fn a_tool_turn_goes_back_as_it_came() {
    let thought = Part::reasoning("hm", ReasoningForm::Full);
    let assistant = vec![
        thought,
        Part::text("let me see"),
        call("c1", "f"),
        call("c2", "g"),
    ];
    let results = vec![
        tool_result("c1", vec![Part::text("1")], false),
        tool_result("c2", vec![Part::text("no"), data("image/png")], true),
    ];
    let call = asking(vec![
        message(Role::System, vec![Part::text("be brief")]),
        message(Role::User, vec![Part::text("hi")]),
        message(Role::Assistant, assistant),
        message(Role::Tool, results),
    ]);
    let function = |name: &str| json!({"name": name, "arguments": "{\"a\":1}"});
    let expected = json!([
        {"role": "system", "content": "be brief"},
        {"role": "user", "content": "hi"},
        {
            "role": "assistant", "content": "let me see", "reasoning_content": "hm",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": function("f")},
                {"id": "c2", "type": "function", "function": function("g")},
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "1"},
        {"role": "tool", "tool_call_id": "c2", "content": "no"},
        {"role": "user", "content": [
            {"type": "text", "text": "Content of the result of tool call c2:"},
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,YWJj"}},
        ]},
    ]);
    assert_eq!(body(Quirks::COMMON, &call)["messages"], expected);
    let path = "messages[3].content[1].tool_result";
    let fields = [
        (format!("{path}.is_error"), false),
        (format!("{path}.content"), false),
    ];
    assert_eq!(warnings(Quirks::COMMON, &call), fields);
}

#[test]
fn reasoning_outside_of_tool_turns_goes_back_only_where_it_is_wanted() {
    let call = asking(vec![
        message(Role::User, vec![Part::text("hi")]),
        message(
            Role::Assistant,
            vec![Part::reasoning("hm", ReasoningForm::Full), Part::text("yes")],
        ),
        message(Role::User, vec![Part::text("and?")]),
    ]);
    let sent = |reasoning_replay| {
        let quirks = Quirks {
            reasoning_replay,
            ..Quirks::COMMON
        };
        body(quirks, &call)["messages"][1].clone()
    };
    let without = json!({"role": "assistant", "content": "yes"});
    let with = json!({"role": "assistant", "content": "yes", "reasoning_content": "hm"});
    assert_eq!(sent(ReasoningReplay::Never), without);
    assert_eq!(sent(ReasoningReplay::ToolTurns), without);
    assert_eq!(sent(ReasoningReplay::Always), with);
}

#[test]
fn a_call_without_reasoning_gets_an_empty_one_where_it_must_have_one() {
    let foreign = stateful(Part::reasoning("hm", ReasoningForm::Full), "other", "sig");
    let history = vec![
        message(Role::User, vec![Part::text("hi")]),
        message(Role::Assistant, vec![foreign, call("c1", "f")]),
        message(Role::Tool, vec![tool_result("c1", vec![Part::text("1")], false)]),
    ];
    let strict = Quirks {
        reasoning_replay: ReasoningReplay::ToolTurnsRequired,
        ..Quirks::COMMON
    };

    let sent = body(strict, &asking(history.clone()));

    assert_eq!(sent["messages"][1]["reasoning_content"], "");
    assert_eq!(
        warnings(strict, &asking(history)),
        [("messages[1].content[0]".to_owned(), false)]
    );
}

#[test]
fn state_goes_to_its_provider_alone() {
    let parts = |provider: &str| {
        vec![
            stateful(
                Part::reasoning("why", ReasoningForm::Full),
                provider,
                r#"{"detail":{"type":"reasoning.text","text":"","signature":"s=","index":0}}"#,
            ),
            stateful(
                Part::reasoning("", ReasoningForm::Hidden),
                provider,
                r#"{"detail":{"type":"reasoning.encrypted","data":"d=","id":"rs_1"}}"#,
            ),
            stateful(
                call("c1", "f"),
                provider,
                r#"{"call":{"extra_content":{"g":{"sig":"t="}}}}"#,
            ),
        ]
    };
    let quirks = Quirks {
        reasoning_replay: ReasoningReplay::Always,
        ..Quirks::COMMON
    };
    let history = |provider| asking(vec![message(Role::Assistant, parts(provider))]);

    let own = &body(quirks, &history("p"))["messages"][0];
    let foreign = &body(quirks, &history("other"))["messages"][0];

    let details = json!([
        {"type": "reasoning.text", "text": "why", "signature": "s=", "index": 0},
        {"type": "reasoning.encrypted", "data": "d=", "id": "rs_1"},
    ]);
    let function = json!({"name": "f", "arguments": "{\"a\":1}"});
    let mut call = json!({"id": "c1", "type": "function", "function": function});
    assert_eq!(
        foreign,
        &json!({"role": "assistant", "content": null, "tool_calls": [call]})
    );
    call["extra_content"] = json!({"g": {"sig": "t="}});
    let expected =
        json!({"role": "assistant", "content": null, "reasoning_details": details, "tool_calls": [call]});
    assert_eq!(own, &expected);
    assert_eq!(warnings(quirks, &history("p")), []);
    assert_eq!(warnings(quirks, &history("other")).len(), 3);
}

#[test]
fn what_only_another_provider_understands_is_left_out_with_a_warning() {
    let block = |provider: &str| {
        Part::new(PartKind::Opaque(Opaque {
            provider: provider.to_owned(),
            kind: "custom".to_owned(),
            payload_json: r#"{"id":"c9","type":"custom","custom":{"name":"t","input":"4+4"}}"#.to_owned(),
        }))
    };
    let mut ran = call("s1", "web_search");
    if let PartKind::ToolCall(call) = &mut ran.kind {
        call.provider_executed = true;
    }
    let history = asking(vec![message(
        Role::Assistant,
        vec![
            block("p"),
            block("other"),
            ran,
            tool_result("s1", vec![], false),
            Part::text("so"),
        ],
    )]);
    let expected = json!({
        "role": "assistant", "content": "so",
        "tool_calls": [{"id": "c9", "type": "custom", "custom": {"name": "t", "input": "4+4"}}],
    });
    assert_eq!(body(Quirks::COMMON, &history)["messages"][0], expected);
    let fields = [1, 2, 3].map(|at| (format!("messages[0].content[{at}]"), false));
    assert_eq!(warnings(Quirks::COMMON, &history), fields);
}

#[test]
fn a_cut_call_and_its_result_are_not_sent() {
    let cut = Part {
        incomplete: true,
        ..call("c1", "f")
    };
    let history = asking(vec![
        message(Role::Assistant, vec![Part::text("well"), cut]),
        message(Role::Tool, vec![tool_result("c1", vec![Part::text("1")], false)]),
    ]);
    let expected = json!([{"role": "assistant", "content": "well"}]);
    assert_eq!(body(Quirks::COMMON, &history)["messages"], expected);
}

#[test]
fn refusals_and_made_media_go_back_where_they_have_a_place() {
    let refusal = || Part::new(PartKind::Refusal("no".to_owned()));
    let made = || asking(vec![message(Role::Assistant, vec![data("image/png")])]);
    let refused_turn = asking(vec![message(Role::Assistant, vec![refusal()])]);
    let sound = stateful(data("audio/wav"), "p", r#"{"audio":"a1"}"#);
    let words = stateful(Part::text("hello"), "p", r#"{"transcript":"a1"}"#);
    let spoken = asking(vec![message(Role::Assistant, vec![sound, words])]);
    let rich = Quirks {
        refusal: true,
        assistant_images: true,
        ..Quirks::COMMON
    };

    let first = |quirks, call: &ChatCall| body(quirks, call)["messages"][0].clone();

    assert_eq!(
        first(rich, &refused_turn),
        json!({"role": "assistant", "content": null, "refusal": "no"})
    );
    assert_eq!(
        first(Quirks::COMMON, &refused_turn),
        json!({"role": "assistant", "content": "no"})
    );
    let images = json!([{"type": "image_url", "image_url": {"url": "data:image/png;base64,YWJj"}}]);
    assert_eq!(
        first(rich, &made()),
        json!({"role": "assistant", "content": "", "images": images})
    );
    assert_eq!(refused(Quirks::COMMON, &made()), "messages[0].content[0].media");
    assert_eq!(
        first(Quirks::COMMON, &spoken),
        json!({"role": "assistant", "content": null, "audio": {"id": "a1"}})
    );
}

#[test]
fn tools_and_choices_have_their_forms() {
    let choice = |mode, names: &[&str]| ChatCall {
        tools: vec![function("a"), function("b"), function("c")],
        tool_choice: Some(ToolChoice {
            mode,
            tool_names: names.iter().map(|&name| name.to_owned()).collect(),
        }),
        ..hi()
    };
    let rich = Quirks {
        allowed_tools: true,
        ..Quirks::COMMON
    };
    let named = |name: &str| json!({"type": "function", "function": {"name": name}});

    let all = body(Quirks::COMMON, &choice(ToolMode::Required, &[]));
    let one = body(Quirks::COMMON, &choice(ToolMode::Required, &["b"]));
    let declared = body(Quirks::COMMON, &choice(ToolMode::Auto, &["a", "c"]));
    let allowed = body(rich, &choice(ToolMode::Auto, &["a", "c"]));

    let empty = json!({"type": "object", "properties": {}});
    assert_eq!(
        all["tools"][0],
        json!({"type": "function", "function": {"name": "a", "parameters": empty}})
    );
    assert_eq!(
        (&all["tool_choice"], all["tools"].as_array().unwrap().len()),
        (&json!("required"), 3)
    );
    assert_eq!(
        (&one["tool_choice"], one["tools"].as_array().unwrap().len()),
        (&named("b"), 3)
    );
    assert_eq!(
        (
            &declared["tool_choice"],
            declared["tools"].as_array().unwrap().len()
        ),
        (&json!("auto"), 2)
    );
    let tools = [named("a"), named("c")];
    assert_eq!(
        allowed["tool_choice"],
        json!({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": tools}})
    );
    assert_eq!(body(rich, &choice(ToolMode::None, &[]))["tool_choice"], "none");
}

#[test]
fn tools_the_provider_runs_are_its_own() {
    let with = |kind: ToolKind| ChatCall {
        tools: vec![Tool {
            kind,
            cache_hint: None,
        }],
        ..hi()
    };
    let own = |provider: &str| {
        with(ToolKind::Provider(ProviderTool {
            provider: provider.to_owned(),
            kind: "custom".to_owned(),
            options: json!({"custom": {"name": "t"}}).as_object().cloned().unwrap(),
        }))
    };
    let search = || WebSearchTool {
        allowed_domains: vec!["a.org".to_owned()],
        max_uses: Some(2),
        ..WebSearchTool::default()
    };
    let tool = WebSearch::Tool {
        kind: "search",
        allowed: "only",
        blocked: "never",
        max_uses: "most",
    };
    let quirks = |web_search| Quirks {
        web_search,
        ..Quirks::COMMON
    };

    assert_eq!(
        body(Quirks::COMMON, &own("p")),
        json!({"tools": [{"type": "custom", "custom": {"name": "t"}}]})
    );
    assert_eq!(refused(Quirks::COMMON, &own("other")), "tools[0]");
    assert_eq!(
        refused(Quirks::COMMON, &with(ToolKind::CodeExecution)),
        "tools[0]"
    );
    assert_eq!(
        refused(Quirks::COMMON, &with(ToolKind::WebSearch(search()))),
        "tools[0]"
    );
    assert_eq!(
        refused(quirks(WebSearch::Options), &with(ToolKind::WebSearch(search()))),
        "tools[0]"
    );
    assert_eq!(
        body(
            quirks(WebSearch::Options),
            &with(ToolKind::WebSearch(WebSearchTool::default()))
        ),
        json!({"web_search_options": {}})
    );
    assert_eq!(
        body(quirks(tool), &with(ToolKind::WebSearch(search()))),
        json!({"tools": [{"type": "search", "parameters": {"only": ["a.org"], "most": 2}}]})
    );
    assert_eq!(
        body(
            quirks(WebSearch::Parameters),
            &with(ToolKind::WebSearch(search()))
        ),
        json!({"search_parameters": {"mode": "auto", "sources": [{"type": "web", "allowed_websites": ["a.org"]}]}})
    );
}

#[test]
fn schemas_are_enforced_or_refused_or_asked_for() {
    let schema = json!({"type": "object", "properties": {"z": {}, "a": {}}});
    let format = |strict| ChatCall {
        response_format: Some(ResponseFormat::JsonSchema(JsonSchemaFormat {
            schema: schema.clone(),
            name: "response".to_owned(),
            description: String::new(),
            strict,
        })),
        ..hi()
    };
    let weak = Quirks {
        json_schema: false,
        ..Quirks::COMMON
    };

    let enforced = body(Quirks::COMMON, &format(None));
    let asked = body(weak, &format(Some(false)));

    let inner = json!({"name": "response", "schema": schema, "strict": true});
    assert_eq!(
        enforced["response_format"],
        json!({"type": "json_schema", "json_schema": inner})
    );
    assert!(
        enforced.to_string().contains(r#""z":{},"a":{}"#),
        "key order is kept"
    );
    assert_eq!(refused(weak, &format(None)), "response_format");
    assert_eq!(asked["response_format"], json!({"type": "json_object"}));
    assert_eq!(asked["messages"][0]["role"], "system");
    let object = ChatCall {
        response_format: Some(ResponseFormat::JsonObject),
        ..hi()
    };
    assert_eq!(
        body(weak, &object),
        json!({"response_format": {"type": "json_object"}})
    );
}

#[test]
fn cache_hints_mark_parts_and_tools() {
    let hint = |seconds: Option<u64>| {
        Some(CacheHint {
            ttl: seconds.map(Duration::from_secs),
        })
    };
    let part = Part {
        cache_hint: hint(Some(3600)),
        ..Part::text("long")
    };
    let call = ChatCall {
        tools: vec![Tool {
            cache_hint: hint(None),
            ..function("a")
        }],
        ..asking(vec![message(Role::User, vec![part])])
    };
    let takes = Quirks {
        cache_control: true,
        ..Quirks::COMMON
    };

    let sent = body(takes, &call);

    let control = json!({"type": "ephemeral", "ttl": "1h"});
    assert_eq!(
        sent["messages"][0]["content"],
        json!([{"type": "text", "text": "long", "cache_control": control}])
    );
    assert_eq!(sent["tools"][0]["cache_control"], json!({"type": "ephemeral"}));
    let fields = ["messages[0].content[0].cache_hint", "tools[0].cache_hint"];
    assert_eq!(
        warnings(Quirks::COMMON, &call),
        fields.map(|field| (field.to_owned(), true))
    );
}

#[test]
fn output_modalities_bring_what_they_need() {
    let wanting = |output: &[Modality]| ChatCall {
        output_modalities: output.to_vec(),
        ..hi()
    };
    let text_only = Quirks {
        output: &[Modality::Text],
        ..Quirks::COMMON
    };

    assert_eq!(body(Quirks::COMMON, &wanting(&[Modality::Text])), json!({}));
    assert_eq!(
        body(Quirks::COMMON, &wanting(&[Modality::Audio])),
        json!({"audio": {"voice": "alloy", "format": "wav"}, "modalities": ["text", "audio"]})
    );
    assert_eq!(
        body(Quirks::COMMON, &wanting(&[Modality::Image, Modality::Text])),
        json!({"modalities": ["image", "text"]})
    );
    assert_eq!(
        body(Quirks::COMMON, &wanting(&[Modality::Image])),
        json!({"modalities": ["image"]})
    );
    assert_eq!(
        refused(text_only, &wanting(&[Modality::Image])),
        "output_modalities"
    );
    assert_eq!(
        refused(Quirks::COMMON, &wanting(&[Modality::Video])),
        "output_modalities"
    );
}

#[test]
fn provider_options_come_last_but_not_over_the_call() {
    let with = |value: Value| ChatCall {
        provider_options: options("p", value),
        ..hi()
    };
    let target = Target {
        provider: "p",
        model: "m",
    };
    let knobs = with(json!({"verbosity": "low", "stream_options": {"include_obfuscation": false}}));

    let stream = OpenaiChat {
        quirks: Quirks::COMMON,
    }
    .encode(&knobs, target, Mode::Stream)
    .unwrap();

    assert_eq!(stream.request.body["verbosity"], "low");
    assert_eq!(
        stream.request.body["stream_options"],
        json!({"include_obfuscation": false, "include_usage": true})
    );
    for key in ["model", "messages", "tools", "stream", "n"] {
        let replaced = with(json!({key: 1}));
        assert_eq!(
            refused(Quirks::COMMON, &replaced),
            format!("provider_options.p.{key}")
        );
    }
}
