//! Phase "rules": rounds, time limit, sudden death, the winner, and the frame counter.
//! Must not decide by anything but the state.

use super::Scene;
use crate::event::Event;
use crate::input::PlayerId;
use crate::state::{Phase, spawn_of};

/// Frames between two points of health lost in sudden death.
const SUDDEN_DEATH_INTERVAL_FRAMES: u32 = 20;

pub(super) fn run(scene: &mut Scene<'_>) {
    let phase_frames = scene.parts.world.phase_frames.saturating_sub(1);
    scene.parts.world.phase_frames = phase_frames;
    match scene.parts.world.phase() {
        Phase::Countdown if phase_frames == 0 => begin_fight(scene),
        Phase::Fight => fight(scene),
        Phase::Aftermath if phase_frames == 0 => next_round(scene),
        _ => {}
    }
    scene.parts.world.frame += 1;
}

fn begin_fight(scene: &mut Scene<'_>) {
    scene.parts.world.enter(Phase::Fight, scene.def.rules.round_frames);
    scene.events.push(Event::RoundStarted {
        round: scene.parts.world.round,
    });
}

fn fight(scene: &mut Scene<'_>) {
    if scene.parts.world.phase_frames == 1 {
        scene.events.push(Event::SuddenDeath);
    }
    if scene.parts.world.phase_frames == 0 && scene.parts.world.frame.is_multiple_of(SUDDEN_DEATH_INTERVAL_FRAMES) {
        drain(scene);
    }
    let mut alive = scene
        .parts
        .players
        .iter()
        .enumerate()
        .filter(|(_, player)| player.is_alive());
    let (first, second) = (alive.next().map(|(number, _)| number), alive.next());
    if second.is_some() {
        return;
    }
    // Both fell in the same frame: nobody wins the round.
    let winner = first.map(|number| PlayerId(number as u8));
    if let Some(winner) = winner {
        scene.parts.players[winner.index()].rounds_won += 1;
    }
    scene.events.push(Event::RoundEnded { winner });
    scene
        .parts
        .world
        .enter(Phase::Aftermath, scene.def.rules.aftermath_frames);
}

fn drain(scene: &mut Scene<'_>) {
    for number in 0..scene.parts.players.len() {
        let player = scene.parts.players[number];
        if player.is_alive() {
            let id = PlayerId(number as u8);
            super::hits::lose_health(scene, id, id, 1, 0, player.position);
        }
    }
}

fn next_round(scene: &mut Scene<'_>) {
    let rules = &scene.def.rules;
    let best = scene
        .parts
        .players
        .iter()
        .map(|player| player.rounds_won)
        .max()
        .unwrap_or(0);
    if best >= rules.rounds_to_win || scene.parts.world.round >= rules.rounds_max {
        return finish(scene);
    }
    for (number, player) in scene.parts.players.iter_mut().enumerate() {
        let (spawn, faces_left) = spawn_of(scene.def, number);
        player.respawn(spawn, faces_left, rules.health);
    }
    scene.parts.live.fill(0);
    scene.parts.world.round += 1;
    scene.parts.world.enter(Phase::Countdown, rules.countdown_frames);
}

/// Most rounds, then most damage dealt; a full tie is a draw.
fn finish(scene: &mut Scene<'_>) {
    let score = |number: usize| {
        let player = &scene.parts.players[number];
        (player.rounds_won, player.damage_dealt)
    };
    let count = scene.parts.players.len();
    let best = (0..count).map(score).max().unwrap_or_default();
    let mut leaders = (0..count).filter(|number| score(*number) == best);
    let winner = match (leaders.next(), leaders.next()) {
        (Some(number), None) => Some(PlayerId(number as u8)),
        _ => None,
    };
    scene.parts.world.winner = winner.map_or(0, |winner| u32::from(winner.0) + 1);
    scene.parts.world.enter(Phase::Finished, 0);
    scene.events.push(Event::MatchEnded { winner });
}
