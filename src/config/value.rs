//! Owns the kinds of value a key can have: how each is read, what it expects, how it is printed. Refuses to know
//! which keys exist.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use secrecy::SecretString;

/// A value before it is understood. It may hold a secret, hence no `Debug`.
#[derive(Clone)]
pub(super) enum Raw {
    /// A string of the file.
    Text(String),
    /// The words of a variable or flag, which can spell any kind of value.
    Bare(String),
    /// An integer of the file.
    Integer(i64),
    /// A boolean of the file.
    Bool(bool),
    /// Something no key takes, by its name in TOML.
    Other(&'static str),
}

impl Raw {
    /// Returns the words, if these are words.
    pub(super) fn words(&self) -> Option<&str> {
        match self {
            Self::Text(words) | Self::Bare(words) => Some(words.trim()),
            Self::Integer(_) | Self::Bool(_) | Self::Other(_) => None,
        }
    }

    /// Says what was found, words included.
    pub(super) fn found(&self) -> String {
        match self {
            Self::Text(words) | Self::Bare(words) => quoted(words),
            Self::Integer(number) => number.to_string(),
            Self::Bool(flag) => flag.to_string(),
            Self::Other(_) => self.kind().to_owned(),
        }
    }

    /// Says what kind of value was found and nothing of its content.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(words) | Self::Bare(words) if words.trim().is_empty() => "nothing",
            Self::Text(_) | Self::Bare(_) => "text",
            Self::Integer(_) => "an integer",
            Self::Bool(_) => "a boolean",
            Self::Other(name) => name,
        }
    }
}

/// Quotes `words` for a message, cut to a length that a terminal line bears.
pub(super) fn quoted(words: &str) -> String {
    const LONGEST: usize = 60;

    if words.chars().count() > LONGEST {
        let head: String = words.chars().take(LONGEST).collect();
        return format!("{head:?}...");
    }
    format!("{words:?}")
}

/// Why a value was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bad {
    /// What was there; for secrets only its kind.
    pub(super) found: String,
    /// What to write instead, where that is known.
    pub(super) mend: Option<String>,
}

impl Bad {
    /// Refuses `raw` and shows it.
    pub(super) fn shown(raw: &Raw) -> Self {
        Self {
            found: raw.found(),
            mend: None,
        }
    }

    /// Refuses a value that must not be repeated.
    pub(super) fn hidden(found: impl Into<String>) -> Self {
        Self {
            found: found.into(),
            mend: None,
        }
    }

    /// Adds the mend.
    pub(super) fn mend(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }
}

/// A kind of value.
pub(super) trait Codec {
    /// The value in Rust.
    type Value: Clone;

    /// Says what a good value looks like.
    fn expected(&self) -> String;

    /// Reads a value.
    fn read(&self, raw: &Raw) -> Result<Self::Value, Bad>;

    /// Prints a value as TOML; a secret as `"***"`.
    fn print(&self, value: &Self::Value) -> String;
}

/// `true` or `false`.
pub(super) struct Flag;

impl Codec for Flag {
    type Value = bool;

    fn expected(&self) -> String {
        "true or false".to_owned()
    }

    fn read(&self, raw: &Raw) -> Result<bool, Bad> {
        match raw {
            Raw::Bool(flag) => Ok(*flag),
            Raw::Bare(words) => match words.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Ok(true),
                "false" | "0" | "no" | "off" => Ok(false),
                _ => Err(Bad::shown(raw)),
            },
            Raw::Text(words) if matches!(words.as_str(), "true" | "false") => {
                Err(Bad::shown(raw).mend(format!("write {words} without quotes")))
            }
            Raw::Text(_) | Raw::Integer(_) | Raw::Other(_) => Err(Bad::shown(raw)),
        }
    }

    fn print(&self, value: &bool) -> String {
        value.to_string()
    }
}

/// A whole number within bounds.
pub(super) struct Count<N>(pub(super) RangeInclusive<N>);

