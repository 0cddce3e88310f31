//! Token counts where no provider counts: a guess from the length, and said to be one.

use crate::domain::call::{ChatCall, ToolKind};
use crate::domain::content::{Part, PartKind};

/// Tokens around a message beside its content.
const MESSAGE_TOKENS: u32 = 4;
/// An image of usual size, as most providers count it.
const MEDIA_TOKENS: u32 = 800;

/// Guesses the tokens of a text: a token is about four bytes of ASCII or one other character.
pub(super) fn text_tokens(text: &str) -> u32 {
    let (ascii, other) = text.chars().fold((0_u32, 0_u32), |(ascii, other), c| {
        if c.is_ascii() {
            (ascii.saturating_add(1), other)
        } else {
            (ascii, other.saturating_add(1))
        }
    });
    ascii.div_ceil(4).saturating_add(other)
}

/// Guesses the input tokens of a call.
pub(super) fn input_tokens(call: &ChatCall) -> u32 {
    let messages = call.messages.iter().map(|message| {
        message
            .content
            .iter()
            .map(part_tokens)
            .fold(MESSAGE_TOKENS, u32::saturating_add)
    });
    let tools = call.tools.iter().map(|tool| match &tool.kind {
        ToolKind::Function(function) => {
            let schema = function
                .input_schema
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            [function.name.as_str(), &function.description, &schema]
                .iter()
                .map(|text| text_tokens(text))
                .fold(MESSAGE_TOKENS, u32::saturating_add)
        }
        ToolKind::WebSearch(_) | ToolKind::CodeExecution | ToolKind::Provider(_) => MESSAGE_TOKENS,
    });
    messages.chain(tools).fold(0, u32::saturating_add)
}

/// Guesses the tokens of a part.
pub(super) fn part_tokens(part: &Part) -> u32 {
    match &part.kind {
        PartKind::Text(text) | PartKind::Refusal(text) => text_tokens(text),
        PartKind::Reasoning(reasoning) => text_tokens(&reasoning.text),
        PartKind::ToolCall(call) => text_tokens(&call.name).saturating_add(text_tokens(&call.arguments_json)),
        PartKind::ToolResult(result) => result
            .content
            .iter()
            .map(part_tokens)
            .fold(0, u32::saturating_add),
        PartKind::Media(_) => MEDIA_TOKENS,
        PartKind::Opaque(opaque) => text_tokens(&opaque.payload_json),
    }
}

#[cfg(test)]
mod tests {
    use super::text_tokens;

    #[test]
    fn text_is_guessed_by_length() {
        assert_eq!(text_tokens(""), 0);
        assert_eq!(text_tokens("hello world!"), 3);
        assert_eq!(text_tokens("你好"), 2);
    }
}
