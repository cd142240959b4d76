//! Owns the tests of `Wide`.

use proptest::prelude::*;
use pvp_sim::{Fx, Wide};

use crate::model::{any_fx, bits, floor_sqrt, round_div, saturate};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn products_are_exact_and_convert_with_one_rounding(a in any_fx(), b in any_fx()) {
        let product = a.wide_mul(b);
        prop_assert_eq!(i128::from(product.to_bits()), bits(a) * bits(b));
        prop_assert_eq!(product.to_fx(), a * b);
        prop_assert_eq!(Wide::from(a).to_fx(), a);
    }

    #[test]
    fn any_value_converts_without_overflow(raw in any::<i64>()) {
        let wide = Wide::from_bits(raw);
        prop_assert_eq!(wide.to_fx(), saturate(round_div(i128::from(raw), 1 << 16)));
        let root = if raw < 0 { 0 } else { floor_sqrt(i128::from(raw)) };
        prop_assert_eq!(wide.sqrt(), saturate(root));
    }

    #[test]
    fn sums_saturate(a in any::<i64>(), b in any::<i64>()) {
        let (x, y) = (Wide::from_bits(a), Wide::from_bits(b));
        prop_assert_eq!((x + y).to_bits(), a.saturating_add(b));
        prop_assert_eq!((x - y).to_bits(), a.saturating_sub(b));
        prop_assert_eq!((-x).to_bits(), a.saturating_neg());
    }
}

#[test]
fn the_ends_of_the_range_convert() {
    assert_eq!(Wide::MAX.to_fx(), Fx::MAX);
    assert_eq!(Wide::from_bits(i64::MIN).to_fx(), Fx::MIN);
    assert_eq!(Wide::MAX.sqrt(), Fx::MAX);
    assert_eq!(Wide::ZERO.sqrt(), Fx::ZERO);
}
