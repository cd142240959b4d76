//! Real sockets on loopback with ports the system chooses: no sleeping, no fixed port.
//!
//! Loopback delivers at once, so a test polls until a condition holds and gives up after a fixed number of polls of its virtual clock.

use std::net::{IpAddr, Ipv4Addr};

use super::*;

const POLLS_MAX: u32 = 200_000;

struct Room {
    a: UdpTransport,
    b: UdpTransport,
    now: Duration,
}

fn key() -> RoomKey {
    RoomKey::from_phrase("tests on loopback")
}

fn any_port(ip: impl Into<IpAddr>) -> SocketAddr {
    SocketAddr::new(ip.into(), 0)
}

fn receive(end: &mut UdpTransport, now: Duration) -> Option<Vec<u8>> {
    let mut buffer = Vec::new();
    end.receive(now, &mut buffer).map(|_| buffer)
}

impl Room {
    /// Two ends on this loopback address that have met.
    fn open(ip: impl Into<IpAddr>) -> Self {
        let ip = ip.into();
        let a = UdpTransport::listen(any_port(ip), &key()).expect("a free port");
        let b = UdpTransport::bind(any_port(ip), a.local_address(), &key()).expect("a free port");
        let mut room = Self {
            a,
            b,
            now: Duration::ZERO,
        };
        room.meet();
        room
    }

    /// Until either side knows where the other is and that it has the keys.
    fn meet(&mut self) {
        self.poll_until(|a, b| a.endpoint.is_settled() && b.endpoint.is_settled());
        let (to_a, to_b) = (self.a.stats().received_packets, self.b.stats().received_packets);
        for _ in 0..POLLS_MAX {
            // A side that listens sends nothing to an address that has not answered.
            for end in [&mut self.a, &mut self.b] {
                end.send(self.now, Channel::Datagram, b"hello").expect("sendable");
            }
            self.poll_once(&mut (Vec::new(), Vec::new()));
            if self.a.stats().received_packets > to_a && self.b.stats().received_packets > to_b {
                return self.drain();
            }
        }
        panic!("nothing happened: {:?} {:?}", self.a, self.b);
    }

    /// Takes what is on its way; loopback has delivered it already.
    fn drain(&mut self) {
        for _ in 0..20 {
            self.poll_once(&mut (Vec::new(), Vec::new()));
        }
    }

    fn poll_once(&mut self, received: &mut (Vec<Vec<u8>>, Vec<Vec<u8>>)) {
        self.now += Duration::from_millis(1);
        received.0.extend(receive(&mut self.a, self.now));
        received.1.extend(receive(&mut self.b, self.now));
    }

    /// Polls both ends until `done`; returns what A and B received meanwhile.
    fn poll_until(
        &mut self,
        mut done: impl FnMut(&UdpTransport, &UdpTransport) -> bool,
    ) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let mut received = (Vec::new(), Vec::new());
        for _ in 0..POLLS_MAX {
            self.poll_once(&mut received);
            if done(&self.a, &self.b) {
                return received;
            }
            std::thread::yield_now();
        }
        panic!("nothing happened: {:?} {:?}", self.a, self.b);
    }

    fn exchange(&mut self) {
        let sent = (self.a.stats().received_packets, self.b.stats().received_packets);
        self.a.send(self.now, Channel::Datagram, b"from a").expect("sendable");
        self.b.send(self.now, Channel::Datagram, b"from b").expect("sendable");
        let received =
            self.poll_until(|a, b| a.stats().received_packets > sent.0 && b.stats().received_packets > sent.1);
        assert_eq!(received, (vec![b"from b".to_vec()], vec![b"from a".to_vec()]));
    }
}

fn has_ipv6() -> bool {
    UdpSocket::bind(any_port(std::net::Ipv6Addr::LOCALHOST)).is_ok()
}

#[test]
fn a_pair_plays_over_ipv4() {
    Room::open(Ipv4Addr::LOCALHOST).exchange();
}

#[test]
fn a_pair_plays_over_ipv6() {
    if has_ipv6() {
        Room::open(std::net::Ipv6Addr::LOCALHOST).exchange();
    }
}

#[test]
fn an_ipv6_socket_reaches_an_ipv4_peer() {
    if !has_ipv6() {
        return;
    }
    let a = UdpTransport::listen(any_port(Ipv4Addr::LOCALHOST), &key()).expect("a free port");
    let everywhere = any_port(std::net::Ipv6Addr::UNSPECIFIED);
    let b = UdpTransport::bind(everywhere, a.local_address(), &key()).expect("a free port");
    let mut room = Room {
        a,
        b,
        now: Duration::ZERO,
    };
    room.meet();
    room.exchange();
}

