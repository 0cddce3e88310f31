//! Canaries: keys, tokens, prompts and answers are never in the log, in errors, on the admin port or in
//! what the configuration shows, at any level.
#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

#[path = "redaction/keys.rs"]
mod keys;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crux::rpc::pb;
use crux::rpc::pb::chat_service_client::ChatServiceClient;
use crux::sandbox::Sandbox;

const KEY: &str = "canary-key-2f81c09a";
const TOKEN: &str = "canary-token-77ab10fe";
const HEADER: &str = "canary-header-0be1d3c5";
const PROMPT: &str = "canary-prompt-c44d9e02";
const USER: &str = "canary-user-91f0aa37";

/// A server process; killed when the test ends, however it ends.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn command(base_url: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crux"));
    command
        .args(arguments)
        .env_clear()
        .current_dir(std::env::temp_dir())
        .env("OPENAI_API_KEY", KEY)
        .env("OPENAI_BASE_URL", base_url)
        .env("CRUX_AUTH__BEARER_TOKEN", TOKEN)
        .env("CRUX_PROVIDERS__OPENAI__HEADERS__X_TEAM", HEADER)
        .env("CRUX_RETRY__MAX_ATTEMPTS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Whatever a caller could print of a status.
fn everything(status: &tonic::Status) -> String {
    format!("{status:?}{}", String::from_utf8_lossy(status.details()))
}

/// All that the admin port tells.
fn watched(admin: &str) -> String {
    let mut told = String::new();
    for path in ["/live", "/ready", "/health", "/metrics", "/nothing"] {
        let mut stream = TcpStream::connect(admin).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        stream.read_to_string(&mut told).unwrap();
    }
    assert_eq!(told.matches("HTTP/1.1 200 OK").count(), 4, "{told}");
    assert!(told.contains("crux_calls_finished_total{"), "{told}");
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_and_no_content_is_ever_written() {
    let sandbox = Sandbox::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
    let base_url = format!("http://{}/openai/v1", sandbox.local_addr());
    let mut upstream = tokio::task::JoinSet::new();
    upstream.spawn(sandbox.run(std::future::pending()));

    let mut child = command(
        &base_url,
        &["serve", "--listen", "127.0.0.1:0", "--log-level", "trace"],
    )
    .spawn()
    .unwrap();
    let mut log = BufReader::new(child.stdout.take().unwrap());
    let mut stderr = child.stderr.take().unwrap();
    let mut server = Server(child);
    let mut written = String::new();
    let (address, admin) = loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "{written}");
        written.push_str(&line);
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        if line["message"] == "serving" {
            let field = |name: &str| line[name].as_str().unwrap().to_owned();
            break (field("address"), field("admin"));
        }
    };

    let mut client = ChatServiceClient::connect(format!("http://{address}"))
        .await
        .unwrap();
    let mut told = String::new();
    for (model, token) in [
        ("openai/gpt-5", TOKEN),
        ("openai/gpt-5", "wrong"),
        ("openai/gpt-5+fault:status=401", TOKEN),
        ("openai/gpt-5+fault:status=500", TOKEN),
        ("openai/gpt-5+fault:garbage", TOKEN),
        ("openai/gpt-5+fault:error-midstream", TOKEN),
        ("nobody/gpt-5", TOKEN),
    ] {
        let part = pb::Part {
            kind: Some(pb::part::Kind::Text(PROMPT.to_owned())),
            ..Default::default()
        };
        let message = pb::Message {
            role: pb::Role::User as i32,
            content: vec![part],
            ..Default::default()
        };
        let mut request = tonic::Request::new(pb::ChatRequest {
            model: model.to_owned(),
            messages: vec![message],
            end_user_id: USER.to_owned(),
            ..Default::default()
        });
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {token}").parse().unwrap());
        match client.stream_chat(request).await {
            Ok(stream) => {
                let mut stream = stream.into_inner();
                loop {
                    match stream.message().await {
                        Ok(Some(_)) => {}
                        Ok(None) => break,
                        Err(status) => {
                            told.push_str(&everything(&status));
                            break;
                        }
                    }
                }
            }
            Err(status) => told.push_str(&everything(&status)),
        }
    }
    let watched = watched(&admin);
    let _ = server.0.kill();
    log.read_to_string(&mut written).unwrap();
    stderr.read_to_string(&mut written).unwrap();
    drop(upstream);

    assert!(
        written.matches("\"message\":\"chat ").count() >= 5,
        "the calls are in the log: {written}"
    );
    let shown = command(&base_url, &["config", "show"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("openai"), "{shown}");
    for canary in [KEY, TOKEN, HEADER, PROMPT, USER, "You said"] {
        assert!(!written.contains(canary), "{canary} is in the log:\n{written}");
        assert!(!told.contains(canary), "{canary} is in an error:\n{told}");
        assert!(!shown.contains(canary), "{canary} is shown by the configuration");
        assert!(
            !watched.contains(canary),
            "{canary} is on the admin port:\n{watched}"
        );
    }
}
