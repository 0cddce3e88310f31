//! The providers: who, where, which dialect, which quirks. Data, one folder each.

mod anthropic;
mod deepseek;
mod gemini;
mod ollama;
mod openai;
mod openrouter;
mod xai;

use std::collections::BTreeMap;
use std::time::Duration;

use http::{HeaderName, HeaderValue};

use crate::resilience::backoff::Backoff;
use crate::wire::anthropic_messages::ANTHROPIC_MESSAGES;
use crate::wire::dialect::Dialect;
use crate::wire::gemini_generate::GeminiGenerate;
use crate::wire::listing::{Format, Listing};
use crate::wire::ollama_chat::OllamaChat;
use crate::wire::openai_chat::OpenaiChat;
use crate::wire::openai_chat::quirks::Quirks;
use crate::wire::openai_responses::{OpenaiResponses, models};

/// Every built-in provider.
pub static ALL: [&Provider; 7] = [
    &anthropic::PROVIDER,
    &deepseek::PROVIDER,
    &gemini::PROVIDER,
    &ollama::PROVIDER,
    &openai::PROVIDER,
    &openrouter::PROVIDER,
    &xai::PROVIDER,
];

/// A built-in provider.
#[derive(Debug)]
pub struct Provider {
    /// First half of its models' ids.
    pub id: &'static str,
    /// Its name as it writes it.
    pub display_name: &'static str,
    /// Where it is, as its own SDK has it.
    pub base_url: &'static str,
    /// How it wants its key.
    pub auth: Auth,
    /// Environment variables that hold its key, first wins.
    pub key_env: &'static [&'static str],
    /// Environment variables that hold another base URL, first wins.
    pub base_url_env: &'static [&'static str],
    /// Where a key is asked for, if the list of models is everybody's: a path that answers a good key alone.
    pub key_check: Option<&'static str>,
    /// A small, cheap model of its own, for a first try; without the provider's id.
    pub smoke_model: &'static str,
    /// The dialects it speaks in its own way, beside the plain ones.
    pub dialects: &'static [(DialectName, &'static dyn Dialect)],
    /// Which dialect a model is spoken to in, unless the configuration says otherwise.
    pub dialect_for: fn(model: &str) -> DialectName,
    /// Where and how it lists its models, unless the configuration has it speak another dialect.
    pub listing: Listing,
}

/// A GET request that is answered well for a good key alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyCheck {
    /// What follows the base URL.
    pub path: String,
    /// Headers that must come with it.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

/// How a key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer <key>`.
    Bearer,
    /// The key alone in a header of this name.
    Header(&'static str),
    /// Not at all.
    None,
}

/// The dialects by name, as configurations spell them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DialectName {
    /// `openai_chat`
    OpenaiChat,
    /// `openai_responses`
    OpenaiResponses,
    /// `anthropic_messages`
    AnthropicMessages,
    /// `gemini_generate`
    GeminiGenerate,
    /// `ollama_chat`
    OllamaChat,
}

impl DialectName {
    /// As configurations spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai_chat",
            Self::OpenaiResponses => "openai_responses",
            Self::AnthropicMessages => "anthropic_messages",
            Self::GeminiGenerate => "gemini_generate",
            Self::OllamaChat => "ollama_chat",
        }
    }
}

/// A provider as this server talks to it: built in or configured, everything resolved.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// First half of its models' ids.
    pub id: String,
    /// Base URL without a trailing slash.
    pub base_url: String,
    /// How the key is sent.
    pub auth: Auth,
    /// Where the configuration could have a key, to say so when there is none anywhere.
    pub key_sources: Vec<String>,
    /// Further headers, values marked sensitive.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How long to wait for what.
    pub timeouts: Timeouts,
    /// How often to try.
    pub backoff: Backoff,
    /// Which dialect for which model.
    pub dialects: Dialects,
}

impl Endpoint {
    /// Whether it takes a key.
    pub fn needs_key(&self) -> bool {
        self.auth != Auth::None
    }

