//! Audit records: added, with the change they are of or by themselves; listed latest first, never changed.

use std::sync::Arc;

use crux::domain::audit::AuditRecord;
use crux::domain::key::Key;
use crux::domain::principal::Scope;
use crux::domain::tenant::Tenant;
use crux::domain::time::Timestamp;

use crux::domain::token::Token;
use crux::store::StoreError;
use tokio::sync::Barrier;

use crate::databases;
use crate::keys::{key, secret};
use crate::models::change;
use crate::tenants::{tenant, token};

fn record(number: i64, tenant_id: &str) -> AuditRecord {
    AuditRecord {
        id: format!("aud_{number:04}"),
        create_time: Timestamp(1_795_000_000_000_000 + number),
        tenant_id: tenant_id.to_owned(),
        token_id: "tok1".to_owned(),
        peer: "127.0.0.1:1234".to_owned(),
        action: "crux.v1.KeyVaultService/RotateKey".to_owned(),
        target: "key-1".to_owned(),
        outcome: "OK".to_owned(),
        request_id: format!("request-{number}"),
    }
}

#[tokio::test]
async fn records_are_listed_latest_first_by_tenant_and_page() {
    for database in databases::all().await {
        let store = &database.store;
        for number in 0..10 {
            let tenant = if number % 2 == 0 { "even" } else { "odd" };
            store.add_audit_record(&record(number, tenant)).await.unwrap();
        }

        let latest = store.list_audit_records(None, None, 3).await.unwrap();
        assert_eq!(
            latest,
            [record(9, "odd"), record(8, "even"), record(7, "odd")],
            "{}",
            database.name
        );
        let next = store.list_audit_records(None, Some("aud_0007"), 2).await.unwrap();
        assert_eq!(next, [record(6, "even"), record(5, "odd")], "{}", database.name);
        let even = store.list_audit_records(Some("even"), None, 100).await.unwrap();
        assert_eq!(even.len(), 5, "{}", database.name);
        assert!(even.iter().all(|record| record.tenant_id == "even"));
    }
}

#[tokio::test]
async fn a_change_that_is_kept_has_its_record_and_one_that_is_not_has_none() {
    for database in databases::all().await {
        let (store, name) = (&database.store, database.name);
        let records: Vec<_> = (0..30).map(|number| record(number, "t")).collect();
        let mut rest = records.iter();
        let mut next = || rest.next();
        let ids = async || -> Vec<String> {
            let kept = store.list_audit_records(None, None, 100).await.unwrap();
            kept.into_iter().rev().map(|record| record.id).collect()
        };
        let (acme, k) = (tenant("acme"), key("k", "openai", "acme", 0));
        let (sealed, next_key) = (secret(2, "kek-1"), with_etag(&k, "second"));
        let rotated = Key {
            version: 2,
            ..with_etag(&k, "third")
        };
        let renamed = Tenant {
            etag: "second".to_owned(),
            ..acme.clone()
        };

        store.create_tenant(&acme, next()).await.unwrap();
        store.update_tenant(&renamed, &acme.etag, next()).await.unwrap();
        store.create_token(&token("t1", "acme"), next()).await.unwrap();
        store.revoke_token("t1", Timestamp(1), next()).await.unwrap();
        store.add_key(&k, &secret(1, "kek-1"), next()).await.unwrap();
        store.replace_key(&next_key, &k.etag, next()).await.unwrap();
        store
            .rotate_key(&rotated, &sealed, "second", next())
            .await
            .unwrap();
        store.delete_key("k", "third", next()).await.unwrap();
        store
            .save_model_change(&change("p/a", "fast", 0), next())
            .await
            .unwrap();
        store.delete_tenant("acme", None, next()).await.unwrap();
        let kept: Vec<_> = records.iter().take(10).map(|record| record.id.clone()).collect();
        assert_eq!(ids().await, kept, "{name}");

        let missing = Some(StoreError::Missing);
        let stale = Some(StoreError::Stale);
        let local = tenant("local");
        let failed = [
            store.create_tenant(&local, next()).await.err(),
            store.update_tenant(&local, "never", next()).await.err(),
            store.update_tenant(&acme, "never", next()).await.err(),
            store.create_token(&token("t2", "acme"), next()).await.err(),
            store.revoke_token("t2", Timestamp(1), next()).await.err(),
            store.add_key(&k, &sealed, next()).await.err(),
            store.replace_key(&k, "never", next()).await.err(),
            store.rotate_key(&k, &sealed, "never", next()).await.err(),
            store.delete_key("k", "never", next()).await.err(),
            store
                .save_model_change(&change("p/a", "slow", 9), next())
                .await
                .err(),
            store.delete_tenant("acme", None, next()).await.err(),
        ];
        let expected = [
            Some(StoreError::Exists),
            stale.clone(),
            missing.clone(),
            missing.clone(),
            missing.clone(),
            missing.clone(),
            missing.clone(),
            missing.clone(),
            missing.clone(),
            stale,
            missing,
        ];
        assert_eq!(failed, expected, "{name}");
        assert_eq!(ids().await, kept, "{name}: of what failed");
    }
}

