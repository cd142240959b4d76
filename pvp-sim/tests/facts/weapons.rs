//! Owns the facts of weapons: each knob of a spec, and what each effect does to who is hit.

use crate::lab::{Lab, at, at_cents, cents, floor, hold};
use pvp_sim::{
    Archetype, Buttons, Effect, Event, Fx, MatchState, Solid, SolidKind, Vec2, WeaponFlags, WeaponSpec, area_damage,
};

fn bullet() -> WeaponSpec {
    WeaponSpec {
        range: 100,
        knockback: 0,
        damage: 20,
        ammo: 30,
        spread: 0,
        ..Archetype::Pistol.base_spec()
    }
}

fn blast(radius: u8) -> WeaponSpec {
    WeaponSpec {
        effect: Effect::Area as u8,
        effect_radius: radius,
        damage: 100,
        ..bullet()
    }
}

/// Two players who float ten units apart; player 0 is armed.
fn duel(spec: &WeaponSpec) -> Lab {
    arena(&[], spec)
}

fn arena(solids: &[Solid], spec: &WeaponSpec) -> Lab {
    let mut lab = Lab::new(solids).define(|def| def.physics.gravity = Fx::ZERO);
    lab.place(0, at(20, 10), Vec2::ZERO);
    lab.place(1, at(30, 10), Vec2::ZERO);
    lab.arm(0, spec);
    // The countdown's last frame takes no input.
    lab.step(&[]);
    lab
}

/// The health of the opponent after a shot that flies into them, and the match then.
fn shoot(spec: &WeaponSpec) -> (i32, Lab) {
    let mut lab = duel(spec);
    lab.launch(0, 0, at(29, 10), at_cents(50, 0));
    lab.step(&[]);
    (lab.state.players()[1].health, lab)
}

/// The health of both after a blast of player 0 at a place.
fn explode(solids: &[Solid], spec: &WeaponSpec, place: Vec2) -> [i32; 2] {
    let mut lab = arena(solids, spec);
    lab.launch(0, 0, place, Vec2::ZERO);
    lab.set("projectiles[0].counters", 1 << 16);
    lab.step(&[]);
    [0, 1].map(|number| lab.state.players()[number].health)
}

fn shots(lab: &Lab) -> Vec<Vec2> {
    lab.state.projectiles().map(|(_, shot)| shot.velocity).collect()
}

#[test]
fn damage_and_armor_piercing() {
    assert_eq!(shoot(&bullet()).0, 80);
    let piercing = WeaponSpec {
        effect: Effect::ArmorPiercing as u8,
        damage: 25,
        ..bullet()
    };
    assert_eq!(shoot(&piercing).0, 100 - 37, "25 × 3/2, rounded down");
}

#[test]
fn area_damage_falls_to_nothing_at_the_radius() {
    // A radius of 16 quarters is 4 units.
    for (distance, damage) in [(0, 100), (100, 75), (200, 50), (399, 0), (400, 0), (500, 0)] {
        let health = explode(&[], &blast(16), at(30, 10) - at_cents(distance, 0));
        assert_eq!(health, [100, 100 - damage], "{distance} hundredths away");
    }
    assert_eq!(area_damage(100, Fx::from_int(4), Fx::from_int(4)), 0);
    assert_eq!(area_damage(100, Fx::ZERO, Fx::ZERO), 0);
}

#[test]
fn area_damage_takes_its_share_from_the_shooter() {
    for (share, lost) in [(0, 0), (50, 37), (100, 75)] {
        let spec = WeaponSpec {
            self_damage: share,
            ..blast(16)
        };
        assert_eq!(
            explode(&[], &spec, at(21, 10)),
            [100 - lost, 100],
            "{share} percent of 75"
        );
    }
}

