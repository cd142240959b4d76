//! Packets of a cheating peer. Each test shows two things: what one such packet does to bare `ggrs` or to a session without its guard,
//! and that a session with its guard drops it, counts the reason, and plays on in step.

#![allow(
    unreachable_pub,
    clippy::print_stdout,
    reason = "modules of one test program that prints its figures"
)]

mod bare;
mod cost;
mod disconnects;
mod endings;
mod inputs;
mod memory;
mod numbers;
mod ours;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// The allocator counts for the whole process, so one test runs at a time.
pub fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Bytes that `body` asked the allocator for, freed again or not.
pub fn bytes_allocated<R>(body: impl FnOnce() -> R) -> (usize, R) {
    let before = INSTRUMENTED_SYSTEM.stats();
    let result = body();
    let change = INSTRUMENTED_SYSTEM.stats() - before;
    (change.bytes_allocated, result)
}

/// The message of the panic that `body` ends with.
pub fn panic_message(body: impl FnOnce()) -> Option<String> {
    let payload = catch_unwind(AssertUnwindSafe(body)).err()?;
    let text = payload.downcast_ref::<String>().cloned();
    text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()))
}
