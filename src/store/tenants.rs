//! Keeps tenants and the tokens of their callers. What belongs to a tenant goes when it goes.

use async_trait::async_trait;

use crate::domain::audit::AuditRecord;
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::domain::token::Token;
use crate::store::StoreError;

/// Which tokens to list.
#[derive(Debug, Clone, Copy)]
pub struct TokenFilter<'a> {
    /// Of this tenant; `None` for all.
    pub tenant_id: Option<&'a str>,
    /// Leave out what is revoked, or expired by then.
    pub active_at: Option<Timestamp>,
}

/// The id of a row, and what the row is, or [`StoreError::Corrupt`].
pub type Loaded<T> = (String, Result<T, StoreError>);

/// Tenants and tokens. A write takes its record along: both are kept, or neither.
#[async_trait]
pub trait TenantStore: Send + Sync {
    /// Adds a tenant; [`StoreError::Exists`] for an id that is taken.
    async fn create_tenant(&self, tenant: &Tenant, record: Option<&AuditRecord>) -> Result<(), StoreError>;

    /// Reads a tenant; [`StoreError::Missing`] if there is none.
    async fn get_tenant(&self, id: &str) -> Result<Tenant, StoreError>;

    /// Reads at most `limit` tenants by id, those after the id `after`, if given; each by itself.
    async fn load_tenants(&self, after: Option<&str>, limit: u32) -> Result<Vec<Loaded<Tenant>>, StoreError>;

    /// Lists tenants as [`Self::load_tenants`] reads them, or none if one makes no sense.
    async fn list_tenants(&self, after: Option<&str>, limit: u32) -> Result<Vec<Tenant>, StoreError> {
        all(self.load_tenants(after, limit).await?)
    }

    /// Replaces a tenant whose etag is still `etag`; [`StoreError::Stale`] if it is not.
    async fn update_tenant(
        &self,
        tenant: &Tenant,
        etag: &str,
        record: Option<&AuditRecord>,
    ) -> Result<(), StoreError>;

    /// Deletes a tenant and what belongs to it, if its etag is `etag`, where given.
    async fn delete_tenant(
        &self,
        id: &str,
        etag: Option<&str>,
        record: Option<&AuditRecord>,
    ) -> Result<(), StoreError>;

    /// Adds a token; [`StoreError::Missing`] if there is no such tenant.
    async fn create_token(&self, token: &Token, record: Option<&AuditRecord>) -> Result<(), StoreError>;

    /// Adds a token that may administrate, if none is there that is good when it is made; else returns the id of that
    /// one. Of several that are added at once, one is.
    async fn create_first_token(
        &self,
        token: &Token,
        record: &AuditRecord,
    ) -> Result<Option<String>, StoreError>;

    /// Reads a token; [`StoreError::Missing`] if there is none.
    async fn get_token(&self, id: &str) -> Result<Token, StoreError>;

    /// Reads at most `limit` tokens by id, those after the id `after`, if given; each by itself.
    async fn load_tokens(
        &self,
        filter: TokenFilter<'_>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Loaded<Token>>, StoreError>;

    /// Lists tokens as [`Self::load_tokens`] reads them, or none if one makes no sense.
    async fn list_tokens(
        &self,
        filter: TokenFilter<'_>,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<Token>, StoreError> {
        all(self.load_tokens(filter, after, limit).await?)
    }

    /// Revokes a token; one that was revoked keeps its time. Returns it as it is then.
    async fn revoke_token(
        &self,
        id: &str,
        at: Timestamp,
        record: Option<&AuditRecord>,
    ) -> Result<Token, StoreError>;

    /// Notes when tokens were last presented. Changes nothing that is held in memory, so nobody is told.
    async fn note_token_uses(&self, uses: &[(String, Timestamp)]) -> Result<(), StoreError>;
}

fn all<T>(rows: Vec<Loaded<T>>) -> Result<Vec<T>, StoreError> {
    rows.into_iter().map(|(_, row)| row).collect()
}
