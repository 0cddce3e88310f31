//! The calls of the encode matrix: everything the contract can say, and a turn that goes on.

pub(crate) mod answers;

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use crux::domain::call::{
    ChatCall, FunctionTool, JsonSchemaFormat, Modality, ProviderTool, ReasoningConfig, ReasoningEffort,
    ResponseFormat, Sampling, ServiceTier, Tool, ToolChoice, ToolKind, ToolMode, WebSearchTool,
};
use crux::domain::content::{
    CacheHint, Media, MediaSource, Message, Opaque, Part, PartKind, ProviderState, ReasoningForm, Role,
    ToolCall, ToolResult,
};
use crux::domain::options::ProviderOptions;
use serde_json::{Value, json};

/// A call with everything in it, the options and files of `provider` among it.
pub(crate) fn full(provider: &str) -> ChatCall {
    ChatCall {
        messages: conversation(provider),
        tools: tools(provider),
        tool_choice: Some(ToolChoice {
            mode: ToolMode::Required,
            tool_names: vec!["lookup".to_owned()],
        }),
        response_format: Some(ResponseFormat::JsonSchema(JsonSchemaFormat {
            schema: json!({
                "type": "object",
                "properties": {"zeta": {"type": "string"}, "alpha": {"type": "integer"}},
                "required": ["zeta", "alpha"],
                "additionalProperties": false,
            }),
            name: "weather".to_owned(),
            description: "The weather.".to_owned(),
            strict: Some(true),
        })),
        reasoning: Some(ReasoningConfig {
            effort: Some(ReasoningEffort::High),
            budget_tokens: Some(2048),
            form: Some(ReasoningForm::Summary),
        }),
        max_output_tokens: Some(4096),
        sampling: Sampling {
            temperature: Some(0.2),
            top_p: Some(0.9),
            top_k: Some(40),
            seed: Some(7),
            presence_penalty: Some(0.5),
            frequency_penalty: Some(-0.5),
            top_logprobs: Some(3),
            stop_sequences: vec!["END".to_owned()],
        },
        parallel_tool_calls: Some(false),
        output_modalities: vec![Modality::Text, Modality::Image],
        service_tier: Some(ServiceTier::Flex),
        prompt_cache_key: Some("cache-key".to_owned()),
        end_user_hash: Some("user-hash".to_owned()),
        provider_options: options(provider, &json!({"option_of_the_call": {"nested": 1}})),
        ..ChatCall::default()
    }
}

/// A turn that goes on: a question, the provider's own answer, the results of its calls.
pub(crate) fn history(answer: Message) -> ChatCall {
    let calls = answer.content.iter().filter_map(|part| {
        if let PartKind::ToolCall(call) = &part.kind {
            Some(&call.id)
        } else {
            None
        }
    });
    let results: Vec<_> = calls
        .map(|id| result(id, vec![Part::text("4 degrees")], false))
        .collect();
    ChatCall {
        messages: vec![
            message(Role::User, vec![Part::text("How warm is Oslo?")]),
            answer,
            message(Role::Tool, results),
        ],
        tools: vec![lookup()],
        ..ChatCall::default()
    }
}

/// A name, and an answer of each kind of part with state of `provider` that no dialect wrote.
pub(crate) fn unreadable_history(provider: &str) -> ChatCall {
    let state = |kind: PartKind| Part {
        provider_state: Some(ProviderState {
            provider: provider.to_owned(),
            data: Bytes::from_static(b"{}"),
        }),
        ..Part::new(kind)
    };
    let search = PartKind::ToolCall(ToolCall {
        id: "search_1".to_owned(),
        name: "search".to_owned(),
        arguments_json: "{}".to_owned(),
        provider_executed: true,
    });
    let opaque = PartKind::Opaque(Opaque {
        provider: provider.to_owned(),
        kind: "block".to_owned(),
        payload_json: "{}".to_owned(),
    });
    let answer = vec![
        state(Part::reasoning("I look it up.", ReasoningForm::Full).kind),
        state(Part::text("A moment.").kind),
        state(search),
        state(result("search_1", vec![Part::text("found")], false).kind),
        Part::new(opaque),
        state(call("call_1", "lookup", "{}").kind),
        state(Part::text("").kind),
    ];
    let question = Message {
        name: Some("ada".to_owned()),
        ..message(Role::User, vec![Part::text("How warm is Oslo?")])
    };
    ChatCall {
        messages: vec![
            question,
            message(Role::Assistant, answer),
            message(
                Role::Tool,
                vec![result("call_1", vec![Part::text("4 degrees")], false)],
            ),
            message(Role::User, vec![Part::text("And Rome?")]),
        ],
        ..ChatCall::default()
    }
}

/// Takes what `field` names out of a call, so that the rest can be encoded. Indices stay as they are.
pub(crate) fn take_out(call: &mut ChatCall, field: &str) {
    let index = |name: &str| {
        let (_, rest) = field.split_once(&format!("{name}["))?;
        rest.split(']').next()?.parse::<usize>().ok()
    };
    let root = field.split(['.', '[']).next().unwrap_or_default();
    match root {
        "messages" => {
            let message = index("messages").and_then(|at| call.messages.get_mut(at));
            let part = message.and_then(|message| message.content.get_mut(index("content")?));
            let Some(part) = part else { return };
            let inner = field.split_once("tool_result.content[");
            let inner = inner.and_then(|(_, rest)| rest.split(']').next()?.parse::<usize>().ok());
            let part = match (&mut part.kind, inner) {
                (PartKind::ToolResult(result), Some(at)) => result.content.get_mut(at),
                _ => Some(part),
            };
            if let Some(part) = part {
                *part = Part::text("taken out");
            }
        }
        "tools" => {
            if let Some(tool) = index("tools").and_then(|at| call.tools.get_mut(at)) {
                *tool = function("taken_out", None);
            }
        }
        "tool_choice" => call.tool_choice = None,
        "response_format" => call.response_format = None,
        "reasoning" => call.reasoning = None,
        "output_modalities" => call.output_modalities.clear(),
        "provider_options" => call.provider_options = ProviderOptions::default(),
        _ => {}
    }
}

