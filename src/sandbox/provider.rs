//! The seven providers and the path each one lives under; nothing about what they say.

/// A provider the sandbox plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Provider {
    OpenAi,
    Anthropic,
    Gemini,
    Ollama,
    OpenRouter,
    DeepSeek,
    Xai,
}

impl Provider {
    pub(super) const ALL: [Self; 7] = [
        Self::OpenAi,
        Self::Anthropic,
        Self::Gemini,
        Self::Ollama,
        Self::OpenRouter,
        Self::DeepSeek,
        Self::Xai,
    ];

    /// Returns the provider's id, as the gateway's configuration spells it.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::Anthropic => "anthropic",
            Self::Gemini => "gemini",
            Self::Ollama => "ollama",
            Self::OpenRouter => "openrouter",
            Self::DeepSeek => "deepseek",
            Self::Xai => "xai",
        }
    }

    const fn base_path(self) -> &'static str {
        match self {
            Self::OpenAi => "/openai/v1",
            Self::Anthropic => "/anthropic",
            Self::Gemini => "/gemini",
            Self::Ollama => "/ollama",
            Self::OpenRouter => "/openrouter/api/v1",
            Self::DeepSeek => "/deepseek/v1",
            Self::Xai => "/xai/v1",
        }
    }

    /// Splits a path into the provider it names and what follows that provider's base path.
    pub(super) fn split(path: &str) -> Option<(Self, &str)> {
        // DeepSeek's own SDK examples leave the version out.
        let bases = Self::ALL.map(|provider| (provider, provider.base_path()));
        bases
            .into_iter()
            .chain([(Self::DeepSeek, "/deepseek")])
            .find_map(|(provider, base)| {
                let rest = path.strip_prefix(base)?;
                (rest.is_empty() || rest.starts_with('/')).then_some((provider, rest))
            })
    }
}

/// Returns the path to append to the sandbox's address to get the base URL of a provider, as that vendor's own
/// SDK takes it; `None` for a provider the sandbox does not play.
pub fn base_path(provider: &str) -> Option<&'static str> {
    Provider::ALL
        .into_iter()
        .find(|known| known.id() == provider)
        .map(Provider::base_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_split_at_its_base_path() {
        let (provider, rest) = Provider::split("/openrouter/api/v1/chat/completions").unwrap();

        assert_eq!((provider, rest), (Provider::OpenRouter, "/chat/completions"));
        assert_eq!(
            Provider::split("/deepseek/models"),
            Some((Provider::DeepSeek, "/models"))
        );
    }

    #[test]
    fn a_longer_segment_is_another_path() {
        assert_eq!(Provider::split("/openai/v11/models"), None);
    }

    #[test]
    fn every_provider_has_a_base_path() {
        for provider in Provider::ALL {
            assert!(base_path(provider.id()).is_some());
        }
        assert_eq!(base_path("nobody"), None);
    }
}
