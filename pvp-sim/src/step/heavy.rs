//! Owns heavy mode: a frame in which the state moves to another place in memory between all phases.
//!
//! It must give what `step` gives; where it does not, a phase kept something that the state does not hold.

use super::{Blasts, PHASES, Scene};
use crate::content::ContentStore;
use crate::def::MatchDef;
use crate::event::Events;
use crate::input::Input;
use crate::math::Vec2;
use crate::modifier::Factors;
use crate::state::{MatchState, Parts};

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
    let mut shared = Scene::new(def, content, home.parts(), inputs, events).into_shared();
    for (number, phase) in PHASES.into_iter().enumerate() {
        let saved = home.checksum();
        *other = *home;
        bytemuck::bytes_of_mut(home).fill(0xa5);
        (home, other) = (other, home);
        assert_eq!(home.checksum(), saved, "restored before phase {number}");
        let mut scene = shared.into_scene(def, content, home.parts(), events);
        phase(&mut scene);
        shared = scene.into_shared();
    }
    *state = *home;
}

/// What a scene holds beside what it borrows: the values that one phase leaves to the next.
struct Shared {
    inputs: [Input; super::PLAYER_COUNT_MAX],
    factors: Factors,
    moved: [Vec2; super::PLAYER_COUNT_MAX],
    blasts: Blasts,
}

impl Shared {
    fn into_scene<'a>(
        self,
        def: &'a MatchDef,
        content: &'a ContentStore,
        parts: Parts<'a>,
        events: &'a mut Events,
    ) -> Scene<'a> {
        let Shared {
            inputs,
            factors,
            moved,
            blasts,
        } = self;
        Scene {
            def,
            content,
            parts,
            inputs,
            events,
            factors,
            moved,
            blasts,
        }
    }
}

impl Scene<'_> {
    fn into_shared(self) -> Shared {
        let Scene {
            inputs,
            factors,
            moved,
            blasts,
            ..
        } = self;
        Shared {
            inputs,
            factors,
            moved,
            blasts,
        }
    }
}
