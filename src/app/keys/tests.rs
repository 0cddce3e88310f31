//! A Transit engine's key against a server written by hand, and where a server finds its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::{Place, keks, make};
use crate::config::{self, BaseUrl, Config};
use crate::vault::{Kek, KekError};

/// Answers as Transit does: what it "encrypts" it only ties to its context. Another status than 200 is said as it is.
struct Fake {
    url: String,
    status: Arc<AtomicU16>,
    _serving: JoinSet<()>,
}

impl Fake {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let status = Arc::new(AtomicU16::new(200));
        let said = Arc::clone(&status);
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                answer(socket, said.load(Ordering::Relaxed)).await;
            }
        });
        Self {
            url,
            status,
            _serving: serving,
        }
    }

    fn kek(&self, key: &str, token: &str) -> Arc<dyn Kek> {
        make(&config::Kek {
            url: Some(BaseUrl::parse(&self.url).unwrap()),
            transit_key: Some(key.to_owned()),
            token: Some(token.to_owned().into()),
            ..config::Kek::default()
        })
        .unwrap()
    }
}

async fn answer(mut socket: TcpStream, status: u16) {
    let mut received = Vec::new();
    let (head, body) = loop {
        let mut chunk = [0; 4096];
        let read = socket.read(&mut chunk).await.unwrap();
        received.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&received).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        if let Ok(body) = serde_json::from_str::<Value>(body) {
            break (head.to_lowercase(), body);
        }
    };
    let (status, answer) = if status != 200 {
        (status, json!({"errors": ["sealed"]}))
    } else if !head.contains("x-vault-token: a-token") {
        (403, json!({"errors": ["permission denied"]}))
    } else if head.starts_with("post /v1/transit/encrypt/crux ") {
        let ciphertext = format!(
            "vault:v1:{}|{}",
            text(&body, "plaintext"),
            text(&body, "associated_data")
        );
        (200, json!({"data": {"ciphertext": ciphertext}}))
    } else if head.starts_with("post /v1/transit/decrypt/crux ") {
        let ciphertext = text(&body, "ciphertext");
        let (plaintext, of) = ciphertext
            .strip_prefix("vault:v1:")
            .unwrap()
            .split_once('|')
            .unwrap();
        if of == text(&body, "associated_data") {
            (200, json!({"data": {"plaintext": plaintext}}))
        } else {
            (400, json!({"errors": ["cipher: message authentication failed"]}))
        }
    } else {
        (404, json!({"errors": []}))
    };
    let body = answer.to_string();
    let response = format!(
        "HTTP/1.1 {status} X\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    socket.write_all(response.as_bytes()).await.unwrap();
}

fn text<'a>(body: &'a Value, field: &str) -> &'a str {
    body[field].as_str().unwrap()
}

#[tokio::test]
async fn transit_wraps_for_a_context_and_unwraps_for_no_other() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let fake = Fake::start().await;
    let kek = fake.kek("crux", "a-token");

    let wrapped = kek.wrap(&[7; 32], b"here").await.unwrap();
    assert!(wrapped.starts_with(b"vault:v1:"));
    assert_eq!(kek.unwrap(&wrapped, b"here").await.unwrap().as_slice(), [7; 32]);
    let refused = kek.unwrap(&wrapped, b"there").await.unwrap_err();
    assert!(
        matches!(&refused, KekError::Refused(said) if said.contains("authentication failed")),
        "{refused}"
    );
    assert_eq!(kek.id(), "transit/transit/crux");
}

#[tokio::test]
async fn a_service_that_refuses_or_is_away_is_told_apart() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let fake = Fake::start().await;

    let denied = fake
        .kek("crux", "canary-token")
        .wrap(&[7; 32], b"")
        .await
        .unwrap_err();
    assert!(matches!(&denied, KekError::Refused(said) if said.contains("permission denied")));
    assert!(!denied.to_string().contains("canary"));
    let unknown = fake
        .kek("other", "a-token")
        .wrap(&[7; 32], b"")
        .await
        .unwrap_err();
    assert!(matches!(unknown, KekError::Refused(_)), "{unknown}");
    fake.status.store(503, Ordering::Relaxed);
    let away = fake.kek("crux", "a-token").wrap(&[7; 32], b"").await.unwrap_err();
    assert!(matches!(away, KekError::Unavailable(_)), "{away}");
    let nobody = config::Kek {
        url: Some(BaseUrl::parse("http://127.0.0.1:9").unwrap()),
        transit_key: Some("crux".to_owned()),
        token: Some("a-token".to_owned().into()),
        ..config::Kek::default()
    };
    let nobody = make(&nobody).unwrap().wrap(&[7; 32], b"").await.unwrap_err();
    assert!(matches!(nobody, KekError::Unavailable(_)), "{nobody}");
}

#[test]
fn an_embedded_database_gets_a_key_of_its_own_and_others_none() {
    let directory = tempfile::tempdir().unwrap();
    let database = Place::File(directory.path().join("crux.db"));
    let mut config = Config::default();

    assert!(!keks(&config, &Place::Server).unwrap().can_wrap());
    assert!(keks(&config, &database).unwrap().can_wrap());
    assert!(directory.path().join("crux.db.kek").exists());
    // One that is configured seals from now on, and what was sealed before still opens.
    let kek = config::Kek {
        key: Some("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=".to_owned().into()),
        ..config::Kek::default()
    };
    config.vault.keks = BTreeMap::from([("main".to_owned(), kek)]);
    assert_eq!(keks(&config, &database).unwrap().count(), 2);
}
