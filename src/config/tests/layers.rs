//! Which layer wins, and that every key can be set in each.

use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use secrecy::ExposeSecret;

use super::super::env::name_of;
use super::super::schema::Schema;
use super::super::source::FakeSource;
use super::super::{Config, Level, Overrides};
use super::{BUILTIN, content, file, lines, loaded, refused};

/// Every key with two good values, as TOML writes them. The test below fails when one is missing.
const VALUES: [(&str, [&str; 2]); 76] = [
    ("server.listen", ["\"127.0.0.1:1\"", "\"[::1]:2\""]),
    ("server.max_request_bytes", ["\"1MiB\"", "65536"]),
    ("server.max_connection_age", ["\"1h\"", "\"1d2h3m4s\""]),
    ("server.max_connection_age_grace", ["\"1s\"", "\"90s\""]),
    ("server.keepalive_interval", ["\"1s\"", "\"1m30s\""]),
    ("server.keepalive_timeout", ["\"1s\"", "\"250ms\""]),
    ("server.max_concurrent_streams", ["1", "100000"]),
    ("server.drain_grace", ["\"0s\"", "\"1m\""]),
    ("server.reflection", ["false", "true"]),
    ("admin.enabled", ["false", "true"]),
    ("admin.listen", ["\"127.0.0.1:18091\"", "\"0.0.0.0:1\""]),
    ("web.enabled", ["true", "false"]),
    ("web.allowed_origins", ["\"https://a.example\"", "\"*\""]),
    ("web.max_age", ["\"0s\"", "\"1d\""]),
    ("auth.bearer_token", ["\"token-one\"", "\"token-two\""]),
    ("auth.bearer_token_file", ["\"token.txt\"", "\"other.txt\""]),
    ("auth.failures_per_minute", ["1", "1000000"]),
    (
        "auth.certificates.\"Search.example.org\".tenant",
        ["\"search\"", "\"ads\""],
    ),
    (
        "auth.certificates.\"Search.example.org\".scopes",
        ["\"chat\"", "\"keys tokens\""],
    ),
    ("store.path", ["\"one.db\"", "\"two.db\""]),
    ("store.url", ["\"postgres://one/db\"", "\"postgresql://two/db\""]),
    ("store.outage_grace", ["\"0s\"", "\"2h\""]),
    ("store.backup_interval", ["\"1h\"", "\"1d\""]),
    ("store.backup_keep", ["1", "10000"]),
    ("store.backup_directory", ["\"backups\"", "\"elsewhere\""]),
    ("tls.cert", ["\"cert.pem\"", "\"both.pem\""]),
    ("tls.key", ["\"key.pem\"", "\"both.pem\""]),
    ("tls.client_ca", ["\"cert.pem\"", "\"both.pem\""]),
    ("limits.max_concurrent_calls", ["1", "5000"]),
    ("limits.max_queued_calls", ["0", "5000"]),
    ("limits.max_frame_bytes", ["\"64KiB\"", "\"1MB\""]),
    ("limits.max_response_bytes", ["\"1GiB\"", "67108865"]),
    ("timeouts.connect", ["\"1s\"", "\"2s\""]),
    ("timeouts.first_token", ["\"1s\"", "\"2m\""]),
    ("timeouts.idle", ["\"1s\"", "\"2m\""]),
    ("timeouts.generation", ["\"1h\"", "\"24h\""]),
    ("retry.max_attempts", ["1", "10"]),
    ("retry.backoff_initial", ["\"1ms\"", "\"10s\""]),
    ("retry.backoff_max", ["\"1s\"", "\"1m\""]),
    ("registry.background", ["false", "true"]),
    ("registry.interval", ["\"2h\"", "\"24h\""]),
    ("registry.jitter", ["\"0s\"", "\"1m\""]),
    ("registry.ttl", ["\"1s\"", "\"10m\""]),
    ("registry.catalog_file", ["\"catalog.toml\"", "\"other.toml\""]),
    ("log.level", ["\"debug\"", "\"error\""]),
    ("log.format", ["\"text\"", "\"json\""]),
    ("sandbox.enabled", ["true", "false"]),
    ("sandbox.listen", ["\"127.0.0.1:18089\"", "\"0.0.0.0:1\""]),
    ("providers.openai.enabled", ["false", "true"]),
    (
        "providers.openai.dialect",
        ["\"openai_chat\"", "\"openai_responses\""],
    ),
    (
        "providers.openai.base_url",
        ["\"http://box:8000/v1\"", "\"https://box/\""],
    ),
    ("providers.openai.auth", ["\"none\"", "\"x-api-key\""]),
    ("providers.openai.api_key", ["\"key-one\"", "\"key-two\""]),
    ("providers.openai.api_key_env", ["\"KEY_ONE\"", "\"KEY_TWO\""]),
    ("providers.openai.headers.x-team", ["\"one\"", "\"two words\""]),
    ("providers.openai.timeouts.connect", ["\"1s\"", "\"2s\""]),
    ("providers.openai.timeouts.first_token", ["\"1s\"", "\"2m\""]),
    ("providers.openai.timeouts.idle", ["\"1s\"", "\"2m\""]),
    ("providers.openai.timeouts.generation", ["\"1h\"", "\"24h\""]),
    ("providers.openai.retry.max_attempts", ["1", "10"]),
    ("providers.openai.retry.backoff_initial", ["\"1ms\"", "\"1s\""]),
    ("providers.openai.retry.backoff_max", ["\"10s\"", "\"1m\""]),
    (
        "providers.openai.models.\"org/Model.v1\".dialect",
        ["\"openai_chat\"", "\"ollama_chat\""],
    ),
    (
        "providers.my-vllm.dialect",
        ["\"openai_chat\"", "\"anthropic_messages\""],
    ),
    (
        "providers.my-vllm.base_url",
        ["\"http://vllm/v1\"", "\"http://other/v1\""],
    ),
    ("providers.my-vllm.api_key", ["\"key-one\"", "\"key-two\""]),
    ("providers.my-vllm.headers.x-team", ["\"one\"", "\"two\""]),
    ("vault.kek", ["\"bao\"", "\"f\""]),
    (
        "vault.key_order",
        ["\"shared,tenant,config\"", "\"config,tenant,shared\""],
    ),
    ("vault.retry_rejected_after", ["\"1s\"", "\"1h\""]),
    ("vault.keks.f.file", ["\"one.kek\"", "\"two.kek\""]),
    ("vault.keks.k.key", ["\"kek-one\"", "\"kek-two\""]),
    ("vault.keks.bao.url", ["\"http://bao\"", "\"http://other\""]),
    ("vault.keks.bao.mount", ["\"one\"", "\"two/three\""]),
    ("vault.keks.bao.transit_key", ["\"one\"", "\"two\""]),
    ("vault.keks.bao.token", ["\"token-one\"", "\"token-two\""]),
];

