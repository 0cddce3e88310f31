//! A Transit engine that answers, is sealed or never says a word.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Answers,
    Sealed,
    Stalls,
}

pub(crate) struct Transit {
    pub(crate) mood: watch::Sender<Mood>,
    /// How often it was asked.
    pub(crate) asked: watch::Receiver<usize>,
    url: String,
    _serving: JoinSet<()>,
}

impl Transit {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mood = watch::Sender::new(Mood::Answers);
        let (count, asked) = watch::channel(0);
        let now = mood.subscribe();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let mut callers = JoinSet::new();
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                count.send_modify(|count| *count += 1);
                callers.spawn(answer(socket, now.clone()));
            }
        });
        Self {
            mood,
            asked,
            url,
            _serving: serving,
        }
    }

    /// What makes a server seal under it.
    pub(crate) fn settings(&self) -> [(&'static str, &str); 3] {
        [
            ("CRUX_VAULT__KEKS__FAR__URL", self.url.as_str()),
            ("CRUX_VAULT__KEKS__FAR__TRANSIT_KEY", "crux"),
            ("CRUX_VAULT__KEKS__FAR__TOKEN", "a-token-for-this-test-only"),
        ]
    }
}

/// What it "encrypts" is only written in another way.
async fn answer(mut socket: TcpStream, mut mood: watch::Receiver<Mood>) {
    let mut received = Vec::new();
    let body = loop {
        if !matches!(socket.read_buf(&mut received).await, Ok(1..)) {
            return;
        }
        let text = String::from_utf8_lossy(&received).into_owned();
        let body = text
            .split_once("\r\n\r\n")
            .map(|(_, body)| serde_json::from_str::<Value>(body));
        if let Some(Ok(body)) = body {
            break body;
        }
    };
    let mood = match mood.wait_for(|mood| *mood != Mood::Stalls).await {
        Ok(mood) => *mood,
        // The test is over.
        Err(_) => return,
    };
    let field = |name: &str| Some(body.get(name)?.as_str()?.to_owned());
    let (status, body) = if mood == Mood::Sealed {
        (503, json!({"errors": ["sealed"]}))
    } else if let Some(text) = field("plaintext") {
        (200, json!({"data": {"ciphertext": format!("vault:v1:{text}")}}))
    } else {
        let text = field("ciphertext").unwrap().replace("vault:v1:", "");
        (200, json!({"data": {"plaintext": text}}))
    };
    let body = body.to_string();
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    // Whoever asked may have left.
    let _ = socket.write_all(format!("{head}{body}").as_bytes()).await;
}
