//! Preferences: written as a whole, only over what was read, apart for each tenant and user.

use std::time::Duration;

use crux::domain::preferences::{NO_ETAG, Preferences};
use crux::domain::time::Timestamp;
use crux::store::StoreError;
use serde_json::json;

use crate::databases;

fn preferences(user: &str, etag: &str, number: i64) -> Preferences {
    let values = json!({"number": number, "text": "é\u{0}\u{1F600}", "list": [1.5, null, {"a": false}]});
    Preferences {
        end_user_id: user.to_owned(),
        values: values.as_object().unwrap().clone(),
        update_time: Some(Timestamp(1_795_000_000_000_000).plus(Duration::from_micros(1))),
        etag: etag.to_owned(),
    }
}

#[tokio::test]
async fn preferences_come_back_as_they_were_written_apart_for_each_tenant_and_user() {
    for database in databases::all().await {
        let (store, name) = (&database.store, database.name);
        let first = preferences("", "e1", 1);
        let second = preferences("user", "e2", 2);
        store.put_preferences("local", &first, NO_ETAG).await.unwrap();
        store.put_preferences("local", &second, NO_ETAG).await.unwrap();

        assert_eq!(store.preferences("local", "").await.unwrap(), first, "{name}");
        assert_eq!(
            store.preferences("local", "user").await.unwrap(),
            second,
            "{name}"
        );
        let none = store.preferences("b", "user").await.unwrap();
        assert_eq!(none, Preferences::none("user"), "{name}");

        store.delete_preferences("local", "user").await.unwrap();
        store.delete_preferences("local", "user").await.unwrap();
        let none = store.preferences("local", "user").await.unwrap();
        assert_eq!(none, Preferences::none("user"), "{name}");
        assert_eq!(store.preferences("local", "").await.unwrap(), first, "{name}");
    }
}

#[tokio::test]
async fn what_changed_meanwhile_is_not_overwritten() {
    for database in databases::all().await {
        let (store, name) = (&database.store, database.name);
        let put = async |etag: &str, expected: &str| {
            let next = preferences("user", etag, 1);
            store.put_preferences("local", &next, expected).await
        };
        put("e1", NO_ETAG).await.unwrap();
        put("e2", "e1").await.unwrap();

        assert_eq!(put("e3", NO_ETAG).await, Err(StoreError::Stale), "{name}");
        assert_eq!(put("e3", "e1").await, Err(StoreError::Stale), "{name}");
        assert_eq!(
            store.preferences("local", "user").await.unwrap().etag,
            "e2",
            "{name}"
        );
    }
}