#[test]
fn garbage_from_a_third_and_from_the_peers_own_address_is_counted_and_dropped() {
    let mut room = Room::open(Ipv4Addr::LOCALHOST);
    let stranger = UdpSocket::bind(any_port(Ipv4Addr::LOCALHOST)).expect("a free port");
    for length in 0..200 {
        stranger
            .send_to(&vec![length as u8; length], room.a.local)
            .expect("loopback");
        room.b
            .socket
            .send_to(&vec![0x72; length], room.a.local)
            .expect("loopback");
        let expected = 2 * (length as u64 + 1);
        room.poll_until(|a, _| a.stats().foreign_packets + a.stats().forged_packets == expected);
    }
    room.exchange();
    assert_eq!(room.a.remote_address(), Some(room.b.local));
}

#[test]
fn a_replayed_packet_is_refused_even_from_another_address() {
    let mut room = Room::open(Ipv4Addr::LOCALHOST);
    let mut packet = Vec::new();
    let before = room.a.stats().received_packets;
    let targets = room.b.endpoint.seal(b"once", &mut packet);
    assert_eq!(targets.iter().count(), 1);
    let thief = UdpSocket::bind(any_port(Ipv4Addr::LOCALHOST)).expect("a free port");
    room.b.socket.send_to(&packet, room.a.local).expect("loopback");
    let (received, _) = room.poll_until(|a, _| a.stats().received_packets > before);
    assert_eq!(received, [b"once".to_vec()]);
    thief.send_to(&packet, room.a.local).expect("loopback");
    room.poll_until(|a, _| a.stats().replayed_packets == 1);
    assert_eq!(room.a.remote_address(), Some(room.b.local));
    room.exchange();
}

#[test]
fn another_key_never_connects() {
    let a = UdpTransport::listen(any_port(Ipv4Addr::LOCALHOST), &key()).expect("a free port");
    let other = RoomKey::generate().expect("random bytes");
    let b = UdpTransport::bind(any_port(Ipv4Addr::LOCALHOST), a.local, &other).expect("a port");
    let mut room = Room {
        a,
        b,
        now: Duration::ZERO,
    };
    room.poll_until(|a, _| a.stats().forged_packets >= 5);
    assert_eq!(room.a.status(), TransportStatus::Connecting);
    assert_eq!(room.b.status(), TransportStatus::Connecting);
    assert_eq!(room.b.send(room.now, Channel::Datagram, b"x"), Ok(()));
    assert_eq!(room.b.stats().early_sends, 1);
    assert_eq!(room.a.stats().sent_packets, 0, "strangers are not answered");
}

#[test]
fn an_address_change_survives() {
    let mut room = Room::open(Ipv4Addr::LOCALHOST);
    let moved = open(any_port(Ipv4Addr::LOCALHOST)).expect("a free port");
    moved.set_nonblocking(true).expect("a socket option");
    room.b.local = moved.local_addr().expect("bound");
    room.b.socket = moved;
    let before = room.a.stats().received_packets;
    room.b
        .send(room.now, Channel::Datagram, b"I moved somewhere else")
        .expect("sendable");
    let (received, _) = room.poll_until(|a, _| a.stats().received_packets > before);
    assert_eq!(received, [b"I moved somewhere else".to_vec()]);
    let moved_to = room.b.local;
    room.poll_until(|a, _| a.remote_address() == Some(moved_to));
    assert_eq!(room.a.stats().address_changes, 1);
    room.exchange();
}

#[test]
fn a_restarted_process_with_the_room_key_takes_its_place_again() {
    let mut room = Room::open(Ipv4Addr::LOCALHOST);
    room.exchange();
    let restarted = UdpTransport::bind(any_port(Ipv4Addr::LOCALHOST), room.a.local, &key());
    room.b = restarted.expect("a free port");
    room.poll_until(|a, b| b.endpoint.is_open() && a.remote_address() == Some(b.local));
    room.meet();
    room.exchange();
    assert_eq!(room.a.stats().peer_restarts, 1);
}

#[test]
fn a_poll_reads_a_bounded_number_of_packets() {
    let mut room = Room::open(Ipv4Addr::LOCALHOST);
    room.a.begin_poll(Duration::from_secs(1_000));
    room.a.reads_left = 3;
    for _ in 0..10 {
        room.b.socket.send_to(b"junk", room.a.local).expect("loopback");
    }
    assert_eq!(receive(&mut room.a, Duration::from_secs(1_000)), None);
    assert_eq!(room.a.stats().foreign_packets, 3);
}

