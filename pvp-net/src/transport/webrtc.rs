//! WebRTC data channels to one peer, native and in the browser, over `matchbox_socket` (never with its `ggrs` feature).
//!
//! Must not: block, decode what it carries, pass on a message that exceeds its channel's limit, or take a second peer.
//!
//! Peers meet in a room of a signaling server and then talk directly; once connected, losing that server is harmless.

mod credit;
mod description;
mod drive;
mod gate;
mod line;
mod meeting;
mod multicast;
mod signaller;
#[cfg_attr(not(target_arch = "wasm32"), path = "webrtc/socket_native.rs")]
#[cfg_attr(target_arch = "wasm32", path = "webrtc/socket_web.rs")]
mod socket;

use std::time::Duration;

use matchbox_socket::{Packet, PeerId, PeerState};

#[cfg(not(target_arch = "wasm32"))]
pub use self::drive::finish;
pub use self::meeting::{Meeting, ROOMS_MAX};

use self::credit::{Credit, Frame};
use self::gate::{Gate, Trouble};
use self::line::Line;
use crate::room::{RoomRefusal, RoomUrl, RoomUrlError};

use super::{Channel, CloseReason, MAX_RELIABLE_BYTES, SendError, Transport, TransportStatus};

/// Largest payload of one datagram: fits one SCTP packet.
pub const WEBRTC_PAYLOAD_BYTES_MAX: usize = 1150;
/// Messages read at one `now` at most; further datagrams of a flood are dropped.
const READS_PER_POLL: u32 = 512;
/// Datagrams that may wait for the WebRTC stack; more means it does not keep up.
const DATAGRAMS_QUEUED_MAX: usize = 64;
/// A peer whose signaling connection ended and that then says nothing for this long is gone.
const SILENCE_AFTER_LEAVE: Duration = Duration::from_secs(1);
/// Pause between two runs of the machinery, should strangers end one after the other.
const RESTART_PAUSE: Duration = Duration::from_millis(100);

/// How to reach the peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebRtcConfig {
    /// STUN and TURN servers, such as `stun:stun.example.org:3478`; none is needed on one machine or one local network.
    pub ice_urls: Vec<String>,
    /// User name for the TURN server.
    pub ice_username: Option<String>,
    /// Password for the TURN server.
    pub ice_credential: Option<String>,
    /// Send everything through the TURN server and tell the peer no address of this machine.
    pub relay_only: bool,
    /// How long to look for a path to a peer that has come.
    pub connect_timeout: Duration,
    /// How often to try to reach the signaling server.
    pub signaling_attempts: u16,
    /// Spreads the pauses between attempts; any number that differs from player to player.
    pub jitter_seed: u64,
}

impl Default for WebRtcConfig {
    fn default() -> Self {
        Self {
            ice_urls: Vec::new(),
            ice_username: None,
            ice_credential: None,
            relay_only: false,
            connect_timeout: Duration::from_secs(30),
            signaling_attempts: 3,
            jitter_seed: 0,
        }
    }
}

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebRtcError {
    /// The address is no room's.
    #[error(transparent)]
    Room(#[from] RoomUrlError),
    /// Relay-only needs a `turn:` or `turns:` server in [`WebRtcConfig::ice_urls`].
    #[error("relay-only needs a turn: or turns: server")]
    RelayWithoutServer,
    /// The system gave no thread for the message loop.
    #[error("the system gave no thread for the connection")]
    NoThread,
    /// The signaling server does not answer; check its address and that it runs.
    #[error("the signaling server of {url} cannot be reached: check the address and that it runs")]
    SignalingUnreachable {
        /// The room's address.
        url: String,
    },
    /// The signaling server lets this player not in; the refusal says what to do.
    #[error("the room {url} cannot be entered: {refusal}")]
    Refused {
        /// The room's address.
        url: String,
        /// The server's reason.
        refusal: RoomRefusal,
    },
    /// Something else than a signaling server answers there; check the address.
    #[error("no signaling server is at {url}: the answer there has the HTTP status {status}")]
    NoSignaling {
        /// The room's address.
        url: String,
        /// The status of the answer.
        status: u16,
    },
    /// None of several signaling servers lets this player in; the reasons stand behind each.
    #[error("no signaling server lets this player in: {reasons}")]
    NoServer {
        /// Each server's reason.
        reasons: String,
    },
    /// The signaling server went away before a peer came; try again.
    #[error("the signaling server went away before a peer came")]
    SignalingLost,
    /// A peer came, but no network path to it works; add a STUN or TURN server.
    #[error("no network path to the peer was found: add a STUN or TURN server")]
    NoPath,
    /// This machine has no route for multicast, without which no connection can begin; the text says what to do.
    #[error(
        "WebRTC needs a network with a route for multicast, and this machine has none: connect it to a router, \
         add the route (on Linux as root: ip route add 224.0.0.0/4 dev INTERFACE), or play over UDP by address"
    )]
    NoMulticast,
    /// The peer was there and left.
    #[error("the peer left")]
    PeerLeft,
    /// The handshake broke on what the other side sent, or this machine has no usable network interface.
    #[error("the connection broke during the handshake")]
    HandshakeBroken,
}

