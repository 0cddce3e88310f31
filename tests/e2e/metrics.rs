//! The numbers on `/metrics`: exactly what was done, whatever became of each call, and nothing of what was said.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crux::rpc::pb;
use tonic::{Code, Request};

use crate::harness::{MODELS, Running, Streamed, ask, collect, faulty, reason, start_alone, within};
use crate::probes::get;

/// Numbers by name and labels.
pub(crate) struct Numbers(BTreeMap<(String, BTreeMap<String, String>), f64>);

impl Numbers {
    pub(crate) async fn of(server: &Running) -> Self {
        let answer = get(server.admin, "/metrics").await;
        assert_eq!(answer.status, 200);
        Self::read(&answer.body)
    }

    /// Reads `OpenMetrics` text, and complains of whatever is no such text.
    fn read(text: &str) -> Self {
        let text = text.strip_suffix("# EOF\n").expect("an end");
        let mut numbers = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with("# ")) {
            let (series, value) = line.rsplit_once(' ').expect(line);
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let labels = labels.strip_suffix('}').expect(line);
            let labels = labels.split_terminator("\",").map(|label| {
                let (name, value) = label.split_once("=\"").expect(line);
                (name.to_owned(), value.trim_end_matches('"').to_owned())
            });
            let key = (name.to_owned(), labels.collect());
            let before = numbers.insert(key, value.parse().expect(line));
            assert!(before.is_none(), "twice: {line}");
        }
        Self(numbers)
    }

    /// The sum of those of this name that have all these labels.
    pub(crate) fn sum(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |own: &BTreeMap<String, String>| {
            labels
                .iter()
                .all(|(name, value)| own.get(*name).is_some_and(|own| own == value))
        };
        let numbers = self
            .0
            .iter()
            .filter(|((own, labels), _)| own == name && has(labels));
        numbers.map(|(_, value)| value).sum()
    }

    fn all(&self, name: &str) -> f64 {
        self.sum(name, &[])
    }

    fn values_of(&self, label: &str) -> BTreeSet<&str> {
        let labels = self.0.keys().filter_map(|(_, labels)| labels.get(label));
        labels.map(String::as_str).collect()
    }
}

/// What was done, as its caller saw it.
#[derive(Debug, Default)]
struct Done {
    codes: BTreeMap<(&'static str, &'static str), u32>,
    reasons: BTreeMap<String, u32>,
    tokens: BTreeMap<&'static str, i64>,
    cost: i64,
    deltas: u64,
    attempts: BTreeMap<(String, String), u32>,
    retries: u32,
    fallbacks: u32,
}

const STREAM: &str = "crux.v1.ChatService/StreamChat";
const CHAT: &str = "crux.v1.ChatService/Chat";

impl Done {
    fn streamed(&mut self, streamed: &Streamed) {
        use pb::chat_event::Event;
        self.ended(
            STREAM,
            &streamed.status.as_ref().map(|_| ()).map_err(Clone::clone),
        );
        for event in &streamed.events {
            match event.event.as_ref().unwrap() {
                Event::TextDelta(_)
                | Event::ReasoningDelta(_)
                | Event::ToolCallDelta(_)
                | Event::MediaDelta(_) => self.deltas += 1,
                Event::Finished(outcome) => {
                    self.used(outcome.usage.as_ref());
                    self.tried(&outcome.attempts);
                }
                Event::Failed(failed) => {
                    self.used(failed.usage.as_ref());
                    self.tried(&failed.attempts);
                }
                _ => {}
            }
        }
    }

    fn ended(&mut self, method: &'static str, ended: &Result<(), tonic::Status>) {
        let code = match ended {
            Ok(()) => "OK",
            Err(status) => {
                *self.reasons.entry(reason(status)).or_default() += 1;
                name(status.code())
            }
        };
        *self.codes.entry((method, code)).or_default() += 1;
    }

    fn used(&mut self, usage: Option<&pb::Usage>) {
        let Some(usage) = usage else { return };
        for (kind, tokens) in [
            ("input", usage.input_tokens),
            ("output", usage.output_tokens),
            ("cache_read", usage.cache_read_tokens),
            ("cache_write", usage.cache_write_tokens),
            ("reasoning", usage.reasoning_tokens),
        ] {
            *self.tokens.entry(kind).or_default() += i64::from(tokens.unwrap_or_default());
        }
        self.cost += usage.cost_nano_usd.unwrap_or_default();
    }

