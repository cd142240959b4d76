//! Owns the numbers of epochs, and the parcel with which the survivor brings a restarted peer back into the match.
//! Must not believe a parcel: every length is bounded before anything is kept, and the state is judged by its checksums.
//!
//! A parcel is a manifest, the content that was accepted, a packed state that both sides had confirmed, and the inputs from there
//! to the frame on which the match goes on. So no confirmed frame is undone, and the state that is sent is one both had vouched for.

use std::collections::VecDeque;

use crate::content::CONTENT_BYTES_MAX;
use crate::replay::STATE_BYTES_MAX;
use crate::wire::bytes::{ByteReader, ByteWriter};

/// The high half of an epoch counts matches, the low half counts how often this one was resumed.
/// So two sides agree on a rematch's epoch even if only one of them has noticed a resume.
const MATCH_SHIFT: u32 = 16;
/// Frames between the state that is sent and the frame to go on from.
pub(crate) const PARCEL_FRAMES_MAX: u32 = 1024;
/// Frames of a match that can be taken over: half a year at sixty a second, and far from where frame numbers end.
const MATCH_FRAMES_MAX: u32 = 1 << 30;
/// Slots of content.
const CONTENT_MAX: u16 = 256;
/// Bytes of one part; a part is a message of the lane.
const PART_BYTES: usize = 8 * 1024;

/// The epoch after a resume or a rejoin.
pub(crate) fn next_resume(epoch: u32) -> u32 {
    epoch.wrapping_add(1)
}

/// The first epoch of the next match.
pub(crate) fn next_match(epoch: u32) -> u32 {
    (epoch >> MATCH_SHIFT).wrapping_add(1) << MATCH_SHIFT
}

/// Why a restarted side does not go on with the state it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateRefused {
    /// A part does not decode, comes twice or in the wrong place, or exceeds what was announced.
    #[error("a part of the state does not fit")]
    Malformed,
    /// More is announced than a session takes.
    #[error("the state is announced with {bytes} bytes, {frames} frames and {contents} pieces of content")]
    TooLarge {
        /// Bytes of the packed state.
        bytes: u32,
        /// Frames of inputs after it.
        frames: u32,
        /// Pieces of content.
        contents: u16,
    },
    /// The game does not take the bytes as a state of this version and layout.
    #[error("the bytes are no state of this build: both sides need the same version of the program")]
    Unreadable,
    /// The state is not the one whose checksum both sides had confirmed, or does not lead to the frame to go on from.
    #[error("checksum {found:016x} at frame {frame}, {expected:016x} was announced")]
    Checksum {
        /// The frame.
        frame: u32,
        /// What this side computes.
        found: u64,
        /// What the other side said.
        expected: u64,
    },
}

/// What a parcel holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The frame of the packed state; both sides had confirmed its checksum.
    pub(crate) base_frame: u32,
    pub(crate) base_checksum: u64,
    /// The frame to go on from, which the survivor has confirmed.
    pub(crate) frame: u32,
    pub(crate) checksum: u64,
    pub(crate) packed_bytes: u32,
    pub(crate) content_count: u16,
    /// The first slot that was never offered.
    pub(crate) next_slot: u16,
}

impl Manifest {
    fn judge(&self) -> Result<(), StateRefused> {
        let frames = self.frame.checked_sub(self.base_frame).ok_or(StateRefused::Malformed)?;
        if self.frame > MATCH_FRAMES_MAX {
            return Err(StateRefused::Malformed);
        }
        let is_too_large = self.packed_bytes as usize > STATE_BYTES_MAX
            || frames > PARCEL_FRAMES_MAX
            || self.content_count > CONTENT_MAX
            || self.next_slot > CONTENT_MAX;
        if is_too_large {
            return Err(StateRefused::TooLarge {
                bytes: self.packed_bytes,
                frames,
                contents: self.content_count,
            });
        }
        Ok(())
    }
}

