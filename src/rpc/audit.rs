//! Owns how an operation on keys, tenants and tokens is recorded, whatever comes of it: a change takes its record
//! along to the store, everything else is recorded after it. Refuses to know what the operation is.

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
/// Outcome of one that begins, and goes on with many writes.
const STARTED: &str = "STARTED";

/// Where operations are recorded.
#[derive(Debug, Clone)]
pub(super) struct Audit {
    store: Arc<dyn Store>,
}

/// An operation that runs; [`Self::settle`] or [`Self::settle_change`] ends it.
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
        let record = record(principal, action, request_id);
        let outcome = reason.as_str().to_owned();
        self.add(&AuditRecord { outcome, ..record }).await;
    }

    /// Adds a record. What cannot be stored is told to the log, so that it is not lost: the operation is over.
    async fn add(&self, record: &AuditRecord) {
        if let Err(error) = self.store.add_audit_record(record).await {
            tracing::error!(
                %error,
                tenant = record.tenant_id,
                token = record.token_id,
                peer = record.peer,
                action = record.action,
                target = record.target,
                outcome = record.outcome,
                request_id = record.request_id,
                "an operation was not recorded"
            );
        }
    }
}

impl Operation {
    /// The record that the operation worked on `target`, for the write by which it does.
    pub(super) fn done(&self, target: &str) -> AuditRecord {
        self.record(target, OK)
    }

    /// Records that it works on `target` without a write.
    pub(super) async fn note(&self, target: &str) {
        self.audit.add(&self.done(target)).await;
    }

    /// Records that it begins, before the first of its writes: no one record could be kept with them all.
    pub(super) async fn start(&self, target: &str) {
        self.audit.add(&self.record(target, STARTED)).await;
    }

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
        if outcome.is_ok() {
            self.note(target).await;
        }
        self.settle_change(target, outcome).await
    }

    /// Turns what came of a change into the RPC's answer, and records it if it failed: one that worked took its
    /// record ([`Self::done`]) along.
    ///
    /// # Errors
    /// The status of the operation's own error.
    pub(super) async fn settle_change<T>(
        self,
        target: &str,
        outcome: Result<T, Error>,
    ) -> Result<Response<T>, Status> {
        match outcome {
            Ok(done) => Ok(Response::new(done)),
            Err(error) => {
                let reason = error.reason.as_str();
                self.audit.add(&self.record(target, reason)).await;
                tracing::info!(
                    request_id = self.request_id,
                    action = self.action,
                    reason,
                    "operation failed"
                );
                Err(status::status(&error, &self.request_id))
            }
        }
    }

    fn record(&self, target: &str, outcome: &str) -> AuditRecord {
        AuditRecord {
            target: target.to_owned(),
            outcome: outcome.to_owned(),
            ..record(&self.principal, self.action, &self.request_id)
        }
    }
}

/// What every record of an operation says.
fn record(principal: &Principal, action: &str, request_id: &str) -> AuditRecord {
    AuditRecord {
        id: format!("aud_{}", uuid::Uuid::now_v7().simple()),
        create_time: now(),
        tenant_id: principal.tenant_id.clone(),
        token_id: principal.token_id.clone(),
        peer: principal.peer.clone(),
        action: action.to_owned(),
        target: String::new(),
        outcome: String::new(),
        request_id: request_id.to_owned(),
    }
}

#[expect(clippy::disallowed_methods, reason = "the edge reads the clock")]
fn now() -> Timestamp {
    SystemTime::now().into()
}
