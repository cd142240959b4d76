//! A process is killed and started again: the survivor recognizes it, sends the match, and both play on in sync.

use std::time::Duration;

use pvp_net::transport::link::LinkConfig;
use pvp_net::{
    ContentEvent, EpochCause, LeaveReason, Liveness, Phase, Refusal, Session, SessionConfig, SessionEvent, StateRefused,
};

use crate::duel::{Duel, config};
use crate::game::{Fault, Happening, Tiny};

/// What the same player's process is started with: the same choices, fresh entropy.
fn again(player: u8, entropy: u64) -> SessionConfig {
    let mut config = config(player);
    config.entropy = 77_000 + entropy;
    config.takes_state = true;
    config
}

fn rejoined(duel: &Duel, side: usize) -> Option<(u32, u32)> {
    let events = duel.peers[side].events.iter();
    let mut started = events.filter_map(|event| match event {
        SessionEvent::EpochStarted {
            epoch,
            frame,
            cause: EpochCause::Rejoined | EpochCause::PeerRejoined,
        } => Some((*epoch, *frame)),
        _ => None,
    });
    started.next_back()
}

/// All frames that both sides have confirmed in the newest epoch have the same checksums.
fn assert_in_sync_since(duel: &Duel, frame: u32) {
    let [a, b] = &duel.peers;
    let common = a.session.confirmed_frame().min(b.session.confirmed_frame());
    assert!(common > frame + 200, "{common} after {frame}");
    for frame in frame..=common {
        let checksum = a.session.checksum_at(frame);
        assert!(checksum.is_some());
        assert_eq!(checksum, b.session.checksum_at(frame), "frame {frame}");
    }
    for peer in &duel.peers {
        assert_eq!(peer.session.stats().desyncs, 0);
        assert!(!peer.saw(|event| matches!(event, SessionEvent::Desync(_))));
    }
}

#[test]
fn either_side_comes_back_within_two_seconds_and_both_end_in_sync() {
    for (side, away_ms, rtt_ms, loss_pct) in [
        (1, 5000, 80, 0),
        (0, 5000, 80, 5),
        (1, 25_000, 200, 10),
        (0, 300, 20, 0),
    ] {
        let mut duel = Duel::over(LinkConfig::new(9, rtt_ms, rtt_ms / 10, loss_pct));
        duel.peers[1 - side].session.record_confirmed(true);
        duel.run_until_confirmed(400, 20);
        duel.peers[side].is_alive = false;
        duel.run_ms(away_ms);
        duel.restart(side, again(side as u8, away_ms), Tiny::default());
        duel.run_ms(2000);
        let (epoch, frame) = rejoined(&duel, side).expect("back within two seconds");
        assert_eq!(rejoined(&duel, 1 - side), Some((epoch, frame)));
        assert!(frame >= 400, "no confirmed frame is undone");
        assert!(duel.peers.iter().all(|peer| peer.session.phase() == Phase::Running));
        assert_eq!(duel.peers[0].session.match_seed(), duel.peers[1].session.match_seed());
        duel.run_until_confirmed(frame + 300, 20);
        assert_in_sync_since(&duel, frame);
        let recorded: Vec<u32> = duel.peers[1 - side]
            .session
            .confirmed_frames()
            .map(|confirmed| confirmed.frame)
            .collect();
        assert!(
            recorded.iter().copied().eq(0..recorded.len() as u32),
            "each frame was confirmed once"
        );
    }
}

#[test]
fn a_side_that_is_killed_again_and_again_comes_back_each_time() {
    let mut duel = Duel::over(LinkConfig::new(10, 60, 6, 5));
    duel.run_until_confirmed(200, 20);
    for round in 0..6u64 {
        let side = (round % 2) as usize;
        // The fourth time within half a second of the last return.
        duel.run_ms(if round == 3 { 400 } else { 2500 });
        duel.restart(side, again(side as u8, round), Tiny::default());
        duel.run_ms(3000);
        assert!(
            rejoined(&duel, side).is_some(),
            "round {round}: {:?}",
            duel.peers[side].events
        );
    }
    let (_, frame) = rejoined(&duel, 1).unwrap();
    duel.run_until_confirmed(frame + 300, 20);
    assert_in_sync_since(&duel, frame);
}

