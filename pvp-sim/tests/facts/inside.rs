//! Owns the fact that nobody gets into what is solid: random arenas of every kind of solid, random pushes and buttons.
//!
//! It must not know how the movers do it; it looks at the states only.

use crate::lab::{Lab, at, floor};
use proptest::prelude::*;
use pvp_sim::{Buttons, Fx, Input, MatchState, PLAYER_HALF_HEIGHT, PLAYER_HALF_WIDTH, Solid, SolidKind, Vec2};

/// How far a ramp's surface may be above the middle of the feet: one rounding of the surface.
const SLACK: Fx = Fx::from_bits(2);

/// The solid that the player's box reaches into, if there is one.
fn inside(solids: &[Solid], position: Vec2) -> Option<&Solid> {
    let half = Vec2::new(PLAYER_HALF_WIDTH, PLAYER_HALF_HEIGHT);
    let (low, high) = (position - half, position + half);
    solids.iter().find(|solid| {
        let overlaps = low.x < solid.max.x && solid.min.x < high.x && low.y < solid.max.y && solid.min.y < high.y;
        match solid.kind {
            SolidKind::Block => overlaps,
            SolidKind::SlopeUp | SolidKind::SlopeDown => overlaps && low.y + SLACK < solid.surface(position.x),
            SolidKind::OneWay | SolidKind::Moving { .. } => false,
        }
    })
}

fn any_solid() -> impl Strategy<Value = Solid> {
    let kind = prop_oneof![
        3 => Just(SolidKind::Block),
        2 => Just(SolidKind::SlopeUp),
        2 => Just(SolidKind::SlopeDown),
        1 => Just(SolidKind::OneWay),
        2 => (-6..=6_i16, -6..=6_i16, 20..200_u32).prop_map(|(x, y, period_frames)| SolidKind::Moving {
            reach: Vec2::from_ints(x, y),
            period_frames,
        }),
    ];
    (kind, 0..56_i16, 2..20_i16, 1..9_i16, 1..6_i16)
        .prop_map(|(kind, x, y, width, height)| Solid::new(kind, (x, y), (x + width, y + height)))
}

#[derive(Clone, Debug)]
struct Push {
    velocity: Vec2,
    buttons: u8,
    frames: u32,
}

fn any_push() -> impl Strategy<Value = Push> {
    let component = || (-90..=90_i32).prop_map(|value| Fx::from_ratio(value, 100));
    let buttons = prop::sample::select(vec![
        Buttons::LEFT,
        Buttons::RIGHT,
        Buttons::LEFT | Buttons::JUMP,
        Buttons::RIGHT | Buttons::JUMP,
        Buttons::JUMP,
        Buttons::DOWN,
        0,
    ]);
    (
        prop::option::weighted(0.3, (component(), component())),
        buttons,
        1..60_u32,
    )
        .prop_map(|(velocity, buttons, frames)| Push {
            velocity: velocity.map_or(Vec2::ZERO, |(x, y)| Vec2::new(x, y)),
            buttons,
            frames,
        })
}

fn play(lab: &mut Lab, solids: &[Solid], start: Vec2, pushes: &[Push]) -> Result<(), TestCaseError> {
    lab.place(0, start, Vec2::ZERO);
    for push in pushes {
        if push.velocity != Vec2::ZERO {
            let player = lab.state.players()[0];
            lab.place(0, player.position, push.velocity);
        }
        for _ in 0..push.frames {
            let before = lab.state.players()[0];
            lab.step(&[Input {
                buttons: push.buttons,
                ..Input::default()
            }]);
            let player = &lab.state.players()[0];
            let found = inside(solids, player.position);
            prop_assert!(
                found.is_none(),
                "{:?} at {:?} reaches into {found:?}, before at {:?} with {:?}",
                push,
                player.position,
                before.position,
                before.velocity
            );
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn nobody_gets_into_what_is_solid(
        drawn in prop::collection::vec(any_solid(), 1..20),
        x in 2..62_i16,
        pushes in prop::collection::vec(any_push(), 1..20),
        times in prop::sample::select(vec![1, 5]),
    ) {
        let mut solids = vec![floor()];
        solids.extend(drawn);
        let start = at(x, 25);
        prop_assume!(inside(&solids, start).is_none());
        let mut lab = Lab::new(&solids).define(|def| {
            def.physics.speed_max = def.physics.speed_max * times;
            def.physics.fall_speed_max = def.physics.fall_speed_max * times;
            def.physics.run_speed = def.physics.run_speed * times;
        });
        let pushes: Vec<_> = pushes
            .into_iter()
            .map(|push| Push { velocity: push.velocity * times, ..push })
            .collect();
        play(&mut lab, &solids, start, &pushes)?;
    }
}
