//! Owns base URLs: what one may hold and how Ollama's host notation becomes one. Refuses to know whose it is.

use std::fmt;

use super::value::{Bad, Codec, Raw, toml_string};

/// Where a provider's API is: `http` or `https`, a host, perhaps a port and a path, no slash at the end.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Reads `words` as a base URL.
    pub fn parse(words: &str) -> Result<Self, BaseUrlError> {
        let url = url::Url::parse(words.trim()).map_err(|_| BaseUrlError::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(BaseUrlError::NotHttp);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BaseUrlError::Credentials);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(BaseUrlError::Query);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }

    /// Reads `words` as Ollama's tools read `OLLAMA_HOST`: scheme, host and port may each be missing.
    ///
    /// Port 11434 is meant only where no scheme is named; `http://box` means port 80, as it does to Ollama (its
    /// `envconfig.Host`, read 2026-11-22). An address that means "every interface" to the server becomes loopback.
    pub fn from_host(words: &str) -> Result<Self, BaseUrlError> {
        let words = words.trim();
        let has_scheme = words.contains("://");
        let words = if has_scheme {
            words.to_owned()
        } else {
            format!("http://{words}")
        };
        let (scheme, rest) = words.split_once("://").unwrap_or_default();
        let rest = if rest.is_empty() || rest.starts_with([':', '/']) {
            format!("127.0.0.1{rest}")
        } else {
            rest.to_owned()
        };

        let Self(url) = Self::parse(&format!("{scheme}://{rest}"))?;
        let mut url = url::Url::parse(&url).map_err(|_| BaseUrlError::NotAUrl)?;
        let everywhere = match url.host() {
            Some(url::Host::Ipv4(ip)) if ip.is_unspecified() => Some("127.0.0.1"),
            Some(url::Host::Ipv6(ip)) if ip.is_unspecified() => Some("[::1]"),
            Some(_) | None => None,
        };
        if let Some(loopback) = everywhere {
            url.set_host(Some(loopback)).map_err(|_| BaseUrlError::NotAUrl)?;
        }
        if !has_scheme && !names_port(&rest) {
            url.set_port(Some(HOST_PORT))
                .map_err(|()| BaseUrlError::NotAUrl)?;
        }
        Self::parse(url.as_str())
    }

    /// Returns the URL without a slash at the end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The port on which Ollama listens.
const HOST_PORT: u16 = 11434;

/// Says whether `host:port/path` names a port, which a parsed URL hides where it is the scheme's own.
fn names_port(rest: &str) -> bool {
    let authority = rest.split('/').next().unwrap_or_default();
    let after_address = authority.rsplit(']').next().unwrap_or_default();
    after_address.contains(':')
}

/// Why words are no base URL. Never holds them, as they may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BaseUrlError {
    /// They are no URL at all.
    #[error("something that is no URL")]
    NotAUrl,
    /// The scheme is not `http` or `https`, or there is no host.
    #[error("a URL that is neither http nor https")]
    NotHttp,
    /// There is a user or a password.
    #[error("a URL with a user or password")]
    Credentials,
    /// There is a query or a fragment.
    #[error("a URL with a query or fragment")]
    Query,
}

impl BaseUrlError {
    /// Says what to do about it, where that is known.
    pub(super) fn mend(self) -> Option<&'static str> {
        match self {
            Self::NotAUrl => Some("write it out, with http:// or https:// in front"),
            Self::NotHttp => None,
            Self::Credentials => Some("take the credentials out of the URL and set api_key_env or headers"),
            Self::Query => Some("take everything from ? or # on out of the URL"),
        }
    }
}

/// A base URL as a value of a key.
pub(super) struct Url;

impl Codec for Url {
    type Value = BaseUrl;

    fn expected(&self) -> String {
        "an http or https URL without credentials, query and fragment, such as \"http://127.0.0.1:8000/v1\""
            .to_owned()
    }

    fn read(&self, raw: &Raw) -> Result<BaseUrl, Bad> {
        let words = raw.words().ok_or_else(|| Bad::hidden(raw.kind()))?;
        BaseUrl::parse(words).map_err(|error| Bad {
            found: error.to_string(),
            mend: error.mend().map(str::to_owned),
        })
    }

    fn print(&self, value: &BaseUrl) -> String {
        toml_string(value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_loses_its_last_slash_and_keeps_its_path() {
        let url = BaseUrl::parse(" https://api.example.com/v1/ ");

        assert_eq!(url.unwrap().as_str(), "https://api.example.com/v1");
    }

    #[test]
    fn what_is_no_base_url_is_refused_by_cause() {
        let cases = [
            ("vllm", BaseUrlError::NotAUrl),
            ("localhost:8000", BaseUrlError::NotHttp),
            ("ftp://box/v1", BaseUrlError::NotHttp),
            ("https://me:pass@box/v1", BaseUrlError::Credentials),
            ("https://me@box/v1", BaseUrlError::Credentials),
            ("https://box/v1?key=1", BaseUrlError::Query),
            ("https://box/v1#x", BaseUrlError::Query),
        ];

        for (words, expected) in cases {
            assert_eq!(BaseUrl::parse(words), Err(expected), "{words}");
        }
    }

    #[test]
    fn a_host_is_read_as_ollama_reads_it() {
        let cases = [
            ("box", "http://box:11434"),
            ("box:80", "http://box"),
            ("box:8080/", "http://box:8080"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            ("0.0.0.0:4000", "http://127.0.0.1:4000"),
            ("[::]:4000", "http://[::1]:4000"),
            ("[::1]", "http://[::1]:11434"),
            (":4000", "http://127.0.0.1:4000"),
            ("http://box", "http://box"),
            ("https://box/", "https://box"),
            ("https://box:11434/path/", "https://box:11434/path"),
            ("box/path", "http://box:11434/path"),
        ];

        for (words, expected) in cases {
            assert_eq!(
                BaseUrl::from_host(words).map(|url| url.0),
                Ok(expected.to_owned()),
                "{words}"
            );
        }
    }

    #[test]
    fn a_host_with_credentials_is_refused() {
        assert_eq!(BaseUrl::from_host("me:pass@box"), Err(BaseUrlError::Credentials));
    }
}
