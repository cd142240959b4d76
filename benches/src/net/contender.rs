//! What a peer of any library must do to be measured.
//!
//! It must not favor one of them: each gets the same script, the same link and one call per frame.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use pvp_net::transport::link::Link;
use pvp_net::{Channel, Transport};

/// How all contenders are set up.
pub(super) const INPUT_DELAY_FRAMES: u8 = 2;
/// How far all contenders may predict.
pub(super) const PREDICTION_WINDOW_FRAMES: u8 = 10;

/// One end of a session of some library.
pub(super) trait Peer {
    /// Lets packets in, and plays a frame if the session allows; whether it did.
    fn tick(&mut self, now: Duration) -> bool;
    /// Whether both ends have found each other.
    fn is_running(&self) -> bool;
    /// When the next frame is due after this one.
    fn frame_duration(&self) -> Duration;
    /// Frames that will not change any more.
    fn confirmed_frames(&self) -> usize;
    /// Frames played.
    fn frames(&self) -> usize;
    /// Frames played again.
    fn resimulated(&self) -> u64;
    /// The digest after `frame`, if it was played.
    fn digest(&self, frame: usize) -> Option<u64>;
}

/// The time of the current tick, for a socket that is not told it.
#[derive(Clone, Debug, Default)]
pub(super) struct TickTime(Arc<AtomicU64>);

impl TickTime {
    pub(super) fn set(&self, now: Duration) {
        self.0.store(now.as_nanos() as u64, Ordering::Relaxed);
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}

/// A link end for libraries whose socket is not told the time.
#[derive(Debug)]
pub(super) struct Wire {
    link: Link,
    time: TickTime,
    buffer: Vec<u8>,
}

impl Wire {
    /// A link end and what tells it the time.
    pub(super) fn new(link: Link) -> (Wire, TickTime) {
        let time = TickTime::default();
        let wire = Wire {
            link,
            time: time.clone(),
            buffer: Vec::new(),
        };
        (wire, time)
    }

    /// Sends a datagram; a refused one is a lost one.
    pub(super) fn send(&mut self, bytes: &[u8]) {
        let _ = self.link.send(self.time.now(), Channel::Datagram, bytes);
    }

    /// The next datagram that has arrived.
    pub(super) fn receive(&mut self) -> Option<&[u8]> {
        self.link.receive(self.time.now(), &mut self.buffer)?;
        Some(&self.buffer)
    }
}
