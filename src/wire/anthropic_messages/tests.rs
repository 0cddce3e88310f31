//! Encoding, feature by feature; what no recording shows of decoding.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{ANTHROPIC_MESSAGES, AnthropicMessages};
use crate::domain::answer::{AnswerEvent, FinishReason};
use crate::domain::call::{
    ChatCall, FunctionTool, JsonSchemaFormat, Modality, ProviderTool, ReasoningConfig, ReasoningEffort,
    ResponseFormat, Sampling, ServiceTier, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool,
};
use crate::domain::content::{
    CacheHint, CitationSource, Media, MediaSource, Message, Opaque, Part, PartKind, ProviderState,
    ReasoningForm, Role, ToolCall, ToolResult,
};
use crate::domain::error::Reason;
use crate::domain::fold::{Answer, Fold};
use crate::domain::options::ProviderOptions;
use crate::wire::dialect::{DecodeContext, DecodeError, Dialect, EncodeError, Encoded, Mode, Target};
use crate::wire::pump::Pump;

static DIALECT: AnthropicMessages = ANTHROPIC_MESSAGES;

/// Thinks up to a budget.
const BUDGET: &str = "claude-haiku-4-5";
/// Thinks as it sees fit, when asked.
const ADAPTIVE: &str = "claude-opus-4-8";
/// Always thinks, and decides by itself whether it calls tools.
const ALWAYS: &str = "claude-opus-5-5";
/// Enforces no schema.
const OLD: &str = "claude-3-5-haiku-latest";

fn message(role: Role, content: Vec<Part>) -> Message {
    Message {
        role,
        content,
        name: None,
    }
}

fn user(text: &str) -> Message {
    message(Role::User, vec![Part::text(text)])
}

fn assistant(text: &str) -> Message {
    message(Role::Assistant, vec![Part::text(text)])
}

fn system(text: &str) -> Message {
    message(Role::System, vec![Part::text(text)])
}

fn hi() -> ChatCall {
    chat(vec![user("hi")])
}

fn chat(messages: Vec<Message>) -> ChatCall {
    ChatCall {
        messages,
        ..ChatCall::default()
    }
}

fn try_encode(call: &ChatCall, model: &str) -> Result<Encoded, EncodeError> {
    let target = Target { provider: "p", model };
    DIALECT.encode(call, target, Mode::Whole)
}

/// The body, and the fields of the warnings; a field whose parameter was left out ends in `!`.
fn encode_for(model: &str, call: &ChatCall) -> (Value, Vec<String>) {
    let encoded = try_encode(call, model).unwrap();
    let warnings = encoded.warnings.into_iter().map(|warning| {
        let mark = if warning.is_left_out { "!" } else { "" };
        format!("{}{mark}", warning.field)
    });
    (encoded.request.body, warnings.collect())
}

fn encode(call: &ChatCall) -> Value {
    let (body, warnings) = encode_for(ADAPTIVE, call);
    assert_eq!(warnings, Vec::<String>::new());
    body
}

fn refused(call: &ChatCall, model: &str) -> String {
    match try_encode(call, model) {
        Err(EncodeError::Unsupported { field, .. } | EncodeError::Invalid { field, .. }) => field,
        Ok(encoded) => panic!("{:?}", encoded.request.body),
    }
}

fn function(name: &str) -> Tool {
    let function = FunctionTool {
        name: name.to_owned(),
        description: String::new(),
        input_schema: None,
        strict: None,
    };
    Tool {
        kind: ToolKind::Function(function),
        cache_hint: None,
    }
}

fn tool_call(id: &str, arguments: &str) -> Part {
    Part::new(PartKind::ToolCall(ToolCall {
        id: id.to_owned(),
        name: "f".to_owned(),
        arguments_json: arguments.to_owned(),
        provider_executed: false,
    }))
}

