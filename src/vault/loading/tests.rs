//! A key service that stalls or refuses: its own keys wait, and nothing else does.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;
use tokio::time::timeout;
use zeroize::Zeroizing;

use crate::domain::error::Reason;
use crate::domain::key::KeyState;
use crate::domain::time::Timestamp;
use crate::store::{Location, Store, open};
use crate::vault::{
    Change, Details, Kek, KekError, Keks, LocalKek, NoKey, Ring, Rotation, Rules, Tried, Vault,
};

const NOW: Timestamp = Timestamp(1_795_000_000_000_000);
const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
const AT_ONCE: Duration = Duration::from_secs(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Answers,
    Stalls,
    Refuses,
    IsAway,
}

/// A key-encryption key that somebody else holds.
#[derive(Debug)]
struct FarKek {
    kek: LocalKek,
    mood: watch::Receiver<Mood>,
    asked: Arc<AtomicUsize>,
}

#[async_trait]
impl Kek for FarKek {
    fn id(&self) -> &'static str {
        "far"
    }

    fn is_far(&self) -> bool {
        true
    }

    async fn wrap(&self, data_key: &[u8], context: &[u8]) -> Result<Vec<u8>, KekError> {
        self.kek.wrap(data_key, context).await
    }

    async fn unwrap(&self, wrapped: &[u8], context: &[u8]) -> Result<Zeroizing<Vec<u8>>, KekError> {
        let mood = *self
            .mood
            .clone()
            .wait_for(|mood| *mood != Mood::Stalls)
            .await
            .unwrap();
        self.asked.fetch_add(1, Ordering::Relaxed);
        match mood {
            Mood::Refuses => return Err(KekError::Refused("no".to_owned())),
            Mood::IsAway => return Err(KekError::Unavailable("away".to_owned())),
            Mood::Answers | Mood::Stalls => {}
        }
        self.kek.unwrap(wrapped, context).await
    }
}

/// Two servers on one database, and the key service of the second.
struct Bench {
    store: Arc<dyn Store>,
    first: Vault,
    second: Vault,
    mood: watch::Sender<Mood>,
    asked: Arc<AtomicUsize>,
    _directory: tempfile::TempDir,
}

fn vault(store: &Arc<dyn Store>, mood: &watch::Sender<Mood>, asked: &Arc<AtomicUsize>) -> Vault {
    let local = |hex: &str| LocalKek::from_text(&hex.to_owned().into()).unwrap();
    let far = FarKek {
        kek: local(HEX),
        mood: mood.subscribe(),
        asked: Arc::clone(asked),
    };
    let near = local(&HEX.replace("00", "f0"));
    let ring = Ring::new(Rules::default(), BTreeMap::new());
    let keks = Keks::new(vec![Arc::new(far), Arc::new(near)]);
    Vault::new(Arc::clone(store), keks, Arc::new(ring))
}

async fn bench() -> Bench {
    let directory = tempfile::tempdir().unwrap();
    let location = Location::Sqlite(directory.path().join("crux.db"));
    let store = open(&location).await.unwrap();
    let mood = watch::Sender::new(Mood::Answers);
    let asked = Arc::default();
    // The sender is gone, and what it said last stays.
    let first = vault(&store, &watch::Sender::new(Mood::Answers), &Arc::default());
    Bench {
        second: vault(&store, &mood, &asked),
        store,
        first,
        mood,
        asked,
        _directory: directory,
    }
}

/// Any change of a key.
fn of(id: &str) -> Change<'_> {
    Change {
        id,
        ..Change::default()
    }
}

/// A rotation without a grace.
fn to(secret: &SecretString) -> Rotation<'_> {
    Rotation {
        secret,
        grace: None,
        verify_time: None,
    }
}

impl Bench {
    /// Stores a key of a provider of the same name, on the first server.
    async fn add(&self, id: &str) {
        let details = Details {
            id: id.to_owned(),
            provider: id.to_owned(),
            ..Details::default()
        };
        let secret = SecretString::from(format!("{id}-1"));
        self.first.create(details, &secret, None, NOW).await.unwrap();
    }

    async fn rotate(&self, id: &str) {
        let secret = SecretString::from(format!("{id}-2"));
        self.first.rotate(of(id), to(&secret), NOW).await.unwrap();
    }

    /// What the second server hears, in no time.
    async fn hear(&self) {
        timeout(AT_ONCE, self.second.load()).await.unwrap().unwrap();
    }

    /// The secret that a call on the second server gets.
    fn used(&self, id: &str) -> Result<String, NoKey> {
        let lease = self.second.ring().lease("", id, NOW, &mut Tried::default())?;
        Ok(lease.secret().expose_secret().to_owned())
    }
}

