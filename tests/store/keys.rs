//! Keys: kept as given, changed by whoever read them last, gone with their tenant, secrets and all.

use std::collections::BTreeMap;

use crux::domain::key::{Key, KeyState, SealedSecret};
use crux::domain::principal::ModelPolicy;
use crux::domain::tenant::{Tenant, TenantState};
use crux::domain::time::Timestamp;
use crux::store::{KeyFilter, KeyPlace, StoreError, Topic};

use crate::databases;

pub(crate) fn key(id: &str, provider: &str, tenant_id: &str, priority: i32) -> Key {
    Key {
        id: id.to_owned(),
        provider: provider.to_owned(),
        tenant_id: tenant_id.to_owned(),
        display_name: "Büro \"A\"".to_owned(),
        state: KeyState::Active,
        hint: "cdef".to_owned(),
        priority,
        version: 1,
        labels: BTreeMap::from([("team".to_owned(), "söarch".to_owned())]),
        create_time: Timestamp(1_795_000_000_000_001),
        rotate_time: None,
        last_use_time: None,
        expire_time: Some(Timestamp(1_895_000_000_000_001)),
        verify_time: None,
        reject_time: None,
        grace_end_time: None,
        etag: format!("etag-{id}-1"),
    }
}

pub(crate) fn secret(version: i32, kek_id: &str) -> SealedSecret {
    SealedSecret {
        version,
        kek_id: kek_id.to_owned(),
        wrapped_key: vec![0, 255, 7],
        sealed: vec![1, 0, 200, u8::try_from(version).unwrap()],
    }
}

fn tenant(id: &str) -> Tenant {
    Tenant {
        id: id.to_owned(),
        display_name: String::new(),
        state: TenantState::Active,
        models: ModelPolicy::default(),
        labels: BTreeMap::new(),
        create_time: Timestamp(1),
        update_time: Timestamp(1),
        etag: "t".to_owned(),
    }
}

#[tokio::test]
async fn a_key_is_kept_as_given_and_its_id_taken_once() {
    for database in databases::all().await {
        let store = &database.store;
        let given = key("k1", "openai", "", -3);
        let before = store.revisions().await.unwrap().of(Topic::Keys);
        store.add_key(&given, &secret(1, "kek-1"), None).await.unwrap();

        assert_eq!(
            store.find_key("k1").await.unwrap(),
            Some(given.clone()),
            "{}",
            database.name
        );
        assert_eq!(store.find_key("k2").await.unwrap(), None);
        assert_eq!(
            store.load_keys().await.unwrap(),
            [Ok((given.clone(), secret(1, "kek-1")))]
        );
        assert!(store.revisions().await.unwrap().of(Topic::Keys) > before);
        let again = store.add_key(&given, &secret(1, "kek-1"), None).await;
        assert_eq!(again, Err(StoreError::Exists), "{}", database.name);
        let nobodys = store
            .add_key(&key("k2", "xai", "nobody", 0), &secret(1, "kek-1"), None)
            .await;
        assert_eq!(nobodys, Err(StoreError::Missing), "{}", database.name);
    }
}

