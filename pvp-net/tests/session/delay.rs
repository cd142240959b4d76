//! The input delay during a match: it follows the network if asked to, and no press of a key is lost by it.

use pvp_net::transport::link::{End, LinkConfig};
use pvp_net::{ConfigError, InputDelay, Session};

use crate::duel::{Duel, config};
use crate::game::{Keys, Tiny};

fn auto_duel(link: LinkConfig) -> Duel {
    let configs = [config(0), config(1)].map(|mut config| {
        config.input_delay = InputDelay::Auto { frames_max: 6 };
        config
    });
    let mut duel = Duel::with([link; 2], configs, [Tiny::default(), Tiny::default()]);
    for peer in &mut duel.peers {
        peer.session.record_confirmed(true);
    }
    duel
}

/// Runs of equal inputs of one player, each once.
fn changes(inputs: impl IntoIterator<Item = Keys>) -> Vec<(u8, u8)> {
    let mut changes: Vec<_> = inputs.into_iter().map(|keys| (keys.buttons, keys.aim)).collect();
    changes.dedup();
    changes
}

#[test]
fn the_delay_follows_the_round_trip_and_loses_no_key() {
    let mut duel = auto_duel(LinkConfig::new(1, 20, 0, 2));
    let mut delays = Vec::new();
    for rtt in [20, 160, 240, 20] {
        for end in [End::A, End::B] {
            duel.control.set_config(end, LinkConfig::new(1, rtt, 2, 2));
        }
        duel.run_ms(25_000);
        delays.push(duel.peers.each_ref().map(|peer| peer.session.input_delay_frames()));
    }
    println!("{delays:?}");
    let low_and_high = [0..=1, 3..=4, 5..=6, 0..=1];
    for (delays, expected) in delays.iter().zip(low_and_high) {
        assert!(delays.iter().all(|delay| expected.contains(delay)), "{delays:?}");
    }
    duel.assert_in_sync();
    for player in 0..2 {
        let offered = duel.peers[player].offered.clone();
        let played = duel.peers[1 - player].session.confirmed_frames();
        let played = changes(played.map(|frame| frame.inputs[player]));
        // A match begins with as many blank inputs as the delay is long.
        let offered = changes(std::iter::once(Keys::default()).chain(offered));
        assert!(played.len() > 400);
        assert_eq!(played[..], offered[..played.len()], "player {player}");
    }
}

#[test]
fn a_chosen_delay_is_taken_at_once_and_stays() {
    let mut duel = auto_duel(LinkConfig::new(1, 160, 0, 0));
    duel.connect();
    duel.peers[0].session.choose_input_delay(9);
    duel.run_ms(3_000);
    assert_eq!(duel.peers[0].session.input_delay_frames(), 9);
    duel.run_ms(10_000);
    assert_eq!(
        duel.peers[0].session.input_delay_frames(),
        9,
        "no longer follows the network"
    );
    assert_ne!(duel.peers[1].session.input_delay_frames(), 9, "each side has its own");
    duel.assert_in_sync();
}

/// The pacing weighs inputs, not frames: who waits longer for its own keys sees the other side that much later, and so more of it
/// for certain. Nobody can push rollbacks onto the other side by choosing no delay.
#[test]
fn a_longer_delay_spares_rollbacks_to_whoever_chooses_it() {
    let rollbacks = |frames| {
        let mut duel = Duel::over(LinkConfig::new(1, 100, 0, 0));
        duel.connect();
        duel.peers[0].session.choose_input_delay(frames);
        duel.run_ms(8_000);
        let count = |duel: &Duel| duel.peers.each_ref().map(|peer| peer.session.stats().rollbacks);
        let before = count(&duel);
        duel.run_ms(20_000);
        let after = count(&duel);
        [after[0] - before[0], after[1] - before[1]]
    };
    let [none, two, five] = [0, 2, 5].map(rollbacks);
    println!("rollbacks of both sides at a delay of 0, 2 and 5: {none:?}, {two:?}, {five:?}");
    assert!(two[0] > 50);
    assert!(five[0] < 3);
    assert!(five[1].abs_diff(two[1]) < 20 && none[1].abs_diff(two[1]) < 20);
}

#[test]
fn a_limit_beyond_the_sessions_is_refused() {
    let mut config = config(0);
    config.input_delay = InputDelay::Auto { frames_max: 17 };
    let (link, _) = pvp_net::transport::link::Link::pair(LinkConfig::default());
    let session = Session::new(Tiny::default(), Tiny::start(), link, config, std::time::Duration::ZERO);
    assert_eq!(session.err(), Some(ConfigError::InputDelay { frames: 17 }));
}

#[test]
fn the_delay_follows_a_sudden_step_of_the_round_trip_within_two_seconds() {
    let mut duel = auto_duel(LinkConfig::new(1, 40, 0, 0));
    duel.run_ms(10_000);
    let delays = |duel: &Duel| duel.peers.each_ref().map(|peer| peer.session.input_delay_frames());
    assert_eq!(delays(&duel), [0, 0]);
    for end in [End::A, End::B] {
        duel.control.set_config(end, LinkConfig::new(1, 160, 0, 0));
    }
    duel.run_ms(2_000);
    assert!(delays(&duel).iter().all(|delay| *delay >= 3), "{:?}", delays(&duel));
    duel.run_ms(30_000);
    assert_eq!(delays(&duel), [3, 3], "an overshoot is taken back");
    duel.assert_in_sync();
}

#[test]
fn a_delay_that_was_reached_outlives_a_drop() {
    let mut duel = auto_duel(LinkConfig::new(1, 160, 2, 2));
    duel.run_ms(15_000);
    let delays = |duel: &Duel| duel.peers.each_ref().map(|peer| peer.session.input_delay_frames());
    let before = delays(&duel);
    assert!(before.iter().all(|delay| (3..=4).contains(delay)), "{before:?}");
    for outage_ms in [3_000, 2_500] {
        duel.control.cut();
        duel.run_ms(outage_ms);
        duel.control.heal();
        duel.run_ms(1_500);
        for (delay, before) in delays(&duel).iter().zip(before) {
            assert!(delay.abs_diff(before) <= 1, "{:?}", delays(&duel));
        }
    }
    duel.run_ms(10_000);
    let frames = duel.peers.each_ref().map(|peer| peer.session.confirmed_frame());
    assert!(frames.iter().all(|frame| *frame > 1_500), "{frames:?}");
    duel.assert_in_sync();
}
