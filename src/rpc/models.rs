//! `crux.v1.ModelRegistryService`: models and providers, read from memory; changes and refreshes for admins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

use tonic::{Request, Response, Status};

use crate::domain::capability::Capabilities;
use crate::domain::error::{Error, Reason};
use crate::domain::model::{Changes, Model, RefreshState};
use crate::domain::principal::{Principal, Scope};
use crate::domain::time::Timestamp;
use crate::providers::Endpoint;
use crate::registry::{Edit, Refresh, Registry};
use crate::rpc::audit::{Audit, Operation};
use crate::rpc::auth;
use crate::rpc::convert::model as convert;
use crate::rpc::convert::time::timestamp;
use crate::rpc::convert::violations::Violations;
use crate::rpc::edge::RequestId;
use crate::rpc::mask::update_mask;
use crate::rpc::page::Page;
use crate::rpc::pb;
use crate::rpc::pb::model_registry_service_server::ModelRegistryService;
use crate::rpc::rows::{ListedRows, Rows};
use crate::rpc::status;

/// What a change of a model may name.
const MUTABLE: [&str; 8] = [
    "display_name",
    "description",
    "aliases",
    "state",
    "context_window_tokens",
    "max_output_tokens",
    "capabilities",
    "pricing",
];
/// The longest name and the longest description an admin may give.
const NAME_BYTES: usize = 256;
const DESCRIPTION_BYTES: usize = 4096;

/// Serves the registry.
#[derive(Debug)]
pub(super) struct Models {
    registry: Arc<Registry>,
    rows: Rows,
    audit: Audit,
}

impl Models {
    pub(super) fn new(registry: Arc<Registry>, audit: Audit) -> Self {
        Self {
            registry,
            rows: Rows::new(),
            audit,
        }
    }

    fn list(&self, request: &pb::ListModelsRequest, principal: &Principal) -> Result<ListedRows, Error> {
        let filter = pb::ListModelsRequest {
            page_size: 0,
            page_token: String::new(),
            ..request.clone()
        };
        let question = format!("{filter:?}");
        let page = Page::read(request.page_size, &request.page_token, &["ListModels", &question])?;
        let wanted = Wanted {
            request,
            query: request.query.to_lowercase(),
            capabilities: convert::capabilities_in(request.capabilities.as_ref()),
        };
        let is_admin = principal.may(Scope::Admin);
        let sheet = self.rows.of(self.registry.snapshot());
        let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
        let rows = sheet.after(page.after()).iter();
        let rows = rows.filter(|row| principal.policy.allows(&row.model.id) && wanted.matches(&row.model));
        let (rows, next_page_token) = page.cut(rows.take(limit).collect(), |row| row.model.id.clone());
        Ok(ListedRows {
            models: rows.into_iter().map(|row| row.encoded(is_admin)).collect(),
            next_page_token,
        })
    }

    fn providers(
        &self,
        request: &pb::ListProvidersRequest,
        now: Timestamp,
    ) -> Result<pb::ListProvidersResponse, Error> {
        let page = Page::read(request.page_size, &request.page_token, &["ListProviders"])?;
        let snapshot = self.registry.snapshot();
        let mut counts: BTreeMap<&str, i32> = BTreeMap::new();
        for model in snapshot.models(None).filter(|model| model.state.is_available()) {
            *counts.entry(model.provider.as_str()).or_default() += 1;
        }
        let mut endpoints: Vec<&Endpoint> = self.registry.providers().collect();
        endpoints.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let is_after = |endpoint: &&Endpoint| page.after().is_none_or(|after| endpoint.id.as_str() > after);
        let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
        let endpoints = endpoints.into_iter().filter(is_after).take(limit).collect();
        let (endpoints, next_page_token) = page.cut(endpoints, |endpoint| endpoint.id.clone());
        let providers = endpoints.into_iter().map(|endpoint| {
            let model_count = counts.get(endpoint.id.as_str()).copied().unwrap_or_default();
            let is_ready = self.registry.is_ready(&endpoint.id, now);
            provider(endpoint, is_ready, snapshot.refresh(&endpoint.id), model_count)
        });
        Ok(pb::ListProvidersResponse {
            providers: providers.collect(),
            next_page_token,
        })
    }

    async fn update(
        &self,
        request: pb::UpdateModelRequest,
        operation: &Operation,
    ) -> Result<Arc<Model>, Error> {
        let now = operation.now;
        let mask = update_mask(request.update_mask.as_ref(), &MUTABLE);
        let mut wrong = Violations::default();
        let said = request.model.unwrap_or_default();
        wrong.check(!said.id.is_empty(), "model.id", "expected the id of a model");
        let (id, etag) = (said.id.clone(), said.etag.clone());
        let mask = mask?;
        let new = changes(masked(said, &mask), now, &mut wrong);
        let new = wrong.or(new)?;
        let apply = |changes: &mut Changes| {
            for field in &mask {
                put(field, &new, changes);
            }
        };
        let edit = Edit {
            model: &id,
            etag: &etag,
            apply: &apply,
            record: Some(&operation.done(&id)),
        };
        self.registry.edit(edit, now).await
    }

