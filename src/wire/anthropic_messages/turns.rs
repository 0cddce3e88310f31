//! Messages to the API's turns.
//!
//! The API has turns of the user and the assistant; tool results are the user's, at the front of a
//! turn. System messages at the front go to the top-level `system`. Later ones stay in place where the
//! model takes them there: after a turn of the user (or a result of a tool the provider ran) and before
//! the assistant's; elsewhere they move to the nearest such place, or to the top, with a warning.
//! <https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages>, 2026-11.

use serde_json::{Value, json};

use crate::domain::content::{Message, PartKind, Role};
use crate::wire::dialect::EncodeError;

use super::documents::{Documents, media_parts};
use super::encode::Writer;
use super::history::History;

/// What a conversation became.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    pub(super) system: Vec<Value>,
    pub(super) messages: Vec<Value>,
    /// The documents in the messages, in their order.
    pub(super) documents: Vec<u32>,
}

#[derive(Debug)]
struct Turn {
    role: &'static str,
    blocks: Vec<Value>,
    documents: Documents,
}

impl Turn {
    /// Whether a system message may follow: the user has spoken, or a tool that the provider ran has.
    fn takes_system_next(&self) -> bool {
        match self.role {
            "assistant" => {
                let last = self.blocks.last();
                last.is_some_and(|block| kind(block).ends_with("_tool_result"))
            }
            _ => true,
        }
    }

    /// The API refuses a turn all of whose text is blank, though models write such turns: a line break
    /// between a thought and a call.
    fn drop_lone_blanks(&mut self) {
        let is_text = |block: &Value| kind(block) == "text";
        let has_words = self.blocks.iter().any(|block| {
            let text = block.get("text").and_then(Value::as_str).unwrap_or_default();
            is_text(block) && !text.trim().is_empty()
        });
        let has_more = self.blocks.iter().any(|block| !is_text(block));
        if !has_words && (has_more || self.role == "assistant") {
            self.blocks.retain(|block| !is_text(block));
        }
    }

    fn into_message(mut self) -> Option<Value> {
        self.drop_lone_blanks();
        if self.role == "user" {
            // Stable: results first, everything else in its order.
            self.blocks.sort_by_key(|block| kind(block) != "tool_result");
        }
        (!self.blocks.is_empty()).then(|| json!({"role": self.role, "content": self.blocks}))
    }
}

fn kind(block: &Value) -> &str {
    block.get("type").and_then(Value::as_str).unwrap_or_default()
}

/// A system message that waits for its place.
#[derive(Debug)]
struct Waiting {
    index: usize,
    blocks: Vec<Value>,
    has_moved: bool,
}

impl Writer<'_> {
    /// Writes the conversation.
    pub(super) fn conversation(&mut self) -> Result<Conversation, EncodeError> {
        let call = self.call;
        let history = History::read(&call.messages, self.target.provider);
        let mut system = Vec::new();
        let mut turns: Vec<Turn> = Vec::new();
        let mut waiting: Vec<Waiting> = Vec::new();
        for (index, message) in call.messages.iter().enumerate() {
            let blocks = self.blocks(index, message, &history)?;
            let documents = std::mem::take(&mut self.documents);
            match message.role {
                _ if blocks.is_empty() => {}
                Role::System if turns.is_empty() => system.extend(blocks),
                Role::System if self.model.takes_mid_system => waiting.push(Waiting {
                    index,
                    blocks,
                    has_moved: false,
                }),
                Role::System => {
                    self.moved_to_top(index);
                    system.extend(blocks);
                }
                Role::User | Role::Tool => {
                    for waiting in &mut waiting {
                        waiting.has_moved = true;
                    }
                    push(&mut turns, "user", blocks, documents);
                }
                Role::Assistant => {
                    self.place(&mut turns, &mut system, &mut waiting);
                    push(&mut turns, "assistant", blocks, documents);
                }
            }
        }
        self.place(&mut turns, &mut system, &mut waiting);
        Ok(Conversation {
            system,
            documents: turns.iter().flat_map(|turn| turn.documents.in_order()).collect(),
            messages: turns.into_iter().filter_map(Turn::into_message).collect(),
        })
    }

    /// Puts the waiting system messages after the last turn, or to the top where they may not stand there.
    fn place(&mut self, turns: &mut Vec<Turn>, system: &mut Vec<Value>, waiting: &mut Vec<Waiting>) {
        for Waiting {
            index,
            blocks,
            has_moved,
        } in waiting.drain(..)
        {
            if !turns.last().is_some_and(Turn::takes_system_next) {
                self.moved_to_top(index);
                system.extend(blocks);
                continue;
            }
            if has_moved {
                self.notes.changed(
                    format!("messages[{index}]"),
                    "the system message was moved behind the user turn that follows it, where this model takes one",
                );
            }
            turns.push(Turn {
                role: "system",
                blocks,
                documents: Documents::default(),
            });
        }
    }

    fn moved_to_top(&mut self, index: usize) {
        self.notes.changed(
            format!("messages[{index}]"),
            "this model takes no system message here; it was moved to the front of the conversation",
        );
    }

    fn blocks(
        &mut self,
        index: usize,
        message: &Message,
        history: &History<'_>,
    ) -> Result<Vec<Value>, EncodeError> {
        self.notes.unnamed(index, message);
        let mut blocks = Vec::with_capacity(message.content.len());
        for (position, part) in message.content.iter().enumerate() {
            let path = format!("messages[{index}].content[{position}]");
            if message.role == Role::System && !matches!(part.kind, PartKind::Text(_) | PartKind::Opaque(_)) {
                return Err(EncodeError::unsupported(path, "a system message holds text only"));
            }
            // What of it is not sent counts as well.
            let media_seen = self.media_seen + media_parts(part);
            blocks.extend(self.block(part, message.role, &path, history)?);
            self.media_seen = media_seen;
        }
        Ok(blocks)
    }
}

/// Adds blocks to the last turn of the role, or begins one.
fn push(turns: &mut Vec<Turn>, role: &'static str, blocks: Vec<Value>, documents: Documents) {
    match turns.last_mut() {
        Some(last) if last.role == role => {
            last.blocks.extend(blocks);
            last.documents.extend(documents);
        }
        _ => turns.push(Turn {
            role,
            blocks,
            documents,
        }),
    }
}
