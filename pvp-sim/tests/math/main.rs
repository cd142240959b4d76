//! Owns the tests of the numbers: each operation against a model in `i128`, or in `f64` where the truth is a real number.
#![allow(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "the model of trigonometry is a float"
)]

mod model;
mod fx;
mod wide;
mod vec2;
mod angle;
mod rng;
mod plain;
#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "glam")]
mod glam;
