//! Who runs now, who waits, and who is turned away.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::domain::error::{Error, Reason};

/// A fixed number of places, and a bounded queue for them.
#[derive(Debug)]
pub struct Admission {
    places: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// How many places there are, and how many may wait.
    limits: (usize, usize),
}

/// The right to run; given back by dropping it.
#[derive(Debug)]
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

impl Admission {
    /// Makes `places` places and a queue of `waiting`.
    pub fn new(places: usize, waiting: usize) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self {
            places: semaphore(places),
            waiting: semaphore(waiting),
            limits: (
                places.min(Semaphore::MAX_PERMITS),
                waiting.min(Semaphore::MAX_PERMITS),
            ),
        }
    }

    /// How many run, and how many wait.
    pub fn taken(&self) -> (usize, usize) {
        let (places, waiting) = self.limits;
        (
            places.saturating_sub(self.places.available_permits()),
            waiting.saturating_sub(self.waiting.available_permits()),
        )
    }

    /// Waits for a place, first come, first served. Cancel-safe: dropping the future leaves the queue.
    ///
    /// # Errors
    /// `Overloaded` when the queue is full.
    pub async fn enter(&self) -> Result<Place, Error> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(Place { _permit: permit });
        }
        let overloaded = || {
            Error::new(
                Reason::Overloaded,
                "the server is at its limit of running and waiting calls",
            )
        };
        let _queued = Arc::clone(&self.waiting)
            .try_acquire_owned()
            .map_err(|_| overloaded())?;
        let permit = Arc::clone(&self.places)
            .acquire_owned()
            .await
            .map_err(|_| overloaded())?;
        Ok(Place { _permit: permit })
    }
}

#[cfg(test)]
mod tests {
    use super::Admission;
    use crate::domain::error::Reason;

    #[tokio::test]
    async fn the_queue_is_bounded_and_a_dropped_waiter_leaves_it() {
        let admission = Admission::new(1, 1);
        let running = admission.enter().await.unwrap();
        let mut waiting = Box::pin(admission.enter());
        assert!(futures_util::poll!(&mut waiting).is_pending());

        let refused = admission.enter().await.unwrap_err();
        assert_eq!(refused.reason, Reason::Overloaded);

        drop(waiting);
        let mut waiting = Box::pin(admission.enter());
        assert!(futures_util::poll!(&mut waiting).is_pending());
        drop(running);
        waiting.await.unwrap();
    }
}
