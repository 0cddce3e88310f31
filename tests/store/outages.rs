//! A server that goes away: said soon, and over when it is back.

use std::time::{Duration, Instant};

use crux::domain::audit::AuditRecord;
use crux::domain::time::Timestamp;
use crux::store::{Location, StoreError, open};
use secrecy::ExposeSecret as _;

use crate::databases;
use crate::proxy::{Proxy, redirected, server_of};

fn record(id: &str) -> AuditRecord {
    AuditRecord {
        id: id.to_owned(),
        create_time: Timestamp::default(),
        tenant_id: String::new(),
        token_id: String::new(),
        peer: String::new(),
        action: "test".to_owned(),
        target: String::new(),
        outcome: "OK".to_owned(),
        request_id: String::new(),
    }
}

#[tokio::test]
async fn a_server_that_goes_away_is_unavailable_soon_and_works_again_when_it_is_back() {
    for database in databases::all().await {
        let Location::Postgres(url) = &database.location else {
            continue;
        };
        let proxy = Proxy::to(server_of(url.expose_secret())).await;
        let way = redirected(url.expose_secret(), proxy.address);
        let store = open(&Location::Postgres(way.into())).await.unwrap();
        store.add_audit_record(&record("1")).await.unwrap();

        proxy.cut();
        for _ in 0..2 {
            let begun = Instant::now();
            let refused = store.add_audit_record(&record("2")).await.unwrap_err();
            assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
            assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
        }
        assert!(matches!(store.revisions().await, Err(StoreError::Unavailable(_))));

        proxy.mend();
        store.add_audit_record(&record("3")).await.unwrap();
        let kept = store.list_audit_records(None, None, 10).await.unwrap();
        let kept: Vec<_> = kept.iter().map(|record| record.id.as_str()).collect();
        assert_eq!(kept, ["3", "1"]);
    }
}

#[tokio::test]
async fn connections_that_the_server_ends_are_made_again() {
    for database in databases::all().await {
        let Location::Postgres(_) = &database.location else {
            continue;
        };
        database.store.add_audit_record(&record("1")).await.unwrap();

        database
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .await;

        database.store.add_audit_record(&record("2")).await.unwrap();
        database.store.revisions().await.unwrap();
    }
}
