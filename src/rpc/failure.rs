//! How a chat failed, where no event of a stream says it: the status alone tells what was tried and used.

use prost::Message as _;
use tonic::Status;

use crate::domain::event::Failed;
use crate::rpc::convert::event;
use crate::rpc::pb;
use crate::rpc::status::{self, STATUS_BYTES, capped};

/// As the contract names its packed form.
const TYPE_URL: &str = "type.googleapis.com/crux.v1.GenerationFailed";
/// The detail's own frame: tags, lengths and the type's name.
const FRAME_BYTES: usize = TYPE_URL.len() + 16;

const MESSAGE_BYTES: usize = 256;
const ATTEMPT_MESSAGE_BYTES: usize = 128;
const CODE_BYTES: usize = 64;
const ID_BYTES: usize = 128;

/// Builds the status; where a provider was asked, with a `crux.v1.GenerationFailed` among its details.
pub(super) fn failure(failed: &Failed, request_id: &str) -> Status {
    let status = status::status(&failed.error, request_id);
    if failed.attempts.is_empty() {
        return status;
    }
    let taken = status.details().len() + status.message().len() + FRAME_BYTES;
    let account = account(failed, STATUS_BYTES.saturating_sub(taken));
    status::with_detail(&status, TYPE_URL, account.encode_to_vec())
}

impl pb::GenerationFailed {
    /// Reads what a status tells of a generation, where no event told it.
    pub fn of(status: &Status) -> Option<Self> {
        let packed = tonic_types::Status::decode(status.details()).ok()?;
        let detail = packed.details.iter().find(|detail| detail.type_url == TYPE_URL)?;
        Self::decode(detail.value.as_slice()).ok()
    }
}

/// What fits into `room` bytes; of the attempts, the last ones.
fn account(failed: &Failed, room: usize) -> pb::GenerationFailed {
    let mut account = event::failure(failed.clone());
    if let Some(error) = &mut account.error {
        // The status says these two.
        error.message.clear();
        error.metadata.clear();
        error.provider_error.iter_mut().for_each(shorten);
    }
    if let Some(usage) = &mut account.usage {
        usage.raw_json.clear();
    }
    account.attempts.iter_mut().for_each(shorten_attempt);
    let mut attempts = std::mem::take(&mut account.attempts);
    let mut left = room.saturating_sub(account.encoded_len());
    let fitting = attempts.iter().rev().take_while(|attempt| {
        /// Tag and length.
        const FRAME_BYTES: usize = 4;
        let size = attempt.encoded_len() + FRAME_BYTES;
        let fits = size <= left;
        left = left.saturating_sub(size);
        fits
    });
    account.attempts = attempts.split_off(attempts.len() - fitting.count());
    account
}

/// Cuts an attempt to what there is room for.
fn shorten_attempt(attempt: &mut pb::Attempt) {
    attempt.model = capped(&attempt.model, ID_BYTES);
    if let Some(error) = &mut attempt.error {
        error.message = capped(&error.message, ATTEMPT_MESSAGE_BYTES);
        error.metadata.clear();
        if let Some(provider) = &mut error.provider_error {
            // The error's own message has these words.
            provider.message.clear();
            shorten(provider);
        }
    }
}

/// Cuts what a provider said to what there is room for.
fn shorten(provider: &mut pb::ProviderError) {
    provider.provider = capped(&provider.provider, CODE_BYTES);
    provider.model = capped(&provider.model, ID_BYTES);
    provider.code = capped(&provider.code, CODE_BYTES);
    provider.message = capped(&provider.message, MESSAGE_BYTES);
    provider.request_id = capped(&provider.request_id, ID_BYTES);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::failure;
    use crate::domain::error::{Error, ProviderError, Reason};
    use crate::domain::event::{Attempt, Failed, Timing};
    use crate::domain::usage::Usage;
    use crate::rpc::pb;
    use crate::rpc::status::STATUS_BYTES;

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![Just(0_usize), 1..40_usize, 1000..1100_usize].prop_map(|length| "é".repeat(length))
    }

    prop_compose! {
        fn error()(message in text(), model in text(), code in text(), id in text(), said in text()) -> Error {
            let provider = ProviderError {
                provider: "openai".to_owned(),
                model: model.clone(),
                http_status: 503,
                code,
                message: said,
                request_id: id.clone(),
            };
            Error {
                provider: Some(Box::new(provider)),
                ..Error::new(Reason::ProviderUnavailable, message)
            }
            .with("model", model)
            .with("providerRequestId", id)
        }
    }

    prop_compose! {
        fn failed()(error in error(), tried in prop::collection::vec(error(), 1..40), output in any::<u32>()) -> Failed {
            let attempts = (1..).zip(tried).map(|(number, error)| Attempt {
                number,
                model: "openai/gpt-5".to_owned(),
                error: Some(error),
                duration: Duration::from_millis(u64::from(number)),
            });
            Failed {
                error,
                usage: Usage { output_tokens: Some(output), raw_json: Some("{}".repeat(3000)), ..Usage::default() },
                timing: Timing::default(),
                attempts: attempts.collect(),
            }
        }
    }

    proptest! {
        #[test]
        fn it_stays_under_4_kib_and_tells_usage_and_the_last_attempts(failed in failed()) {
            let status = failure(&failed, "request-1");

            prop_assert!(status.details().len() + status.message().len() < STATUS_BYTES);
            let account = pb::GenerationFailed::of(&status).unwrap();
            let output = account.usage.unwrap().output_tokens;
            prop_assert_eq!(output, failed.usage.output_tokens.map(|count| i32::try_from(count).unwrap_or(i32::MAX)));
            let numbers: Vec<_> = account.attempts.iter().map(|attempt| attempt.number).collect();
            prop_assert!(!numbers.is_empty());
            let all: Vec<_> = failed.attempts.iter().map(|attempt| i32::try_from(attempt.number).unwrap()).collect();
            prop_assert!(all.ends_with(&numbers), "{:?}", numbers);
        }
    }

    #[test]
    fn what_is_short_is_told_whole() {
        let error = Error {
            provider: Some(Box::new(ProviderError {
                provider: "openai".to_owned(),
                model: "gpt-5".to_owned(),
                http_status: 503,
                code: "overloaded".to_owned(),
                message: "come back later".to_owned(),
                request_id: "req_1".to_owned(),
            })),
            ..Error::new(Reason::ProviderUnavailable, "openai is overloaded")
        };
        let attempts = (1..=6).map(|number| Attempt {
            number,
            model: "openai/gpt-5".to_owned(),
            error: Some(error.clone()),
            duration: Duration::from_millis(20),
        });
        let failed = Failed {
            attempts: attempts.collect(),
            error,
            usage: Usage::default(),
            timing: Timing::default(),
        };

        let account = pb::GenerationFailed::of(&failure(&failed, "request-1")).unwrap();

        assert_eq!(account.attempts.len(), 6);
        assert_eq!(
            account.attempts[0].error.as_ref().unwrap().message,
            "openai is overloaded"
        );
        let provider = account.error.unwrap().provider_error.unwrap();
        assert_eq!(
            (
                provider.model.as_str(),
                provider.message.as_str(),
                provider.request_id.as_str()
            ),
            ("gpt-5", "come back later", "req_1")
        );
    }
}
