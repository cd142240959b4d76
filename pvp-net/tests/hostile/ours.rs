//! A pair of sessions of which one is attacked with packets that carry its peer's true tag.

use std::time::Duration;

use pvp_net::hostile::{Forgery, without_guard};
use pvp_net::transport::link::{End, Link, LinkConfig, LinkControl};
use pvp_net::{Channel, DropReason, Events, Phase, Session, SessionConfig, SessionEvent, Simulation, Transport};

use crate::{bytes_allocated, panic_message};

const TICK: Duration = Duration::from_micros(16_667);
/// What one packet may ask the allocator for.
const BYTES_PER_PACKET_MAX: usize = 64 * 1024;

/// A game of two counters.
pub struct Counters;

impl Simulation for Counters {
    type Input = u16;
    type State = [u32; 2];
    type Event = ();

    fn step(&self, state: &mut [u32; 2], inputs: &[u16], _: &mut Events<()>) {
        for (count, input) in state.iter_mut().zip(inputs) {
            *count = count.wrapping_mul(5).wrapping_add(u32::from(*input) + 1);
        }
    }

    fn checksum(&self, state: &[u32; 2]) -> u64 {
        u64::from(state[0]) << 32 | u64::from(state[1])
    }
}

/// What became of a session without its guard.
#[derive(Debug, PartialEq, Eq)]
pub enum Harm {
    Panics(String),
    /// It plays a false match, or none at all.
    OutOfStep,
    None,
}

/// The victim (`sessions[0]`) and its peer, in a match of some frames.
pub struct Ours {
    pub sessions: [Session<Counters, Link>; 2],
    pub control: LinkControl,
    pub now: Duration,
    pub events: Vec<SessionEvent>,
    /// The most that one injected packet asked the allocator for, in bytes.
    pub bytes_per_packet_max: usize,
    /// The first packet of the peer's handshake.
    pub hello: Vec<u8>,
}

impl Ours {
    pub fn new() -> Self {
        let (a, b) = Link::pair(LinkConfig {
            latency_ms: 20,
            ..LinkConfig::default()
        });
        let control = a.control();
        let session = |player: u8, link| {
            let config = SessionConfig {
                entropy: 3 + u64::from(player),
                ..SessionConfig::new(player, 1)
            };
            Session::new(Counters, [0; 2], link, config, Duration::ZERO).unwrap()
        };
        let mut ours = Self {
            sessions: [session(0, a), session(1, b)],
            control,
            now: Duration::ZERO,
            events: Vec::new(),
            bytes_per_packet_max: 0,
            hello: Vec::new(),
        };
        ours.hello = ours.overhear_hello();
        ours.play(150);
        assert!(ours.sessions.iter().all(|session| session.phase() == Phase::Running));
        ours
    }

    fn overhear_hello(&mut self) -> Vec<u8> {
        self.sessions[1].poll(self.now);
        let mut hello = Vec::new();
        let arrival = self.now + TICK * 2;
        self.control.set_now(arrival);
        self.sessions[0].transport_mut().receive(arrival, &mut hello);
        self.now = arrival;
        hello
    }

    pub fn play(&mut self, ticks: u32) {
        for _ in 0..ticks {
            self.now += TICK;
            self.control.set_now(self.now);
            for (player, session) in self.sessions.iter_mut().enumerate() {
                session.poll(self.now);
                let input = session.current_frame() as u16 / 9 * (player as u16 + 1);
                // A session that was told a goodbye is over.
                let _ = session.advance(self.now, input);
                session.game_events().for_each(drop);
            }
            self.events.extend(self.sessions[0].events());
            self.sessions[1].events().for_each(drop);
        }
    }

    /// Lets the victim read one packet.
    pub fn attack_raw(&mut self, packet: &[u8]) {
        self.control.inject(End::A, Channel::Datagram, packet);
        let now = self.now;
        let victim = &mut self.sessions[0];
        let (bytes, ()) = bytes_allocated(|| victim.poll(now));
        self.bytes_per_packet_max = self.bytes_per_packet_max.max(bytes);
        self.events.extend(self.sessions[0].events());
    }

    /// Lets the victim read one datagram with these fields and a true tag.
    pub fn attack(&mut self, forgery: Forgery<'_>) {
        let packet = self.sessions[0].forge_as_peer(&forgery);
        self.attack_raw(&packet);
    }

    /// Fills the victim's socket without letting it read.
    pub fn inject(&self, packet: &[u8]) {
        self.control.inject(End::A, Channel::Datagram, packet);
    }

    /// An honest datagram without news, to be made dishonest.
    pub fn blank(&self) -> Forgery<'static> {
        let (received, sent) = self.sessions[0].input_counts();
        Forgery {
            start: received,
            ack: sent,
            ..Forgery::default()
        }
    }

    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.sessions[0].stats().dropped(reason)
    }

    fn is_in_step(&self) -> bool {
        let [a, b] = &self.sessions;
        let frame = a.confirmed_frame().min(b.confirmed_frame());
        let desyncs = a.stats().desyncs + b.stats().desyncs;
        desyncs == 0 && a.checksum_at(frame).is_some() && a.checksum_at(frame) == b.checksum_at(frame)
    }

    /// Plays two more seconds in step.
    pub fn assert_unharmed(&mut self) {
        let before = self.sessions[0].confirmed_frame();
        self.play(120);
        assert!(self.sessions[0].confirmed_frame() > before + 100, "{:?}", self.events);
        assert!(self.is_in_step(), "{:?}", self.sessions[0].stats());
        let bytes = self.bytes_per_packet_max;
        assert!(bytes <= BYTES_PER_PACKET_MAX, "{bytes} B allocated for one packet");
    }
}

/// Attacks a session: exactly `count` drops for `reason` and for nothing else, and the match goes on in step.
pub fn assert_dropped(reason: DropReason, count: u64, attack: impl Fn(&mut Ours)) {
    let mut ours = Ours::new();
    let before = ours.sessions[0].stats();
    attack(&mut ours);
    let after = ours.sessions[0].stats();
    assert_eq!(
        after.dropped(reason) - before.dropped(reason),
        count,
        "{:?}",
        after.drops
    );
    assert_eq!(
        after.dropped_total() - before.dropped_total(),
        count,
        "{:?}",
        after.drops
    );
    ours.assert_unharmed();
}

/// Attacks a session that has no guard.
pub fn harm_without_guard(attack: impl Fn(&mut Ours)) -> Harm {
    let mut ours = Ours::new();
    let before = ours.sessions[0].confirmed_frame();
    let panic = panic_message(|| {
        without_guard(|| attack(&mut ours));
        ours.play(240);
    });
    match panic {
        Some(text) => Harm::Panics(text),
        None if ours.is_in_step() && ours.sessions[0].confirmed_frame() > before + 200 => Harm::None,
        None => Harm::OutOfStep,
    }
}
