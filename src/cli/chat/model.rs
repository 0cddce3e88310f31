//! Owns which model is asked when nobody names one: the server says what it can call.

use tonic::{Code, Status};

use crate::cli::failure::Failure;
use crate::cli::link::{self, Link};
use crate::providers::{ALL, Auth, Provider};
use crate::rpc::pb;
use crate::rpc::pb::model_registry_service_client::ModelRegistryServiceClient;
use crate::rpc::pb::provider::State;

/// Entries of a page: more providers than anybody has, and models enough to find one among.
const PAGE: i32 = 1000;

type Client = ModelRegistryServiceClient<
    tonic::service::interceptor::InterceptedService<tonic::transport::Channel, link::Bearer>,
>;

/// Why there is no model to ask.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoModel {
    #[error(
        "no model is named and no provider has a key: store one with `crux keys add PROVIDER`, set a variable such \
         as {variable}, or try --sandbox"
    )]
    Inside { variable: &'static str },
    #[error(
        "no model is named and the server has a key for no provider: store one there with `crux keys add PROVIDER \
         --server URL`, or name a model with --model"
    )]
    Elsewhere,
    #[error("no model is named, and the server does not say which it has; name one with --model\n{0}")]
    Unsaid(String),
}

/// The model to ask: a small one of the first provider that the server has a key for.
///
/// # Errors
/// [`NoModel`] says what mends it.
pub(super) async fn first(link: &Link) -> Result<String, NoModel> {
    let unsaid = |status: Status| NoModel::Unsaid(Failure::new(&status, None).block());
    let mut client =
        ModelRegistryServiceClient::new(link.wire()).max_decoding_message_size(link::MAX_MESSAGE_BYTES);
    let request = pb::ListProvidersRequest {
        page_size: PAGE,
        ..Default::default()
    };
    let listed = client.list_providers(request).await.map_err(unsaid)?;
    let mut providers = listed.into_inner().providers;
    providers.retain(|provider| is_callable(provider, link));
    // Each as the server orders them, but what fails last, and before it what is somebody's own.
    providers.sort_by_key(|provider| {
        (
            provider.state() != State::Active,
            built_in(&provider.id).is_none(),
        )
    });
    for provider in providers {
        let listed = model_of(&mut client, &provider.id).await.map_err(unsaid)?;
        if let Some(model) = listed.or_else(|| configured(link, &provider.id)) {
            return Ok(model);
        }
    }
    let variable = ALL.iter().find_map(|provider| provider.key_env.first());
    Err(match (link.config(), variable) {
        (Some(_), Some(variable)) => NoModel::Inside { variable },
        (_, _) => NoModel::Elsewhere,
    })
}

fn built_in(id: &str) -> Option<&'static Provider> {
    ALL.into_iter().find(|provider| provider.id == id)
}

/// Whether the server can call it. What needs no key is ready wherever it runs, and mostly it does not run: it
/// counts where it is configured or has answered.
fn is_callable(provider: &pb::Provider, link: &Link) -> bool {
    let needs_no_key = built_in(&provider.id).is_some_and(|built_in| built_in.auth == Auth::None);
    match provider.state() {
        State::Active if needs_no_key => {
            let is_configured = link.config().is_some_and(|config| {
                let own = config.providers.get(&provider.id);
                config.sandbox.enabled || own.is_some_and(|own| own.base_url.is_some())
            });
            is_configured || provider.last_success_time.is_some()
        }
        State::Active => true,
        State::Unhealthy => !needs_no_key,
        State::Unspecified | State::Unconfigured | State::Disabled => false,
    }
}

/// A model of the provider that the caller may ask: the small one that is known of it, its default, or any that
/// chats.
async fn model_of(client: &mut Client, provider: &str) -> Result<Option<String>, Status> {
    if let Some(built_in) = built_in(provider) {
        let model = format!("{provider}/{}", built_in.smoke_model);
        match client.get_model(pb::GetModelRequest { model }).await {
            Ok(found) => {
                let found = found.into_inner().model.unwrap_or_default();
                if is_available(&found) {
                    return Ok(Some(found.id));
                }
            }
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => return Err(status),
        }
    }
    let request = pb::ListModelsRequest {
        provider: provider.to_owned(),
        page_size: PAGE,
        ..Default::default()
    };
    let models = client.list_models(request).await?.into_inner().models;
    let default = format!("{provider}/default");
    let chats = |model: &&pb::Model| model.capabilities.and_then(|can| can.chat);
    let found = models.iter().find(|model| model.aliases.contains(&default));
    let found = found.or_else(|| models.iter().find(|model| chats(model) == Some(true)));
    let found = found.or_else(|| models.iter().find(|model| chats(model).is_none()));
    Ok(found.map(|model| model.id.clone()))
}

/// A model that the configuration of the server inside speaks of: there may be no list of them.
fn configured(link: &Link, provider: &str) -> Option<String> {
    let model = link.config()?.providers.get(provider)?.models.keys().next()?;
    Some(format!("{provider}/{model}"))
}

fn is_available(model: &pb::Model) -> bool {
    use pb::model::State as Of;
    matches!(model.state(), Of::Active | Of::Deprecated)
}