#[test]
fn walls_block_area_damage_only_for_weapons_that_look() {
    let wall = Solid::new(SolidKind::Block, (28, 5), (29, 15));
    let looks = WeaponSpec {
        flags: WeaponFlags::LINE_OF_SIGHT,
        ..blast(16)
    };
    assert_eq!(explode(&[wall], &blast(16), at(27, 10)), [100, 75]);
    assert_eq!(explode(&[wall], &looks, at(27, 10)), [100, 100]);
    assert_eq!(explode(&[], &looks, at(27, 10)), [100, 75]);
}

#[test]
fn knockback_pushes_along_the_shot_and_a_little_up() {
    let spec = WeaponSpec {
        knockback: 128,
        ..bullet()
    };
    let lab = shoot(&spec).1;
    let pushed = lab.state.players()[1].velocity;
    assert_eq!(pushed, Vec2::new(Fx::HALF, Fx::HALF / 3));
    assert_eq!(shoot(&bullet()).1.state.players()[1].velocity, Vec2::ZERO);
}

#[test]
fn who_is_hit_is_out_of_control_for_a_moment() {
    let mut lab = shoot(&bullet()).1;
    let held = [hold(0), hold(Buttons::RIGHT | Buttons::FIRE)];
    let mut stunned_frames = 0;
    while lab.state.players()[1].stun_frames > 0 {
        lab.step(&held);
        assert_eq!((lab.state.players()[1].velocity.x, shots(&lab).len()), (Fx::ZERO, 0));
        stunned_frames += 1;
    }
    assert_eq!(stunned_frames, 3, "four frames with the one of the hit");
    lab.step(&held);
    assert!(lab.state.players()[1].velocity.x.is_positive());
    assert_eq!(shots(&lab).len(), 1);
}

#[test]
fn effects_last_as_long_as_they_should() {
    let effect = |effect: Effect| WeaponSpec {
        effect: effect as u8,
        ..bullet()
    };
    let after = |kind: Effect, frames: u32| {
        let mut lab = shoot(&effect(kind)).1;
        lab.run(frames, &[]);
        lab.state.players()[1].health
    };
    assert_eq!(after(Effect::None, 300), 80);
    assert_eq!(
        (after(Effect::Fire, 119), after(Effect::Fire, 300)),
        (74, 74),
        "six bites in two seconds"
    );
    assert_eq!(
        (after(Effect::Poison, 239), after(Effect::Poison, 500)),
        (72, 72),
        "eight bites in four seconds"
    );
    let mut slowed = shoot(&effect(Effect::Ice)).1;
    slowed.run(80, &[hold(0), hold(Buttons::RIGHT)]);
    let top_speed = slowed.def.physics.run_speed;
    assert_eq!(slowed.state.players()[1].velocity.x, top_speed / 2);
    slowed.run(40, &[hold(0), hold(Buttons::RIGHT)]);
    assert_eq!(slowed.state.players()[1].velocity.x, top_speed);
    let stunned = |kind| shoot(&effect(kind)).1.state.players()[1].stun_frames;
    assert_eq!(
        (stunned(Effect::Electric), stunned(Effect::None)),
        (15, 3),
        "one frame of each is over"
    );
}

#[test]
fn a_plain_hit_does_not_end_a_longer_stun() {
    let mut lab = shoot(&WeaponSpec {
        effect: Effect::Electric as u8,
        ..bullet()
    })
    .1;
    lab.arm(0, &bullet());
    lab.launch(1, 0, at(29, 10), at_cents(50, 0));
    lab.step(&[]);
    let hurt = lab.state.players()[1];
    assert_eq!((hurt.health, hurt.stun_frames), (60, 14));
}

#[test]
fn leeching_heals_the_shooter_by_a_quarter_up_to_the_full_health() {
    for (health, healed) in [(50, 55), (97, 100)] {
        let mut lab = duel(&WeaponSpec {
            effect: Effect::Leech as u8,
            ..bullet()
        });
        lab.set("players[0].health", health);
        lab.launch(0, 0, at(29, 10), at_cents(50, 0));
        lab.step(&[]);
        assert_eq!(lab.state.players()[0].health, healed);
    }
}

