//! Owns heavy mode: a frame in which the state moves to another place in memory between all phases.
//!
//! It must give what `step` gives; where it does not, a phase kept something that the state does not hold.

use super::{PHASES, Scene};
use crate::content::ContentStore;
use crate::def::MatchDef;
use crate::event::Events;
use crate::input::Input;
use crate::state::MatchState;

/// Advances `state` by one frame as [`step`](super::step) does, but saves, overwrites and restores it between the phases.
///
/// # Panics
///
/// When a restored state has another checksum than the saved one.
pub fn heavy_step<S: MatchState>(
    def: &MatchDef,
    content: &ContentStore,
    state: &mut S,
    inputs: &[Input],
    events: &mut Events,
) {
    events.clear();
    let mut homes = [*state; 2];
    let [home, other] = &mut homes;
    let (mut home, mut other) = (home, other);
    let mut between = Scene::new(def, content, home.parts(), inputs, events).into_between();
    for phase in PHASES {
        let saved = home.checksum();
        *other = *home;
        bytemuck::bytes_of_mut(home).fill(0xa5);
        (home, other) = (other, home);
        assert_eq!(home.checksum(), saved, "restored before phase {}", phase.name);
        let mut scene = Scene::resume(def, content, home.parts(), events, between);
        (phase.run)(&mut scene);
        between = scene.into_between();
    }
    *state = *home;
}