    fn tried(&mut self, attempts: &[pb::Attempt]) {
        for attempt in attempts {
            let provider = attempt.model.split('/').next().unwrap().to_owned();
            let outcome = attempt.error.as_ref().map_or("OK", |error| {
                error
                    .reason()
                    .as_str_name()
                    .strip_prefix("ERROR_REASON_")
                    .unwrap()
            });
            *self.attempts.entry((provider, outcome.to_owned())).or_default() += 1;
        }
        for pair in attempts.windows(2) {
            if pair[0].model == pair[1].model {
                self.retries += 1;
            } else {
                self.fallbacks += 1;
            }
        }
    }
}

fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::Unauthenticated => "UNAUTHENTICATED",
        other => panic!("{other:?}"),
    }
}

const TOKEN: &str = "operator";

fn known<T>(mut request: Request<T>) -> Request<T> {
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

#[tokio::test(flavor = "multi_thread")]
async fn the_sums_are_exactly_what_was_done() {
    let server = start_alone(&[("CRUX_AUTH__BEARER_TOKEN", TOKEN)]).await;
    let mut done = Done::default();
    let stream = async |request: Request<pb::ChatRequest>| {
        collect(server.client.clone().stream_chat(request).await).await
    };

    for model in MODELS {
        done.streamed(&stream(known(Request::new(ask(model, "hi there")))).await);
        for fault in FAULTS {
            done.streamed(&stream(known(Request::new(ask(&faulty(model, fault), "hi")))).await);
        }
        let late = within(
            Duration::from_millis(80),
            ask(&faulty(model, "stall=2,chunks=9"), "hi"),
        );
        done.streamed(&stream(known(late)).await);
        let mut elsewhere = ask(&faulty(model, "status=500"), "hi");
        elsewhere.routing = Some(pb::RoutingOptions {
            fallback_models: vec![MODELS[0].to_owned()],
            ..Default::default()
        });
        done.streamed(&stream(known(Request::new(elsewhere))).await);
        let whole = server
            .client
            .clone()
            .chat(known(Request::new(ask(model, "hi"))))
            .await;
        let outcome = whole.unwrap().into_inner().outcome.unwrap();
        done.used(outcome.usage.as_ref());
        done.tried(&outcome.attempts);
        done.ended(CHAT, &Ok(()));
    }
    for unknown in [ask("nobody/canary-model", "hi"), ask("openai/", "hi")] {
        done.streamed(&stream(known(Request::new(unknown))).await);
    }
    let refused = server.client.clone().chat(ask("openai/gpt-5", "hi")).await;
    done.ended(CHAT, &refused.map(|_| ()));

    let numbers = Numbers::of(&server).await;
    for ((method, code), count) in &done.codes {
        let labels = [("rpc_method", *method), ("rpc_response_status_code", *code)];
        let counted = numbers.sum("crux_calls_finished_total", &labels);
        assert_eq!(counted, f64::from(*count), "{method} {code}");
    }
    let calls: u32 = done.codes.values().sum();
    assert_eq!(numbers.all("crux_calls_finished_total"), f64::from(calls));
    assert_eq!(numbers.all("crux_calls_started_total"), f64::from(calls));
    assert_eq!(
        numbers.all("rpc_server_call_duration_seconds_count"),
        f64::from(calls)
    );
    for (reason, count) in &done.reasons {
        let counted = numbers.sum("crux_errors_total", &[("error_type", reason)]);
        assert_eq!(counted, f64::from(*count), "{reason}");
    }
    assert_eq!(
        numbers.all("crux_errors_total"),
        f64::from(done.reasons.values().sum::<u32>())
    );
    assert_eq!(
        numbers.sum("crux_auth_failures_total", &[("cause", "no_credentials")]),
        1.0
    );

    // All but the one that was not let in are chats.
    let chats = numbers.all("gen_ai_server_request_duration_seconds_count");
    assert_eq!(chats, f64::from(calls - 1));
    assert_eq!(numbers.all("crux_gateway_overhead_seconds_count"), chats);
    assert_eq!(numbers.all("crux_delta_lag_seconds_count"), done.deltas as f64);
    for (kind, tokens) in &done.tokens {
        let counted = numbers.sum("crux_tokens_total", &[("gen_ai_token_type", kind)]);
        assert_eq!(counted, *tokens as f64, "{kind}");
    }
    assert!(done.tokens["output"] > 0 && done.cost > 0, "{done:?}");
    assert_eq!(numbers.all("crux_cost_nano_usd_total"), done.cost as f64);

    let requests = server.stats.snapshot().requests;
    assert_eq!(numbers.all("crux_attempts_total"), requests as f64);
    assert_eq!(
        numbers.all("gen_ai_client_operation_duration_seconds_count"),
        requests as f64
    );
    // Calls that failed before their start tell no attempts; those that tell some are within the count.
    for ((provider, outcome), count) in &done.attempts {
        let labels = [("gen_ai_provider_name", provider.as_str()), ("outcome", outcome)];
        let counted = numbers.sum("crux_attempts_total", &labels);
        assert!(
            counted >= f64::from(*count),
            "{provider} {outcome}: {counted} < {count}"
        );
    }
    let tried = |outcome| numbers.sum("crux_attempts_total", &[("outcome", outcome)]);
    let answered: u32 = done
        .attempts
        .iter()
        .filter(|((_, outcome), _)| outcome == "OK")
        .map(|(_, count)| count)
        .sum();
    assert_eq!(tried("OK"), f64::from(answered));
    assert_eq!(numbers.all("crux_fallbacks_total"), f64::from(done.fallbacks));
    assert!(numbers.all("crux_retries_total") >= f64::from(done.retries) && done.retries > 0);
    // Every attempt is a chat's first, one after a wait, or another model's.
    let further = numbers.all("crux_retries_total") + numbers.all("crux_fallbacks_total");
    let nowhere = 2.0;
    assert_eq!(requests as f64, chats - nowhere + further);

    until_nothing_runs(&server).await;
    let text = get(server.admin, "/metrics").await.body;
    for canary in ["canary", "nobody", "fault", "hi there", TOKEN] {
        assert!(!text.contains(canary), "{canary} is in\n{text}");
    }
}

async fn until_nothing_runs(server: &Running) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    loop {
        let numbers = Numbers::of(server).await;
        let sums = [
            "crux_open_streams",
            "crux_running_chats",
            "crux_queued_chats",
            "crux_upstream_requests",
        ]
        .map(|name| numbers.all(name));
        if sums == [0.0; 4] {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{sums:?}");
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
    for (index, fault) in stages.into_iter().enumerate() {
        let request = || ask(&faulty(MODELS[index], fault), "hi");
        let leaving = |request| {
            let mut client = server.client.clone();
            tokio::spawn(async move {
                let mut stream = client.stream_chat(request).await?.into_inner();
                while stream.message().await?.is_some() {}
                Ok::<_, tonic::Status>(())
            })
        };
        let running = leaving(request());
        server
            .until(Duration::from_secs(1), |stats| stats.open == 1)
            .await;
        let waiting = leaving(request());
        until_number(&server, "crux_queued_chats", 1.0).await;
        let numbers = Numbers::of(&server).await;
        assert_eq!(numbers.all("crux_open_streams"), 2.0);
        assert_eq!(numbers.all("crux_running_chats"), 1.0);
        assert_eq!(numbers.all("crux_upstream_requests"), 1.0);

        waiting.abort();
        until_number(&server, "crux_queued_chats", 0.0).await;
        running.abort();
        until_nothing_runs(&server).await;
    }

    let all = 2.0 * stages.len() as f64;
    let numbers = Numbers::of(&server).await;
    let cancelled = [("outcome", "cancelled")];
    assert_eq!(
        numbers.sum("gen_ai_server_request_duration_seconds_count", &cancelled),
        all
    );
    let code = [("rpc_method", STREAM), ("rpc_response_status_code", "CANCELLED")];
    assert_eq!(numbers.sum("crux_calls_finished_total", &code), all);
    assert_eq!(numbers.all("crux_calls_started_total"), all);
    let attempts = numbers.sum("crux_attempts_total", &[("outcome", "CANCELLED")]);
    assert_eq!(attempts, stages.len() as f64);
    assert_eq!(numbers.all("crux_attempts_total"), attempts);
}

async fn until_number(server: &Running, name: &str, expected: f64) {
    let deadline = tokio::time::Instant::now() + Duration::from_secs(5);
    loop {
        let found = Numbers::of(server).await.all(name);
        if found == expected {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{name} is {found}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn time_at_the_provider_is_no_overhead_and_connections_are_counted() {
    let server = start_alone(&[]).await;
    let model = faulty(MODELS[0], "delay-headers=300ms,gap=20ms,chunks=20");
    let chats = (0..3).map(|_| server.stream(ask(&model, "hi")));
    let streamed = futures_util::future::join_all(chats).await;
    assert!(streamed.iter().all(|streamed| streamed.status.is_ok()));

    let numbers = Numbers::of(&server).await;
    let (all, overhead) = (
        numbers.all("gen_ai_server_request_duration_seconds_sum"),
        numbers.all("crux_gateway_overhead_seconds_sum"),
    );
    assert!(all > 3.0 * 0.6, "{all}");
    assert!(overhead < 0.2 * all, "{overhead} of {all}");
    assert_eq!(numbers.all("crux_delta_lag_seconds_count"), 60.0);
    assert!(numbers.all("crux_delta_lag_seconds_sum") < 0.1 * all);
    let each = numbers.all("gen_ai_server_time_per_output_token_seconds_sum");
    assert!(each > 0.0 && numbers.all("gen_ai_server_time_to_first_token_seconds_sum") > 0.9);
    if cfg!(target_os = "linux") {
        let open = server.stats.snapshot().open_connections;
        assert_eq!(numbers.all("crux_upstream_connections"), open as f64);
        assert!(open >= 1 && numbers.all("process_resident_memory_bytes") > 1e6);
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
    let refused = client
        .unary(Request::new(pb::ChatRequest::default()), path, codec)
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::Unimplemented);

    let numbers = Numbers::of(&server).await;
    let labels = [
        ("rpc_method", "other"),
        ("rpc_response_status_code", "UNIMPLEMENTED"),
    ];
    assert_eq!(numbers.sum("crux_calls_finished_total", &labels), 1.0);
    assert!(
        !numbers
            .values_of("rpc_method")
            .iter()
            .any(|method| method.contains("Canary"))
    );
}

/// The page that says what each metric means, against what is served.
#[tokio::test(flavor = "multi_thread")]
async fn every_metric_is_documented_as_it_is_served() {
    let page = include_str!("../../docs/metrics.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let documented: BTreeMap<_, _> = rows
        .map(|row| {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            let labels = cells[2].split(", ").map(|label| label.trim_matches('`'));
            let labels: BTreeSet<_> = labels.filter(|label| !label.is_empty()).collect();
            (cells[0].trim_matches('`'), (cells[1], labels))
        })
        .collect();
    let server = start_alone(&[
        ("CRUX_AUTH__BEARER_TOKEN", TOKEN),
        ("CRUX_RETRY__MAX_ATTEMPTS", "1"),
    ])
    .await;
    // At least one of everything.
    let registry = pb::model_registry_service_client::ModelRegistryServiceClient::connect(format!(
        "http://{}",
        server.address
    ));
    let refresh = known(Request::new(pb::RefreshModelsRequest::default()));
    registry.await.unwrap().refresh_models(refresh).await.unwrap();
    for request in [
        known(Request::new(ask(MODELS[0], "hi"))),
        known(Request::new(ask(&faulty(MODELS[0], "status=500"), "hi"))),
        Request::new(ask(MODELS[0], "hi")),
    ] {
        let _ = collect(server.client.clone().stream_chat(request).await).await;
    }

    let text = get(server.admin, "/metrics").await.body;
    let mut served: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            let suffix = match kind {
                "counter" => "_total",
                "info" => "_info",
                _ => "",
            };
            served.insert(format!("{name}{suffix}"), (kind.to_owned(), BTreeSet::new()));
        }
    }
    for (series, _) in Numbers::read(&text).0.keys().map(|key| (key, ())) {
        let (name, labels) = series;
        let base = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|suffix| name.strip_suffix(suffix));
        let base = base.filter(|base| served.contains_key(*base)).unwrap_or(name);
        let own = &mut served
            .get_mut(base)
            .unwrap_or_else(|| panic!("{name} has no type"))
            .1;
        own.extend(labels.keys().filter(|label| *label != "le").cloned());
    }
    let served: BTreeMap<_, _> = served
        .iter()
        .map(|(name, (kind, labels))| {
            (
                name.as_str(),
                (kind.as_str(), labels.iter().map(String::as_str).collect()),
            )
        })
        .collect();
    assert_eq!(documented, served);
}
