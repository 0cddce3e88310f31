//! Owns what can be wrong with a configuration and how that is said. No message here ever repeats a secret.

use std::fmt;

/// Where a value comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody gave it.
    #[default]
    Default,
    /// A built-in provider's own variable, which every layer of crux's own configuration overrides.
    Vendor(String),
    /// A place in a file, lines and columns counted from one.
    File {
        /// The file, as it was named.
        path: String,
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
    },
    /// An environment variable.
    Env(String),
    /// A flag of the command line.
    Flag(&'static str),
}

impl Origin {
    /// Returns the layer's place in the order of precedence.
    pub(super) fn rank(&self) -> u8 {
        match self {
            Self::Default => 0,
            Self::Vendor(_) => 1,
            Self::File { .. } => 2,
            Self::Env(_) => 3,
            Self::Flag(_) => 4,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line, column } => write!(f, "{path}:{line}:{column}"),
            Self::Vendor(name) | Self::Env(name) => write!(f, "env {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// One thing that is wrong, where, and what mends it. Printed as `<where>: <key>: <problem>; <mend>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// Where it was found; [`Origin::Default`] where nothing was given.
    pub origin: Origin,
    /// The key, dotted, such as `server.listen`; empty where the trouble is with a whole file or variable.
    pub key: String,
    /// What is wrong.
    pub problem: Problem,
    /// What to do about it, where that is known.
    pub mend: Option<String>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.origin != Origin::Default {
            write!(f, "{}: ", self.origin)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.problem)?;
        match &self.mend {
            Some(mend) => write!(f, "; {mend}"),
            None => Ok(()),
        }
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// A file could not be read.
    #[error("cannot read {path}: {cause}")]
    Unreadable {
        /// The file.
        path: String,
        /// What the system said.
        cause: String,
    },
    /// A file is not TOML, or not in the form of a `.env`.
    #[error("syntax error: {0}")]
    Syntax(String),
    /// No key of that name exists.
    #[error("unknown key")]
    UnknownKey,
    /// No variable of that name is read.
    #[error("unknown variable")]
    UnknownVariable,
    /// The value is not one this key takes.
    #[error("found {found}, expected {expected}")]
    BadValue {
        /// What was found; never a secret.
        found: String,
        /// What was expected.
        expected: String,
    },
    /// A value that other values call for was not given.
    #[error("missing, expected {expected}")]
    Missing {
        /// What was expected.
        expected: String,
    },
    /// Values that are good each by itself do not go together.
    #[error("{0}")]
    Conflict(String),
}

/// Something odd that does not stop the server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// Where it was found.
    pub origin: Origin,
    /// What is odd, and what to do about it; never a secret.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.origin == Origin::Default {
            return f.write_str(&self.message);
        }
        write!(f, "{}: {}", self.origin, self.message)
    }
}
