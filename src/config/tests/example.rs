//! `deploy/crux.example.toml` against the code.

use super::super::schema::{Schema, Segment};
use super::super::source::FakeSource;
use super::{content, file, loaded};

const EXAMPLE: &str = include_str!("../../../deploy/crux.example.toml");

#[test]
fn the_example_changes_nothing() {
    let by_example = loaded(&file(EXAMPLE));

    assert_eq!(
        content(&by_example.config),
        content(&loaded(&FakeSource::default()).config)
    );
}

#[test]
fn the_example_names_the_defaults() {
    let uncommented: String = EXAMPLE
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.is_empty() && !setting.starts_with(' ') => format!("{setting}\n"),
            Some(_) | None => "\n".to_owned(),
        })
        .collect();

    let by_example = loaded(&file(&uncommented));

    assert!(uncommented.contains("listen = "), "nothing was uncommented");
    assert_eq!(
        content(&by_example.config),
        content(&loaded(&FakeSource::default()).config)
    );
}

#[test]
fn the_example_with_every_line_uncommented_is_good_but_for_its_files() {
    let settings = |line: &str| line.contains(" = ") || line.starts_with('[');
    // What is given in another way beside.
    let others = ["api_key =", "bearer_token =", "url = \"postgres"];
    let uncommented = EXAMPLE
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .filter(|line| settings(line) && !others.iter().any(|other| line.starts_with(other)))
        .collect::<Vec<_>>()
        .join("\n");
    let source = file(&uncommented)
        .file("server.pem", "-----BEGIN CERTIFICATE-----")
        .file("server.key", "-----BEGIN PRIVATE KEY-----")
        .file("clients.pem", "-----BEGIN CERTIFICATE-----")
        .file("/run/secrets/crux-token", "a-token");

    let config = loaded(&source).config;

    assert!(config.providers.contains_key("my-vllm"));
}

#[test]
fn the_example_names_every_key() {
    for key in Schema::new().keys() {
        let name = key.iter().rev().find_map(Segment::fixed).unwrap_or_default();
        let named = EXAMPLE.contains(&format!("#{name} = "))
            || EXAMPLE.contains(&format!("# {name} = "))
            || EXAMPLE.contains(&format!(".{name}]"));

        assert!(named, "{key:?}");
    }
}
