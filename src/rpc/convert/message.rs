//! Messages, both ways.

use crate::domain::content::{Message, PartKind, Role};
use crate::rpc::convert::part::{part, part_out};
use crate::rpc::convert::violations::Violations;
use crate::rpc::pb;

/// Reads the conversation.
///
/// Into vectors of its own size: collecting a filter makes room for four, and a call holds its messages to its end.
pub(crate) fn messages(messages: Vec<pb::Message>, violations: &mut Violations) -> Vec<Message> {
    violations.check(!messages.is_empty(), "messages", "expected at least one message");
    let mut read = Vec::with_capacity(messages.len());
    let all = messages.into_iter().enumerate();
    read.extend(all.filter_map(|(index, one)| message(one, &format!("messages[{index}]"), violations)));
    name_results(&mut read);
    read
}

fn message(message: pb::Message, path: &str, violations: &mut Violations) -> Option<Message> {
    let pb::Message { role, content, name } = message;
    let role = match pb::Role::try_from(role) {
        Ok(pb::Role::System) => Role::System,
        Ok(pb::Role::User) => Role::User,
        Ok(pb::Role::Assistant) => Role::Assistant,
        Ok(pb::Role::Tool) => Role::Tool,
        Ok(pb::Role::Unspecified) | Err(_) => {
            let expected = "expected ROLE_SYSTEM, ROLE_USER, ROLE_ASSISTANT or ROLE_TOOL";
            violations.add(format!("{path}.role"), format!("{expected}, found {role}"));
            return None;
        }
    };
    let wrong_before = violations.len();
    let mut parts = Vec::with_capacity(content.len());
    parts.extend(
        content
            .into_iter()
            .enumerate()
            .filter_map(|(index, read)| part(read, role, &format!("{path}.content[{index}]"), violations)),
    );
    let content = parts;
    // A part that was refused is the reason already.
    if content.is_empty() && violations.len() == wrong_before {
        violations.add(
            format!("{path}.content"),
            "expected at least one part that is not empty",
        );
    }
    Some(Message {
        role,
        content,
        name: (!name.is_empty()).then_some(name),
    })
}

/// Fills in the names of results from the calls they answer.
fn name_results(messages: &mut [Message]) {
    let mut names = std::collections::BTreeMap::new();
    for part in messages.iter_mut().flat_map(|message| &mut message.content) {
        match &mut part.kind {
            PartKind::ToolCall(call) => {
                names.insert(call.id.clone(), call.name.clone());
            }
            PartKind::ToolResult(result) if result.name.is_empty() => {
                result.name = names.get(&result.tool_call_id).cloned().unwrap_or_default();
            }
            PartKind::Text(_)
            | PartKind::Media(_)
            | PartKind::Reasoning(_)
            | PartKind::ToolResult(_)
            | PartKind::Refusal(_)
            | PartKind::Opaque(_) => {}
        }
    }
}

pub(crate) fn message_out(message: Message) -> pb::Message {
    let role = match message.role {
        Role::System => pb::Role::System,
        Role::User => pb::Role::User,
        Role::Assistant => pb::Role::Assistant,
        Role::Tool => pb::Role::Tool,
    };
    pb::Message {
        role: role as i32,
        content: message.content.into_iter().map(part_out).collect(),
        name: message.name.unwrap_or_default(),
    }
}
