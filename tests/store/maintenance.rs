//! Backups, their way back, and copies between the two databases: nothing is lost, nothing overwritten unasked.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use crux::domain::audit::AuditRecord;
use crux::domain::preferences::{NO_ETAG, Preferences};
use crux::domain::time::Timestamp;
use crux::store::maintenance::{MaintenanceError, Overwrite, backup, check, copy, restore, status};
use crux::store::{Location, Store, StoreError};
use serde_json::json;

use crate::databases::{self, Database};

fn record(number: usize) -> AuditRecord {
    AuditRecord {
        id: format!("aud_{number:04}"),
        create_time: Timestamp(i64::MIN + 1),
        tenant_id: "Ünïcode \u{1F600} 'quoted' \"twice\"".to_owned(),
        token_id: String::new(),
        peer: "line\nline".to_owned(),
        action: "x".repeat(5000),
        target: String::new(),
        outcome: "OK".to_owned(),
        request_id: number.to_string(),
    }
}

/// Rows of every kind of column, with what points at what; the children's tables come first by name.
const ROWS: [&str; 5] = [
    "INSERT INTO tenants (id, display_name, state, allowed_models, denied_models, labels, create_time, update_time, \
     etag) VALUES ('t', 'T', 'active', '[]', '[]', '{}', 1, 2, 'e')",
    "INSERT INTO api_tokens (id, tenant_id, display_name, scopes, hint, secret_hash, create_time, expire_time) \
     VALUES ('tok1', 't', '', 'chat', 'abcd', 'hash', 1, NULL), ('tok2', 'local', '', '', '', '', 1, 5)",
    "INSERT INTO keys (id, provider, tenant_id, display_name, state, hint, priority, version, labels, create_time, \
     etag) VALUES ('key1', 'p', 't', '', 'active', '', 7, 2, '{}', 1, 'e'), \
     ('key2', 'p', NULL, '', 'active', '', -7, 1, '{}', 1, 'e')",
    "INSERT INTO model_observations (model_id, feature, is_supported, evidence, observe_time) \
     VALUES ('m', 'yes', TRUE, '', 1), ('m', 'no', FALSE, '', 1)",
    "INSERT INTO preferences (tenant_id, end_user_id, document, update_time, etag) \
     VALUES ('local', 'u', '{}', 0, 'e')",
];
const SECRETS: [(&str, &str); 2] = [
    (
        "sqlite",
        "INSERT INTO key_secrets (key_id, version, kek_id, wrapped_key, sealed) \
         VALUES ('key1', 10, 'k', X'00FF80', X''), ('key1', 9, 'k', X'27', X'5C78')",
    ),
    (
        "postgres",
        "INSERT INTO key_secrets (key_id, version, kek_id, wrapped_key, sealed) \
         VALUES ('key1', 10, 'k', '\\x00FF80', ''), ('key1', 9, 'k', '\\x27', '\\x5C78')",
    ),
];

async fn fill(database: &Database) {
    let store = &database.store;
    let secrets = SECRETS.iter().filter(|(name, _)| *name == database.name);
    for statement in ROWS.iter().chain(secrets.map(|(_, statement)| statement)) {
        database.execute(statement).await;
    }
    for number in 0..50 {
        store.add_audit_record(&record(number)).await.unwrap();
    }
    // In the order of bytes; in that of most languages it would be another.
    for user in ["a", "B", "_", "é", "Z", "aa", "", "10", "9"] {
        let preferences = Preferences {
            values: json!({"user": user, "numbers": [1, 1.5]})
                .as_object()
                .unwrap()
                .clone(),
            update_time: Some(Timestamp(i64::MAX)),
            etag: "e1".to_owned(),
            ..Preferences::none(user)
        };
        store
            .put_preferences("local", &preferences, NO_ETAG)
            .await
            .unwrap();
    }
}

async fn assert_filled(store: &Arc<dyn Store>, name: &str) {
    let records = store.list_audit_records(None, None, 100).await.unwrap();
    let expected: Vec<_> = (0..50).rev().map(record).collect();
    assert_eq!(records, expected, "{name}");
    let preferences = store.preferences("local", "é").await.unwrap();
    assert_eq!(preferences.values["user"], "é", "{name}");
    assert_eq!(preferences.values["numbers"], json!([1, 1.5]), "{name}");
}

#[tokio::test]
async fn a_copy_holds_the_same_rows_and_sums_in_either_database() {
    let sources = databases::all().await;
    for source in &sources {
        fill(source).await;
        let own = check(&source.location).await.unwrap();
        assert_eq!(own.problems, [""; 0], "{}", source.name);
        for target in databases::empty().await {
            let name = format!("{} to {}", source.name, target.name);

            let copied = copy(&source.location, &target.location, Overwrite::Never)
                .await
                .unwrap();

            assert_eq!(copied, own.tables, "{name}");
            assert_eq!(check(&target.location).await.unwrap(), own, "{name}");
            let rows = |table: &str| copied.iter().find(|tally| tally.table == table).unwrap().rows;
            assert_eq!((rows("audit_records"), rows("key_secrets")), (50, 2), "{name}");
            let store = crux::store::open(&target.location).await.unwrap();
            assert_filled(&store, &name).await;
            // What protects the records is there again.
            let twice = store.add_audit_record(&record(0)).await;
            assert_eq!(twice, Err(StoreError::Exists), "{name}");
        }
    }
    if let [one, other] = sources.as_slice() {
        let sums = async |location: &Location| check(location).await.unwrap().tables;
        assert_eq!(sums(&one.location).await, sums(&other.location).await);
    }
}

