//! Encrypted UDP to one peer, over IPv4 and IPv6.
//!
//! Must not: block, read without a limit, answer strangers with more bytes than they sent, or pass on a byte that is not authenticated.
//!
//! The room key decides who may play; see `tunnel.rs` for what is sent.
//! The peer's address may change during a match (a router that rebinds, a phone that changes networks): the newest authentic packet decides where we send.

mod key;
mod tunnel;
mod window;

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use self::key::random_bytes;
use self::tunnel::{Dropped, HELLO_BYTES, Opened, SEAL_BYTES, Tunnel};
use super::{Channel, SendError, Transport, TransportStatus};

pub use self::key::{EntropyError, RoomKey, entropy};

/// Largest payload of one datagram: fits a 1280-byte IPv6 path with our own overhead.
pub const UDP_PAYLOAD_BYTES_MAX: usize = 1200;
/// Bytes that encryption adds to each datagram.
pub const UDP_SEAL_BYTES: usize = SEAL_BYTES;
/// Datagrams read at one `now` at most; a flood costs bounded time per poll.
const READS_PER_POLL: u32 = 512;
/// Hellos answered at one `now` at most.
const REPLIES_PER_POLL: u32 = 4;
/// How often an endpoint without a peer says hello.
const HELLO_INTERVAL: Duration = Duration::from_millis(100);

/// Why a socket could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UdpError {
    /// Another program has the port; choose another one, or port 0 for any free one.
    #[error("{address} is in use by another program: choose another port, or 0 for any free one")]
    AddressInUse {
        /// The address asked for.
        address: SocketAddr,
    },
    /// No network interface of this machine has the address; 0.0.0.0 or :: take all of them.
    #[error("{address} is not an address of this machine: try 0.0.0.0 or [::] with the same port")]
    AddressNotAvailable {
        /// The address asked for.
        address: SocketAddr,
    },
    /// The system reserves the port; choose one above 1023.
    #[error("no permission to use {address}: choose a port above 1023")]
    PermissionDenied {
        /// The address asked for.
        address: SocketAddr,
    },
    /// An IPv4 socket cannot reach an IPv6 peer; bind to an IPv6 address, `[::]` takes both.
    #[error("{local} cannot reach {remote}: bind to an IPv6 address, [::] reaches both families")]
    FamilyMismatch {
        /// The address asked for.
        local: SocketAddr,
        /// The peer's address.
        remote: SocketAddr,
    },
    /// The system has no random source for keys.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// Anything else the system reports.
    #[error("cannot open a socket on {address}: {kind}")]
    Io {
        /// The address asked for.
        address: SocketAddr,
        /// The system's reason.
        kind: ErrorKind,
    },
}

/// What an endpoint has counted since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UdpStats {
    /// Datagrams sent, hellos included.
    pub sent_packets: u64,
    /// Their bytes, without the UDP and IP headers.
    pub sent_bytes: u64,
    /// Authentic payloads received.
    pub received_packets: u64,
    /// Packets that are not of this protocol.
    pub foreign_packets: u64,
    /// Packets made or altered by someone without the room key, or from before a restart.
    pub forged_packets: u64,
    /// Packets seen before.
    pub replayed_packets: u64,
    /// Payloads not sent because no peer had answered yet.
    pub early_sends: u64,
    /// Sends the system refused.
    pub failed_sends: u64,
    /// Times the peer's address changed during the match.
    pub address_changes: u64,
    /// Times another process with the room key took the peer's place.
    pub peer_restarts: u64,
}

/// Encrypted UDP to one peer; see the [module](self).
///
/// ```
/// # #[cfg(not(target_arch = "wasm32"))] {
/// use pvp_net::transport::udp::{RoomKey, UdpTransport};
///
/// let key = RoomKey::from_phrase("a long phrase that both players know");
/// let host = UdpTransport::listen("127.0.0.1:0".parse().unwrap(), &key).unwrap();
/// let guest = UdpTransport::bind("127.0.0.1:0".parse().unwrap(), host.local_address(), &key).unwrap();
/// # drop(guest); }
/// ```
pub struct UdpTransport {
    socket: UdpSocket,
    local: SocketAddr,
    remote: Option<SocketAddr>,
    tunnel: Tunnel,
    polled_at: Option<Duration>,
    reads_left: u32,
    replies_left: u32,
    hello_at: Duration,
    incoming: Box<[u8; 2048]>,
    outgoing: Vec<u8>,
    stats: UdpStats,
}

impl UdpTransport {
    /// Opens `local` and says hello to `remote` until it answers. Port 0 takes any free port.
    ///
    /// # Errors
    /// See [`UdpError`].
    pub fn bind(local: SocketAddr, remote: SocketAddr, key: &RoomKey) -> Result<Self, UdpError> {
        let remote = match (local, remote) {
            (SocketAddr::V4(_), SocketAddr::V6(_)) => {
                return Err(UdpError::FamilyMismatch { local, remote });
            }
            (SocketAddr::V6(_), SocketAddr::V4(v4)) => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
            _ => remote,
        };
        let mut transport = Self::listen(local, key)?;
        transport.remote = Some(remote);
        Ok(transport)
    }

    /// Opens `local` and waits for whoever comes with the room key.
    ///
    /// # Errors
    /// See [`UdpError`].
    pub fn listen(local: SocketAddr, key: &RoomKey) -> Result<Self, UdpError> {
        let socket = open(local)?;
        let io = |error: std::io::Error| UdpError::Io {
            address: local,
            kind: error.kind(),
        };
        socket.set_nonblocking(true).map_err(io)?;
        Ok(Self {
            local: socket.local_addr().map_err(io)?,
            socket,
            remote: None,
            tunnel: Tunnel::new(key, random_bytes()?),
            polled_at: None,
            reads_left: 0,
            replies_left: 0,
            hello_at: Duration::ZERO,
            incoming: Box::new([0; 2048]),
            outgoing: Vec::new(),
            stats: UdpStats::default(),
        })
    }

