//! Two endpoints and a holder of the phrase, driven by bytes; feature `hostile`, for fuzzing.
//!
//! Must not: read anything but its bytes, or be part of the API.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use super::endpoint::Endpoint;
use super::hello::Hello;
use super::key::RoomKey;

/// Packets on their way at a time; older ones are lost.
const WIRE_MAX: usize = 64;
const STEP: Duration = Duration::from_millis(10);
/// However bad it was, an honest network brings both together within this.
const HEALS_WITHIN: Duration = Duration::from_secs(3);

struct Packet {
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

struct Game<'a> {
    bytes: &'a [u8],
    room: RoomKey,
    now: Duration,
    ends: [Endpoint; 2],
    started: u8,
    wire: VecDeque<Packet>,
    heard: [bool; 2],
}

fn address(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], port))
}

/// Plays the bytes: packets are delivered, lost, repeated, altered, cut, sent from elsewhere and made up,
/// also with the room key, and processes start again. Then the network is honest.
///
/// # Panics
/// If an answer is larger than its cause, or the two do not meet once the network is honest.
pub fn attack_udp(bytes: &[u8]) {
    let room = RoomKey::from_bytes([7; 32]);
    let end = |player: u8| Endpoint::new(&room, &[player; 32], Some(address(2 - u16::from(player))));
    let mut game = Game {
        ends: [end(0), end(1)],
        room: room.clone(),
        bytes,
        now: Duration::from_secs(1),
        started: 2,
        wire: VecDeque::new(),
        heard: [false; 2],
    };
    while !game.bytes.is_empty() {
        game.operate();
    }
    game.heal();
}

impl Game<'_> {
    fn take(&mut self) -> u8 {
        let Some((&byte, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        byte
    }

    fn take_array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.take())
    }

    fn operate(&mut self) {
        let operation = self.take();
        let which = usize::from(operation >> 4) % self.wire.len().max(1);
        match operation & 15 {
            0..=3 => self.tick(STEP),
            4 => {
                let time = Duration::from_millis(u64::from(self.take()) * 20);
                self.tick(time);
            }
            5..=7 => self.deliver(which, |_| {}),
            8 => drop(self.wire.remove(which)),
            9 => self.repeat(which),
            10 => {
                let [at, flip] = self.take_array();
                self.deliver(which, |packet| {
                    let length = packet.bytes.len().max(1);
                    packet
                        .bytes
                        .iter_mut()
                        .skip(usize::from(at) % length)
                        .take(1)
                        .for_each(|byte| *byte ^= flip);
                });
            }
            11 => {
                let length = usize::from(self.take());
                self.deliver(which, |packet| packet.bytes.truncate(length));
            }
            12 => {
                let port = 9_000 + u16::from(self.take() % 16);
                self.deliver(which, |packet| packet.from = address(port));
            }
            13 => {
                let length = usize::from(self.take() % 64);
                let bytes = (0..length).map(|_| self.take()).collect();
                self.inject(usize::from(operation >> 4 & 1), bytes);
            }
            14 => self.inject_hello(usize::from(operation >> 4 & 1)),
            _ => self.restart(usize::from(operation >> 4 & 1)),
        }
    }

    fn inject(&mut self, player: usize, bytes: Vec<u8>) {
        let from = address(9_100);
        let to = address(1 + player as u16);
        self.wire.push_front(Packet { from, to, bytes });
        self.deliver(0, |_| {});
    }

    /// A hello as a holder of the phrase may write it, with a token that it has seen and a proof of its own.
    fn inject_hello(&mut self, player: usize) {
        let seen = self
            .wire
            .iter()
            .rev()
            .find(|packet| packet.bytes.first() == Some(&0x71));
        let echo = seen.and_then(|packet| packet.bytes.get(33..41)?.try_into().ok());
        let mut public = [0; 32];
        public[..4].copy_from_slice(&self.take_array::<4>());
        let hello = Hello {
            public,
            token: self.take_array(),
            echo: echo.unwrap_or_default(),
            next_number: u64::from_le_bytes(self.take_array()),
        };
        let proving = [self.take(); 32];
        let bytes = hello.write(&self.room.hello_key(), (proving[0] > 0).then_some(&proving));
        self.inject(player, bytes.to_vec());
    }

    fn restart(&mut self, player: usize) {
        self.started = self.started.wrapping_add(1);
        let seed = [[self.started, 1], [player as u8, 2]].concat().repeat(8);
        let seed = seed.try_into().expect("32 bytes");
        self.ends[player] = Endpoint::new(&self.room, &seed, Some(address(2 - player as u16)));
    }

    /// Both ends poll and send a datagram.
    fn tick(&mut self, time: Duration) {
        self.now += time;
        for player in 0..2 {
            self.ends[player].poll(self.now);
            let mut bytes = Vec::new();
            let targets = self.ends[player].seal(&[player as u8; 4], &mut bytes);
            let from = address(1 + player as u16);
            self.collect(player);
            self.wire.extend(targets.iter().map(|to| Packet {
                from,
                to,
                bytes: bytes.clone(),
            }));
        }
        let old = self.wire.len().saturating_sub(WIRE_MAX);
        self.wire.drain(..old);
    }

    fn collect(&mut self, player: usize) -> usize {
        let from = address(1 + player as u16);
        let before = self.wire.len();
        let packets = self.ends[player].outgoing().map(|packet| Packet {
            from,
            to: packet.to,
            bytes: packet.bytes,
        });
        self.wire.extend(packets);
        before
    }

    fn repeat(&mut self, which: usize) {
        if let Some(packet) = self.wire.get(which) {
            let copy = Packet {
                bytes: packet.bytes.clone(),
                ..*packet
            };
            self.wire.push_back(copy);
        }
    }

    fn deliver(&mut self, which: usize, alter: impl FnOnce(&mut Packet)) {
        let Some(mut packet) = self.wire.remove(which) else {
            return;
        };
        alter(&mut packet);
        let player = match packet.to.port() {
            1 => 0,
            2 => 1,
            _ => return,
        };
        self.ends[player].poll(self.now);
        self.collect(player);
        let length = packet.bytes.len();
        let payload = self.ends[player].handle(self.now, packet.from, &mut packet.bytes);
        let answers = self.collect(player);
        let answered = self.wire.iter().skip(answers).filter(|answer| answer.to == packet.from);
        assert!(answered.map(|answer| answer.bytes.len()).sum::<usize>() <= length);
        if let Some(range) = payload {
            self.heard[player] |= packet.bytes[range] == [1 - player as u8; 4];
        }
    }

    fn heal(&mut self) {
        self.wire.clear();
        self.heard = [false; 2];
        let end = self.now + HEALS_WITHIN;
        while self.now < end && self.heard != [true; 2] {
            self.tick(STEP);
            for _ in 0..WIRE_MAX {
                self.deliver(0, |_| {});
            }
        }
        assert_eq!(self.heard, [true; 2], "an honest network brings both together");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_was_done_to_them_the_two_meet_on_an_honest_network(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600),
        ) {
            attack_udp(&bytes);
        }
    }
}