#[tokio::test]
async fn lists_go_by_provider_priority_and_id_and_can_go_on_anywhere() {
    for database in databases::all().await {
        let store = &database.store;
        store.create_tenant(&tenant("acme"), None).await.unwrap();
        let all = [
            key("b", "anthropic", "acme", 5),
            key("z", "openai", "", -1),
            key("a", "openai", "", 0),
            key("c", "openai", "acme", 0),
            key("A", "xai", "", 0),
        ];
        for key in all.iter().rev() {
            store.add_key(key, &secret(1, "kek-1"), None).await.unwrap();
        }

        let mut seen: Vec<Key> = Vec::new();
        while seen.len() < all.len() {
            let after = seen.last().map(|last| KeyPlace {
                provider: &last.provider,
                priority: last.priority,
                id: &last.id,
            });
            let page = store.list_keys(KeyFilter::default(), after, 2).await.unwrap();
            assert!(!page.is_empty(), "{}", database.name);
            seen.extend(page);
        }
        assert_eq!(seen, all, "{}", database.name);
        let ids = async |provider, tenant_id| {
            let listed = store
                .list_keys(KeyFilter { provider, tenant_id }, None, 10)
                .await
                .unwrap();
            listed.into_iter().map(|key| key.id).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(ids("openai", None).await, "z a c");
        assert_eq!(ids("openai", Some("acme")).await, "c");
        assert_eq!(ids("", Some("")).await, "z a A");
    }
}

#[tokio::test]
async fn a_change_is_made_by_whoever_read_last() {
    for database in databases::all().await {
        let store = &database.store;
        store
            .add_key(&key("k", "openai", "", 0), &secret(1, "kek-1"), None)
            .await
            .unwrap();
        let changed = Key {
            display_name: "other".to_owned(),
            state: KeyState::Rejected,
            reject_time: Some(Timestamp(7)),
            verify_time: Some(Timestamp(5)),
            expire_time: None,
            priority: 9,
            labels: BTreeMap::new(),
            etag: "etag-2".to_owned(),
            ..key("k", "openai", "", 0)
        };

        store.replace_key(&changed, "etag-k-1", None).await.unwrap();
        assert_eq!(
            store.find_key("k").await.unwrap(),
            Some(changed.clone()),
            "{}",
            database.name
        );
        assert_eq!(
            store.replace_key(&changed, "etag-k-1", None).await,
            Err(StoreError::Stale)
        );
        let missing = key("none", "openai", "", 0);
        assert_eq!(
            store.replace_key(&missing, "etag", None).await,
            Err(StoreError::Missing)
        );
        assert_eq!(
            store.delete_key("k", "etag-k-1", None).await,
            Err(StoreError::Stale)
        );
        store.delete_key("k", "etag-2", None).await.unwrap();
        assert_eq!(
            store.delete_key("k", "etag-2", None).await,
            Err(StoreError::Missing)
        );
        assert_eq!(
            store.list_key_secrets("", 10).await.unwrap(),
            [],
            "{}",
            database.name
        );
    }
}

#[tokio::test]
async fn a_rotation_leaves_no_older_secret() {
    for database in databases::all().await {
        let store = &database.store;
        store
            .add_key(&key("k", "openai", "", 0), &secret(1, "kek-1"), None)
            .await
            .unwrap();
        let rotated = Key {
            version: 2,
            hint: "9999".to_owned(),
            rotate_time: Some(Timestamp(9)),
            grace_end_time: Some(Timestamp(11)),
            etag: "etag-2".to_owned(),
            ..key("k", "openai", "", 0)
        };

        let stale = store
            .rotate_key(&rotated, &secret(2, "kek-1"), "etag-0", None)
            .await;
        assert_eq!(stale, Err(StoreError::Stale));
        store
            .rotate_key(&rotated, &secret(2, "kek-1"), "etag-k-1", None)
            .await
            .unwrap();

        let loaded = store.load_keys().await.unwrap();
        assert_eq!(
            loaded,
            [Ok((rotated.clone(), secret(2, "kek-1")))],
            "{}",
            database.name
        );
        let again = store
            .rotate_key(&rotated, &secret(1, "kek-1"), "etag-k-1", None)
            .await;
        assert_eq!(again, Err(StoreError::Stale), "{}", database.name);
    }
}

#[tokio::test]
async fn a_use_is_noted_without_a_word_to_anybody() {
    for database in databases::all().await {
        let store = &database.store;
        store
            .add_key(&key("k", "openai", "", 0), &secret(1, "kek-1"), None)
            .await
            .unwrap();
        let before = store.revisions().await.unwrap();

        let uses = [
            ("k".to_owned(), Timestamp(20)),
            ("gone".to_owned(), Timestamp(20)),
        ];
        store.note_key_uses(&uses).await.unwrap();
        store
            .note_key_uses(&[("k".to_owned(), Timestamp(10))])
            .await
            .unwrap();

        let found = store.find_key("k").await.unwrap().unwrap();
        assert_eq!(found.last_use_time, Some(Timestamp(20)), "{}", database.name);
        assert_eq!(found.etag, "etag-k-1");
        assert_eq!(store.revisions().await.unwrap(), before);
    }
}

#[tokio::test]
async fn a_data_key_is_wrapped_anew_once() {
    for database in databases::all().await {
        let store = &database.store;
        for id in ["a", "b", "c"] {
            store
                .add_key(&key(id, "openai", "", 0), &secret(1, "kek-1"), None)
                .await
                .unwrap();
        }
        let after = SealedSecret {
            kek_id: "kek-2".to_owned(),
            wrapped_key: vec![9],
            ..secret(1, "kek-1")
        };

        assert!(
            store
                .rewrap_key_secret("b", &secret(1, "kek-1"), &after)
                .await
                .unwrap()
        );
        assert!(
            !store
                .rewrap_key_secret("b", &secret(1, "kek-1"), &after)
                .await
                .unwrap()
        );

        let listed = store.list_key_secrets("a", 1).await.unwrap();
        assert_eq!(listed, [(key("b", "openai", "", 0), after)], "{}", database.name);
    }
}

#[tokio::test]
async fn what_is_a_tenant_s_goes_with_it() {
    for database in databases::all().await {
        let store = &database.store;
        store.create_tenant(&tenant("acme"), None).await.unwrap();
        store
            .add_key(&key("own", "openai", "acme", 0), &secret(1, "kek-1"), None)
            .await
            .unwrap();
        store
            .add_key(&key("shared", "openai", "", 0), &secret(1, "kek-1"), None)
            .await
            .unwrap();

        store.delete_tenant("acme", None, None).await.unwrap();

        let left = store.load_keys().await.unwrap();
        assert_eq!(
            left,
            [Ok((key("shared", "openai", "", 0), secret(1, "kek-1")))],
            "{}",
            database.name
        );
    }
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_an_error_in_its_place_and_hides_no_other() {
    for database in databases::all().await {
        let store = &database.store;
        for id in ["bad", "good"] {
            let given = key(id, "openai", "", 0);
            store.add_key(&given, &secret(1, "kek-1"), None).await.unwrap();
        }

        for damage in ["state = 'strange'", "labels = '{'", "priority = 9999999999"] {
            for set in ["state = 'active', labels = '{}', priority = 0", damage] {
                database
                    .execute(&format!("UPDATE keys SET {set} WHERE id = 'bad'"))
                    .await;
            }
            let loaded = store.load_keys().await.unwrap();

            let (read, unreadable): (Vec<_>, Vec<_>) = loaded.into_iter().partition(Result::is_ok);
            assert_eq!(
                read,
                [Ok((key("good", "openai", "", 0), secret(1, "kek-1")))],
                "{damage}"
            );
            assert!(
                matches!(&unreadable[..], [Err(StoreError::Corrupt(_))]),
                "{damage}: {unreadable:?}"
            );
        }
    }
}
