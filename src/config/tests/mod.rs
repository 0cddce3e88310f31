//! Tests of loading through fake variables and files, by theme.

mod example;
mod layers;
mod mistakes;
mod providers;
mod secrets;
mod vault;

use super::source::FakeSource;
use super::{BuiltinProvider, Config, ConfigError, Loaded, Overrides};

/// Built-in providers of the tests: with one key variable, with an alias, and with a host instead of a key.
const BUILTIN: [BuiltinProvider<'static>; 3] = [
    BuiltinProvider {
        id: "openai",
        key_env: &["OPENAI_API_KEY"],
        base_url_env: &["OPENAI_BASE_URL"],
    },
    BuiltinProvider {
        id: "gemini",
        key_env: &["GEMINI_API_KEY", "GOOGLE_API_KEY"],
        base_url_env: &["GEMINI_BASE_URL"],
    },
    BuiltinProvider {
        id: "ollama",
        key_env: &[],
        base_url_env: &["OLLAMA_BASE_URL", "OLLAMA_HOST"],
    },
];

fn load(source: &FakeSource) -> Result<Loaded, Vec<ConfigError>> {
    Config::load(source, &Overrides::default(), &BUILTIN)
}

/// Loads what must be good.
fn loaded(source: &FakeSource) -> Loaded {
    match load(source) {
        Ok(loaded) => loaded,
        Err(errors) => panic!("{}", lines(&errors).join("\n")),
    }
}

/// Loads what must be bad, and returns the messages.
fn refused(source: &FakeSource) -> Vec<String> {
    lines(&load(source).unwrap_err())
}

fn lines(errors: &[ConfigError]) -> Vec<String> {
    errors.iter().map(ToString::to_string).collect()
}

/// A source with a file `crux.toml`.
fn file(text: &str) -> FakeSource {
    FakeSource::default().file("crux.toml", text)
}

/// Everything a configuration says, without where it comes from.
fn content(config: &Config) -> String {
    let mut config = config.clone();
    config.origins.clear();
    format!("{config:#?}\n{}", config.render())
}
