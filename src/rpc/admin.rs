//! `crux.v1.AdminService`: tenants, tokens, and the record of who did what. Every operation is recorded.

use std::sync::Arc;

use secrecy::ExposeSecret as _;
use tonic::{Request, Response, Status};

use crate::domain::error::{Error, Reason, Violation};
use crate::domain::principal::{LOCAL_TENANT, Principal, Scope};
use crate::domain::tenant::{Tenant, TenantState, is_tenant_id};
use crate::domain::time::Timestamp;
use crate::rpc::audit::{Audit, Operation};
use crate::rpc::convert::admin as convert;
use crate::rpc::convert::violations::Violations;
use crate::rpc::mask::update_mask;
use crate::rpc::page::Page;
use crate::rpc::pb;
use crate::rpc::pb::admin_service_server::AdminService;
use crate::rpc::scopes;
use crate::store::{Held as _, Store, StoreError, TokenFilter};
use crate::tenancy::{Directory, mint};

const TENANT: &str = "crux.v1.Tenant";
const TOKEN: &str = "crux.v1.ApiToken";
/// What a change of a tenant may name.
const MUTABLE: [&str; 6] = [
    "display_name",
    "state",
    "policy",
    "policy.allowed_models",
    "policy.denied_models",
    "labels",
];
/// How often a change without an etag is tried against others of the same moment.
const TRIES: usize = 8;

/// Serves administration from the store.
#[derive(Debug)]
pub(super) struct Admin {
    store: Arc<dyn Store>,
    directory: Arc<Directory>,
    audit: Audit,
}

impl Admin {
    pub(super) fn new(store: Arc<dyn Store>, directory: Arc<Directory>, audit: Audit) -> Self {
        Self {
            store,
            directory,
            audit,
        }
    }

    /// What was taken away is taken away when the answer leaves.
    async fn reload(&self) {
        if let Err(error) = self.directory.reload().await {
            tracing::warn!(%error, "a change holds here with the next reading");
        }
    }

    async fn created(
        &self,
        request: pb::CreateTenantRequest,
        operation: &Operation,
    ) -> Result<pb::Tenant, Error> {
        let pb::Tenant {
            display_name,
            policy,
            labels,
            ..
        } = request.tenant.unwrap_or_default();
        let id = request.tenant_id;
        let mut wrong = Violations::default();
        wrong.check(
            is_tenant_id(&id),
            "tenant_id",
            format_args!("expected 1 to 64 characters of [a-z0-9-], found {id:?}"),
        );
        let tenant = Tenant {
            display_name: convert::display_name(display_name, "tenant.display_name", &mut wrong),
            state: TenantState::Active,
            models: convert::policy(policy, "tenant.policy", &mut wrong),
            labels: convert::labels(labels, "tenant.labels", &mut wrong),
            create_time: operation.now,
            update_time: operation.now,
            etag: etag(),
            id,
        };
        let tenant = wrong.or(tenant)?;
        let record = operation.done(&tenant.id);
        let created = self.store.create_tenant(&tenant, Some(&record)).await;
        created.map_err(|error| error.about(TENANT, &tenant.id))?;
        self.directory.add(tenant.clone(), []);
        Ok(convert::tenant(tenant))
    }