    async fn refresh(
        &self,
        request: pb::RefreshModelsRequest,
        operation: &Operation,
    ) -> Result<Vec<Refresh>, Error> {
        let mut wrong = Violations::default();
        for (index, id) in request.providers.iter().enumerate() {
            if !self.registry.providers().any(|endpoint| endpoint.id == *id) {
                let description = format!("expected a provider of this server, found {id:?}");
                wrong.add(format!("providers[{index}]"), description);
            }
        }
        wrong.or(())?;
        operation.start(&request.providers.join(",")).await;
        Ok(self.registry.refresh(&request.providers, operation.now).await)
    }
}

#[tonic::async_trait]
impl ModelRegistryService for Models {
    async fn list_models(
        &self,
        request: Request<pb::ListModelsRequest>,
    ) -> Result<Response<ListedRows>, Status> {
        let principal = auth::principal(&request);
        let request_id = RequestId::of(&request).to_string();
        self.registry.look(now());
        self.list(request.get_ref(), &principal)
            .map(Response::new)
            .map_err(|error| status::status(&error, &request_id))
    }

    async fn get_model(
        &self,
        request: Request<pb::GetModelRequest>,
    ) -> Result<Response<pb::GetModelResponse>, Status> {
        let principal = auth::principal(&request);
        let name = &request.get_ref().model;
        let snapshot = self.registry.snapshot();
        // A model that may not be used and one that does not exist look alike.
        let found = snapshot
            .find(name)
            .filter(|model| principal.policy.allows(&model.id));
        let Some(model) = found else {
            let error = Error::new(Reason::ModelNotFound, format!("there is no model {name:?}"));
            let error = error.with("model", name.as_str());
            return Err(status::status(&error, &RequestId::of(&request).to_string()));
        };
        Ok(Response::new(pb::GetModelResponse {
            model: Some(convert::model(model, principal.may(Scope::Admin))),
        }))
    }

    async fn update_model(
        &self,
        request: Request<pb::UpdateModelRequest>,
    ) -> Result<Response<pb::UpdateModelResponse>, Status> {
        let operation = self
            .audit
            .begin(&request, "crux.v1.ModelRegistryService/UpdateModel");
        let request = request.into_inner();
        let target = request
            .model
            .as_ref()
            .map(|model| model.id.clone())
            .unwrap_or_default();
        let updated = self.update(request, &operation).await;
        let response = updated.map(|model| pb::UpdateModelResponse {
            // Nobody else changes models.
            model: Some(convert::model(&model, true)),
        });
        operation.settle_change(&target, response).await
    }

    async fn refresh_models(
        &self,
        request: Request<pb::RefreshModelsRequest>,
    ) -> Result<Response<pb::RefreshModelsResponse>, Status> {
        let operation = self
            .audit
            .begin(&request, "crux.v1.ModelRegistryService/RefreshModels");
        let request = request.into_inner();
        let target = request.providers.join(",");
        let refreshed = self.refresh(request, &operation).await;
        let response = refreshed.map(|refreshes| pb::RefreshModelsResponse {
            refreshes: refreshes.into_iter().map(refresh).collect(),
        });
        operation.settle(&target, response).await
    }

    async fn list_providers(
        &self,
        request: Request<pb::ListProvidersRequest>,
    ) -> Result<Response<pb::ListProvidersResponse>, Status> {
        let request_id = RequestId::of(&request).to_string();
        self.providers(request.get_ref(), now())
            .map(Response::new)
            .map_err(|error| status::status(&error, &request_id))
    }
}

/// Which models a list is asked for.
struct Wanted<'a> {
    request: &'a pb::ListModelsRequest,
    query: String,
    capabilities: Capabilities,
}

impl Wanted<'_> {
    fn matches(&self, model: &Model) -> bool {
        let request = self.request;
        let facts = &model.facts;
        let has = |text: &str| text.to_lowercase().contains(&self.query);
        (request.include_unavailable || model.state.is_available())
            && (request.provider.is_empty() || request.provider == model.provider)
            && facts.capabilities.agree_with(&self.capabilities)
            && convert::has_modalities(&facts.input_modalities, &request.input_modalities)
            && convert::has_modalities(&facts.output_modalities, &request.output_modalities)
            && (self.query.is_empty()
                || has(&model.id)
                || has(&facts.display_name)
                || model.aliases.iter().any(|alias| has(alias)))
    }
}