    /// What to ask, with a key, to hear whether the key is good: it costs nothing. Every provider but those that say
    /// otherwise shows its list of models to holders of a key alone.
    pub fn key_check(&self) -> KeyCheck {
        let own = self.dialects.built_in.and_then(|provider| provider.key_check);
        if let Some(path) = own {
            return KeyCheck {
                path: path.to_owned(),
                headers: Vec::new(),
            };
        }
        let Listing { path, format } = self.dialects.listing();
        KeyCheck {
            path: format!("{path}{}", format.shortest_query()),
            headers: format.headers(),
        }
    }
}

/// How long to wait for what at one provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// For the first content of a stream, from the start of the attempt.
    pub first_token: Duration,
    /// Between two readings of a stream.
    pub idle: Duration,
    /// For a whole generation.
    pub generation: Duration,
}

/// Which dialect a provider's models are spoken to in.
#[derive(Debug, Clone)]
pub struct Dialects {
    /// The provider's own ways.
    pub built_in: Option<&'static Provider>,
    /// What the configuration says of single models.
    pub by_model: BTreeMap<String, DialectName>,
    /// What the configuration says of the provider.
    pub configured: Option<DialectName>,
}

impl Dialects {
    /// Returns the dialect to speak to `model` in: what is configured for the model, then for the
    /// provider, then the provider's own rule.
    pub fn for_model(&self, model: &str) -> &'static dyn Dialect {
        let name = self.name_for(model);
        let own = self
            .built_in
            .and_then(|provider| provider.dialects.iter().find(|(own, _)| *own == name));
        own.map_or_else(|| plain(name), |(_, dialect)| *dialect)
    }

    fn name_for(&self, model: &str) -> DialectName {
        let own_rule = |provider: &'static Provider| (provider.dialect_for)(model);
        let name = self.by_model.get(model).copied();
        let name = name.or(self.configured).or_else(|| self.built_in.map(own_rule));
        name.unwrap_or(DialectName::OpenaiChat)
    }
}

impl Dialects {
    /// The dialect most of its models are spoken to in.
    pub fn usual(&self) -> DialectName {
        let own_rule = |provider: &'static Provider| (provider.dialect_for)(provider.smoke_model);
        let name = self.configured.or_else(|| self.built_in.map(own_rule));
        name.unwrap_or(DialectName::OpenaiChat)
    }

    /// Where and how the models are listed: as the configured dialect's own vendor does, else as the provider.
    pub fn listing(&self) -> Listing {
        let own = self.built_in.map(|provider| provider.listing);
        match (self.configured, own) {
            (None, Some(own)) => own,
            (configured, _) => plain_listing(configured.unwrap_or(DialectName::OpenaiChat)),
        }
    }
}

/// The list of a server that is known by its dialect alone.
fn plain_listing(name: DialectName) -> Listing {
    let (path, format) = match name {
        DialectName::OpenaiChat | DialectName::OpenaiResponses => ("/models", Format::Openai),
        DialectName::AnthropicMessages => ("/v1/models", Format::Anthropic),
        DialectName::GeminiGenerate => ("/v1beta/models", Format::Gemini),
        DialectName::OllamaChat => ("/api/tags", Format::Ollama),
    };
    Listing { path, format }
}

/// Responses at a server nothing is known of: whatever is asked for is sent, and nothing else.
static PLAIN_RESPONSES: OpenaiResponses = OpenaiResponses {
    model: models::any,
    count_path: None,
    pairs_reasoning: false,
    ..OpenaiResponses::DEFAULT
};

/// A dialect without any provider's own ways.
fn plain(name: DialectName) -> &'static dyn Dialect {
    match name {
        DialectName::AnthropicMessages => &ANTHROPIC_MESSAGES,
        DialectName::GeminiGenerate => &GeminiGenerate::V1BETA,
        DialectName::OllamaChat => &OllamaChat::DEFAULT,
        DialectName::OpenaiChat => &OpenaiChat {
            quirks: Quirks::COMMON,
        },
        DialectName::OpenaiResponses => &PLAIN_RESPONSES,
    }
}
