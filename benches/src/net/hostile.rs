//! What reading one packet costs a session, honest or hostile: processor time and memory asked for.
//!
//! The hostile ones carry the peer's true tag, so they get as far as a cheater's can.

use std::time::Duration;

use pvp_net::hostile::Forgery;
use pvp_net::transport::link::{End, Link, LinkConfig, LinkControl};
use pvp_net::{Channel, Phase, Session, SessionConfig};
use serde::Serialize;
use stats_alloc::INSTRUMENTED_SYSTEM;

use super::game::{FRAME, State};
use super::ours::Rules;
use crate::measure::Effort;

/// Packets read by one poll; a poll reads at most 64 genuine ones.
const BATCH: usize = 32;
/// What reading one packet may take, in nanoseconds.
const NANOSECONDS_MAX: f64 = 100_000.0;
/// What reading one packet may ask the allocator for, in bytes.
const BYTES_MAX: usize = 64 * 1024;

/// One kind of packet.
#[derive(Clone, Debug, Serialize)]
pub struct Cost {
    /// What the packets are.
    pub packets: &'static str,
    /// Processor time for one, with its way through the simulated link, in nanoseconds.
    pub nanoseconds: f64,
    /// The most that one asks the allocator for, in bytes; zero unless the program counts (`--bin allocations`).
    pub bytes_allocated: usize,
}

impl Cost {
    /// The row for people.
    #[must_use]
    pub fn row(&self) -> String {
        format!("  {:<34} {:>9.0} ns", self.packets, self.nanoseconds)
    }

    /// The goal for the time that was missed, if it was.
    #[must_use]
    pub fn missed_time(&self) -> Option<String> {
        (self.nanoseconds > NANOSECONDS_MAX).then(|| format!("cost of one packet: {}", self.row().trim()))
    }

    /// The goal for the memory that was missed, if it was.
    #[must_use]
    pub fn missed_memory(&self) -> Option<String> {
        (self.bytes_allocated > BYTES_MAX)
            .then(|| format!("memory of one packet: {} {} B", self.packets, self.bytes_allocated))
    }
}

/// A session in the middle of a match; its peer has fallen silent, and somebody speaks for it.
struct Victim {
    session: Session<Rules, Link>,
    _peer: Session<Rules, Link>,
    control: LinkControl,
    now: Duration,
}

impl Victim {
    fn new() -> Option<Victim> {
        let (a, b) = Link::pair(LinkConfig::default());
        let control = a.control();
        let session = |player: u8, link| {
            let config = SessionConfig {
                entropy: 7 + u64::from(player),
                ..SessionConfig::new(player, 1)
            };
            Session::new(Rules, State::default(), link, config, Duration::ZERO).ok()
        };
        let (mut session, mut peer) = (session(0, a)?, session(1, b)?);
        let mut now = Duration::ZERO;
        for frame in 0..300_u16 {
            now += FRAME;
            for session in [&mut session, &mut peer] {
                session.poll(now);
                // Not started yet is as good.
                let _ = session.advance(now, frame / 9);
                drop(session.events());
                drop(session.game_events());
            }
        }
        (session.phase() == Phase::Running).then_some(Victim {
            session,
            _peer: peer,
            control,
            now,
        })
    }

    fn forge(&self, change: impl FnOnce(&mut Forgery<'static>)) -> Vec<u8> {
        let (received, sent) = self.session.input_counts();
        let mut forgery = Forgery {
            start: received,
            ack: sent,
            ..Forgery::default()
        };
        change(&mut forgery);
        self.session.forge_as_peer(&forgery)
    }

    fn read(&mut self, packet: &[u8], count: usize) {
        for _ in 0..count {
            self.control.inject(End::A, Channel::Datagram, packet);
        }
        self.session.poll(self.now);
        drop(self.session.events());
    }

    fn cost(&mut self, packets: &'static str, packet: &[u8], effort: Effort) -> Cost {
        let mut bytes_allocated = 0;
        for _ in 0..4 {
            self.control.inject(End::A, Channel::Datagram, packet);
            let before = INSTRUMENTED_SYSTEM.stats();
            self.session.poll(self.now);
            let change = INSTRUMENTED_SYSTEM.stats() - before;
            bytes_allocated = bytes_allocated.max(change.bytes_allocated);
            drop(self.session.events());
        }
        let nanoseconds = effort.nanoseconds(|| self.read(packet, BATCH)) / BATCH as f64;
        Cost {
            packets,
            nanoseconds,
            bytes_allocated,
        }
    }
}

/// Measures packets of each kind; empty if the peers do not meet.
pub fn costs(effort: Effort) -> Vec<Cost> {
    static INPUTS: [&[u8]; 120] = [&[1, 2]; 120];
    static LANE: [u8; 450] = [0xff; 450];
    let Some(mut victim) = Victim::new() else {
        return Vec::new();
    };
    let honest = victim.forge(|forgery| forgery.ping = Some((1, 9)));
    let mut altered = honest.clone();
    altered[5] ^= 1;
    let random: Vec<u8> = (0..512_u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let repeats = victim.forge(|forgery| {
        (forgery.start, forgery.count, forgery.inputs) = (forgery.start - 120, 120, &INPUTS);
    });
    let future = victim.forge(|forgery| (forgery.count, forgery.inputs) = (120, &INPUTS));
    let bomb = victim.forge(|forgery| (forgery.count, forgery.raw_inputs) = (120, &[0xfc, 0x01]));
    let lane = victim.forge(|forgery| forgery.lane = Some(&LANE));
    let handshake = [&b"PVPN"[..], &random[..200]].concat();
    [
        ("honest, with a ping", honest),
        ("altered", altered),
        ("random, 512 B", random),
        ("120 inputs again", repeats),
        ("120 inputs from the future", future),
        ("a run longer than its count", bomb),
        ("a broken lane section, 450 B", lane),
        ("a broken handshake", handshake),
    ]
    .into_iter()
    .map(|(name, packet)| victim.cost(name, &packet, effort))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_packet_is_measured_and_a_dear_one_is_named() {
        let costs = costs(Effort::QUICK);
        assert_eq!(costs.len(), 8);
        assert!(costs.iter().all(|cost| cost.nanoseconds > 0.0));
        let dear = Cost {
            bytes_allocated: BYTES_MAX + 1,
            ..costs[0].clone()
        };
        assert!(dear.missed_memory().is_some() && costs[0].missed_memory().is_none());
        let slow = Cost {
            nanoseconds: NANOSECONDS_MAX + 1.0,
            ..costs[0].clone()
        };
        assert!(slow.missed_time().is_some());
    }
}
