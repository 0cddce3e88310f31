//! Owns who has calls that run, so that they can be told when their caller may not call any more. Refuses to know who
//! may.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio_util::sync::CancellationToken;

use crate::domain::time::Timestamp;
use crate::tenancy::snapshot::Refusal;

/// A caller's right to call; to be held for as long as its call runs.
#[derive(Debug)]
pub struct Right {
    shared: Arc<Shared>,
    expire_time: Option<Timestamp>,
}

/// What all calls of one caller have in common.
#[derive(Debug, Default)]
struct Shared {
    lost: CancellationToken,
}

impl Right {
    /// A right that ends at `expire_time` and is never taken away.
    pub(super) fn lasting(expire_time: Option<Timestamp>) -> Self {
        Self {
            shared: Arc::default(),
            expire_time,
        }
    }

    /// A right that is gone.
    pub(super) fn lost_already() -> Self {
        let right = Self::lasting(None);
        right.shared.lost.cancel();
        right
    }

    /// Cancelled when the right is taken away.
    pub fn lost(&self) -> &CancellationToken {
        &self.shared.lost
    }

    /// When it ends by itself.
    pub fn expire_time(&self) -> Option<Timestamp> {
        self.expire_time
    }
}

/// Who calls: a token, and the tenant it calls for; one of the two may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Caller {
    pub(super) token_id: Box<str>,
    pub(super) tenant_id: Box<str>,
}

/// The callers that have calls running: one entry each, however many calls they have, so that a change costs as much
/// as there are callers, and wakes the calls of those alone whom it is about.
#[derive(Debug, Default)]
pub(super) struct Callers(Mutex<Running>);

#[derive(Debug, Default)]
struct Running {
    callers: HashMap<Caller, Weak<Shared>>,
    /// With so many entries, those of callers that have left are thrown out.
    sweep_at: usize,
}

/// Fewer entries are not worth a sweep.
const FEW: usize = 64;

impl Callers {
    /// Takes in a call of `caller`, if `may_call` says when its right ends; it is asked while no change can pass by.
    pub(super) fn enter(
        &self,
        caller: Caller,
        may_call: impl FnOnce(&Caller) -> Result<Option<Timestamp>, Refusal>,
    ) -> Right {
        let mut running = self.running();
        let Ok(expire_time) = may_call(&caller) else {
            return Right::lost_already();
        };
        if running.callers.len() >= running.sweep_at {
            running.sweep();
        }
        let entry = running.callers.entry(caller).or_default();
        let shared = entry.upgrade().unwrap_or_else(|| {
            let shared = Arc::default();
            *entry = Arc::downgrade(&shared);
            shared
        });
        Right { shared, expire_time }
    }

    /// Ends the calls of every caller that may not call any more.
    pub(super) fn check(&self, may_call: impl Fn(&Caller) -> Result<Option<Timestamp>, Refusal>) {
        let mut lost = Vec::new();
        let mut running = self.running();
        running.callers.retain(|caller, shared| {
            let Some(shared) = shared.upgrade() else {
                return false;
            };
            let Err(refusal) = may_call(caller) else {
                return true;
            };
            lost.push((caller.clone(), refusal, shared));
            false
        });
        drop(running);
        for (caller, refusal, shared) in lost {
            tracing::info!(
                tenant = caller.tenant_id,
                token = caller.token_id,
                cause = %refusal,
                "the running calls of a caller are ended"
            );
            shared.lost.cancel();
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Running {
    fn sweep(&mut self) {
        self.callers.retain(|_, shared| shared.strong_count() > 0);
        self.sweep_at = (self.callers.len() * 2).max(FEW);
    }
}

#[cfg(test)]
mod tests {
    use super::{Caller, Callers, FEW};
    use crate::tenancy::snapshot::Refusal;

    fn caller(token_id: &str) -> Caller {
        Caller {
            token_id: token_id.into(),
            tenant_id: "acme".into(),
        }
    }

    #[test]
    fn a_change_ends_the_calls_of_those_it_is_about_and_of_nobody_else() {
        let callers = Callers::default();
        let [one, again, other] = ["one", "one", "other"].map(|id| callers.enter(caller(id), |_| Ok(None)));

        callers.check(|caller| match &*caller.token_id {
            "one" => Err(Refusal::Revoked),
            _ => Ok(None),
        });

        assert!(one.lost().is_cancelled() && again.lost().is_cancelled());
        assert!(!other.lost().is_cancelled());
        let later = callers.enter(caller("one"), |_| Ok(None));
        assert!(!later.lost().is_cancelled(), "who may call again, may");
        let refused = callers.enter(caller("two"), |_| Err(Refusal::Suspended));
        assert!(refused.lost().is_cancelled());
    }

    #[test]
    fn who_has_left_takes_no_room() {
        let callers = Callers::default();
        let stays = callers.enter(caller("stays"), |_| Ok(None));
        for number in 0..100 * FEW {
            callers.enter(caller(&number.to_string()), |_| Ok(None));
        }

        assert!(callers.running().callers.len() <= FEW);
        callers.check(|_| Err(Refusal::Revoked));
        assert!(stays.lost().is_cancelled());
    }
}
