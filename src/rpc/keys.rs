//! `crux.v1.KeyVaultService`: parse, check whose, call the vault, convert. Every operation leaves a record.

mod configured;
mod list;

use std::pin::Pin;
use std::sync::Arc;

use futures_core::Stream;
use tonic::{Request, Response, Status};

use crate::domain::audit::AuditRecord;
use crate::domain::error::{Error, Reason, Violation};
use crate::domain::key::{Key, KeyState};
use crate::domain::principal::{Principal, Scope};
use crate::engine::Engine;
use crate::rpc::audit::{Audit, Operation};
use crate::rpc::convert::key::{self as convert, NewKey, NewSecret};
use crate::rpc::mask::update_mask;
use crate::rpc::pb::key_vault_service_server::KeyVaultService;
use crate::rpc::{pb, status};
use crate::vault::{Change, Progress, Rotation, Vault};

/// Serves the vault.
#[derive(Debug)]
pub(super) struct KeyVault {
    engine: Arc<Engine>,
    vault: Arc<Vault>,
    audit: Audit,
}

/// The name of a key in the contract.
const KIND: &str = "crux.v1.Key";
/// The most ids of keys that an answer names.
const MOST_NAMED: usize = 100;

impl KeyVault {
    pub(super) fn new(engine: Arc<Engine>, vault: Arc<Vault>, audit: Audit) -> Self {
        Self { engine, vault, audit }
    }

    async fn create(
        &self,
        operation: &Operation,
        request: pb::CreateKeyRequest,
    ) -> Result<pb::CreateKeyResponse, Error> {
        let NewKey {
            mut details,
            secret,
            must_verify,
        } = convert::new_key(request, operation.now)?;
        self.engine.check_takes_key(&details.provider)?;
        details.tenant_id = tenant_of(&operation.principal, details.tenant_id)?;
        if must_verify {
            self.engine.verify_key(&details.provider, &secret).await?;
            details.verify_time = Some(operation.now);
        }
        if details.id.is_empty() {
            details.id = format!("key-{}", uuid::Uuid::now_v7().simple());
        }
        let record = operation.done(&details.id);
        let key = self.vault.create(details, &secret, Some(&record), operation.now);
        let key = key.await?;
        Ok(pb::CreateKeyResponse {
            key: Some(convert::key(key, operation.now)),
        })
    }

    async fn get(&self, operation: &Operation, key_id: &str) -> Result<pb::GetKeyResponse, Error> {
        let id = named(key_id, "key_id")?;
        let principal = &operation.principal;
        let key = match self.configured(principal, id) {
            Some(configured) => configured::key(&configured),
            None => convert::key(self.vault.find(id, visible(principal)).await?, operation.now),
        };
        Ok(pb::GetKeyResponse { key: Some(key) })
    }

    async fn update(
        &self,
        operation: &Operation,
        request: pb::UpdateKeyRequest,
    ) -> Result<pb::UpdateKeyResponse, Error> {
        const CHANGEABLE: [&str; 4] = ["display_name", "priority", "labels", "expire_time"];
        let fields = update_mask(request.update_mask.as_ref(), &CHANGEABLE)?;
        let key = request.key.unwrap_or_default();
        let id = self
            .changeable(&operation.principal, &key.id, "key.id")?
            .to_owned();
        let etag = key.etag.clone();
        let wanted = convert::changes(key, |field| fields.contains(field))?;
        let change = |key: &mut Key| {
            if fields.contains("display_name") {
                key.display_name.clone_from(&wanted.display_name);
            }
            if fields.contains("priority") {
                key.priority = wanted.priority;
            }
            if fields.contains("labels") {
                key.labels.clone_from(&wanted.labels);
            }
            if fields.contains("expire_time") {
                key.expire_time = wanted.expire_time;
            }
        };
        let record = operation.done(&id);
        let changed = self.vault.change(asked(operation, &etag, &record), change);
        Ok(pb::UpdateKeyResponse {
            key: Some(convert::key(changed.await?, operation.now)),
        })
    }

    async fn rotate(
        &self,
        operation: &Operation,
        request: pb::RotateKeyRequest,
    ) -> Result<pb::RotateKeyResponse, Error> {
        let NewSecret {
            key_id,
            secret,
            etag,
            grace,
            must_verify,
        } = convert::new_secret(request)?;
        let id = self.changeable(&operation.principal, &key_id, "key_id")?;
        let key = self.vault.find(id, visible(&operation.principal)).await?;
        if must_verify {
            self.engine.verify_key(&key.provider, &secret).await?;
        }
        let record = operation.done(id);
        let rotation = Rotation {
            secret: &secret,
            grace,
            verify_time: must_verify.then_some(operation.now),
        };
        let asked = asked(operation, &etag, &record);
        let rotated = self.vault.rotate(asked, rotation, operation.now);
        Ok(pb::RotateKeyResponse {
            key: Some(convert::key(rotated.await?, operation.now)),
        })
    }

