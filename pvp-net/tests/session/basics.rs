//! A match begins, is played over good and bad links, and ends.

use std::collections::HashSet;
use std::time::Duration;

use pvp_net::transport::link::LinkConfig;
use pvp_net::{EventPhase, Events, LeaveReason, Phase, Refusal, SessionEvent, Simulation};

use crate::duel::{Duel, config};
use crate::game::{Happening, Tiny};

fn games() -> [Tiny; 2] {
    [Tiny::default(), Tiny::default()]
}

#[test]
fn two_peers_meet_and_stay_in_sync() {
    let mut duel = Duel::over(LinkConfig::new(1, 100, 10, 5));
    duel.run_until_confirmed(1200, 25);
    duel.assert_in_sync();
    for peer in &duel.peers {
        let stats = peer.session.stats();
        assert!(stats.rollbacks > 20, "the link makes them roll back: {stats:?}");
        assert!(stats.checksums_agreed > 30);
        assert_eq!(stats.dropped_total(), 0, "{stats:?}");
    }
    let seeds = duel.peers.each_ref().map(|peer| peer.session.match_seed());
    assert!(seeds[0].is_some());
    assert_eq!(seeds[0], seeds[1]);
    assert_eq!(duel.peers[0].session.peer_name(), Some("player 2"));
}

#[test]
fn the_same_seeds_play_the_same_match() {
    let run = || {
        let mut duel = Duel::over(LinkConfig::new(3, 120, 15, 10));
        duel.run_ms(10_000);
        duel.peers
            .map(|peer| (peer.session.confirmed_checksum(), peer.session.stats()))
    };
    assert_eq!(run(), run());
}

#[test]
fn duplicates_reordering_bursts_and_damage_do_no_harm() {
    let link = LinkConfig {
        duplicate_pct: 10,
        reorder_pct: 10,
        corrupt_pct: 5,
        burst_permille: 5,
        burst_packets: 6,
        ..LinkConfig::new(4, 80, 30, 5)
    };
    let mut duel = Duel::over(link);
    duel.run_until_confirmed(2000, 60);
    duel.assert_in_sync();
    for peer in &duel.peers {
        assert!(peer.session.stats().dropped_total() > 10, "damaged packets are counted");
    }
}

#[test]
fn a_link_with_a_reliable_channel_works_the_same() {
    let link = LinkConfig {
        reliable_channel: true,
        ..LinkConfig::new(4, 80, 5, 5)
    };
    let mut duel = Duel::over(link);
    duel.connect();
    let long: Vec<u8> = (0..50_000u32).map(|i| i as u8).collect();
    duel.peers[0].session.send_message(&long).unwrap();
    duel.run_ms(3000);
    assert!(duel.peers[1].saw(|event| *event == SessionEvent::Message(long.clone())));
    duel.assert_in_sync();
}

#[test]
fn messages_arrive_in_order_under_loss() {
    let mut duel = Duel::over(LinkConfig::new(5, 100, 20, 20));
    duel.connect();
    let expected: Vec<_> = (0..20u8)
        .map(|number| vec![number; 1 + usize::from(number) * 100])
        .collect();
    for message in &expected {
        duel.peers[0].session.send_message(message).unwrap();
    }
    duel.run_ms(20_000);
    let messages = duel.peers[1].events.iter().filter_map(|event| match event {
        SessionEvent::Message(bytes) => Some(bytes.clone()),
        _ => None,
    });
    assert_eq!(messages.collect::<Vec<_>>(), expected);
    duel.assert_in_sync();
}

#[test]
fn different_rules_are_refused_on_both_sides_within_a_round_trip() {
    let mut configs = [config(0), config(1)];
    configs[1].ruleset_hash = 5;
    let mut duel = Duel::with([LinkConfig::new(1, 100, 0, 0); 2], configs, games());
    duel.run_ms(102);
    let [a, b] = &duel.peers;
    assert!(a.saw(|event| *event == SessionEvent::Refused(Refusal::Ruleset { ours: 0, theirs: 5 })));
    assert!(b.saw(|event| *event == SessionEvent::Refused(Refusal::Ruleset { ours: 5, theirs: 0 })));
    assert!(matches!(a.session.phase(), Phase::Closed(_)));
    assert_eq!(a.session.current_frame(), 0);
}

