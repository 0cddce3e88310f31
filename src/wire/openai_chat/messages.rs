//! The conversation as the messages of a request.

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::domain::content::{Message, Part, PartKind, Role, ToolResult};
use crate::wire::dialect::{EncodeError, Target};
use crate::wire::notes::Notes;
use crate::wire::openai_chat::assistant::Assistant;
use crate::wire::openai_chat::parts::{Blocks, content};
use crate::wire::openai_chat::quirks::{Quirks, ReasoningReplay};

pub(super) fn encode(
    quirks: &Quirks,
    messages: &[Message],
    target: Target<'_>,
    notes: &mut Notes,
) -> Result<Vec<Value>, EncodeError> {
    let mut history = History {
        blocks: Blocks {
            quirks,
            target,
            notes,
        },
        out: Vec::new(),
        moved: Vec::new(),
        dropped: HashSet::new(),
    };
    let turns = tool_turns(messages);
    let has_reasoning = quirks.reasoning_replay == ReasoningReplay::ToolTurnsRequired
        && messages
            .iter()
            .flat_map(|message| &message.content)
            .any(|part| matches!(part.kind, PartKind::Reasoning(_)));
    for (at, (message, is_tool_turn)) in messages.iter().zip(turns).enumerate() {
        let path = format!("messages[{at}]");
        if message.role != Role::Tool {
            history.flush_moved();
        }
        match message.role {
            Role::System | Role::User => history.plain(message, &path)?,
            Role::Assistant => {
                let mut assistant = Assistant::new(&mut history.blocks, is_tool_turn, has_reasoning);
                let encoded = assistant.encode(message, &path)?;
                history.dropped.extend(assistant.into_dropped());
                history.out.extend(encoded.map(Value::Object));
            }
            Role::Tool => history.results(message, &path)?,
        }
    }
    history.flush_moved();
    Ok(history.out)
}

struct History<'a> {
    blocks: Blocks<'a>,
    out: Vec<Value>,
    /// Media of tool results, on its way into a user message: tool messages must follow the call at once.
    moved: Vec<Map<String, Value>>,
    /// Calls that were not sent; their results are not either.
    dropped: HashSet<String>,
}

