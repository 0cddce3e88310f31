//! Refreshing: on request, when somebody looks at an old list, and by the clock; in parallel, bounded, and with
//! one provider's failure told once and kept apart from the others'.

use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};
use tokio::time::Instant;

use super::lister::Source;
use super::{Registry, stored};
use crate::domain::error::Error;
use crate::domain::model::{Observation, RefreshCounts, RefreshState};
use crate::domain::time::Timestamp;
use crate::providers::Auth;
use crate::store::Held as _;

/// Providers that are listed at once.
const AT_ONCE: usize = 4;
/// How soon after its start a server asks for the first time: its first calls come first.
const START: Duration = Duration::from_secs(5);
/// How often observations are written at most.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// Observations that are written at once.
const BATCH: usize = 256;

/// How the refresh of one provider went.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// Provider id.
    pub provider: String,
    /// What it changed.
    pub counts: RefreshCounts,
    /// Why it failed; what was known is kept.
    pub error: Option<Error>,
    /// How long it took.
    pub duration: Duration,
}

impl Registry {
    /// Lists `providers`, or all that have a key where none is named, at once but for a bound; in order of id.
    ///
    /// Cancel-safe: a list is kept whole or not at all.
    pub async fn refresh(&self, providers: &[String], now: Timestamp) -> Vec<Refresh> {
        let is_meant = |source: &&Source| {
            let endpoint = &source.endpoint;
            providers.contains(&endpoint.id) || (providers.is_empty() && source.is_ready(now))
        };
        let meant: Vec<_> = self.sources.iter().filter(is_meant).collect();
        self.refresh_all(meant, now).await
    }

    async fn refresh_all(&self, sources: Vec<&Source>, now: Timestamp) -> Vec<Refresh> {
        // In boxes, not in a closure: the compiler cannot see that a stream of borrowing futures may be sent.
        let mut refreshing: Vec<BoxFuture<'_, Refresh>> = Vec::with_capacity(sources.len());
        for source in sources {
            refreshing.push(self.refresh_one(source, now).boxed());
        }
        let mut done: Vec<Refresh> = futures_util::stream::iter(refreshing)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        done.sort_unstable_by(|a, b| a.provider.cmp(&b.provider));
        if !done.is_empty()
            && let Err(error) = self.reload().await
        {
            // Whatever was written is read as soon as the database is back.
            tracing::debug!(%error, "the registry cannot read");
        }
        done
    }

    async fn refresh_one(&self, source: &Source, now: Timestamp) -> Refresh {
        let began = Instant::now();
        let mut trouble = source.turn.lock().await;
        let provider = source.endpoint.id.clone();
        let done = match source.list(now).await {
            Ok(listed) => self
                .store
                .save_listing(&provider, &listed, now)
                .await
                .map_err(|error| stored(&error)),
            Err(error) => {
                self.note(&provider, &error, now).await;
                Err(error)
            }
        };
        let error = match done {
            Ok(counts) => {
                self.metrics.refreshed(&provider, "OK");
                if trouble.take().is_some() {
                    tracing::info!(provider, "the provider lists its models again");
                }
                return Refresh {
                    provider,
                    counts,
                    error: None,
                    duration: began.elapsed(),
                };
            }
            Err(error) => error,
        };
        self.metrics.refreshed(&provider, error.reason.as_str());
        tell_once(source, &mut trouble, &error);
        Refresh {
            provider,
            counts: RefreshCounts::default(),
            error: Some(error),
            duration: began.elapsed(),
        }
    }

    /// Keeps a failure where everybody can read it.
    async fn note(&self, provider: &str, error: &Error, now: Timestamp) {
        let failure = RefreshState {
            provider: provider.to_owned(),
            success_time: None,
            error_time: Some(now),
            error_reason: error.reason.as_str().to_owned(),
            error_message: error.message.clone(),
        };
        if let Err(error) = self.store.save_listing_failure(&failure).await {
            tracing::debug!(%error, "a failure was not kept");
        }
    }

    /// Says that somebody looks at the lists: those that are too old are asked for again, and nobody waits.
    pub fn look(&self, now: Timestamp) {
        if self.settings.is_in_background && !self.due(now, self.settings.ttl).is_empty() {
            self.wanted.notify_one();
        }
    }

    /// Keeps lists and observations up to date. Never returns.
    pub async fn run(&self) -> Infallible {
        tokio::select! {
            never = self.keep_listed() => never,
            never = self.keep_observations() => never,
        }
    }

    async fn keep_listed(&self) -> Infallible {
        if !self.settings.is_in_background {
            return std::future::pending().await;
        }
        let mut wait = START + self.settings.jitter.min(START).mul_f64(fastrand::f64());
        loop {
            let oldest = tokio::select! {
                () = tokio::time::sleep(wait) => self.settings.interval,
                () = self.wanted.notified() => self.settings.ttl,
            };
            let now = clock();
            self.refresh_all(self.due(now, oldest), now).await;
            wait = self.settings.interval + self.settings.jitter.mul_f64(fastrand::f64());
        }
    }

    /// The providers that have a key, and were last asked longer ago than `oldest`, by whichever server.
    fn due(&self, now: Timestamp, oldest: Duration) -> Vec<&Source> {
        let snapshot = self.snapshot();
        let is_due = |source: &&Source| {
            let state = snapshot.refresh(&source.endpoint.id);
            let last = state.and_then(|state| state.success_time.max(state.error_time));
            source.is_ready(now) && last.is_none_or(|last| now.since(last) >= oldest)
        };
        self.sources.iter().filter(is_due).collect()
    }

    async fn keep_observations(&self) -> Infallible {
        let mut receiver = self.observed.lock().await;
        let mut batch: Vec<Observation> = Vec::new();
        loop {
            if receiver.recv_many(&mut batch, BATCH).await == 0 {
                return std::future::pending().await;
            }
            let snapshot = self.snapshot();
            batch.retain(|seen| snapshot.is_news(&seen.model_id, seen.feature, seen.is_supported, seen.time));
            if !batch.is_empty() {
                let written = match self.store.save_observations(&batch).await {
                    Ok(()) => self.reload().await,
                    Err(error) => Err(error),
                };
                if let Err(error) = written {
                    tracing::debug!(%error, "observations were not kept");
                }
            }
            batch.clear();
            tokio::time::sleep(WRITE_EVERY).await;
        }
    }
}

/// The same trouble is told once.
fn tell_once(source: &Source, trouble: &mut Option<String>, error: &Error) {
    if trouble.as_ref() == Some(&error.message) {
        return;
    }
    let (provider, reason) = (source.endpoint.id.as_str(), error.reason.as_str());
    if source.endpoint.auth == Auth::None {
        // It may well not run on this machine.
        tracing::info!(provider, reason, %error, "the provider does not list its models");
    } else {
        tracing::warn!(provider, reason, %error, "the provider does not list its models; the last list serves");
    }
    *trouble = Some(error.message.clone());
}

#[expect(clippy::disallowed_methods, reason = "what runs by the clock reads it")]
fn clock() -> Timestamp {
    SystemTime::now().into()
}
