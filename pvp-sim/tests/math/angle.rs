//! Owns the tests of `Angle` and of the trigonometry: exhaustive where 65,536 cases are all there are.

use std::f64::consts::TAU;

use proptest::prelude::*;
use pvp_sim::{Angle, Fx, Vec2};

use crate::model::{any_fx, any_vec2, bits};

fn every_angle() -> impl Iterator<Item = Angle> {
    (0..=u16::MAX).map(Angle::from_bits)
}

fn radians(angle: Angle) -> f64 {
    f64::from(angle.to_bits()) / 65_536.0 * TAU
}

#[test]
fn sine_and_cosine_are_correctly_rounded_for_every_angle() {
    let nearest = |value: f64| Fx::from_bits((value * 65_536.0).round() as i32);
    for angle in every_angle() {
        assert_eq!(angle.sin(), nearest(radians(angle).sin()), "sin {angle:?}");
        assert_eq!(angle.cos(), nearest(radians(angle).cos()), "cos {angle:?}");
    }
}

#[test]
fn sine_and_cosine_have_their_symmetries_for_every_angle() {
    for angle in every_angle() {
        assert_eq!((-angle).sin(), -angle.sin());
        assert_eq!((-angle).cos(), angle.cos());
        assert_eq!((angle + Angle::HALF_TURN).sin_cos(), (-angle.sin(), -angle.cos()));
        assert_eq!((angle + Angle::QUARTER_TURN).sin(), angle.cos());
        assert_eq!(angle.mirror_x().sin_cos(), (angle.sin(), -angle.cos()));
        // Two roundings of half a step each: the length is one within two steps.
        let length = Vec2::from_angle(angle).length();
        assert!((length - Fx::ONE).abs() <= Fx::from_bits(2), "{angle:?}: {length:?}");
    }
}

#[test]
fn the_direction_of_every_unit_vector_is_its_angle() {
    for angle in every_angle() {
        assert_eq!(Vec2::from_angle(angle).to_angle(), angle);
    }
}

/// The largest error of `atan2` in steps of 1/65,536 turn: half a step for the rounding, and the interpolation.
const ATAN2_ERROR_STEPS: f64 = 0.53;

fn atan2_error_steps(y: i32, x: i32) -> f64 {
    let exact = f64::from(y).atan2(f64::from(x)) / TAU * 65_536.0;
    let found = f64::from(Angle::atan2(Fx::from_bits(y), Fx::from_bits(x)).to_bits());
    let difference = (found - exact).rem_euclid(65_536.0);
    difference.min(65_536.0 - difference)
}

#[test]
fn atan2_is_within_its_bound_on_a_dense_grid() {
    let mut worst: f64 = 0.0;
    for y in -700..=700 {
        for x in -700..=700 {
            if (x, y) != (0, 0) {
                worst = worst.max(atan2_error_steps(y, x));
            }
        }
    }
    assert!(worst < ATAN2_ERROR_STEPS, "{worst} steps");
}

#[test]
fn atan2_never_turns_back_as_the_vector_turns() {
    let mut last = 0;
    for y in 0..=1 << 20 {
        let steps = Angle::atan2(Fx::from_bits(y), Fx::from_bits(1 << 20)).to_bits();
        assert!(steps >= last, "at {y}");
        last = steps;
    }
    assert_eq!(last, Angle::EIGHTH_TURN.to_bits());
}

#[test]
fn atan2_of_the_axes_and_diagonals_is_exact() {
    let directions = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)];
    for (eighth, (x, y)) in directions.into_iter().enumerate() {
        for bits in [1, 77, 65_536, i32::MAX] {
            let angle = Vec2::new(Fx::from_bits(x * bits), Fx::from_bits(y * bits)).to_angle();
            assert_eq!(angle.to_bits(), eighth as u16 * 0x2000, "({x}, {y}) * {bits}");
        }
    }
    assert_eq!(Vec2::splat(Fx::MIN).to_angle(), Angle::HALF_TURN + Angle::EIGHTH_TURN);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn atan2_is_within_its_bound_for_any_vector(v in any_vec2()) {
        prop_assume!(!v.is_zero());
        let error = atan2_error_steps(v.y.to_bits(), v.x.to_bits());
        prop_assert!(error < ATAN2_ERROR_STEPS, "{:?}: {} steps", v, error);
    }

    #[test]
    fn the_direction_of_a_mirrored_vector_is_the_mirrored_direction(v in any_vec2()) {
        prop_assume!(v.x != Fx::MIN && v.y != Fx::MIN && !v.is_zero());
        let angle = v.to_angle();
        prop_assert_eq!(v.with_x(-v.x).to_angle(), angle.mirror_x());
        prop_assert_eq!(v.with_y(-v.y).to_angle(), -angle);
    }

    #[test]
    fn turning_towards_a_target_takes_the_short_way(from in any::<u16>(), to in any::<u16>(), limit in any::<u16>()) {
        let (from, to) = (Angle::from_bits(from), Angle::from_bits(to));
        let way = i32::from(from.steps_to(to));
        let turned = i32::from(from.steps_to(from.rotate_towards(to, limit)));
        // Half a turn counts as negative, so compare modulo a turn.
        let expected = way.signum() * way.abs().min(i32::from(limit));
        prop_assert_eq!((turned - expected).rem_euclid(65_536), 0);
        prop_assert_eq!(from + Angle::from_bits(way as u16), to);
    }

    #[test]
    fn interpolation_takes_the_short_way(from in any::<u16>(), to in any::<u16>(), t in any_fx()) {
        let (from, to) = (Angle::from_bits(from), Angle::from_bits(to));
        prop_assert_eq!(from.lerp(to, Fx::ZERO), from);
        prop_assert_eq!(from.lerp(to, Fx::ONE), to);
        let share = crate::model::round_div(i128::from(from.steps_to(to)) * bits(t), 1 << 16);
        prop_assert_eq!(from.lerp(to, t), from + Angle::from_bits(share as u16));
    }
}

#[test]
fn units_convert() {
    assert_eq!(Angle::from_degrees(90), Angle::QUARTER_TURN);
    assert_eq!(Angle::from_degrees(-90), -Angle::QUARTER_TURN);
    assert_eq!(Angle::from_degrees(i32::MIN), Angle::from_degrees(i32::MIN % 360));
    assert_eq!(Angle::from_degrees(1), -Angle::from_degrees(-1));
    assert_eq!(Angle::EIGHTH_TURN.to_degrees(), Fx::from_int(45));
    assert_eq!(Angle::from_turns(Fx::from_ratio(-3, 4)), Angle::QUARTER_TURN);
    assert_eq!(Angle::HALF_TURN.to_turns(), Fx::HALF);
    assert_eq!(Angle::from_byte(64), Angle::QUARTER_TURN);
    for byte in 0..=u8::MAX {
        assert_eq!(Angle::from_byte(byte).to_byte(), byte);
    }
    assert_eq!(Angle::from_bits(0xff80).to_byte(), 0);
    assert_eq!(Angle::QUARTER_TURN.to_string(), "90.00°");
    assert_eq!(format!("{:?}", Angle::QUARTER_TURN), "90.00°(16384)");
}
