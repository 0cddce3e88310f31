//! Owns `[log]`: how much crux writes to standard output and in which form.

use std::str::FromStr;

use super::keys::Keys;
use super::value::Choice;

/// The log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Log {
    /// Least urgent lines that are written: `error`, `warn`, `info`, `debug` or `trace`. The variable `LOG_LEVEL`
    /// wins over the file and over `CRUX_LOG__LEVEL`. Default `info`.
    pub level: Level,
    /// Form of a line: `json` for machines, `text` for people. Default `json`.
    pub format: Format,
}

/// How urgent a line must be to be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// A person should look.
    Error,
    /// Degraded but served.
    Warn,
    /// One line per call at its end.
    #[default]
    Info,
    /// For those who work on crux.
    Debug,
    /// Everything.
    Trace,
}

/// The form of a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// One JSON object per line.
    #[default]
    Json,
    /// Words for a terminal.
    Text,
}

const LEVELS: Choice<Level> = Choice(&[
    ("error", Level::Error),
    ("warn", Level::Warn),
    ("info", Level::Info),
    ("debug", Level::Debug),
    ("trace", Level::Trace),
]);

const FORMATS: Choice<Format> = Choice(&[("json", Format::Json), ("text", Format::Text)]);

impl Log {
    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.value("level", &mut self.level, &LEVELS);
        keys.value("format", &mut self.format, &FORMATS);
    }
}

impl Level {
    /// Returns the level's name, as the configuration spells it.
    pub fn name(self) -> &'static str {
        LEVELS.name(self)
    }
}

impl Format {
    /// Returns the format's name, as the configuration spells it.
    pub fn name(self) -> &'static str {
        FORMATS.name(self)
    }
}

/// A word that is none of a closed set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?}, expected one of {expected}")]
pub struct UnknownWord {
    found: String,
    expected: String,
}

impl FromStr for Level {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        LEVELS.find(word).ok_or_else(|| UnknownWord {
            found: word.to_owned(),
            expected: LEVELS.listed(),
        })
    }
}

impl FromStr for Format {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        FORMATS.find(word).ok_or_else(|| UnknownWord {
            found: word.to_owned(),
            expected: FORMATS.listed(),
        })
    }
}
