//! Desyncs over the simulated link: every injected fault is found in time and named exactly, and nothing else is reported.

#![allow(
    unreachable_pub,
    dead_code,
    clippy::print_stdout,
    reason = "shares the two-peer fixture with the session's tests, and prints its figures"
)]

#[path = "session/duel.rs"]
mod duel;
#[path = "session/game.rs"]
mod game;

use std::time::Duration;

use pvp_net::desync::{Evidence, Verdict, explain};
use pvp_net::transport::link::LinkConfig;
use pvp_net::{
    AdvanceError, CloseCause, Comparison, DesyncReport, DesyncTrace, LeaveReason, Phase, SessionConfig, SessionEvent,
    TraceEnd,
};

use duel::{Duel, Peer, config};
use game::{Fault, Tiny};

const FRAME: Duration = Duration::from_nanos(16_666_667);

/// SplitMix64.
struct Draws(u64);

impl Draws {
    fn below(&mut self, range: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ z >> 31) % range
    }
}

fn report(peer: &Peer) -> Option<DesyncReport> {
    peer.events.iter().find_map(|event| match event {
        SessionEvent::Desync(report) => Some(*report),
        _ => None,
    })
}

fn traces(peer: &Peer) -> Vec<&DesyncTrace> {
    let traces = peer.events.iter().filter_map(|event| match event {
        SessionEvent::DesyncTraced(trace) => Some(&**trace),
        _ => None,
    });
    traces.collect()
}

fn with_fault(link: LinkConfig, configs: [SessionConfig; 2], side: usize, fault: Fault) -> Duel {
    let mut games = [Tiny::default(), Tiny::default()];
    games[side].fault = Some(fault);
    Duel::with([link; 2], configs, games)
}

/// Runs until both sides satisfy `done`; when the last of them did, or `None` after `limit`.
fn run_until(duel: &mut Duel, limit: Duration, done: impl Fn(&Peer) -> bool) -> Option<Duration> {
    let end = duel.now + limit;
    while duel.now < end {
        duel.run_ms(1);
        if duel.peers.iter().all(&done) {
            return Some(duel.now);
        }
    }
    None
}

const WORDS: [&str; 10] = [
    "frame",
    "random",
    "position[0]",
    "position[1]",
    "speed[0]",
    "speed[1]",
    "power[0]",
    "power[1]",
    "commit_seq",
    "commits",
];

struct Found {
    /// From the first simulation of the bad frame until both sides reported it.
    reported_after: Duration,
    /// Until both sides named it.
    named_after: Duration,
}

/// The evidence survives its file, names the same field without the players, and tells who computed something else.
fn assert_evidence(peer: &Peer, verdict: Verdict) {
    let evidence = peer.session.desync_evidence().expect("traced");
    let file = evidence.to_bytes();
    let read = Evidence::parse(&file).expect("it is whole");
    assert_eq!(&read, evidence);
    let explanation = explain(&mut Tiny::default(), Tiny::start(), &read).expect("the same game");
    assert_eq!(explanation.verdict, verdict);
    assert_eq!(explanation.fields, traces(peer)[0].fields);
    assert!(explanation.is_ours_sound && explanation.is_theirs_sound);
}

/// One fault: found by both sides, the frame and the field exact, nothing else reported.
fn find_fault(case: u64, link: LinkConfig) -> Found {
    let mut draws = Draws(case);
    let fault = Fault {
        frame: 1 + draws.below(240) as u32,
        byte: draws.below(40) as usize,
        bit: draws.below(8) as u8,
        healed_at: 0,
    };
    let side = draws.below(2) as usize;
    let mut duel = with_fault(link, [config(0), config(1)], side, fault);
    duel.connect();
    let stepped = |duel: &Duel| duel.peers[side].session.current_frame() >= fault.frame;
    while !stepped(&duel) {
        duel.run_ms(1);
    }
    let begun = duel.now;
    let limit = Duration::from_secs(10);
    let reported = run_until(&mut duel, limit, |peer| report(peer).is_some());
    let reported = reported.unwrap_or_else(|| panic!("case {case}: {fault:?} not found"));
    let named = run_until(&mut duel, limit, |peer| !traces(peer).is_empty());
    let named = named.unwrap_or_else(|| panic!("case {case}: {fault:?} not named"));
    duel.run_ms(500);
    for (index, peer) in duel.peers.iter().enumerate() {
        let [trace] = traces(peer)[..] else {
            panic!("case {case}: one trace")
        };
        assert_eq!(trace.end, TraceEnd::Named, "case {case}: {trace}");
        assert_eq!(peer.session.stats().desyncs, 1, "case {case}: one match came apart");
        assert_eq!(trace.first_bad_frame, Some(fault.frame), "case {case}: {trace}");
        let [field] = &trace.fields[..] else {
            panic!("case {case}: one field in {trace}")
        };
        assert_eq!(field.name, WORDS[fault.byte / 4], "case {case}: {trace}");
        let flipped = 1 << (8 * (fault.byte % 4) as u32 + u32::from(fault.bit));
        assert_eq!((field.ours ^ field.theirs) as u32, flipped, "case {case}: {trace}");
        assert_eq!(trace.sections.len(), 1, "case {case}: {trace}");
        assert!(!trace.is_unrepeatable && !trace.is_truncated);
        let other = traces(&duel.peers[1 - index])[0];
        assert_eq!(
            (field.ours, field.theirs),
            (other.fields[0].theirs, other.fields[0].ours)
        );
    }
    Found {
        reported_after: reported - begun,
        named_after: named - begun,
    }
}

