//! A sync test without a network: one simulation plays straight on, another one is rolled back by a random depth every frame.
//!
//! Must not: read a clock or a random source; the same seed gives the same run on every machine.
//!
//! What it finds: state outside the snapshot, steps that depend on anything but their arguments, simulations that share something,
//! and states that do not survive being sent to a peer.
//!
//! Run [`StressSession::advance`] once per frame; `arena stress` does it for the duel.

use std::collections::VecDeque;
use std::fmt;

use crate::simulation::{ContentRefused, Events, Inspect};

/// Fields that a failure names at most.
const FIELDS_MAX: usize = 16;
/// Largest rollback depth, in frames.
pub const STRESS_DEPTH_FRAMES_MAX: u32 = 60;

/// How hard to stress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StressConfig {
    /// Draws the depths and the wrong guesses.
    pub seed: u64,
    /// The match seed both simulations begin with.
    pub match_seed: u64,
    /// Players, 1 to 8.
    pub players: u8,
    /// Largest rollback depth, 1 to [`STRESS_DEPTH_FRAMES_MAX`].
    pub depth_frames_max: u32,
    /// Every how many frames the state also travels as bytes, as to a peer that rejoins; 0 = never.
    pub transfer_interval_frames: u32,
}

impl Default for StressConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            match_seed: 1,
            players: 2,
            depth_frames_max: 10,
            transfer_interval_frames: 30,
        }
    }
}

/// What a run has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StressReport {
    /// Frames compared.
    pub frames: u32,
    /// Rollbacks of at least one frame.
    pub rollbacks: u32,
    /// Frames simulated on wrong guesses and thrown away.
    pub mispredicted_frames: u64,
    /// Frames simulated again.
    pub resimulated_frames: u64,
    /// The deepest rollback.
    pub depth_frames_max: u32,
    /// States sent through bytes and back.
    pub transfers: u32,
    /// Checksum after the last frame.
    pub checksum: u64,
}

/// Two simulations came to different states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StressFailure {
    /// The first frame after which the states differ.
    pub frame: u32,
    /// Depth of the rollback in that frame.
    pub depth_frames: u32,
    /// Whether the state had just travelled as bytes.
    pub is_transfer: bool,
    /// Checksum of the simulation that was never rolled back.
    pub checksum_straight: u64,
    /// Checksum of the one that was.
    pub checksum_rolled_back: u64,
    /// Names of the parts that differ.
    pub sections: Vec<&'static str>,
    /// Names of the first fields that differ.
    pub fields: Vec<String>,
}

impl fmt::Display for StressFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "frame {} differs after a rollback of {} frames ({:016x} straight, {:016x} rolled back)",
            self.frame, self.depth_frames, self.checksum_straight, self.checksum_rolled_back
        )?;
        if self.is_transfer {
            write!(f, ", the state had just travelled as bytes")?;
        }
        write!(f, ": sections {}: {}", self.sections.join(", "), self.fields.join(", "))
    }
}

impl std::error::Error for StressFailure {}

/// The state before a frame, and the inputs it was played with.
struct Past<S: Inspect> {
    state: S::State,
    inputs: Vec<S::Input>,
}

/// A stress test under way; see the [module](self).
pub struct StressSession<S: Inspect> {
    straight: S,
    straight_state: S::State,
    rolled: S,
    rolled_state: S::State,
    /// Oldest first, at most `depth_frames_max`.
    past: VecDeque<Past<S>>,
    events: Events<S::Event>,
    config: StressConfig,
    draws: u64,
    report: StressReport,
}

impl<S: Inspect> StressSession<S> {
    /// Begins a run; the two simulations must be separate instances of the same rules, `start` the state before `begin_match`.
    #[must_use]
    pub fn new(straight: S, rolled_back: S, start: S::State, config: StressConfig) -> Self {
        let (mut straight, mut rolled) = (straight, rolled_back);
        let (mut straight_state, mut rolled_state) = (start.clone(), start);
        straight.begin_match(config.match_seed, &mut straight_state);
        rolled.begin_match(config.match_seed, &mut rolled_state);
        let config = StressConfig {
            players: config.players.max(1),
            depth_frames_max: config.depth_frames_max.clamp(1, STRESS_DEPTH_FRAMES_MAX),
            ..config
        };
        let checksum = straight.checksum(&straight_state);
        Self {
            straight,
            straight_state,
            rolled,
            rolled_state,
            past: VecDeque::new(),
            events: Events::new(),
            config,
            draws: config.seed,
            report: StressReport {
                checksum,
                ..StressReport::default()
            },
        }
    }

    /// The state of the simulation that is never rolled back.
    #[must_use]
    pub fn state(&self) -> &S::State {
        &self.straight_state
    }

    /// The rules of the simulation that is never rolled back.
    #[must_use]
    pub fn simulation(&self) -> &S {
        &self.straight
    }

    /// What the run has done so far.
    #[must_use]
    pub fn report(&self) -> StressReport {
        self.report
    }

