//! Owns [`Fx`], the one number type of the simulation: Q16.16 in 32 bits.
//!
//! It must not use a float, a plain `fixed` operator (those panic in dev and wrap in release) or floor rounding.

use core::fmt;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use bytemuck::{Pod, Zeroable};
use fixed::types::I16F16;

use super::root::floor_root;
use super::wide::Wide;

/// A signed fixed-point number with 16 integer bits and 16 fraction bits (a newtype of [`I16F16`]).
///
/// The range is −32,768 to 32,768 − 1/65,536 and one step is 1/65,536.
///
/// # Rounding
///
/// Multiplication and division round to the nearest step, half away from zero.
/// So `(-a) * b == -(a * b)` always holds: a mirrored match plays out mirrored.
///
/// # Overflow
///
/// Every operator saturates at [`Fx::MIN`] or [`Fx::MAX`], in dev and in release alike, so nothing teleports.
/// The `wrapping_*` methods wrap as `i32` does and `checked_*` return `None`.
/// Division by zero saturates with the sign of the dividend, and `0 / 0` is zero.
///
/// ```
/// use pvp_sim::Fx;
///
/// let half = Fx::from_ratio(1, 2);
/// assert_eq!(half * Fx::from_int(3), Fx::from_ratio(3, 2));
/// assert_eq!(Fx::MAX + Fx::ONE, Fx::MAX);
/// assert_eq!(Fx::ONE / Fx::ZERO, Fx::MAX);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Pod, Zeroable)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(transparent))]
#[repr(transparent)]
pub struct Fx(I16F16);

/// Fraction bits of [`Fx`].
pub(crate) const FRACTION_BITS: u32 = 16;
const HALF_STEP: i64 = 1 << (FRACTION_BITS - 1);

/// Clamps a 64-bit raw value into the range of `i32`.
#[inline(always)]
const fn saturate(bits: i64) -> i32 {
    if bits > i32::MAX as i64 {
        i32::MAX
    } else if bits < i32::MIN as i64 {
        i32::MIN
    } else {
        bits as i32
    }
}

/// Divides by 2^16, rounding half away from zero.
///
/// The caller keeps `product` at least 2^15 away from the ends of `i64`.
#[inline(always)]
const fn round_shift(product: i64) -> i64 {
    (product + HALF_STEP + (product >> 63)) >> FRACTION_BITS
}

/// Divides two integers, rounding half away from zero; `divisor` is not zero and neither is `i64::MIN`.
#[inline(always)]
const fn round_div(dividend: i64, divisor: i64) -> i64 {
    let half = (divisor.abs() / 2) * if dividend < 0 { -1 } else { 1 };
    (dividend + half) / divisor
}

impl Fx {
    /// 0.
    pub const ZERO: Fx = Fx::from_bits(0);
    /// 1.
    pub const ONE: Fx = Fx::from_int(1);
    /// −1.
    pub const NEG_ONE: Fx = Fx::from_int(-1);
    /// 2.
    pub const TWO: Fx = Fx::from_int(2);
    /// 1/2.
    pub const HALF: Fx = Fx::from_bits(1 << 15);
    /// The smallest positive number, 1/65,536.
    pub const EPSILON: Fx = Fx::from_bits(1);
    /// The largest number, 32,768 − 1/65,536.
    pub const MAX: Fx = Fx::from_bits(i32::MAX);
    /// The smallest number, −32,768.
    pub const MIN: Fx = Fx::from_bits(i32::MIN);
    /// π, rounded to the nearest step.
    pub const PI: Fx = Fx::from_bits(205_887);
    /// 2π, rounded to the nearest step.
    pub const TAU: Fx = Fx::from_bits(411_775);
    /// π/2, rounded to the nearest step.
    pub const FRAC_PI_2: Fx = Fx::from_bits(102_944);
    /// √½, rounded to the nearest step.
    pub const FRAC_1_SQRT_2: Fx = Fx::from_bits(46_341);

    /// The number whose raw Q16.16 bits are `bits`.
    #[inline(always)]
    #[must_use]
    pub const fn from_bits(bits: i32) -> Fx {
        Fx(I16F16::from_bits(bits))
    }

    /// The raw Q16.16 bits.
    #[inline(always)]
    #[must_use]
    pub const fn to_bits(self) -> i32 {
        self.0.to_bits()
    }

    /// A whole number; exact for every argument.
    #[inline(always)]
    #[must_use]
    pub const fn from_int(value: i16) -> Fx {
        Fx::from_bits((value as i32) << FRACTION_BITS)
    }

