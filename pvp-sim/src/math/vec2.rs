//! Owns [`Vec2`], a vector of two [`Fx`] with the surface that a `glam` user expects.
//!
//! It must not hold trigonometry (`angle`, `trig`) or any float.

use core::fmt;
use core::iter::Sum;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use bytemuck::{Pod, Zeroable};

use super::angle::Angle;
use super::fx::Fx;
use super::wide::Wide;

/// A vector or a point: x to the right, y up, in world units.
///
/// Operators work component by component and inherit rounding and saturation from [`Fx`].
/// Sums of products (dot, squared length, rotation) are exact in 64 bits and rounded once.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Pod, Zeroable)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[repr(C)]
pub struct Vec2 {
    /// To the right.
    pub x: Fx,
    /// Up.
    pub y: Fx,
}

/// Bits to shift a vector left so that its larger component uses 31 bits; zero vectors give `None`.
#[inline(always)]
const fn headroom(x: i64, y: i64) -> Option<u32> {
    let largest = x.unsigned_abs() | y.unsigned_abs();
    if largest == 0 {
        None
    } else {
        Some(largest.leading_zeros().saturating_sub(33))
    }
}

impl Vec2 {
    /// (0, 0).
    pub const ZERO: Vec2 = Vec2::splat(Fx::ZERO);
    /// (1, 1).
    pub const ONE: Vec2 = Vec2::splat(Fx::ONE);
    /// (1, 0).
    pub const X: Vec2 = Vec2::new(Fx::ONE, Fx::ZERO);
    /// (0, 1).
    pub const Y: Vec2 = Vec2::new(Fx::ZERO, Fx::ONE);
    /// (−1, 0).
    pub const NEG_X: Vec2 = Vec2::new(Fx::NEG_ONE, Fx::ZERO);
    /// (0, −1).
    pub const NEG_Y: Vec2 = Vec2::new(Fx::ZERO, Fx::NEG_ONE);

    /// A vector from its components.
    #[inline(always)]
    #[must_use]
    pub const fn new(x: Fx, y: Fx) -> Vec2 {
        Vec2 { x, y }
    }

    /// A vector of whole numbers.
    #[inline(always)]
    #[must_use]
    pub const fn from_ints(x: i16, y: i16) -> Vec2 {
        Vec2::new(Fx::from_int(x), Fx::from_int(y))
    }

    /// A vector with both components equal.
    #[inline(always)]
    #[must_use]
    pub const fn splat(value: Fx) -> Vec2 {
        Vec2::new(value, value)
    }

    /// The unit vector of a direction.
    #[inline]
    #[must_use]
    pub const fn from_angle(angle: Angle) -> Vec2 {
        let (sin, cos) = angle.sin_cos();
        Vec2::new(cos, sin)
    }

    /// The components as an array.
    #[inline(always)]
    #[must_use]
    pub const fn to_array(self) -> [Fx; 2] {
        [self.x, self.y]
    }

    /// This vector with another x.
    #[inline(always)]
    #[must_use]
    pub const fn with_x(self, x: Fx) -> Vec2 {
        Vec2::new(x, self.y)
    }

    /// This vector with another y.
    #[inline(always)]
    #[must_use]
    pub const fn with_y(self, y: Fx) -> Vec2 {
        Vec2::new(self.x, y)
    }

    /// Whether both components are exactly zero.
    #[inline(always)]
    #[must_use]
    pub const fn is_zero(self) -> bool {
        (self.x.to_bits() | self.y.to_bits()) == 0
    }

    /// The dot product, exact (saturating only for two vectors at the very corner of the range).
    #[inline(always)]
    #[must_use]
    pub const fn dot(self, rhs: Vec2) -> Wide {
        let x = self.x.to_bits() as i64 * rhs.x.to_bits() as i64;
        let y = self.y.to_bits() as i64 * rhs.y.to_bits() as i64;
        Wide::from_bits(x.saturating_add(y))
    }

