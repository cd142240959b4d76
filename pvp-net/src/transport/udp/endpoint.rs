//! One end of the encrypted path without its socket: what each packet leads to, and what is to be sent, to whom and when.
//!
//! Must not: touch a socket or a clock, or answer a packet with more bytes than it had.
//!
//! [`tunnel`](super::tunnel) has the keys, [`path`](super::path) the addresses, [`reach`](super::reach) the sizes;
//! each has its own states and timers, described there. This type lets them act together:
//!
//! - a hello that proves itself makes a peer: the path begins anew where it came from;
//! - a hello of the peer, or a sealed packet from an address that is not proven, is answered with a challenge sealed with the
//!   keys: so neither side waits for the other to speak first, and one exchange shows keys and address at once;
//! - hellos and probes that are due go to every address in use and to the configured one.

use std::net::SocketAddr;
use std::ops::Range;
use std::time::Duration;

use super::UdpStats;
use super::control::Control;
use super::key::RoomKey;
use super::path::{Path, Targets};
use super::reach::Reach;
use super::tunnel::{CONTROL_BYTES, Dropped, Greeting, Opened, SILENT_AFTER, Tunnel};
use crate::transport::PathFault;

/// Hellos, challenges and probes answered at one `now` at most.
const ANSWERS_PER_POLL: u32 = 16;
/// How often a peer is asked whether it lives while someone claims its place.
const ASK_INTERVAL: Duration = Duration::from_millis(50);

/// A packet to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outgoing {
    pub(super) to: SocketAddr,
    pub(super) bytes: Vec<u8>,
}

pub(super) struct Endpoint {
    tunnel: Tunnel,
    path: Path,
    reach: Reach,
    polled_at: Option<Duration>,
    answers_left: u32,
    ask_at: Duration,
    outbox: Vec<Outgoing>,
    stats: UdpStats,
}

