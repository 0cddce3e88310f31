//! Tool calls under way, the caller's and the provider's own.

use crate::domain::answer::AnswerEvent;
use crate::domain::content::{Part, PartKind, ToolCall};

use super::reader::{Content, Reader};
use super::shapes::Block;
use super::state::StateWriter;

impl Reader {
    pub(super) fn start_call(
        &mut self,
        block: &Block<'_>,
        out: &mut Vec<AnswerEvent>,
    ) -> (Option<u32>, Content) {
        let is_provider_executed = &*block.kind != "tool_use";
        let id = Block::string(block.id).unwrap_or_default();
        let name = Block::string(block.name).unwrap_or_default();
        if is_provider_executed {
            self.provider_calls.push((id.clone(), name.clone()));
        }
        let part = Part::new(PartKind::ToolCall(ToolCall {
            id,
            name,
            arguments_json: String::new(),
            provider_executed: is_provider_executed,
        }));
        let part = self.draft.open(part, out);
        let mut state = StateWriter::default();
        if is_provider_executed {
            state.string("type", &block.kind);
        }
        state.optional("caller", block.caller);
        state.optional("server_name", block.server_name);
        if let Some(state) = state.finish() {
            self.draft.set_state(part, state);
        }
        let input = block
            .input
            .map(|input| input.get().to_owned())
            .unwrap_or_default();
        let content = Content::Call {
            input,
            is_provider_executed,
        };
        (Some(part), content)
    }

    /// Whether a call has its arguments. Those that came with the block's start are put out here.
    pub(super) fn complete_call(
        &mut self,
        part: u32,
        input: &mut String,
        out: &mut Vec<AnswerEvent>,
    ) -> bool {
        let given = std::mem::take(input);
        let is_given = !matches!(given.trim(), "" | "{}" | "null");
        if is_given && self.arguments(part).is_empty() {
            self.draft.text(part, &given, out);
        }
        let arguments = self.arguments(part);
        !arguments.is_empty() && serde_json::from_str::<serde::de::IgnoredAny>(arguments).is_ok()
    }

    fn arguments(&self, part: u32) -> &str {
        match self.draft.part(part) {
            Some(Part {
                kind: PartKind::ToolCall(call),
                ..
            }) => &call.arguments_json,
            _ => "",
        }
    }

    /// A call without arguments has an empty object of them.
    pub(super) fn fill_arguments(&mut self, part: u32, out: &mut Vec<AnswerEvent>) {
        if self.arguments(part).is_empty() {
            // Only a call takes this text as arguments; for text it would be content.
            if let Some(Part {
                kind: PartKind::ToolCall(_),
                ..
            }) = self.draft.part(part)
            {
                self.draft.text(part, "{}", out);
            }
        }
    }
}