fn conversation(provider: &str) -> Vec<Message> {
    let data = || MediaSource::Data(Bytes::from_static(b"bytes"));
    vec![
        message(Role::System, vec![cached(Part::text("Be brief."))]),
        Message {
            name: Some("ada".to_owned()),
            ..message(
                Role::User,
                vec![
                    Part::text("What is all this?"),
                    media("image/png", data(), None),
                    media(
                        "image/jpeg",
                        MediaSource::Url("https://example.com/a.jpg".to_owned()),
                        None,
                    ),
                    media("application/pdf", data(), Some("a.pdf")),
                    media("text/plain", data(), Some("a.txt")),
                    media("audio/wav", data(), None),
                    media("video/mp4", data(), None),
                    media(
                        "application/pdf",
                        MediaSource::File {
                            provider: provider.to_owned(),
                            id: "file-1".to_owned(),
                        },
                        None,
                    ),
                    Part {
                        provider_options: options(provider, &json!({"option_of_the_part": true})),
                        ..cached(Part::text("And how warm is Oslo?"))
                    },
                ],
            )
        },
        message(
            Role::Assistant,
            vec![
                Part {
                    provider_state: Some(ProviderState {
                        provider: "elsewhere".to_owned(),
                        data: Bytes::from_static(b"STATE of another provider"),
                    }),
                    ..Part::reasoning("thought elsewhere", ReasoningForm::Full)
                },
                Part::new(PartKind::Opaque(Opaque {
                    provider: "elsewhere".to_owned(),
                    kind: "block".to_owned(),
                    payload_json: "{\"type\":\"block\"}".to_owned(),
                })),
                Part::text("Let me see."),
                call("call_1", "lookup", "{\"city\": \"Oslo\"}"),
                call("call_2", "lookup", "{\"city\": \"Bergen\"}"),
                Part {
                    incomplete: true,
                    ..call("call_3", "lookup", "{\"city\": \"Tro")
                },
            ],
        ),
        message(
            Role::Tool,
            vec![
                result(
                    "call_1",
                    vec![Part::text("4 degrees"), media("image/png", data(), None)],
                    false,
                ),
                result("call_2", vec![Part::text("no such city")], true),
            ],
        ),
        message(
            Role::Assistant,
            vec![Part::new(PartKind::Refusal("I had rather not.".to_owned()))],
        ),
        message(Role::System, vec![Part::text("From here on, in French.")]),
        message(Role::User, vec![Part::text("Go on: zwölf 🦀?")]),
    ]
}

fn tools(provider: &str) -> Vec<Tool> {
    let of = |kind| Tool {
        kind,
        cache_hint: None,
    };
    vec![
        Tool {
            cache_hint: Some(CacheHint { ttl: None }),
            ..lookup()
        },
        function("no_arguments", None),
        of(ToolKind::WebSearch(WebSearchTool {
            allowed_domains: vec!["example.com".to_owned()],
            blocked_domains: Vec::new(),
            max_uses: Some(2),
        })),
        of(ToolKind::CodeExecution),
        of(ToolKind::Provider(ProviderTool {
            provider: provider.to_owned(),
            kind: "own_tool".to_owned(),
            options: object(&json!({"depth": 2})),
        })),
    ]
}

fn lookup() -> Tool {
    let schema = json!({
        "type": "object",
        "properties": {"city": {"type": "string", "description": "A city."}},
        "required": ["city"],
        "additionalProperties": false,
    });
    function("lookup", Some(schema))
}

fn function(name: &str, input_schema: Option<Value>) -> Tool {
    Tool {
        kind: ToolKind::Function(FunctionTool {
            name: name.to_owned(),
            description: format!("Does {name}."),
            strict: input_schema.is_some().then_some(true),
            input_schema,
        }),
        cache_hint: None,
    }
}

fn message(role: Role, content: Vec<Part>) -> Message {
    Message {
        role,
        content,
        name: None,
    }
}

fn cached(part: Part) -> Part {
    Part {
        cache_hint: Some(CacheHint {
            ttl: Some(Duration::from_secs(3600)),
        }),
        ..part
    }
}

fn media(mime_type: &str, source: MediaSource, name: Option<&str>) -> Part {
    Part::new(PartKind::Media(Media {
        mime_type: mime_type.to_owned(),
        source,
        name: name.map(str::to_owned),
        size_bytes: None,
    }))
}

fn call(id: &str, name: &str, arguments_json: &str) -> Part {
    Part::new(PartKind::ToolCall(ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments_json: arguments_json.to_owned(),
        provider_executed: false,
    }))
}

fn result(id: &str, content: Vec<Part>, is_error: bool) -> Part {
    Part::new(PartKind::ToolResult(ToolResult {
        tool_call_id: id.to_owned(),
        name: String::new(),
        content,
        is_error,
    }))
}

fn options(provider: &str, value: &Value) -> ProviderOptions {
    ProviderOptions::new(BTreeMap::from([(provider.to_owned(), object(value))]))
}

fn object(value: &Value) -> serde_json::Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}
