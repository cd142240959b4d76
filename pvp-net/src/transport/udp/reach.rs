//! How large a packet gets through: probes of several sizes, and what can be told from those that arrive.
//!
//! Must not: hold anything up. It only finds out why a match does not begin; a recorder of probes can lie to it.
//!
//! A probe says how long it was when it was sent, so a cut is recognized by the part that is left,
//! and what has arrived from the other side, so each side knows both directions.
//! Probes are sent while nobody is there, and afterwards until both sides know that the largest size passes.

use std::time::Duration;

use super::hello::{has_mac, mac};
use super::key::RoomKey;
use super::tunnel::SEAL_BYTES;
use crate::transport::{MAX_DATAGRAM_BYTES, PathFault};

const KIND_PROBE: u8 = 0x74;
/// kind, sender, length, largest length received, shortest cut received.
const SIGNED_BYTES: usize = 1 + 4 + 2 + 2 + 2;
/// The part of a probe that says everything.
pub(super) const PROBE_BYTES: usize = SIGNED_BYTES + 16;
/// Largest packet a session needs.
pub(super) const NEEDED_BYTES: usize = MAX_DATAGRAM_BYTES + SEAL_BYTES;
/// The largest comes first: on an ordinary path it is the only one.
const SIZES: [usize; 7] = [NEEDED_BYTES, SHORTEST, 64, 100, 160, 256, 384];
const INTERVAL: Duration = Duration::from_millis(100);
/// Once the peers have met and the sizes that pass are known, a probe is no longer urgent.
const INTERVAL_MET: Duration = Duration::from_secs(2);
/// So many of the shortest probes must have come before the absence of the longer ones means anything.
const SHORTEST_TELLING: u32 = 6;
const SHORTEST: usize = 32;

/// What the sizes of packets tell about a path to one peer.
pub(super) struct Reach {
    key: [u8; 32],
    tag: [u8; 4],
    next_size: usize,
    probe_at: Duration,
    /// Shortest probes of the peer that have arrived.
    shortest_count: u32,
    /// Largest packet of the peer that arrived whole.
    heard_bytes: usize,
    /// Shortest length that a packet of the peer was cut to.
    cut_bytes: Option<usize>,
    /// The same two as the peer tells them, of ours.
    told_bytes: usize,
    told_cut_bytes: Option<usize>,
    has_told: bool,
}

impl Reach {
    /// `tag` tells the probes of this endpoint from the peer's.
    pub(super) fn new(room: &RoomKey, tag: [u8; 4]) -> Self {
        Self {
            key: room.probe_key(),
            tag,
            next_size: 0,
            probe_at: Duration::ZERO,
            shortest_count: 0,
            heard_bytes: 0,
            cut_bytes: None,
            told_bytes: 0,
            told_cut_bytes: None,
            has_told: false,
        }
    }

    /// Another process is at the other end, perhaps over another path.
    pub(super) fn restart(&mut self) {
        *self = Self {
            key: self.key,
            tag: self.tag,
            next_size: 0,
            probe_at: self.probe_at,
            shortest_count: 0,
            heard_bytes: 0,
            cut_bytes: None,
            told_bytes: 0,
            told_cut_bytes: None,
            has_told: false,
        };
    }

    fn is_known(&self) -> bool {
        self.heard_bytes >= NEEDED_BYTES && self.told_bytes >= NEEDED_BYTES && self.has_told
    }

    /// The probe to send now, if one is due.
    pub(super) fn poll(&mut self, now: Duration, has_met: bool) -> Option<Vec<u8>> {
        if now < self.probe_at || has_met && self.is_known() {
            return None;
        }
        let has_time = has_met && self.shortest_count >= SHORTEST_TELLING;
        self.probe_at = now + if has_time { INTERVAL_MET } else { INTERVAL };
        let size = SIZES[self.next_size];
        self.next_size = (self.next_size + 1) % SIZES.len();
        Some(self.probe(size))
    }

    fn probe(&mut self, length: usize) -> Vec<u8> {
        self.has_told |= self.heard_bytes >= NEEDED_BYTES;
        let mut packet = Vec::with_capacity(length);
        packet.push(KIND_PROBE);
        packet.extend_from_slice(&self.tag);
        for field in [length, self.heard_bytes, self.cut_bytes.unwrap_or(0)] {
            packet.extend_from_slice(&u16::try_from(field).unwrap_or(u16::MAX).to_le_bytes());
        }
        packet.extend_from_slice(&mac(&self.key, &packet));
        packet.resize(length.max(PROBE_BYTES), 0);
        packet
    }

    /// Takes a packet if it is a probe of the peer's, or what is left of one.
    /// Returns the shortest probe, for a peer that does not know yet what this side has found out.
    pub(super) fn handle(&mut self, packet: &[u8]) -> Option<Option<Vec<u8>>> {
        let (signed, rest) = packet.split_at_checked(SIGNED_BYTES)?;
        let (code, _) = rest.split_at_checked(PROBE_BYTES - SIGNED_BYTES)?;
        if signed[0] != KIND_PROBE || signed[1..5] == self.tag || !has_mac(&self.key, signed, code) {
            return None;
        }
        let field = |at: usize| usize::from(u16::from_le_bytes([signed[at], signed[at + 1]]));
        let (length, told, told_cut) = (field(5), field(7), field(9));
        self.shortest_count = self.shortest_count.saturating_add(u32::from(length == SHORTEST));
        if packet.len() < length {
            self.cut_bytes = Some(self.cut_bytes.unwrap_or(usize::MAX).min(packet.len()));
        } else {
            self.heard_bytes = self.heard_bytes.max(length);
        }
        self.told_bytes = self.told_bytes.max(told);
        if told_cut > 0 {
            self.told_cut_bytes = Some(told_cut);
        }
        // Whoever still probes does not know that both are done; an answer is shorter than any probe, so it has none.
        let is_probing = length > PROBE_BYTES && self.is_known();
        Some(is_probing.then(|| self.probe(PROBE_BYTES)))
    }

