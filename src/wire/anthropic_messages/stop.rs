//! Stop reasons.

use crate::domain::answer::FinishReason;
use crate::wire::draft::Stop;

/// Reads a stop reason.
pub(super) fn stop(word: String, sequence: Option<String>) -> Stop {
    let reason = match word.as_str() {
        "end_turn" | "stop_sequence" => FinishReason::Stop,
        "tool_use" => FinishReason::ToolCalls,
        "max_tokens" => FinishReason::MaxTokens,
        "model_context_window_exceeded" => FinishReason::ContextFull,
        "refusal" => FinishReason::Refusal,
        // Both want the message sent back to go on.
        "pause_turn" | "compaction" => FinishReason::Paused,
        _ => FinishReason::Other,
    };
    Stop {
        reason,
        raw: word,
        stop_sequence: sequence,
    }
}

/// Whether the block under way when a message stops so was cut.
pub(super) fn is_cut(stop: &Stop) -> bool {
    matches!(stop.reason, FinishReason::MaxTokens | FinishReason::ContextFull)
}
