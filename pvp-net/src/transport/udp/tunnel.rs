//! The keys of one UDP endpoint, without its socket: hellos that agree on keys, sealed packets, replay refusal.
//!
//! Must not: touch a socket or a clock, keep what an unproven packet says, know an address, or give a living peer up.
//!
//! Both ends draw an X25519 key pair when they start and tell each other the public half in hellos authenticated with the room key.
//! A hello carries a token of its sender that changes every few seconds, and echoes the newest token of its receiver:
//! a hello with our token is *fresh*, it was made moments ago by someone who holds the room key.
//! It carries a *proof* too, made with the keys of the two key pairs: only the holder of the key pair that it names can make it.
//! So a recorded hello or datagram is worthless, and a room key that leaks later opens no recorded match.
//!
//! | state | says hello | ends when |
//! |---|---|---|
//! | alone | every 100 ms, to anybody | a fresh hello with a proof comes: adopted |
//! | adopted: the keys are set, nothing has been opened with them | every 100 ms, with a proof | a sealed packet opens: settled |
//! | settled | never | nothing new has opened for half a second: silent |
//! | silent | every 100 ms, with a proof | a new sealed packet opens: settled; a fresh hello with a proof comes from another key pair: adopted |
//!
//! An adopted peer that stays silent can be replaced like a settled one.
//! Nothing is kept about whoever is not the peer: a claim is proved by one packet or not at all, so there is no list to fill,
//! and a claim on the place of a living peer changes nothing but a counter.
//! One lost packet delays, it never decides: whatever state the two ends are in, the one that hears nothing says hello,
//! and a hello is answered in every state.

use std::time::Duration;

use chacha20poly1305::aead::AeadInPlace;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Nonce, Tag};
use x25519_dalek::{PublicKey, StaticSecret};

use super::control::{CONTROL_PAYLOAD_BYTES, Control};
use super::hello::{HELLO_BYTES, Hello, KEY_BYTES, TOKEN_BYTES, Token};
use super::key::RoomKey;
use super::window::ReplayWindow;

pub(super) const KIND_HELLO: u8 = 0x71;
const KIND_DATA: u8 = 0x72;
const KIND_CONTROL: u8 = 0x73;
const TAG_BYTES: usize = 16;
/// kind, packet number (24 bits).
const HEADER_BYTES: usize = 4;
/// Bytes a sealed datagram is longer than what it carries.
pub(super) const SEAL_BYTES: usize = HEADER_BYTES + TAG_BYTES;
/// A challenge or the response to it.
pub(super) const CONTROL_BYTES: usize = SEAL_BYTES + CONTROL_PAYLOAD_BYTES;
/// No honest endpoint comes near it, and none that counts from here overflows.
const NUMBER_MAX: u64 = 1 << 48;
/// A peer that nothing new was heard from for so long may be replaced.
pub(super) const SILENT_AFTER: Duration = Duration::from_millis(500);
/// Time between two polls beyond this does not count as silence: this side was not listening.
const POLL_GAP_MAX: Duration = Duration::from_millis(100);
/// How often an endpoint that hears nobody says hello.
const HELLO_INTERVAL: Duration = Duration::from_millis(100);
/// How long our token stays the one we tell; the one before is good for as long again.
const TOKEN_LIFE: Duration = Duration::from_secs(10);
/// Key agreements at one `now` at most, for hellos that are fresh.
const AGREEMENTS_PER_POLL: u32 = 8;
/// Key agreements in [`ALLOWANCE_INTERVAL`] at most, for hellos that anybody may have recorded.
const AGREEMENTS_FOR_STRANGERS: u32 = 8;
const ALLOWANCE_INTERVAL: Duration = Duration::from_millis(100);

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

/// What a hello led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Greeting {
    /// Whoever said it needs this hello to prove itself, or to believe us.
    Answer([u8; HELLO_BYTES]),
    /// Its sender is the peer from now on, and gets this hello.
    Adopted([u8; HELLO_BYTES]),
    /// The peer asks whether we have its keys: a sealed packet will tell.
    FromPeer,
    /// It claims the place of a peer that lives.
    Refused,
    /// More such hellos came than are looked at.
    Unanswered,
}

