//! Fixed-point deterministic 2D combat simulation for rollback games.
#![no_std]
#![deny(clippy::float_arithmetic, clippy::float_cmp, clippy::iter_over_hash_type)]

#[cfg(any(test, feature = "std", feature = "arbitrary"))]
extern crate std;

pub mod math;
pub mod rng;

pub use math::{Angle, Fx, Vec2, Wide};
pub use rng::Rng;
