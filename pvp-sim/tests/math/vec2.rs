//! Owns the tests of `Vec2`.

use proptest::prelude::*;
use pvp_sim::{Angle, Fx, Vec2};

use crate::model::{any_fx, any_vec2, bits, floor_sqrt, round_div, saturate};

fn length_f64(v: Vec2) -> f64 {
    (bits(v.x) as f64).hypot(bits(v.y) as f64)
}

/// How far `bits` of a component is from the exact value, in steps.
fn off(component: Fx, exact: f64) -> f64 {
    (bits(component) as f64 - exact).abs()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn operators_work_component_by_component(a in any_vec2(), b in any_vec2(), s in any_fx(), n in any::<i32>()) {
        prop_assert_eq!((a + b).to_array(), [a.x + b.x, a.y + b.y]);
        prop_assert_eq!((a - b).to_array(), [a.x - b.x, a.y - b.y]);
        prop_assert_eq!((-a).to_array(), [-a.x, -a.y]);
        prop_assert_eq!((a * b).to_array(), [a.x * b.x, a.y * b.y]);
        prop_assert_eq!((a * s).to_array(), [a.x * s, a.y * s]);
        prop_assert_eq!(s * a, a * s);
        prop_assert_eq!((a / s).to_array(), [a.x / s, a.y / s]);
        prop_assert_eq!((a * n).to_array(), [a.x * n, a.y * n]);
        prop_assert_eq!((a / n).to_array(), [a.x / n, a.y / n]);
        prop_assert_eq!(a.min(b).to_array(), [a.x.min(b.x), a.y.min(b.y)]);
        prop_assert_eq!(a.max(b).to_array(), [a.x.max(b.x), a.y.max(b.y)]);
        prop_assert_eq!(a.clamp(b, b), b);
        let (mut sum, mut difference, mut scaled, mut divided) = (a, a, a, a);
        sum += b;
        difference -= b;
        scaled *= s;
        divided /= s;
        prop_assert_eq!((sum, difference, scaled, divided), (a + b, a - b, a * s, a / s));
    }

    #[test]
    fn dot_and_cross_products_are_exact(a in any_vec2(), b in any_vec2()) {
        let clamp = |exact: i128| exact.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        prop_assert_eq!(i128::from(a.dot(b).to_bits()), clamp(bits(a.x) * bits(b.x) + bits(a.y) * bits(b.y)));
        prop_assert_eq!(i128::from(a.perp_dot(b).to_bits()), clamp(bits(a.x) * bits(b.y) - bits(a.y) * bits(b.x)));
    }

    #[test]
    fn length_is_the_floor_of_the_exact_length(a in any_vec2(), b in any_vec2()) {
        let squared = bits(a.x).pow(2) + bits(a.y).pow(2);
        prop_assert_eq!(a.length(), saturate(floor_sqrt(squared.min(i128::from(i64::MAX)))));
        prop_assert_eq!(a.distance(b), (a - b).length());
        prop_assert_eq!(a.distance(b), b.distance(a).max((a - b).length()).min((a - b).length()));
    }

    #[test]
    fn unit_vectors_are_within_one_step_for_any_length(a in any_vec2()) {
        prop_assume!(!a.is_zero());
        let unit = a.normalize_or_zero();
        let length = length_f64(a);
        prop_assert!(off(unit.x, bits(a.x) as f64 / length * 65_536.0) < 0.51, "{:?} -> {:?}", a, unit);
        prop_assert!(off(unit.y, bits(a.y) as f64 / length * 65_536.0) < 0.51, "{:?} -> {:?}", a, unit);
        prop_assert_eq!((-a.max(-Vec2::splat(Fx::MAX))).normalize_or_zero(), -a.max(-Vec2::splat(Fx::MAX)).normalize_or_zero());
    }

    #[test]
    fn a_given_length_is_reached_within_its_rounding(a in any_vec2(), length in any_fx()) {
        prop_assume!(!a.is_zero());
        let scaled = a.try_with_length(length).unwrap();
        let exact = |component: Fx| bits(component) as f64 / length_f64(a) * bits(length) as f64;
        // The root of 62 bits is short by at most 2^-30 of itself.
        let tolerance = 0.51 + bits(length).abs() as f64 / f64::from(1 << 29);
        prop_assert!(off(scaled.x, exact(a.x)) < tolerance, "{:?} to {:?}: {:?}", a, length, scaled);
        prop_assert!(off(scaled.y, exact(a.y)) < tolerance, "{:?} to {:?}: {:?}", a, length, scaled);
    }

    #[test]
    fn clamping_the_length_leaves_short_vectors_alone(a in any_vec2(), low in any_fx(), high in any_fx()) {
        let clamped = a.clamp_length_max(high);
        if length_f64(a) <= bits(high) as f64 {
            prop_assert_eq!(clamped, a);
        }
        prop_assert!(length_f64(clamped) <= (bits(high).max(0)) as f64 + 4.0 + length_f64(a) / f64::from(1 << 29));
        let both = a.clamp_length(low, high.max(low));
        prop_assert!(a.is_zero() || length_f64(both) >= bits(low) as f64 - 4.0 - bits(low).abs() as f64 / f64::from(1 << 29));
        prop_assert_eq!(Vec2::ZERO.clamp_length(low, high), Vec2::ZERO);
    }

    #[test]
    fn rotation_rounds_each_component_once(a in any_vec2(), turn in any::<u16>()) {
        let angle = Angle::from_bits(turn);
        let (sin, cos) = angle.sin_cos();
        let model = |first: i128, second: i128| saturate(round_div(first + second, 1 << 16));
        let expected = Vec2::new(
            model(bits(a.x) * bits(cos), -bits(a.y) * bits(sin)),
            model(bits(a.x) * bits(sin), bits(a.y) * bits(cos)),
        );
        prop_assert_eq!(a.rotate(angle), expected);
        prop_assert_eq!(a.rotate(Angle::QUARTER_TURN), a.perp());
        prop_assert_eq!(a.rotate(Angle::ZERO), a);
    }

    #[test]
    fn interpolation_meets_both_ends(a in any_vec2(), b in any_vec2(), t in any_fx()) {
        prop_assert_eq!(a.lerp(b, t).to_array(), [a.x.lerp(b.x, t), a.y.lerp(b.y, t)]);
        prop_assert_eq!(a.midpoint(b), a.lerp(b, Fx::HALF));
    }

    #[test]
    fn moving_towards_a_target_ends_there(a in any_vec2(), target in any_vec2()) {
        prop_assert_eq!(a.move_towards(target, Fx::MAX).x.is_negative(), a.move_towards(target, Fx::MAX).x < Fx::ZERO);
        let (near, goal) = (a * Fx::from_ratio(1, 64), target * Fx::from_ratio(1, 64));
        prop_assert_eq!(near.move_towards(goal, Fx::from_int(3_000)), goal);
        let step = near.move_towards(goal, Fx::ONE);
        prop_assert!(step.distance(goal) <= near.distance(goal));
        prop_assert_eq!(near.move_towards(goal, Fx::NEG_ONE), near.move_towards(goal, Fx::ZERO));
    }

    #[test]
    fn reflection_keeps_what_is_along_the_surface(x in -1000..1000_i16, y in -1000..1000_i16) {
        let v = Vec2::from_ints(x, y);
        prop_assert_eq!(v.reflect(Vec2::Y), Vec2::from_ints(x, -y));
        prop_assert_eq!(v.reflect(Vec2::NEG_X), Vec2::from_ints(-x, y));
        prop_assert_eq!(v.project_onto_normalized(Vec2::X) + v.reject_from_normalized(Vec2::X), v);
        prop_assert_eq!(v.reject_from_normalized(Vec2::X), Vec2::from_ints(0, y));
    }
}

