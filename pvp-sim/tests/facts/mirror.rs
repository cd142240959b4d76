//! Owns the fact that no side is favored: whole matches in any arena are played together with their mirror image.

use crate::lab::{Lab, mirrored};
use pvp_sim::{
    ArenaDef, Buttons, Content, DuelState, Input, MatchState, ModKind, PlayerId, Rng, Solid, SwarmState, Vec2,
    WeaponDef, WeaponSpec,
};

const MOVES: u8 = Buttons::LEFT | Buttons::RIGHT | Buttons::JUMP | Buttons::DOWN | Buttons::FIRE | Buttons::SWAP;

/// Any weapon in range; most specs of random bytes are clamped somewhere.
pub(crate) fn any_weapon(rng: &mut Rng) -> WeaponSpec {
    let mut bytes = [0; 24];
    bytes.fill_with(|| rng.next_u32() as u8);
    *WeaponDef::clamped(&WeaponSpec::from_bytes(&bytes)).0.spec()
}

/// Buttons and aims that change now and then.
pub(crate) fn fidget<S: MatchState>(rng: &mut Rng, inputs: &mut [Input]) {
    for input in &mut inputs[..S::PLAYER_COUNT] {
        if rng.below(8) == 0 {
            input.buttons = rng.next_u32() as u8 & MOVES;
        }
        if rng.below(8) == 0 {
            input.aim = rng.next_u32() as u8;
        }
    }
}

/// A match of random inputs, weapons and physics; `Lab::step` compares each frame with its mirror image.
fn play<S: MatchState>(mut lab: Lab<S>, spawns: &[Vec2], rng: &mut Rng, frames: u32) -> Lab<S> {
    lab = lab.define(|def| {
        def.rules.forge_cooldown_frames = 0;
        def.rules.forge_deadline_frames = 30;
    });
    for number in 0..S::PLAYER_COUNT {
        lab.place(number, spawns[number % spawns.len()], Vec2::ZERO);
    }
    for slot in 0..=255 {
        let (player, request_seq) = (PlayerId(slot % S::PLAYER_COUNT as u8), slot / S::PLAYER_COUNT as u8 + 1);
        let content = if rng.below(4) == 0 {
            Content::PhysicsMod {
                player,
                request_seq,
                kind: ModKind::ALL[rng.below(6) as usize],
                factor: rng.range(32, 2048) as u16,
                frames: rng.range(1, 400) as u16,
            }
        } else {
            let weapon = WeaponDef::clamped(&any_weapon(rng)).0;
            Content::Weapon {
                player,
                request_seq,
                weapon,
            }
        };
        lab.content.insert(slot, content).expect("the slot is free");
    }
    let mut inputs = [Input::default(); 8];
    let mut slot = 0_u8;
    for frame in 0..frames {
        fidget::<S>(rng, &mut inputs);
        let asks = usize::from(slot) % S::PLAYER_COUNT;
        match frame % 20 {
            5 => inputs[asks].request_seq = slot / S::PLAYER_COUNT as u8 + 1,
            // Now and then the host keeps silent, and the fallback comes.
            8 if rng.below(4) > 0 => {
                inputs[0].commit_seq = inputs[0].commit_seq.wrapping_add(1);
                inputs[0].commit_slot = slot;
            }
            19 => slot = slot.wrapping_add(1),
            _ => {}
        }
        lab.step(&inputs[..S::PLAYER_COUNT]);
    }
    lab
}

fn arena(seed: u64) -> ArenaDef {
    if seed.is_multiple_of(4) {
        ArenaDef::forge()
    } else {
        ArenaDef::generate(seed)
    }
}

#[test]
fn duels_in_any_arena_are_their_own_mirror_images() {
    let (mut shots, mut damage) = (0, 0);
    for seed in 0..40 {
        let arena = arena(seed);
        let solids: Vec<Solid> = arena.solids().to_vec();
        let mut rng = Rng::new(seed);
        let lab = play(Lab::<DuelState>::new(&solids), arena.spawns(), &mut rng, 900);
        shots += lab.state.world().shot_count;
        damage += lab
            .state
            .players()
            .iter()
            .map(|player| player.damage_dealt)
            .sum::<u32>();
    }
    assert!(
        shots > 1_000 && damage > 1_000,
        "{shots} shots, {damage} damage: too little happened to show anything"
    );
}

#[test]
fn swarms_in_any_arena_are_their_own_mirror_images() {
    let mut damage = 0;
    for seed in 0..6 {
        let arena = arena(seed);
        let mut rng = Rng::new(seed);
        let lab = Lab::with_state(arena.solids(), SwarmState::new);
        let lab = play(lab, arena.spawns(), &mut rng, 600);
        damage += lab
            .state
            .players()
            .iter()
            .map(|player| player.damage_dealt)
            .sum::<u32>();
    }
    assert!(damage > 1_000, "{damage} damage: too little happened to show anything");
}

#[test]
fn the_mirror_of_the_mirror_is_the_place() {
    for spawn in ArenaDef::forge().spawns() {
        assert_eq!(mirrored(mirrored(*spawn)), *spawn);
    }
}
