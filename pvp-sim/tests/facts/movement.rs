//! Owns the facts of running and jumping: ledges, ramps, platforms, coyote time, remembered presses, limits.

use crate::lab::{Lab, WIDTH, at, at_cents, cents, floor, hold};
use pvp_sim::{Buttons, Event, Fx, MatchState, PLAYER_HALF_WIDTH, Player, Solid, SolidKind, Vec2};

const RIGHT: u8 = Buttons::RIGHT;
const JUMP: u8 = Buttons::JUMP;

fn block(min: (i16, i16), max: (i16, i16)) -> Solid {
    Solid::new(SolidKind::Block, min, max)
}

/// A solid of hundredths.
fn fine(kind: SolidKind, min: (i32, i32), max: (i32, i32)) -> Solid {
    Solid {
        min: at_cents(min.0, min.1),
        max: at_cents(max.0, max.1),
        kind,
    }
}

/// Player 0 stands on what is below a place; player 1 is far away.
fn standing(solids: &[Solid], place: Vec2) -> Lab {
    let mut lab = Lab::new(solids);
    lab.place(0, place, Vec2::ZERO);
    lab.place(1, at_cents(6000, 275), Vec2::ZERO);
    for _ in 0..60 {
        lab.step(&[]);
    }
    assert!(runner(&lab).is_grounded());
    lab
}

fn runner(lab: &Lab) -> Player {
    lab.state.players()[0]
}

#[test]
fn a_runner_speeds_up_to_the_limit_and_stops_by_friction() {
    let mut lab = standing(&[floor()], at_cents(1000, 275));
    lab.step(&[hold(RIGHT)]);
    assert_eq!(runner(&lab).velocity.x, lab.def.physics.run_acceleration);
    lab.run(30, &[hold(RIGHT)]);
    assert_eq!(runner(&lab).velocity.x, lab.def.physics.run_speed);
    lab.step(&[]);
    assert_eq!(
        runner(&lab).velocity.x,
        lab.def.physics.run_speed - lab.def.physics.friction
    );
    lab.run(10, &[]);
    assert_eq!(runner(&lab).velocity, Vec2::ZERO);
    // Both directions at once are none.
    lab.run(10, &[hold(RIGHT | Buttons::LEFT)]);
    assert_eq!(runner(&lab).velocity, Vec2::ZERO);
}

#[test]
fn ledges_up_to_the_step_height_are_climbed_and_higher_ones_are_walls() {
    for (height, climbed) in [(10, true), (75, true), (76, false), (150, false)] {
        let ledge = fine(SolidKind::Block, (2000, 200), (3000, 200 + height));
        let mut lab = standing(&[floor(), ledge], at_cents(1800, 275));
        lab.run(40, &[hold(RIGHT)]);
        let runner = runner(&lab);
        if climbed {
            assert_eq!(runner.position.y, cents(200 + height) + pvp_sim::PLAYER_HALF_HEIGHT);
            assert!(runner.position.x > Fx::from_int(20));
        } else {
            assert_eq!(
                runner.position,
                Vec2::new(Fx::from_int(20) - PLAYER_HALF_WIDTH, cents(275))
            );
            assert!(runner.velocity.x.is_zero());
        }
    }
}

#[test]
fn a_ledge_under_a_low_ceiling_is_a_wall() {
    let ledge = fine(SolidKind::Block, (2000, 200), (3000, 250));
    let ceiling = fine(SolidKind::Block, (2000, 380), (3000, 500));
    let mut lab = standing(&[floor(), ledge, ceiling], at_cents(1800, 275));
    lab.run(40, &[hold(RIGHT)]);
    assert!(runner(&lab).position.x < Fx::from_int(20));
}

#[test]
fn a_ramp_is_climbed_and_descended_without_leaving_it() {
    let solids = [
        floor(),
        Solid::new(SolidKind::SlopeUp, (20, 2), (26, 5)),
        block((26, 2), (30, 5)),
        Solid::new(SolidKind::SlopeDown, (30, 2), (36, 5)),
    ];
    let mut lab = standing(&solids, at_cents(1800, 275));
    let mut highest = Fx::ZERO;
    for _ in 0..130 {
        lab.step(&[hold(RIGHT)]);
        let runner = runner(&lab);
        assert!(runner.is_grounded(), "left the ground at {:?}", runner.position);
        highest = highest.max(runner.position.y);
    }
    assert_eq!(highest, cents(575));
    assert_eq!(runner(&lab).position.y, cents(275));
    assert!(runner(&lab).position.x > Fx::from_int(36));
}

#[test]
fn nobody_slides_down_a_ramp() {
    let mut lab = standing(&[floor(), Solid::new(SolidKind::SlopeUp, (20, 2), (26, 5))], at(23, 5));
    let before = runner(&lab);
    lab.run(300, &[]);
    assert_eq!(runner(&lab), before);
}