#[test]
fn errors_name_the_address_and_say_what_to_do() {
    let taken = UdpSocket::bind(any_port(Ipv4Addr::LOCALHOST)).expect("a free port");
    let address = taken.local_addr().expect("bound");
    let error = UdpTransport::listen(address, &key()).expect_err("the port is taken");
    assert_eq!(error, UdpError::AddressInUse { address });
    assert!(error.to_string().contains("choose another port"), "{error}");
    let elsewhere = SocketAddr::from(([192, 0, 2, 1], 0));
    assert_eq!(
        UdpTransport::listen(elsewhere, &key()).expect_err("not our address"),
        UdpError::AddressNotAvailable { address: elsewhere }
    );
    let (v4, v6) = (
        SocketAddr::from(([127, 0, 0, 1], 0)),
        SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 1)),
    );
    assert_eq!(
        UdpTransport::bind(v4, v6, &key()).expect_err("families differ"),
        UdpError::FamilyMismatch { local: v4, remote: v6 }
    );
}

#[test]
fn too_large_a_payload_and_the_missing_reliable_channel_are_refused() {
    let mut room = Room::open(Ipv4Addr::LOCALHOST);
    let now = room.now;
    assert_eq!(
        room.a.send(now, Channel::Datagram, &[0; 1201]),
        Err(SendError::TooLarge {
            bytes: 1201,
            limit: 1200
        })
    );
    assert_eq!(room.a.send(now, Channel::Reliable, b"x"), Err(SendError::Closed));
    assert!(!format!("{:?}", key()).contains("loopback"));
}

mod flood {
    //! A whole match over real sockets, under fire from a stranger and from the peer's own address.

    use super::*;
    use crate::toy::{START, Toy, ToyInput};
    use crate::{Advance, Phase, Session, SessionConfig};

    const FRAMES: u32 = 600;
    const PACKETS_PER_TICK: u64 = 90;
    const TICK: Duration = Duration::from_micros(16_667);

    fn session(player: u8, transport: UdpTransport) -> Session<Toy, UdpTransport> {
        let config = SessionConfig {
            entropy: 9 + u64::from(player),
            ..SessionConfig::new(player, 1)
        };
        Session::new(Toy::default(), START, transport, config, Duration::ZERO).expect("valid settings")
    }

    /// Random bytes, or a true packet of the peer's with some of them altered.
    fn hostile_packet(draws: &mut u64, truth: &[u8]) -> Vec<u8> {
        let mut draw = || {
            *draws = draws
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (*draws >> 33) as usize
        };
        if draw() % 2 == 0 {
            return (0..draw() % 100).map(|_| draw() as u8).collect();
        }
        let mut packet = truth.to_vec();
        for _ in 0..1 + draw() % 3 {
            let at = draw() % packet.len().max(1);
            let flip = 1 << (draw() % 8);
            packet.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= flip);
        }
        packet
    }

    #[test]
    fn a_match_under_a_hundred_thousand_hostile_packets_ends_in_sync() {
        let a = UdpTransport::listen(any_port(Ipv4Addr::LOCALHOST), &key()).expect("a free port");
        let target = a.local_address();
        let b = UdpTransport::bind(any_port(Ipv4Addr::LOCALHOST), target, &key()).expect("a free port");
        let own_address = b.socket.try_clone().expect("another handle");
        let stranger = UdpSocket::bind(any_port(Ipv4Addr::LOCALHOST)).expect("a free port");
        let mut sessions = [session(0, a), session(1, b)];
        let (mut now, mut draws, mut fired) = (Duration::ZERO, 5, 0);
        for _ in 0..POLLS_MAX {
            now += TICK;
            for (player, session) in sessions.iter_mut().enumerate() {
                session.poll(now);
                let buttons = (session.current_frame() / 16) as u8 >> player & 7;
                let input = ToyInput {
                    buttons,
                    ..ToyInput::default()
                };
                // Not started yet, or stalled, is as good.
                let _: Result<Advance, _> = session.advance(now, input);
                drop(session.events());
                drop(session.game_events());
            }
            let truth = sessions[1].transport().outgoing.clone();
            for _ in 0..PACKETS_PER_TICK {
                let from = if draws >> 40 & 1 == 0 { &stranger } else { &own_address };
                // The system may drop some: it is a flood.
                fired += u64::from(from.send_to(&hostile_packet(&mut draws, &truth), target).is_ok());
            }
            if fired >= 100_000 && sessions.iter().all(|session| session.confirmed_frame() >= FRAMES) {
                break;
            }
        }
        assert!(fired >= 100_000, "{fired} packets");
        let stats = sessions[0].transport().stats();
        let refused = stats.foreign_packets + stats.forged_packets + stats.replayed_packets;
        assert!(refused > 20_000, "{stats:?}");
        let frame = sessions[0].confirmed_frame().min(sessions[1].confirmed_frame());
        assert!(frame >= FRAMES);
        assert_eq!(sessions[0].checksum_at(frame), sessions[1].checksum_at(frame));
        assert!(sessions.iter().all(|session| session.phase() == Phase::Running));
        assert_eq!(
            sessions[0].stats().dropped_total(),
            0,
            "nothing hostile reaches the session"
        );
        assert_eq!(
            sessions[0].transport().remote_address(),
            Some(sessions[1].transport().local_address())
        );
    }
}