fn tool_result(id: &str, content: Vec<Part>, is_error: bool) -> Part {
    Part::new(PartKind::ToolResult(ToolResult {
        tool_call_id: id.to_owned(),
        name: String::new(),
        content,
        is_error,
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

fn file(provider: &str) -> MediaSource {
    MediaSource::File {
        provider: provider.to_owned(),
        id: "file_1".to_owned(),
    }
}

fn with_state(mut part: Part, provider: &str, state: &Value) -> Part {
    part.provider_state = Some(ProviderState {
        provider: provider.to_owned(),
        data: state.to_string().into(),
    });
    part
}

fn options(provider: &str, options: &Value) -> ProviderOptions {
    ProviderOptions::new([(provider.to_owned(), options.as_object().unwrap().clone())].into())
}

fn header(encoded: &Encoded, name: &str) -> Option<String> {
    let (_, value) = encoded
        .request
        .headers
        .iter()
        .find(|(header, _)| header == name)?;
    Some(value.to_str().unwrap().to_owned())
}

#[test]
fn a_plain_call_holds_what_the_api_wants_and_no_more() {
    let encoded = try_encode(&hi(), BUDGET).unwrap();

    assert_eq!(encoded.request.path, "/v1/messages");
    assert_eq!(
        header(&encoded, "anthropic-version").as_deref(),
        Some("2023-06-01")
    );
    assert_eq!(header(&encoded, "anthropic-beta"), None);
    assert_eq!(
        encoded.request.body,
        json!({
            "model": BUDGET,
            "max_tokens": 8192,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        })
    );
}

#[test]
fn a_stream_is_asked_for() {
    let target = Target {
        provider: "p",
        model: BUDGET,
    };
    let encoded = DIALECT.encode(&hi(), target, Mode::Stream).unwrap();
    assert_eq!(encoded.request.body["stream"], true);
}

#[test]
fn default_limits_stay_within_the_model() {
    for (model, limit) in [
        ("claude-3-haiku-20240307", 4096),
        (OLD, 8192),
        ("claude-sonnet-4-20250514", 8192),
        ("anthropic/claude-haiku-4.5", 8192),
        ("claude-sonnet-4-6", 16_000),
        (ALWAYS, 32_000),
        ("claude-nova-7", 32_000),
        ("glm-9", 8192),
    ] {
        assert_eq!(encode_for(model, &hi()).0["max_tokens"], limit, "{model}");
    }
    for (name, model) in super::models::CLAUDE {
        assert!(model.default_max_tokens <= model.max_tokens, "{name}");
    }
}

#[test]
fn turns_merge_and_results_come_first() {
    let call = chat(vec![
        system("be kind"),
        user("one"),
        user("two"),
        message(
            Role::Assistant,
            vec![tool_call("a", "{\"x\":1}"), tool_call("b", "")],
        ),
        user("wait"),
        message(Role::Tool, vec![tool_result("a", vec![Part::text("1")], false)]),
        message(Role::Tool, vec![tool_result("b", vec![], true)]),
    ]);

    let body = encode(&call);

    assert_eq!(body["system"], json!([{"type": "text", "text": "be kind"}]));
    assert_eq!(
        body["messages"],
        json!([
            {"role": "user", "content": [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]},
            {"role": "assistant", "content": [
                {"type": "tool_use", "id": "a", "name": "f", "input": {"x": 1}},
                {"type": "tool_use", "id": "b", "name": "f", "input": {}},
            ]},
            {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "a", "content": [{"type": "text", "text": "1"}]},
                {"type": "tool_result", "tool_use_id": "b", "is_error": true},
                {"type": "text", "text": "wait"},
            ]},
        ])
    );
}

#[test]
fn later_system_messages_stand_where_the_model_takes_them() {
    let roles = |body: &Value| -> Vec<String> {
        let messages = body["messages"].as_array().unwrap();
        messages
            .iter()
            .map(|message| message["role"].as_str().unwrap().to_owned())
            .collect()
    };
    let in_place = chat(vec![
        user("a"),
        system("s"),
        assistant("b"),
        user("c"),
        system("t"),
    ]);
    let (body, warnings) = encode_for(ADAPTIVE, &in_place);
    assert_eq!(roles(&body), ["user", "system", "assistant", "user", "system"]);
    assert_eq!(warnings, Vec::<String>::new());

    let before_user = chat(vec![user("a"), assistant("b"), system("s"), user("c")]);
    let (body, warnings) = encode_for(ADAPTIVE, &before_user);
    assert_eq!(roles(&body), ["user", "assistant", "user", "system"]);
    assert_eq!(warnings, ["messages[2]"]);

    let after_assistant = chat(vec![user("a"), assistant("b"), system("s")]);
    let (body, warnings) = encode_for(ADAPTIVE, &after_assistant);
    assert_eq!(roles(&body), ["user", "assistant"]);
    assert_eq!(body["system"][0]["text"], "s");
    assert_eq!(warnings, ["messages[2]"]);

    let (body, warnings) = encode_for(BUDGET, &in_place);
    assert_eq!(roles(&body), ["user", "assistant", "user"]);
    assert_eq!(body["system"][1]["text"], "t");
    assert_eq!(warnings, ["messages[1]", "messages[4]"]);
}

#[test]
fn media_become_images_and_documents() {
    let bytes = || MediaSource::Data(Bytes::from_static(b"abc"));
    let url = |url: &str| MediaSource::Url(url.to_owned());
    for (part, expected) in [
        (
            media("image/png", bytes()),
            json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "YWJj"}}),
        ),
        (
            media("image/jpeg", url("https://x/y")),
            json!({"type": "image", "source": {"type": "url", "url": "https://x/y"}}),
        ),
        (
            media("", url("https://x/y.PNG?z")),
            json!({"type": "image", "source": {"type": "url", "url": "https://x/y.PNG?z"}}),
        ),
        (
            media("", url("https://x/y.pdf")),
            json!({"type": "document", "source": {"type": "url", "url": "https://x/y.pdf"}}),
        ),
        (
            media("application/pdf", bytes()),
            json!({"type": "document",
                   "source": {"type": "base64", "media_type": "application/pdf", "data": "YWJj"}}),
        ),
        (
            media("text/markdown; charset=utf-8", bytes()),
            json!({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "abc"}}),
        ),
        (
            media("image/png", file("p")),
            json!({"type": "image", "source": {"type": "file", "file_id": "file_1"}}),
        ),
        (
            media("text/csv", file("p")),
            json!({"type": "container_upload", "file_id": "file_1"}),
        ),
    ] {
        let body = encode(&chat(vec![message(Role::User, vec![part])]));
        assert_eq!(body["messages"][0]["content"][0], expected);
    }
}

#[test]
fn a_named_document_has_a_title_and_its_options() {
    let mut part = media("application/pdf", MediaSource::Url("https://x/y".to_owned()));
    if let PartKind::Media(media) = &mut part.kind {
        media.name = Some("y.pdf".to_owned());
    }
    part.provider_options = options("p", &json!({"citations": {"enabled": true}}));

    let body = encode(&chat(vec![message(Role::User, vec![part])]));

    assert_eq!(
        body["messages"][0]["content"][0],
        json!({"type": "document", "source": {"type": "url", "url": "https://x/y"}, "title": "y.pdf",
               "citations": {"enabled": true}})
    );
}

#[test]
fn files_need_a_beta_and_their_own_provider() {
    let call = chat(vec![message(
        Role::User,
        vec![media("application/pdf", file("p"))],
    )]);
    let encoded = try_encode(&call, BUDGET).unwrap();
    assert_eq!(
        header(&encoded, "anthropic-beta").as_deref(),
        Some("files-api-2025-04-14")
    );

    let call = chat(vec![message(
        Role::User,
        vec![media("application/pdf", file("elsewhere"))],
    )]);
    assert_eq!(refused(&call, BUDGET), "messages[0].content[0].media");
}