/// Runs off the end of a table and presses jump some frames after the last contact.
fn jumps_after_leaving(frames: u32) -> bool {
    let mut lab = standing(&[floor(), block((10, 2), (20, 12))], at_cents(1900, 1275));
    for _ in 0..60 {
        if !runner(&lab).is_grounded() {
            break;
        }
        lab.step(&[hold(RIGHT)]);
    }
    // The loop ended in the first frame in the air.
    lab.run(frames - 1, &[hold(RIGHT)]);
    lab.step(&[hold(RIGHT | JUMP)]);
    runner(&lab).velocity.y.is_positive()
}

#[test]
fn a_jump_counts_for_the_coyote_frames_after_a_ledge() {
    let allowed = Lab::new(&[]).def.physics.coyote_frames;
    assert!(allowed > 1);
    let latest = (1..20).filter(|frames| jumps_after_leaving(*frames)).max();
    assert_eq!(latest, Some(allowed - 1), "the frame of leaving is the first of them");
}

/// Presses jump while falling, this many frames before the landing, and lets go.
fn jumps_when_pressed_before_landing(frames: u32) -> bool {
    let drop = || {
        let mut lab = Lab::new(&[floor()]);
        lab.place(0, at_cents(2000, 600), Vec2::ZERO);
        lab.step(&[]);
        lab
    };
    let mut lab = drop();
    let mut air_frames = 0;
    while !runner(&lab).is_grounded() {
        lab.step(&[]);
        air_frames += 1;
    }
    let mut lab = drop();
    lab.run(air_frames - frames, &[]);
    lab.step(&[hold(JUMP)]);
    lab.run(frames + 2, &[]);
    runner(&lab).velocity.y.is_positive() || !runner(&lab).is_grounded()
}

#[test]
fn a_press_just_before_the_ground_is_remembered() {
    let allowed = Lab::new(&[]).def.physics.jump_buffer_frames;
    let earliest = (1..20)
        .filter(|frames| jumps_when_pressed_before_landing(*frames))
        .max();
    assert_eq!(
        earliest,
        Some(allowed - 1),
        "the frame of the press is the first of them"
    );
}

#[test]
fn a_held_button_jumps_once_and_a_short_press_is_a_short_hop() {
    let peak = |held_frames: u32| {
        let mut lab = standing(&[floor()], at_cents(2000, 275));
        let (mut peak, mut jumps) = (Fx::ZERO, 0);
        for frame in 0..120 {
            lab.step(&[hold(if frame < held_frames { JUMP } else { 0 })]);
            peak = peak.max(runner(&lab).position.y);
            jumps += lab
                .events
                .as_slice()
                .iter()
                .filter(|event| matches!(event, Event::Jumped { .. }))
                .count();
        }
        assert_eq!(jumps, 1);
        peak
    };
    assert!(peak(2) + Fx::ONE < peak(120), "{:?} and {:?}", peak(2), peak(120));
}

#[test]
fn one_way_platforms_carry_from_above_let_through_from_below_and_can_be_dropped_through() {
    let platform = Solid::new(SolidKind::OneWay, (18, 5), (26, 6));
    let mut lab = standing(&[floor(), platform], at_cents(2000, 275));
    lab.run(100, &[hold(JUMP)]);
    assert_eq!(
        (runner(&lab).position.y, runner(&lab).ground),
        (cents(675), 1),
        "jumped onto it from below"
    );
    lab.run(1, &[hold(Buttons::DOWN)]);
    lab.run(60, &[]);
    assert_eq!(
        (runner(&lab).position.y, runner(&lab).ground),
        (cents(275), 0),
        "dropped through it"
    );
    // Blocks are not dropped through.
    lab.run(60, &[hold(Buttons::DOWN)]);
    assert_eq!(runner(&lab).position.y, cents(275));
}

#[test]
fn a_platform_carries_to_the_side_and_up_and_gives_no_ride_to_others() {
    let kind = SolidKind::Moving {
        reach: at(4, 2),
        period_frames: 240,
    };
    let lift = Solid::new(kind, (28, 8), (34, 9));
    let mut lab = Lab::new(&[floor(), lift]);
    lab.place(0, lift.offset(0) + at_cents(3000, 975), Vec2::ZERO);
    lab.place(1, at_cents(2600, 275), Vec2::ZERO);
    lab.run(5, &[]);
    let rides = |lab: &Lab| runner(lab).position - lift.offset(lab.state.frame().0);
    let (on_top, below) = (rides(&lab), lab.state.players()[1].position);
    for _ in 0..600 {
        lab.step(&[]);
        assert_eq!(rides(&lab), on_top);
    }
    assert_eq!(lab.state.players()[1].position, below);
    // On the platform one runs as fast over it as on the ground.
    let before = rides(&lab).x;
    lab.run(12, &[hold(RIGHT)]);
    assert!(rides(&lab).x > before + Fx::ONE);
}

