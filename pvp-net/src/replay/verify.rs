//! Re-simulates a replay and compares every checksum in it.
//!
//! Must not: call a replay good that was altered anywhere.

use super::read::{Ending, Replay, RunBuffer, RunSegment, Segment};
use crate::simulation::{ContentRefused, Events, Simulation};

/// What a good replay comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Frames re-simulated.
    pub frames: u32,
    /// Checksum of the last state.
    pub checksum: u64,
    /// Whether the file has its end; otherwise its intact prefix was verified.
    pub is_complete: bool,
    /// The winner that the recording side noted.
    pub noted_winner: Option<u8>,
}

/// Why a replay is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Recorded with inputs of another size: another game, or another version of it.
    #[error("inputs of {found} bytes, this game has {expected}")]
    InputBytes {
        /// Size of this game's input.
        expected: usize,
        /// Size in the file.
        found: usize,
    },
    /// The start state differs: other rules, or another version of the game.
    #[error("the match starts from another state: {found:016x} in the file, {expected:016x} by these rules")]
    Start {
        /// Checksum by these rules.
        expected: u64,
        /// Checksum in the file.
        found: u64,
    },
    /// Content that the match accepted is refused by these rules.
    #[error("content for slot {slot} before frame {frame} is refused: {reason}")]
    Content {
        /// It was accepted before this frame.
        frame: u32,
        /// Its slot.
        slot: u8,
        /// Why it is refused.
        reason: ContentRefused,
    },
    /// Re-simulating this frame gives another state than the one recorded.
    #[error("frame {frame} is the first bad one: everything up to frame {good_frames} is verified")]
    BadFrame {
        /// The first frame that differs.
        frame: u32,
        /// Frames before this one are verified by a checksum of 32 bits or more.
        good_frames: u32,
    },
    /// A record was altered, and these are the first frames it spoils.
    #[error("the file is damaged at byte {byte}: frame {frame} is the first bad one")]
    Damaged {
        /// Offset in the file.
        byte: usize,
        /// The first frame that cannot be trusted.
        frame: u32,
    },
}

/// Re-simulates `replay` with these rules; `start` is the state before `begin_match`.
///
/// # Errors
/// [`VerifyError`] names the first bad frame.
pub fn verify<S: Simulation>(simulation: &mut S, start: S::State, replay: &Replay) -> Result<Verified, VerifyError> {
    walk(simulation, start, replay, |_, _, _| {})
}

/// Like [`verify`], showing each frame's number, inputs and resulting state to `visit`.
pub(crate) fn walk<S: Simulation>(
    simulation: &mut S,
    start: S::State,
    replay: &Replay,
    mut visit: impl FnMut(u32, &[S::Input], &S::State),
) -> Result<Verified, VerifyError> {
    let mut course = Course::begin(simulation, start, replay)?;
    for segment in replay.segments() {
        match segment {
            Segment::Content { frame, slot, bytes } => {
                let accepted = course.simulation.accept_content(*slot, replay.bytes(bytes));
                accepted.map_err(|reason| VerifyError::Content {
                    frame: *frame,
                    slot: *slot,
                    reason,
                })?;
            }
            Segment::Keyframe(keyframe) => {
                if keyframe.checksum != course.checksum {
                    return Err(course.bad_frame(keyframe.frame.saturating_sub(1)));
                }
                course.good_frames = keyframe.frame;
            }
            Segment::Run(run) => course.play(run, &mut visit)?,
        }
    }
    course.finish(&mut visit)
}

/// A re-simulation under way.
struct Course<'a, S: Simulation> {
    simulation: &'a mut S,
    replay: &'a Replay,
    state: S::State,
    checksum: u64,
    good_frames: u32,
    buffer: RunBuffer,
    inputs: Vec<S::Input>,
    events: Events<S::Event>,
}

impl<'a, S: Simulation> Course<'a, S> {
    fn begin(simulation: &'a mut S, start: S::State, replay: &'a Replay) -> Result<Self, VerifyError> {
        let header = replay.header();
        let (expected, found) = (size_of::<S::Input>(), usize::from(header.input_bytes));
        if expected != found {
            return Err(VerifyError::InputBytes { expected, found });
        }
        let mut state = start;
        simulation.begin_match(header.match_seed, &mut state);
        let checksum = simulation.checksum(&state);
        if checksum != header.start_checksum {
            return Err(VerifyError::Start {
                expected: checksum,
                found: header.start_checksum,
            });
        }
        Ok(Self {
            simulation,
            replay,
            state,
            checksum,
            good_frames: 0,
            buffer: RunBuffer::default(),
            inputs: vec![S::Input::default(); header.names.len()],
            events: Events::new(),
        })
    }

    fn play(
        &mut self,
        run: &RunSegment,
        visit: &mut impl FnMut(u32, &[S::Input], &S::State),
    ) -> Result<(), VerifyError> {
        self.replay.read_run(run, &mut self.buffer);
        let frame_bytes = self.replay.frame_bytes();
        for index in 0..run.count {
            let bytes = &self.buffer.inputs[index * frame_bytes..][..frame_bytes];
            bytemuck::cast_slice_mut(&mut self.inputs).copy_from_slice(bytes);
            self.events.clear();
            self.simulation.step(&mut self.state, &self.inputs, &mut self.events);
            self.checksum = self.simulation.checksum(&self.state);
            let frame = run.first_frame + index as u32;
            if (self.checksum & 1 == 1) != self.buffer.tags[index] {
                return Err(self.bad_frame(frame));
            }
            visit(frame, &self.inputs, &self.state);
        }
        let last_frame = run.first_frame + run.count as u32 - 1;
        if self.checksum as u32 != run.checksum {
            return Err(self.bad_frame(last_frame));
        }
        self.good_frames = last_frame + 1;
        Ok(())
    }

    fn finish(mut self, visit: &mut impl FnMut(u32, &[S::Input], &S::State)) -> Result<Verified, VerifyError> {
        let (is_complete, noted_winner) = match self.replay.ending() {
            Ending::Complete(end) if end.checksum == self.checksum => (true, end.winner),
            Ending::Complete(end) => return Err(self.bad_frame(end.frames.saturating_sub(1))),
            Ending::Cut => (false, None),
            Ending::Damaged { byte, frame } => {
                // The altered run may still show which frame it spoils first.
                let spoiled = self.replay.damaged_run().map(|run| self.play(run, visit));
                let frame = match spoiled {
                    Some(Err(VerifyError::BadFrame { frame, .. })) => frame,
                    _ => frame,
                };
                return Err(VerifyError::Damaged { byte, frame });
            }
        };
        let (frames, checksum) = (self.replay.frames(), self.checksum);
        Ok(Verified {
            frames,
            checksum,
            is_complete,
            noted_winner,
        })
    }

    fn bad_frame(&self, frame: u32) -> VerifyError {
        VerifyError::BadFrame {
            frame,
            good_frames: self.good_frames,
        }
    }
}