    /// `numerator / denominator`, rounded half away from zero, saturating.
    ///
    /// A denominator of zero saturates with the sign of the numerator, and `0 / 0` is zero.
    #[must_use]
    pub const fn from_ratio(numerator: i32, denominator: i32) -> Fx {
        if denominator == 0 {
            return Fx::saturated_sign(numerator);
        }
        Fx::from_bits(saturate(round_div(
            (numerator as i64) << FRACTION_BITS,
            denominator as i64,
        )))
    }

    /// A Q8.8 number (256 is one), such as a modifier's factor; exact for every argument.
    #[inline(always)]
    #[must_use]
    pub const fn from_q8_8(value: i16) -> Fx {
        Fx::from_bits((value as i32) << 8)
    }

    const fn saturated_sign(bits: i32) -> Fx {
        match bits {
            0 => Fx::ZERO,
            1.. => Fx::MAX,
            _ => Fx::MIN,
        }
    }

    /// The exact product of two numbers.
    #[inline(always)]
    #[must_use]
    pub const fn wide_mul(self, rhs: Fx) -> Wide {
        Wide::from_bits(self.to_bits() as i64 * rhs.to_bits() as i64)
    }

    /// The exact square.
    #[inline(always)]
    #[must_use]
    pub const fn squared(self) -> Wide {
        self.wide_mul(self)
    }

    /// `self + rhs`, saturating; the same as the operator, and usable in constants.
    #[inline(always)]
    #[must_use]
    pub const fn saturating_add(self, rhs: Fx) -> Fx {
        Fx::from_bits(self.to_bits().saturating_add(rhs.to_bits()))
    }

    /// `self - rhs`, saturating; the same as the operator, and usable in constants.
    #[inline(always)]
    #[must_use]
    pub const fn saturating_sub(self, rhs: Fx) -> Fx {
        Fx::from_bits(self.to_bits().saturating_sub(rhs.to_bits()))
    }

    /// `self * rhs`, rounded half away from zero, saturating; the same as the operator, and usable in constants.
    #[inline(always)]
    #[must_use]
    pub const fn saturating_mul(self, rhs: Fx) -> Fx {
        Fx::from_bits(saturate(round_shift(self.to_bits() as i64 * rhs.to_bits() as i64)))
    }

    /// `self / rhs`, rounded half away from zero, saturating; the same as the operator, and usable in constants.
    #[inline(always)]
    #[must_use]
    pub const fn saturating_div(self, rhs: Fx) -> Fx {
        Fx::from_ratio(self.to_bits(), rhs.to_bits())
    }

    /// `-self`, saturating: the negative of [`Fx::MIN`] is [`Fx::MAX`].
    #[inline(always)]
    #[must_use]
    pub const fn saturating_neg(self) -> Fx {
        Fx::from_bits(self.to_bits().saturating_neg())
    }

    /// `self + rhs`, wrapping around the range; one machine instruction.
    #[inline(always)]
    #[must_use]
    pub const fn wrapping_add(self, rhs: Fx) -> Fx {
        Fx::from_bits(self.to_bits().wrapping_add(rhs.to_bits()))
    }

    /// `self - rhs`, wrapping around the range; one machine instruction.
    #[inline(always)]
    #[must_use]
    pub const fn wrapping_sub(self, rhs: Fx) -> Fx {
        Fx::from_bits(self.to_bits().wrapping_sub(rhs.to_bits()))
    }

    /// `self * rhs`, rounded half away from zero, keeping the low 32 bits of the result.
    ///
    /// For inner loops whose operands are known to be in range; it equals the operator there.
    #[inline(always)]
    #[must_use]
    pub const fn wrapping_mul(self, rhs: Fx) -> Fx {
        Fx::from_bits(round_shift(self.to_bits() as i64 * rhs.to_bits() as i64) as i32)
    }

    /// `-self`, wrapping: the negative of [`Fx::MIN`] is itself.
    #[inline(always)]
    #[must_use]
    pub const fn wrapping_neg(self) -> Fx {
        Fx::from_bits(self.to_bits().wrapping_neg())
    }

    /// `self + rhs`, or `None` on overflow.
    #[must_use]
    pub const fn checked_add(self, rhs: Fx) -> Option<Fx> {
        match self.to_bits().checked_add(rhs.to_bits()) {
            Some(bits) => Some(Fx::from_bits(bits)),
            None => None,
        }
    }

    /// `self - rhs`, or `None` on overflow.
    #[must_use]
    pub const fn checked_sub(self, rhs: Fx) -> Option<Fx> {
        match self.to_bits().checked_sub(rhs.to_bits()) {
            Some(bits) => Some(Fx::from_bits(bits)),
            None => None,
        }
    }

