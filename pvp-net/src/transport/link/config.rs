//! What a simulated network does to packets, as the user chooses it.
//!
//! Must not: decide a packet's fate; `lanes.rs` does.

/// One direction of a simulated network; the default is perfect and instant.
///
/// Percentages are per packet and independent of each other; values over 100 mean always.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkConfig {
    /// Draws every packet's fate.
    pub seed: u64,
    /// One-way travel time in milliseconds (half of an RTT).
    pub latency_ms: u32,
    /// Travel time varies by up to this much in either direction, in milliseconds, never below zero in all.
    /// Packets overtake each other where it exceeds the time between sends.
    pub jitter_ms: u32,
    /// Lost packets, in percent.
    pub loss_pct: u8,
    /// Packets delivered twice, in percent; the copy travels on its own.
    pub duplicate_pct: u8,
    /// Packets with flipped bits, cut short or made longer, in percent.
    pub corrupt_pct: u8,
    /// Packets held back by `reorder_ms`, in percent, so that later ones overtake them.
    pub reorder_pct: u8,
    /// How long a held back packet waits beside its travel time, in milliseconds.
    pub reorder_ms: u32,
    /// How often a burst of loss begins, per thousand packets.
    pub burst_permille: u16,
    /// How many packets in a row a burst loses.
    pub burst_packets: u16,
    /// Capacity in bytes per second, or 0 for no cap; excess packets queue and add delay.
    pub rate_bytes_per_second: u32,
    /// How much may queue before the cap drops packets, in bytes.
    pub queue_bytes: u32,
    /// Bytes added to each packet when counting it against the cap and in the counters: 28 for UDP over IPv4.
    pub overhead_bytes: u32,
    /// Largest datagram accepted, in bytes.
    pub datagram_bytes_max: u32,
    /// Whether the link offers a reliable channel of its own, as WebRTC does; a lost reliable message arrives late instead of never.
    pub reliable_channel: bool,
}

impl Default for LinkConfig {
    fn default() -> Self {
        Self {
            seed: 0,
            latency_ms: 0,
            jitter_ms: 0,
            loss_pct: 0,
            duplicate_pct: 0,
            corrupt_pct: 0,
            reorder_pct: 0,
            reorder_ms: 35,
            burst_permille: 0,
            burst_packets: 4,
            rate_bytes_per_second: 0,
            queue_bytes: 64 * 1024,
            overhead_bytes: 28,
            datagram_bytes_max: 1200,
            reliable_channel: false,
        }
    }
}

impl LinkConfig {
    /// A link with this round-trip time in milliseconds, jitter in milliseconds and loss in percent.
    ///
    /// An odd `rtt_ms` loses half a millisecond one way.
    #[must_use]
    pub fn new(seed: u64, rtt_ms: u32, jitter_ms: u32, loss_pct: u8) -> Self {
        Self {
            seed,
            latency_ms: rtt_ms / 2,
            jitter_ms,
            loss_pct,
            ..Self::default()
        }
    }
}
