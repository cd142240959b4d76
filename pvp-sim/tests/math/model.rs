//! Owns the reference model: integers in `i128`, where nothing overflows.
//!
//! It must not share code with the crate.

use proptest::prelude::*;
use pvp_sim::{Fx, Vec2};

/// The nearest integer to `dividend / divisor`, half away from zero.
pub(crate) fn round_div(dividend: i128, divisor: i128) -> i128 {
    let quotient = (2 * dividend.abs() + divisor.abs()) / (2 * divisor.abs());
    quotient * dividend.signum() * divisor.signum()
}

/// The nearest raw value that fits.
pub(crate) fn saturate(bits: i128) -> Fx {
    Fx::from_bits(bits.clamp(i128::from(i32::MIN), i128::from(i32::MAX)) as i32)
}

pub(crate) fn bits(value: Fx) -> i128 {
    i128::from(value.to_bits())
}

/// The largest integer whose square is not larger.
pub(crate) fn floor_sqrt(value: i128) -> i128 {
    (value as u128).isqrt() as i128
}

/// Any number, with small numbers, whole numbers and the ends of the range as likely as the rest.
pub(crate) fn any_fx() -> impl Strategy<Value = Fx> {
    prop_oneof![
        any::<i32>(),
        -70_000..70_000_i32,
        -300..300_i32,
        any::<i16>().prop_map(|whole| i32::from(whole) << 16),
        prop::sample::select(vec![
            i32::MIN,
            i32::MIN + 1,
            -65_537,
            -65_536,
            -1,
            0,
            1,
            32_768,
            65_535,
            65_536,
            i32::MAX
        ]),
    ]
    .prop_map(Fx::from_bits)
}

pub(crate) fn any_vec2() -> impl Strategy<Value = Vec2> {
    (any_fx(), any_fx()).prop_map(|(x, y)| Vec2::new(x, y))
}
