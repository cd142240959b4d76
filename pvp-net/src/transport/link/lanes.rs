//! One direction of a simulated network: the queue of packets in flight and the fate of each.
//!
//! Must not: keep a random generator that is shared between packets; every draw hashes (seed, direction, sequence, purpose).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use super::LinkConfig;
use crate::transport::{Channel, MAX_RELIABLE_BYTES, SendError};

/// Buffers kept for reuse, so that a steady stream allocates nothing.
const SPARE_BUFFERS: usize = 64;
/// A lost reliable message is noticed and sent again after two one-way times and this much.
const RETRANSMIT_EXTRA_US: u64 = 50_000;
/// Retransmissions of one reliable message that are drawn at most.
const RETRANSMITS_MAX: u64 = 8;

/// Counters of one direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinkStats {
    /// Packets handed to the link.
    pub sent_packets: u64,
    /// Their bytes without overhead.
    pub sent_payload_bytes: u64,
    /// Their bytes with [`LinkConfig::overhead_bytes`] each.
    pub sent_wire_bytes: u64,
    /// The largest datagram, in bytes without overhead.
    pub datagram_bytes_max: u64,
    /// Packets that reached the other end, copies and injected ones included.
    pub delivered_packets: u64,
    /// Packets lost by chance.
    pub lost_packets: u64,
    /// Packets lost because an outage was on.
    pub blacked_out_packets: u64,
    /// Packets dropped because the rate cap's queue was full.
    pub overflowed_packets: u64,
    /// Packets delivered a second time.
    pub duplicated_packets: u64,
    /// Packets whose bytes were changed.
    pub corrupted_packets: u64,
    /// Packets that arrived after one that was sent later.
    pub reordered_packets: u64,
}

/// What a draw is for; keeps the draws of one packet independent.
#[derive(Clone, Copy)]
enum Purpose {
    Loss = 1,
    Jitter = 2,
    Duplicate = 3,
    DuplicateJitter = 4,
    Corrupt = 5,
    Reorder = 6,
    Burst = 7,
    Retransmit = 8,
}

/// A packet in flight; ordered by arrival, then by sending order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Flight {
    deliver_at: Duration,
    sequence: u64,
    is_reliable: bool,
    bytes: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct Lane {
    config: LinkConfig,
    seed: u64,
    /// Counts sends, so that fates do not depend on copies and injected packets.
    sends: u64,
    /// Counts everything queued; breaks ties between equal arrival times.
    queued: u64,
    flights: BinaryHeap<Reverse<Flight>>,
    burst_left: u16,
    /// When the capped line has sent everything that is queued on it.
    line_free_at: Duration,
    reliable_free_at: Duration,
    /// Reliable messages of an outage without an end.
    stranded: Vec<Vec<u8>>,
    newest_delivered: u64,
    spare: Vec<Vec<u8>>,
    stats: LinkStats,
}

impl Lane {
    pub(super) fn new(config: LinkConfig, direction: u64) -> Self {
        Self {
            config,
            seed: mix(config.seed ^ mix(direction.wrapping_add(1))),
            sends: 0,
            queued: 0,
            flights: BinaryHeap::new(),
            burst_left: 0,
            line_free_at: Duration::ZERO,
            reliable_free_at: Duration::ZERO,
            stranded: Vec::new(),
            newest_delivered: 0,
            spare: Vec::new(),
            stats: LinkStats::default(),
        }
    }

    pub(super) fn config(&self) -> &LinkConfig {
        &self.config
    }

    pub(super) fn set_config(&mut self, config: LinkConfig) {
        self.config = config;
    }

    pub(super) fn stats(&self) -> LinkStats {
        self.stats
    }

    pub(super) fn next_delivery(&self) -> Option<Duration> {
        self.flights.peek().map(|flight| flight.0.deliver_at)
    }

