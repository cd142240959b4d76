//! Owns the target `session`: a live pair of sessions survives any sequence of raw, altered and re-signed packets from its peer.
//!
//! The bytes are operations; altered packets carry true tags, as a cheating peer's would, so false inputs are possible and panics are not.
//! Besides play they reach drops, processes that are killed and started again, rematches and the cheating peer's own messages,
//! so that every phase of a session is attacked.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use pvp_net::transport::link::{End, Link, LinkConfig, LinkControl};
use pvp_net::{
    Channel, Comparison, ContentRefused, Events, Inspect, SendError, Session, SessionConfig, SessionEvent, Simulation,
    Transport, TransportStatus,
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

impl Inspect for Counters {
    fn sections(&self, state: &[u32; 2]) -> Vec<(&'static str, u64)> {
        vec![("first", u64::from(state[0])), ("second", u64::from(state[1]))]
    }

    fn to_bytes(&self, state: &[u32; 2]) -> Vec<u8> {
        state.map(u32::to_le_bytes).concat()
    }

    fn from_bytes(&self, bytes: &[u8]) -> Option<[u32; 2]> {
        let (first, second) = bytes.split_first_chunk::<4>()?;
        let second = <[u8; 4]>::try_from(second).ok()?;
        Some([u32::from_le_bytes(*first), u32::from_le_bytes(second)])
    }

    fn field_name(&self, offset: usize) -> String {
        format!("counter[{}]", offset / 4)
    }
}

struct Pair {
    /// The victim and its peer.
    sessions: [Session<Counters, Tap>; 2],
    sent_by_peer: Captured,
    control: LinkControl,
    now: Duration,
    ticks: u32,
    victim_hosts: bool,
    restarts: u32,
    epochs: u32,
    /// Matches whose last frame was compared, and found equal.
    ends: u32,
}

fn session(player: u8, tap: Tap, victim_hosts: bool, restarts: u32, now: Duration) -> Session<Counters, Tap> {
    let config = SessionConfig {
        host_player: u8::from(!victim_hosts),
        checksum_interval_frames: 5,
        entropy: 3 + u64::from(player) + 2 * u64::from(restarts),
        takes_state: restarts > 0,
        ..SessionConfig::new(player, 1)
    };
    let session = Session::new(Counters, [0; 2], tap, config, now).expect("valid settings");
    session.with_inspect()
}

impl Pair {
    fn new(victim_hosts: bool) -> Pair {
        let (a, b) = Link::pair(LinkConfig {
            latency_ms: 20,
            ..LinkConfig::default()
        });
        let control = a.control();
        let sent_by_peer = Captured::default();
        let start = |player: u8, link, captured: &Captured| {
            let captured = Rc::clone(captured);
            session(player, Tap { link, captured }, victim_hosts, 0, Duration::ZERO)
        };
        let sessions = [start(0, a, &Captured::default()), start(1, b, &sent_by_peer)];
        Pair {
            sessions,
            sent_by_peer,
            control,
            now: Duration::ZERO,
            ticks: 0,
            victim_hosts,
            restarts: 0,
            epochs: 0,
            ends: 0,
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
            let seed = session.match_seed();
            session.poll(self.now);
            let keys = [session.current_frame() as u8 / 8, self.ticks as u8];
            // A session that is over says so; that is an outcome.
            let _ = session.advance(self.now, keys);
            assert!(session.confirmed_frame() >= confirmed || session.match_seed() != seed);
            assert!(session.confirmed_frame() <= session.current_frame());
            for event in session.events() {
                match event {
                    SessionEvent::EpochStarted { .. } => self.epochs += 1,
                    SessionEvent::MatchEnded {
                        comparison: Comparison::Equal,
                        ..
                    } => self.ends += 1,
                    _ => {}
                }
            }
            drop(session.game_events());
        }
    }

    /// Nothing arrives for so long that both sides notice.
    fn drop_out(&mut self) {
        self.control.blackout(Duration::from_millis(2700));
        for _ in 0..5 {
            self.now += Duration::from_millis(600);
            self.tick(true);
        }
    }

    /// The process of `side` is killed and started again on the same path.
    fn restart(&mut self, side: usize) {
        self.restarts += 1;
        self.now += Duration::from_millis(300);
        let (link, _) = Link::pair(LinkConfig::default());
        let captured = Captured::default();
        let tap = self.sessions[side].replace_transport(Tap { link, captured });
        self.sessions[side] = session(side as u8, tap, self.victim_hosts, self.restarts, self.now);
    }

    /// What the users and the cheating peer do besides playing.
    fn act(&mut self, argument: u8, body: &[u8]) {
        let side = usize::from(argument % 2);
        let session = &mut self.sessions[side];
        // Refusals are outcomes.
        match argument / 2 % 8 {
            0 | 1 => {
                let _ = session.offer_content(self.now, body);
                let _ = session.send_message(body);
            }
            2 => {
                let _ = session.send_message(body);
                let ahead = body.first().copied().unwrap_or(0);
                let frame = self.sessions[0].confirmed_frame() + u32::from(ahead);
                for session in &mut self.sessions {
                    let _ = session.end_at(frame);
                }
            }
            // In its turn, so that it is read to its end.
            3 | 4 => self.sessions[1].say_as_cheat(body),
            5 => {
                for session in &mut self.sessions {
                    let _ = session.rematch();
                }
            }
            6 => self.drop_out(),
            _ => self.restart(side),
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

/// Plays the bytes as operations on a live pair. Gives how many epochs began.
///
/// # Panics
///
/// When a session panics, or a confirmed frame is taken back.
pub fn run(bytes: &[u8]) -> u32 {
    play(bytes).0
}

/// Gives how many epochs began, and how many sides found the last frame equal.
fn play(bytes: &[u8]) -> (u32, u32) {
    let Some((&first, mut rest)) = bytes.split_first() else {
        return (0, 0);
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
        let length = match operation % 8 {
            0 | 1 => 0,
            // Long enough for every message.
            7 => usize::from(operation >> 3) * 3,
            _ => usize::from(operation >> 3),
        };
        let length = length.min(behind.len());
        let (body, behind) = behind.split_at(length);
        rest = behind;
        match operation % 8 {
            0 => (0..=argument % 8).for_each(|_| pair.tick(true)),
            1 => (0..=argument % 8).for_each(|_| pair.tick(false)),
            2 => pair.inject(body),
            3 | 4 => pair.inject_altered(argument, body, true),
            5 => pair.inject_altered(argument, body, false),
            6 => pair.inject_built(body),
            _ => pair.act(argument, body),
        }
    }
    (0..6).for_each(|_| pair.tick(true));
    (pair.epochs, pair.ends)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_corpus_holds() {
        assert!(
            crate::replay::replay("session", |bytes| {
                super::run(bytes);
            }) > 0
        );
    }

    /// The operations reach what they are for.
    #[test]
    fn drops_restarts_and_rematches_lead_to_new_epochs() {
        let wait = [0, 7, 0, 7, 0, 7];
        for act in [5, 6, 7] {
            for side in [0, 1] {
                let bytes = [&[6][..], &wait, &[7, act * 2 + side], &wait, &wait, &wait].concat();
                assert!(super::run(&bytes) >= 2, "operation {act} of side {side}");
            }
        }
    }

    #[test]
    fn matches_come_to_an_end_that_both_sides_compare() {
        let wait = [0, 7, 0, 7, 0, 7];
        let end = [15, 4, 6, 0, 0];
        let bytes = [&[6][..], &wait, &end, &wait, &wait, &wait].concat();
        assert_eq!(super::play(&bytes).1, 2);
    }
}