#[test]
fn a_side_killed_while_the_state_was_on_its_way_comes_back() {
    for killed_after_ms in [50, 150, 250, 300, 320, 340, 360, 400, 450, 500] {
        let mut duel = Duel::over(LinkConfig::new(11, 80, 5, 0));
        duel.run_until_confirmed(200, 20);
        duel.restart(1, again(1, 1), Tiny::default());
        duel.run_ms(killed_after_ms);
        duel.restart(1, again(1, 2), Tiny::default());
        duel.run_ms(3000);
        let (_, frame) = rejoined(&duel, 1)
            .unwrap_or_else(|| panic!("killed after {killed_after_ms} ms: {:?}", duel.peers[1].events));
        duel.run_until_confirmed(frame + 300, 20);
        assert_in_sync_since(&duel, frame);
    }
}

#[test]
fn content_survives_a_restart_of_either_side_and_new_content_follows() {
    for side in [0, 1] {
        let mut duel = Duel::over(LinkConfig::new(12, 100, 10, 0));
        duel.run_until_confirmed(100, 20);
        let offer = |duel: &mut Duel, power: u32| {
            let now = duel.now;
            let bytes = Tiny::content_bytes(power);
            duel.peers[0].session.offer_content(now, &bytes).expect("running");
        };
        for power in [5, 6, 7] {
            offer(&mut duel, power);
            duel.run_ms(400);
        }
        // On its way while the guest dies.
        offer(&mut duel, 8);
        duel.run_ms(20);
        duel.peers[side].is_alive = false;
        duel.run_ms(3000);
        duel.restart(side, again(side as u8, 5), Tiny::default());
        duel.run_ms(2000);
        let (_, frame) = rejoined(&duel, side).expect("back");
        offer(&mut duel, 9);
        duel.run_until_confirmed(frame + 300, 20);
        assert_in_sync_since(&duel, frame);
        assert_eq!(duel.peers[0].session.content_log(), duel.peers[1].session.content_log());
        let survivor = &duel.peers[1 - side];
        let powers: Vec<u32> = survivor
            .confirmed_events()
            .into_iter()
            .filter_map(|(_, event)| match event {
                Happening::Committed { power, .. } => Some(power),
                _ => None,
            })
            .collect();
        // An offer that the host died with is gone; one that the guest missed is told again.
        let expected: &[u32] = if side == 0 { &[5, 6, 7, 9] } else { &[5, 6, 7, 8, 9] };
        assert_eq!(powers, expected, "side {side}");
        if side == 1 {
            let settled =
                |event: &SessionEvent| matches!(event, SessionEvent::Content(ContentEvent::Acknowledged { .. }));
            assert_eq!(survivor.events.iter().filter(|event| settled(event)).count(), 5);
        }
    }
}

#[test]
fn a_restart_before_anything_was_compared_goes_on_from_the_start_state() {
    let mut duel = Duel::over(LinkConfig::new(13, 50, 5, 0));
    duel.connect();
    duel.run_ms(200);
    duel.restart(0, again(0, 1), Tiny::default());
    duel.run_ms(2000);
    let (_, frame) = rejoined(&duel, 0).expect("back");
    assert!(frame < 30, "{frame}");
    duel.run_until_confirmed(frame + 300, 20);
    assert_in_sync_since(&duel, frame);
}

#[test]
fn nobody_comes_back_after_the_window() {
    let mut duel = Duel::over(LinkConfig::new(14, 80, 5, 0));
    duel.run_until_confirmed(200, 20);
    duel.peers[1].is_alive = false;
    duel.run_ms(31_000);
    duel.restart(1, again(1, 1), Tiny::default());
    duel.run_ms(21_000);
    assert!(duel.peers[0].saw(|event| matches!(event, SessionEvent::PeerLeft { .. })));
    assert!(duel.peers[1].saw(|event| matches!(event, SessionEvent::Refused(_))));
}

#[test]
fn the_survivor_sees_a_countdown_and_the_return() {
    let mut duel = Duel::over(LinkConfig::new(15, 80, 5, 0));
    duel.run_until_confirmed(200, 20);
    duel.peers[1].is_alive = false;
    duel.run_ms(10_000);
    let left: Vec<u64> = duel.peers[0]
        .events
        .iter()
        .filter_map(|event| match event {
            SessionEvent::Liveness(Liveness::Lost { left }) => Some(left.as_secs()),
            _ => None,
        })
        .collect();
    assert!(left.len() >= 8 && left.is_sorted_by(|a, b| a > b), "{left:?}");
    duel.restart(1, again(1, 1), Tiny::default());
    duel.run_ms(2000);
    assert!(duel.peers[0].saw(|event| matches!(event, SessionEvent::Liveness(Liveness::Resumed { .. }))));
}

