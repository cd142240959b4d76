//! Owns the claims about nerfs, buffs and the budget that hold for every weapon, not only for those of templates.
//! Must not fight more duels than a test may take: the long search is `examples/search.rs`.

use pvp_sim::{Archetype, WeaponDef, WeaponSpec};
use weapon_gen::balance::{self, FAIR_SCORES, POWER_MAX, balance, power, search};

fn weapon(spec: WeaponSpec) -> WeaponDef {
    WeaponDef::parse(&spec).expect("a spec in range")
}

#[test]
fn nerfs_and_buffs_are_integer_steps_for_every_damage_and_cooldown() {
    for damage in 10..=100u8 {
        for cooldown_frames in 60..=300u16 {
            let spec = WeaponSpec {
                damage,
                cooldown_frames,
                ..Archetype::Bow.base_spec()
            };
            let (down, up) = (weapon(spec).nerfed(), weapon(spec).buffed());
            let step =
                |value: u32, times: u32, parts: u32, range: (u32, u32)| (value * times / parts).clamp(range.0, range.1);
            let (damage, cooldown) = (u32::from(damage), u32::from(cooldown_frames));
            assert_eq!(u32::from(down.spec().damage), step(damage, 7, 10, (10, 100)));
            assert_eq!(
                u32::from(down.spec().cooldown_frames),
                step(cooldown, 13, 10, (60, 300))
            );
            assert_eq!(u32::from(up.spec().damage), step(damage, 10, 7, (10, 100)));
            assert_eq!(u32::from(up.spec().cooldown_frames), step(cooldown, 10, 13, (60, 300)));
        }
    }
    let ninety = WeaponSpec {
        damage: 90,
        ..Archetype::Bow.base_spec()
    };
    // 90 × 0.7 in floats is 62.99…, cut to 62.
    assert_eq!(weapon(ninety).nerfed().spec().damage, 63);
}

#[test]
fn a_nerf_halves_the_ammo_of_a_long_reach_only_and_keeps_the_character() {
    for archetype in Archetype::ALL {
        for (range, halved) in [(80, false), (81, true)] {
            let spec = WeaponSpec {
                range,
                ..archetype.base_spec()
            };
            let nerfed = *weapon(spec).nerfed().spec();
            let ammo = if halved { (spec.ammo / 2).max(1) } else { spec.ammo };
            let expected = WeaponSpec {
                damage: nerfed.damage,
                cooldown_frames: nerfed.cooldown_frames,
                ammo,
                ..spec
            };
            assert_eq!(nerfed, expected, "{}", archetype.name());
        }
    }
}

#[test]
fn any_weapon_is_brought_into_the_band_or_to_its_limits() {
    let (mut fair, count) = (0, 16);
    for number in 0..count {
        let raw = search::drawn(3, number);
        let made = balance(&raw);
        assert!(made.passes <= 8, "{made:?}");
        assert!(power(made.weapon.spec()) <= POWER_MAX, "{made:?}");
        assert_eq!(
            made.score,
            balance::score(&made.weapon),
            "the score is that of the weapon as it is"
        );
        assert_eq!(made.weapon.archetype(), raw.archetype());
        let at_a_limit = made.weapon.buffed() == made.weapon || made.weapon.nerfed() == made.weapon || made.passes == 8;
        let is_fair = FAIR_SCORES.contains(&made.score);
        // A buff that would leave the budget is not taken.
        let over = power(made.weapon.buffed().spec()) > POWER_MAX;
        assert!(is_fair || at_a_limit || over, "{made:?}");
        fair += u32::from(is_fair);
    }
    assert!(fair * 10 >= count * 7, "only {fair} of {count} are fair");
}

#[test]
fn more_damage_never_lowers_the_score_beyond_noise() {
    for archetype in [Archetype::Pistol, Archetype::Spear, Archetype::Cannon, Archetype::Wand] {
        let scores: Vec<u8> = [12, 24, 36, 48, 72, 100]
            .into_iter()
            .map(|damage| {
                balance::score(&weapon(WeaponSpec {
                    damage,
                    ..archetype.base_spec()
                }))
            })
            .collect();
        // 128 duels measure a rate to about ±4.4.
        assert!(
            scores.windows(2).all(|pair| pair[1] + 9 >= pair[0]) && scores[5] > scores[0],
            "{}: {scores:?}",
            archetype.name()
        );
    }
}
