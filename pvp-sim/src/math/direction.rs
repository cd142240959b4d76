//! Owns what vectors say about directions: the angle between two, turning one towards another.
//!
//! Angles are steps of 1/65,536 turn; where a direction comes from `atan2`, its bound holds here too.

use super::{Angle, Fx, Vec2};

impl Vec2 {
    /// The turn from this direction to another, counter-clockwise; the zero vector counts as pointing to +x.
    #[inline]
    #[must_use]
    pub const fn angle_to(self, target: Vec2) -> Angle {
        Angle::from_bits(target.to_angle().to_bits().wrapping_sub(self.to_angle().to_bits()))
    }

    /// Turns towards the direction of `target` the short way, by at most `steps_max` of 1/65,536 turn.
    ///
    /// The length stays, up to the rounding of the components; a zero vector on either side changes nothing.
    #[inline]
    #[must_use]
    pub fn rotate_towards(self, target: Vec2, steps_max: u16) -> Vec2 {
        if self.is_zero() || target.is_zero() {
            return self;
        }
        let turned = self.to_angle().rotate_towards(target.to_angle(), steps_max);
        Vec2::from_angle(turned) * self.length()
    }

    /// This vector with a length of at least `length_min`; the zero vector stays.
    #[inline]
    #[must_use]
    pub const fn clamp_length_min(self, length_min: Fx) -> Vec2 {
        self.clamp_length(length_min, Fx::MAX)
    }

    /// Whether the length is 1 within two steps of 1/65,536, as what the normalizing functions return.
    #[inline]
    #[must_use]
    pub const fn is_normalized(self) -> bool {
        self.length().to_bits().abs_diff(Fx::ONE.to_bits()) <= 2
    }

    /// The sum of both components, saturating.
    #[inline(always)]
    #[must_use]
    pub const fn element_sum(self) -> Fx {
        self.x.saturating_add(self.y)
    }

    /// The components rounded up.
    #[inline(always)]
    #[must_use]
    pub const fn ceil(self) -> Vec2 {
        Vec2::new(self.x.ceil(), self.y.ceil())
    }

    /// The components rounded towards zero.
    #[inline(always)]
    #[must_use]
    pub const fn trunc(self) -> Vec2 {
        Vec2::new(self.x.trunc(), self.y.trunc())
    }
}
