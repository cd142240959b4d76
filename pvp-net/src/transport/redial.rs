//! Owns the way back to a peer whose path has closed: the path is opened again, for as long as the session waits.
//! Must not retry a path that was never open: why it failed is for the user to see.

use std::time::Duration;

use super::{Channel, CloseReason, PathFault, SendError, Transport, TransportStatus};

/// Between two attempts: a room needs a moment to notice that a place is free.
const RETRY: Duration = Duration::from_millis(400);

/// A transport that opens another one when its own has closed, for paths that do not heal by themselves, such as WebRTC.
///
/// `open` makes a new path to the same peer, or `None` if that is not possible right now.
#[derive(Debug)]
pub struct Redial<T, F> {
    open: F,
    inner: Option<T>,
    has_been_open: bool,
    retry_at: Duration,
    paths: u64,
    /// Packets dropped by paths that are gone.
    dropped_packets: u64,
}

impl<T: Transport, F: FnMut() -> Option<T>> Redial<T, F> {
    /// Goes on over `first`, and over what `open` makes once that has closed.
    pub fn new(first: T, open: F) -> Self {
        Self {
            open,
            inner: Some(first),
            has_been_open: false,
            retry_at: Duration::ZERO,
            paths: 0,
            dropped_packets: 0,
        }
    }

    /// The path in use, if there is one right now.
    pub fn inner(&self) -> Option<&T> {
        self.inner.as_ref()
    }

    /// Gives the present path up for a new one, as after a change of networks.
    pub fn reopen(&mut self) {
        self.has_been_open = true;
        self.dropped_packets += self.inner.take().map_or(0, |old| old.dropped_packets());
    }

    fn step(&mut self, now: Duration) {
        let status = self.inner.as_ref().map(Transport::status);
        self.has_been_open |= status == Some(TransportStatus::Open);
        let is_gone = match status {
            None => true,
            Some(TransportStatus::Closed(reason)) => reason != CloseReason::Local,
            Some(_) => false,
        };
        if !is_gone || !self.has_been_open || now < self.retry_at {
            return;
        }
        self.retry_at = now + RETRY;
        // First the old one gives its place up, the next time a new one takes it.
        if let Some(old) = self.inner.take() {
            self.dropped_packets += old.dropped_packets();
            return;
        }
        self.inner = (self.open)();
        self.paths += u64::from(self.inner.is_some());
    }
}

impl<T: Transport, F: FnMut() -> Option<T>> Transport for Redial<T, F> {
    fn send(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError> {
        self.step(now);
        match (&mut self.inner, channel) {
            (Some(inner), _) => inner.send(now, channel, bytes),
            // A datagram may be lost; a reliable message must not be.
            (None, Channel::Datagram) => Ok(()),
            (None, Channel::Reliable) => Err(SendError::Full),
        }
    }

    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        // What has arrived before the path closed is still read.
        let received = self.inner.as_mut().and_then(|inner| inner.receive(now, buffer));
        if received.is_none() {
            self.step(now);
        }
        received
    }

    fn has_reliable_channel(&self) -> bool {
        self.inner.as_ref().is_none_or(Transport::has_reliable_channel)
    }

    fn overhead_bytes(&self) -> usize {
        self.inner.as_ref().map_or(28, Transport::overhead_bytes)
    }

    fn dropped_packets(&self) -> u64 {
        self.dropped_packets + self.inner.as_ref().map_or(0, Transport::dropped_packets)
    }

    fn path(&self) -> u64 {
        self.paths
    }

    fn fault(&self) -> Option<PathFault> {
        self.inner.as_ref().and_then(Transport::fault)
    }

    fn status(&self) -> TransportStatus {
        match self.inner.as_ref().map(Transport::status) {
            Some(TransportStatus::Closed(reason)) if !self.has_been_open => TransportStatus::Closed(reason),
            Some(TransportStatus::Closed(CloseReason::Local)) => TransportStatus::Closed(CloseReason::Local),
            Some(TransportStatus::Closed(_)) | None => TransportStatus::Connecting,
            Some(status) => status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::link::{End, Link, LinkConfig};

    fn path() -> (Link, Link) {
        Link::pair(LinkConfig::new(0, 0, 0, 0))
    }

    #[test]
    fn a_path_that_closes_is_opened_again_and_counted() {
        let (first, far) = path();
        let (second, mut second_far) = path();
        let mut spare = Some(second);
        let control = far.control();
        let mut redial = Redial::new(first, || spare.take());
        let mut buffer = Vec::new();
        assert_eq!(redial.receive(Duration::ZERO, &mut buffer), None);
        assert_eq!((redial.status(), redial.path()), (TransportStatus::Open, 0));
        control.close(End::B);
        for tenth in 0..10 {
            redial.receive(Duration::from_millis(tenth * 100), &mut buffer);
        }
        assert_eq!((redial.status(), redial.path()), (TransportStatus::Open, 1));
        let now = Duration::from_secs(2);
        redial.send(now, Channel::Datagram, b"again").expect("open");
        assert_eq!(second_far.receive(now, &mut buffer), Some(Channel::Datagram));
        assert_eq!(buffer, b"again");
    }

    #[test]
    fn a_path_that_was_never_open_says_why() {
        let (first, far) = path();
        far.control().close(End::B);
        let mut redial = Redial::new(first, || -> Option<Link> { panic!("never asked") });
        let mut buffer = Vec::new();
        for second in 0..5 {
            redial.receive(Duration::from_secs(second), &mut buffer);
        }
        assert_eq!(redial.status(), TransportStatus::Closed(CloseReason::Peer));
    }
}
