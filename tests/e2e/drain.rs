//! Going down: `NOT_SERVING`, no new calls, running ones to their end, the rest cut with a reason.

use std::time::{Duration, Instant};

use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::harness::{ask, collect, faulty, start_alone};

async fn health(address: std::net::SocketAddr, service: &str) -> Result<ServingStatus, tonic::Status> {
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{address}")).unwrap();
    let mut client = HealthClient::new(channel.connect().await.unwrap());
    let request = HealthCheckRequest {
        service: service.to_owned(),
    };
    client
        .check(request)
        .await
        .map(|response| response.into_inner().status())
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_told_for_the_server_each_service_and_each_provider() {
    let server = start_alone(&[]).await;
    for service in [
        "",
        "crux.v1.ChatService",
        "crux.v1.ServerService",
        "crux.v1.PreferencesService",
        "provider/anthropic",
        "provider/xai",
    ] {
        assert_eq!(
            health(server.address, service).await.unwrap(),
            ServingStatus::Serving,
            "{service}"
        );
    }
    assert_eq!(
        health(server.address, "provider/none").await.unwrap_err().code(),
        tonic::Code::NotFound
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn running_streams_finish_and_health_flips_first() {
    let mut server = start_alone(&[("CRUX_SERVER__DRAIN_GRACE", "5s")]).await;
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    let mut watcher = HealthClient::new(channel.connect().await.unwrap());
    let mut watch = watcher
        .watch(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    let status = |response: Option<HealthCheckResponse>| response.unwrap().status();
    assert_eq!(status(watch.message().await.unwrap()), ServingStatus::Serving);

    let model = faulty("anthropic/claude-sonnet-4-5", "gap=20ms,chunks=30");
    let mut client = server.client.clone();
    let running = client.stream_chat(ask(&model, "hi")).await;
    server.shut_down();

    assert_eq!(status(watch.message().await.unwrap()), ServingStatus::NotServing);
    drop((watch, watcher));
    let streamed = collect(running).await;
    assert!(streamed.status.is_ok(), "{:?}", streamed.status);
    server.gone().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_finish_in_time_is_cut_with_a_reason() {
    let mut server = start_alone(&[("CRUX_SERVER__DRAIN_GRACE", "300ms")]).await;
    let model = faulty("openai/gpt-5", "gap=20ms,chunks=10000");
    let running = server.client.clone().stream_chat(ask(&model, "hi")).await;
    let mut client = server.client.clone();
    let whole = tokio::spawn(async move {
        client
            .chat(ask(&faulty("openai/gpt-5", "stall-headers"), "hi"))
            .await
    });
    server
        .until(Duration::from_secs(1), |stats| stats.open == 2)
        .await;
    let stats = server.stats.clone();

    let begun = Instant::now();
    server.shut_down();
    let streamed = collect(running).await;

    assert_eq!(streamed.reason(), "SHUTTING_DOWN");
    assert!(streamed.failed().usage.as_ref().unwrap().output_tokens.unwrap() > 0);
    assert_eq!(
        crate::harness::reason(&whole.await.unwrap().unwrap_err()),
        "SHUTTING_DOWN"
    );
    assert!(
        begun.elapsed() < Duration::from_millis(700),
        "{:?}",
        begun.elapsed()
    );
    server.gone().await;
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    // The sandbox went with the server; its answers end as the runtime gets to them.
    let soon = Instant::now() + Duration::from_secs(1);
    while stats.snapshot().open > 0 {
        assert!(Instant::now() < soon, "{:?}", stats.snapshot());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_is_closed_at_the_end_of_its_grace_and_calls_within_it_finish() {
    let server = start_alone(&[
        ("CRUX_SERVER__MAX_CONNECTION_AGE", "1s"),
        ("CRUX_SERVER__MAX_CONNECTION_AGE_GRACE", "1s"),
    ])
    .await;
    let streamed = |chunks: u32| {
        let model = faulty("openai/gpt-5", &format!("gap=20ms,chunks={chunks}"));
        let mut client = server.client.clone();
        async move { collect(client.stream_chat(ask(&model, "hi")).await).await }
    };

    let begun = Instant::now();
    let (whole, endless) = tokio::join!(streamed(70), streamed(10_000));

    // Beyond the age, within the grace.
    assert!(whole.status.is_ok(), "{:?}", whole.status);
    // Beyond both.
    assert!(endless.status.is_err());
    let lasted = begun.elapsed();
    let expected = Duration::from_millis(1900)..Duration::from_secs(4);
    assert!(expected.contains(&lasted), "{lasted:?}");
    // The caller has another connection by itself.
    assert!(streamed(3).await.status.is_ok());
}
