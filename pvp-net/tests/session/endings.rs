//! The end of a match: both sides compare its last frame before either leaves, and say so when they could not.

use std::time::Duration;

use pvp_net::transport::link::LinkConfig;
use pvp_net::{CloseCause, Comparison, EndError, LeaveReason, Phase, SessionEvent};

use crate::duel::{Duel, Peer, config};
use crate::game::{Fault, Tiny};

/// No multiple of the checksum interval.
const LAST: u32 = 161;

fn ended(peer: &Peer) -> Option<(u32, Comparison)> {
    let mut ends = peer.events.iter().filter_map(|event| match event {
        SessionEvent::MatchEnded { frame, comparison } => Some((*frame, *comparison)),
        _ => None,
    });
    let end = ends.next();
    assert_eq!(ends.next(), None, "told once");
    end
}

fn voided(peer: &Peer) -> Option<u32> {
    let mut voids = peer.events.iter().filter_map(|event| match event {
        SessionEvent::Void { frame } => Some(*frame),
        _ => None,
    });
    let void = voids.next();
    assert_eq!(voids.next(), None, "told once");
    void
}

fn faulty(link: LinkConfig, fault: Option<Fault>) -> Duel {
    let games = [
        Tiny::default(),
        Tiny {
            fault,
            ..Tiny::default()
        },
    ];
    let mut duel = Duel::with([link; 2], [config(0), config(1)], games);
    for peer in &mut duel.peers {
        peer.session.end_at(LAST).expect("the only end");
    }
    duel
}

/// Plays on until a side knows its end, and lets it leave at that very moment: its process is gone.
fn play_and_leave(duel: &mut Duel, seconds: u64) {
    for _ in 0..seconds * 1000 {
        duel.run_ms(1);
        let now = duel.now;
        for peer in &mut duel.peers {
            if peer.is_alive && matches!(ended(peer), Some((_, Comparison::Equal | Comparison::NotCompared))) {
                peer.session.leave(now, LeaveReason::Finished);
                peer.is_alive = false;
            }
        }
        let is_over = |peer: &Peer| !peer.is_alive || matches!(peer.session.phase(), Phase::Closed(_));
        if duel.peers.iter().all(is_over) {
            return;
        }
    }
    panic!("not over after {seconds} s: {:?}", duel.peers[0].events);
}

#[test]
fn both_sides_know_that_the_last_frame_was_equal_before_either_leaves() {
    for seed in 0..60u32 {
        let (rtt_ms, loss_pct) = [(20, 0), (100, 5), (300, 10), (200, 25), (0, 30)][seed as usize % 5];
        let mut link = LinkConfig::new(seed.into(), rtt_ms, rtt_ms / 10, loss_pct);
        link.reliable_channel = seed % 3 == 2;
        let mut duel = faulty(link, None);
        play_and_leave(&mut duel, 60);
        for peer in &duel.peers {
            assert_eq!(
                ended(peer),
                Some((LAST, Comparison::Equal)),
                "seed {seed}: {:?}",
                peer.events
            );
            assert_eq!(peer.session.comparison(), Comparison::Equal);
        }
    }
}

#[test]
fn a_fault_in_each_of_the_last_forty_frames_is_found_under_loss_and_voids_the_match() {
    for frame in LAST - 39..=LAST {
        for healed_at in [0, frame + 1] {
            let link = LinkConfig::new(frame.into(), 300, 30, 10);
            let fault = Fault {
                frame,
                byte: 36,
                bit: 3,
                healed_at: if healed_at > LAST { 0 } else { healed_at },
            };
            let mut duel = faulty(link, Some(fault));
            play_and_leave(&mut duel, 60);
            for peer in &duel.peers {
                assert_eq!(peer.session.comparison(), Comparison::Different, "frame {frame}");
                let cause = CloseCause::Void { frame: frame - 1 };
                assert_eq!(peer.session.phase(), Phase::Closed(cause), "{:?}", peer.events);
                assert_eq!(voided(peer), Some(frame - 1));
                assert!(!matches!(
                    ended(peer),
                    Some((_, Comparison::Equal | Comparison::NotCompared))
                ));
            }
        }
    }
}

#[test]
fn a_link_that_goes_dead_right_at_the_end_gives_not_compared_and_never_equal_for_a_fault() {
    let mut not_compared = 0;
    for cut_after_ms in (0..200).step_by(8) {
        let fault = Fault {
            frame: LAST,
            byte: 36,
            bit: 3,
            healed_at: 0,
        };
        let mut duel = faulty(LinkConfig::new(1, 100, 10, 0), Some(fault));
        duel.run_until_confirmed(LAST - 4, 20);
        duel.run_ms(cut_after_ms);
        duel.control.cut();
        duel.run_ms(13_000);
        for peer in &duel.peers {
            let end = ended(peer);
            assert!(!matches!(end, Some((_, Comparison::Equal))), "{end:?}");
            not_compared += u32::from(end == Some((LAST, Comparison::NotCompared)));
        }
    }
    assert!(not_compared > 10, "{not_compared}");
}

