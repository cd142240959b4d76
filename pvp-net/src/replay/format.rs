//! The file's frame: magic, records chained by digests, and the header's and the end's fields.
//!
//! Must not: know what inputs or states mean.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{REPLAY_APP_BYTES_MAX, REPLAY_PLAYERS_MAX, REPLAY_VERSION};
use crate::MAX_INPUT_BYTES;

/// What a file begins with; the version follows.
pub(super) const MAGIC: [u8; 4] = *b"PVPR";
/// Magic and version.
pub(super) const PREFIX_BYTES: usize = MAGIC.len() + 1;
/// Largest payload of a record, in bytes.
pub(super) const RECORD_BYTES_MAX: usize = 1 << 20;
/// Longest name of a player, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// Digest at the end of each record.
const DIGEST_BYTES: usize = 4;

pub(super) const KIND_HEADER: u8 = 1;
pub(super) const KIND_CONTENT: u8 = 2;
pub(super) const KIND_INPUTS: u8 = 3;
pub(super) const KIND_KEYFRAME: u8 = 4;
pub(super) const KIND_END: u8 = 5;

/// What was agreed before frame 0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplayHeader {
    /// Names the game.
    pub game_id: u64,
    /// Names the version and state layout of the simulation.
    pub build: u64,
    /// Digest of the rules.
    pub ruleset_hash: u64,
    /// Version of the content format.
    pub content_version: u32,
    /// The agreed match seed.
    pub match_seed: u64,
    /// Checksum of the state before frame 0.
    pub start_checksum: u64,
    /// Frames per second.
    pub frame_rate: u8,
    /// Size of one player's input, in bytes: 1 to 32.
    pub input_bytes: u8,
    /// The players' names, in player order: 1 to 8 of at most 64 bytes.
    pub names: Vec<String>,
    /// The application's own bytes, at most [`REPLAY_APP_BYTES_MAX`].
    pub app: Vec<u8>,
}

/// How a match ended; a file without it was cut short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReplayEnd {
    /// Frames in the file.
    pub frames: u32,
    /// Checksum of the last state.
    pub checksum: u64,
    /// The winner as the recording side saw it, if any.
    pub winner: Option<u8>,
}

impl ReplayHeader {
    /// Whether the fields are within the format's limits.
    pub(super) fn is_valid(&self) -> bool {
        (1..=MAX_INPUT_BYTES).contains(&usize::from(self.input_bytes))
            && (1..=REPLAY_PLAYERS_MAX).contains(&self.names.len())
            && self.names.iter().all(|name| name.len() <= NAME_BYTES_MAX)
            && self.app.len() <= REPLAY_APP_BYTES_MAX
            && self.frame_rate > 0
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        for word in [self.game_id, self.build, self.ruleset_hash] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(&self.content_version.to_le_bytes());
        for word in [self.match_seed, self.start_checksum] {
            out.extend_from_slice(&word.to_le_bytes());
        }
        out.extend_from_slice(&[self.frame_rate, self.input_bytes, self.names.len() as u8]);
        for name in &self.names {
            out.push(name.len() as u8);
            out.extend_from_slice(name.as_bytes());
        }
        out.extend_from_slice(&(self.app.len() as u16).to_le_bytes());
        out.extend_from_slice(&self.app);
        out
    }

    pub(super) fn decode(payload: &[u8]) -> Option<Self> {
        let mut cursor = Cursor(payload);
        let mut header = Self {
            game_id: cursor.u64()?,
            build: cursor.u64()?,
            ruleset_hash: cursor.u64()?,
            content_version: cursor.u32()?,
            match_seed: cursor.u64()?,
            start_checksum: cursor.u64()?,
            frame_rate: cursor.u8()?,
            input_bytes: cursor.u8()?,
            ..Self::default()
        };
        let players = cursor.u8()?;
        if usize::from(players) > REPLAY_PLAYERS_MAX {
            return None;
        }
        for _ in 0..players {
            let length = cursor.u8()?;
            let name = cursor.bytes(usize::from(length))?;
            header.names.push(String::from_utf8(name.to_vec()).ok()?);
        }
        let length = u16::from_le_bytes(cursor.array()?);
        header.app = cursor.bytes(usize::from(length))?.to_vec();
        (cursor.0.is_empty() && header.is_valid()).then_some(header)
    }
}

