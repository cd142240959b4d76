//! Owns the scenarios that play matches: movement, shooting, forging, modifiers, the swarm, the soak.
//!
//! Each ends where its trace ends; what a rule must do is asserted by the tests of that rule.

use super::play::{Forging, Inputs, Play, endless, random_inputs};
use super::trace::Line;
use crate::archetype::Archetype;
use crate::content::Content;
use crate::def::MatchDef;
use crate::input::Buttons;
use crate::modifier::ModKind;
use crate::rng::hash;
use crate::state::{DuelState, MatchState, SwarmState};
use crate::weapon::{Effect, WeaponDef, WeaponFlags, WeaponSpec};

const MOVEMENT: u8 = Buttons::LEFT | Buttons::RIGHT | Buttons::JUMP | Buttons::DOWN;
const ALL_BUTTONS: u8 = MOVEMENT | Buttons::FIRE;

fn duel(def: MatchDef) -> Play<DuelState> {
    let state = DuelState::new(&def);
    Play::new(def, state)
}

/// Running, jumping, dropping through platforms; nobody fires.
pub(super) fn movement(line: Line<'_>) {
    duel(endless(11)).trace(1_800, line, |play, frame| random_inputs(play, frame, MOVEMENT));
}

/// The starter weapons, with rounds won and lost.
pub(super) fn shooting(line: Line<'_>) {
    duel(endless(12)).trace(3_600, line, |play, frame| random_inputs(play, frame, ALL_BUTTONS));
}

/// The base weapon of every archetype, forged in turn and fired.
pub(super) fn archetypes(line: Line<'_>) {
    forged_weapons(13, Archetype::COUNT as u32, line, |index| {
        Archetype::from_u8(index as u8).unwrap_or(Archetype::Pistol).base_spec()
    });
}

/// Each knob of a weapon at its end, and each effect.
pub(super) fn knobs(line: Line<'_>) {
    forged_weapons(14, KNOB_COUNT, line, knob);
}

const KNOB_COUNT: u32 = 24;

fn knob(index: u32) -> WeaponSpec {
    let base = Archetype::Pistol.base_spec();
    let base = WeaponSpec { ammo: 30, cooldown_frames: 60, damage: 20, fuse_frames: 0, ..base };
    match index {
        0 => WeaponSpec { pierce: 4, ..base },
        1 => WeaponSpec { bounce_count: 16, restitution: 255, ..base },
        2 => WeaponSpec { bounce_count: 8, restitution: 128, gravity_scale: 512, ..base },
        3 => WeaponSpec { gravity_scale: -512, ..base },
        4 => WeaponSpec { gravity_scale: 1024, speed: 100, ..base },
        5 => WeaponSpec { drag: 128, ..base },
        6 => WeaponSpec { homing: 32, speed: 30, ..base },
        7 => WeaponSpec { pellets: 12, spread: 64, ..base },
        8 => WeaponSpec { pellets: 6, spread: 8, flags: WeaponFlags::BURST, ..base },
        9 => WeaponSpec { flags: WeaponFlags::HITSCAN, ..base },
        10 => WeaponSpec { flags: WeaponFlags::HITSCAN, pierce: 4, range: 100, ..base },
        11 => WeaponSpec { effect: Effect::Area as u8, effect_radius: 32, self_damage: 100, ..base },
        12 => WeaponSpec { effect: Effect::Area as u8, effect_radius: 20, flags: WeaponFlags::LINE_OF_SIGHT, ..base },
        13 => WeaponSpec { fuse_frames: 40, bounce_count: 16, restitution: 180, gravity_scale: 256, effect_radius: 16, ..base },
        14 => WeaponSpec { knockback: 255, ..base },
        15 => WeaponSpec { range: 10, speed: 10, ..base },
        _ => WeaponSpec { effect: (index - 16) as u8, effect_radius: 6, self_damage: 50, ..base },
    }
}

