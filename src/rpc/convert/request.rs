//! Chat requests, inward. Messages are destructured whole, so that a new field cannot be forgotten.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use sha2::{Digest as _, Sha256};

use crate::domain::call::{ChatCall, Modality, Sampling, ServiceTier, UnsupportedParameterPolicy};
use crate::domain::error::{Error, Reason};
use crate::domain::principal::ModelPolicy;
use crate::engine::pace::Pace;
use crate::engine::{Notes, Request, Standing};
use crate::rpc::convert::violations::Violations;
use crate::rpc::convert::{format, json, message, reasoning, tool};
use crate::rpc::pb;

/// What the call itself tells, beside the request.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) request_id: String,
    pub(crate) trace_id: Option<String>,
    pub(crate) tenant_id: String,
    pub(crate) received: Instant,
    pub(crate) timeout: Option<Duration>,
    pub(crate) policy: Arc<ModelPolicy>,
    pub(crate) standing: Standing,
}

/// Reads a chat request.
///
/// # Errors
/// `InvalidRequest` with every violation; `FeatureDisabled` for what is not served yet.
#[expect(
    clippy::too_many_lines,
    reason = "a table: one line for each field of the request"
)]
pub(crate) fn chat_request(request: pb::ChatRequest, arrival: Arrival) -> Result<(Request, Pace), Error> {
    let pb::ChatRequest {
        model,
        messages,
        tools,
        tool_choice,
        response_format,
        reasoning,
        max_output_tokens,
        temperature,
        top_p,
        stop_sequences,
        stream_options,
        routing,
        idempotency_key,
        detach_timeout,
        provider_options,
        top_k,
        seed,
        presence_penalty,
        frequency_penalty,
        top_logprobs,
        parallel_tool_calls,
        output_modalities,
        service_tier,
        prompt_cache_key,
        unsupported_parameters,
        include,
        end_user_id,
        conversation_id,
        labels,
        logging,
    } = request;
    refuse_unserved(&idempotency_key, detach_timeout)?;

    let mut wrong = Violations::default();
    wrong.check(
        !model.is_empty(),
        "model",
        "expected \"<provider>/<model>\", such as \"openai/gpt-5\"",
    );
    let messages = message::messages(messages, &mut wrong);
    let tools = tool::tools(tools, &mut wrong);
    let tool_choice = tool_choice.map(|choice| tool::tool_choice(choice, &tools, &mut wrong));
    let response_format = response_format.and_then(|format| format::response_format(format, &mut wrong));
    let reasoning = reasoning.map(|config| reasoning::config(config, &mut wrong));
    for (index, stop) in stop_sequences.iter().enumerate() {
        wrong.check(
            !stop.is_empty(),
            &format!("stop_sequences[{index}]"),
            "expected text, found none",
        );
    }
    let sampling = Sampling {
        temperature: wrong.finite(temperature, "temperature"),
        top_p: wrong.finite(top_p, "top_p"),
        top_k: wrong.count(top_k, 1, "top_k"),
        seed,
        presence_penalty: wrong.finite(presence_penalty, "presence_penalty"),
        frequency_penalty: wrong.finite(frequency_penalty, "frequency_penalty"),
        top_logprobs: wrong.count(top_logprobs, 0, "top_logprobs"),
        stop_sequences,
    };
    wrong.check(
        sampling.top_logprobs.is_none_or(|most| most <= 20),
        "top_logprobs",
        "expected at most 20",
    );
    let call = ChatCall {
        messages,
        tools,
        tool_choice,
        response_format,
        reasoning,
        max_output_tokens: wrong.count(max_output_tokens, 1, "max_output_tokens"),
        sampling,
        parallel_tool_calls,
        output_modalities: modalities(&output_modalities, &mut wrong),
        service_tier: self::service_tier(service_tier, &mut wrong),
        prompt_cache_key: (!prompt_cache_key.is_empty()).then_some(prompt_cache_key),
        unsupported_parameters: policy(unsupported_parameters, &mut wrong),
        end_user_hash: (!end_user_id.is_empty()).then(|| hash(&end_user_id)),
        include_raw: include_raw(&include, &mut wrong),
        provider_options: json::provider_options(provider_options, "provider_options", &mut wrong),
    };
    let pace = stream_options
        .map(|options| self::pace(&options, &mut wrong))
        .unwrap_or_default();
    let pb::RoutingOptions {
        fallback_models,
        first_token_timeout,
        max_attempts,
    } = routing.unwrap_or_default();
    let request = Request {
        generation_id: format!("gen_{}", uuid::Uuid::now_v7().simple()),
        request_id: arrival.request_id,
        trace_id: arrival.trace_id,
        tenant_id: arrival.tenant_id,
        call,
        model,
        fallback_models,
        first_token_timeout: wrong.duration(
            first_token_timeout,
            Duration::from_millis(1),
            Duration::from_secs(3600),
            "routing.first_token_timeout",
        ),
        max_attempts: wrong.count(max_attempts, 1, "routing.max_attempts"),
        received: arrival.received,
        #[expect(clippy::disallowed_methods, reason = "the edge reads the clock, once a call")]
        create_time: SystemTime::now(),
        timeout: arrival.timeout,
        policy: arrival.policy,
        standing: arrival.standing,
        notes: notes(conversation_id, labels, logging, &mut wrong),
    };
    wrong.or((request, pace))
}

