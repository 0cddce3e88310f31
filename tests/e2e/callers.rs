//! Clients that come with a token, and the administration by which they get one.

use crux::rpc::pb;
use crux::rpc::pb::admin_service_client::AdminServiceClient;
use crux::rpc::pb::chat_service_client::ChatServiceClient;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Channel, Endpoint};
use tonic::{Request, Status};

use crate::harness::{Running, ask};

/// Puts a header on every call.
#[derive(Clone)]
pub(crate) struct Credentials(Option<MetadataValue<Ascii>>);

impl Interceptor for Credentials {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

pub(crate) type Wire = InterceptedService<Channel, Credentials>;
pub(crate) type Admin = AdminServiceClient<Wire>;

/// A connection that carries a token; none for an empty one.
pub(crate) fn wire(server: &Running, token: &str) -> Wire {
    let channel = Endpoint::from_shared(format!("http://{}", server.address))
        .unwrap()
        .connect_lazy();
    let header = (!token.is_empty()).then(|| format!("Bearer {token}").parse().unwrap());
    InterceptedService::new(channel, Credentials(header))
}

pub(crate) fn admin(server: &Running, token: &str) -> Admin {
    AdminServiceClient::new(wire(server, token))
}

/// Asks a model with a token.
pub(crate) async fn chat(server: &Running, token: &str, model: &str) -> Result<String, Status> {
    let answer = ChatServiceClient::new(wire(server, token))
        .chat(ask(model, "hi"))
        .await?;
    Ok(answer.into_inner().text)
}

pub(crate) async fn create_tenant(admin: &mut Admin, id: &str, policy: pb::TenantPolicy) {
    let request = pb::CreateTenantRequest {
        tenant_id: id.to_owned(),
        tenant: Some(pb::Tenant {
            policy: Some(policy),
            ..Default::default()
        }),
    };
    admin.create_tenant(request).await.unwrap();
}

/// A new token's id and text.
pub(crate) async fn create_token(admin: &mut Admin, tenant_id: &str, scopes: &[&str]) -> (String, String) {
    let created = admin
        .create_api_token(wanted(tenant_id, scopes))
        .await
        .unwrap()
        .into_inner();
    (created.api_token.unwrap().id, created.secret)
}

pub(crate) fn wanted(tenant_id: &str, scopes: &[&str]) -> pb::CreateApiTokenRequest {
    pb::CreateApiTokenRequest {
        api_token: Some(pb::ApiToken {
            tenant_id: tenant_id.to_owned(),
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            ..Default::default()
        }),
    }
}

/// Makes the first administrator's token of a server that has none yet.
pub(crate) async fn first_token(server: &Running) -> String {
    let all = [
        "chat",
        "models",
        "keys",
        "logs",
        "usage",
        "preferences",
        "tokens",
        "admin",
    ];
    create_token(&mut admin(server, ""), "local", &all).await.1
}

pub(crate) async fn revoke(admin: &mut Admin, id: &str) {
    let api_token_id = id.to_owned();
    admin
        .revoke_api_token(pb::RevokeApiTokenRequest { api_token_id })
        .await
        .unwrap();
}

pub(crate) async fn suspend(admin: &mut Admin, id: &str) {
    let request = pb::UpdateTenantRequest {
        tenant: Some(pb::Tenant {
            id: id.to_owned(),
            state: pb::tenant::State::Suspended.into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["state".to_owned()],
        }),
    };
    admin.update_tenant(request).await.unwrap();
}