    /// The z component of the cross product: positive when `rhs` is counter-clockwise of `self`.
    #[inline(always)]
    #[must_use]
    pub const fn perp_dot(self, rhs: Vec2) -> Wide {
        let x = self.x.to_bits() as i64 * rhs.y.to_bits() as i64;
        let y = self.y.to_bits() as i64 * rhs.x.to_bits() as i64;
        Wide::from_bits(x.saturating_sub(y))
    }

    /// This vector turned counter-clockwise by a quarter turn.
    #[inline(always)]
    #[must_use]
    pub const fn perp(self) -> Vec2 {
        Vec2::new(self.y.saturating_neg(), self.x)
    }

    /// The squared length, exact.
    #[inline(always)]
    #[must_use]
    pub const fn length_squared(self) -> Wide {
        self.dot(self)
    }

    /// The length, rounded down, saturating.
    #[inline]
    #[must_use]
    pub const fn length(self) -> Fx {
        self.length_squared().sqrt()
    }

    /// The squared distance to another point; the difference saturates, the square is exact.
    #[inline(always)]
    #[must_use]
    pub const fn distance_squared(self, rhs: Vec2) -> Wide {
        Vec2::new(self.x.saturating_sub(rhs.x), self.y.saturating_sub(rhs.y)).length_squared()
    }

    /// The distance to another point, rounded down, saturating.
    #[inline]
    #[must_use]
    pub const fn distance(self, rhs: Vec2) -> Fx {
        self.distance_squared(rhs).sqrt()
    }

    /// The vector of length 1 in the same direction, or `None` for the zero vector.
    ///
    /// Each component is within one step of the exact value, for vectors of any length.
    #[inline]
    #[must_use]
    pub const fn try_normalize(self) -> Option<Vec2> {
        self.try_with_length(Fx::ONE)
    }

    /// The vector of length 1 in the same direction, or `fallback` for the zero vector.
    #[inline]
    #[must_use]
    pub const fn normalize_or(self, fallback: Vec2) -> Vec2 {
        match self.try_normalize() {
            Some(unit) => unit,
            None => fallback,
        }
    }

    /// The vector of length 1 in the same direction, or the zero vector.
    #[inline]
    #[must_use]
    pub const fn normalize_or_zero(self) -> Vec2 {
        self.normalize_or(Vec2::ZERO)
    }

    /// The vector of the given length in the same direction, or `None` for the zero vector.
    ///
    /// A negative length turns the vector around.
    #[inline]
    #[must_use]
    pub const fn try_with_length(self, length: Fx) -> Option<Vec2> {
        let (x, y) = (self.x.to_bits() as i64, self.y.to_bits() as i64);
        let Some(shift) = headroom(x, y) else { return None };
        // 31 significant bits before the root keep its rounding far below one step of the result.
        let (x, y) = (x << shift, y << shift);
        let scale = ((x * x) as u64 + (y * y) as u64).isqrt() as i64;
        Some(Vec2::new(scaled(x, length, scale), scaled(y, length, scale)))
    }

    /// This vector, shortened to `length_max` if it is longer.
    #[inline]
    #[must_use]
    pub const fn clamp_length_max(self, length_max: Fx) -> Vec2 {
        let limit = length_max.max(Fx::ZERO);
        if self.length_squared().to_bits() <= limit.squared().to_bits() {
            return self;
        }
        match self.try_with_length(limit) {
            Some(shorter) => shorter,
            None => self,
        }
    }

    /// This vector with its length moved into `length_min..=length_max`; the zero vector stays.
    #[inline]
    #[must_use]
    pub const fn clamp_length(self, length_min: Fx, length_max: Fx) -> Vec2 {
        if self.length_squared().to_bits() < length_min.squared().to_bits() && length_min.is_positive() {
            return match self.try_with_length(length_min) {
                Some(longer) => longer,
                None => self,
            };
        }
        self.clamp_length_max(length_max)
    }

    /// This vector turned counter-clockwise, each component rounded once.
    #[inline]
    #[must_use]
    pub const fn rotate(self, angle: Angle) -> Vec2 {
        self.rotate_by(Vec2::from_angle(angle))
    }

