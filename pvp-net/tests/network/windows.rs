//! Prediction windows from the smallest to the largest, and rollbacks of a whole second.

use pvp_net::stress::{StressConfig, StressSession};
use pvp_net::transport::link::{Link, LinkConfig};
use pvp_net::{ConfigError, PREDICTION_WINDOW_FRAMES_MAX, Session};
use pvp_sim::Content;

use crate::pair::{FRAME, Linked, config, offered, rules};

#[test]
fn every_window_plays_in_sync_under_delay_and_goes_back_as_far_as_it_may() {
    // The round trip is longer than each window, so that all of it is used: who waits, waits for the network.
    for (window, rtt_ms) in [(1, 60), (2, 100), (8, 400), (20, 900), (60, 2_200)] {
        let configs = [config(0), config(1)].map(|mut config| {
            config.prediction_window_frames = window;
            config.input_delay_frames = 1;
            config
        });
        let link = LinkConfig::new(u64::from(window), rtt_ms, 4, 2);
        let mut linked = Linked::with([rules(), rules()], link, configs);
        let mut furthest = 0;
        for _ in 0..900 {
            linked.run_frames(1);
            let guessed = linked.pair.sessions.each_ref();
            let guessed = guessed.map(|session| session.current_frame() - session.confirmed_frame());
            furthest = furthest.max(guessed[0].max(guessed[1]));
        }
        assert_eq!(furthest, u32::from(window), "guessed frames at a time");
        linked.pair.assert_in_sync();
        assert!(
            linked.pair.confirmed_frame() > 300,
            "window {window}: {}",
            linked.pair.confirmed_frame()
        );
        for session in &linked.pair.sessions {
            let stats = session.stats();
            println!(
                "window {window}, RTT {rtt_ms} ms: {} frames, deepest rollback {}, {} stalled",
                stats.frames_stepped, stats.rollback_depth_max, stats.stalled_frames
            );
            let deepest = stats.rollback_depth_max;
            assert_eq!(
                deepest + 1,
                u32::from(window),
                "of the guessed frames the first was always right"
            );
            assert!(stats.stalled_frames > 0, "the window ends where it says");
        }
    }
}

#[test]
fn windows_of_zero_and_of_more_than_sixty_frames_are_refused_with_their_number() {
    assert_eq!(PREDICTION_WINDOW_FRAMES_MAX, 60);
    for frames in [0, 61, 255] {
        let (link, _) = Link::pair(LinkConfig::default());
        let mut config = config(0);
        config.prediction_window_frames = frames;
        let refused = Session::new(rules(), rules().start(), link, config, FRAME).err();
        assert_eq!(refused, Some(ConfigError::PredictionWindow { frames }));
    }
}

#[test]
fn the_sync_test_passes_with_every_check_distance_up_to_fifty_nine_frames() {
    let config = StressConfig {
        depth_frames_max: 60,
        ..StressConfig::default()
    };
    let mut session = StressSession::new(rules(), rules(), rules().start(), config);
    let content: Content = offered(1, 1);
    session.accept_content(0, &content.encode()).expect("a free slot");
    let mut distances = std::collections::BTreeSet::new();
    for _ in 0..1_500 {
        let before = session.report().resimulated_frames;
        let outcome = session.advance(|frame, _, inputs| {
            for (player, input) in (0..).zip(inputs.iter_mut()) {
                *input = crate::pair::buttons(frame, player);
            }
            inputs[1].request_seq = u8::from(frame >= 60);
            inputs[0].commit_seq = u8::from(frame >= 120);
        });
        outcome.unwrap_or_else(|failure| panic!("{failure}"));
        distances.insert(session.report().resimulated_frames - before);
    }
    assert!(distances.into_iter().eq(0..=59), "every distance was played");
}
