//! Fixed-point mathematics: numbers, vectors, binary angles and trigonometry.
//!
//! Nothing in here reads a float, panics, or behaves differently in dev and release.
//! Drawing code converts at the boundary only (`boundary`, feature `glam`).

mod fx;
mod wide;
mod vec2;
mod direction;
mod angle;
pub(crate) mod trig;
mod root;
mod tables;
#[cfg(feature = "glam")]
mod boundary;
#[cfg(feature = "arbitrary")]
mod arbitrary;

pub use angle::Angle;
pub use fx::Fx;
pub(crate) use root::floor_root_u32;
pub use vec2::Vec2;
pub use wide::Wide;
