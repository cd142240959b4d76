//! Owns the facts of rounds: piercing without double hits, simultaneous kills, sudden death, the end of a match.

use crate::lab::{Lab, at, at_cents, floor, hold};
use pvp_sim::{
    Archetype, Buttons, Event, Fx, Input, MatchState, Phase, PlayerId, Solid, SolidKind, SwarmState, Vec2, WeaponSpec,
};

fn bullet() -> WeaponSpec {
    WeaponSpec {
        range: 100,
        knockback: 0,
        damage: 20,
        ..Archetype::Pistol.base_spec()
    }
}

/// Eight players who float: number n stands at (10 + 5n, 10), all on one line.
fn line(solids: &[Solid]) -> Lab<SwarmState> {
    let mut lab = Lab::with_state(solids, SwarmState::new).define(|def| def.physics.gravity = Fx::ZERO);
    for number in 0..8 {
        lab.place(number, at(10 + 5 * number as i16, 10), Vec2::ZERO);
    }
    lab
}

/// Two players who float face to face, each with this much health.
fn face_to_face(health: [i32; 2]) -> Lab {
    let mut lab = Lab::new(&[]).define(|def| {
        def.physics.gravity = Fx::ZERO;
        def.rules.aftermath_frames = 10;
    });
    for (number, health) in health.into_iter().enumerate() {
        lab.place(number, at(20 + 10 * number as i16, 10), Vec2::ZERO);
        lab.set(&format!("players[{number}].health"), health);
        lab.arm(number, &bullet());
    }
    lab
}

/// Who is hit in a number of frames, in order.
fn hits<S: MatchState>(lab: &mut Lab<S>, frames: u32) -> Vec<u8> {
    let mut hits = Vec::new();
    for _ in 0..frames {
        lab.step(&[]);
        hits.extend(lab.events.as_slice().iter().filter_map(|event| match event {
            Event::Hit { player, .. } => Some(player.0),
            _ => None,
        }));
    }
    hits
}

fn count(lab: &Lab, wanted: impl Fn(&Event) -> bool) -> usize {
    lab.events.as_slice().iter().filter(|event| wanted(event)).count()
}

#[test]
fn a_shot_passes_through_as_many_as_it_pierces_and_ends_in_the_next() {
    for pierce in 0..=4 {
        let mut lab = line(&[]);
        lab.arm(7, &WeaponSpec { pierce, ..bullet() });
        // Slowly, so that it overlaps each of them for many frames.
        lab.launch(0, 7, at(7, 10), at_cents(10, 0));
        lab.set("projectiles[0].travel_left", i32::MAX);
        let expected: Vec<u8> = (0..=pierce).collect();
        assert_eq!(hits(&mut lab, 400), expected);
        assert_eq!(lab.projectile(0), None);
        for (number, player) in (0_u8..).zip(lab.state.players()) {
            assert_eq!(player.health, if number <= pierce { 80 } else { 100 });
        }
    }
}

#[test]
fn several_are_pierced_in_one_frame_in_the_order_of_their_distance() {
    let mut lab = line(&[]).define(|def| def.physics.speed_max = Fx::from_int(40));
    lab.arm(7, &WeaponSpec { pierce: 2, ..bullet() });
    lab.place(0, at(25, 10), Vec2::ZERO);
    lab.place(3, at(10, 10), Vec2::ZERO);
    lab.launch(0, 7, at(7, 10), at(40, 0));
    assert_eq!(hits(&mut lab, 1), [3, 1, 2]);
}

#[test]
fn who_was_pierced_is_not_hit_again_on_the_way_back() {
    let wall = Solid::new(SolidKind::Block, (22, 5), (23, 15));
    let mut lab = line(&[wall]);
    lab.arm(
        7,
        &WeaponSpec {
            pierce: 4,
            bounce_count: 4,
            restitution: 255,
            ..bullet()
        },
    );
    lab.launch(0, 7, at(7, 10), at_cents(50, 0));
    assert_eq!(hits(&mut lab, 60), [0, 1, 2]);
    let shot = lab.projectile(0).expect("two piercings are left");
    assert!(
        shot.velocity.x.is_negative() && shot.position.x < Fx::from_int(9),
        "{shot:?}"
    );
}

