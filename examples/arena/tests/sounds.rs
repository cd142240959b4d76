//! Each sound is heard exactly once over a bad network with deep rollbacks.

use arena::duel::{DuelPeer, GAME_ID, Pilot};
use arena::forging::InlineForging;
use arena::sound::{Cues, Sound};
use pvp_net::transport::link::{Link, LinkConfig};
use pvp_net::{EventPhase, SessionConfig};
use pvp_sim::Event;
use pvp_sim::bot::BotKind;
use std::collections::BTreeMap;
use std::time::Duration;

fn peer(player: u8, link: Link) -> DuelPeer<Link> {
    let mut config = SessionConfig::new(player, GAME_ID);
    config.entropy = 90 + u64::from(player);
    let pilot = Pilot::Bot {
        kind: BotKind::Aggressive,
        level: 3,
        prompts: vec!["frost shotgun".to_owned(), "rocket launcher".to_owned()],
    };
    DuelPeer::new(link, config, pilot, InlineForging::boxed, Duration::ZERO).expect("fixed choices")
}

/// Sounds of a kind: begun, stopped, and the confirmed events that make them.
#[derive(Debug, Default)]
struct Count {
    begun: u32,
    stopped: u32,
}

#[test]
fn each_sound_is_heard_once_under_rollback() {
    let (a, b) = Link::pair(LinkConfig::new(6, 200, 40, 15));
    let control = a.control();
    let mut peers = [peer(0, a), peer(1, b)];
    let mut cues = Cues::new();
    let mut heard: BTreeMap<Sound, Count> = BTreeMap::new();
    let (mut rounds, mut deaths, mut forged, mut jumps, mut taken_back) = (0, 0, 0, 0, 0);
    for tick in 0..24_000u64 {
        let now = Duration::from_millis(tick * 2);
        control.set_now(now);
        for peer in &mut peers {
            peer.poll(now);
            if tick.is_multiple_of(8) {
                peer.advance(now);
            }
        }
        for told in peers[0].happenings() {
            cues.follow(&told);
            taken_back += u32::from(told.phase == EventPhase::Cancelled);
            if told.phase == EventPhase::Confirmed {
                match told.event {
                    Event::RoundEnded { .. } => rounds += 1,
                    Event::Died { .. } => deaths += 1,
                    Event::Forged { .. } => forged += 1,
                    Event::Jumped { .. } => jumps += 1,
                    _ => {}
                }
            }
        }
        cues.settle(peers[0].session().current_frame());
        for cue in cues.take() {
            let count = heard.entry(cue.sound).or_default();
            if cue.is_stop {
                count.stopped += 1;
            } else {
                count.begun += 1;
            }
        }
    }
    assert!(
        peers[0].stats().rollbacks > 50 && taken_back > 10,
        "the network was bad: {taken_back}"
    );
    let left = |sound: Sound| heard.get(&sound).map_or(0, |count| count.begun - count.stopped);
    assert!(rounds > 0 && deaths > 0 && forged > 2 && jumps > 10);
    assert_eq!(
        [left(Sound::RoundWon), left(Sound::Death), left(Sound::Forged)],
        [rounds, deaths, forged]
    );
    // The last predicted jumps may still wait for their confirmation.
    assert!(
        (jumps..=jumps + 3).contains(&left(Sound::Jump)),
        "{jumps} jumps, {heard:?}"
    );
}
