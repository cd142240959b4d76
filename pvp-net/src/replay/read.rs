//! Reads a replay file: checks every record, keeps an index, hands out frames.
//!
//! Must not: panic or allocate without bound on any file; a broken tail ends the replay, it does not refuse the good part.

use std::io::{self, Read};
use std::ops::Range;

use super::format::{
    Cursor, KIND_CONTENT, KIND_END, KIND_HEADER, KIND_INPUTS, KIND_KEYFRAME, MAGIC, PREFIX_BYTES, Record, ReplayEnd,
    ReplayHeader, prefix, read_record,
};
use super::inputs::read_run;
use super::pack::{packed_length, unpack};
use super::{REPLAY_BYTES_MAX, REPLAY_FRAMES_MAX, REPLAY_VERSION};
use crate::content::CONTENT_BYTES_MAX;
use crate::wire::bits::BitReader;

/// Why a file cannot be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The file does not begin like a replay.
    #[error("not a replay file")]
    NotAReplay,
    /// Written by another version of the format.
    #[error("replay format version {found}, this program reads version {expected}")]
    Version {
        /// Version in the file.
        found: u8,
        /// Version this crate reads.
        expected: u8,
    },
    /// Longer than any replay.
    #[error("more than {max} bytes, no replay is as long")]
    TooLarge {
        /// Bytes a replay may have.
        max: usize,
    },
    /// The header is cut short, altered or out of range; nothing can be read.
    #[error("the header of the replay is damaged")]
    Header,
}

/// Why nothing comes out of a file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The system does not give its bytes.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// Its bytes are no replay.
    #[error(transparent)]
    Replay(#[from] ReplayError),
}

/// How a file ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// With its end record: the whole match is there.
    Complete(ReplayEnd),
    /// In the middle: the recording process was killed, or the file was cut. Everything before is intact.
    Cut,
    /// A record was altered; everything before is intact.
    Damaged {
        /// Offset of the record in the file.
        byte: usize,
        /// The first frame that cannot be trusted.
        frame: u32,
    },
}

/// Content and when it was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContentEntry<'a> {
    /// It was accepted before this frame was recorded.
    pub frame: u32,
    /// Its slot.
    pub slot: u8,
    /// Its bytes, as the host offered them.
    pub bytes: &'a [u8],
}

/// One intact record behind the header.
#[derive(Debug, Clone)]
pub(super) enum Segment {
    Content { frame: u32, slot: u8, bytes: Range<usize> },
    Run(RunSegment),
    Keyframe(KeyframeSegment),
}

#[derive(Debug, Clone)]
pub(super) struct RunSegment {
    pub(super) first_frame: u32,
    pub(super) count: usize,
    /// Low 32 bits of the checksum after the last frame.
    pub(super) checksum: u32,
    bits: Range<usize>,
    /// A keyframe stands before it: input changes count from zero.
    resets: bool,
}

#[derive(Debug, Clone)]
pub(super) struct KeyframeSegment {
    pub(super) frame: u32,
    pub(super) checksum: u64,
    packed: Range<usize>,
}

/// A replay in memory; its intact part is known to decode.
#[derive(Debug, Clone)]
pub struct Replay {
    file: Vec<u8>,
    header: ReplayHeader,
    segments: Vec<Segment>,
    frames: u32,
    ending: Ending,
    /// The run that was altered, if it still decodes: to find out which frame it spoils.
    damaged_run: Option<RunSegment>,
    /// The state before frame 0, if there is a keyframe of it.
    base: Vec<u8>,
}

/// What the record behind an indexed part has to fit to.
struct Tail {
    buffer: RunBuffer,
    /// A keyframe stands before the next run: input changes count from zero.
    resets: bool,
    /// The first slot that no content has yet.
    next_slot: usize,
    /// The frame of the last keyframe.
    keyframe: Option<u32>,
}

/// Decoded frames of one run; reused from run to run.
#[derive(Debug, Default)]
pub(super) struct RunBuffer {
    pub(super) tags: Vec<bool>,
    /// Frame-major.
    pub(super) inputs: Vec<u8>,
    previous: Vec<u8>,
}

/// Walks a replay's frames; decodes one run at a time.
#[derive(Debug)]
pub struct FrameCursor<'a> {
    replay: &'a Replay,
    next_segment: usize,
    buffer: RunBuffer,
    left: usize,
    frame: u32,
}

impl FrameCursor<'_> {
    /// The next frame's number and inputs (every player's bytes, back to back), or `None` at the end.
    pub fn advance(&mut self) -> Option<(u32, &[u8])> {
        while self.left == 0 {
            if let Segment::Run(run) = self.replay.segments.get(self.next_segment)? {
                self.replay.read_run(run, &mut self.buffer);
                self.left = run.count;
            }
            self.next_segment += 1;
        }
        let frame_bytes = self.replay.frame_bytes();
        let start = self.buffer.inputs.len() - self.left * frame_bytes;
        self.left -= 1;
        self.frame += 1;
        Some((self.frame - 1, &self.buffer.inputs[start..][..frame_bytes]))
    }
}