    async fn set_state(
        &self,
        operation: &Operation,
        request: pb::SetKeyStateRequest,
    ) -> Result<pb::SetKeyStateResponse, Error> {
        let state = match pb::key::State::try_from(request.state) {
            Ok(pb::key::State::Active) => KeyState::Active,
            Ok(pb::key::State::Disabled) => KeyState::Disabled,
            Ok(pb::key::State::Unspecified | pb::key::State::Rejected | pb::key::State::Expired) | Err(_) => {
                return Err(bad("state", "expected STATE_ACTIVE or STATE_DISABLED"));
            }
        };
        let id = self.changeable(&operation.principal, &request.key_id, "key_id")?;
        let record = operation.done(id);
        let asked = asked(operation, &request.etag, &record);
        let key = self.vault.set_state(asked, state).await?;
        Ok(pb::SetKeyStateResponse {
            key: Some(convert::key(key, operation.now)),
        })
    }

    async fn verify(&self, operation: &Operation, key_id: &str) -> Result<pb::VerifyKeyResponse, Error> {
        let id = named(key_id, "key_id")?;
        if let Some(configured) = self.configured(&operation.principal, id) {
            let asked = self.engine.verify_key(configured.provider, configured.secret());
            let error = asked.await.err();
            return Ok(pb::VerifyKeyResponse {
                key: Some(configured::key(&configured)),
                valid: error.is_none(),
                error: error.map(status::detail),
            });
        }
        let key = self.vault.find(id, visible(&operation.principal)).await?;
        let secret = self.vault.open(&key).await?;
        let verified = self.engine.verify_key(&key.provider, &secret).await;
        let (record, now) = (operation.done(key_id), operation.now);
        let (key, error) = match verified {
            Ok(()) => (self.vault.judge(&key, true, Some(&record), now).await?, None),
            Err(error) if error.reason == Reason::ProviderAuthFailed => {
                let judged = self.vault.judge(&key, false, Some(&record), now);
                (judged.await?, Some(error))
            }
            Err(error) => {
                operation.note(key_id).await;
                (key, Some(error))
            }
        };
        Ok(pb::VerifyKeyResponse {
            key: Some(convert::key(key, operation.now)),
            valid: error.is_none(),
            error: error.map(status::detail),
        })
    }

    async fn delete(
        &self,
        operation: &Operation,
        request: &pb::DeleteKeyRequest,
    ) -> Result<pb::DeleteKeyResponse, Error> {
        let id = self.changeable(&operation.principal, &request.key_id, "key_id")?;
        let record = operation.done(id);
        let deleted = self.vault.delete(asked(operation, &request.etag, &record));
        match deleted.await {
            Err(error) if request.allow_missing && error.reason == Reason::ResourceNotFound => {
                operation.note(id).await;
            }
            other => other?,
        }
        Ok(pb::DeleteKeyResponse {})
    }
}

#[tonic::async_trait]
impl KeyVaultService for KeyVault {
    type RewrapKeysStream = Pin<Box<dyn Stream<Item = Result<pb::RewrapKeysResponse, Status>> + Send>>;

