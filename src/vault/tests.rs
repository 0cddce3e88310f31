//! The vault over a real store: what calls get, what a thief of the file gets, and what happens to keys meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};

use super::{
    Change, Configured, Details, Keks, Lease, LocalKek, NoKey, Progress, Ring, Rotation, Rules, Source,
    Tried, Vault,
};
use crate::domain::error::Reason;
use crate::domain::key::{Key, KeyState, SealedSecret};
use crate::domain::tenant::{Tenant, TenantState};
use crate::domain::time::Timestamp;
use crate::store::{Location, Store, open};

const NOW: Timestamp = Timestamp(1_795_000_000_000_000);
const MINUTE: Duration = Duration::from_secs(60);
const HEX: [&str; 2] = [
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
];

struct Bench {
    vault: Vault,
    store: Arc<dyn Store>,
    directory: tempfile::TempDir,
}

fn keks(hex: &[&str]) -> Keks {
    let kek = |hex: &&str| Arc::new(LocalKek::from_text(&(*hex).to_owned().into()).unwrap()) as _;
    Keks::new(hex.iter().map(kek).collect())
}

fn ring(rules: Rules, configured: Option<&str>) -> Arc<Ring> {
    let configured = configured.map(|secret| {
        let configured = Configured {
            secret: secret.to_owned().into(),
            sources: "the key from OPENAI_API_KEY".to_owned(),
            is_stand_in: false,
        };
        ("openai".to_owned(), configured)
    });
    Arc::new(Ring::new(rules, BTreeMap::from_iter(configured)))
}

async fn bench_with(rules: Rules, configured: Option<&str>) -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(directory.path().join("crux.db"));
    let store = open(&location).await.unwrap();
    let acme = Tenant {
        id: "acme".to_owned(),
        display_name: String::new(),
        state: TenantState::Active,
        models: crate::domain::principal::ModelPolicy::default(),
        labels: BTreeMap::new(),
        create_time: NOW,
        update_time: NOW,
        etag: "1".to_owned(),
    };
    store.create_tenant(&acme, None).await.unwrap();
    Bench {
        vault: Vault::new(Arc::clone(&store), keks(&HEX[..1]), ring(rules, configured)),
        store,
        directory,
    }
}

/// Any change of a key.
fn of(id: &str) -> Change<'_> {
    Change {
        id,
        ..Change::default()
    }
}

async fn bench() -> Bench {
    bench_with(Rules::default(), None).await
}

impl Bench {
    async fn add(&self, id: &str, tenant_id: &str, priority: i32) -> Key {
        let details = Details {
            id: id.to_owned(),
            provider: "openai".to_owned(),
            tenant_id: tenant_id.to_owned(),
            priority,
            ..Details::default()
        };
        let secret = SecretString::from(format!("sk-canary-of-{id}"));
        self.vault.create(details, &secret, None, NOW).await.unwrap()
    }

    async fn rotate(&self, id: &str, secret: &SecretString, grace: Option<Duration>) -> Key {
        let rotation = Rotation {
            secret,
            grace,
            verify_time: None,
        };
        self.vault.rotate(of(id), rotation, NOW).await.unwrap()
    }

    fn lease(&self) -> Lease {
        let ring = self.vault.ring();
        ring.lease("acme", "openai", NOW, &mut Tried::default()).unwrap()
    }

    /// The key that a call gets, less what all have in common.
    fn next(&self, tenant_id: &str, now: Timestamp, tried: &mut Tried) -> Result<String, NoKey> {
        let lease = self.vault.ring().lease(tenant_id, "openai", now, tried)?;
        Ok(lease.secret().expose_secret().replace("sk-canary-of-", ""))
    }

    fn first(&self, tenant_id: &str) -> Result<String, NoKey> {
        self.next(tenant_id, NOW, &mut Tried::default())
    }

    /// Tells the ring of the key that a call gets now.
    fn with_lease(&self, now: Timestamp, told: impl FnOnce(&Ring, &super::Lease)) {
        let ring = self.vault.ring();
        let lease = ring.lease("acme", "openai", now, &mut Tried::default()).unwrap();
        told(ring, &lease);
    }
}

