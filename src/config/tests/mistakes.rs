//! What is said about mistakes: place, what was found, what was expected, the mend.

use proptest::prelude::*;

use super::super::source::FakeSource;
use super::{file, load, loaded, refused};

/// Loads one line and expects one message.
fn line_says(line: &str, expected: &str) {
    assert_eq!(refused(&file(line)), [expected], "{line}");
}

#[test]
fn a_bad_value_names_its_place_what_was_found_and_what_was_expected() {
    let cases = [
        (
            "server.listen = 50051",
            "crux.toml:1:17: server.listen: found 50051, expected an IP address and a port, such as \
             \"127.0.0.1:50051\"",
        ),
        (
            "[server]\nlisten = \"localhost:1\"",
            "crux.toml:2:10: server.listen: found \"localhost:1\", expected an IP address and a port, such as \
             \"127.0.0.1:50051\"; write \"127.0.0.1:1\"",
        ),
        (
            "server.max_request_bytes = \"4 parsecs\"",
            "crux.toml:1:28: server.max_request_bytes: found \"4 parsecs\", expected a size from 64KiB to 256MiB, \
             such as \"4MiB\"",
        ),
        (
            "server.max_request_bytes = 1",
            "crux.toml:1:28: server.max_request_bytes: found 1, expected a size from 64KiB to 256MiB, such as \
             \"4MiB\"",
        ),
        (
            "timeouts.idle = 30",
            "crux.toml:1:17: timeouts.idle: found 30, expected a duration from 1ms to 1d, such as \"30s\", \
             \"1m30s\" or \"250ms\"; write a unit: \"30s\" or \"30ms\"",
        ),
        (
            "timeouts.idle = \"0s\"",
            "crux.toml:1:17: timeouts.idle: found \"0s\", expected a duration from 1ms to 1d, such as \"30s\", \
             \"1m30s\" or \"250ms\"",
        ),
        (
            "retry.max_attempts = \"3\"",
            "crux.toml:1:22: retry.max_attempts: found \"3\", expected a whole number from 1 to 10; write 3 without \
             quotes",
        ),
        (
            "retry.max_attempts = 11",
            "crux.toml:1:22: retry.max_attempts: found 11, expected a whole number from 1 to 10",
        ),
        (
            "sandbox.enabled = \"true\"",
            "crux.toml:1:19: sandbox.enabled: found \"true\", expected true or false; write true without quotes",
        ),
        (
            "log.level = \"inf\"",
            "crux.toml:1:13: log.level: found \"inf\", expected one of \"error\", \"warn\", \"info\", \"debug\", \
             \"trace\"; did you mean \"info\"?",
        ),
        (
            "providers.openai.dialect = \"openai-chat\"",
            "crux.toml:1:28: providers.openai.dialect: found \"openai-chat\", expected one of \"openai_chat\", \
             \"openai_responses\", \"anthropic_messages\", \"gemini_generate\", \"ollama_chat\"; did you mean \
             \"openai_chat\"?",
        ),
        (
            "server = 5",
            "crux.toml:1:1: server: found a value, expected a table of keys; write [server]",
        ),
        (
            "[server.listen]\nport = 1",
            "crux.toml:1:9: server.listen: found a table, expected a value",
        ),
        (
            "[[providers.openai]]\nenabled = true",
            "crux.toml:1:13: providers.openai: found a value, expected a table of keys; write [providers.openai]",
        ),
    ];

    for (line, expected) in cases {
        line_says(line, expected);
    }
}

#[test]
fn an_unknown_key_names_the_one_that_was_meant() {
    let cases = [
        (
            "server.listn = \"x\"",
            "crux.toml:1:8: server.listn: unknown key; did you mean \"listen\"?",
        ),
        (
            "listen = \"x\"",
            "crux.toml:1:1: listen: unknown key; known here: admin, auth, limits, log, \
             providers, registry, retry, sandbox, server, store, timeouts, tls, vault, web",
        ),
        (
            "reflection = true",
            "crux.toml:1:1: reflection: unknown key; it belongs to [server]",
        ),
        (
            "[servr]\nlisten = \"x\"\nreflection = 1",
            "crux.toml:1:2: servr: unknown key; did you mean \"server\"?",
        ),
        (
            "[cache]",
            "crux.toml:1:2: cache: unknown key; known here: admin, auth, limits, log, providers, registry, retry, \
             sandbox, server, store, timeouts, tls, vault, web",
        ),
        (
            "[providers.openai]\nbase-url = \"x\"",
            "crux.toml:2:1: providers.openai.base-url: unknown key; did you \
             mean \"base_url\"?",
        ),
        (
            "[providers.openai.models.\"a.b\"]\ndialct = 1",
            "crux.toml:2:1: providers.openai.models.\"a.b\".dialct: \
             unknown key; did you mean \"dialect\"?",
        ),
    ];

    for (line, expected) in cases {
        line_says(line, expected);
    }
}

