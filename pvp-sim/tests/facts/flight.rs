//! Owns the facts of flight without contact: gravity, linear and quadratic drag, the speed limit, homing, range, fuse.

use crate::lab::{Lab, at, at_cents, cents, floor};
use proptest::prelude::*;
use pvp_sim::{Archetype, Event, Fx, MatchState, Vec2, WeaponSpec};

fn bullet() -> WeaponSpec {
    WeaponSpec {
        range: 100,
        knockback: 0,
        ..Archetype::Pistol.base_spec()
    }
}

/// The velocities of a shot from frame to frame, as the simulation flies it through free air.
fn velocities(mut lab: Lab, spec: &WeaponSpec, velocity: Vec2, frames: usize) -> Vec<Vec2> {
    lab.arm(0, spec);
    lab.launch(0, 0, at(32, 20), velocity);
    lab.set("projectiles[0].travel_left", i32::MAX);
    let mut all = vec![velocity];
    for _ in 0..frames {
        let before = lab.projectile(0).expect("it flies");
        lab.step(&[]);
        let after = lab.projectile(0).expect("it flies");
        assert_eq!(
            after.position - before.position,
            after.velocity,
            "the position follows the new velocity"
        );
        all.push(after.velocity);
    }
    all
}

fn windless() -> Lab {
    Lab::new(&[floor()]).define(|def| def.physics.gravity = Fx::ZERO)
}

fn airy(drag: Fx) -> Lab {
    windless().define(|def| def.physics.quadratic_drag = drag)
}

#[test]
fn gravity_is_scaled_per_weapon_and_may_pull_up() {
    for scale in [0, 256, 512, -256] {
        let spec = WeaponSpec {
            gravity_scale: scale,
            ..bullet()
        };
        let pull = Lab::new(&[]).def.physics.gravity * Fx::from_q8_8(scale);
        for pair in velocities(Lab::new(&[floor()]), &spec, at_cents(20, 0), 20).windows(2) {
            assert_eq!(pair[1], pair[0] - Vec2::Y * pull, "scale {scale}");
        }
    }
}

#[test]
fn linear_drag_takes_a_fixed_share_from_every_direction_alike() {
    let spec = WeaponSpec { drag: 128, ..bullet() };
    let all = velocities(windless(), &spec, at_cents(80, -8), 150);
    assert_eq!(all[1], at_cents(80, -8) * Fx::from_ratio(7, 8));
    for pair in all.windows(2) {
        assert_eq!(pair[1], pair[0] * Fx::from_ratio(7, 8));
    }
    // Rounding half away from zero ends at 4 steps of 1/65536: an eighth of that is less than half a step.
    assert_eq!(all[150], Vec2::new(Fx::from_bits(4), Fx::from_bits(-4)));
}

#[test]
fn quadratic_drag_takes_a_share_that_grows_with_the_speed() {
    let all = velocities(airy(Fx::from_ratio(1, 2)), &bullet(), at_cents(80, 0), 40);
    // 1/v grows by about the drag in each frame: that is what a loss by v² means.
    for (frame, pair) in all.windows(2).enumerate() {
        let expected = pair[0].x - pair[0].x * pair[0].x / 2;
        assert!(
            (pair[1].x - expected).abs() <= Fx::from_bits(2),
            "frame {frame}: {pair:?}"
        );
    }
    let (fast, slow) = (all[0].x - all[1].x, all[39].x - all[40].x);
    assert!(fast > slow * 100, "{fast:?} at first, {slow:?} at last");
}

#[test]
fn no_drag_is_the_default_and_the_strongest_drag_stops_without_turning() {
    let free = velocities(windless(), &bullet(), at_cents(33, 44), 20);
    assert_eq!(free[20], free[0]);
    let strongest = windless().define(|def| {
        def.physics.quadratic_drag = Fx::MAX;
        def.physics.speed_max = Fx::from_int(8);
    });
    assert_eq!(velocities(strongest, &bullet(), at_cents(-300, 100), 1)[1], Vec2::ZERO);
}