#[test]
fn two_hundred_random_faults_are_found_within_an_interval_and_a_round_trip_and_named_exactly() {
    let (rtt, jitter) = (Duration::from_millis(100), Duration::from_millis(5));
    let interval = FRAME * 30;
    let (mut slowest_report, mut slowest_name) = (Duration::ZERO, Duration::ZERO);
    for case in 0..200 {
        let found = find_fault(case, LinkConfig::new(case, 100, 5, 0));
        slowest_report = slowest_report.max(found.reported_after);
        slowest_name = slowest_name.max(found.named_after);
    }
    println!("slowest report {slowest_report:?}, slowest name {slowest_name:?}");
    assert!(slowest_report <= interval + rtt + jitter, "{slowest_report:?}");
}

#[test]
fn faults_are_named_exactly_over_a_bad_link_too() {
    for case in 1000..1040 {
        find_fault(case, LinkConfig::new(case, 180, 40, 15));
    }
}

#[test]
fn a_fault_that_heals_before_the_next_comparison_is_found() {
    let fault = Fault {
        frame: 95,
        byte: 36,
        bit: 3,
        healed_at: 97,
    };
    let mut duel = with_fault(LinkConfig::new(1, 60, 5, 5), [config(0), config(1)], 1, fault);
    duel.run_until_confirmed(120, 10);
    duel.run_ms(2000);
    for peer in &duel.peers {
        let trace = traces(peer)[0];
        assert_eq!(trace.first_bad_frame, Some(95), "{trace}");
        assert_eq!(trace.fields[0].name, "commits", "{trace}");
    }
    let equal_again = duel.peers.each_ref().map(|peer| peer.session.checksum_at(120));
    assert_eq!(equal_again[0], equal_again[1]);
}

#[test]
fn a_fault_that_heals_before_a_drop_is_found_after_it() {
    let fault = Fault {
        frame: 205,
        byte: 36,
        bit: 3,
        healed_at: 206,
    };
    let mut configs = [config(0), config(1)];
    for config in &mut configs {
        config.checksum_interval_frames = 60;
    }
    let mut duel = with_fault(LinkConfig::new(1, 60, 5, 0), configs, 1, fault);
    duel.run_until_confirmed(210, 10);
    duel.control.blackout(Duration::from_secs(3));
    duel.run_ms(6000);
    for peer in &duel.peers {
        assert!(peer.saw(|event| matches!(event, SessionEvent::EpochStarted { .. })));
        let trace = traces(peer)[0];
        assert_eq!(trace.first_bad_frame, Some(205), "{trace}");
        assert_eq!(trace.fields[0].name, "commits", "{trace}");
    }
}

/// The state of the bad frame has long left memory: it is played again from a keyframe.
#[test]
fn a_fault_ten_seconds_before_the_comparison_is_named() {
    let mut configs = [config(0), config(1)];
    for config in &mut configs {
        config.checksum_interval_frames = 600;
    }
    let fault = Fault {
        frame: 20,
        byte: 13,
        bit: 5,
        healed_at: 0,
    };
    let mut duel = with_fault(LinkConfig::new(1, 60, 5, 5), configs, 0, fault);
    duel.run_until_confirmed(600, 15);
    duel.run_ms(2000);
    for peer in &duel.peers {
        let trace = traces(peer)[0];
        assert_eq!(
            (trace.end, trace.first_bad_frame),
            (TraceEnd::Named, Some(20)),
            "{trace}"
        );
        assert_eq!(trace.fields[0].name, "position[1]", "{trace}");
    }
}

#[test]
fn a_trace_waits_for_a_peer_that_drops_out_and_comes_back() {
    let fault = Fault {
        frame: 20,
        byte: 13,
        bit: 5,
        healed_at: 0,
    };
    let mut duel = with_fault(LinkConfig::new(1, 100, 0, 0), [config(0), config(1)], 0, fault);
    duel.connect();
    while report(&duel.peers[0]).is_none() {
        duel.run_ms(1);
    }
    duel.control.blackout(Duration::from_secs(20));
    duel.run_ms(23_000);
    for peer in &duel.peers {
        let trace = traces(peer)[0];
        assert_eq!(
            (trace.end, trace.first_bad_frame),
            (TraceEnd::Named, Some(20)),
            "{trace}"
        );
        assert_eq!(trace.fields[0].name, "position[1]", "{trace}");
    }
}

