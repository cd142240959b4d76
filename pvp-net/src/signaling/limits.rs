//! Owns how much the signaling server gives to whom, and for how long.
//! Must not count anything itself.

use std::time::Duration;

/// Largest message that a visitor may send, in bytes; a session description takes about 2,000.
pub(super) const MESSAGE_BYTES_MAX: usize = 32 * 1024;
/// Bytes that may wait for one visitor to read them; more than another one may send at once.
pub(super) const QUEUED_BYTES_MAX: usize = 128 * 1024;
/// Bytes that one visitor may send at once.
pub(super) const BURST_BYTES: u64 = 64 * 1024;
/// Bytes per second that one visitor may send for long; it takes less than 1,000 to keep a place.
pub(super) const BYTES_PER_SECOND: u64 = 8 * 1024;
/// What a message costs of the above beside its bytes.
pub(super) const MESSAGE_COST_BYTES: u64 = 128;
/// So much every visitor may have in memory, whatever the others hold.
pub(super) const OWN_BYTES: usize = 4 * 1024;
/// Memory for what is neither read by its receiver nor complete, for all visitors together, beside [`OWN_BYTES`] each.
pub(super) const SHARED_BYTES: usize = 16 * 1024 * 1024;
/// Read buffer of one visitor; it is there from the beginning, and ten thousand are many.
pub(super) const READ_BUFFER_BYTES: usize = 256;
/// What the system may hold for one visitor in each direction.
pub(super) const SOCKET_BUFFER_BYTES: u32 = 64 * 1024;
/// Visitors that are being told why they are not let in; beyond that a connection is closed without a word.
pub(super) const REFUSING_MAX: u32 = 64;
/// How long a visitor may take to hear why it is not let in.
pub(super) const REFUSING_TIMEOUT: Duration = Duration::from_secs(2);
/// Largest request head, in bytes.
pub(super) const REQUEST_BYTES_MAX: usize = 8 * 1024;

/// How much a signaling server gives to whom; change what does not suit after [`SignalingLimits::default`].
///
/// ```
/// let mut limits = pvp_net::signaling::SignalingLimits::default();
/// // Behind a reverse proxy every visitor seems to come from one address.
/// limits.visitors_per_address_max = limits.visitors_max;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignalingLimits {
    /// Visitors in all.
    pub visitors_max: u32,
    /// Visitors from one IPv4 address, or from one IPv6 network of 64 bits.
    pub visitors_per_address_max: u32,
    /// Connections that have not yet asked for a room, in all.
    pub arriving_max: u32,
    /// How long a connection may take to ask for a room.
    pub request_timeout: Duration,
    /// How long a message may be on its way, and a visitor busy reading one.
    pub message_timeout: Duration,
    /// How long a visitor may send nothing; it is pinged from a third of this on.
    pub silence_timeout: Duration,
    /// How often the log gets a summary.
    pub summary_interval: Duration,
}

impl Default for SignalingLimits {
    fn default() -> Self {
        Self {
            visitors_max: 10_000,
            visitors_per_address_max: 64,
            arriving_max: 512,
            request_timeout: Duration::from_secs(5),
            message_timeout: Duration::from_secs(10),
            silence_timeout: Duration::from_secs(60),
            summary_interval: Duration::from_secs(60),
        }
    }
}
