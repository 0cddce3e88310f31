//! `crux.v1.ServerService`: what this server is, and who it takes the caller for.

use std::time::{Duration, SystemTime};

use tonic::{Request, Response, Status};

use crate::rpc::auth;
use crate::rpc::pb;
use crate::rpc::pb::server_service_server::ServerService;

/// Facts that do not change while the server runs.
#[derive(Debug)]
pub(super) struct Info {
    pub(super) start_time: SystemTime,
    pub(super) features: Vec<String>,
    pub(super) max_request_bytes: usize,
    pub(super) max_response_bytes: usize,
    pub(super) max_generation_duration: Duration,
}

#[tonic::async_trait]
impl ServerService for Info {
    async fn get_server_info(
        &self,
        request: Request<pb::GetServerInfoRequest>,
    ) -> Result<Response<pb::GetServerInfoResponse>, Status> {
        let principal = auth::principal(&request);
        let bytes = |bytes: usize| i64::try_from(bytes).unwrap_or(i64::MAX);
        let server = pb::ServerInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: option_env!("CRUX_REVISION").unwrap_or_default().to_owned(),
            start_time: Some(self.start_time.into()),
            features: self.features.clone(),
            max_request_bytes: bytes(self.max_request_bytes),
            max_response_bytes: bytes(self.max_response_bytes),
            max_generation_duration: self.max_generation_duration.try_into().ok(),
        };
        let caller = pb::CallerInfo {
            tenant_id: principal.tenant_id.clone(),
            api_token_id: principal.token_id.clone(),
            scopes: principal.scopes.iter().map(ToString::to_string).collect(),
        };
        Ok(Response::new(pb::GetServerInfoResponse {
            server: Some(server),
            caller: Some(caller),
        }))
    }
}