/// What a packet was good for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Opened {
    /// A datagram, decrypted in place: the payload is `packet[range]`.
    Data {
        range: std::ops::Range<usize>,
        is_newest: bool,
    },
    /// A packet of the transport itself.
    Control { control: Control, is_newest: bool },
    /// A hello.
    Hello(Greeting),
}

pub(super) struct Tunnel {
    hello_key: [u8; 32],
    data_key: [u8; 32],
    token_key: [u8; 32],
    secret: StaticSecret,
    public: [u8; KEY_BYTES],
    peer: Option<Peer>,
    adoptions: u64,
    /// One counter for all peers: no key ever seals two packets of one number, even if a peer comes back.
    next_number: u64,
    polled_at: Option<Duration>,
    hello_at: Duration,
    agreements_left: u32,
    strangers_left: u32,
    strangers_at: Duration,
}

struct Peer {
    public: [u8; KEY_BYTES],
    keys: PairKeys,
    sealing: ChaCha20Poly1305,
    opening: ChaCha20Poly1305,
    window: ReplayWindow,
    /// The newest token it has told us.
    token: Token,
    is_settled: bool,
    silence: Duration,
}

/// What two key pairs and the room key give; each direction has its own.
struct PairKeys {
    sealing: [u8; 32],
    proving: [u8; 32],
    opening: [u8; 32],
    checking: [u8; 32],
}

impl Tunnel {
    /// An endpoint with this room key; `seed` must be fresh random bytes.
    pub(super) fn new(room: &RoomKey, seed: &[u8; 32]) -> Self {
        let secret = StaticSecret::from(blake3::derive_key("pvp-net 2026-11 udp key pair", seed));
        let public = PublicKey::from(&secret).to_bytes();
        Self {
            hello_key: room.hello_key(),
            data_key: room.data_key(),
            token_key: blake3::derive_key("pvp-net 2026-11 udp hello tokens", seed),
            secret,
            public,
            peer: None,
            adoptions: 0,
            next_number: 0,
            polled_at: None,
            hello_at: Duration::ZERO,
            agreements_left: 0,
            strangers_left: 0,
            strangers_at: Duration::ZERO,
        }
    }

    /// Whether there is somebody to send to.
    pub(super) fn is_open(&self) -> bool {
        self.peer.is_some()
    }

    /// Whether the peer has shown that it has the keys.
    pub(super) fn is_settled(&self) -> bool {
        self.peer.as_ref().is_some_and(|peer| peer.is_settled)
    }

    /// How long nothing new was heard from the peer, if there is one.
    pub(super) fn silence(&self) -> Option<Duration> {
        self.peer.as_ref().map(|peer| peer.silence)
    }

    /// How often another process took the peer's place.
    pub(super) fn restarts(&self) -> u64 {
        self.adoptions.saturating_sub(1)
    }

    /// First four bytes of our public key, which tell our packets from the peer's.
    pub(super) fn tag(&self) -> [u8; 4] {
        self.public[..4].try_into().expect("a key is longer")
    }

    fn is_silent(&self) -> bool {
        self.silence().is_none_or(|silence| silence >= SILENT_AFTER)
    }

    /// Lets time pass, once per `now`; returns the hello to say now, if one is due.
    pub(super) fn poll(&mut self, now: Duration) -> Option<[u8; HELLO_BYTES]> {
        let passed = now.saturating_sub(self.polled_at.unwrap_or(now)).min(POLL_GAP_MAX);
        self.polled_at = Some(now);
        self.agreements_left = AGREEMENTS_PER_POLL;
        if now >= self.strangers_at {
            self.strangers_at = now + ALLOWANCE_INTERVAL;
            self.strangers_left = AGREEMENTS_FOR_STRANGERS;
        }
        if let Some(peer) = &mut self.peer {
            peer.silence += passed;
        }
        if now < self.hello_at || self.is_settled() && !self.is_silent() {
            return None;
        }
        self.hello_at = now + HELLO_INTERVAL;
        let known = self.peer.as_ref().map(|peer| (peer.token, Some(peer.keys.proving)));
        let (echo, proving) = known.unwrap_or_default();
        Some(self.hello(now, echo, proving.as_ref()))
    }

