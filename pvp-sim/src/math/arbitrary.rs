//! Owns the `Arbitrary` implementations of the numbers, for fuzzing (feature `arbitrary`).
//!
//! Every bit pattern is a valid number, so these cover the whole range.

use ::arbitrary::{Arbitrary, Result, Unstructured};

use super::{Angle, Fx, Vec2};

impl<'a> Arbitrary<'a> for Fx {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Fx> {
        Ok(Fx::from_bits(u.arbitrary()?))
    }
}

impl<'a> Arbitrary<'a> for Vec2 {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Vec2> {
        Ok(Vec2::new(u.arbitrary()?, u.arbitrary()?))
    }
}

impl<'a> Arbitrary<'a> for Angle {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Angle> {
        Ok(Angle::from_bits(u.arbitrary()?))
    }
}
