//! Words for the end of an answer, the gateway's and the native one, read into one reason.

use crate::domain::answer::FinishReason;
use crate::wire::draft::Stop;
use crate::wire::openai_chat::chunk::Choice;

/// How a choice says it ended; `None` while it goes on.
pub(super) fn stop(choice: &Choice<'_>) -> Option<Stop> {
    let raw = choice.finish_reason.text()?;
    let said = reason(raw);
    let native = choice.native_finish_reason.text().map(reason);
    // An early end shows in either word.
    let cut = [Some(said), native]
        .into_iter()
        .flatten()
        .find(|reason| is_early(*reason));
    Some(Stop {
        reason: cut.unwrap_or(said),
        raw: raw.to_owned(),
        stop_sequence: choice.stop_reason.text().map(str::to_owned),
    })
}

fn is_early(reason: FinishReason) -> bool {
    matches!(
        reason,
        FinishReason::MaxTokens | FinishReason::ContextFull | FinishReason::ContentFilter
    )
}

fn reason(word: &str) -> FinishReason {
    match word.to_ascii_lowercase().as_str() {
        "stop" | "end_turn" | "stop_sequence" | "completed" | "eos" => FinishReason::Stop,
        "tool_calls" | "tool_use" | "function_call" => FinishReason::ToolCalls,
        "length" | "max_tokens" | "max_output_tokens" | "model_length" => FinishReason::MaxTokens,
        "model_context_window_exceeded" | "context_length_exceeded" => FinishReason::ContextFull,
        "content_filter" | "safety" | "recitation" | "prohibited_content" | "blocklist" | "spii"
        | "image_safety" => FinishReason::ContentFilter,
        "refusal" => FinishReason::Refusal,
        "pause_turn" => FinishReason::Paused,
        _ => FinishReason::Other,
    }
}

/// The word of a choice that failed.
pub(super) const ERROR: &str = "error";

/// A word that says the answer was broken off for the provider's own reasons.
pub(super) const BROKEN_OFF: &str = "insufficient_system_resource";
