//! Owns how two sessions agree that they play the same game, and on a match seed that neither picks.
//! Must not start a match on anything less than equal facts, and must not read a field before its bounds are checked.
//!
//! Each side repeats one growing packet until the other has all of it:
//! *hello* (facts, name, commitment to a nonce), then, once the other's hello is known, *reveal* (the nonce),
//! then, once the other's reveal is known and the match is set up, *ready* (checksum of the state at frame 0).
//! The seed is a digest of both nonces. A nonce is revealed only after the other side is committed to its own.

mod refusal;

use std::time::Duration;

use crate::stats::DropReason;
use crate::wire::bytes::{ByteReader, ByteWriter};

pub use refusal::Refusal;

/// Version of everything on the wire.
pub const PROTOCOL_VERSION: u16 = 3;
/// Longest name of a player, in bytes of UTF-8.
pub const NAME_BYTES_MAX: usize = 32;
const MAGIC: [u8; 4] = *b"PVPN";
const RETRY: Duration = Duration::from_millis(50);
const DIGEST_BYTES: usize = 8;
/// After so many packets in a row that answer another process, this side begins again as a new connection;
/// each time after twice as many, so that an answer that is on its way arrives in the end.
const MISDIRECTED_MAX: u32 = 16;
/// How often the other side may be started again during one handshake.
const RETIRED_MAX: usize = 64;

/// What a side says about itself before anything else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hello {
    pub(crate) protocol: u16,
    pub(crate) connection: u64,
    pub(crate) game_id: u64,
    pub(crate) build: u64,
    pub(crate) ruleset_hash: u64,
    pub(crate) content_version: u32,
    pub(crate) input_bytes: u16,
    pub(crate) settings: u32,
    pub(crate) player: u8,
    pub(crate) host_player: u8,
    pub(crate) start_checksum: u64,
    pub(crate) commitment: [u8; 32],
    /// The match this side is in the middle of, if it meets a peer whose process was started again.
    pub(crate) held: Option<Held>,
    pub(crate) name: String,
}

/// A match that waits for a restarted peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    /// The epoch that begins with the rejoin; never 0.
    pub(crate) epoch: u32,
    pub(crate) match_seed: u64,
}

impl Held {
    fn read(reader: &mut ByteReader<'_>) -> Option<Option<Self>> {
        match (reader.u32()?, reader.u64()?) {
            (0, 0) => Some(None),
            (0, _) => None,
            (epoch, match_seed) => Some(Some(Self { epoch, match_seed })),
        }
    }

    /// What both sides say when they are ready for the rejoin.
    pub(crate) fn ready(self) -> u64 {
        xxhash_rust::xxh3::xxh3_64_with_seed(&self.match_seed.to_le_bytes(), u64::from(self.epoch))
    }
}

/// What the nonces gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Agreement {
    pub(crate) match_seed: u64,
    pub(crate) session_key: u64,
}

/// What a packet led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing yet.
    Wait,
    /// The seed is known: set the match up and call [`Handshake::set_ready`].
    Agreed(Agreement),
    /// Both sides are ready.
    Complete,
    /// The sides do not fit.
    Refused(Refusal),
}

/// One side of the handshake.
pub(crate) struct Handshake {
    ours: Hello,
    /// Secret: every nonce is derived from it, and nothing derived from it alone is ever sent before its time.
    entropy: u64,
    restarts: u32,
    /// Connections of the other side that were followed by another one.
    retired: Vec<u64>,
    /// Packets in a row that answer another process.
    misdirected: u32,
    nonce: [u8; 32],
    theirs: Option<Hello>,
    their_nonce: Option<[u8; 32]>,
    our_ready: Option<u64>,
    their_ready: Option<u64>,
    next_send: Duration,
    heard_refusal: Option<Refusal>,
    is_done: bool,
    peer_is_done: bool,
}

impl Handshake {
    /// Starts with this side's facts; `connection` and `commitment` are filled in from `entropy`.
    pub(crate) fn new(mut facts: Hello, entropy: u64, now: Duration) -> Self {
        let nonce = draw(b"nonce", entropy, facts.player, 0);
        facts.connection = low_u64(draw(b"connection", entropy, facts.player, 0));
        facts.commitment = commitment_of(&nonce);
        Self {
            ours: facts,
            entropy,
            restarts: 0,
            retired: Vec::new(),
            misdirected: 0,
            nonce,
            theirs: None,
            their_nonce: None,
            our_ready: None,
            their_ready: None,
            next_send: now,
            heard_refusal: None,
            is_done: false,
            peer_is_done: false,
        }
    }

