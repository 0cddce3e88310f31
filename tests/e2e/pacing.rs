//! Heartbeats, merged deltas and streams without deltas.

use std::time::Duration;

use crux::rpc::pb;

use crate::harness::{MODELS, ask, faulty, start_alone};

fn duration(duration: Duration) -> prost_types::Duration {
    duration.try_into().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_is_filled_with_heartbeats_that_are_not_counted() {
    let server = start_alone(&[]).await;
    let options = pb::StreamOptions {
        heartbeat_interval: Some(duration(Duration::from_secs(1))),
        ..Default::default()
    };
    let request = pb::ChatRequest {
        stream_options: Some(options),
        ..ask(&faulty("openai/gpt-5", "delay-first-byte=3500ms"), "hi")
    };
    let streamed = server.stream(request).await;

    assert!(streamed.status.is_ok());
    let beats: Vec<_> = streamed
        .events
        .iter()
        .filter(|event| matches!(event.event, Some(pb::chat_event::Event::Heartbeat(_))))
        .map(|event| event.sequence)
        .collect();
    assert_eq!(beats, [0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn deltas_within_the_window_come_as_one() {
    let server = start_alone(&[]).await;
    for model in MODELS {
        let model = faulty(model, "chunks=200,gap=1ms");
        let plain = server.stream(ask(&model, "hi")).await;
        let options = pb::StreamOptions {
            coalesce_window: Some(duration(Duration::from_millis(50))),
            ..Default::default()
        };
        let merged = server
            .stream(pb::ChatRequest {
                stream_options: Some(options),
                ..ask(&model, "hi")
            })
            .await;

        assert_eq!(merged.parts(), plain.parts(), "{model}");
        assert_eq!(merged.text(), plain.text(), "{model}");
        assert!(
            merged.events.len() * 4 < plain.events.len(),
            "{model}: {} of {}",
            merged.events.len(),
            plain.events.len()
        );
        let sequences: Vec<_> = merged.events.iter().map(|event| event.sequence).collect();
        assert!(
            sequences.windows(2).all(|pair| pair[0] < pair[1]),
            "{model}: {sequences:?}"
        );
        assert_eq!(
            sequences.last(),
            plain.events.last().map(|event| &event.sequence),
            "{model}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_deltas_parts_come_whole() {
    let server = start_alone(&[]).await;
    for model in MODELS {
        let plain = server.stream(ask(model, "whole parts")).await;
        let options = pb::StreamOptions {
            omit_deltas: true,
            ..Default::default()
        };
        let request = pb::ChatRequest {
            stream_options: Some(options),
            ..ask(model, "whole parts")
        };
        let streamed = server.stream(request).await;

        assert_eq!(streamed.parts(), plain.parts(), "{model}");
        assert!(
            streamed.kinds().iter().all(|kind| !kind.ends_with("delta")),
            "{model}: {:?}",
            streamed.kinds()
        );
    }
}
