//! A stored key, through every RPC and error path and with backups meanwhile: its bytes are nowhere but at its
//! provider.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use crux::rpc::pb;
use crux::rpc::pb::chat_service_client::ChatServiceClient;
use crux::rpc::pb::key_vault_service_client::KeyVaultServiceClient;
use tonic::transport::Channel;

use crate::{Server, everything, watched};

/// What every secret of this test holds.
const CANARY: &str = "canary-5c1d77e9";

type Vault = KeyVaultServiceClient<Channel>;

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_key_is_nowhere_but_at_its_provider() {
    let directory = tempfile::tempdir().unwrap();
    let database = directory.path().join("crux.db");
    let mut child = serve(&database);
    let mut log = BufReader::new(child.0.stdout.take().unwrap());
    let mut stderr = child.0.stderr.take().unwrap();
    let mut written = String::new();
    let (address, admin) = loop {
        let mut line = String::new();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "{written}");
        written.push_str(&line);
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        if line["message"] == "serving" {
            let field = |name: &str| line[name].as_str().unwrap().to_owned();
            break (format!("http://{}", field("address")), field("admin"));
        }
    };
    // A log that nobody reads stops the server when the pipe is full.
    let reader = std::thread::spawn(move || {
        let mut rest = String::new();
        log.read_to_string(&mut rest).unwrap();
        rest
    });
    let errors = std::thread::spawn(move || {
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        rest
    });
    let chats = ChatServiceClient::connect(address.clone()).await.unwrap();
    let mut vault = Vault::connect(address).await.unwrap();

    let mut told = String::new();
    for round in 0..3 {
        told.push_str(&lifetime(&mut vault, &chats, round, &database).await);
        // While the server runs, with all that it keeps open.
        assert_nowhere(directory.path(), &told);
        told.push_str(&watched(&admin));
    }
    let _ = child.0.kill();
    let _ = child.0.wait();
    written += &reader.join().unwrap();
    written += &errors.join().unwrap();

    assert_nowhere(directory.path(), &told);
    let scheduled = directory.path().join("backups").read_dir().unwrap().count();
    assert!(scheduled >= 1, "the server writes backups too");
    assert!(
        written.contains("refused a key"),
        "the refusal is in the log: {written}"
    );
    assert!(!written.contains(CANARY), "in the log:\n{written}");
}