/// What is in the contract and not built yet is refused, never ignored.
fn refuse_unserved(
    idempotency_key: &str,
    detach_timeout: Option<prost_types::Duration>,
) -> Result<(), Error> {
    let detaches = detach_timeout.is_some_and(|timeout| timeout.seconds != 0 || timeout.nanos != 0);
    let (field, mend) = match (idempotency_key.is_empty(), detaches) {
        (true, false) => return Ok(()),
        (false, _) => ("idempotency_key", "leave it out"),
        (true, true) => (
            "detach_timeout",
            "leave it out: the generation stops with its call",
        ),
    };
    let message = format!("{field}: not served by this server yet; {mend}");
    Err(Error::new(Reason::FeatureDisabled, message).with("feature", field))
}

fn modalities(modalities: &[i32], wrong: &mut Violations) -> Vec<Modality> {
    let mut read = Vec::with_capacity(modalities.len());
    for (index, modality) in modalities.iter().enumerate() {
        match pb::Modality::try_from(*modality) {
            Ok(pb::Modality::Text) => read.push(Modality::Text),
            Ok(pb::Modality::Image) => read.push(Modality::Image),
            Ok(pb::Modality::Audio) => read.push(Modality::Audio),
            Ok(pb::Modality::Video) => read.push(Modality::Video),
            Ok(pb::Modality::Document) => read.push(Modality::Document),
            Ok(pb::Modality::Embedding) => read.push(Modality::Embedding),
            Ok(pb::Modality::Unspecified) | Err(_) => {
                wrong.add(
                    format!("output_modalities[{index}]"),
                    format!("expected a Modality, found {modality}"),
                );
            }
        }
    }
    read
}

fn service_tier(tier: i32, wrong: &mut Violations) -> Option<ServiceTier> {
    match pb::ServiceTier::try_from(tier) {
        Ok(pb::ServiceTier::Unspecified) => None,
        Ok(pb::ServiceTier::Standard) => Some(ServiceTier::Standard),
        Ok(pb::ServiceTier::Flex) => Some(ServiceTier::Flex),
        Ok(pb::ServiceTier::Priority) => Some(ServiceTier::Priority),
        Err(_) => {
            wrong.add("service_tier", format!("expected a ServiceTier, found {tier}"));
            None
        }
    }
}

fn policy(policy: i32, wrong: &mut Violations) -> UnsupportedParameterPolicy {
    use pb::UnsupportedParameterPolicy as Policy;
    match Policy::try_from(policy) {
        Ok(Policy::Unspecified | Policy::Warn) => UnsupportedParameterPolicy::Warn,
        Ok(Policy::Reject) => UnsupportedParameterPolicy::Reject,
        Err(_) => {
            let found = format!("expected an UnsupportedParameterPolicy, found {policy}");
            wrong.add("unsupported_parameters", found);
            UnsupportedParameterPolicy::Reject
        }
    }
}

fn include_raw(include: &[i32], wrong: &mut Violations) -> bool {
    for (index, include) in include.iter().enumerate() {
        let is_known = pb::Include::try_from(*include) == Ok(pb::Include::Raw);
        wrong.check(
            is_known,
            &format!("include[{index}]"),
            format_args!("expected INCLUDE_RAW, found {include}"),
        );
    }
    include.contains(&(pb::Include::Raw as i32))
}

fn pace(options: &pb::StreamOptions, wrong: &mut Violations) -> Pace {
    let pb::StreamOptions {
        heartbeat_interval,
        coalesce_window,
        omit_deltas,
    } = *options;
    let hour = Duration::from_secs(3600);
    let second = Duration::from_secs(1);
    let default = Pace::default();
    let interval = wrong.duration(
        heartbeat_interval,
        second,
        hour,
        "stream_options.heartbeat_interval",
    );
    let window = wrong.duration(
        coalesce_window,
        Duration::ZERO,
        second,
        "stream_options.coalesce_window",
    );
    Pace {
        heartbeat_interval: interval.unwrap_or(default.heartbeat_interval),
        coalesce_window: window.filter(|window| !window.is_zero()),
        omits_deltas: omit_deltas,
    }
}

fn notes(
    conversation_id: String,
    labels: std::collections::BTreeMap<String, String>,
    logging: i32,
    wrong: &mut Violations,
) -> Option<Notes> {
    wrong.check(
        labels.len() <= 16,
        "labels",
        format_args!("expected at most 16, found {}", labels.len()),
    );
    for (key, value) in &labels {
        let fits = key.chars().count() <= 64 && value.chars().count() <= 64;
        wrong.check(
            fits,
            &format!("labels.{key}"),
            "expected at most 64 characters in key and value",
        );
    }
    wrong.check(
        conversation_id.len() <= 256,
        "conversation_id",
        "expected at most 256 bytes",
    );
    match pb::LoggingLevel::try_from(logging) {
        Ok(pb::LoggingLevel::None) => None,
        // The server's own setting is metadata, which a request can lower and never raise.
        Ok(pb::LoggingLevel::Unspecified | pb::LoggingLevel::Metadata | pb::LoggingLevel::Full) => {
            Some(Notes {
                conversation_id,
                labels,
            })
        }
        Err(_) => {
            wrong.add("logging", format!("expected a LoggingLevel, found {logging}"));
            None
        }
    }
}

/// Providers get a stable pseudonym of the application's user, never the id itself.
fn hash(end_user_id: &str) -> String {
    Sha256::digest(end_user_id.as_bytes())
        .iter()
        .take(16)
        .fold(String::with_capacity(32), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}