/// What a connection has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WebRtcStats {
    /// Messages sent.
    pub sent_packets: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Messages received and passed on.
    pub received_packets: u64,
    /// Messages refused because they exceed their channel's limit or follow no framing.
    pub malformed_packets: u64,
    /// Datagrams dropped because more came between two polls than a poll reads.
    pub flooded_packets: u64,
    /// Sends refused because of back-pressure.
    pub full_sends: u64,
    /// Reliable bytes the peer has not taken yet, now and at most so far.
    pub reliable_outstanding_bytes: u32,
    /// The largest value of `reliable_outstanding_bytes` so far.
    pub reliable_outstanding_bytes_max: u32,
    /// Datagrams waiting for the WebRTC stack, at most so far.
    pub datagrams_queued_max: u32,
    /// Other visitors of the room that were turned away, and their messages.
    pub turned_away: u64,
    /// Handshakes given up because the other visitor sent junk; it is not listened to again.
    pub handshakes_abandoned: u64,
}

/// WebRTC to one peer; see the [module](self).
///
/// Natively the connection lives on a thread of its own, in the browser as a task of the page.
/// It goes on for 300 ms after this is dropped, so that a goodbye leaves.
#[derive(Debug)]
pub struct WebRtcTransport {
    line: Line,
    credit: Credit,
    gate: Gate,
    room: RoomUrl,
    config: WebRtcConfig,
    restart_at: Duration,
    peer: Option<PeerId>,
    error: Option<WebRtcError>,
    polled_at: Option<Duration>,
    peer_seen_at: Option<Duration>,
    heard_at: Duration,
    reads_left: u32,
    stats: WebRtcStats,
}

impl WebRtcTransport {
    /// Joins the room at `room_url` (`ws://HOST:PORT/ROOM`) and waits there for the peer.
    ///
    /// Returns at once; [`Transport::status`] tells how it goes and [`WebRtcTransport::error`] why it ended.
    ///
    /// # Errors
    /// [`WebRtcError::Room`], [`WebRtcError::RelayWithoutServer`], [`WebRtcError::NoThread`].
    pub fn connect(room_url: &str, config: WebRtcConfig) -> Result<Self, WebRtcError> {
        Self::join(RoomUrl::parse(room_url)?, config)
    }

    /// As [`WebRtcTransport::connect`], with an address that was read before.
    ///
    /// # Errors
    /// [`WebRtcError::RelayWithoutServer`], [`WebRtcError::NoThread`].
    pub fn join(room: RoomUrl, config: WebRtcConfig) -> Result<Self, WebRtcError> {
        let has_turn = config.ice_urls.iter().any(|url| url.starts_with("turn"));
        if config.relay_only && !has_turn {
            return Err(WebRtcError::RelayWithoutServer);
        }
        let gate = Gate::new(config.relay_only);
        Ok(Self {
            line: Line::open(&room, &config, &gate).ok_or(WebRtcError::NoThread)?,
            credit: Credit::default(),
            gate,
            room,
            config,
            restart_at: Duration::ZERO,
            peer: None,
            error: None,
            polled_at: None,
            peer_seen_at: None,
            heard_at: Duration::ZERO,
            reads_left: 0,
            stats: WebRtcStats::default(),
        })
    }

    /// Why the connection ended, if it has.
    #[must_use]
    pub fn error(&self) -> Option<&WebRtcError> {
        self.error.as_ref()
    }

    /// Which player this side is, once the peer is known: the one with the lower id in the room is player 0.
    /// Both sides come to opposite answers.
    #[must_use]
    pub fn player(&self) -> Option<u8> {
        let (own, peer) = (self.gate.lock().own_id?, self.peer?);
        Some(u8::from(own > peer))
    }

    /// Whether the traffic goes through a TURN server; unknown for about a second after the start.
    #[must_use]
    pub fn is_relayed(&self) -> Option<bool> {
        self.peer.and_then(|peer| self.line.socket.is_relayed(peer))
    }

    /// Whether the signaling server has let this player into the room.
    #[must_use]
    pub fn has_entered(&self) -> bool {
        self.gate.lock().own_id.is_some()
    }

