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

#[cfg(feature = "scenario")]
pub mod scenario;

pub use math::{Angle, Fx, Vec2, Wide};
pub use rng::Rng;

pub use archetype::Archetype;
pub use content::{Content, ContentError, ContentStore};
pub use input::{Buttons, Frame, Input, PlayerId};
pub use modifier::{Factors, MODIFIER_COUNT, ModKind, Modifier};
pub use weapon::{
    Effect, WEAPON_LIMITS, WeaponDef, WeaponError, WeaponField, WeaponFlags, WeaponSpec, fallback_weapon,
    starter_weapon,
};
