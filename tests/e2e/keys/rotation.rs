//! What becomes of calls that run when their key is rotated, stopped or destroyed.

use std::time::{Duration, Instant};

use crux::rpc::pb;
use crux::rpc::pb::key::State;
use tokio::task::JoinHandle;
use tonic::Code;

use super::{Shared, Vault, add, fields, new_key, vault};
use crate::harness::{Running, Streamed, ask, collect, faulty, reason, start};

const MODEL: &str = "openai/gpt-5";
/// Some 600 ms of an answer.
const LONG: &str = "gap=10ms,chunks=60";

fn stream(server: &Running, model: &str, fault: &str) -> JoinHandle<Streamed> {
    let mut client = server.client.clone();
    let request = ask(&faulty(model, fault), "hi");
    tokio::spawn(async move { collect(client.stream_chat(request).await).await })
}

async fn rotate(vault: &mut Vault, grace: Option<Duration>) {
    let request = pb::RotateKeyRequest {
        key_id: "k".to_owned(),
        secret: "good-canary-of-the-next".to_owned(),
        grace_period: grace.map(|grace| grace.try_into().unwrap()),
        ..Default::default()
    };
    vault.rotate_key(request).await.unwrap();
}

async fn until_open(server: &Running) {
    server
        .until(Duration::from_secs(1), |stats| stats.open == 1)
        .await;
    tokio::time::sleep(Duration::from_millis(50)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_on_with_the_old_key_for_the_grace_and_then_fails_so_that_its_caller_asks_again() {
    let server = start(&[]).await;
    let mut vault = vault(&server);
    add(&mut vault, "k", 0, "good-canary-0123456789").await;
    let call = stream(&server, MODEL, "gap=10ms,chunks=100000");
    until_open(&server).await;

    let grace = Duration::from_millis(300);
    let begun = Instant::now();
    rotate(&mut vault, Some(grace)).await;
    let streamed = call.await.unwrap();

    let took = begun.elapsed();
    assert!(
        took >= grace && took < grace + Duration::from_millis(500),
        "{took:?}"
    );
    assert_eq!(
        (streamed.code(), streamed.reason().as_str()),
        (Code::Unavailable, "PROVIDER_STREAM_BROKEN")
    );
    let failed = streamed.failed();
    let error = failed.error.as_ref().unwrap();
    assert!(error.retryable && error.message.contains("rotated"), "{error:?}");
    assert!(failed.usage.as_ref().unwrap().output_tokens.unwrap() > 0);
    server.until_quiet().await;
    assert_eq!(server.stats.snapshot().aborted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_an_answer_yet_goes_on_with_the_new_key() {
    let server = start(&[]).await;
    let mut vault = vault(&server);
    add(&mut vault, "k", 0, "good-canary-0123456789").await;
    for stage in ["stall-headers,times=1", "delay-first-byte=60s,times=1"] {
        let streamed = stream(&server, MODEL, stage);
        until_open(&server).await;
        rotate(&mut vault, Some(Duration::ZERO)).await;
        let streamed = streamed.await.unwrap();

        assert!(streamed.status.is_ok(), "{stage}: {:?}", streamed.status);
        let attempts = &streamed.outcome().attempts;
        assert_eq!(attempts.len(), 2, "{stage}");
        let error = attempts[0].error.as_ref().unwrap();
        assert_eq!(error.reason(), pb::ErrorReason::ProviderStreamBroken, "{stage}");
        server.until_quiet().await;
    }

    let mut client = server.client.clone();
    // A whole answer of which half has come has not come.
    let request = ask(&faulty(MODEL, "stall=1,times=1"), "hello");
    let whole = tokio::spawn(async move { client.chat(request).await });
    until_open(&server).await;
    rotate(&mut vault, Some(Duration::ZERO)).await;
    let answer = whole.await.unwrap().unwrap().into_inner();
    assert_eq!(answer.outcome.unwrap().attempts.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_goes_on_to_its_end_whatever_else_becomes_of_its_key() {
    let server = start(&[]).await;
    let mut vault = vault(&server);
    add(&mut vault, "k", 0, "good-canary-0123456789").await;

    let call = stream(&server, MODEL, LONG);
    until_open(&server).await;
    rotate(&mut vault, None).await;
    assert!(!call.is_finished());
    assert!(call.await.unwrap().status.is_ok(), "rotated without a grace");

    let call = stream(&server, MODEL, LONG);
    until_open(&server).await;
    let disable = pb::SetKeyStateRequest {
        key_id: "k".to_owned(),
        state: State::Disabled as i32,
        ..Default::default()
    };
    vault.set_key_state(disable).await.unwrap();
    let delete = pb::DeleteKeyRequest {
        key_id: "k".to_owned(),
        ..Default::default()
    };
    vault.delete_key(delete).await.unwrap();
    assert!(!call.is_finished());
    assert!(call.await.unwrap().status.is_ok(), "disabled and destroyed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grace_holds_on_the_other_server_too() {
    let shared = Shared::new().await;
    let (one, other) = (shared.server(&[]).await, shared.server(&[]).await);
    let mut vault = vault(&one);
    vault
        .create_key(new_key("k", "mine", 0, "good-canary-0123"))
        .await
        .unwrap();
    super::until(Duration::from_secs(1), "a new key", async || {
        super::server_works(&other).await
    })
    .await;
    let mut client = other.client.clone();
    let request = ask(&faulty("mine/gpt-4o", "gap=10ms,chunks=100000"), "hi");
    let mut call = client.stream_chat(request).await.unwrap().into_inner();
    // The start, the attempt, a part, and words.
    for _ in 0..5 {
        call.message().await.unwrap();
    }

    rotate(&mut vault, Some(Duration::ZERO)).await;

    let until_its_end = async {
        while call.message().await?.is_some() {}
        Ok::<_, tonic::Status>(())
    };
    let ended = tokio::time::timeout(Duration::from_secs(1), until_its_end).await;
    assert_eq!(reason(&ended.unwrap().unwrap_err()), "PROVIDER_STREAM_BROKEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grace_that_cannot_be_is_refused() {
    let server = start(&[]).await;
    let mut vault = vault(&server);
    add(&mut vault, "k", 0, "good-canary-0123456789").await;
    for seconds in [-1, 24 * 60 * 60 + 1] {
        let request = pb::RotateKeyRequest {
            key_id: "k".to_owned(),
            secret: "good-canary-of-the-next".to_owned(),
            grace_period: Some(prost_types::Duration { seconds, nanos: 0 }),
            ..Default::default()
        };
        let status = vault.rotate_key(request).await.unwrap_err();
        assert_eq!(fields(&status), ["grace_period"], "{seconds}");
    }
}
