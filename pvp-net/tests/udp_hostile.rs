//! Two UDP endpoints through a proxy that loses, copies, cuts and rebinds: real sockets on ports the system chooses.
//!
//! Time is an argument: loopback delivers at once, so every round of polls is a few milliseconds of the virtual clock.

#![cfg(all(feature = "udp", not(target_arch = "wasm32")))]

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use pvp_net::transport::udp::{RoomKey, UdpTransport};
use pvp_net::{Channel, PathFault, Transport};

const ROUND: Duration = Duration::from_millis(5);
const SECOND: Duration = Duration::from_secs(1);
const PAYLOAD_BYTES: usize = 24;

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    socket.set_nonblocking(true).expect("a setting");
    socket
}

fn address_of(socket: &UdpSocket) -> SocketAddr {
    socket.local_addr().expect("bound")
}

fn key() -> RoomKey {
    RoomKey::from_phrase("tests through a proxy")
}

/// What the proxy does with a packet.
enum Fate {
    Pass,
    Lose,
    /// A copy arrives first, from a stranger's port.
    Race,
    Cut(usize),
}

/// Two players, and between them two routers and whoever sits on the wire.
struct Room {
    ends: [Option<UdpTransport>; 2],
    addresses: [SocketAddr; 2],
    /// `doors[p]` is the address that player p was given for the other; it stays.
    doors: [UdpSocket; 2],
    /// What player p sends comes out of `exits[p]`; a router that rebinds replaces it. Without routers it comes out of the other's door.
    exits: Option<[UdpSocket; 2]>,
    strangers: [UdpSocket; 2],
    now: Duration,
    /// The number of the last datagram that each player has got from the other.
    heard: [u32; 2],
    sent: u32,
    forwarded: [u32; 2],
}

impl Room {
    fn new(has_routers: bool) -> Self {
        let doors = [socket(), socket()];
        let mut room = Self {
            ends: [None, None],
            addresses: [address_of(&doors[0]); 2],
            exits: has_routers.then(|| [socket(), socket()]),
            doors,
            strangers: [socket(), socket()],
            now: SECOND,
            heard: [0; 2],
            sent: 0,
            forwarded: [0; 2],
        };
        room.start(0);
        room.start(1);
        room
    }

    /// Starts a player's process, again on the same port if it ran before.
    fn start(&mut self, player: usize) {
        let was_running = self.ends[player].take().is_some();
        let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let local = if was_running { self.addresses[player] } else { any };
        let end = UdpTransport::bind(local, address_of(&self.doors[player]), &key()).expect("a port");
        self.addresses[player] = end.local_address();
        self.ends[player] = Some(end);
    }

    fn end(&self, player: usize) -> &UdpTransport {
        self.ends[player].as_ref().expect("it runs")
    }

    /// Each player sends a numbered datagram and takes what has come; then the proxy carries.
    fn round(&mut self, fate: &mut impl FnMut(usize, &[u8]) -> Fate) {
        self.now += ROUND;
        self.sent += 1;
        let mut buffer = Vec::new();
        for player in 0..2 {
            let end = self.ends[player].as_mut().expect("it runs");
            while end.receive(self.now, &mut buffer).is_some() {
                let number = u32::from_le_bytes(buffer[..4].try_into().expect("our datagrams"));
                self.heard[player] = self.heard[player].max(number);
            }
            let mut payload = [0; PAYLOAD_BYTES];
            payload[..4].copy_from_slice(&self.sent.to_le_bytes());
            end.send(self.now, Channel::Datagram, &payload).expect("sendable");
        }
        self.carry(fate);
        std::thread::yield_now();
    }