    /// Gives both simulations content for `slot`.
    ///
    /// # Errors
    /// [`ContentRefused`] as the first simulation says; the second one must say the same.
    ///
    /// # Panics
    /// If the simulations disagree: they are not the same rules.
    pub fn accept_content(&mut self, slot: u8, bytes: &[u8]) -> Result<(), ContentRefused> {
        let straight = self.straight.accept_content(slot, bytes);
        let rolled = self.rolled.accept_content(slot, bytes);
        assert_eq!(straight, rolled, "both simulations judge the same content alike");
        straight
    }

    /// Plays one frame: `choose` fills every player's input from the frame's number and the state before it.
    ///
    /// # Errors
    /// [`StressFailure`] names the first difference; the run cannot go on meaningfully.
    pub fn advance(&mut self, choose: impl FnOnce(u32, &S::State, &mut [S::Input])) -> Result<(), StressFailure> {
        let mut inputs = vec![S::Input::default(); usize::from(self.config.players)];
        choose(self.report.frames, &self.straight_state, &mut inputs);

        self.step_straight(&inputs);
        self.remember(inputs);
        self.guess_wrongly();
        let depth_frames = self.roll_back();
        let is_transfer = self.transfer();
        self.compare(depth_frames, is_transfer)
    }

    fn step_straight(&mut self, inputs: &[S::Input]) {
        self.events.clear();
        self.straight.step(&mut self.straight_state, inputs, &mut self.events);
    }

    fn step_rolled(&mut self, inputs: &[S::Input]) {
        self.events.clear();
        self.rolled.step(&mut self.rolled_state, inputs, &mut self.events);
    }

    fn remember(&mut self, inputs: Vec<S::Input>) {
        if self.past.len() >= self.config.depth_frames_max as usize {
            self.past.pop_front();
        }
        self.past.push_back(Past {
            state: self.rolled_state.clone(),
            inputs,
        });
    }

    /// Plays ahead on inputs of the past that are wrong more often than not; a rollback must leave no trace of it.
    fn guess_wrongly(&mut self) {
        for _ in 0..self.draw(4) {
            let guess = self.draw(self.past.len() as u64) as usize;
            let inputs = self.past[guess].inputs.clone();
            self.step_rolled(&inputs);
            self.report.mispredicted_frames += 1;
        }
    }

    /// Restores a state of the past and plays forward from it; depth 1 is this frame alone.
    fn roll_back(&mut self) -> u32 {
        let depth = 1 + self.draw(self.past.len() as u64) as usize;
        let first = self.past.len() - depth;
        self.rolled_state = self.past[first].state.clone();
        for index in first..self.past.len() {
            self.past[index].state = self.rolled_state.clone();
            let inputs = std::mem::take(&mut self.past[index].inputs);
            self.step_rolled(&inputs);
            self.past[index].inputs = inputs;
        }
        self.report.rollbacks += u32::from(depth > 1);
        self.report.resimulated_frames += depth as u64 - 1;
        self.report.depth_frames_max = self.report.depth_frames_max.max(depth as u32 - 1);
        depth as u32 - 1
    }

    /// Sends the rolled back state through bytes when it is time; a state that does not come back stays as it is.
    fn transfer(&mut self) -> bool {
        let interval = self.config.transfer_interval_frames;
        let is_due = interval > 0 && (self.report.frames + 1).is_multiple_of(interval);
        if is_due {
            let bytes = self.rolled.to_bytes(&self.rolled_state);
            if let Some(state) = self.rolled.from_bytes(&bytes) {
                self.rolled_state = state;
                self.report.transfers += 1;
            }
        }
        is_due
    }

    fn compare(&mut self, depth_frames: u32, is_transfer: bool) -> Result<(), StressFailure> {
        let frame = self.report.frames;
        let checksum_straight = self.straight.checksum(&self.straight_state);
        let checksum_rolled_back = self.rolled.checksum(&self.rolled_state);
        if checksum_straight == checksum_rolled_back {
            self.report.frames += 1;
            self.report.checksum = checksum_straight;
            return Ok(());
        }
        let straight = self.straight.sections(&self.straight_state);
        let rolled = self.rolled.sections(&self.rolled_state);
        let pairs = straight.into_iter().zip(rolled);
        Err(StressFailure {
            frame,
            depth_frames,
            is_transfer,
            checksum_straight,
            checksum_rolled_back,
            sections: pairs.filter(|(a, b)| a != b).map(|((name, _), _)| name).collect(),
            fields: self.differing_fields(),
        })
    }

    fn differing_fields(&self) -> Vec<String> {
        let straight = self.straight.to_bytes(&self.straight_state);
        let rolled = self.rolled.to_bytes(&self.rolled_state);
        let mut fields: Vec<String> = Vec::new();
        for (offset, _) in straight.iter().zip(&rolled).enumerate().filter(|(_, (a, b))| a != b) {
            let name = self.straight.field_name(offset);
            if !name.is_empty() && fields.last() != Some(&name) {
                fields.push(name);
            }
            if fields.len() >= FIELDS_MAX {
                break;
            }
        }
        fields
    }

    /// A number below `range` (SplitMix64; the slight bias does not matter here).
    fn draw(&mut self, range: u64) -> u64 {
        self.draws = self.draws.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.draws;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % range
    }
}

#[cfg(test)]
mod tests;
