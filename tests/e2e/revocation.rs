//! Calls that run when their caller's right to call ends: they end too, in every stage, and nobody else's do.

use std::time::{Duration, Instant, SystemTime};

use crux::rpc::pb;
use crux::rpc::pb::chat_service_client::ChatServiceClient;
use tokio::task::{JoinHandle, JoinSet};
use tonic::{Code, Response, Status};

use crate::authorization::shared_stores;
use crate::callers::{Admin, admin, create_tenant, create_token, first_token, revoke, suspend, wanted, wire};
use crate::harness::{Running, Streamed, ask, collect, connect, faulty, start, start_alone, start_beside};

const OPENAI: &str = "openai/gpt-5";
const ENDLESS: &str = "gap=10ms,chunks=100000";
/// What the contract of the second server gives a change.
const WITHIN: Duration = Duration::from_secs(1);

/// Faults that hold a stream, and a whole answer, in each stage; and whether anything came of the stream before.
const STAGES: [(&str, &str, bool); 4] = [
    ("stall-headers", "stall-headers", false),
    ("delay-first-byte=60s", "delay-first-byte=60s", true),
    (ENDLESS, "stall=0", true),
    ("stall=8,chunks=20", "stall=0", true),
];

fn stream(server: &Running, token: &str, fault: &str) -> JoinHandle<Streamed> {
    let mut client = ChatServiceClient::new(wire(server, token));
    let request = ask(&faulty(OPENAI, fault), "hi");
    tokio::spawn(async move { collect(client.stream_chat(request).await).await })
}

fn whole(server: &Running, token: &str, fault: &str) -> JoinHandle<Streamed> {
    let mut client = ChatServiceClient::new(wire(server, token));
    let request = ask(&faulty(OPENAI, fault), "hi");
    tokio::spawn(async move { eventless(client.chat(request).await) })
}

fn count(server: &Running, token: &str, fault: &str) -> JoinHandle<Streamed> {
    let mut client = ChatServiceClient::new(wire(server, token));
    let request = pb::CountTokensRequest {
        request: Some(ask(&faulty("anthropic/claude-sonnet-4-5", fault), "hi")),
    };
    tokio::spawn(async move { eventless(client.count_tokens(request).await) })
}

fn eventless<T>(answer: Result<Response<T>, Status>) -> Streamed {
    Streamed {
        events: Vec::new(),
        status: answer.map(drop),
        trailers: tonic::metadata::MetadataMap::default(),
    }
}

async fn denied(call: JoinHandle<Streamed>, stage: &str) -> Streamed {
    let ended = tokio::time::timeout(WITHIN, call).await;
    let ended = ended.unwrap_or_else(|_| panic!("{stage}: goes on")).unwrap();
    assert_eq!(
        (ended.code(), ended.reason().as_str()),
        (Code::PermissionDenied, "PERMISSION_DENIED"),
        "{stage}"
    );
    ended
}

