//! Fixed-point deterministic 2D combat simulation for rollback games.
//!
//! It is not a general physics engine: there are no joints, no stacks and no rotation of bodies.
//! It has no network, no clock and no drawing; `pvp-net` plays it over the network.
//!
//! ```
//! use pvp_sim::{Buttons, ContentStore, Events, Input, MatchDef, MatchState, State, step};
//!
//! let def = MatchDef::duel(7);
//! let content = ContentStore::new();
//! let mut events = Events::new();
//! let mut state = State::new(&def);
//!
//! let run = Input { buttons: Buttons::RIGHT, ..Input::default() };
//! for _ in 0..120 {
//!     step(&def, &content, &mut state, &[run, Input::default()], &mut events);
//! }
//! let saved = state; // a snapshot is a copy
//! step(&def, &content, &mut state, &[run, run], &mut events);
//!
//! // Going back and doing the same again gives the same state, here and on every other machine.
//! let mut again = saved;
//! step(&def, &content, &mut again, &[run, run], &mut events);
//! assert_eq!(again.checksum(), state.checksum());
//! ```
//!
//! # The main types
//!
//! - [`MatchDef`]: everything agreed before a match: arena, rules, physics, seed.
//! - [`DuelState`] and [`SwarmState`] behind [`MatchState`]: everything that changes, as plain words.
//! - [`Input`]: what a player sends in a frame, six bytes.
//! - [`WeaponDef`] and [`Content`]: a weapon in range, and what a host commits; [`ContentStore`] holds it.
//! - [`Event`]: what happened in a frame, for sounds and pictures; output only.
//! - [`Query`]: rays, circle casts and overlaps, with [`Layers`]; for bots, aim lines and rules of your own.
//! - [`Fx`], [`Vec2`], [`Angle`], [`Rng`], [`sweep`]: the parts, for a game of your own (`examples/puck.rs`).
//!
//! # Determinism contract
//!
//! *The same definition, content, state and inputs give the same next state, bit for bit.*
//! That holds on every processor that Rust compiles to, for either byte order, 32 and 64 bits, in dev and in release,
//! natively and as wasm.
//! It is tested with golden traces on x86_64, aarch64, i686, s390x and wasm32 (`.ci/targets.sh`).
//!
//! In return:
//!
//! - [`step`] reads nothing but its arguments, so they must be equal: compare [`MatchDef::ruleset_hash`] first.
//! - Content that a commit names must be in the store of every peer *before* the frame of the commit is simulated.
//! - A change of a rule, a constant or an order of phases is a new version, because old replays no longer verify:
//!   the golden traces change, and `CHANGELOG.md` says so under **Determinism**.
//!
//! What breaks determinism in practice, and which check would notice, is in `docs/determinism.md`.
//!
//! # Features
//!
//! - `scenario` (default): scenes, golden traces and load scenes for tests and benches.
//! - `glam`: conversions to floats and `glam` for drawing.
//! - `serde`: `Serialize` and `Deserialize` for the numbers and [`WeaponSpec`].
//! - `arbitrary`: `Arbitrary` for the numbers, for fuzzing; needs `std`.
//!
//! `bytemuck` and `fixed` are always there: a state is plain data, and a number is a `fixed` number inside.
//! The crate is `no_std` and does not allocate.
//!
//! # Panics and errors
//!
//! No input, content, snapshot or definition makes [`step`] panic.
//! What comes from outside is parsed once, into types that are in range ([`WeaponDef::parse`], [`Content::decode`],
//! [`ArenaDef::new`], [`load_snapshot`]), and each has an error that says what is wrong.
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
mod query;
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
pub use checksum::checksum_of;
pub use content::{Content, ContentError, ContentStore};
pub use def::{MatchDef, PhysicsDef, RulesDef};
pub use event::{EVENT_COUNT_MAX, Event, Events};
pub use fields::{FieldName, byte_name, field_name};
pub use input::{Buttons, Frame, Input, PlayerId};
pub use modifier::{Factors, MODIFIER_COUNT, ModKind, Modifier};
pub use query::{Layers, Query, QueryHit, Target};
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
