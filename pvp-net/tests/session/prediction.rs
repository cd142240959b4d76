//! Inputs and frames: every key has its effect after exactly the delay, whatever the network does, and a long match on a usual
//! link is smooth.

use pvp_net::transport::link::LinkConfig;

use crate::duel::{Duel, config};
use crate::game::{Keys, Tiny};

/// From a link without latency to one on which the match stalls all the time.
#[test]
fn every_input_counts_after_exactly_the_delay_at_any_round_trip() {
    for (rtt_ms, delay) in [(0, 0), (0, 2), (100, 2), (300, 2), (300, 7), (600, 2)] {
        let configs = [config(0), config(1)].map(|mut config| {
            config.input_delay_frames = delay;
            config
        });
        let link = LinkConfig::new(6, rtt_ms, 8, 3);
        let mut duel = Duel::with([link; 2], configs, [Tiny::default(), Tiny::default()]);
        for peer in &mut duel.peers {
            peer.session.record_confirmed(true);
        }
        duel.run_ms(12_000);
        let logs = duel
            .peers
            .each_mut()
            .map(|peer| peer.session.confirmed_frames().collect::<Vec<_>>());
        for (log, player) in [(&logs[0], 0), (&logs[0], 1), (&logs[1], 0), (&logs[1], 1)] {
            let played: Vec<Keys> = log.iter().map(|frame| frame.inputs[player]).collect();
            let (blank, rest) = played.split_at(usize::from(delay));
            assert!(blank.iter().all(|keys| *keys == Keys::default()));
            assert!(rest.len() > 200, "RTT {rtt_ms} ms: {} frames", rest.len());
            let offered = &duel.peers[player].offered;
            assert_eq!(rest, &offered[..rest.len()], "RTT {rtt_ms} ms, player {player}");
        }
    }
}

/// The link the design is for: 150 ± 20 ms, 2 % loss, ten minutes.
#[test]
fn ten_minutes_on_the_link_the_design_is_for_are_smooth() {
    let mut duel = Duel::over(LinkConfig::new(4, 150, 10, 2));
    duel.connect();
    duel.run_ms(600_000);
    duel.assert_in_sync();
    for peer in &duel.peers {
        let stats = peer.session.stats();
        let deepest = stats.rollback_depth_max as usize;
        println!("rollbacks by depth from 0: {:?}", &stats.rollback_depths[..=deepest]);
        assert!(stats.frames_stepped > 35_800, "{}", stats.frames_stepped);
        assert!(
            stats.stalled_frames * 100 < stats.frames_stepped,
            "{} stalled",
            stats.stalled_frames
        );
        assert!(stats.rollbacks > 1000 && deepest <= 10);
        assert_eq!(stats.dropped_total(), 0);
    }
}
