//! Owns the facts of damage numbers: every (damage, boost, effect) triple against a table made outside Rust, and in real hits.
//!
//! It must not compute what it expects with the rule under test: the table comes from exact fractions.

use crate::lab::{Lab, at, at_cents};
use pvp_sim::{Archetype, Effect, Event, Fx, ModKind, Vec2, WeaponSpec, boosted_damage};

/// Rows of damage 10 to 100: 16 boosts of plain damage, 16 of armor piercing.
const TABLE: &str = include_str!("damage.txt");
/// The boosts of the columns, in 1/256: from the smallest to the largest that a modifier may have.
const BOOSTS: [u16; 16] = [
    32, 64, 128, 179, 230, 255, 256, 257, 281, 320, 333, 384, 512, 768, 1024, 2048,
];

struct Row {
    damage: i32,
    plain: Vec<i32>,
    piercing: Vec<i32>,
}

impl Row {
    fn expected(&self, effect: Effect) -> &[i32] {
        match effect {
            Effect::ArmorPiercing => &self.piercing,
            _ => &self.plain,
        }
    }
}

fn table() -> Vec<Row> {
    let numbers = |text: &str| -> Vec<i32> {
        let words = text.split_whitespace();
        words.map(|word| word.parse().expect("a number")).collect()
    };
    let rows = TABLE.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let parts: Vec<_> = line.split('|').map(numbers).collect();
        let [damage, plain, piercing] = &parts[..] else {
            panic!("three parts in: {line}")
        };
        Row {
            damage: damage[0],
            plain: plain.clone(),
            piercing: piercing.clone(),
        }
    });
    let rows: Vec<Row> = rows.collect();
    assert!(rows.iter().map(|row| row.damage).eq(10..=100), "a row for every damage");
    assert!(rows.iter().all(|row| row.plain.len() == 16 && row.piercing.len() == 16));
    rows
}

fn factor(boost: u16) -> Fx {
    Fx::from_bits(i32::from(boost) << 8)
}

/// How many cells another rule would fill differently: a table without such cells could not tell the rules apart.
fn cells_unlike(rule: impl Fn(i32, Effect, i32) -> i32) -> usize {
    let rows = table();
    let cells = rows.iter().flat_map(|row| {
        Effect::ALL.iter().flat_map(move |effect| {
            let cells = BOOSTS.iter().zip(row.expected(*effect));
            cells.map(move |(boost, expected)| (row.damage, *effect, i32::from(*boost), *expected))
        })
    });
    cells
        .filter(|(damage, effect, boost, expected)| rule(*damage, *effect, *boost) != *expected)
        .count()
}

#[test]
fn every_triple_of_damage_boost_and_effect_is_the_one_of_the_table() {
    let boosted = |damage, effect, boost: i32| boosted_damage(damage, effect, factor(boost as u16));
    assert_eq!(cells_unlike(boosted), 0);
    type Rule = fn(i32, Effect, i32) -> i32;
    const HALVES: fn(Effect) -> i32 = |effect| match effect {
        Effect::ArmorPiercing => 3,
        _ => 2,
    };
    let to_the_nearest: Rule = |damage, effect, boost| (damage * HALVES(effect) / 2 * boost + 128) / 256;
    let boost_first: Rule = |damage, effect, boost| damage * boost / 256 * HALVES(effect) / 2;
    let cut_once: Rule = |damage, effect, boost| damage * HALVES(effect) * boost / 512;
    for rule in [to_the_nearest, boost_first, cut_once] {
        assert!(cells_unlike(rule) > 100, "the table tells this rule from ours");
    }
}

/// The same rule over all boosts that live modifiers can come to, by the definition of truncation instead of by a division.
#[test]
fn every_damage_under_every_boost_is_cut_to_the_whole_below() {
    for damage in 0..=255 {
        for boost in 32..=2048 {
            for (effect, base) in [(Effect::None, damage), (Effect::ArmorPiercing, damage + damage / 2)] {
                let cut = boosted_damage(damage, effect, factor(boost));
                let exact = base * i32::from(boost);
                assert!(
                    cut * 256 <= exact && exact < (cut + 1) * 256,
                    "{damage} × {boost}/256, {effect:?}: {cut}"
                );
            }
        }
    }
}

/// What one shot takes from a player of 1,000 health under a live boost; what burns on afterwards does not count.
fn lost_in_a_hit(damage: u8, effect: Effect, boost: u16) -> i32 {
    let mut lab = Lab::new(&[]).define(|def| {
        def.physics.gravity = Fx::ZERO;
        def.rules.health = 10_000;
    });
    lab.place(0, at(20, 10), Vec2::ZERO);
    lab.place(1, at(30, 10), Vec2::ZERO);
    lab.arm(
        0,
        &WeaponSpec {
            effect: effect as u8,
            range: 100,
            damage,
            pellets: 1,
            ..Archetype::Pistol.base_spec()
        },
    );
    lab.step(&[]);
    for (field, value) in [
        ("players[1].health", 10_000),
        ("world.modifiers[0].kind", ModKind::Damage as i32),
        ("world.modifiers[0].factor", i32::from(boost)),
        ("world.modifiers[0].end_frame", i32::MAX),
    ] {
        lab.set(field, value);
    }
    lab.launch(0, 0, at(29, 10), at_cents(50, 0));
    let hit = lab.run_until(1, &[], |event| matches!(event, Event::Hit { .. }));
    match hit {
        Some(Event::Hit { damage, .. }) => damage,
        other => panic!("the shot hits: {other:?}"),
    }
}

#[test]
fn a_hit_takes_what_the_table_says() {
    for row in table().iter().step_by(9) {
        for effect in Effect::ALL {
            for (boost, expected) in BOOSTS.iter().zip(row.expected(effect)).step_by(3) {
                let lost = lost_in_a_hit(row.damage as u8, effect, *boost);
                assert_eq!(lost, *expected, "{} × {boost}/256, {effect:?}", row.damage);
            }
        }
    }
}