#[test]
fn the_zero_vector_has_no_direction() {
    assert_eq!(Vec2::ZERO.try_normalize(), None);
    assert_eq!(Vec2::ZERO.normalize_or_zero(), Vec2::ZERO);
    assert_eq!(Vec2::ZERO.normalize_or(Vec2::Y), Vec2::Y);
    assert_eq!(Vec2::ZERO.to_angle(), Angle::ZERO);
}

#[test]
fn the_corner_of_the_range_is_handled() {
    let corner = Vec2::splat(Fx::MIN);
    assert_eq!(corner.length(), Fx::MAX);
    assert_eq!(corner.length_squared().to_bits(), i64::MAX);
    assert_eq!(corner.normalize_or_zero(), Vec2::splat(-Fx::FRAC_1_SQRT_2));
    assert_eq!(
        Vec2::new(Fx::MAX, Fx::ZERO).try_with_length(Fx::MAX),
        Some(Vec2::new(Fx::MAX, Fx::ZERO))
    );
    assert_eq!(corner.rotate(Angle::HALF_TURN), Vec2::splat(Fx::MAX));
}

#[test]
fn small_and_mixed_forms_agree() {
    let v = Vec2::from_ints(3, -4);
    assert_eq!(v.length(), Fx::from_int(5));
    assert_eq!(v.with_x(Fx::ONE).with_y(Fx::TWO), Vec2::from_ints(1, 2));
    assert_eq!((v.min_element(), v.max_element()), (Fx::from_int(-4), Fx::from_int(3)));
    assert_eq!(v.abs().signum(), Vec2::ONE);
    assert_eq!((v / 2).floor(), Vec2::from_ints(1, -2));
    assert_eq!((v / 2).round(), Vec2::from_ints(2, -2));
    assert_eq!(Vec2::from([Fx::ONE, Fx::TWO]), Vec2::from((Fx::ONE, Fx::TWO)));
    assert_eq!([v, v].into_iter().sum::<Vec2>(), v * 2);
    assert_eq!(format!("{v}"), "[3.0000, -4.0000]");
    assert_eq!(format!("{v:?}"), "Vec2(3.00000(196608), -4.00000(-262144))");
}