fn forged_weapons(seed: u64, count: u32, line: Line<'_>, spec: impl Fn(u32) -> WeaponSpec) {
    let mut def = endless(seed);
    def.rules.forge_cooldown_frames = 30;
    let forging = Forging { period_frames: 90, commit_after_frames: 7, count };
    let mut play = duel(def);
    forging.fill(&mut play, |index, player, request_seq| {
        let weapon = WeaponDef::clamped(&spec(index)).0;
        Content::Weapon { player, request_seq, weapon }
    });
    play.trace((count + 3) * 90, line, |play, frame| {
        let mut inputs = random_inputs(play, frame, ALL_BUTTONS);
        forging.write(frame, 2, &mut inputs, |_| true);
        inputs
    });
}

/// Overlapping changes of the physics, of every kind.
pub(super) fn modifiers(line: Line<'_>) {
    let mut def = endless(15);
    def.rules.forge_cooldown_frames = 20;
    let forging = Forging { period_frames: 40, commit_after_frames: 5, count: 36 };
    let mut play = duel(def);
    forging.fill(&mut play, |index, player, request_seq| {
        let draw = hash(15, index, 0, 0);
        let kind = ModKind::ALL[index as usize % ModKind::ALL.len()];
        let (factor, frames) = (32 + (draw % 2_017) as u16, 1 + (draw >> 32) as u16 % 600);
        Content::PhysicsMod { player, request_seq, kind, factor, frames }
    });
    play.trace(2_100, line, |play, frame| {
        let mut inputs = random_inputs(play, frame, ALL_BUTTONS);
        forging.write(frame, 2, &mut inputs, |_| true);
        inputs
    });
}

/// Requests of which the host answers every third, some too late: the fallback, ignored commits, refused requests.
pub(super) fn fallback(line: Line<'_>) {
    let forging = Forging { period_frames: 150, commit_after_frames: 130, count: 20 };
    let mut play = duel(endless(16));
    forging.fill(&mut play, |index, player, request_seq| {
        let weapon = WeaponDef::clamped(&knob(index)).0;
        Content::Weapon { player, request_seq, weapon }
    });
    play.trace(3_600, line, |play, frame| {
        let mut inputs = random_inputs(play, frame, ALL_BUTTONS);
        forging.write(frame, 2, &mut inputs, |index| index % 3 == 0);
        inputs
    });
}

/// Eight players with forged weapons.
pub(super) fn swarm(line: Line<'_>) {
    let mut def = endless(17);
    def.rules.forge_cooldown_frames = 10;
    let forging = Forging { period_frames: 12, commit_after_frames: 3, count: 64 };
    let state = SwarmState::new(&def);
    let mut play = Play::new(def, state);
    forging.fill(&mut play, |index, player, request_seq| {
        let weapon = WeaponDef::clamped(&knob(index % KNOB_COUNT)).0;
        Content::Weapon { player, request_seq, weapon }
    });
    play.trace(1_200, line, |play, frame| {
        let mut inputs = random_inputs(play, frame, ALL_BUTTONS);
        forging.write(frame, SwarmState::PLAYER_COUNT, &mut inputs, |_| true);
        inputs
    });
}

/// Ten minutes of everything that a duel has.
pub(super) fn soak(line: Line<'_>) {
    let forging = Forging { period_frames: 450, commit_after_frames: 200, count: 80 };
    let mut play = duel(endless(18));
    forging.fill(&mut play, |index, player, request_seq| match index % 5 {
        0 => {
            let kind = ModKind::ALL[index as usize / 5 % ModKind::ALL.len()];
            Content::PhysicsMod { player, request_seq, kind, factor: 64 + index as u16 * 8, frames: 900 }
        }
        _ => Content::Weapon { player, request_seq, weapon: WeaponDef::clamped(&knob(index % KNOB_COUNT)).0 },
    });
    play.trace(36_000, line, |play, frame| {
        let mut inputs: Inputs = random_inputs(play, frame, ALL_BUTTONS);
        forging.write(frame, 2, &mut inputs, |index| index % 7 != 3);
        inputs
    });
}
