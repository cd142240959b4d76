//! Owns the facts of requests: when one is accepted, what answers it, and in which frame its fallback comes.

use crate::lab::Lab;
use pvp_sim::{Archetype, Content, Event, Input, MatchState, PlayerId, WeaponDef, WeaponSpec, fallback_weapon};

const COOLDOWN: u32 = 50;
const DEADLINE: u32 = 30;

fn lab() -> Lab {
    let mut lab = Lab::new(&[]).define(|def| {
        def.rules.forge_cooldown_frames = COOLDOWN;
        def.rules.forge_deadline_frames = DEADLINE;
    });
    lab.step(&[]);
    lab
}

fn ask(request_seq: u8) -> Input {
    Input {
        request_seq,
        archetype_hint: Archetype::Bow as u8,
        ..Input::default()
    }
}

fn commit(commit_seq: u8, commit_slot: u8) -> Input {
    Input {
        commit_seq,
        commit_slot,
        ..Input::default()
    }
}

fn weapon(player: u8, request_seq: u8, damage: u8) -> Content {
    let spec = WeaponSpec {
        damage,
        ..Archetype::Grenade.base_spec()
    };
    Content::Weapon {
        player: PlayerId(player),
        request_seq,
        weapon: WeaponDef::parse(&spec).expect("in range"),
    }
}

fn forged(lab: &Lab) -> Option<(u8, u8, bool)> {
    lab.events.as_slice().iter().find_map(|event| match event {
        Event::Forged {
            player,
            request_seq,
            fallback,
        } => Some((player.0, *request_seq, *fallback)),
        _ => None,
    })
}

fn is_accepted(lab: &Lab) -> bool {
    let mut events = lab.events.as_slice().iter();
    events.any(|event| matches!(event, Event::RequestAccepted { .. }))
}

#[test]
fn without_a_commit_the_fallback_comes_exactly_at_the_deadline_and_is_the_one_of_the_request() {
    let mut lab = lab();
    let mut frames = 0;
    while forged(&lab).is_none() {
        lab.step(&[ask(0), ask(7)]);
        frames += 1;
    }
    assert_eq!(
        (frames, forged(&lab)),
        (DEADLINE + 1, Some((1, 7, true))),
        "the frame of the request and the deadline"
    );
    let expected = fallback_weapon(lab.def.seed, PlayerId(1), 7, Archetype::Bow as u8);
    assert_eq!(lab.state.held_weapon(PlayerId(1)), *expected.spec());
    assert_eq!(expected.archetype(), Archetype::Bow, "the hint chooses");
    lab.run(2 * DEADLINE, &[ask(0), ask(7)]);
    assert_eq!(lab.state.players()[1].weapon_index, 1, "it comes once");
}

#[test]
fn a_second_request_is_refused_while_one_is_open_and_until_the_cooldown_is_over() {
    for (again_after, is_taken) in [(1, false), (DEADLINE, false), (COOLDOWN - 1, false), (COOLDOWN, true)] {
        let mut lab = lab();
        lab.step(&[ask(1)]);
        assert!(is_accepted(&lab));
        lab.run(again_after - 1, &[ask(1)]);
        lab.step(&[ask(2)]);
        assert_eq!(is_accepted(&lab), is_taken, "{again_after} frames later");
        assert_eq!(lab.state.players()[0].refused_count, u32::from(!is_taken));
    }
}

#[test]
fn a_commit_answers_the_open_request_of_its_player_once_and_nothing_else() {
    let mut lab = lab();
    for (slot, content) in [weapon(1, 7, 33), weapon(1, 8, 44), weapon(0, 7, 55)]
        .into_iter()
        .enumerate()
    {
        lab.content.insert(slot as u8, content).expect("the slot is free");
    }
    lab.step(&[ask(0), ask(7)]);
    // Another number, another player, an empty slot: each is ignored and counted.
    for (commit_seq, slot) in [(1, 1), (2, 2), (3, 9)] {
        lab.step(&[commit(commit_seq, slot), ask(7)]);
        assert_eq!(
            (forged(&lab), lab.state.world().ignored_commit_count),
            (None, u32::from(commit_seq))
        );
    }
    // The guest commits nothing.
    let guest = Input {
        commit_seq: 9,
        ..ask(7)
    };
    lab.step(&[commit(3, 9), guest]);
    assert_eq!((forged(&lab), lab.state.world().ignored_commit_count), (None, 3));
    lab.step(&[commit(4, 0), guest]);
    assert_eq!(forged(&lab), Some((1, 7, false)));
    assert_eq!(lab.state.held_weapon(PlayerId(1)).damage, 33);
    // The same again is too late, and no fallback follows.
    lab.step(&[commit(5, 0), guest]);
    assert_eq!((forged(&lab), lab.state.world().ignored_commit_count), (None, 4));
    for _ in 0..2 * DEADLINE {
        lab.step(&[commit(5, 0), guest]);
        assert_eq!(forged(&lab), None);
    }
    assert_eq!(lab.state.held_weapon(PlayerId(1)).damage, 33);
}

#[test]
fn a_new_weapon_waits_twenty_frames_and_the_shots_of_the_old_one_keep_their_weapon() {
    let mut lab = lab();
    lab.content.insert(0, weapon(0, 1, 77)).expect("the slot is free");
    let before = lab.state.held_weapon(PlayerId(0));
    lab.step(&[ask(1)]);
    lab.launch(0, 0, crate::lab::at(30, 20), crate::lab::at_cents(1, 0));
    lab.step(&[Input {
        commit_seq: 1,
        ..ask(1)
    }]);
    assert_eq!(lab.state.held_weapon(PlayerId(0)).damage, 77);
    let shot = lab.projectile(0).expect("it flies");
    assert_eq!(lab.state.projectile_weapon(&shot), before);
    let fire = Input {
        buttons: pvp_sim::Buttons::FIRE,
        commit_seq: 1,
        ..ask(1)
    };
    let mut waited = 1;
    while !lab
        .events
        .as_slice()
        .iter()
        .any(|event| matches!(event, Event::Shot { .. }))
    {
        lab.step(&[fire]);
        waited += 1;
    }
    assert_eq!(waited, 20, "with the frame of the commit");
}
