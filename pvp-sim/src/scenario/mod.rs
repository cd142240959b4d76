//! Owns the scenes that tests, benches, fuzzing and the golden program share, and their golden traces (feature `scenario`).
//!
//! A scene is a function of nothing: it must not read a file, a clock or an argument.

mod trace;
mod arithmetic;

pub use trace::{Difference, Scenario};

/// Every scenario with a golden trace.
pub const ALL: &[Scenario] = &[Scenario::new(
    "arithmetic",
    include_str!("../../golden/arithmetic.trace"),
    arithmetic::run,
)];

/// Frames between two lines of a trace.
pub const TRACE_INTERVAL_FRAMES: u32 = 60;