    /// What keeps packets from passing, as far as can be told.
    pub(super) fn fault(&self) -> Option<PathFault> {
        let cut = self.cut_bytes.into_iter().chain(self.told_cut_bytes).min();
        if let Some(bytes) = cut {
            return Some(PathFault::Cuts {
                bytes,
                needed_bytes: NEEDED_BYTES,
            });
        }
        if self.shortest_count < SHORTEST_TELLING {
            return None;
        }
        if self.told_bytes == 0 {
            return Some(PathFault::OneWay);
        }
        let passed_bytes = self.heard_bytes.min(self.told_bytes);
        let lost_bytes = SIZES.into_iter().filter(|&size| size > passed_bytes).min()?;
        Some(PathFault::Narrow {
            passed_bytes,
            lost_bytes,
            needed_bytes: NEEDED_BYTES,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Pair {
        ends: [Reach; 2],
        now: Duration,
        sent_bytes: usize,
    }

    impl Pair {
        fn new() -> Self {
            let room = RoomKey::from_phrase("room");
            Self {
                ends: [Reach::new(&room, [1; 4]), Reach::new(&room, [2; 4])],
                now: Duration::ZERO,
                sent_bytes: 0,
            }
        }

        /// Both probe for so long; `path` changes what each sends, the player first.
        fn run(&mut self, seconds: u64, has_met: bool, path: impl Fn(usize, &mut Vec<u8>) -> bool) {
            for _ in 0..seconds * 20 {
                self.now += Duration::from_millis(50);
                for from in 0..2 {
                    let mut packet = self.ends[from].poll(self.now, has_met);
                    let mut to = 1 - from;
                    while let Some(mut bytes) = packet {
                        self.sent_bytes += bytes.len();
                        let carried = path(1 - to, &mut bytes);
                        let answer = if carried { self.ends[to].handle(&bytes) } else { None };
                        to = 1 - to;
                        packet = answer.flatten();
                    }
                }
            }
        }

        fn faults(&self) -> [Option<PathFault>; 2] {
            self.ends.each_ref().map(Reach::fault)
        }
    }

    #[test]
    fn an_ordinary_path_is_found_out_with_a_few_probes_and_then_left_alone() {
        let mut pair = Pair::new();
        pair.run(60, true, |_, _| true);
        assert_eq!(pair.faults(), [None; 2]);
        assert!(pair.sent_bytes < 2_500, "{}", pair.sent_bytes);
    }

    #[test]
    fn a_path_that_drops_what_is_large_is_named_with_the_sizes_on_both_sides() {
        for (limit, passed_bytes, lost_bytes) in [(60, 32, 64), (99, 64, 100), (300, 256, 384), (531, 384, 532)] {
            let mut pair = Pair::new();
            pair.run(6, false, |from, packet| from == 1 || packet.len() <= limit);
            let fault = PathFault::Narrow {
                passed_bytes,
                lost_bytes,
                needed_bytes: 532,
            };
            assert_eq!(pair.faults(), [Some(fault); 2], "{limit}");
        }
    }

    #[test]
    fn a_path_that_cuts_is_named_with_the_length_it_leaves() {
        for limit in [PROBE_BYTES, 60, 99, 400] {
            let mut pair = Pair::new();
            pair.run(6, false, |from, packet| {
                if from == 0 {
                    packet.truncate(limit);
                }
                true
            });
            let fault = PathFault::Cuts {
                bytes: limit,
                needed_bytes: 532,
            };
            assert_eq!(pair.faults(), [Some(fault); 2], "{limit}");
        }
    }

    #[test]
    fn a_path_of_one_direction_is_named_where_packets_arrive() {
        let mut pair = Pair::new();
        pair.run(6, false, |from, _| from == 0);
        assert_eq!(pair.faults(), [None, Some(PathFault::OneWay)]);
    }

    #[test]
    fn a_lossy_path_is_not_called_narrow() {
        let mut pair = Pair::new();
        let count = std::cell::Cell::new(0_u32);
        pair.run(20, true, |_, _| {
            count.set(count.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
            count.get() >> 31 == 0
        });
        assert_eq!(pair.faults(), [None; 2]);
    }

    #[test]
    fn only_probes_of_the_peer_count() {
        let mut pair = Pair::new();
        let own = pair.ends[0].poll(Duration::ZERO, false).expect("the first is due");
        assert_eq!(pair.ends[0].handle(&own), None, "reflected");
        let mut altered = own.clone();
        altered[5] ^= 1;
        assert_eq!(pair.ends[1].handle(&altered), None);
        assert_eq!(pair.ends[1].handle(&own[..PROBE_BYTES - 1]), None);
        assert!(pair.ends[1].handle(&own).is_some());
    }
}