#[test]
fn every_mistake_is_reported_at_once_in_the_order_of_the_layers() {
    let source = file("[server]\nlisten = 1\nlistn = 2\n[retry]\nmax_attempts = 0\n")
        .set("CRUX_RETRY__MAX_ATTEMPTS", "many")
        .set("CRUX_RETRY__MAX_ATTEMPT", "3")
        .set("LOG_LEVEL", "loud")
        .set("OPENAI_BASE_URL", "box");

    let said = refused(&source);

    let begins: Vec<_> = said
        .iter()
        .map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(": "))
        .collect();
    assert_eq!(
        begins,
        [
            "env OPENAI_BASE_URL: providers.openai.base_url",
            "crux.toml:2:10: server.listen",
            "crux.toml:3:1: server.listn",
            "crux.toml:5:16: retry.max_attempts",
            "env CRUX_RETRY__MAX_ATTEMPT: unknown variable; did you mean CRUX_RETRY__MAX_ATTEMPTS?",
            "env CRUX_RETRY__MAX_ATTEMPTS: retry.max_attempts",
            "env LOG_LEVEL: log.level",
        ]
    );
}

#[test]
fn syntax_errors_leave_the_rest_readable() {
    let said = refused(&file(
        "[server]\nlisten = \nreflection = true\nmax_concurrent_streams = 0\n",
    ));

    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].starts_with("crux.toml:2:10: syntax error: "), "{said:?}");
    assert!(
        said[1].starts_with("crux.toml:4:26: server.max_concurrent_streams: found 0"),
        "{said:?}"
    );
}

#[test]
fn an_unknown_variable_names_the_nearest() {
    let cases = [
        ("CRUX_SERVER__LISTN", "did you mean CRUX_SERVER__LISTEN?"),
        (
            "CRUX_PROVIDERS__OPENAI__BASEURL",
            "did you mean CRUX_PROVIDERS__OPENAI__BASE_URL?",
        ),
        (
            "CRUX_WHATEVER__THIS_IS",
            "variables are called CRUX_<SECTION>__<KEY>, such as CRUX_SERVER__LISTEN",
        ),
    ];

    for (name, mend) in cases {
        let said = refused(&FakeSource::default().set(name, "x"));
        assert_eq!(said, [format!("env {name}: unknown variable; {mend}")]);
    }
}

#[test]
fn two_variables_for_one_key_are_a_conflict() {
    let source = file("[providers.my-vllm]\ndialect = \"openai_chat\"\nbase_url = \"http://box\"")
        .set("CRUX_PROVIDERS__MY-VLLM__ENABLED", "true")
        .set("CRUX_PROVIDERS__MY_VLLM__ENABLED", "false");

    assert_eq!(
        refused(&source),
        [
            "env CRUX_PROVIDERS__MY_VLLM__ENABLED: sets the same key as CRUX_PROVIDERS__MY-VLLM__ENABLED; unset one of \
          them"
        ]
    );
}

#[test]
fn an_open_address_without_authentication_is_warned_about_with_three_mends() {
    let loaded = loaded(&file("server.listen = \"0.0.0.0:50051\""));

    let warnings: Vec<_> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 1);
    for mend in ["crux admin bootstrap", "auth.bearer_token", "tls.client_ca"] {
        assert!(warnings[0].contains(mend), "{warnings:?}");
    }
}

#[test]
fn certificates_are_named_only_where_they_are_asked_for() {
    let named =
        "[auth.certificates.\"spiffe://example.org/search\"]\ntenant = \"search\"\nscopes = \"chat keys\"\n";
    let pem = "-----BEGIN CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\n";
    let tls = "[tls]\ncert = \"a.pem\"\nkey = \"a.pem\"\nclient_ca = \"a.pem\"\n";

    let config = loaded(&file(&format!("{named}{tls}")).file("a.pem", pem)).config;
    let grant = config
        .auth
        .certificates
        .get("spiffe://example.org/search")
        .unwrap();
    assert_eq!(grant.tenant, "search");
    assert_eq!(
        grant
            .scopes
            .iter()
            .map(|scope| scope.as_str())
            .collect::<Vec<_>>(),
        ["chat", "keys"]
    );
    assert!(refused(&file(named))[0].contains("tls.client_ca"));
    let strange = named.replace("chat keys", "root");
    assert!(refused(&file(&format!("{strange}{tls}")).file("a.pem", pem))[0].contains("\"root\""));
}

