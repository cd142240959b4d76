//! A running match of two processes under a hundred thousand datagrams: random bytes, true packets altered, cut, repeated;
//! from a third address, and from the very address that each side knows its peer by.

use crate::support::{free_addresses, json, start, udp_peer};
use std::net::{SocketAddr, UdpSocket};
use std::process::Child;
use std::time::{Duration, Instant};

const HOSTILE_PACKETS: u32 = 100_000;
/// After this many, everything a match sets up is set up.
const HOSTILE_PACKETS_EARLY: u32 = HOSTILE_PACKETS / 2;
/// Hostile packets per second: all are sent before the match of 20 s ends, also on a machine that is busy.
const PACKETS_PER_SECOND: f64 = 7_000.0;
/// After a turn that came late, at most so many at once.
const PACKETS_PER_TURN_MAX: u32 = 400;
const FRAMES: &str = "1200";
/// True packets kept for alteration.
const KEPT: usize = 64;
/// A process may grow by this much while the flood runs: the weapons and sprites of its own match.
const GROWTH_KB_MAX: u64 = 8 * 1024;

/// Stands between the two processes: each takes it for its peer.
struct Relay {
    /// `faces[0]` is what player 0 sees as its peer.
    faces: [UdpSocket; 2],
    players: [SocketAddr; 2],
    stranger: UdpSocket,
    /// Packets that went to each player.
    kept: [Vec<Vec<u8>>; 2],
    word: u64,
    fired: u32,
}

impl Relay {
    fn draw(&mut self, bound: usize) -> usize {
        self.word = self
            .word
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.word >> 33) as usize % bound.max(1)
    }

    /// Carries what has come in to the other side, as it is.
    fn carry(&mut self) {
        let mut buffer = [0; 2048];
        for to in 0..2 {
            let from = 1 - to;
            while let Ok((length, _)) = self.faces[from].recv_from(&mut buffer) {
                let packet = buffer[..length].to_vec();
                // A side that has ended refuses.
                let _ = self.faces[to].send_to(&packet, self.players[to]);
                if self.kept[to].len() == KEPT {
                    let oldest = self.draw(KEPT);
                    self.kept[to].swap_remove(oldest);
                }
                self.kept[to].push(packet);
            }
        }
    }

    fn hostile_packet(&mut self, to: usize) -> Vec<u8> {
        let kept_count = self.kept[to].len();
        if kept_count == 0 || self.draw(3) == 0 {
            let length = self.draw(600);
            return (0..length).map(|_| self.draw(256) as u8).collect();
        }
        let which = self.draw(kept_count);
        let mut packet = self.kept[to][which].clone();
        match self.draw(4) {
            // Repeated as it is.
            0 => {}
            1 => packet.truncate(self.draw(packet.len())),
            2 => packet.push(7),
            _ => {
                for _ in 0..=self.draw(3) {
                    let at = self.draw(packet.len());
                    let flip = 1 << self.draw(8);
                    packet.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= flip);
                }
            }
        }
        packet
    }

    fn fire(&mut self) {
        let to = self.draw(2);
        let packet = self.hostile_packet(to);
        let face = if self.draw(2) == 0 {
            &self.stranger
        } else {
            &self.faces[to]
        };
        self.fired += u32::from(face.send_to(&packet, self.players[to]).is_ok());
    }
}

fn peer(player: usize, bind: SocketAddr, relay: SocketAddr) -> Child {
    let mut addresses = [relay; 2];
    addresses[player] = bind;
    start(&udp_peer(player, addresses, &["--frames", FRAMES, "--json"]))
}

/// Resident memory of a process in KiB, where the system tells.
fn resident_kb(peer: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", peer.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "two real processes play in real time")]
fn a_match_of_two_processes_survives_a_flood_of_a_hundred_thousand_packets() {
    let socket = || {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
        socket.set_nonblocking(true).expect("a setting");
        socket
    };
    let mut relay = Relay {
        faces: [socket(), socket()],
        players: free_addresses(),
        stranger: socket(),
        kept: [const { Vec::new() }; 2],
        word: 11,
        fired: 0,
    };
    let face = |index: usize| relay.faces[index].local_addr().expect("an address");
    let mut peers = [0, 1].map(|player| peer(player, relay.players[player], face(player)));
    let (mut early_kb, mut late_kb) = ([None; 2], [None; 2]);
    let begun = Instant::now();
    while peers[0].try_wait().expect("a child").is_none() {
        relay.carry();
        if relay.fired < HOSTILE_PACKETS {
            let due = (begun.elapsed().as_secs_f64() * PACKETS_PER_SECOND) as u32;
            let count = due.saturating_sub(relay.fired).min(PACKETS_PER_TURN_MAX);
            (0..count).for_each(|_| relay.fire());
            let measured = peers.each_ref().map(resident_kb);
            match relay.fired {
                0..HOSTILE_PACKETS_EARLY => early_kb = measured,
                _ => late_kb = measured,
            }
        }
        std::thread::park_timeout(Duration::from_millis(1));
    }
    let reports = peers.map(|peer| json(&peer.wait_with_output().expect("it ends")));
    assert!(relay.fired >= HOSTILE_PACKETS, "{} packets", relay.fired);
    for report in &reports {
        assert_eq!(report["in_sync"], true, "{report}");
        assert_eq!(report["desyncs"], 0, "{report}");
        assert_eq!(report["confirmed_frame"], 1200, "{report}");
        assert!(report["dropped_packets"].as_u64() > Some(10_000), "{report}");
    }
    assert_eq!(reports[0]["checksum"], reports[1]["checksum"]);
    for (early, late) in early_kb.iter().zip(late_kb) {
        if let (Some(early), Some(late)) = (early, late) {
            assert!(late <= early + GROWTH_KB_MAX, "{early} KiB, then {late} KiB");
        }
    }
}
