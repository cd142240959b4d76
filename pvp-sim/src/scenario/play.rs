//! Owns playing a match by a script: who holds which button when, and what is requested and committed.
//!
//! A script reads the frame and the state and nothing else, so that every build plays the same match.

use super::TRACE_INTERVAL_FRAMES;
use super::trace::Watch;
use crate::content::{Content, ContentStore};
use crate::def::MatchDef;
use crate::event::Events;
use crate::input::{Buttons, Input, PlayerId};
use crate::math::Angle;
use crate::rng::hash;
use crate::state::MatchState;
use crate::step::step;

/// Inputs of all players; a duel reads the first two.
pub type Inputs = [Input; 8];

/// A match that a script plays.
#[derive(Clone, Debug)]
pub struct Play<S> {
    /// What was agreed before.
    pub def: MatchDef,
    /// What the host commits.
    pub content: ContentStore,
    /// Where the match stands.
    pub state: S,
    /// What happened in the last frame.
    pub events: Events,
}

impl<S: MatchState> Play<S> {
    /// A match before its first frame.
    #[must_use]
    pub const fn new(def: MatchDef, state: S) -> Play<S> {
        Play {
            def,
            content: ContentStore::new(),
            state,
            events: Events::new(),
        }
    }

    /// One frame with the inputs that the script gives.
    pub fn step(&mut self, script: impl Fn(&Play<S>, u32) -> Inputs) {
        let inputs = script(self, self.state.frame().0);
        step(
            &self.def,
            &self.content,
            &mut self.state,
            &inputs[..S::PLAYER_COUNT],
            &mut self.events,
        );
    }

    /// Many frames, with a trace line for each 60 of them.
    pub(super) fn trace(&mut self, frames: u32, watch: &mut dyn Watch, script: impl Fn(&Play<S>, u32) -> Inputs) {
        for _ in 0..frames {
            self.step(&script);
            self.events.as_slice().iter().for_each(|event| watch.event(event));
            let frame = self.state.frame().0;
            if frame.is_multiple_of(TRACE_INTERVAL_FRAMES) {
                watch.line(frame, self.state.checksum());
            }
        }
    }
}

/// A match that no round decides: a scene of many frames.
#[must_use]
pub fn endless(seed: u64) -> MatchDef {
    let mut def = MatchDef::duel(seed);
    def.rules.rounds_to_win = u32::MAX;
    def.rules.rounds_max = u32::MAX;
    def.rules.health = 40;
    def.rules.round_frames = 900;
    def.rules.countdown_frames = 5;
    def.rules.aftermath_frames = 10;
    def
}

/// Random buttons out of `mask`, each choice held for 12 frames, with the aim near the nearest opponent.
#[must_use]
pub fn random_input<S: MatchState>(play: &Play<S>, frame: u32, player: usize, mask: u8) -> Input {
    let choice = hash(play.def.seed, frame / 12, player as u32, 1);
    let (left_right, other) = (choice as u8 & (Buttons::LEFT | Buttons::RIGHT), (choice >> 8) as u8);
    let wobble = Angle::from_byte((choice >> 16) as u8 / 16) - Angle::from_byte(8);
    let aim = (aim_at_nearest(play, player) + wobble).to_byte();
    Input {
        buttons: (left_right | other & !(Buttons::LEFT | Buttons::RIGHT | Buttons::SWAP)) & mask,
        aim,
        ..Input::default()
    }
}

/// The direction to the nearest other player who is alive; along +x when there is none.
fn aim_at_nearest<S: MatchState>(play: &Play<S>, player: usize) -> Angle {
    let players = play.state.players();
    let from = players[player].position;
    let others = players
        .iter()
        .enumerate()
        .filter(|(other, target)| *other != player && target.is_alive());
    let nearest = others.min_by_key(|(_, target)| target.position.distance_squared(from));
    nearest.map_or(Angle::ZERO, |(_, target)| (target.position - from).to_angle())
}

/// Random buttons for every player.
#[must_use]
pub fn random_inputs<S: MatchState>(play: &Play<S>, frame: u32, mask: u8) -> Inputs {
    let mut inputs = Inputs::default();
    for (player, input) in inputs.iter_mut().enumerate().take(S::PLAYER_COUNT) {
        *input = random_input(play, frame, player, mask);
    }
    inputs
}

/// The players take turns in asking for content, and the host commits it some frames later.
#[derive(Clone, Copy, Debug)]
pub struct Forging {
    /// Frames from one request to the next, of another player.
    pub period_frames: u32,
    /// Frames from a request to its commit.
    pub commit_after_frames: u32,
    /// How many requests there are; slot `n` answers request `n`.
    pub count: u32,
}

impl Forging {
    /// Who makes request `index`, and with which number.
    #[must_use]
    pub const fn request(&self, index: u32, player_count: usize) -> (PlayerId, u8) {
        let players = player_count as u32;
        (PlayerId((index % players) as u8), (index / players + 1) as u8)
    }

    /// Fills the slots: `content(n, player, request_seq)` answers request `n`.
    pub fn fill<S: MatchState>(&self, play: &mut Play<S>, content: impl Fn(u32, PlayerId, u8) -> Content) {
        for index in 0..self.count {
            let (player, request_seq) = self.request(index, S::PLAYER_COUNT);
            let slot = content(index, player, request_seq);
            play.content
                .insert(index as u8, slot)
                .expect("each slot is filled once");
        }
    }

    /// Writes requests and commits into the inputs of a frame; `is_committed` chooses what the host answers.
    pub fn write(&self, frame: u32, player_count: usize, inputs: &mut Inputs, is_committed: impl Fn(u32) -> bool) {
        let begun = (frame / self.period_frames + 1).min(self.count);
        for index in 0..begun {
            let (player, request_seq) = self.request(index, player_count);
            inputs[player.index()].request_seq = request_seq;
            inputs[player.index()].archetype_hint = index as u8;
        }
        let due = |index: &u32| index * self.period_frames + self.commit_after_frames <= frame && is_committed(*index);
        let committed = (0..begun).filter(due);
        for (number, index) in committed.enumerate() {
            inputs[0].commit_seq = number as u8 + 1;
            inputs[0].commit_slot = index as u8;
        }
    }
}
