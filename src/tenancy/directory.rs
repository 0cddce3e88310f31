//! Owns the snapshot in force: who reads it never waits, and whoever changes something reads it again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;

use crate::domain::principal::{LOCAL_TENANT, ModelPolicy, Principal};
use crate::domain::tenant::Tenant;
use crate::domain::time::Timestamp;
use crate::domain::token::Token;
use crate::store::{Held, Store, StoreError, TokenFilter, Topic};
use crate::tenancy::callers::{Caller, Callers, Right};
use crate::tenancy::snapshot::{Refusal, Snapshot};
use crate::tenancy::uses::Uses;

/// How often uses of tokens are written down.
const WRITE_EVERY: Duration = Duration::from_secs(10);
/// How long the last of them may take when the server ends.
const LAST_WRITE: Duration = Duration::from_secs(1);
/// Rows that are read at once.
const BATCH: u32 = 10_000;
/// Uses that one transaction writes.
const WRITES: usize = 500;

/// What was added here and not read again yet; beyond, whoever was just given a token waits for the next reading.
const RECENT: usize = 1000;

/// Tenants and tokens, as they were at the last change.
#[derive(Debug)]
pub struct Directory {
    store: Arc<dyn Store>,
    snapshot: ArcSwap<Snapshot>,
    /// One reading at a time.
    reading: tokio::sync::Mutex<()>,
    /// What was added on this server since, so that it holds at once and nothing is read again for it. Looked at only
    /// where the snapshot knows nothing.
    recent: Mutex<Snapshot>,
    callers: Callers,
    uses: Uses,
}

impl Directory {
    /// Reads the directory for the first time.
    ///
    /// # Errors
    /// As the store.
    pub async fn open(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let snapshot = read(store.as_ref()).await?;
        Ok(Self {
            store,
            snapshot: ArcSwap::from_pointee(snapshot),
            reading: tokio::sync::Mutex::default(),
            recent: Mutex::default(),
            callers: Callers::default(),
            uses: Uses::default(),
        })
    }

    /// Finds out who presents `text`, which is the token as its bearer has it; `peer` is its address.
    ///
    /// # Errors
    /// [`Refusal`], for the log.
    pub fn authenticate(&self, text: &str, now: Timestamp, peer: &str) -> Result<Principal, Refusal> {
        let admitted = self.look_up(|known| match known.admit(text, now) {
            Err(Refusal::Unknown) => None,
            answer => Some(answer),
        });
        let admitted = admitted.unwrap_or(Err(Refusal::Unknown))?;
        let mut principal = admitted.principal;
        if admitted.is_noteworthy {
            self.uses.note(&principal.token_id, now);
        }
        peer.clone_into(&mut principal.peer);
        Ok(principal)
    }

    /// The policy of a tenant that may call; `None` for one that may not, or is not there.
    pub fn policy_of(&self, tenant_id: &str) -> Option<Arc<ModelPolicy>> {
        self.look_up(|known| known.has_tenant(tenant_id).then(|| known.policy_of(tenant_id)))
            .flatten()
    }

    /// Follows a caller's right to call, from before what it was let in by can have changed unseen.
    ///
    /// A caller without a token that calls for the local tenant is the server's owner, whose right nobody takes away.
    pub fn follow(&self, principal: &Principal) -> Right {
        if principal.token_id.is_empty() && principal.tenant_id == LOCAL_TENANT {
            return Right::lasting(None);
        }
        let caller = Caller {
            token_id: principal.token_id.as_str().into(),
            tenant_id: principal.tenant_id.as_str().into(),
        };
        self.callers.enter(caller, |caller| self.may_call(caller))
    }

    /// Until when a caller that was let in may go on.
    fn may_call(&self, caller: &Caller) -> Result<Option<Timestamp>, Refusal> {
        let expire_time = if caller.token_id.is_empty() {
            None
        } else {
            let right = self.look_up(|known| known.right_of(&caller.token_id));
            right.unwrap_or(Err(Refusal::Unknown))?
        };
        match self.policy_of(&caller.tenant_id) {
            Some(_) => Ok(expire_time),
            None => Err(Refusal::Suspended),
        }
    }

    /// Whether any token was ever given out.
    pub fn has_tokens(&self) -> bool {
        self.look_up(|known| known.has_tokens().then_some(())).is_some()
    }

    /// Asks the snapshot, then what was added since.
    fn look_up<T>(&self, find: impl Fn(&Snapshot) -> Option<T>) -> Option<T> {
        find(&self.snapshot.load())
            .or_else(|| find(&self.recent()))
            // It may have gone from the one to the other just now.
            .or_else(|| find(&self.snapshot.load()))
    }