#[test]
fn a_shot_never_hits_its_sender() {
    let wall = Solid::new(SolidKind::Block, (40, 5), (41, 15));
    let mut lab = Lab::new(&[wall]).define(|def| def.physics.gravity = Fx::ZERO);
    lab.place(0, at(20, 10), Vec2::ZERO);
    lab.arm(
        0,
        &WeaponSpec {
            bounce_count: 4,
            restitution: 255,
            ..bullet()
        },
    );
    lab.launch(0, 0, at(20, 10), at_cents(90, 0));
    assert_eq!(hits(&mut lab, 60), [0_u8; 0]);
}

#[test]
fn two_who_kill_each_other_in_one_frame_draw_the_round_whoever_comes_first() {
    for places in [[0, 1], [1, 0]] {
        let mut lab = face_to_face([20, 20]);
        lab.launch(places[0], 0, at(28, 10), at_cents(90, 0));
        lab.launch(places[1], 1, at(22, 10), at_cents(-90, 0));
        let end = lab.run_until(10, &[], |event| matches!(event, Event::RoundEnded { .. }));
        assert_eq!(end, Some(Event::RoundEnded { winner: None }));
        assert_eq!(count(&lab, |event| matches!(event, Event::Died { .. })), 2);
        lab.run_until(30, &[], |event| matches!(event, Event::RoundStarted { round: 2 }))
            .expect("it goes on");
        assert!(
            lab.state
                .players()
                .iter()
                .all(|player| player.rounds_won == 0 && player.health == 100)
        );
    }
}

#[test]
fn a_blast_that_kills_its_sender_as_well_is_a_draw() {
    let mut lab = face_to_face([1, 1]);
    lab.arm(
        0,
        &WeaponSpec {
            effect_radius: 32,
            self_damage: 100,
            damage: 100,
            ..bullet()
        },
    );
    lab.place(0, at(24, 10), Vec2::ZERO);
    lab.launch(0, 0, at(27, 10), at_cents(50, 0));
    let end = lab.run_until(20, &[], |event| matches!(event, Event::RoundEnded { .. }));
    assert_eq!(end, Some(Event::RoundEnded { winner: None }));
}

#[test]
fn in_a_swarm_the_round_goes_on_until_one_is_left_and_ends_without_a_winner_if_none_is() {
    let mut lab = line(&[]);
    for number in 0..8 {
        lab.set(&format!("players[{number}].health"), 20);
        lab.arm(number, &bullet());
    }
    // Three fall in one frame; five are left.
    for number in 0..3 {
        lab.launch(number, 7, at_cents(850 + 500 * number as i32, 1000), at_cents(90, 0));
    }
    assert_eq!(hits(&mut lab, 2), [0, 1, 2]);
    assert_eq!(lab.state.world().phase(), Phase::Fight);
    // The next three; then the last two shoot each other.
    for number in 3..6 {
        lab.launch(number, 7, at_cents(850 + 500 * number as i32, 1000), at_cents(90, 0));
    }
    assert_eq!(hits(&mut lab, 2), [3, 4, 5]);
    assert_eq!(lab.state.world().phase(), Phase::Fight);
    lab.launch(0, 7, at_cents(4150, 1000), at_cents(-90, 0));
    lab.launch(1, 6, at_cents(4350, 1000), at_cents(90, 0));
    let end = lab.run_until(5, &[], |event| matches!(event, Event::RoundEnded { .. }));
    assert_eq!(end, Some(Event::RoundEnded { winner: None }));
    assert!(
        lab.state
            .players()
            .iter()
            .all(|player| !player.is_alive() && player.rounds_won == 0)
    );
}

#[test]
fn the_last_one_standing_wins_the_round() {
    let mut lab = face_to_face([100, 20]);
    lab.launch(0, 0, at(28, 10), at_cents(90, 0));
    let end = lab.run_until(10, &[], |event| matches!(event, Event::RoundEnded { .. }));
    assert_eq!(
        end,
        Some(Event::RoundEnded {
            winner: Some(PlayerId(0))
        })
    );
    assert_eq!(lab.state.players()[0].rounds_won, 1);
}