#[tokio::test]
async fn what_a_stalled_key_service_holds_serves_on_with_its_old_secret_and_stops_at_once() {
    let bench = bench().await;
    for id in ["same", "rotated", "disabled", "expired", "deleted"] {
        bench.add(id).await;
    }
    bench.hear().await;
    assert!(bench.second.open_far().await);

    bench.mood.send_replace(Mood::Stalls);
    bench.add("new").await;
    for id in ["rotated", "disabled", "expired", "deleted"] {
        bench.rotate(id).await;
    }
    bench
        .first
        .set_state(of("disabled"), KeyState::Disabled)
        .await
        .unwrap();
    bench
        .first
        .change(of("expired"), |key| key.expire_time = Some(NOW))
        .await
        .unwrap();
    bench.first.delete(of("deleted")).await.unwrap();
    bench.hear().await;
    // Again and again, as with any other change.
    bench.hear().await;

    assert_eq!(bench.used("same").unwrap(), "same-1");
    assert_eq!(bench.used("rotated").unwrap(), "rotated-1");
    assert!(matches!(bench.used("disabled"), Err(NoKey::Unusable(why)) if why.contains("disabled")));
    assert!(matches!(bench.used("expired"), Err(NoKey::Unusable(why)) if why.contains("expired")));
    assert_eq!(bench.used("deleted"), Err(NoKey::Absent));
    assert!(matches!(bench.used("new"), Err(NoKey::Unusable(why)) if why.contains("cannot be opened")));

    bench.mood.send_replace(Mood::Answers);
    assert!(bench.second.open_far().await);
    assert_eq!(bench.used("rotated").unwrap(), "rotated-2");
    assert_eq!(bench.used("new").unwrap(), "new-1");
    assert!(bench.used("disabled").is_err() && bench.used("expired").is_err());
}

#[tokio::test]
async fn what_the_provider_said_of_the_old_secret_is_not_said_of_the_new() {
    let bench = bench().await;
    bench.add("a").await;
    bench.hear().await;
    assert!(bench.second.open_far().await);
    let ring = bench.second.ring();
    let lease = ring.lease("", "a", NOW, &mut Tried::default()).unwrap();

    bench.mood.send_replace(Mood::Stalls);
    bench.rotate("a").await;
    bench.hear().await;
    ring.refused(&lease, NOW);
    bench.second.write_down().await;
    bench.hear().await;

    assert!(matches!(bench.used("a"), Err(NoKey::Unusable(why)) if why.contains("refused")));
    assert_eq!(bench.first.find("a", None).await.unwrap().state, KeyState::Active);
    bench.mood.send_replace(Mood::Answers);
    assert!(bench.second.open_far().await);
    assert_eq!(bench.used("a").unwrap(), "a-2");
}

#[tokio::test]
async fn a_key_that_was_destroyed_and_stored_again_never_has_its_old_secret() {
    let bench = bench().await;
    bench.add("a").await;
    bench.hear().await;
    assert!(bench.second.open_far().await);

    bench.mood.send_replace(Mood::Stalls);
    bench.first.delete(of("a")).await.unwrap();
    let details = Details {
        id: "a".to_owned(),
        provider: "a".to_owned(),
        ..Details::default()
    };
    let later = NOW.plus(Duration::from_secs(1));
    bench
        .first
        .create(details, &"other-1".to_owned().into(), None, later)
        .await
        .unwrap();
    bench.rotate("a").await;
    bench.hear().await;

    assert!(matches!(bench.used("a"), Err(NoKey::Unusable(_))));
}

#[tokio::test]
async fn a_key_that_the_service_refuses_to_open_is_closed_until_it_does() {
    let bench = bench().await;
    bench.add("a").await;
    bench.hear().await;
    assert!(bench.second.open_far().await);

    bench.mood.send_replace(Mood::Refuses);
    bench.rotate("a").await;
    bench.hear().await;
    assert!(!bench.second.open_far().await);
    bench.hear().await;

    assert!(matches!(bench.used("a"), Err(NoKey::Unusable(why)) if why.contains("cannot be opened")));
    let key = bench.first.find("a", None).await.unwrap();
    let refused = bench.second.open(&key).await.unwrap_err();
    assert_eq!(refused.reason, Reason::InvalidState);
    bench.mood.send_replace(Mood::Answers);
    assert_eq!(bench.second.open(&key).await.unwrap().expose_secret(), "a-2");
    assert_eq!(bench.used("a").unwrap(), "a-2");
}

#[tokio::test]
async fn a_service_that_is_away_is_not_asked_for_every_key_and_asked_again_later() {
    let bench = bench().await;
    for number in 0..40 {
        bench.add(&format!("k{number}")).await;
    }
    bench.mood.send_replace(Mood::IsAway);
    bench.hear().await;

    assert!(!bench.second.open_far().await);
    let asked = bench.asked.load(Ordering::Relaxed);
    assert!(asked <= super::AT_ONCE, "{asked} times");
    let come_back = async {
        bench.mood.send_replace(Mood::Answers);
        while bench.used("k0").is_err() || bench.used("k39").is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::select! {
        never = bench.second.keep_open() => match never {},
        () = come_back => {}
        () = tokio::time::sleep(Duration::from_secs(10)) => panic!("never asked again"),
    }
}

#[tokio::test]
async fn a_change_on_this_server_asks_the_service_for_nothing() {
    let bench = bench().await;
    let stalled = vault(&bench.store, &bench.mood, &bench.asked);
    bench.mood.send_replace(Mood::Stalls);
    let details = Details {
        id: "a".to_owned(),
        provider: "a".to_owned(),
        ..Details::default()
    };

    stalled
        .create(details, &"a-1".to_owned().into(), None, NOW)
        .await
        .unwrap();
    stalled
        .rotate(of("a"), to(&"a-2".to_owned().into()), NOW)
        .await
        .unwrap();

    let lease = stalled.ring().lease("", "a", NOW, &mut Tried::default()).unwrap();
    assert_eq!(lease.secret().expose_secret(), "a-2");
}