    async fn updated(
        &self,
        request: pb::UpdateTenantRequest,
        operation: &Operation,
    ) -> Result<pb::Tenant, Error> {
        let Some(wanted) = request.tenant else {
            return Err(missing("tenant", "a tenant with an id"));
        };
        let fields = update_mask(request.update_mask.as_ref(), &MUTABLE)?;
        let id = wanted.id.clone();
        let mut wrong = Violations::default();
        let names = |field: &str| fields.contains(field);
        let display_name = names("display_name")
            .then(|| convert::display_name(wanted.display_name, "tenant.display_name", &mut wrong));
        let state = names("state").then(|| convert::state(wanted.state, "tenant.state", &mut wrong));
        let labels = names("labels").then(|| convert::labels(wanted.labels, "tenant.labels", &mut wrong));
        let models = convert::policy(wanted.policy, "tenant.policy", &mut wrong);
        wrong.or(())?;
        if id == LOCAL_TENANT && state == Some(TenantState::Suspended) {
            return Err(local("suspended"));
        }
        for _ in 0..TRIES {
            let found = self.store.get_tenant(&id).await;
            let mut tenant = found.map_err(|error| error.about(TENANT, &id))?;
            if !wanted.etag.is_empty() && wanted.etag != tenant.etag {
                return Err(StoreError::Stale.about(TENANT, &id));
            }
            let read = std::mem::replace(&mut tenant.etag, etag());
            tenant.update_time = operation.now;
            if let Some(display_name) = &display_name {
                tenant.display_name.clone_from(display_name);
            }
            if let Some(labels) = &labels {
                tenant.labels.clone_from(labels);
            }
            tenant.state = state.unwrap_or(tenant.state);
            if names("policy") || names("policy.allowed_models") {
                tenant.models.allow.clone_from(&models.allow);
            }
            if names("policy") || names("policy.denied_models") {
                tenant.models.deny.clone_from(&models.deny);
            }
            let record = operation.done(&id);
            match self.store.update_tenant(&tenant, &read, Some(&record)).await {
                Ok(()) => {
                    self.reload().await;
                    return Ok(convert::tenant(tenant));
                }
                // Somebody wrote in between, and this caller does not mind: again, over what is there now.
                Err(StoreError::Stale) if wanted.etag.is_empty() => {}
                Err(error) => return Err(error.about(TENANT, &id)),
            }
        }
        Err(StoreError::Stale.about(TENANT, &id))
    }

    async fn deleted(&self, request: &pb::DeleteTenantRequest, operation: &Operation) -> Result<(), Error> {
        let id = &request.tenant_id;
        if id.is_empty() {
            return Err(missing("tenant_id", "a tenant's id"));
        }
        if id == LOCAL_TENANT {
            return Err(local("deleted"));
        }
        let etag = Some(request.etag.as_str()).filter(|etag| !etag.is_empty());
        let record = operation.done(id);
        let deleted = self.store.delete_tenant(id, etag, Some(&record)).await;
        deleted.map_err(|error| error.about(TENANT, id))?;
        self.reload().await;
        Ok(())
    }

    async fn tenants(&self, request: &pb::ListTenantsRequest) -> Result<pb::ListTenantsResponse, Error> {
        let page = Page::read(request.page_size, &request.page_token, &["ListTenants"])?;
        let rows = self.store.list_tenants(page.after(), page.limit()).await;
        let rows = rows.map_err(|error| error.about(TENANT, ""))?;
        let (rows, next_page_token) = page.cut(rows, |tenant| tenant.id.clone());
        Ok(pb::ListTenantsResponse {
            tenants: rows.into_iter().map(convert::tenant).collect(),
            next_page_token,
        })
    }

    async fn token(
        &self,
        request: pb::CreateApiTokenRequest,
        operation: &Operation,
    ) -> Result<pb::CreateApiTokenResponse, Error> {
        let (principal, now) = (&operation.principal, operation.now);
        let new = convert::new_token(request.api_token, &principal.tenant_id, now)?;
        if !sees(principal, &new.tenant_id) {
            return Err(Error::not_found(TENANT, new.tenant_id));
        }
        // Nobody gives what it has not.
        let lacking = new.scopes.iter().find(|scope| !principal.may(**scope));
        if let Some(scope) = lacking.filter(|_| !principal.may(Scope::Admin)) {
            return Err(scopes::denied(*scope));
        }
        let tenant_id = new.tenant_id.clone();
        let tenant = self.store.get_tenant(&tenant_id).await;
        let tenant = tenant.map_err(|error| error.about(TENANT, &tenant_id))?;
        let minted = mint(new, now).map_err(|error| Error::new(Reason::Internal, error.to_string()))?;
        let record = operation.done(&minted.token.id);
        let created = self.store.create_token(&minted.token, Some(&record)).await;
        created.map_err(|error| error.about(TENANT, &tenant_id))?;
        self.directory.add(tenant, [minted.token.clone()]);
        Ok(pb::CreateApiTokenResponse {
            api_token: Some(convert::token(minted.token)),
            secret: minted.text.expose_secret().to_owned(),
        })
    }

