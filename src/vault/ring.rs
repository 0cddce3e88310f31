//! Which key a call uses: an immutable snapshot of all keys, and the choice among them. Never waits.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, watch};

use super::configured::{Configured, ConfiguredKey};
use super::entry::{Entry, Origin};
use super::lease::{Lease, Tried};
use super::seal::SealError;
use super::tenure::Endings;
use crate::domain::key::KeyState;
use crate::domain::time::Timestamp;

/// Where a call's key is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The tenant's own keys in the vault.
    Tenant,
    /// The server's environment and configuration.
    Config,
    /// The vault's keys that are everybody's.
    Shared,
}

/// How keys are chosen.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Where to look, first to last.
    pub order: Vec<Source>,
    /// When a key that its provider refused is tried again.
    pub retry_rejected_after: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            order: vec![Source::Tenant, Source::Config, Source::Shared],
            retry_rejected_after: Duration::from_secs(15 * 60),
        }
    }
}

/// All keys that calls may be made with.
#[derive(Debug)]
pub struct Ring {
    rules: Rules,
    configured: BTreeMap<String, (Group, bool)>,
    snapshot: ArcSwap<Snapshot>,
    /// Something is to be written down.
    pub(super) news: Notify,
    pub(super) endings: Endings,
    changes: watch::Sender<u64>,
}

/// The vault's keys at one time.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// By provider, then tenant; everybody's under the empty one.
    groups: HashMap<String, HashMap<String, Vec<Group>>>,
    by_id: HashMap<String, Arc<Entry>>,
}

/// Keys that take turns.
#[derive(Debug, Default)]
struct Group {
    turn: AtomicUsize,
    entries: Vec<Arc<Entry>>,
}

/// Why there is no key for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoKey {
    /// There is none.
    Absent,
    /// There are some, and their provider refused each, or nothing opens them.
    Unusable(String),
}

/// How long a configured key rests that was refused: nobody can heal it here, so it is only put last.
const CONFIGURED_REST: Duration = Duration::from_secs(60);
/// How long a key rests that was limited without a word on how long.
const SHORT_REST: Duration = Duration::from_secs(1);
/// The longest rest: a provider's word for more is no reason to forget a key.
const LONGEST_REST: Duration = Duration::from_secs(3600);

impl Ring {
    /// A ring of the configured keys, by provider; the vault's come with its first loading.
    pub fn new(rules: Rules, configured: BTreeMap<String, Configured>) -> Self {
        let group = |(provider, configured): (String, Configured)| {
            let entry = Entry::configured(configured.secret, configured.sources);
            let group = Group {
                turn: AtomicUsize::new(0),
                entries: vec![Arc::new(entry)],
            };
            (provider, (group, configured.is_stand_in))
        };
        Self {
            rules,
            configured: configured.into_iter().map(group).collect(),
            snapshot: ArcSwap::default(),
            news: Notify::new(),
            endings: Endings::default(),
            changes: watch::Sender::new(0),
        }
    }

    /// Opens the key that a call of `tenant` to `provider` is to be made with: one that was not tried and does not
    /// rest, else the one whose rest ends first.
    ///
    /// # Errors
    /// [`NoKey`] when none may be used.
    pub fn lease(
        &self,
        tenant_id: &str,
        provider: &str,
        now: Timestamp,
        tried: &mut Tried,
    ) -> Result<Lease, NoKey> {
        let snapshot = self.snapshot.load();
        let mut refused = None;
        let mut resting: Option<(Timestamp, Arc<Entry>)> = None;
        for entry in self.in_order(&snapshot, tenant_id, provider) {
            if !entry.is_usable(now, self.rules.retry_rejected_after) {
                refused.get_or_insert_with(|| entry.why_unusable(now));
                continue;
            }
            let rest = entry.health.rests_until(now);
            if rest.is_none() && !tried.has(entry) {
                return open(entry, now, tried);
            }
            let rest = rest.unwrap_or(now);
            if resting.as_ref().is_none_or(|(least, _)| rest < *least) {
                resting = Some((rest, Arc::clone(entry)));
            }
        }
        match (resting, refused) {
            (Some((_, entry)), _) => open(&entry, now, tried),
            (None, Some(refused)) => Err(NoKey::Unusable(refused)),
            (None, None) => Err(NoKey::Absent),
        }
    }

