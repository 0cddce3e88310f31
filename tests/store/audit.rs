//! Audit records: added, listed latest first, never changed.

use crux::domain::audit::AuditRecord;
use crux::domain::time::Timestamp;

use crate::databases;

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