    fn hello(&self, now: Duration, echo: Token, proving: Option<&[u8; 32]>) -> [u8; HELLO_BYTES] {
        let hello = Hello {
            public: self.public,
            token: self.token(now, 0),
            echo,
            next_number: self.next_number,
        };
        hello.write(&self.hello_key, proving)
    }

    /// Ours, or the one before it. An adoption makes all earlier ones worthless, so a hello makes a peer once.
    fn token(&self, now: Duration, age: u64) -> Token {
        let period = (now.as_millis() / TOKEN_LIFE.as_millis()) as u64;
        let mut hasher = blake3::Hasher::new_keyed(&self.token_key);
        hasher.update(&self.adoptions.to_le_bytes());
        hasher.update(&period.wrapping_sub(age).to_le_bytes());
        let mut token = [0; TOKEN_BYTES];
        token.copy_from_slice(&hasher.finalize().as_bytes()[..TOKEN_BYTES]);
        token
    }

    /// Seals what the session sends into `packet`; `false` if there is no peer yet.
    pub(super) fn seal(&mut self, payload: &[u8], packet: &mut Vec<u8>) -> bool {
        self.seal_as(KIND_DATA, payload, packet)
    }

    /// Seals a challenge or a response; `false` if there is no peer yet.
    pub(super) fn seal_control(&mut self, control: Control, packet: &mut Vec<u8>) -> bool {
        self.seal_as(KIND_CONTROL, &control.write(), packet)
    }

    fn seal_as(&mut self, kind: u8, payload: &[u8], packet: &mut Vec<u8>) -> bool {
        let Some(peer) = &mut self.peer else { return false };
        let number = self.next_number;
        self.next_number += 1;
        packet.clear();
        packet.push(kind);
        packet.extend_from_slice(&number.to_le_bytes()[..3]);
        packet.extend_from_slice(payload);
        let (header, body) = packet.split_at_mut(HEADER_BYTES);
        let tag = peer
            .sealing
            .encrypt_in_place_detached(&nonce(number), header, body)
            .expect("a datagram is shorter than the cipher's limit of 256 GiB");
        packet.extend_from_slice(&tag);
        true
    }

    /// Takes one packet from the network, decrypting it in place.
    pub(super) fn open(&mut self, now: Duration, packet: &mut [u8]) -> Result<Opened, Dropped> {
        match packet.first() {
            Some(&KIND_DATA) => {
                let (range, is_newest) = self.open_sealed(packet)?;
                Ok(Opened::Data { range, is_newest })
            }
            Some(&KIND_CONTROL) => {
                let (range, is_newest) = self.open_sealed(packet)?;
                let control = Control::read(&packet[range]).ok_or(Dropped::Foreign)?;
                Ok(Opened::Control { control, is_newest })
            }
            Some(&KIND_HELLO) => self.open_hello(now, packet).map(Opened::Hello),
            _ => Err(Dropped::Foreign),
        }
    }

    fn open_sealed(&mut self, packet: &mut [u8]) -> Result<(std::ops::Range<usize>, bool), Dropped> {
        let body_bytes = packet.len().checked_sub(SEAL_BYTES).ok_or(Dropped::Foreign)?;
        let peer = self.peer.as_mut().ok_or(Dropped::Forged)?;
        let (header, rest) = packet.split_at_mut(HEADER_BYTES);
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
        peer.is_settled = true;
        // What overtook nothing may have been held back on the way: it does not show that the peer lives.
        if is_newest {
            peer.silence = Duration::ZERO;
        }
        Ok((HEADER_BYTES..HEADER_BYTES + body_bytes, is_newest))
    }