    fn carry(&mut self, fate: &mut impl FnMut(usize, &[u8]) -> Fate) {
        let mut buffer = [0; 2048];
        for player in 0..2 {
            // To a player's peer goes what the player sends to its door, and to the exit of the other's router.
            let entries = [
                Some(&self.doors[player]),
                self.exits.as_ref().map(|exits| &exits[1 - player]),
            ];
            for entry in entries.into_iter().flatten() {
                while let Ok((length, from)) = entry.recv_from(&mut buffer) {
                    if from != self.addresses[player] {
                        continue;
                    }
                    let exit = self
                        .exits
                        .as_ref()
                        .map_or(&self.doors[1 - player], |exits| &exits[player]);
                    let to = self.addresses[1 - player];
                    let mut packet = &buffer[..length];
                    self.forwarded[player] += 1;
                    match fate(player, packet) {
                        Fate::Pass => {}
                        Fate::Lose => continue,
                        Fate::Race => {
                            self.strangers[player].send_to(packet, to).expect("loopback");
                        }
                        Fate::Cut(bytes) => packet = &packet[..bytes.min(length)],
                    }
                    // The other side's process may have ended.
                    let _ = exit.send_to(packet, to);
                }
            }
        }
    }

    /// Runs until both have got something that was sent after now; returns how long that took.
    fn meet(&mut self, limit: Duration, mut fate: impl FnMut(usize, &[u8]) -> Fate) -> Option<Duration> {
        let (begun, sent) = (self.now, self.sent);
        while self.now < begun + limit {
            self.round(&mut fate);
            if self.heard.iter().all(|&heard| heard > sent) {
                return Some(self.now - begun);
            }
        }
        None
    }

    fn run(&mut self, time: Duration, mut fate: impl FnMut(usize, &[u8]) -> Fate) {
        let end = self.now + time;
        while self.now < end {
            self.round(&mut fate);
        }
    }
}

fn pass(_: usize, _: &[u8]) -> Fate {
    Fate::Pass
}

#[test]
fn whichever_single_datagram_of_a_restart_is_lost_the_two_meet_again() {
    for lost in 0..12 {
        for direction in 0..2 {
            let mut room = Room::new(false);
            room.meet(SECOND, pass).expect("they meet");
            room.start(1);
            let mut count = 0;
            let met = room.meet(5 * SECOND, |from, _| {
                count += u32::from(from == direction);
                if from == direction && count == lost + 1 {
                    Fate::Lose
                } else {
                    Fate::Pass
                }
            });
            assert!(met.is_some(), "packet {lost} from player {direction} was lost");
        }
    }
}

/// The one that the first version did not survive: a hello that names a key, the first time it does.
#[test]
fn a_restart_whose_hellos_and_answers_are_lost_once_each_comes_back() {
    for skipped in 0..6 {
        let mut room = Room::new(false);
        room.meet(SECOND, pass).expect("they meet");
        room.start(1);
        // Of the restarted side, all that is no datagram of the session is lost once, beginning with the n-th.
        let mut count = 0;
        let met = room.meet(5 * SECOND, |from, packet| {
            if from == 1 && packet[0] == 0x71 {
                count += 1;
                if count == skipped + 1 {
                    return Fate::Lose;
                }
            }
            Fate::Pass
        });
        assert!(met.is_some(), "hello {skipped} was lost");
    }
}

#[test]
fn a_copy_in_each_direction_that_arrives_first_from_another_port_moves_nothing() {
    let mut room = Room::new(false);
    room.meet(SECOND, pass).expect("they meet");
    room.run(SECOND, pass);
    let homes = [0, 1].map(|player| room.end(player).remote_address());
    let mut raced = [false; 2];
    room.run(20 * ROUND, |from, packet| {
        if packet[0] == 0x72 && !raced[from] {
            raced[from] = true;
            return Fate::Race;
        }
        Fate::Pass
    });
    assert_eq!(raced, [true; 2]);
    assert_eq!(homes, [0, 1].map(|player| room.end(player).remote_address()));
    let met = room.meet(100 * ROUND, pass);
    assert!(met.is_some_and(|time| time < 10 * ROUND), "the match went on: {met:?}");
}

#[test]
fn copies_of_everything_that_arrive_first_hold_nothing_up() {
    let mut room = Room::new(false);
    room.meet(SECOND, |_, _| Fate::Race).expect("they meet");
    for _ in 0..50 {
        let met = room.meet(SECOND, |_, _| Fate::Race);
        assert!(met.is_some_and(|time| time < 100 * ROUND), "{met:?}");
    }
    // The strangers got challenges, and no datagram of the match.
    let mut buffer = [0; 2048];
    for stranger in &room.strangers {
        while let Ok((length, _)) = stranger.recv_from(&mut buffer) {
            assert_ne!((buffer[0], length), (0x72, PAYLOAD_BYTES + 20));
        }
    }
}

