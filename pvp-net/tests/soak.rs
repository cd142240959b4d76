//! An hour of a match over a lossy link with outages, weapons and messages: what it keeps in memory does not grow.
//!
//! `PVP_SOAK_FRAMES=216000` plays the hour; by default it is shorter. The only test of its program: the allocator counts for all of it.

#![cfg(feature = "sim")]
#![allow(
    unreachable_pub,
    dead_code,
    clippy::print_stdout,
    reason = "shares the two-peer fixture with the network's tests, and prints its figures"
)]

#[path = "network/pair.rs"]
mod pair;

use std::time::Duration;

use pvp_net::transport::link::LinkConfig;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use pair::{Linked, offered};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<std::alloc::System> = &INSTRUMENTED_SYSTEM;

/// How much more may be live at the end than after the first sixth: buffers that a burst has stretched.
const GROWTH_BYTES_MAX: usize = 96 * 1024;
const DEFAULT_FRAMES: u32 = 24_000;
/// A player asks for a weapon, and somebody says something, this often.
const TALK_INTERVAL_FRAMES: u32 = 400;
const OUTAGE_INTERVAL_FRAMES: u32 = 1_900;

fn live_bytes() -> usize {
    let stats = INSTRUMENTED_SYSTEM.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

fn frames() -> u32 {
    let frames = std::env::var("PVP_SOAK_FRAMES").ok();
    frames.and_then(|frames| frames.parse().ok()).unwrap_or(DEFAULT_FRAMES)
}

/// Plays on until both have confirmed `frame`.
fn play(linked: &mut Linked, frame: u32, fault: &mut impl FnMut()) {
    let mut ticks = 0_u32;
    while linked.pair.confirmed_frame() < frame {
        linked.run_frames(1);
        fault();
        ticks += 1;
        if ticks.is_multiple_of(TALK_INTERVAL_FRAMES) {
            let side = (ticks / TALK_INTERVAL_FRAMES % 2) as usize;
            let seq = linked.pair.request_seqs[side].wrapping_add(1);
            linked.pair.request_seqs[side] = seq;
            let now = linked.pair.now;
            // After 256 of them all slots are taken, and requests end in their fallback.
            let _full = linked.pair.sessions[0].offer_content(now, &offered(side as u8, seq).encode());
            let _held = linked.pair.sessions[side].send_message(&vec![ticks as u8; 2_000]);
        }
        if ticks.is_multiple_of(OUTAGE_INTERVAL_FRAMES) {
            linked
                .control
                .blackout(Duration::from_millis(u64::from(ticks / 7 % 3_000)));
        }
        linked.pair.events.iter_mut().for_each(Vec::clear);
    }
}

/// Live bytes after a sixth of the frames and at the end.
fn soak(frames: u32, mut fault: impl FnMut()) -> [usize; 2] {
    let mut linked = Linked::over(LinkConfig {
        duplicate_pct: 2,
        reorder_pct: 3,
        ..LinkConfig::new(21, 110, 15, 4)
    });
    let live = [frames / 6, frames].map(|frame| {
        play(&mut linked, frame, &mut fault);
        // Away from an outage and its buffers.
        play(&mut linked, frame + 30, &mut fault);
        live_bytes()
    });
    linked.pair.assert_in_sync();
    let stats = linked.pair.sessions[0].stats();
    println!(
        "{} frames, {} rollbacks, {} live bytes after a sixth, {} at the end",
        linked.pair.confirmed_frame(),
        stats.rollbacks,
        live[0],
        live[1]
    );
    live
}

#[test]
fn what_a_long_match_keeps_in_memory_does_not_grow() {
    let frames = frames();
    let [early, late] = soak(frames, || {});
    assert!(
        late <= early + GROWTH_BYTES_MAX,
        "{early} B live after a sixth, {late} B at the end"
    );
    // This test can fail: forty bytes a frame that nobody frees are seen.
    let mut kept: Vec<Box<[u64; 5]>> = Vec::new();
    let [early, late] = soak(6_000, || kept.push(Box::new([0; 5])));
    assert!(
        late > early + GROWTH_BYTES_MAX,
        "{early} B, {late} B with a planted leak"
    );
}