#[tokio::test]
async fn what_is_there_is_only_replaced_when_asked_for_and_servers_hear_of_it() {
    for target in databases::all().await {
        let source = databases::all().await.swap_remove(0);
        fill(&source).await;
        target.store.add_audit_record(&record(777)).await.unwrap();
        let before = target.store.revisions().await.unwrap();

        let refused = copy(&source.location, &target.location, Overwrite::Never).await;
        assert!(
            matches!(&refused, Err(MaintenanceError::Refused(detail)) if detail.contains("--force")),
            "{}: {refused:?}",
            target.name
        );
        let kept = target.store.list_audit_records(None, None, 100).await.unwrap();
        assert_eq!(kept, [record(777)], "{}", target.name);
        assert_eq!(target.store.revisions().await.unwrap(), before, "{}", target.name);

        copy(&source.location, &target.location, Overwrite::Everything)
            .await
            .unwrap();
        assert_filled(&target.store, target.name).await;
        let after = target.store.revisions().await.unwrap();
        assert!(
            after.keys > before.keys && after.tenants > before.tenants,
            "{after:?}"
        );
        let changed = "UPDATE audit_records SET outcome = 'x'";
        let is_refused = tokio::spawn(async move { target.execute(changed).await });
        assert!(is_refused.await.is_err(), "records can be changed");
    }
}

#[tokio::test]
async fn a_backup_is_one_private_file_of_one_moment_and_comes_back() {
    for database in databases::all().await {
        let name = database.name;
        fill(&database).await;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("backup.db");

        // Others write meanwhile.
        let writing = async {
            for number in 1000..1100 {
                database.store.add_audit_record(&record(number)).await.unwrap();
            }
        };
        let (written, ()) = tokio::join!(backup(&database.location, &file), writing);
        written.unwrap();

        let names: Vec<_> = std::fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, ["backup.db"], "{name}");
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{name}"
        );
        let held = check(&Location::Sqlite(file.clone())).await.unwrap();
        assert_eq!(held.problems, [""; 0], "{name}");
        let again = backup(&database.location, &file).await;
        assert!(
            matches!(again, Err(MaintenanceError::Refused(_))),
            "{name}: {again:?}"
        );

        for target in databases::all().await {
            let restored = restore(&target.location, &file, Overwrite::Never).await.unwrap();
            assert_eq!(restored, held.tables, "{name} to {}", target.name);
            let refused = restore(&target.location, &file, Overwrite::Never).await;
            assert!(
                matches!(refused, Err(MaintenanceError::Refused(_))),
                "{refused:?}"
            );
            restore(&target.location, &file, Overwrite::Everything)
                .await
                .unwrap();
        }
    }
}

#[tokio::test]
async fn what_is_no_backup_changes_nothing() {
    for database in databases::all().await {
        fill(&database).await;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("notes.txt");
        std::fs::write(&file, "not a database\n".repeat(500)).unwrap();

        let refused = restore(&database.location, &file, Overwrite::Everything).await;

        assert!(
            matches!(&refused, Err(MaintenanceError::Refused(detail)) if detail.contains("is no backup")),
            "{}: {refused:?}",
            database.name
        );
        assert_filled(&database.store, database.name).await;
        let missing = directory.path().join("missing.db");
        let refused = restore(&database.location, &missing, Overwrite::Everything).await;
        assert!(
            matches!(refused, Err(MaintenanceError::Refused(_))),
            "{refused:?}"
        );
    }
}

#[tokio::test]
async fn damage_to_the_file_is_found() {
    let database = databases::all().await.swap_remove(0);
    fill(&database).await;
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("backup.db");
    backup(&database.location, &file).await.unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..middle + 4096].fill(0xA5);
    std::fs::write(&file, bytes).unwrap();

    let found = check(&Location::Sqlite(file)).await;

    let is_found = match &found {
        Ok(report) => !report.problems.is_empty(),
        Err(error) => matches!(error, MaintenanceError::Store(StoreError::Corrupt(_))),
    };
    assert!(is_found, "{found:?}");
}

#[tokio::test]
async fn the_status_of_what_is_not_there_makes_nothing() {
    for place in databases::empty().await {
        let before = status(&place.location).await.unwrap();
        assert_eq!(before.migration, None, "{}", place.name);
        if let Location::Sqlite(path) = &place.location {
            assert!(!path.exists());
        }

        drop(crux::store::open(&place.location).await.unwrap());
        let after = status(&place.location).await.unwrap();

        assert_eq!(after.migration, Some(after.known_migration), "{}", place.name);
        assert!(
            after.size_bytes > 0 && !after.place.contains("postgres@"),
            "{after:?}"
        );
    }
}