/// One message about a parcel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Manifest(Manifest),
    Content {
        slot: u8,
        bytes: &'a [u8],
    },
    State(&'a [u8]),
    /// Of both players, from the frame before the state's to the one before the frame to go on from.
    Inputs(&'a [u8]),
    /// The rejoined side goes on from here, and keeps the content of these slots.
    Ready {
        frame: u32,
        checksum: u64,
        kept: [u8; 32],
    },
}

impl<'a> Part<'a> {
    pub(crate) fn write(&self, output: &mut Vec<u8>) {
        match self {
            Self::Manifest(manifest) => {
                output.put_u8(0);
                output.put_u32(manifest.base_frame);
                output.put_u64(manifest.base_checksum);
                output.put_u32(manifest.frame);
                output.put_u64(manifest.checksum);
                output.put_u32(manifest.packed_bytes);
                output.put_u16(manifest.content_count);
                output.put_u16(manifest.next_slot);
            }
            Self::Content { slot, bytes } => {
                output.put(&[1, *slot]);
                output.put(bytes);
            }
            Self::State(bytes) => {
                output.put_u8(2);
                output.put(bytes);
            }
            Self::Inputs(bytes) => {
                output.put_u8(3);
                output.put(bytes);
            }
            Self::Ready { frame, checksum, kept } => {
                output.put_u8(4);
                output.put_u32(*frame);
                output.put_u64(*checksum);
                output.put(kept);
            }
        }
    }

    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (&kind, rest) = bytes.split_first()?;
        let mut reader = ByteReader::new(rest);
        let part = match kind {
            0 => Self::Manifest(Manifest {
                base_frame: reader.u32()?,
                base_checksum: reader.u64()?,
                frame: reader.u32()?,
                checksum: reader.u64()?,
                packed_bytes: reader.u32()?,
                content_count: reader.u16()?,
                next_slot: reader.u16()?,
            }),
            1 => {
                let (&slot, bytes) = rest.split_first()?;
                return (bytes.len() <= CONTENT_BYTES_MAX).then_some(Self::Content { slot, bytes });
            }
            2 => return Some(Self::State(rest)),
            3 => return Some(Self::Inputs(rest)),
            4 => Self::Ready {
                frame: reader.u32()?,
                checksum: reader.u64()?,
                kept: reader.array()?,
            },
            _ => return None,
        };
        reader.finish()?;
        Some(part)
    }
}

/// All parts in the order in which they are sent, each beginning with `kind`.
pub(crate) fn parcel(
    kind: u8,
    manifest: Manifest,
    contents: &[(u8, Vec<u8>)],
    packed: &[u8],
    inputs: &[u8],
) -> VecDeque<Vec<u8>> {
    let contents = contents
        .iter()
        .map(|(slot, bytes)| Part::Content { slot: *slot, bytes });
    let parts = std::iter::once(Part::Manifest(manifest))
        .chain(contents)
        .chain(packed.chunks(PART_BYTES).map(Part::State))
        .chain(inputs.chunks(PART_BYTES).map(Part::Inputs));
    let messages = parts.map(|part| {
        let mut message = vec![kind];
        part.write(&mut message);
        message
    });
    messages.collect()
}

/// What a part led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken<'a> {
    /// Kept.
    Kept,
    /// Content for the game to judge.
    Content { slot: u8, bytes: &'a [u8] },
}

/// A parcel that is being received.
#[derive(Debug)]
pub(crate) struct Arrival {
    input_bytes: usize,
    manifest: Option<Manifest>,
    contents_left: u16,
    pub(crate) packed: Vec<u8>,
    pub(crate) inputs: Vec<u8>,
}

impl Arrival {
    /// For inputs of `input_bytes` of each of the two players.
    pub(crate) fn new(input_bytes: usize) -> Self {
        Self {
            input_bytes,
            manifest: None,
            contents_left: 0,
            packed: Vec::new(),
            inputs: Vec::new(),
        }
    }

    pub(crate) fn take<'a>(&mut self, part: Part<'a>) -> Result<Taken<'a>, StateRefused> {
        if let Part::Manifest(manifest) = part {
            manifest.judge()?;
            if self.manifest.replace(manifest).is_some() {
                return Err(StateRefused::Malformed);
            }
            self.contents_left = manifest.content_count;
            return Ok(Taken::Kept);
        }
        let manifest = self.manifest.ok_or(StateRefused::Malformed)?;
        match part {
            Part::Content { slot, bytes } => {
                self.contents_left = self.contents_left.checked_sub(1).ok_or(StateRefused::Malformed)?;
                Ok(Taken::Content { slot, bytes })
            }
            Part::State(bytes) => append(&mut self.packed, bytes, manifest.packed_bytes as usize),
            Part::Inputs(bytes) => {
                let limit = self.inputs_bytes(manifest);
                append(&mut self.inputs, bytes, limit)
            }
            Part::Manifest(_) | Part::Ready { .. } => Err(StateRefused::Malformed),
        }
    }

    fn inputs_bytes(&self, manifest: Manifest) -> usize {
        (manifest.frame - manifest.base_frame + 1) as usize * 2 * self.input_bytes
    }

    /// The manifest, once everything it announces is here.
    pub(crate) fn complete(&self) -> Option<Manifest> {
        let manifest = self.manifest?;
        let is_complete = self.contents_left == 0
            && self.packed.len() == manifest.packed_bytes as usize
            && self.inputs.len() == self.inputs_bytes(manifest);
        is_complete.then_some(manifest)
    }
}

