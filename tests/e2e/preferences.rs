//! Preferences over the wire: kept for each user, changed as a whole, refused with a reason.

use std::collections::BTreeMap;

use crux::rpc::pb;
use crux::rpc::pb::preferences_service_client::PreferencesServiceClient;
use prost_types::value::Kind;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};

use crate::harness::{Running, reason, start};

type Client = PreferencesServiceClient<Channel>;

pub(crate) fn client(server: &Running) -> Client {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    PreferencesServiceClient::new(endpoint.connect_lazy())
}

pub(crate) fn text(text: &str) -> prost_types::Value {
    prost_types::Value {
        kind: Some(Kind::StringValue(text.to_owned())),
    }
}

pub(crate) fn setting(user: &str, name: &str, value: &str) -> pb::UpdatePreferencesRequest {
    pb::UpdatePreferencesRequest {
        end_user_id: user.to_owned(),
        set: BTreeMap::from([(name.to_owned(), text(value))]),
        ..Default::default()
    }
}

async fn update(
    client: &Client,
    request: pb::UpdatePreferencesRequest,
) -> Result<pb::Preferences, tonic::Status> {
    let response = client.clone().update_preferences(request).await?;
    Ok(response.into_inner().preferences.unwrap())
}

async fn get(client: &Client, user: &str) -> pb::Preferences {
    let request = pb::GetPreferencesRequest {
        end_user_id: user.to_owned(),
    };
    let response = client.clone().get_preferences(request).await.unwrap();
    response.into_inner().preferences.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn preferences_are_set_read_and_removed_for_each_user_apart() {
    let server = start(&[]).await;
    let client = client(&server);
    let none = get(&client, "u1").await;
    assert!(none.values.is_empty() && none.update_time.is_none());
    assert_eq!(none.end_user_id, "u1");

    let first = update(&client, setting("u1", "a", "1")).await.unwrap();
    update(&client, setting("", "a", "tenant")).await.unwrap();
    let mut change = setting("u1", "b", "2");
    change.remove = vec!["a".to_owned(), "missing".to_owned()];
    let second = update(&client, change).await.unwrap();

    assert_eq!(second.values, BTreeMap::from([("b".to_owned(), text("2"))]));
    assert_ne!(first.etag, second.etag);
    assert!(second.update_time.is_some());
    assert_eq!(get(&client, "u1").await, second);
    assert_eq!(get(&client, "").await.values["a"], text("tenant"));

    let request = pb::DeletePreferencesRequest {
        end_user_id: "u1".to_owned(),
    };
    client.clone().delete_preferences(request.clone()).await.unwrap();
    client.clone().delete_preferences(request).await.unwrap();
    assert_eq!(get(&client, "u1").await, none);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_over_another_one_is_refused_where_an_etag_was_given() {
    let server = start(&[]).await;
    let client = client(&server);
    let with_etag = |value: &str, etag: &str| pb::UpdatePreferencesRequest {
        etag: etag.to_owned(),
        ..setting("u1", "a", value)
    };
    let none = get(&client, "u1").await;
    let first = update(&client, with_etag("1", &none.etag)).await.unwrap();
    update(&client, with_etag("2", &first.etag)).await.unwrap();

    for stale in [&none.etag, &first.etag] {
        let refused = update(&client, with_etag("3", stale)).await.unwrap_err();
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::Aborted, "ETAG_MISMATCH")
        );
    }
    assert_eq!(get(&client, "u1").await.values["a"], text("2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn changes_at_once_all_arrive() {
    let server = start(&[]).await;
    let client = client(&server);
    let names: Vec<_> = (0..12).map(|number| format!("n{number}")).collect();

    let changes = names.iter().map(|name| update(&client, setting("u1", name, "x")));
    for changed in futures_util::future::join_all(changes).await {
        changed.unwrap();
    }

    assert_eq!(get(&client, "u1").await.values.len(), names.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_or_makes_no_sense_changes_nothing() {
    let server = start(&[]).await;
    let client = client(&server);
    update(&client, setting("u1", "a", "1")).await.unwrap();
    let mut both = setting("u1", "a", "2");
    both.remove = vec!["a".to_owned()];
    let endless = prost_types::Value {
        kind: Some(Kind::NumberValue(f64::NAN)),
    };
    let mut not_a_number = setting("u1", "b", "");
    not_a_number.set.insert("b".to_owned(), endless);
    let wrong = [
        (setting("u1", "b", &"x".repeat(64 << 10)), "set"),
        (setting("u1", "", "x"), "set"),
        (setting("line\nline", "a", "x"), "end_user_id"),
        (both, "remove[0]"),
        (not_a_number, "set.b"),
    ];
    for (request, field) in wrong {
        let refused = update(&client, request).await.unwrap_err();

        assert_eq!(reason(&refused), "INVALID_REQUEST");
        assert!(
            refused.message().contains(field),
            "{field}: {}",
            refused.message()
        );
    }
    assert_eq!(
        get(&client, "u1").await.values,
        BTreeMap::from([("a".to_owned(), text("1"))])
    );
}
