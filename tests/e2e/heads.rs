//! The head of an answer: it leaves when a provider is asked, not before and not later. Client libraries and proxies
//! send a call again until they have it, and never after.

use std::time::Duration;

use crux::rpc::pb;
use tonic::client::Grpc;
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;

use crate::harness::{Running, ask, faulty, kind, reason, start, start_alone};

/// Far less than the 2 s after which a stream starts in any case.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Calls a method and waits for the head alone; a status without one is an error here.
async fn head<T>(
    server: &Running,
    method: &'static str,
    request: pb::ChatRequest,
) -> Result<Response<Streaming<T>>, Status>
where
    T: prost::Message + Default + 'static,
{
    let channel = Channel::from_shared(format!("http://{}", server.address)).unwrap();
    let mut client = Grpc::new(channel.connect().await.unwrap());
    client.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static(method);
    let codec = ProstCodec::<pb::ChatRequest, T>::default();
    client.server_streaming(Request::new(request), path, codec).await
}

async fn whole(
    server: &Running,
    request: pb::ChatRequest,
) -> Result<Response<Streaming<pb::ChatResponse>>, Status> {
    head(server, "/crux.v1.ChatService/Chat", request).await
}

async fn streamed(
    server: &Running,
    request: pb::ChatRequest,
) -> Result<Response<Streaming<pb::ChatEvent>>, Status> {
    head(server, "/crux.v1.ChatService/StreamChat", request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_leaves_while_the_provider_still_thinks() {
    let server = start(&[]).await;
    let request = ask(&faulty("openai/gpt-5", "delay-first-byte=1500ms"), "hi");

    let heads = async {
        tokio::join!(
            whole(&server, request.clone()),
            streamed(&server, request.clone())
        )
    };
    let (whole, streamed) = tokio::time::timeout(AT_ONCE, heads).await.unwrap();

    let (whole, streamed) = (whole.unwrap(), streamed.unwrap());
    for metadata in [whole.metadata(), streamed.metadata()] {
        assert!(!metadata.get("crux-generation-id").unwrap().is_empty());
        assert!(!metadata.get("x-request-id").unwrap().is_empty());
    }
    let mut answers = whole.into_inner();
    assert_eq!(answers.message().await.unwrap().unwrap().text, "You said: hi");
    assert!(answers.message().await.unwrap().is_none());
    let trailers = answers.trailers().await.unwrap().unwrap();
    assert_eq!(trailers.get("crux-model").unwrap(), request.model.as_str());
    let mut events = streamed.into_inner();
    let mut last = "";
    while let Some(event) = events.message().await.unwrap() {
        last = kind(&event.event.unwrap());
    }
    assert_eq!(last, "finished");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_refuses_comes_after_it() {
    let server = start(&[]).await;
    let request = ask(&faulty("openai/gpt-5", "status=400"), "hi");

    let mut whole = whole(&server, request.clone()).await.unwrap().into_inner();
    let mut streamed = streamed(&server, request).await.unwrap().into_inner();

    assert_eq!(whole.message().await.unwrap_err().code(), Code::InvalidArgument);
    assert_eq!(
        streamed.message().await.unwrap_err().code(),
        Code::InvalidArgument
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_crux_refuses_comes_without_it() {
    let server = start_alone(&[
        ("CRUX_LIMITS__MAX_CONCURRENT_CALLS", "1"),
        ("CRUX_LIMITS__MAX_QUEUED_CALLS", "0"),
    ])
    .await;
    let refused = async |request: pb::ChatRequest| {
        let whole = whole(&server, request.clone()).await.unwrap_err();
        let streamed = streamed(&server, request).await.unwrap_err();
        assert_eq!(reason(&whole), reason(&streamed));
        reason(&whole)
    };
    assert_eq!(refused(pb::ChatRequest::default()).await, "INVALID_REQUEST");
    assert_eq!(refused(ask("nobody/model", "hi")).await, "MODEL_NOT_FOUND");

    let _running = streamed(&server, ask(&faulty("openai/gpt-5", "stall-headers"), "hi")).await;
    server.until(AT_ONCE, |stats| stats.open == 1).await;
    assert_eq!(refused(ask("openai/gpt-5", "hi")).await, "OVERLOADED");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_as_long_as_the_call_waits_for_its_place() {
    let server = start_alone(&[("CRUX_LIMITS__MAX_CONCURRENT_CALLS", "1")]).await;
    let running = streamed(&server, ask(&faulty("openai/gpt-5", "stall-headers"), "hi")).await;
    server.until(AT_ONCE, |stats| stats.open == 1).await;

    let request = ask("openai/gpt-5", "hi");
    let mut waiting = Box::pin(whole(&server, request));
    let early = tokio::time::timeout(Duration::from_millis(300), &mut waiting).await;
    assert!(early.is_err(), "a head, and no provider was asked");
    drop(running);

    tokio::time::timeout(AT_ONCE, waiting).await.unwrap().unwrap();
}
