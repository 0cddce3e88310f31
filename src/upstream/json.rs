//! HTTP to a service of the operator's own that speaks JSON: one document there, one back.

use std::time::Duration;

use http::{HeaderName, HeaderValue};
use http_body_util::{BodyExt as _, Limited};
use reqwest::redirect::Policy;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;

use super::http::{UpstreamError, failed, innermost, is_loopback};

/// A client of one service.
#[derive(Debug)]
pub struct JsonClient {
    client: reqwest::Client,
    base_url: String,
    token: (HeaderName, HeaderValue),
}

/// How long a document and its answer may take together.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most that is read of an answer.
const ANSWER_BYTES: usize = 64 * 1024;

impl JsonClient {
    /// Prepares the way to the service at `base_url`, which wants its token in the header `name`; connects to
    /// nothing yet.
    ///
    /// # Errors
    /// [`UpstreamError::Request`] for a token that no header carries.
    pub fn new(base_url: &str, name: &'static str, token: &SecretString) -> Result<Self, UpstreamError> {
        let mut value = HeaderValue::try_from(token.expose_secret()).map_err(|_| {
            UpstreamError::Request("the token holds characters no header can carry".to_owned())
        })?;
        value.set_sensitive(true);
        let builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .connect_timeout(TIMEOUT)
            .user_agent(concat!("crux/", env!("CARGO_PKG_VERSION")));
        let builder = if is_loopback(base_url) {
            builder.no_proxy()
        } else {
            builder
        };
        Ok(Self {
            client: builder
                .build()
                .map_err(|error| UpstreamError::Request(innermost(&error)))?,
            base_url: base_url.trim_end_matches('/').to_owned(),
            token: (HeaderName::from_static(name), value),
        })
    }

    /// Posts `document` to `path`; returns the HTTP status and the answer, which is null where it is no JSON.
    ///
    /// # Errors
    /// The connection's.
    pub async fn post(&self, path: &str, document: &Value) -> Result<(u16, Value), UpstreamError> {
        let (name, token) = self.token.clone();
        let request = self
            .client
            .post(format!("{}{path}", self.base_url))
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(name, token)
            .timeout(TIMEOUT)
            .body(document.to_string());
        let response: http::Response<reqwest::Body> = request.send().await.map_err(failed)?.into();
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), ANSWER_BYTES).collect().await;
        let body = body.map_err(|_| UpstreamError::Broken("the answer did not come whole".to_owned()))?;
        let answer = serde_json::from_slice(&body.to_bytes()).unwrap_or(Value::Null);
        Ok((status, answer))
    }
}
