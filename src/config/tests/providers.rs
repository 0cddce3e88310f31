//! Keys, base URLs and ids of providers.

use secrecy::ExposeSecret as _;

use super::super::source::FakeSource;
use super::super::{AuthScheme, BaseUrl, Dialect, Provider};
use super::{file, loaded, refused};

fn provider(source: &FakeSource, id: &str) -> Provider {
    loaded(source).config.providers[id].clone()
}

fn key(source: &FakeSource, id: &str) -> Option<String> {
    provider(source, id).key.map(|key| key.expose_secret().to_owned())
}

#[test]
fn a_further_provider_is_pure_configuration() {
    let source = file(
        "[providers.my-vllm]\ndialect = \"openai_chat\"\nbase_url = \"http://vllm.internal:8000/v1/\"\n\
         api_key_env = \"MY_VLLM_KEY\"\nmodels.old = { dialect = \"openai_responses\" }\n",
    )
    .set("MY_VLLM_KEY", " k-123 \n");

    let provider = provider(&source, "my-vllm");

    assert_eq!(
        provider.base_url.as_ref().map(BaseUrl::as_str),
        Some("http://vllm.internal:8000/v1")
    );
    assert_eq!(provider.dialect_of("new"), Some(Dialect::OpenaiChat));
    assert_eq!(provider.dialect_of("old"), Some(Dialect::OpenaiResponses));
    assert_eq!(
        provider.key.map(|key| key.expose_secret().to_owned()).as_deref(),
        Some("k-123")
    );
    assert_eq!(provider.key_env_names, ["MY_VLLM_KEY"]);
    assert!(!provider.built_in);
}

#[test]
fn a_further_provider_can_come_from_variables_alone() {
    let source = FakeSource::default()
        .set("CRUX_PROVIDERS__VLLM__DIALECT", "openai_chat")
        .set("CRUX_PROVIDERS__VLLM__BASE_URL", "http://box/v1")
        .set("CRUX_PROVIDERS__VLLM__AUTH", "none");

    let provider = provider(&source, "vllm");

    assert_eq!(provider.auth, Some(AuthScheme::None));
    assert_eq!(provider.key_env_names, [""; 0]);
}

#[test]
fn a_further_provider_without_dialect_or_base_url_is_refused() {
    let cases = [
        (
            "[providers.my-vllm]",
            "crux.toml:1:12: providers.my-vllm: missing, expected dialect and base_url, as no provider of that name \
             is built in; set dialect and base_url",
        ),
        (
            "[providers.my-vllm]\ndialect = \"openai_chat\"",
            "crux.toml:1:12: providers.my-vllm: missing, expected base_url, as no provider of that name is built in; \
             set base_url",
        ),
        (
            "[providers.openia]\nenabled = true",
            "crux.toml:1:12: providers.openia: missing, expected dialect and base_url, as no provider of that name \
             is built in; did you mean \"openai\"? else set dialect and base_url",
        ),
        (
            "[providers.My-vLLM]",
            "crux.toml:1:12: providers.My-vLLM: found the id \"My-vLLM\", expected 1 to 64 lower-case letters, \
             digits, _ and -, the first a letter or digit",
        ),
    ];

    for (text, expected) in cases {
        assert_eq!(refused(&file(text)), [expected]);
    }
}

#[test]
fn a_misspelt_id_in_a_variable_names_the_one_that_was_meant() {
    let said = refused(&FakeSource::default().set("CRUX_PROVIDERS__OPENIA__API_KEY", "k"));

    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("env CRUX_PROVIDERS__OPENIA__API_KEY: providers.openia: "),
        "{said:?}"
    );
    assert!(said[0].contains("did you mean \"openai\"?"), "{said:?}");
}

#[test]
fn the_key_is_the_configured_one_else_the_named_variables_else_the_vendors() {
    let vendor = FakeSource::default()
        .set("OPENAI_API_KEY", "vendor")
        .set("TEAM_KEY", "team");
    let named = vendor.variables.clone();
    let named = FakeSource {
        variables: named,
        ..file("providers.openai.api_key_env = \"TEAM_KEY\"")
    };
    let own = FakeSource {
        variables: vendor.variables.clone(),
        ..file("[providers.openai]\napi_key_env = \"TEAM_KEY\"\napi_key = \"own\"")
    };

    assert_eq!(key(&vendor, "openai").as_deref(), Some("vendor"));
    assert_eq!(key(&named, "openai").as_deref(), Some("team"));
    assert_eq!(key(&own, "openai").as_deref(), Some("own"));
}

#[test]
fn a_named_variable_that_is_unset_does_not_fall_back_to_another_account() {
    let source = file("providers.openai.api_key_env = \"TEAM_KEY\"").set("OPENAI_API_KEY", "vendor");

    let provider = provider(&source, "openai");

    assert!(provider.key.is_none());
    assert_eq!(provider.key_env_names, ["TEAM_KEY"]);
}

#[test]
fn a_variable_that_names_the_key_wins_over_a_key_of_the_file() {
    let source = file("providers.openai.api_key = \"own\"")
        .set("CRUX_PROVIDERS__OPENAI__API_KEY_ENV", "TEAM_KEY")
        .set("TEAM_KEY", "team");

    assert_eq!(key(&source, "openai").as_deref(), Some("team"));
}