    /// Whether somebody else in the room is taken for the peer; the path to it may still be looked for.
    #[must_use]
    pub fn has_company(&self) -> bool {
        self.gate.lock().peer.is_some()
    }

    /// Counters since the start.
    #[must_use]
    pub fn stats(&self) -> WebRtcStats {
        self.stats
    }

    /// Follows the connection and refills the limits, once per `now`.
    fn begin_poll(&mut self, now: Duration) {
        if self.polled_at == Some(now) {
            return;
        }
        if self.reads_left == 0 && self.polled_at.is_some() {
            self.drop_flood();
        }
        self.polled_at = Some(now);
        self.reads_left = READS_PER_POLL;
        if self.error.is_some() {
            return;
        }
        match self.line.socket.try_update_peers() {
            Ok(changes) => {
                for (id, state) in changes {
                    self.handle_peer_state(id, state, now);
                }
            }
            Err(_) => self.handle_end(now),
        }
        self.check_timeouts(now);
    }

    /// The machinery has ended: because of a stranger, and another run begins in the same place, or for good.
    fn handle_end(&mut self, now: Duration) {
        if !self.gate.lock().can_restart() {
            self.error = Some(self.reason_of_the_end());
            return;
        }
        if now < self.restart_at {
            return;
        }
        self.restart_at = now + RESTART_PAUSE;
        self.gate.lock().restart();
        match Line::open(&self.room, &self.config, &self.gate) {
            Some(line) => self.line = line,
            None => self.error = Some(WebRtcError::NoThread),
        }
    }

    fn handle_peer_state(&mut self, id: PeerId, state: PeerState, now: Duration) {
        let mut gate = self.gate.lock();
        match state {
            PeerState::Connected if gate.peer == Some(id) => {
                gate.is_connected = true;
                self.peer = Some(id);
                self.heard_at = now;
            }
            PeerState::Disconnected if self.peer == Some(id) => {
                self.error = Some(WebRtcError::PeerLeft);
            }
            _ => {}
        }
    }

    fn check_timeouts(&mut self, now: Duration) {
        let mut gate = self.gate.lock();
        self.stats.turned_away = gate.turned_away;
        self.stats.handshakes_abandoned = gate.handshakes_abandoned;
        if self.peer.is_none() {
            match (gate.peer, self.peer_seen_at) {
                (None, _) => self.peer_seen_at = None,
                (Some(_), None) => self.peer_seen_at = Some(now),
                (Some(_), Some(seen_at)) if now.saturating_sub(seen_at) > self.config.connect_timeout => {
                    self.peer_seen_at = None;
                    match gate.is_peer_mute() {
                        // A visitor who only sits there is no reason to end the wait.
                        true => gate.abandon(),
                        false => self.error = Some(WebRtcError::NoPath),
                    }
                }
                _ => {}
            }
        } else if gate.peer_left && now.saturating_sub(self.heard_at) > SILENCE_AFTER_LEAVE {
            self.error = Some(WebRtcError::PeerLeft);
        }
    }

    fn reason_of_the_end(&self) -> WebRtcError {
        let url = self.room.to_string();
        match self.gate.lock().trouble {
            Some(Trouble::Unreachable) => WebRtcError::SignalingUnreachable { url },
            Some(Trouble::Refused(refusal)) => WebRtcError::Refused { url, refusal },
            Some(Trouble::NoSignaling { status }) => WebRtcError::NoSignaling { url, status },
            Some(Trouble::NoMulticast) => WebRtcError::NoMulticast,
            Some(Trouble::Broken) => WebRtcError::HandshakeBroken,
            _ if self.peer.is_some() => WebRtcError::PeerLeft,
            Some(Trouble::Lost) | None => WebRtcError::SignalingLost,
        }
    }

    /// A peer that sends faster than we read must not fill our memory.
    fn drop_flood(&mut self) {
        while self.line.datagrams.incoming.try_recv().is_ok() {
            self.stats.flooded_packets += 1;
        }
    }

    fn send_datagram(&mut self, peer: PeerId, bytes: &[u8]) -> Result<(), SendError> {
        let queued = self.line.datagrams.outgoing.len();
        self.stats.datagrams_queued_max = self.stats.datagrams_queued_max.max(queued as u32);
        if queued >= DATAGRAMS_QUEUED_MAX {
            self.stats.full_sends += 1;
            return Err(SendError::Full);
        }
        self.line.datagrams.hand_over(peer, Packet::copy_from_slice(bytes))
    }