#[test]
fn pellets_share_the_damage_and_fan_out_evenly() {
    let spec = WeaponSpec {
        pellets: 5,
        spread: 32,
        damage: 52,
        ..bullet()
    };
    assert_eq!(spec.pellet_damage(), 10, "52/5 = 10.4");
    let mut lab = duel(&spec);
    lab.step(&[hold(Buttons::FIRE)]);
    let fan = shots(&lab);
    assert_eq!(fan.len(), 5);
    // 32/256 of a turn between the outer ones, symmetric about the aim.
    assert_eq!(fan[2], Vec2::X * spec.muzzle_speed());
    for pair in [(0, 4), (1, 3)] {
        assert_eq!((fan[pair.0].x, fan[pair.0].y), (fan[pair.1].x, -fan[pair.1].y));
    }
    let full = fan[0].to_angle().steps_to(fan[4].to_angle());
    assert!((full.unsigned_abs()).abs_diff(32 * 256) <= 16, "{full}");
}

#[test]
fn a_single_pellet_strays_within_its_spread_and_both_ways() {
    let spec = WeaponSpec {
        spread: 16,
        cooldown_frames: 60,
        ..bullet()
    };
    let (mut left, mut right) = (0, 0);
    let mut lab = duel(&spec);
    lab.place(1, at(20, 30), Vec2::ZERO);
    for _ in 0..30 {
        lab.set("players[0].cooldown_frames", 0);
        lab.set("live[0]", 0);
        lab.step(&[hold(Buttons::FIRE)]);
        let off = pvp_sim::Angle::from_bits(0).steps_to(shots(&lab)[0].to_angle());
        assert!(off.unsigned_abs() <= 16 * 128 + 8, "{off}");
        left += u32::from(off > 0);
        right += u32::from(off < 0);
    }
    assert!(left > 5 && right > 5, "{left} left, {right} right");
}

#[test]
fn bursts_leave_one_after_another() {
    let spec = WeaponSpec {
        pellets: 4,
        flags: WeaponFlags::BURST,
        spread: 8,
        ..bullet()
    };
    let mut lab = duel(&spec);
    let mut counts = Vec::new();
    for _ in 0..16 {
        lab.step(&[hold(Buttons::FIRE)]);
        counts.push(shots(&lab).len());
    }
    assert_eq!(counts, [1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4]);
    assert_eq!(lab.state.players()[0].ammo, 29, "a burst is one trigger pull");
}

#[test]
fn the_trigger_waits_for_the_cooldown_and_stops_without_ammo() {
    let spec = WeaponSpec {
        ammo: 3,
        cooldown_frames: 70,
        ..bullet()
    };
    let mut lab = duel(&spec);
    let mut pulled = Vec::new();
    for frame in 0..400 {
        lab.step(&[hold(Buttons::FIRE)]);
        if lab
            .events
            .as_slice()
            .iter()
            .any(|event| matches!(event, Event::Shot { .. }))
        {
            pulled.push(frame);
        }
    }
    assert_eq!(pulled, [0, 70, 140]);
    // The starter never runs out.
    let mut lab = duel(&bullet());
    lab.step(&[hold(Buttons::SWAP)]);
    assert_eq!(lab.state.players()[0].is_starter, 1);
    let mut count = 0;
    for _ in 0..1_300 {
        lab.step(&[hold(Buttons::FIRE)]);
        count += lab
            .events
            .as_slice()
            .iter()
            .filter(|event| matches!(event, Event::Shot { .. }))
            .count();
    }
    assert!(count > 40, "{count} shots");
}