#[tokio::test]
async fn a_change_whose_record_cannot_be_kept_is_not_kept_either() {
    for database in databases::all().await {
        let store = &database.store;
        let taken = record(1, "t");
        store.add_audit_record(&taken).await.unwrap();

        store
            .create_tenant(&tenant("acme"), Some(&taken))
            .await
            .unwrap_err();

        let found = store.get_tenant("acme").await;
        assert_eq!(found, Err(StoreError::Missing), "{}", database.name);
    }
}

#[tokio::test]
async fn of_first_tokens_that_are_made_at_once_one_is_made_and_recorded() {
    for database in databases::all().await {
        let name = database.name;
        let mut making = tokio::task::JoinSet::new();
        let all_are_open = Arc::new(Barrier::new(8));
        for number in 0..8 {
            let store = database.again().await;
            let all_are_open = Arc::clone(&all_are_open);
            making.spawn(async move {
                let token = first_token(&format!("t{number}"));
                all_are_open.wait().await;
                let found = store.create_first_token(&token, &record(number, "local")).await;
                (token.id, found.unwrap())
            });
        }
        let made = making.join_all().await;

        let (first, others): (Vec<_>, Vec<_>) = made.into_iter().partition(|(_, found)| found.is_none());
        let [(first, _)] = first.try_into().unwrap();
        assert!(
            others.iter().all(|(_, found)| found.as_ref() == Some(&first)),
            "{name}: {others:?}"
        );
        let store = &database.store;
        let records = store.list_audit_records(None, None, 100).await.unwrap();
        assert_eq!(records.len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_first_token_is_made_again_when_no_administrator_s_is_good() {
    for database in databases::all().await {
        let (store, name) = (&database.store, database.name);
        let callers = token("caller", "local");
        let expired = Token {
            expire_time: Some(Timestamp(callers.create_time.0 - 1)),
            ..first_token("expired")
        };
        store.create_token(&callers, None).await.unwrap();
        store.create_token(&expired, None).await.unwrap();
        store.create_token(&first_token("revoked"), None).await.unwrap();
        store.revoke_token("revoked", Timestamp(1), None).await.unwrap();
        let create = async |number: i64| {
            let token = first_token(&format!("t{number}"));
            store
                .create_first_token(&token, &record(number, "local"))
                .await
                .unwrap()
        };

        assert_eq!(create(1).await, None, "{name}");
        assert_eq!(create(2).await.as_deref(), Some("t1"), "{name}");
    }
}

fn with_etag(key: &Key, etag: &str) -> Key {
    Key {
        etag: etag.to_owned(),
        ..key.clone()
    }
}

fn first_token(id: &str) -> Token {
    Token {
        scopes: Scope::ALL.into(),
        ..token(id, "local")
    }
}
