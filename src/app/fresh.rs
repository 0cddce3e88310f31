//! Keeps what is held of the database in memory fresh, and knows whether it can be: one question to the database for
//! all, and for each topic a reading of its own, which holds up no other. Knows nothing of what is read.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use futures_util::future::{join, join_all};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};

use crate::domain::time::Timestamp;
use crate::store::{Changes, Held, Reach, Revisions, StoreError, Topic};
use crate::telemetry::metrics::Readings;

/// How long a change on another server may go unseen when no notice of it comes.
const POLL: Duration = Duration::from_millis(500);
/// How long the database may take to answer the question whether anything changed; one that hangs is gone.
const ANSWER: Duration = Duration::from_secs(3);
/// How long it may take to give all there is to hold of a topic.
const RELOAD: Duration = Duration::from_secs(60);
/// How soon a topic that could not be read is read again, at first and at last.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(30));

/// Reloads what is held whenever the store says that it changed. Never returns.
///
/// A database that is gone is asked again and again: what is held stays as it was, and `reach` says for how long it
/// may be trusted, which is `grace`. Gone is one that does not answer; what it answers and cannot be read is that
/// topic's trouble alone, whose last good reading stays.
pub(super) async fn keep_fresh(
    store: &dyn Changes,
    held: &[Arc<dyn Held>],
    grace: Duration,
    reach: &watch::Sender<Reach>,
    readings: &Readings,
) -> Infallible {
    let (told, revisions) = watch::channel(None);
    let topics = held.iter().map(|held| Followed::new(held.as_ref(), readings));
    let topics: Vec<_> = topics.collect();
    let outage = Outage {
        since: None,
        grace,
        reach,
        readings,
    };
    readings.store(true, now());
    let following = topics.iter().map(|topic| topic.follow(revisions.clone()));
    join(ask(store, &topics, outage, told), join_all(following))
        .await
        .0
}

/// Asks the store what changed, for all topics.
async fn ask(
    store: &dyn Changes,
    topics: &[Followed<'_>],
    mut outage: Outage<'_>,
    told: watch::Sender<Option<Revisions>>,
) -> Infallible {
    loop {
        let late = |_| StoreError::Unavailable(format!("no answer within {} s", ANSWER.as_secs()));
        let answer = timeout(ANSWER, store.revisions()).await.map_err(late);
        let trouble = match answer.and_then(|answer| answer) {
            Ok(revisions) => {
                told.send_if_modified(|told| told.replace(revisions) != Some(revisions));
                topics.iter().find_map(Followed::cut_off)
            }
            Err(error) => Some(error),
        };
        match trouble {
            None => outage.is_over(),
            Some(error) => outage.goes_on(&error),
        }
        if outage.since.is_none() {
            store.changed(POLL).await;
        } else {
            tokio::time::sleep(POLL).await;
        }
    }
}

/// Since when the database is gone, and what follows from it.
struct Outage<'a> {
    since: Option<Instant>,
    grace: Duration,
    reach: &'a watch::Sender<Reach>,
    readings: &'a Readings,
}

impl Outage<'_> {
    fn is_over(&mut self) {
        if let Some(since) = self.since.take() {
            self.reach.send_replace(Reach::Answers);
            self.readings.store(true, now());
            tracing::info!(gone_s = since.elapsed().as_secs(), "the database is back");
        }
    }

    fn goes_on(&mut self, error: &StoreError) {
        let Some(since) = self.since else {
            self.since = Some(Instant::now());
            self.reach.send_replace(Reach::Gone);
            self.readings.store(false, now());
            tracing::error!(%error, grace_s = self.grace.as_secs(),
                "the database is gone; chats go on with what is known for the grace time");
            return;
        };
        let is_news = |reach: &mut Reach| std::mem::replace(reach, Reach::Lost) != Reach::Lost;
        if since.elapsed() >= self.grace && self.reach.send_if_modified(is_news) {
            tracing::error!(%error, "the database has been gone for longer than the grace time");
        }
    }
}

/// What is held of one topic.
struct Followed<'a> {
    held: &'a dyn Held,
    readings: &'a Readings,
    /// Why it could not be read last, if the database was gone.
    cut_off: Mutex<Option<StoreError>>,
}

impl<'a> Followed<'a> {
    fn new(held: &'a dyn Held, readings: &'a Readings) -> Self {
        // Whoever holds it has read it once before it is kept fresh.
        readings.snapshot(held.topic().as_str(), now());
        Self {
            held,
            readings,
            cut_off: Mutex::new(None),
        }
    }

    fn cut_off(&self) -> Option<StoreError> {
        self.cut_off
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn is_cut_off_by(&self, error: Option<StoreError>) {
        *self.cut_off.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }

    /// Reads the topic again whenever its revision is another one; what changes during a reading is read after it.
    async fn follow(&self, mut revisions: watch::Receiver<Option<Revisions>>) {
        let topic = self.held.topic();
        let of_topic = |revisions: &Option<Revisions>| revisions.map(|revisions| revisions.of(topic));
        let mut seen = None;
        let mut troubles = Troubles::default();
        // The one who asks never ends.
        while revisions.wait_for(|now| of_topic(now) != seen).await.is_ok() {
            // Known before the rows are read: a change in between is seen again, never missed.
            let revision = of_topic(&revisions.borrow_and_update());
            let pause = match timeout(RELOAD, self.held.reload()).await {
                Ok(Ok(())) => {
                    seen = revision;
                    self.is_cut_off_by(None);
                    troubles.are_over(topic);
                    self.readings.snapshot(topic.as_str(), now());
                    continue;
                }
                Ok(Err(error @ StoreError::Unavailable(_))) => {
                    self.is_cut_off_by(Some(error));
                    POLL
                }
                Ok(Err(error)) => {
                    self.is_cut_off_by(None);
                    troubles.go_on(topic, error.to_string())
                }
                Err(_) => {
                    self.is_cut_off_by(None);
                    troubles.go_on(topic, format!("not read within {} s", RELOAD.as_secs()))
                }
            };
            // A change is reason enough to try again: it may be the mend.
            let _ = timeout(pause, revisions.wait_for(|now| of_topic(now) != revision)).await;
        }
    }
}

/// Why a topic could not be read of late.
#[derive(Default)]
struct Troubles {
    cause: Option<String>,
    pause: Duration,
}

impl Troubles {
    /// Tells each cause once; returns how long to wait.
    fn go_on(&mut self, topic: Topic, cause: String) -> Duration {
        let (first, longest) = PAUSES;
        self.pause = self.pause.saturating_mul(2).clamp(first, longest);
        if self.cause.as_ref() != Some(&cause) {
            tracing::error!(
                ?topic,
                error = cause,
                "what changed cannot be read; what was read last is used on"
            );
            self.cause = Some(cause);
        }
        self.pause
    }

    fn are_over(&mut self, topic: Topic) {
        if self.cause.is_some() {
            tracing::info!(?topic, "what changed is read again");
        }
        *self = Self::default();
    }
}

#[expect(clippy::disallowed_methods, reason = "readings say when")]
fn now() -> Timestamp {
    SystemTime::now().into()
}

#[cfg(test)]
mod tests;
