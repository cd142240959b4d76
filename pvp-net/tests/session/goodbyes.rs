//! A side that leaves is seen to have left, whatever the two sides are in the middle of.

use std::time::Duration;

use pvp_net::transport::link::LinkConfig;
use pvp_net::{LeaveReason, Liveness, SessionEvent};

use crate::duel::{Duel, Peer};

const QUIT: SessionEvent = SessionEvent::PeerLeft {
    reason: LeaveReason::Quit,
};

fn countdowns(peer: &Peer) -> usize {
    let lost = |event: &&SessionEvent| matches!(event, SessionEvent::Liveness(Liveness::Lost { .. }));
    peer.events.iter().filter(lost).count()
}

/// `leaver` says goodbye and its process ends at once; the other side must see just that.
fn leave(duel: &mut Duel, leaver: usize, rtt_ms: u32, what: &str) {
    let before = countdowns(&duel.peers[1 - leaver]);
    let now = duel.now;
    duel.peers[leaver].session.leave(now, LeaveReason::Quit);
    duel.peers[leaver].is_alive = false;
    duel.run_ms(u64::from(rtt_ms) + 50);
    let other = &duel.peers[1 - leaver];
    assert!(other.saw(|event| *event == QUIT), "{what}: {:?}", other.events);
    assert_eq!(countdowns(other), before, "{what}: {:?}", other.events);
}

#[test]
fn a_side_that_leaves_at_any_moment_of_a_resume_is_seen_to_have_left() {
    for seed in 0..3u32 {
        let rtt_ms = [20, 40, 60][seed as usize];
        // Two round trips from the first packet after the outage: the whole resume and a little more.
        for after_ms in 0..=2 * rtt_ms {
            for leaver in [0, 1] {
                let mut duel = Duel::over(LinkConfig::new(seed.into(), rtt_ms, 7, 0));
                duel.run_until_confirmed(30, 20);
                duel.control.cut();
                duel.run_ms(2100 + u64::from(seed) * 7);
                duel.control.heal();
                duel.run_ms(u64::from(after_ms));
                // Nothing of the outage's first packet may have come yet; then the countdown of the outage still runs.
                leave(
                    &mut duel,
                    leaver,
                    rtt_ms + 200,
                    &format!("seed {seed}, side {leaver} after {after_ms} ms"),
                );
            }
        }
    }
}

#[test]
fn a_side_that_leaves_at_any_moment_of_a_rematch_is_seen_to_have_left() {
    for after_ms in 0..=200 {
        for leaver in [0, 1] {
            let mut duel = Duel::over(LinkConfig::new(5, 60, 7, 0));
            duel.run_until_confirmed(30, 20);
            duel.peers.iter_mut().for_each(|peer| peer.session.rematch().unwrap());
            duel.run_ms(after_ms);
            leave(&mut duel, leaver, 60, &format!("side {leaver} after {after_ms} ms"));
        }
    }
}

/// The goodbye of the one side may be all that the other one hears of the new epoch.
#[test]
fn a_goodbye_in_the_new_epoch_reaches_a_side_that_is_still_in_the_old_one() {
    let mut duel = Duel::over(LinkConfig::new(6, 100, 0, 0));
    duel.run_until_confirmed(100, 20);
    duel.control.blackout(Duration::from_millis(2500));
    duel.run_ms(2500);
    while !duel.peers[0].saw(|event| matches!(event, SessionEvent::EpochStarted { .. })) {
        duel.run_ms(1);
    }
    leave(&mut duel, 0, 100, "the first side that has switched");
}
