//! Writes a replay while it is played.
//!
//! Must not: keep more than one run of frames in memory; what was written stays readable when the process is killed.

use std::io::{self, Write};

use super::format::{
    KIND_CONTENT, KIND_END, KIND_HEADER, KIND_INPUTS, KIND_KEYFRAME, ReplayEnd, ReplayHeader, prefix, write_record,
};
use super::inputs::{RUN_FRAMES_MAX, Run, write_run};
use super::pack::{STATE_BYTES_MAX, pack};
use super::{REPLAY_BYTES_MAX, REPLAY_FRAMES_MAX};
use crate::content::CONTENT_BYTES_MAX;
use crate::simulation::{ContentRefused, Events, Inspect};
use crate::wire::bits::BitWriter;

/// Why a frame could not be recorded; the match itself is not affected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The file could not be written.
    #[error("the replay could not be written: {0}")]
    Io(#[from] io::Error),
    /// A field of the header is out of the format's range.
    #[error("the replay's header is out of range")]
    Header,
    /// Frames must come in order, each once.
    #[error("frame {found} came where frame {expected} was due")]
    OutOfOrder {
        /// The frame that was due.
        expected: u32,
        /// The frame that came.
        found: u32,
    },
    /// Wrong number of bytes for this replay's players and inputs.
    #[error("inputs of {found} bytes where {expected} were due")]
    InputBytes {
        /// Bytes per frame by the header.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// The match is longer, or a piece of content or a state larger, than the format holds.
    #[error("the match exceeds what a replay holds")]
    TooLong,
    /// The recorder's own simulation refused content that the match accepted.
    #[error("recorded content was refused: {0}")]
    Content(#[from] ContentRefused),
    /// The recorder's own simulation came to another checksum: the match and its rules do not fit together.
    #[error("the recorded match diverges from its own rules in frame {frame}")]
    Diverged {
        /// The frame in question.
        frame: u32,
    },
}

/// The last record: kind, length, frames, checksum, winner, digest.
const END_RECORD_BYTES: usize = 1 + 1 + 13 + 4;

/// How densely a replay is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecorderConfig {
    /// Frames per record, 1 to 255: a killed process loses at most as many. Default 120.
    pub run_frames: u8,
    /// Frames between keyframes: a seek simulates at most as many. Default 3,600.
    pub keyframe_interval_frames: u32,
}

impl Default for RecorderConfig {
    fn default() -> Self {
        Self {
            run_frames: 120,
            keyframe_interval_frames: 3_600,
        }
    }
}

/// Writes the records of a replay; for games without [`Inspect`]. Most users want [`Recorder`].
#[derive(Debug)]
pub struct ReplayWriter<W> {
    file: W,
    digest: u32,
    /// Bytes written so far.
    file_bytes: usize,
    /// The first slot that no content has yet.
    next_slot: usize,
    /// The frame of the last keyframe.
    keyframe_at: Option<u32>,
    frame_bytes: usize,
    input_bytes: usize,
    run_frames: usize,
    frames: u32,
    tags: Vec<bool>,
    inputs: Vec<u8>,
    previous: Vec<u8>,
    checksum: u64,
    base: Vec<u8>,
    bits: BitWriter,
    payload: Vec<u8>,
    record: Vec<u8>,
}

impl<W: Write> ReplayWriter<W> {
    /// Begins a file with `header`.
    ///
    /// # Errors
    /// [`RecordError::Header`] or [`RecordError::Io`].
    pub fn new(file: W, header: &ReplayHeader, run_frames: u8) -> Result<Self, RecordError> {
        if !header.is_valid() {
            return Err(RecordError::Header);
        }
        let input_bytes = usize::from(header.input_bytes);
        let frame_bytes = input_bytes * header.names.len();
        let (prefix, digest) = prefix();
        let mut writer = Self {
            file,
            digest,
            file_bytes: prefix.len(),
            next_slot: 0,
            keyframe_at: None,
            frame_bytes,
            input_bytes,
            run_frames: usize::from(run_frames).clamp(1, RUN_FRAMES_MAX),
            frames: 0,
            tags: Vec::new(),
            inputs: Vec::new(),
            previous: vec![0; frame_bytes],
            checksum: header.start_checksum,
            base: Vec::new(),
            bits: BitWriter::default(),
            payload: Vec::new(),
            record: Vec::new(),
        };
        writer.file.write_all(&prefix)?;
        writer.payload = header.encode();
        writer.write(KIND_HEADER)?;
        Ok(writer)
    }

    /// Frames taken so far, buffered ones included.
    #[must_use]
    pub fn frames(&self) -> u32 {
        self.frames + self.tags.len() as u32
    }

    /// Content that was accepted for `slot`, before the next frame. Slots rise, as a session fills them.
    ///
    /// # Errors
    /// [`RecordError::Content`], [`RecordError::TooLong`] or [`RecordError::Io`].
    pub fn content(&mut self, slot: u8, bytes: &[u8]) -> Result<(), RecordError> {
        if bytes.len() > CONTENT_BYTES_MAX {
            return Err(RecordError::TooLong);
        }
        if usize::from(slot) < self.next_slot {
            return Err(ContentRefused::SlotTaken { slot }.into());
        }
        self.next_slot = usize::from(slot) + 1;
        self.flush()?;
        self.payload.clear();
        self.payload.push(slot);
        self.payload.extend_from_slice(bytes);
        self.write(KIND_CONTENT)
    }

    /// A frame: every player's input bytes back to back, and the checksum of the state after it.
    ///
    /// # Errors
    /// [`RecordError::InputBytes`], [`RecordError::TooLong`] or [`RecordError::Io`].
    pub fn frame(&mut self, inputs: &[u8], checksum: u64) -> Result<(), RecordError> {
        if inputs.len() != self.frame_bytes {
            return Err(RecordError::InputBytes {
                expected: self.frame_bytes,
                found: inputs.len(),
            });
        }
        if self.frames() >= REPLAY_FRAMES_MAX {
            return Err(RecordError::TooLong);
        }
        self.inputs.extend_from_slice(inputs);
        self.tags.push(checksum & 1 == 1);
        self.checksum = checksum;
        if self.tags.len() >= self.run_frames {
            self.flush()
        } else {
            Ok(())
        }
    }

    /// The whole state after the frames so far; the first one, before frame 0, is the base of the others.
    ///
    /// # Errors
    /// [`RecordError::OutOfOrder`] if this frame has a keyframe already, [`RecordError::TooLong`] or [`RecordError::Io`].
    pub fn keyframe(&mut self, state: &[u8], checksum: u64) -> Result<(), RecordError> {
        if state.len() > STATE_BYTES_MAX / 2 {
            return Err(RecordError::TooLong);
        }
        let frame = self.frames();
        if self.keyframe_at.is_some_and(|at| at == frame) {
            return Err(RecordError::OutOfOrder {
                expected: frame + 1,
                found: frame,
            });
        }
        self.keyframe_at = Some(frame);
        self.flush()?;
        self.payload.clear();
        self.payload.extend_from_slice(&self.frames.to_le_bytes());
        self.payload.extend_from_slice(&checksum.to_le_bytes());
        pack(state, &self.base, &mut self.payload);
        if self.frames == 0 {
            self.base = state.to_vec();
        }
        self.previous.fill(0);
        self.write(KIND_KEYFRAME)
    }

    /// Writes what is buffered, so that everything so far survives.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn flush(&mut self) -> Result<(), RecordError> {
        if self.tags.is_empty() {
            return Ok(());
        }
        self.payload.clear();
        self.payload.push(self.tags.len() as u8);
        self.payload.extend_from_slice(&(self.checksum as u32).to_le_bytes());
        self.bits.clear();
        let run = Run {
            input_bytes: self.input_bytes,
            tags: &self.tags,
            inputs: &self.inputs,
        };
        write_run(&run, &mut self.previous, &mut self.bits);
        self.payload.extend_from_slice(self.bits.bytes());
        self.frames += self.tags.len() as u32;
        self.tags.clear();
        self.inputs.clear();
        self.write(KIND_INPUTS)
    }

    /// Ends the file and hands it back.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn finish(mut self, winner: Option<u8>) -> Result<W, RecordError> {
        self.flush()?;
        let end = ReplayEnd {
            frames: self.frames,
            checksum: self.checksum,
            winner,
        };
        self.payload = end.encode();
        self.write(KIND_END)?;
        Ok(self.file)
    }

    /// One write per record: the system has it, whatever happens to this process.
    fn write(&mut self, kind: u8) -> Result<(), RecordError> {
        self.record.clear();
        let digest = write_record(&mut self.record, kind, &self.payload, self.digest);
        // What nobody reads is not written; the end still fits.
        let room = if kind == KIND_END { 0 } else { END_RECORD_BYTES };
        if self.file_bytes + self.record.len() + room > REPLAY_BYTES_MAX {
            return Err(RecordError::TooLong);
        }
        self.file_bytes += self.record.len();
        self.digest = digest;
        self.file.write_all(&self.record)?;
        self.file.flush()?;
        Ok(())
    }
}

