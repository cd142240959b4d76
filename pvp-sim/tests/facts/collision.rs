//! Owns the edge cases of collision: overlaps, ties, corners, great speeds, rest, walls, energy.

use crate::lab::{HEIGHT, Lab, WIDTH, at, at_cents, cents, floor, hold};
use proptest::prelude::*;
use pvp_sim::{
    Archetype, ArenaDef, Buttons, Event, Fx, MatchState, ModKind, PlayerId, Solid, SolidKind, Vec2, WeaponSpec, sweep,
};

/// A shot without gravity, drag or bounces.
fn bullet() -> WeaponSpec {
    WeaponSpec {
        range: 100,
        knockback: 0,
        ..Archetype::Pistol.base_spec()
    }
}

fn bouncer(restitution: u8) -> WeaponSpec {
    WeaponSpec {
        bounce_count: 16,
        restitution,
        fuse_frames: 600,
        ..bullet()
    }
}

fn block(min: (i16, i16), max: (i16, i16)) -> Solid {
    Solid::new(SolidKind::Block, min, max)
}

/// A laboratory in which player 0 is armed and both players stand in the air above everything, held by no gravity.
fn range(solids: &[Solid], spec: &WeaponSpec) -> Lab {
    let mut lab = Lab::new(solids).define(|def| def.physics.gravity = Fx::ZERO);
    lab.arm(0, spec);
    lab
}

fn ended(event: &Event) -> bool {
    matches!(event, Event::Fizzled { .. } | Event::Exploded { .. })
}

fn hit_of(lab: &Lab) -> Vec<PlayerId> {
    let hits = lab.events.as_slice().iter().filter_map(|event| match event {
        Event::Hit { player, .. } => Some(*player),
        _ => None,
    });
    hits.collect()
}

#[test]
fn what_overlaps_from_the_start_ends_moving_in_and_leaves_moving_out() {
    let wall = block((20, 10), (24, 20));
    // The middle lies in free air, the rim in the wall.
    let place = at_cents(1990, 1500);
    let mut lab = range(&[wall], &bullet());
    lab.launch(0, 0, place, at_cents(50, 0));
    lab.step(&[]);
    assert_eq!(lab.projectile(0), None);
    assert!(lab.events.as_slice().iter().any(ended));
    let mut lab = range(&[wall], &bullet());
    lab.launch(0, 0, place, at_cents(-50, 0));
    lab.step(&[]);
    let flies = lab.projectile(0).expect("it left the wall");
    assert_eq!(flies.position, place + at_cents(-50, 0));
}

#[test]
fn a_projectile_inside_a_wall_ends_or_leaves_by_the_nearest_side() {
    // In the middle line of a long wall, along it: neither side is nearer, and it must not travel inside.
    let wall = block((10, 10), (50, 12));
    for velocity in [at_cents(50, 0), at_cents(-50, 0), at_cents(0, -50), Vec2::ZERO] {
        let mut lab = range(&[wall], &bullet());
        lab.launch(0, 0, at(30, 11), velocity);
        lab.step(&[]);
        assert_eq!(lab.projectile(0), None, "velocity {velocity:?}");
    }
    let mut lab = range(&[wall], &bullet());
    lab.launch(0, 0, at_cents(3000, 1190), at_cents(0, 50));
    lab.step(&[]);
    assert_eq!(
        lab.projectile(0).map(|shot| shot.position),
        Some(at_cents(3000, 1190) + at_cents(0, 50))
    );
}

#[test]
fn a_shooter_who_leans_on_a_wall_cannot_shoot_through_it() {
    let wall = block((20, 2), (21, 12));
    let mut lab = range(&[wall, floor()], &WeaponSpec { speed: 100, ..bullet() });
    lab.place(0, at_cents(1960, 275), Vec2::ZERO);
    lab.place(1, at_cents(2200, 275), Vec2::ZERO);
    lab.run(200, &[hold(Buttons::RIGHT | Buttons::FIRE)]);
    assert_eq!(lab.state.players()[1].health, 100);
    let x = lab.state.players()[0].position.x;
    assert!(
        x <= Fx::from_int(20) - cents(40) + Fx::EPSILON,
        "pressed into the wall: {x:?}"
    );
}

