//! Drops, restarts and rematches: the match goes on from a frame that both sides have confirmed, in an epoch of its own.

use std::time::Duration;

use pvp_net::transport::link::LinkConfig;
use pvp_net::{CloseCause, DropReason, EpochCause, EventPhase, LeaveReason, Liveness, Phase, SessionEvent};

use crate::duel::{Duel, Peer};

fn epochs(peer: &Peer) -> Vec<(u32, u32, EpochCause)> {
    let started = peer.events.iter().filter_map(|event| match event {
        SessionEvent::EpochStarted { epoch, frame, cause } => Some((*epoch, *frame, *cause)),
        _ => None,
    });
    started.collect()
}

/// Confirmed frames of both recordings, which must be gapless, without repeats, and the same.
fn assert_recordings_agree(duel: &mut Duel) {
    let [a, b] = duel.peers.each_mut().map(|peer| {
        let frames: Vec<_> = peer.session.confirmed_frames().collect();
        for (index, frame) in frames.iter().enumerate() {
            assert_eq!(frame.frame as usize, index, "each confirmed frame comes once");
        }
        frames
    });
    let common = a.len().min(b.len());
    assert_eq!(a[..common], b[..common]);
}

#[test]
fn a_drop_is_resumed_from_a_common_frame_in_a_new_epoch_and_ends_in_sync() {
    for (seconds, rtt_ms, loss_pct) in [(5, 80, 0), (25, 80, 0), (25, 200, 10), (5, 0, 20)] {
        let mut duel = Duel::over(LinkConfig::new(3, rtt_ms, rtt_ms / 10, loss_pct));
        for peer in &mut duel.peers {
            peer.session.record_confirmed(true);
        }
        duel.run_until_confirmed(120, 20);
        duel.control.cut();
        duel.run_ms(seconds * 1000);
        duel.control.heal();
        let healed_at = duel.now;
        duel.run_ms(2000);
        for peer in &duel.peers {
            let first = peer
                .stepped_at
                .iter()
                .find(|&&at| at > healed_at)
                .expect("frames run again");
            println!("{seconds} s, rtt {rtt_ms}, loss {loss_pct}: {:?}", *first - healed_at);
        }
        duel.run_until_confirmed(duel.peers[0].session.confirmed_frame() + 300, 20);
        duel.assert_in_sync();
        let [a, b] = duel.peers.each_ref().map(epochs);
        assert_eq!(a.len(), 1, "{a:?}");
        assert_eq!((a[0].0, a[0].1), (b[0].0, b[0].1), "the same epoch from the same frame");
        assert_eq!(a[0].0, 1);
        assert!(matches!(a[0].2, EpochCause::Resumed { .. }));
        assert_recordings_agree(&mut duel);
    }
}

#[test]
fn events_across_a_drop_are_confirmed_once_and_predicted_ones_are_settled() {
    let mut duel = Duel::over(LinkConfig::new(4, 120, 10, 5));
    duel.run_until_confirmed(120, 20);
    duel.control.cut();
    duel.run_ms(4000);
    duel.control.heal();
    duel.run_until_confirmed(1200, 60);
    for peer in &duel.peers {
        let mut open = std::collections::HashSet::new();
        for event in &peer.game_events {
            match event.phase {
                EventPhase::Predicted => assert!(open.insert(event.key), "{event:?}"),
                _ => assert!(open.remove(&event.key), "{event:?}"),
            }
        }
        assert!(open.iter().all(|key| key.frame >= peer.session.confirmed_frame()));
    }
    let [a, b] = duel.peers.each_ref().map(|peer| {
        let mut events = peer.confirmed_events();
        events.retain(|(frame, _)| *frame < 1200);
        events.sort_by_key(|(frame, event)| (*frame, format!("{event:?}")));
        events
    });
    assert_eq!(a, b);
}

#[test]
fn a_drop_in_one_direction_only_is_resumed_as_well() {
    let mut duel = Duel::over(LinkConfig::new(5, 60, 5, 0));
    duel.run_until_confirmed(120, 20);
    let open = LinkConfig::new(5, 60, 5, 0);
    let shut = LinkConfig::new(5, 60, 5, 100);
    duel.control.set_config(pvp_net::transport::link::End::A, shut);
    duel.run_ms(6000);
    duel.control.set_config(pvp_net::transport::link::End::A, open);
    duel.run_until_confirmed(600, 20);
    duel.assert_in_sync();
    let [a, b] = duel.peers.each_ref().map(epochs);
    assert_eq!((a.len(), b.len()), (1, 1));
    assert_eq!((a[0].0, a[0].1), (b[0].0, b[0].1));
}

