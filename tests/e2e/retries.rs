//! Attempts: which failures are tried again, when, where, and what the caller is told.

use std::time::{Duration, Instant};

use crux::rpc::pb;
use crux::rpc::pb::chat_event::Event;
use tonic_types::StatusExt as _;

use crate::harness::{MODELS, Streamed, ask, faulty, reason, start, within};

fn attempts(streamed: &Streamed) -> Vec<(i32, Option<String>)> {
    let events = streamed.events.iter().filter_map(|event| match &event.event {
        Some(Event::AttemptStarted(attempt)) => Some(attempt),
        _ => None,
    });
    events
        .map(|attempt| {
            (
                attempt.number,
                attempt
                    .previous_error
                    .as_ref()
                    .map(|error| error.reason().as_str_name().to_owned()),
            )
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn passing_failures_are_tried_again_and_told() {
    let server = start(&[]).await;
    for (id, model) in MODELS.into_iter().enumerate() {
        for fault in [
            "status=500",
            "status=503",
            "status=529",
            "status=429",
            "status=408",
            "refuse",
            "cut=0",
        ] {
            let streamed = server
                .stream(ask(&faulty(model, &format!("{fault},times=2,id={id}")), "hi"))
                .await;

            assert!(streamed.status.is_ok(), "{model} {fault}: {:?}", streamed.status);
            let attempts = attempts(&streamed);
            assert_eq!(attempts.len(), 3, "{model} {fault}: {attempts:?}");
            assert!(attempts[0].1.is_none() && attempts[1].1.is_some() && attempts[2].1.is_some());
            let outcome = streamed.outcome();
            assert_eq!(outcome.attempts.len(), 3, "{model} {fault}");
            assert!(outcome.attempts[2].error.is_none());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_request_s_own_faults_are_not_tried_again() {
    let server = start(&[]).await;
    for model in MODELS {
        let before = server.stats.snapshot().requests;
        let streamed = server.stream(ask(&faulty(model, "status=400"), "hi")).await;

        assert_eq!(
            streamed.code(),
            tonic::Code::InvalidArgument,
            "{model}: {:?}",
            streamed.status
        );
        assert_eq!(server.stats.snapshot().requests, before + 1, "{model}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attempts_are_bounded_and_the_last_error_is_the_status() {
    let server = start(&[]).await;
    let before = server.stats.snapshot().requests;
    let streamed = server
        .stream(ask(&faulty("openai/gpt-5", "status=503"), "hi"))
        .await;
    assert_eq!(streamed.reason(), "PROVIDER_UNAVAILABLE");
    assert_eq!(server.stats.snapshot().requests, before + 3);
    let pushback = streamed
        .status
        .unwrap_err()
        .metadata()
        .get("grpc-retry-pushback-ms")
        .cloned();
    assert_eq!(
        pushback.unwrap(),
        "-1",
        "what was retried here is not to be retried by the client's library"
    );

    let routing = pb::RoutingOptions {
        max_attempts: Some(1),
        ..Default::default()
    };
    let request = pb::ChatRequest {
        routing: Some(routing),
        ..ask(&faulty("openai/gpt-5", "status=503"), "hi")
    };
    server.stream(request).await;
    assert_eq!(server.stats.snapshot().requests, before + 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_tried_is_told_where_no_event_tells_it() {
    let server = start(&[]).await;
    let asked = MODELS.map(|model| {
        let other = if model == MODELS[0] { MODELS[1] } else { MODELS[0] };
        let routing = pb::RoutingOptions {
            fallback_models: vec![faulty(other, "status=529")],
            max_attempts: Some(5),
            ..Default::default()
        };
        let request = pb::ChatRequest {
            routing: Some(routing),
            ..ask(&faulty(model, "status=503"), "hi")
        };
        let mut client = server.client.clone();
        let server = &server;
        async move {
            let (whole, streamed) = tokio::join!(client.chat(request.clone()), server.stream(request));
            (model, other, whole.unwrap_err(), streamed)
        }
    });
    for (model, other, whole, streamed) in futures_util::future::join_all(asked).await {
        let failed = match streamed.status.as_ref().map_err(pb::GenerationFailed::of) {
            // Where it took longer than 2 s, the stream had begun, and events tell it.
            Err(None) => streamed.failed().clone(),
            Err(Some(told)) => {
                assert!(streamed.events.is_empty(), "told twice: {:?}", streamed.kinds());
                told
            }
            Ok(()) => panic!("{model} answered"),
        };
        let told = pb::GenerationFailed::of(&whole).unwrap();
        let error = told.error.clone().unwrap();
        assert!(
            error.message.is_empty() && error.metadata.is_empty(),
            "the status says them"
        );
        for told in [told, failed] {
            let numbers: Vec<_> = told.attempts.iter().map(|attempt| attempt.number).collect();
            assert_eq!(numbers, [1, 2, 3, 4, 5], "{model}");
            assert!(told.attempts[0].model.starts_with(model), "{told:?}");
            assert!(told.attempts[4].model.starts_with(other), "{told:?}");
            for attempt in &told.attempts {
                let error = attempt.error.as_ref().unwrap();
                assert_eq!(error.reason(), pb::ErrorReason::ProviderUnavailable);
                assert!(!error.message.is_empty());
            }
            assert!(told.usage.is_some() && told.timing.is_some());
            assert_eq!(told.error.unwrap().provider_error.unwrap().http_status, 529);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_was_asked_tells_of_no_attempts() {
    let server = start(&[]).await;

    let status = server.stream(ask("nobody/model", "hi")).await.status.unwrap_err();

    assert_eq!(reason(&status), "MODEL_NOT_FOUND");
    assert_eq!(pb::GenerationFailed::of(&status), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_waited_for() {
    let server = start(&[]).await;
    let begun = Instant::now();
    let model = faulty("anthropic/claude-sonnet-4-5", "status=429,retry-after=1,times=1");
    let streamed = server.stream(ask(&model, "hi")).await;

    assert!(streamed.status.is_ok());
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
    let queued = streamed
        .outcome()
        .timing
        .as_ref()
        .unwrap()
        .queued
        .as_ref()
        .unwrap();
    assert!(queued.seconds >= 1, "{queued:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_beyond_the_deadline_ends_the_attempt_at_once() {
    let server = start(&[]).await;
    let begun = Instant::now();
    let model = faulty("openai/gpt-5", "status=429,retry-after=60");
    let streamed = server
        .stream(within(Duration::from_secs(5), ask(&model, "hi")))
        .await;

    assert_eq!(streamed.reason(), "PROVIDER_RATE_LIMITED");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    let details = streamed.status.unwrap_err().get_error_details();
    assert_eq!(
        details.retry_info().unwrap().retry_delay,
        Some(Duration::from_secs(60))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn fallbacks_are_tried_in_order_before_content_and_never_after() {
    let server = start(&[]).await;
    let routing = |models: &[&str]| {
        Some(pb::RoutingOptions {
            fallback_models: models.iter().map(|model| (*model).to_owned()).collect(),
            ..Default::default()
        })
    };
    let request = pb::ChatRequest {
        routing: routing(&["gemini/missing-model", "anthropic/claude-sonnet-4-5"]),
        ..ask(&faulty("openai/gpt-5", "status=401"), "hi")
    };
    let streamed = server.stream(request).await;
    let outcome = streamed.outcome();
    assert_eq!(outcome.model, "anthropic/claude-sonnet-4-5");
    assert_eq!(outcome.attempts.len(), 3, "{:?}", outcome.attempts);

    let request = pb::ChatRequest {
        routing: routing(&["anthropic/claude-sonnet-4-5"]),
        ..ask(&faulty("openai/gpt-5", "no-terminal"), "hi")
    };
    let streamed = server.stream(request).await;
    assert_eq!(streamed.reason(), "PROVIDER_STREAM_BROKEN");
    assert_eq!(streamed.failed().attempts.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_provider_is_given_up_and_tried_again() {
    let server = start(&[("CRUX_TIMEOUTS__FIRST_TOKEN", "150ms")]).await;
    for fault in ["stall-headers,times=1", "delay-first-byte=5s,times=1"] {
        let streamed = server.stream(ask(&faulty("openai/gpt-5", fault), "hi")).await;
        assert!(streamed.status.is_ok(), "{fault}: {:?}", streamed.status);
        assert_eq!(
            attempts(&streamed)[1].1.as_deref(),
            Some("ERROR_REASON_PROVIDER_TIMEOUT"),
            "{fault}"
        );
    }
    server.until_quiet().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_start_is_announced_within_two_seconds() {
    let server = start(&[]).await;
    let begun = Instant::now();
    let model = faulty("openai/gpt-5", "delay-headers=3s");
    let mut stream = server
        .client
        .clone()
        .stream_chat(ask(&model, "hi"))
        .await
        .unwrap()
        .into_inner();
    let first = stream.message().await.unwrap().unwrap();

    assert!(matches!(first.event, Some(Event::Started(_))));
    let waited = begun.elapsed();
    assert!(
        waited > Duration::from_millis(1900) && waited < Duration::from_millis(2300),
        "{waited:?}"
    );
    while stream.message().await.unwrap().is_some() {}
}
