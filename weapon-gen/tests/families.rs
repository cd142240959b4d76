//! Owns the claims about what a nerf takes first and gives in return, and that it leaves a weapon what it was.
//! Must not fight duels: the steps are a table.

use pvp_sim::{Archetype, WeaponDef, WeaponSpec};
use weapon_gen::balance::family::{Family, Loss, Trade};
use weapon_gen::balance::{power, steps};

fn weapon(spec: WeaponSpec) -> WeaponDef {
    WeaponDef::clamped(&spec).0
}

/// What a weapon of the archetype is after some nerfs.
fn nerfed(archetype: Archetype, passes: u8) -> WeaponSpec {
    let raw = weapon(archetype.base_spec());
    *(0..passes)
        .fold(raw, |weapon, number| steps::nerfed(&weapon, number))
        .spec()
}

#[test]
fn every_family_loses_in_its_own_order() {
    for (family, order) in [
        (Family::Blade, &[Loss::Cooldown, Loss::Damage][..]),
        (Family::Thrown, &[Loss::Damage, Loss::Cooldown]),
        (Family::Reach, &[Loss::Ammo]),
        (Family::Volley, &[Loss::Damage, Loss::Cooldown]),
        (Family::Blast, &[Loss::Cooldown, Loss::Damage]),
        (Family::Magic, &[Loss::Damage, Loss::Cooldown]),
    ] {
        assert_eq!(family.order(), order, "{}", family.name());
    }
    let rifle = Archetype::Rifle.base_spec();
    let expected = WeaponSpec { ammo: 7, ..rifle };
    assert_eq!(
        nerfed(Archetype::Rifle, 1),
        expected,
        "a far reach loses its ammo first, and nothing else"
    );
    let bomb = Archetype::Bomb.base_spec();
    let expected = WeaponSpec {
        cooldown_frames: 195,
        ..bomb
    };
    assert_eq!(
        nerfed(Archetype::Bomb, 1),
        expected,
        "a blast keeps its hit and waits longer"
    );
    let pistol = Archetype::Pistol.base_spec();
    let expected = WeaponSpec {
        damage: 16,
        ammo: 20,
        ..pistol
    };
    assert_eq!(
        nerfed(Archetype::Pistol, 1),
        expected,
        "a volley keeps its tempo and hits less hard"
    );
}

#[test]
fn after_its_order_a_nerf_takes_everything_at_once_and_ammo_of_a_far_reach() {
    for archetype in Archetype::ALL {
        for (range, halved) in [(80, false), (81, true)] {
            let spec = WeaponSpec {
                range,
                ..archetype.base_spec()
            };
            let made = *steps::nerfed(&weapon(spec), 2).spec();
            let name = archetype.name();
            assert_eq!(
                u32::from(made.damage),
                (u32::from(spec.damage) * 7 / 10).max(10),
                "{name}"
            );
            assert_eq!(
                made.cooldown_frames,
                (spec.cooldown_frames * 13 / 10).min(300),
                "{name}"
            );
            let more = match Family::of(*archetype).trade() {
                Trade::Ammo(more) => more,
                _ => 0,
            };
            let ammo = spec.ammo + more;
            let ammo = if halved { (ammo / 2).max(1) } else { ammo.min(30) };
            assert_eq!(made.ammo, ammo, "{name} with a reach of {range}");
        }
    }
}

#[test]
fn a_loss_of_damage_is_traded_for_the_knob_of_the_family() {
    for archetype in Archetype::ALL {
        let spec = WeaponSpec {
            self_damage: 60,
            ammo: 10,
            range: 50,
            ..archetype.base_spec()
        };
        let made = *steps::nerfed(&weapon(spec), 2).spec();
        let expected = match Family::of(*archetype) {
            Family::Blade => WeaponSpec {
                knockback: spec.knockback.saturating_add(20),
                ..spec
            },
            Family::Thrown => WeaponSpec {
                bounce_count: spec.bounce_count + 1,
                ..spec
            },
            Family::Reach => WeaponSpec {
                knockback: spec.knockback + 12,
                ..spec
            },
            Family::Volley => WeaponSpec { ammo: 12, ..spec },
            Family::Blast => WeaponSpec {
                self_damage: 50,
                ..spec
            },
            Family::Magic => WeaponSpec { ammo: 11, ..spec },
        };
        let expected = WeaponSpec {
            damage: made.damage,
            cooldown_frames: made.cooldown_frames,
            ..expected
        };
        assert_eq!(made, expected, "{}", archetype.name());
        let least = weapon(WeaponSpec {
            damage: 10,
            cooldown_frames: 300,
            ..spec
        });
        assert_eq!(
            steps::nerfed(&least, 2),
            least,
            "{} has nothing left to trade",
            archetype.name()
        );
    }
}