#[test]
fn the_alias_counts_where_the_first_name_holds_nothing() {
    let both = FakeSource::default()
        .set("GEMINI_API_KEY", "first")
        .set("GOOGLE_API_KEY", "second");
    let alias = FakeSource::default()
        .set("GEMINI_API_KEY", "")
        .set("GOOGLE_API_KEY", "second");
    let none = FakeSource::default();

    assert_eq!(key(&both, "gemini").as_deref(), Some("first"));
    assert_eq!(key(&alias, "gemini").as_deref(), Some("second"));
    assert_eq!(loaded(&alias).warnings, []);
    assert_eq!(
        provider(&none, "gemini").key_env_names,
        ["GEMINI_API_KEY", "GOOGLE_API_KEY"]
    );
}

#[test]
fn a_placeholder_counts_as_absent_and_is_warned_about_once() {
    let source =
        file("[providers.openai]\napi_key_env = \"SHARED\"\n[providers.gemini]\napi_key_env = \"SHARED\"")
            .set("SHARED", "<your-key>");

    let loaded = loaded(&source);

    assert!(loaded.config.providers["openai"].key.is_none());
    let warnings: Vec<_> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        ["env SHARED: holds a placeholder, which counts as absent"]
    );
}

#[test]
fn a_placeholder_gives_way_to_the_next_variable() {
    let source = FakeSource::default()
        .set("GEMINI_API_KEY", "your-api-key")
        .set("GOOGLE_API_KEY", "real");

    assert_eq!(key(&source, "gemini").as_deref(), Some("real"));
}

#[test]
fn a_key_that_no_header_can_carry_counts_as_absent() {
    let loaded = loaded(&FakeSource::default().set("OPENAI_API_KEY", "sk-\u{201c}curly\u{201d}"));

    assert!(loaded.config.providers["openai"].key.is_none());
    assert_eq!(
        loaded.warnings[0].to_string(),
        "env OPENAI_API_KEY: holds a character that no header can carry, so it counts as absent; set the provider's key"
    );
}

#[test]
fn without_authentication_no_key_is_looked_for() {
    let source = file("providers.openai.auth = \"none\"").set("OPENAI_API_KEY", "k");

    let provider = provider(&source, "openai");

    assert!(provider.key.is_none());
    assert_eq!(provider.key_env_names, [""; 0]);
}

#[test]
fn a_key_beside_no_authentication_is_warned_about() {
    let loaded = loaded(&file(
        "[providers.openai]\nauth = \"none\"\napi_key_env = \"TEAM_KEY\"",
    ));

    let warnings: Vec<_> = loaded.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        ["crux.toml:2:8: providers.openai.auth is \"none\", so the key given beside it is not sent"]
    );
}

#[test]
fn a_further_provider_without_a_variable_names_the_one_to_set() {
    let source = file("[providers.my-vllm]\ndialect = \"openai_chat\"\nbase_url = \"http://box\"");

    assert_eq!(
        provider(&source, "my-vllm").key_env_names,
        ["CRUX_PROVIDERS__MY_VLLM__API_KEY"]
    );
}

#[test]
fn the_vendors_base_url_counts_unless_the_configuration_names_one() {
    let url = |source: &FakeSource, id: &str| provider(source, id).base_url.map(|url| url.to_string());
    let vendor = FakeSource::default()
        .set("OPENAI_BASE_URL", "http://proxy/v1")
        .set("OLLAMA_HOST", "0.0.0.0");
    let file = FakeSource {
        variables: vendor.variables.clone(),
        ..file("providers.ollama.base_url = \"http://gpu:11434\"")
    };
    let variables = vendor.variables.clone();
    let long = FakeSource {
        variables,
        ..Default::default()
    }
    .set("CRUX_PROVIDERS__OPENAI__BASE_URL", "http://b");

    assert_eq!(url(&vendor, "openai").as_deref(), Some("http://proxy/v1"));
    assert_eq!(url(&vendor, "ollama").as_deref(), Some("http://127.0.0.1:11434"));
    assert_eq!(url(&file, "ollama").as_deref(), Some("http://gpu:11434"));
    assert_eq!(url(&long, "openai").as_deref(), Some("http://b"));
}

#[test]
fn header_names_are_lower_case_and_unique() {
    let good = file("providers.openai.headers = { X-Team = \"a\" }")
        .set("CRUX_PROVIDERS__OPENAI__HEADERS__X_ORG", "b");
    let bad = file("providers.openai.headers = { X-Team = \"a\", x-team = \"b\", \"a b\" = \"c\" }");

    let names: Vec<_> = provider(&good, "openai").headers.into_keys().collect();

    assert_eq!(names, ["x-org", "x-team"]);
    assert_eq!(
        refused(&bad),
        [
            "crux.toml:1:44: providers.openai.headers.x-team: the header is given twice, in different case",
            "crux.toml:1:58: providers.openai.headers.\"a b\": found the name \"a b\", expected the name of an HTTP \
             header",
        ]
    );
}
