//! Owns where the other player is drawn: after a rollback the figure glides to its corrected place instead of jumping.
//! Must not be read by the simulation: only pictures are made of what it gives.

use pvp_net::smooth::{SmoothConfig, ViewSmoother};
use pvp_sim::{DuelState, Fx, MatchState, Vec2};

/// A correction that is farther is a jump that happened in the match: drawn at once. In units.
pub const SNAP_DISTANCE: f32 = 6.0;
/// Frames until half of an error is gone.
pub const HALF_LIFE_FRAMES: f32 = 3.0;

/// The two newest states as they are drawn.
pub struct Gliding {
    view: ViewSmoother,
    remote: usize,
    before: Box<DuelState>,
    shown: Box<DuelState>,
}

impl Gliding {
    /// Lets the figure of player `remote` glide, from `start` on.
    #[must_use]
    pub fn new(remote: u8, start: &DuelState) -> Gliding {
        let config = SmoothConfig {
            snap_distance: SNAP_DISTANCE,
            half_life_frames: HALF_LIFE_FRAMES,
        };
        Gliding {
            view: ViewSmoother::new(config),
            remote: usize::from(remote % 2),
            before: Box::new(*start),
            shown: Box::new(*start),
        }
    }

    /// Takes the newest state after a frame was simulated, and how many frames were simulated again for it.
    pub fn follow(&mut self, state: &DuelState, rollback_depth_frames: u32) {
        std::mem::swap(&mut self.before, &mut self.shown);
        if state.world().round != self.before.world().round || state.frame() <= self.before.frame() {
            // Everybody stands somewhere else, in another round or another match.
            self.view.reset();
        }
        *self.shown = *state;
        let player = &state.players()[self.remote];
        let place = self.view.place(
            0,
            floats(player.position),
            floats(player.velocity),
            rollback_depth_frames > 0,
        );
        self.view.end_frame();
        let base = std::ptr::from_ref::<DuelState>(&self.shown).addr();
        let word = (std::ptr::from_ref(&self.shown.players()[self.remote].position).addr() - base) / 4;
        let words: &mut [u32] = bytemuck::cast_slice_mut(std::slice::from_mut(&mut *self.shown));
        for (word, value) in words[word..].iter_mut().zip(place) {
            *word = bits(value);
        }
    }

    /// The state before the newest one, and the newest one, as they are drawn.
    #[must_use]
    pub fn pictured(&self) -> [&DuelState; 2] {
        [&self.before, &self.shown]
    }
}

/// Units of a fixed-point number.
const ONE: f32 = 65_536.0;

fn floats(vector: Vec2) -> [f32; 2] {
    [vector.x, vector.y].map(|value: Fx| value.to_bits() as f32 / ONE)
}

fn bits(value: f32) -> u32 {
    ((value * ONE) as i32).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pvp_sim::MatchDef;

    #[test]
    fn without_a_rollback_the_picture_is_the_state() {
        let def = MatchDef::duel(3);
        let mut state = DuelState::new(&def);
        let mut gliding = Gliding::new(1, &state);
        let run = pvp_sim::Input {
            buttons: pvp_sim::Buttons::LEFT | pvp_sim::Buttons::JUMP,
            ..pvp_sim::Input::default()
        };
        for _ in 0..300 {
            let before = state;
            let mut events = pvp_sim::Events::new();
            pvp_sim::step(&def, &pvp_sim::ContentStore::new(), &mut state, &[run; 2], &mut events);
            gliding.follow(&state, 0);
            assert_eq!(gliding.pictured(), [&before, &state], "frame {}", state.frame().0);
        }
    }
}
