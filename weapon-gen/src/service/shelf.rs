//! Owns the two cache tiers together: memory before disk, a disk hit fills the memory.
//! Must not make a request wait for a write.

use super::Settings;
use super::trace::{Asked, Trace};
use crate::balance;
use crate::cache::disk::DiskCache;
use crate::cache::memory::MemoryCache;
use crate::cache::{Kept, Key};
use crate::counters::{Counters, Source};
use crate::prompt::first_16;
use crate::template::matcher::{TemplateMatcher as _, WordMatcher};
use std::sync::Arc;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

pub(super) struct Shelf {
    pub(super) memory: MemoryCache,
    disk: Option<Arc<DiskCache>>,
    /// What the scores on the disk depend on.
    fingerprint: [u8; 16],
    counters: Arc<Counters>,
}

impl Shelf {
    /// Opens the tiers. Without a usable file there is no disk tier, which is a warning.
    pub(super) fn open(settings: &Settings, counters: Arc<Counters>) -> Shelf {
        let disk = settings
            .cache_file
            .as_deref()
            .and_then(|file| match DiskCache::open(file) {
                Ok(disk) => Some(Arc::new(disk)),
                Err(error) => {
                    tracing::warn!(%error, "no weapons are kept between runs");
                    None
                }
            });
        let clock = settings.clock.clone().unwrap_or_else(|| {
            let start = Instant::now();
            Arc::new(move || start.elapsed())
        });
        Shelf {
            memory: MemoryCache::new(clock, settings.memory_ttl),
            fingerprint: disk.as_ref().map(|_| fingerprint(settings)).unwrap_or_default(),
            disk,
            counters,
        }
    }

    /// A kept weapon and where it was.
    pub(super) async fn find(&self, key: &Key, trace: &Trace) -> Option<(Arc<Kept>, Source)> {
        trace.ask(Asked::Memory);
        if let Some(kept) = self.memory.find(key).await {
            return Some((kept, Source::Memory));
        }
        let (disk, disk_key) = (Arc::clone(self.disk.as_ref()?), self.disk_key(key));
        trace.ask(Asked::Disk);
        self.counters.read_disk();
        let kept = Arc::new(spawn_blocking(move || disk.find(&disk_key)).await.ok()??);
        self.memory.keep(*key, Arc::clone(&kept)).await;
        Some((kept, Source::Disk))
    }

    /// Forgets a weapon in both tiers.
    pub(super) async fn forget(&self, key: &Key) {
        self.memory.forget(key).await;
        if let Some(disk) = self.disk.clone() {
            let disk_key = self.disk_key(key);
            spawn_blocking(move || disk.forget(&disk_key));
        }
    }

    /// The disk tier.
    pub(super) fn disk(&self) -> Option<Arc<DiskCache>> {
        self.disk.clone()
    }

    /// Keeps a weapon on the disk, on a thread of its own.
    pub(super) fn keep_on_disk(&self, key: Key, kept: Arc<Kept>) {
        if let Some(disk) = self.disk.clone() {
            let disk_key = self.disk_key(&key);
            spawn_blocking(move || disk.keep(&disk_key, &kept));
        }
    }

    /// A file outlives the build that wrote it: weapons that another balance made are not found, and make room in time.
    fn disk_key(&self, key: &Key) -> Key {
        first_16(blake3::hash(&[*key, self.fingerprint].concat()).as_bytes())
    }
}

/// What a kept weapon depends on beside its prompt: the balance, and the matcher if it is not the usual one.
fn fingerprint(settings: &Settings) -> [u8; 16] {
    let matcher = settings.matcher.name();
    if matcher == WordMatcher.name() {
        return balance::fingerprint();
    }
    first_16(blake3::hash(&[&balance::fingerprint(), matcher.as_bytes()].concat()).as_bytes())
}
