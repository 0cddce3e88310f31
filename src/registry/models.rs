//! What is held in memory of models, for the path of a chat: names, prices, and a place to leave what it has
//! seen. Waits for nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use tokio::sync::mpsc;

use super::snapshot::Snapshot;
use crate::domain::capability::Feature;
use crate::domain::model::{ModelState, Observation};
use crate::domain::pricing::PricedCost;
use crate::domain::time::Timestamp;
use crate::domain::usage::Usage;

/// Observations that wait to be written; one more is dropped, the next call makes it again.
const OBSERVATIONS: usize = 256;

/// The models as they are now.
#[derive(Debug)]
pub struct Models {
    held: ArcSwap<Snapshot>,
    observed: mpsc::Sender<Observation>,
    is_loaded: AtomicBool,
    dropped: AtomicU64,
}

impl Default for Models {
    /// No models at all, where nothing is learnt either.
    fn default() -> Self {
        Self::new().0
    }
}

impl Models {
    /// No models yet, and what will be seen of them.
    pub(super) fn new() -> (Self, mpsc::Receiver<Observation>) {
        let (observed, receiver) = mpsc::channel(OBSERVATIONS);
        let held = ArcSwap::from_pointee(Snapshot::default());
        let models = Self {
            held,
            observed,
            is_loaded: AtomicBool::new(false),
            dropped: AtomicU64::new(0),
        };
        (models, receiver)
    }

    /// Everything that is known now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.held.load_full()
    }

    /// Puts a snapshot in place of the one before.
    pub(super) fn hold(&self, snapshot: Snapshot) {
        self.held.store(Arc::new(snapshot));
        self.is_loaded.store(true, Ordering::Relaxed);
    }

    /// The id that a name stands for; `None` where it is no alias, and so an id already.
    pub fn resolve(&self, name: &str) -> Option<String> {
        self.held.load().alias(name).map(str::to_owned)
    }

    /// Whether a model of this id is known here.
    pub fn is_known(&self, id: &str) -> bool {
        self.held.load().find(id).is_some()
    }

    /// Whether models were read at all.
    pub fn is_loaded(&self) -> bool {
        self.is_loaded.load(Ordering::Relaxed)
    }

    /// How many observations found the queue full.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Whether a model is switched off on this server.
    pub fn is_disabled(&self, id: &str) -> bool {
        let held = self.held.load();
        held.find(id)
            .is_some_and(|model| model.state == ModelState::Disabled)
    }

    /// What `usage` of a model costs; `None` where that is not known.
    pub fn cost(&self, id: &str, usage: &Usage) -> Option<PricedCost> {
        let held = self.held.load();
        held.find(id)?.facts.pricing.as_ref()?.cost(usage)
    }

    /// How many tokens fit into a model.
    pub fn context_window_tokens(&self, id: &str) -> Option<u32> {
        self.held.load().find(id)?.facts.context_window_tokens
    }

    /// Leaves word of a feature that was seen to be there, or refused. Nothing waits for its being written.
    pub fn observe(&self, id: &str, feature: Feature, is_supported: bool, evidence: &str, time: Timestamp) {
        let held = self.held.load();
        if held.find(id).is_none() || !held.is_news(id, feature, is_supported, time) {
            return;
        }
        let observation = Observation {
            model_id: id.to_owned(),
            feature,
            is_supported,
            evidence: evidence.to_owned(),
            time,
        };
        // A full queue is no loss: whatever is true will be seen again.
        if self.observed.try_send(observation).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}
