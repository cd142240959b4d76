//! What is drawn of the other player, over a trace of a match with 150 ms of round trip and 5 % loss.

use crate::pair::Pair;
use arena::duel::Pilot;
use arena::forging::InlineForging;
use arena::gliding::{Gliding, HALF_LIFE_FRAMES, SNAP_DISTANCE};
use arena::prompts;
use arena::render::Changes;
use pvp_net::transport::link::LinkConfig;
use pvp_sim::bot::BotKind;
use pvp_sim::{DuelState, MatchState};
use std::collections::BTreeMap;

/// Pixels of a unit.
const UNIT: f64 = 7.5;

fn bots() -> [Pilot; 2] {
    [(0, BotKind::Aggressive), (1, BotKind::Trickster)].map(|(player, kind)| Pilot::Bot {
        kind,
        level: 3,
        prompts: prompts::for_player(&[], player),
    })
}

fn place(state: &DuelState, player: usize) -> [f64; 2] {
    let position = state.players()[player].position;
    [position.x, position.y].map(|value| f64::from(value.to_bits()) / 65_536.0 * UNIT)
}

fn distance(from: [f64; 2], to: [f64; 2]) -> f64 {
    (to[0] - from[0]).hypot(to[1] - from[1])
}

/// The farthest that a figure is ever drawn from where it was drawn one frame before, in pixels: what the physics allow a figure
/// to move (on both axes at once), and the part of the largest error that is taken back in a frame.
fn jump_max() -> f64 {
    let physics = arena::rules::duel(0).physics;
    let speed = f64::from(physics.speed_max.to_bits()) / 65_536.0;
    let taken_back = 1.0 - (-1.0 / f64::from(HALF_LIFE_FRAMES)).exp2();
    (speed * 2f64.sqrt() + f64::from(SNAP_DISTANCE) * taken_back) * UNIT
}

#[test]
fn the_other_players_figure_never_jumps_though_the_simulation_does() {
    let mut link = LinkConfig::new(12, 150, 10, 5);
    link.seed = 12;
    let mut pair = Pair::new(link, bots(), InlineForging::boxed);
    let mut gliding = [1, 0].map(|remote| Gliding::new(remote, pair.peers[0].state()));
    let mut last: [Option<(u32, [f64; 2])>; 2] = [None; 2];
    let (mut drawn_max, mut raw_max) = (0.0_f64, 0.0_f64);
    while pair.peers[0].session().confirmed_frame() < 3600 {
        pair.tick();
        for side in 0..2 {
            let Some(depth) = pair.stepped[side] else { continue };
            let state = pair.peers[side].state();
            let remote = 1 - side;
            gliding[side].follow(state, depth);
            let [before, shown] = gliding[side].pictured();
            let raw = place(state, remote);
            let round = state.world().round;
            if let Some((known, was)) = last[side]
                && known == round
            {
                raw_max = raw_max.max(distance(was, raw));
                drawn_max = drawn_max.max(distance(place(before, remote), place(shown, remote)));
            }
            last[side] = Some((round, raw));
            assert_eq!(
                place(shown, side),
                place(state, side),
                "one's own figure is where it is"
            );
        }
    }
    println!(
        "drawn {drawn_max:.1} px, simulated {raw_max:.1} px, bound {:.1} px",
        jump_max()
    );
    assert!(drawn_max <= jump_max(), "drawn {drawn_max} px in a frame");
    assert!(
        raw_max > jump_max(),
        "the trace has jumps that need smoothing: {raw_max}"
    );
    pair.assert_in_sync();
}

#[test]
fn the_time_left_of_a_physics_change_is_the_confirmed_states_on_both_sides() {
    let pilots = [Pilot::Outside, Pilot::Outside];
    let mut pair = Pair::new(LinkConfig::new(5, 150, 10, 5), pilots, InlineForging::boxed);
    pair.run_until(60);
    pair.peers[1].ask("moon gravity").expect("nothing is in the way");
    let mut known: [BTreeMap<u32, Vec<(u32, u32)>>; 2] = [BTreeMap::new(), BTreeMap::new()];
    let mut guesses = 0;
    while pair.peers[0].session().confirmed_frame() < 1100 {
        pair.tick();
        for side in 0..2 {
            let session = pair.peers[side].session();
            let live = |changes: Changes| -> Vec<(u32, u32)> {
                changes.live().map(|(modifier, left)| (modifier.kind, left)).collect()
            };
            let shown = live(Changes::of(session.confirmed_state()));
            // The newest state is a guess: it may know of more or less.
            guesses += usize::from(live(Changes::of(session.state())).len() != shown.len());
            let first = known[side]
                .entry(session.confirmed_frame())
                .or_insert_with(|| shown.clone());
            assert_eq!(*first, shown, "what is confirmed stays");
        }
    }
    assert!(guesses > 0, "the newest states had guessed");
    let both = known[0]
        .iter()
        .filter_map(|(frame, ours)| Some((ours, known[1].get(frame)?)));
    let mut seen = 0;
    for (ours, theirs) in both {
        assert_eq!(ours, theirs);
        seen += usize::from(!ours.is_empty());
    }
    assert!(seen > 100, "{seen} frames of a change");
    pair.assert_in_sync();
}
