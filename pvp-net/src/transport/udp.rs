//! Encrypted UDP to one peer, over IPv4 and IPv6.
//!
//! Must not: block, read without a limit, decide anything about a packet, or pass on a byte that is not authenticated.
//!
//! The room key decides who may play. This file moves bytes; `endpoint.rs` says what each leads to, without a socket:
//! `tunnel.rs` has the keys, `path.rs` the addresses, `reach.rs` the sizes that pass.
//! The peer's address may change during a match (a router that rebinds, a phone that changes networks):
//! packets go to the new one as soon as the peer has answered there.

mod key;
mod hello;
mod control;
mod window;
mod tunnel;
mod path;
mod reach;
mod endpoint;
#[cfg(feature = "hostile")]
mod hostile;

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use self::endpoint::Endpoint;
use self::key::random_bytes;
use self::tunnel::SEAL_BYTES;
use super::{Channel, PathFault, SendError, Transport, TransportStatus};

#[cfg(feature = "hostile")]
#[doc(hidden)]
pub use self::hostile::attack_udp;
pub use self::key::{EntropyError, RoomKey, entropy};

/// Largest payload of one datagram: fits a 1280-byte IPv6 path with our own overhead.
pub const UDP_PAYLOAD_BYTES_MAX: usize = 1200;
/// Bytes that encryption adds to each datagram.
pub const UDP_SEAL_BYTES: usize = SEAL_BYTES;
/// Datagrams read at one `now` at most; a flood costs bounded time per poll.
const READS_PER_POLL: u32 = 512;

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
#[non_exhaustive]
pub struct UdpStats {
    /// Datagrams sent, with hellos, challenges and probes.
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
    /// Times the peer's address changed to another one where it had answered.
    pub address_changes: u64,
    /// Probes of the path's sizes that have come, whole or cut.
    pub probes_received: u64,
    /// Claims on the place of a peer that lives; they changed nothing.
    pub refused_claims: u64,
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
    endpoint: Endpoint,
    polled_at: Option<Duration>,
    reads_left: u32,
    incoming: Box<[u8; 2048]>,
    outgoing: Vec<u8>,
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
        Self::open(local, Some(remote), key)
    }

    /// Opens `local` and waits for whoever comes with the room key.
    ///
    /// # Errors
    /// See [`UdpError`].
    pub fn listen(local: SocketAddr, key: &RoomKey) -> Result<Self, UdpError> {
        Self::open(local, None, key)
    }

    fn open(local: SocketAddr, remote: Option<SocketAddr>, key: &RoomKey) -> Result<Self, UdpError> {
        let socket = open(local)?;
        let io = |error: std::io::Error| UdpError::Io {
            address: local,
            kind: error.kind(),
        };
        socket.set_nonblocking(true).map_err(io)?;
        Ok(Self {
            local: socket.local_addr().map_err(io)?,
            socket,
            endpoint: Endpoint::new(key, &random_bytes()?, remote),
            polled_at: None,
            reads_left: 0,
            incoming: Box::new([0; 2048]),
            outgoing: Vec::new(),
        })
    }

    /// The address this endpoint is bound to, with the port the system chose.
    #[must_use]
    pub fn local_address(&self) -> SocketAddr {
        self.local
    }

    /// Where the peer is, as far as is known: the address where it answered last, or the one that was given.
    #[must_use]
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.endpoint.remote()
    }

    /// Counters since the endpoint was opened.
    #[must_use]
    pub fn stats(&self) -> UdpStats {
        self.endpoint.stats()
    }

    /// Refills the limits once per `now` and sends what is due.
    fn begin_poll(&mut self, now: Duration) {
        if self.polled_at == Some(now) {
            return;
        }
        self.polled_at = Some(now);
        self.reads_left = READS_PER_POLL;
        self.endpoint.poll(now);
        self.flush();
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

    fn flush(&mut self) {
        let mut counted = (0, 0, 0);
        for packet in self.endpoint.outgoing() {
            count(&mut counted, transmit(&self.socket, &packet.bytes, packet.to));
        }
        self.note_sent(counted);
    }

    fn note_sent(&mut self, (packets, bytes, failed): (u64, u64, u64)) {
        let stats = self.endpoint.stats_mut();
        stats.sent_packets += packets;
        stats.sent_bytes += bytes;
        stats.failed_sends += failed;
    }
}

/// The bytes sent, if the system took them.
fn transmit(socket: &UdpSocket, packet: &[u8], to: SocketAddr) -> Option<u64> {
    socket.send_to(packet, to).is_ok().then_some(packet.len() as u64)
}

/// Adds one send to (packets, bytes, refused).
fn count(counted: &mut (u64, u64, u64), sent: Option<u64>) {
    match sent {
        Some(bytes) => (counted.0, counted.1) = (counted.0 + 1, counted.1 + bytes),
        None => counted.2 += 1,
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
        let mut counted = (0, 0, 0);
        let targets = self.endpoint.seal(bytes, &mut self.outgoing);
        for address in targets.iter() {
            count(&mut counted, transmit(&self.socket, &self.outgoing, address));
        }
        self.note_sent(counted);
        match counted {
            (0, _, 0) => {
                self.endpoint.stats_mut().early_sends += 1;
                Ok(())
            }
            (0, ..) => Err(SendError::Full),
            _ => Ok(()),
        }
    }

    fn receive(&mut self, now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        self.begin_poll(now);
        loop {
            let (length, from) = self.read()?;
            let payload = self.endpoint.handle(now, from, &mut self.incoming[..length]);
            self.flush();
            if let Some(range) = payload {
                buffer.clear();
                buffer.extend_from_slice(&self.incoming[range]);
                return Some(Channel::Datagram);
            }
        }
    }

    /// IP and UDP headers, packet number and authentication tag.
    fn overhead_bytes(&self) -> usize {
        let ip = match self.remote_address().unwrap_or(self.local) {
            SocketAddr::V6(v6) if v6.ip().to_ipv4_mapped().is_none() => 40,
            _ => 20,
        };
        ip + 8 + SEAL_BYTES
    }

    fn dropped_packets(&self) -> u64 {
        let stats = self.stats();
        stats.foreign_packets + stats.forged_packets
    }

    fn fault(&self) -> Option<PathFault> {
        self.endpoint.fault()
    }

    fn status(&self) -> TransportStatus {
        if self.endpoint.is_open() {
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
            .field("remote", &self.remote_address())
            .field("stats", &self.stats())
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
