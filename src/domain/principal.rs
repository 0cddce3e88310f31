//! Who a caller is and what it may do: its tenant, the token it came with, its scopes, the models it may ask.
//!
//! Knows nothing of how a caller proved it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// The tenant of a server that has no tenants: everybody who reaches it.
pub const LOCAL_TENANT: &str = "local";

/// A caller that proved who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Whose data it sees.
    pub tenant_id: String,
    /// The token it came with; empty for none.
    pub token_id: String,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
    /// The models it may ask.
    pub policy: Arc<ModelPolicy>,
    /// Its address, as the socket tells it; empty where there is no socket.
    pub peer: String,
}

impl Principal {
    /// Somebody who owns the server: every scope, every model, the local tenant.
    pub fn local() -> Self {
        Self {
            tenant_id: LOCAL_TENANT.to_owned(),
            token_id: String::new(),
            scopes: Scope::ALL.into(),
            policy: Arc::default(),
            peer: String::new(),
        }
    }

    /// Somebody who proved nothing and may do nothing.
    pub fn nobody() -> Self {
        Self {
            tenant_id: String::new(),
            scopes: BTreeSet::new(),
            ..Self::local()
        }
    }

    /// Whether it may do what `scope` covers.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope)
    }
}

/// A part of the contract that a caller may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scope {
    /// Chats, and counting their tokens.
    Chat,
    /// The list of models and providers.
    Models,
    /// Provider keys.
    Keys,
    /// The records of calls.
    Logs,
    /// Sums of use and cost.
    Usage,
    /// Preferences.
    Preferences,
    /// The tenant's own tokens.
    Tokens,
    /// Everything that is not one tenant's: tenants, their tokens, the registry, the audit trail.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 8] = [
        Self::Chat,
        Self::Models,
        Self::Keys,
        Self::Logs,
        Self::Usage,
        Self::Preferences,
        Self::Tokens,
        Self::Admin,
    ];

    /// Its name in the contract, such as `chat`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::Models => "models",
            Self::Keys => "keys",
            Self::Logs => "logs",
            Self::Usage => "usage",
            Self::Preferences => "preferences",
            Self::Tokens => "tokens",
            Self::Admin => "admin",
        }
    }

    /// The scope of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which models may be asked: all, those that match a pattern, and never those that match another.
///
/// A pattern is a model's id, `<provider>/<model>`, in which `*` stands for any text, slashes included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct ModelPolicy {
    /// Empty: all.
    pub allow: Vec<String>,
    /// Taken from what is allowed.
    pub deny: Vec<String>,
}

impl ModelPolicy {
    /// Whether the model of that id may be asked.
    pub fn allows(&self, model: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, model));
        (self.allow.is_empty() || any(&self.allow)) && !any(&self.deny)
    }
}

/// Whether `text` is what `pattern` describes. Takes the pieces between stars at their first place from the
/// left, which is enough where only stars are wild, and never goes back.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(head) else {
        return false;
    };
    let (middle, tail) = rest.rsplit_once('*').unwrap_or(("", rest));
    for piece in middle.split('*').filter(|piece| !piece.is_empty()) {
        let Some((_, after)) = text.split_once(piece) else {
            return false;
        };
        text = after;
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::{ModelPolicy, Scope, matches};

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text, expected) in [
            ("openai/gpt-5", "openai/gpt-5", true),
            ("openai/gpt-5", "openai/gpt-5-mini", false),
            ("openai/*", "openai/gpt-5", true),
            ("openai/*", "xai/openai/gpt-5", false),
            ("*", "", true),
            ("*/gpt-*-mini", "openai/gpt-5-mini", true),
            ("*/gpt-*-mini", "openai/gpt-mini", false),
            ("*a*b*", "xxbxa", false),
            ("*a*b*", "xaxbx", true),
            ("ab*ba", "aba", false),
            ("a**b", "ab", true),
            ("*mini", "mini-mini", true),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn denied_models_are_taken_from_the_allowed_ones() {
        let policy = ModelPolicy {
            allow: vec!["openai/*".to_owned()],
            deny: vec!["*-pro".to_owned()],
        };

        assert!(policy.allows("openai/gpt-5"));
        assert!(!policy.allows("openai/gpt-5-pro"));
        assert!(!policy.allows("anthropic/claude"));
        assert!(ModelPolicy::default().allows("anthropic/claude"));
    }

    #[test]
    fn every_scope_is_found_by_its_name() {
        for scope in Scope::ALL {
            assert_eq!(Scope::named(scope.as_str()), Some(scope));
        }
        assert_eq!(Scope::named("root"), None);
    }
}
