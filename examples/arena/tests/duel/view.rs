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

/// The largest part of an error that is taken back in one frame, in pixels.
fn correction_max() -> f64 {
    let taken_back = 1.0 - (-1.0 / f64::from(HALF_LIFE_FRAMES)).exp2();
    f64::from(SNAP_DISTANCE) * taken_back * UNIT
}

/// The farthest that a figure is ever drawn from where it was drawn one frame before, in pixels: what the physics allow it to
/// move, on both axes at once, and that correction.
fn step_max() -> f64 {
    let physics = arena::rules::duel(0).physics;
    let speed = f64::from(physics.speed_max.to_bits()) / 65_536.0;
    speed * 2f64.sqrt() * UNIT + correction_max()
}

/// The other player's figure in one frame: where it is, and how far it moves per frame.
#[derive(Clone, Copy)]
struct Figure {
    round: u32,
    place: [f64; 2],
    velocity: [f64; 2],
}

/// The longest steps of a figure, and how far a rollback has thrown it off its course, in pixels.
#[derive(Debug, Default)]
struct Longest {
    step: f64,
    jump: f64,
}

impl Longest {
    fn follow(&mut self, was: Figure, drawn_at: [f64; 2], now: [f64; 2], is_corrected: bool) {
        self.step = self.step.max(distance(drawn_at, now));
        if is_corrected {
            let course = [0, 1].map(|axis| drawn_at[axis] + was.velocity[axis]);
            self.jump = self.jump.max(distance(course, now));
        }
    }
}

fn figure(state: &DuelState, player: usize) -> Figure {
    let velocity = state.players()[player].velocity;
    Figure {
        round: state.world().round,
        place: place(state, player),
        velocity: [velocity.x, velocity.y].map(|value| f64::from(value.to_bits()) / 65_536.0 * UNIT),
    }
}

/// The longest steps in a match: as drawn, and as the simulation has them.
fn trace(seed: u64) -> [Longest; 2] {
    let mut pair = Pair::new(LinkConfig::new(seed, 150, 10, 5), bots(), InlineForging::boxed);
    let mut gliding = [1, 0].map(|remote| Gliding::new(remote, pair.peers[0].state()));
    let mut last: [Option<Figure>; 2] = [None; 2];
    let [mut drawn, mut simulated] = [Longest::default(), Longest::default()];
    while pair.peers[0].session().confirmed_frame() < 1500 {
        pair.tick();
        for side in 0..2 {
            let Some(depth) = pair.stepped[side] else { continue };
            let (state, remote) = (pair.peers[side].state(), 1 - side);
            gliding[side].follow(state, depth);
            let [before, shown] = gliding[side].pictured();
            let now = figure(state, remote);
            if let Some(was) = last[side].filter(|was| was.round == now.round) {
                simulated.follow(was, was.place, now.place, depth > 0);
                drawn.follow(was, place(before, remote), place(shown, remote), depth > 0);
            }
            last[side] = Some(now);
            assert_eq!(
                place(shown, side),
                place(state, side),
                "one's own figure is where it is"
            );
        }
    }
    pair.assert_in_sync();
    [drawn, simulated]
}

#[test]
fn the_other_players_figure_never_jumps_though_the_simulation_does() {
    for seed in [2, 4] {
        let [drawn, simulated] = trace(seed);
        let (step_max, jump_max) = (step_max(), correction_max());
        println!(
            "seed {seed}: drawn {drawn:.1?}, simulated {simulated:.1?}, bounds {step_max:.1} and {jump_max:.1} px"
        );
        assert!(drawn.step <= step_max && drawn.jump <= jump_max, "{drawn:?}");
        // Without the gliding this trace would break both bounds.
        assert!(simulated.step > step_max && simulated.jump > jump_max, "{simulated:?}");
    }
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
        for (side, known) in known.iter_mut().enumerate() {
            let session = pair.peers[side].session();
            let live = |changes: Changes| -> Vec<(u32, u32)> {
                changes.live().map(|(modifier, left)| (modifier.kind, left)).collect()
            };
            let shown = live(Changes::of(session.confirmed_state()));
            // The newest state is a guess: it may know of more or less.
            guesses += usize::from(live(Changes::of(session.state())).len() != shown.len());
            let first = known.entry(session.confirmed_frame()).or_insert_with(|| shown.clone());
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
