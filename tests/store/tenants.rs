//! Tenants and tokens: kept whole, changed by whoever read last, listed in order, gone together.

use std::collections::BTreeMap;

use crux::domain::preferences::{NO_ETAG, Preferences};
use crux::domain::principal::{LOCAL_TENANT, ModelPolicy, Scope};
use crux::domain::tenant::{Tenant, TenantState};
use crux::domain::time::Timestamp;
use crux::domain::token::Token;
use crux::store::{StoreError, TokenFilter};

use crate::databases;

const NOW: Timestamp = Timestamp(1_795_000_000_123_456);
const ALL: TokenFilter<'static> = TokenFilter {
    tenant_id: None,
    active_at: None,
};

pub(crate) fn tenant(id: &str) -> Tenant {
    Tenant {
        id: id.to_owned(),
        display_name: "Ærø & \"sons\" '; --".to_owned(),
        state: TenantState::Active,
        models: ModelPolicy {
            allow: vec!["openai/*".to_owned()],
            deny: vec!["*-pro".to_owned(), "*,x".to_owned()],
        },
        labels: BTreeMap::from([("team".to_owned(), "søk".to_owned())]),
        create_time: NOW,
        update_time: NOW,
        etag: "first".to_owned(),
    }
}

pub(crate) fn token(id: &str, tenant_id: &str) -> Token {
    Token {
        id: id.to_owned(),
        tenant_id: tenant_id.to_owned(),
        display_name: "laptop".to_owned(),
        scopes: [Scope::Chat, Scope::Tokens].into(),
        hint: "beef".to_owned(),
        secret_hash: std::array::from_fn(|index| u8::try_from(index).unwrap()),
        create_time: NOW,
        expire_time: None,
        last_use_time: None,
        revoke_time: None,
    }
}

#[tokio::test]
async fn a_tenant_comes_back_as_it_went_and_changes_only_for_its_etag() {
    for database in databases::all().await {
        let (store, name) = (&database.store, database.name);
        let first = tenant("acme");
        store.create_tenant(&first, None).await.unwrap();
        assert_eq!(store.get_tenant("acme").await.unwrap(), first, "{name}");
        assert_eq!(
            store.create_tenant(&first, None).await,
            Err(StoreError::Exists),
            "{name}"
        );

        let second = Tenant {
            state: TenantState::Suspended,
            models: ModelPolicy::default(),
            labels: BTreeMap::new(),
            update_time: Timestamp(NOW.0 + 1),
            etag: "second".to_owned(),
            ..first.clone()
        };
        store.update_tenant(&second, "first", None).await.unwrap();
        assert_eq!(store.get_tenant("acme").await.unwrap(), second, "{name}");
        assert_eq!(
            store.update_tenant(&first, "first", None).await,
            Err(StoreError::Stale),
            "{name}"
        );
        let nobody = tenant("nobody");
        assert_eq!(
            store.update_tenant(&nobody, "first", None).await,
            Err(StoreError::Missing),
            "{name}"
        );

        assert_eq!(
            store.delete_tenant("acme", Some("first"), None).await,
            Err(StoreError::Stale),
            "{name}"
        );
        store.delete_tenant("acme", Some("second"), None).await.unwrap();
        assert_eq!(store.get_tenant("acme").await, Err(StoreError::Missing), "{name}");
        assert_eq!(
            store.delete_tenant("acme", None, None).await,
            Err(StoreError::Missing),
            "{name}"
        );
    }
}

#[tokio::test]
async fn tenants_are_listed_by_id_and_page_and_one_is_there_from_the_start() {
    for database in databases::all().await {
        let (store, name) = (&database.store, database.name);
        // An order that a locale would see differently.
        for id in ["b-2", "b1", "a", "b-10", "z"] {
            store.create_tenant(&tenant(id), None).await.unwrap();
        }
        let ids = |tenants: Vec<Tenant>| tenants.into_iter().map(|tenant| tenant.id).collect::<Vec<_>>();

        let first = ids(store.list_tenants(None, 3).await.unwrap());
        assert_eq!(first, ["a", "b-10", "b-2"], "{name}");
        let rest = ids(store.list_tenants(Some("b-2"), 100).await.unwrap());
        assert_eq!(rest, ["b1", LOCAL_TENANT, "z"], "{name}");
    }
}

