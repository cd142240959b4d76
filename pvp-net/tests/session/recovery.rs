//! Loss, blackouts and silence: nothing stalls longer than physics asks for, and nobody is left waiting.

use std::time::Duration;

use pvp_net::transport::link::LinkConfig;
use pvp_net::{CloseCause, LeaveReason, Liveness, Phase, SessionEvent};

use crate::duel::Duel;

#[test]
fn a_fifth_of_all_packets_lost_stalls_nobody_for_more_than_fifty_milliseconds() {
    for seed in 0..3 {
        let mut duel = Duel::over(LinkConfig::new(seed, 100, 0, 20));
        duel.connect();
        duel.run_ms(2000);
        let since = duel.now;
        duel.run_ms(60_000);
        for peer in &duel.peers {
            let gap = peer.longest_gap(since);
            assert!(gap <= Duration::from_millis(50), "seed {seed}: {gap:?} without a frame");
        }
        duel.assert_in_sync();
    }
}

#[test]
fn after_a_blackout_the_first_frame_comes_within_one_way_and_fifty_milliseconds() {
    for rtt in [20, 100, 200] {
        let mut duel = Duel::over(LinkConfig::new(1, rtt, 0, 0));
        duel.connect();
        duel.run_ms(3000);
        let frames = duel.peers.each_ref().map(|peer| peer.stepped_at.len());
        duel.control.blackout(Duration::from_millis(300));
        duel.run_ms(300);
        let end = duel.now;
        assert!(
            duel.peers.iter().all(|peer| peer.session.stats().stalled_frames > 0),
            "the window is full"
        );
        duel.run_ms(500);
        for (peer, before) in duel.peers.iter().zip(frames) {
            let first = peer.stepped_at[before..].iter().find(|&&at| at > end).unwrap();
            let recovery = *first - end;
            println!("rtt {rtt}: {recovery:?}");
            let limit = Duration::from_millis(u64::from(rtt) / 2 + 50);
            assert!(recovery <= limit, "rtt {rtt}: {recovery:?}");
        }
        duel.assert_in_sync();
    }
}

#[test]
fn a_link_that_drops_for_a_second_and_a_half_resumes_within_a_second() {
    for (rtt_ms, loss_pct) in [(0, 0), (100, 5), (200, 10)] {
        let mut duel = Duel::over(LinkConfig::new(2, rtt_ms, 0, loss_pct));
        duel.run_until_confirmed(120, 20);
        duel.control.cut();
        duel.run_ms(1_500);
        let held = duel.peers.each_ref().map(|peer| peer.session.confirmed_frame());
        duel.control.heal();
        duel.run_ms(1_000);
        for (peer, before) in duel.peers.iter().zip(held) {
            let after = peer.session.confirmed_frame();
            assert!(
                after > before + 10,
                "rtt {rtt_ms}, loss {loss_pct}: {before}, then {after}"
            );
            assert_eq!(peer.session.phase(), Phase::Running);
        }
        duel.assert_in_sync();
    }
}

#[test]
fn an_outage_of_twenty_nine_seconds_is_survived_with_a_countdown() {
    let mut duel = Duel::over(LinkConfig::new(1, 80, 5, 0));
    duel.run_until_confirmed(120, 10);
    duel.control.cut();
    duel.run_ms(29_000);
    let countdown: Vec<_> = duel.peers[0]
        .events
        .iter()
        .filter_map(|event| match event {
            SessionEvent::Liveness(Liveness::Lost { left }) => Some(left.as_secs()),
            _ => None,
        })
        .collect();
    assert!(
        countdown.len() >= 27 && countdown.is_sorted_by(|a, b| a >= b),
        "{countdown:?}"
    );
    duel.control.heal();
    let at_heal = duel.peers[0].session.current_frame();
    duel.run_ms(600);
    assert!(duel.peers[0].session.current_frame() > at_heal + 5, "frames run again");
    let resumed = |event: &SessionEvent| matches!(event, SessionEvent::Liveness(Liveness::Resumed { outage }) if outage.as_secs() >= 28);
    assert!(duel.peers.iter().all(|peer| peer.saw(resumed)));
    duel.run_ms(2000);
    duel.assert_in_sync();
}

#[test]
fn a_peer_that_vanishes_is_given_up_after_the_reconnect_window() {
    let mut duel = Duel::over(LinkConfig::new(1, 80, 5, 0));
    duel.run_until_confirmed(120, 10);
    duel.peers[1].is_alive = false;
    duel.run_ms(600);
    assert!(duel.peers[0].saw(|event| *event == SessionEvent::Liveness(Liveness::Degraded)));
    duel.run_ms(30_000);
    let reason = LeaveReason::TimedOut;
    assert_eq!(
        duel.peers[0].session.phase(),
        Phase::Closed(CloseCause::PeerLeft(reason))
    );
    assert!(duel.peers[0].saw(|event| *event == SessionEvent::PeerLeft { reason }));
}

#[test]
fn the_measured_round_trip_and_loss_are_the_links() {
    let mut duel = Duel::over(LinkConfig::new(1, 120, 0, 5));
    duel.connect();
    duel.run_ms(60_000);
    for peer in &duel.peers {
        let network = peer.session.stats().network;
        assert!((118..=130).contains(&network.rtt_avg.as_millis()), "{network:?}");
        assert!((20..=90).contains(&network.loss_permille), "{network:?}");
        let lost_permille = network.datagrams_lost() * 1000 / network.peer_datagrams_sent;
        assert!((40..=60).contains(&lost_permille), "{network:?}");
    }
}