/// A round of a second between players who do nothing.
fn short_round(health: [i32; 2]) -> Lab {
    face_to_face(health).define(|def| def.rules.round_frames = 60)
}

#[test]
fn after_the_time_limit_everybody_loses_one_health_every_twenty_frames() {
    let mut lab = short_round([100, 100]);
    let told = lab.run_until(100, &[], |event| matches!(event, Event::SuddenDeath));
    assert_eq!(told, Some(Event::SuddenDeath));
    assert!(lab.state.players().iter().all(|player| player.health == 100));
    let mut lost_in = Vec::new();
    for _ in 0..400 {
        let before = lab.state.players()[0].health;
        lab.step(&[]);
        assert_eq!(
            count(&lab, |event| matches!(event, Event::SuddenDeath)),
            0,
            "it is told once"
        );
        assert_eq!(lab.state.players()[0].health, lab.state.players()[1].health);
        if lab.state.players()[0].health < before {
            assert_eq!(lab.state.players()[0].health, before - 1);
            lost_in.push(lab.state.frame().0);
        }
    }
    assert_eq!(lost_in.len(), 20);
    assert!(lost_in.windows(2).all(|pair| pair[1] == pair[0] + 20), "{lost_in:?}");
}

#[test]
fn sudden_death_is_won_by_the_healthier_and_drawn_between_equals() {
    for (health, winner) in [([7, 5], Some(PlayerId(0))), ([5, 7], Some(PlayerId(1))), ([6, 6], None)] {
        let mut lab = short_round(health);
        let end = lab.run_until(400, &[], |event| matches!(event, Event::RoundEnded { .. }));
        assert_eq!(end, Some(Event::RoundEnded { winner }), "{health:?}");
        // What sudden death takes is nobody's deed.
        assert!(lab.state.players().iter().all(|player| player.damage_dealt == 0));
    }
}

#[test]
fn a_match_ends_with_enough_rounds_or_by_damage_when_there_are_no_more() {
    let limits =
        |lab: Lab, to_win, max| lab.define(|def| (def.rules.rounds_to_win, def.rules.rounds_max) = (to_win, max));
    let shoot = |lab: &mut Lab, by: usize| {
        let victim = 1 - by;
        for number in [0, 1] {
            lab.place(number, at(20 + 10 * number as i16, 10), Vec2::ZERO);
        }
        lab.arm(by, &bullet());
        lab.set(&format!("players[{victim}].health"), 20);
        let (from, velocity) = if by == 0 { (28, 90) } else { (22, -90) };
        lab.launch(0, by, at(from, 10), at_cents(velocity, 0));
        lab.run_until(10, &[], |event| matches!(event, Event::RoundEnded { .. }))
            .expect("the shot hits")
    };
    let next = |lab: &mut Lab| {
        lab.run_until(60, &[], |event| {
            matches!(event, Event::RoundStarted { .. } | Event::MatchEnded { .. })
        })
    };
    let mut lab = limits(face_to_face([100, 100]), 2, 9);
    for (by, wanted) in [(0, 2), (1, 3)] {
        shoot(&mut lab, by);
        assert_eq!(next(&mut lab), Some(Event::RoundStarted { round: wanted }));
    }
    shoot(&mut lab, 1);
    assert_eq!(
        next(&mut lab),
        Some(Event::MatchEnded {
            winner: Some(PlayerId(1))
        })
    );
    assert!(lab.state.is_finished() && lab.state.winner() == Some(PlayerId(1)));
    // Two rounds at most, one each: the damage decides, and with equal damage nobody wins.
    for (extra, winner) in [(1, Some(PlayerId(0))), (0, None)] {
        let mut lab = limits(face_to_face([100, 100]), 5, 2);
        shoot(&mut lab, 0);
        next(&mut lab);
        shoot(&mut lab, 1);
        let dealt = lab.word("players[0].damage_dealt");
        lab.set("players[0].damage_dealt", dealt + extra);
        assert_eq!(next(&mut lab), Some(Event::MatchEnded { winner }));
    }
}

