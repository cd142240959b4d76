//! Owns how many requests are under way: a bounded number of places, fewer workers, few cores for the balance.
//! Must not make anybody wait for a place: without one the caller takes the fallback at once.

use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places, workers and cores. Whoever holds a permit gives it back by dropping it.
pub(crate) struct Queue {
    places: Arc<Semaphore>,
    workers: Arc<Semaphore>,
    cores: Arc<Semaphore>,
}

impl Queue {
    /// A queue; each number counts as at least 1.
    pub(crate) fn new(places: usize, workers: usize, cores: usize) -> Queue {
        let semaphore = |count: usize| Arc::new(Semaphore::new(count.clamp(1, Semaphore::MAX_PERMITS)));
        Queue {
            places: semaphore(places),
            workers: semaphore(workers),
            cores: semaphore(cores),
        }
    }

    /// A place among those who wait and work, or `None` if all are taken.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Waits for a worker.
    pub(crate) async fn worker(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.workers).acquire_owned().await.ok()
    }

    /// Waits for a core; the permit belongs into the work on it.
    pub(crate) async fn core(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.cores).acquire_owned().await.ok()
    }

    /// A core if one is free.
    pub(crate) fn free_core(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.cores).try_acquire_owned().ok()
    }
}
