//! Owns the conversions to and from floats, for drawing and for tools only (feature `glam`).
//!
//! This is the one file of the crate that may name a float; nothing in the simulation may call it.
#![allow(
    clippy::disallowed_types,
    clippy::float_arithmetic,
    reason = "the boundary to drawing code"
)]

use super::{Angle, Fx, Vec2};

impl Fx {
    /// The nearest `f32`, for drawing.
    #[inline]
    #[must_use]
    pub fn to_f32(self) -> f32 {
        self.to_bits() as f32 / 65_536.0
    }

    /// The exact value as `f64`, for tools and tests.
    #[inline]
    #[must_use]
    pub fn to_f64(self) -> f64 {
        f64::from(self.to_bits()) / 65_536.0
    }

    /// The nearest number to a float, saturating, NaN gives zero; for tools, never for the simulation.
    ///
    /// Floats differ between machines as soon as they come out of anything but `+ - * /` and `sqrt`.
    #[must_use]
    pub fn from_f64_lossy(value: f64) -> Fx {
        let scaled = value * 65_536.0;
        Fx::from_bits(if scaled < 0.0 {
            (scaled - 0.5) as i32
        } else {
            (scaled + 0.5) as i32
        })
    }
}

impl Vec2 {
    /// This vector for drawing code.
    #[inline]
    #[must_use]
    pub fn to_glam(self) -> glam::Vec2 {
        glam::Vec2::new(self.x.to_f32(), self.y.to_f32())
    }

    /// The nearest vector to a float vector (a mouse position, say), saturating; never for the simulation.
    #[must_use]
    pub fn from_glam_lossy(value: glam::Vec2) -> Vec2 {
        Vec2::new(
            Fx::from_f64_lossy(f64::from(value.x)),
            Fx::from_f64_lossy(f64::from(value.y)),
        )
    }
}

impl Angle {
    /// The angle in radians, 0 to 2π, for drawing.
    #[inline]
    #[must_use]
    pub fn to_radians_f32(self) -> f32 {
        f32::from(self.to_bits()) * (core::f32::consts::TAU / 65_536.0)
    }
}

impl From<Vec2> for glam::Vec2 {
    fn from(value: Vec2) -> glam::Vec2 {
        value.to_glam()
    }
}