#[test]
fn of_two_players_at_one_distance_the_lowest_number_is_hit() {
    let mut lab = Lab::with_state(&[floor()], pvp_sim::SwarmState::new).define(|def| def.physics.gravity = Fx::ZERO);
    lab.arm(7, &bullet());
    for number in 0..7 {
        lab.place(number, at(5, 30), Vec2::ZERO);
    }
    lab.place(5, at_cents(4000, 1050), Vec2::ZERO);
    lab.place(3, at_cents(4000, 950), Vec2::ZERO);
    lab.launch(0, 7, at(30, 10), at_cents(80, 0));
    let hit = lab.run_until(40, &[], |event| matches!(event, Event::Hit { .. }));
    assert!(
        matches!(
            hit,
            Some(Event::Hit {
                player: PlayerId(3),
                ..
            })
        ),
        "{hit:?}"
    );
}

#[test]
fn of_two_boxes_at_one_distance_the_lowest_index_is_touched() {
    let pair = [block((20, 10), (22, 12)), block((20, 12), (22, 14))];
    for solids in [pair, [pair[1], pair[0]]] {
        let arena = ArenaDef::new(64, 36, &solids, &[at(1, 34), at(63, 34)]).expect("a valid arena");
        for (from, delta) in [(at(10, 12), at(20, 0)), (at(32, 12), at(-20, 0))] {
            let (index, contact) = sweep::first_solid(&arena, from, delta, Fx::HALF).expect("both are in the way");
            assert_eq!((index, contact.normal.y), (0, Fx::ZERO));
        }
    }
}

#[test]
fn without_velocity_a_projectile_stays_until_its_fuse_burns_down() {
    let mut lab = range(
        &[floor()],
        &WeaponSpec {
            fuse_frames: 90,
            ..bullet()
        },
    );
    lab.launch(0, 0, at(20, 10), Vec2::ZERO);
    lab.run(90, &[]);
    assert_eq!(lab.projectile(0).map(|shot| shot.position), Some(at(20, 10)));
    lab.step(&[]);
    assert_eq!(lab.projectile(0), None);
}

#[test]
fn without_velocity_a_projectile_still_hits_who_runs_into_it() {
    let mut lab = range(&[floor()], &bullet());
    lab.place(1, at_cents(2000, 275), Vec2::ZERO);
    lab.launch(0, 0, at_cents(2200, 275), Vec2::ZERO);
    let hit = lab.run_until(60, &[hold(0), hold(Buttons::RIGHT)], |event| {
        matches!(event, Event::Hit { .. })
    });
    assert!(matches!(
        hit,
        Some(Event::Hit {
            player: PlayerId(1),
            ..
        })
    ));
}

#[test]
fn faster_than_the_arena_is_wide_stops_at_the_wall() {
    let thin = block((40, 0), (41, 36));
    let mut lab = range(&[thin], &bouncer(255)).define(|def| def.physics.speed_max = Fx::from_int(200));
    lab.launch(0, 0, at(10, 10), at(60, 0));
    lab.set("projectiles[0].travel_left", i32::MAX);
    lab.step(&[]);
    let shot = lab.projectile(0).expect("it bounced");
    assert!(shot.velocity.x.is_negative());
    assert!(shot.position.x < Fx::from_int(40), "{:?}", shot.position);
    let arena = ArenaDef::new(64, 36, &[thin], &[at(1, 34), at(63, 34)]).expect("a valid arena");
    for (from, delta) in [
        (at(1, 9), at(10_000, 0)),
        (at(63, 9), at(-10_000, 0)),
        (at(1, 1), at(3_000, 1_000)),
    ] {
        assert!(
            sweep::first_solid(&arena, from, delta, cents(5)).is_some(),
            "{from:?} passed by {delta:?}"
        );
    }
}

