//! A request once read and the reply to it, before HTTP and faults are put around it.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde_json::Value;

use super::faults::Plan;
use super::provider::Provider;
use super::script::Script;
use super::signature::Seed;
use super::stream::{Play, Wire};

/// A request to a provider.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) provider: Provider,
    pub(super) method: Method,
    /// What follows the provider's base path, decoded.
    pub(super) path: String,
    pub(super) query: Query,
    pub(super) headers: HeaderMap,
    /// The JSON body; null where there is none.
    pub(super) body: Value,
    pub(super) seed: Seed,
    pub(super) plan: Plan,
}

/// The query of a request.
#[derive(Debug, Clone, Default)]
pub(super) struct Query(pub(super) Vec<(String, String)>);

impl Query {
    pub(super) fn parse(query: &str) -> Self {
        Self(
            url::form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
        )
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.get(name).and_then(|value| value.parse().ok())
    }
}

/// A reply of a provider.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    Whole(Bytes),
    Stream(Box<Play>),
}

impl Reply {
    pub(super) fn whole(content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self::new(content_type, Content::Whole(bytes.into()))
    }

    /// Replies with a JSON value on one line.
    pub(super) fn json(value: &Value) -> Self {
        Self::whole("application/json", value.to_string())
    }

    /// Replies with a JSON value over several lines, as some providers do.
    pub(super) fn pretty(content_type: &'static str, value: &Value) -> Self {
        Self::whole(content_type, format!("{value:#}\n"))
    }

    pub(super) fn stream(
        content_type: &'static str,
        wire: Box<dyn Wire>,
        script: Script,
        plan: &Plan,
    ) -> Self {
        Self::new(
            content_type,
            Content::Stream(Box::new(Play::new(wire, script, plan))),
        )
    }

    fn new(content_type: &'static str, content: Content) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self {
            status: StatusCode::OK,
            headers,
            content,
        }
    }

    pub(super) fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Sets a header; a value that no header can hold is left out.
    pub(super) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }
}
