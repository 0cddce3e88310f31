//! Whether a request carries a key, where its provider looks for one. Keys are not kept.

use http::HeaderMap;

use super::errors::Problem;
use super::provider::Provider;
use super::reply::Query;

/// A key that is refused, to see what a provider says to a wrong one; so is every key that begins with
/// [`REFUSED`].
const REFUSED_KEY: &str = "invalid";
const REFUSED: &str = "refused-";
/// A key that begins so is over its limit.
const LIMITED: &str = "limited-";
/// The headers that carry keys.
pub(super) const HEADERS: [&str; 4] = ["authorization", "x-api-key", "x-goog-api-key", "cookie"];
/// The query parameter that carries one.
pub(super) const QUERY_PARAMETER: &str = "key";

/// Checks the credentials of a request.
pub(super) fn check(provider: Provider, headers: &HeaderMap, query: &Query) -> Result<(), Problem> {
    let header = |name| {
        headers
            .get(name)
            .and_then(|value: &http::HeaderValue| value.to_str().ok())
    };
    let bearer = || header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let key = match provider {
        Provider::Ollama => return Ok(()),
        Provider::Anthropic => header("x-api-key").or_else(bearer),
        Provider::Gemini => header("x-goog-api-key")
            .or_else(|| query.get(QUERY_PARAMETER))
            .or_else(bearer),
        Provider::OpenAi | Provider::OpenRouter | Provider::DeepSeek | Provider::Xai => bearer(),
    };
    match key.map(str::trim).unwrap_or_default() {
        "" => Err(Problem::MissingKey),
        REFUSED_KEY => Err(Problem::BadKey),
        key if key.starts_with(REFUSED) => Err(Problem::BadKey),
        key if key.starts_with(LIMITED) => Err(Problem::Status(429)),
        _ if provider == Provider::Anthropic && header("anthropic-version").is_none() => {
            Err(Problem::invalid("anthropic-version: header is required"))
        }
        _ => Ok(()),
    }
}
