//! Owns the facts of live physics: a change holds from its frame for its length, at the same frames for everybody,
//! and afterwards everything is at its base again, bit for bit, whatever overlapped.

use crate::lab::{Lab, at, at_cents, floor};
use proptest::prelude::*;
use pvp_sim::{
    Archetype, Buttons, Content, Factors, Fx, Input, MODIFIER_COUNT, MatchState, ModKind, Modifier, PlayerId, Solid,
    SolidKind, Vec2, WeaponSpec, step,
};

/// What one frame does to things set up for it, one number per kind of modifier.
type Effects = [i32; ModKind::ALL.len()];

/// A physics change of a plan: when it is committed, and what.
#[derive(Clone, Copy, Debug)]
struct Change {
    frame: u32,
    kind: ModKind,
    factor: u16,
    frames: u16,
}

fn lab() -> Lab {
    let wall = Solid::new(SolidKind::Block, (10, 10), (12, 20));
    let mut lab = Lab::new(&[floor(), wall]).define(|def| {
        def.rules.forge_cooldown_frames = 0;
        def.rules.health = 1_000;
    });
    lab.set("players[0].health", 1_000);
    lab.set("players[1].health", 1_000);
    lab
}

/// The content of a plan and the inputs of a frame: the host asks one frame ahead and commits slot by slot.
fn fill(lab: &mut Lab, plan: &[Change]) {
    for (slot, change) in (0_u8..).zip(plan) {
        let content = Content::PhysicsMod {
            player: PlayerId(0),
            request_seq: slot + 1,
            kind: change.kind,
            factor: change.factor,
            frames: change.frames,
        };
        lab.content.insert(slot, content).expect("the slot is free");
    }
}

fn inputs(plan: &[Change], frame: u32) -> [Input; 2] {
    let asked = plan.iter().filter(|change| change.frame <= frame + 1).count() as u8;
    let committed = plan.iter().filter(|change| change.frame <= frame).count() as u8;
    let host = Input {
        request_seq: asked,
        commit_seq: committed,
        commit_slot: committed.saturating_sub(1),
        ..Input::default()
    };
    [host, Input::default()]
}

/// Sets up one thing per kind in a copy of the match, plays one frame and reads what it did.
fn effects(lab: &Lab, mut inputs: [Input; 2]) -> Effects {
    let mut lab = lab.clone();
    let shot = WeaponSpec {
        range: 100,
        knockback: 0,
        ..Archetype::Pistol.base_spec()
    };
    lab.keep(
        0,
        0,
        &WeaponSpec {
            bounce_count: 16,
            restitution: 25,
            ..shot
        },
    );
    lab.keep(0, 1, &WeaponSpec { drag: 16, ..shot });
    lab.keep(1, 0, &shot);
    let top_speed = lab.def.physics.run_speed;
    // Player 0 runs at base speed through the air; player 1 slides on the ground towards a shot that lies there.
    lab.place(0, at(32, 20), Vec2::X * top_speed);
    lab.set("players[0].ground", -1);
    lab.place(1, at_cents(4000, 275), at_cents(40, 0));
    lab.set("players[1].ground", 0);
    lab.launch_with(0, 0, 0, at_cents(980, 1500), at_cents(40, 0));
    lab.launch_with(1, 0, 1, at(50, 20), at_cents(40, 0));
    lab.launch_with(2, 0, 1, at_cents(4050, 275), Vec2::ZERO);
    let health = lab.state.players()[1].health;
    inputs[0].buttons = Buttons::RIGHT;
    lab.step(&inputs);
    let [first, second] = [0, 1].map(|number| lab.state.players()[number]);
    let [bouncing, dragged] = [0, 1].map(|place| lab.projectile(place).expect("it flies").velocity);
    [
        first.velocity.y.to_bits(),
        second.velocity.x.to_bits(),
        bouncing.x.to_bits(),
        dragged.x.to_bits(),
        health - second.health,
        first.velocity.x.to_bits(),
    ]
}

/// The effects without any change, in the first frame of the fight.
fn base_effects() -> Effects {
    let mut lab = lab();
    lab.step(&[]);
    effects(&lab, inputs(&[], 1))
}

#[test]
fn each_kind_changes_its_own_effect_for_exactly_its_frames() {
    let base = base_effects();
    assert!(
        base[ModKind::Damage as usize] > 0 && base[ModKind::Bounce as usize] < 0,
        "the set-up works: {base:?}"
    );
    for kind in ModKind::ALL {
        for factor in [64, 128, 512, 768] {
            let start = 7;
            let plan = [Change {
                frame: start,
                kind,
                factor,
                frames: 900,
            }];
            let mut lab = lab();
            fill(&mut lab, &plan);
            for frame in 0..start + 905 {
                let input = inputs(&plan, frame);
                let edge = frame < start + 3 || frame % 100 == 0 || frame > start + 890;
                if edge && frame > 0 {
                    let now = effects(&lab, input);
                    let holds = (start..start + 900).contains(&frame);
                    for other in ModKind::ALL {
                        let changed = now[other as usize] != base[other as usize];
                        assert_eq!(
                            changed,
                            holds && other == kind,
                            "{kind:?} × {factor}/256, frame {frame}, {other:?}: {now:?}"
                        );
                    }
                }
                lab.step(&input);
            }
        }
    }
}