#[test]
fn a_peer_that_vanishes_leaves_a_trace_without_fields() {
    let fault = Fault {
        frame: 20,
        byte: 13,
        bit: 5,
        healed_at: 0,
    };
    let mut duel = with_fault(LinkConfig::new(1, 100, 0, 0), [config(0), config(1)], 0, fault);
    duel.connect();
    while report(&duel.peers[0]).is_none() {
        duel.run_ms(1);
    }
    duel.peers[1].is_alive = false;
    duel.control.cut();
    duel.run_ms(31_000);
    let trace = traces(&duel.peers[0])[0];
    assert_eq!(trace.end, TraceEnd::PeerSilent);
    assert!(trace.fields.is_empty());
}

/// A match that came apart is neither played on nor corrected in silence: both sides end it, with one frame.
#[test]
fn a_scripted_desync_ends_void_at_the_last_agreed_frame_on_both_sides() {
    for case in 0..30 {
        let mut draws = Draws(5000 + case);
        let fault = Fault {
            frame: 1 + draws.below(200) as u32,
            byte: draws.below(40) as usize,
            bit: draws.below(8) as u8,
            healed_at: 0,
        };
        let (rtt_ms, loss_pct) = [(20, 0), (100, 5), (300, 15)][case as usize % 3];
        let link = LinkConfig::new(case, rtt_ms, 10, loss_pct);
        let mut duel = with_fault(link, [config(0), config(1)], draws.below(2) as usize, fault);
        let is_over = |peer: &Peer| matches!(peer.session.phase(), Phase::Closed(_));
        run_until(&mut duel, Duration::from_secs(15), is_over).expect("it ends by itself");
        let frame = fault.frame - 1;
        for peer in &mut duel.peers {
            let cause = CloseCause::Void { frame };
            assert_eq!(
                peer.session.phase(),
                Phase::Closed(cause),
                "case {case}: {:?}",
                peer.events
            );
            let is_terminal =
                |event: &&SessionEvent| matches!(event, SessionEvent::Void { .. } | SessionEvent::PeerLeft { .. });
            let ends: Vec<_> = peer.events.iter().filter(is_terminal).collect();
            assert_eq!(ends, [&SessionEvent::Void { frame }], "case {case}");
            assert_eq!(traces(peer).len(), 1, "traced before");
            assert_eq!(peer.session.comparison(), Comparison::Different);
            let refused = peer.session.advance(duel.now, Default::default());
            assert_eq!(refused, Err(AdvanceError::Closed(cause)));
        }
    }
}

/// Whatever a side that has come apart is told last, it does not call the match played.
#[test]
fn a_side_whose_peer_leaves_or_vanishes_during_the_search_ends_void() {
    for vanishes in [false, true] {
        let fault = Fault {
            frame: 20,
            byte: 13,
            bit: 5,
            healed_at: 0,
        };
        let mut duel = with_fault(LinkConfig::new(1, 100, 0, 0), [config(0), config(1)], 0, fault);
        duel.connect();
        while report(&duel.peers[0]).is_none() {
            duel.run_ms(1);
        }
        if !vanishes {
            let now = duel.now;
            duel.peers[1].session.leave(now, LeaveReason::Quit);
        }
        duel.peers[1].is_alive = false;
        duel.run_ms(32_000);
        let peer = &duel.peers[0];
        let Phase::Closed(CloseCause::Void { frame }) = peer.session.phase() else {
            panic!("{:?}", peer.session.phase())
        };
        assert!(frame < 20, "{frame}");
        assert!(peer.saw(|event| *event == SessionEvent::Void { frame }));
    }
}

/// How long the run without a fault is; a release build plays a million frames in minutes.
fn quiet_frames() -> u32 {
    let frames = std::env::var("PVP_DESYNC_FRAMES").ok();
    frames.and_then(|frames| frames.parse().ok()).unwrap_or(100_000)
}

#[test]
fn nothing_is_reported_in_a_long_run_with_loss_reordering_and_blackouts() {
    let frames = quiet_frames();
    let mut duel = Duel::over(LinkConfig::new(77, 100, 40, 10));
    duel.connect();
    let mut draws = Draws(77);
    while duel.peers.iter().any(|peer| peer.session.confirmed_frame() < frames) {
        duel.run_ms(5_000 + draws.below(20_000));
        duel.control.blackout(Duration::from_millis(draws.below(900)));
        if draws.below(4) == 0 {
            let now = duel.now;
            // Content keeps the lane busy beside the checksums; no more of it fits once all slots are taken.
            let _ = duel.peers[0].session.offer_content(now, &Tiny::content_bytes(5));
        }
        duel.peers.iter_mut().for_each(|peer| peer.game_events.clear());
    }
    duel.run_ms(2_000);
    duel.assert_in_sync();
    for peer in &duel.peers {
        assert!(traces(peer).is_empty());
        let stats = peer.session.stats();
        println!(
            "{} frames, {} checksums agreed, {} rollbacks, {} desyncs",
            peer.session.confirmed_frame(),
            stats.checksums_agreed,
            stats.rollbacks,
            stats.desyncs
        );
        let due = u64::from(frames / 30);
        assert!(
            stats.checksums_agreed * 100 >= due * 95,
            "{} of {due}",
            stats.checksums_agreed
        );
    }
}
