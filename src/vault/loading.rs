//! Brings the stored keys into the ring, and opens those that somebody far away unwraps: what that one holds up is
//! its own keys, and never another key or the news that one was stopped.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::StreamExt as _;
use futures_util::stream::{self, select_all};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout, timeout_at};

use super::entry::{Awaited, Entry};
use super::keeper::{Vault, place};
use super::kek::KekError;
use super::seal::SealKey;
use crate::domain::key::{Key, SealedSecret};
use crate::store::{Held, StoreError, Topic};

/// Data keys that one key service is asked for at once.
const AT_ONCE: usize = 8;
/// How long it may take to unwrap one.
const UNWRAP: Duration = Duration::from_secs(10);
/// How long what is open waits for others, to come into the ring with them: every change copies the ring's table.
const TOGETHER: Duration = Duration::from_millis(50);
/// How soon a service that did not open all is asked again, at first and at last.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// What the loading of keys remembers.
#[derive(Debug, Default)]
pub(super) struct Loading {
    /// One at a time: an older one must not replace what a later one read.
    alone: tokio::sync::Mutex<()>,
    /// There are keys to open.
    wanted: Notify,
    /// Why keys cannot be read or opened, as the log has it: each cause is told once.
    causes: Mutex<BTreeMap<String, String>>,
}

impl Loading {
    /// Whether the log does not have it yet.
    fn is_news(&self, about: &str, cause: &str) -> bool {
        let mut causes = self.causes.lock().unwrap_or_else(PoisonError::into_inner);
        let told = causes.insert(about.to_owned(), cause.to_owned());
        told.as_deref() != Some(cause)
    }

    /// Whether there was a cause.
    fn is_over(&self, about: &str) -> bool {
        let mut causes = self.causes.lock().unwrap_or_else(PoisonError::into_inner);
        causes.remove(about).is_some()
    }

    fn retain(&self, present: &BTreeSet<String>) {
        let mut causes = self.causes.lock().unwrap_or_else(PoisonError::into_inner);
        causes.retain(|about, _| present.contains(about));
    }
}

/// The data key of a secret that was sealed here just now.
pub(super) struct Known {
    sealed: Vec<u8>,
    data_key: SealKey,
}

impl Known {
    pub(super) fn new(secret: &SealedSecret, data_key: SealKey) -> Self {
        let sealed = secret.sealed.clone();
        Self { sealed, data_key }
    }

    fn data_key_of(&self, secret: &SealedSecret) -> Option<SealKey> {
        (self.sealed == secret.sealed).then(|| self.data_key.clone())
    }
}

/// What became of a key that was to be opened.
type Opened = (Awaited, Result<SealKey, KekError>);

impl Vault {
    /// Reads all keys into the ring. Those that a key service must unwrap keep the version they have, or are closed,
    /// until [`Self::open_far`] has opened them.
    ///
    /// # Errors
    /// What the store says; a key that makes no sense or does not unwrap is kept closed, and no error.
    pub async fn load(&self) -> Result<(), StoreError> {
        self.load_with(None).await
    }

    pub(super) async fn load_with(&self, known: Option<&Known>) -> Result<(), StoreError> {
        let _alone = self.loading().alone.lock().await;
        let rows = self.store().load_keys().await?;
        let mut present = BTreeSet::new();
        let mut entries = Vec::with_capacity(rows.len());
        for row in rows {
            match row {
                Ok((key, secret)) => {
                    present.insert(key.id.clone());
                    entries.push(Arc::new(self.entry(key, secret, known).await));
                }
                Err(error) => {
                    let cause = error.to_string();
                    if self.loading().is_news(&cause, &cause) {
                        tracing::error!(%error, "a stored key cannot be read; it is not used");
                    }
                    present.insert(cause);
                }
            }
        }
        self.loading().retain(&present);
        let is_any_awaited = entries.iter().any(|entry| entry.awaited().is_some());
        self.ring().replace(entries);
        if is_any_awaited {
            self.loading().wanted.notify_one();
        }
        Ok(())
    }

    async fn entry(&self, key: Key, secret: SealedSecret, known: Option<&Known>) -> Entry {
        let before = self.ring().find(&key.id);
        let before = before.as_deref();
        let held = before.and_then(|before| before.data_key_of(&secret));
        if let Some(data_key) = held.or_else(|| known?.data_key_of(&secret)) {
            return Entry::stored(key, secret, data_key, before);
        }
        if self.keks().is_far(&secret.kek_id) {
            return Entry::awaiting(Awaited { key, secret }, before);
        }
        match self.unwrap(&key, &secret).await {
            Ok(data_key) => Entry::stored(key, secret, data_key, before),
            Err(error) => {
                self.tell(&key, &error);
                Entry::closed(key, before)
            }
        }
    }

