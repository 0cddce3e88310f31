//! The order, the numbers and the trailers of streams that end well, and whole answers that equal them.

use crux::rpc::pb;
use crux::rpc::pb::chat_event::Event;

use crate::harness::{MODELS, ask, start, without_state};

#[tokio::test(flavor = "multi_thread")]
async fn every_provider_streams_in_order_and_ends_ok_with_usage() {
    let server = start(&[]).await;
    for model in MODELS {
        let streamed = server.stream(ask(model, "tell me of ships")).await;

        assert!(streamed.status.is_ok(), "{model}: {:?}", streamed.status);
        let kinds = streamed.kinds();
        assert_eq!(&kinds[..2], ["started", "attempt_started"], "{model}");
        assert_eq!(kinds.last(), Some(&"finished"), "{model}");
        assert!(
            kinds.iter().filter(|kind| **kind == "text_delta").count() > 1,
            "{model}: {kinds:?}"
        );
        assert_eq!(streamed.text(), "You said: tell me of ships", "{model}");
        let sequences: Vec<_> = streamed.events.iter().map(|event| event.sequence).collect();
        assert!(
            sequences.windows(2).all(|pair| pair[0] < pair[1]) && sequences[0] == 1,
            "{model}: {sequences:?}"
        );

        let outcome = streamed.outcome();
        assert_eq!(outcome.finish_reason(), pb::FinishReason::Stop, "{model}");
        assert_eq!(outcome.model, model);
        assert!(!outcome.raw_finish_reason.is_empty(), "{model}");
        let usage = outcome.usage.as_ref().unwrap();
        assert!(
            usage.input_tokens.unwrap() > 0 && usage.output_tokens.unwrap() > 0,
            "{model}: {usage:?}"
        );
        assert!(!usage.estimated, "{model}");
        assert_eq!(streamed.trailers.get("crux-model").unwrap(), model);
        assert_eq!(
            streamed.trailers.get("crux-finish-reason").unwrap(),
            "FINISH_REASON_STOP"
        );
        assert_eq!(
            streamed
                .trailers
                .get("crux-output-tokens")
                .unwrap()
                .to_str()
                .unwrap(),
            usage.output_tokens.unwrap().to_string()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_answer_equals_the_streamed_one() {
    let server = start(&[]).await;
    for model in MODELS {
        let streamed = server.stream(ask(model, "the same")).await;
        let whole = server.client.clone().chat(ask(model, "the same")).await.unwrap();

        assert!(whole.metadata().contains_key("crux-generation-id"));
        let whole = whole.into_inner();
        assert_eq!(whole.text, streamed.text(), "{model}");
        assert_eq!(without_state(whole.message.unwrap().content), without_state(streamed.parts()), "{model}");
        let (whole, streamed) = (whole.outcome.unwrap(), streamed.outcome());
        assert_eq!(whole.usage, streamed.usage, "{model}");
        assert_eq!(whole.finish_reason, streamed.finish_reason, "{model}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn raw_chunks_come_only_when_asked_for() {
    let server = start(&[]).await;
    for model in MODELS {
        let request = pb::ChatRequest {
            include: vec![pb::Include::Raw as i32],
            ..ask(model, "raw")
        };
        let streamed = server.stream(request.clone()).await;
        let whole = server.client.clone().chat(request).await.unwrap().into_inner();

        let raw: Vec<_> = streamed
            .events
            .iter()
            .filter_map(|event| match &event.event {
                Some(Event::RawChunk(raw)) => Some((event.sequence, raw)),
                _ => None,
            })
            .collect();
        assert!(raw.len() > 1, "{model}");
        assert!(
            raw.iter()
                .all(|(sequence, raw)| *sequence == 0 && model.starts_with(&raw.provider)),
            "{model}"
        );
        assert!(
            !streamed.outcome().usage.as_ref().unwrap().raw_json.is_empty(),
            "{model}"
        );
        assert_eq!(whole.raw_chunks.len(), 1, "{model}");
        assert!(serde_json::from_slice::<serde_json::Value>(&whole.raw_chunks[0].data).is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_is_checked_against_the_schema() {
    let server = start(&[]).await;
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"},"year":{"type":"integer"}},"required":["city","year"],"additionalProperties":false}"#;
    let format = |kind| Some(pb::ResponseFormat { kind: Some(kind) });
    for model in MODELS {
        let by_schema = pb::response_format::Kind::JsonSchema(pb::JsonSchemaFormat {
            schema_json: schema.to_owned(),
            strict: Some(false),
            ..Default::default()
        });
        let request = pb::ChatRequest {
            response_format: format(by_schema),
            ..ask(model, "a city")
        };
        let streamed = server.stream(request).await;
        // DeepSeek has JSON mode and no schemas: it was asked in words, and the check tells the truth.
        let expected = !model.starts_with("deepseek/");
        assert_eq!(
            streamed.outcome().format_valid,
            Some(expected),
            "{model}: {}",
            streamed.text()
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_counted_by_the_provider_or_guessed_and_said_to_be() {
    let server = start(&[]).await;
    for model in MODELS {
        let request = pb::CountTokensRequest {
            request: Some(ask(model, "one two three four")),
        };
        let count = server
            .client
            .clone()
            .count_tokens(request)
            .await
            .unwrap()
            .into_inner();

        assert!(count.input_tokens > 0, "{model}");
        let counts = ["anthropic", "gemini", "openai/"]
            .iter()
            .any(|provider| model.starts_with(provider));
        let expected = if counts {
            pb::TokenCountMethod::Provider
        } else {
            pb::TokenCountMethod::Estimate
        };
        assert_eq!(count.method(), expected, "{model}");
    }
}