#[test]
fn a_projectile_and_a_player_who_swap_places_in_one_frame_meet() {
    let fast = |lab: Lab| lab.define(|def| def.physics.speed_max = Fx::from_int(30));
    let mut lab = fast(range(&[], &bullet()));
    lab.place(1, at(50, 20), at(-20, 0));
    lab.launch(0, 0, at(30, 20), at(20, 0));
    lab.step(&[]);
    assert_eq!(hit_of(&lab), [PlayerId(1)]);
    // Side by side in one direction they never meet.
    let mut lab = fast(range(&[], &bullet()));
    lab.place(1, at(30, 20), at(20, 0));
    lab.launch(0, 0, at(28, 20), at(20, 0));
    lab.step(&[]);
    assert_eq!(hit_of(&lab), []);
}

#[test]
fn a_corner_is_grazed_at_exactly_the_radius() {
    let (min, max) = (at(20, 10), at(30, 20));
    let past = |x: Fx, dy: i16| sweep::circle_box(Vec2::new(x, at(0, 30 - 15 - dy).y), at(0, dy), Fx::ONE, min, max);
    // A face: touching along the way is no contact, the smallest step closer is one.
    for dy in [30, -30] {
        for (touching, closer) in [(19, Fx::EPSILON), (31, -Fx::EPSILON)] {
            assert_eq!(past(Fx::from_int(touching), dy), None);
            assert!(past(Fx::from_int(touching) + closer, dy).is_some());
        }
    }
    // A corner: the diagonal passes (20, 20) at a distance of offset/√2; √2 is between 92681 and 92682 of 65536.
    let diagonal = |offset: i32, flip: bool| {
        let from = Vec2::new(at(10, 0).x, at(0, 10).y + Fx::from_bits(offset));
        let (from, delta) = if flip {
            (Vec2::new(at(50, 0).x - from.x, from.y), at(-20, 20))
        } else {
            (from, at(20, 20))
        };
        sweep::circle_box(from, delta, Fx::ONE, min, max)
    };
    for flip in [false, true] {
        assert!(diagonal(92_681, flip).is_some());
        assert_eq!(diagonal(92_683, flip), None);
    }
}

#[test]
fn the_seam_of_two_tiles_stops_nobody() {
    let tiles = [block((0, 0), (20, 2)), block((20, 0), (21, 2)), block((21, 0), (64, 2))];
    // A circle that lies on the tiles exactly and slides over the seams.
    let mut lab = range(&tiles, &bullet());
    let radius = bullet().radius();
    lab.launch(0, 0, Vec2::new(at(18, 0).x, at(0, 2).y + radius), at_cents(37, 0));
    lab.run(20, &[]);
    let shot = lab.projectile(0).expect("nothing stopped it");
    assert_eq!(
        shot.position,
        Vec2::new(at(18, 0).x + cents(37) * 20, at(0, 2).y + radius)
    );
    // A runner.
    let mut lab = Lab::new(&tiles);
    lab.place(0, at_cents(1500, 275), Vec2::ZERO);
    lab.run(20, &[hold(Buttons::RIGHT)]);
    let top_speed = lab.state.players()[0].velocity.x;
    for _ in 0..40 {
        lab.step(&[hold(Buttons::RIGHT)]);
        let runner = lab.state.players()[0];
        assert_eq!((runner.velocity.x, runner.position.y), (top_speed, cents(275)));
    }
    assert!(lab.state.players()[0].position.x > Fx::from_int(22));
}

#[test]
fn an_inner_corner_keeps_what_flies_into_it() {
    // Floor and wall as two tiles: what enters the corner comes back on both axes, and never gets in between.
    for (vx, vy) in [(-40, -40), (-40, -41), (-80, -3), (-3, -80), (-50, -25)] {
        let mut lab = range(&[block((0, 0), (2, 36)), block((2, 0), (64, 2))], &bouncer(255));
        lab.launch(0, 0, at(6, 6), at_cents(vx, vy));
        let radius = bullet().radius() - Fx::from_bits(32);
        for _ in 0..200 {
            lab.step(&[]);
            let Some(shot) = lab.projectile(0) else { break };
            let (x, y) = (shot.position.x - Fx::TWO, shot.position.y - Fx::TWO);
            assert!(x >= radius && y >= radius, "{:?} is in the wall", shot.position);
        }
        if vx == vy {
            let shot = lab.projectile(0);
            assert!(shot.is_none_or(|shot| shot.velocity.x == shot.velocity.y && shot.velocity.x.is_positive()));
        }
    }
}

