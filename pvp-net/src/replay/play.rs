//! Plays a replay back: forward frame by frame, and to any frame at once.
//!
//! Must not: show a replay that does not verify, or alter what a frame comes to; a seek gives the same state as playing up to it.

use super::read::{Replay, RunBuffer, Segment};
use super::rules::ReplayRules;
use super::verify::{Verified, VerifyError, verify};
use crate::simulation::{ContentRefused, Events, Inspect};

/// Why a verified replay does not go to a frame; all but the first mean that the game does not do the same thing twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlayError {
    /// Content that the match accepted is refused by these rules.
    #[error("content for slot {slot} is refused: {reason}")]
    Content {
        /// Its slot.
        slot: u8,
        /// Why it is refused.
        reason: ContentRefused,
    },
    /// The frame lies behind the end of the replay.
    #[error("frame {frame} is behind the end, the replay has {frames} frames")]
    BehindTheEnd {
        /// The frame asked for.
        frame: u32,
        /// Frames in the replay.
        frames: u32,
    },
    /// A keyframe holds no state of this game.
    #[error("the keyframe of frame {frame} holds no state of this game")]
    Keyframe {
        /// The keyframe's frame.
        frame: u32,
    },
}

/// A replay at some frame; see [`Player::seek`] and [`Player::step`].
///
/// A seek backwards calls [`Simulation::begin_match`](crate::Simulation::begin_match) again, as a rematch does: it must forget the content it had accepted.
#[derive(Debug)]
pub struct Player<S: Inspect> {
    simulation: S,
    verified: Verified,
    start: S::State,
    state: S::State,
    replay: Replay,
    /// Frames played to reach `state`.
    frame: u32,
    /// The segment to be read next.
    next_segment: usize,
    /// The run being played, and how many of its frames have been.
    buffer: RunBuffer,
    run_frames: usize,
    played_of_run: usize,
    inputs: Vec<S::Input>,
}

impl<S: Inspect> Player<S> {
    /// A replay at its start, once all of it has verified: what is shown is what [`verify`] takes, and nothing else.
    ///
    /// # Errors
    /// As [`verify`].
    pub fn new(
        mut simulation: S,
        start: S::State,
        replay: Replay,
        rules: &ReplayRules,
        winner_of: impl Fn(&S::State) -> Option<u8>,
    ) -> Result<Self, VerifyError> {
        let verified = verify(&mut simulation, start.clone(), &replay, rules, winner_of)?;
        let header = replay.header();
        let mut state = start.clone();
        simulation.begin_match(header.match_seed, &mut state);
        let players = header.names.len();
        Ok(Self {
            simulation,
            verified,
            state,
            start,
            replay,
            frame: 0,
            next_segment: 0,
            buffer: RunBuffer::default(),
            run_frames: 0,
            played_of_run: 0,
            inputs: vec![S::Input::default(); players],
        })
    }

    /// What the replay comes to, and whether it has its end.
    #[must_use]
    pub fn verified(&self) -> Verified {
        self.verified
    }

    /// The file being played.
    #[must_use]
    pub fn replay(&self) -> &Replay {
        &self.replay
    }

    /// Frames played to reach [`Player::state`].
    #[must_use]
    pub fn frame(&self) -> u32 {
        self.frame
    }

    /// The state at this frame.
    #[must_use]
    pub fn state(&self) -> &S::State {
        &self.state
    }

    /// The rules with the content accepted so far.
    #[must_use]
    pub fn simulation(&self) -> &S {
        &self.simulation
    }

    /// The inputs of the frame played last.
    #[must_use]
    pub fn inputs(&self) -> &[S::Input] {
        &self.inputs
    }

    /// Plays one frame; `false` at the end.
    ///
    /// # Errors
    /// [`PlayError::Content`].
    pub fn step(&mut self, events: &mut Events<S::Event>) -> Result<bool, PlayError> {
        if !self.load_run()? {
            return Ok(false);
        }
        let frame_bytes = self.replay.frame_bytes();
        let bytes = &self.buffer.inputs[self.played_of_run * frame_bytes..][..frame_bytes];
        bytemuck::cast_slice_mut(&mut self.inputs).copy_from_slice(bytes);
        self.simulation.step(&mut self.state, &self.inputs, events);
        self.played_of_run += 1;
        self.frame += 1;
        Ok(true)
    }

    /// Goes to the state after `frame` frames, forwards or backwards, from the nearest keyframe.
    ///
    /// # Errors
    /// [`PlayError::BehindTheEnd`], [`PlayError::Keyframe`] or [`PlayError::Content`].
    pub fn seek(&mut self, frame: u32) -> Result<(), PlayError> {
        let frames = self.replay.frames();
        if frame > frames {
            return Err(PlayError::BehindTheEnd { frame, frames });
        }
        let keyframe = self.keyframe_before(frame);
        let is_closer = keyframe.is_some_and(|(_, at)| at > self.frame);
        if frame < self.frame || is_closer {
            self.restart_at(keyframe)?;
        }
        let mut events = Events::new();
        while self.frame < frame && self.step(&mut events)? {
            events.clear();
        }
        Ok(())
    }

    /// The last keyframe at or before `frame`: its segment and its frame.
    fn keyframe_before(&self, frame: u32) -> Option<(usize, u32)> {
        let segments = self.replay.segments().iter().enumerate().rev();
        segments
            .filter_map(|(index, segment)| match segment {
                Segment::Keyframe(keyframe) => Some((index, keyframe.frame)),
                _ => None,
            })
            .find(|(_, at)| *at <= frame)
    }

    fn restart_at(&mut self, keyframe: Option<(usize, u32)>) -> Result<(), PlayError> {
        // As for a rematch: the simulation forgets the content of the match before.
        let mut state = self.start.clone();
        self.simulation.begin_match(self.replay.header().match_seed, &mut state);
        self.buffer = RunBuffer::default();
        (self.run_frames, self.played_of_run) = (0, 0);
        let Some((index, frame)) = keyframe else {
            self.state = state;
            (self.frame, self.next_segment) = (0, 0);
            return Ok(());
        };
        for segment in 0..index {
            self.accept_content(segment)?;
        }
        let Segment::Keyframe(segment) = &self.replay.segments()[index] else {
            unreachable!("the index comes from keyframe_before")
        };
        let bytes = self.replay.keyframe_state(segment);
        let state = bytes.and_then(|bytes| self.simulation.from_bytes(&bytes));
        let checksum = segment.checksum;
        self.state = state
            .filter(|state| self.simulation.checksum(state) == checksum)
            .ok_or(PlayError::Keyframe { frame })?;
        (self.frame, self.next_segment) = (frame, index + 1);
        Ok(())
    }

    /// Makes sure that a frame is at hand; `false` at the end.
    fn load_run(&mut self) -> Result<bool, PlayError> {
        while self.played_of_run >= self.run_frames {
            let Some(segment) = self.replay.segments().get(self.next_segment) else {
                return Ok(false);
            };
            if let Segment::Run(run) = segment {
                (self.run_frames, self.played_of_run) = (run.count, 0);
                self.replay.read_run(run, &mut self.buffer);
            } else {
                self.accept_content(self.next_segment)?;
            }
            self.next_segment += 1;
        }
        Ok(true)
    }

    fn accept_content(&mut self, segment: usize) -> Result<(), PlayError> {
        if let Segment::Content { slot, bytes, .. } = &self.replay.segments()[segment] {
            let accepted = self.simulation.accept_content(*slot, self.replay.bytes(bytes));
            accepted.map_err(|reason| PlayError::Content { slot: *slot, reason })?;
        }
        Ok(())
    }
}