    async fn tokens(
        &self,
        request: &pb::ListApiTokensRequest,
        principal: &Principal,
        now: Timestamp,
    ) -> Result<pb::ListApiTokensResponse, Error> {
        let tenant_id = if request.tenant_id.is_empty() {
            &principal.tenant_id
        } else {
            &request.tenant_id
        };
        if !sees(principal, tenant_id) {
            return Err(Error::not_found(TENANT, tenant_id));
        }
        let with_inactive = if request.include_inactive { "all" } else { "active" };
        let question = ["ListApiTokens", tenant_id.as_str(), with_inactive];
        let page = Page::read(request.page_size, &request.page_token, &question)?;
        let told = |error: StoreError| error.about(TENANT, tenant_id);
        self.store.get_tenant(tenant_id).await.map_err(told)?;
        let filter = TokenFilter {
            tenant_id: Some(tenant_id),
            active_at: (!request.include_inactive).then_some(now),
        };
        let rows = self.store.list_tokens(filter, page.after(), page.limit()).await;
        let (rows, next_page_token) = page.cut(rows.map_err(told)?, |token| token.id.clone());
        Ok(pb::ListApiTokensResponse {
            api_tokens: rows.into_iter().map(convert::token).collect(),
            next_page_token,
        })
    }

    async fn revoked(&self, id: &str, operation: &Operation) -> Result<pb::ApiToken, Error> {
        if id.is_empty() {
            return Err(missing("api_token_id", "a token's id"));
        }
        let told = |error: StoreError| error.about(TOKEN, id);
        let token = self.store.get_token(id).await.map_err(told)?;
        if !sees(&operation.principal, &token.tenant_id) {
            return Err(Error::not_found(TOKEN, id));
        }
        let record = operation.done(id);
        let revoked = self.store.revoke_token(id, operation.now, Some(&record));
        let token = revoked.await.map_err(told)?;
        self.reload().await;
        Ok(convert::token(token))
    }

    async fn records(
        &self,
        request: &pb::ListAuditRecordsRequest,
    ) -> Result<pb::ListAuditRecordsResponse, Error> {
        let question = ["ListAuditRecords", request.tenant_id.as_str()];
        let page = Page::read(request.page_size, &request.page_token, &question)?;
        let tenant_id = Some(request.tenant_id.as_str()).filter(|id| !id.is_empty());
        let rows = self
            .store
            .list_audit_records(tenant_id, page.after(), page.limit());
        let rows = rows
            .await
            .map_err(|error| error.about("crux.v1.AuditRecord", ""))?;
        let (rows, next_page_token) = page.cut(rows, |record| record.id.clone());
        Ok(pb::ListAuditRecordsResponse {
            audit_records: rows.into_iter().map(convert::audit_record).collect(),
            next_page_token,
        })
    }
}

/// Whether the caller may know of a tenant at all.
fn sees(principal: &Principal, tenant_id: &str) -> bool {
    principal.tenant_id == tenant_id || principal.may(Scope::Admin)
}

/// Another one every time.
fn etag() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

fn missing(field: &str, expected: &str) -> Error {
    Error::invalid(vec![Violation {
        field: field.to_owned(),
        description: format!("expected {expected}"),
    }])
}

fn local(done: &str) -> Error {
    let message = format!("the tenant {LOCAL_TENANT:?} is the operator's and cannot be {done}");
    Error::about(Reason::InvalidState, TENANT, LOCAL_TENANT, message)
}

