//! Models, their features and prices: outward, and inward where a caller says them.

use crate::domain::call::Modality;
use crate::domain::capability::{Capabilities, Feature};
use crate::domain::model::{Model, ModelState};
use crate::domain::pricing::Pricing;
use crate::domain::time::Timestamp;
use crate::rpc::convert::time::timestamp;
use crate::rpc::convert::violations::Violations;
use crate::rpc::pb;

/// A model as an admin sees it, or as everybody else does: whether it is used is not every tenant's business.
pub(crate) fn model(model: &Model, is_for_admin: bool) -> pb::Model {
    let facts = &model.facts;
    let tokens = |tokens: Option<u32>| tokens.map(|tokens| i32::try_from(tokens).unwrap_or(i32::MAX));
    pb::Model {
        id: model.id.clone(),
        provider: model.provider.clone(),
        provider_model: model.provider_model.clone(),
        display_name: facts.display_name.clone(),
        description: facts.description.clone(),
        family: facts.family.clone(),
        aliases: model.aliases.clone(),
        state: state(model.state) as i32,
        context_window_tokens: tokens(facts.context_window_tokens),
        max_output_tokens: tokens(facts.max_output_tokens),
        input_modalities: modalities(&facts.input_modalities),
        output_modalities: modalities(&facts.output_modalities),
        capabilities: Some(capabilities(&facts.capabilities)),
        pricing: facts.pricing.as_ref().map(pricing),
        supported_parameters: facts.supported_parameters.clone(),
        release_time: facts.release_time.map(timestamp),
        retire_time: facts.retire_time.map(timestamp),
        update_time: Some(timestamp(model.update_time)),
        etag: model.etag.clone(),
        list_time: model.list_time.map(timestamp),
        last_use_time: model.last_use_time.filter(|_| is_for_admin).map(timestamp),
    }
}

fn state(state: ModelState) -> pb::model::State {
    match state {
        ModelState::Active => pb::model::State::Active,
        ModelState::Deprecated => pb::model::State::Deprecated,
        ModelState::Retired => pb::model::State::Retired,
        ModelState::Disabled => pb::model::State::Disabled,
    }
}

/// `None` for unset.
pub(crate) fn state_in(state: i32, field: &str, wrong: &mut Violations) -> Option<ModelState> {
    match pb::model::State::try_from(state) {
        Ok(pb::model::State::Unspecified) => None,
        Ok(pb::model::State::Active) => Some(ModelState::Active),
        Ok(pb::model::State::Deprecated) => Some(ModelState::Deprecated),
        Ok(pb::model::State::Retired) => Some(ModelState::Retired),
        Ok(pb::model::State::Disabled) => Some(ModelState::Disabled),
        Err(_) => {
            wrong.add(field, format!("expected a Model.State, found {state}"));
            None
        }
    }
}

fn modalities(modalities: &[Modality]) -> Vec<i32> {
    let number = |modality: &Modality| modality_out(*modality) as i32;
    modalities.iter().map(number).collect()
}

fn modality_out(modality: Modality) -> pb::Modality {
    match modality {
        Modality::Text => pb::Modality::Text,
        Modality::Image => pb::Modality::Image,
        Modality::Audio => pb::Modality::Audio,
        Modality::Video => pb::Modality::Video,
        Modality::Document => pb::Modality::Document,
        Modality::Embedding => pb::Modality::Embedding,
    }
}

/// Whether a model that takes or gives `known` does so with all that is `wanted`.
pub(crate) fn has_modalities(known: &[Modality], wanted: &[i32]) -> bool {
    wanted.iter().all(|wanted| modalities(known).contains(wanted))
}

fn capabilities(known: &Capabilities) -> pb::ModelCapabilities {
    let mut out = pb::ModelCapabilities::default();
    for (feature, is_supported) in known.iter() {
        *slot(&mut out, feature) = Some(is_supported);
    }
    out
}

pub(crate) fn capabilities_in(said: Option<&pb::ModelCapabilities>) -> Capabilities {
    let mut said = said.copied().unwrap_or_default();
    let mut known = Capabilities::default();
    for feature in Feature::ALL {
        known.set(feature, *slot(&mut said, feature));
    }
    known
}

fn slot(capabilities: &mut pb::ModelCapabilities, feature: Feature) -> &mut Option<bool> {
    match feature {
        Feature::Chat => &mut capabilities.chat,
        Feature::Streaming => &mut capabilities.streaming,
        Feature::Tools => &mut capabilities.tools,
        Feature::ParallelToolCalls => &mut capabilities.parallel_tool_calls,
        Feature::JsonObject => &mut capabilities.json_object,
        Feature::JsonSchema => &mut capabilities.json_schema,
        Feature::Reasoning => &mut capabilities.reasoning,
        Feature::ReasoningEffort => &mut capabilities.reasoning_effort,
        Feature::ReasoningBudget => &mut capabilities.reasoning_budget,
        Feature::PromptCaching => &mut capabilities.prompt_caching,
        Feature::Logprobs => &mut capabilities.logprobs,
        Feature::WebSearch => &mut capabilities.web_search,
        Feature::CodeExecution => &mut capabilities.code_execution,
        Feature::Embeddings => &mut capabilities.embeddings,
        Feature::ProviderBatch => &mut capabilities.provider_batch,
    }
}

fn pricing(pricing: &Pricing) -> pb::Pricing {
    pb::Pricing {
        input: pricing.input,
        output: pricing.output,
        cache_read: pricing.cache_read,
        cache_write: pricing.cache_write,
        input_image: pricing.input_image,
        input_audio: pricing.input_audio,
        output_image: pricing.output_image,
        output_audio: pricing.output_audio,
        version: pricing.version.clone(),
    }
}

/// A price list as an administrator says it; without a name of its own it is named after the day.
pub(crate) fn pricing_in(said: pb::Pricing, now: Timestamp, field: &str, wrong: &mut Violations) -> Pricing {
    let mut price = |name: &str, price: Option<i64>| {
        let is_bad = price.is_some_and(|price| price < 0);
        if is_bad {
            wrong.add(
                format!("{field}.{name}"),
                "expected a price of 0 or more".to_owned(),
            );
        }
        price.filter(|_| !is_bad)
    };
    Pricing {
        input: price("input", said.input),
        output: price("output", said.output),
        cache_read: price("cache_read", said.cache_read),
        cache_write: price("cache_write", said.cache_write),
        input_image: price("input_image", said.input_image),
        input_audio: price("input_audio", said.input_audio),
        output_image: price("output_image", said.output_image),
        output_audio: price("output_audio", said.output_audio),
        max_input_tokens: None,
        version: if said.version.is_empty() {
            format!("admin@{}", now.date())
        } else {
            said.version
        },
    }
}

/// A number of tokens as an administrator says it.
pub(crate) fn tokens_in(tokens: Option<i32>, field: &str, wrong: &mut Violations) -> Option<u32> {
    let tokens = tokens?;
    let known = u32::try_from(tokens).ok().filter(|tokens| *tokens > 0);
    if known.is_none() {
        wrong.add(field, format!("expected 1 or more, found {tokens}"));
    }
    known
}
