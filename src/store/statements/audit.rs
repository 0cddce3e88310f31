//! Audit records in a database.

use async_trait::async_trait;
use sqlx::Transaction;

use crate::domain::audit::AuditRecord;
use crate::store::postgres::Postgres;
use crate::store::rows::AuditRow;
use crate::store::sqlite::Sqlite;
use crate::store::{AuditStore, StoreError, sql};

macro_rules! audit_store {
    ($database:ident, $engine:ty) => {
        #[async_trait]
        impl AuditStore for $database {
            async fn add_audit_record(&self, record: &AuditRecord) -> Result<(), StoreError> {
                let mut transaction = self.writer().begin().await?;
                Self::record(&mut transaction, record).await?;
                transaction.commit().await?;
                Ok(())
            }

            async fn list_audit_records(
                &self,
                tenant_id: Option<&str>,
                before: Option<&str>,
                limit: u32,
            ) -> Result<Vec<AuditRecord>, StoreError> {
                let rows: Vec<AuditRow> = sqlx::query_as(sql::LIST_AUDIT_RECORDS)
                    .bind(tenant_id.unwrap_or_default())
                    .bind(before.unwrap_or_default())
                    .bind(i64::from(limit))
                    .fetch_all(self.reader())
                    .await?;
                Ok(rows.into_iter().map(AuditRecord::from).collect())
            }
        }

        impl $database {
            /// Adds a record to a transaction, usually to that of what it is about.
            pub(in crate::store) async fn record(
                transaction: &mut Transaction<'_, $engine>,
                record: &AuditRecord,
            ) -> Result<(), StoreError> {
                sqlx::query(sql::ADD_AUDIT_RECORD)
                    .bind(&record.id)
                    .bind(record.create_time.0)
                    .bind(&record.tenant_id)
                    .bind(&record.token_id)
                    .bind(&record.peer)
                    .bind(&record.action)
                    .bind(&record.target)
                    .bind(&record.outcome)
                    .bind(&record.request_id)
                    .execute(&mut **transaction)
                    .await?;
                Ok(())
            }
        }
    };
}

audit_store!(Sqlite, sqlx::Sqlite);
audit_store!(Postgres, sqlx::Postgres);