async fn open(server: &Running, count: u64) {
    server
        .until(Duration::from_secs(2), |stats| stats.open == count)
        .await;
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// Two tenants, and an endless stream of the second one, which nothing of the first may touch.
struct Bench {
    server: Running,
    administration: Admin,
    bystander: JoinHandle<Streamed>,
}

async fn bench(settings: &[(&str, &str)]) -> Bench {
    let server = start(settings).await;
    let root = first_token(&server).await;
    let mut administration = admin(&server, &root);
    for tenant in ["acme", "other"] {
        create_tenant(&mut administration, tenant, pb::TenantPolicy::default()).await;
    }
    let (_, other) = create_token(&mut administration, "other", &["chat"]).await;
    let bystander = stream(&server, &other, ENDLESS);
    open(&server, 1).await;
    Bench {
        server,
        administration,
        bystander,
    }
}

impl Bench {
    /// Nobody but those whose right ended was touched.
    async fn check_bystander(self) {
        self.server
            .until(Duration::from_millis(200), |stats| stats.open == 1)
            .await;
        assert!(!self.bystander.is_finished());
        self.bystander.abort();
        self.server.until_quiet().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_its_calls_in_every_stage() {
    let mut bench = bench(&[]).await;
    for (stage, whole_stage, has_events) in STAGES {
        let (id, token) = create_token(&mut bench.administration, "acme", &["chat"]).await;
        let aborted = bench.server.stats.snapshot().aborted;
        let streamed = stream(&bench.server, &token, stage);
        let unary = whole(&bench.server, &token, whole_stage);
        open(&bench.server, 3).await;

        revoke(&mut bench.administration, &id).await;

        let streamed = denied(streamed, stage).await;
        denied(unary, stage).await;
        let is_closed = |stats: &crux::sandbox::Snapshot| stats.open == 1 && stats.aborted == aborted + 2;
        bench.server.until(WITHIN, is_closed).await;
        assert_eq!(!streamed.events.is_empty(), has_events, "{stage}");
        if has_events {
            assert!(!streamed.failed().error.as_ref().unwrap().retryable, "{stage}");
            let used = streamed.failed().usage.as_ref().unwrap().output_tokens;
            // What had come by then depends on the machine; that it is counted does not.
            assert_eq!(
                used.unwrap_or_default() > 0,
                !streamed.text().is_empty(),
                "{stage}"
            );
        }
    }
    bench.check_bystander().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_ends_its_counts() {
    let mut bench = bench(&[]).await;
    let (id, token) = create_token(&mut bench.administration, "acme", &["chat"]).await;
    let counting = count(&bench.server, &token, "stall-headers");
    open(&bench.server, 2).await;

    revoke(&mut bench.administration, &id).await;

    denied(counting, "count").await;
    bench.check_bystander().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_tenant_s_calls_end_while_they_wait_and_it_may_call_again_when_it_is_active() {
    let settings = [
        ("CRUX_RETRY__BACKOFF_INITIAL", "30s"),
        ("CRUX_RETRY__BACKOFF_MAX", "30s"),
    ];
    let mut bench = bench(&settings).await;
    let (_, token) = create_token(&mut bench.administration, "acme", &["chat"]).await;
    let retrying = [stream, whole, count].map(|call| call(&bench.server, &token, "status=503"));
    let patience = Duration::from_secs(1);
    bench.server.until(patience, |stats| stats.completed == 2).await;

    suspend(&mut bench.administration, "acme").await;

    for call in retrying {
        denied(call, "backoff").await;
    }
    let active = pb::UpdateTenantRequest {
        tenant: Some(pb::Tenant {
            id: "acme".to_owned(),
            state: pb::tenant::State::Active.into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["state".to_owned()],
        }),
    };
    bench.administration.update_tenant(active).await.unwrap();
    let again = stream(&bench.server, &token, "chunks=3").await.unwrap();
    assert!(again.status.is_ok(), "{:?}", again.status);
    bench.check_bystander().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_for_its_place_ends_too() {
    let mut bench = bench(&[("CRUX_LIMITS__MAX_CONCURRENT_CALLS", "1")]).await;
    let (id, token) = create_token(&mut bench.administration, "acme", &["chat"]).await;
    let waiting = [stream, whole, count].map(|call| call(&bench.server, &token, "chunks=3"));
    tokio::time::sleep(Duration::from_millis(200)).await;

    revoke(&mut bench.administration, &id).await;

    for call in waiting {
        denied(call, "queue").await;
    }
    bench.check_bystander().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_s_calls_end_with_it() {
    let mut bench = bench(&[]).await;
    let life = Duration::from_millis(800);
    let mut soon = wanted("acme", &["chat"]);
    soon.api_token.as_mut().unwrap().expire_time = Some((SystemTime::now() + life).into());
    let begun = Instant::now();
    let token = bench.administration.create_api_token(soon).await.unwrap();
    let token = token.into_inner().secret;
    let calls = [
        stream(&bench.server, &token, ENDLESS),
        whole(&bench.server, &token, "stall-headers"),
    ];
    open(&bench.server, 3).await;

    for call in calls {
        denied(call, "expired").await;
    }

    assert!(begun.elapsed() >= life, "{:?}", begun.elapsed());
    bench.check_bystander().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calls_on_another_server_end_within_a_second() {
    for store in shared_stores().await {
        let settings: Vec<_> = store
            .settings
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        let first = start(&settings).await;
        let root = first_token(&first).await;
        let mut administration = admin(&first, &root);
        create_tenant(&mut administration, "acme", pb::TenantPolicy::default()).await;
        let (id, revoked) = create_token(&mut administration, "acme", &["chat"]).await;
        let (_, suspended) = create_token(&mut administration, "acme", &["chat"]).await;
        let second = start_beside(&first, &settings).await;
        let calls = [&revoked, &suspended].map(|token| stream(&second, token, ENDLESS));
        let [revoked, suspended] = calls;
        open(&second, 2).await;

        revoke(&mut administration, &id).await;
        let begun = Instant::now();
        denied(revoked, store.name).await;
        println!(
            "{}: revoked on the other server after {:?}",
            store.name,
            begun.elapsed()
        );
        assert!(!suspended.is_finished(), "{}", store.name);
        suspend(&mut administration, "acme").await;
        denied(suspended, store.name).await;
        second.until_quiet().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_operator_s_own_calls_go_on_whatever_becomes_of_tokens_and_tenants() {
    const OPERATOR: &str = "the-operators-own";
    let server = start(&[("CRUX_AUTH__BEARER_TOKEN", OPERATOR)]).await;
    let mut administration = admin(&server, OPERATOR);
    let call = stream(&server, OPERATOR, "gap=10ms,chunks=80");
    open(&server, 1).await;

    create_tenant(&mut administration, "acme", pb::TenantPolicy::default()).await;
    let (id, _) = create_token(&mut administration, "local", &["chat"]).await;
    revoke(&mut administration, &id).await;
    suspend(&mut administration, "acme").await;

    let streamed = call.await.unwrap();
    assert!(streamed.status.is_ok(), "{:?}", streamed.status);
}

/// Processor time of this process: server, sandbox and callers together.
fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit_once(')').unwrap().1.split_whitespace();
    let ticks: u64 = fields
        .skip(11)
        .take(2)
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(10 * ticks)
}

/// What a hundred changes cost that are about nobody who calls.
async fn changes(administration: &mut Admin, name: &str) -> Duration {
    let before = processor_time();
    for number in 0..100 {
        create_tenant(
            administration,
            &format!("{name}-{number}"),
            pb::TenantPolicy::default(),
        )
        .await;
        // So that each is taken in for itself.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    processor_time().saturating_sub(before)
}

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_streams_sleep_through_changes_that_are_not_about_them() {
    const STREAMS: usize = 2000;
    let server = start_alone(&[("CRUX_LIMITS__MAX_CONCURRENT_CALLS", "3000")]).await;
    let root = first_token(&server).await;
    let mut administration = admin(&server, &root);
    create_tenant(&mut administration, "acme", pb::TenantPolicy::default()).await;
    let (id, token) = create_token(&mut administration, "acme", &["chat"]).await;
    let alone = changes(&mut administration, "alone").await;
    let mut calls = JoinSet::new();
    for _ in 0..STREAMS / 100 {
        let client = connect(server.address).await;
        for _ in 0..100 {
            let mut client = client.clone();
            let mut request = tonic::Request::new(ask(&faulty(OPENAI, "stall=1"), "hi"));
            let header = format!("Bearer {token}").parse().unwrap();
            request.metadata_mut().insert("authorization", header);
            calls.spawn(async move { collect(client.stream_chat(request).await).await });
        }
    }
    server
        .until(Duration::from_secs(60), |stats| stats.open == STREAMS as u64)
        .await;
    tokio::time::sleep(Duration::from_millis(500)).await;

    let before = processor_time();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let idle = processor_time().saturating_sub(before);
    let beside = changes(&mut administration, "beside").await;
    println!(
        "100 changes took {alone:?} of the processor, beside {STREAMS} streams {beside:?}; idle, 2 s: {idle:?}"
    );
    assert!(calls.try_join_next().is_none(), "none was touched");
    assert!(
        beside < alone * 2 + Duration::from_millis(500),
        "{alone:?}, {beside:?}"
    );

    let begun = Instant::now();
    revoke(&mut administration, &id).await;
    while let Some(ended) = calls.join_next().await {
        assert_eq!(ended.unwrap().reason(), "PERMISSION_DENIED");
    }
    println!("{STREAMS} streams were ended in {:?}", begun.elapsed());
    server.until_quiet().await;
}
