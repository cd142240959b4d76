//! One of two processes is killed in the middle of a match and started again with the same arguments: both finish in sync.

use crate::support::{Signal, free_addresses, json, run, start, udp_peer};
use serde_json::Value;
use std::path::Path;
use std::process::Child;
use std::time::Duration;

const FRAMES: &str = "900";

fn wait_a_moment(peer: &mut Child) {
    assert!(peer.try_wait().expect("a child").is_none(), "the match ended too early");
    std::thread::park_timeout(Duration::from_millis(5));
}

/// Waits until the match is well under way: the survivor writes every two seconds of it into its replay.
fn wait_for_growth(replay: &Path, times: u32, survivor: &mut Child) {
    let length = || std::fs::metadata(replay).map_or(0, |file| file.len());
    for _ in 0..times {
        let before = length();
        while length() == before {
            wait_a_moment(survivor);
        }
    }
}

/// The second of two processes with these words is killed and started again with the same ones.
fn kill_and_return([survivor, victim]: [Vec<String>; 2]) -> [Value; 2] {
    let folder = tempfile::tempdir().expect("a folder");
    let replay = folder.path().join("survivor.replay");
    let replay_text = replay.to_str().expect("text");
    let victims_replay = folder.path().join("victim.replay");
    let victims_text = victims_replay.to_str().expect("text");
    let begin = |words: &[String], replay: &str| {
        let words = words.iter().map(String::as_str);
        start(
            &words
                .chain(["--frames", FRAMES, "--json", "--replay", replay])
                .collect::<Vec<_>>(),
        )
    };
    let mut survivor = begin(&survivor, replay_text);
    let mut killed = begin(&victim, victims_text);
    // The header, then two runs of frames.
    wait_for_growth(&replay, 3, &mut survivor);
    killed.kill().expect("it runs");
    killed.wait().expect("it ends");
    let left = std::fs::read(&victims_replay).expect("the killed process recorded");
    let returned = begin(&victim, victims_text);
    let reports = [survivor, returned].map(|peer| json(&peer.wait_with_output().expect("it ends")));
    // The survivor's recording has every frame once, from before and after, and plays again to the same state.
    let verified = run(&["verify", replay_text]);
    assert!(verified.status.success(), "{verified:?}");
    // What the killed process had recorded is still there, and the one that came back has written nothing.
    assert_eq!(std::fs::read(&victims_replay).expect("it stays"), left);
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 4);
    reports
}

/// `victim` is killed and comes back.
fn over_udp(victim: usize) -> [Value; 2] {
    let addresses = free_addresses();
    kill_and_return([1 - victim, victim].map(|player| udp_peer(player, addresses, &[])))
}

fn assert_same_match(reports: &[Value; 2]) {
    for report in reports {
        assert_eq!(report["in_sync"], true, "{report}");
        assert_eq!(report["desyncs"], 0, "{report}");
        assert_eq!(report["confirmed_frame"], 900, "{report}");
    }
    assert_eq!(reports[0]["checksum"], reports[1]["checksum"]);
    assert_eq!(reports[0]["seed"], reports[1]["seed"]);
}

#[test]
fn a_killed_guest_comes_back_and_both_end_in_one_state() {
    assert_same_match(&over_udp(1));
}

#[test]
fn a_killed_host_comes_back_and_both_end_in_one_state() {
    assert_same_match(&over_udp(0));
}

#[test]
fn a_killed_side_comes_back_over_webrtc_whichever_seat_the_room_gives_it() {
    let signal = Signal::open();
    let room = format!("{}/rejoin", signal.url);
    let words = ["peer", "--room", &room].map(str::to_owned).to_vec();
    assert_same_match(&kill_and_return([words.clone(), words]));
}