#[test]
fn a_refusal_reaches_both_sides_over_a_lossy_link() {
    for seed in 0..20 {
        let mut configs = [config(0), config(1)];
        configs[0].build = 5;
        let mut duel = Duel::with([LinkConfig::new(seed, 100, 10, 40); 2], configs, games());
        duel.run_ms(4000);
        for peer in &duel.peers {
            let is_build = |event: &SessionEvent| matches!(event, SessionEvent::Refused(Refusal::Build { .. }));
            assert!(peer.saw(is_build), "seed {seed}: {:?}", peer.events);
        }
    }
}

#[test]
fn a_peer_that_never_comes_is_reported() {
    let mut duel = Duel::over(LinkConfig::new(1, 50, 0, 100));
    duel.run_ms(21_000);
    for peer in &duel.peers {
        assert_eq!(peer.events, [SessionEvent::Refused(Refusal::NoAnswer)]);
    }
}

#[test]
fn another_pace_of_frames_is_refused_on_both_sides() {
    let link = LinkConfig::new(1, 60, 0, 0);
    let mut configs = [config(0), config(1)];
    configs[1].frame_duration = Duration::from_millis(20);
    let mut duel = Duel::with([link; 2], configs, [Tiny::default(), Tiny::default()]);
    duel.run_ms(500);
    let is_refused = |event: &SessionEvent| matches!(event, SessionEvent::Refused(Refusal::Settings { .. }));
    assert!(duel.peers.iter().all(|peer| peer.saw(is_refused)));
}

#[test]
fn leaving_is_seen_within_one_way_and_two_ticks() {
    let mut duel = Duel::over(LinkConfig::new(1, 100, 0, 20));
    duel.run_until_confirmed(60, 10);
    let now = duel.now;
    duel.peers[0].session.leave(now, LeaveReason::Forfeit);
    duel.run_ms(50 + 34);
    assert!(duel.peers[1].saw(|event| *event
        == SessionEvent::PeerLeft {
            reason: LeaveReason::Forfeit
        }));
}

#[test]
fn confirmed_events_are_the_same_on_both_sides_and_announced_ones_are_settled() {
    let mut duel = Duel::over(LinkConfig::new(8, 140, 20, 10));
    duel.run_until_confirmed(1500, 40);
    let sorted = |mut events: Vec<(u32, Happening)>| {
        events.retain(|(frame, _)| *frame < 1500);
        events.sort_by_key(|(frame, event)| (*frame, format!("{event:?}")));
        events
    };
    let [a, b] = duel.peers.each_ref().map(|peer| sorted(peer.confirmed_events()));
    assert!(a.len() > 50);
    assert_eq!(a, b);
    for peer in &duel.peers {
        let (mut open, mut cancelled_count) = (HashSet::new(), 0);
        for event in &peer.game_events {
            match event.phase {
                EventPhase::Predicted => assert!(open.insert(event.key)),
                _ => assert!(open.remove(&event.key)),
            }
            cancelled_count += u32::from(event.phase == EventPhase::Cancelled);
        }
        assert!(cancelled_count > 0, "some predictions were wrong");
        assert!(open.iter().all(|key| key.frame >= peer.session.confirmed_frame()));
    }
}

#[test]
fn recorded_frames_replay_to_the_same_checksums() {
    let mut duel = Duel::over(LinkConfig::new(9, 100, 10, 5));
    duel.peers[1].session.record_confirmed(true);
    duel.run_until_confirmed(600, 20);
    let session = &mut duel.peers[1].session;
    let frames: Vec<_> = session.confirmed_frames().collect();
    let (mut game, mut world) = (Tiny::default(), Tiny::start());
    game.begin_match(session.match_seed().unwrap(), &mut world);
    for (index, confirmed) in frames.iter().enumerate() {
        assert_eq!(confirmed.frame, index as u32);
        game.step(&mut world, &confirmed.inputs, &mut Events::new());
        assert_eq!(game.checksum(&world), confirmed.checksum, "frame {index}");
    }
    assert!(frames.len() >= 600);
}

#[test]
fn frames_run_at_sixty_per_second_at_any_round_trip_within_the_window() {
    for rtt in [0, 60, 150] {
        let mut duel = Duel::over(LinkConfig::new(1, rtt, 5, 2));
        duel.connect();
        let before = duel.peers[0].session.current_frame();
        duel.run_ms(10_000);
        let frames = duel.peers[0].session.current_frame() - before;
        assert!((590..=610).contains(&frames), "rtt {rtt}: {frames} frames in 10 s");
        let gap = duel.peers[0].longest_gap(Duration::from_secs(3));
        assert!(gap <= Duration::from_millis(40), "rtt {rtt}: {gap:?}");
    }
}