#[tokio::test]
async fn a_call_tries_its_tenant_s_keys_then_the_configured_then_the_shared_by_priority() {
    let bench = bench_with(Rules::default(), Some("configured")).await;
    for (id, tenant_id, priority) in [
        ("s2", "", 2),
        ("s1", "", -1),
        ("t2", "acme", 7),
        ("t1", "acme", 3),
    ] {
        bench.add(id, tenant_id, priority).await;
    }

    let mut tried = Tried::default();
    let mut order = Vec::new();
    while bench.vault.ring().has_another("acme", "openai", NOW, &tried) {
        order.push(bench.next("acme", NOW, &mut tried).unwrap());
    }

    assert_eq!(order, ["t1", "t2", "configured", "s1", "s2"]);
    assert_eq!(
        bench.first("other").unwrap(),
        "configured",
        "nobody gets another's"
    );
    assert_eq!(
        bench
            .vault
            .ring()
            .lease("acme", "xai", NOW, &mut tried)
            .unwrap_err(),
        NoKey::Absent
    );
}

#[tokio::test]
async fn the_order_is_the_operator_s() {
    let rules = Rules {
        order: vec![Source::Shared, Source::Tenant, Source::Config],
        ..Rules::default()
    };
    let bench = bench_with(rules, Some("configured")).await;
    bench.add("t", "acme", 0).await;
    bench.add("s", "", 0).await;

    assert_eq!(bench.first("acme").unwrap(), "s");
}

#[tokio::test]
async fn equal_keys_take_turns() {
    let bench = bench().await;
    for id in ["a", "b", "c"] {
        bench.add(id, "", 0).await;
    }
    bench.add("later", "", 1).await;

    let mut uses = BTreeMap::new();
    for _ in 0..30 {
        *uses.entry(bench.first("acme").unwrap()).or_insert(0) += 1;
    }

    assert_eq!(
        uses,
        BTreeMap::from([("a".into(), 10), ("b".into(), 10), ("c".into(), 10)])
    );
}

#[tokio::test]
async fn a_limited_key_rests_and_is_the_last_resort_meanwhile() {
    let bench = bench().await;
    bench.add("a", "acme", 0).await;
    bench.add("b", "acme", 1).await;

    bench.with_lease(NOW, |ring, lease| ring.limited(lease, NOW, Some(MINUTE)));
    assert_eq!(bench.first("acme").unwrap(), "b");
    bench.with_lease(NOW, |ring, lease| ring.limited(lease, NOW, Some(2 * MINUTE)));
    assert_eq!(bench.first("acme").unwrap(), "a", "its rest ends first");
    let later = NOW.plus(MINUTE);
    assert_eq!(bench.next("acme", later, &mut Tried::default()).unwrap(), "a");
    bench.vault.load().await.unwrap();
    let mut tried = Tried::default();
    assert_eq!(bench.next("acme", later, &mut tried).unwrap(), "a");
    assert!(
        !bench.vault.ring().has_another("acme", "openai", later, &tried),
        "b rests on"
    );
}

#[tokio::test]
async fn a_refused_key_is_not_used_until_it_is_good_again() {
    let bench = bench().await;
    let key = bench.add("a", "acme", 0).await;
    bench.add("b", "", 1).await;

    bench.with_lease(NOW, Ring::refused_at(NOW));
    assert_eq!(
        bench.first("acme").unwrap(),
        "b",
        "at once, before anything is written"
    );
    bench.vault.write_down().await;
    let found = bench.vault.find("a", None).await.unwrap();
    assert_eq!((found.state, found.reject_time), (KeyState::Rejected, Some(NOW)));
    assert_eq!(bench.first("acme").unwrap(), "b");

    // By verifying.
    bench
        .vault
        .judge(&key, true, None, NOW.plus(MINUTE))
        .await
        .unwrap();
    assert_eq!(bench.first("acme").unwrap(), "a");
    // By rotation.
    bench.with_lease(NOW, Ring::refused_at(NOW));
    bench.vault.write_down().await;
    let secret = SecretString::from("sk-canary-of-new");
    bench.rotate("a", &secret, None).await;
    assert_eq!(bench.first("acme").unwrap(), "new");
    // By hand.
    bench.with_lease(NOW, Ring::refused_at(NOW));
    bench.vault.write_down().await;
    bench.vault.set_state(of("a"), KeyState::Active).await.unwrap();
    assert_eq!(bench.first("acme").unwrap(), "new");
    // By time, and a good answer.
    bench.with_lease(NOW, Ring::refused_at(NOW));
    bench.vault.write_down().await;
    let later = NOW.plus(16 * MINUTE);
    assert_eq!(bench.next("acme", later, &mut Tried::default()).unwrap(), "new");
    bench.with_lease(later, |ring, lease| ring.accepted(lease, later));
    bench.vault.write_down().await;
    assert_eq!(bench.vault.find("a", None).await.unwrap().state, KeyState::Active);
}

