//! Owns `[providers.<id>]`: what the operator says about one provider. Refuses to know which providers are built in
//! and what they default to.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::SecretString;

use super::base_url::{BaseUrl, Url};
use super::keys::{Keys, Naming};
use super::retry::RetryOverrides;
use super::timeouts::TimeoutOverrides;
use super::value::{Bad, Choice, Codec, Flag, Raw, Secret};

/// One provider. A built-in one needs no section; whatever its section says replaces what is built in. Any other id
/// makes a further provider, which must say `dialect` and `base_url`; its models are called `<id>/<model>`. An id is
/// 1 to 64 lower-case letters, digits, `_` and `-`, the first a letter or digit.
#[derive(Clone)]
pub struct Provider {
    /// Whether the provider can be called. Default true.
    pub enabled: bool,
    /// The API it speaks: `openai_chat`, `openai_responses`, `anthropic_messages`, `gemini_generate` or
    /// `ollama_chat`. Default as built in.
    pub dialect: Option<Dialect>,
    /// Where its API is, as its vendor's own SDK takes it: with `/v1` for the `OpenAI` APIs, the bare host for the
    /// others. `http` or `https`, without user, query and fragment; a slash at the end is dropped. Without this key
    /// the built-in provider's own variables (`<PROVIDER>_BASE_URL`, `OLLAMA_HOST`) are read. A variable whose name
    /// ends in `_HOST` holds a host as Ollama's tools take it: scheme `http` and port 11434 where it names no scheme,
    /// `127.0.0.1` for `0.0.0.0`. Default as built in.
    pub base_url: Option<BaseUrl>,
    /// How the key travels: `bearer`, `x-api-key`, `x-goog-api-key`, or `none` for an endpoint that asks for no key.
    /// Default as built in, else [`Dialect::vendor_auth`].
    pub auth: Option<AuthScheme>,
    /// The key itself. Prefer a variable; the file may be read by more people than the process. Default absent.
    pub api_key: Option<SecretString>,
    /// The variable that holds the key, in upper-case letters, digits and `_`. It replaces the built-in provider's own
    /// variables (such as `OPENAI_API_KEY`). Default absent.
    pub api_key_env: Option<String>,
    /// Further headers that every request to the provider carries, by lower-case name; the values count as secrets.
    /// Default none.
    pub headers: BTreeMap<String, SecretString>,
    /// What this provider changes about `[timeouts]`.
    pub timeouts: TimeoutOverrides,
    /// What this provider changes about `[retry]`.
    pub retry: RetryOverrides,
    /// What single models change, by the model's name at the provider. Default none.
    pub models: BTreeMap<String, ModelOverride>,
    /// Not a key: whether the id is one of the built-in providers.
    pub built_in: bool,
    /// Not a key: the secret to send, from `api_key`, else from the first of `key_env_names` that holds one.
    pub key: Option<SecretString>,
    /// Not a key: the variables that were or could be read for the key, to be named where it is missing. Empty with
    /// `auth = "none"`.
    pub key_env_names: Vec<String>,
}

impl Default for Provider {
    fn default() -> Self {
        Self {
            enabled: true,
            dialect: None,
            base_url: None,
            auth: None,
            api_key: None,
            api_key_env: None,
            headers: BTreeMap::new(),
            timeouts: TimeoutOverrides::default(),
            retry: RetryOverrides::default(),
            models: BTreeMap::new(),
            built_in: false,
            key: None,
            key_env_names: Vec::new(),
        }
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("enabled", &self.enabled)
            .field("dialect", &self.dialect)
            .field("base_url", &self.base_url)
            .field("auth", &self.auth)
            .field("api_key", &self.api_key.as_ref().map(|_| "***"))
            .field("api_key_env", &self.api_key_env)
            .field("headers", &self.headers.keys())
            .field("timeouts", &self.timeouts)
            .field("retry", &self.retry)
            .field("models", &self.models)
            .field("built_in", &self.built_in)
            .field("key", &self.key.as_ref().map(|_| "***"))
            .field("key_env_names", &self.key_env_names)
            .finish()
    }
}

impl Provider {
    /// Returns the dialect that the configuration asks for when `model` is called, if it asks for one.
    pub fn dialect_of(&self, model: &str) -> Option<Dialect> {
        self.models
            .get(model)
            .and_then(|model| model.dialect)
            .or(self.dialect)
    }

