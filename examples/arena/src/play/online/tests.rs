//! Two players who meet by code, over a real path on this machine.

use super::*;
use crate::forging::InlineForging;
use pvp_net::signaling::SignalingServer;
use pvp_sim::Buttons;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

const PATIENCE: Duration = Duration::from_secs(90);

#[expect(clippy::disallowed_methods, reason = "the network below is real, so is its time")]
fn clock() -> Instant {
    Instant::now()
}

fn until(ends: &mut [OnlineMatch; 2], begun: Instant, mut done: impl FnMut(&mut [OnlineMatch; 2]) -> bool) {
    while !done(ends) {
        let now = begun.elapsed();
        for end in ends.iter_mut() {
            end.run_until(now);
        }
        assert!(now < PATIENCE, "{:?} {:?}", ends[0].status(), ends[1].status());
        std::thread::park_timeout(Duration::from_millis(1));
    }
}

/// A room on this machine that anybody can be sent to, and the time.
fn room() -> (impl Fn(&str, u64) -> OnlineMatch, Instant) {
    let server = SignalingServer::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a free port");
    let url = format!("ws://{}", server.local_address());
    std::thread::spawn(move || server.run());
    let begun = clock();
    let join = move |name: &str, entropy| {
        let options = OnlineOptions {
            signaling_url: url.clone(),
            code: "R2".to_owned(),
            name: name.to_owned(),
            ice_urls: Vec::new(),
            taste: Taste::default(),
            input_delay_frames: None,
            entropy,
            wait: PATIENCE,
            replay: Recording::Nowhere,
        };
        OnlineMatch {
            // How long a weapon takes must not depend on this machine.
            make_forging: InlineForging::boxed,
            ..OnlineMatch::join(options).expect("an address")
        }
    };
    (join, begun)
}

#[test]
fn two_players_meet_by_code_play_again_and_one_leaves() {
    let (join, begun) = room();
    let mut ends = [join("Ada", 1), join("Bo", 2)];
    // The one file holds the last match: a rematch begins it anew, with content of its own.
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("last.replay");
    ends[0].tape = Tape::new(Recording::File(file.clone()));
    assert!(matches!(ends[0].status(), Status::Preparing { .. }));
    until(&mut ends, begun, |ends| {
        ends.iter().all(|end| end.state().frame().0 > 120)
    });
    assert_ne!(ends[0].seats(), ends[1].seats());
    assert_eq!(ends[0].peer_name.as_deref(), Some("Bo"));
    ends[0].press(0, Buttons::RIGHT, 0);
    ends[0].wish(begun.elapsed(), 0, "bow");
    until(&mut ends, begun, |ends| ends.iter().all(|end| end.history().len() == 1));
    for end in &mut ends {
        assert!(end.rematch(begun.elapsed()), "{:?}", end.status());
    }
    until(&mut ends, begun, |ends| {
        ends.iter()
            .all(|end| end.history().is_empty() && (1..110).contains(&end.state().frame().0))
    });
    ends[1].wish(begun.elapsed(), 0, "hammer");
    until(&mut ends, begun, |ends| ends.iter().all(|end| end.history().len() == 1));
    assert!(ends[0].history()[0].about.contains("wins"), "{:?}", ends[0].history());
    ends[1].leave(begun.elapsed());
    until(&mut ends, begun, |ends| matches!(ends[0].status(), Status::Over { .. }));
    let Status::Over { text } = ends[0].status() else {
        unreachable!("just seen")
    };
    assert_eq!(text, "Bo left the match");
    assert_eq!(ends[0].tape.is_written(), Some(true));
    let verified = crate::record::verify_file(&file);
    assert!(verified.is_ok(), "{verified:?}");
}

#[test]
fn a_game_that_was_closed_and_started_again_comes_back_into_its_match() {
    let (join, begun) = room();
    let mut ends = [join("Ada", 1), join("Bo", 2)];
    until(&mut ends, begun, |ends| {
        ends.iter().all(|end| end.state().frame().0 > 120)
    });
    // One game is closed without a word, and started again: the match goes on where it was.
    let seen = ends[0].state().frame().0;
    ends[1] = join("Bo", 3);
    until(&mut ends, begun, |ends| {
        let is_back = |end: &OnlineMatch| end.status() == Status::Playing && end.state().frame().0 > seen + 60;
        ends.iter().all(is_back)
    });
    assert_ne!(ends[0].seats(), ends[1].seats());
}