    pub(super) fn send(
        &mut self,
        now: Duration,
        blackout_until: Duration,
        channel: Channel,
        bytes: &[u8],
    ) -> Result<(), SendError> {
        match channel {
            Channel::Datagram => {
                self.check_size(bytes, self.config.datagram_bytes_max as usize)?;
                self.count_send(bytes);
                self.stats.datagram_bytes_max = self.stats.datagram_bytes_max.max(bytes.len() as u64);
                self.send_datagram(now, blackout_until, bytes);
            }
            Channel::Reliable if self.config.reliable_channel => {
                self.check_size(bytes, MAX_RELIABLE_BYTES)?;
                self.count_send(bytes);
                self.send_reliable(now, blackout_until, bytes);
            }
            Channel::Reliable => return Err(SendError::Closed),
        }
        Ok(())
    }

    pub(super) fn inject(&mut self, now: Duration, channel: Channel, bytes: &[u8]) {
        self.queue(now, channel == Channel::Reliable, bytes.to_vec());
    }

    pub(super) fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        if self.next_delivery()? > now {
            return None;
        }
        let Reverse(flight) = self.flights.pop()?;
        self.stats.delivered_packets += 1;
        if flight.sequence < self.newest_delivered {
            self.stats.reordered_packets += 1;
        }
        self.newest_delivered = self.newest_delivered.max(flight.sequence);
        buffer.clear();
        buffer.extend_from_slice(&flight.bytes);
        if self.spare.len() < SPARE_BUFFERS {
            self.spare.push(flight.bytes);
        }
        Some(if flight.is_reliable {
            Channel::Reliable
        } else {
            Channel::Datagram
        })
    }

    /// Sends the reliable messages that waited for an outage without a known end.
    pub(super) fn release_stranded(&mut self, now: Duration) {
        for bytes in std::mem::take(&mut self.stranded) {
            self.sends += 1;
            self.send_reliable(now, Duration::ZERO, &bytes);
        }
    }

    fn check_size(&self, bytes: &[u8], limit: usize) -> Result<(), SendError> {
        if bytes.len() > limit {
            return Err(SendError::TooLarge {
                bytes: bytes.len(),
                limit,
            });
        }
        Ok(())
    }

    fn count_send(&mut self, bytes: &[u8]) {
        self.sends += 1;
        self.stats.sent_packets += 1;
        self.stats.sent_payload_bytes += bytes.len() as u64;
        self.stats.sent_wire_bytes += bytes.len() as u64 + u64::from(self.config.overhead_bytes);
    }

    fn send_datagram(&mut self, now: Duration, blackout_until: Duration, bytes: &[u8]) {
        if now < blackout_until {
            self.stats.blacked_out_packets += 1;
            return;
        }
        let Some(departs_at) = self.departure(now, bytes.len()) else {
            self.stats.overflowed_packets += 1;
            return;
        };
        if self.draw_loss() {
            self.stats.lost_packets += 1;
            return;
        }
        let mut packet = self.buffer(bytes);
        if self.chance(Purpose::Corrupt, self.config.corrupt_pct) {
            corrupt(&mut packet, mix(self.draw(Purpose::Corrupt)));
            self.stats.corrupted_packets += 1;
        }
        if self.chance(Purpose::Duplicate, self.config.duplicate_pct) {
            let copy_at = departs_at + self.travel_time(Purpose::DuplicateJitter);
            self.stats.duplicated_packets += 1;
            let copy = self.buffer(&packet);
            self.queue(copy_at, false, copy);
        }
        let mut deliver_at = departs_at + self.travel_time(Purpose::Jitter);
        if self.chance(Purpose::Reorder, self.config.reorder_pct) {
            deliver_at += Duration::from_millis(u64::from(self.config.reorder_ms));
        }
        self.queue(deliver_at, false, packet);
    }

    /// Ordered and complete: a drawn loss costs a retransmission, and nothing overtakes.
    fn send_reliable(&mut self, now: Duration, blackout_until: Duration, bytes: &[u8]) {
        if blackout_until == Duration::MAX {
            self.stranded.push(bytes.to_vec());
            return;
        }
        let starts_at = now.max(blackout_until).max(self.line_free_at);
        let departs_at = starts_at + self.line_time(bytes.len());
        self.line_free_at = departs_at;
        let round_us = u64::from(self.config.latency_ms) * 2_000 + RETRANSMIT_EXTRA_US;
        let lost_times = self.retransmits();
        let deliver_at = departs_at + self.travel_time(Purpose::Jitter) + Duration::from_micros(round_us * lost_times);
        self.reliable_free_at = self.reliable_free_at.max(deliver_at);
        self.queue(self.reliable_free_at, true, bytes.to_vec());
    }

    fn buffer(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.clear();
        buffer.extend_from_slice(bytes);
        buffer
    }

    fn queue(&mut self, deliver_at: Duration, is_reliable: bool, bytes: Vec<u8>) {
        self.queued += 1;
        let sequence = self.queued;
        self.flights.push(Reverse(Flight {
            deliver_at,
            sequence,
            is_reliable,
            bytes,
        }));
    }

    /// When the capped line has put this packet on the wire, or `None` if its queue is full.
    fn departure(&mut self, now: Duration, payload_bytes: usize) -> Option<Duration> {
        let rate = u64::from(self.config.rate_bytes_per_second);
        if rate == 0 {
            return Some(now);
        }
        let backlog_us = self.line_free_at.saturating_sub(now).as_micros();
        let backlog_bytes = backlog_us * u128::from(rate) / 1_000_000;
        if backlog_bytes > u128::from(self.config.queue_bytes) {
            return None;
        }
        self.line_free_at = self.line_free_at.max(now) + self.line_time(payload_bytes);
        Some(self.line_free_at)
    }

    fn line_time(&self, payload_bytes: usize) -> Duration {
        let rate = u64::from(self.config.rate_bytes_per_second);
        let bytes = payload_bytes as u64 + u64::from(self.config.overhead_bytes);
        Duration::from_micros((bytes * 1_000_000).checked_div(rate).unwrap_or(0))
    }

    /// Latency ± jitter, drawn in whole microseconds.
    fn travel_time(&self, purpose: Purpose) -> Duration {
        let latency_us = u64::from(self.config.latency_ms) * 1_000;
        let jitter_us = u64::from(self.config.jitter_ms) * 1_000;
        let offset_us = self.draw(purpose) % (2 * jitter_us + 1);
        Duration::from_micros((latency_us + offset_us).saturating_sub(jitter_us))
    }

    fn draw_loss(&mut self) -> bool {
        if self.burst_left > 0 {
            self.burst_left -= 1;
            return true;
        }
        if self.draw(Purpose::Burst) % 1_000 < u64::from(self.config.burst_permille) {
            self.burst_left = self.config.burst_packets.saturating_sub(1);
            return true;
        }
        self.chance(Purpose::Loss, self.config.loss_pct)
    }

    fn retransmits(&self) -> u64 {
        let mut draws = self.draw(Purpose::Retransmit);
        let mut count = 0;
        while count < RETRANSMITS_MAX && draws % 100 < u64::from(self.config.loss_pct) {
            draws = mix(draws);
            count += 1;
        }
        count
    }

    fn chance(&self, purpose: Purpose, pct: u8) -> bool {
        self.draw(purpose) % 100 < u64::from(pct)
    }

    fn draw(&self, purpose: Purpose) -> u64 {
        mix(self.seed ^ mix(self.sends.wrapping_mul(16).wrapping_add(purpose as u64)))
    }
}

/// Flips one to three bits; now and then cuts the packet short or appends a byte.
fn corrupt(packet: &mut Vec<u8>, mut draws: u64) {
    match draws % 8 {
        0 => packet.truncate((draws >> 8) as usize % (packet.len() + 1)),
        1 => packet.push((draws >> 8) as u8),
        _ => {}
    }
    for _ in 0..1 + draws % 3 {
        draws = mix(draws);
        let bit = (draws % (packet.len() as u64 * 8).max(1)) as usize;
        if let Some(byte) = packet.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
    }
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every input bit.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
