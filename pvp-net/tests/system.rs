//! The whole system under one number: a seed draws links, drops, outages, clocks, messages, content, delays, rematches,
//! killed processes, hostile bytes and miscalculations for two sessions. First nothing may go wrong, then everything must go on.
//!
//! `PVP_SEED=17 cargo test -p pvp-net --test system` plays one seed again; a failure prints its seed.
//! `PVP_SEEDS=200..2000 cargo test --release -p pvp-net --test system` plays others than the first two hundred.

#![allow(
    unreachable_pub,
    dead_code,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "shares the two-peer fixture with the session's tests, and prints its figures"
)]

#[path = "session/duel.rs"]
mod duel;
#[path = "session/game.rs"]
mod game;

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use pvp_net::transport::link::{End, LinkConfig};
use pvp_net::{Channel, CloseCause, DropReason, EpochCause, Phase, SessionEvent, TraceEnd};

use duel::{Duel, Peer, config};
use game::{Fault, Happening, Tiny};

const SEEDS: u64 = 200;
const STEPS: u32 = 14;
/// The longest darkness: after the sessions' window of 30 s a match is over.
const DARK_MAX: Duration = Duration::from_secs(26);

struct Draws(u64);

impl Draws {
    fn below(&mut self, range: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) % range
    }

    fn is_one_in(&mut self, range: u64) -> bool {
        self.below(range) == 0
    }

    fn link(&mut self, seed: u64, reliable_channel: bool) -> LinkConfig {
        LinkConfig {
            duplicate_pct: self.below(10) as u8,
            corrupt_pct: self.below(4) as u8,
            reorder_pct: self.below(10) as u8,
            burst_permille: self.below(8) as u16,
            reliable_channel,
            ..LinkConfig::new(
                seed,
                self.below(220) as u32,
                self.below(40) as u32,
                self.below(16) as u8,
            )
        }
    }
}

/// Names the seed when a check fails.
struct Named(u64);

impl Drop for Named {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("again with: PVP_SEED={} cargo test -p pvp-net --test system", self.0);
        }
    }
}

/// What the runs went through, to see that they went through it.
#[derive(Debug, Default)]
struct Coverage {
    frames: u64,
    messages: u32,
    contents: u32,
    outages: u32,
    rematches: u32,
    restarts: u32,
    junk: u32,
    dropped: u64,
    desyncs: u32,
    named: u32,
}

