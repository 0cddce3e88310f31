//! What a call has shown of its model: confirmed by an answer that made use of it, denied by nothing less than
//! the provider's own words. Pure.

use crate::domain::call::{ChatCall, ResponseFormat};
use crate::domain::capability::Feature;
use crate::domain::error::{Error, Reason};
use crate::domain::event::Outcome;
use crate::engine::tally::Tally;
use crate::wire::dialect::Mode;

/// A feature, and what was seen of it.
type Seen = (Feature, &'static str);

/// What a finished answer confirms.
pub(super) fn confirmed(call: &ChatCall, mode: Mode, tally: &Tally, outcome: &Outcome) -> Vec<Seen> {
    let usage = &outcome.usage;
    let some = |tokens: Option<u32>| tokens.is_some_and(|tokens| tokens > 0);
    // What was left out of the request was not put to the test.
    let was_sent = |field: &str| {
        !outcome
            .warnings
            .iter()
            .any(|warning| warning.field.starts_with(field))
    };
    let is_valid = outcome.format_valid == Some(true) && was_sent("response_format");
    let format = call.response_format.as_ref();
    let seen = [
        (true, Feature::Chat, "a chat was answered"),
        (mode == Mode::Stream, Feature::Streaming, "a chat was streamed"),
        (tally.tool_calls() > 0, Feature::Tools, "a tool was called"),
        (
            tally.tool_calls() > 1,
            Feature::ParallelToolCalls,
            "several tools were called at once",
        ),
        (
            is_valid && matches!(format, Some(ResponseFormat::JsonSchema(_))),
            Feature::JsonSchema,
            "an answer followed its schema",
        ),
        (
            is_valid && matches!(format, Some(ResponseFormat::JsonObject)),
            Feature::JsonObject,
            "an answer was JSON",
        ),
        (
            tally.has_reasoning() || some(usage.reasoning_tokens),
            Feature::Reasoning,
            "an answer was reasoned",
        ),
        (
            some(usage.cache_read_tokens),
            Feature::PromptCaching,
            "a prompt was read from the cache",
        ),
        (tally.has_logprobs(), Feature::Logprobs, "log probabilities came"),
    ];
    let seen = seen.into_iter().filter(|(is_seen, ..)| *is_seen);
    seen.map(|(_, feature, evidence)| (feature, evidence)).collect()
}

/// What providers write of a feature when they refuse it; the closer words first.
const WORDS: [(&[&str], Feature); 8] = [
    (
        &["parallel_tool_calls", "parallel tool calls"],
        Feature::ParallelToolCalls,
    ),
    (
        &[
            "tools",
            "tool use",
            "tool calling",
            "tool_choice",
            "function calling",
        ],
        Feature::Tools,
    ),
    (
        &["json_schema", "json schema", "structured output"],
        Feature::JsonSchema,
    ),
    (&["json_object", "json mode"], Feature::JsonObject),
    (
        &["reasoning.effort", "reasoning_effort"],
        Feature::ReasoningEffort,
    ),
    (
        &["thinking_budget", "thinking budget", "budget_tokens"],
        Feature::ReasoningBudget,
    ),
    (&["thinking", "reasoning"], Feature::Reasoning),
    (&["logprobs"], Feature::Logprobs),
];

/// What a provider has refused in so many words, and the call has asked for.
pub(super) fn denied(call: &ChatCall, error: &Error) -> Option<Seen> {
    let said = error
        .provider
        .as_ref()
        .filter(|_| error.reason == Reason::Unsupported)?;
    let message = said.message.to_lowercase();
    // A value that is not supported, or a combination, is no word on the feature.
    let is_partial = ["value", "combin", "together", "at the same time", "with stream"];
    let says_no = [
        "not support",
        "unsupported",
        "found that support",
        "not available",
    ];
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if !has(&says_no) || has(&is_partial) {
        return None;
    }
    let (_, feature) = WORDS.iter().find(|(words, _)| has(words))?;
    asks_for(call, *feature).then_some((*feature, "the provider refused it"))
}

fn asks_for(call: &ChatCall, feature: Feature) -> bool {
    let reasoning = call.reasoning.as_ref();
    match feature {
        Feature::Tools => !call.tools.is_empty(),
        Feature::ParallelToolCalls => call.parallel_tool_calls == Some(true),
        Feature::JsonObject => matches!(call.response_format, Some(ResponseFormat::JsonObject)),
        Feature::JsonSchema => matches!(call.response_format, Some(ResponseFormat::JsonSchema(_))),
        Feature::Reasoning => reasoning.is_some(),
        Feature::ReasoningEffort => reasoning.is_some_and(|reasoning| reasoning.effort.is_some()),
        Feature::ReasoningBudget => reasoning.is_some_and(|reasoning| reasoning.budget_tokens.is_some()),
        Feature::Logprobs => call.sampling.top_logprobs.is_some(),
        Feature::Chat
        | Feature::Streaming
        | Feature::PromptCaching
        | Feature::WebSearch
        | Feature::CodeExecution
        | Feature::Embeddings
        | Feature::ProviderBatch => false,
    }
}

#[cfg(test)]
mod tests {
    use super::denied;
    use crate::domain::call::{ChatCall, ReasoningConfig, ResponseFormat};
    use crate::domain::capability::Feature;
    use crate::domain::error::{Error, ProviderError, Reason};

    fn call() -> ChatCall {
        ChatCall {
            response_format: Some(ResponseFormat::JsonObject),
            reasoning: Some(ReasoningConfig {
                effort: None,
                budget_tokens: None,
                form: None,
            }),
            ..ChatCall::default()
        }
    }

    fn refusal(reason: Reason, message: &str) -> Error {
        Error {
            provider: Some(Box::new(ProviderError {
                http_status: 400,
                message: message.to_owned(),
                ..ProviderError::default()
            })),
            ..Error::new(reason, "refused")
        }
    }

    #[test]
    fn only_a_refusal_in_words_of_what_was_asked_for_denies() {
        let said = |reason, message| denied(&call(), &refusal(reason, message)).map(|(feature, _)| feature);

        assert_eq!(
            said(Reason::Unsupported, "\"m\" does not support thinking"),
            Some(Feature::Reasoning)
        );
        assert_eq!(
            said(
                Reason::Unsupported,
                "response_format json_object is not supported by this model"
            ),
            Some(Feature::JsonObject)
        );
        for (reason, message) in [
            (Reason::Unsupported, "\"m\" does not support tools"),
            (
                Reason::Unsupported,
                "Unsupported value: 'reasoning.summary' does not support 'detailed'",
            ),
            (Reason::Unsupported, "thinking is odd"),
            (Reason::ProviderRejected, "\"m\" does not support thinking"),
            (Reason::ProviderUnavailable, "thinking is not available"),
        ] {
            assert_eq!(said(reason, message), None, "{message}");
        }
        let own = Error::new(Reason::Unsupported, "this server says thinking is not supported");
        assert_eq!(denied(&call(), &own), None);
    }
}
