//! What was done, as its caller saw it: to be compared with what the server counted.

use std::collections::BTreeMap;

use crux::rpc::pb;
use crux::rpc::pb::chat_event::Event;
use tonic::{Code, Status};

use crate::harness::{Streamed, kind, reason};

pub(super) const STREAM: &str = "crux.v1.ChatService/StreamChat";
pub(super) const CHAT: &str = "crux.v1.ChatService/Chat";

/// Sums over calls.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// Calls, by method and code.
    pub(super) codes: BTreeMap<(&'static str, &'static str), u64>,
    pub(super) reasons: BTreeMap<String, u64>,
    pub(super) tokens: BTreeMap<&'static str, u64>,
    pub(super) cost_nano_usd: u64,
    pub(super) deltas: u64,
    /// Attempts that callers were told of, by provider and outcome.
    pub(super) attempts: BTreeMap<(String, String), u64>,
    pub(super) retries: u64,
    pub(super) fallbacks: u64,
}

impl Done {
    pub(super) fn streamed(&mut self, streamed: &Streamed) {
        self.ended(STREAM, streamed.status.as_ref().err());
        for event in streamed.events.iter().filter_map(|event| event.event.as_ref()) {
            if kind(event).ends_with("_delta") {
                self.deltas += 1;
            }
            if let Event::Finished(outcome) = event {
                self.used(outcome.usage.as_ref());
                self.tried(&outcome.attempts);
            }
            if let Event::Failed(failed) = event {
                self.used(failed.usage.as_ref());
                self.tried(&failed.attempts);
            }
        }
    }

    pub(super) fn whole(&mut self, answer: Result<pb::ChatResponse, Status>) {
        self.ended(CHAT, answer.as_ref().err());
        if let Ok(Some(outcome)) = answer.map(|answer| answer.outcome) {
            self.used(outcome.usage.as_ref());
            self.tried(&outcome.attempts);
        }
    }

    fn ended(&mut self, method: &'static str, error: Option<&Status>) {
        if let Some(error) = error {
            *self.reasons.entry(reason(error)).or_default() += 1;
        }
        let code = error.map_or(Code::Ok, Status::code);
        *self.codes.entry((method, name(code))).or_default() += 1;
    }

    fn used(&mut self, usage: Option<&pb::Usage>) {
        let Some(usage) = usage else { return };
        for (kind, tokens) in [
            ("input", usage.input_tokens),
            ("output", usage.output_tokens),
            ("cache_read", usage.cache_read_tokens),
            ("cache_write", usage.cache_write_tokens),
            ("reasoning", usage.reasoning_tokens),
        ] {
            *self.tokens.entry(kind).or_default() += u64::try_from(tokens.unwrap_or_default()).unwrap();
        }
        self.cost_nano_usd += u64::try_from(usage.cost_nano_usd.unwrap_or_default()).unwrap();
    }

    fn tried(&mut self, attempts: &[pb::Attempt]) {
        for attempt in attempts {
            let provider = attempt.model.split('/').next().unwrap().to_owned();
            let outcome = attempt.error.as_ref().map_or("OK", |error| {
                error
                    .reason()
                    .as_str_name()
                    .strip_prefix("ERROR_REASON_")
                    .unwrap()
            });
            *self.attempts.entry((provider, outcome.to_owned())).or_default() += 1;
        }
        for (before, after) in attempts.iter().zip(attempts.iter().skip(1)) {
            if before.model == after.model {
                self.retries += 1;
            } else {
                self.fallbacks += 1;
            }
        }
    }

    pub(super) fn calls(&self) -> u64 {
        self.codes.values().sum()
    }

    /// Attempts that gave an answer.
    pub(super) fn answered(&self) -> u64 {
        let answered = self.attempts.iter().filter(|((_, outcome), _)| outcome == "OK");
        answered.map(|(_, count)| count).sum()
    }
}

fn name(code: Code) -> &'static str {
    let names = [
        (Code::Ok, "OK"),
        (Code::InvalidArgument, "INVALID_ARGUMENT"),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"),
        (Code::NotFound, "NOT_FOUND"),
        (Code::ResourceExhausted, "RESOURCE_EXHAUSTED"),
        (Code::FailedPrecondition, "FAILED_PRECONDITION"),
        (Code::Internal, "INTERNAL"),
        (Code::Unavailable, "UNAVAILABLE"),
        (Code::Unauthenticated, "UNAUTHENTICATED"),
    ];
    let found = names.into_iter().find(|(known, _)| *known == code);
    found.unwrap_or_else(|| panic!("{code:?}")).1
}
