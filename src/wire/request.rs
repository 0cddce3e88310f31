//! A request as a dialect writes it: path and body; credentials and host are added elsewhere.

use std::fmt::Write as _;

use http::{HeaderName, HeaderValue};
use serde_json::Value;

/// An HTTP POST with a JSON body, relative to the provider's base URL.
#[derive(Debug, Clone, PartialEq)]
pub struct WireRequest {
    /// Path and query, starting with `/`; everything variable in it is percent-encoded.
    pub path: String,
    /// Headers the dialect needs, beyond content type and credentials.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The body, a JSON object.
    pub body: Value,
    /// The documents in it, in their order, by their places among the call's media parts. A citation may
    /// name one by its place in here; empty where none does.
    pub documents: Vec<u32>,
}

impl WireRequest {
    /// Makes a request without further headers.
    pub fn new(path: impl Into<String>, body: Value) -> Self {
        Self {
            path: path.into(),
            headers: Vec::new(),
            body,
            documents: Vec::new(),
        }
    }
}

/// Percent-encodes `text` as one path segment: no model name can leave its place in a URL.
pub fn path_segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => out.push(char::from(byte)),
            // A lone dot or two would be a relative path.
            b'.' if text.bytes().any(|byte| byte != b'.') => out.push('.'),
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::path_segment;

    #[test]
    fn a_model_name_stays_one_segment() {
        assert_eq!(path_segment("gemini-2.5-pro"), "gemini-2.5-pro");
        assert_eq!(path_segment(".."), "%2E%2E");
        assert_eq!(path_segment("a/../b?x=1#y"), "a%2F..%2Fb%3Fx%3D1%23y");
        assert_eq!(path_segment("é%2f"), "%C3%A9%252f");
    }
}