impl ReplayEnd {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(13);
        out.extend_from_slice(&self.frames.to_le_bytes());
        out.extend_from_slice(&self.checksum.to_le_bytes());
        out.push(self.winner.unwrap_or(u8::MAX));
        out
    }

    pub(super) fn decode(payload: &[u8]) -> Option<Self> {
        let mut cursor = Cursor(payload);
        let (frames, checksum, winner) = (cursor.u32()?, cursor.u64()?, cursor.u8()?);
        let winner = (winner != u8::MAX).then_some(winner);
        cursor.0.is_empty().then_some(Self {
            frames,
            checksum,
            winner,
        })
    }
}

/// A record as it stands in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) kind: u8,
    pub(super) payload: std::ops::Range<usize>,
    /// Where the next record begins.
    pub(super) end: usize,
    pub(super) digest: u32,
    pub(super) is_intact: bool,
}

/// The prefix of a file, and the digest that the first record is chained to.
pub(super) fn prefix() -> ([u8; PREFIX_BYTES], u32) {
    let mut bytes = [0; PREFIX_BYTES];
    bytes[..4].copy_from_slice(&MAGIC);
    bytes[4] = REPLAY_VERSION;
    (bytes, digest(&bytes, 0))
}

/// Appends a record chained to `previous`; returns its digest.
pub(super) fn write_record(out: &mut Vec<u8>, kind: u8, payload: &[u8], previous: u32) -> u32 {
    let start = out.len();
    out.push(kind);
    write_varint(out, payload.len() as u32);
    out.extend_from_slice(payload);
    let digest = digest(&out[start..], previous);
    out.extend_from_slice(&digest.to_le_bytes());
    digest
}

/// The record at `start`, or `None` if the file ends before the record does.
pub(super) fn read_record(file: &[u8], start: usize, previous: u32) -> Option<Record> {
    let mut cursor = Cursor(file.get(start..)?);
    let kind = cursor.u8()?;
    let length = cursor.varint()? as usize;
    let payload_start = file.len() - cursor.0.len();
    if length > RECORD_BYTES_MAX {
        // Cannot be ours; reported as damage without reading on.
        return Some(Record {
            kind,
            payload: payload_start..payload_start,
            end: file.len(),
            digest: 0,
            is_intact: false,
        });
    }
    cursor.bytes(length)?;
    let payload = payload_start..payload_start + length;
    let stored = cursor.u32()?;
    let is_intact = stored == digest(&file[start..payload.end], previous);
    Some(Record {
        kind,
        end: payload.end + DIGEST_BYTES,
        payload,
        digest: stored,
        is_intact,
    })
}

/// The low 32 bits of xxh3-64, seeded with the digest of the record before.
fn digest(bytes: &[u8], previous: u32) -> u32 {
    xxh3_64_with_seed(bytes, u64::from(previous)) as u32
}

/// LEB128: seven bits per byte, least significant first, high bit = more follows.
pub(super) fn write_varint(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads fields off the front of a slice.
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(front)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// LEB128 of at most 28 bits.
    pub(super) fn varint(&mut self) -> Option<u32> {
        let mut value = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.u8()?;
            value |= u32::from(byte & 0x7F) << shift;
            if byte == 0 && shift > 0 {
                // One number, one encoding: a last byte that says nothing cannot be ours.
                return Some(u32::MAX);
            }
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        // A fifth byte cannot be ours: larger than any record.
        Some(u32::MAX)
    }
}
