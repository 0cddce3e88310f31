//! A process that is killed while it writes loses nothing that it was told is kept.

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use crux::domain::audit::AuditRecord;
use crux::domain::preferences::{Change, Preferences};
use crux::domain::principal::LOCAL_TENANT;
use crux::domain::time::Timestamp;
use crux::store::maintenance::check;
use crux::store::{Location, open};
use secrecy::ExposeSecret as _;

use crate::databases;
use crate::tenants::tenant;

const PLACE: &str = "CRUX_TEST_WRITER_PLACE";
const FIRST: &str = "CRUX_TEST_WRITER_FIRST";
const WRITES: usize = 1000;

/// Not a test: the process that is killed. It writes until then, and says what it was told is kept.
#[tokio::test]
#[ignore = "run by the test below, in a process of its own"]
async fn writer() {
    let store = open(&Location::parse(&std::env::var(PLACE).unwrap()))
        .await
        .unwrap();
    let first: usize = std::env::var(FIRST).unwrap().parse().unwrap();
    for number in first.. {
        let id = format!("aud_{number:08}");
        let record = AuditRecord {
            id: id.clone(),
            create_time: Timestamp::default(),
            tenant_id: "t".to_owned(),
            token_id: String::new(),
            peer: String::new(),
            action: "x".repeat(number % 3000),
            target: String::new(),
            outcome: "OK".to_owned(),
            request_id: String::new(),
        };
        store.create_tenant(&tenant(&id), Some(&record)).await.unwrap();
        // A second kind of write: over what was read.
        let before = store.preferences("local", "counter").await.unwrap();
        let expected = before.etag.clone();
        let change = Change {
            set: [("last".to_owned(), id.clone().into())].into_iter().collect(),
            ..Change::default()
        };
        let after: Preferences = change.apply(before, Timestamp::default(), id.clone()).unwrap();
        store.put_preferences("local", &after, &expected).await.unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "kept {id}").unwrap();
        out.flush().unwrap();
    }
}

#[tokio::test]
async fn every_acknowledged_write_outlives_kill_9_at_random_points() {
    for place in databases::empty().await {
        let mut random = fastrand::Rng::with_seed(7);
        let at = match &place.location {
            Location::Sqlite(path) => path.display().to_string(),
            Location::Postgres(url) => url.expose_secret().to_owned(),
        };
        let mut kept = BTreeSet::new();
        let mut first = 0;
        while kept.len() < WRITES {
            kept.extend(write_and_kill(&at, first, random.usize(20..150)));
            // What was on its way when the process died may be there too.
            first += 100_000;

            let report = check(&place.location).await.unwrap();
            assert_eq!(report.problems, [""; 0], "{}", place.name);
            let store = open(&place.location).await.unwrap();
            let found = store.list_audit_records(None, None, 1_000_000).await.unwrap();
            let found: BTreeSet<_> = found.into_iter().map(|record| record.id).collect();
            let lost: Vec<_> = kept.difference(&found).collect();
            assert!(lost.is_empty(), "{}: {lost:?}", place.name);
            let tenants = store.list_tenants(None, 1_000_000).await.unwrap();
            let mut changed: BTreeSet<_> = tenants.into_iter().map(|tenant| tenant.id).collect();
            changed.remove(LOCAL_TENANT);
            assert_eq!(changed, found, "{}: a change and its record", place.name);
            let counter = store.preferences("local", "counter").await.unwrap();
            assert!(
                counter.etag >= *kept.last().unwrap(),
                "{}: {counter:?}",
                place.name
            );
        }
    }
}

/// Lets a process write until it has said so much, kills it, and returns what it was told is kept.
fn write_and_kill(place: &str, first: usize, writes: usize) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kills::writer", "--ignored", "--nocapture"])
        .env(PLACE, place)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let said = |line: std::io::Result<String>| Some(line.unwrap().strip_prefix("kept ")?.to_owned());
    let mut kept: Vec<_> = lines.by_ref().filter_map(said).take(writes).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died counts too.
    kept.extend(lines.filter_map(said));
    assert!(kept.len() >= writes, "the writer ended by itself after {kept:?}");
    kept
}