    /// `self * rhs` rounded half away from zero, or `None` on overflow.
    #[must_use]
    pub const fn checked_mul(self, rhs: Fx) -> Option<Fx> {
        Fx::checked_bits(round_shift(self.to_bits() as i64 * rhs.to_bits() as i64))
    }

    /// `self / rhs` rounded half away from zero, or `None` on overflow or when `rhs` is zero.
    #[must_use]
    pub const fn checked_div(self, rhs: Fx) -> Option<Fx> {
        if rhs.to_bits() == 0 {
            return None;
        }
        Fx::checked_bits(round_div(
            (self.to_bits() as i64) << FRACTION_BITS,
            rhs.to_bits() as i64,
        ))
    }

    const fn checked_bits(bits: i64) -> Option<Fx> {
        if bits == saturate(bits) as i64 {
            Some(Fx::from_bits(bits as i32))
        } else {
            None
        }
    }

    /// `self * numerator / denominator` with one rounding, half away from zero, saturating.
    ///
    /// A denominator of zero saturates with the sign of the product.
    #[must_use]
    pub const fn mul_ratio(self, numerator: i32, denominator: i32) -> Fx {
        let product = self.to_bits() as i64 * numerator as i64;
        if denominator == 0 {
            return Fx::saturated_sign(product.signum() as i32);
        }
        Fx::from_bits(saturate(round_div(product, denominator as i64)))
    }

    /// The magnitude, saturating for [`Fx::MIN`].
    #[inline(always)]
    #[must_use]
    pub const fn abs(self) -> Fx {
        Fx::from_bits(self.to_bits().saturating_abs())
    }

    /// −1, 0 or 1.
    #[inline(always)]
    #[must_use]
    pub const fn signum(self) -> Fx {
        Fx::from_int(self.to_bits().signum() as i16)
    }