#[test]
fn what_rests_never_sinks_in_a_million_frames() {
    let solids = [floor(), Solid::new(SolidKind::SlopeUp, (20, 2), (26, 6))];
    let mut lab = Lab::new(&solids);
    lab.place(0, at_cents(1000, 275), Vec2::ZERO);
    lab.place(1, at_cents(2300, 500), Vec2::ZERO);
    lab.run(60, &[]);
    let settled = [lab.state.players()[0], lab.state.players()[1]];
    assert_eq!(settled.map(|player| player.ground), [0, 1]);
    lab.run_unseen(1_000_000);
    assert_eq!(lab.state.players(), settled);
}

#[test]
fn platforms_carry_for_a_million_frames() {
    let kind = SolidKind::Moving {
        reach: at(5, 4),
        period_frames: 479,
    };
    let lift = Solid::new(kind, (30, 15), (34, 16));
    let mut lab = Lab::new(&[floor(), lift, Solid::new(SolidKind::OneWay, (50, 8), (60, 9))]);
    lab.place(0, lift.offset(0) + at_cents(3200, 1675), Vec2::ZERO);
    lab.place(1, at_cents(5500, 975), Vec2::ZERO);
    lab.run(60, &[]);
    let above = |lab: &Lab| lab.state.players()[0].position - lift.offset(lab.state.frame().0);
    let (rider, stander) = (above(&lab), lab.state.players()[1]);
    lab.run_unseen(1_000_000);
    assert_eq!((above(&lab), lab.state.players()[0].ground), (rider, 1));
    assert_eq!((lab.state.players()[1], stander.ground), (stander, 2));
}

#[test]
fn a_grenade_that_came_to_rest_lies_on_the_floor() {
    let spec = WeaponSpec {
        bounce_count: 3,
        restitution: 100,
        fuse_frames: 600,
        gravity_scale: 256,
        ..bullet()
    };
    let mut lab = Lab::new(&[floor()]);
    lab.arm(0, &spec);
    lab.launch(0, 0, at(30, 6), at_cents(10, 0));
    let ground = Fx::from_int(2) + spec.radius();
    let mut still_frames = 0;
    for _ in 0..599 {
        let before = lab.projectile(0).expect("its fuse burns").position;
        lab.step(&[]);
        let now = lab.projectile(0).expect("its fuse burns").position;
        assert!(now.y >= ground - Fx::from_bits(4), "sank to {:?}", now.y);
        still_frames += u32::from(now == before);
    }
    assert!(still_frames > 300, "it came to rest for {still_frames} frames only");
}

/// A room with ramps in its corners, so that normals are not all along the axes.
fn room() -> Vec<Solid> {
    vec![
        floor(),
        block((0, 2), (2, 36)),
        block((62, 2), (64, 36)),
        block((2, 34), (62, 36)),
        Solid::new(SolidKind::SlopeDown, (2, 2), (12, 9)),
        Solid::new(SolidKind::SlopeUp, (50, 2), (62, 8)),
    ]
}