/// Two sessions and what they were told to do.
struct World {
    duel: Duel,
    draws: Draws,
    seed: u64,
    reliable_channel: bool,
    fault: Option<Fault>,
    /// Numbered messages that each side has sent.
    sent: [u32; 2],
    /// Matches that each side knows to have begun on this connection.
    matches: [u32; 2],
    confirmed: [u32; 2],
    /// Before this frame the sides may have been told of different events.
    told_from: u32,
    dark_since: Duration,
    dark_until: Duration,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut draws = Draws(seed);
        let reliable_channel = draws.is_one_in(2);
        let fault = draws.is_one_in(8).then(|| Fault {
            frame: 30 + draws.below(200) as u32,
            byte: draws.below(40) as usize,
            bit: draws.below(8) as u8,
            healed_at: 0,
        });
        let mut games = [Tiny::default(), Tiny::default()];
        games[draws.below(2) as usize].fault = fault;
        let link = draws.link(seed, reliable_channel);
        let mut duel = Duel::with([link; 2], [config(0), config(1)], games);
        for peer in &mut duel.peers {
            peer.clock_ppm = draws.below(10_000) as i64 - 5000;
        }
        duel.connect();
        Self {
            duel,
            draws,
            seed,
            reliable_channel,
            fault,
            sent: [0; 2],
            matches: [1; 2],
            confirmed: [0; 2],
            told_from: 0,
            dark_since: Duration::ZERO,
            dark_until: Duration::ZERO,
        }
    }

    /// One drawn thing happens, then time passes.
    fn step(&mut self, coverage: &mut Coverage) {
        let side = self.draws.below(2) as usize;
        let what = self.draws.below(11);
        self.tell_if_again(what);
        match what {
            0 | 1 => self.change_link(),
            2 => {
                let outage = Duration::from_millis(50 + self.draws.below(2500));
                self.black_out(outage);
            }
            3 if self.draws.is_one_in(3) => {
                let outage = Duration::from_millis(4000 + self.draws.below(16_000));
                self.black_out(outage);
                coverage.outages += 1;
            }
            4 | 5 => self.send_messages(side),
            6 => self.offer(coverage),
            7 => self.inject_junk(coverage),
            8 => {
                let frames = self.draws.below(7) as u8;
                self.duel.peers[side].session.choose_input_delay(frames);
            }
            9 if self.fault.is_none() => self.rematch(coverage),
            10 if self.fault.is_none() => self.restart(side, coverage),
            _ => {}
        }
        for _ in 0..1 + self.draws.below(5) {
            self.duel.run_ms(300);
            self.check_safety();
        }
    }

    /// Where both sides are, for whoever plays a seed again.
    fn tell_if_again(&self, what: u64) {
        if std::env::var_os("PVP_SEED").is_none() {
            return;
        }
        for peer in &self.duel.peers {
            let (session, stats) = (&peer.session, peer.session.stats());
            let drops: Vec<_> = DropReason::ALL
                .iter()
                .zip(stats.drops)
                .filter(|(_, count)| *count > 0)
                .collect();
            println!(
                "{:?} (dark until {:?}, reliable {}) next {what}: {:?}, frame {} of {}, delay {}, dropped {drops:?}",
                self.duel.now,
                self.dark_until,
                self.reliable_channel,
                session.phase(),
                session.confirmed_frame(),
                session.current_frame(),
                session.input_delay_frames()
            );
        }
    }

    /// Outages may follow upon each other, but together they stay within the window of the sessions.
    fn black_out(&mut self, outage: Duration) {
        let now = self.duel.now;
        if self.dark_until < now {
            self.dark_since = now;
        }
        let end = (now + outage).min(self.dark_since + DARK_MAX);
        if end > self.dark_until {
            self.duel.control.blackout(end - now);
            self.dark_until = end;
        }
    }

    fn change_link(&mut self) {
        for end in [End::A, End::B] {
            let link = self.draws.link(self.seed, self.reliable_channel);
            self.duel.control.set_config(end, link);
        }
    }

    fn send_messages(&mut self, side: usize) {
        for _ in 0..1 + self.draws.below(12) {
            let mut message = self.sent[side].to_le_bytes().to_vec();
            message.resize(4 + self.draws.below(1500) as usize, side as u8);
            if self.duel.peers[side].session.send_message(&message).is_ok() {
                self.sent[side] += 1;
            }
        }
    }

    fn offer(&mut self, coverage: &mut Coverage) {
        let power = 1 + self.draws.below(100) as u32;
        let now = self.duel.now;
        let offer = self.duel.peers[0]
            .session
            .offer_content(now, &Tiny::content_bytes(power));
        coverage.contents += u32::from(offer.is_ok());
    }

    /// Bytes of a stranger who found the path.
    fn inject_junk(&mut self, coverage: &mut Coverage) {
        for _ in 0..1 + self.draws.below(150) {
            let end = if self.draws.is_one_in(2) { End::A } else { End::B };
            let length = 1 + self.draws.below(700) as usize;
            let mut junk: Vec<u8> = (0..length).map(|_| self.draws.below(256) as u8).collect();
            // Half of them look like packets of play.
            junk[0] = junk[0] & !1 | self.draws.below(2) as u8;
            let is_reliable = self.reliable_channel && self.draws.is_one_in(3);
            let channel = if is_reliable {
                Channel::Reliable
            } else {
                Channel::Datagram
            };
            self.duel.control.inject(end, channel, &junk);
            coverage.junk += 1;
        }
    }

    /// Both sides want another match, one a little later than the other.
    fn rematch(&mut self, coverage: &mut Coverage) {
        let first = self.draws.below(2) as usize;
        if self.duel.peers[first].session.rematch().is_err() {
            return;
        }
        self.duel.run_ms(self.draws.below(400));
        if self.duel.peers[1 - first].session.rematch().is_err() {
            return;
        }
        self.matches = self.matches.map(|matches| matches + 1);
        coverage.rematches += 1;
        let matches = self.matches;
        self.run_until(|duel| duel.peers.each_ref().map(begun) == matches);
        self.tell_if_again(98);
        for (peer, matches) in self.duel.peers.iter().zip(matches) {
            assert_eq!(begun(peer), matches, "the rematch began: {:?}", peer.session.phase());
        }
        self.confirmed = [0; 2];
        // A rematch clears the lists a moment after its first frames.
        self.told_from = 120;
        for peer in &mut self.duel.peers {
            peer.game_events.clear();
        }
    }

    /// For at most forty seconds.
    fn run_until(&mut self, is_done: impl Fn(&Duel) -> bool) {
        for _ in 0..4000 {
            self.duel.run_ms(10);
            if is_done(&self.duel) {
                return;
            }
        }
    }

    /// The process of one side is killed and started again, sometimes twice.
    fn restart(&mut self, side: usize, coverage: &mut Coverage) {
        if self.dark_until > self.duel.now + Duration::from_secs(8) {
            // Its handshake would time out before anybody can hear it.
            return;
        }
        let before = self.duel.peers[1 - side].session.confirmed_frame();
        self.duel.peers[side].is_alive = false;
        self.duel.run_ms(self.draws.below(3000));
        for _ in 0..1 + self.draws.below(4) / 3 {
            let mut again = config(side as u8);
            again.entropy = 77_000 + self.duel.now.as_millis() as u64;
            again.takes_state = true;
            self.duel.restart(side, again, Tiny::default());
            coverage.restarts += 1;
            self.duel.run_ms(self.draws.below(900));
        }
        self.run_until(|duel| returned(&duel.peers[side]) && duel.peers.iter().all(is_running));
        self.tell_if_again(97);
        for peer in &self.duel.peers {
            assert!(is_running(peer), "back: {:?}", peer.session.phase());
            assert!(
                peer.session.confirmed_frame() >= before,
                "what was confirmed stays confirmed"
            );
        }
        self.matches[side] = 1;
        self.told_from = self.duel.peers[side].session.current_frame() + 120;
        self.confirmed[side] = 0;
        // What was on its way is gone with the process it was for.
        self.sent = [0; 2];
        for peer in &mut self.duel.peers {
            peer.events.retain(|event| !matches!(event, SessionEvent::Message(_)));
        }
    }

    /// What must hold at any time.
    fn check_safety(&mut self) {
        for (side, peer) in self.duel.peers.iter().enumerate() {
            let (confirmed, current) = (peer.session.confirmed_frame(), peer.session.current_frame());
            assert!(confirmed >= self.confirmed[side], "what is confirmed stays confirmed");
            assert!(
                confirmed <= current && current - confirmed <= 10 + 16,
                "{confirmed} to {current}"
            );
            self.confirmed[side] = confirmed;
            let is_open = matches!(peer.session.phase(), Phase::Running | Phase::Resuming);
            assert!(is_open || self.is_void(peer), "{:?}", peer.session.phase());
            let is_desync = peer.saw(|event| matches!(event, SessionEvent::Desync(_)));
            assert!(!is_desync || self.fault.is_some(), "a desync without a fault");
            let numbers = received(peer);
            let expected: Vec<u32> = (0..numbers.len() as u32).collect();
            assert_eq!(numbers, expected, "messages in order, each once");
        }
        if self.fault.is_none() {
            self.check_equal();
        }
    }

    /// A match that came apart ends as void, and not before it was traced.
    fn is_void(&self, peer: &Peer) -> bool {
        let frame = self.fault.map(|fault| fault.frame - 1);
        let is_traced = peer.saw(|event| matches!(event, SessionEvent::DesyncTraced(_)));
        let cause = frame.map(|frame| CloseCause::Void { frame });
        is_traced && cause.is_some_and(|cause| peer.session.phase() == Phase::Closed(cause))
    }

    fn check_equal(&self) {
        let [a, b] = &self.duel.peers;
        if a.session.match_seed() != b.session.match_seed() {
            // One side is a moment ahead in a rematch.
            return;
        }
        let common = a.session.confirmed_frame().min(b.session.confirmed_frame());
        assert_eq!(
            a.session.checksum_at(common),
            b.session.checksum_at(common),
            "frame {common}"
        );
    }

    /// The link is good again: everything must go on within moments.
    fn check_liveness(&mut self, coverage: &mut Coverage) {
        for end in [End::A, End::B] {
            let mut calm = LinkConfig::new(self.seed, 60, 5, 0);
            calm.reliable_channel = self.reliable_channel;
            self.duel.control.set_config(end, calm);
        }
        // Reliable messages of an outage arrive at its end.
        while self.duel.now < self.dark_until {
            self.duel.run_ms(100);
        }
        for peer in &mut self.duel.peers {
            peer.session.choose_input_delay(2);
        }
        self.duel.run_ms(9000);
        self.tell_if_again(99);
        self.check_safety();
        if let Some(fault) = self.fault {
            // Who has named the fault ends its match and goes; if its goodbye fell into an outage, the other waits for its window.
            self.run_until(|duel| duel.peers.iter().all(is_closed));
            return self.check_named(fault, coverage);
        }
        let before = self.duel.peers.each_ref().map(|peer| peer.session.confirmed_frame());
        self.duel.run_ms(3000);
        self.check_safety();
        for (side, peer) in self.duel.peers.iter().enumerate() {
            let frames = peer.session.confirmed_frame() - before[side];
            assert!((165..=195).contains(&frames), "{frames} frames in three seconds");
            assert_eq!(
                received(peer).len() as u32,
                self.sent[1 - side],
                "every message arrived"
            );
            let stats = peer.session.stats();
            coverage.dropped += stats.dropped_total();
            coverage.frames += stats.frames_stepped;
            coverage.messages += self.sent[side];
        }
        self.check_events();
    }

    fn check_named(&self, fault: Fault, coverage: &mut Coverage) {
        for peer in &self.duel.peers {
            assert!(
                peer.saw(|event| matches!(event, SessionEvent::Desync(_))),
                "{fault:?} is found"
            );
            assert!(self.is_void(peer), "{:?}", peer.session.phase());
            let traces = peer.events.iter().filter_map(|event| match event {
                SessionEvent::DesyncTraced(trace) => Some(trace),
                _ => None,
            });
            let traces: Vec<_> = traces.collect();
            assert_eq!(traces.len(), 1, "traced once");
            assert_eq!(traces[0].first_bad_frame, Some(fault.frame), "{}", traces[0]);
            assert_eq!(traces[0].end, TraceEnd::Named, "{}", traces[0]);
            coverage.desyncs += 1;
            coverage.named += 1;
        }
    }

    /// Confirmed events of the last match are the same on both sides.
    fn check_events(&self) {
        let [a, b] = &self.duel.peers;
        let common = a.session.confirmed_frame().min(b.session.confirmed_frame());
        let sorted = |peer: &Peer| {
            let mut events: Vec<(u32, Happening)> = peer.confirmed_events();
            events.retain(|(frame, _)| *frame < common && *frame >= self.told_from);
            events.sort_by_key(|(frame, event)| (*frame, format!("{event:?}")));
            events
        };
        assert_eq!(sorted(a), sorted(b), "the same events");
        for peer in [a, b] {
            let mut slots = peer
                .confirmed_events()
                .into_iter()
                .filter_map(|(_, event)| match event {
                    Happening::Committed { slot, .. } => Some(slot),
                    _ => None,
                })
                .collect::<Vec<_>>();
            slots.sort_unstable();
            assert!(
                slots.windows(2).all(|pair| pair[0] < pair[1]),
                "each commit once: {slots:?}"
            );
        }
        assert_eq!(a.session.content_log(), b.session.content_log(), "the same content");
    }
}

