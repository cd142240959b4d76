//! Fixed-point deterministic 2D combat simulation for rollback games.
#![no_std]
#![deny(clippy::float_arithmetic, clippy::float_cmp, clippy::iter_over_hash_type)]

#[cfg(any(test, feature = "std", feature = "arbitrary"))]
extern crate std;

pub mod math;
pub mod rng;

mod input;
mod weapon;
mod archetype;
mod modifier;
mod content;
mod arena;
mod generate;
mod def;
mod state;
mod event;
mod checksum;
pub mod sweep;
mod step;
mod snapshot;
mod fields;
pub mod bot;

#[cfg(feature = "scenario")]
pub mod scenario;

pub use math::{Angle, Fx, Vec2, Wide};
pub use rng::Rng;

pub use archetype::Archetype;
pub use arena::{ArenaDef, ArenaError, SOLID_COUNT_MAX, SPAWN_COUNT_MAX, Solid, SolidKind};
pub use content::{Content, ContentError, ContentStore};
pub use def::{MatchDef, PhysicsDef, RulesDef};
pub use event::{EVENT_COUNT_MAX, Event, Events};
pub use fields::{FieldName, field_name};
pub use input::{Buttons, Frame, Input, PlayerId};
pub use modifier::{Factors, MODIFIER_COUNT, ModKind, Modifier};
pub use snapshot::{
    SNAPSHOT_HEADER_BYTES, STATE_VERSION, SnapshotError, layout_hash, load_snapshot, save_snapshot, snapshot_bytes,
};
pub use state::{
    DuelState, MatchState, NO_GROUND, PLAYER_HALF_HEIGHT, PLAYER_HALF_WIDTH, PackedWeapon, Phase, Player, Projectile,
    SwarmState, WEAPONS_PER_PLAYER, World,
};
pub use step::{area_damage, boosted_damage, step};
pub use weapon::{
    Effect, WEAPON_LIMITS, WeaponDef, WeaponError, WeaponField, WeaponFlags, WeaponSpec, fallback_weapon,
    starter_weapon,
};

/// The state of the usual match: a duel.
pub type State = DuelState;