#[test]
fn a_factor_scales_exactly() {
    let pull = lab().def.physics.gravity;
    for (factor, expected) in [
        (32, pull / 8),
        (128, pull / 2),
        (256, pull),
        (512, pull * 2),
        (2048, pull * 8),
    ] {
        let plan = [Change {
            frame: 1,
            kind: ModKind::Gravity,
            factor,
            frames: 900,
        }];
        let mut lab = lab();
        fill(&mut lab, &plan);
        lab.step(&inputs(&plan, 0));
        assert_eq!(
            effects(&lab, inputs(&plan, 1))[ModKind::Gravity as usize],
            -expected.to_bits(),
            "× {factor}/256"
        );
    }
}

#[test]
fn a_seventeenth_change_takes_the_place_of_the_one_that_ends_first() {
    let plan: Vec<_> = (0..17)
        .map(|number| Change {
            frame: 2 + number * 2,
            kind: ModKind::Speed,
            factor: 300,
            frames: if number == 5 { 700 } else { 900 },
        })
        .collect();
    let mut lab = lab();
    fill(&mut lab, &plan);
    for frame in 0..40 {
        lab.step(&inputs(&plan, frame));
    }
    let ends: Vec<_> = lab
        .state
        .world()
        .modifiers
        .iter()
        .map(|modifier| modifier.end_frame)
        .collect();
    assert!(!ends.contains(&(12 + 700)), "{ends:?}");
    assert!(
        ends.contains(&(34 + 900)) && ends.iter().all(|end| *end > 0),
        "{ends:?}"
    );
}

#[test]
fn a_commit_that_was_not_predicted_changes_the_same_frames_after_the_rollback() {
    let plan = [Change {
        frame: 30,
        kind: ModKind::Gravity,
        factor: 64,
        frames: 900,
    }];
    let mut straight = lab();
    fill(&mut straight, &plan);
    let mut other = straight.state;
    let mut events = pvp_sim::Events::new();
    let mut kept = other;
    for frame in 0..1_000 {
        straight.step(&inputs(&plan, frame));
        // The other peer has the host's inputs 8 frames late: it predicts that nothing new comes, and goes back.
        if frame % 8 == 0 {
            kept = other;
        }
        let known = frame / 8 * 8;
        let predicted = inputs(&plan, known.saturating_sub(1));
        step(&straight.def, &straight.content, &mut other, &predicted, &mut events);
        if frame % 8 == 7 {
            other = kept;
            for again in known..=frame {
                step(
                    &straight.def,
                    &straight.content,
                    &mut other,
                    &inputs(&plan, again),
                    &mut events,
                );
            }
            assert_eq!(other, straight.state, "after frame {frame}");
        }
        if frame == 31 {
            assert_eq!(other.world().modifiers[0].end_frame, 930);
        }
    }
}

fn any_change() -> impl Strategy<Value = Change> {
    (2..40_u32, 0..ModKind::ALL.len(), 32..=2_048_u16).prop_map(|(frame, kind, factor)| Change {
        frame,
        kind: ModKind::ALL[kind],
        factor,
        frames: 900,
    })
}

/// Up to 16 changes, each some frames after the one before.
fn any_plan() -> impl Strategy<Value = Vec<Change>> {
    prop::collection::vec(any_change(), 1..=MODIFIER_COUNT).prop_map(|mut plan| {
        let mut frame = 0;
        for change in &mut plan {
            frame += change.frame;
            change.frame = frame;
        }
        plan
    })
}

/// The factors that a plan makes in a frame, from the plan alone.
fn planned(plan: &[Change], frame: u32) -> Factors {
    let mut modifiers = [Modifier::default(); MODIFIER_COUNT];
    let live = plan
        .iter()
        .filter(|change| (change.frame..change.frame + u32::from(change.frames)).contains(&frame));
    for (place, change) in modifiers.iter_mut().zip(live) {
        *place = Modifier {
            kind: change.kind as u32,
            factor: change.factor.into(),
            end_frame: u32::MAX,
        };
    }
    Factors::of(&modifiers, frame)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_overlapped_everything_is_at_base_at_the_end(plan in any_plan()) {
        let mut lab = lab();
        fill(&mut lab, &plan);
        let base = base_effects();
        let end = plan.last().map_or(0, |change| change.frame + 900);
        for frame in 0..end {
            let input = inputs(&plan, frame);
            lab.step(&input);
            let now = Factors::of(&lab.state.world().modifiers, frame);
            prop_assert_eq!(now, planned(&plan, frame), "frame {}", frame);
            let is_live = lab.state.world().modifiers != [Modifier::default(); MODIFIER_COUNT];
            prop_assert!(is_live || frame < plan[0].frame, "frame {}", frame);
        }
        // The frame of the end: F + 900 for the last of them.
        prop_assert_eq!(effects(&lab, inputs(&plan, end)), base);
        lab.step(&inputs(&plan, end));
        prop_assert_eq!(lab.state.world().modifiers, [Modifier::default(); MODIFIER_COUNT]);
        prop_assert_eq!(lab.state.world().ignored_commit_count, 0);
        for kind in ModKind::ALL {
            prop_assert_eq!(planned(&plan, end).factor(kind), Fx::ONE);
        }
    }
}
