//! A simulated network between two peers of one process, in virtual time: what every test, the demo and the benches play over.
//!
//! Must not: read a clock, draw from anything but its seed, or use floating point: the same configuration and the same sends give the same deliveries on every machine.
//!
//! Each packet's fate is a pure function of (seed, direction, sequence number), so raising the loss of one run does not reshuffle the jitter of the others.
//! Deliveries are ordered by `(deliver_at, sequence)`.

mod config;
mod lanes;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::lanes::Lane;
use super::{Channel, CloseReason, SendError, Transport, TransportStatus};

pub use self::config::LinkConfig;
pub use self::lanes::LinkStats;

/// One end of a simulated network; see [`Link::pair`].
///
/// ```
/// use std::time::Duration;
/// use pvp_net::transport::link::{Link, LinkConfig};
/// use pvp_net::{Channel, Transport};
///
/// let (mut a, mut b) = Link::pair(LinkConfig { latency_ms: 40, ..LinkConfig::default() });
/// a.send(Duration::ZERO, Channel::Datagram, b"hello").unwrap();
/// let mut buffer = Vec::new();
/// assert_eq!(b.receive(Duration::from_millis(39), &mut buffer), None);
/// assert_eq!(b.receive(Duration::from_millis(40), &mut buffer), Some(Channel::Datagram));
/// assert_eq!(buffer, b"hello");
/// ```
#[derive(Debug)]
pub struct Link {
    shared: Arc<Mutex<Wire>>,
    end: usize,
}

/// Steers the network under two [`Link`] ends: its clock, outages, injected bytes and counters.
///
/// Cloning gives another handle on the same network.
#[derive(Debug, Clone)]
pub struct LinkControl {
    shared: Arc<Mutex<Wire>>,
}

/// Names one end of a pair, in the order [`Link::pair`] returned them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The first end.
    A,
    /// The second end.
    B,
}

impl End {
    fn index(self) -> usize {
        match self {
            Self::A => 0,
            Self::B => 1,
        }
    }
}

/// What both ends share: two directions and one clock.
#[derive(Debug)]
struct Wire {
    /// `lanes[0]` carries A → B, `lanes[1]` carries B → A.
    lanes: [Lane; 2],
    now: Duration,
    /// Once a [`LinkControl`] has set the time, the ends' own clocks no longer move it.
    is_driven: bool,
    blackout_until: Duration,
    closed: [bool; 2],
}

impl Link {
    /// Makes two connected ends; both directions follow `config`.
    #[must_use]
    pub fn pair(config: LinkConfig) -> (Self, Self) {
        Self::pair_asymmetric(config, config)
    }

    /// Makes two connected ends with one configuration for each direction.
    ///
    /// Each direction mixes its own name into its seed, so equal seeds do not give equal fates.
    #[must_use]
    pub fn pair_asymmetric(a_to_b: LinkConfig, b_to_a: LinkConfig) -> (Self, Self) {
        let wire = Wire {
            lanes: [Lane::new(a_to_b, 0), Lane::new(b_to_a, 1)],
            now: Duration::ZERO,
            is_driven: false,
            blackout_until: Duration::ZERO,
            closed: [false; 2],
        };
        let shared = Arc::new(Mutex::new(wire));
        let a = Self {
            shared: Arc::clone(&shared),
            end: 0,
        };
        (a, Self { shared, end: 1 })
    }

    /// A handle that steers the network of this end.
    #[must_use]
    pub fn control(&self) -> LinkControl {
        LinkControl {
            shared: Arc::clone(&self.shared),
        }
    }
}

impl Transport for Link {
    fn send(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError> {
        let mut wire = lock(&self.shared);
        if wire.is_closed() {
            return Err(SendError::Closed);
        }
        wire.follow(now);
        let (now, blackout_until) = (wire.now, wire.blackout_until);
        wire.lanes[self.end].send(now, blackout_until, channel, bytes)
    }

    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        let mut wire = lock(&self.shared);
        wire.follow(now);
        let now = wire.now;
        wire.lanes[1 - self.end].receive(now, buffer)
    }

    fn has_reliable_channel(&self) -> bool {
        lock(&self.shared).lanes[self.end].config().reliable_channel
    }

    fn overhead_bytes(&self) -> usize {
        lock(&self.shared).lanes[self.end].config().overhead_bytes as usize
    }

    fn status(&self) -> TransportStatus {
        let wire = lock(&self.shared);
        if wire.closed[1 - self.end] {
            TransportStatus::Closed(CloseReason::Peer)
        } else if wire.closed[self.end] {
            TransportStatus::Closed(CloseReason::Local)
        } else {
            TransportStatus::Open
        }
    }
}

impl LinkControl {
    /// Sets the network's clock, in the time both peers' packets travel in.
    ///
    /// From the first call on, the `now` that an end passes in no longer moves the clock: a test can give the two peers clocks that drift apart.
    /// Time never runs backwards; an older `now` is ignored.
    pub fn set_now(&self, now: Duration) {
        let mut wire = lock(&self.shared);
        wire.is_driven = true;
        wire.now = wire.now.max(now);
    }

    /// The network's clock: what outages and deliveries are counted by.
    #[must_use]
    pub fn now(&self) -> Duration {
        lock(&self.shared).now
    }

    /// Starts an outage now: every datagram sent during `outage` is lost in both directions, reliable messages wait.
    pub fn blackout(&self, outage: Duration) {
        let mut wire = lock(&self.shared);
        wire.blackout_until = wire.now + outage;
    }

    /// Starts an outage that lasts until [`LinkControl::heal`].
    pub fn cut(&self) {
        lock(&self.shared).blackout_until = Duration::MAX;
    }

    /// Ends an outage.
    pub fn heal(&self) {
        let mut wire = lock(&self.shared);
        let now = wire.now;
        wire.blackout_until = now;
        for lane in &mut wire.lanes {
            lane.release_stranded(now);
        }
    }

    /// Changes what happens to packets that `from` sends from now on; the seed given at the start stays.
    pub fn set_config(&self, from: End, config: LinkConfig) {
        lock(&self.shared).lanes[from.index()].set_config(config);
    }

    /// Closes one end for good, as if its process had gone: the other end reads `Closed`.
    pub fn close(&self, end: End) {
        lock(&self.shared).closed[end.index()] = true;
    }

    /// Delivers `bytes` to `to` at once, as if its peer had sent them: for hostile bytes.
    pub fn inject(&self, to: End, channel: Channel, bytes: &[u8]) {
        let mut wire = lock(&self.shared);
        let now = wire.now;
        wire.lanes[1 - to.index()].inject(now, channel, bytes);
    }

    /// Counters of what `from` has sent so far.
    #[must_use]
    pub fn stats(&self, from: End) -> LinkStats {
        lock(&self.shared).lanes[from.index()].stats()
    }

    /// When the next packet in flight arrives, for a clock that jumps to the next thing to happen.
    #[must_use]
    pub fn next_delivery(&self) -> Option<Duration> {
        let wire = lock(&self.shared);
        wire.lanes.iter().filter_map(Lane::next_delivery).min()
    }
}

impl Wire {
    fn follow(&mut self, now: Duration) {
        if !self.is_driven {
            self.now = self.now.max(now);
        }
    }

    fn is_closed(&self) -> bool {
        self.closed[0] || self.closed[1]
    }
}

/// The wire holds no invariant that a panicking test could break halfway, so poisoning is ignored.
fn lock(shared: &Mutex<Wire>) -> MutexGuard<'_, Wire> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
