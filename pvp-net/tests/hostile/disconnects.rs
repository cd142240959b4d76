//! Everything that leads to the disconnect path of `ggrs` 0.13.0, which panics when the victim is caught up with its peer.

use pvp_net::hostile::Forgery;
use pvp_net::{CloseCause, DropReason, LeaveReason, Phase};

use crate::bare::{Bare, InputMessage};
use crate::ours::{Ours, assert_dropped};
use crate::{alone, panic_message};

const CAUGHT_UP: &str = "must load frame in the past";

/// What bare `ggrs` panics with, caught up after 60 frames.
fn caught_up_panic(attack: impl FnOnce(&mut Bare)) -> String {
    let mut bare = Bare::after(60);
    panic_message(|| {
        attack(&mut bare);
        bare.tick();
        bare.tick();
    })
    .expect("bare ggrs panics")
}

fn requested() -> InputMessage {
    InputMessage {
        statuses: Vec::new(),
        disconnect_requested: true,
        ..InputMessage::honest(60, 0, 59)
    }
}

fn flagged() -> InputMessage {
    InputMessage {
        statuses: vec![(false, 59), (true, 59)],
        ..InputMessage::honest(60, 0, 59)
    }
}

#[test]
fn a_requested_disconnect_panics_bare_ggrs_and_does_not_exist_here() {
    let _alone = alone();
    let panic = caught_up_panic(|bare| bare.deliver_input(&requested()));
    assert!(panic.contains(CAUGHT_UP), "{panic}");
    assert_no_packet_of_ggrs_is_read();
}

#[test]
fn one_flipped_bit_in_the_status_panics_bare_ggrs_and_does_not_exist_here() {
    let _alone = alone();
    let panic = caught_up_panic(|bare| bare.deliver_input(&flagged()));
    assert!(panic.contains(CAUGHT_UP), "{panic}");
}

#[test]
fn a_peer_that_never_confirms_its_own_frames_panics_bare_ggrs_at_any_distance() {
    let _alone = alone();
    let mut bare = Bare::new();
    for frame in 0..60 {
        bare.deliver_input(&InputMessage {
            statuses: vec![(false, -1); 2],
            ..InputMessage::honest(frame, 1, frame - 1)
        });
        bare.tick();
    }
    let panic = panic_message(|| {
        bare.deliver_input(&InputMessage {
            statuses: vec![(false, -1), (true, -1)],
            ..InputMessage::honest(60, 0, 59)
        });
        bare.tick();
        bare.tick();
    });
    assert!(panic.is_some());
}

/// The regression test of the fault that the session is built around: `disconnect_player` while caught up.
#[test]
fn leaving_while_caught_up_panics_bare_ggrs_and_closes_a_session() {
    let _alone = alone();
    let panic = caught_up_panic(|bare| bare.session.disconnect_player(1).unwrap());
    assert!(
        panic.contains(CAUGHT_UP),
        "if ggrs mended this, the session may be simpler: {panic}"
    );

    let mut ours = Ours::new();
    // On this link the victim has every input as soon as it needs it.
    let leave_at = |ours: &mut Ours, reason| {
        let now = ours.now;
        ours.sessions[1].leave(now, reason);
        ours.play(30);
    };
    leave_at(&mut ours, LeaveReason::Quit);
    let cause = CloseCause::PeerLeft(LeaveReason::Quit);
    assert_eq!(ours.sessions[0].phase(), Phase::Closed(cause));
    ours.play(30);
}

/// The peer's process is gone: `ggrs` is never told, and the session ends by its own clock.
#[test]
fn a_vanished_peer_never_reaches_the_disconnect_path() {
    let _alone = alone();
    let mut ours = Ours::new();
    for _ in 0..32 * 60 {
        ours.now += std::time::Duration::from_micros(16_667);
        let now = ours.now;
        ours.sessions[0].poll(now);
        let _ = ours.sessions[0].advance(now, 0);
    }
    let cause = CloseCause::PeerLeft(LeaveReason::TimedOut);
    assert_eq!(ours.sessions[0].phase(), Phase::Closed(cause));
}

#[test]
fn a_goodbye_without_a_known_reason_is_dropped() {
    let _alone = alone();
    let codes = || std::iter::once(0).chain(32..=255);
    assert_dropped(DropReason::Goodbye, 225, |ours| {
        for code in codes() {
            let blank = ours.blank();
            ours.attack(Forgery {
                goodbye: Some(code),
                ..blank
            });
        }
    });
}

/// The bytes that break bare `ggrs`, sent to a session as they are.
fn assert_no_packet_of_ggrs_is_read() {
    let mut ours = Ours::new();
    let before = ours.sessions[0].stats().dropped_total();
    let mut count = 0;
    for magic in [0u16, 7, 0x5056, 0xffff] {
        for input in [requested(), flagged()] {
            for tag in 0u32..8 {
                let packet = [&magic.to_le_bytes()[..], &tag.to_le_bytes(), &input.to_bytes()].concat();
                ours.attack_raw(&packet);
                count += 1;
            }
        }
    }
    assert_eq!(ours.sessions[0].stats().dropped_total() - before, count);
    ours.assert_unharmed();
}