#[test]
fn three_hundred_claims_with_the_room_key_do_not_eject_a_living_player_or_shut_out_a_restarted_one() {
    let mut room = Room::new(false);
    room.meet(SECOND, pass).expect("they meet");
    let mut buffer = Vec::new();
    for claim in 0..300 {
        let target = room.addresses[claim % 2];
        let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
        let mut holder = UdpTransport::bind(any, target, &key()).expect("a port");
        for _ in 0..6 {
            while holder.receive(room.now, &mut buffer).is_some() {}
            holder
                .send(room.now, Channel::Datagram, &[0; PAYLOAD_BYTES])
                .expect("sendable");
            room.round(&mut pass);
        }
        let met = room.meet(SECOND, pass);
        assert!(met.is_some_and(|time| time < 20 * ROUND), "claim {claim}: {met:?}");
    }
    assert_eq!([0, 1].map(|player| room.end(player).stats().peer_restarts), [0, 0]);
    room.start(1);
    assert!(
        room.meet(3 * SECOND, pass).is_some(),
        "a restarted player comes back after them all"
    );
}

#[test]
fn a_router_that_rebinds_is_followed_within_a_second() {
    let mut room = Room::new(true);
    room.meet(SECOND, pass).expect("they meet");
    for round in 0..6 {
        room.run(2 * SECOND, pass);
        room.exits.as_mut().expect("routers")[round % 2] = socket();
        let met = room.meet(SECOND, pass);
        assert!(met.is_some(), "rebind {round}");
    }
}

#[test]
fn both_routers_that_rebind_at_once_are_found_again_by_the_addresses_that_were_given() {
    let mut room = Room::new(true);
    room.meet(SECOND, pass).expect("they meet");
    for round in 0..4 {
        room.run(5 * SECOND, pass);
        room.exits = Some([socket(), socket()]);
        let met = room.meet(3 * SECOND, pass);
        assert!(met.is_some(), "rebind {round}");
    }
}

#[test]
fn a_path_that_carries_little_or_cuts_is_named() {
    let needed_bytes = 532;
    for (limit, passed_bytes, lost_bytes) in [(60, 32, 64), (80, 64, 100), (99, 64, 100)] {
        let mut room = Room::new(false);
        room.run(
            8 * SECOND,
            |_, packet| if packet.len() > limit { Fate::Lose } else { Fate::Pass },
        );
        let fault = PathFault::Narrow {
            passed_bytes,
            lost_bytes,
            needed_bytes,
        };
        assert_eq!([room.end(0).fault(), room.end(1).fault()], [Some(fault); 2], "{limit}");
    }
    for bytes in [60, 100, 400] {
        let mut room = Room::new(false);
        room.run(2 * SECOND, |_, _| Fate::Cut(bytes));
        let fault = PathFault::Cuts { bytes, needed_bytes };
        assert_eq!([room.end(0).fault(), room.end(1).fault()], [Some(fault); 2], "{bytes}");
        assert!(
            fault.to_string().contains(&format!("cuts packets to {bytes} bytes")),
            "{fault}"
        );
    }
    let mut room = Room::new(false);
    room.run(2 * SECOND, |_, _| Fate::Lose);
    assert_eq!(room.end(0).fault(), Some(PathFault::Nothing));
    room.run(8 * SECOND, |from, _| if from == 0 { Fate::Lose } else { Fate::Pass });
    assert_eq!(room.end(0).fault(), Some(PathFault::OneWay));
}

#[test]
fn twenty_restarts_at_each_of_twenty_to_fifty_percent_loss_all_come_back() {
    let mut draws = 77_u64;
    for loss_percent in [20, 30, 50] {
        let mut room = Room::new(false);
        let mut lossy = |_: usize, _: &[u8]| {
            draws = draws
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            if (draws >> 33) % 100 < loss_percent {
                Fate::Lose
            } else {
                Fate::Pass
            }
        };
        room.meet(5 * SECOND, &mut lossy).expect("they meet");
        for restart in 0..20 {
            room.start(restart % 2);
            let met = room.meet(5 * SECOND, &mut lossy);
            assert!(met.is_some(), "restart {restart} at {loss_percent} %");
        }
    }
}