    async fn unwrap(&self, key: &Key, secret: &SealedSecret) -> Result<SealKey, KekError> {
        let context = place(key, secret.version).bytes();
        let unwrapped = self.keks().unwrap(&secret.kek_id, &secret.wrapped_key, &context);
        let late = |_| KekError::Unavailable(format!("no answer within {} s", UNWRAP.as_secs()));
        timeout(UNWRAP, unwrapped).await.map_err(late)?
    }

    fn tell(&self, key: &Key, error: &KekError) {
        if self.loading().is_news(&key.id, &error.to_string()) {
            tracing::error!(key = key.id, %error, "a stored key cannot be opened");
        }
    }

    /// Opens what key services unwrap, whenever there is something to open, and asks again those that did not open
    /// all. Never returns.
    pub async fn keep_open(&self) -> Infallible {
        let (first, longest) = PAUSES;
        let mut pause = first;
        loop {
            if self.open_far().await {
                pause = first;
                self.loading().wanted.notified().await;
            } else {
                // A change is a reason to ask again, but none to ask more seldom.
                if timeout(pause, self.loading().wanted.notified()).await.is_err() {
                    pause = pause.saturating_mul(2).min(longest);
                }
            }
        }
    }

    /// Asks key services for what they unwrap, once; returns whether all is open now. One that does not answer is
    /// asked no more this time. Cancel-safe.
    pub async fn open_far(&self) -> bool {
        let mut by_kek: BTreeMap<String, Vec<Awaited>> = BTreeMap::new();
        for entry in self.ring().stored() {
            if let Some(awaited) = entry.awaited() {
                let of_kek = by_kek.entry(awaited.secret.kek_id.clone()).or_default();
                of_kek.push(awaited.clone());
            }
        }
        if by_kek.is_empty() {
            return true;
        }
        let mut answers = select_all(by_kek.into_values().map(|awaited| {
            let is_away = Arc::new(AtomicBool::new(false));
            let ask = move |awaited| self.open_awaited(awaited, Arc::clone(&is_away));
            stream::iter(awaited).map(ask).buffer_unordered(AT_ONCE)
        }));
        let mut opened: Vec<Opened> = Vec::new();
        let mut flush_at = Instant::now() + TOGETHER;
        loop {
            match timeout_at(flush_at, answers.next()).await {
                Ok(Some(answer)) => opened.extend(answer),
                Ok(None) => break,
                Err(_) => {
                    self.take_in(std::mem::take(&mut opened)).await;
                    flush_at = Instant::now() + TOGETHER;
                }
            }
        }
        self.take_in(opened).await;
        !self.ring().stored().iter().any(|entry| entry.awaited().is_some())
    }

    async fn open_awaited(&self, awaited: Awaited, is_away: Arc<AtomicBool>) -> Option<Opened> {
        if is_away.load(Ordering::Relaxed) {
            return None;
        }
        let unwrapped = self.unwrap(&awaited.key, &awaited.secret).await;
        if matches!(unwrapped, Err(KekError::Unavailable(_))) {
            is_away.store(true, Ordering::Relaxed);
        }
        Some((awaited, unwrapped))
    }

    /// Opens one key that somebody waits for.
    pub(super) async fn open_at_once(&self, id: &str) {
        let entry = self.ring().find(id);
        let Some(awaited) = entry.as_ref().and_then(|entry| entry.awaited()) else {
            return;
        };
        let unwrapped = self.unwrap(&awaited.key, &awaited.secret).await;
        self.take_in(vec![(awaited.clone(), unwrapped)]).await;
    }

    /// Puts what was opened into the ring, as far as it is still what the ring waits for.
    async fn take_in(&self, opened: Vec<Opened>) {
        if opened.is_empty() {
            return;
        }
        let _alone = self.loading().alone.lock().await;
        let mut entries: BTreeMap<String, Arc<Entry>> = BTreeMap::new();
        for (awaited, unwrapped) in opened {
            let id = awaited.key.id.clone();
            let Some(now) = self.ring().find(&id) else {
                continue;
            };
            // The row may have changed since in all but its secret.
            let Some(wanted) = now.awaited().filter(|wanted| wanted.secret == awaited.secret) else {
                continue;
            };
            let Awaited { key, secret } = wanted.clone();
            let entry = match unwrapped {
                Ok(data_key) => {
                    if self.loading().is_over(&id) {
                        tracing::info!(key = id, "a stored key is open again");
                    }
                    Entry::stored(key, secret, data_key, Some(&now))
                }
                Err(error) => {
                    self.tell(&key, &error);
                    if matches!(error, KekError::Unavailable(_)) {
                        continue;
                    }
                    // It was asked and says no: the version before is not what anybody wants any more.
                    Entry::closed_for_now(Awaited { key, secret }, Some(&now))
                }
            };
            entries.insert(id, Arc::new(entry));
        }
        self.ring().exchange(&entries);
    }
}

#[async_trait]
impl Held for Vault {
    fn topic(&self) -> Topic {
        Topic::Keys
    }

    async fn reload(&self) -> Result<(), StoreError> {
        self.load().await
    }
}

#[cfg(test)]
mod tests;