impl Ring {
    fn refused_at(now: Timestamp) -> impl FnOnce(&Self, &super::Lease) {
        move |ring, lease| ring.refused(lease, now)
    }
}

#[tokio::test]
async fn what_a_call_learns_holds_though_the_keys_were_loaded_meanwhile() {
    let bench = bench().await;
    bench.add("a", "acme", 0).await;
    bench.add("b", "", 0).await;
    let ring = bench.vault.ring();
    let lease = ring.lease("acme", "openai", NOW, &mut Tried::default()).unwrap();

    bench.vault.load().await.unwrap();
    ring.refused(&lease, NOW);

    assert_eq!(bench.first("acme").unwrap(), "b");
}

#[tokio::test]
async fn when_all_are_refused_the_error_says_so() {
    let bench = bench().await;
    bench.add("a", "acme", 0).await;
    bench.with_lease(NOW, Ring::refused_at(NOW));

    let refused = bench.first("acme").unwrap_err();

    assert!(
        matches!(&refused, NoKey::Unusable(why) if why.contains("\"a\"") && why.contains("refused")),
        "{refused:?}"
    );
}

#[tokio::test]
async fn what_is_disabled_expired_or_destroyed_is_not_used_by_the_next_call() {
    let bench = bench().await;
    bench.add("a", "acme", 0).await;
    let lease = bench
        .vault
        .ring()
        .lease("acme", "openai", NOW, &mut Tried::default())
        .unwrap();

    bench.vault.set_state(of("a"), KeyState::Disabled).await.unwrap();
    assert!(bench.first("acme").is_err());
    bench.vault.set_state(of("a"), KeyState::Active).await.unwrap();
    assert!(bench.first("acme").is_ok());
    let expire = |key: &mut Key| key.expire_time = Some(NOW);
    bench.vault.change(of("a"), expire).await.unwrap();
    assert!(bench.first("acme").is_err());
    bench.vault.delete(of("a")).await.unwrap();
    assert_eq!(bench.first("acme"), Err(NoKey::Absent));

    assert_eq!(
        lease.secret().expose_secret(),
        "sk-canary-of-a",
        "a call that runs goes on"
    );
}

#[tokio::test]
async fn another_s_key_and_no_key_look_alike_and_a_stale_etag_changes_nothing() {
    let bench = bench().await;
    let key = bench.add("a", "acme", 0).await;

    let foreign = bench.vault.find("a", Some("other")).await.unwrap_err();
    let missing = bench.vault.find("x", Some("other")).await.unwrap_err();
    assert_eq!(foreign.reason, Reason::ResourceNotFound);
    assert_eq!(foreign.message.replace("\"a\"", "\"x\""), missing.message);
    let stale = bench
        .vault
        .set_state(
            Change {
                etag: "other",
                ..of("a")
            },
            KeyState::Disabled,
        )
        .await;
    assert_eq!(stale.unwrap_err().reason, Reason::EtagMismatch);
    assert_eq!(bench.vault.find("a", None).await.unwrap(), key);
    let again = Details {
        id: "a".to_owned(),
        provider: "openai".to_owned(),
        ..Details::default()
    };
    let again = bench
        .vault
        .create(again, &"sk".to_owned().into(), None, NOW)
        .await;
    assert_eq!(again.unwrap_err().reason, Reason::ResourceExists);
    let nobodys = Details {
        tenant_id: "nobody".to_owned(),
        provider: "openai".to_owned(),
        ..Details::default()
    };
    let nobodys = bench
        .vault
        .create(nobodys, &"sk".to_owned().into(), None, NOW)
        .await;
    assert_eq!(nobodys.unwrap_err().reason, Reason::ResourceNotFound);
}

#[tokio::test]
async fn all_keys_are_wrapped_anew_while_calls_go_on_and_the_old_kek_opens_nothing_then() {
    let bench = bench().await;
    for number in 0..250 {
        bench.add(&format!("k{number:03}"), "", number % 3).await;
    }
    let both = Vault::new(
        Arc::clone(&bench.store),
        keks(&[HEX[1], HEX[0]]),
        ring(Rules::default(), None),
    );
    both.load().await.unwrap();
    let call = || both.ring().lease("acme", "openai", NOW, &mut Tried::default());

    let mut progress = Progress::default();
    while !progress.is_done {
        progress = both.rewrap(progress).await.unwrap();
        assert!(call().is_ok());
    }
    both.load().await.unwrap();

    assert_eq!((progress.wrapped, progress.failed.len()), (250, 0));
    assert!(call().is_ok());
    let opens = async |hex| {
        let vault = Vault::new(
            Arc::clone(&bench.store),
            keks(&[hex]),
            ring(Rules::default(), None),
        );
        vault.load().await.unwrap();
        vault
            .ring()
            .lease("acme", "openai", NOW, &mut Tried::default())
            .is_ok()
    };
    assert!(!opens(HEX[0]).await, "the old one");
    assert!(opens(HEX[1]).await, "the new one");
}