#[test]
fn an_open_address_is_served_with_a_token_or_client_certificates() {
    let open = "server.listen = \"[::]:50051\"\n";
    let pem = "-----BEGIN CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\n";
    let tls = "tls = { cert = \"a.pem\", key = \"a.pem\", client_ca = \"a.pem\" }";

    let by_token = loaded(&file(open).set("CRUX_AUTH__BEARER_TOKEN", "c0ffee"));
    let by_certificate = loaded(&file(&format!("{open}{tls}")).file("a.pem", pem));
    let by_tls_alone =
        loaded(&file(&format!("{open}tls = {{ cert = \"a.pem\", key = \"a.pem\" }}")).file("a.pem", pem));

    assert_eq!(by_token.warnings.len(), 1, "a token without TLS is warned about");
    assert_eq!(by_certificate.warnings, []);
    assert_eq!(by_tls_alone.warnings.len(), 1);
}

#[test]
fn a_placeholder_token_opens_nothing() {
    let source = file("server.listen = \"0.0.0.0:1\"").set("CRUX_AUTH__BEARER_TOKEN", "changeme");

    let loaded = loaded(&source);
    assert!(loaded.config.names_no_caller());
    assert_eq!(
        loaded.warnings.len(),
        2,
        "that it is one, and that nobody may call"
    );
}

#[test]
fn a_refused_token_is_the_only_thing_said() {
    let source = file("server.listen = \"0.0.0.0:1\"\nauth.bearer_token_file = \"gone\"");

    assert_eq!(
        refused(&source),
        ["crux.toml:2:26: auth.bearer_token_file: cannot read gone: entity not found"]
    );
}

#[test]
fn tls_files_must_be_there_and_hold_what_they_should() {
    let said = refused(
        &file("[tls]\ncert = \"a.pem\"\nkey = \"b.pem\"\n").file("a.pem", "-----BEGIN PRIVATE KEY-----\n"),
    );

    assert_eq!(
        said,
        [
            "crux.toml:2:8: tls.cert: found no such block in a.pem, expected a PEM file with a CERTIFICATE block",
            "crux.toml:3:7: tls.key: cannot read b.pem: entity not found",
        ]
    );
}

#[test]
fn half_a_tls_section_names_the_other_half() {
    line_says(
        "[tls]\ncert = \"a.pem\"",
        "crux.toml:1:2: tls.key: missing, expected the PEM file of the server's private key",
    );
}

#[test]
fn values_that_do_not_go_together_are_refused_where_they_were_given() {
    let cases = [
        (
            "timeouts.first_token = \"20m\"",
            "crux.toml:1:24: timeouts.first_token: first_token of 20m is more than generation of 10m; lower the one \
             or raise the other",
        ),
        (
            "timeouts.generation = \"45s\"",
            "crux.toml:1:23: timeouts.generation: idle of 1m is more than generation of 45s; lower the one or raise \
             the other",
        ),
        (
            "providers.openai.retry.backoff_initial = \"20s\"",
            "crux.toml:1:42: providers.openai.retry.backoff_initial: backoff_initial of 20s is more than backoff_max \
             of 10s; lower the one or raise the other",
        ),
        (
            "limits.max_frame_bytes = \"128MiB\"",
            "crux.toml:1:26: limits.max_frame_bytes: 134217728 bytes is more than limits.max_response_bytes, which \
             is 67108864; lower it or raise the other",
        ),
        (
            "sandbox = { enabled = true, listen = \"127.0.0.1:50051\" }",
            "crux.toml:1:38: sandbox.listen: 127.0.0.1:50051 is where the server listens; give the sandbox a port of \
             its own, or port 0",
        ),
        (
            "admin.listen = \"127.0.0.1:50051\"",
            "crux.toml:1:16: admin.listen: 127.0.0.1:50051 is where the server listens; give the admin port another \
             one, or port 0",
        ),
        (
            "web.allowed_origins = \"https://a.example/chat\"",
            "crux.toml:1:23: web.allowed_origins: found \"https://a.example/chat\", expected origins separated by \
             commas, such as \"https://chat.example.org\", or \"*\"; write \"https://a.example\"",
        ),
        (
            "auth = { bearer_token = \"c0ffee\", bearer_token_file = \"t\" }",
            "crux.toml:1:25: auth.bearer_token: given beside auth.bearer_token_file; remove one of them",
        ),
    ];

    for (line, expected) in cases {
        line_says(line, expected);
    }
}

proptest! {
    #[test]
    fn no_file_and_no_variable_makes_loading_panic(text in ".*", name in "CRUX_[A-Z_]*__[A-Z_-]*", value in ".*") {
        let _ = load(&file(&text).set(&name, &value).set("OLLAMA_HOST", &value).set("OPENAI_BASE_URL", &value));
    }

    #[test]
    fn no_odd_table_makes_loading_panic(text in "([\\[\\]{}=.,\"a-z# \n]|server|providers|openai|listen|models|1){0,60}") {
        let _ = load(&file(&text));
    }
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_fine() {
    let config = loaded(&file("\u{feff}[retry]\r\nmax_attempts = 5\r\n")).config;

    assert_eq!(config.retry.max_attempts, 5);
}
