//! Owns the scene in `pvp-sim`: the engine's own load scene, through its public interface.

use pvp_sim::MatchState;
use pvp_sim::scenario::LoadPlay;

use super::engine::Engine;

impl<S: MatchState> Engine for LoadPlay<S> {
    type Snapshot = S;

    fn step(&mut self) {
        LoadPlay::step(self);
    }

    fn save(&self) -> S {
        self.play.state
    }

    fn restore(&mut self, snapshot: &S) {
        self.play.state = *snapshot;
    }

    fn checksum(&self) -> u64 {
        self.play.state.checksum()
    }

    fn snapshot_bytes(&self) -> usize {
        size_of::<S>()
    }

    fn projectiles_outside(&self) -> usize {
        LoadPlay::projectiles_outside(self)
    }
}