    /// A handshake with a peer whose process was started again: the same facts, a nonce of its own, and the match that is held.
    pub(crate) fn successor(&mut self, held: Held, now: Duration) -> Self {
        let mut next = Self::new(self.ours.clone(), self.entropy, now);
        next.ours.held = Some(held);
        self.restarts += 1;
        next.restarts = self.restarts;
        next.renew();
        next
    }

    /// The connection that a packet comes from.
    pub(crate) fn connection_of(bytes: &[u8]) -> Option<u64> {
        Packet::read(bytes).ok().map(|packet| packet.hello.connection)
    }

    /// Whether this is the connection the match is played on.
    pub(crate) fn is_peer(&self, connection: u64) -> bool {
        self.theirs.as_ref().is_some_and(|hello| hello.connection == connection)
    }

    /// The match that the other side is in the middle of.
    pub(crate) fn their_held(&self) -> Option<Held> {
        self.theirs.as_ref().and_then(|hello| hello.held)
    }

    /// This side needs no more packets. From now on it only answers a peer that does.
    pub(crate) fn finish(&mut self) {
        self.is_done = true;
    }

    pub(crate) fn peer_name(&self) -> Option<&str> {
        self.theirs.as_ref().map(|hello| hello.name.as_str())
    }

    pub(crate) fn has_heard_peer(&self) -> bool {
        self.theirs.is_some()
    }

    /// The checksum of the state at frame 0, as this side built it from the seed.
    pub(crate) fn set_ready(&mut self, checksum: u64) -> Step {
        self.our_ready = Some(checksum);
        self.next_send = Duration::ZERO;
        self.judge_ready()
    }

    /// Writes this side's packet if it is time to send it.
    pub(crate) fn poll_transmit(&mut self, now: Duration, output: &mut Vec<u8>) -> bool {
        if now < self.next_send {
            return false;
        }
        self.next_send = if self.is_done { Duration::MAX } else { now + RETRY };
        self.write(output);
        true
    }

    /// Makes the next `poll_transmit` send at once, unless both sides are done.
    fn answer_soon(&mut self) {
        if !(self.is_done && self.peer_is_done) {
            self.next_send = Duration::ZERO;
        }
    }

    fn write(&self, output: &mut Vec<u8>) {
        output.clear();
        output.put(&MAGIC);
        output.put_u16(self.ours.protocol);
        let ours = &self.ours;
        output.put_u8(u8::from(self.is_done));
        output.put_u64(ours.connection);
        output.put_u64(ours.game_id);
        output.put_u64(ours.build);
        output.put_u64(ours.ruleset_hash);
        output.put_u32(ours.content_version);
        output.put_u16(ours.input_bytes);
        output.put_u32(ours.settings);
        output.put_u8(ours.player);
        output.put_u8(ours.host_player);
        output.put_u64(ours.start_checksum);
        output.put(&ours.commitment);
        output.put_u32(ours.held.map_or(0, |held| held.epoch));
        output.put_u64(ours.held.map_or(0, |held| held.match_seed));
        output.put_u8(ours.name.len() as u8);
        output.put(ours.name.as_bytes());
        if let Some(theirs) = &self.theirs {
            output.put_u64(theirs.connection);
            output.put(&self.nonce);
            if let Some(checksum) = self.our_ready {
                output.put_u64(checksum);
            }
        }
        let digest = xxhash_rust::xxh3::xxh3_64(output);
        output.put_u64(digest);
    }