/// Whether a file begins like one that this crate reads.
fn check_prefix(file: &[u8]) -> Result<(), ReplayError> {
    if file.get(..MAGIC.len()) != Some(&MAGIC[..]) {
        return Err(ReplayError::NotAReplay);
    }
    match file.get(MAGIC.len()) {
        Some(&REPLAY_VERSION) => Ok(()),
        Some(&found) => Err(ReplayError::Version {
            found,
            expected: REPLAY_VERSION,
        }),
        None => Err(ReplayError::NotAReplay),
    }
}

impl Replay {
    /// Reads a file: its first bytes, and the others only if it begins like a replay; never more than [`REPLAY_BYTES_MAX`].
    ///
    /// # Errors
    /// [`ReadError`], as [`Replay::parse`] or as the system says.
    pub fn read(mut file: impl Read) -> Result<Self, ReadError> {
        let mut bytes = Vec::new();
        file.by_ref().take(PREFIX_BYTES as u64).read_to_end(&mut bytes)?;
        check_prefix(&bytes)?;
        // One byte more than allowed tells a file that is too long.
        let rest = REPLAY_BYTES_MAX - bytes.len() + 1;
        file.take(rest as u64).read_to_end(&mut bytes)?;
        Ok(Self::parse(bytes)?)
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// [`ReplayError`] if not even the header can be read; otherwise see [`Replay::ending`].
    pub fn parse(file: Vec<u8>) -> Result<Self, ReplayError> {
        check_prefix(&file)?;
        if file.len() > REPLAY_BYTES_MAX {
            return Err(ReplayError::TooLarge { max: REPLAY_BYTES_MAX });
        }
        let record = read_record(&file, PREFIX_BYTES, prefix().1).ok_or(ReplayError::Header)?;
        if !record.is_intact || record.kind != KIND_HEADER {
            return Err(ReplayError::Header);
        }
        let header = ReplayHeader::decode(&file[record.payload.clone()]).ok_or(ReplayError::Header)?;
        let mut replay = Self {
            file,
            header,
            segments: Vec::new(),
            frames: 0,
            ending: Ending::Cut,
            damaged_run: None,
            base: Vec::new(),
        };
        replay.index(record.end, record.digest);
        Ok(replay)
    }

    /// What was agreed before frame 0.
    #[must_use]
    pub fn header(&self) -> &ReplayHeader {
        &self.header
    }

    /// How the file ends.
    #[must_use]
    pub fn ending(&self) -> Ending {
        self.ending
    }

    /// Intact frames in the file.
    #[must_use]
    pub fn frames(&self) -> u32 {
        self.frames
    }

    /// All content in the order it was accepted.
    pub fn contents(&self) -> impl Iterator<Item = ContentEntry<'_>> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Content { frame, slot, bytes } => Some(ContentEntry {
                frame: *frame,
                slot: *slot,
                bytes: &self.file[bytes.clone()],
            }),
            _ => None,
        })
    }

    /// Walks the frames from the first one.
    #[must_use]
    pub fn cursor(&self) -> FrameCursor<'_> {
        FrameCursor {
            replay: self,
            next_segment: 0,
            buffer: RunBuffer::default(),
            left: 0,
            frame: 0,
        }
    }

    /// Checksums in the file: (frames played, low 32 bits of the checksum then).
    pub fn checks(&self) -> impl Iterator<Item = (u32, u32)> {
        self.runs()
            .map(|run| (run.first_frame + run.count as u32, run.checksum))
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(super) fn damaged_run(&self) -> Option<&RunSegment> {
        self.damaged_run.as_ref()
    }

    pub(super) fn bytes(&self, range: &Range<usize>) -> &[u8] {
        &self.file[range.clone()]
    }

    pub(super) fn frame_bytes(&self) -> usize {
        usize::from(self.header.input_bytes) * self.header.names.len()
    }

    /// The state bytes of a keyframe.
    pub(super) fn keyframe_state(&self, keyframe: &KeyframeSegment) -> Option<Vec<u8>> {
        unpack(self.packed(keyframe), self.keyframe_base(keyframe))
    }

    #[cfg(test)]
    pub(super) fn keyframe_bytes(&self, frame: u32) -> Vec<u8> {
        let found = self.segments.iter().find_map(|segment| match segment {
            Segment::Keyframe(keyframe) if keyframe.frame == frame => self.keyframe_state(keyframe),
            _ => None,
        });
        found.expect("a keyframe of this frame")
    }

    /// A keyframe's state as it stands in the file.
    pub(super) fn packed(&self, keyframe: &KeyframeSegment) -> &[u8] {
        &self.file[keyframe.packed.clone()]
    }

    /// What a keyframe's state is combined with.
    pub(super) fn keyframe_base(&self, keyframe: &KeyframeSegment) -> &[u8] {
        if keyframe.frame == 0 { &[] } else { &self.base }
    }

    /// Decodes a run; runs must be read in order, or from one that follows a keyframe.
    pub(super) fn read_run(&self, run: &RunSegment, buffer: &mut RunBuffer) {
        let is_read = self.try_read_run(run, buffer);
        assert!(is_read.is_some(), "indexed runs decode");
    }

    fn try_read_run(&self, run: &RunSegment, buffer: &mut RunBuffer) -> Option<()> {
        if run.resets || buffer.previous.len() != self.frame_bytes() {
            buffer.previous.clear();
            buffer.previous.resize(self.frame_bytes(), 0);
        }
        let mut bits = BitReader::new(&self.file[run.bits.clone()]);
        let input_bytes = usize::from(self.header.input_bytes);
        let RunBuffer { tags, inputs, previous } = buffer;
        read_run(&mut bits, run.count, input_bytes, previous, tags, inputs)?;
        // One meaning, one encoding: nothing but zero bits may follow.
        bits.align()?;
        bits.rest().is_empty().then_some(())
    }

    fn runs(&self) -> impl Iterator<Item = &RunSegment> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Run(run) => Some(run),
            _ => None,
        })
    }

    /// Walks the records behind the header until the file ends or something is wrong.
    fn index(&mut self, mut start: usize, mut previous: u32) {
        let mut tail = Tail {
            buffer: RunBuffer::default(),
            resets: true,
            next_slot: 0,
            keyframe: None,
        };
        while start < self.file.len() {
            let Some(record) = read_record(&self.file, start, previous) else {
                return;
            };
            let is_taken = record.is_intact && self.take(&record, &mut tail);
            if !is_taken {
                self.ending = Ending::Damaged {
                    byte: start,
                    frame: self.frames,
                };
                self.damaged_run = self
                    .parse_run(&record, tail.resets)
                    .filter(|run| self.try_read_run(run, &mut tail.buffer).is_some());
                return;
            }
            (start, previous) = (record.end, record.digest);
            if let Ending::Complete(_) = self.ending {
                if start != self.file.len() {
                    self.ending = Ending::Damaged {
                        byte: start,
                        frame: self.frames,
                    };
                }
                return;
            }
        }
    }

    /// Adds an intact record to the index; `false` if it does not make sense.
    fn take(&mut self, record: &Record, tail: &mut Tail) -> bool {
        match record.kind {
            KIND_CONTENT => self.take_content(record, tail),
            KIND_KEYFRAME => self.take_keyframe(record, tail),
            KIND_END => {
                let end = ReplayEnd::decode(&self.file[record.payload.clone()]);
                let Some(end) = end.filter(|end| end.frames == self.frames) else {
                    return false;
                };
                self.ending = Ending::Complete(end);
                true
            }
            _ => {
                let Some(run) = self.parse_run(record, tail.resets) else {
                    return false;
                };
                if self.try_read_run(&run, &mut tail.buffer).is_none() {
                    return false;
                }
                tail.resets = false;
                self.frames += run.count as u32;
                self.segments.push(Segment::Run(run));
                true
            }
        }
    }

    /// Slots rise, as a session fills them: so there are no more contents than slots, and each is judged once.
    fn take_content(&mut self, record: &Record, tail: &mut Tail) -> bool {
        let slot = self.file[record.payload.clone()].first().copied();
        let Some(slot) = slot.filter(|slot| usize::from(*slot) >= tail.next_slot) else {
            return false;
        };
        if record.payload.len() > 1 + CONTENT_BYTES_MAX {
            return false;
        }
        tail.next_slot = usize::from(slot) + 1;
        let bytes = record.payload.start + 1..record.payload.end;
        self.segments.push(Segment::Content {
            frame: self.frames,
            slot,
            bytes,
        });
        true
    }

    fn take_keyframe(&mut self, record: &Record, tail: &mut Tail) -> bool {
        let mut cursor = Cursor(&self.file[record.payload.clone()]);
        let (Some(frame), Some(checksum)) = (cursor.u32(), cursor.u64()) else {
            return false;
        };
        let packed = record.payload.end - cursor.0.len()..record.payload.end;
        let is_next = frame == self.frames && tail.keyframe != Some(frame);
        if !is_next || packed_length(&self.file[packed.clone()]).is_none() {
            return false;
        }
        let keyframe = KeyframeSegment {
            frame,
            checksum,
            packed,
        };
        if frame == 0 {
            self.base = self.keyframe_state(&keyframe).unwrap_or_default();
        }
        self.segments.push(Segment::Keyframe(keyframe));
        (tail.keyframe, tail.resets) = (Some(frame), true);
        true
    }

    fn parse_run(&self, record: &Record, resets: bool) -> Option<RunSegment> {
        let mut cursor = Cursor(&self.file[record.payload.clone()]);
        let (count, checksum) = (usize::from(cursor.u8()?), cursor.u32()?);
        let frames_after = self.frames + count as u32;
        let is_run = record.kind == KIND_INPUTS && count > 0 && frames_after <= REPLAY_FRAMES_MAX;
        is_run.then(|| RunSegment {
            first_frame: self.frames,
            count,
            checksum,
            bits: record.payload.end - cursor.0.len()..record.payload.end,
            resets,
        })
    }
}
