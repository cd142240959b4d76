//! Owns the evidence of a desync: a file that holds all that is needed to look at its first bad frame without the players.
//! Must not panic on any bytes, or allocate more than they are long; must not touch the file system.
//!
//! Layout: 8 bytes magic, `u16` version, `u32` length of what follows without the digest, the fields, 16 bytes of BLAKE3 over everything
//! before. All numbers are little-endian; a run of bytes is a `u32` length and the bytes.

use crate::wire::bytes::{ByteReader, ByteWriter};

const MAGIC: [u8; 8] = *b"PVPDSYNC";
/// Version of the format.
pub const EVIDENCE_VERSION: u16 = 1;
const DIGEST_BYTES: usize = 16;
/// Largest file that is read, in bytes.
pub const EVIDENCE_BYTES_MAX: usize = 32 * 1024 * 1024;
const CRATE_VERSION_BYTES_MAX: usize = 64;
const SLOTS_MAX: usize = 256;

/// What one side knows of the first bad frame of a desync. "Ours" is the side that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// Version of this crate on the side that wrote it.
    pub crate_version: String,
    /// Protocol version.
    pub protocol: u16,
    /// Names the game.
    pub game_id: u64,
    /// Version and layout of the simulation.
    pub build: u64,
    /// Digest of the rules.
    pub ruleset_hash: u64,
    /// Version of the content format.
    pub content_version: u32,
    /// The agreed seed of the match.
    pub match_seed: u64,
    /// Which player wrote it.
    pub player: u8,
    /// Which player committed content.
    pub host_player: u8,
    /// The newest compared frame up to which both sides were equal.
    pub last_agreed_frame: u32,
    /// The states after this many frames are the first that differ; `inputs` end with the step that made them.
    pub first_bad_frame: u32,
    /// This side's checksum of the state at the first bad frame.
    pub checksum_ours: u64,
    /// The other side's.
    pub checksum_theirs: u64,
    /// Size of one player's input, in bytes.
    pub input_bytes: u16,
    /// Both players' inputs, player 0 first, of consecutive frames up to `first_bad_frame - 1`.
    pub inputs: Vec<u8>,
    /// Content of the match with its slots.
    pub content: Vec<(u8, Vec<u8>)>,
    /// The state one frame before, the same on both sides; empty if it was not there any more.
    pub before: Vec<u8>,
    /// This side's state at the first bad frame; empty if it was not there any more.
    pub ours: Vec<u8>,
    /// The other side's state at the first bad frame, as it said; empty if it did not tell.
    pub theirs: Vec<u8>,
}

/// Why bytes are not evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The first bytes are not those of evidence.
    #[error("not the evidence of a desync")]
    NotEvidence,
    /// Made by another version of the format.
    #[error("evidence of version {found}; this build reads {EVIDENCE_VERSION}")]
    Version {
        /// Its version.
        found: u16,
    },
    /// Longer than [`EVIDENCE_BYTES_MAX`].
    #[error("evidence of {bytes} bytes exceeds {EVIDENCE_BYTES_MAX}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Cut off, or with something behind it.
    #[error("evidence of {bytes} bytes should have {expected}")]
    Length {
        /// Its length.
        bytes: usize,
        /// What its header says.
        expected: usize,
    },
    /// The digest does not fit: damaged or changed.
    #[error("evidence is damaged: its digest is wrong")]
    Digest,
    /// The digest fits, the fields do not decode.
    #[error("evidence does not decode")]
    Malformed,
}

fn digest(bytes: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut short = [0; DIGEST_BYTES];
    short.copy_from_slice(&blake3::hash(bytes).as_bytes()[..DIGEST_BYTES]);
    short
}

fn put_run(output: &mut Vec<u8>, bytes: &[u8]) {
    output.put_u32(bytes.len() as u32);
    output.put(bytes);
}

fn run<'a>(reader: &mut ByteReader<'a>) -> Option<&'a [u8]> {
    let length = reader.u32()?;
    reader.bytes(length as usize)
}

impl Evidence {
    /// How many frames the inputs cover.
    #[must_use]
    pub fn input_frames(&self) -> usize {
        self.inputs.len() / (2 * usize::from(self.input_bytes).max(1))
    }

    /// Both players' inputs of the step that made the first bad frame.
    #[must_use]
    pub fn last_inputs(&self) -> Option<[&[u8]; 2]> {
        let size = usize::from(self.input_bytes);
        let first = self.inputs.len().checked_sub(2 * size)?;
        let (player_0, player_1) = self.inputs[first..].split_at(size);
        Some([player_0, player_1])
    }