/// A source with the files and variables that values name.
fn world(text: &str) -> FakeSource {
    let cert = "-----BEGIN CERTIFICATE-----\n";
    let key = "-----BEGIN EC PRIVATE KEY-----\n";
    FakeSource::default()
        .file("crux.toml", text)
        .file("cert.pem", cert)
        .file("key.pem", key)
        .file("both.pem", &format!("{cert}{key}"))
        .file("token.txt", "from-a-file\n")
        .file("other.txt", "from-another-file\n")
        .set("KEY_ONE", "one")
        .set("KEY_TWO", "two")
}

/// What keys need beside them to be good, and the names of a model and a certificate that no variable can spell.
const BESIDE: [(&str, &str); 12] = [
    ("tls.client_ca", "\"cert.pem\""),
    ("auth.certificates.\"Search.example.org\".tenant", "\"beside\""),
    ("vault.kek", "\"bao\""),
    ("vault.keks.f.file", "\"f.kek\""),
    ("vault.keks.bao.url", "\"http://bao\""),
    ("vault.keks.bao.transit_key", "\"crux\""),
    ("vault.keks.bao.token", "\"token\""),
    ("tls.cert", "\"cert.pem\""),
    ("tls.key", "\"key.pem\""),
    ("providers.my-vllm.dialect", "\"openai_chat\""),
    ("providers.my-vllm.base_url", "\"http://vllm/v1\""),
    (
        "providers.openai.models.\"org/Model.v1\".dialect",
        "\"gemini_generate\"",
    ),
];