    fn open_hello(&mut self, now: Duration, packet: &[u8]) -> Result<Greeting, Dropped> {
        let packet: &[u8; HELLO_BYTES] = packet.try_into().map_err(|_| Dropped::Foreign)?;
        let hello = Hello::read(packet, &self.hello_key).ok_or(Dropped::Forged)?;
        if hello.public == self.public {
            return Err(Dropped::Replayed);
        }
        if hello.next_number > NUMBER_MAX {
            return Err(Dropped::Foreign);
        }
        let is_fresh = [0, 1].iter().any(|&age| self.token(now, age) == hello.echo);
        if !is_fresh || !Hello::claims_proof(packet) {
            return Ok(self.answer(now, &hello, is_fresh));
        }
        if let Some(peer) = &mut self.peer
            && peer.public == hello.public
        {
            if !Hello::has_proof(packet, &peer.keys.checking) {
                return Err(Dropped::Forged);
            }
            peer.token = hello.token;
            return Ok(Greeting::FromPeer);
        }
        if !self.is_silent() {
            return Ok(Greeting::Refused);
        }
        if !take_one(&mut self.agreements_left) {
            return Ok(Greeting::Unanswered);
        }
        let keys = self.agree(&hello.public).ok_or(Dropped::Forged)?;
        if !Hello::has_proof(packet, &keys.checking) {
            return Err(Dropped::Forged);
        }
        self.adopt(&hello, keys);
        let proving = self.peer.as_ref().map(|peer| peer.keys.proving);
        Ok(Greeting::Adopted(self.hello(now, hello.token, proving.as_ref())))
    }

    /// The hello for someone who has not proved itself: it gets our token, and our own proof while that is cheap.
    fn answer(&mut self, now: Duration, hello: &Hello, is_fresh: bool) -> Greeting {
        let known = self.peer.as_ref().filter(|peer| peer.public == hello.public);
        let proving = match known {
            Some(peer) => Some(peer.keys.proving),
            None => {
                let left = if is_fresh {
                    &mut self.agreements_left
                } else {
                    &mut self.strangers_left
                };
                let may_agree = take_one(left);
                may_agree
                    .then(|| self.agree(&hello.public))
                    .flatten()
                    .map(|keys| keys.proving)
            }
        };
        Greeting::Answer(self.hello(now, hello.token, proving.as_ref()))
    }

    /// The keys of our key pair and this one; `None` if no secret comes of it.
    fn agree(&self, public: &[u8; KEY_BYTES]) -> Option<PairKeys> {
        let shared = self.secret.diffie_hellman(&PublicKey::from(*public));
        if !shared.was_contributory() {
            return None;
        }
        let direction = |from: &[u8], to: &[u8]| {
            let mut hasher = blake3::Hasher::new_keyed(&self.data_key);
            hasher.update(shared.as_bytes()).update(from).update(to);
            let (mut sealing, mut proving) = ([0; 32], [0; 32]);
            let mut output = hasher.finalize_xof();
            output.fill(&mut sealing);
            output.fill(&mut proving);
            (sealing, proving)
        };
        let (sealing, proving) = direction(&self.public, public);
        let (opening, checking) = direction(public, &self.public);
        Some(PairKeys {
            sealing,
            proving,
            opening,
            checking,
        })
    }

    fn adopt(&mut self, hello: &Hello, keys: PairKeys) {
        self.adoptions += 1;
        self.peer = Some(Peer {
            public: hello.public,
            sealing: ChaCha20Poly1305::new(&keys.sealing.into()),
            opening: ChaCha20Poly1305::new(&keys.opening.into()),
            keys,
            // A peer that was here before goes on counting: what it sent then stays refused.
            window: ReplayWindow::starting_at(hello.next_number),
            token: hello.token,
            is_settled: false,
            silence: Duration::ZERO,
        });
    }
}

fn take_one(left: &mut u32) -> bool {
    let has_one = *left > 0;
    *left = left.saturating_sub(1);
    has_one
}

/// Every (key, packet number) is used once: keys belong to one direction between two key pairs, numbers to the life of one of them.
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