#[test]
fn full_restitution_never_gains_speed() {
    let mut bounces = 0;
    for step in 0..24 {
        let mut lab = range(&room(), &bouncer(255));
        // Sixteen doublings of the bounce change nothing: a bounce never gives back more than came in.
        for place in 0..16 {
            lab.set(&format!("world.modifiers[{place}].kind"), ModKind::Bounce as i32);
            lab.set(&format!("world.modifiers[{place}].factor"), 2048);
            lab.set(&format!("world.modifiers[{place}].end_frame"), 100_000);
        }
        let velocity = Vec2::from_angle(pvp_sim::Angle::from_degrees(7 + step * 15)) * cents(90);
        lab.launch(0, 0, at(32, 20), velocity);
        lab.set("projectiles[0].tags", 255 << 24);
        lab.set("projectiles[0].travel_left", i32::MAX);
        let first = velocity.length();
        let mut last = first;
        for _ in 0..590 {
            lab.step(&[]);
            let bounced = lab
                .events
                .as_slice()
                .iter()
                .filter(|event| matches!(event, Event::Bounced { .. }))
                .count();
            bounces += bounced;
            let Some(shot) = lab.projectile(0) else { break };
            let speed = shot.velocity.length();
            assert!(
                speed <= last + Fx::from_bits(2 * bounced as i32),
                "from {last:?} to {speed:?}"
            );
            last = speed;
        }
        assert!((last - first).abs() <= Fx::from_bits(200), "{first:?} became {last:?}");
    }
    assert!(bounces > 200, "only {bounces} bounces");
}

#[test]
fn full_restitution_under_gravity_never_climbs_higher() {
    let spec = WeaponSpec {
        gravity_scale: 256,
        ..bouncer(255)
    };
    let mut lab = Lab::new(&[floor()]);
    lab.arm(0, &spec);
    lab.launch(0, 0, at(30, 12), Vec2::ZERO);
    lab.set("projectiles[0].tags", 255 << 24);
    lab.set("projectiles[0].travel_left", i32::MAX);
    let (mut peak, mut last_peak) = (Fx::ZERO, Fx::ZERO);
    let mut bounces = 0;
    for _ in 0..599 {
        lab.step(&[]);
        let shot = lab.projectile(0).expect("it bounces until its fuse has burnt down");
        peak = peak.max(shot.position.y);
        if shot.velocity.y.abs() < lab.def.physics.gravity {
            last_peak = shot.position.y;
        }
        bounces += lab.events.as_slice().len();
        assert!(shot.velocity.x.is_zero());
    }
    assert!(bounces >= 5, "only {bounces} bounces");
    // What the frames keep is the energy at mid-frame: between two frames the height may be an eighth of a pull above.
    let pull = lab.def.physics.gravity / 8;
    assert!(peak <= Fx::from_int(12) + pull, "climbed to {peak:?}");
    assert!(last_peak >= cents(1175), "sank to {last_peak:?}");
}

fn any_place() -> impl Strategy<Value = Vec2> {
    (3 << 16..61 << 16, 10 << 16..33 << 16).prop_map(|(x, y)| Vec2::new(Fx::from_bits(x), Fx::from_bits(y)))
}

fn any_velocity(limit: i32) -> impl Strategy<Value = Vec2> {
    (-limit..limit, -limit..limit).prop_map(|(x, y)| Vec2::new(Fx::from_bits(x), Fx::from_bits(y)))
}

proptest! {
    #[test]
    fn nothing_leaves_a_closed_room_at_any_speed(
        place in any_place(),
        velocity in any_velocity(60 << 16),
        restitution in any::<u8>(),
        gravity_scale in -512..1024_i16,
        tile in (5..50_i16, 12..30_i16),
    ) {
        let mut solids = room();
        solids.push(block(tile, (tile.0 + 3, tile.1 + 1)));
        let spec = WeaponSpec { gravity_scale, ..bouncer(restitution) };
        let mut lab = Lab::new(&solids).define(|def| def.physics.speed_max = Fx::from_int(64));
        lab.place(0, at(32, 30), Vec2::ZERO);
        lab.place(1, at(32, 30), Vec2::ZERO);
        lab.arm(0, &spec);
        lab.launch(0, 0, place, velocity);
        lab.set("projectiles[0].travel_left", i32::MAX);
        for _ in 0..60 {
            lab.step(&[]);
            let Some(shot) = lab.projectile(0) else { break };
            let inside = shot.position.x > Fx::TWO && shot.position.x < WIDTH - Fx::TWO
                && shot.position.y > Fx::TWO && shot.position.y < HEIGHT - Fx::TWO;
            prop_assert!(inside, "{:?}", shot);
        }
    }
}
