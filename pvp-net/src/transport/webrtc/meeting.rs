//! Owns the search for the peer over a list of signaling servers: which room to wait in, and for how long.
//! Must not change the place once somebody has come; from then on it only hands through.
//!
//! Both players have the same list, and its order decides: each waits in the first room that lets it in.
//! Where they disagree, because one of them cannot reach the first server or came while it was down, both still meet:
//! whoever has waited alone for a while visits the other rooms of the list for a moment, one after the other, and then begins anew
//! at the top.
//! An attempt to enter is the health check; a server that failed it is left alone for a while that doubles.

use std::time::Duration;

use super::{WebRtcConfig, WebRtcError, WebRtcTransport};
use crate::room::{RoomRefusal, RoomUrl, RoomUrlError};
use crate::transport::backoff::Backoff;
use crate::transport::{Channel, CloseReason, SendError, Transport, TransportStatus};

/// Signaling servers in one list at most.
pub const ROOMS_MAX: usize = 8;
/// How long to wait in the first room that lets us in before the others are visited.
const HOME_STAY: Duration = Duration::from_secs(10);
/// How long to stay in each of the others.
const VISIT_STAY: Duration = Duration::from_secs(3);
/// How long a server that failed is left alone, at first and at most.
const REST_FIRST: Duration = Duration::from_secs(10);
const REST_MAX: Duration = Duration::from_secs(60);
/// How long a room that is full may only seem so: the place of a process that was killed is being given up.
const PLACE_IS_FREE_AFTER: Duration = Duration::from_secs(2);
/// Between two attempts to enter the same room.
const KNOCK_PAUSE: Duration = Duration::from_millis(200);

/// A room of the list, and how its server has done.
#[derive(Debug)]
struct Endpoint {
    room: RoomUrl,
    /// Why it did not let us in the last time.
    failure: Option<WebRtcError>,
    rest_until: Duration,
    rest: Backoff,
}

/// A path to the peer, found over one of several signaling servers; see the [module](self).
///
/// With one room it is a [`WebRtcTransport`] that knocks again at a room that is still giving up the place of a killed process.
#[derive(Debug)]
pub struct Meeting {
    endpoints: Vec<Endpoint>,
    config: WebRtcConfig,
    at: usize,
    transport: Option<WebRtcTransport>,
    /// Messages of rooms that were left.
    dropped_packets: u64,
    begun_at: Option<Duration>,
    entered_at: Option<Duration>,
    /// Whether a room of this round has let us in.
    has_home: bool,
    /// Whether any room ever did.
    has_entered: bool,
    knock_at: Duration,
    pub(super) home_stay: Duration,
    error: Option<WebRtcError>,
}

impl Meeting {
    /// Looks for the peer in these rooms, in their order; `room_urls` may hold several addresses with commas between.
    ///
    /// Returns at once; [`Transport::status`] tells how it goes and [`Meeting::error`] why it ended.
    ///
    /// # Errors
    /// [`WebRtcError::Room`], [`WebRtcError::RelayWithoutServer`], [`WebRtcError::NoThread`].
    pub fn join(room_urls: &[impl AsRef<str>], config: WebRtcConfig) -> Result<Self, WebRtcError> {
        let addresses = room_urls
            .iter()
            .flat_map(|urls| urls.as_ref().split(','))
            .map(str::trim);
        let mut endpoints: Vec<Endpoint> = Vec::new();
        for address in addresses.clone().take(ROOMS_MAX) {
            endpoints.push(Endpoint::new(RoomUrl::parse(address)?, config.jitter_seed));
        }
        let count = addresses.count();
        let Some(first) = endpoints.first().filter(|_| count <= ROOMS_MAX) else {
            return Err(RoomUrlError::Count { count, max: ROOMS_MAX }.into());
        };
        let config = match count {
            1 => config,
            // Another server is tried instead.
            _ => WebRtcConfig {
                signaling_attempts: 1,
                ..config
            },
        };
        Ok(Self {
            transport: Some(WebRtcTransport::join(first.room.clone(), config.clone())?),
            endpoints,
            config,
            at: 0,
            dropped_packets: 0,
            begun_at: None,
            entered_at: None,
            has_home: false,
            has_entered: false,
            knock_at: Duration::ZERO,
            home_stay: HOME_STAY,
            error: None,
        })
    }

    /// The room in which we are or try to be.
    #[must_use]
    pub fn room(&self) -> &RoomUrl {
        &self.endpoints[self.at].room
    }

    /// The path, if one is there or being made right now.
    #[must_use]
    pub fn transport(&self) -> Option<&WebRtcTransport> {
        self.transport.as_ref()
    }

    /// Which player this side is, once the peer is known; see [`WebRtcTransport::player`].
    #[must_use]
    pub fn player(&self) -> Option<u8> {
        self.transport.as_ref()?.player()
    }

    /// Why it ended, if it has.
    #[must_use]
    pub fn error(&self) -> Option<&WebRtcError> {
        self.error.as_ref()
    }

    /// The rooms whose server did not let us in the last time, each with the reason, in words; empty if all is well.
    #[must_use]
    pub fn failures(&self) -> String {
        let failed = self.endpoints.iter().filter_map(|endpoint| endpoint.failure.as_ref());
        failed.map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }

    /// Follows the path and chooses the place.
    fn step(&mut self, now: Duration) {
        let begun_at = *self.begun_at.get_or_insert(now);
        if self.error.is_some() {
            return;
        }
        let Some(transport) = &self.transport else {
            return self.knock(now);
        };
        match transport.error().cloned() {
            Some(error) if transport.player().is_some() => self.error = Some(error),
            Some(WebRtcError::Refused {
                refusal: RoomRefusal::RoomFull,
                ..
            }) if now < begun_at + PLACE_IS_FREE_AFTER => {
                self.leave();
                self.knock_at = now + KNOCK_PAUSE;
            }
            Some(error) => self.note_failure(error, now),
            None if transport.has_entered() => self.wait(now),
            None => {}
        }
    }

    /// In a room: alone, or with somebody, and then it stays.
    fn wait(&mut self, now: Duration) {
        let is_alone = self
            .transport
            .as_ref()
            .is_some_and(|transport| !transport.has_company());
        let mut others = self.endpoints.iter().enumerate().filter(|(index, _)| *index != self.at);
        let can_visit = others.any(|(_, endpoint)| now >= endpoint.rest_until);
        let entered_at = *self.entered_at.get_or_insert(now);
        let endpoint = &mut self.endpoints[self.at];
        endpoint.failure = None;
        endpoint.rest.reset();
        let stay = if self.has_home { VISIT_STAY } else { self.home_stay };
        if !can_visit || !is_alone {
            // The stay begins anew when there is somewhere to go, and when the other one leaves.
            self.entered_at = Some(now);
        } else if now.saturating_sub(entered_at) > stay {
            (self.has_home, self.has_entered) = (true, true);
            self.go_on(now);
        }
    }

    fn note_failure(&mut self, error: WebRtcError, now: Duration) {
        let was_inside = self.transport.as_ref().is_some_and(WebRtcTransport::has_entered);
        self.has_entered |= was_inside;
        let endpoint = &mut self.endpoints[self.at];
        tracing::info!(room = %endpoint.room, %error, "no meeting there");
        endpoint.rest_until = now + endpoint.rest.next_delay();
        endpoint.failure = Some(error.clone());
        if self.endpoints.len() == 1 || is_final(&error) {
            self.error = Some(error);
            return;
        }
        self.go_on(now);
    }

    /// To the next room of the list; after the last one from the top.
    fn go_on(&mut self, now: Duration) {
        self.leave();
        let is_usable = |index: &usize| now >= self.endpoints[*index].rest_until;
        let next = (self.at + 1..self.endpoints.len()).find(is_usable);
        if next.is_none() {
            if !self.has_home && !self.has_entered {
                self.error = Some(WebRtcError::NoServer {
                    reasons: self.failures(),
                });
                return;
            }
            self.has_home = false;
        }
        let first = || (0..self.endpoints.len()).find(is_usable);
        match next.or_else(first) {
            Some(index) => {
                self.at = index;
                self.knock_at = now;
            }
            // All of them rest.
            None => {
                let earliest = (0..self.endpoints.len()).min_by_key(|index| self.endpoints[*index].rest_until);
                self.at = earliest.unwrap_or(0);
                self.knock_at = self.endpoints[self.at].rest_until;
            }
        }
    }

    fn leave(&mut self) {
        self.entered_at = None;
        self.dropped_packets += self.transport.take().map_or(0, |old| old.dropped_packets());
    }

    fn knock(&mut self, now: Duration) {
        if now < self.knock_at {
            return;
        }
        match WebRtcTransport::join(self.endpoints[self.at].room.clone(), self.config.clone()) {
            Ok(transport) => self.transport = Some(transport),
            Err(error) => self.error = Some(error),
        }
    }
}

impl Endpoint {
    fn new(room: RoomUrl, jitter_seed: u64) -> Self {
        Self {
            room,
            failure: None,
            rest_until: Duration::ZERO,
            rest: Backoff::new(REST_FIRST, REST_MAX, jitter_seed),
        }
    }
}

/// Whether no other server can help: the peers met, and what failed is between them or on this machine.
fn is_final(error: &WebRtcError) -> bool {
    matches!(
        error,
        WebRtcError::NoPath
            | WebRtcError::NoMulticast
            | WebRtcError::PeerLeft
            | WebRtcError::NoThread
            | WebRtcError::HandshakeBroken
    )
}

impl Transport for Meeting {
    fn send(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError> {
        self.step(now);
        match (&mut self.transport, channel) {
            (Some(transport), _) => transport.send(now, channel, bytes),
            (None, _) if self.error.is_some() => Err(SendError::Closed),
            // A datagram may be lost; a reliable message must not be.
            (None, Channel::Datagram) => Ok(()),
            (None, Channel::Reliable) => Err(SendError::Full),
        }
    }

    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        let received = self
            .transport
            .as_mut()
            .and_then(|transport| transport.receive(now, buffer));
        if received.is_none() {
            self.step(now);
        }
        received
    }

    fn has_reliable_channel(&self) -> bool {
        true
    }

    fn overhead_bytes(&self) -> usize {
        self.transport.as_ref().map_or(28, Transport::overhead_bytes)
    }

    fn dropped_packets(&self) -> u64 {
        self.dropped_packets + self.transport.as_ref().map_or(0, Transport::dropped_packets)
    }

    fn status(&self) -> TransportStatus {
        match (&self.error, &self.transport) {
            (Some(_), Some(transport)) => match transport.status() {
                closed @ TransportStatus::Closed(_) => closed,
                _ => TransportStatus::Closed(CloseReason::Signaling),
            },
            (Some(_), None) => TransportStatus::Closed(CloseReason::Signaling),
            (None, Some(transport)) if transport.player().is_some() => transport.status(),
            (None, _) => TransportStatus::Connecting,
        }
    }
}
