//! Owns the fact that rules and physics of any size give a match without a panic, the same in its mirror image.
//!
//! Definitions come from files and forms; a match that makes no sense must still be a match.

use crate::lab::Lab;
use crate::mirror::{any_weapon, fidget};
use pvp_sim::{Fx, Input, MatchDef, PlayerId, Rng, Solid, SolidKind};

fn number(rng: &mut Rng) -> i32 {
    match rng.below(6) {
        0 => i32::MAX,
        1 => i32::MIN,
        2 => -1,
        3 => rng.range(0, 3),
        _ => rng.next_u32().cast_signed(),
    }
}

/// Replaces one field in four by a number of any size.
fn spoil(def: &mut MatchDef, rng: &mut Rng) {
    let (rules, physics) = (&mut def.rules, &mut def.physics);
    for field in [
        &mut physics.gravity,
        &mut physics.run_speed,
        &mut physics.run_acceleration,
        &mut physics.air_acceleration,
        &mut physics.friction,
        &mut physics.jump_speed,
        &mut physics.fall_speed_max,
        &mut physics.speed_max,
        &mut physics.quadratic_drag,
        &mut physics.step_height,
    ] {
        if rng.chance(1, 4) {
            *field = Fx::from_bits(number(rng));
        }
    }
    for field in [
        &mut rules.rounds_to_win,
        &mut rules.rounds_max,
        &mut rules.round_frames,
        &mut rules.countdown_frames,
        &mut rules.aftermath_frames,
        &mut rules.forge_cooldown_frames,
        &mut rules.forge_deadline_frames,
        &mut physics.coyote_frames,
        &mut physics.jump_buffer_frames,
    ] {
        if rng.chance(1, 4) {
            *field = number(rng).cast_unsigned();
        }
    }
    if rng.chance(1, 2) {
        rules.health = number(rng);
    }
    if rng.chance(1, 4) {
        rules.host = PlayerId(rng.next_u32() as u8);
    }
}

#[test]
fn a_match_of_any_numbers_is_a_match() {
    let solids = [
        crate::lab::floor(),
        Solid::new(SolidKind::SlopeUp, (10, 2), (16, 6)),
        Solid::new(SolidKind::Block, (16, 2), (22, 6)),
        Solid::new(SolidKind::OneWay, (30, 6), (40, 7)),
    ];
    for seed in 0..200 {
        let mut rng = Rng::new(seed);
        let mut def = MatchDef::duel(seed);
        spoil(&mut def, &mut rng);
        let mut lab = Lab::new(&solids).define(|place| (place.rules, place.physics) = (def.rules, def.physics));
        for player in 0..2 {
            lab.arm(player, &any_weapon(&mut rng));
            lab.place(
                player,
                crate::lab::at(12 + 10 * player as i16, 12),
                crate::lab::at(0, 0),
            );
            lab.set(&format!("players[{player}].health"), def.rules.health);
        }
        let mut inputs = [Input::default(); 2];
        for _ in 0..300 {
            fidget::<pvp_sim::DuelState>(&mut rng, &mut inputs);
            if rng.chance(1, 30) {
                inputs[0].request_seq = inputs[0].request_seq.wrapping_add(1);
                inputs[1].commit_seq = inputs[1].commit_seq.wrapping_add(1);
            }
            lab.step(&inputs);
        }
    }
}
