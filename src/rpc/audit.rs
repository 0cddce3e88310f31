//! Owns how an operation on keys, tenants and tokens is recorded, whatever comes of it. Refuses to know what the
//! operation is.

use std::sync::Arc;
use std::time::SystemTime;

use tonic::{Request, Response, Status};

use crate::domain::audit::AuditRecord;
use crate::domain::error::{Error, Reason};
use crate::domain::principal::Principal;
use crate::domain::time::Timestamp;
use crate::rpc::auth;
use crate::rpc::edge::RequestId;
use crate::rpc::status;
use crate::store::Store;

/// Outcome of an operation that worked.
const OK: &str = "OK";

/// Where operations are recorded.
#[derive(Debug, Clone)]
pub(super) struct Audit {
    store: Arc<dyn Store>,
}

/// An operation that runs; [`Self::settle`] ends it.
#[derive(Debug)]
pub(super) struct Operation {
    audit: Audit,
    /// Who asks for it.
    pub(super) principal: Arc<Principal>,
    /// When it began.
    pub(super) now: Timestamp,
    request_id: String,
    action: &'static str,
}

impl Audit {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// Begins the operation that `request` asks for; `action` is the full name of its RPC, such as
    /// `crux.v1.KeyVaultService/RotateKey`.
    pub(super) fn begin<T>(&self, request: &Request<T>, action: &'static str) -> Operation {
        Operation {
            audit: self.clone(),
            principal: auth::principal(request),
            now: now(),
            request_id: RequestId::of(request).to_string(),
            action,
        }
    }

    /// Records an operation that the edge refused.
    pub(super) async fn refused(
        &self,
        principal: &Principal,
        action: &str,
        reason: Reason,
        request_id: &str,
    ) {
        self.record(principal, action, "", reason.as_str(), request_id)
            .await;
    }

    /// Adds a record. What cannot be stored is told to the log, so that it is not lost: the operation is over.
    async fn record(
        &self,
        principal: &Principal,
        action: &str,
        target: &str,
        outcome: &str,
        request_id: &str,
    ) {
        let record = AuditRecord {
            id: format!("aud_{}", uuid::Uuid::now_v7().simple()),
            create_time: now(),
            tenant_id: principal.tenant_id.clone(),
            token_id: principal.token_id.clone(),
            peer: principal.peer.clone(),
            action: action.to_owned(),
            target: target.to_owned(),
            outcome: outcome.to_owned(),
            request_id: request_id.to_owned(),
        };
        if let Err(error) = self.store.add_audit_record(&record).await {
            tracing::error!(
                %error,
                tenant = record.tenant_id,
                token = record.token_id,
                peer = record.peer,
                action,
                target,
                outcome,
                request_id,
                "an operation was not recorded"
            );
        }
    }
}

impl Operation {
    /// Records what came of it and turns it into the RPC's answer. `target` is the id of what it was about; empty
    /// for a list.
    ///
    /// # Errors
    /// The status of the operation's own error.
    pub(super) async fn settle<T>(
        self,
        target: &str,
        outcome: Result<T, Error>,
    ) -> Result<Response<T>, Status> {
        let name = outcome
            .as_ref()
            .map_or_else(|error| error.reason.as_str(), |_| OK);
        self.audit
            .record(&self.principal, self.action, target, name, &self.request_id)
            .await;
        match outcome {
            Ok(done) => Ok(Response::new(done)),
            Err(error) => {
                tracing::info!(
                    request_id = self.request_id,
                    action = self.action,
                    reason = error.reason.as_str(),
                    "operation failed"
                );
                Err(status::status(&error, &self.request_id))
            }
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge reads the clock")]
fn now() -> Timestamp {
    SystemTime::now().into()
}
