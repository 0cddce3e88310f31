//! Owns the outside world of the configuration: variables and files. The only place that reads the process's
//! environment; it never changes it.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use super::error::{ConfigError, Origin, Problem};

/// Where variables and files come from; a map in tests.
pub trait Source {
    /// Returns a variable's value; one that is not UTF-8 counts as unset.
    fn env(&self, name: &str) -> Option<String>;

    /// Returns every variable.
    fn env_iter(&self) -> Vec<(String, String)>;

    /// Reads a whole text file; a relative path starts at the working directory.
    ///
    /// # Errors
    /// What the system says, and `InvalidData` for a file that is not UTF-8 or too large.
    fn read(&self, path: &Path) -> io::Result<String>;
}

/// Largest file that is read: certificate bundles stay far below.
const MAX_FILE_BYTES: u64 = 4 << 20;

/// The file of the working directory that adds variables.
const DOTENV: &str = ".env";

/// The environment and files of this process.
pub struct ProcessSource {
    variables: BTreeMap<String, String>,
}

impl ProcessSource {
    /// Takes the environment as it stands, and adds the variables of `.env` that it lacks.
    ///
    /// # Errors
    /// [`Problem::Unreadable`] and [`Problem::Syntax`], each about an existing `.env`.
    pub fn new() -> Result<Self, Vec<ConfigError>> {
        let process = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();

        match read_text(Path::new(DOTENV)) {
            Ok(text) => Self::layered(process, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self { variables: process }),
            Err(error) => Err(vec![ConfigError {
                origin: Origin::Default,
                key: String::new(),
                problem: Problem::Unreadable {
                    path: DOTENV.to_owned(),
                    cause: error.to_string(),
                },
                mend: None,
            }]),
        }
    }

    /// Adds to `variables` those of `dotenv` that they lack, the text of a `.env`.
    fn layered(mut variables: BTreeMap<String, String>, dotenv: &str) -> Result<Self, Vec<ConfigError>> {
        let mut errors = Vec::new();
        for entry in dotenvy::from_read_iter(dotenv.as_bytes()) {
            match entry {
                Ok((name, value)) => {
                    variables.entry(name).or_insert(value);
                }
                // The library's message repeats the line, which may hold a key.
                Err(error) => errors.push(ConfigError {
                    origin: dotenv_line(dotenv, &error),
                    key: String::new(),
                    problem: Problem::Syntax("expected lines of the form NAME=value".to_owned()),
                    mend: Some("put single quotes around a value that holds spaces, quotes or $".to_owned()),
                }),
            }
        }
        if errors.is_empty() {
            Ok(Self { variables })
        } else {
            Err(errors)
        }
    }
}

impl fmt::Debug for ProcessSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProcessSource")
            .field("variables", &self.variables.len())
            .finish()
    }
}

impl Source for ProcessSource {
    fn env(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn env_iter(&self) -> Vec<(String, String)> {
        self.variables
            .iter()
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        read_text(path)
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?
        .take(MAX_FILE_BYTES + 1)
        .read_to_string(&mut text)?;
    if u64::try_from(read).is_ok_and(|read| read <= MAX_FILE_BYTES) {
        Ok(text)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidData, "larger than 4 MiB"))
    }
}

/// Returns the place of the line that `error` is about.
fn dotenv_line(text: &str, error: &dotenvy::Error) -> Origin {
    let mut line = 0;
    if let dotenvy::Error::LineParse(broken, _) = error {
        let broken = broken.lines().next().unwrap_or_default().trim();
        line = text
            .lines()
            .position(|line| line.contains(broken))
            .unwrap_or_default();
    }
    Origin::File {
        path: DOTENV.to_owned(),
        line: line + 1,
        column: 1,
    }
}

/// Variables and files of a test.
#[cfg(test)]
#[derive(Default)]
pub(super) struct FakeSource {
    pub(super) variables: BTreeMap<String, String>,
    pub(super) files: BTreeMap<std::path::PathBuf, String>,
}

#[cfg(test)]
impl FakeSource {
    /// Sets a variable.
    pub(super) fn set(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Writes a file.
    pub(super) fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.into(), text.to_owned());
        self
    }
}

#[cfg(test)]
impl Source for FakeSource {
    fn env(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn env_iter(&self) -> Vec<(String, String)> {
        self.variables.clone().into_iter().collect()
    }

    fn read(&self, path: &Path) -> io::Result<String> {
        self.files
            .get(path)
            .cloned()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(name: &str, value: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn a_dotenv_adds_variables_and_overrides_none() {
        let source =
            ProcessSource::layered(process("A", "real"), "A=dotenv\n# note\nexport B='two words'\n").unwrap();

        assert_eq!(source.env("A").as_deref(), Some("real"));
        assert_eq!(source.env("B").as_deref(), Some("two words"));
    }

    #[test]
    fn a_broken_dotenv_is_an_error_that_repeats_none_of_it() {
        let text = "A=1\nKEY=canary-value canary-rest\nB=2\n'canary'\n";

        let errors = ProcessSource::layered(BTreeMap::new(), text).unwrap_err();

        let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 2);
        assert!(shown[0].starts_with(".env:2:1: syntax error"), "{shown:?}");
        assert!(shown[1].starts_with(".env:4:1: syntax error"), "{shown:?}");
        assert!(!format!("{shown:?} {errors:?}").contains("canary"), "{shown:?}");
    }

    #[test]
    fn debug_of_a_source_shows_no_value() {
        let source = ProcessSource::layered(process("KEY", "canary"), "").unwrap();

        assert!(!format!("{source:?}").contains("canary"));
    }
}
