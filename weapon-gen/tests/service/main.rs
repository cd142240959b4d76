//! Owns the promises about the whole service: tiers, time, queue, budget of calls, second opinion.
//! The clock is paused wherever time matters: no test depends on the machine's speed.

#![cfg(all(feature = "cache", feature = "providers"))]

mod drawing;
mod fake;
mod gate;
mod numbers;
mod opinion;
mod spending;
mod tiers;
mod time;
