//! Mistakes and bad luck: one clear sentence and an exit code that is not zero, never a backtrace.

use crate::support::{free_addresses, run, start, udp_peer};
use std::ffi::OsStr;
use std::fmt::Debug;
use std::net::UdpSocket;

/// Runs, requires failure, and gives back what was said.
fn complaint<S: AsRef<OsStr> + Debug>(args: &[S]) -> String {
    let output = run(args);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(matches!(output.status.code(), Some(1 | 2)), "{args:?}: {output:?}");
    assert!(output.stdout.is_empty(), "{args:?}: {output:?}");
    assert!(!said.contains("panicked") && !said.contains("backtrace"), "{said}");
    said
}

#[test]
fn bad_arguments_are_named() {
    for (args, word) in [
        (&["demo", "--loss-pct", "300"][..], "300"),
        (&["demo", "--frames", "0"], "0"),
        (&["peer", "--bind", "127.0.0.1:0"], "--remote"),
        (&["peer", "--bot", "aggressive"], "--room"),
        (
            &["peer", "--bind", "nonsense", "--remote", "127.0.0.1:1", "--player", "0"],
            "nonsense",
        ),
        (
            &["peer", "--room", "ws://127.0.0.1:1/x", "--bot", "sleepy"],
            "aggressive",
        ),
        (&["dance"], "dance"),
    ] {
        let said = complaint(args);
        assert!(said.contains(word), "{args:?}: {said}");
    }
}

#[test]
fn no_display_names_the_demo() {
    for args in [&[][..], &["play"]] {
        let said = complaint(args);
        assert!(said.contains("`arena demo`"), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn an_occupied_port_is_named() {
    let occupied = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let bind = occupied.local_addr().expect("an address").to_string();
    let said = complaint(&["peer", "--bind", &bind, "--remote", "127.0.0.1:9", "--player", "0"]);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(&bind), "{said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let bind = taken.local_addr().expect("an address").to_string();
    assert!(complaint(&["signal", "--bind", &bind]).contains(&bind));
}

#[test]
fn a_peer_that_never_comes_is_given_up() {
    let said = complaint(&udp_peer(0, free_addresses(), &["--wait", "1"]));
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("no peer answered within 1 s: nothing has come"), "{said}");
}

#[test]
fn two_room_keys_that_differ_are_named_on_both_sides() {
    let addresses = free_addresses();
    let peers = [0, 1].map(|player: usize| {
        let [bind, remote] = [addresses[player], addresses[1 - player]].map(|address| address.to_string());
        let player = player.to_string();
        start(&[
            "peer", "--bind", &bind, "--remote", &remote, "--player", &player, "--wait", "2",
        ])
    });
    for peer in peers {
        let output = peer.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("--room-key "), "a key that nobody gave is told: {said}");
        assert!(said.contains("none made with this room key"), "{said}");
    }
}

#[test]
fn an_unreachable_signaling_server_is_named() {
    // Bound and dropped: nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let room = format!("ws://{}/room", free.local_addr().expect("an address"));
    drop(free);
    let said = complaint(&["peer", "--room", &room, "--bot", "cautious", "--wait", "2"]);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("signaling"), "{said}");
}

#[test]
fn files_that_are_no_replays_are_refused() {
    let said = complaint(&["verify", "/nonexistent/match.replay"]);
    assert!(said.contains("cannot read /nonexistent/match.replay"), "{said}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("noise.replay");
    std::fs::write(&path, b"this is no replay at all").expect("a file");
    let said = complaint(&["verify", path.to_str().expect("a plain name")]);
    assert!(said.contains("not a readable replay"), "{said}");
    let said = complaint(&["demo", "--frames", "60", "--replay", "/nonexistent/x.replay"]);
    assert!(said.contains("cannot create the replay"), "{said}");
}