    /// Takes a packet that is no datagram of play.
    pub(crate) fn handle(&mut self, bytes: &[u8]) -> Result<Step, DropReason> {
        let packet = Packet::read(bytes)?;
        self.peer_is_done = packet.is_done;
        if let Some(refusal) = self.heard_refusal {
            self.answer_soon();
            return Ok(Step::Refused(refusal));
        }
        let connection = packet.hello.connection;
        if connection == self.ours.connection || self.retired.contains(&connection) {
            // Our own packet, reflected; or from a process that was started again since.
            return Err(DropReason::Handshake);
        }
        if let Some(refusal) = self.compare(&packet.hello) {
            self.theirs = Some(packet.hello);
            self.heard_refusal = Some(refusal);
            self.answer_soon();
            return Ok(Step::Refused(refusal));
        }
        match &self.theirs {
            // Meant for the process that was here before: an answer to this one will follow, if it is not taken for the older one.
            None if packet.reveal.is_some_and(|(echo, _)| echo != self.ours.connection) => {
                self.answer_soon();
                self.handle_misdirected();
                return Err(DropReason::Handshake);
            }
            None => {
                self.theirs = Some(packet.hello.clone());
                self.answer_soon();
            }
            Some(known) if *known == packet.hello => {}
            Some(known) if known.connection != connection => {
                let known = known.connection;
                if self.retired.len() >= RETIRED_MAX {
                    return Err(DropReason::Handshake);
                }
                if packet.reveal.is_some_and(|(echo, _)| echo != self.ours.connection) {
                    self.handle_misdirected();
                    return Err(DropReason::Handshake);
                }
                self.retired.push(known);
                self.restart(packet.hello.clone());
            }
            // The same connection with another commitment.
            Some(_) => return self.refuse(Refusal::BrokenCommitment),
        }
        self.misdirected = 0;
        if self.is_done {
            self.answer_soon();
        }
        self.handle_reveal(&packet)
    }

    /// The other side answers a process that was here before, whose last packet overtook our first: it takes us for the older one.
    /// A new connection is news to it; it hears nothing of our nonce before it is bound to a fresh one of its own.
    fn handle_misdirected(&mut self) {
        self.misdirected += 1;
        if self.misdirected < MISDIRECTED_MAX << self.restarts.min(4) || self.is_done {
            return;
        }
        self.misdirected = 0;
        self.restarts += 1;
        self.renew();
        self.retired.extend(self.theirs.take().map(|hello| hello.connection));
        self.their_nonce = None;
        self.our_ready = None;
        self.their_ready = None;
        self.answer_soon();
    }

    fn handle_reveal(&mut self, packet: &Packet) -> Result<Step, DropReason> {
        let Some((echo, nonce)) = packet.reveal else {
            self.answer_soon();
            return Ok(Step::Wait);
        };
        if echo != self.ours.connection {
            return Err(DropReason::Handshake);
        }
        if commitment_of(&nonce) != packet.hello.commitment {
            return self.refuse(Refusal::BrokenCommitment);
        }
        if packet.ready.is_some() {
            self.their_ready = packet.ready;
        }
        if self.their_nonce.is_none() {
            self.their_nonce = Some(nonce);
            self.answer_soon();
            return Ok(Step::Agreed(self.agreement(&nonce)));
        }
        Ok(self.judge_ready())
    }

    fn judge_ready(&mut self) -> Step {
        match (self.our_ready, self.their_ready) {
            (Some(ours), Some(theirs)) if ours == theirs => Step::Complete,
            (Some(ours), Some(theirs)) => {
                let refusal = Refusal::MatchState { ours, theirs };
                self.heard_refusal = Some(refusal);
                Step::Refused(refusal)
            }
            _ => Step::Wait,
        }
    }

    fn refuse(&mut self, refusal: Refusal) -> Result<Step, DropReason> {
        self.heard_refusal = Some(refusal);
        Ok(Step::Refused(refusal))
    }

    /// The other side's process was started again: a fresh nonce, or it could try nonces until it likes the seed.
    fn restart(&mut self, hello: Hello) {
        self.restarts += 1;
        self.renew();
        self.theirs = Some(hello);
        self.their_nonce = None;
        self.our_ready = None;
        self.their_ready = None;
        self.answer_soon();
    }

    fn renew(&mut self) {
        self.nonce = draw(b"nonce", self.entropy, self.ours.player, self.restarts);
        self.ours.connection = low_u64(draw(b"connection", self.entropy, self.ours.player, self.restarts));
        self.ours.commitment = commitment_of(&self.nonce);
    }

    fn agreement(&self, their_nonce: &[u8; 32]) -> Agreement {
        agree(self.ours.player, &self.nonce, their_nonce)
    }

    /// This side's nonce for the seed of rematch number `round`.
    pub(crate) fn rematch_nonce(&self, round: u32) -> [u8; 32] {
        draw(b"rematch nonce", self.entropy, self.ours.player, round)
    }