#[tokio::test]
async fn a_sealed_secret_opens_in_its_own_row_tenant_provider_and_version_alone() {
    let bench = bench().await;
    bench.add("a", "", 0).await;
    let rows = bench.store.load_keys().await.unwrap();
    let rows: Vec<_> = rows.into_iter().map(Result::unwrap).collect();
    let [(own, sealed)] = rows.try_into().unwrap();
    let moved = |change: fn(&mut Key)| {
        let mut key = own.clone();
        change(&mut key);
        key
    };

    let mut there = own.clone();
    for key in [
        moved(|key| key.id = "b".to_owned()),
        moved(|key| key.tenant_id = "acme".to_owned()),
        moved(|key| key.provider = "xai".to_owned()),
        moved(|key| key.version = 2),
        own.clone(),
    ] {
        let sealed = SealedSecret {
            version: key.version,
            ..sealed.clone()
        };
        bench
            .store
            .delete_key(&there.id, &there.etag, None)
            .await
            .unwrap();
        bench.store.add_key(&key, &sealed, None).await.unwrap();
        let thief = Vault::new(
            Arc::clone(&bench.store),
            keks(&HEX[..1]),
            ring(Rules::default(), None),
        );
        thief.load().await.unwrap();

        let opened = thief.open(&key).await;
        let refused = opened.err().map(|error| error.reason);
        assert_eq!(refused, (key != own).then_some(Reason::InvalidState), "{key:?}");
        there = key;
    }
}

#[tokio::test]
async fn a_rotation_ends_what_runs_with_earlier_secrets_when_its_grace_is_over_and_nothing_without_one() {
    let bench = bench().await;
    bench.add("a", "acme", 0).await;
    let endings = &bench.vault.ring().endings;
    let is_over = |lease: &Lease| lease.over().is_cancelled();

    let first = bench.lease();
    bench
        .rotate("a", &"sk-canary-of-second".to_owned().into(), None)
        .await;
    let second = bench.lease();
    bench.vault.load().await.unwrap();
    assert_eq!(endings.end_due(NOW.plus(100 * MINUTE)), None);
    assert!(!is_over(&first) && !is_over(&second), "no grace, no end");

    let third = "sk-canary-of-third".to_owned().into();
    bench.rotate("a", &third, Some(MINUTE)).await;
    let third = bench.lease();
    bench.vault.load().await.unwrap();
    assert_eq!(endings.end_due(NOW), Some(NOW.plus(MINUTE)));
    assert!(!is_over(&first) && !is_over(&second), "the grace runs");
    bench.vault.delete(of("a")).await.unwrap();
    assert_eq!(endings.end_due(NOW.plus(MINUTE)), None);
    assert!(is_over(&first) && is_over(&second), "the grace is over");
    assert!(!is_over(&third), "what is destroyed is not rotated");
}

#[tokio::test]
async fn no_byte_of_a_secret_is_in_the_files_or_in_a_debug_print() {
    let bench = bench().await;
    bench.add("a", "acme", 0).await;
    let lease = bench
        .vault
        .ring()
        .lease("acme", "openai", NOW, &mut Tried::default())
        .unwrap();
    bench
        .rotate("a", &"sk-canary-of-next".to_owned().into(), None)
        .await;

    let canary = b"sk-canary";
    for file in bench.directory.path().read_dir().unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(canary.len()).any(|window| window == canary));
    }
    let rows = bench.store.load_keys().await.unwrap();
    let shown = format!("{:?} {lease:?} {rows:?} {:?}", bench.vault, bench.vault.ring());
    assert!(!shown.contains("canary-of"), "{shown}");
}

#[tokio::test]
async fn opening_a_key_takes_microseconds() {
    let bench = bench().await;
    for number in 0..100 {
        bench.add(&format!("k{number}"), "acme", 0).await;
    }
    let begun = tokio::time::Instant::now();
    for _ in 0..1000 {
        bench.first("acme").unwrap();
    }

    // In a build for tests, on a busy machine; the figure of a release build is far below.
    assert!(
        begun.elapsed() < Duration::from_millis(500),
        "{:?}",
        begun.elapsed()
    );
}
