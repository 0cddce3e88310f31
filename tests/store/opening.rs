//! Opening: again, many at once, and what must be refused.

use std::os::unix::fs::PermissionsExt;

use crux::store::{Location, Revisions, StoreError, open};

use crate::databases;

#[tokio::test]
async fn what_was_opened_before_opens_again_and_many_may_open_at_once() {
    for database in databases::all().await {
        let openings: Vec<_> = (0..4).map(|_| database.again()).collect();
        let stores = futures_util::future::join_all(openings).await;
        for store in stores {
            assert_eq!(
                store.revisions().await.unwrap(),
                Revisions::default(),
                "{}",
                database.name
            );
        }
    }
}

#[tokio::test]
async fn four_servers_may_start_at_once_where_there_is_nothing_yet() {
    for place in databases::empty().await {
        let openings: Vec<_> = (0..4)
            .map(|_| {
                let location = place.location.clone();
                tokio::spawn(async move { open(&location).await })
            })
            .collect();
        for opening in openings {
            let store = opening.await.unwrap();
            let revisions = store.map(|store| async move { store.revisions().await }).unwrap();
            assert_eq!(revisions.await, Ok(Revisions::default()), "{}", place.name);
        }
    }
}

#[tokio::test]
async fn a_database_of_a_later_crux_is_refused() {
    for database in databases::all().await {
        let checksum = if database.name == "sqlite" {
            "X'00'"
        } else {
            "'\\x00'"
        };
        database
            .execute(&format!(
                "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'later', TRUE, {checksum}, 0)"
            ))
            .await;

        let refused = open(&database.location).await.unwrap_err();

        assert!(
            matches!(refused, StoreError::Newer { found: 9999, known } if known < 9999),
            "{}: {refused}",
            database.name
        );
        assert!(refused.to_string().contains("newer than this crux"), "{refused}");
    }
}

#[tokio::test]
async fn the_file_and_its_directory_are_for_this_user_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data/crux.db");
    let location = Location::Sqlite(path.clone());
    drop(open(&location).await.unwrap());

    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);

    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
    let refused = open(&location).await.unwrap_err();
    assert!(
        matches!(&refused, StoreError::File { detail, .. } if detail.contains("chmod 600")),
        "{refused}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_and_its_password_unsaid() {
    let url = "postgres://user:hunter2@127.0.0.1:1/none";
    let refused = open(&Location::Postgres(url.to_owned().into()))
        .await
        .unwrap_err();

    assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
    assert!(!refused.to_string().contains("hunter2"));
}