    fn compare(&self, theirs: &Hello) -> Option<Refusal> {
        let ours = &self.ours;
        macro_rules! differ {
            ($field:ident, $variant:ident) => {
                if ours.$field != theirs.$field {
                    return Some(Refusal::$variant {
                        ours: ours.$field,
                        theirs: theirs.$field,
                    });
                }
            };
        }
        differ!(protocol, Protocol);
        differ!(game_id, Game);
        differ!(build, Build);
        differ!(ruleset_hash, Ruleset);
        differ!(content_version, ContentVersion);
        differ!(input_bytes, InputSize);
        differ!(settings, Settings);
        if ours.player == theirs.player {
            return Some(Refusal::SamePlayer { player: ours.player });
        }
        differ!(host_player, Host);
        if ours.start_checksum != theirs.start_checksum {
            let (ours, theirs) = (ours.start_checksum, theirs.start_checksum);
            return Some(Refusal::StartState { ours, theirs });
        }
        None
    }
}

struct Packet {
    is_done: bool,
    hello: Hello,
    reveal: Option<(u64, [u8; 32])>,
    ready: Option<u64>,
}

impl Packet {
    fn read(bytes: &[u8]) -> Result<Self, DropReason> {
        let (body, digest) = bytes.split_last_chunk::<DIGEST_BYTES>().ok_or(DropReason::Malformed)?;
        if !body.starts_with(&MAGIC) {
            return Err(DropReason::Malformed);
        }
        if xxhash_rust::xxh3::xxh3_64(body) != u64::from_le_bytes(*digest) {
            return Err(DropReason::Tag);
        }
        Self::read_body(&body[MAGIC.len()..]).ok_or(DropReason::Malformed)
    }

    fn read_body(bytes: &[u8]) -> Option<Self> {
        let mut reader = ByteReader::new(bytes);
        let protocol = reader.u16()?;
        let mut hello = Hello {
            protocol,
            connection: 0,
            game_id: 0,
            build: 0,
            ruleset_hash: 0,
            content_version: 0,
            input_bytes: 0,
            settings: 0,
            player: 0,
            host_player: 0,
            start_checksum: 0,
            commitment: [0; 32],
            held: None,
            name: String::new(),
        };
        // Nothing beyond the version of another protocol can be trusted to mean the same.
        if protocol != PROTOCOL_VERSION {
            return Some(Self {
                is_done: false,
                hello,
                reveal: None,
                ready: None,
            });
        }
        let is_done = reader.u8().filter(|&flag| flag < 2)? == 1;
        hello.connection = reader.u64()?;
        hello.game_id = reader.u64()?;
        hello.build = reader.u64()?;
        hello.ruleset_hash = reader.u64()?;
        hello.content_version = reader.u32()?;
        hello.input_bytes = reader.u16()?;
        hello.settings = reader.u32()?;
        hello.player = reader.u8().filter(|&player| player < 2)?;
        hello.host_player = reader.u8().filter(|&player| player < 2)?;
        hello.start_checksum = reader.u64()?;
        hello.commitment = reader.array()?;
        hello.held = Held::read(&mut reader)?;
        let name_bytes = usize::from(reader.u8()?);
        if name_bytes > NAME_BYTES_MAX {
            return None;
        }
        let name = std::str::from_utf8(reader.bytes(name_bytes)?).ok()?;
        hello.name = name.chars().filter(|letter| !letter.is_control()).collect();
        let (mut reveal, mut ready) = (None, None);
        if let Some(echo) = reader.u64() {
            reveal = Some((echo, reader.array()?));
            ready = reader.u64();
        }
        reader.finish()?;
        Some(Self {
            is_done,
            hello,
            reveal,
            ready,
        })
    }
}

/// What both nonces give, the same on both sides.
pub(crate) fn agree(player: u8, ours: &[u8; 32], theirs: &[u8; 32]) -> Agreement {
    let (first, second) = if player == 0 { (ours, theirs) } else { (theirs, ours) };
    Agreement {
        match_seed: low_u64(derive(b"match seed", &[first, second])),
        session_key: low_u64(derive(b"session key", &[first, second])),
    }
}

/// What binds a side to its nonce.
pub(crate) fn commitment_of(nonce: &[u8; 32]) -> [u8; 32] {
    derive(b"commitment", &[nonce])
}

/// A number that nobody else can foresee. The player's number keeps two sides apart that forgot to choose their entropy.
fn draw(purpose: &[u8], entropy: u64, player: u8, round: u32) -> [u8; 32] {
    derive(purpose, &[&entropy.to_le_bytes(), &[player], &round.to_le_bytes()])
}

fn derive(purpose: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"pvp-net handshake ");
    hasher.update(purpose);
    for part in parts {
        hasher.update(&[0]);
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

fn low_u64(digest: [u8; 32]) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(bytes)
}

#[cfg(test)]
mod tests;
