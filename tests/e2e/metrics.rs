//! The numbers on `/metrics`: exactly what was done, whatever became of each call, and nothing of what was said.

mod done;
mod numbers;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crux::rpc::pb;
use crux::rpc::pb::model_registry_service_client::ModelRegistryServiceClient;
use tokio::time::Instant;
use tonic::{Code, Request};

use self::done::{Done, STREAM};
use self::numbers::Numbers;
use crate::harness::{MODELS, Running, ask, collect, faulty, start_alone, within};
use crate::probes::get;

const TOKEN: &str = "operator";

fn known<T>(request: impl tonic::IntoRequest<T>) -> Request<T> {
    let mut request = request.into_request();
    let header = format!("Bearer {TOKEN}").parse().unwrap();
    request.metadata_mut().insert("authorization", header);
    request
}

/// Faults of which the caller hears: before the start, in the middle and at the end.
const FAULTS: [&str; 9] = [
    "status=401",
    "status=400",
    "status=429",
    "status=500",
    "garbage",
    "error-midstream",
    "cut=300",
    "no-terminal",
    "status=503,times=1",
];
/// Chats that no provider is asked for.
const NOWHERE: u64 = 2;

/// Calls of every kind and ending but the caller's own leaving.
async fn mix(server: &Running) -> Done {
    let mut done = Done::default();
    let stream = async |request: Request<pb::ChatRequest>| {
        collect(server.client.clone().stream_chat(request).await).await
    };
    let whole = async |request: Request<pb::ChatRequest>| {
        let answer = server.client.clone().chat(request).await;
        answer.map(tonic::Response::into_inner)
    };
    for model in MODELS {
        done.streamed(&stream(known(ask(model, "hi there"))).await);
        done.whole(whole(known(ask(model, "hi"))).await);
        for fault in FAULTS {
            done.streamed(&stream(known(ask(&faulty(model, fault), "hi"))).await);
        }
        done.whole(whole(known(ask(&faulty(model, "status=503"), "hi"))).await);
        let stalls = ask(&faulty(model, "stall=2,chunks=9"), "hi");
        done.streamed(&stream(known(within(Duration::from_millis(80), stalls))).await);
        let elsewhere = pb::ChatRequest {
            routing: Some(pb::RoutingOptions {
                fallback_models: vec![MODELS[0].to_owned()],
                ..Default::default()
            }),
            ..ask(&faulty(model, "status=500"), "hi")
        };
        done.streamed(&stream(known(elsewhere)).await);
    }
    for nowhere in [ask("nobody/canary-model", "hi"), ask("openai/", "hi")] {
        done.streamed(&stream(known(nowhere)).await);
    }
    done.whole(whole(Request::new(ask(MODELS[0], "hi"))).await);
    done
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sums_are_exactly_what_was_done() {
    let server = start_alone(&[("CRUX_AUTH__BEARER_TOKEN", TOKEN)]).await;

    let done = mix(&server).await;

    let numbers = Numbers::of(&server).await;
    for ((method, code), count) in &done.codes {
        let labels = [("rpc_method", *method), ("rpc_response_status_code", *code)];
        assert_eq!(
            numbers.count("crux_calls_finished_total", &labels),
            *count,
            "{method} {code}"
        );
    }
    let calls = done.calls();
    for name in [
        "crux_calls_finished_total",
        "crux_calls_started_total",
        "rpc_server_call_duration_seconds_count",
    ] {
        assert_eq!(numbers.all(name), calls, "{name}");
    }
    for (reason, count) in &done.reasons {
        let counted = numbers.count("crux_errors_total", &[("error_type", reason)]);
        assert_eq!(counted, *count, "{reason}");
    }
    assert_eq!(
        numbers.all("crux_errors_total"),
        done.reasons.values().sum::<u64>()
    );
    let unproven = [("cause", "no_credentials")];
    assert_eq!(numbers.count("crux_auth_failures_total", &unproven), 1);

    // All but the one that was not let in are chats.
    let chats = calls - 1;
    assert_eq!(numbers.all("gen_ai_server_request_duration_seconds_count"), chats);
    assert_eq!(numbers.all("crux_gateway_overhead_seconds_count"), chats);
    assert_eq!(numbers.all("crux_delta_lag_seconds_count"), done.deltas);
    for (kind, tokens) in &done.tokens {
        let counted = numbers.count("crux_tokens_total", &[("gen_ai_token_type", kind)]);
        assert_eq!(counted, *tokens, "{kind}");
    }
    assert!(
        done.tokens.values().sum::<u64>() > 0 && done.cost_nano_usd > 0,
        "{done:?}"
    );
    assert_eq!(numbers.all("crux_cost_nano_usd_total"), done.cost_nano_usd);

    until_nothing_runs(&server).await;
    let text = get(server.admin, "/metrics").await.body;
    for canary in ["canary", "nobody", "fault", "hi there", TOKEN] {
        assert!(!text.contains(canary), "{canary} is in\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attempt_is_a_chat_s_first_or_a_retry_or_a_fallback() {
    let server = start_alone(&[("CRUX_AUTH__BEARER_TOKEN", TOKEN)]).await;

    let done = mix(&server).await;

    let numbers = Numbers::of(&server).await;
    let requests = server.stats.snapshot().requests;
    assert_eq!(numbers.all("crux_attempts_total"), requests);
    assert_eq!(
        numbers.all("gen_ai_client_operation_duration_seconds_count"),
        requests
    );
    let answered = numbers.count("crux_attempts_total", &[("outcome", "OK")]);
    assert_eq!(answered, done.answered());
    // Chats that failed before their start tell their caller of no attempts.
    for ((provider, outcome), count) in &done.attempts {
        let labels = [("gen_ai_provider_name", provider.as_str()), ("outcome", outcome)];
        let counted = numbers.count("crux_attempts_total", &labels);
        assert!(counted >= *count, "{provider} {outcome}: {counted} of {count}");
    }
    let (retries, fallbacks) = (
        numbers.all("crux_retries_total"),
        numbers.all("crux_fallbacks_total"),
    );
    assert_eq!(fallbacks, done.fallbacks);
    assert!(retries >= done.retries && done.retries > 0, "{done:?}");
    let chats = numbers.all("gen_ai_server_request_duration_seconds_count");
    assert_eq!(requests, chats - NOWHERE + retries + fallbacks);
}

async fn until_nothing_runs(server: &Running) {
    for name in [
        "crux_open_streams",
        "crux_running_chats",
        "crux_queued_chats",
        "crux_upstream_requests",
    ] {
        until(server, name, 0).await;
    }
}

async fn until(server: &Running, name: &str, expected: u64) {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        let found = Numbers::of(server).await.all(name);
        if found == expected {
            return;
        }
        assert!(Instant::now() < deadline, "{name} is {found}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_is_counted_once_in_every_stage() {
    let server = start_alone(&[
        ("CRUX_LIMITS__MAX_CONCURRENT_CALLS", "1"),
        ("CRUX_LIMITS__MAX_QUEUED_CALLS", "1"),
    ])
    .await;
    let stages = [
        "stall-headers",
        "delay-first-byte=60s",
        "stall=1",
        "gap=5ms,chunks=100000",
    ];
    for (model, fault) in MODELS.into_iter().zip(stages) {
        let leaving = || {
            let mut client = server.client.clone();
            let request = ask(&faulty(model, fault), "hi");
            tokio::spawn(async move {
                let mut stream = client.stream_chat(request).await?.into_inner();
                while stream.message().await?.is_some() {}
                Ok::<_, tonic::Status>(())
            })
        };
        let running = leaving();
        server
            .until(Duration::from_secs(1), |stats| stats.open == 1)
            .await;
        let waiting = leaving();
        until(&server, "crux_queued_chats", 1).await;
        let numbers = Numbers::of(&server).await;
        assert_eq!(numbers.all("crux_open_streams"), 2);
        assert_eq!(numbers.all("crux_running_chats"), 1);
        assert_eq!(numbers.all("crux_upstream_requests"), 1);

        waiting.abort();
        until(&server, "crux_queued_chats", 0).await;
        running.abort();
        until_nothing_runs(&server).await;
    }

    let numbers = Numbers::of(&server).await;
    let chats = "gen_ai_server_request_duration_seconds_count";
    assert_eq!(numbers.count(chats, &[("outcome", "cancelled")]), 8);
    let code = [("rpc_method", STREAM), ("rpc_response_status_code", "CANCELLED")];
    assert_eq!(numbers.count("crux_calls_finished_total", &code), 8);
    assert_eq!(numbers.all("crux_calls_started_total"), 8);
    // Those that waited have attempted nothing.
    let cancelled = [("outcome", "CANCELLED")];
    assert_eq!(numbers.count("crux_attempts_total", &cancelled), 4);
    assert_eq!(numbers.all("crux_attempts_total"), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn time_at_the_provider_is_no_overhead_and_connections_are_counted() {
    let server = start_alone(&[]).await;
    let model = faulty(MODELS[0], "delay-headers=300ms,gap=20ms,chunks=20");
    let chats = (0..3).map(|_| server.stream(ask(&model, "hi")));
    let streamed = futures_util::future::join_all(chats).await;
    assert!(streamed.iter().all(|streamed| streamed.status.is_ok()));

    let numbers = Numbers::of(&server).await;
    let all = numbers.seconds("gen_ai_server_request_duration_seconds_sum");
    let overhead = numbers.seconds("crux_gateway_overhead_seconds_sum");
    assert!(all > 3.0 * 0.6, "{all}");
    assert!(overhead < 0.2 * all, "{overhead} of {all}");
    assert_eq!(numbers.all("crux_delta_lag_seconds_count"), 60);
    assert!(numbers.seconds("crux_delta_lag_seconds_sum") < 0.1 * all);
    assert!(numbers.seconds("gen_ai_server_time_to_first_token_seconds_sum") > 0.9);
    assert!(numbers.seconds("gen_ai_server_time_per_output_token_seconds_sum") > 0.0);
    if cfg!(target_os = "linux") {
        let open = server.stats.snapshot().open_connections;
        assert_eq!(numbers.all("crux_upstream_connections"), open);
        assert!(open >= 1 && numbers.all("process_resident_memory_bytes") > 1_000_000);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_method_is_counted_with_all_others() {
    let server = start_alone(&[]).await;
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    let mut client = tonic::client::Grpc::new(channel.connect().await.unwrap());
    client.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<pb::ChatRequest, pb::ChatResponse>::default();
    let path = "/crux.v1.ChatService/Canary".parse().unwrap();
    let request = Request::new(pb::ChatRequest::default());

    let refused = client.unary(request, path, codec).await.unwrap_err();

    assert_eq!(refused.code(), Code::Unimplemented);
    let numbers = Numbers::of(&server).await;
    let labels = [
        ("rpc_method", "other"),
        ("rpc_response_status_code", "UNIMPLEMENTED"),
    ];
    assert_eq!(numbers.count("crux_calls_finished_total", &labels), 1);
    let methods = numbers.values_of("rpc_method");
    assert!(!methods.iter().any(|method| method.contains("Canary")));
}

/// A metric's kind and labels.
type Kind = (String, BTreeSet<String>);

/// The rows of the page that says what each metric means.
fn documented() -> BTreeMap<String, Kind> {
    let page = include_str!("../../docs/metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(|cell| cell.trim().trim_matches('`')).collect();
        let [name, kind, labels, _unit, _meaning, ..] = cells.as_slice() else {
            panic!("{row}");
        };
        let labels = labels.split("`, `").filter(|label| !label.is_empty());
        let labels = labels.map(str::to_owned).collect();
        ((*name).to_owned(), ((*kind).to_owned(), labels))
    })
    .collect()
}

/// What is served, by the names that samples have.
fn described(text: &str) -> BTreeMap<String, Kind> {
    let mut all = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (name, kind) = line.split_once(' ').unwrap();
        let suffix = match kind {
            "counter" => "_total",
            "info" => "_info",
            _ => "",
        };
        all.insert(format!("{name}{suffix}"), (kind.to_owned(), BTreeSet::new()));
    }
    for (name, labels) in Numbers::read(text).series() {
        let parts = ["_bucket", "_sum", "_count"];
        let base = parts.iter().find_map(|part| name.strip_suffix(part));
        let base = base.filter(|base| all.contains_key(*base)).unwrap_or(name);
        let (_, own): &mut Kind = all.get_mut(base).unwrap();
        own.extend(labels.filter(|label| *label != "le").map(str::to_owned));
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn every_metric_is_documented_as_it_is_served() {
    let server = start_alone(&[
        ("CRUX_AUTH__BEARER_TOKEN", TOKEN),
        ("CRUX_RETRY__MAX_ATTEMPTS", "1"),
    ])
    .await;
    // At least one of everything.
    let mut registry = ModelRegistryServiceClient::connect(format!("http://{}", server.address))
        .await
        .unwrap();
    let refresh = known(pb::RefreshModelsRequest::default());
    registry.refresh_models(refresh).await.unwrap();
    for request in [
        known(ask(MODELS[0], "hi")),
        known(ask(&faulty(MODELS[0], "status=500"), "hi")),
        Request::new(ask(MODELS[0], "hi")),
    ] {
        let _ = collect(server.client.clone().stream_chat(request).await).await;
    }

    let text = get(server.admin, "/metrics").await.body;

    assert_eq!(documented(), described(&text));
}
