//! Owns the seam to the network: one small non-blocking trait with one peer at the other end.
//! Must not interpret the bytes it carries; every byte may come from an attacker and is the session's to judge.

use std::time::Duration;

pub mod link;
pub mod backoff;
pub mod redial;
#[cfg(all(feature = "udp", not(target_arch = "wasm32")))]
pub mod udp;
#[cfg(feature = "webrtc")]
pub mod webrtc;

/// How a message travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Channel {
    /// Unreliable and unordered; at most [`MAX_DATAGRAM_BYTES`] per message.
    Datagram,
    /// Reliable and ordered; only on transports that say [`Transport::has_reliable_channel`].
    Reliable,
}

/// Largest datagram a session sends, in bytes (the transport's own header comes on top).
pub const MAX_DATAGRAM_BYTES: usize = 512;
/// Largest message a session sends on a reliable channel, in bytes.
pub const MAX_RELIABLE_BYTES: usize = 16 * 1024;

/// A path to one peer. Implement it to play over anything that carries packets.
///
/// All methods return at once. `now` is the caller's monotonic clock from an arbitrary origin; a real network ignores it,
/// the simulated [`link`] schedules by it.
pub trait Transport {
    /// Hands one message to the network.
    ///
    /// # Errors
    /// [`SendError`]; for a datagram every error is treated as a loss.
    fn send(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError>;

    /// Takes the next message that has arrived. `buffer` is cleared and filled with its bytes.
    /// Returns `None` when nothing (more) has arrived; the session calls it in a loop with a limit.
    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel>;

    /// Whether [`Channel::Reliable`] works. If not, the session does its own retransmission over datagrams.
    fn has_reliable_channel(&self) -> bool {
        false
    }

    /// Bytes that a datagram costs on the wire beside its payload, for the statistics (28 = IPv4 + UDP).
    fn overhead_bytes(&self) -> usize {
        28
    }

    /// Packets thrown away before the session saw them (garbage, forgeries, floods), for the statistics.
    fn dropped_packets(&self) -> u64 {
        0
    }

    /// Grows when the messages that were handed over may be lost even on the reliable channel: the path is another one now.
    fn path(&self) -> u64 {
        0
    }

    /// What keeps packets from passing, as far as the transport can tell; for a message to the user.
    fn fault(&self) -> Option<PathFault> {
        None
    }

    /// Whether the path is usable.
    fn status(&self) -> TransportStatus;
}

/// What keeps packets from passing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PathFault {
    /// Nothing has come at all: the other side does not run, the address is wrong, or a firewall is in between.
    #[error("nothing has come from the other side: is it running, and do the addresses match?")]
    Nothing,
    /// Packets have come, but none that was made with this room key.
    #[error("{packets} packets have come, but none made with this room key: start both sides with the same one")]
    Strangers {
        /// How many.
        packets: u64,
    },
    /// The other side is heard, and says that it hears nothing.
    #[error("the other side is heard, but hears nothing from here: its address or a firewall is wrong")]
    OneWay,
    /// Small packets pass, large ones are lost.
    #[error(
        "the path carries packets of {passed_bytes} bytes but none of {lost_bytes}, and a match needs {needed_bytes}"
    )]
    Narrow {
        /// Largest size that has passed, in bytes of UDP payload.
        passed_bytes: usize,
        /// The next size that was tried.
        lost_bytes: usize,
        /// What a match needs.
        needed_bytes: usize,
    },
    /// Packets arrive with their ends cut off.
    #[error("the path cuts packets to {bytes} bytes, and a match needs {needed_bytes}")]
    Cuts {
        /// What is left, in bytes of UDP payload.
        bytes: usize,
        /// What a match needs.
        needed_bytes: usize,
    },
}

/// Whether a path is usable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransportStatus {
    /// Not yet; sending is allowed and may be lost.
    Connecting,
    /// Usable.
    Open,
    /// Gone for good; the session goes on if it is given another transport in time.
    Closed(CloseReason),
}

/// Why a path is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// This side closed it.
    #[error("closed by this side")]
    Local,
    /// The other side closed it.
    #[error("closed by the other side")]
    Peer,
    /// The signaling server could not be reached, refused or went away before the peers met.
    #[error("signaling failed")]
    Signaling,
    /// No path between the peers was found.
    #[error("no path between the peers was found")]
    Ice,
    /// The operating system reported an error on the socket.
    #[error("socket error")]
    Io,
}

/// Why a message was not handed to the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The network takes nothing more right now (back-pressure).
    #[error("the network takes nothing more right now: try again later")]
    Full,
    /// The message is longer than the channel carries.
    #[error("message of {bytes} bytes exceeds the limit of {limit}")]
    TooLarge {
        /// Length of the message.
        bytes: usize,
        /// The channel's limit.
        limit: usize,
    },
    /// The path is closed, or this transport has no such channel.
    #[error("the path is closed")]
    Closed,
}

impl<T: Transport + ?Sized> Transport for Box<T> {
    fn send(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError> {
        (**self).send(now, channel, bytes)
    }

    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        (**self).receive(now, buffer)
    }

    fn has_reliable_channel(&self) -> bool {
        (**self).has_reliable_channel()
    }

    fn overhead_bytes(&self) -> usize {
        (**self).overhead_bytes()
    }

    fn dropped_packets(&self) -> u64 {
        (**self).dropped_packets()
    }

    fn path(&self) -> u64 {
        (**self).path()
    }

    fn fault(&self) -> Option<PathFault> {
        (**self).fault()
    }

    fn status(&self) -> TransportStatus {
        (**self).status()
    }
}