    /// Whether there is a key that the call has not tried and that does not rest.
    pub fn has_another(&self, tenant_id: &str, provider: &str, now: Timestamp, tried: &Tried) -> bool {
        let snapshot = self.snapshot.load();
        self.in_order(&snapshot, tenant_id, provider).any(|entry| {
            entry.is_usable(now, self.rules.retry_rejected_after)
                && entry.health.rests_until(now).is_none()
                && !tried.has(entry)
        })
    }

    /// Whether anybody has a key for `provider` that may be used.
    pub fn has_any(&self, provider: &str, now: Timestamp) -> bool {
        let snapshot = self.snapshot.load();
        let stored = snapshot
            .groups
            .get(provider)
            .into_iter()
            .flat_map(HashMap::values);
        self.configured.contains_key(provider)
            || stored
                .flatten()
                .flat_map(|group| &group.entries)
                .any(|entry| entry.is_usable(now, self.rules.retry_rejected_after))
    }

    /// The key of the configuration for each provider that has one, ordered by provider; what only stands in is none.
    pub fn configured(&self) -> impl Iterator<Item = ConfiguredKey<'_>> {
        let real = self
            .configured
            .iter()
            .filter(|(_, (_, is_stand_in))| !is_stand_in);
        real.filter_map(|(provider, (group, _))| {
            let entry = group.entries.first()?;
            let Origin::Configured { sources } = &entry.origin else {
                return None;
            };
            Some(ConfiguredKey::new(provider, sources, entry.open().ok()?))
        })
    }

    /// How many of the vault's keys are in each state at `now`, for those who watch.
    pub fn count(&self, now: Timestamp) -> [(&'static str, usize); 5] {
        let mut counts = ["active", "disabled", "rejected", "expired", "closed"].map(|state| (state, 0));
        for entry in self.snapshot.load().by_id.values() {
            let state = entry.state(now);
            if let Some((_, count)) = counts.iter_mut().find(|(name, _)| *name == state) {
                *count += 1;
            }
        }
        counts
    }

    /// How many of the vault's keys nothing opens.
    pub fn closed(&self) -> usize {
        let snapshot = self.snapshot.load();
        snapshot.by_id.values().filter(|entry| entry.is_closed()).count()
    }

    /// Told when the keys have changed.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// The provider took the key.
    pub fn accepted(&self, lease: &Lease, now: Timestamp) {
        let entry = self.present(lease);
        if entry.rejected_since().is_some() {
            entry.health.heal(now);
            self.news.notify_one();
        }
    }

    /// The provider refused the key: it is not used until it is verified, rotated or set active, or some time is
    /// over.
    pub fn refused(&self, lease: &Lease, now: Timestamp) {
        let entry = self.present(lease);
        if entry.key().is_some() {
            tracing::warn!(key = %entry.name(), "the provider refused a key; it is not used for now");
            entry.health.reject(now);
            self.news.notify_one();
        } else {
            entry.health.rest(now.plus(CONFIGURED_REST));
        }
    }

    /// The provider limits the key: others go first for so long.
    pub fn limited(&self, lease: &Lease, now: Timestamp, retry_after: Option<Duration>) {
        let rest = retry_after.unwrap_or(SHORT_REST).min(LONGEST_REST);
        self.present(lease).health.rest(now.plus(rest));
    }

    /// The lease's key as it is known now: the keys may have been loaded again since the call began.
    fn present(&self, lease: &Lease) -> Arc<Entry> {
        let found = lease.entry().key().and_then(|key| self.find(&key.id));
        let same = found.filter(|found| found.is_same(lease.entry()));
        same.unwrap_or_else(|| Arc::clone(lease.entry()))
    }

    /// A key of the vault as this server has it.
    pub(super) fn find(&self, id: &str) -> Option<Arc<Entry>> {
        self.snapshot.load().by_id.get(id).cloned()
    }

    /// Every key of the vault.
    pub(super) fn stored(&self) -> Vec<Arc<Entry>> {
        self.snapshot.load().by_id.values().cloned().collect()
    }

    /// Puts other keys in the place of the vault's; a call that has one goes on with it, as far as a rotation since
    /// lets it.
    pub(super) fn replace(&self, entries: Vec<Arc<Entry>>) {
        let before = self.snapshot.load_full();
        let snapshot = Arc::new(Snapshot::new(entries));
        self.snapshot.store(Arc::clone(&snapshot));
        // After the new ones are in place: a call whose key ends finds its successor.
        for (id, entry) in &snapshot.by_id {
            let is_rotated = before.by_id.get(id).is_some_and(|before| !before.is_same(entry));
            let end = entry.key().and_then(|key| key.grace_end_time);
            if let Some(end) = end.filter(|_| is_rotated) {
                self.endings.add(end, entry.earlier.iter().cloned());
            }
        }
        self.changes.send_modify(|count| *count += 1);
    }

    /// Puts some of the vault's keys in the place of the same ones.
    pub(super) fn exchange(&self, entries: &BTreeMap<String, Arc<Entry>>) {
        if entries.is_empty() {
            return;
        }
        let snapshot = self.snapshot.load();
        let mut all: Vec<_> = snapshot.by_id.iter().collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        let one = |(id, entry): (&String, &Arc<Entry>)| Arc::clone(entries.get(id).unwrap_or(entry));
        self.replace(all.into_iter().map(one).collect());
    }

    /// The keys that a call may use, first to last.
    fn in_order<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        tenant_id: &'a str,
        provider: &'a str,
    ) -> impl Iterator<Item = &'a Arc<Entry>> {
        let of = move |tenant: &str| {
            let groups = snapshot.groups.get(provider)?.get(tenant)?;
            Some(groups.as_slice())
        };
        let configured = self.configured.get(provider);
        let real = configured.filter(|(_, is_stand_in)| !is_stand_in);
        let stand_in = configured.filter(|(_, is_stand_in)| *is_stand_in);
        let groups = self.rules.order.iter().flat_map(move |source| match source {
            // Nobody's own is everybody's.
            Source::Tenant if tenant_id.is_empty() => [].iter(),
            Source::Tenant => of(tenant_id).unwrap_or_default().iter(),
            Source::Config => real
                .map(|(group, _)| std::slice::from_ref(group))
                .unwrap_or_default()
                .iter(),
            Source::Shared => of("").unwrap_or_default().iter(),
        });
        groups
            .chain(stand_in.map(|(group, _)| group))
            .flat_map(Group::in_turn)
    }
}