/// Matches begun on this connection.
fn begun(peer: &Peer) -> u32 {
    let is_rematch = |event: &&SessionEvent| {
        matches!(
            event,
            SessionEvent::EpochStarted {
                cause: EpochCause::Rematch { .. },
                ..
            }
        )
    };
    1 + peer.events.iter().filter(is_rematch).count() as u32
}

fn is_running(peer: &Peer) -> bool {
    peer.session.phase() == Phase::Running
}

fn is_closed(peer: &Peer) -> bool {
    matches!(peer.session.phase(), Phase::Closed(_))
}

/// Whether this process was started again and has the match back.
fn returned(peer: &Peer) -> bool {
    let cause = EpochCause::Rejoined;
    peer.saw(|event| matches!(event, SessionEvent::EpochStarted { cause: found, .. } if *found == cause))
}

/// The numbers of the messages that arrived.
fn received(peer: &Peer) -> Vec<u32> {
    let numbers = peer.events.iter().filter_map(|event| match event {
        SessionEvent::Message(bytes) => bytes.first_chunk::<4>().map(|number| u32::from_le_bytes(*number)),
        _ => None,
    });
    numbers.collect()
}

fn play(seed: u64, coverage: &mut Coverage) {
    let _named = Named(seed);
    let mut world = World::new(seed);
    for _ in 0..STEPS {
        world.step(coverage);
    }
    world.check_liveness(coverage);
}

