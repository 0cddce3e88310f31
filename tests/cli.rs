//! The command line as a person meets it: the built binary, its output and its exit codes.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and wait for real processes"
)]

#[path = "cli/chat.rs"]
mod chat;
#[path = "cli/models.rs"]
mod models;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// The binary, away from this machine's configuration and keys.
fn crux(home: &TempDir, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crux"));
    command
        .args(args)
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .stdin(Stdio::null());
    command
}

fn run(args: &[&str]) -> Output {
    let home = TempDir::new().unwrap();
    crux(&home, args).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A process that ends with the test, whatever the test does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A sandbox of its own process, and the address it listens on.
fn sandbox(home: &TempDir) -> (Running, String) {
    let mut child = crux(home, &["sandbox", "--listen", "127.0.0.1:0", "--json"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let announced: Value = serde_json::from_str(&line).unwrap();
    (Running(child), announced["address"].as_str().unwrap().to_owned())
}

/// A server of its own process, with the sandbox inside, and the address it serves at.
fn server(home: &TempDir) -> (Running, String) {
    let mut child = crux(home, &["serve", "--sandbox", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let child = Running(child);
    let serving = lines
        .map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap())
        .find(|line| line["message"] == "serving")
        .unwrap();
    (child, serving["address"].as_str().unwrap().to_owned())
}

fn aborted(sandbox: &str) -> u64 {
    let mut stream = TcpStream::connect(sandbox).unwrap();
    write!(
        stream,
        "GET /sandbox/stats HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (_, body) = response.split_once("\r\n\r\n").unwrap();
    let stats: Value = serde_json::from_str(body).unwrap();
    stats["aborted"].as_u64().unwrap()
}

#[test]
fn every_command_has_help_with_examples_and_exit_codes() {
    let commands: [&[&str]; 18] = [
        &["serve"],
        &["chat"],
        &["smoke"],
        &["sandbox"],
        &["bench"],
        &["config", "check"],
        &["config", "show"],
        &["completion"],
        &["prefs", "get"],
        &["prefs", "set"],
        &["prefs", "unset"],
        &["prefs", "clear"],
        &["db", "status"],
        &["db", "migrate"],
        &["db", "backup"],
        &["db", "restore"],
        &["db", "check"],
        &["db", "copy"],
    ];
    for command in commands {
        let output = run(&[command, &["--help"]].concat());

        assert_eq!(output.status.code(), Some(0), "{command:?}: {}", err(&output));
        let help = out(&output);
        assert!(help.contains("Exit codes:"), "{command:?}: {help}");
        assert!(
            help.contains(&format!("crux {}", command.join(" "))),
            "{command:?}: {help}"
        );
    }
}

#[test]
fn wrong_usage_is_exit_code_2() {
    let wrong: [&[&str]; 9] = [
        &["chat", "--modell", "x"],
        &["chat", "--sandbox", "--server", "http://127.0.0.1:1", "hi"],
        &["chat", "--server", "ftp://127.0.0.1", "-m", "a/b", "hi"],
        &["chat", "--sandbox", "--file", "unknown.xyz", "hi"],
        &["smoke", "--timeout", "0"],
        &["prefs", "set", "--sandbox", "no-value"],
        &["db", "copy", "--from", "a"],
        &["completion", "csh"],
        &["nonsense"],
    ];
    for args in wrong {
        let output = run(args);

        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", err(&output));
        assert!(!output.stderr.is_empty(), "{args:?}");
    }
}

#[test]
fn a_misspelt_key_is_named_with_its_place_and_its_mend() {
    let home = TempDir::new().unwrap();
    std::fs::write(
        home.path().join("crux.toml"),
        "[server]\nlissten = \"127.0.0.1:1\"\n",
    )
    .unwrap();

    for args in [&["config", "check"][..], &["serve"], &["chat", "hi"]] {
        let output = crux(&home, args).output().unwrap();

        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let words = err(&output);
        assert!(words.contains("crux.toml:2:1"), "{words}");
        assert!(
            words.contains("did you mean \"listen\"?") || words.contains("listen"),
            "{words}"
        );
    }
    let output = crux(&home, &["config", "check", "--json"]).output().unwrap();
    let findings: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(findings["ok"], false);
    assert_eq!(findings["errors"][0]["key"], "server.lissten");
}

#[test]
fn a_good_configuration_is_said_to_be_good_and_shown_without_its_secrets() {
    let home = TempDir::new().unwrap();
    std::fs::write(
        home.path().join("crux.toml"),
        "[auth]\nbearer_token = \"canary-0123456789\"\n",
    )
    .unwrap();

    let checked = crux(&home, &["config", "check"]).output().unwrap();
    let shown = crux(&home, &["config", "show"]).output().unwrap();

    assert_eq!(checked.status.code(), Some(0), "{}", err(&checked));
    assert!(out(&checked).contains("crux.toml"), "{}", out(&checked));
    assert_eq!(shown.status.code(), Some(0));
    assert!(out(&shown).contains("[auth]"), "{}", out(&shown));
    assert!(!out(&shown).contains("canary"), "{}", out(&shown));
}

#[test]
fn one_question_prints_the_answer_and_nothing_else() {
    for more in [&[][..], &["--no-stream"]] {
        let output = run(&[&["chat", "--sandbox", "hello world"], more].concat());

        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        assert_eq!(out(&output), "You said: hello world\n");
        assert_eq!(err(&output), "");
    }
}

#[test]
fn a_question_can_come_through_a_pipe() {
    let home = TempDir::new().unwrap();
    let mut child = crux(&home, &["chat", "--sandbox"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();

    child.stdin.take().unwrap().write_all(b"from a pipe").unwrap();
    let output = child.wait_with_output().unwrap();

    assert_eq!(out(&output), "You said: from a pipe\n");
}

#[test]
fn json_holds_text_reasoning_and_usage() {
    let output = run(&["chat", "--sandbox", "--json", "--reasoning", "low", "hello"]);

    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["text"], "You said: hello");
    assert_eq!(answer["finish_reason"], "FINISH_REASON_STOP");
    assert!(answer["usage"]["output_tokens"].as_u64().unwrap() > 0, "{answer}");
    assert!(!answer["reasoning"].as_str().unwrap().is_empty(), "{answer}");
}

#[test]
fn a_failure_says_reason_and_mend_and_is_exit_code_1() {
    let model = "anthropic/claude-sonnet-4-5+fault:status=401";
    let in_words = run(&["chat", "--sandbox", "-m", model, "hello"]);
    let in_json = run(&["chat", "--sandbox", "--json", "-m", model, "hello"]);

    assert_eq!(in_words.status.code(), Some(1));
    assert_eq!(out(&in_words), "");
    let words = err(&in_words);
    assert!(words.starts_with("crux: PROVIDER_AUTH_FAILED: "), "{words}");
    assert!(words.contains("\n  mend: "), "{words}");
    assert_eq!(in_json.status.code(), Some(1));
    let failure: Value = serde_json::from_slice(&in_json.stdout).unwrap();
    assert_eq!(failure["error"]["reason"], "PROVIDER_AUTH_FAILED");
}

#[test]
fn a_stream_that_breaks_keeps_its_words_and_reports_what_was_used() {
    let model = "anthropic/claude-sonnet-4-5+fault:error-midstream";

    let output = run(&["chat", "--sandbox", "-m", model, "one two three four"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(out(&output).starts_with("You said:"), "{}", out(&output));
    assert!(err(&output).contains("\n  used: "), "{}", err(&output));
}

#[test]
fn an_answer_whose_server_is_killed_is_said_to_be_incomplete() {
    let home = TempDir::new().unwrap();
    let (mut server, address) = server(&home);
    let (url, slow) = (
        format!("http://{address}"),
        "openai/gpt-5+fault:chunks=10000,gap=20ms",
    );
    let mut asking = crux(&home, &["chat", "--server", &url, "-m", slow, "hello"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 4];
    asking.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();

    server.0.kill().unwrap();
    let output = asking.wait_with_output().unwrap();

    assert_eq!(output.status.code(), Some(1));
    let words = err(&output);
    assert!(words.contains("UNAVAILABLE: the answer is incomplete"), "{words}");
}

#[test]
fn a_server_out_of_reach_is_named() {
    let output = run(&["chat", "--server", "http://127.0.0.1:1", "-m", "a/b", "hello"]);

    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("cannot reach http://127.0.0.1:1"),
        "{}",
        err(&output)
    );
}

#[test]
fn smoke_asks_all_seven_providers() {
    let output = run(&["smoke", "--sandbox", "--json"]);

    assert_eq!(output.status.code(), Some(0), "{} {}", out(&output), err(&output));
    let reports: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let results: Vec<_> = reports
        .iter()
        .map(|report| report["result"].as_str().unwrap())
        .collect();
    assert_eq!(results, ["ok"; 7], "{reports:?}");
}

#[test]
fn smoke_fails_with_a_provider_and_not_for_want_of_keys() {
    let home = TempDir::new().unwrap();
    let without_keys = crux(&home, &["smoke", "-m", "openai/gpt-5"]).output().unwrap();
    let model = "openai/gpt-5+fault:status=500";
    let with_failure = crux(&home, &["smoke", "--sandbox", "-m", model])
        .output()
        .unwrap();

    assert_eq!(without_keys.status.code(), Some(0), "{}", err(&without_keys));
    assert!(out(&without_keys).contains("no key"), "{}", out(&without_keys));
    assert_eq!(with_failure.status.code(), Some(1));
    assert!(
        out(&with_failure).contains("PROVIDER_UNAVAILABLE"),
        "{}",
        out(&with_failure)
    );
}

#[test]
fn an_interrupt_cancels_the_answer_and_not_the_shell() {
    let home = TempDir::new().unwrap();
    let (_sandbox, address) = sandbox(&home);
    let slow = "anthropic/claude-sonnet-4-5+fault:chunks=10000,gap=20ms";
    let mut shell = crux(&home, &["chat", "--interactive", "--no-history", "-m", slow])
        .env("ANTHROPIC_BASE_URL", format!("http://{address}/anthropic"))
        .env("ANTHROPIC_API_KEY", "sandbox")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = shell.stdin.take().unwrap();
    let mut output = shell.stdout.take().unwrap();
    let shell = Running(shell);

    writeln!(input, "hello").unwrap();
    // The first words of the answer are here: now it can be cancelled.
    let mut first = [0; 4];
    output.read_exact(&mut first).unwrap();
    let interrupted = Instant::now();
    let pid = shell.0.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    while aborted(&address) == 0 {
        assert!(
            interrupted.elapsed() < Duration::from_secs(5),
            "the answer goes on"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
    writeln!(input, "/model anthropic/claude-sonnet-4-5\nstill there?\n/quit").unwrap();

    let mut shell = shell;
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert!(shell.0.wait().unwrap().success());
    assert!(rest.ends_with("You said: still there?\n"), "{rest:?}");
}

#[test]
fn the_first_token_is_made_once_and_administration_works_without_a_server_elsewhere() {
    let home = TempDir::new().unwrap();
    let json = |args: &[&str]| {
        let output = crux(&home, args).output().unwrap();
        assert!(output.status.success(), "{args:?} {}", err(&output));
        serde_json::from_str::<Value>(&out(&output)).unwrap()
    };

    let first = json(&["admin", "bootstrap", "--json"]);
    let again = crux(&home, &["admin", "bootstrap"]).output().unwrap();
    assert_eq!(again.status.code(), Some(1));
    assert!(err(&again).contains(first["id"].as_str().unwrap()));
    assert!(!err(&again).contains(first["secret"].as_str().unwrap()));

    json(&[
        "admin", "tenants", "create", "acme", "--allow", "openai/*", "--json",
    ]);
    let token = json(&[
        "admin", "tokens", "create", "--tenant", "acme", "--scope", "chat", "--json",
    ]);
    assert_eq!(token["tenant_id"], "acme");
    let listed = json(&["admin", "tokens", "list", "--tenant", "acme", "--json"]);
    assert_eq!(listed.as_array().unwrap().len(), 1);
    let table = crux(&home, &["admin", "tenants", "list"]).output().unwrap();
    assert!(out(&table).starts_with("ID     NAME"), "{}", out(&table));
    assert!(out(&table).contains("openai/*"));
    json(&[
        "admin",
        "tokens",
        "revoke",
        token["id"].as_str().unwrap(),
        "--json",
    ]);
    let records = json(&["admin", "audit", "--json"]);
    let actions: Vec<_> = records
        .as_array()
        .unwrap()
        .iter()
        .map(|record| record["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions.last(), Some(&"crux admin bootstrap"));
    assert_eq!(actions[0], "crux.v1.AdminService/RevokeApiToken");
    let failed = crux(&home, &["admin", "tenants", "get", "nobody"])
        .output()
        .unwrap();
    assert_eq!(failed.status.code(), Some(1));
    assert!(err(&failed).contains("RESOURCE_NOT_FOUND"));
}

#[test]
fn data_is_backed_up_checked_copied_and_brought_back() {
    let home = TempDir::new().unwrap();
    let db = |args: &[&str]| {
        let output = crux(&home, &[&["db"], args].concat())
            .env("SQLITE_DB_PATH", "data/crux.db")
            .output()
            .unwrap();
        (output.status.code().unwrap(), out(&output), err(&output))
    };
    let json = |args: &[&str]| -> Value {
        let (code, out, err) = db(args);
        assert_eq!(code, 0, "{args:?}: {err}");
        serde_json::from_str(&out).unwrap()
    };
    let set = crux(&home, &["prefs", "set", "theme=dark", "size=12"])
        .env("SQLITE_DB_PATH", "data/crux.db")
        .output()
        .unwrap();
    assert_eq!(set.status.code(), Some(0), "{}", err(&set));

    let status = json(&["status", "--json"]);
    assert_eq!(status["migration"], status["known_migration"]);
    let backup = json(&["backup", "backup.db", "--json"]);
    assert!(backup["size_bytes"].as_u64().unwrap() > 0);
    let checked = json(&["check", "--json"]);
    assert_eq!(checked["ok"], true);
    let copied = json(&["copy", "--from", "backup.db", "--to", "copy.db", "--json"]);
    assert_eq!(copied["tables"], checked["tables"]);

    let (code, _, complaint) = db(&["restore", "backup.db"]);
    assert_eq!(code, 1);
    assert!(complaint.contains("--force"), "{complaint}");
    let restored = json(&["restore", "backup.db", "--force", "--json"]);
    assert_eq!(restored["tables"], checked["tables"]);
    let got = crux(&home, &["prefs", "get", "--json"])
        .env("SQLITE_DB_PATH", "data/crux.db")
        .output()
        .unwrap();
    let got: Value = serde_json::from_str(&out(&got)).unwrap();
    assert_eq!(got["values"], serde_json::json!({"size": 12, "theme": "dark"}));
}

#[test]
fn every_shell_gets_a_completion_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completion", shell]);

        assert_eq!(output.status.code(), Some(0), "{shell}");
        assert!(out(&output).contains("smoke"), "{shell}");
    }
}
