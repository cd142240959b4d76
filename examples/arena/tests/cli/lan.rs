//! Networks without a router, each in a network namespace of its own; where the system makes none for us, they say so and pass.

use crate::support::arena;
use std::process::{Command, Output};

/// Runs a script of a shell in a network of its own, where `$ARENA` is the binary; `None` if there can be none.
fn in_own_network(script: &str) -> Option<Output> {
    let own = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "sh", "-c", script]);
        command.env("ARENA", arena(&[]).get_program());
        command.output().ok()
    };
    if own("ip link set lo up").is_none_or(|output| !output.status.success()) {
        eprintln!("skipped: no network of our own");
        return None;
    }
    own(script)
}

#[test]
fn without_a_route_for_multicast_webrtc_says_at_once_what_to_do() {
    // No port of the network outside is taken.
    let script = "ip link set lo up
        \"$ARENA\" signal --bind 127.0.0.1:7000 & server=$!
        timeout 60 \"$ARENA\" peer --room ws://127.0.0.1:7000/lan --frames 60 --json; code=$?
        kill $server
        exit $code";
    let Some(output) = in_own_network(script) else { return };
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("ip route add 224.0.0.0/4"), "{text}");
}
