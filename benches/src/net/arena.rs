//! Runs the contenders side by side in real time: each has its own clock inside, so virtual time would flatter or cheat them.
//!
//! It must not let one contender's work count for another: processor time and allocations are read around each call.

use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use pvp_net::transport::link::{End, Link, LinkConfig, LinkControl, LinkStats};
use stats_alloc::INSTRUMENTED_SYSTEM;

use super::contender::Peer;
use super::game::FRAME;

/// How long a pair may take to find each other.
const PATIENCE: Duration = Duration::from_secs(20);
/// Length of one outage.
const BLACKOUT: Duration = Duration::from_millis(300);
/// From the start of one outage to the start of the next.
const BLACKOUT_PERIOD: Duration = Duration::from_secs(3);

/// One library, twice.
pub(super) struct Pair {
    pub(super) name: &'static str,
    ends: [Runner; 2],
    control: LinkControl,
}

/// One end with its measurements.
struct Runner {
    peer: Box<dyn Peer>,
    next_tick: Duration,
    /// Processor time of each tick, in nanoseconds.
    tick_ns: Vec<u64>,
    allocations: u64,
    stalled_ticks: u64,
    /// When the newest outage ended, until the first frame after it.
    awaits_frame_since: Option<Duration>,
    has_stalled: bool,
    recoveries: Vec<Duration>,
}

/// What one end came to.
#[derive(Clone, Debug, Default)]
pub(super) struct EndFigures {
    pub(super) wire_bytes_per_second: f64,
    pub(super) payload_bytes_per_second: f64,
    pub(super) packets_per_second: f64,
    pub(super) datagram_bytes_max: u64,
    pub(super) tick_ns_median: f64,
    pub(super) allocations_per_frame: f64,
    pub(super) resimulated_per_frame: f64,
    pub(super) stalled_percent: f64,
    pub(super) frames: usize,
    pub(super) recoveries_ms: Vec<f64>,
}

impl Pair {
    pub(super) fn new(
        name: &'static str,
        link: LinkConfig,
        mut make: impl FnMut(usize, Link) -> Box<dyn Peer>,
    ) -> Pair {
        let (a, b) = Link::pair(link);
        let control = a.control();
        Pair {
            name,
            ends: [Runner::new(make(0, a)), Runner::new(make(1, b))],
            control,
        }
    }

    fn is_running(&self) -> bool {
        self.ends.iter().all(|end| end.peer.is_running())
    }

    /// Whether both ends, and the ends of `other`, agree on every frame that all have confirmed.
    pub(super) fn agrees_with(&self, other: &Pair) -> bool {
        let ends = || self.ends.iter().chain(&other.ends);
        let frames = ends().map(|end| end.peer.confirmed_frames()).min().unwrap_or(0);
        let newest = frames.saturating_sub(1);
        let first = ends().next().and_then(|end| end.peer.digest(newest));
        frames > 60 && first.is_some() && ends().all(|end| end.peer.digest(newest) == first)
    }
}

impl Runner {
    fn new(peer: Box<dyn Peer>) -> Runner {
        Runner {
            peer,
            next_tick: Duration::ZERO,
            tick_ns: Vec::with_capacity(60 * 600),
            allocations: 0,
            stalled_ticks: 0,
            awaits_frame_since: None,
            has_stalled: false,
            recoveries: Vec::with_capacity(1_000),
        }
    }

    /// Forgets the measurements so far.
    fn reset(&mut self) {
        self.tick_ns.clear();
        self.recoveries.clear();
        (self.allocations, self.stalled_ticks) = (0, 0);
    }

    fn tick_if_due(&mut self, now: Duration) {
        if now < self.next_tick {
            return;
        }
        let allocated = INSTRUMENTED_SYSTEM.stats();
        let start = ThreadTime::now();
        let has_stepped = self.peer.tick(now);
        let spent = start.elapsed();
        let change = INSTRUMENTED_SYSTEM.stats() - allocated;
        self.allocations += (change.allocations + change.reallocations) as u64;
        self.tick_ns.push(spent.as_nanos() as u64);
        self.stalled_ticks += u64::from(!has_stepped);
        self.has_stalled |= !has_stepped;
        if has_stepped
            && self.has_stalled
            && let Some(since) = self.awaits_frame_since.take()
        {
            self.recoveries.push(now.saturating_sub(since));
        }
        // A machine that was busy elsewhere does not owe more than two frames.
        let earliest = now.saturating_sub(FRAME * 2);
        self.next_tick = (self.next_tick + self.peer.frame_duration()).max(earliest);
    }