    /// This vector turned by the direction of a unit vector (complex multiplication, as in `glam`).
    #[inline]
    #[must_use]
    pub const fn rotate_by(self, unit: Vec2) -> Vec2 {
        Vec2::new(
            self.dot(Vec2::new(unit.x, unit.y.saturating_neg())).to_fx(),
            self.dot(unit.swap()).to_fx(),
        )
    }

    const fn swap(self) -> Vec2 {
        Vec2::new(self.y, self.x)
    }

    /// The direction of this vector; zero for the zero vector.
    #[inline]
    #[must_use]
    pub const fn to_angle(self) -> Angle {
        Angle::atan2(self.y, self.x)
    }

    /// This vector reflected by a surface whose unit normal is `normal`.
    #[inline]
    #[must_use]
    pub fn reflect(self, normal: Vec2) -> Vec2 {
        self - normal * (self.dot(normal).to_fx() * 2)
    }

    /// The part of this vector along a unit vector.
    #[inline]
    #[must_use]
    pub fn project_onto_normalized(self, unit: Vec2) -> Vec2 {
        unit * self.dot(unit).to_fx()
    }

    /// The part of this vector across a unit vector.
    #[inline]
    #[must_use]
    pub fn reject_from_normalized(self, unit: Vec2) -> Vec2 {
        self - self.project_onto_normalized(unit)
    }

    /// Linear interpolation: `self` at `t = 0`, `end` at `t = 1`; it extrapolates and saturates.
    #[inline]
    #[must_use]
    pub const fn lerp(self, end: Vec2, t: Fx) -> Vec2 {
        Vec2::new(self.x.lerp(end.x, t), self.y.lerp(end.y, t))
    }

    /// The point half way to `end`.
    #[inline]
    #[must_use]
    pub const fn midpoint(self, end: Vec2) -> Vec2 {
        self.lerp(end, Fx::HALF)
    }

    /// Moves towards `target` by at most `distance_max`, and never past it.
    #[inline]
    #[must_use]
    pub fn move_towards(self, target: Vec2, distance_max: Fx) -> Vec2 {
        let offset = target - self;
        let limit = distance_max.max(Fx::ZERO);
        if offset.length_squared() <= limit.squared() {
            return target;
        }
        self + offset.try_with_length(limit).unwrap_or(Vec2::ZERO)
    }

    /// The smaller of each component.
    #[inline(always)]
    #[must_use]
    pub const fn min(self, rhs: Vec2) -> Vec2 {
        Vec2::new(self.x.min(rhs.x), self.y.min(rhs.y))
    }

    /// The larger of each component.
    #[inline(always)]
    #[must_use]
    pub const fn max(self, rhs: Vec2) -> Vec2 {
        Vec2::new(self.x.max(rhs.x), self.y.max(rhs.y))
    }

    /// Each component moved into the limits of its axis.
    #[inline(always)]
    #[must_use]
    pub const fn clamp(self, low: Vec2, high: Vec2) -> Vec2 {
        Vec2::new(self.x.clamp(low.x, high.x), self.y.clamp(low.y, high.y))
    }

    /// The magnitude of each component, saturating.
    #[inline(always)]
    #[must_use]
    pub const fn abs(self) -> Vec2 {
        Vec2::new(self.x.abs(), self.y.abs())
    }

    /// −1, 0 or 1 for each component.
    #[inline(always)]
    #[must_use]
    pub const fn signum(self) -> Vec2 {
        Vec2::new(self.x.signum(), self.y.signum())
    }

    /// The smaller component.
    #[inline(always)]
    #[must_use]
    pub const fn min_element(self) -> Fx {
        self.x.min(self.y)
    }

    /// The larger component.
    #[inline(always)]
    #[must_use]
    pub const fn max_element(self) -> Fx {
        self.x.max(self.y)
    }

    /// The components rounded down.
    #[inline(always)]
    #[must_use]
    pub const fn floor(self) -> Vec2 {
        Vec2::new(self.x.floor(), self.y.floor())
    }

    /// The components rounded half away from zero.
    #[inline(always)]
    #[must_use]
    pub const fn round(self) -> Vec2 {
        Vec2::new(self.x.round(), self.y.round())
    }
}

