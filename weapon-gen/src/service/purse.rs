//! Owns what may still be spent on providers: the calls of each match, and those of the day.
//! Must not make a request wait for the disk, and must not read a clock of its own.

use crate::cache::disk::DiskCache;
use crate::cache::memory::Clock;
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::spawn_blocking;

/// Matches whose spending is remembered; the oldest is forgotten first.
const MATCHES_MAX: usize = 1_024;
/// Days whose spending is remembered, so that a clock that is put back finds its count again.
const DAYS_MAX: usize = 8;
const DAY_SECONDS: u64 = 86_400;

/// Calls at most; `None` for as many as it takes.
#[derive(Copy, Clone, Debug)]
pub(super) struct Limits {
    pub(super) per_match: Option<u32>,
    pub(super) per_day: Option<u32>,
}

/// The purse of a service.
pub(super) struct Purse {
    limits: Limits,
    clock: Clock,
    /// Where the day's count outlives the process.
    disk: Option<Arc<DiskCache>>,
    spent: Mutex<Spent>,
}

#[derive(Default)]
struct Spent {
    /// Calls by match seed, the oldest match first.
    matches: VecDeque<(u64, u32)>,
    /// Calls by day since 1970.
    days: BTreeMap<u64, u32>,
}

impl Purse {
    pub(super) fn new(limits: Limits, clock: Clock, disk: Option<Arc<DiskCache>>) -> Purse {
        let days = disk.as_ref().map(|disk| disk.calls_by_day()).unwrap_or_default();
        Purse {
            limits,
            clock,
            disk,
            spent: Mutex::new(Spent {
                matches: VecDeque::new(),
                days,
            }),
        }
    }

    /// Takes up to `count` calls out of the match's and the day's budget; how many may be made.
    ///
    /// The count of the day goes to the disk on a thread of its own: a process that is killed at once may forget its last calls.
    pub(super) fn spend(&self, match_seed: u64, count: usize) -> usize {
        let day = (self.clock)().as_secs() / DAY_SECONDS;
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let left =
            |limit: Option<u32>, calls: u32| limit.map_or(usize::MAX, |limit| limit.saturating_sub(calls) as usize);
        let allowed = {
            let of_match = *spent.of_match(match_seed);
            let of_day = spent.days.get(&day).copied().unwrap_or_default();
            count
                .min(left(self.limits.per_match, of_match))
                .min(left(self.limits.per_day, of_day))
        };
        if allowed > 0 {
            let calls = u32::try_from(allowed).unwrap_or(u32::MAX);
            let of_match = spent.of_match(match_seed);
            *of_match = of_match.saturating_add(calls);
            let total = spent.add_to_day(day, calls);
            self.note(day, total, spent);
        }
        allowed
    }

    fn note(&self, day: u64, total: u32, spent: MutexGuard<'_, Spent>) {
        drop(spent);
        if let Some(disk) = self.disk.clone().filter(|_| self.limits.per_day.is_some()) {
            spawn_blocking(move || disk.note_calls(day, total));
        }
    }
}

impl Spent {
    fn of_match(&mut self, match_seed: u64) -> &mut u32 {
        let known = self.matches.iter().position(|(seed, _)| *seed == match_seed);
        let place = known.unwrap_or_else(|| {
            if self.matches.len() >= MATCHES_MAX {
                self.matches.pop_front();
            }
            self.matches.push_back((match_seed, 0));
            self.matches.len() - 1
        });
        &mut self.matches[place].1
    }

    fn add_to_day(&mut self, day: u64, calls: u32) -> u32 {
        let total = self.days.entry(day).or_default();
        *total = total.saturating_add(calls);
        let total = *total;
        while self.days.len() > DAYS_MAX {
            self.days.pop_first();
        }
        total
    }
}
