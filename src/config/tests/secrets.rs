//! No secret is ever shown.

use super::super::source::FakeSource;
use super::{file, load, loaded};

const CANARY: &str = "canary7f";

/// Whatever a load shows, good or bad.
fn shown(source: &FakeSource) -> String {
    match load(source) {
        Ok(loaded) => {
            let config = &loaded.config;
            let warnings: String = loaded.warnings.iter().map(ToString::to_string).collect();
            format!("{loaded:?} {config:#?} {} {warnings}", config.render())
        }
        Err(errors) => format!("{errors:?} {}", super::lines(&errors).join("\n")),
    }
}

#[test]
fn no_secret_is_shown_wherever_it_was_put() {
    let sources = [
        file("auth.bearer_token = \"canary7f\""),
        file("auth.bearer_token_file = \"token\"").file("token", "canary7f"),
        file("auth.bearer_token_file = \"token\"").file("token", "canary7f\u{1}"),
        file("auth.bearer_token = \"canary7f\\u0001\""),
        file("auth.bearer_token = [\"canary7f\"]"),
        file("auth.bearer_token = { canary = \"canary7f\" }"),
        file("auth.bearer_token = \"your-canary7f\""),
        file("auth.bearer_token = \"canary7f"),
        file("auth.bearer_token = canary7f"),
        file("auth = \"canary7f\""),
        file("providers.openai.api_key = \"canary7f\""),
        file("providers.openai.api_key = \"canary7f\\u00e9\""),
        file("providers.openai.api_key_env = \"sk-canary7f\""),
        file("providers.openai.api_key_env = \"KEY\"").set("KEY", "canary7f"),
        file("providers.openai.api_key_env = \"KEY\"").set("KEY", "canary7f\u{e9}"),
        file("providers.openai.headers.authorization = \"canary7f\""),
        file("providers.openai.headers.authorization = \"canary7f\\n\\u0001x\""),
        file("providers.openai.headers = \"canary7f\""),
        file("providers.openai.base_url = \"https://me:canary7f@box/v1\""),
        file("providers.openai.base_url = \"https://canary7f@box/v1\""),
        file("providers.openai.base_url = \"https://box/v1?key=canary7f\""),
        file("providers.openai.base_url = \"canary7f\""),
        file("providers.openai = \"canary7f\""),
        FakeSource::default().set("CRUX_AUTH__BEARER_TOKEN", "canary7f"),
        FakeSource::default().set("CRUX_PROVIDERS__OPENAI__API_KEY", "canary7f\u{e9}"),
        FakeSource::default().set("CRUX_PROVIDERS__OPENAI__APIKEY", "canary7f"),
        FakeSource::default().set("CRUX_PROVIDERS__OPENAI__HEADERS__X_KEY", "canary7f"),
        FakeSource::default().set("OPENAI_API_KEY", "canary7f"),
        FakeSource::default().set("OPENAI_API_KEY", "canary7f example"),
        FakeSource::default().set("OPENAI_BASE_URL", "https://me:canary7f@box"),
        FakeSource::default().set("OLLAMA_HOST", "me:canary7f@box"),
    ];

    for source in sources {
        let shown = shown(&source);
        assert!(!shown.contains(CANARY), "{shown}");
    }
}

#[test]
fn the_printed_form_masks_secrets_and_names_origins() {
    let source = file("[server]\nreflection = false\n[providers.openai.headers]\nx-team = \"search\"\n")
        .set("OPENAI_API_KEY", "k-1")
        .set("CRUX_AUTH__BEARER_TOKEN", "c0ffee")
        .set("OLLAMA_HOST", "gpu");

    let printed = loaded(&source).config.render();

    for line in [
        "reflection = false # crux.toml:2:14",
        "drain_grace = \"25s\" # default",
        "bearer_token = \"***\" # env CRUX_AUTH__BEARER_TOKEN",
        "[providers.openai]",
        "api_key = \"***\" # env OPENAI_API_KEY",
        "[providers.openai.headers]",
        "x-team = \"***\" # crux.toml:4:10",
        "base_url = \"http://gpu:11434\" # env OLLAMA_HOST",
    ] {
        assert!(
            printed.lines().any(|printed| printed == line),
            "{line}\n{printed}"
        );
    }
}

#[test]
fn the_printed_form_reads_back_as_the_same_configuration() {
    let source = file(
        "[server]\nmax_request_bytes = 70000\n[limits]\nmax_frame_bytes = \"1MB\"\n[timeouts]\nidle = \"90s\"\n\
         [providers.vllm]\ndialect = \"openai_chat\"\nbase_url = \"http://box/v1\"\nauth = \"none\"\n\
         [providers.vllm.models.\"org/a.b\"]\ndialect = \"openai_responses\"\n[providers.vllm.timeouts]\n\
         connect = \"1s\"\n",
    );

    let printed = loaded(&source).config.render();

    assert_eq!(
        super::content(&loaded(&file(&printed)).config),
        super::content(&loaded(&source).config)
    );
}