/// `component * length / scale`, rounded half away from zero; `component` is at most `scale`, which is not zero.
#[inline(always)]
const fn scaled(component: i64, length: Fx, scale: i64) -> Fx {
    let product = component * length.to_bits() as i64;
    let half = if product < 0 { -(scale / 2) } else { scale / 2 };
    let bits = (product + half) / scale;
    // The root was rounded down, so the quotient can exceed `length` by a hair at the very end of the range.
    Fx::from_bits(if bits > i32::MAX as i64 { i32::MAX } else { bits as i32 })
}

impl Add for Vec2 {
    type Output = Vec2;
    #[inline(always)]
    fn add(self, rhs: Vec2) -> Vec2 {
        Vec2::new(self.x + rhs.x, self.y + rhs.y)
    }
}

impl Sub for Vec2 {
    type Output = Vec2;
    #[inline(always)]
    fn sub(self, rhs: Vec2) -> Vec2 {
        Vec2::new(self.x - rhs.x, self.y - rhs.y)
    }
}

impl Neg for Vec2 {
    type Output = Vec2;
    #[inline(always)]
    fn neg(self) -> Vec2 {
        Vec2::new(-self.x, -self.y)
    }
}

impl Mul<Fx> for Vec2 {
    type Output = Vec2;
    #[inline(always)]
    fn mul(self, rhs: Fx) -> Vec2 {
        Vec2::new(self.x * rhs, self.y * rhs)
    }
}

impl Mul<Vec2> for Fx {
    type Output = Vec2;
    #[inline(always)]
    fn mul(self, rhs: Vec2) -> Vec2 {
        rhs * self
    }
}

impl Mul for Vec2 {
    type Output = Vec2;
    #[inline(always)]
    fn mul(self, rhs: Vec2) -> Vec2 {
        Vec2::new(self.x * rhs.x, self.y * rhs.y)
    }
}

impl Mul<i32> for Vec2 {
    type Output = Vec2;
    #[inline(always)]
    fn mul(self, rhs: i32) -> Vec2 {
        Vec2::new(self.x * rhs, self.y * rhs)
    }
}

impl Div<Fx> for Vec2 {
    type Output = Vec2;
    #[inline(always)]
    fn div(self, rhs: Fx) -> Vec2 {
        Vec2::new(self.x / rhs, self.y / rhs)
    }
}

impl Div<i32> for Vec2 {
    type Output = Vec2;
    #[inline(always)]
    fn div(self, rhs: i32) -> Vec2 {
        Vec2::new(self.x / rhs, self.y / rhs)
    }
}

impl AddAssign for Vec2 {
    #[inline(always)]
    fn add_assign(&mut self, rhs: Vec2) {
        *self = *self + rhs;
    }
}

impl SubAssign for Vec2 {
    #[inline(always)]
    fn sub_assign(&mut self, rhs: Vec2) {
        *self = *self - rhs;
    }
}

impl MulAssign<Fx> for Vec2 {
    #[inline(always)]
    fn mul_assign(&mut self, rhs: Fx) {
        *self = *self * rhs;
    }
}

impl DivAssign<Fx> for Vec2 {
    #[inline(always)]
    fn div_assign(&mut self, rhs: Fx) {
        *self = *self / rhs;
    }
}

/// The sum of the vectors, saturating after each addition.
impl Sum for Vec2 {
    fn sum<I: Iterator<Item = Vec2>>(vectors: I) -> Vec2 {
        vectors.fold(Vec2::ZERO, Add::add)
    }
}

impl From<[Fx; 2]> for Vec2 {
    fn from([x, y]: [Fx; 2]) -> Vec2 {
        Vec2::new(x, y)
    }
}

impl From<(Fx, Fx)> for Vec2 {
    fn from((x, y): (Fx, Fx)) -> Vec2 {
        Vec2::new(x, y)
    }
}

impl fmt::Display for Vec2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{:.4}, {:.4}]", self.x, self.y)
    }
}

impl fmt::Debug for Vec2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vec2({:?}, {:?})", self.x, self.y)
    }
}
