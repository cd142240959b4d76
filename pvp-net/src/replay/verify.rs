//! Re-simulates a replay and compares everything in it that can be recomputed.
//!
//! Must not: call a replay good that was altered anywhere, but for what [`super::Claim`] names.

use super::pack::pack;
use super::read::{Ending, KeyframeSegment, Replay, RunBuffer, RunSegment, Segment};
use super::rules::{HeaderField, ReplayRules};
use crate::simulation::{ContentRefused, Events, Inspect};

/// What a good replay comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Frames re-simulated.
    pub frames: u32,
    /// Checksum of the last state.
    pub checksum: u64,
    /// Whether the file has its end; otherwise its intact prefix was verified.
    pub is_complete: bool,
    /// The winner by the rules; a complete file notes the same one.
    pub winner: Option<u8>,
}

/// Why a replay is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// Another game, another version of it, or a header that was altered.
    #[error("the header's {field} is {found:#x}, this game has {expected:#x}")]
    Header {
        /// Which field.
        field: HeaderField,
        /// What this game writes.
        expected: u64,
        /// What stands in the file.
        found: u64,
    },
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
    /// A keyframe holds another state than the match has there: whoever seeks would see something that never was.
    #[error("the keyframe of frame {frame} does not hold the state of the match")]
    Keyframe {
        /// The keyframe's frame.
        frame: u32,
    },
    /// The file notes another winner than the rules give.
    #[error("the file notes {}, by the rules it is {}", winner_text(*.noted), winner_text(*.found))]
    Winner {
        /// The winner in the file.
        noted: Option<u8>,
        /// The winner by the rules.
        found: Option<u8>,
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

fn winner_text(winner: Option<u8>) -> String {
    winner.map_or_else(
        || "no winner".to_owned(),
        |player| format!("player {} as the winner", u32::from(player) + 1),
    )
}

/// Re-simulates `replay` with these rules; `start` is the state before `begin_match`, `winner_of` reads the winner off a state.
///
/// What a good verdict does not say is in [`ReplayRules::claims`].
///
/// # Errors
/// [`VerifyError`] names the first bad frame, or the field that was altered.
pub fn verify<S: Inspect>(
    simulation: &mut S,
    start: S::State,
    replay: &Replay,
    rules: &ReplayRules,
    winner_of: impl Fn(&S::State) -> Option<u8>,
) -> Result<Verified, VerifyError> {
    let verified = walk(simulation, start, replay, rules, winner_of, |_, _, _| {})?;
    match replay.ending() {
        Ending::Complete(end) if end.winner != verified.winner => Err(VerifyError::Winner {
            noted: end.winner,
            found: verified.winner,
        }),
        _ => Ok(verified),
    }
}

/// Like [`verify`], showing each frame's number, inputs and resulting state to `visit`, and not minding who is noted as the winner.
pub(crate) fn walk<S: Inspect>(
    simulation: &mut S,
    start: S::State,
    replay: &Replay,
    rules: &ReplayRules,
    winner_of: impl Fn(&S::State) -> Option<u8>,
    mut visit: impl FnMut(u32, &[S::Input], &S::State),
) -> Result<Verified, VerifyError> {
    rules.check(replay.header())?;
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
            Segment::Keyframe(keyframe) => course.compare(keyframe)?,
            Segment::Run(run) => course.play(run, &mut visit)?,
        }
    }
    course.finish(winner_of, &mut visit)
}

/// A re-simulation under way.
struct Course<'a, S: Inspect> {
    simulation: &'a mut S,
    replay: &'a Replay,
    state: S::State,
    checksum: u64,
    good_frames: u32,
    buffer: RunBuffer,
    inputs: Vec<S::Input>,
    events: Events<S::Event>,
    packed: Vec<u8>,
}

impl<'a, S: Inspect> Course<'a, S> {
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
            packed: Vec::new(),
        })
    }

    /// A keyframe holds this state, and in the one way that the format has.
    fn compare(&mut self, keyframe: &KeyframeSegment) -> Result<(), VerifyError> {
        if keyframe.checksum != self.checksum {
            return Err(self.bad_frame(keyframe.frame.saturating_sub(1)));
        }
        self.packed.clear();
        let state = self.simulation.to_bytes(&self.state);
        pack(&state, self.replay.keyframe_base(keyframe), &mut self.packed);
        if self.packed != self.replay.packed(keyframe) {
            return Err(VerifyError::Keyframe { frame: keyframe.frame });
        }
        self.good_frames = keyframe.frame;
        Ok(())
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

    fn finish(
        mut self,
        winner_of: impl Fn(&S::State) -> Option<u8>,
        visit: &mut impl FnMut(u32, &[S::Input], &S::State),
    ) -> Result<Verified, VerifyError> {
        let is_complete = match self.replay.ending() {
            Ending::Complete(end) if end.checksum == self.checksum => true,
            Ending::Complete(end) => return Err(self.bad_frame(end.frames.saturating_sub(1))),
            Ending::Cut => false,
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
        Ok(Verified {
            frames: self.replay.frames(),
            checksum: self.checksum,
            is_complete,
            winner: winner_of(&self.state),
        })
    }

    fn bad_frame(&self, frame: u32) -> VerifyError {
        VerifyError::BadFrame {
            frame,
            good_frames: self.good_frames,
        }
    }
}