    fn send_reliable(&mut self, peer: PeerId, bytes: &[u8]) -> Result<(), SendError> {
        let Some(frame) = self.credit.wrap(bytes) else {
            self.stats.full_sends += 1;
            return Err(SendError::Full);
        };
        let outstanding = self.credit.outstanding();
        self.stats.reliable_outstanding_bytes_max = self.stats.reliable_outstanding_bytes_max.max(outstanding);
        self.line.reliable.hand_over(peer, frame.into())
    }

    /// The next message of one channel from the peer, within the poll's limit.
    fn read(&mut self, channel: Channel) -> Option<Packet> {
        let pipe = match channel {
            Channel::Datagram => &mut self.line.datagrams,
            Channel::Reliable => &mut self.line.reliable,
        };
        while self.reads_left > 0 {
            self.reads_left -= 1;
            let (from, packet) = pipe.incoming.try_recv().ok()?;
            if Some(from) == self.peer {
                return Some(packet);
            }
        }
        None
    }

    fn receive_datagram(&mut self, buffer: &mut Vec<u8>) -> Option<Channel> {
        loop {
            let packet = self.read(Channel::Datagram)?;
            if packet.len() <= WEBRTC_PAYLOAD_BYTES_MAX {
                buffer.clear();
                buffer.extend_from_slice(&packet);
                return Some(Channel::Datagram);
            }
            self.stats.malformed_packets += 1;
        }
    }

    fn receive_reliable(&mut self, buffer: &mut Vec<u8>) -> Option<Channel> {
        loop {
            let packet = self.read(Channel::Reliable)?;
            match self.credit.unwrap(&packet) {
                Frame::Message(message) => {
                    buffer.clear();
                    buffer.extend_from_slice(message);
                    if let (Some(report), Some(peer)) = (self.credit.poll_report(), self.peer) {
                        // A closed channel shows in the status.
                        let _ = self.line.reliable.hand_over(peer, report.into());
                    }
                    return Some(Channel::Reliable);
                }
                Frame::Credit => {}
                Frame::Malformed => self.stats.malformed_packets += 1,
            }
        }
    }
}

impl Transport for WebRtcTransport {
    fn send(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError> {
        self.begin_poll(now);
        let limit = match channel {
            Channel::Datagram => WEBRTC_PAYLOAD_BYTES_MAX,
            Channel::Reliable => MAX_RELIABLE_BYTES,
        };
        if bytes.len() > limit {
            return Err(SendError::TooLarge {
                bytes: bytes.len(),
                limit,
            });
        }
        if self.error.is_some() {
            return Err(SendError::Closed);
        }
        let Some(peer) = self.peer else {
            // A datagram may be lost; a reliable message must not be.
            return if channel == Channel::Datagram {
                Ok(())
            } else {
                Err(SendError::Full)
            };
        };
        match channel {
            Channel::Datagram => self.send_datagram(peer, bytes),
            Channel::Reliable => self.send_reliable(peer, bytes),
        }?;
        self.stats.sent_packets += 1;
        self.stats.sent_bytes += bytes.len() as u64;
        Ok(())
    }

    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        self.begin_poll(now);
        // The peer's last messages are still read after it has left.
        let channel = match self.receive_datagram(buffer) {
            Some(channel) => channel,
            None => self.receive_reliable(buffer)?,
        };
        self.heard_at = now;
        self.stats.received_packets += 1;
        self.stats.reliable_outstanding_bytes = self.credit.outstanding();
        Some(channel)
    }

    fn has_reliable_channel(&self) -> bool {
        true
    }

    /// IP, UDP, DTLS record and SCTP packet with a data chunk; and half a packet, as SCTP acknowledges every second one.
    fn overhead_bytes(&self) -> usize {
        const PACKET: usize = 20 + 8 + 37 + 12;
        const DATA: usize = 16;
        const ACKNOWLEDGEMENT: usize = 16;
        PACKET + DATA + (PACKET + ACKNOWLEDGEMENT) / 2
    }

    fn dropped_packets(&self) -> u64 {
        let stats = self.stats();
        stats.malformed_packets + stats.flooded_packets
    }

    fn status(&self) -> TransportStatus {
        match &self.error {
            None if self.peer.is_some() => TransportStatus::Open,
            None => TransportStatus::Connecting,
            Some(WebRtcError::PeerLeft) => TransportStatus::Closed(CloseReason::Peer),
            Some(WebRtcError::NoPath | WebRtcError::NoMulticast | WebRtcError::HandshakeBroken) => {
                TransportStatus::Closed(CloseReason::Ice)
            }
            Some(_) => TransportStatus::Closed(CloseReason::Signaling),
        }
    }
}

#[cfg(all(test, feature = "signaling", not(target_arch = "wasm32")))]
mod tests;
