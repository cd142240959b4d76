//! Owns the round trips of the numbers as plain data (`bytemuck`) and as numbers of the `fixed` crate.

use bytemuck::{cast_slice, try_from_bytes};
use fixed::types::I16F16;
use proptest::prelude::*;
use pvp_sim::{Angle, DuelState, Fx, MatchDef, MatchState, Vec2, Wide};

use crate::model::{any_fx, any_vec2};

proptest! {
    #[test]
    fn numbers_are_plain_words(vectors in prop::collection::vec(any_vec2(), 0..9), fx in any_fx(), raw in any::<i64>()) {
        let words: &[i32] = cast_slice(&vectors);
        let expected: Vec<i32> = vectors.iter().flat_map(|v| [v.x.to_bits(), v.y.to_bits()]).collect();
        prop_assert_eq!(words, &expected[..]);
        prop_assert_eq!(cast_slice::<i32, Vec2>(words), &vectors[..]);
        prop_assert_eq!(bytemuck::cast::<I16F16, Fx>(I16F16::from_bits(fx.to_bits())), fx);
        prop_assert_eq!(bytemuck::cast::<i64, Wide>(raw).to_bits(), raw);
        prop_assert_eq!(bytemuck::cast::<u16, Angle>(raw as u16).to_bits(), raw as u16);
    }

    #[test]
    fn a_fixed_number_is_the_same_number(fx in any_fx(), whole in any::<i16>()) {
        let there: I16F16 = fx.into();
        prop_assert_eq!(there.to_bits(), fx.to_bits());
        prop_assert_eq!(Fx::from(there), fx);
        prop_assert_eq!(I16F16::from(Fx::from_int(whole)), I16F16::from_num(whole));
        prop_assert_eq!(fx.floor_int(), there.floor().to_num::<i32>());
        prop_assert_eq!(fx < Fx::from_int(whole), there < I16F16::from_num(whole));
    }
}

#[test]
fn a_state_is_plain_bytes() {
    let state = DuelState::new(&MatchDef::duel(3));
    let bytes = bytemuck::bytes_of(&state);
    let back: &DuelState = try_from_bytes(bytes).expect("the same size and alignment");
    assert_eq!(back.checksum(), state.checksum());
    assert!(try_from_bytes::<DuelState>(&bytes[4..]).is_err());
}