    fn figures(
        &self,
        before: LinkStats,
        after: LinkStats,
        frames: usize,
        resimulated: u64,
        span: Duration,
    ) -> EndFigures {
        let seconds = span.as_secs_f64();
        let mut tick_ns = self.tick_ns.clone();
        tick_ns.sort_unstable();
        EndFigures {
            wire_bytes_per_second: (after.sent_wire_bytes - before.sent_wire_bytes) as f64 / seconds,
            payload_bytes_per_second: (after.sent_payload_bytes - before.sent_payload_bytes) as f64 / seconds,
            packets_per_second: (after.sent_packets - before.sent_packets) as f64 / seconds,
            datagram_bytes_max: after.datagram_bytes_max,
            tick_ns_median: tick_ns.get(tick_ns.len() / 2).copied().unwrap_or(0) as f64,
            allocations_per_frame: self.allocations as f64 / frames.max(1) as f64,
            resimulated_per_frame: resimulated as f64 / frames.max(1) as f64,
            stalled_percent: self.stalled_ticks as f64 * 100.0 / self.tick_ns.len().max(1) as f64,
            frames,
            recoveries_ms: self
                .recoveries
                .iter()
                .map(|time| time.as_secs_f64() * 1_000.0)
                .collect(),
        }
    }
}

/// Plays all pairs at once for `span` after all have met; with outages if asked for. `None` if a pair never meets.
pub(super) fn play(pairs: &mut [Pair], span: Duration, has_blackouts: bool) -> Option<Vec<[EndFigures; 2]>> {
    let start = clock();
    let mut turn = 0;
    let mut tick_all = |pairs: &mut [Pair]| {
        let now = start.elapsed();
        // Everybody is first, with cold caches, equally often.
        turn += 1;
        let (late, early) = pairs.split_at_mut(turn % pairs.len());
        for end in early.iter_mut().chain(late).flat_map(|pair| &mut pair.ends) {
            end.tick_if_due(now);
        }
        // Wakes up often enough for 60 frames a second without taking the whole processor.
        std::thread::park_timeout(Duration::from_micros(300));
        now
    };
    while !pairs.iter().all(Pair::is_running) {
        if tick_all(pairs) > PATIENCE {
            return None;
        }
    }
    let warm_until = start.elapsed() + Duration::from_secs(2);
    while tick_all(pairs) < warm_until {}

    let begun = start.elapsed();
    let before: Vec<_> = pairs.iter_mut().map(snapshot).collect();
    pairs.iter_mut().flat_map(|pair| &mut pair.ends).for_each(Runner::reset);
    let mut blackout_at = begun + BLACKOUT_PERIOD / 2;
    loop {
        let now = tick_all(pairs);
        if has_blackouts && now >= blackout_at && now + BLACKOUT_PERIOD < begun + span {
            blackout_at += BLACKOUT_PERIOD;
            for pair in pairs.iter_mut() {
                pair.control.blackout(BLACKOUT);
                // The link's clock moves with the ticks, so its outage ends a little earlier than ours would.
                let ends_at = pair.control.now() + BLACKOUT;
                for end in &mut pair.ends {
                    (end.awaits_frame_since, end.has_stalled) = (Some(ends_at), false);
                }
            }
        }
        if now >= begun + span {
            break;
        }
    }
    let span = start.elapsed() - begun;
    let figures = pairs.iter_mut().zip(before).map(|(pair, before)| {
        let after = snapshot(pair);
        [0, 1].map(|end| {
            let frames = after[end].1 - before[end].1;
            let resimulated = after[end].2 - before[end].2;
            pair.ends[end].figures(before[end].0, after[end].0, frames, resimulated, span)
        })
    });
    Some(figures.collect())
}

fn snapshot(pair: &mut Pair) -> [(LinkStats, usize, u64); 2] {
    [(End::A, 0), (End::B, 1)].map(|(end, index)| {
        let peer = &pair.ends[index].peer;
        (pair.control.stats(end), peer.frames(), peer.resimulated())
    })
}

/// The contenders read the system's clock themselves, so the run follows it too.
#[expect(clippy::disallowed_methods, reason = "a benchmark in real time")]
fn clock() -> Instant {
    Instant::now()
}
