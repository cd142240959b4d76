//! The game that all contenders play: two bytes of input a player, a digest as the state, a log to compare them by.
//!
//! It must not cost anything: what is measured is the session around it.

use std::time::Duration;

/// Length of a frame.
pub(super) const FRAME: Duration = Duration::from_nanos(16_666_667);
/// The longest run, in frames.
const FRAMES_MAX: usize = 60 * 60 * 10;

/// The inputs of both players for every frame: the same for all contenders.
#[derive(Debug)]
pub(super) struct Script {
    inputs: Vec<[u16; 2]>,
}

impl Script {
    /// Buttons held for 4 to 40 frames, as people play; drawn from `seed`.
    #[must_use]
    pub(super) fn new(seed: u64) -> Script {
        let mut draws = seed;
        let mut draw = |range: u64| {
            draws = draws
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (draws >> 33) % range
        };
        let mut held = [0_u16; 2];
        let mut change_at = [0_usize; 2];
        let inputs = (0..FRAMES_MAX)
            .map(|frame| {
                for player in 0..2 {
                    if frame == change_at[player] {
                        held[player] ^= 1 << draw(8);
                        change_at[player] = frame + 4 + draw(36) as usize;
                    }
                }
                held
            })
            .collect();
        Script { inputs }
    }

    /// A player's input of a frame.
    #[must_use]
    pub(super) fn input(&self, frame: usize, player: usize) -> u16 {
        self.inputs.get(frame).map_or(0, |inputs| inputs[player])
    }
}

/// The whole state: frames played and a digest of all inputs so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Frames played.
    pub(super) frame: u32,
    /// Digest of every input so far.
    pub(super) digest: u64,
}

impl State {
    /// Plays one frame.
    pub(super) fn step(&mut self, inputs: [u16; 2]) {
        let both = u64::from(inputs[0]) << 16 | u64::from(inputs[1]);
        self.digest = (self.digest ^ both).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
        self.frame += 1;
    }
}

/// What a peer has played, for a session that hands out save, load and advance.
#[derive(Debug, Default)]
pub(super) struct Game {
    /// The newest state.
    pub(super) state: State,
    /// The digest after each frame, overwritten by every resimulation.
    pub(super) log: Vec<u64>,
    /// Frames played more than once.
    pub(super) resimulated: u64,
}

impl Game {
    /// Plays one frame, for the first time or again.
    pub(super) fn advance(&mut self, inputs: [u16; 2]) {
        let frame = self.state.frame as usize;
        self.state.step(inputs);
        if frame < self.log.len() {
            self.log[frame] = self.state.digest;
            self.resimulated += 1;
        } else {
            self.log.push(self.state.digest);
        }
    }
}