    /// Whether the number is below zero.
    #[inline(always)]
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.to_bits() < 0
    }

    /// Whether the number is above zero.
    #[inline(always)]
    #[must_use]
    pub const fn is_positive(self) -> bool {
        self.to_bits() > 0
    }

    /// Whether the number is exactly zero.
    #[inline(always)]
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.to_bits() == 0
    }

    /// The smaller of two numbers.
    #[inline(always)]
    #[must_use]
    pub const fn min(self, rhs: Fx) -> Fx {
        if rhs.to_bits() < self.to_bits() { rhs } else { self }
    }

    /// The larger of two numbers.
    #[inline(always)]
    #[must_use]
    pub const fn max(self, rhs: Fx) -> Fx {
        if rhs.to_bits() > self.to_bits() { rhs } else { self }
    }

    /// The number moved into `low..=high`; when the limits are crossed, `high` wins (no panic).
    #[inline(always)]
    #[must_use]
    pub const fn clamp(self, low: Fx, high: Fx) -> Fx {
        self.max(low).min(high)
    }

    /// The magnitude of `self` with the sign of `sign` (a zero counts as positive), saturating.
    #[inline(always)]
    #[must_use]
    pub const fn copysign(self, sign: Fx) -> Fx {
        if sign.is_negative() {
            self.abs().saturating_neg()
        } else {
            self.abs()
        }
    }

    /// The largest whole number that is not larger.
    #[inline(always)]
    #[must_use]
    pub const fn floor(self) -> Fx {
        Fx::from_bits(self.to_bits() & !0xffff)
    }

    /// The smallest whole number that is not smaller, saturating.
    #[inline(always)]
    #[must_use]
    pub const fn ceil(self) -> Fx {
        Fx::from_bits(saturate((self.to_bits() as i64 + 0xffff) & !0xffff))
    }

    /// The nearest whole number, half away from zero, saturating.
    #[inline(always)]
    #[must_use]
    pub const fn round(self) -> Fx {
        Fx::from_bits(saturate(round_shift(self.to_bits() as i64) << FRACTION_BITS))
    }

    /// The whole part, rounded towards zero.
    #[inline(always)]
    #[must_use]
    pub const fn trunc(self) -> Fx {
        Fx::from_bits(self.to_bits() / 65_536 * 65_536)
    }

    /// What [`Fx::trunc`] leaves; it has the sign of the number.
    #[inline(always)]
    #[must_use]
    pub const fn fract(self) -> Fx {
        Fx::from_bits(self.to_bits() % 65_536)
    }

    /// The largest integer that is not larger.
    #[inline(always)]
    #[must_use]
    pub const fn floor_int(self) -> i32 {
        self.to_bits() >> FRACTION_BITS
    }

    /// The smallest integer that is not smaller.
    #[inline(always)]
    #[must_use]
    pub const fn ceil_int(self) -> i32 {
        ((self.to_bits() as i64 + 0xffff) >> FRACTION_BITS) as i32
    }

    /// The nearest integer, half away from zero.
    #[inline(always)]
    #[must_use]
    pub const fn round_int(self) -> i32 {
        round_shift(self.to_bits() as i64) as i32
    }

    /// The integer part, rounded towards zero.
    #[inline(always)]
    #[must_use]
    pub const fn trunc_int(self) -> i32 {
        self.to_bits() / 65_536
    }

    /// Linear interpolation: `self` at `t = 0`, `end` at `t = 1`, with one rounding; it extrapolates and saturates.
    #[inline]
    #[must_use]
    pub const fn lerp(self, end: Fx, t: Fx) -> Fx {
        // The difference takes 33 bits and `t` 32: the product stays 2^31 away from the ends of `i64`.
        let distance = end.to_bits() as i64 - self.to_bits() as i64;
        Fx::from_bits(saturate(
            self.to_bits() as i64 + round_shift(distance * t.to_bits() as i64),
        ))
    }

    /// Moves towards `target` by at most `distance_max` (a negative distance does not move).
    #[inline]
    #[must_use]
    pub const fn move_towards(self, target: Fx, distance_max: Fx) -> Fx {
        let limit = distance_max.max(Fx::ZERO);
        if target.to_bits() > self.to_bits() {
            self.saturating_add(limit).min(target)
        } else {
            self.saturating_sub(limit).max(target)
        }
    }

    /// The square root, rounded down; zero for negative numbers.
    #[inline]
    #[must_use]
    pub const fn sqrt(self) -> Fx {
        if self.to_bits() <= 0 {
            return Fx::ZERO;
        }
        Fx::from_bits(floor_root((self.to_bits() as u64) << FRACTION_BITS) as i32)
    }

    /// `1 / self`, saturating; [`Fx::ZERO`] gives [`Fx::MAX`].
    #[inline]
    #[must_use]
    pub const fn recip(self) -> Fx {
        Fx::ONE.saturating_div(self)
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $assign_trait:ident, $assign:ident, $by:ident) => {
        impl $trait for Fx {
            type Output = Fx;
            #[inline(always)]
            fn $method(self, rhs: Fx) -> Fx {
                self.$by(rhs)
            }
        }
        impl $assign_trait for Fx {
            #[inline(always)]
            fn $assign(&mut self, rhs: Fx) {
                *self = self.$by(rhs);
            }
        }
    };
}
operator!(Add, add, AddAssign, add_assign, saturating_add);
operator!(Sub, sub, SubAssign, sub_assign, saturating_sub);
operator!(Mul, mul, MulAssign, mul_assign, saturating_mul);
operator!(Div, div, DivAssign, div_assign, saturating_div);

impl Neg for Fx {
    type Output = Fx;
    #[inline(always)]
    fn neg(self) -> Fx {
        self.saturating_neg()
    }
}

/// Scaling by an integer: exact or saturated.
impl Mul<i32> for Fx {
    type Output = Fx;
    #[inline(always)]
    fn mul(self, rhs: i32) -> Fx {
        Fx::from_bits(saturate(self.to_bits() as i64 * rhs as i64))
    }
}

/// Division by an integer: rounded half away from zero; by zero it saturates.
impl Div<i32> for Fx {
    type Output = Fx;
    #[inline(always)]
    fn div(self, rhs: i32) -> Fx {
        self.mul_ratio(1, rhs)
    }
}

/// The sum of the numbers, saturating after each addition.
impl Sum for Fx {
    fn sum<I: Iterator<Item = Fx>>(numbers: I) -> Fx {
        numbers.fold(Fx::ZERO, Add::add)
    }
}

impl From<i16> for Fx {
    fn from(value: i16) -> Fx {
        Fx::from_int(value)
    }
}

impl From<I16F16> for Fx {
    fn from(value: I16F16) -> Fx {
        Fx(value)
    }
}

impl From<Fx> for I16F16 {
    fn from(value: Fx) -> I16F16 {
        value.0
    }
}

/// Prints the exact decimal value; a precision such as `{:.2}` rounds it.
impl fmt::Display for Fx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// Prints the decimal value and the raw bits, because two numbers that differ by one step look alike.
impl fmt::Debug for Fx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.5}({})", self.0, self.to_bits())
    }
}