/// Records a match and re-simulates it at the same time: it writes keyframes, and notices a match that breaks its own rules.
///
/// Feed it what the session confirms, in order; it costs one simulation step per frame.
#[derive(Debug)]
pub struct Recorder<S: Inspect, W> {
    simulation: S,
    state: S::State,
    events: Events<S::Event>,
    writer: ReplayWriter<W>,
    keyframe_interval_frames: u32,
    checksum: u64,
}

impl<S: Inspect, W: Write> Recorder<S, W> {
    /// Begins a file.
    ///
    /// `simulation` and `start` are a second instance of what the match begins with, before `begin_match`.
    /// `header.start_checksum` and `header.input_bytes` are filled in here.
    ///
    /// # Errors
    /// [`RecordError::Header`] or [`RecordError::Io`].
    pub fn new(
        mut simulation: S,
        start: S::State,
        file: W,
        mut header: ReplayHeader,
        config: RecorderConfig,
    ) -> Result<Self, RecordError> {
        let mut state = start;
        simulation.begin_match(header.match_seed, &mut state);
        let checksum = simulation.checksum(&state);
        header.start_checksum = checksum;
        header.input_bytes = size_of::<S::Input>() as u8;
        let mut writer = ReplayWriter::new(file, &header, config.run_frames)?;
        writer.keyframe(&simulation.to_bytes(&state), checksum)?;
        Ok(Self {
            simulation,
            state,
            events: Events::new(),
            writer,
            keyframe_interval_frames: config.keyframe_interval_frames.max(1),
            checksum,
        })
    }

