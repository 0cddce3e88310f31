//! The sandbox over real sockets: every dialect, every fault, and what is counted.

mod loops;

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Sandbox, Stats, base_path};

/// Far more than anything here takes, so that a busy machine fails no test.
const SOON: Duration = Duration::from_secs(10);
const DIALECTS: [&str; 9] = [
    "openai",
    "responses",
    "openrouter",
    "deepseek",
    "xai",
    "xai-responses",
    "anthropic",
    "gemini",
    "ollama",
];

struct Server {
    address: std::net::SocketAddr,
    stats: Stats,
    stop: tokio::sync::oneshot::Sender<()>,
    task: tokio::task::JoinHandle<std::io::Result<()>>,
}

/// What came back: the head, the body freed of its chunks, and whether the body came to its end.
struct Got {
    head: String,
    body: Vec<u8>,
    whole: bool,
}

impl Got {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn status(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }
}

async fn start() -> Server {
    let sandbox = Sandbox::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let (address, stats) = (sandbox.local_addr(), sandbox.stats());
    let (stop, stopped) = tokio::sync::oneshot::channel();
    #[expect(clippy::disallowed_methods, reason = "the test awaits it")]
    let task = tokio::spawn(sandbox.run(async {
        let _ = stopped.await;
    }));
    Server {
        address,
        stats,
        stop,
        task,
    }
}

impl Server {
    async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(SOON, self.task)
            .await
            .expect("the sandbox stops when idle")
            .unwrap()
            .unwrap();
    }

    /// Sends a request and returns the connection.
    async fn send(&self, method: &str, path: &str, body: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: sandbox\r\nauthorization: Bearer key\r\nx-api-key: key\r\n\
             x-goog-api-key: key\r\nanthropic-version: 2023-06-01\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    }

    async fn fetch(&self, method: &str, path: &str, body: &str) -> Got {
        let mut stream = self.send(method, path, body).await;
        let mut bytes = Vec::new();
        // A reset after the last byte is an end like another.
        let _ = stream.read_to_end(&mut bytes).await;
        let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
            return Got {
                head: String::new(),
                body: bytes,
                whole: false,
            };
        };
        let head = String::from_utf8(bytes[..at].to_vec())
            .unwrap()
            .to_ascii_lowercase();
        let rest = &bytes[at + 4..];
        if head.contains("transfer-encoding: chunked") {
            let (body, whole) = unchunk(rest);
            return Got { head, body, whole };
        }
        let length: usize = head
            .split("content-length: ")
            .nth(1)
            .unwrap()
            .split('\r')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        Got {
            head,
            body: rest.to_vec(),
            whole: rest.len() == length,
        }
    }

    async fn ask(&self, dialect: &str, stream: bool, faults: &str, text: &str) -> Got {
        let (path, body) = question(dialect, stream, faults, text);
        self.fetch("POST", &path, &body).await
    }

    /// Waits until a request is under way.
    async fn receives(&self) {
        let received = async {
            while self.stats.snapshot().open == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(SOON, received).await.expect("a request is received");
    }

    async fn settles(&self, aborted: u64) -> bool {
        let settled = async {
            while (self.stats.snapshot().aborted, self.stats.snapshot().open) != (aborted, 0) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(SOON, settled).await.is_ok()
    }
}

fn unchunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(line) = rest.windows(2).position(|window| window == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        if size == 0 {
            return (body, true);
        }
        let chunk = &rest[line + 2..];
        if chunk.len() < size + 2 {
            body.extend_from_slice(&chunk[..size.min(chunk.len())]);
            break;
        }
        body.extend_from_slice(&chunk[..size]);
        rest = &chunk[size + 2..];
    }
    (body, false)
}

