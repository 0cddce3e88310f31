//! Tool loops with reasoning: two turns through every provider, state and all.

use crux::rpc::pb;
use crux::rpc::pb::part::Kind;

use crate::harness::{MODELS, Running, ask, start, text_part};

fn weather() -> pb::Tool {
    let function = pb::FunctionTool {
        name: "get_weather".to_owned(),
        description: "Tells the weather of a city.".to_owned(),
        input_schema_json: r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#
            .to_owned(),
        strict: None,
    };
    pb::Tool {
        kind: Some(pb::tool::Kind::Function(function)),
        cache_hint: None,
    }
}

fn time() -> pb::Tool {
    let function = pb::FunctionTool {
        name: "get_time".to_owned(),
        input_schema_json: r#"{"type":"object","properties":{"zone":{"type":"string"}},"required":["zone"]}"#
            .to_owned(),
        ..Default::default()
    };
    pb::Tool {
        kind: Some(pb::tool::Kind::Function(function)),
        cache_hint: None,
    }
}

fn calls(message: &pb::Message) -> Vec<pb::ToolCall> {
    let calls = message.content.iter().filter_map(|part| match &part.kind {
        Some(Kind::ToolCall(call)) if !call.provider_executed => Some(call.clone()),
        _ => None,
    });
    calls.collect()
}

async fn last_request(server: &Running) -> String {
    let url = format!("http://{}/sandbox/requests?last=1", server.sandbox_address);
    reqwest::get(url).await.unwrap().text().await.unwrap()
}

/// The sandbox refuses a second turn whose signatures, encrypted items or ids are not the ones it gave.
#[tokio::test(flavor = "multi_thread")]
async fn a_tool_loop_with_reasoning_carries_the_provider_s_state_back() {
    let server = start(&[]).await;
    for model in MODELS {
        for streams in [true, false] {
            let mut request = pb::ChatRequest {
                tools: vec![weather(), time()],
                reasoning: Some(pb::ReasoningConfig {
                    effort: pb::ReasoningEffort::Medium as i32,
                    form: pb::ReasoningForm::Summary as i32,
                    ..Default::default()
                }),
                max_output_tokens: Some(8000),
                ..ask(model, "What is the weather in Rome?")
            };
            let (message, outcome) = turn(&server, &request, streams).await;
            let calls = calls(&message);
            assert!(calls.len() >= 2, "{model}: two tools in parallel: {message:?}");
            assert_eq!(outcome.finish_reason(), pb::FinishReason::ToolCalls, "{model}");
            let states: Vec<_> = message
                .content
                .iter()
                .filter_map(|part| part.provider_state.as_ref())
                .collect();
            let has_reasoning = message
                .content
                .iter()
                .any(|part| matches!(part.kind, Some(Kind::Reasoning(_))));
            assert!(has_reasoning, "{model}: {message:?}");
            assert!(states.iter().all(|state| model.starts_with(&state.provider)));

            let results = calls.iter().map(|call| pb::Part {
                kind: Some(Kind::ToolResult(pb::ToolResult {
                    tool_call_id: call.id.clone(),
                    content: vec![text_part("sunny, 21 degrees")],
                    ..Default::default()
                })),
                ..Default::default()
            });
            let results = pb::Message {
                role: pb::Role::Tool as i32,
                content: results.collect(),
                ..Default::default()
            };
            request.messages.extend([message, results]);
            let (answer, outcome) = turn(&server, &request, streams).await;
            assert_eq!(outcome.finish_reason(), pb::FinishReason::Stop, "{model}");
            assert!(
                answer
                    .content
                    .iter()
                    .any(|part| matches!(&part.kind, Some(Kind::Text(text)) if text.contains("sunny"))),
                "{model}: {answer:?}"
            );
            let sent = last_request(&server).await;
            assert!(sent.contains("sunny, 21 degrees"), "{model}: {sent}");
        }
    }
}

async fn turn(server: &Running, request: &pb::ChatRequest, streams: bool) -> (pb::Message, pb::Outcome) {
    if streams {
        let streamed = server.stream(request.clone()).await;
        assert!(
            streamed.status.is_ok(),
            "{}: {:?}",
            request.model,
            streamed.status
        );
        let message = pb::Message {
            role: pb::Role::Assistant as i32,
            content: streamed.parts(),
            ..Default::default()
        };
        (message, streamed.outcome().clone())
    } else {
        let answer = server.client.clone().chat(request.clone()).await;
        let answer = answer
            .unwrap_or_else(|status| panic!("{}: {status:?}", request.model))
            .into_inner();
        (answer.message.unwrap(), answer.outcome.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_provider_s_state_is_dropped_with_a_warning() {
    let server = start(&[]).await;
    let state = pb::ProviderState {
        provider: "anthropic".to_owned(),
        data: "opaque".into(),
    };
    let part = pb::Part {
        provider_state: Some(state),
        ..text_part("I said so.")
    };
    let said = pb::Message {
        role: pb::Role::Assistant as i32,
        content: vec![part],
        ..Default::default()
    };
    let mut request = ask("openai/gpt-5", "first");
    request.messages.push(said);
    request.messages.push(ask("x/y", "and now?").messages.remove(0));
    let outcome = server
        .client
        .clone()
        .chat(request)
        .await
        .unwrap()
        .into_inner()
        .outcome
        .unwrap();

    assert!(
        outcome
            .warnings
            .iter()
            .any(|warning| warning.field.contains("provider_state")),
        "{:?}",
        outcome.warnings
    );
    assert!(!last_request(&server).await.contains("opaque"));
}
