//! Owns the tests of `Fx`.

use proptest::prelude::*;
use pvp_sim::Fx;

use crate::model::{any_fx, bits, floor_sqrt, round_div, saturate};

const ONE: i128 = 1 << 16;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn operators_are_the_model_rounded_half_away_and_saturated(a in any_fx(), b in any_fx()) {
        prop_assert_eq!(a + b, saturate(bits(a) + bits(b)));
        prop_assert_eq!(a - b, saturate(bits(a) - bits(b)));
        prop_assert_eq!(-a, saturate(-bits(a)));
        prop_assert_eq!(a * b, saturate(round_div(bits(a) * bits(b), ONE)));
        if !b.is_zero() {
            prop_assert_eq!(a / b, saturate(round_div(bits(a) * ONE, bits(b))));
        }
    }

    #[test]
    fn assigning_operators_equal_the_plain_ones(a in any_fx(), b in any_fx()) {
        let (mut sum, mut difference, mut product, mut quotient) = (a, a, a, a);
        sum += b;
        difference -= b;
        product *= b;
        quotient /= b;
        prop_assert_eq!((sum, difference, product, quotient), (a + b, a - b, a * b, a / b));
    }

    #[test]
    fn wrapping_is_the_model_modulo_2_to_32(a in any_fx(), b in any_fx()) {
        prop_assert_eq!(bits(a.wrapping_add(b)), i128::from((bits(a) + bits(b)) as i32));
        prop_assert_eq!(bits(a.wrapping_sub(b)), i128::from((bits(a) - bits(b)) as i32));
        prop_assert_eq!(bits(a.wrapping_neg()), i128::from((-bits(a)) as i32));
        prop_assert_eq!(bits(a.wrapping_mul(b)), i128::from(round_div(bits(a) * bits(b), ONE) as i32));
    }

    #[test]
    fn checked_gives_the_operator_or_none(a in any_fx(), b in any_fx()) {
        let fits = |exact: i128| (bits(saturate(exact)) == exact).then(|| saturate(exact));
        prop_assert_eq!(a.checked_add(b), fits(bits(a) + bits(b)));
        prop_assert_eq!(a.checked_sub(b), fits(bits(a) - bits(b)));
        prop_assert_eq!(a.checked_mul(b), fits(round_div(bits(a) * bits(b), ONE)));
        let quotient = if b.is_zero() { None } else { fits(round_div(bits(a) * ONE, bits(b))) };
        prop_assert_eq!(a.checked_div(b), quotient);
    }

    #[test]
    fn scaling_by_integers_is_the_model(a in any_fx(), n in any::<i32>(), d in any::<i32>()) {
        prop_assert_eq!(a * n, saturate(bits(a) * i128::from(n)));
        if d != 0 {
            prop_assert_eq!(a / d, saturate(round_div(bits(a), i128::from(d))));
            prop_assert_eq!(a.mul_ratio(n, d), saturate(round_div(bits(a) * i128::from(n), i128::from(d))));
            prop_assert_eq!(Fx::from_ratio(n, d), saturate(round_div(i128::from(n) * ONE, i128::from(d))));
        }
    }

    #[test]
    fn the_mirror_image_of_a_result_is_the_result_of_the_mirror_images(a in any_fx(), b in any_fx(), t in any_fx()) {
        prop_assume!(a != Fx::MIN && b != Fx::MIN);
        let reach = |value: Fx| value.max(-Fx::MAX);
        prop_assert_eq!(reach(-a * b), -reach(a * b));
        prop_assert_eq!(reach(-a / b), -reach(a / b));
        prop_assert_eq!(reach(-a + -b), -reach(a + b));
        prop_assert_eq!(reach((-a).lerp(-b, t)), -reach(a.lerp(b, t)));
        prop_assert_eq!(reach((-a).round()), -reach(a.round()));
        prop_assert_eq!((-a).trunc(), -a.trunc());
    }

    #[test]
    fn rounding_to_whole_numbers_is_the_model(a in any_fx()) {
        let floor = bits(a).div_euclid(ONE);
        let ceil = -(-bits(a)).div_euclid(ONE);
        prop_assert_eq!(i128::from(a.floor_int()), floor);
        prop_assert_eq!(i128::from(a.ceil_int()), ceil);
        prop_assert_eq!(i128::from(a.trunc_int()), bits(a) / ONE);
        prop_assert_eq!(i128::from(a.round_int()), round_div(bits(a), ONE));
        prop_assert_eq!(a.floor(), saturate(floor * ONE));
        prop_assert_eq!(a.ceil(), saturate(ceil * ONE));
        prop_assert_eq!(a.round(), saturate(round_div(bits(a), ONE) * ONE));
        prop_assert_eq!(a.trunc() + a.fract(), a);
    }

    #[test]
    fn lerp_is_the_model_with_one_rounding(a in any_fx(), b in any_fx(), t in any_fx()) {
        prop_assert_eq!(a.lerp(b, t), saturate(bits(a) + round_div((bits(b) - bits(a)) * bits(t), ONE)));
        prop_assert_eq!(a.lerp(b, Fx::ZERO), a);
        prop_assert_eq!(a.lerp(b, Fx::ONE), b);
    }

    #[test]
    fn sqrt_is_the_floor_of_the_root(a in any_fx()) {
        let expected = if a.is_negative() { 0 } else { floor_sqrt(bits(a) * ONE) };
        prop_assert_eq!(bits(a.sqrt()), expected);
    }

    #[test]
    fn order_magnitude_and_sign_are_those_of_the_bits(a in any_fx(), b in any_fx(), c in any_fx()) {
        prop_assert_eq!(a.cmp(&b), bits(a).cmp(&bits(b)));
        prop_assert_eq!(a.min(b), std::cmp::min(a, b));
        prop_assert_eq!(a.max(b), std::cmp::max(a, b));
        prop_assert_eq!(a.abs(), saturate(bits(a).abs()));
        prop_assert_eq!(bits(a.signum()), bits(a).signum() * ONE);
        prop_assert_eq!((a.is_negative(), a.is_zero(), a.is_positive()), (bits(a) < 0, bits(a) == 0, bits(a) > 0));
        let (low, high) = (b.min(c), b.max(c));
        prop_assert_eq!(a.clamp(low, high), Ord::clamp(a, low, high));
        prop_assert!(a.clamp(b, c) <= b.max(c), "crossed limits do not panic");
        prop_assert_eq!(a.copysign(b).abs(), a.abs());
        prop_assert!(a.is_zero() || a.copysign(b).is_negative() == b.is_negative());
    }

    #[test]
    fn move_towards_never_passes_the_target(a in any_fx(), target in any_fx(), distance in any_fx()) {
        let moved = a.move_towards(target, distance);
        let way = bits(target) - bits(a);
        let step = way.abs().min(bits(distance).max(0)) * way.signum();
        prop_assert_eq!(bits(moved), bits(a) + step);
    }

    #[test]
    fn the_bits_survive_every_conversion(raw in any::<i32>()) {
        let value = Fx::from_bits(raw);
        prop_assert_eq!(Fx::from(fixed::types::I16F16::from(value)), value);
        prop_assert_eq!(bytemuck::cast::<Fx, i32>(value), raw);
    }
}

