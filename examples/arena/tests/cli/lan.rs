//! Networks without a router, each in a network namespace of its own; where the system makes none for us, they say so and pass.

use std::process::{Command, Output};

#[expect(clippy::print_stderr, reason = "a test that did not run says so")]
fn say_skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// Runs a script of a shell in a network of its own, where `$ARENA` is the binary; `None` if there can be none.
fn in_own_network(script: &str) -> Option<Output> {
    let own = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "--net", "sh", "-c", script]);
        command.env("ARENA", env!("CARGO_BIN_EXE_arena"));
        command.output().ok()
    };
    if own("ip link set lo up").is_none_or(|output| !output.status.success()) {
        say_skipped("no network of our own");
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

#[test]
fn two_processes_on_a_cable_without_a_router_play_over_webrtc_once_the_route_is_there() {
    let script = "ip link set lo up
        ip link add cable0 type veth peer name cable1 && ip address add 10.77.0.1/24 dev cable0
        ip link set cable0 up && ip link set cable1 up && ip route add 224.0.0.0/4 dev cable0 || exit 9
        \"$ARENA\" signal --bind 127.0.0.1:7000 >&2 & server=$!
        timeout 60 \"$ARENA\" peer --room ws://127.0.0.1:7000/lan --frames 120 --json & first=$!
        timeout 60 \"$ARENA\" peer --room ws://127.0.0.1:7000/lan --frames 120 --json; code=$?
        wait $first || code=$?
        kill $server
        exit $code";
    let Some(output) = in_own_network(script) else { return };
    if output.status.code() == Some(9) {
        return say_skipped("no cable of our own");
    }
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(text.matches("\"in_sync\":true").count(), 2, "{text}");
}
