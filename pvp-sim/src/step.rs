//! Owns one frame of the simulation: its phases in their one visible order.
//! Must not read anything but its arguments; each phase lives in its own file under `step/`.

mod inputs;
mod requests;
mod movers;
mod footing;
mod triggers;
mod projectiles;
mod hits;
mod effects;
mod rules;
#[cfg(feature = "scenario")]
pub(crate) mod heavy;

pub use hits::{area_damage, boosted_damage};

use crate::content::ContentStore;
use crate::def::MatchDef;
use crate::event::Events;
use crate::input::{Input, PlayerId};
use crate::math::{Fx, Vec2};
use crate::modifier::{Factors, ModKind};
use crate::state::{MatchState, PackedWeapon, Parts, WEAPONS_PER_PLAYER};
use crate::weapon::{WeaponDef, WeaponSpec};

/// Advances `state` by one frame.
///
/// `inputs[p]` is player `p`'s input; missing inputs count as "no input", surplus ones are ignored.
/// `events` is cleared first and then filled with what happened.
/// The result depends on the arguments alone and is the same on every machine, in dev and in release.
pub fn step<S: MatchState>(
    def: &MatchDef,
    content: &ContentStore,
    state: &mut S,
    inputs: &[Input],
    events: &mut Events,
) {
    events.clear();
    let mut frame = Scene::new(def, content, state.parts(), inputs, events);
    for phase in PHASES {
        phase(&mut frame);
    }
}

/// The phases in order.
const PHASES: [fn(&mut Scene<'_>); 8] = [
    inputs::run,
    requests::run,
    movers::run,
    triggers::run,
    projectiles::run,
    hits::run,
    effects::run,
    rules::run,
];

const PLAYER_COUNT_MAX: usize = 8;
/// Nothing is faster than this, whatever the definition says: no arena is larger, and no sum of a phase overflows.
const SPEED_LIMIT: Fx = Fx::from_int(64);

/// What the phases of one frame share; gone when the frame is done.
pub(crate) struct Scene<'a> {
    def: &'a MatchDef,
    content: &'a ContentStore,
    parts: Parts<'a>,
    inputs: [Input; PLAYER_COUNT_MAX],
    events: &'a mut Events,
    /// What the live modifiers make of the physics in this frame.
    factors: Factors,
    /// How far each player moved in this frame, for hits against moving players.
    moved: [Vec2; PLAYER_COUNT_MAX],
    blasts: Blasts,
}

/// Area damage that waits for the `hits` phase.
struct Blasts {
    waiting: [Blast; 32],
    count: usize,
}

#[derive(Copy, Clone)]
struct Blast {
    position: Vec2,
    by: PlayerId,
    /// Which of its sender's kept weapons goes off.
    weapon_index: u8,
}

impl<'a> Scene<'a> {
    fn new(
        def: &'a MatchDef,
        content: &'a ContentStore,
        parts: Parts<'a>,
        inputs: &[Input],
        events: &'a mut Events,
    ) -> Scene<'a> {
        let mut latched = [Input::default(); PLAYER_COUNT_MAX];
        for (place, input) in latched.iter_mut().zip(inputs) {
            *place = *input;
        }
        let factors = Factors::of(&parts.world.modifiers, parts.world.frame);
        let nothing = Blast {
            position: Vec2::ZERO,
            by: PlayerId(0),
            weapon_index: 0,
        };
        let blasts = Blasts {
            waiting: [nothing; 32],
            count: 0,
        };
        Scene {
            def,
            content,
            parts,
            inputs: latched,
            events,
            factors,
            moved: [Vec2::ZERO; PLAYER_COUNT_MAX],
            blasts,
        }
    }

    fn factor(&self, kind: ModKind) -> Fx {
        self.factors.factor(kind)
    }

    fn weapon(&self, player: PlayerId, index: usize) -> WeaponSpec {
        self.parts.weapons[player.index() * WEAPONS_PER_PLAYER + index % WEAPONS_PER_PLAYER].spec()
    }

    fn held_weapon(&self, player: usize) -> WeaponSpec {
        self.weapon(PlayerId(player as u8), self.parts.players[player].weapon_index as usize)
    }

    /// Puts a weapon into the player's hands; the ones before stay kept for their projectiles in flight.
    fn equip(&mut self, player: usize, weapon: &WeaponDef, is_starter: bool) {
        let holder = &mut self.parts.players[player];
        holder.weapon_index = (holder.weapon_index + 1) % WEAPONS_PER_PLAYER as u32;
        holder.is_starter = u32::from(is_starter);
        holder.ammo = u32::from(weapon.spec().ammo);
        holder.cooldown_frames = 20;
        holder.burst_count = 0;
        self.parts.weapons[player * WEAPONS_PER_PLAYER + holder.weapon_index as usize] = PackedWeapon::new(weapon);
    }

    fn queue_blast(&mut self, blast: Blast) {
        if let Some(place) = self.blasts.waiting.get_mut(self.blasts.count) {
            *place = blast;
            self.blasts.count += 1;
        }
    }
}
