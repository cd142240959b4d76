//! A transport of your own: sessions over a TCP stream, for a network that lets nothing else through.
//!
//! `cargo run -p pvp-net --example own_transport`
//!
//! TCP is reliable and ordered, so datagrams never get lost here; they wait behind each other instead, which is why UDP or WebRTC is the better path.
//! The trait asks for four methods: send, receive, whether there is a reliable channel, and the status.
#![allow(clippy::print_stdout, reason = "an example talks to people")]

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use pvp_net::transport::{MAX_DATAGRAM_BYTES, MAX_RELIABLE_BYTES};
use pvp_net::{
    Advance, Channel, CloseReason, Events, SendError, Session, SessionConfig, Simulation, Transport, TransportStatus,
};

/// Messages over a stream: channel, length, bytes.
struct TcpTransport {
    stream: TcpStream,
    /// Bytes that arrived and are not yet a whole message.
    incoming: Vec<u8>,
    /// Bytes the system did not take yet.
    outgoing: Vec<u8>,
    closed: Option<CloseReason>,
}

/// More unsent bytes than this: the peer does not keep up.
const OUTGOING_BYTES_MAX: usize = 64 * 1024;
const HEADER_BYTES: usize = 3;

impl TcpTransport {
    fn new(stream: TcpStream) -> std::io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            incoming: Vec::new(),
            outgoing: Vec::new(),
            closed: None,
        })
    }

    fn flush(&mut self) {
        match self.stream.write(&self.outgoing) {
            Ok(written) => drop(self.outgoing.drain(..written)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.closed = Some(CloseReason::Io),
        }
    }

    fn read(&mut self) {
        let mut chunk = [0; 4096];
        match self.stream.read(&mut chunk) {
            Ok(0) => self.closed = Some(CloseReason::Peer),
            Ok(length) => self.incoming.extend_from_slice(&chunk[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => self.closed = Some(CloseReason::Io),
        }
    }
}

impl Transport for TcpTransport {
    fn send(&mut self, _now: Duration, channel: Channel, bytes: &[u8]) -> Result<(), SendError> {
        let limit = match channel {
            Channel::Datagram => MAX_DATAGRAM_BYTES,
            Channel::Reliable => MAX_RELIABLE_BYTES,
        };
        if bytes.len() > limit {
            return Err(SendError::TooLarge {
                bytes: bytes.len(),
                limit,
            });
        }
        if self.closed.is_some() {
            return Err(SendError::Closed);
        }
        if self.outgoing.len() > OUTGOING_BYTES_MAX {
            return Err(SendError::Full);
        }
        let length = (bytes.len() as u16).to_le_bytes();
        self.outgoing
            .extend_from_slice(&[u8::from(channel == Channel::Reliable), length[0], length[1]]);
        self.outgoing.extend_from_slice(bytes);
        self.flush();
        Ok(())
    }

    fn receive(&mut self, _now: Duration, buffer: &mut Vec<u8>) -> Option<Channel> {
        self.flush();
        self.read();
        let (header, rest) = self.incoming.split_at_checked(HEADER_BYTES)?;
        let length = usize::from(u16::from_le_bytes([header[1], header[2]]));
        let channel = if header[0] == 1 {
            Channel::Reliable
        } else {
            Channel::Datagram
        };
        let message = rest.get(..length)?;
        buffer.clear();
        buffer.extend_from_slice(message);
        self.incoming.drain(..HEADER_BYTES + length);
        Some(channel)
    }

    fn has_reliable_channel(&self) -> bool {
        true
    }

    fn overhead_bytes(&self) -> usize {
        40 + HEADER_BYTES
    }

    fn status(&self) -> TransportStatus {
        self.closed.map_or(TransportStatus::Open, TransportStatus::Closed)
    }
}

/// The smallest game: whoever holds the button moves on.
struct Race;

impl Simulation for Race {
    type Input = u8;
    type State = [u32; 2];
    type Event = ();

    fn step(&self, state: &mut [u32; 2], inputs: &[u8], _events: &mut Events<()>) {
        for (position, input) in state.iter_mut().zip(inputs) {
            *position += u32::from(input & 1);
        }
    }

    fn checksum(&self, state: &[u32; 2]) -> u64 {
        u64::from(state[0]) << 32 | u64::from(state[1])
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the example is the program that reads the clock"
)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let guest = TcpTransport::new(TcpStream::connect(listener.local_addr()?)?)?;
    let host = TcpTransport::new(listener.accept()?.0)?;
    let start = Instant::now();
    let session = |player, transport| {
        let config = SessionConfig {
            entropy: 11 + u64::from(player),
            ..SessionConfig::new(player, 1)
        };
        Session::new(Race, [0; 2], transport, config, Duration::ZERO)
    };
    let mut sessions = [session(0, host)?, session(1, guest)?];
    while sessions.iter().any(|session| session.confirmed_frame() < 120) {
        for (player, session) in sessions.iter_mut().enumerate() {
            let now = start.elapsed();
            session.poll(now);
            if !session.is_frame_due(now) {
                continue;
            }
            // Player 0 holds the button every other frame, player 1 always.
            let input = u8::from(player == 1 || session.current_frame() % 2 == 0);
            if let Advance::Stepped { .. } = session.advance(now, input)? {
                drop(session.game_events());
            }
        }
        std::thread::park_timeout(Duration::from_millis(1));
    }
    let frame = sessions.each_ref().map(Session::confirmed_frame)[0].min(sessions[1].confirmed_frame());
    let checksums = sessions.each_ref().map(|session| session.checksum_at(frame));
    println!(
        "frame {frame}: positions {:?}, both peers agree: {}",
        sessions[0].state(),
        checksums[0] == checksums[1]
    );
    if checksums[0].is_none() || checksums[0] != checksums[1] {
        return Err("the peers disagree".into());
    }
    Ok(())
}

#[test]
fn both_sides_agree() {
    main().expect("a match over TCP on loopback");
}
