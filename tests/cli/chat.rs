//! `crux chat` where nobody names a model: it asks what the server can call.

use std::process::{Output, Stdio};

use tempfile::TempDir;

use super::{crux, err, out, sandbox};

fn stored(home: &TempDir, provider: &str) {
    let mut adding = crux(home, &["keys", "add", provider])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut adding.stdin.take().unwrap(), b"not-a-real-one-4711\n").unwrap();
    assert!(adding.wait().unwrap().success());
}

fn asked(home: &TempDir, args: &[&str], sandbox: &str) -> Output {
    crux(home, &[&["chat"], args].concat())
        .env("OPENAI_BASE_URL", format!("http://{sandbox}/openai/v1"))
        .env("GEMINI_BASE_URL", format!("http://{sandbox}/gemini"))
        .output()
        .unwrap()
}

#[test]
fn a_key_of_the_vault_is_enough_to_ask() {
    let home = TempDir::new().unwrap();
    let (_sandbox, address) = sandbox(&home);

    let without = asked(&home, &["hello"], &address);
    stored(&home, "openai");
    let with = asked(&home, &["--json", "hello"], &address);

    assert_eq!(without.status.code(), Some(2), "{}", out(&without));
    let words = err(&without);
    assert!(
        words.contains("crux keys add") && words.contains("_API_KEY"),
        "{words}"
    );
    assert!(words.contains("--sandbox"), "{words}");
    assert_eq!(with.status.code(), Some(0), "{}", err(&with));
    let answer: serde_json::Value = serde_json::from_slice(&with.stdout).unwrap();
    assert!(
        answer["model"].as_str().unwrap().starts_with("openai/"),
        "{answer}"
    );
    assert_eq!(answer["text"], "You said: hello");
}

#[test]
fn a_key_of_the_environment_is_enough_and_a_machine_that_may_not_run_is_not() {
    let home = TempDir::new().unwrap();
    let (_sandbox, address) = sandbox(&home);

    let output = crux(&home, &["chat", "--json", "hello"])
        .env("XAI_API_KEY", "not-a-real-one-4711")
        .env("XAI_BASE_URL", format!("http://{address}/xai/v1"))
        .output()
        .unwrap();

    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(answer["model"].as_str().unwrap().starts_with("xai/"), "{answer}");
}