/// A file with what keys need beside them, and `key` set to `value`.
fn with(key: &str, value: &str) -> String {
    let beside = BESIDE.iter().filter(|(other, _)| *other != key);
    let settings: Vec<_> = beside
        .chain([&(key, value)])
        .map(|(key, value)| format!("{key} = {value}"))
        .collect();
    settings.join("\n")
}

/// A file with what keys need beside them.
fn plain() -> String {
    with("server.reflection", "true")
}

fn segments(key: &str) -> Vec<String> {
    match key
        .split_once('"')
        .and_then(|(before, rest)| Some((before, rest.rsplit_once('"')?)))
    {
        Some((before, (name, after))) => {
            let before = before.trim_end_matches('.').split('.').map(str::to_owned);
            let after = after.trim_start_matches('.').split('.').map(str::to_owned);
            before.chain([name.to_owned()]).chain(after).collect()
        }
        None => key.split('.').map(str::to_owned).collect(),
    }
}

fn variable(key: &str) -> String {
    name_of(&segments(key))
}

/// All a configuration says, secrets included.
fn all(config: &Config) -> String {
    let mut secrets = vec![&config.auth.bearer_token, &config.store.url];
    secrets.extend(config.providers.values().map(|provider| &provider.key));
    secrets.extend(config.vault.keks.values().flat_map(|kek| [&kek.key, &kek.token]));
    let secrets: Vec<_> = secrets
        .iter()
        .map(|secret| secret.as_ref().map(ExposeSecret::expose_secret))
        .collect();
    let headers = config
        .providers
        .values()
        .flat_map(|provider| provider.headers.values());
    let headers: Vec<_> = headers.map(ExposeSecret::expose_secret).collect();
    format!("{}\n{secrets:?}\n{headers:?}", content(config))
}

#[test]
fn the_table_of_values_holds_every_key() {
    let schema = Schema::new();
    let covered: Vec<_> = VALUES.iter().map(|(key, _)| segments(key)).collect();

    for key in schema.keys() {
        let found = covered.iter().any(|path| {
            path.len() == key.len()
                && key
                    .iter()
                    .zip(path)
                    .all(|(s, name)| s.fixed().is_none_or(|s| s == name))
        });
        assert!(found, "{key:?}");
    }
}