impl History<'_> {
    fn plain(&mut self, message: &Message, path: &str) -> Result<(), EncodeError> {
        let role = if message.role == Role::System {
            "system"
        } else {
            "user"
        };
        let mut blocks = Vec::new();
        for (at, part) in message.content.iter().enumerate() {
            let path = format!("{path}.content[{at}]");
            if self.blocks.is_lost(part, message.role, &path) {
                continue;
            }
            match &part.kind {
                PartKind::Text(text) if text.is_empty() => {}
                PartKind::Text(text) => blocks.push(self.blocks.text(part, text, &path)?),
                PartKind::Media(media) if message.role == Role::User => {
                    blocks.push(self.blocks.media(part, media, &path)?);
                }
                PartKind::Media(_) => {
                    let field = format!("{path}.media");
                    return Err(EncodeError::unsupported(field, "system messages take text only"));
                }
                PartKind::Opaque(block) => {
                    blocks.push(parse_block(&block.payload_json, &path)?);
                }
                PartKind::Reasoning(_)
                | PartKind::ToolCall(_)
                | PartKind::ToolResult(_)
                | PartKind::Refusal(_) => {
                    let message = format!("a {role} message takes text and media only");
                    return Err(EncodeError::invalid(path, message));
                }
            }
        }
        if blocks.is_empty() {
            return Ok(());
        }
        let mut object = Map::new();
        object.insert("role".to_owned(), role.into());
        object.insert("content".to_owned(), content(blocks));
        if let Some(name) = &message.name {
            object.insert("name".to_owned(), name.clone().into());
        }
        self.out.push(Value::Object(object));
        Ok(())
    }

    fn results(&mut self, message: &Message, path: &str) -> Result<(), EncodeError> {
        for (at, part) in message.content.iter().enumerate() {
            let path = format!("{path}.content[{at}]");
            if self.blocks.is_lost(part, Role::Tool, &path) {
                continue;
            }
            match &part.kind {
                PartKind::ToolResult(result) if self.dropped.contains(&result.tool_call_id) => {
                    let message = "the call it answers was cut, and neither was sent";
                    self.blocks.notes.changed(path, message);
                }
                PartKind::ToolResult(result) => self.result(part, result, &path)?,
                PartKind::Text(_)
                | PartKind::Media(_)
                | PartKind::Reasoning(_)
                | PartKind::ToolCall(_)
                | PartKind::Refusal(_)
                | PartKind::Opaque(_) => {
                    return Err(EncodeError::invalid(
                        path,
                        "a tool message takes tool results only",
                    ));
                }
            }
        }
        Ok(())
    }

    fn result(&mut self, part: &Part, result: &ToolResult, path: &str) -> Result<(), EncodeError> {
        let mut blocks = Vec::new();
        let mut media = Vec::new();
        for (at, held) in result.content.iter().enumerate() {
            let path = format!("{path}.tool_result.content[{at}]");
            match &held.kind {
                PartKind::Text(text) => blocks.push(self.blocks.text(held, text, &path)?),
                PartKind::Media(content) if self.blocks.quirks.tool_result_media => {
                    blocks.push(self.blocks.media(held, content, &path)?);
                }
                PartKind::Media(content) => media.push(self.blocks.media(held, content, &path)?),
                PartKind::Reasoning(_)
                | PartKind::ToolCall(_)
                | PartKind::ToolResult(_)
                | PartKind::Refusal(_)
                | PartKind::Opaque(_) => {
                    return Err(EncodeError::invalid(
                        path,
                        "a tool result takes text and media only",
                    ));
                }
            }
        }
        if result.is_error {
            let message = "the format has no mark for a failed call: its content alone says so";
            self.blocks
                .notes
                .changed(format!("{path}.tool_result.is_error"), message);
        }
        if !media.is_empty() {
            let message = "tool messages take text only: its media follows in a user message";
            self.blocks
                .notes
                .changed(format!("{path}.tool_result.content"), message);
            let label = format!("Content of the result of tool call {}:", result.tool_call_id);
            let label = Part::text(label);
            if let PartKind::Text(text) = &label.kind {
                self.moved.push(self.blocks.text(&label, text, path)?);
            }
            self.moved.append(&mut media);
        }
        if blocks.is_empty() {
            let text = match (result.is_error, result.content.is_empty()) {
                (true, _) => "error",
                (false, true) => "",
                (false, false) => "The result follows in the next user message.",
            };
            blocks.push(self.blocks.text(&Part::text(text), text, path)?);
        }
        if let Some(block) = blocks.last_mut() {
            self.blocks.cache_hint(block, part, path);
        }
        let mut object = Map::new();
        object.insert("role".to_owned(), "tool".into());
        object.insert("tool_call_id".to_owned(), result.tool_call_id.clone().into());
        object.insert("content".to_owned(), content(blocks));
        let reserved = ["role", "tool_call_id", "content"];
        self.blocks.merge(&mut object, part, path, &reserved)?;
        self.out.push(Value::Object(object));
        Ok(())
    }

    fn flush_moved(&mut self) {
        if self.moved.is_empty() {
            return;
        }
        let mut object = Map::new();
        object.insert("role".to_owned(), "user".into());
        object.insert("content".to_owned(), content(std::mem::take(&mut self.moved)));
        self.out.push(Value::Object(object));
    }
}

/// Parses a block of the provider that goes back as it came.
pub(super) fn parse_block(json: &str, path: &str) -> Result<Map<String, Value>, EncodeError> {
    serde_json::from_str(json).map_err(|_| {
        let field = format!("{path}.opaque.payload_json");
        EncodeError::invalid(field, "expected a JSON object, the block as the provider gave it")
    })
}

/// For each message, whether it belongs to a turn in which the model called tools. A turn lasts from one
/// user message to the next.
fn tool_turns(messages: &[Message]) -> Vec<bool> {
    let mut is_tool_turn = vec![false; messages.len()];
    let turns = messages.split_inclusive(|message| message.role == Role::User);
    let mut flags = is_tool_turn.as_mut_slice();
    for turn in turns {
        let (these, rest) = flags.split_at_mut(turn.len());
        let has_calls = turn
            .iter()
            .any(|message| message.role == Role::Tool || message.content.iter().any(is_sent_call));
        these.fill(has_calls);
        flags = rest;
    }
    is_tool_turn
}

fn is_sent_call(part: &Part) -> bool {
    matches!(&part.kind, PartKind::ToolCall(call) if !part.incomplete && !call.provider_executed)
}