#[test]
fn a_living_peer_is_not_given_up_for_a_strangers_hello() {
    let mut duel = Duel::over(LinkConfig::new(16, 40, 0, 0));
    duel.run_until_confirmed(100, 20);
    // A second process of the same player on a path of its own; its packets are slipped into the match's.
    let (path, far) = pvp_net::transport::link::Link::pair(LinkConfig::new(1, 0, 0, 0));
    let mut stranger = Session::new(Tiny::default(), Tiny::start(), path, again(1, 9), Duration::ZERO).unwrap();
    let mut far = far;
    for _ in 0..200 {
        duel.run_ms(10);
        stranger.poll(duel.now);
        let mut packet = Vec::new();
        while let Some(channel) = pvp_net::Transport::receive(&mut far, duel.now, &mut packet) {
            duel.control.inject(pvp_net::transport::link::End::A, channel, &packet);
        }
    }
    assert!(rejoined(&duel, 0).is_none());
    assert!(duel.peers[0].session.stats().dropped(pvp_net::DropReason::Handshake) > 10);
    duel.run_ms(2000);
    duel.assert_in_sync();
}

#[test]
fn a_state_that_does_not_lead_to_the_announced_frame_is_refused_with_a_reason() {
    let mut duel = Duel::over(LinkConfig::new(17, 80, 5, 0));
    duel.run_until_confirmed(400, 20);
    duel.peers[1].is_alive = false;
    duel.run_ms(1000);
    let survivor = &duel.peers[0].session;
    let frame = survivor.confirmed_frame();
    assert!(survivor.agreed_frame() < frame);
    // The restarted build plays the last frame differently.
    let fault = Fault {
        frame,
        byte: 9,
        bit: 3,
        healed_at: u32::MAX,
    };
    let game = Tiny {
        fault: Some(fault),
        ..Tiny::default()
    };
    duel.restart(1, again(1, 1), game);
    duel.run_ms(3000);
    let refused = |event: &SessionEvent| matches!(event, SessionEvent::Refused(Refusal::State(_)));
    assert!(duel.peers[1].saw(refused), "{:?}", duel.peers[1].events);
    assert!(duel.peers[0].saw(|event| matches!(event, SessionEvent::PeerLeft { .. })));
}

#[test]
fn a_damaged_state_is_refused_with_a_reason() {
    type Damage = fn(&mut Vec<u8>);
    type Expected = fn(StateRefused) -> bool;
    let damages: [(Damage, Expected); 3] = [
        (
            |bytes| bytes[6] ^= 1,
            |refused| matches!(refused, StateRefused::Checksum { .. }),
        ),
        (|bytes| bytes.truncate(7), |refused| refused == StateRefused::Unreadable),
        (
            |bytes| bytes.resize(2 << 20, 1),
            |refused| matches!(refused, StateRefused::TooLarge { .. }),
        ),
    ];
    for (damage, is_expected) in damages {
        let games = [
            Tiny {
                damage: Some(damage),
                ..Tiny::default()
            },
            Tiny::default(),
        ];
        let link = LinkConfig::new(18, 80, 5, 0);
        let mut duel = Duel::with([link, link], [config(0), config(1)], games);
        duel.run_until_confirmed(200, 20);
        duel.restart(1, again(1, 1), Tiny::default());
        duel.run_ms(3000);
        let refused = duel.peers[1].events.iter().find_map(|event| match event {
            SessionEvent::Refused(Refusal::State(refused)) => Some(*refused),
            _ => None,
        });
        assert!(
            refused.is_some_and(is_expected),
            "{refused:?}, {:?}",
            duel.peers[1].events
        );
        let reason = LeaveReason::StateRefused;
        assert!(duel.peers[0].saw(|event| *event == SessionEvent::PeerLeft { reason }));
    }
}

#[test]
fn a_side_that_begins_a_new_match_takes_no_state_from_a_stranger() {
    let mut duel = Duel::over(LinkConfig::new(19, 80, 5, 0));
    duel.run_until_confirmed(200, 20);
    let mut fresh = again(1, 1);
    fresh.takes_state = false;
    duel.restart(1, fresh, Tiny::default());
    duel.run_ms(1000);
    assert_eq!(duel.peers[1].events, [SessionEvent::Refused(Refusal::CannotRejoin)]);
}