fn serve(database: &Path) -> Server {
    let child = Command::new(env!("CARGO_BIN_EXE_crux"))
        .args([
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--log-level",
            "trace",
            "--sandbox",
        ])
        .env_clear()
        .current_dir(std::env::temp_dir())
        .env("SQLITE_DB_PATH", database)
        .env("CRUX_STORE__BACKUP_INTERVAL", "1s")
        .env("CRUX_STORE__BACKUP_KEEP", "1000")
        .env("CRUX_RETRY__MAX_ATTEMPTS", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    Server(child.unwrap())
}

/// Writes a backup beside `database`, which holds the key `id` at this moment; returns what the command said.
fn backup(database: &Path, id: &str) -> String {
    let file = database.with_file_name(format!("{id}.backup"));
    let output = Command::new(env!("CARGO_BIN_EXE_crux"))
        .args(["db", "backup", "--json"])
        .arg(&file)
        .env_clear()
        .current_dir(std::env::temp_dir())
        .env("SQLITE_DB_PATH", database)
        .output()
        .unwrap();
    let bytes = std::fs::read(&file).unwrap();
    assert!(holds(&bytes, id), "{output:?}");
    format!("{output:?}")
}

/// Stores, uses, rotates, refuses, verifies and destroys keys; returns all that the server and a backup said.
async fn lifetime(
    vault: &mut Vault,
    chats: &ChatServiceClient<Channel>,
    round: usize,
    database: &Path,
) -> String {
    let mut told = String::new();
    let id = format!("key-{round}");
    let create = |secret: &str, key_id: &str, provider: &str| pb::CreateKeyRequest {
        key: Some(pb::Key {
            provider: provider.to_owned(),
            tenant_id: "local".to_owned(),
            ..Default::default()
        }),
        secret: secret.to_owned(),
        key_id: key_id.to_owned(),
        verify: round == 1,
    };
    let good = format!("good-{CANARY}-0123456789");
    for request in [
        create(&good, &id, "openai"),
        create(&good, &id, "openai"),
        create(&format!("{CANARY} with blanks"), "bad", "openai"),
        create(&format!("your-api-key-{CANARY}"), "bad", "openai"),
        create(&good, "bad", "nobody"),
        create(&good, "Bad id", "openai"),
    ] {
        let _ = write!(told, "{request:?}");
        told.push_str(&said(vault.create_key(request).await));
    }
    for secret in [
        good.as_str(),
        &format!("refused-{CANARY}-0123456789"),
        &format!("limited-{CANARY}-01"),
    ] {
        let request = pb::RotateKeyRequest {
            key_id: id.clone(),
            secret: secret.to_owned(),
            etag: String::new(),
            grace_period: None,
            verify: round == 2,
        };
        let _ = write!(told, "{request:?}");
        told.push_str(&said(vault.rotate_key(request).await));
        for model in [
            "openai/gpt-5",
            "openai/gpt-4o",
            "openai/gpt-5+fault:status=500",
            "openai/gpt-5+fault:garbage",
        ] {
            told.push_str(&said(chats.clone().chat(chat(model)).await));
        }
        let verify = pb::VerifyKeyRequest { key_id: id.clone() };
        told.push_str(&said(vault.verify_key(verify).await));
    }
    told.push_str(&backup(database, &id));
    let get = pb::GetKeyRequest { key_id: id.clone() };
    told.push_str(&said(vault.get_key(get).await));
    told.push_str(&said(vault.list_keys(pb::ListKeysRequest::default()).await));
    told.push_str(&said(
        vault
            .rewrap_keys(pb::RewrapKeysRequest {})
            .await
            .map(|_| tonic::Response::new(())),
    ));
    let delete = pb::DeleteKeyRequest {
        key_id: id,
        ..Default::default()
    };
    told.push_str(&said(vault.delete_key(delete.clone()).await));
    told.push_str(&said(vault.delete_key(delete).await));
    told
}

fn chat(model: &str) -> pb::ChatRequest {
    let part = pb::Part {
        kind: Some(pb::part::Kind::Text("hi".to_owned())),
        ..Default::default()
    };
    pb::ChatRequest {
        model: model.to_owned(),
        messages: vec![pb::Message {
            role: pb::Role::User as i32,
            content: vec![part],
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn said<T: std::fmt::Debug>(answer: Result<tonic::Response<T>, tonic::Status>) -> String {
    match answer {
        Ok(answer) => format!("{answer:?}"),
        Err(status) => everything(&status),
    }
}

fn assert_nowhere(directory: &Path, told: &str) {
    assert!(
        told.contains("ProviderAuthFailed") && told.contains("RESOURCE_NOT_FOUND"),
        "{told}"
    );
    assert!(!told.contains(CANARY), "in what the server says:\n{told}");
    let files = assert_not_below(directory);
    assert!(
        files >= 3,
        "the database, its key-encryption key, and a backup at least"
    );
}

/// Reads every file below `directory`; returns how many there are.
fn assert_not_below(directory: &Path) -> usize {
    let mut files = 0;
    for file in directory.read_dir().unwrap() {
        let path = file.unwrap().path();
        if path.is_dir() {
            files += assert_not_below(&path);
            continue;
        }
        match std::fs::read(&path) {
            Ok(bytes) => assert!(!holds(&bytes, CANARY), "in {}", path.display()),
            // A backup that is being written gets its own name when it is whole.
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{}", path.display()),
        }
        files += 1;
    }
    files
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