    /// Takes in a tenant that was just added to the store, and tokens of it.
    pub fn add(&self, tenant: Tenant, tokens: impl IntoIterator<Item = Token>) {
        let mut recent = self.recent();
        if recent.len() < RECENT {
            recent.insert_tenant(tenant);
            for token in tokens {
                recent.insert_token(token);
            }
        }
    }

    fn recent(&self) -> MutexGuard<'_, Snapshot> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes uses of tokens down, now and then. Never returns. Cancel-safe: what is lost is noted again at the
    /// token's next use.
    pub async fn keep_uses(&self) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(WRITE_EVERY).await;
            self.write_uses().await;
        }
    }

    /// Writes down what has not been, before the server ends; within a second, or not at all.
    pub async fn settle(&self) {
        if tokio::time::timeout(LAST_WRITE, self.write_uses()).await.is_err() {
            tracing::debug!("the last uses of tokens were not written in time");
        }
    }

    async fn write_uses(&self) {
        let uses = self.uses.take();
        for some in uses.chunks(WRITES) {
            if let Err(error) = self.store.note_token_uses(some).await {
                tracing::debug!(%error, "uses of tokens were not written");
                for (id, at) in some {
                    self.uses.note(id, *at);
                }
            }
        }
    }
}

#[async_trait]
impl Held for Directory {
    fn topic(&self) -> Topic {
        Topic::Tenants
    }

    async fn reload(&self) -> Result<(), StoreError> {
        // What was read before a revocation must not be held after what was read behind it.
        let _alone = self.reading.lock().await;
        // What is added while the rows are read may not be among them: it stays until the next time.
        let known = self.recent().ids();
        let snapshot = read(self.store.as_ref()).await?;
        self.snapshot.store(Arc::new(snapshot));
        self.recent().forget(known);
        self.callers.check(|caller| self.may_call(caller));
        Ok(())
    }
}

/// Reads all there is. What makes no sense refuses its bearer, and must not keep others from being revoked.
async fn read(store: &dyn Store) -> Result<Snapshot, StoreError> {
    const ANY: TokenFilter<'static> = TokenFilter {
        tenant_id: None,
        active_at: None,
    };
    let mut snapshot = Snapshot::default();
    let mut after: Option<String> = None;
    loop {
        let some = store.load_tenants(after.as_deref(), BATCH).await?;
        let Some((last, _)) = some.last() else { break };
        after = Some(last.clone());
        for (id, tenant) in some {
            match tenant {
                Ok(tenant) => snapshot.insert_tenant(tenant),
                Err(error) => {
                    tracing::error!(tenant = id, %error, "a tenant cannot be read, and counts as suspended");
                    snapshot.insert_unreadable_tenant(id);
                }
            }
        }
    }
    after = None;
    loop {
        let some = store.load_tokens(ANY, after.as_deref(), BATCH).await?;
        let Some((last, _)) = some.last() else { break };
        after = Some(last.clone());
        for (id, token) in some {
            match token {
                Ok(token) => snapshot.insert_token(token),
                Err(error) => {
                    tracing::error!(token = id, %error, "a token cannot be read, and is refused");
                    snapshot.insert_unreadable_token();
                }
            }
        }
    }
    snapshot.shrink();
    Ok(snapshot)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{Directory, Snapshot};
    use crate::domain::principal::ModelPolicy;
    use crate::domain::tenant::{Tenant, TenantState};
    use crate::domain::time::Timestamp;
    use crate::store::{Held as _, Location, open};

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_just_added_is_known_while_it_is_read_again() {
        let home = tempfile::tempdir().unwrap();
        let store = open(&Location::Sqlite(home.path().join("crux.db")))
            .await
            .unwrap();
        let directory = Directory::open(store).await.unwrap();
        let tenant = Tenant {
            id: "acme".to_owned(),
            display_name: String::new(),
            state: TenantState::Active,
            models: ModelPolicy::default(),
            labels: BTreeMap::new(),
            create_time: Timestamp(1),
            update_time: Timestamp(1),
            etag: "1".to_owned(),
        };
        directory.store.create_tenant(&tenant, None).await.unwrap();
        directory.add(tenant, []);

        // The first look is at a snapshot that does not know it; then it moves.
        let asked = AtomicUsize::new(0);
        let found = directory.look_up(|known: &Snapshot| {
            let answer = known.has_tenant("acme").then_some(());
            if asked.fetch_add(1, Ordering::Relaxed) == 0 {
                assert_eq!(answer, None);
                tokio::task::block_in_place(|| {
                    tokio::runtime::Handle::current()
                        .block_on(directory.reload())
                        .unwrap();
                });
            }
            answer
        });

        assert_eq!(found, Some(()));
    }
}
