//! Bad requests: typed, every field at once, before any provider hears of them.

use std::collections::BTreeMap;

use crux::rpc::pb;
use tonic_types::StatusExt as _;

use crate::harness::{ask, reason, start, text_part, user};

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_field_is_named_at_once() {
    let server = start(&[]).await;
    let request = pb::ChatRequest {
        model: String::new(),
        messages: vec![
            pb::Message {
                role: 0,
                content: vec![text_part("hi")],
                ..Default::default()
            },
            pb::Message {
                role: pb::Role::User as i32,
                content: vec![pb::Part::default()],
                ..Default::default()
            },
        ],
        max_output_tokens: Some(0),
        temperature: Some(f64::NAN),
        top_logprobs: Some(21),
        tools: vec![pb::Tool {
            kind: Some(pb::tool::Kind::Function(pb::FunctionTool {
                name: "bad name".to_owned(),
                input_schema_json: "[]".to_owned(),
                ..Default::default()
            })),
            ..Default::default()
        }],
        tool_choice: Some(pb::ToolChoice {
            mode: 0,
            tool_names: vec!["other".to_owned()],
        }),
        stop_sequences: vec![String::new()],
        service_tier: 99,
        ..Default::default()
    };
    let status = server.client.clone().chat(request).await.unwrap_err();

    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    assert_eq!(reason(&status), "INVALID_REQUEST");
    let details = status.get_error_details();
    let fields: Vec<_> = details
        .bad_request()
        .unwrap()
        .field_violations
        .iter()
        .map(|v| v.field.as_str())
        .collect();
    for field in [
        "model",
        "messages[0].role",
        "messages[1].content[0]",
        "tools[0].function.name",
        "tools[0].function.input_schema_json",
        "tool_choice.tool_names[0]",
        "stop_sequences[0]",
        "temperature",
        "top_logprobs",
        "max_output_tokens",
        "service_tier",
    ] {
        assert!(fields.contains(&field), "{field} is not in {fields:?}");
    }
    assert_eq!(server.stats.snapshot().requests, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_served_yet_is_refused_not_ignored() {
    let server = start(&[]).await;
    let with_key = pb::ChatRequest {
        idempotency_key: "one".to_owned(),
        ..ask("openai/gpt-5", "hi")
    };
    let detached = pb::ChatRequest {
        detach_timeout: Some(prost_types::Duration {
            seconds: 30,
            nanos: 0,
        }),
        ..ask("openai/gpt-5", "hi")
    };
    for request in [with_key, detached] {
        let status = server.client.clone().chat(request).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::Unimplemented);
        assert_eq!(reason(&status), "FEATURE_DISABLED");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn models_and_options_that_do_not_exist_are_named() {
    let server = start(&[]).await;
    let refused = async |request| server.client.clone().chat(request).await.unwrap_err();

    let status = refused(ask("gpt-5", "hi")).await;
    assert_eq!(reason(&status), "INVALID_REQUEST");
    let status = refused(ask("opnai/gpt-5", "hi")).await;
    assert_eq!(
        (status.code(), reason(&status).as_str()),
        (tonic::Code::NotFound, "MODEL_NOT_FOUND")
    );
    assert!(status.message().contains("openai"), "{status:?}");
    let status = refused(ask("openai/missing-model", "hi")).await;
    assert_eq!(reason(&status), "MODEL_NOT_FOUND");
    let options = BTreeMap::from([("opnai".to_owned(), prost_types::Struct::default())]);
    let status = refused(pb::ChatRequest {
        provider_options: options,
        ..ask("openai/gpt-5", "hi")
    })
    .await;
    assert_eq!(reason(&status), "INVALID_REQUEST");
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_options_cannot_replace_the_model_or_the_messages() {
    let server = start(&[]).await;
    for (model, keys) in [
        ("openai/gpt-5", ["model", "input", "stream"]),
        ("anthropic/claude-sonnet-4-5", ["model", "messages", "stream"]),
        ("gemini/gemini-2.5-flash", ["contents", "contents", "contents"]),
        ("ollama/gpt-oss:20b", ["model", "messages", "stream"]),
        (
            "openrouter/anthropic/claude-sonnet-4.5",
            ["model", "messages", "stream"],
        ),
        ("deepseek/deepseek-chat", ["model", "messages", "stream"]),
        ("xai/grok-4", ["model", "input", "stream"]),
    ] {
        let provider = model.split('/').next().unwrap().to_owned();
        for key in keys {
            let value = prost_types::Value {
                kind: Some(prost_types::value::Kind::StringValue("x".to_owned())),
            };
            let options = prost_types::Struct {
                fields: [(key.to_owned(), value)].into(),
            };
            let request = pb::ChatRequest {
                provider_options: BTreeMap::from([(provider.clone(), options)]),
                ..ask(model, "hi")
            };
            let status = server.client.clone().chat(request).await.unwrap_err();
            assert_eq!(reason(&status), "INVALID_REQUEST", "{model} {key}: {status:?}");
        }
    }
    assert_eq!(server.stats.snapshot().requests, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_over_the_limit_is_told_with_the_limit() {
    let server = start(&[("CRUX_SERVER__MAX_REQUEST_BYTES", "65536")]).await;
    let status = server
        .client
        .clone()
        .chat(ask("openai/gpt-5", &"x".repeat(70_000)))
        .await
        .unwrap_err();

    assert_eq!(status.code(), tonic::Code::OutOfRange);
    assert_eq!(reason(&status), "MESSAGE_TOO_LARGE");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().metadata["limitBytes"], "65536");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_message_within_the_limit_passes() {
    let server = start(&[]).await;
    let streamed = server
        .stream(ask("anthropic/claude-sonnet-4-5", &"word ".repeat(600_000)))
        .await;
    assert!(streamed.status.is_ok(), "{:?}", streamed.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_key_names_the_variables_to_set() {
    let server = start(&[
        ("CRUX_PROVIDERS__LOCAL__DIALECT", "openai_chat"),
        ("CRUX_PROVIDERS__LOCAL__BASE_URL", "http://127.0.0.1:9"),
        ("CRUX_PROVIDERS__LOCAL__API_KEY_ENV", "LOCAL_KEY"),
    ])
    .await;
    let status = server
        .client
        .clone()
        .chat(ask("local/model", "hi"))
        .await
        .unwrap_err();
    assert_eq!(status.code(), tonic::Code::FailedPrecondition);
    assert_eq!(reason(&status), "PROVIDER_KEY_MISSING");
    assert!(status.message().contains("LOCAL_KEY"), "{status:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_user_s_id_is_passed_on_hashed() {
    let server = start(&[]).await;
    let request = pb::ChatRequest {
        end_user_id: "alice@example.com".to_owned(),
        ..ask("anthropic/claude-sonnet-4-5", "hi")
    };
    server
        .client
        .clone()
        .chat(pb::ChatRequest {
            messages: vec![user("hi")],
            ..request
        })
        .await
        .unwrap();

    let url = format!("http://{}/sandbox/requests?last=1", server.sandbox_address);
    let seen = reqwest::get(url).await.unwrap().text().await.unwrap();
    assert!(seen.contains("user_id") && !seen.contains("alice"), "{seen}");
}