#[test]
fn what_the_api_has_no_place_for_is_refused() {
    let bytes = || MediaSource::Data(Bytes::from_static(b"\xff"));
    for mime in ["audio/wav", "video/mp4", "application/zip", "text/plain"] {
        let call = chat(vec![message(Role::User, vec![media(mime, bytes())])]);
        assert_eq!(refused(&call, BUDGET), "messages[0].content[0].media", "{mime}");
    }
    let call = chat(vec![message(Role::Assistant, vec![media("image/png", bytes())])]);
    assert_eq!(refused(&call, BUDGET), "messages[0].content[0].media");
    let call = ChatCall {
        output_modalities: vec![Modality::Text, Modality::Image],
        ..hi()
    };
    assert_eq!(refused(&call, BUDGET), "output_modalities");
}

#[test]
fn tool_results_hold_media() {
    let image = media("image/png", MediaSource::Data(Bytes::from_static(b"abc")));
    let call = chat(vec![
        message(Role::Assistant, vec![tool_call("a", "{}")]),
        message(
            Role::Tool,
            vec![tool_result("a", vec![Part::text("see"), image], false)],
        ),
    ]);
    let body = encode(&call);
    let content = &body["messages"][1]["content"][0]["content"];
    assert_eq!(content[0]["type"], "text");
    assert_eq!(content[1]["source"]["data"], "YWJj");
}

#[test]
fn state_goes_back_to_its_provider_alone() {
    let thinking = Part::reasoning("hm", ReasoningForm::Summary);
    let redacted = Part::reasoning("", ReasoningForm::Hidden);
    let parts = |provider: &str| {
        vec![
            with_state(thinking.clone(), provider, &json!({"signature": "sig"})),
            with_state(
                redacted.clone(),
                provider,
                &json!({"type": "redacted_thinking", "data": "xyz"}),
            ),
            with_state(
                tool_call("a", "{}"),
                provider,
                &json!({"caller": {"type": "direct"}}),
            ),
        ]
    };
    let call = |provider: &str| chat(vec![user("hi"), message(Role::Assistant, parts(provider))]);

    let body = encode(&call("p"));
    assert_eq!(
        body["messages"][1]["content"],
        json!([
            {"type": "thinking", "thinking": "hm", "signature": "sig"},
            {"type": "redacted_thinking", "data": "xyz"},
            {"type": "tool_use", "id": "a", "name": "f", "input": {}, "caller": {"type": "direct"}},
        ])
    );

    let (body, warnings) = encode_for(ADAPTIVE, &call("other"));
    assert_eq!(
        body["messages"][1]["content"],
        json!([{"type": "tool_use", "id": "a", "name": "f", "input": {}}])
    );
    assert_eq!(
        warnings,
        [
            "messages[1].content[0]",
            "messages[1].content[1]",
            "messages[1].content[2].provider_state",
        ]
    );
}

#[test]
fn state_that_was_not_given_out_here_is_refused() {
    let part = with_state(Part::text("a"), "p", &json!("no object"));
    let call = chat(vec![user("hi"), message(Role::Assistant, vec![part])]);
    assert_eq!(refused(&call, BUDGET), "messages[1].content[0].provider_state");
}

#[test]
fn cut_calls_and_their_results_are_not_sent() {
    let mut cut = tool_call("a", "{\"x\":");
    cut.incomplete = true;
    let call = chat(vec![
        user("hi"),
        message(Role::Assistant, vec![Part::text("let me see"), cut]),
        message(Role::Tool, vec![tool_result("a", vec![], true)]),
        user("again"),
    ]);

    let (body, warnings) = encode_for(ADAPTIVE, &call);

    assert_eq!(
        body["messages"][1]["content"],
        json!([{"type": "text", "text": "let me see"}])
    );
    assert_eq!(
        body["messages"][2]["content"],
        json!([{"type": "text", "text": "again"}])
    );
    assert_eq!(warnings, ["messages[2].content[0].tool_result"]);
}

#[test]
fn ids_the_api_refuses_are_mapped_for_call_and_result_alike() {
    let call = chat(vec![
        message(
            Role::Assistant,
            vec![
                tool_call("f:1", "{}"),
                tool_call("f_1", "{}"),
                tool_call("f.1", "{}"),
            ],
        ),
        message(
            Role::Tool,
            vec![
                tool_result("f:1", vec![], false),
                tool_result("f.1", vec![], false),
            ],
        ),
    ]);
    let body = encode(&call);
    let ids = |message: usize, field: &str| -> Vec<Value> {
        let blocks = body["messages"][message]["content"].as_array().unwrap();
        blocks.iter().map(|block| block[field].clone()).collect()
    };
    assert_eq!(ids(0, "id"), ["f_1_2", "f_1", "f_1_3"]);
    assert_eq!(ids(1, "tool_use_id"), ["f_1_2", "f_1_3"]);
}

#[test]
fn arguments_that_are_no_object_are_shown_as_such() {
    let call = chat(vec![message(Role::Assistant, vec![tool_call("a", "{\"x\":")])]);
    let (body, warnings) = encode_for(ADAPTIVE, &call);
    assert_eq!(
        body["messages"][0]["content"][0]["input"],
        json!({"INVALID_JSON": "{\"x\":"})
    );
    assert_eq!(warnings, ["messages[0].content[0].tool_call.arguments_json"]);
}

