//! What an encoder leaves out or changes, collected on the way; and what history loses, the same way in
//! every dialect.

use crate::domain::call::Warning;
use crate::domain::content::{Message, Part, PartKind, Role};

/// The warnings of one request.
#[derive(Debug, Default)]
pub(super) struct Notes(Vec<Warning>);

impl Notes {
    /// A parameter the model does not take.
    pub(super) fn left_out(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.push(field, message, true);
    }

    /// Something sent in another way, or that only another provider understands.
    pub(super) fn changed(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.push(field, message, false);
    }

    /// The name of the `index`th message's participant, where the API takes none. A name is a hint and no
    /// parameter: no policy fails a call for it.
    pub(super) fn unnamed(&mut self, index: usize, message: &Message) {
        if message.name.is_some() {
            let field = format!("messages[{index}].name");
            self.changed(field, "the API takes no names of participants");
        }
    }

    /// Notes what a part loses because its state, or all of it, is another provider's; returns whether
    /// nothing of it is left to send.
    ///
    /// `is_read`: the part has state that the dialect can read. State it cannot is another's, if only of
    /// another dialect that the same provider speaks. A part that is not sent is named by its own path, a
    /// part that is sent without its state by that field of it. Neither is a parameter.
    pub(super) fn is_lost(
        &mut self,
        part: &Part,
        is_read: bool,
        role: Role,
        provider: &str,
        path: &str,
    ) -> bool {
        let foreign = part.provider_state.as_ref().filter(|_| !is_read);
        let what = match &part.kind {
            PartKind::Opaque(opaque) if opaque.provider != provider => {
                format!("a block of `{}`", opaque.provider)
            }
            PartKind::ToolCall(call) if call.provider_executed && !is_read => {
                format!("a call to `{}` that was run elsewhere", call.name)
            }
            PartKind::ToolResult(_) if role == Role::Assistant && !is_read => {
                "the result of a call that was run elsewhere".to_owned()
            }
            PartKind::Reasoning(_) if foreign.is_some() => "reasoning from elsewhere".to_owned(),
            PartKind::Text(text) | PartKind::Refusal(text) if text.is_empty() && foreign.is_some() => {
                "a part with nothing but state from elsewhere".to_owned()
            }
            PartKind::Text(_)
            | PartKind::Media(_)
            | PartKind::Reasoning(_)
            | PartKind::ToolCall(_)
            | PartKind::ToolResult(_)
            | PartKind::Refusal(_)
            | PartKind::Opaque(_) => {
                if let Some(state) = foreign {
                    let message = format!("state of `{}` was left out", state.provider);
                    self.changed(format!("{path}.provider_state"), message);
                }
                return false;
            }
        };
        self.changed(path, format!("{what} was left out"));
        true
    }

    /// The warnings, in their order.
    pub(super) fn into_warnings(self) -> Vec<Warning> {
        self.0
    }

    fn push(&mut self, field: impl Into<String>, message: impl Into<String>, is_left_out: bool) {
        self.0.push(Warning {
            field: field.into(),
            message: message.into(),
            is_left_out,
        });
    }
}