fn question(dialect: &str, stream: bool, faults: &str, text: &str) -> (String, String) {
    let (provider, path) = match dialect {
        "responses" => ("openai", "/responses"),
        "xai-responses" => ("xai", "/responses"),
        "anthropic" => ("anthropic", "/v1/messages"),
        "gemini" if stream => (
            "gemini",
            "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        ),
        "gemini" => ("gemini", "/v1beta/models/gemini-2.5-flash:generateContent"),
        "ollama" => ("ollama", "/api/chat"),
        chat => (chat, "/chat/completions"),
    };
    let messages = json!([{"role": "user", "content": text}]);
    let body = match dialect {
        "responses" | "xai-responses" => json!({"model": "m", "input": text, "stream": stream}),
        "gemini" => json!({"contents": [{"role": "user", "parts": [{"text": text}]}]}),
        "anthropic" => json!({"model": "m", "messages": messages, "stream": stream, "max_tokens": 10_000}),
        _ => {
            json!({"model": "m", "messages": messages, "stream": stream, "stream_options": {"include_usage": true}})
        }
    };
    let prefix = if faults.is_empty() {
        String::new()
    } else {
        format!("/faults/{faults}")
    };
    (
        format!("{prefix}{}{path}", base_path(provider).unwrap()),
        body.to_string(),
    )
}

/// The payloads of a streamed body, in whichever framing.
fn payloads(body: &str) -> Vec<Value> {
    let lines = body
        .lines()
        .map(|line| line.strip_prefix("data: ").unwrap_or(line));
    lines
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The text of a streamed body, read without regard to the dialect's other events.
fn said(body: &str) -> String {
    let places = [
        "/choices/0/delta/content",
        "/delta/text",
        "/delta",
        "/message/content",
        "/candidates/0/content/parts/0/text",
    ];
    let piece = |event: &Value| {
        places
            .iter()
            .find_map(|place| event.pointer(place)?.as_str().map(str::to_owned))
    };
    payloads(body).iter().filter_map(piece).collect()
}

#[tokio::test]
async fn every_dialect_says_the_same_whole_and_streamed() {
    let server = start().await;

    for dialect in DIALECTS {
        let streamed = server.ask(dialect, true, "", "hello \"big\" wörld\n").await;
        let whole = server.ask(dialect, false, "", "hello \"big\" wörld\n").await;

        assert!(streamed.whole && whole.whole, "{dialect}");
        assert_eq!(
            said(&streamed.text()),
            "You said: hello \"big\" wörld\n",
            "{dialect}"
        );
        assert!(
            whole.text().contains("You said: hello \\\"big\\\" wörld\\n"),
            "{dialect}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn equal_requests_get_equal_bytes() {
    let server = start().await;

    for dialect in DIALECTS {
        let first = server.ask(dialect, true, "", "hi").await;
        let second = server.ask(dialect, true, "", "hi").await;
        let other = server.ask(dialect, true, "", "ho").await;

        assert_eq!(first.body, second.body, "{dialect}");
        assert_ne!(first.body, other.body, "{dialect}");
    }
}

#[tokio::test]
async fn a_cut_body_never_ends_properly() {
    let server = start().await;

    for dialect in DIALECTS {
        let whole = server.ask(dialect, true, "", "hi there you").await.body;
        for at in [0, 1, whole.len() / 2, whole.len() - 1, whole.len()] {
            let cut = server
                .ask(dialect, true, &format!("cut={at}"), "hi there you")
                .await;

            assert!(!cut.whole, "{dialect} cut at {at}");
            assert_eq!(cut.body, whole[..at], "{dialect} cut at {at}");
        }
    }
    assert!(server.settles(0).await, "a cut that was asked for is no abort");
}

#[tokio::test]
async fn a_cut_falls_inside_a_character_or_a_string() {
    let server = start().await;

    for (dialect, stream) in DIALECTS
        .into_iter()
        .flat_map(|dialect| [(dialect, true), (dialect, false)])
    {
        let character = server.ask(dialect, stream, "cut-utf8", "hi").await;
        assert!(
            !character.whole && String::from_utf8(character.body).is_err(),
            "{dialect} {stream}"
        );

        let string = server.ask(dialect, stream, "cut-json", "hi there you").await;
        let text = string.text();
        let last = text.lines().last().unwrap();
        let quotes = last.replace("\\\"", "").matches('"').count();
        assert!(!string.whole && quotes % 2 == 1, "{dialect} {stream}: {last}");
    }
}

#[tokio::test]
async fn splitting_changes_no_byte() {
    let server = start().await;

    for dialect in DIALECTS {
        let whole = server.ask(dialect, true, "", "hi").await;
        let split = server.ask(dialect, true, "split=5", "hi").await;

        assert_eq!(whole.body, split.body, "{dialect}");
    }
}

#[tokio::test]
async fn a_stream_without_its_terminal_ends_cleanly() {
    let server = start().await;
    let last_words = [
        "\"finish_reason\":\"",
        "[DONE]",
        "message_delta",
        "message_stop",
        "response.completed",
        "\"done\":true",
        "finishReason",
    ];

    for dialect in DIALECTS {
        let sound = server.ask(dialect, true, "", "hi").await;
        let ended = server.ask(dialect, true, "no-terminal", "hi").await;

        assert!(ended.whole, "{dialect}");
        assert_eq!(said(&ended.text()), "You said: hi", "{dialect}");
        assert!(
            last_words.iter().any(|word| sound.text().contains(word)),
            "{dialect}"
        );
        assert!(
            !last_words.iter().any(|word| ended.text().contains(word)),
            "{dialect}"
        );
    }
}

#[tokio::test]
async fn garbage_is_no_json_and_an_error_in_mid_stream_ends_it() {
    let server = start().await;

    for dialect in DIALECTS {
        let garbage = server.ask(dialect, true, "garbage", "hi there").await.text();
        assert!(
            garbage.contains("\"garbage\": tru\n") || garbage.contains("\"garbage\": tru\r\n"),
            "{dialect}"
        );

        let failed = server.ask(dialect, true, "error-midstream", "hi there").await;
        assert!(failed.whole, "{dialect}");
        assert!(failed.text().contains("error"), "{dialect}");
        assert!(said(&failed.text()).starts_with("You said:"), "{dialect}");
        assert!(!failed.text().contains("there"), "{dialect}");
    }
}

#[tokio::test]
async fn usage_comes_twice_when_asked() {
    let server = start().await;

    for dialect in DIALECTS {
        let once = payloads(&server.ask(dialect, true, "", "hi").await.text());
        let twice = payloads(&server.ask(dialect, true, "usage-twice", "hi").await.text());

        assert_eq!(twice.len(), once.len() + 1, "{dialect}");
    }
}

#[tokio::test]
async fn filler_and_a_huge_frame_are_as_long_as_told() {
    let server = start().await;

    for dialect in DIALECTS {
        let filler = server.ask(dialect, true, "chunks=50,chunk-bytes=10", "hi").await;
        assert_eq!(said(&filler.text()).len(), 500, "{dialect}");

        let huge = server.ask(dialect, true, "huge-frame=100000", "hi there").await;
        assert_eq!(
            said(&huge.text()).len(),
            100_000 + "You said: hi there".len(),
            "{dialect}"
        );
    }
}

#[tokio::test]
async fn a_status_has_its_providers_body_and_strikes_as_often_as_told() {
    let server = start().await;
    let faults = "status=429,retry-after=7,times=1";

    for dialect in DIALECTS {
        let (path, body) = question(dialect, true, &format!("{faults},id={dialect}"), "hi");
        let limited = server.fetch("POST", &path, &body).await;
        let retried = server.fetch("POST", &path, &body).await;

        assert_eq!((limited.status(), retried.status()), ("429", "200"), "{dialect}");
        assert!(limited.head.contains("retry-after: 7"), "{dialect}");
        assert!(
            serde_json::from_str::<Value>(&limited.text())
                .unwrap()
                .get("error")
                .is_some(),
            "{dialect}"
        );
    }
}

#[tokio::test]
async fn a_fault_may_stand_in_the_model_name() {
    let server = start().await;

    let body = json!({"model": "gpt+fault:status=503", "messages": [{"role": "user", "content": "hi"}]});
    let refused = server
        .fetch("POST", "/openai/v1/chat/completions", &body.to_string())
        .await;
    let (path, body) = question("gemini", false, "", "hi");
    let encoded = path.replace("flash:", "flash%2Bfault%3Astatus%3D503:");
    let in_path = server.fetch("POST", &encoded, &body).await;

    assert_eq!((refused.status(), in_path.status()), ("503", "503"));
}

#[tokio::test]
async fn a_spec_that_cannot_be_read_is_refused() {
    let server = start().await;

    let refused = server.ask("openai", true, "cute=3", "hi").await;

    assert_eq!(refused.status(), "400");
    assert!(refused.text().contains("unknown fault `cute`"));
}

#[tokio::test]
async fn a_refused_connection_gets_no_byte() {
    let server = start().await;

    let refused = server.ask("openai", false, "refuse", "hi").await;

    assert_eq!((refused.head.as_str(), refused.body.len()), ("", 0));
    assert!(server.settles(0).await);
}

#[tokio::test]
async fn a_caller_that_leaves_is_counted_once_in_every_stage() {
    let server = start().await;
    let stages = [
        "delay-headers=30s",
        "stall-headers",
        "delay-first-byte=30s",
        "stall",
        "stall=0",
        "gap=30s",
        "gap=30s,split=3",
    ];
    let mut left = 0;

    for dialect in DIALECTS {
        for stage in stages {
            let stream = !stage.contains("gap") && left % 2 == 0;
            let (path, body) = question(dialect, stream || stage.contains("gap"), stage, "hi there");
            let connection = server.send("POST", &path, &body).await;
            server.receives().await;
            drop(connection);
            left += 1;

            assert!(
                server.settles(left).await,
                "{dialect} {stage}: {:?}",
                server.stats.snapshot()
            );
        }
    }
    assert_eq!(server.stats.snapshot().requests, left);
}

#[tokio::test]
async fn a_caller_that_leaves_while_it_sends_is_counted() {
    let server = start().await;
    let mut connection = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /openai/v1/responses HTTP/1.1\r\nhost: s\r\ncontent-length: 1000\r\n\r\n{";

    connection.write_all(head.as_bytes()).await.unwrap();
    server.receives().await;
    drop(connection);

    assert!(server.settles(1).await);
}

#[tokio::test]
async fn what_was_sent_can_be_read_without_credentials() {
    let server = start().await;
    let (path, body) = question("gemini", true, "", "hi");
    server.fetch("POST", &format!("{path}&key=hush"), &body).await;

    let requests = server.fetch("GET", "/sandbox/requests?last=1", "").await;

    let requests: Value = serde_json::from_str(&requests.text()).unwrap();
    assert_eq!(requests.pointer("/0/provider"), Some(&json!("gemini")));
    assert_eq!(
        requests.pointer("/0/body"),
        Some(&serde_json::from_str(&body).unwrap())
    );
    assert!(requests.to_string().contains("alt=sse") && !requests.to_string().contains("hush"));
    assert_eq!(requests.pointer("/0/headers/x-goog-api-key"), None);
}

#[tokio::test]
async fn counters_are_read_and_reset_over_http() {
    let server = start().await;
    server.ask("xai", true, "", "hi").await;

    let stats: Value = serde_json::from_str(&server.fetch("GET", "/sandbox/stats", "").await.text()).unwrap();
    assert_eq!(stats.pointer("/per_provider/xai/completed"), Some(&json!(1)));
    assert_eq!(stats.get("requests"), Some(&json!(1)));
    server.fetch("POST", "/sandbox/reset", "").await;

    assert_eq!(server.stats.snapshot().requests, 0);
}

#[tokio::test]
async fn the_end_cuts_what_does_not_end() {
    let server = start().await;
    let (path, body) = question("openai", true, "stall", "hi");
    let connection = server.send("POST", &path, &body).await;
    server.receives().await;

    server.stop.send(()).unwrap();
    timeout(SOON, server.task)
        .await
        .expect("the grace is bounded")
        .unwrap()
        .unwrap();

    assert_eq!(
        (
            server.stats.snapshot().open,
            server.stats.snapshot().open_connections
        ),
        (0, 0)
    );
    drop(connection);
}

#[tokio::test]
async fn keys_are_wanted_as_each_provider_wants_them() {
    let server = start().await;

    for (dialect, status) in [
        ("openai", "401"),
        ("anthropic", "401"),
        ("gemini", "403"),
        ("ollama", "200"),
    ] {
        let (path, body) = question(dialect, false, "", "hi");
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: s\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();

        assert_eq!(answer.split(' ').nth(1), Some(status), "{dialect}");
    }
}

#[tokio::test]
async fn malformed_json_is_refused_by_each_provider() {
    let server = start().await;

    for dialect in DIALECTS {
        let (path, _) = question(dialect, true, "", "hi");
        let refused = server.fetch("POST", &path, "{\"model\":").await;

        assert_eq!(refused.status(), "400", "{dialect}");
    }
}

#[tokio::test]
async fn gemini_without_sse_streams_one_json_array() {
    let server = start().await;
    let (path, body) = question("gemini", true, "", "hi there");
    let path = path.replace("?alt=sse", "");

    let sound = server.fetch("POST", &path, &body).await;
    let failed = server
        .fetch("POST", &format!("/faults/error-midstream{path}"), &body)
        .await;
    let open = server
        .fetch("POST", &format!("/faults/no-marker{path}"), &body)
        .await;
    let refused = server
        .fetch("POST", &format!("/faults/status=503{path}"), &body)
        .await;

    let members: Vec<Value> = serde_json::from_slice(&sound.body).unwrap();
    assert_eq!(members.len(), 5);
    assert_eq!(
        members[4].pointer("/candidates/0/finishReason"),
        Some(&json!("STOP"))
    );
    let members: Vec<Value> = serde_json::from_slice(&failed.body).unwrap();
    assert_eq!(members.last().unwrap().pointer("/error/code"), Some(&json!(503)));
    assert!(open.whole && serde_json::from_slice::<Value>(&open.body).is_err());
    assert!(refused.text().starts_with('['));
}

#[tokio::test]
async fn lists_are_paged_and_the_manual_is_served() {
    let server = start().await;

    let first = server.fetch("GET", "/gemini/v1beta/models?pageSize=3", "").await;
    let first: Value = serde_json::from_slice(&first.body).unwrap();
    let token = first["nextPageToken"].as_str().unwrap();
    let rest = server
        .fetch(
            "GET",
            &format!("/gemini/v1beta/models?pageSize=3&pageToken={token}"),
            "",
        )
        .await;
    let rest: Value = serde_json::from_slice(&rest.body).unwrap();
    assert_eq!(
        (
            first["models"].as_array().unwrap().len(),
            rest["models"].as_array().unwrap().len()
        ),
        (3, 1)
    );
    assert_eq!(rest.get("nextPageToken"), None);

    let page = server.fetch("GET", "/anthropic/v1/models?limit=2", "").await;
    let page: Value = serde_json::from_slice(&page.body).unwrap();
    let last = page["last_id"].as_str().unwrap();
    let rest = server
        .fetch("GET", &format!("/anthropic/v1/models?after_id={last}"), "")
        .await;
    let rest: Value = serde_json::from_slice(&rest.body).unwrap();
    assert_eq!(
        (page["has_more"].clone(), rest["has_more"].clone()),
        (json!(true), json!(false))
    );

    assert_eq!(server.fetch("GET", "/sandbox/help", "").await.text(), super::HELP);
    assert_eq!(
        server.fetch("GET", "/openai/v1/models/gpt-4o", "").await.status(),
        "200"
    );
    assert_eq!(
        server.fetch("GET", "/openai/v1/models/nobody", "").await.status(),
        "404"
    );
}
