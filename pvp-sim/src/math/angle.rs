//! Owns [`Angle`], a binary angle: 65,536 steps to the turn.
//!
//! It must not know radians beyond the conversion; the tables are in `trig`.

use core::fmt;
use core::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use bytemuck::{Pod, Zeroable};

use super::fx::Fx;
use super::trig;

/// A direction: 0 points to +x, a quarter turn to +y (up), counter-clockwise.
///
/// Addition wraps around the turn, which is what angles do; so no angle is ever out of range.
///
/// ```
/// use pvp_sim::{Angle, Fx};
///
/// let up = Angle::QUARTER_TURN;
/// assert_eq!(up.sin_cos(), (Fx::ONE, Fx::ZERO));
/// assert_eq!(up + up + up + up, Angle::ZERO);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Pod, Zeroable)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
#[repr(transparent)]
pub struct Angle(u16);

impl Angle {
    /// Along +x.
    pub const ZERO: Angle = Angle(0);
    /// 45 degrees.
    pub const EIGHTH_TURN: Angle = Angle(0x2000);
    /// 90 degrees, along +y.
    pub const QUARTER_TURN: Angle = Angle(0x4000);
    /// 180 degrees, along −x.
    pub const HALF_TURN: Angle = Angle(0x8000);

    /// An angle from its steps of 1/65,536 turn.
    #[inline(always)]
    #[must_use]
    pub const fn from_bits(bits: u16) -> Angle {
        Angle(bits)
    }

    /// The steps of 1/65,536 turn.
    #[inline(always)]
    #[must_use]
    pub const fn to_bits(self) -> u16 {
        self.0
    }

    /// An angle from an input byte: steps of 1/256 turn.
    #[inline(always)]
    #[must_use]
    pub const fn from_byte(byte: u8) -> Angle {
        Angle((byte as u16) << 8)
    }

    /// The nearest step of 1/256 turn.
    #[inline(always)]
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        (self.0.wrapping_add(0x80) >> 8) as u8
    }

    /// An angle in whole degrees; any integer, rounded half away from zero.
    #[must_use]
    pub const fn from_degrees(degrees: i32) -> Angle {
        let scaled = (degrees % 360) * 65_536;
        let half = if scaled < 0 { -180 } else { 180 };
        Angle(((scaled + half) / 360) as u16)
    }

    /// The angle in degrees, 0 to 360, rounded to the nearest step of [`Fx`].
    #[must_use]
    pub const fn to_degrees(self) -> Fx {
        Fx::from_bits(self.0 as i32 * 360)
    }

    /// An angle in turns: only the fraction counts, exactly.
    #[inline(always)]
    #[must_use]
    pub const fn from_turns(turns: Fx) -> Angle {
        Angle(turns.to_bits() as u16)
    }

    /// The angle in turns, 0 to 1, exact.
    #[inline(always)]
    #[must_use]
    pub const fn to_turns(self) -> Fx {
        Fx::from_bits(self.0 as i32)
    }

    /// The sine, correctly rounded.
    #[inline]
    #[must_use]
    pub const fn sin(self) -> Fx {
        trig::sin(self.0)
    }

    /// The cosine, correctly rounded.
    #[inline]
    #[must_use]
    pub const fn cos(self) -> Fx {
        trig::sin(self.0.wrapping_add(0x4000))
    }

    /// The sine and the cosine, in this order.
    #[inline]
    #[must_use]
    pub const fn sin_cos(self) -> (Fx, Fx) {
        (self.sin(), self.cos())
    }

    /// The direction of the vector `(x, y)`, to the nearest step; zero for the zero vector.
    #[inline]
    #[must_use]
    pub const fn atan2(y: Fx, x: Fx) -> Angle {
        Angle(trig::atan2(y.to_bits(), x.to_bits()))
    }

    /// The shortest signed way from `self` to `target`, in steps of 1/65,536 turn; half a turn counts as negative.
    #[inline(always)]
    #[must_use]
    pub const fn steps_to(self, target: Angle) -> i16 {
        target.0.wrapping_sub(self.0) as i16
    }

    /// Turns towards `target` the short way, by at most `steps_max` of 1/65,536 turn, and never past it.
    #[inline]
    #[must_use]
    pub const fn rotate_towards(self, target: Angle, steps_max: u16) -> Angle {
        let steps = self.steps_to(target);
        if steps.unsigned_abs() <= steps_max {
            target
        } else if steps < 0 {
            Angle(self.0.wrapping_sub(steps_max))
        } else {
            Angle(self.0.wrapping_add(steps_max))
        }
    }

    /// Interpolates the short way: `self` at `t = 0`, `target` at `t = 1`.
    #[inline]
    #[must_use]
    pub const fn lerp(self, target: Angle, t: Fx) -> Angle {
        let product = self.steps_to(target) as i64 * t.to_bits() as i64;
        let half = if product < 0 { -0x8000 } else { 0x8000 };
        Angle(self.0.wrapping_add(((product + half) / 0x1_0000) as u16))
    }

    /// The direction seen in a mirror that swaps left and right.
    #[inline(always)]
    #[must_use]
    pub const fn mirror_x(self) -> Angle {
        Angle(0x8000u16.wrapping_sub(self.0))
    }
}

impl Add for Angle {
    type Output = Angle;
    #[inline(always)]
    fn add(self, rhs: Angle) -> Angle {
        Angle(self.0.wrapping_add(rhs.0))
    }
}

impl Sub for Angle {
    type Output = Angle;
    #[inline(always)]
    fn sub(self, rhs: Angle) -> Angle {
        Angle(self.0.wrapping_sub(rhs.0))
    }
}

impl Neg for Angle {
    type Output = Angle;
    #[inline(always)]
    fn neg(self) -> Angle {
        Angle(self.0.wrapping_neg())
    }
}

impl AddAssign for Angle {
    #[inline(always)]
    fn add_assign(&mut self, rhs: Angle) {
        *self = *self + rhs;
    }
}

impl SubAssign for Angle {
    #[inline(always)]
    fn sub_assign(&mut self, rhs: Angle) {
        *self = *self - rhs;
    }
}

/// Prints degrees.
impl fmt::Display for Angle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}°", self.to_degrees())
    }
}

impl fmt::Debug for Angle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2}°({})", self.to_degrees(), self.0)
    }
}