#[test]
fn hitscan_arrives_in_its_frame_and_no_farther_than_its_range() {
    let spec = WeaponSpec {
        flags: WeaponFlags::HITSCAN,
        range: 20,
        speed: 10,
        ..bullet()
    };
    let mut lab = duel(&spec);
    lab.step(&[hold(Buttons::FIRE)]);
    assert_eq!(lab.state.players()[1].health, 80);
    assert_eq!(shots(&lab), []);
    let mut lab = duel(&spec);
    lab.place(1, at(33, 10), Vec2::ZERO);
    lab.step(&[hold(Buttons::FIRE)]);
    assert_eq!(lab.state.players()[1].health, 100, "range 20 reaches 12 units");
    assert_eq!(shots(&lab), []);
}

#[test]
fn hitscan_stops_at_walls_and_bounces_if_it_may() {
    let wall = Solid::new(SolidKind::Block, (25, 0), (26, 36));
    let spec = WeaponSpec {
        flags: WeaponFlags::HITSCAN,
        ..bullet()
    };
    let mut lab = arena(&[wall], &spec);
    lab.step(&[hold(Buttons::FIRE)]);
    assert_eq!(lab.state.players()[1].health, 100);
    let mut lab = arena(
        &[wall],
        &WeaponSpec {
            bounce_count: 2,
            restitution: 255,
            ..spec
        },
    );
    lab.place(1, at(15, 10), Vec2::ZERO);
    lab.step(&[hold(Buttons::FIRE)]);
    assert_eq!(
        lab.state.players()[1].health,
        80,
        "off the wall and back past the shooter"
    );
}

#[test]
fn a_shot_bounces_as_often_as_it_may_and_keeps_its_share() {
    let walls = [
        Solid::new(SolidKind::Block, (10, 0), (11, 36)),
        Solid::new(SolidKind::Block, (15, 0), (16, 36)),
    ];
    for bounce_count in 0..4 {
        let mut lab = arena(
            &walls,
            &WeaponSpec {
                bounce_count,
                restitution: 255,
                ..bullet()
            },
        );
        lab.launch(0, 0, at(13, 10), at_cents(50, 0));
        let mut bounces = 0;
        while lab.projectile(0).is_some() {
            lab.step(&[]);
            bounces += lab
                .events
                .as_slice()
                .iter()
                .filter(|event| matches!(event, Event::Bounced { .. }))
                .count();
        }
        assert_eq!(bounces, usize::from(bounce_count));
    }
    let mut lab = arena(
        &walls,
        &WeaponSpec {
            bounce_count: 1,
            restitution: 51,
            ..bullet()
        },
    );
    lab.launch(0, 0, at(13, 10), at_cents(50, 10));
    lab.run_until(20, &[], |event| matches!(event, Event::Bounced { .. }))
        .expect("a wall is there");
    let velocity = lab.projectile(0).expect("it flies on").velocity;
    assert_eq!(velocity.y, cents(10), "what goes along the wall is kept");
    assert!(
        (velocity.x + cents(10)).abs() <= Fx::from_bits(2),
        "a fifth of 0.5 is kept: {velocity:?}"
    );
}

#[test]
fn a_full_pool_drops_shots_and_nothing_else() {
    let mut lab = duel(&WeaponSpec {
        pellets: 12,
        spread: 64,
        ..bullet()
    });
    lab.place(1, at(30, 34), Vec2::ZERO);
    for place in 0..60 {
        lab.launch(place, 0, at(40, 20), Vec2::ZERO);
    }
    lab.step(&[hold(Buttons::FIRE)]);
    assert_eq!(lab.state.projectiles().count(), 64);
    assert_eq!(lab.state.players()[0].ammo, 29);
}

#[test]
fn platforms_let_shots_through() {
    let solids = [Solid::new(SolidKind::OneWay, (25, 8), (26, 12)), floor()];
    let mut lab = arena(&solids, &bullet());
    lab.launch(0, 0, at(22, 10), at_cents(80, 0));
    lab.run_until(12, &[], |event| matches!(event, Event::Hit { .. }))
        .expect("nothing stops the shot");
}
