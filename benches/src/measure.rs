//! Owns the clock of the comparisons: processor time of this thread, medians of batches.
//!
//! Wall-clock time would count what other programs do on the machine.

use cpu_time::ThreadTime;

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

fn batch_ns(calls: u32, work: &mut impl FnMut()) -> f64 {
    let start = ThreadTime::now();
    for _ in 0..calls {
        work();
    }
    start.elapsed().as_nanos() as f64
}
