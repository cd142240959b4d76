//! `arena peer`: two processes over UDP and over WebRTC, and what strangers send at them.

use crate::support::{Signal, free_addresses, json, start, udp_peer};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::net::UdpSocket;
use std::process::Child;
use std::time::Duration;

const FRAMES: &str = "300";

fn udp_bot(player: usize, addresses: [std::net::SocketAddr; 2], bot: &str) -> Child {
    start(&udp_peer(
        player,
        addresses,
        &["--bot", bot, "--frames", FRAMES, "--json"],
    ))
}

fn finish(peers: [Child; 2]) -> [Value; 2] {
    peers.map(|peer| json(&peer.wait_with_output().expect("it ends")))
}

fn assert_same_match(reports: &[Value; 2]) {
    for report in reports {
        assert_eq!(report["in_sync"], true, "{report}");
        assert_eq!(report["desyncs"], 0, "{report}");
        assert_eq!(report["confirmed_frame"], 300, "{report}");
    }
    assert_eq!(reports[0]["checksum"], reports[1]["checksum"]);
    assert_eq!(reports[0]["seed"], reports[1]["seed"]);
    assert_eq!(reports[0]["weapons_committed"], reports[1]["weapons_committed"]);
}

#[test]
fn two_processes_over_udp_end_in_one_state_although_strangers_send_garbage() {
    let addresses = free_addresses();
    let mut peers = [udp_bot(0, addresses, "aggressive"), udp_bot(1, addresses, "cautious")];
    let stranger = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let mut word = 1u64;
    while peers[0].try_wait().expect("a child").is_none() {
        for address in addresses {
            let mut garbage = [0u8; 96];
            for byte in &mut garbage {
                word = word
                    .wrapping_mul(0x5851_f42d_4c95_7f2d)
                    .wrapping_add(0x1405_7b7e_f767_814f);
                *byte = (word >> 56) as u8;
            }
            let length = 1 + (word >> 33) as usize % garbage.len();
            // A peer that has ended refuses.
            let _ = stranger.send_to(&garbage[..length], address);
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
    let reports = finish(peers);
    assert_same_match(&reports);
    for report in &reports {
        assert!(report["dropped_packets"].as_u64() > Some(100), "{report}");
    }
}

#[test]
fn a_room_key_that_one_side_made_and_told_brings_the_other_in() {
    let addresses = free_addresses().map(|address| address.to_string());
    let [host, guest] = &addresses;
    let common = ["--frames", FRAMES, "--json"];
    let mut first = start(
        &[
            &["peer", "--bind", host, "--remote", guest, "--player", "0"],
            &common[..],
        ]
        .concat(),
    );
    let mut line = String::new();
    let mut errors = BufReader::new(first.stderr.take().expect("a pipe"));
    errors.read_line(&mut line).expect("a line");
    let key = line
        .split_whitespace()
        .nth(2)
        .unwrap_or_else(|| panic!("no key in {line:?}"));
    assert!(line.starts_with("room key ") && key.len() == 23, "{line}");
    let join = [
        "peer",
        "--bind",
        guest,
        "--remote",
        host,
        "--player",
        "1",
        "--room-key",
        key,
    ];
    let second = start(&[&join, &common[..]].concat());
    // Whatever else it says must not fill the pipe.
    let rest = std::thread::spawn(move || drop(errors.lines().last()));
    assert_same_match(&finish([first, second]));
    rest.join().expect("it ends");
}

#[test]
fn two_processes_over_webrtc_end_in_one_state() {
    let signal = Signal::open();
    let room = format!("{}/test", signal.url);
    let peer = |bot| start(&["peer", "--room", &room, "--bot", bot, "--frames", FRAMES, "--json"]);
    assert_same_match(&finish([peer("aggressive"), peer("trickster")]));
}

/// Reads what a peer says until it says this; the rest is read to the end elsewhere, so that it never waits for a reader.
fn await_word(peer: &mut Child, word: &str) {
    let mut said = BufReader::new(peer.stderr.take().expect("a pipe"));
    let mut line = String::new();
    while !line.contains(word) {
        line.clear();
        assert_ne!(said.read_line(&mut line).expect("text"), 0, "it never said {word:?}");
    }
    std::thread::spawn(move || said.read_to_end(&mut Vec::new()));
}

#[test]
fn a_match_outlives_its_signaling_server_and_the_next_one_uses_the_second_server() {
    let [first, second] = [Signal::open(), Signal::open()];
    let rooms = format!("{}/duel,{}/duel", first.url, second.url);
    let play =
        || ["aggressive", "cautious"].map(|bot| start(&["peer", "--room", &rooms, "--bot", bot, "--frames", "240"]));
    let mut peers = play();
    peers.iter_mut().for_each(|peer| await_word(peer, "plays against"));
    drop(first);
    for peer in peers {
        let output = peer.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{output:?}");
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("in sync"),
            "{output:?}"
        );
    }
    // Each gives up after the 20 s that it waits by default.
    for peer in play() {
        let output = peer.wait_with_output().expect("it ends");
        assert!(output.status.success(), "{output:?}");
    }
    drop(second);
}
