//! `crux.v1.PreferencesService`: what applications keep of their users.

use std::sync::Arc;
use std::time::SystemTime;

use tonic::{Request, Response, Status};

use crate::domain::error::{Error, Reason};
use crate::domain::preferences as domain;
use crate::domain::preferences::Refused;
use crate::domain::time::Timestamp;
use crate::rpc::auth::principal;
use crate::rpc::convert::preferences::{change, end_user, preferences_out};
use crate::rpc::edge::RequestId;
use crate::rpc::pb;
use crate::rpc::pb::preferences_service_server::PreferencesService;
use crate::rpc::status;
use crate::store::{Store, StoreError};

/// The message that errors are about.
const KIND: &str = "crux.v1.Preferences";
/// How often a change without an etag is made again because another came first.
const ATTEMPTS: u32 = 16;

/// Serves preferences from a store.
#[derive(Debug)]
pub(super) struct Preferences {
    store: Arc<dyn Store>,
}

impl Preferences {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    async fn change(
        &self,
        tenant_id: &str,
        end_user_id: &str,
        change: domain::Change,
    ) -> Result<domain::Preferences, Error> {
        let about = |error: StoreError| error.about(KIND, end_user_id);
        // Who gave an etag decides what to do about a change of somebody else; who gave none does not mind it.
        let attempts = if change.etag.is_some() { 1 } else { ATTEMPTS };
        for _ in 0..attempts {
            let before = self
                .store
                .preferences(tenant_id, end_user_id)
                .await
                .map_err(about)?;
            let expected = before.etag.clone();
            let etag = uuid::Uuid::new_v4().simple().to_string();
            let after = change
                .clone()
                .apply(before, now(), etag)
                .map_err(|refused| refusal(&refused, end_user_id))?;
            match self.store.put_preferences(tenant_id, &after, &expected).await {
                Ok(()) => return Ok(after),
                Err(StoreError::Stale) => {}
                Err(error) => return Err(about(error)),
            }
        }
        Err(about(StoreError::Stale))
    }
}

fn refusal(refused: &Refused, end_user_id: &str) -> Error {
    match refused {
        Refused::TooLarge(_) => Error::invalid(vec![crate::domain::error::Violation {
            field: "set".to_owned(),
            description: refused.to_string(),
        }]),
        Refused::Stale => Error::about(Reason::EtagMismatch, KIND, end_user_id, refused.to_string()),
    }
}

#[tonic::async_trait]
impl PreferencesService for Preferences {
    async fn get_preferences(
        &self,
        request: Request<pb::GetPreferencesRequest>,
    ) -> Result<Response<pb::GetPreferencesResponse>, Status> {
        let (caller, request_id) = (principal(&request), RequestId::of(&request).to_string());
        let failed = |error: &Error| status::status(error, &request_id);
        let user = end_user(request.into_inner().end_user_id).map_err(|error| failed(&error))?;
        let found = self.store.preferences(&caller.tenant_id, &user).await;
        let preferences = found.map_err(|error| failed(&error.about(KIND, &user)))?;
        Ok(Response::new(pb::GetPreferencesResponse {
            preferences: Some(preferences_out(preferences)),
        }))
    }

    async fn update_preferences(
        &self,
        request: Request<pb::UpdatePreferencesRequest>,
    ) -> Result<Response<pb::UpdatePreferencesResponse>, Status> {
        let (caller, request_id) = (principal(&request), RequestId::of(&request).to_string());
        let failed = |error: &Error| status::status(error, &request_id);
        let (user, change) = change(request.into_inner()).map_err(|error| failed(&error))?;
        let changed = self.change(&caller.tenant_id, &user, change).await;
        let preferences = changed.map_err(|error| failed(&error))?;
        Ok(Response::new(pb::UpdatePreferencesResponse {
            preferences: Some(preferences_out(preferences)),
        }))
    }

    async fn delete_preferences(
        &self,
        request: Request<pb::DeletePreferencesRequest>,
    ) -> Result<Response<pb::DeletePreferencesResponse>, Status> {
        let (caller, request_id) = (principal(&request), RequestId::of(&request).to_string());
        let failed = |error: &Error| status::status(error, &request_id);
        let user = end_user(request.into_inner().end_user_id).map_err(|error| failed(&error))?;
        let deleted = self.store.delete_preferences(&caller.tenant_id, &user).await;
        deleted.map_err(|error| failed(&error.about(KIND, &user)))?;
        Ok(Response::new(pb::DeletePreferencesResponse {}))
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge reads the clock")]
fn now() -> Timestamp {
    SystemTime::now().into()
}