fn append<'a>(kept: &mut Vec<u8>, bytes: &[u8], limit: usize) -> Result<Taken<'a>, StateRefused> {
    if bytes.is_empty() || kept.len() + bytes.len() > limit {
        return Err(StateRefused::Malformed);
    }
    kept.extend_from_slice(bytes);
    Ok(Taken::Kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn manifest() -> Manifest {
        Manifest {
            base_frame: 600,
            base_checksum: 1,
            frame: 640,
            checksum: 2,
            packed_bytes: 20_000,
            content_count: 2,
            next_slot: 3,
        }
    }

    #[test]
    fn a_rematch_has_the_same_epoch_for_a_side_that_missed_a_resume() {
        assert_eq!(next_resume(0), 1);
        assert_eq!(next_match(0), next_match(next_resume(0)));
        assert_eq!(next_match(next_match(0)), 2 << MATCH_SHIFT);
    }

    #[test]
    fn a_parcel_arrives_whole() {
        let contents = [(0, vec![1; 300]), (2, vec![2; CONTENT_BYTES_MAX])];
        let (packed, inputs) = (vec![7; 20_000], vec![9; 41 * 2 * 6]);
        let mut arrival = Arrival::new(6);
        let mut got = Vec::new();
        for message in parcel(5, manifest(), &contents, &packed, &inputs) {
            assert_eq!(arrival.complete(), None);
            let part = Part::read(&message[1..]).expect("a written part reads back");
            if let Taken::Content { slot, bytes } = arrival.take(part).expect("a true part") {
                got.push((slot, bytes.to_vec()));
            }
        }
        assert_eq!(arrival.complete(), Some(manifest()));
        assert_eq!((arrival.packed, arrival.inputs), (packed, inputs));
        assert_eq!(got, contents);
    }

    #[test]
    fn what_was_not_announced_is_refused() {
        let mut arrival = Arrival::new(6);
        assert_eq!(arrival.take(Part::State(&[1])), Err(StateRefused::Malformed));
        assert_eq!(arrival.take(Part::Manifest(manifest())), Ok(Taken::Kept));
        assert_eq!(arrival.take(Part::Manifest(manifest())), Err(StateRefused::Malformed));
        assert_eq!(arrival.take(Part::State(&[])), Err(StateRefused::Malformed));
        assert_eq!(arrival.take(Part::State(&[0; 20_001])), Err(StateRefused::Malformed));
        assert_eq!(arrival.take(Part::Inputs(&[0; 493])), Err(StateRefused::Malformed));
        let content = Part::Content { slot: 1, bytes: &[] };
        assert!(arrival.take(content).is_ok() && arrival.take(content).is_ok());
        assert_eq!(arrival.take(content), Err(StateRefused::Malformed));
    }

    #[test]
    fn more_than_a_session_takes_is_refused_before_anything_is_kept() {
        type Change = fn(&mut Manifest);
        let changes: [Change; 4] = [
            |m| m.packed_bytes = u32::MAX,
            |m| m.frame = m.base_frame + PARCEL_FRAMES_MAX + 1,
            |m| m.content_count = 257,
            |m| m.next_slot = 257,
        ];
        for change in changes {
            let mut manifest = manifest();
            change(&mut manifest);
            let refused = Arrival::new(6).take(Part::Manifest(manifest));
            assert!(matches!(refused, Err(StateRefused::TooLarge { .. })), "{refused:?}");
        }
        // Frame numbers that end during the match are as little use as ones that run backwards.
        for (base_frame, frame) in [
            (600, 5),
            (u32::MAX - 3, u32::MAX),
            (MATCH_FRAMES_MAX, MATCH_FRAMES_MAX + 1),
        ] {
            let manifest = Manifest {
                base_frame,
                frame,
                ..manifest()
            };
            let refused = Arrival::new(6).take(Part::Manifest(manifest));
            assert_eq!(refused, Err(StateRefused::Malformed), "{base_frame} to {frame}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_break_an_arrival(messages in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..20)) {
            let mut arrival = Arrival::new(4);
            let mut manifest = Vec::new();
            Part::Manifest(self::manifest()).write(&mut manifest);
            for message in std::iter::once(&manifest).chain(&messages) {
                if let Some(part) = Part::read(message) {
                    let mut again = Vec::new();
                    part.write(&mut again);
                    prop_assert_eq!(&again, message);
                    let _ = arrival.take(part);
                }
            }
            prop_assert!(arrival.packed.len() <= 20_000 && arrival.inputs.len() <= 41 * 8);
        }
    }
}