/// Weapons that a nerf is for: every archetype, hit, tempo and ammo around and above its own.
fn strong_weapons() -> Vec<WeaponDef> {
    let percent = |value: u32, percent: u32| (value * percent / 100).min(600);
    let mut weapons = Vec::new();
    for archetype in Archetype::ALL {
        let base = archetype.base_spec();
        for damage in [90, 100, 115, 130, 150] {
            for cooldown in [70, 85, 100] {
                for ammo in [70, 100, 130] {
                    weapons.push(weapon(WeaponSpec {
                        damage: percent(base.damage.into(), damage) as u8,
                        cooldown_frames: percent(base.cooldown_frames.into(), cooldown) as u16,
                        ammo: percent(base.ammo.into(), ammo) as u8,
                        ..base
                    }));
                }
            }
        }
    }
    weapons
}

/// How many of a hundred weapons are still of the family that their numbers spoke of before, after some nerfs.
fn kept_percent(passes: u8, nerf: &dyn Fn(&WeaponDef, u8) -> WeaponDef) -> usize {
    let weapons = strong_weapons();
    let is_kept = |raw: &&WeaponDef| {
        let made = (0..passes).fold(**raw, |weapon, number| nerf(&weapon, number));
        Family::of_numbers(made.spec()) == Family::of_numbers(raw.spec())
    };
    weapons.iter().filter(is_kept).count() * 100 / weapons.len()
}

#[test]
fn a_nerfed_weapon_stays_in_the_family_that_its_numbers_speak_of() {
    for passes in 1..=4 {
        let kept = kept_percent(passes, &|weapon, number| steps::nerfed(weapon, number));
        println!("{kept} % keep their family after {passes} nerfs");
        assert!(kept >= 95, "only {kept} % after {passes} nerfs");
    }
}

#[test]
fn the_family_of_the_numbers_does_not_look_at_the_archetype() {
    for archetype in Archetype::ALL {
        let spec = archetype.base_spec();
        assert_eq!(
            Family::of_numbers(&spec),
            Family::of(*archetype),
            "{}",
            archetype.name()
        );
        let disguised = WeaponSpec {
            archetype: (spec.archetype + 7) % Archetype::COUNT as u8,
            ..spec
        };
        assert_eq!(
            Family::of_numbers(&disguised),
            Family::of(*archetype),
            "{}",
            archetype.name()
        );
    }
}

#[test]
fn a_flat_nerf_of_every_number_is_caught() {
    let flat = |weapon: &WeaponDef, _: u8| {
        let spec = weapon.spec();
        let less = |value: u8| (u16::from(value) * 7 / 10) as u8;
        WeaponDef::clamped(&WeaponSpec {
            damage: less(spec.damage),
            range: less(spec.range),
            speed: less(spec.speed),
            cooldown_frames: spec.cooldown_frames * 13 / 10,
            ..*spec
        })
        .0
    };
    for passes in 1..=4 {
        let kept = kept_percent(passes, &flat);
        println!("{kept} % keep their family after {passes} flat nerfs");
        assert!(kept < 95, "{kept} % after {passes} flat nerfs");
    }
}

#[test]
fn a_nerf_never_makes_a_weapon_stronger() {
    for raw in strong_weapons() {
        let mut weapon = raw;
        for number in 0..8 {
            let next = steps::nerfed(&weapon, number);
            // Fewer shots are a loss that the estimate does not see as one.
            let is_ammo = Family::of(raw.archetype()) == Family::Reach;
            let slack = if is_ammo { 60 } else { 2 };
            assert!(
                power(next.spec()) <= power(weapon.spec()) + slack,
                "{:?} becomes {:?}",
                weapon.spec(),
                next.spec()
            );
            weapon = next;
        }
    }
}

fn rifle(damage: u8, cooldown_frames: u16, range: u8, ammo: u8) -> WeaponDef {
    let spec = WeaponSpec {
        damage,
        cooldown_frames,
        range,
        ammo,
        ..Archetype::Rifle.base_spec()
    };
    WeaponDef::parse(&spec).expect("in range")
}

#[test]
fn a_full_step_weaker_and_a_step_stronger_are_what_the_table_says() {
    // Before; weaker; stronger.
    let table = [
        ((50, 100, 50, 20), (35, 130, 50, 20), (71, 76, 50, 20)),
        ((51, 101, 80, 21), (35, 131, 80, 21), (72, 77, 80, 21)),
        ((50, 100, 81, 21), (35, 130, 81, 10), (71, 76, 81, 21)),
        ((50, 100, 81, 1), (35, 130, 81, 1), (71, 76, 81, 1)),
        ((10, 300, 10, 30), (10, 300, 10, 30), (14, 230, 10, 30)),
        ((100, 60, 100, 30), (70, 78, 100, 15), (100, 60, 100, 30)),
        ((14, 231, 40, 5), (10, 300, 40, 5), (20, 177, 40, 5)),
    ];
    for (before, weaker, stronger) in table {
        let of = |(damage, cooldown, range, ammo)| rifle(damage, cooldown, range, ammo);
        // What the nerf gives in return is a table of its own.
        let four = |weapon: WeaponDef| {
            let spec = weapon.spec();
            (spec.damage, spec.cooldown_frames, spec.range, spec.ammo)
        };
        let nerfed = steps::nerfed(&of(before), steps::ORDER_LENGTH_MAX);
        assert_eq!(four(nerfed), weaker, "{before:?} weaker");
        assert_eq!(four(steps::buffed(&of(before))), stronger, "{before:?} stronger");
    }
}