#[test]
fn packets_of_an_older_epoch_are_dropped_and_counted() {
    let mut duel = Duel::over(LinkConfig::new(6, 100, 60, 0));
    duel.run_until_confirmed(120, 20);
    for _ in 0..10 {
        duel.control.cut();
        duel.run_ms(3000);
        duel.control.heal();
        duel.run_ms(3000);
    }
    duel.assert_in_sync();
    for peer in &duel.peers {
        let started = epochs(peer);
        assert_eq!(started.len(), 10, "{started:?}");
        assert!(
            started
                .windows(2)
                .all(|pair| pair[1].0 == pair[0].0 + 1 && pair[1].1 > pair[0].1)
        );
    }
    let dropped: u64 = duel
        .peers
        .iter()
        .map(|peer| peer.session.stats().dropped(DropReason::Epoch))
        .sum();
    assert!(dropped > 0, "packets were under way while the epochs changed");
}

#[test]
fn a_drop_beyond_the_window_ends_the_match_after_a_countdown() {
    let mut duel = Duel::over(LinkConfig::new(1, 80, 5, 0));
    duel.run_until_confirmed(120, 20);
    duel.control.cut();
    duel.run_ms(40_000);
    duel.control.heal();
    duel.run_ms(1000);
    for peer in &duel.peers {
        let reason = LeaveReason::TimedOut;
        assert_eq!(peer.session.phase(), Phase::Closed(CloseCause::PeerLeft(reason)));
        let last = peer.events.iter().rev().find_map(|event| match event {
            SessionEvent::Liveness(Liveness::Lost { left }) => Some(*left),
            _ => None,
        });
        assert!(last.is_some_and(|left| left < Duration::from_secs(1)), "{last:?}");
        assert!(epochs(peer).is_empty());
    }
}

#[test]
fn a_rematch_begins_with_a_fresh_seed_once_both_have_asked() {
    for loss_pct in [0, 10] {
        let mut duel = Duel::over(LinkConfig::new(7, 90, 10, loss_pct));
        duel.run_until_confirmed(300, 20);
        let mut seeds = vec![duel.peers[0].session.match_seed()];
        for round in 1..=3 {
            duel.peers[1].session.rematch().expect("connected");
            duel.run_ms(1500);
            assert!(duel.peers[0].saw(|event| *event == SessionEvent::RematchOffered));
            assert_eq!(epochs(&duel.peers[0]).len(), round - 1, "one side alone begins nothing");
            duel.peers[0].session.rematch().expect("connected");
            duel.run_ms(1500);
            let [a, b] = duel.peers.each_ref().map(epochs);
            assert_eq!(a, b);
            assert_eq!(a.len(), round);
            assert_eq!(a[round - 1].1, 0);
            duel.run_until_confirmed(300, 20);
            duel.assert_in_sync();
            let [ours, theirs] = duel.peers.each_ref().map(|peer| peer.session.match_seed());
            assert_eq!(ours, theirs);
            assert!(!seeds.contains(&ours), "a seed of its own");
            seeds.push(ours);
        }
    }
}

#[test]
fn a_drop_while_a_rematch_is_agreed_delays_it_only() {
    for cut_after_ms in [0, 20, 45, 60, 90, 120, 150] {
        let mut duel = Duel::over(LinkConfig::new(8, 90, 0, 0));
        duel.run_until_confirmed(200, 20);
        for peer in &mut duel.peers {
            peer.session.rematch().expect("connected");
        }
        duel.run_ms(cut_after_ms);
        duel.control.cut();
        duel.run_ms(4000);
        duel.control.heal();
        duel.run_ms(3000);
        for peer in &duel.peers {
            assert!(
                peer.saw(|event| matches!(
                    event,
                    SessionEvent::EpochStarted {
                        cause: EpochCause::Rematch { .. },
                        ..
                    }
                )),
                "cut after {cut_after_ms} ms: {:?}",
                peer.events
            );
        }
        duel.run_until_confirmed(200, 20);
        duel.assert_in_sync();
    }
}