    pub(super) fn keys(&mut self, keys: &mut impl Keys) {
        keys.value("enabled", &mut self.enabled, &Flag);
        keys.optional("dialect", &mut self.dialect, &DIALECTS);
        keys.optional("base_url", &mut self.base_url, &Url);
        keys.optional("auth", &mut self.auth, &SCHEMES);
        keys.optional("api_key", &mut self.api_key, &Secret);
        keys.optional("api_key_env", &mut self.api_key_env, &EnvName);
        keys.values("headers", Naming::Dashed, &mut self.headers, &Secret);
        keys.section("timeouts", |keys| self.timeouts.keys(keys));
        keys.section("retry", |keys| self.retry.keys(keys));
        keys.tables("models", Naming::Verbatim, &mut self.models, |keys, model| {
            keys.optional("dialect", &mut model.dialect, &DIALECTS);
        });
    }
}

/// What one model changes: `[providers.<id>.models."<model>"]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ModelOverride {
    /// The API this model is called through, where it differs from the provider's. Default as the provider.
    pub dialect: Option<Dialect>,
}

/// An API that providers speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// `openai_chat`: `OpenAI` Chat Completions and everything compatible.
    OpenaiChat,
    /// `openai_responses`: `OpenAI` Responses.
    OpenaiResponses,
    /// `anthropic_messages`: Anthropic Messages.
    AnthropicMessages,
    /// `gemini_generate`: Gemini `generateContent`.
    GeminiGenerate,
    /// `ollama_chat`: Ollama's own `/api/chat`.
    OllamaChat,
}

impl Dialect {
    /// Returns the dialect's name, as the configuration spells it.
    pub fn name(self) -> &'static str {
        DIALECTS.name(self)
    }

    /// Returns how a key travels at the API's own vendor.
    pub fn vendor_auth(self) -> AuthScheme {
        match self {
            Self::OpenaiChat | Self::OpenaiResponses | Self::OllamaChat => AuthScheme::Bearer,
            Self::AnthropicMessages => AuthScheme::XApiKey,
            Self::GeminiGenerate => AuthScheme::XGoogApiKey,
        }
    }
}

/// How a key travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AuthScheme {
    /// `bearer`: `authorization: Bearer <key>`.
    Bearer,
    /// `x-api-key`: `x-api-key: <key>`.
    XApiKey,
    /// `x-goog-api-key`: `x-goog-api-key: <key>`.
    XGoogApiKey,
    /// `none`: no key is sent and none is needed.
    None,
}

impl AuthScheme {
    /// Returns the scheme's name, as the configuration spells it.
    pub fn name(self) -> &'static str {
        SCHEMES.name(self)
    }
}

const DIALECTS: Choice<Dialect> = Choice(&[
    ("openai_chat", Dialect::OpenaiChat),
    ("openai_responses", Dialect::OpenaiResponses),
    ("anthropic_messages", Dialect::AnthropicMessages),
    ("gemini_generate", Dialect::GeminiGenerate),
    ("ollama_chat", Dialect::OllamaChat),
]);

const SCHEMES: Choice<AuthScheme> = Choice(&[
    ("bearer", AuthScheme::Bearer),
    ("x-api-key", AuthScheme::XApiKey),
    ("x-goog-api-key", AuthScheme::XGoogApiKey),
    ("none", AuthScheme::None),
]);

/// The name of an environment variable. Upper case only, and never repeated in a message: keys get pasted here.
struct EnvName;

impl Codec for EnvName {
    type Value = String;

    fn expected(&self) -> String {
        "the name of an environment variable in upper-case letters, digits and _, such as \"MY_VLLM_KEY\""
            .to_owned()
    }

    fn read(&self, raw: &Raw) -> Result<String, Bad> {
        let words = raw.words().ok_or_else(|| Bad::hidden(raw.kind()))?;
        let named = words
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        let first = words.bytes().next().is_some_and(|b| !b.is_ascii_digit());
        if named && first {
            return Ok(words.to_owned());
        }
        Err(Bad::hidden("something else (not shown, it may be a key)")
            .mend("put the key into a variable and name that variable here"))
    }

    fn print(&self, value: &String) -> String {
        format!("\"{value}\"")
    }
}

/// Says whether `id` can name a provider.
pub(super) fn is_provider_id(id: &str) -> bool {
    let bytes = id.as_bytes();
    let plain = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    bytes.len() <= 64
        && bytes.first().is_some_and(plain)
        && bytes.iter().all(|b| plain(b) || matches!(b, b'_' | b'-'))
}

/// Says whether `name` can name a header.
pub(super) fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