impl<N> Codec for Count<N>
where
    N: Copy + Display + FromStr + PartialOrd + TryFrom<i64>,
{
    type Value = N;

    fn expected(&self) -> String {
        format!("a whole number from {} to {}", self.0.start(), self.0.end())
    }

    fn read(&self, raw: &Raw) -> Result<N, Bad> {
        let number = match raw {
            Raw::Integer(number) => N::try_from(*number).ok(),
            Raw::Bare(words) => words.trim().parse().ok(),
            Raw::Text(words) if words.parse::<N>().is_ok() => {
                return Err(Bad::shown(raw).mend(format!("write {words} without quotes")));
            }
            Raw::Text(_) | Raw::Bool(_) | Raw::Other(_) => None,
        };
        number
            .filter(|number| self.0.contains(number))
            .ok_or_else(|| Bad::shown(raw))
    }

    fn print(&self, value: &N) -> String {
        value.to_string()
    }
}

/// An address to listen on: an IP and a port.
pub(super) struct Address;

impl Codec for Address {
    type Value = SocketAddr;

    fn expected(&self) -> String {
        "an IP address and a port, such as \"127.0.0.1:50051\"".to_owned()
    }

    fn read(&self, raw: &Raw) -> Result<SocketAddr, Bad> {
        let Some(words) = raw.words() else {
            return Err(Bad::shown(raw));
        };
        words.parse().map_err(|_| {
            let bad = Bad::shown(raw);
            match words.rsplit_once(':') {
                Some(("", port)) => bad.mend(format!("write \"127.0.0.1:{port}\" or \"0.0.0.0:{port}\"")),
                Some(("localhost", port)) => bad.mend(format!("write \"127.0.0.1:{port}\"")),
                Some(_) | None => bad,
            }
        })
    }

    fn print(&self, value: &SocketAddr) -> String {
        format!("\"{value}\"")
    }
}

/// One of a closed set of words.
pub(super) struct Choice<T: 'static>(pub(super) &'static [(&'static str, T)]);

impl<T: Copy + PartialEq> Choice<T> {
    /// Returns the word for `value`.
    pub(super) fn name(&self, value: T) -> &'static str {
        self.0
            .iter()
            .find(|(_, one)| *one == value)
            .map_or("", |(name, _)| name)
    }

    /// Returns the value of `word`, in any case.
    pub(super) fn find(&self, word: &str) -> Option<T> {
        self.0
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(word))
            .map(|(_, value)| *value)
    }

    /// Lists the words for a message.
    pub(super) fn listed(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        names.join(", ")
    }
}

impl<T: Copy + PartialEq> Codec for Choice<T> {
    type Value = T;

    fn expected(&self) -> String {
        format!("one of {}", self.listed())
    }

    fn read(&self, raw: &Raw) -> Result<T, Bad> {
        let words = raw.words().ok_or_else(|| Bad::shown(raw))?;
        self.find(words).ok_or_else(|| {
            let names = self.0.iter().map(|(name, _)| *name);
            match super::suggest::nearest(words, names) {
                Some(name) => Bad::shown(raw).mend(format!("did you mean \"{name}\"?")),
                None => Bad::shown(raw),
            }
        })
    }

    fn print(&self, value: &T) -> String {
        format!("\"{}\"", self.name(*value))
    }
}

/// A path of a file; a relative one starts at the working directory.
pub(super) struct FilePath;

impl Codec for FilePath {
    type Value = PathBuf;

    fn expected(&self) -> String {
        "the path of a file".to_owned()
    }

    fn read(&self, raw: &Raw) -> Result<PathBuf, Bad> {
        match raw.words() {
            Some(words) if !words.is_empty() => Ok(PathBuf::from(words)),
            Some(_) | None => Err(Bad::shown(raw)),
        }
    }

    fn print(&self, value: &PathBuf) -> String {
        toml_string(&value.to_string_lossy())
    }
}

/// A secret that travels in an HTTP header: visible ASCII, never repeated in a message.
pub(super) struct Secret;

impl Codec for Secret {
    type Value = SecretString;

    fn expected(&self) -> String {
        "a secret of visible ASCII characters".to_owned()
    }

    fn read(&self, raw: &Raw) -> Result<SecretString, Bad> {
        let words = raw.words().ok_or_else(|| Bad::hidden(raw.kind()))?;
        if words.is_empty() {
            return Err(Bad::hidden("nothing"));
        }
        if !words.chars().all(|c| c.is_ascii_graphic() || c == ' ') {
            return Err(Bad::hidden("a character that no header can carry"));
        }
        Ok(SecretString::from(words))
    }

    fn print(&self, _: &SecretString) -> String {
        "\"***\"".to_owned()
    }
}

/// Prints a TOML string.
pub(super) fn toml_string(words: &str) -> String {
    toml::Value::String(words.to_owned()).to_string()
}