impl Endpoint {
    /// An end with this room key; `seed` must be fresh random bytes. Without `configured` it waits for whoever comes.
    pub(super) fn new(room: &RoomKey, seed: &[u8; 32], configured: Option<SocketAddr>) -> Self {
        let tunnel = Tunnel::new(room, seed);
        let reach = Reach::new(room, tunnel.tag());
        Self {
            tunnel,
            path: Path::new(configured, seed),
            reach,
            polled_at: None,
            answers_left: 0,
            ask_at: Duration::ZERO,
            outbox: Vec::new(),
            stats: UdpStats::default(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.tunnel.is_open()
    }

    /// Whether the peer has shown that it has the keys.
    #[cfg(test)]
    pub(super) fn is_settled(&self) -> bool {
        self.tunnel.is_settled()
    }

    /// Where the peer is, as far as is known.
    pub(super) fn remote(&self) -> Option<SocketAddr> {
        self.path.active()
    }

    pub(super) fn stats(&self) -> UdpStats {
        UdpStats {
            address_changes: self.path.changes(),
            peer_restarts: self.tunnel.restarts(),
            ..self.stats
        }
    }

    pub(super) fn stats_mut(&mut self) -> &mut UdpStats {
        &mut self.stats
    }

    /// What keeps packets from passing, as far as can be told.
    pub(super) fn fault(&self) -> Option<PathFault> {
        let stats = &self.stats;
        if let Some(fault) = self.reach.fault() {
            return Some(fault);
        }
        if self.is_open() || stats.probes_received > 0 {
            return None;
        }
        let strangers = stats.foreign_packets + stats.forged_packets;
        Some(match strangers {
            0 => PathFault::Nothing,
            packets => PathFault::Strangers { packets },
        })
    }

    /// Lets time pass, once per `now`, and puts what is due into the outbox.
    pub(super) fn poll(&mut self, now: Duration) {
        if self.polled_at == Some(now) {
            return;
        }
        self.polled_at = Some(now);
        self.answers_left = ANSWERS_PER_POLL;
        if let Some(hello) = self.tunnel.poll(now) {
            self.put_all(self.path.hello_targets(), &hello);
        }
        for address in self.path.poll(now).iter() {
            self.challenge(now, address);
        }
        let has_met = self.tunnel.is_settled();
        if let Some(probe) = self.reach.poll(now, has_met) {
            self.put_all(self.path.hello_targets(), &probe);
        }
    }

    /// Takes the packets to send, in order.
    pub(super) fn outgoing(&mut self) -> impl Iterator<Item = Outgoing> + '_ {
        self.outbox.drain(..)
    }

    /// Seals a payload; the packet goes to each of these addresses. None if nobody is there yet.
    pub(super) fn seal(&mut self, payload: &[u8], packet: &mut Vec<u8>) -> Targets {
        let targets = self.path.targets();
        if targets == Targets::default() || !self.tunnel.seal(payload, packet) {
            return Targets::default();
        }
        targets
    }

    /// Handles one packet, after [`poll`](Self::poll) with this `now`; returns where the payload lies in it.
    pub(super) fn handle(&mut self, now: Duration, from: SocketAddr, packet: &mut [u8]) -> Option<Range<usize>> {
        if let Some(answer) = self.reach.handle(packet) {
            self.stats.probes_received += 1;
            if let Some(answer) = answer.filter(|answer| answer.len() <= packet.len()) {
                self.answer(from, answer);
            }
            return None;
        }
        // Nobody gets more than it sent.
        let room_bytes = packet.len();
        match self.tunnel.open(now, packet) {
            Ok(Opened::Data { range, is_newest }) => {
                self.stats.received_packets += 1;
                self.question(now, from, is_newest, room_bytes);
                return Some(range);
            }
            Ok(Opened::Control { control, is_newest }) => self.handle_control(now, from, control, is_newest),
            Ok(Opened::Hello(greeting)) => self.handle_greeting(now, from, greeting),
            Err(Dropped::Foreign) => self.stats.foreign_packets += 1,
            Err(Dropped::Forged) => self.stats.forged_packets += 1,
            Err(Dropped::Replayed) => self.stats.replayed_packets += 1,
        }
        None
    }

    fn handle_control(&mut self, now: Duration, from: SocketAddr, control: Control, is_newest: bool) {
        match control {
            Control::Challenge(token) => {
                let is_doubtful = self.path.handle_sealed(now, from, is_newest);
                let challenge = is_doubtful.then(|| self.path.ask(now, from));
                let response = Control::Response { token, challenge };
                let mut packet = Vec::with_capacity(CONTROL_BYTES);
                if take_one(&mut self.answers_left) && self.tunnel.seal_control(response, &mut packet) {
                    // Also where the peer is known to be: a copy of the challenge may have come first, from somebody else.
                    self.put_all(self.path.targets().with(from), &packet);
                }
            }
            Control::Response { token, challenge } => {
                self.path.handle_response(now, token);
                match challenge {
                    Some(token) => self.handle_control(now, from, Control::Challenge(token), is_newest),
                    None => self.question(now, from, is_newest, CONTROL_BYTES),
                }
            }
        }
    }

    fn handle_greeting(&mut self, now: Duration, from: SocketAddr, greeting: Greeting) {
        match greeting {
            Greeting::Answer(hello) => self.answer(from, hello.to_vec()),
            Greeting::Adopted(hello) => {
                self.path.handle_adoption(from);
                if self.tunnel.restarts() > 0 {
                    self.reach.restart();
                }
                self.answer(from, hello.to_vec());
            }
            Greeting::FromPeer => {
                if take_one(&mut self.answers_left) {
                    self.challenge(now, from);
                }
            }
            Greeting::Refused => {
                self.stats.refused_claims += 1;
                self.ask_peer(now);
            }
            Greeting::Unanswered => {}
        }
    }

    /// Someone claims the peer's place: does the peer live?
    fn ask_peer(&mut self, now: Duration) {
        let is_quiet = self.tunnel.silence().is_some_and(|silence| silence >= SILENT_AFTER / 5);
        if is_quiet && now >= self.ask_at {
            self.ask_at = now + ASK_INTERVAL;
            for address in self.path.hello_targets().iter() {
                self.challenge(now, address);
            }
        }
    }

    /// Challenges the sender of a sealed packet of so many bytes, if the peer has not shown that it is there.
    fn question(&mut self, now: Duration, from: SocketAddr, is_newest: bool, bytes: usize) {
        let is_doubtful = self.path.handle_sealed(now, from, is_newest);
        if is_doubtful && bytes >= CONTROL_BYTES && take_one(&mut self.answers_left) {
            self.challenge(now, from);
        }
    }

    fn challenge(&mut self, now: Duration, to: SocketAddr) {
        let token = self.path.ask(now, to);
        let mut bytes = Vec::with_capacity(CONTROL_BYTES);
        if self.tunnel.seal_control(Control::Challenge(token), &mut bytes) {
            self.outbox.push(Outgoing { to, bytes });
        }
    }

    fn answer(&mut self, to: SocketAddr, bytes: Vec<u8>) {
        if take_one(&mut self.answers_left) {
            self.outbox.push(Outgoing { to, bytes });
        }
    }

    fn put_all(&mut self, targets: Targets, bytes: &[u8]) {
        let packets = targets.iter().map(|to| Outgoing {
            to,
            bytes: bytes.to_vec(),
        });
        self.outbox.extend(packets);
    }
}

fn take_one(left: &mut u32) -> bool {
    let has_one = *left > 0;
    *left = left.saturating_sub(1);
    has_one
}

#[cfg(test)]
mod tests;
