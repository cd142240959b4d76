//! The encryption of one UDP endpoint, without its socket: hellos that agree on keys, sealed datagrams, replay refusal.
//!
//! Must not: touch a socket or a clock, answer a packet with a larger one, or keep anything a stranger's packet says.
//!
//! Both ends draw an X25519 key pair when they start and tell each other the public half in hellos authenticated with the room key.
//! A hello that repeats our own public key was made after we started, by someone who holds the room key: it sets the data keys.
//! So a recorded hello or datagram is worthless against a fresh key pair, and a room key that leaks later opens no recorded match.

use chacha20poly1305::aead::AeadInPlace;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce, Tag};
use x25519_dalek::{PublicKey, StaticSecret};

use super::key::RoomKey;
use super::window::ReplayWindow;

const KIND_HELLO: u8 = 0x71;
const KIND_DATA: u8 = 0x72;
const KEY_BYTES: usize = 32;
const MAC_BYTES: usize = 32;
const TAG_BYTES: usize = 16;
/// kind, packet number (24 bits).
const DATA_HEADER_BYTES: usize = 4;
/// Bytes a sealed datagram is longer than what it carries.
pub(super) const SEAL_BYTES: usize = DATA_HEADER_BYTES + TAG_BYTES;
/// kind, wants a reply, sender's public key, receiver's public key as far as known, authentication.
pub(super) const HELLO_BYTES: usize = 2 + 2 * KEY_BYTES + MAC_BYTES;
/// Peers of one room key that came, went and may not come back (each is one restart of the other side).
const RETIRED_MAX: usize = 256;

pub(super) type Hello = [u8; HELLO_BYTES];

/// Why a packet was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dropped {
    /// No packet of ours, or of a wrong length.
    Foreign,
    /// Sealed or authenticated with another key, or altered on the way.
    Forged,
    /// Seen before, or too old to tell.
    Replayed,
}

/// What a packet was good for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// A datagram, decrypted in place: the payload is `packet[range]`.
    Data {
        range: std::ops::Range<usize>,
        is_newest: bool,
    },
    /// A hello; `reply` is to be sent back to where it came from.
    Hello { reply: Option<Hello>, is_new_peer: bool },
}

pub(super) struct Tunnel {
    hello_key: [u8; 32],
    data_key: [u8; 32],
    secret: StaticSecret,
    public: [u8; KEY_BYTES],
    peer: Option<Peer>,
    retired: Vec<[u8; KEY_BYTES]>,
}

struct Peer {
    public: [u8; KEY_BYTES],
    sealing: ChaCha20Poly1305,
    opening: ChaCha20Poly1305,
    next_number: u64,
    window: ReplayWindow,
}

