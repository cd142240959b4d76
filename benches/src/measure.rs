//! Owns the clock of the comparisons: processor time of this thread, medians of batches.
//!
//! Wall-clock time would count what other programs do on the machine.

use cpu_time::ThreadTime;
use serde::Serialize;

/// How often and how long to measure.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Batches; the median of them is reported.
    pub batches: usize,
    /// Calls in a batch are doubled until it takes this many microseconds.
    pub batch_us_min: u64,
}

impl Effort {
    /// What `versus` uses.
    pub const FULL: Effort = Effort {
        batches: 15,
        batch_us_min: 20_000,
    };
    /// What tests use.
    pub const QUICK: Effort = Effort {
        batches: 3,
        batch_us_min: 200,
    };

    /// The nanoseconds of processor time that one call of `work` takes: the median of the batches.
    pub fn nanoseconds(self, mut work: impl FnMut()) -> f64 {
        let mut calls = 1_u32;
        while batch_ns(calls, &mut work) < self.batch_us_min as f64 * 1_000.0 && calls < 1 << 24 {
            calls *= 2;
        }
        let mut times: Vec<f64> = (0..self.batches)
            .map(|_| batch_ns(calls, &mut work) / f64::from(calls))
            .collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }
}

/// What several runs of one measurement came to.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// The run in the middle; of two, the larger one.
    pub median: f64,
    /// The smallest.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Spread {
    /// The spread of some figures; all zero if there are none.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Spread {
        let mut figures: Vec<f64> = figures.into_iter().collect();
        figures.sort_by(f64::total_cmp);
        let at = |index: usize| figures.get(index).copied().unwrap_or(0.0);
        Spread {
            median: at(figures.len() / 2),
            min: at(0),
            max: at(figures.len().saturating_sub(1)),
        }
    }

    /// Whether the runs leave open which of the two is larger.
    #[must_use]
    pub fn overlaps(&self, other: &Spread) -> bool {
        self.min <= other.max && other.min <= self.max
    }
}

fn batch_ns(calls: u32, work: &mut impl FnMut()) -> f64 {
    let start = ThreadTime::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed().as_nanos() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_knows_its_middle_and_whether_an_order_is_noise() {
        let fast = Spread::of([3.0, 1.0, 2.0]);
        let slow = Spread::of([4.0, 9.0, 5.0]);
        assert_eq!((fast.min, fast.median, fast.max), (1.0, 2.0, 3.0));
        assert!(!fast.overlaps(&slow) && !slow.overlaps(&fast));
        assert!(Spread::of([2.5, 7.0]).overlaps(&fast));
        assert_eq!(Spread::of([]).max, 0.0);
    }
}