proptest! {
    #[test]
    fn turning_towards_a_vector_keeps_its_length_and_its_limit(a in any_vec2(), b in any_vec2(), steps in any::<u16>()) {
        // Half of the range: a length above the range saturates.
        let a = a / 2;
        let turned = a.rotate_towards(b, steps);
        if a.is_zero() || b.is_zero() {
            prop_assert_eq!(turned, a);
            return Ok(());
        }
        prop_assert!((length_f64(turned) - length_f64(a)).abs() <= 2.0 + length_f64(a) / 30_000.0, "{:?}", turned);
        let expected = a.to_angle().rotate_towards(b.to_angle(), steps);
        prop_assert!(turned.length() < Fx::ONE || expected.steps_to(turned.to_angle()).unsigned_abs() <= 8);
        prop_assert_eq!(a.to_angle() + a.angle_to(b), b.to_angle());
    }

    #[test]
    fn short_vectors_are_lengthened_and_long_ones_stay(a in any_vec2(), least in any_fx()) {
        let clamped = a.clamp_length_min(least);
        if a.is_zero() || a.length_squared() >= least.max(Fx::ZERO).squared() {
            prop_assert_eq!(clamped, a.clamp_length_max(Fx::MAX));
        } else {
            // As above: the root of 62 bits is short by at most 2^-30 of itself.
            let tolerance = 2.0 + bits(least) as f64 / f64::from(1 << 29);
            prop_assert!((length_f64(clamped) - bits(least) as f64).abs() <= tolerance);
        }
    }

    #[test]
    fn rounding_works_component_by_component(a in any_vec2()) {
        prop_assert_eq!(a.ceil().to_array(), [a.x.ceil(), a.y.ceil()]);
        prop_assert_eq!(a.trunc().to_array(), [a.x.trunc(), a.y.trunc()]);
        prop_assert_eq!(a.element_sum(), a.x + a.y);
        prop_assert!(a.is_zero() || a.normalize_or_zero().is_normalized());
    }
}
