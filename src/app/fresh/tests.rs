//! Topics that hang, fail and change, and a database that comes and goes.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};

use super::keep_fresh;
use crate::store::{Changes, Held, Reach, Revisions, StoreError, Topic};
use crate::telemetry::metrics::Readings;

/// A database that counts what changes in it.
#[derive(Debug, Default)]
struct Database {
    revisions: Mutex<Revisions>,
    is_gone: Mutex<bool>,
    news: Notify,
}

impl Database {
    fn change(&self, change: impl Fn(&mut Revisions)) {
        change(&mut self.revisions.lock().unwrap());
        self.news.notify_one();
    }
}

#[async_trait]
impl Changes for Database {
    async fn revisions(&self) -> Result<Revisions, StoreError> {
        if *self.is_gone.lock().unwrap() {
            return Err(StoreError::Unavailable("gone".to_owned()));
        }
        Ok(*self.revisions.lock().unwrap())
    }

    async fn changed(&self, at_most: Duration) {
        let _ = tokio::time::timeout(at_most, self.news.notified()).await;
    }
}

/// What is held of a topic: how often it was read, and what becomes of the next reading.
#[derive(Debug)]
struct Shelf {
    topic: Topic,
    read: AtomicUsize,
    now_reading: AtomicUsize,
    fails: Mutex<Option<StoreError>>,
    hangs: watch::Sender<bool>,
}

impl Shelf {
    fn of(topic: Topic) -> Arc<Self> {
        Arc::new(Self {
            topic,
            read: AtomicUsize::new(0),
            now_reading: AtomicUsize::new(0),
            fails: Mutex::new(None),
            hangs: watch::Sender::new(false),
        })
    }

    fn read(&self) -> usize {
        self.read.load(Ordering::Relaxed)
    }

    fn fail(&self, error: Option<StoreError>) {
        *self.fails.lock().unwrap() = error;
    }
}

#[async_trait]
impl Held for Shelf {
    fn topic(&self) -> Topic {
        self.topic
    }

    async fn reload(&self) -> Result<(), StoreError> {
        assert_eq!(
            self.now_reading.fetch_add(1, Ordering::Relaxed),
            0,
            "one at a time"
        );
        let _ = self.hangs.subscribe().wait_for(|hangs| !hangs).await;
        self.now_reading.fetch_sub(1, Ordering::Relaxed);
        self.read.fetch_add(1, Ordering::Relaxed);
        self.fails.lock().unwrap().clone().map_or(Ok(()), Err)
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(5), "{what}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Runs `test` beside the task that keeps `shelves` fresh.
async fn beside(
    database: &Database,
    shelves: &[&Arc<Shelf>],
    reach: &watch::Sender<Reach>,
    test: impl Future<Output = ()>,
) {
    let held: Vec<_> = shelves
        .iter()
        .map(|&shelf| Arc::clone(shelf) as Arc<dyn Held>)
        .collect();
    let readings = Readings::default();
    tokio::select! {
        never = keep_fresh(database, &held, Duration::from_secs(3600), reach, &readings) => match never {},
        () = test => {}
    }
}

#[tokio::test]
async fn a_topic_that_hangs_holds_up_no_other_and_is_read_once_more_for_what_changed_meanwhile() {
    let (database, reach) = (Database::default(), watch::Sender::new(Reach::Answers));
    let (keys, tenants) = (Shelf::of(Topic::Keys), Shelf::of(Topic::Tenants));
    keys.hangs.send_replace(true);
    let test = async {
        until("the first reading", || tenants.read() == 1).await;
        for count in 2..5 {
            database.change(|revisions| {
                revisions.keys += 1;
                revisions.tenants += 1;
            });
            until("the others", || tenants.read() == count).await;
        }
        assert_eq!(keys.read(), 0);
        keys.hangs.send_replace(false);
        until("what hung", || keys.read() == 2).await;
        sleep(Duration::from_millis(700)).await;
        assert_eq!((keys.read(), tenants.read()), (2, 4));
    };

    beside(&database, &[&keys, &tenants], &reach, test).await;
    assert_eq!(*reach.borrow(), Reach::Answers);
}

#[tokio::test]
async fn a_topic_that_cannot_be_read_is_tried_again_and_the_database_is_not_gone_for_it() {
    let (database, reach) = (Database::default(), watch::Sender::new(Reach::Answers));
    let (keys, models) = (Shelf::of(Topic::Keys), Shelf::of(Topic::Models));
    let seen = reach.subscribe();
    models.fail(Some(StoreError::Corrupt("a row".to_owned())));
    let test = async {
        until("the first readings", || keys.read() == 1 && models.read() == 1).await;
        sleep(Duration::from_millis(800)).await;
        assert_eq!(models.read(), 1, "it is given time");
        // The mend, perhaps.
        database.change(|revisions| revisions.models += 1);
        until("a change", || models.read() == 2).await;
        models.fail(None);
        until("the mend", || models.read() == 3).await;
        sleep(Duration::from_millis(700)).await;
        assert_eq!((keys.read(), models.read()), (1, 3));
    };

    beside(&database, &[&keys, &models], &reach, test).await;
    assert!(!seen.has_changed().unwrap(), "{:?}", *seen.borrow());
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_gone_whoever_finds_out() {
    let (database, reach) = (Database::default(), watch::Sender::new(Reach::Answers));
    let keys = Shelf::of(Topic::Keys);
    let test = async {
        until("the first reading", || keys.read() == 1).await;
        *database.is_gone.lock().unwrap() = true;
        until("gone", || *reach.borrow() == Reach::Gone).await;
        database.change(|revisions| revisions.keys += 1);
        *database.is_gone.lock().unwrap() = false;
        until("back", || *reach.borrow() == Reach::Answers && keys.read() == 2).await;

        keys.fail(Some(StoreError::Unavailable("gone".to_owned())));
        database.change(|revisions| revisions.keys += 1);
        until("gone", || *reach.borrow() == Reach::Gone).await;
        keys.fail(None);
        until("back", || *reach.borrow() == Reach::Answers).await;
    };

    beside(&database, &[&keys], &reach, test).await;
}