    /// The file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut output = MAGIC.to_vec();
        output.put_u16(EVIDENCE_VERSION);
        let length_at = output.len();
        output.put_u32(0);
        put_run(&mut output, self.crate_version.as_bytes());
        output.put_u16(self.protocol);
        output.put_u64(self.game_id);
        output.put_u64(self.build);
        output.put_u64(self.ruleset_hash);
        output.put_u32(self.content_version);
        output.put_u64(self.match_seed);
        output.put_u8(self.player);
        output.put_u8(self.host_player);
        output.put_u32(self.last_agreed_frame);
        output.put_u32(self.first_bad_frame);
        output.put_u64(self.checksum_ours);
        output.put_u64(self.checksum_theirs);
        output.put_u16(self.input_bytes);
        put_run(&mut output, &self.inputs);
        output.put_u16(self.content.len() as u16);
        for (slot, bytes) in &self.content {
            output.put_u8(*slot);
            put_run(&mut output, bytes);
        }
        for state in [&self.before, &self.ours, &self.theirs] {
            put_run(&mut output, state);
        }
        let length = (output.len() - length_at - 4) as u32;
        output[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
        let digest = digest(&output);
        output.put(&digest);
        output
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`EvidenceError`] says what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        if bytes.len() > EVIDENCE_BYTES_MAX {
            return Err(EvidenceError::TooLarge { bytes: bytes.len() });
        }
        let mut reader = ByteReader::new(bytes);
        if reader.array() != Some(MAGIC) {
            return Err(EvidenceError::NotEvidence);
        }
        let version = reader.u16().ok_or(EvidenceError::NotEvidence)?;
        if version != EVIDENCE_VERSION {
            return Err(EvidenceError::Version { found: version });
        }
        let length = reader.u32().ok_or(EvidenceError::NotEvidence)? as usize;
        let header = MAGIC.len() + 6;
        let expected = header.saturating_add(length).saturating_add(DIGEST_BYTES);
        if bytes.len() != expected {
            let bytes = bytes.len();
            return Err(EvidenceError::Length { bytes, expected });
        }
        let (body, told_digest) = bytes.split_at(header + length);
        if digest(body) != told_digest {
            return Err(EvidenceError::Digest);
        }
        Self::read_fields(&body[header..]).ok_or(EvidenceError::Malformed)
    }

    fn read_fields(bytes: &[u8]) -> Option<Self> {
        let reader = &mut ByteReader::new(bytes);
        let crate_version = run(reader)?;
        if crate_version.len() > CRATE_VERSION_BYTES_MAX {
            return None;
        }
        let evidence = Self {
            crate_version: String::from_utf8(crate_version.to_vec()).ok()?,
            protocol: reader.u16()?,
            game_id: reader.u64()?,
            build: reader.u64()?,
            ruleset_hash: reader.u64()?,
            content_version: reader.u32()?,
            match_seed: reader.u64()?,
            player: reader.u8().filter(|player| *player < 2)?,
            host_player: reader.u8().filter(|player| *player < 2)?,
            last_agreed_frame: reader.u32()?,
            first_bad_frame: reader.u32()?,
            checksum_ours: reader.u64()?,
            checksum_theirs: reader.u64()?,
            input_bytes: reader.u16()?,
            inputs: run(reader)?.to_vec(),
            content: Self::read_content(reader)?,
            before: run(reader)?.to_vec(),
            ours: run(reader)?.to_vec(),
            theirs: run(reader)?.to_vec(),
        };
        reader.rest().is_empty().then_some(())?;
        let is_whole = evidence.input_bytes > 0
            && evidence
                .inputs
                .len()
                .is_multiple_of(2 * usize::from(evidence.input_bytes))
            && evidence.input_frames() <= evidence.first_bad_frame as usize;
        is_whole.then_some(evidence)
    }

    fn read_content(reader: &mut ByteReader<'_>) -> Option<Vec<(u8, Vec<u8>)>> {
        let count = usize::from(reader.u16()?);
        if count > SLOTS_MAX {
            return None;
        }
        (0..count)
            .map(|_| Some((reader.u8()?, run(reader)?.to_vec())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Evidence {
        Evidence {
            crate_version: "1.2.3".into(),
            protocol: 1,
            game_id: 2,
            build: 3,
            ruleset_hash: 4,
            content_version: 5,
            match_seed: 6,
            player: 1,
            host_player: 0,
            last_agreed_frame: 30,
            first_bad_frame: 41,
            checksum_ours: 7,
            checksum_theirs: 8,
            input_bytes: 2,
            inputs: vec![1, 2, 3, 4, 5, 6, 7, 8],
            content: vec![(0, vec![9; 32]), (1, Vec::new())],
            before: vec![1; 100],
            ours: vec![2; 100],
            theirs: Vec::new(),
        }
    }

    /// The digest of changed fields, as somebody who wants to be believed would make it.
    fn sign(bytes: &mut [u8]) {
        let end = bytes.len() - DIGEST_BYTES;
        let digest = digest(&bytes[..end]);
        bytes[end..].copy_from_slice(&digest);
    }

    #[test]
    fn evidence_reads_back() {
        let evidence = sample();
        assert_eq!(Evidence::parse(&evidence.to_bytes()), Ok(evidence.clone()));
        assert_eq!(evidence.input_frames(), 2);
        assert_eq!(evidence.last_inputs(), Some([&[5, 6][..], &[7, 8][..]]));
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = sample().to_bytes();
        for place in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[place] ^= 1 << (place % 8);
            assert!(Evidence::parse(&damaged).is_err(), "byte {place}");
            assert!(Evidence::parse(&bytes[..place]).is_err(), "cut at {place}");
        }
        assert!(Evidence::parse(&[&bytes[..], &[0]].concat()).is_err());
    }

    #[test]
    fn refusals_are_typed() {
        let bytes = sample().to_bytes();
        assert_eq!(Evidence::parse(b"PVPREPLAY"), Err(EvidenceError::NotEvidence));
        let mut newer = bytes.clone();
        newer[8] = 9;
        assert_eq!(Evidence::parse(&newer), Err(EvidenceError::Version { found: 9 }));
        let mut damaged = bytes.clone();
        damaged[40] ^= 1;
        assert_eq!(Evidence::parse(&damaged), Err(EvidenceError::Digest));
        let mut lying = sample();
        lying.inputs.pop();
        assert_eq!(Evidence::parse(&lying.to_bytes()), Err(EvidenceError::Malformed));
    }

    proptest! {
        #[test]
        fn signed_nonsense_does_not_panic(place in any::<u16>(), value in any::<u8>(), noise in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut bytes = sample().to_bytes();
            let place = 14 + usize::from(place) % (bytes.len() - 14 - DIGEST_BYTES);
            bytes[place] = value;
            sign(&mut bytes);
            let _ = Evidence::parse(&bytes);
            let _ = Evidence::read_fields(&noise);
        }
    }
}