    /// The address this endpoint is bound to, with the port the system chose.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.local
    }

    /// Where the peer was last heard, if known.
    #[must_use]
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.remote
    }

    /// Counters since the endpoint was opened.
    #[must_use]
    pub fn stats(&self) -> UdpStats {
        self.stats
    }

    /// Refills the limits once per `now` and says hello while nobody has answered.
    fn begin_poll(&mut self, now: Duration) {
        if self.polled_at == Some(now) {
            return;
        }
        self.polled_at = Some(now);
        self.reads_left = READS_PER_POLL;
        self.replies_left = REPLIES_PER_POLL;
        if let Some(remote) = self.remote
            && !self.tunnel.is_open()
            && now >= self.hello_at
        {
            self.hello_at = now + HELLO_INTERVAL;
            let hello = self.tunnel.hello();
            self.transmit(&hello, remote);
        }
    }

    /// Takes one packet off the socket; `None` once it is empty.
    fn read(&mut self) -> Option<(usize, SocketAddr)> {
        while self.reads_left > 0 {
            self.reads_left -= 1;
            match self.socket.recv_from(&mut self.incoming[..]) {
                Ok(read) => return Some(read),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                // Some systems report a port that nobody listens on here; the peer may still come.
                Err(_) => {}
            }
        }
        None
    }

    /// Handles one packet; returns where the payload lies in `incoming`.
    fn handle_packet(&mut self, length: usize, from: SocketAddr) -> Option<std::ops::Range<usize>> {
        match self.tunnel.open(&mut self.incoming[..length]) {
            Ok(Opened::Data { range, is_newest }) => {
                if is_newest && self.remote != Some(from) {
                    self.remote = Some(from);
                    self.stats.address_changes += 1;
                }
                self.stats.received_packets += 1;
                return Some(range);
            }
            Ok(Opened::Hello { reply, is_new_peer }) => self.handle_hello(reply, is_new_peer, from),
            Err(Dropped::Foreign) => self.stats.foreign_packets += 1,
            Err(Dropped::Forged) => self.stats.forged_packets += 1,
            Err(Dropped::Replayed) => self.stats.replayed_packets += 1,
        }
        None
    }

    fn handle_hello(&mut self, reply: Option<[u8; HELLO_BYTES]>, is_new_peer: bool, from: SocketAddr) {
        if is_new_peer {
            self.remote = Some(from);
            self.stats.peer_restarts = self.tunnel.restarts();
        }
        if let Some(reply) = reply
            && self.replies_left > 0
        {
            self.replies_left -= 1;
            self.transmit(&reply, from);
        }
    }

    fn transmit(&mut self, packet: &[u8], to: SocketAddr) -> bool {
        let is_sent = self.socket.send_to(packet, to).is_ok();
        if is_sent {
            self.stats.sent_packets += 1;
            self.stats.sent_bytes += packet.len() as u64;
        } else {
            self.stats.failed_sends += 1;
        }
        is_sent
    }
}

impl Transport for UdpTransport {
    fn send(&mut self, now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError> {
        if channel == Channel::Reliable {
            return Err(SendError::Closed);
        }
        if bytes.len() > UDP_PAYLOAD_BYTES_MAX {
            return Err(SendError::TooLarge {
                bytes: bytes.len(),
                limit: UDP_PAYLOAD_BYTES_MAX,
            });
        }
        self.begin_poll(now);
        let mut packet = std::mem::take(&mut self.outgoing);
        let is_sealed = self.tunnel.seal(bytes, &mut packet);
        let result = match self.remote {
            Some(remote) if is_sealed => {
                if self.transmit(&packet, remote) {
                    Ok(())
                } else {
                    Err(SendError::Full)
                }
            }
            _ => {
                self.stats.early_sends += 1;
                Ok(())
            }
        };
        self.outgoing = packet;
        result
    }

    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        self.begin_poll(now);
        loop {
            let (length, from) = self.read()?;
            if let Some(range) = self.handle_packet(length, from) {
                buffer.clear();
                buffer.extend_from_slice(&self.incoming[range]);
                return Some(Channel::Datagram);
            }
        }
    }

    /// IP and UDP headers, packet number and authentication tag.
    fn overhead_bytes(&self) -> usize {
        let ip = match self.remote.unwrap_or(self.local) {
            SocketAddr::V6(v6) if v6.ip().to_ipv4_mapped().is_none() => 40,
            _ => 20,
        };
        ip + 8 + SEAL_BYTES
    }

    fn dropped_packets(&self) -> u64 {
        self.stats.foreign_packets + self.stats.forged_packets
    }

    fn status(&self) -> TransportStatus {
        if self.tunnel.is_open() {
            TransportStatus::Open
        } else {
            TransportStatus::Connecting
        }
    }
}

impl std::fmt::Debug for UdpTransport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UdpTransport")
            .field("local", &self.local)
            .field("remote", &self.remote)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}

fn open(address: SocketAddr) -> Result<UdpSocket, UdpError> {
    UdpSocket::bind(address).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => UdpError::AddressInUse { address },
        ErrorKind::AddrNotAvailable => UdpError::AddressNotAvailable { address },
        ErrorKind::PermissionDenied => UdpError::PermissionDenied { address },
        kind => UdpError::Io { address, kind },
    })
}

#[cfg(test)]
mod tests;
