//! What an encoder leaves out or changes, collected on the way.

use crate::domain::call::Warning;
use crate::domain::content::Message;

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
