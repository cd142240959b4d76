//! Owns how long to wait before the next attempt: twice as long after each failure, up to a limit, with a jitter.
//! Must not read a clock or draw its own randomness; the seed is an argument.

use std::time::Duration;

/// Doublings after which the limit is reached in any case.
const DOUBLINGS_MAX: u32 = 16;

/// Delays that follow 2^n with a jitter, so that those who lost the same server do not come back all at once.
///
/// The delay after `n` failures lies between half of `first * 2^n` and the whole of it, and never above `limit`.
///
/// ```
/// use std::time::Duration;
/// use pvp_net::transport::backoff::Backoff;
///
/// let mut backoff = Backoff::new(Duration::from_millis(400), Duration::from_secs(8), 7);
/// let first = backoff.next_delay();
/// assert!(first >= Duration::from_millis(200) && first <= Duration::from_millis(400));
/// let second = backoff.next_delay();
/// assert!(second >= Duration::from_millis(400) && second <= Duration::from_millis(800));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    first: Duration,
    limit: Duration,
    failures: u32,
    word: u64,
}

impl Backoff {
    /// Begins with `first` at most; the same `seed` gives the same delays.
    #[must_use]
    pub fn new(first: Duration, limit: Duration, seed: u64) -> Self {
        Self {
            first,
            limit,
            failures: 0,
            word: seed,
        }
    }

    /// How long to wait after one more failure.
    pub fn next_delay(&mut self) -> Duration {
        let whole = self
            .first
            .saturating_mul(1 << self.failures.min(DOUBLINGS_MAX))
            .min(self.limit);
        self.failures = self.failures.saturating_add(1);
        let half = whole / 2;
        half + half.mul_f64(self.draw())
    }

    /// An attempt succeeded: the next failure is a first one again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// From 0 to 1 (SplitMix64).
    fn draw(&mut self) -> f64 {
        self.word = self.word.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.word;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        (mixed >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(400);
    const LIMIT: Duration = Duration::from_secs(8);

    #[test]
    fn delays_double_within_their_jitter_up_to_the_limit_for_every_seed() {
        for seed in 0..200 {
            let mut backoff = Backoff::new(FIRST, LIMIT, seed);
            for failure in 0..100u32 {
                let whole = FIRST.saturating_mul(1 << failure.min(10)).min(LIMIT);
                let delay = backoff.next_delay();
                assert!(
                    delay >= whole / 2 && delay <= whole,
                    "seed {seed}, failure {failure}: {delay:?}"
                );
            }
            backoff.reset();
            assert!(backoff.next_delay() <= FIRST);
        }
    }

    #[test]
    fn the_jitter_spreads_those_who_begin_together() {
        let delays: std::collections::BTreeSet<Duration> = (0..100)
            .map(|seed| Backoff::new(FIRST, LIMIT, seed).next_delay())
            .collect();
        assert!(delays.len() > 90);
        let spread = *delays.last().expect("some") - *delays.first().expect("some");
        assert!(spread > FIRST / 3, "{spread:?}");
        assert_eq!(
            Backoff::new(FIRST, LIMIT, 3).next_delay(),
            Backoff::new(FIRST, LIMIT, 3).next_delay()
        );
    }
}