/// The seeds to play: two hundred, or those that `PVP_SEEDS` names.
fn seeds() -> Range<u64> {
    let Ok(wanted) = std::env::var("PVP_SEEDS") else {
        return 0..SEEDS;
    };
    let parsed = wanted
        .split_once("..")
        .and_then(|(first, end)| Some(first.parse().ok()?..end.parse().ok()?));
    parsed.expect("PVP_SEEDS is a range such as 200..2000")
}

fn play_share(part: u64) {
    let only = std::env::var("PVP_SEED")
        .ok()
        .map(|seed| seed.parse::<u64>().expect("PVP_SEED is a number"));
    let mut coverage = Coverage::default();
    if let Some(seed) = only {
        if part == 0 {
            play(seed, &mut coverage);
            println!("{coverage:?}");
        }
        return;
    }
    // One seed that fails hides no other: a hunt of hours tells all of them.
    let mut failed = Vec::new();
    for seed in seeds().filter(|seed| seed % 4 == part) {
        let played = catch_unwind(AssertUnwindSafe(|| play(seed, &mut coverage)));
        if played.is_err() {
            failed.push(seed);
        }
    }
    println!("{coverage:?}");
    assert!(failed.is_empty(), "failed seeds: {failed:?}");
    let Coverage {
        contents,
        outages,
        rematches,
        restarts,
        junk,
        dropped,
        named,
        ..
    } = coverage;
    let counts = [contents, outages, rematches, restarts, junk, dropped as u32, named];
    assert!(counts.iter().all(|count| *count > 3), "everything occurs: {counts:?}");
}

#[test]
fn whatever_happens_the_sessions_stay_safe_and_go_on_first_quarter() {
    play_share(0);
}

#[test]
fn whatever_happens_the_sessions_stay_safe_and_go_on_second_quarter() {
    play_share(1);
}

#[test]
fn whatever_happens_the_sessions_stay_safe_and_go_on_third_quarter() {
    play_share(2);
}

#[test]
fn whatever_happens_the_sessions_stay_safe_and_go_on_fourth_quarter() {
    play_share(3);
}
