//! Owns [`Wide`], the exact 64-bit product of two [`Fx`]: squared distances, dot products.
//!
//! It is for comparing and adding up; it must not grow into a second number type with its own mathematics.

use core::ops::{Add, Neg, Sub};

use bytemuck::{Pod, Zeroable};

use super::fx::{FRACTION_BITS, Fx};
use super::root::floor_root_u32;

/// A signed number with 32 integer bits and 32 fraction bits, such as a squared distance.
///
/// Products of two [`Fx`] are exact in it; `+`, `-` and negation saturate.
///
/// ```
/// use pvp_sim::{Fx, Vec2};
///
/// let far = Vec2::new(Fx::from_int(20_000), Fx::from_int(20_000));
/// assert!(far.length_squared() > Fx::from_int(25_000).squared());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Pod, Zeroable)]
#[repr(transparent)]
pub struct Wide(i64);

impl Wide {
    /// 0.
    pub const ZERO: Wide = Wide(0);
    /// The largest value, just under 2^31 square units.
    pub const MAX: Wide = Wide(i64::MAX);

    /// The number whose raw Q32.32 bits are `bits`.
    #[inline(always)]
    #[must_use]
    pub const fn from_bits(bits: i64) -> Wide {
        Wide(bits)
    }

    /// The raw Q32.32 bits.
    #[inline(always)]
    #[must_use]
    pub const fn to_bits(self) -> i64 {
        self.0
    }

    /// The square root, rounded down and saturating; zero for negative numbers.
    #[inline]
    #[must_use]
    pub const fn sqrt(self) -> Fx {
        if self.0 as u64 >> 32 == 0 {
            return Fx::from_bits(floor_root_u32(self.0 as u32) as i32);
        }
        if self.0 < 0 {
            return Fx::ZERO;
        }
        let root = (self.0 as u64).isqrt();
        if root > i32::MAX as u64 {
            Fx::MAX
        } else {
            Fx::from_bits(root as i32)
        }
    }

    /// The nearest [`Fx`], half away from zero, saturating.
    #[inline]
    #[must_use]
    pub const fn to_fx(self) -> Fx {
        let magnitude = self.0.unsigned_abs();
        let rounded = (magnitude + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS;
        match (rounded > i32::MAX as u64, self.0 < 0) {
            (true, true) => Fx::MIN,
            (true, false) => Fx::MAX,
            (false, true) => Fx::from_bits(-(rounded as i32)),
            (false, false) => Fx::from_bits(rounded as i32),
        }
    }
}

impl From<Fx> for Wide {
    fn from(value: Fx) -> Wide {
        Wide((value.to_bits() as i64) << FRACTION_BITS)
    }
}

impl Add for Wide {
    type Output = Wide;
    #[inline(always)]
    fn add(self, rhs: Wide) -> Wide {
        Wide(self.0.saturating_add(rhs.0))
    }
}

impl Sub for Wide {
    type Output = Wide;
    #[inline(always)]
    fn sub(self, rhs: Wide) -> Wide {
        Wide(self.0.saturating_sub(rhs.0))
    }
}

impl Neg for Wide {
    type Output = Wide;
    #[inline(always)]
    fn neg(self) -> Wide {
        Wide(self.0.saturating_neg())
    }
}
