//! A short question to a provider, whose whole answer is wanted: a list, not a chat.

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::http::{Body, Refused, Upstream, UpstreamError, credentials, failed};
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
    /// Asks `question` and reads the answer to its end, of which no more than `limit_bytes` are taken.
    ///
    /// Cancel-safe: dropping the future drops the request. Waits as long as it takes: the caller knows how long
    /// that may be.
    ///
    /// # Errors
    /// The outer error is the connection's, a longer answer included; [`Refused`] is the provider's.
    pub async fn ask(
        &self,
        endpoint: &Endpoint,
        question: Question,
        limit_bytes: usize,
    ) -> Result<Result<Vec<u8>, Refused>, UpstreamError> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.extend(question.headers);
        headers.extend(endpoint.headers.iter().cloned());
        if let Some((name, value)) = credentials(endpoint)? {
            headers.insert(name, value);
        }
        let (client, in_flight) = self.client()?;
        let url = format!("{}{}", endpoint.base_url, question.path);
        let request = match question.body {
            None => client.get(url),
            Some(body) => {
                headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                client.post(url).body(body.to_string())
            }
        };
        let response = request.headers(headers).send().await.map_err(failed)?;

        let status = response.status();
        let mut response: http::Response<reqwest::Body> = response.into();
        let headers = std::mem::take(response.headers_mut());
        let mut body = Body::new(response.into_body(), in_flight);
        if status.is_success() {
            return body.read_all(limit_bytes).await.map(Ok);
        }
        Ok(Err(Refused {
            status: status.as_u16(),
            headers,
            body: body.read_refusal().await,
        }))
    }
}
