//! Tool calls of the conversation: which can be sent, and under which ids.

use std::collections::{HashMap, HashSet};

use crate::domain::content::{Message, Part, Role, ToolCall};

/// What is known of a conversation's tool calls before any of them is written.
#[derive(Debug, Default)]
pub(super) struct History<'a> {
    /// Ids the API would refuse, and what is sent in their place.
    ids: HashMap<&'a str, String>,
    /// Ids of calls that are not sent; their results are not sent either.
    unsent: HashSet<&'a str>,
}

impl<'a> History<'a> {
    pub(super) fn read(messages: &'a [Message], provider: &str) -> Self {
        let mut history = Self::default();
        let mut taken = HashSet::new();
        for (call, is_sent) in calls(messages, provider) {
            if is_sent {
                taken.insert(call.id.as_str());
            } else {
                history.unsent.insert(&call.id);
            }
        }
        history.unsent.retain(|id| !taken.contains(id));
        let mut made: HashSet<String> = HashSet::new();
        for (call, _) in calls(messages, provider).filter(|(call, _)| !is_acceptable(&call.id)) {
            if history.ids.contains_key(call.id.as_str()) {
                continue;
            }
            let base = acceptable(&call.id);
            let numbered = (2_u32..).map(|number| format!("{base}_{number}"));
            let id = std::iter::once(base.clone())
                .chain(numbered)
                .find(|id| !taken.contains(id.as_str()) && !made.contains(id));
            let id = id.unwrap_or(base);
            made.insert(id.clone());
            history.ids.insert(&call.id, id);
        }
        history
    }

    /// The id to send for a call or its result.
    pub(super) fn id(&self, id: &str) -> String {
        self.ids.get(id).cloned().unwrap_or_else(|| acceptable(id))
    }

    /// Whether the call of this id is left out.
    pub(super) fn is_unsent(&self, id: &str) -> bool {
        self.unsent.contains(id)
    }
}

/// Every call of the assistant, and whether it can be sent.
fn calls<'a>(messages: &'a [Message], provider: &str) -> impl Iterator<Item = (&'a ToolCall, bool)> {
    let parts = messages
        .iter()
        .filter(|message| message.role == Role::Assistant)
        .flat_map(|message| &message.content);
    parts.filter_map(move |part| {
        let call = part.kind.as_tool_call()?;
        Some((call, is_sent(part, call, provider)))
    })
}

/// A cut call is not sent, nor is one that another provider ran itself.
fn is_sent(part: &Part, call: &ToolCall, provider: &str) -> bool {
    !part.incomplete && (!call.provider_executed || part.state_of(provider).is_some())
}

/// The API takes ids of letters, digits, underscores and dashes.
fn is_acceptable(id: &str) -> bool {
    !id.is_empty() && id.chars().all(is_id_character)
}

fn is_id_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn acceptable(id: &str) -> String {
    match id {
        "" => "call".to_owned(),
        _ => id
            .chars()
            .map(|c| if is_id_character(c) { c } else { '_' })
            .collect(),
    }
}