#[test]
fn nothing_flies_faster_than_the_limit() {
    let spec = WeaponSpec {
        gravity_scale: 1024,
        ..bullet()
    };
    let mut lab = Lab::new(&[]);
    let limit = lab.def.physics.speed_max;
    lab.arm(0, &spec);
    lab.launch(0, 0, at(32, 33), at_cents(90, 90));
    while lab.projectile(0).is_some() {
        lab.step(&[]);
        let speed = lab.projectile(0).map_or(Fx::ZERO, |shot| shot.velocity.length());
        assert!(speed <= limit, "{speed:?}");
    }
}

#[test]
fn homing_turns_by_at_most_its_rate_and_keeps_the_speed() {
    let spec = WeaponSpec { homing: 8, ..bullet() };
    let mut lab = windless();
    lab.place(1, at(50, 10), Vec2::ZERO);
    lab.arm(0, &spec);
    // It starts towards the other side and has to turn around by a half turn: 8/1024 turn per frame.
    lab.launch(0, 0, at(40, 10), at_cents(-20, 3));
    lab.set("projectiles[0].travel_left", i32::MAX);
    let rate = 8 * 64;
    let mut frames = 0;
    let mut shot = lab.projectile(0).expect("it flies");
    let first_speed = shot.velocity.length();
    while lab.state.players()[1].health == 100 {
        lab.step(&[]);
        frames += 1;
        let Some(now) = lab.projectile(0) else { break };
        let turned = shot
            .velocity
            .to_angle()
            .steps_to(now.velocity.to_angle())
            .unsigned_abs();
        assert!(turned <= rate + 8, "turned by {turned} of 65536 in one frame");
        assert!((now.velocity.length() - first_speed).abs() <= cents(1));
        shot = now;
    }
    assert!(
        frames > 50,
        "a half turn takes at least {} frames, not {frames}",
        32_768 / i32::from(rate)
    );
    assert!(lab.state.players()[1].health < 100, "it hit in the end");
}

#[test]
fn a_shot_ends_at_its_range_and_goes_off_at_its_fuse() {
    let spec = WeaponSpec { range: 10, ..bullet() };
    let mut lab = windless();
    lab.arm(0, &spec);
    lab.launch(0, 0, at(20, 20), at_cents(50, 0));
    let end = lab.run_until(60, &[], |event| matches!(event, Event::Fizzled { .. }));
    assert!(
        matches!(end, Some(Event::Fizzled { position, .. }) if position == at(20, 20) + Vec2::X * spec.reach()),
        "{end:?}"
    );
    let spec = WeaponSpec {
        fuse_frames: 25,
        effect_radius: 8,
        ..bullet()
    };
    let mut lab = windless();
    lab.arm(0, &spec);
    lab.launch(0, 0, at(20, 20), at_cents(50, 0));
    lab.run(25, &[]);
    assert!(lab.events.as_slice().is_empty());
    lab.step(&[]);
    let place = at_cents(3250, 2000);
    assert!(
        lab.events.as_slice().contains(&Event::Exploded {
            position: place,
            radius: 8
        }),
        "{:?}",
        lab.events.as_slice()
    );
}

proptest! {
    #[test]
    fn drag_never_speeds_up_and_never_turns_around(
        x in -60_000..60_000_i32,
        y in -60_000..60_000_i32,
        linear in 0..128_u8,
        quadratic in 0..65_536_i32,
    ) {
        let spec = WeaponSpec { drag: linear, ..bullet() };
        let velocity = Vec2::new(Fx::from_bits(x), Fx::from_bits(y)).clamp_length_max(cents(95));
        let mut last = velocity;
        for now in velocities(airy(Fx::from_bits(quadratic)), &spec, velocity, 8) {
            prop_assert!(now.x.abs() <= last.x.abs() && now.y.abs() <= last.y.abs());
            prop_assert!(now.x.is_zero() || now.x.signum() == velocity.x.signum());
            prop_assert!(now.y.is_zero() || now.y.signum() == velocity.y.signum());
            last = now;
        }
    }
}
