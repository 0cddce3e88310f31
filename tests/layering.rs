//! The layer rule and the walls around what is dangerous, read off the source text.
//!
//! A module names only those the table lists for it: lower never imports higher. What stands in a file's
//! `#[cfg(test)]` module, which is its last item, and in `tests` files is free.

use std::fs;
use std::path::{Path, PathBuf};

/// A module, and what it may name besides itself.
type Row = (&'static str, &'static [&'static str]);

const LAYERS: &[Row] = &[
    ("domain", &[]),
    ("wire", &["domain"]),
    ("resilience", &["domain"]),
    ("config", &["domain"]),
    ("store", &["domain"]),
    ("sandbox", &[]),
    ("providers", &["domain", "wire", "resilience"]),
    ("upstream", &["domain", "wire", "providers"]),
    (
        "registry",
        &[
            "domain",
            "wire",
            "providers",
            "upstream",
            "store",
            "telemetry",
            "vault",
        ],
    ),
    (
        "engine",
        &[
            "domain",
            "wire",
            "providers",
            "resilience",
            "upstream",
            "vault",
            "registry",
            "telemetry",
        ],
    ),
    ("tenancy", &["domain", "store"]),
    ("vault", &["domain", "store"]),
    (
        "rpc",
        &[
            "domain",
            "engine",
            "providers",
            "registry",
            "store",
            "telemetry",
            "tenancy",
            "vault",
        ],
    ),
    ("telemetry", &["domain", "config"]),
    ("http", &["domain", "engine", "store", "telemetry"]),
    (
        "cli",
        &[
            "domain::time",
            "domain::usage",
            "config",
            "providers",
            "store",
            "telemetry",
            "sandbox",
            "app",
            "rpc::pb",
        ],
    ),
    (
        "app",
        &[
            "domain",
            "wire",
            "resilience",
            "config",
            "providers",
            "upstream",
            "registry",
            "engine",
            "http",
            "rpc",
            "sandbox",
            "store",
            "tenancy",
            "telemetry",
            "vault",
        ],
    ),
];

/// Provider ids, which only the provider's own folder may spell.
const PROVIDERS: [&str; 7] = [
    "openai",
    "anthropic",
    "gemini",
    "ollama",
    "openrouter",
    "deepseek",
    "xai",
];

/// Files where a provider's id is another thing: a word that people put in place of a key.
const NOT_AN_ID: [&str; 1] = ["domain/placeholder.rs"];

const STATUS_CONSTRUCTORS: [&str; 23] = [
    "new",
    "ok",
    "cancelled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal",
    "unavailable",
    "data_loss",
    "unauthenticated",
    "from_error",
    "with_details",
    "with_metadata",
    "with_error_details",
    "with_error_details_and_metadata",
];

#[test]
fn lower_layers_never_name_higher_ones() {
    let mut breaches = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == source.module) else {
            if !["lib", "main"].contains(&source.module.as_str()) {
                breaches.push(format!(
                    "{}: module {} is not in the table of layers",
                    source.path, source.module
                ));
            }
            continue;
        };
        for (line, path) in crate_paths(&source.text) {
            let is_allowed = |entry: &str| path == entry || path.starts_with(&format!("{entry}::"));
            let target = path.split("::").next().unwrap_or_default();
            if target != source.module && !allowed.iter().any(|entry| is_allowed(entry)) {
                breaches.push(format!(
                    "{}:{line}: {} may not use {target}",
                    source.path, source.module
                ));
            }
        }
    }
    assert_none(&breaches);
}

#[test]
fn codecs_and_state_machines_neither_wait_nor_look_around() {
    let forbidden = [
        "async fn",
        "async move",
        ".await",
        "tokio::",
        "std::net",
        "std::env",
        "std::fs",
        "Instant::now",
        "SystemTime::now",
    ];
    assert_none(&uses(&forbidden, |source| {
        ["wire", "resilience"].contains(&source.module.as_str())
    }));
}

#[test]
fn a_provider_is_named_only_in_its_own_folder() {
    for provider in PROVIDERS {
        let literal = format!("\"{provider}\"");
        let own = format!("providers/{provider}/");
        assert_none(&uses(&[&literal], |source| {
            source.module != "sandbox"
                && !source.path.starts_with(&own)
                && !NOT_AN_ID.contains(&source.path.as_str())
        }));
    }
}

#[test]
fn the_contract_as_generated_code_stays_at_the_edge() {
    let is_edge = |source: &Source| ["rpc", "cli"].contains(&source.module.as_str());
    assert_none(&uses(&["pb::", "prost::"], |source| !is_edge(source)));
}