#[test]
fn an_outage_at_the_end_that_passes_is_waited_for() {
    for seconds in [3, 7] {
        let mut duel = faulty(LinkConfig::new(2, 100, 10, 5), None);
        duel.run_until_confirmed(LAST - 4, 20);
        duel.control.blackout(Duration::from_secs(seconds));
        play_and_leave(&mut duel, 30);
        for peer in &duel.peers {
            assert_eq!(ended(peer), Some((LAST, Comparison::Equal)), "{:?}", peer.events);
        }
    }
}

#[test]
fn a_side_whose_match_is_longer_tells_the_shorter_one_what_it_needs() {
    let mut duel = Duel::over(LinkConfig::new(3, 80, 5, 5));
    duel.peers[0].session.end_at(LAST).expect("the only end");
    duel.peers[1].session.end_at(LAST + 200).expect("the only end");
    play_and_leave(&mut duel, 20);
    assert_eq!(ended(&duel.peers[0]), Some((LAST, Comparison::Equal)));
    assert_eq!(ended(&duel.peers[1]), None, "its match did not come to its end");
    let reason = LeaveReason::Finished;
    assert!(duel.peers[1].saw(|event| *event == SessionEvent::PeerLeft { reason }));
}

#[test]
fn an_end_that_only_the_game_knows_is_named_when_it_has_come() {
    let mut duel = Duel::over(LinkConfig::new(4, 150, 10, 10));
    duel.run_until_confirmed(LAST, 20);
    duel.peers[1].session.end_at(LAST).expect("the only end");
    duel.run_ms(700);
    duel.peers[0].session.end_at(LAST).expect("the only end");
    play_and_leave(&mut duel, 20);
    for peer in &duel.peers {
        assert_eq!(ended(peer), Some((LAST, Comparison::Equal)));
    }
}

#[test]
fn a_side_killed_shortly_before_the_end_comes_back_and_compares_it() {
    for seed in 0..6 {
        let mut duel = faulty(LinkConfig::new(seed, 80, 8, 0), None);
        duel.run_until_confirmed(LAST - 20, 20);
        let mut again = config(1);
        again.entropy = 77_000 + seed;
        again.takes_state = true;
        duel.restart(1, again, Tiny::default());
        duel.peers[1].session.end_at(LAST).expect("the only end");
        play_and_leave(&mut duel, 30);
        for peer in &duel.peers {
            assert_eq!(ended(peer), Some((LAST, Comparison::Equal)), "{:?}", peer.events);
        }
    }
}

#[test]
fn a_rematch_has_an_end_of_its_own() {
    let mut duel = faulty(LinkConfig::new(5, 60, 5, 0), None);
    duel.run_until_confirmed(LAST, 20);
    duel.run_ms(500);
    for peer in &mut duel.peers {
        assert_eq!(ended(peer), Some((LAST, Comparison::Equal)));
        peer.events.clear();
        peer.session.rematch().expect("connected");
    }
    duel.run_ms(1000);
    for peer in &mut duel.peers {
        assert_eq!(peer.session.comparison(), Comparison::NotCompared);
        peer.session.end_at(LAST + 30).expect("a new match");
    }
    play_and_leave(&mut duel, 20);
    for peer in &duel.peers {
        assert_eq!(ended(peer), Some((LAST + 30, Comparison::Equal)));
    }
}

#[test]
fn an_end_is_named_once_and_not_long_afterwards() {
    let mut duel = Duel::over(LinkConfig::new(6, 20, 0, 0));
    duel.run_until_confirmed(2100, 60);
    let session = &mut duel.peers[0].session;
    let too_old = |error| matches!(error, Err(EndError::TooOld { frame: 1, .. }));
    assert!(too_old(session.end_at(1)));
    let frame = session.confirmed_frame() + 50;
    assert_eq!(session.end_at(frame), Ok(()));
    assert_eq!(session.end_at(frame), Ok(()), "the same again");
    assert_eq!(session.end_at(frame + 1), Err(EndError::Ends { frame }));
    session.leave(duel.now, LeaveReason::Quit);
    assert_eq!(session.end_at(frame), Err(EndError::Closed));
}

/// Digests reach back less far than checksums are kept, or two sides that are a few frames apart would differ over nothing.
#[test]
fn the_longest_checksum_interval_reports_nothing_in_a_long_match() {
    let configs = [0, 1].map(|player| {
        let mut config = config(player);
        config.checksum_interval_frames = 600;
        config
    });
    let mut duel = Duel::with(
        [LinkConfig::new(7, 60, 5, 0); 2],
        configs,
        [Tiny::default(), Tiny::default()],
    );
    duel.run_until_confirmed(6100, 120);
    duel.assert_in_sync();
    assert!(duel.peers.iter().all(|peer| peer.session.stats().checksums_agreed >= 9));
}
