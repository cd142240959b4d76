//! Owns the numbers about the service: how many weapons came from where, and how long they took.
//! Must not hold anything about a player or a prompt.

use std::fmt::Write as _;
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
}

/// Upper ends of the histogram's buckets, in milliseconds.
pub const BUCKETS_MS: [u64; 8] = [5, 50, 250, 500, 1_000, 2_000, 2_800, 3_000];

/// Counts since the service began. All methods may be called from any thread.
#[derive(Debug, Default)]
pub struct Counters {
    ended: [AtomicU64; Source::ALL.len()],
    /// One more than the ends: the last bucket has none.
    buckets: [AtomicU64; BUCKETS_MS.len() + 1],
    elapsed_ms: AtomicU64,
    calls: AtomicU64,
    failed_calls: AtomicU64,
    disk_reads: AtomicU64,
}

fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Ordering::Relaxed);
}

impl Counters {
    pub(crate) fn end(&self, source: Source, elapsed: Duration) {
        add(&self.ended[source as usize], 1);
        let elapsed_ms = elapsed.as_millis() as u64;
        add(&self.elapsed_ms, elapsed_ms);
        let bucket = BUCKETS_MS
            .iter()
            .position(|end| elapsed_ms <= *end)
            .unwrap_or(BUCKETS_MS.len());
        add(&self.buckets[bucket], 1);
    }

    pub(crate) fn call(&self, count: usize) {
        add(&self.calls, count as u64);
    }

    pub(crate) fn fail(&self, count: usize) {
        add(&self.failed_calls, count as u64);
    }

    pub(crate) fn read_disk(&self) {
        add(&self.disk_reads, 1);
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

    /// Everything in the text format that Prometheus scrapes.
    #[must_use]
    pub fn to_prometheus(&self) -> String {
        let mut text = String::from("# TYPE weapon_generation_total counter\n");
        for source in Source::ALL {
            let status = if source == Source::Refused {
                "failure"
            } else {
                "success"
            };
            let (tier, count) = (source.name(), self.ended(source));
            let _ = writeln!(
                text,
                "weapon_generation_total{{status=\"{status}\",tier=\"{tier}\"}} {count}"
            );
        }
        text.push_str("# TYPE weapon_generation_duration_seconds histogram\n");
        let mut sum = 0;
        for (place, bucket) in self.buckets.iter().enumerate() {
            sum += bucket.load(Ordering::Relaxed);
            let end = BUCKETS_MS
                .get(place)
                .map_or_else(|| "+Inf".to_owned(), |end| seconds(*end));
            let _ = writeln!(text, "weapon_generation_duration_seconds_bucket{{le=\"{end}\"}} {sum}");
        }
        let elapsed = seconds(self.elapsed_ms.load(Ordering::Relaxed));
        let _ = writeln!(text, "weapon_generation_duration_seconds_sum {elapsed}");
        let _ = writeln!(text, "weapon_generation_duration_seconds_count {sum}");
        for (name, count) in [
            ("weapon_provider_calls_total", self.calls()),
            ("weapon_provider_failed_calls_total", self.failed_calls()),
            ("weapon_cache_disk_reads_total", self.disk_reads()),
        ] {
            let _ = writeln!(text, "# TYPE {name} counter\n{name} {count}");
        }
        text
    }
}

/// Milliseconds as decimal seconds.
fn seconds(ms: u64) -> String {
    format!("{}.{:03}", ms / 1_000, ms % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_is_counted_once_under_its_name() {
        let counters = Counters::default();
        for (number, source) in (0..).zip(Source::ALL) {
            assert_eq!(source as usize as u64, number);
            for _ in 0..=number {
                counters.end(source, Duration::from_millis(number * 500));
            }
        }
        counters.call(3);
        counters.fail(2);
        let text = counters.to_prometheus();
        for line in [
            "weapon_generation_total{status=\"success\",tier=\"memory\"} 1",
            "weapon_generation_total{status=\"success\",tier=\"fallback_overrun\"} 7",
            "weapon_generation_total{status=\"failure\",tier=\"refused\"} 8",
            "weapon_generation_duration_seconds_bucket{le=\"0.005\"} 1",
            "weapon_generation_duration_seconds_bucket{le=\"3.000\"} 28",
            "weapon_generation_duration_seconds_bucket{le=\"+Inf\"} 36",
            "weapon_generation_duration_seconds_sum 84.000",
            "weapon_generation_duration_seconds_count 36",
            "weapon_provider_calls_total 3",
            "weapon_provider_failed_calls_total 2",
        ] {
            assert!(text.lines().any(|known| known == line), "{line} is not in\n{text}");
        }
    }
}
