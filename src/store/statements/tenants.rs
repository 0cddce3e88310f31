//! Tenants and tokens in a database.

use async_trait::async_trait;
use sqlx::Transaction;

use crate::domain::audit::AuditRecord;
use crate::domain::principal::Scope;
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::domain::token::Token;
use crate::store::postgres::Postgres;
use crate::store::rows::{self, TenantRow, TokenRow, hash_text, json, scope_text};
use crate::store::sqlite::Sqlite;
use crate::store::{Loaded, StoreError, TenantStore, TokenFilter, Topic, sql};

macro_rules! tenant_store {
    ($database:ident, $engine:ty) => {
        #[async_trait]
        impl TenantStore for $database {
            async fn create_tenant(
                &self,
                tenant: &Tenant,
                record: Option<&AuditRecord>,
            ) -> Result<(), StoreError> {
                let mut transaction = self.write(Topic::Tenants).await?;
                sqlx::query(sql::CREATE_TENANT)
                    .bind(&tenant.id)
                    .bind(&tenant.display_name)
                    .bind(tenant.state.as_str())
                    .bind(json(&tenant.models.allow)?)
                    .bind(json(&tenant.models.deny)?)
                    .bind(json(&tenant.labels)?)
                    .bind(tenant.create_time.0)
                    .bind(tenant.update_time.0)
                    .bind(&tenant.etag)
                    .execute(&mut *transaction)
                    .await?;
                self.commit(transaction, record).await
            }

            async fn get_tenant(&self, id: &str) -> Result<Tenant, StoreError> {
                let row: TenantRow = sqlx::query_as(sql::GET_TENANT)
                    .bind(id)
                    .fetch_one(self.reader())
                    .await?;
                row.try_into()
            }

            async fn load_tenants(
                &self,
                after: Option<&str>,
                limit: u32,
            ) -> Result<Vec<Loaded<Tenant>>, StoreError> {
                let rows: Vec<rows::Loaded<TenantRow>> = sqlx::query_as(sql::LIST_TENANTS)
                    .bind(after.unwrap_or_default())
                    .bind(i64::from(limit))
                    .fetch_all(self.reader())
                    .await?;
                Ok(rows.into_iter().map(rows::Loaded::read).collect())
            }

            async fn update_tenant(
                &self,
                tenant: &Tenant,
                etag: &str,
                record: Option<&AuditRecord>,
            ) -> Result<(), StoreError> {
                let mut transaction = self.write(Topic::Tenants).await?;
                let done = sqlx::query(sql::UPDATE_TENANT)
                    .bind(&tenant.id)
                    .bind(&tenant.display_name)
                    .bind(tenant.state.as_str())
                    .bind(json(&tenant.models.allow)?)
                    .bind(json(&tenant.models.deny)?)
                    .bind(json(&tenant.labels)?)
                    .bind(tenant.update_time.0)
                    .bind(&tenant.etag)
                    .bind(etag)
                    .execute(&mut *transaction)
                    .await?;
                if done.rows_affected() == 0 {
                    let _: TenantRow = sqlx::query_as(sql::GET_TENANT)
                        .bind(&tenant.id)
                        .fetch_one(&mut *transaction)
                        .await?;
                    return Err(StoreError::Stale);
                }
                self.commit(transaction, record).await
            }

            async fn delete_tenant(
                &self,
                id: &str,
                etag: Option<&str>,
                record: Option<&AuditRecord>,
            ) -> Result<(), StoreError> {
                let mut transaction = self.write(Topic::Tenants).await?;
                // Its keys go with it.
                sqlx::query(sql::BUMP)
                    .bind(Topic::Keys.as_str())
                    .execute(&mut *transaction)
                    .await?;
                let done = sqlx::query(sql::DELETE_TENANT)
                    .bind(id)
                    .bind(etag.unwrap_or_default())
                    .execute(&mut *transaction)
                    .await?;
                if done.rows_affected() == 0 {
                    let _: TenantRow = sqlx::query_as(sql::GET_TENANT)
                        .bind(id)
                        .fetch_one(&mut *transaction)
                        .await?;
                    return Err(StoreError::Stale);
                }
                self.commit(transaction, record).await
            }

            async fn create_token(
                &self,
                token: &Token,
                record: Option<&AuditRecord>,
            ) -> Result<(), StoreError> {
                let mut transaction = self.write(Topic::Tenants).await?;
                Self::add_token(&mut transaction, token).await?;
                self.commit(transaction, record).await
            }

            async fn create_first_token(
                &self,
                token: &Token,
                record: &AuditRecord,
            ) -> Result<Option<String>, StoreError> {
                // The topic's row is locked from here on: whoever comes second sees the token of the first.
                let mut transaction = self.write(Topic::Tenants).await?;
                let found: Option<String> = sqlx::query_scalar(sql::FIND_ADMIN_TOKEN)
                    .bind(format!("% {} %", Scope::Admin.as_str()))
                    .bind(token.create_time.0)
                    .fetch_optional(&mut *transaction)
                    .await?;
                if found.is_none() {
                    Self::add_token(&mut transaction, token).await?;
                    self.commit(transaction, Some(record)).await?;
                }
                Ok(found)
            }

            async fn get_token(&self, id: &str) -> Result<Token, StoreError> {
                let row: TokenRow = sqlx::query_as(sql::GET_TOKEN)
                    .bind(id)
                    .fetch_one(self.reader())
                    .await?;
                row.try_into()
            }

            async fn load_tokens(
                &self,
                filter: TokenFilter<'_>,
                after: Option<&str>,
                limit: u32,
            ) -> Result<Vec<Loaded<Token>>, StoreError> {
                let rows: Vec<rows::Loaded<TokenRow>> = sqlx::query_as(sql::LIST_TOKENS)
                    .bind(filter.tenant_id.unwrap_or_default())
                    .bind(filter.active_at.unwrap_or_default().0)
                    .bind(after.unwrap_or_default())
                    .bind(i64::from(limit))
                    .fetch_all(self.reader())
                    .await?;
                Ok(rows.into_iter().map(rows::Loaded::read).collect())
            }

            async fn revoke_token(
                &self,
                id: &str,
                at: Timestamp,
                record: Option<&AuditRecord>,
            ) -> Result<Token, StoreError> {
                let mut transaction = self.write(Topic::Tenants).await?;
                let row: TokenRow = sqlx::query_as(sql::REVOKE_TOKEN)
                    .bind(id)
                    .bind(at.0)
                    .fetch_one(&mut *transaction)
                    .await?;
                self.commit(transaction, record).await?;
                row.try_into()
            }

            async fn note_token_uses(&self, uses: &[(String, Timestamp)]) -> Result<(), StoreError> {
                let mut transaction = self.writer().begin().await?;
                for (id, time) in uses {
                    sqlx::query(sql::NOTE_TOKEN_USE)
                        .bind(id)
                        .bind(time.0)
                        .execute(&mut *transaction)
                        .await?;
                }
                transaction.commit().await?;
                Ok(())
            }
        }

        impl $database {
            async fn add_token(
                transaction: &mut Transaction<'_, $engine>,
                token: &Token,
            ) -> Result<(), StoreError> {
                sqlx::query(sql::CREATE_TOKEN)
                    .bind(&token.id)
                    .bind(&token.tenant_id)
                    .bind(&token.display_name)
                    .bind(scope_text(&token.scopes))
                    .bind(&token.hint)
                    .bind(hash_text(&token.secret_hash))
                    .bind(token.create_time.0)
                    .bind(token.expire_time.map(|time| time.0))
                    .bind(token.last_use_time.map(|time| time.0))
                    .bind(token.revoke_time.map(|time| time.0))
                    .execute(&mut **transaction)
                    .await?;
                Ok(())
            }
        }
    };
}

tenant_store!(Sqlite, sqlx::Sqlite);
tenant_store!(Postgres, sqlx::Postgres);
