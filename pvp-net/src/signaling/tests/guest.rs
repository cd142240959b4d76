//! A visitor made by hand, so that it can do what no library lets it do.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::room::RoomRefusal;

pub(super) const CONTINUATION: u8 = 0;
pub(super) const TEXT: u8 = 1;
pub(super) const BINARY: u8 = 2;
pub(super) const CLOSE: u8 = 8;
pub(super) const PING: u8 = 9;
pub(super) const PONG: u8 = 10;
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Guest(TcpStream);

impl Guest {
    /// Connected, and nothing said yet.
    pub(super) fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("a listening server");
        stream.set_read_timeout(Some(PATIENCE)).expect("a setting");
        stream.set_write_timeout(Some(PATIENCE)).expect("a setting");
        Self(stream)
    }

    pub(super) fn enter(address: SocketAddr, room: &str) -> Self {
        let mut guest = Self::open(address);
        guest.upgrade(room);
        guest
    }

    /// From another address of this machine.
    pub(super) fn enter_from(from: impl Into<Ipv4Addr>, address: SocketAddr, room: &str) -> Self {
        let bound = std::net::SocketAddrV4::new(from.into(), 0);
        let stream = bound::connect_from(bound, address);
        stream.set_read_timeout(Some(PATIENCE)).expect("a setting");
        let mut guest = Self(stream);
        guest.upgrade(room);
        guest
    }

    fn upgrade(&mut self, room: &str) {
        let request = format!(
            "GET /{room} HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\
             sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        self.raw(request.as_bytes());
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            self.0.read_exact(&mut byte).expect("an answer");
            head.push(byte[0]);
        }
        let head = String::from_utf8_lossy(&head);
        assert!(
            head.starts_with("HTTP/1.1 101") && head.to_lowercase().contains("connection: upgrade"),
            "{head}"
        );
    }

    /// Sends a request and reads everything until the server closes.
    pub(super) fn ask(address: SocketAddr, request: &str) -> String {
        let mut guest = Self::open(address);
        guest.try_raw(request.as_bytes());
        let mut answer = Vec::new();
        // A reset after the answer is as good as an end.
        let _ = guest.0.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    pub(super) fn try_raw(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).is_ok()
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        assert!(self.try_raw(bytes), "the server hung up");
    }

    /// Masked with zeros, so the payload goes out as it is.
    fn head(kind: u8, is_last: bool, bytes: usize) -> Vec<u8> {
        let mut head = vec![kind | (u8::from(is_last) << 7)];
        match bytes {
            0..126 => head.push(0x80 | bytes as u8),
            126..0x1_0000 => {
                head.push(0x80 | 126);
                head.extend((bytes as u16).to_be_bytes());
            }
            _ => {
                head.push(0x80 | 127);
                head.extend((bytes as u64).to_be_bytes());
            }
        }
        head.extend([0; 4]);
        head
    }

    pub(super) fn header(&mut self, kind: u8, is_last: bool, bytes: usize) {
        self.raw(&Self::head(kind, is_last, bytes));
    }

    pub(super) fn try_send(&mut self, kind: u8, payload: &[u8]) -> bool {
        let mut frame = Self::head(kind, true, payload.len());
        frame.extend(payload);
        self.try_raw(&frame)
    }

    pub(super) fn frame(&mut self, kind: u8, is_last: bool, payload: &[u8]) {
        let mut frame = Self::head(kind, is_last, payload.len());
        frame.extend(payload);
        self.raw(&frame);
    }

    pub(super) fn send(&mut self, kind: u8, payload: &[u8]) {
        self.frame(kind, true, payload);
    }

    /// The next frame's kind and payload; `None` once the connection has ended.
    pub(super) fn read(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 2];
        self.0.read_exact(&mut head).ok()?;
        let length = match head[1] {
            126 => {
                let mut length = [0; 2];
                self.0.read_exact(&mut length).ok()?;
                usize::from(u16::from_be_bytes(length))
            }
            127 => panic!("the server sends no giants"),
            length => usize::from(length),
        };
        let mut payload = vec![0; length];
        self.0.read_exact(&mut payload).ok()?;
        Some((head[0] & 15, payload))
    }

    pub(super) fn text(&mut self) -> String {
        let (kind, payload) = self.read().expect("a message");
        assert_eq!(kind, TEXT, "{payload:?}");
        String::from_utf8(payload).expect("text")
    }

    /// The reason in the close frame that comes sooner or later.
    pub(super) fn goodbye(&mut self) -> String {
        loop {
            let (kind, payload) = self.read().expect("a close frame");
            if kind == CLOSE {
                return String::from_utf8_lossy(&payload[2..]).into_owned();
            }
        }
    }

    pub(super) fn is_closed(&mut self) -> bool {
        while self.read().is_some() {}
        true
    }

    pub(super) fn expect_refusal(mut self, refusal: RoomRefusal) {
        assert_eq!(self.text(), refusal.to_message());
        assert!(self.goodbye().starts_with(&refusal.to_string()[..20]));
        // The place for refusals is free again when this one hangs up.
        drop(self);
    }
}

/// `std` cannot bind before it connects.
mod bound {
    use std::net::{SocketAddr, SocketAddrV4, TcpStream};

    pub(super) fn connect_from(from: SocketAddrV4, to: SocketAddr) -> TcpStream {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
            socket.bind(from.into()).expect("an address of this machine");
            let stream = socket.connect(to).await.expect("a listening server");
            stream.into_std().expect("a socket")
        });
        stream.set_nonblocking(false).expect("a setting");
        stream
    }
}