#[tokio::test]
async fn tokens_and_preferences_belong_to_a_tenant_and_go_with_it() {
    for database in databases::all().await {
        let (store, name) = (&database.store, database.name);
        assert_eq!(
            store.create_token(&token("t1", "acme"), None).await,
            Err(StoreError::Missing),
            "{name}"
        );
        store.create_tenant(&tenant("acme"), None).await.unwrap();
        store.create_token(&token("t1", "acme"), None).await.unwrap();
        store
            .create_token(&token("t2", LOCAL_TENANT), None)
            .await
            .unwrap();
        assert_eq!(
            store.create_token(&token("t1", "acme"), None).await,
            Err(StoreError::Exists),
            "{name}"
        );
        assert_eq!(
            store.get_token("t1").await.unwrap(),
            token("t1", "acme"),
            "{name}"
        );

        let preferences = Preferences {
            etag: "e".to_owned(),
            ..Preferences::none("user")
        };
        store
            .put_preferences("acme", &preferences, NO_ETAG)
            .await
            .unwrap();

        store.delete_tenant("acme", None, None).await.unwrap();

        let left = store.preferences("acme", "user").await.unwrap();
        assert_eq!(left, Preferences::none("user"), "{name}");
        assert_eq!(store.get_token("t1").await, Err(StoreError::Missing), "{name}");
        assert_eq!(store.list_tokens(ALL, None, 10).await.unwrap().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn tokens_are_listed_by_tenant_and_whether_they_are_good() {
    for database in databases::all().await {
        let (store, name) = (&database.store, database.name);
        store.create_tenant(&tenant("acme"), None).await.unwrap();
        store.create_tenant(&tenant("other"), None).await.unwrap();
        for id in ["t1", "t2", "t3"] {
            store.create_token(&token(id, "acme"), None).await.unwrap();
        }
        let expired = Token {
            expire_time: Some(NOW),
            ..token("t4", "acme")
        };
        store.create_token(&expired, None).await.unwrap();
        store.create_token(&token("t0", "other"), None).await.unwrap();
        store.revoke_token("t2", Timestamp(7), None).await.unwrap();
        let list = async |tenant_id, active_at, after, limit| {
            let filter = TokenFilter { tenant_id, active_at };
            let tokens = store.list_tokens(filter, after, limit).await.unwrap();
            tokens.into_iter().map(|token| token.id).collect::<Vec<_>>()
        };

        assert_eq!(list(None, None, None, 2).await, ["t0", "t1"], "{name}");
        assert_eq!(
            list(Some("acme"), None, Some("t1"), 9).await,
            ["t2", "t3", "t4"],
            "{name}"
        );
        assert_eq!(
            list(Some("acme"), Some(NOW), None, 9).await,
            ["t1", "t3"],
            "{name}"
        );
        let before = Timestamp(NOW.0 - 1);
        assert_eq!(
            list(Some("acme"), Some(before), None, 9).await,
            ["t1", "t3", "t4"],
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_token_is_revoked_once_and_its_uses_only_go_forward() {
    for database in databases::all().await {
        let (store, name) = (&database.store, database.name);
        store
            .create_token(&token("t1", LOCAL_TENANT), None)
            .await
            .unwrap();

        store
            .note_token_uses(&[("t1".to_owned(), Timestamp(9))])
            .await
            .unwrap();
        store
            .note_token_uses(&[("t1".to_owned(), Timestamp(5)), ("gone".to_owned(), Timestamp(5))])
            .await
            .unwrap();
        let revoked = store.revoke_token("t1", Timestamp(11), None).await.unwrap();
        assert_eq!(revoked.last_use_time, Some(Timestamp(9)), "{name}");
        assert_eq!(revoked.revoke_time, Some(Timestamp(11)), "{name}");
        let again = store.revoke_token("t1", Timestamp(12), None).await.unwrap();
        assert_eq!(again.revoke_time, Some(Timestamp(11)), "{name}");
        assert_eq!(
            store.revoke_token("gone", Timestamp(1), None).await,
            Err(StoreError::Missing),
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_changes_is_told_and_what_fails_or_is_only_noted_is_not() {
    for database in databases::all().await {
        let (store, name) = (&database.store, database.name);
        let revision = async || store.revisions().await.unwrap().tenants;
        let start = revision().await;

        store.create_tenant(&tenant("acme"), None).await.unwrap();
        store.create_token(&token("t1", "acme"), None).await.unwrap();
        store.revoke_token("t1", NOW, None).await.unwrap();
        assert_eq!(revision().await, start + 3, "{name}");

        store.create_tenant(&tenant("acme"), None).await.unwrap_err();
        store
            .update_tenant(&tenant("acme"), "stale", None)
            .await
            .unwrap_err();
        store.note_token_uses(&[("t1".to_owned(), NOW)]).await.unwrap();
        assert_eq!(revision().await, start + 3, "{name}");
        assert_eq!(
            database.again().await.revisions().await.unwrap().tenants,
            start + 3,
            "{name}"
        );
    }
}