#[test]
fn every_key_changes_the_configuration() {
    for (key, values) in VALUES {
        let [one, other] = values.map(|value| all(&loaded(&world(&with(key, value))).config));

        assert_ne!(one, other, "{key}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_key_set_by_a_variable_is_as_if_the_file_set_it(at in 0..VALUES.len(), which in 0..2_usize) {
        let (key, values) = VALUES[at];
        let (strong, weak) = (values[which], values[1 - which]);
        let words = strong.trim_matches('"');

        let by_file = loaded(&world(&with(key, strong)));
        let by_variable = loaded(&world(&plain()).set(&variable(key), words));
        let over_file = loaded(&world(&with(key, weak)).set(&variable(key), words));

        prop_assert_eq!(all(&by_variable.config), all(&by_file.config));
        prop_assert_eq!(all(&over_file.config), all(&by_file.config));
    }
}

#[test]
fn a_variable_spells_a_new_models_name_as_it_stands() {
    let source = FakeSource::default().set("CRUX_PROVIDERS__OPENAI__MODELS__gpt-4o__DIALECT", "openai_chat");

    let models = &loaded(&source).config.providers["openai"].models;

    assert!(models.contains_key("gpt-4o"), "{models:?}");
}

#[test]
fn nothing_given_gives_the_defaults() {
    let loaded = loaded(&FakeSource::default());

    let mut expected = Config::default();
    for builtin in BUILTIN {
        let key_env_names = builtin.key_env.iter().map(|&name| name.to_owned()).collect();
        let provider = super::super::Provider {
            built_in: true,
            key_env_names,
            ..Default::default()
        };
        expected.providers.insert(builtin.id.to_owned(), provider);
    }
    assert_eq!(content(&loaded.config), content(&expected));
    assert_eq!(loaded.warnings, []);
    assert_eq!(loaded.file, None);
}

#[test]
fn flags_win_over_everything() {
    let source = file("server.listen = \"127.0.0.1:1\"\nlog.level = \"warn\"\n")
        .set("CRUX_SERVER__LISTEN", "127.0.0.1:2")
        .set("LOG_LEVEL", "error")
        .set("CRUX_SANDBOX", "false");
    let args = Overrides {
        listen: Some(([127, 0, 0, 1], 3).into()),
        sandbox: true,
        log_level: Some(Level::Trace),
        ..Default::default()
    };

    let config = Config::load(&source, &args, &BUILTIN).unwrap().config;

    assert_eq!(config.server.listen.port(), 3);
    assert!(config.sandbox.enabled);
    assert_eq!(config.log.level, Level::Trace);
}

#[test]
fn log_level_wins_over_its_long_form() {
    let source = FakeSource::default()
        .set("LOG_LEVEL", "WARN")
        .set("CRUX_LOG__LEVEL", "debug");

    assert_eq!(loaded(&source).config.log.level, Level::Warn);
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let source = file("log.level = \"debug\"")
        .set("CRUX_LOG__LEVEL", "")
        .set("LOG_LEVEL", " ");

    assert_eq!(loaded(&source).config.log.level, Level::Debug);
}

#[test]
fn the_file_is_the_flags_else_the_variables_else_the_default_one() {
    let source = FakeSource::default()
        .file("crux.toml", "retry.max_attempts = 1")
        .file("two.toml", "retry.max_attempts = 2")
        .file("three.toml", "retry.max_attempts = 4");
    let by_flag = Overrides {
        config: Some(PathBuf::from("three.toml")),
        ..Default::default()
    };

    let plain = loaded(&source);
    let source = source.set("CRUX_CONFIG", "two.toml");
    let by_variable = loaded(&source);
    let by_flag = Config::load(&source, &by_flag, &BUILTIN).unwrap();

    assert_eq!(plain.config.retry.max_attempts, 1);
    assert_eq!(by_variable.config.retry.max_attempts, 2);
    assert_eq!(by_flag.config.retry.max_attempts, 4);
    assert_eq!(by_flag.file, Some(PathBuf::from("three.toml")));
}

#[test]
fn a_file_that_was_named_must_exist() {
    let args = Overrides {
        config: Some(PathBuf::from("gone.toml")),
        ..Default::default()
    };

    let by_flag = Config::load(&FakeSource::default(), &args, &BUILTIN).unwrap_err();
    let by_variable = refused(&FakeSource::default().set("CRUX_CONFIG", "gone.toml"));

    assert_eq!(
        lines(&by_flag),
        ["flag --config: cannot read gone.toml: entity not found; name a file that can be read, or none"]
    );
    assert_eq!(
        by_variable,
        ["env CRUX_CONFIG: cannot read gone.toml: entity not found; name a file that can be read, or none"]
    );
}

#[test]
fn variables_of_a_service_called_crux_are_left_alone() {
    let source = FakeSource::default()
        .set("CRUX_PORT", "tcp://10.0.0.1:50051")
        .set("CRUX_SERVICE_HOST", "10.0.0.1")
        .set("CRUX_PORT_50051_TCP_PROTO", "tcp");

    assert_eq!(loaded(&source).warnings, []);
}

#[test]
fn a_variable_with_one_underscore_is_warned_about() {
    let source = FakeSource::default().set("CRUX_SERVER_LISTEN", "0.0.0.0:1");

    let warnings: Vec<_> = loaded(&source).warnings.iter().map(ToString::to_string).collect();

    assert_eq!(
        warnings,
        [
            "env CRUX_SERVER_LISTEN: is not read, as two underscores divide section and key; did you mean \
          CRUX_SERVER__LISTEN?"
        ]
    );
}

#[test]
fn a_provider_changes_only_what_it_names() {
    let config = loaded(&file(
        "[providers.openai]\ntimeouts.idle = \"5s\"\nretry.max_attempts = 1",
    ))
    .config;

    assert_eq!(config.timeouts_for("openai").idle, Duration::from_secs(5));
    assert_eq!(config.timeouts_for("openai").connect, config.timeouts.connect);
    assert_eq!(config.timeouts_for("gemini"), config.timeouts);
    assert_eq!(config.retry_for("openai").max_attempts, 1);
    assert_eq!(config.retry_for("openai").backoff_max, config.retry.backoff_max);
}