#[test]
fn products_of_every_pair_of_small_numbers_are_rounded_half_away() {
    for a in -400..=400_i32 {
        for b in -400..=400_i32 {
            // In units where half a step comes up often: 256 * 128 is exactly half a step.
            let (x, y) = (Fx::from_bits(a), Fx::from_bits(b));
            assert_eq!(bits(x * y), round_div(bits(x) * bits(y), ONE), "{a} * {b}");
            if b != 0 {
                assert_eq!(bits(x / y), round_div(bits(x) * ONE, bits(y)), "{a} / {b}");
            }
        }
    }
}

#[test]
fn drag_takes_the_same_from_both_directions_and_comes_to_rest() {
    let keep = Fx::from_ratio(1023, 1024);
    let (mut right, mut left) = (Fx::from_bits(1000), Fx::from_bits(-1000));
    for _ in 0..4000 {
        right *= keep;
        left *= keep;
        assert_eq!(right, -left);
    }
    // Nearest rounding stops where half a step is lost per frame, at 512 steps, on both sides alike.
    assert_eq!(right, Fx::from_bits(512));
}

#[test]
fn division_by_zero_saturates_with_the_sign_of_the_dividend() {
    assert_eq!(Fx::ONE / Fx::ZERO, Fx::MAX);
    assert_eq!(Fx::NEG_ONE / Fx::ZERO, Fx::MIN);
    assert_eq!(Fx::ZERO / Fx::ZERO, Fx::ZERO);
    assert_eq!(Fx::NEG_ONE / 0, Fx::MIN);
    assert_eq!(Fx::ONE.mul_ratio(-1, 0), Fx::MIN);
    assert_eq!(Fx::ZERO.recip(), Fx::MAX);
}

#[test]
fn constants_are_the_nearest_steps() {
    use std::f64::consts;
    let nearest = |value: f64| Fx::from_bits((value * 65_536.0).round() as i32);
    assert_eq!(Fx::PI, nearest(consts::PI));
    assert_eq!(Fx::TAU, nearest(consts::TAU));
    assert_eq!(Fx::FRAC_PI_2, nearest(consts::FRAC_PI_2));
    assert_eq!(Fx::FRAC_1_SQRT_2, nearest(consts::FRAC_1_SQRT_2));
    assert_eq!(Fx::HALF + Fx::HALF, Fx::ONE);
    assert_eq!(Fx::from_q8_8(384), Fx::from_ratio(3, 2));
    assert_eq!(Fx::from_q8_8(-256), Fx::NEG_ONE);
    assert_eq!(Fx::default(), Fx::ZERO);
}

#[test]
fn numbers_print_as_decimals() {
    assert_eq!(Fx::from_ratio(5, 4).to_string(), "1.25");
    assert_eq!(format!("{:.1}", Fx::from_ratio(-5, 2)), "-2.5");
    assert_eq!(format!("{:?}", Fx::EPSILON), "0.00002(1)");
}

#[test]
fn sums_saturate() {
    assert_eq!(
        [Fx::MAX, Fx::ONE, Fx::NEG_ONE].into_iter().sum::<Fx>(),
        Fx::MAX - Fx::ONE
    );
}
