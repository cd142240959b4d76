//! Owns the round trip of the numbers through serde.

use proptest::prelude::*;
use pvp_sim::{Angle, Rng};

use crate::model::{any_fx, any_vec2};

fn round_trip<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn every_number_survives(fx in any_fx(), v in any_vec2(), turn in any::<u16>(), seed in any::<u64>()) {
        prop_assert_eq!(round_trip(&fx), fx);
        prop_assert_eq!(round_trip(&v), v);
        prop_assert_eq!(round_trip(&Angle::from_bits(turn)), Angle::from_bits(turn));
        prop_assert_eq!(round_trip(&Rng::new(seed)), Rng::new(seed));
    }
}