#[tonic::async_trait]
impl AdminService for Admin {
    async fn create_tenant(
        &self,
        request: Request<pb::CreateTenantRequest>,
    ) -> Result<Response<pb::CreateTenantResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.AdminService/CreateTenant");
        let request = request.into_inner();
        let id = request.tenant_id.clone();
        let created = self.created(request, &operation).await;
        let created = created.map(|tenant| pb::CreateTenantResponse { tenant: Some(tenant) });
        operation.settle_change(&id, created).await
    }

    async fn get_tenant(
        &self,
        request: Request<pb::GetTenantRequest>,
    ) -> Result<Response<pb::GetTenantResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.AdminService/GetTenant");
        let mut id = request.into_inner().tenant_id;
        if id.is_empty() {
            id.clone_from(&operation.principal.tenant_id);
        }
        let found = self.store.get_tenant(&id).await;
        let found = found.map(|tenant| pb::GetTenantResponse {
            tenant: Some(convert::tenant(tenant)),
        });
        let found = found.map_err(|error| error.about(TENANT, &id));
        operation.settle(&id, found).await
    }

    async fn list_tenants(
        &self,
        request: Request<pb::ListTenantsRequest>,
    ) -> Result<Response<pb::ListTenantsResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.AdminService/ListTenants");
        let listed = self.tenants(request.get_ref()).await;
        operation.settle("", listed).await
    }

    async fn update_tenant(
        &self,
        request: Request<pb::UpdateTenantRequest>,
    ) -> Result<Response<pb::UpdateTenantResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.AdminService/UpdateTenant");
        let request = request.into_inner();
        let id = request
            .tenant
            .as_ref()
            .map(|tenant| tenant.id.clone())
            .unwrap_or_default();
        let updated = self.updated(request, &operation).await;
        let updated = updated.map(|tenant| pb::UpdateTenantResponse { tenant: Some(tenant) });
        operation.settle_change(&id, updated).await
    }

    async fn delete_tenant(
        &self,
        request: Request<pb::DeleteTenantRequest>,
    ) -> Result<Response<pb::DeleteTenantResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.AdminService/DeleteTenant");
        let request = request.into_inner();
        let deleted = self
            .deleted(&request, &operation)
            .await
            .map(|()| pb::DeleteTenantResponse {});
        operation.settle_change(&request.tenant_id, deleted).await
    }

    async fn create_api_token(
        &self,
        request: Request<pb::CreateApiTokenRequest>,
    ) -> Result<Response<pb::CreateApiTokenResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.AdminService/CreateApiToken");
        let created = self.token(request.into_inner(), &operation).await;
        let token = created
            .as_ref()
            .ok()
            .and_then(|created| created.api_token.as_ref());
        let id = token.map(|token| token.id.clone()).unwrap_or_default();
        operation.settle_change(&id, created).await
    }

    async fn list_api_tokens(
        &self,
        request: Request<pb::ListApiTokensRequest>,
    ) -> Result<Response<pb::ListApiTokensResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.AdminService/ListApiTokens");
        let listed = self
            .tokens(request.get_ref(), &operation.principal, operation.now)
            .await;
        operation.settle("", listed).await
    }

    async fn revoke_api_token(
        &self,
        request: Request<pb::RevokeApiTokenRequest>,
    ) -> Result<Response<pb::RevokeApiTokenResponse>, Status> {
        let operation = self.audit.begin(&request, "crux.v1.AdminService/RevokeApiToken");
        let id = request.into_inner().api_token_id;
        let revoked = self.revoked(&id, &operation).await;
        let revoked = revoked.map(|token| pb::RevokeApiTokenResponse {
            api_token: Some(token),
        });
        operation.settle_change(&id, revoked).await
    }

    async fn list_audit_records(
        &self,
        request: Request<pb::ListAuditRecordsRequest>,
    ) -> Result<Response<pb::ListAuditRecordsResponse>, Status> {
        let operation = self
            .audit
            .begin(&request, "crux.v1.AdminService/ListAuditRecords");
        let listed = self.records(request.get_ref()).await;
        operation.settle("", listed).await
    }
}
