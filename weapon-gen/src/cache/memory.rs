//! Owns the memory tier: bounded, entries live for a time, equal requests at once become one.
//! Must not read a clock: the caller's clock says when an entry is too old.

use super::{Kept, Key};
use moka::future::Cache;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// How long an entry lives by default.
pub const TTL: Duration = Duration::from_secs(3_600);
/// Entries at most; about 20 MB of sprites.
const ENTRIES_MAX: u64 = 4_096;

/// Says how late it is: time since any fixed moment, never going back.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

#[derive(Clone)]
struct Entry {
    kept: Arc<Kept>,
    since: Duration,
}

/// The memory tier. Clones share their entries.
#[derive(Clone)]
pub struct MemoryCache {
    entries: Cache<Key, Entry>,
    clock: Clock,
    ttl: Duration,
}

impl std::fmt::Debug for MemoryCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryCache")
            .field("ttl", &self.ttl)
            .finish_non_exhaustive()
    }
}

impl MemoryCache {
    /// An empty tier whose entries live for `ttl` of the clock.
    #[must_use]
    pub fn new(clock: Clock, ttl: Duration) -> MemoryCache {
        MemoryCache {
            entries: Cache::new(ENTRIES_MAX),
            clock,
            ttl,
        }
    }

    /// The weapon under a key, if it is there and young enough.
    pub async fn find(&self, key: &Key) -> Option<Arc<Kept>> {
        let entry = self.entries.get(key).await?;
        if self.is_old(&entry) {
            self.entries.invalidate(key).await;
            return None;
        }
        Some(entry.kept)
    }

    /// Keeps a weapon from now on.
    pub async fn keep(&self, key: Key, kept: Arc<Kept>) {
        let since = (self.clock)();
        self.entries.insert(key, Entry { kept, since }).await;
    }

    /// Forgets the weapon under a key.
    pub async fn forget(&self, key: &Key) {
        self.entries.invalidate(key).await;
    }

    /// The weapon under a key, made by `make` if it is not there.
    ///
    /// Of many calls with one key at once only one makes it; the others wait and share the result or the error.
    /// If the one that makes it is dropped, another takes over with its own `make`.
    ///
    /// # Errors
    /// The error of `make`; nothing is kept then.
    pub async fn find_or_make<E: Send + Sync + 'static>(
        &self,
        key: Key,
        make: impl Future<Output = Result<Arc<Kept>, E>>,
    ) -> Result<Arc<Kept>, Arc<E>> {
        if let Some(kept) = self.find(&key).await {
            return Ok(kept);
        }
        let clock = Arc::clone(&self.clock);
        let entry = async move {
            let kept = make.await?;
            Ok(Entry { kept, since: clock() })
        };
        self.entries.try_get_with(key, entry).await.map(|entry| entry.kept)
    }

    fn is_old(&self, entry: &Entry) -> bool {
        (self.clock)().saturating_sub(entry.since) >= self.ttl
    }
}