#[test]
fn nobody_moves_or_shoots_during_the_countdown() {
    let mut lab = Lab::new(&[floor()]).define(|def| def.rules.countdown_frames = 30);
    lab.place(0, at_cents(2000, 275), Vec2::ZERO);
    lab.set("world.phase_frames", 30);
    lab.run(29, &[hold(Buttons::RIGHT | Buttons::FIRE | Buttons::JUMP)]);
    let player = lab.state.players()[0];
    assert_eq!((player.position, player.velocity), (at_cents(2000, 275), Vec2::ZERO));
    assert_eq!(lab.state.projectiles().count(), 0);
    lab.run(2, &[hold(Buttons::RIGHT | Buttons::FIRE)]);
    assert!(lab.state.players()[0].velocity.x.is_positive());
}

/// Movement, health and death belong to the simulation: see also `movement.rs`, and `weapons.rs` for what takes health.
#[test]
fn the_dead_neither_act_nor_move_nor_are_hit_and_come_back_whole_with_the_next_round() {
    let mut lab = face_to_face([100, 20]);
    lab.launch(0, 0, at(28, 10), at_cents(90, 0));
    lab.run_until(10, &[], |event| {
        matches!(
            event,
            Event::Died {
                player: PlayerId(1),
                ..
            }
        )
    })
    .expect("the shot kills");
    assert_eq!(lab.state.players()[1].health, 0);
    let mut swarm = line(&[]);
    swarm.set("players[3].health", 0);
    for number in 0..8 {
        swarm.arm(number, &bullet());
    }
    let dead = swarm.state.players()[3];
    let mut inputs = [hold(0); 8];
    inputs[3] = hold(Buttons::RIGHT | Buttons::JUMP | Buttons::FIRE | Buttons::SWAP);
    for _ in 0..30 {
        swarm.step(&inputs);
        let now = swarm.state.players()[3];
        assert_eq!(
            (now.position, now.velocity, now.health),
            (dead.position, dead.velocity, 0)
        );
        assert_eq!(swarm.state.projectiles().count(), 0, "nobody shot");
    }
    // A shot at the place where the dead one lies flies on to the next.
    swarm.launch(0, 0, at_cents(2350, 1000), at_cents(90, 0));
    assert_eq!(hits(&mut swarm, 12), [4]);
    lab.run_until(30, &[], |event| matches!(event, Event::RoundStarted { round: 2 }))
        .expect("it goes on");
    assert!(
        lab.state
            .players()
            .iter()
            .all(|player| player.is_alive() && player.health == 100)
    );
}

#[test]
fn weapons_ammo_requests_and_scores_outlive_a_round_and_everything_else_is_new() {
    let mut lab = face_to_face([100, 20]).define(|def| def.rules.forge_deadline_frames = 500);
    lab.launch(0, 0, at(28, 10), at_cents(90, 0));
    let asks = [
        hold(0),
        Input {
            request_seq: 4,
            ..hold(0)
        },
    ];
    lab.set("players[1].ammo", 5);
    for field in ["stun_frames", "slow_frames", "burn_frames", "poison_frames"] {
        lab.set(&format!("players[0].{field}"), 400);
    }
    lab.run_until(60, &asks, |event| matches!(event, Event::RoundStarted { round: 2 }))
        .expect("the shot kills, and it goes on");
    let [winner, loser] = [0, 1].map(|number| lab.state.players()[number]);
    assert_eq!((winner.rounds_won, winner.damage_dealt), (1, 20));
    assert_eq!(
        (loser.ammo, loser.is_starter, loser.open_request()),
        (5, 0, Some((4, 0)))
    );
    assert_eq!(lab.state.held_weapon(PlayerId(1)), bullet());
    let lasting = [
        winner.stun_frames,
        winner.slow_frames,
        winner.burn_frames,
        winner.poison_frames,
    ];
    assert_eq!((winner.health, lasting), (100, [0; 4]));
}
