//! Owns the facts of weapon numbers that are computed: the starter, fallbacks, pellets.

use pvp_sim::{Archetype, PlayerId, WeaponDef, WeaponSpec, fallback_weapon, starter_weapon};
use std::collections::BTreeSet;

#[test]
fn the_starter_is_weaker_and_quicker_than_any_weapon_that_can_be_made() {
    let starter = starter_weapon();
    let expected = WeaponSpec {
        ammo: 0,
        damage: 10,
        cooldown_frames: 30,
        ..Archetype::Pistol.base_spec()
    };
    assert_eq!(*starter.spec(), expected);
    assert!(
        WeaponDef::parse(starter.spec()).is_err(),
        "no spec of a peer can be one"
    );
}

#[test]
fn a_fallback_pays_for_a_harder_hit_with_waiting_and_for_reach_with_speed() {
    let percent_off = |value: i32, base: i32| (value - base) * 100 / base;
    let (mut harder, mut softer, mut longer, mut shorter) = (0, 0, 0, 0);
    for archetype in Archetype::ALL.iter().copied() {
        let base = archetype.base_spec();
        let mut seen = BTreeSet::new();
        for seed in 0..200 {
            let spec = *fallback_weapon(seed, PlayerId(1), 3, archetype as u8).spec();
            assert_eq!(spec.archetype, archetype as u8);
            let damage = percent_off(spec.damage.into(), base.damage.into());
            let wait = percent_off(spec.cooldown_frames.into(), base.cooldown_frames.into());
            let reach = percent_off(spec.range.into(), base.range.into());
            let speed = percent_off(spec.speed.into(), base.speed.into());
            for change in [damage, wait, reach, speed] {
                assert!(change.abs() <= 10, "{archetype:?}, seed {seed}: {spec:?}");
            }
            // Numbers of few units round to nothing and limits cut, so a change may be missing but never the other way round.
            assert!(
                damage * wait >= 0 && reach * speed <= 0,
                "{archetype:?}, seed {seed}: {spec:?}"
            );
            harder += u32::from(damage > 0 && wait > 0);
            softer += u32::from(damage < 0 && wait < 0);
            longer += u32::from(reach > 0 && speed < 0);
            shorter += u32::from(reach < 0 && speed > 0);
            seen.insert(spec.to_bytes());
            let rest = WeaponSpec {
                damage: base.damage,
                cooldown_frames: base.cooldown_frames,
                range: base.range,
                speed: base.speed,
                ..spec
            };
            assert_eq!(rest, base, "nothing else changes");
        }
        assert!(seen.len() > 30, "{archetype:?}: {} different", seen.len());
    }
    assert!(
        [harder, softer, longer, shorter].iter().all(|count| *count > 500),
        "{harder} {softer} {longer} {shorter}"
    );
}

#[test]
fn a_fallback_of_an_unknown_hint_is_of_any_archetype_and_depends_on_everything_it_is_given() {
    let of = |seed, player, request_seq, hint| *fallback_weapon(seed, PlayerId(player), request_seq, hint).spec();
    let archetypes: BTreeSet<u8> = (0..300).map(|seed| of(seed, 0, 1, 255).archetype).collect();
    assert_eq!(archetypes.len(), Archetype::COUNT);
    let differing =
        |other: &dyn Fn(u64) -> WeaponSpec| (0..50).filter(|seed| other(*seed) != of(*seed, 0, 1, 2)).count();
    assert!(differing(&|seed| of(seed + 1_000, 0, 1, 2)) > 40);
    assert!(differing(&|seed| of(seed, 1, 1, 2)) > 40);
    assert!(differing(&|seed| of(seed, 0, 2, 2)) > 40);
    assert_eq!(differing(&|seed| of(seed, 0, 1, 2)), 0);
}

/// The one number that is not cut but rounded: a pellet's share of a pull's damage, to the nearest and at least 1.
#[test]
fn pellets_share_a_pull_to_the_nearest_whole() {
    for damage in 10..=100 {
        for pellets in 1..=12 {
            let spec = WeaponSpec {
                damage,
                pellets,
                ..Archetype::Pistol.base_spec()
            };
            let (share, damage, pellets) = (spec.pellet_damage(), i32::from(damage), i32::from(pellets));
            let off = share * pellets * 2 - damage * 2;
            assert!(
                share >= 1 && (-pellets < off || share == 1) && off <= pellets,
                "{damage} by {pellets}: {share}"
            );
        }
    }
}
