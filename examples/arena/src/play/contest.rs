//! Owns what a screen needs of a match, wherever the other player sits.
//! Must not know keys or pictures.

use crate::render::Hud;
use pvp_net::Stats;
use pvp_sim::{DuelState, MatchDef};
use std::time::Duration;

/// A step of bringing two players together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// What happens.
    pub(super) text: String,
    /// Whether it has happened.
    pub(super) is_done: bool,
}

/// Where a match stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// The players are brought together: what is done and what is under way.
    Preparing {
        /// Written above.
        title: String,
        /// What is done, and what is to come.
        steps: Vec<Step>,
        /// What the player may do meanwhile.
        hints: Vec<String>,
    },
    /// Frames are played.
    Playing,
    /// The other side is not heard; a countdown runs.
    Waiting {
        /// Until the match is given up.
        left: Duration,
    },
    /// It will not go on.
    Over {
        /// Why.
        text: String,
    },
}

/// One forged weapon or physics change, for the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Forging {
    /// Whose.
    pub(super) player: u8,
    /// What players read.
    pub(super) name: String,
    /// How it came about, and how strong it is.
    pub(super) about: String,
}

/// A match as the screen drives it. Seats are the players at this machine.
pub(super) trait Contest {
    /// Lets the match catch up with `now`, the time since it began without pauses.
    fn run_until(&mut self, now: Duration);
    /// The player numbers at this machine.
    fn seats(&self) -> &[u8];
    /// What a seat's player holds, and where the aim points (1/256 turn).
    fn press(&mut self, seat: usize, buttons: u8, aim: u8);
    /// A seat's player asks the forge.
    fn wish(&mut self, now: Duration, seat: usize, prompt: &str);
    /// The newest state.
    fn state(&self) -> &DuelState;
    /// The state before it.
    fn state_before(&self) -> &DuelState;
    /// The two states that are drawn: the newest ones, where figures glide over the jumps of a rollback.
    fn pictured(&self) -> [&DuelState; 2] {
        [self.state_before(), self.state()]
    }
    /// How much of the time between the two has passed, in 1/256.
    fn blend(&self, now: Duration) -> i32;
    /// Where it is played.
    fn def(&self) -> &MatchDef;
    /// What is written over the picture.
    fn hud(&self) -> &Hud;
    /// The same, to be changed.
    fn hud_mut(&mut self) -> &mut Hud;
    /// Where it stands.
    fn status(&self) -> Status;
    /// Counters of this side's session; `None` while there is none.
    fn stats(&self) -> Option<Stats>;
    /// Frames from key to effect.
    fn input_delay_frames(&self) -> u8;
    /// What was forged so far.
    fn history(&self) -> &[Forging];
    /// Whether time may stand still (nobody else waits).
    fn can_pause(&self) -> bool;
    /// Begins another match with the same players; `false` if that cannot be.
    fn rematch(&mut self, now: Duration) -> bool;
    /// Ends it, and tells the other side.
    fn leave(&mut self, now: Duration);
}
