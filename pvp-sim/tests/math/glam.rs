//! Owns the tests of the boundary to drawing code.

use proptest::prelude::*;
use pvp_sim::{Angle, Fx, Vec2};

use crate::model::{any_fx, any_vec2};

proptest! {
    #[test]
    fn numbers_convert_to_floats_and_back(fx in any_fx(), v in any_vec2(), turn in any::<u16>()) {
        prop_assert_eq!(Fx::from_f64_lossy(fx.to_f64()), fx);
        prop_assert_eq!(fx.to_f32(), fx.to_f64() as f32);
        let drawn: glam::Vec2 = v.into();
        prop_assert_eq!(drawn, glam::Vec2::new(v.x.to_f32(), v.y.to_f32()));
        let small = v * Fx::from_ratio(1, 256);
        prop_assert_eq!(Vec2::from_glam_lossy(small.to_glam()), small);
        let angle = Angle::from_bits(turn);
        prop_assert!((angle.to_radians_f32().sin() - angle.sin().to_f32()).abs() < 2e-5);
    }
}

#[test]
fn floats_outside_the_range_saturate() {
    assert_eq!(Fx::from_f64_lossy(1e9), Fx::MAX);
    assert_eq!(Fx::from_f64_lossy(f64::NEG_INFINITY), Fx::MIN);
    assert_eq!(Fx::from_f64_lossy(f64::NAN), Fx::ZERO);
}