/// What is not in the mask is not read.
fn masked(said: pb::Model, mask: &BTreeSet<&str>) -> pb::Model {
    let is_meant = |field: &str| mask.contains(field);
    let text = |text: String, field: &str| if is_meant(field) { text } else { String::new() };
    pb::Model {
        display_name: text(said.display_name, "display_name"),
        description: text(said.description, "description"),
        aliases: if is_meant("aliases") {
            said.aliases
        } else {
            Vec::new()
        },
        state: if is_meant("state") { said.state } else { 0 },
        context_window_tokens: said
            .context_window_tokens
            .filter(|_| is_meant("context_window_tokens")),
        max_output_tokens: said.max_output_tokens.filter(|_| is_meant("max_output_tokens")),
        capabilities: said.capabilities.filter(|_| is_meant("capabilities")),
        pricing: said.pricing.filter(|_| is_meant("pricing")),
        ..pb::Model::default()
    }
}

/// What an admin says of a model.
fn changes(said: pb::Model, now: Timestamp, wrong: &mut Violations) -> Changes {
    let mut text = |text: String, field: &str, most: usize| {
        if text.len() > most {
            let description = format!("expected at most {most} bytes, found {}", text.len());
            wrong.add(field, description);
        }
        Some(text).filter(|text| !text.is_empty())
    };
    let display_name = text(said.display_name, "model.display_name", NAME_BYTES);
    let description = text(said.description, "model.description", DESCRIPTION_BYTES);
    let window = "model.context_window_tokens";
    Changes {
        display_name,
        description,
        aliases: Some(said.aliases).filter(|aliases| !aliases.is_empty()),
        state: convert::state_in(said.state, "model.state", wrong),
        context_window_tokens: convert::tokens_in(said.context_window_tokens, window, wrong),
        max_output_tokens: convert::tokens_in(said.max_output_tokens, "model.max_output_tokens", wrong),
        capabilities: convert::capabilities_in(said.capabilities.as_ref()),
        pricing: said
            .pricing
            .map(|pricing| convert::pricing_in(pricing, now, "model.pricing", wrong)),
    }
}

fn put(field: &str, new: &Changes, changes: &mut Changes) {
    match field {
        "display_name" => changes.display_name.clone_from(&new.display_name),
        "description" => changes.description.clone_from(&new.description),
        "aliases" => changes.aliases.clone_from(&new.aliases),
        "state" => changes.state = new.state,
        "context_window_tokens" => changes.context_window_tokens = new.context_window_tokens,
        "max_output_tokens" => changes.max_output_tokens = new.max_output_tokens,
        "capabilities" => changes.capabilities.clone_from(&new.capabilities),
        "pricing" => changes.pricing.clone_from(&new.pricing),
        // The mask holds nothing but these.
        _ => {}
    }
}

fn refresh(refresh: Refresh) -> pb::ProviderRefresh {
    let count = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    pb::ProviderRefresh {
        provider: refresh.provider,
        added: count(refresh.counts.added),
        changed: count(refresh.counts.changed),
        retired: count(refresh.counts.retired),
        error: refresh.error.map(status::detail),
        duration: refresh.duration.try_into().ok(),
    }
}

fn provider(
    endpoint: &Endpoint,
    is_ready: bool,
    listing: Option<&RefreshState>,
    model_count: i32,
) -> pb::Provider {
    let built_in = endpoint.dialects.built_in;
    let success = listing.and_then(|listing| listing.success_time);
    let failure = listing.and_then(|listing| listing.error_time);
    let state = if !is_ready {
        pb::provider::State::Unconfigured
    } else if failure > success {
        pb::provider::State::Unhealthy
    } else {
        pb::provider::State::Active
    };
    let last_error = listing
        .filter(|listing| listing.error_time.is_some())
        .map(|listing| {
            let reason = Reason::ALL
                .into_iter()
                .find(|reason| reason.as_str() == listing.error_reason);
            status::detail(Error::new(
                reason.unwrap_or(Reason::Internal),
                listing.error_message.as_str(),
            ))
        });
    pb::Provider {
        id: endpoint.id.clone(),
        display_name: built_in
            .map_or(endpoint.id.as_str(), |built_in| built_in.display_name)
            .to_owned(),
        protocol: endpoint.dialects.usual().as_str().to_owned(),
        state: state as i32,
        model_count,
        last_success_time: success.map(timestamp),
        last_error_time: failure.map(timestamp),
        last_error,
        last_refresh_time: success.map(timestamp),
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge reads the clock")]
fn now() -> Timestamp {
    SystemTime::now().into()
}