impl Tunnel {
    /// An endpoint with this room key; `secret` must be fresh random bytes.
    pub(super) fn new(room: &RoomKey, secret: [u8; 32]) -> Self {
        let secret = StaticSecret::from(secret);
        let public = PublicKey::from(&secret).to_bytes();
        Self {
            hello_key: room.hello_key(),
            data_key: room.data_key(),
            secret,
            public,
            peer: None,
            retired: Vec::new(),
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.peer.is_some()
    }

    /// How often another process took the peer's place.
    pub(super) fn restarts(&self) -> u64 {
        self.retired.len() as u64
    }

    /// The hello that asks the peer to answer.
    pub(super) fn hello(&self) -> Hello {
        let known = self.peer.as_ref().map_or([0; KEY_BYTES], |peer| peer.public);
        self.make_hello(known, true)
    }

    /// Seals `payload` into `packet`; `false` if there is no peer yet.
    pub(super) fn seal(&mut self, payload: &[u8], packet: &mut Vec<u8>) -> bool {
        let Some(peer) = &mut self.peer else { return false };
        let number = peer.next_number;
        peer.next_number += 1;
        packet.clear();
        packet.push(KIND_DATA);
        packet.extend_from_slice(&number.to_le_bytes()[..3]);
        packet.extend_from_slice(payload);
        let (header, body) = packet.split_at_mut(DATA_HEADER_BYTES);
        let tag = peer
            .sealing
            .encrypt_in_place_detached(&nonce(number), header, body)
            .expect("a datagram is shorter than the cipher's limit of 256 GiB");
        packet.extend_from_slice(&tag);
        true
    }

    /// Takes one packet from the network, decrypting it in place.
    pub(super) fn open(&mut self, packet: &mut [u8]) -> Result<Opened, Dropped> {
        match packet.first() {
            Some(&KIND_DATA) => self.open_data(packet),
            Some(&KIND_HELLO) => self.open_hello(packet),
            _ => Err(Dropped::Foreign),
        }
    }

    fn open_data(&mut self, packet: &mut [u8]) -> Result<Opened, Dropped> {
        let body_bytes = packet.len().checked_sub(SEAL_BYTES).ok_or(Dropped::Foreign)?;
        let peer = self.peer.as_mut().ok_or(Dropped::Forged)?;
        let (header, rest) = packet.split_at_mut(DATA_HEADER_BYTES);
        let (body, tag) = rest.split_at_mut(body_bytes);
        let low = u64::from(u32::from_le_bytes([header[1], header[2], header[3], 0]));
        let number = full_number(low, peer.window.next());
        if !peer.window.is_fresh(number) {
            return Err(Dropped::Replayed);
        }
        peer.opening
            .decrypt_in_place_detached(&nonce(number), header, body, Tag::from_slice(tag))
            .map_err(|_| Dropped::Forged)?;
        let is_newest = peer.window.mark(number);
        Ok(Opened::Data {
            range: DATA_HEADER_BYTES..DATA_HEADER_BYTES + body_bytes,
            is_newest,
        })
    }

    fn open_hello(&mut self, packet: &[u8]) -> Result<Opened, Dropped> {
        let hello: &Hello = packet.try_into().map_err(|_| Dropped::Foreign)?;
        let (signed, mac) = hello.split_at(HELLO_BYTES - MAC_BYTES);
        // `blake3::Hash` compares in constant time.
        if blake3::keyed_hash(&self.hello_key, signed) != *mac {
            return Err(Dropped::Forged);
        }
        let wants_reply = signed[1] == 1;
        let (sender, echoed) = signed[2..].split_at(KEY_BYTES);
        let sender: [u8; KEY_BYTES] = sender.try_into().expect("split at the key's length");
        if sender == self.public || self.retired.contains(&sender) {
            return Err(Dropped::Replayed);
        }
        let is_current = self.peer.as_ref().is_some_and(|peer| peer.public == sender);
        let is_new_peer = !is_current && echoed == self.public && self.adopt(sender);
        let is_current = is_current || is_new_peer;
        // A stranger must answer before it can become the peer; the peer itself needs no more than our key.
        let reply = wants_reply.then(|| self.make_hello(sender, !is_current));
        Ok(Opened::Hello { reply, is_new_peer })
    }

    /// Makes the holder of this public key the peer; `false` if no keys come of it.
    fn adopt(&mut self, public: [u8; KEY_BYTES]) -> bool {
        if self.retired.len() >= RETIRED_MAX {
            return false;
        }
        let shared = self.secret.diffie_hellman(&PublicKey::from(public));
        if !shared.was_contributory() {
            return false;
        }
        let cipher = |from: &[u8], to: &[u8]| {
            let mut hasher = blake3::Hasher::new_keyed(&self.data_key);
            hasher.update(shared.as_bytes()).update(from).update(to);
            ChaCha20Poly1305::new(hasher.finalize().as_bytes().into())
        };
        let peer = Peer {
            public,
            sealing: cipher(&self.public, &public),
            opening: cipher(&public, &self.public),
            next_number: 0,
            window: ReplayWindow::new(),
        };
        if let Some(former) = self.peer.replace(peer) {
            self.retired.push(former.public);
        }
        true
    }

    fn make_hello(&self, receiver: [u8; KEY_BYTES], wants_reply: bool) -> Hello {
        let mut hello = [0; HELLO_BYTES];
        hello[0] = KIND_HELLO;
        hello[1] = u8::from(wants_reply);
        hello[2..2 + KEY_BYTES].copy_from_slice(&self.public);
        hello[2 + KEY_BYTES..2 + 2 * KEY_BYTES].copy_from_slice(&receiver);
        let (signed, mac) = hello.split_at_mut(HELLO_BYTES - MAC_BYTES);
        mac.copy_from_slice(blake3::keyed_hash(&self.hello_key, signed).as_bytes());
        hello
    }
}

/// Every (key, packet number) is used once: keys belong to one direction between two key pairs drawn at start.
fn nonce(number: u64) -> Nonce {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&number.to_le_bytes());
    Nonce::from(bytes)
}

/// The packet number with these low 24 bits that is nearest to the one expected next (as RFC 9000, appendix A.3).
fn full_number(low: u64, expected: u64) -> u64 {
    const SPAN: u64 = 1 << 24;
    let candidate = (expected & !(SPAN - 1)) | low;
    if candidate + SPAN / 2 <= expected {
        candidate + SPAN
    } else if candidate > expected + SPAN / 2 && candidate >= SPAN {
        candidate - SPAN
    } else {
        candidate
    }
}

#[cfg(test)]
mod tests;