#[test]
fn ceilings_stop_a_jump_and_walls_a_run_at_any_speed() {
    let solids = [floor(), block((15, 5), (25, 6)), block((40, 2), (41, 30))];
    let mut lab = standing(&solids, at_cents(2000, 275));
    let mut peak = Fx::ZERO;
    for _ in 0..40 {
        lab.step(&[hold(JUMP)]);
        peak = peak.max(runner(&lab).position.y);
    }
    assert_eq!(peak, Fx::from_int(5) - pvp_sim::PLAYER_HALF_HEIGHT);
    for speed in [1, 20, 60] {
        let mut lab = Lab::new(&solids).define(|def| def.physics.speed_max = Fx::from_int(64));
        lab.place(0, at(33, 20), Vec2::X * Fx::from_int(speed));
        lab.run(20, &[]);
        assert!(
            runner(&lab).position.x <= Fx::from_int(40) - PLAYER_HALF_WIDTH,
            "speed {speed}"
        );
    }
}

#[test]
fn falls_are_as_fast_as_the_limit_and_end_on_the_floor_at_any_speed() {
    let mut lab = Lab::new(&[floor()]);
    lab.place(0, at(20, 30), Vec2::ZERO);
    lab.run(50, &[]);
    assert_eq!(runner(&lab).velocity.y, -lab.def.physics.fall_speed_max);
    let mut lab = Lab::new(&[floor()]).define(|def| {
        def.physics.fall_speed_max = Fx::from_int(64);
        def.physics.speed_max = Fx::from_int(64);
    });
    lab.place(0, at(20, 30), Vec2::Y * Fx::from_int(-60));
    lab.step(&[]);
    assert_eq!(runner(&lab).position.y, cents(275));
}

#[test]
fn who_falls_out_of_the_arena_dies() {
    let mut lab = Lab::new(&[]);
    lab.place(0, at(20, 3), Vec2::ZERO);
    lab.place(1, at(40, 30), Vec2::ZERO);
    let died = lab.run_until(120, &[], |event| matches!(event, Event::Died { .. }));
    assert!(matches!(died, Some(Event::Died { player, .. }) if player.0 == 0));
    assert!(!runner(&lab).is_alive());
}

#[test]
fn a_jump_up_a_ramp_lands_on_the_ramp() {
    let ramp = Solid::new(SolidKind::SlopeUp, (12, 2), (24, 14));
    let mut lab = standing(&[floor(), ramp], at_cents(1_000, 275));
    for frame in 0..90 {
        let jump = if frame % 30 < 3 { Buttons::JUMP } else { 0 };
        lab.step(&[hold(Buttons::RIGHT | jump)]);
        let (feet, x) = (runner(&lab).corners().0.y, runner(&lab).position.x);
        assert!(
            feet + Fx::from_bits(2) >= ramp.surface(x),
            "frame {frame}: {feet} under the ramp at {x}"
        );
    }
    assert!(runner(&lab).position.y > Fx::from_int(10), "it went up");
}

#[test]
fn a_lift_does_not_push_anybody_into_a_ceiling() {
    let lift = SolidKind::Moving {
        reach: at(0, 4),
        period_frames: 120,
    };
    let ceiling = block((8, 9), (14, 10));
    let mut lab = Lab::new(&[floor(), Solid::new(lift, (8, 6), (14, 7)), ceiling]);
    // The lift begins at its lowest place.
    lab.place(0, at_cents(1_100, 375), Vec2::ZERO);
    for frame in 0..240 {
        lab.step(&[]);
        let (low, high) = runner(&lab).corners();
        assert!(
            high.y <= ceiling.min.y || low.y >= ceiling.max.y,
            "frame {frame}: {low:?} to {high:?}"
        );
    }
    assert!(runner(&lab).position.y < ceiling.min.y, "nobody passes through it");
}

#[test]
fn nobody_is_pushed_off_the_edge_of_the_floor_where_the_arena_ends() {
    let mut lab = standing(&[floor()], at_cents(6_340, 275));
    lab.place(
        0,
        at(0, 0).with_x(WIDTH - PLAYER_HALF_WIDTH).with_y(cents(277)),
        at_cents(90, -30),
    );
    lab.run(30, &[]);
    assert_eq!(
        runner(&lab).position,
        at_cents(6_360, 275).with_x(WIDTH - PLAYER_HALF_WIDTH)
    );
    assert!(runner(&lab).is_alive());
}

#[test]
fn in_the_air_a_runner_slows_by_a_quarter_of_the_friction_and_holding_down_doubles_the_pull() {
    for (buttons, pulls) in [(0, 1), (Buttons::DOWN, 2)] {
        let mut lab = Lab::new(&[floor()]);
        lab.step(&[]);
        lab.place(0, at(30, 20), at_cents(10, 0));
        lab.set("players[0].ground", -1);
        let (gravity, friction) = (lab.def.physics.gravity, lab.def.physics.friction);
        lab.step(&[hold(buttons)]);
        let expected = Vec2::new(at_cents(10, 0).x - friction / 4, -gravity * pulls);
        assert_eq!(runner(&lab).velocity, expected);
    }
}
