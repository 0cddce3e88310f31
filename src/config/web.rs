//! Owns `[web]`: gRPC-Web for browsers, and which pages may call. Refuses to know the headers that takes.

use std::fmt;
use std::time::Duration;

use super::keys::Keys;
use super::measure::Span;
use super::value::{Bad, Codec, Flag, Raw, toml_string};

/// gRPC-Web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// Whether browsers may call, by gRPC-Web, on the same port; without TLS that port then takes HTTP/1.1 too.
    /// Default false.
    pub enabled: bool,
    /// The origins whose pages may call, separated by commas, such as `"https://chat.example.org"`; `"*"` is every
    /// page there is. A call that names another origin is refused, the server's own included: a page on another
    /// machine may reach this one under a name of its own. Default none.
    pub allowed_origins: Origins,
    /// How long a browser may remember that a page may call. From 0 s to 24 h, default 1 h.
    pub max_age: Duration,
}

/// Whose pages may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origins {
    /// Every page's.
    Any,
    /// Those of these origins, as browsers write them.
    Only(Vec<String>),
}

impl Default for Origins {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::Only(origins) => f.write_str(&origins.join(", ")),
        }
    }
}

impl Default for Web {
    fn default() -> Self {
        Self {
            enabled: false,
            allowed_origins: Origins::default(),
            max_age: Duration::from_secs(60 * 60),
        }
    }
}

impl Web {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        let day = Span(Duration::ZERO..=Duration::from_secs(24 * 60 * 60));
        keys.value("enabled", &mut self.enabled, &Flag);
        keys.value("allowed_origins", &mut self.allowed_origins, &OriginList);
        keys.value("max_age", &mut self.max_age, &day);
    }
}

/// Origins, separated by commas.
struct OriginList;

impl Codec for OriginList {
    type Value = Origins;

    fn expected(&self) -> String {
        "origins separated by commas, such as \"https://chat.example.org\", or \"*\"".to_owned()
    }

    fn read(&self, raw: &Raw) -> Result<Origins, Bad> {
        let words = raw.words().ok_or_else(|| Bad::shown(raw))?;
        if words.trim() == "*" {
            return Ok(Origins::Any);
        }
        let given = words.split(',').map(str::trim).filter(|word| !word.is_empty());
        given
            .map(|word| origin(word).ok_or_else(|| refused(raw, word)))
            .collect::<Result<_, _>>()
            .map(Origins::Only)
    }

    fn print(&self, value: &Origins) -> String {
        toml_string(&value.to_string())
    }
}

/// The origin as a browser writes it: scheme, host and a port that is not the scheme's own.
fn origin(word: &str) -> Option<String> {
    let url = url::Url::parse(word).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let is_bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    (is_web && is_bare).then(|| url.origin().ascii_serialization())
}

fn refused(raw: &Raw, word: &str) -> Bad {
    let bad = Bad::shown(raw);
    if word == "*" {
        return bad.mend("write \"*\" alone");
    }
    match url::Url::parse(word) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => {
            bad.mend(format!("write \"{}\"", url.origin().ascii_serialization()))
        }
        _ => bad.mend(format!("write http:// or https:// in front of {word}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        let read = |words: &str| OriginList.read(&Raw::Text(words.to_owned()));
        let only =
            |origins: &[&str]| Origins::Only(origins.iter().map(|&origin| origin.to_owned()).collect());

        assert_eq!(
            read("https://Chat.example.org:443/, http://localhost:5173"),
            Ok(only(&["https://chat.example.org", "http://localhost:5173"]))
        );
        assert_eq!(read(" * "), Ok(Origins::Any));
        assert_eq!(read(""), Ok(only(&[])));
        for (words, mend) in [
            ("https://a.example/chat", "write \"https://a.example\""),
            ("https://me:pass@a.example", "write \"https://a.example\""),
            (
                "chat.example.org",
                "write http:// or https:// in front of chat.example.org",
            ),
            ("https://a.example, *", "write \"*\" alone"),
        ] {
            assert_eq!(read(words).unwrap_err().mend.as_deref(), Some(mend), "{words}");
        }
    }
}
