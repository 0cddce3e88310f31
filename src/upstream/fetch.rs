//! A short question to a provider, whose whole answer is wanted: a list, not a chat.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};
use secrecy::SecretString;
use serde_json::Value;

use super::http::{Refused, Upstream, UpstreamError, headers};
use crate::providers::Endpoint;

/// A question.
#[derive(Debug, Clone)]
pub struct Question {
    /// Path and query below the base URL.
    pub path: String,
    /// Headers it needs, beyond the credentials.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// What is posted; `None` is a GET.
    pub body: Option<Value>,
}

impl Upstream {
    /// Asks `question` with `key` and reads the answer to its end, of which no more than `limit_bytes` are taken.
    ///
    /// Cancel-safe: dropping the future drops the request. Waits as long as it takes: the caller knows how long
    /// that may be.
    ///
    /// # Errors
    /// The outer error is the connection's, a longer answer included; [`Refused`] is the provider's.
    pub async fn ask(
        &self,
        endpoint: &Endpoint,
        key: Option<&SecretString>,
        question: Question,
        limit_bytes: usize,
    ) -> Result<Result<Vec<u8>, Refused>, UpstreamError> {
        let mut headers = headers(endpoint, key, question.headers)?;
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let (client, in_flight) = self.client()?;
        let url = format!("{}{}", endpoint.base_url, question.path);
        let request = match question.body {
            None => client.get(url),
            Some(body) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                client.post(url).body(body.to_string())
            }
        };
        match self
            .received(request.headers(headers).send().await, in_flight)
            .await?
        {
            Ok(mut opened) => opened.body.read_all(limit_bytes).await.map(Ok),
            Err(refused) => Ok(Err(refused)),
        }
    }
}