fn open(entry: &Arc<Entry>, now: Timestamp, tried: &mut Tried) -> Result<Lease, NoKey> {
    let secret = entry
        .open()
        .map_err(|error: SealError| NoKey::Unusable(format!("{}: {error}", entry.name_outside())))?;
    entry.health.used(now);
    tried.add(entry);
    Ok(Lease::new(secret, Arc::clone(entry)))
}

impl Entry {
    /// Why it is not used, or `active`.
    fn state(&self, now: Timestamp) -> &'static str {
        let Some(key) = self.key() else { return "active" };
        if self.is_closed() {
            "closed"
        } else if key.state == KeyState::Disabled {
            KeyState::Disabled.as_str()
        } else if key.is_expired(now) {
            "expired"
        } else if self.rejected_since().is_some() {
            KeyState::Rejected.as_str()
        } else {
            KeyState::Active.as_str()
        }
    }

    fn why_unusable(&self, now: Timestamp) -> String {
        let why = if self.is_closed() {
            "cannot be opened: its key-encryption key is not at hand"
        } else if self.key().is_some_and(|key| key.is_expired(now)) {
            "has expired"
        } else if self.rejected_since().is_some() {
            "was refused by its provider: verify or rotate it"
        } else {
            "is disabled"
        };
        format!("{} {why}", self.name_outside())
    }
}

impl Group {
    /// Its keys, from the one whose turn it is.
    fn in_turn(&self) -> impl Iterator<Item = &Arc<Entry>> {
        let count = self.entries.len().max(1);
        let first = self.turn.fetch_add(1, Ordering::Relaxed) % count;
        let (before, after) = self.entries.split_at_checked(first).unwrap_or_default();
        after.iter().chain(before)
    }
}

impl Snapshot {
    fn new(entries: Vec<Arc<Entry>>) -> Self {
        let mut sorted: BTreeMap<(String, String, i32), Group> = BTreeMap::new();
        let mut by_id = HashMap::with_capacity(entries.len());
        for entry in entries {
            let Some(key) = entry.key() else { continue };
            let class = (key.provider.clone(), key.tenant_id.clone(), key.priority);
            by_id.insert(key.id.clone(), Arc::clone(&entry));
            sorted.entry(class).or_default().entries.push(entry);
        }
        let mut groups: HashMap<String, HashMap<String, Vec<Group>>> = HashMap::new();
        for ((provider, tenant_id, _), group) in sorted {
            let of_tenant = groups.entry(provider).or_default().entry(tenant_id).or_default();
            of_tenant.push(group);
        }
        Self { groups, by_id }
    }
}
