//! Owns the target `session`: a live pair of sessions survives any sequence of raw, altered and re-signed packets from its peer.
//!
//! The bytes are operations; altered packets carry true tags, as a cheating peer's would, so false inputs are possible and panics are not.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use pvp_net::transport::link::{End, Link, LinkConfig, LinkControl};
use pvp_net::{
    Channel, ContentRefused, Events, SendError, Session, SessionConfig, Simulation, Transport, TransportStatus,
};

const TICK: Duration = Duration::from_micros(16_667);
/// Operations of one input at most.
const OPERATIONS_MAX: usize = 64;
/// Ticks of one input at most.
const TICKS_MAX: u32 = 200;
/// Packets remembered for alteration.
const CAPTURED_MAX: usize = 8;

type Captured = Rc<RefCell<VecDeque<Vec<u8>>>>;

/// A link end that remembers what it sent.
struct Tap {
    link: Link,
    captured: Captured,
}

impl Transport for Tap {
    fn send(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError> {
        let mut captured = self.captured.borrow_mut();
        if captured.len() >= CAPTURED_MAX {
            captured.pop_front();
        }
        captured.push_back(bytes.to_vec());
        self.link.send(now, channel, bytes)
    }

    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        self.link.receive(now, buffer)
    }

    fn status(&self) -> TransportStatus {
        self.link.status()
    }
}

/// A game of two counters.
struct Counters;

impl Simulation for Counters {
    type Input = [u8; 2];
    type State = [u32; 2];
    type Event = u8;

    fn step(&self, state: &mut [u32; 2], inputs: &[[u8; 2]], events: &mut Events<u8>) {
        for (count, input) in state.iter_mut().zip(inputs) {
            *count = count.wrapping_mul(3).wrapping_add(u32::from(input[0]));
            if input[1] > 200 {
                events.push(input[1]);
            }
        }
    }

    fn checksum(&self, state: &[u32; 2]) -> u64 {
        u64::from(state[0]) << 32 | u64::from(state[1])
    }

    fn accept_content(&mut self, slot: u8, bytes: &[u8]) -> Result<(), ContentRefused> {
        if bytes.first() == Some(&0) {
            Err(ContentRefused::SlotTaken { slot })
        } else {
            Ok(())
        }
    }
}

struct Pair {
    /// The victim and its peer.
    sessions: [Session<Counters, Tap>; 2],
    sent_by_peer: Captured,
    control: LinkControl,
    now: Duration,
    ticks: u32,
}

impl Pair {
    fn new(victim_hosts: bool) -> Pair {
        let (a, b) = Link::pair(LinkConfig {
            latency_ms: 20,
            ..LinkConfig::default()
        });
        let control = a.control();
        let sent_by_peer = Captured::default();
        let session = |player: u8, link, captured: &Captured| {
            let tap = Tap {
                link,
                captured: Rc::clone(captured),
            };
            let config = SessionConfig {
                host_player: u8::from(!victim_hosts),
                checksum_interval_frames: 5,
                entropy: 3 + u64::from(player),
                ..SessionConfig::new(player, 1)
            };
            Session::new(Counters, [0; 2], tap, config, Duration::ZERO).expect("valid settings")
        };
        let sessions = [session(0, a, &Captured::default()), session(1, b, &sent_by_peer)];
        Pair {
            sessions,
            sent_by_peer,
            control,
            now: Duration::ZERO,
            ticks: 0,
        }
    }

    fn tick(&mut self, peer_too: bool) {
        self.ticks += 1;
        if self.ticks > TICKS_MAX {
            return;
        }
        self.now += TICK;
        let playing = if peer_too { 2 } else { 1 };
        for session in &mut self.sessions[..playing] {
            let confirmed = session.confirmed_frame();
            session.poll(self.now);
            let keys = [session.current_frame() as u8 / 8, self.ticks as u8];
            // A session that is over says so; that is an outcome.
            let _ = session.advance(self.now, keys);
            assert!(session.confirmed_frame() >= confirmed || session.confirmed_frame() == 0);
            assert!(session.confirmed_frame() <= session.current_frame());
            drop(session.events());
            drop(session.game_events());
        }
    }

    fn inject(&mut self, packet: &[u8]) {
        self.control.inject(End::A, Channel::Datagram, packet);
    }

    /// A packet of the peer, altered, with a true tag if it is a datagram of play.
    fn inject_altered(&mut self, which: u8, alterations: &[u8], is_signed: bool) {
        let captured = self.sent_by_peer.borrow();
        let Some(packet) = captured.get(usize::from(which) % captured.len().max(1)) else {
            return;
        };
        let mut packet = packet.clone();
        drop(captured);
        for alteration in alterations.chunks_exact(2) {
            let length = packet.len().max(1);
            match alteration[0] {
                250.. => packet.truncate(usize::from(alteration[1]) % length),
                240..250 => packet.push(alteration[1]),
                at => {
                    if let Some(byte) = packet.get_mut(usize::from(at) % length) {
                        *byte ^= alteration[1];
                    }
                }
            }
        }
        if is_signed {
            self.sessions[0].sign_as_peer(&mut packet);
        }
        self.inject(&packet);
    }

    /// A packet made from nothing, with a true tag.
    fn inject_built(&mut self, bytes: &[u8]) {
        let mut packet = bytes.to_vec();
        self.sessions[0].sign_as_peer(&mut packet);
        self.inject(&packet);
    }
}

/// Plays the bytes as operations on a live pair.
///
/// # Panics
///
/// When a session panics, or a confirmed frame is taken back.
pub fn run(bytes: &[u8]) {
    let Some((&first, mut rest)) = bytes.split_first() else {
        return;
    };
    let mut pair = Pair::new(first % 2 == 0);
    // Some inputs attack the handshake, most a running match.
    for _ in 0..if first % 8 < 2 { first >> 3 & 7 } else { 14 } {
        pair.tick(true);
    }
    for _ in 0..OPERATIONS_MAX {
        let Some((operation, behind)) = rest.split_first_chunk::<2>() else {
            break;
        };
        let [operation, argument] = *operation;
        let length = if operation % 8 < 2 {
            0
        } else {
            usize::from(operation >> 3).min(behind.len())
        };
        let (body, behind) = behind.split_at(length);
        rest = behind;
        match operation % 8 {
            0 => (0..=argument % 8).for_each(|_| pair.tick(true)),
            1 => (0..=argument % 8).for_each(|_| pair.tick(false)),
            2 => pair.inject(body),
            3 | 4 => pair.inject_altered(argument, body, true),
            5 => pair.inject_altered(argument, body, false),
            6 => pair.inject_built(body),
            _ => {
                let session = &mut pair.sessions[usize::from(argument % 2)];
                // Refusals are outcomes.
                let _ = session.offer_content(pair.now, body);
                let _ = session.send_message(body);
            }
        }
    }
    (0..6).for_each(|_| pair.tick(true));
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_corpus_holds() {
        assert!(crate::replay::replay("session", super::run) > 0);
    }
}