    async fn create_key(
        &self,
        request: Request<pb::CreateKeyRequest>,
    ) -> Result<Response<pb::CreateKeyResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.KeyVaultService/CreateKey");
        let asked = request.get_ref().key_id.clone();
        let created = self.create(&operation, request.into_inner()).await;
        let key = created.as_ref().ok().and_then(|created| created.key.as_ref());
        let target = key.map_or(asked, |key| key.id.clone());
        operation.settle_change(&target, created).await
    }

    async fn get_key(
        &self,
        request: Request<pb::GetKeyRequest>,
    ) -> Result<Response<pb::GetKeyResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.KeyVaultService/GetKey");
        let id = request.into_inner().key_id;
        let found = self.get(&operation, &id).await;
        operation.settle(&id, found).await
    }

    async fn list_keys(
        &self,
        request: Request<pb::ListKeysRequest>,
    ) -> Result<Response<pb::ListKeysResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.KeyVaultService/ListKeys");
        let listed = self.list(&operation, request.into_inner()).await;
        operation.settle("", listed).await
    }

    async fn update_key(
        &self,
        request: Request<pb::UpdateKeyRequest>,
    ) -> Result<Response<pb::UpdateKeyResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.KeyVaultService/UpdateKey");
        let request = request.into_inner();
        let id = request.key.as_ref().map(|key| key.id.clone()).unwrap_or_default();
        let updated = self.update(&operation, request).await;
        operation.settle_change(&id, updated).await
    }

    async fn rotate_key(
        &self,
        request: Request<pb::RotateKeyRequest>,
    ) -> Result<Response<pb::RotateKeyResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.KeyVaultService/RotateKey");
        let id = request.get_ref().key_id.clone();
        let rotated = self.rotate(&operation, request.into_inner()).await;
        operation.settle_change(&id, rotated).await
    }

    async fn set_key_state(
        &self,
        request: Request<pb::SetKeyStateRequest>,
    ) -> Result<Response<pb::SetKeyStateResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.KeyVaultService/SetKeyState");
        let id = request.get_ref().key_id.clone();
        let set = self.set_state(&operation, request.into_inner()).await;
        operation.settle_change(&id, set).await
    }

    async fn verify_key(
        &self,
        request: Request<pb::VerifyKeyRequest>,
    ) -> Result<Response<pb::VerifyKeyResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.KeyVaultService/VerifyKey");
        let id = request.into_inner().key_id;
        let verified = self.verify(&operation, &id).await;
        operation.settle_change(&id, verified).await
    }

    async fn delete_key(
        &self,
        request: Request<pb::DeleteKeyRequest>,
    ) -> Result<Response<pb::DeleteKeyResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.KeyVaultService/DeleteKey");
        let request = request.into_inner();
        let deleted = self.delete(&operation, &request).await;
        operation.settle_change(&request.key_id, deleted).await
    }

    async fn rewrap_keys(
        &self,
        request: Request<pb::RewrapKeysRequest>,
    ) -> Result<Response<Self::RewrapKeysStream>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.KeyVaultService/RewrapKeys");
        let vault = Arc::clone(&self.vault);
        operation.start("").await;
        let progress = async_stream::stream! {
            let mut progress = Progress::default();
            while !progress.is_done {
                match vault.rewrap(progress).await {
                    Ok(further) => {
                        progress = further;
                        yield Ok(told(&progress));
                    }
                    Err(error) => {
                        if let Err(status) = operation.settle::<()>("", Err(error)).await {
                            yield Err(status);
                        }
                        return;
                    }
                }
            }
            // Nothing is left to answer; the record is what matters.
            let _ = operation.settle("", Ok(())).await;
        };
        Ok(Response::new(Box::pin(progress)))
    }
}

fn told(progress: &Progress) -> pb::RewrapKeysResponse {
    pb::RewrapKeysResponse {
        wrapped: i64::try_from(progress.wrapped).unwrap_or(i64::MAX),
        failed_key_ids: progress.failed.iter().take(MOST_NAMED).cloned().collect(),
        failed: i64::try_from(progress.failed.len()).unwrap_or(i64::MAX),
        done: progress.is_done,
    }
}

/// The change of the key that `record` is about.
fn asked<'a>(operation: &'a Operation, etag: &'a str, record: &'a AuditRecord) -> Change<'a> {
    Change {
        id: &record.target,
        tenant_id: visible(&operation.principal),
        etag,
        record: Some(record),
    }
}

/// Whose keys a caller sees: an admin everybody's, everyone else their own tenant's.
fn visible(principal: &Principal) -> Option<&str> {
    (!principal.may(Scope::Admin)).then_some(principal.tenant_id.as_str())
}

/// Whose a new key is to be.
fn tenant_of(principal: &Principal, asked: String) -> Result<String, Error> {
    match visible(principal) {
        None => Ok(asked),
        Some(own) if asked.is_empty() || asked == own => Ok(own.to_owned()),
        Some(_) => Err(Error::not_found("crux.v1.Tenant", asked)),
    }
}

fn named<'a>(id: &'a str, field: &str) -> Result<&'a str, Error> {
    if id.is_empty() {
        return Err(bad(field, "expected the id of a key"));
    }
    Ok(id)
}

fn bad(field: &str, description: &str) -> Error {
    Error::invalid(vec![Violation {
        field: field.to_owned(),
        description: description.to_owned(),
    }])
}
