//! Owns the counters of a session.
//! Must not influence the session: nothing reads a decision from here.

use std::time::Duration;

/// Deepest rollback with its own bin in [`Stats::rollback_depths`], in frames.
pub(crate) const ROLLBACK_DEPTH_BINS: usize = 64;

/// Why an incoming packet, or a part of it, was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[non_exhaustive]
pub enum DropReason {
    /// Longer than any packet of a session, or empty.
    Size,
    /// Does not decode: truncated, or bits that no writer writes.
    Malformed,
    /// Tag wrong: damaged, from another session, or very old.
    Tag,
    /// From another epoch of this session.
    Epoch,
    /// A valid duplicate or an old datagram that carries nothing new.
    Stale,
    /// Inputs that do not follow on those received, or whose reference is gone.
    Gap,
    /// Inputs further in the future than the peer's prediction window allows.
    Future,
    /// More inputs than a datagram may carry.
    Count,
    /// Acknowledges an input that was never sent.
    Ack,
    /// Answers a ping that was never sent, or claims impossible times.
    Pong,
    /// A checksum for a frame that cannot be checked.
    Checksum,
    /// A fragment outside the lane's window, or a message above its limits.
    Lane,
    /// A handshake packet that does not fit the state of the handshake.
    Handshake,
    /// A lane message that does not decode or that its sender may not send.
    Message,
    /// More packets in one poll than a peer may send.
    Flood,
    /// An unknown goodbye reason.
    Goodbye,
    /// Another input for a frame whose input had come already: the peer takes something back.
    Rewrite,
}

/// Number of [`DropReason`]s.
pub(crate) const DROP_REASONS: usize = 17;

impl DropReason {
    /// All reasons, in the order of [`Stats::drops`].
    pub const ALL: [Self; DROP_REASONS] = [
        Self::Size,
        Self::Malformed,
        Self::Tag,
        Self::Epoch,
        Self::Stale,
        Self::Gap,
        Self::Future,
        Self::Count,
        Self::Ack,
        Self::Pong,
        Self::Checksum,
        Self::Lane,
        Self::Handshake,
        Self::Message,
        Self::Flood,
        Self::Goodbye,
        Self::Rewrite,
    ];
}

/// Counters since the session began. Plain data, cheap to copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Frames simulated for the first time.
    pub frames_stepped: u64,
    /// Frames simulated again after a rollback.
    pub frames_resimulated: u64,
    /// Calls of `advance` that could not step because the prediction window was full.
    pub stalled_frames: u64,
    /// Longest run of such calls.
    pub stalled_frames_in_a_row_max: u32,
    /// Rollbacks.
    pub rollbacks: u64,
    /// Rollbacks by depth in frames; the last bin holds all deeper ones.
    pub rollback_depths: [u32; ROLLBACK_DEPTH_BINS],
    /// Deepest rollback, in frames.
    pub rollback_depth_max: u32,
    /// Packets handed to the transport.
    pub packets_sent: u64,
    /// Their bytes, without the transport's headers.
    pub payload_bytes_sent: u64,
    /// Their bytes, with 28 bytes (or what the transport says) per datagram.
    pub wire_bytes_sent: u64,
    /// Largest datagram sent, in bytes.
    pub datagram_bytes_max: u32,
    /// Packets that the transport refused.
    pub packets_refused: u64,
    /// Packets that arrived.
    pub packets_received: u64,
    /// Their bytes, without the transport's headers.
    pub payload_bytes_received: u64,
    /// Dropped packets, by the order of [`DropReason::ALL`].
    pub drops: [u64; DROP_REASONS],
    /// Checksums of the peer compared and found equal.
    pub checksums_agreed: u64,
    /// Matches that came apart: the checksums that differ after the first one are not counted again.
    pub desyncs: u64,
    /// Commits that entered this side's inputs.
    pub commits: u64,
    /// Round-trip times and loss.
    pub network: NetworkStats,
    /// How far this side is ahead of the peer, in quarter frames, smoothed; negative if behind.
    pub lead_quarter_frames: i32,
}

/// What the session's own pings measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NetworkStats {
    /// Smallest round-trip time.
    pub rtt_min: Duration,
    /// Smoothed round-trip time.
    pub rtt_avg: Duration,
    /// Mean deviation of the round-trip time.
    pub rtt_jitter: Duration,
    /// Round trips measured.
    pub rtt_count: u64,
    /// Datagrams of the peer that got lost on the way here, in per mille, smoothed.
    pub loss_permille: u32,
    /// Datagrams that the peer has sent, by its own count in its newest pulse; the first pulse begins the count.
    pub peer_datagrams_sent: u64,
    /// How many of those have arrived.
    pub peer_datagrams_received: u64,
}

impl Default for Stats {
    fn default() -> Self {
        Self {
            frames_stepped: 0,
            frames_resimulated: 0,
            stalled_frames: 0,
            stalled_frames_in_a_row_max: 0,
            rollbacks: 0,
            rollback_depths: [0; ROLLBACK_DEPTH_BINS],
            rollback_depth_max: 0,
            packets_sent: 0,
            payload_bytes_sent: 0,
            wire_bytes_sent: 0,
            datagram_bytes_max: 0,
            packets_refused: 0,
            packets_received: 0,
            payload_bytes_received: 0,
            drops: [0; DROP_REASONS],
            checksums_agreed: 0,
            desyncs: 0,
            commits: 0,
            network: NetworkStats::default(),
            lead_quarter_frames: 0,
        }
    }
}

impl Stats {
    /// Packets (or parts) dropped for `reason`.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.drops[reason as usize]
    }

    /// Packets dropped in all, without harmless duplicates.
    pub fn dropped_total(&self) -> u64 {
        self.drops.iter().sum::<u64>() - self.dropped(DropReason::Stale)
    }

    pub(crate) fn count_drop(&mut self, reason: DropReason) {
        self.drops[reason as usize] += 1;
    }

    pub(crate) fn count_rollback(&mut self, depth_frames: u32) {
        self.rollbacks += 1;
        self.rollback_depth_max = self.rollback_depth_max.max(depth_frames);
        let bin = (depth_frames as usize).min(ROLLBACK_DEPTH_BINS - 1);
        self.rollback_depths[bin] += 1;
    }
}

impl NetworkStats {
    /// Datagrams of the peer that got lost on the way here.
    pub fn datagrams_lost(&self) -> u64 {
        self.peer_datagrams_sent.saturating_sub(self.peer_datagrams_received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_in_the_order_of_their_numbers() {
        for (index, reason) in DropReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index);
        }
    }
}