#[test]
fn opaque_blocks_go_back_to_their_provider() {
    let opaque = |provider: &str, kind: &str, payload: &str| {
        Part::new(PartKind::Opaque(Opaque {
            provider: provider.to_owned(),
            kind: kind.to_owned(),
            payload_json: payload.to_owned(),
        }))
    };
    let call = chat(vec![
        user("hi"),
        message(
            Role::Assistant,
            vec![
                opaque("p", "compaction", r#"{"type":"compaction","content":"so far"}"#),
                opaque("other", "item", "{}"),
                opaque("p", "container", r#"{"id":"container_1","expires_at":null}"#),
            ],
        ),
    ]);
    let (body, warnings) = encode_for(ADAPTIVE, &call);
    assert_eq!(
        body["messages"][1]["content"],
        json!([{"type": "compaction", "content": "so far"}])
    );
    assert_eq!(body["container"], "container_1");
    assert_eq!(warnings, ["messages[1].content[1].opaque"]);
}

#[test]
fn cache_hints_are_rounded_to_what_the_api_offers() {
    let hinted = |seconds: Option<u64>| {
        let mut part = Part::text("a");
        part.cache_hint = Some(CacheHint {
            ttl: seconds.map(Duration::from_secs),
        });
        part
    };
    let mut tool = function("f");
    tool.cache_hint = Some(CacheHint { ttl: None });
    let call = ChatCall {
        tools: vec![tool],
        ..chat(vec![
            message(Role::System, vec![hinted(Some(3600))]),
            message(
                Role::User,
                vec![hinted(None), hinted(Some(60)), hinted(Some(301))],
            ),
        ])
    };

    let body = encode(&call);

    let mark = |block: &Value| block["cache_control"].clone();
    assert_eq!(mark(&body["tools"][0]), json!({"type": "ephemeral"}));
    assert_eq!(
        mark(&body["system"][0]),
        json!({"type": "ephemeral", "ttl": "1h"})
    );
    let content = &body["messages"][0]["content"];
    assert_eq!(mark(&content[0]), json!({"type": "ephemeral"}));
    assert_eq!(mark(&content[1]), json!({"type": "ephemeral", "ttl": "5m"}));
    assert_eq!(mark(&content[2]), json!({"type": "ephemeral", "ttl": "1h"}));
}

#[test]
fn tools_of_every_kind_are_declared() {
    let tool = |kind| Tool {
        kind,
        cache_hint: None,
    };
    let provider_tool = |kind: &str, options: Value| {
        tool(ToolKind::Provider(ProviderTool {
            provider: "p".to_owned(),
            kind: kind.to_owned(),
            options: options.as_object().unwrap().clone(),
        }))
    };
    let call = ChatCall {
        tools: vec![
            tool(ToolKind::Function(FunctionTool {
                name: "f".to_owned(),
                description: "does f".to_owned(),
                input_schema: Some(json!({"properties": {"x": {"type": "integer", "minimum": 1}}})),
                strict: Some(true),
            })),
            tool(ToolKind::WebSearch(WebSearchTool {
                allowed_domains: vec!["a.org".to_owned()],
                blocked_domains: vec![],
                max_uses: Some(2),
            })),
            tool(ToolKind::CodeExecution),
            provider_tool("computer_20250124", json!({"display_width_px": 1024})),
            provider_tool("text_editor_20250728", json!({})),
            provider_tool("mcp_toolset", json!({"mcp_server_name": "m"})),
        ],
        provider_options: options("p", &json!({"mcp_servers": [{"name": "m"}]})),
        ..hi()
    };

    let encoded = try_encode(&call, ADAPTIVE).unwrap();

    assert_eq!(
        encoded.request.body["tools"],
        json!([
            {"name": "f", "description": "does f", "strict": true, "input_schema": {
                "type": "object",
                "properties": {"x": {"type": "integer", "description": "{minimum: 1}"}},
                "additionalProperties": false,
            }},
            {"type": "web_search_20250305", "name": "web_search", "max_uses": 2, "allowed_domains": ["a.org"]},
            {"type": "code_execution_20260120", "name": "code_execution"},
            {"type": "computer_20250124", "name": "computer", "display_width_px": 1024},
            {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
            {"type": "mcp_toolset", "mcp_server_name": "m"},
        ])
    );
    assert_eq!(
        header(&encoded, "anthropic-beta").as_deref(),
        Some("computer-use-2025-01-24,mcp-client-2025-11-20")
    );
}

#[test]
fn a_tool_of_another_provider_is_refused() {
    let tool = Tool {
        kind: ToolKind::Provider(ProviderTool {
            provider: "other".to_owned(),
            kind: "x".to_owned(),
            options: serde_json::Map::new(),
        }),
        cache_hint: None,
    };
    let call = ChatCall {
        tools: vec![function("f"), tool],
        ..hi()
    };
    assert_eq!(refused(&call, BUDGET), "tools[1]");
}

#[test]
fn tool_choice_names_one_tool_or_declares_only_some() {
    let choose = |mode, names: &[&str], parallel| {
        let call = ChatCall {
            tools: vec![function("f"), function("g"), function("h")],
            tool_choice: Some(ToolChoice {
                mode,
                tool_names: names.iter().map(|name| (*name).to_owned()).collect(),
            }),
            parallel_tool_calls: parallel,
            ..hi()
        };
        let body = encode(&call);
        (
            body["tools"].as_array().unwrap().len(),
            body["tool_choice"].clone(),
        )
    };

    assert_eq!(choose(ToolMode::Auto, &[], None), (3, json!({"type": "auto"})));
    assert_eq!(
        choose(ToolMode::Auto, &["f", "h"], None),
        (2, json!({"type": "auto"}))
    );
    assert_eq!(
        choose(ToolMode::None, &[], Some(false)),
        (3, json!({"type": "none"}))
    );
    assert_eq!(
        choose(ToolMode::Required, &[], Some(true)),
        (3, json!({"type": "any"}))
    );
    assert_eq!(
        choose(ToolMode::Required, &["f", "h"], None),
        (2, json!({"type": "any"}))
    );
    assert_eq!(
        choose(ToolMode::Required, &["g"], Some(false)),
        (
            3,
            json!({"type": "tool", "name": "g", "disable_parallel_tool_use": true})
        )
    );
}

#[test]
fn serial_calls_need_a_choice_and_forced_ones_a_model_that_takes_them() {
    let serial = ChatCall {
        tools: vec![function("f")],
        parallel_tool_calls: Some(false),
        ..hi()
    };
    assert_eq!(
        encode(&serial)["tool_choice"],
        json!({"type": "auto", "disable_parallel_tool_use": true})
    );
    let forced = ChatCall {
        tools: vec![function("f")],
        tool_choice: Some(ToolChoice {
            mode: ToolMode::Required,
            tool_names: vec![],
        }),
        ..hi()
    };
    assert_eq!(refused(&forced, ALWAYS), "tool_choice");
}

fn reasoning(effort: Option<ReasoningEffort>, budget: Option<u32>, form: Option<ReasoningForm>) -> ChatCall {
    ChatCall {
        reasoning: Some(ReasoningConfig {
            effort,
            budget_tokens: budget,
            form,
        }),
        ..hi()
    }
}

/// `max_tokens`, `thinking` and `output_config`, and the warnings.
fn thinking(model: &str, call: &ChatCall) -> (Value, Vec<String>) {
    let (body, warnings) = encode_for(model, call);
    let fields = ["max_tokens", "thinking", "output_config"].map(|field| body[field].clone());
    (fields.to_vec().into(), warnings)
}

#[test]
fn effort_becomes_a_budget_for_models_that_take_one() {
    let low = reasoning(Some(ReasoningEffort::Low), None, None);
    assert_eq!(
        thinking(BUDGET, &low),
        (
            json!([10_240, {"type": "enabled", "budget_tokens": 2048}, null]),
            vec![]
        )
    );
    let short = ChatCall {
        max_output_tokens: Some(4000),
        ..reasoning(Some(ReasoningEffort::Max), None, None)
    };
    assert_eq!(
        thinking(BUDGET, &short),
        (
            json!([4000, {"type": "enabled", "budget_tokens": 3000}, null]),
            vec![]
        )
    );
    let none = reasoning(Some(ReasoningEffort::None), None, None);
    assert_eq!(
        thinking(BUDGET, &none),
        (json!([8192, {"type": "disabled"}, null]), vec![])
    );
    let hidden = reasoning(None, Some(2000), Some(ReasoningForm::Hidden));
    assert_eq!(
        thinking(BUDGET, &hidden),
        (
            json!([10_192, {"type": "enabled", "budget_tokens": 2000, "display": "omitted"}, null]),
            vec![]
        )
    );
}

#[test]
fn budgets_are_kept_within_what_the_api_takes() {
    let small = reasoning(None, Some(5), None);
    assert_eq!(
        thinking(BUDGET, &small),
        (
            json!([9216, {"type": "enabled", "budget_tokens": 1024}, null]),
            vec!["reasoning.budget_tokens".to_owned()]
        )
    );
    let large = ChatCall {
        max_output_tokens: Some(2000),
        ..reasoning(None, Some(9000), None)
    };
    assert_eq!(
        thinking(BUDGET, &large),
        (
            json!([2000, {"type": "enabled", "budget_tokens": 1999}, null]),
            vec!["reasoning.budget_tokens".to_owned()]
        )
    );
    let no_room = ChatCall {
        max_output_tokens: Some(100),
        ..reasoning(Some(ReasoningEffort::High), None, None)
    };
    assert_eq!(
        thinking(BUDGET, &no_room),
        (json!([100, null, null]), vec!["reasoning.effort!".to_owned()])
    );
}

#[test]
fn effort_steers_models_that_think_as_they_see_fit() {
    for (effort, word) in [
        (ReasoningEffort::Minimal, "low"),
        (ReasoningEffort::Medium, "medium"),
        (ReasoningEffort::Max, "max"),
    ] {
        assert_eq!(
            thinking(ADAPTIVE, &reasoning(Some(effort), None, None)),
            (json!([32_000, {"type": "adaptive"}, {"effort": word}]), vec![])
        );
    }
    let none = reasoning(Some(ReasoningEffort::None), None, None);
    assert_eq!(
        thinking(ADAPTIVE, &none),
        (json!([32_000, {"type": "disabled"}, null]), vec![])
    );
    assert_eq!(
        thinking("claude-sonnet-5-5", &none),
        (json!([32_000, {"type": "between_tools"}, null]), vec![])
    );
    assert_eq!(
        thinking(ALWAYS, &none),
        (
            json!([32_000, null, {"effort": "low"}]),
            vec!["reasoning.effort".to_owned()]
        )
    );
    let budget = reasoning(Some(ReasoningEffort::High), Some(2000), None);
    assert_eq!(
        thinking(ADAPTIVE, &budget),
        (
            json!([32_000, {"type": "adaptive"}, {"effort": "high"}]),
            vec!["reasoning.budget_tokens!".to_owned()]
        )
    );
    assert_eq!(
        thinking("claude-opus-4-6", &budget),
        (
            json!([18_000, {"type": "enabled", "budget_tokens": 2000}, null]),
            vec![]
        )
    );
}

#[test]
fn the_form_of_reasoning_becomes_a_display() {
    let form = |form| reasoning(None, None, Some(form));
    assert_eq!(
        thinking(ADAPTIVE, &form(ReasoningForm::Summary)),
        (
            json!([32_000, {"type": "adaptive", "display": "summarized"}, null]),
            vec![]
        )
    );
    assert_eq!(
        thinking(ADAPTIVE, &form(ReasoningForm::Full)),
        (
            json!([32_000, {"type": "adaptive", "display": "summarized"}, null]),
            vec!["reasoning.form".to_owned()]
        )
    );
    assert_eq!(
        thinking(ADAPTIVE, &form(ReasoningForm::Hidden)),
        (json!([32_000, null, null]), vec![])
    );
    assert_eq!(
        thinking(ALWAYS, &form(ReasoningForm::Hidden)),
        (
            json!([32_000, {"type": "adaptive", "display": "omitted"}, null]),
            vec![]
        )
    );
}

#[test]
fn a_forced_call_leaves_no_room_for_a_budget() {
    let call = ChatCall {
        tools: vec![function("f")],
        tool_choice: Some(ToolChoice {
            mode: ToolMode::Required,
            tool_names: vec![],
        }),
        ..reasoning(Some(ReasoningEffort::Low), None, None)
    };
    assert_eq!(
        thinking(BUDGET, &call),
        (json!([8192, null, null]), vec!["reasoning.effort!".to_owned()])
    );
}

#[test]
fn models_that_do_not_think_say_so() {
    let call = reasoning(Some(ReasoningEffort::Low), Some(2000), None);
    let expected = vec![
        "reasoning.effort!".to_owned(),
        "reasoning.budget_tokens!".to_owned(),
    ];
    assert_eq!(thinking(OLD, &call), (json!([8192, null, null]), expected));
}

#[test]
fn sampling_is_what_the_model_takes() {
    let all = Sampling {
        temperature: Some(0.5),
        top_p: Some(0.9),
        top_k: Some(4),
        seed: Some(1),
        presence_penalty: Some(0.1),
        frequency_penalty: Some(0.1),
        top_logprobs: Some(2),
        stop_sequences: vec!["END".to_owned()],
    };
    let call = ChatCall {
        sampling: all,
        ..hi()
    };
    let unknown = [
        "seed!",
        "presence_penalty!",
        "frequency_penalty!",
        "top_logprobs!",
    ];

    let (body, warnings) = encode_for(OLD, &call);
    assert_eq!(body["temperature"], 0.5);
    assert_eq!(body["top_p"], 0.9);
    assert_eq!(body["top_k"], 4);
    assert_eq!(body["stop_sequences"], json!(["END"]));
    assert_eq!(warnings, unknown);

    let (body, warnings) = encode_for(BUDGET, &call);
    assert_eq!(body["temperature"], 0.5);
    assert_eq!(body.get("top_p"), None);
    assert_eq!(warnings, [&["top_p!"], &unknown[..]].concat());

    let thinking = ChatCall {
        reasoning: reasoning(Some(ReasoningEffort::Low), None, None).reasoning,
        ..call.clone()
    };
    let (body, warnings) = encode_for(BUDGET, &thinking);
    assert_eq!((body.get("temperature"), body.get("top_k")), (None, None));
    assert_eq!(
        warnings,
        [&["temperature!", "top_p!", "top_k!"], &unknown[..]].concat()
    );

    let (body, warnings) = encode_for(ADAPTIVE, &call);
    assert_eq!((body.get("temperature"), body.get("top_p")), (None, None));
    assert_eq!(
        warnings,
        [&["temperature!", "top_p!", "top_k!"], &unknown[..]].concat()
    );
}

#[test]
fn a_temperature_beyond_the_range_is_left_out() {
    let sampling = Sampling {
        temperature: Some(1.5),
        ..Sampling::default()
    };
    let (body, warnings) = encode_for(OLD, &ChatCall { sampling, ..hi() });
    assert_eq!(body.get("temperature"), None);
    assert_eq!(warnings, ["temperature!"]);
}

#[test]
fn the_other_knobs_have_their_fields_or_a_warning() {
    let call = ChatCall {
        service_tier: Some(ServiceTier::Priority),
        prompt_cache_key: Some("k".to_owned()),
        end_user_hash: Some("u".to_owned()),
        max_output_tokens: Some(7),
        ..hi()
    };
    let (body, warnings) = encode_for(BUDGET, &call);
    assert_eq!(body["service_tier"], "auto");
    assert_eq!(body["metadata"], json!({"user_id": "u"}));
    assert_eq!(body["max_tokens"], 7);
    assert_eq!(warnings, ["prompt_cache_key!"]);

    let tier = |tier| {
        encode_for(
            BUDGET,
            &ChatCall {
                service_tier: Some(tier),
                ..hi()
            },
        )
    };
    assert_eq!(tier(ServiceTier::Standard).0["service_tier"], "standard_only");
    assert_eq!(tier(ServiceTier::Flex).1, ["service_tier!"]);
}

fn schema_format(strict: Option<bool>) -> ChatCall {
    ChatCall {
        response_format: Some(ResponseFormat::JsonSchema(JsonSchemaFormat {
            schema: json!({
                "type": "object",
                "properties": {"z": {"type": "string", "maxLength": 3}, "a": {"$ref": "#/$defs/n"}},
                "$defs": {"n": {"oneOf": [{"type": "null"}, {"type": "object", "properties": {}}]}},
            }),
            name: "response".to_owned(),
            description: "a pair".to_owned(),
            strict,
        })),
        ..hi()
    }
}

#[test]
fn a_schema_is_enforced_where_the_model_does_so() {
    assert_eq!(
        encode(&schema_format(None))["output_config"],
        json!({"format": {"type": "json_schema", "schema": {
            "type": "object",
            "properties": {"z": {"type": "string", "description": "{maxLength: 3}"}, "a": {"$ref": "#/$defs/n"}},
            "$defs": {"n": {"anyOf": [
                {"type": "null"},
                {"type": "object", "properties": {}, "additionalProperties": false},
            ]}},
            "additionalProperties": false,
            "description": "a pair",
        }}})
    );
    assert_eq!(refused(&schema_format(Some(true)), OLD), "response_format");
}

#[test]
fn a_format_that_is_not_enforced_is_asked_for_in_the_prompt() {
    let (body, warnings) = encode_for(OLD, &schema_format(Some(false)));
    assert!(
        body["system"][0]["text"]
            .as_str()
            .unwrap()
            .contains("\"maxLength\":3")
    );
    assert_eq!(warnings, ["response_format"]);

    let call = ChatCall {
        response_format: Some(ResponseFormat::JsonObject),
        ..hi()
    };
    let (body, warnings) = encode_for(ADAPTIVE, &call);
    assert!(
        body["system"][0]["text"]
            .as_str()
            .unwrap()
            .contains("JSON object")
    );
    assert_eq!(warnings, ["response_format"]);
}

#[test]
fn provider_options_come_last_and_betas_become_a_header() {
    let asked = json!({
        "thinking": {"display": "omitted"},
        "mcp_servers": [],
        "anthropic_beta": ["mcp-client-2026-01-01", "context-1m-2025-08-07"],
    });
    let call = ChatCall {
        provider_options: options("p", &asked),
        ..reasoning(Some(ReasoningEffort::High), None, None)
    };
    let encoded = try_encode(&call, ADAPTIVE).unwrap();
    assert_eq!(
        encoded.request.body["thinking"],
        json!({"type": "adaptive", "display": "omitted"})
    );
    assert_eq!(encoded.request.body.get("anthropic_beta"), None);
    assert_eq!(
        header(&encoded, "anthropic-beta").as_deref(),
        Some("mcp-client-2026-01-01,context-1m-2025-08-07")
    );
    for key in ["model", "messages", "system", "tools", "stream"] {
        let call = ChatCall {
            provider_options: options("p", &json!({key: 1})),
            ..hi()
        };
        assert_eq!(refused(&call, BUDGET), format!("provider_options.p.{key}"));
    }
    let call = ChatCall {
        provider_options: options("p", &json!({"anthropic_beta": [1]})),
        ..hi()
    };
    assert_eq!(refused(&call, BUDGET), "provider_options.p.anthropic_beta");
}

#[test]
fn counting_sends_only_what_counts() {
    let call = ChatCall {
        sampling: Sampling {
            temperature: Some(0.5),
            seed: Some(1),
            ..Sampling::default()
        },
        tools: vec![function("f")],
        ..chat(vec![system("s"), user("hi")])
    };
    let target = Target {
        provider: "p",
        model: BUDGET,
    };
    let encoded = DIALECT.encode_count(&call, target).unwrap().unwrap();
    assert_eq!(encoded.request.path, "/v1/messages/count_tokens");
    assert_eq!(encoded.warnings, []);
    let fields: Vec<&String> = encoded.request.body.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["model", "system", "messages", "tools"]);
    assert_eq!(DIALECT.decode_count(br#"{"input_tokens":12}"#), Ok(12));
}

fn stream(frames: &[Value]) -> (Answer, Result<(), DecodeError>) {
    let context = DecodeContext {
        provider: "p".to_owned(),
        include_raw: false,
    };
    let mut pump = Pump::new(&DIALECT, context, 1 << 20);
    let mut events = Vec::new();
    let mut run = || {
        for frame in frames {
            let kind = frame["type"].as_str().unwrap();
            pump.push(
                format!("event: {kind}\ndata: {frame}\n\n").as_bytes(),
                &mut events,
            )?;
        }
        pump.eof(&mut events)
    };
    let result = run();
    if result.is_err() {
        pump.abandon(&mut events);
    }
    let mut fold = Fold::default();
    events.into_iter().for_each(|event: AnswerEvent| fold.push(event));
    (fold.into_answer(), result)
}

fn started(block: &Value) -> Value {
    json!({"type": "content_block_start", "index": 0, "content_block": block})
}

fn delta(delta: &Value) -> Value {
    json!({"type": "content_block_delta", "index": 0, "delta": delta})
}

fn stopped() -> Value {
    json!({"type": "content_block_stop", "index": 0})
}

fn ended(reason: &str) -> Value {
    json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 3}})
}

#[test]
fn a_cut_call_is_incomplete_though_its_block_has_stopped() {
    let call = started(&json!({"type": "tool_use", "id": "t", "name": "f", "input": {}}));
    let fragment = delta(&json!({"type": "input_json_delta", "partial_json": "{\"a\":"}));

    let (answer, result) = stream(&[call, fragment, stopped(), ended("max_tokens")]);

    assert_eq!(result, Ok(()));
    assert!(answer.message.content[0].incomplete);
    assert_eq!(answer.finish.unwrap().reason, FinishReason::MaxTokens);
}

#[test]
fn a_call_without_arguments_has_an_empty_object() {
    let call = started(&json!({"type": "tool_use", "id": "t", "name": "f", "input": {}}));
    let (answer, _) = stream(&[call, stopped(), ended("tool_use")]);
    let PartKind::ToolCall(call) = &answer.message.content[0].kind else {
        panic!("{:?}", answer.message)
    };
    assert_eq!(call.arguments_json, "{}");
    assert!(!answer.message.content[0].incomplete);
    assert_eq!(answer.finish.unwrap().reason, FinishReason::ToolCalls);
}

#[test]
fn thinking_without_text_is_hidden_and_keeps_its_signature() {
    let thinking = started(&json!({"type": "thinking", "thinking": "", "signature": ""}));
    let signature = delta(&json!({"type": "signature_delta", "signature": "c2ln"}));

    let (answer, _) = stream(&[thinking, signature, stopped(), ended("end_turn")]);

    let part = &answer.message.content[0];
    let PartKind::Reasoning(reasoning) = &part.kind else {
        panic!("{part:?}")
    };
    assert_eq!(reasoning.form, ReasoningForm::Hidden);
    assert_eq!(part.state_of("p"), Some(&br#"{"signature":"c2ln"}"#[..]));
}

#[test]
fn stop_reasons_are_read() {
    for (word, reason) in [
        ("end_turn", FinishReason::Stop),
        ("pause_turn", FinishReason::Paused),
        ("refusal", FinishReason::Refusal),
        ("model_context_window_exceeded", FinishReason::ContextFull),
        ("tool_use", FinishReason::Stop),
        ("brand_new", FinishReason::Other),
    ] {
        let (answer, _) = stream(&[ended(word)]);
        let finish = answer.finish.unwrap();
        assert_eq!((finish.reason, finish.raw_reason.as_str()), (reason, word));
    }
}

#[test]
fn citations_point_into_documents() {
    let cited = |citation: Value| {
        let text = started(&json!({"type": "text", "text": ""}));
        let citation = delta(&json!({"type": "citations_delta", "citation": citation}));
        let words = delta(&json!({"type": "text_delta", "text": "so"}));
        let (answer, _) = stream(&[text, citation, words, stopped(), ended("end_turn")]);
        answer.message.content[0].citations[0].source.clone().unwrap()
    };
    let page = json!({"type": "page_location", "document_index": 1, "document_title": "d",
                      "start_page_number": 2, "end_page_number": 4});
    let document = |title: &str, first_page, last_page| CitationSource::Document {
        title: title.to_owned(),
        media_index: 1,
        first_page,
        last_page,
    };
    assert_eq!(cited(page), document("d", 2, 3));
    let block = json!({"type": "content_block_location", "document_index": 1, "document_title": null,
                       "start_block_index": 0, "end_block_index": 1});
    assert_eq!(cited(block), document("", 0, 0));
}

#[test]
fn an_error_in_mid_stream_ends_it_with_what_came_so_far() {
    let text = started(&json!({"type": "text", "text": "so far"}));
    let error = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});

    let (answer, result) = stream(&[text, error]);

    let Err(DecodeError::Provider(failure)) = result else {
        panic!("{result:?}")
    };
    assert_eq!(failure.reason, Reason::ProviderUnavailable);
    assert_eq!(
        answer.message.content[0].kind,
        PartKind::Text("so far".to_owned())
    );
    assert!(answer.message.content[0].incomplete);
}

#[test]
fn errors_are_told_apart_by_what_they_say() {
    let classify = |status: u16, kind: &str, message: &str| {
        let body = json!({"type": "error", "error": {"type": kind, "message": message}});
        DIALECT.classify(status, &http::HeaderMap::new(), body.to_string().as_bytes())
    };
    let invalid = "invalid_request_error";
    for (status, kind, message, reason) in [
        (
            400,
            invalid,
            "Your credit balance is too low to access the API",
            Reason::ProviderQuotaExhausted,
        ),
        (
            400,
            invalid,
            "You have reached your specified API usage limits.",
            Reason::ProviderQuotaExhausted,
        ),
        (403, "billing_error", "pay", Reason::ProviderQuotaExhausted),
        (
            400,
            invalid,
            "messages.0.content.0.image: Could not process image",
            Reason::MediaUnreadable,
        ),
        (
            400,
            invalid,
            "The PDF specified was not valid.",
            Reason::MediaUnreadable,
        ),
        (
            400,
            invalid,
            "Unable to download the file. Please verify the URL.",
            Reason::MediaUnreadable,
        ),
        (
            400,
            invalid,
            "image exceeds 5 MB maximum: 6 bytes > 5 bytes",
            Reason::MediaUnreadable,
        ),
        (
            400,
            invalid,
            "Output blocked by content filtering policy",
            Reason::PromptBlocked,
        ),
        (
            400,
            invalid,
            "'claude-3' does not support image input",
            Reason::Unsupported,
        ),
        (
            400,
            invalid,
            "max_tokens: 9 > 4, which is the maximum allowed",
            Reason::ProviderRejected,
        ),
        (403, "permission_error", "no", Reason::ProviderAuthFailed),
        (
            404,
            "not_found_error",
            "File not found: file_1",
            Reason::MediaUnreadable,
        ),
        (
            404,
            "not_found_error",
            "container container_1",
            Reason::ProviderRejected,
        ),
        (
            413,
            "request_too_large",
            "Request exceeds the maximum size",
            Reason::MessageTooLarge,
        ),
        (
            429,
            "rate_limit_error",
            "This request would exceed",
            Reason::ProviderRateLimited,
        ),
        (
            500,
            "api_error",
            "Internal server error",
            Reason::ProviderUnavailable,
        ),
        (504, "timeout_error", "too long", Reason::ProviderTimeout),
        (529, "overloaded_error", "Overloaded", Reason::ProviderUnavailable),
    ] {
        let failure = classify(status, kind, message);
        assert_eq!(
            (failure.reason, failure.code.as_str()),
            (reason, kind),
            "{message}"
        );
    }
    let long = classify(400, invalid, "prompt is too long: 207368 tokens > 200000 maximum");
    assert_eq!(long.reason, Reason::ContextTooLong);
    let counts = vec![
        ("inputTokens", "207368".to_owned()),
        ("contextWindowTokens", "200000".to_owned()),
    ];
    assert_eq!(long.metadata, counts);
    let message = "input length and `max_tokens` exceed context limit: 207368 + 8192 > 200000, decrease";
    assert_eq!(classify(400, invalid, message).metadata, counts);
}

#[test]
fn bodies_that_are_no_json_are_judged_by_status() {
    let page = b"<html><body>502 Bad Gateway</body></html>";
    let failure = DIALECT.classify(502, &http::HeaderMap::new(), page);
    assert_eq!(failure.reason, Reason::ProviderUnavailable);
    assert_eq!(failure.http_status, 502);
}