    /// Content that the match accepted for `slot`.
    ///
    /// # Errors
    /// [`RecordError::Content`], [`RecordError::TooLong`] or [`RecordError::Io`].
    pub fn content(&mut self, slot: u8, bytes: &[u8]) -> Result<(), RecordError> {
        self.simulation.accept_content(slot, bytes)?;
        self.writer.content(slot, bytes)
    }

    /// A confirmed frame: its number, every player's input, and the match's checksum of the state after it.
    ///
    /// # Errors
    /// [`RecordError::OutOfOrder`], [`RecordError::Diverged`], [`RecordError::TooLong`] or [`RecordError::Io`].
    pub fn frame(&mut self, frame: u32, inputs: &[S::Input], checksum: u64) -> Result<(), RecordError> {
        let expected = self.writer.frames();
        if frame != expected {
            return Err(RecordError::OutOfOrder { expected, found: frame });
        }
        self.events.clear();
        self.simulation.step(&mut self.state, inputs, &mut self.events);
        self.checksum = self.simulation.checksum(&self.state);
        if self.checksum != checksum {
            return Err(RecordError::Diverged { frame });
        }
        self.writer.frame(bytemuck::cast_slice(inputs), checksum)?;
        if self.writer.frames().is_multiple_of(self.keyframe_interval_frames) {
            self.writer.keyframe(&self.simulation.to_bytes(&self.state), checksum)?;
        }
        Ok(())
    }

    /// Frames recorded so far.
    #[must_use]
    pub fn frames(&self) -> u32 {
        self.writer.frames()
    }

    /// The state after the last recorded frame.
    #[must_use]
    pub fn state(&self) -> &S::State {
        &self.state
    }

    /// Checksum of [`Recorder::state`].
    #[must_use]
    pub fn checksum(&self) -> u64 {
        self.checksum
    }

    /// Writes what is buffered, so that everything so far survives.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn flush(&mut self) -> Result<(), RecordError> {
        self.writer.flush()
    }

    /// Ends the file and hands it back.
    ///
    /// # Errors
    /// [`RecordError::Io`].
    pub fn finish(self, winner: Option<u8>) -> Result<W, RecordError> {
        self.writer.finish(winner)
    }
}
