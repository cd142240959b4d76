//! Owns the fact that a hostile snapshot cannot hurt: with any words in it, it is refused or simulated without a panic.

use crate::lab::hold;
use proptest::prelude::*;
use pvp_sim::{
    Content, ContentStore, DuelState, Events, Frame, Input, MatchDef, MatchState, PlayerId, WeaponDef, WeaponSpec,
    load_snapshot, save_snapshot, snapshot_bytes, step,
};
use std::sync::OnceLock;

/// A duel in the thick of it: shots in flight, open requests, live modifiers.
fn busy() -> &'static (MatchDef, ContentStore, DuelState) {
    static BUSY: OnceLock<(MatchDef, ContentStore, DuelState)> = OnceLock::new();
    BUSY.get_or_init(|| {
        let mut def = MatchDef::duel(9);
        def.rules.countdown_frames = 0;
        def.rules.forge_cooldown_frames = 5;
        let mut content = ContentStore::new();
        let weapon = WeaponDef::clamped(&WeaponSpec {
            pellets: 9,
            bounce_count: 5,
            pierce: 3,
            homing: 9,
            effect_radius: 3,
            ..pvp_sim::Archetype::Orb.base_spec()
        });
        let (player, request_seq) = (PlayerId(0), 1);
        let weapon = weapon.0;
        content
            .insert(
                0,
                Content::Weapon {
                    player,
                    request_seq,
                    weapon,
                },
            )
            .expect("the slot is free");
        let mut state = DuelState::new(&def);
        for frame in 0..200 {
            let fire = Input {
                request_seq: 1,
                commit_seq: u8::from(frame > 5),
                ..hold(16)
            };
            step(&def, &content, &mut state, &[fire, hold(16)], &mut Events::new());
        }
        assert!(state.projectiles().count() > 3 && state.frame() == Frame(200));
        (def, content, state)
    })
}

/// Numbers at the ends of their ranges, and any others.
fn any_word() -> impl Strategy<Value = u32> {
    let ends = [0, 1, 2, 3, 255, 256, 65_535, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    prop_oneof![prop::sample::select(ends.to_vec()), any::<u32>(), 0..4_096_u32]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    #[test]
    fn a_hostile_snapshot_is_refused_or_simulated_without_a_panic(
        words in prop::collection::vec((0..size_of::<DuelState>() / 4, any_word()), 1..6),
        buttons in any::<u8>(),
        aim in any::<u8>(),
    ) {
        let (def, content, state) = busy();
        let mut state = *state;
        for (word, value) in words {
            bytemuck::bytes_of_mut(&mut state)[word * 4..][..4].copy_from_slice(&value.to_ne_bytes());
        }
        let mut bytes = [0; snapshot_bytes::<DuelState>()];
        save_snapshot(&state, &mut bytes).expect("there is room");
        let Ok(mut loaded) = load_snapshot::<DuelState>(&bytes) else { return Ok(()) };
        prop_assert_eq!(loaded, state);
        let input = Input { aim, ..hold(buttons) };
        for _ in 0..30 {
            step(def, content, &mut loaded, &[input, input.mirror_x()], &mut Events::new());
        }
    }
}