#[test]
fn a_status_is_made_in_one_place() {
    let calls: Vec<_> = STATUS_CONSTRUCTORS
        .iter()
        .map(|name| format!("Status::{name}("))
        .collect();
    let calls: Vec<_> = calls.iter().map(String::as_str).collect();
    assert_none(&uses(&calls, |source| source.path != "rpc/status.rs"));
}

#[test]
fn the_http_client_has_one_home() {
    assert_none(&uses(&["reqwest::"], |source| source.module != "upstream"));
}

#[test]
fn the_database_has_one_home() {
    assert_none(&uses(&["sqlx::"], |source| source.module != "store"));
}

#[test]
fn the_scan_sees_what_it_should() {
    let text = plain(
        "use crate::rpc::pb;\n// crate::engine\nuse crate::{\n    app,\n    wire::{pump::Pump, draft},\n};\n\
         fn f() { crate::cli::run() }\n#[cfg(test)]\nmod tests {\n    use crate::sandbox;\n}\n",
    );

    let paths: Vec<_> = crate_paths(&text);
    let paths: Vec<_> = paths.iter().map(|(line, path)| (*line, path.as_str())).collect();
    assert_eq!(paths, [(1, "rpc::pb"), (4, "app"), (5, "wire"), (7, "cli::run")]);
    assert!(has_word("a Status::new(x)", "Status::new("));
    assert!(!has_word("ExitStatus::new(x)", "Status::new("));
}

/// A file of `src`, its path below it and its text without comments and tests.
struct Source {
    module: String,
    path: String,
    text: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    assert!(!files.is_empty(), "no sources below {}", root.display());
    files
        .iter()
        .filter_map(|file| {
            let path = file.strip_prefix(&root).ok()?.to_str()?.replace('\\', "/");
            let is_test = path.split('/').any(|name| name == "tests" || name == "tests.rs");
            let module = path.split(['/', '.']).next()?.to_owned();
            let text = plain(&fs::read_to_string(file).ok()?);
            (!is_test).then_some(Source { module, path, text })
        })
        .collect()
}

fn walk(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The text with comment lines emptied and the tests at its end cut off; lines keep their numbers.
fn plain(text: &str) -> String {
    let end = ["\n#[cfg(test)]\nmod tests {", "\n#[cfg(test)]\nmod tests;"]
        .iter()
        .find_map(|start| text.find(start))
        .unwrap_or(text.len());
    let lines = text[..end].lines().map(|line| {
        let is_comment = line.trim_start().starts_with("//");
        if is_comment { "" } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Every path that begins at `crate::`, with its line; of a group the first name of each branch.
fn crate_paths(text: &str) -> Vec<(usize, String)> {
    let mut paths = Vec::new();
    for (at, word) in text.match_indices("crate::") {
        let start = at + word.len();
        let rest = &text[start..];
        match rest.strip_prefix('{') {
            Some(group) => {
                let branches = branches(group).into_iter();
                paths.extend(branches.map(|(offset, name)| (line_of(text, start + 1 + offset), name)));
            }
            None => paths.push((line_of(text, at), path_at(rest, |c| c == ':'))),
        }
    }
    paths
}

/// The first names of a group's branches, with their places; `group` begins behind its brace.
fn branches(group: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut depth = 0;
    let mut expects_name = true;
    for (offset, c) in group.char_indices() {
        match c {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => expects_name = true,
            _ if expects_name && (c.is_ascii_alphabetic() || c == '_') => {
                found.push((offset, path_at(&group[offset..], |_| false)));
                expects_name = false;
            }
            _ => {}
        }
    }
    found
}

fn path_at(text: &str, joins: impl Fn(char) -> bool) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || joins(c);
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text[..end].trim_end_matches(':').to_owned()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Where one of `words` stands in the sources that `applies` picks.
fn uses(words: &[&str], applies: impl Fn(&Source) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| applies(source)) {
        for (index, line) in source.text.lines().enumerate() {
            for word in words.iter().filter(|word| has_word(line, word)) {
                found.push(format!(
                    "{}:{}: {} may not use {word}",
                    source.path,
                    index + 1,
                    source.module
                ));
            }
        }
    }
    found
}

/// Whether `word` stands in `line` and is not the end of a longer name.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

fn assert_none(breaches: &[String]) {
    assert!(breaches.is_empty(), "\n{}\n", breaches.join("\n"));
}
