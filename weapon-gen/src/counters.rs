//! Owns the numbers about the service: how many weapons came from where, and how long they took.
//! Must not hold anything about a player or a prompt.

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Where a request ended.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub enum Source {
    /// Kept in memory.
    Memory,
    /// Kept on the disk.
    Disk,
    /// Named by the prompt's words.
    Template,
    /// Proposed by a provider.
    Provider,
    /// The fallback, because nobody had a valid answer.
    NoAnswer,
    /// The fallback, because the queue was full.
    Overflow,
    /// The fallback, because the time was up.
    Overrun,
    /// No weapon: the prompt was refused.
    Refused,
}

impl Source {
    /// Every source.
    pub const ALL: [Source; 8] = [
        Source::Memory,
        Source::Disk,
        Source::Template,
        Source::Provider,
        Source::NoAnswer,
        Source::Overflow,
        Source::Overrun,
        Source::Refused,
    ];

    /// The lower-case name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Source::Memory => "memory",
            Source::Disk => "disk",
            Source::Template => "template",
            Source::Provider => "provider",
            Source::NoAnswer => "fallback_no_answer",
            Source::Overflow => "fallback_overflow",
            Source::Overrun => "fallback_overrun",
            Source::Refused => "refused",
        }
    }

    /// `failure` for a request without a weapon.
    #[must_use]
    pub const fn status(self) -> &'static str {
        match self {
            Source::Refused => "failure",
            _ => "success",
        }
    }
}

/// Histogram of the seconds from a request to its weapon or refusal.
pub const DURATION_SECONDS: &str = "weapon_generation_duration_seconds";
/// Counter of ended requests by `status` (`success`, `failure`) and `tier` ([`Source::name`]).
pub const TOTAL: &str = "weapon_generation_total";
/// Counter of requests that did not end within the budget, or only by a fallback in a hurry.
pub const DEADLINE_MISSED: &str = "deadline_missed_total";
/// Counter of calls of providers and painters.
pub const CALLS: &str = "weapon_provider_calls_total";
/// Counter of calls without a valid answer.
pub const FAILED_CALLS: &str = "weapon_provider_failed_calls_total";
/// Counter of looks into the disk tier.
pub const DISK_READS: &str = "weapon_cache_disk_reads_total";
/// Upper ends of the buckets that an exporter should give [`DURATION_SECONDS`]; the budget is 3 seconds.
pub const BUCKETS_SECONDS: [f64; 8] = [0.005, 0.05, 0.25, 0.5, 1.0, 2.0, 2.8, 3.0];

/// Tells the program's recorder what the numbers mean. Without a recorder this does nothing.
fn describe() {
    describe_histogram!(
        DURATION_SECONDS,
        Unit::Seconds,
        "from a request to its weapon or refusal"
    );
    describe_counter!(
        TOTAL,
        Unit::Count,
        "requests by their end and where the weapon came from"
    );
    describe_counter!(DEADLINE_MISSED, Unit::Count, "requests that ran out of their time");
    describe_counter!(CALLS, Unit::Count, "calls of providers and painters");
    describe_counter!(FAILED_CALLS, Unit::Count, "calls without a valid answer");
    describe_counter!(DISK_READS, Unit::Count, "looks into the weapons on the disk");
}

/// Counts since the service began. All methods may be called from any thread.
///
/// Every number also goes to the program's recorder (the `metrics` facade), so any exporter serves them.
#[derive(Debug, Default)]
pub struct Counters {
    ended: [AtomicU64; Source::ALL.len()],
    deadline_missed: AtomicU64,
    calls: AtomicU64,
    failed_calls: AtomicU64,
    disk_reads: AtomicU64,
}

fn add(own: &AtomicU64, name: &'static str, count: u64) {
    own.fetch_add(count, Ordering::Relaxed);
    counter!(name).increment(count);
}

impl Counters {
    pub(crate) fn new() -> Counters {
        describe();
        Counters::default()
    }

    /// Counts the end of a request; `budget` is the time that it may take.
    pub(crate) fn end(&self, source: Source, elapsed: Duration, budget: Duration) {
        self.ended[source as usize].fetch_add(1, Ordering::Relaxed);
        counter!(TOTAL, "status" => source.status(), "tier" => source.name()).increment(1);
        histogram!(DURATION_SECONDS).record(elapsed.as_secs_f64());
        if source == Source::Overrun || elapsed > budget {
            add(&self.deadline_missed, DEADLINE_MISSED, 1);
        }
    }

    pub(crate) fn call(&self, count: usize) {
        add(&self.calls, CALLS, count as u64);
    }

    pub(crate) fn fail(&self, count: usize) {
        add(&self.failed_calls, FAILED_CALLS, count as u64);
    }

    pub(crate) fn read_disk(&self) {
        add(&self.disk_reads, DISK_READS, 1);
    }

    /// How many requests ended in this way.
    #[must_use]
    pub fn ended(&self, source: Source) -> u64 {
        self.ended[source as usize].load(Ordering::Relaxed)
    }

    /// Calls of providers and painters.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Calls that ended without a valid answer, those that lost a race not counted.
    #[must_use]
    pub fn failed_calls(&self) -> u64 {
        self.failed_calls.load(Ordering::Relaxed)
    }

    /// Looks into the disk tier, with or without success.
    #[must_use]
    pub fn disk_reads(&self) -> u64 {
        self.disk_reads.load(Ordering::Relaxed)
    }

    /// Requests that ran out of their time: over the budget, or ended by a fallback because the time was up.
    #[must_use]
    pub fn deadline_missed(&self) -> u64 {
        self.deadline_missed.load(Ordering::Relaxed)
    }
}
