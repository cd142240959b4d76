//! Owns the scenarios that play matches: movement, shooting, forging, modifiers, the swarm, the soak.
//!
//! Each ends where its trace ends; what a rule must do is asserted by the tests of that rule.

use super::TRACE_INTERVAL_FRAMES;
use super::play::{Forging, Inputs, Play, endless, random_inputs};
use super::trace::Watch;
use crate::archetype::Archetype;
use crate::bot::{BotKind, bot_input};
use crate::content::Content;
use crate::def::MatchDef;
use crate::input::{Buttons, PlayerId};
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
pub(super) fn movement(watch: &mut dyn Watch) {
    duel(endless(11)).trace(1_800, watch, |play, frame| random_inputs(play, frame, MOVEMENT));
}

/// The starter weapons, with rounds won and lost.
pub(super) fn shooting(watch: &mut dyn Watch) {
    duel(endless(12)).trace(3_600, watch, |play, frame| random_inputs(play, frame, ALL_BUTTONS));
}

/// The base weapon of every archetype, forged in turn and fired.
pub(super) fn archetypes(watch: &mut dyn Watch) {
    forged_weapons(13, Archetype::COUNT as u32, watch, |index| {
        Archetype::from_u8(index as u8).unwrap_or(Archetype::Pistol).base_spec()
    });
}

/// Each knob of a weapon at its end, and each effect.
pub(super) fn knobs(watch: &mut dyn Watch) {
    forged_weapons(14, KNOB_COUNT, watch, knob);
}

const KNOB_COUNT: u32 = 24;

#[rustfmt::skip]
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

fn forged_weapons(seed: u64, count: u32, watch: &mut dyn Watch, spec: impl Fn(u32) -> WeaponSpec) {
    let mut def = endless(seed);
    def.rules.forge_cooldown_frames = 30;
    let forging = Forging {
        period_frames: 90,
        commit_after_frames: 7,
        count,
    };
    let mut play = duel(def);
    forging.fill(&mut play, |index, player, request_seq| {
        let weapon = WeaponDef::clamped(&spec(index)).0;
        Content::Weapon {
            player,
            request_seq,
            weapon,
        }
    });
    play.trace((count + 3) * 90, watch, |play, frame| {
        let mut inputs = random_inputs(play, frame, ALL_BUTTONS);
        forging.write(frame, 2, &mut inputs, |_| true);
        inputs
    });
}

/// Overlapping changes of the physics, of every kind.
pub(super) fn modifiers(watch: &mut dyn Watch) {
    let mut def = endless(15);
    def.rules.forge_cooldown_frames = 20;
    let forging = Forging {
        period_frames: 40,
        commit_after_frames: 5,
        count: 36,
    };
    let mut play = duel(def);
    forging.fill(&mut play, |index, player, request_seq| {
        let draw = hash(15, index, 0, 0);
        let kind = ModKind::ALL[index as usize % ModKind::ALL.len()];
        let (factor, frames) = (32 + (draw % 2_017) as u16, 1 + (draw >> 32) as u16 % 600);
        Content::PhysicsMod {
            player,
            request_seq,
            kind,
            factor,
            frames,
        }
    });
    play.trace(2_100, watch, |play, frame| {
        let mut inputs = random_inputs(play, frame, ALL_BUTTONS);
        forging.write(frame, 2, &mut inputs, |_| true);
        inputs
    });
}

/// Requests of which the host answers every third, some too late: the fallback, ignored commits, refused requests.
pub(super) fn fallback(watch: &mut dyn Watch) {
    let forging = Forging {
        period_frames: 150,
        commit_after_frames: 130,
        count: 20,
    };
    let mut play = duel(endless(16));
    forging.fill(&mut play, |index, player, request_seq| {
        let weapon = WeaponDef::clamped(&knob(index)).0;
        Content::Weapon {
            player,
            request_seq,
            weapon,
        }
    });
    play.trace(3_600, watch, |play, frame| {
        let mut inputs = random_inputs(play, frame, ALL_BUTTONS);
        forging.write(frame, 2, &mut inputs, |index| index % 3 == 0);
        inputs
    });
}

/// Eight players with forged weapons.
pub(super) fn swarm(watch: &mut dyn Watch) {
    let mut def = endless(17);
    def.rules.forge_cooldown_frames = 10;
    let forging = Forging {
        period_frames: 12,
        commit_after_frames: 3,
        count: 64,
    };
    let state = SwarmState::new(&def);
    let mut play = Play::new(def, state);
    forging.fill(&mut play, |index, player, request_seq| {
        let weapon = WeaponDef::clamped(&knob(index % KNOB_COUNT)).0;
        Content::Weapon {
            player,
            request_seq,
            weapon,
        }
    });
    play.trace(1_200, watch, |play, frame| {
        let mut inputs = random_inputs(play, frame, ALL_BUTTONS);
        forging.write(frame, SwarmState::PLAYER_COUNT, &mut inputs, |_| true);
        inputs
    });
}

/// Ten minutes of everything that a duel has.
pub(super) fn soak(watch: &mut dyn Watch) {
    let forging = Forging {
        period_frames: 450,
        commit_after_frames: 200,
        count: 80,
    };
    let mut play = duel(endless(18));
    forging.fill(&mut play, |index, player, request_seq| match index % 5 {
        0 => {
            let kind = ModKind::ALL[index as usize / 5 % ModKind::ALL.len()];
            Content::PhysicsMod {
                player,
                request_seq,
                kind,
                factor: 64 + index as u16 * 8,
                frames: 900,
            }
        }
        _ => Content::Weapon {
            player,
            request_seq,
            weapon: WeaponDef::clamped(&knob(index % KNOB_COUNT)).0,
        },
    });
    play.trace(36_000, watch, |play, frame| {
        let mut inputs: Inputs = random_inputs(play, frame, ALL_BUTTONS);
        forging.write(frame, 2, &mut inputs, |index| index % 7 != 3);
        inputs
    });
}

/// A thousand generated arenas as hashes, and a fight in some of them.
pub(super) fn arenas(watch: &mut dyn Watch) {
    let mut digest = 0;
    for seed in 0..1_000_u32 {
        let def = MatchDef::generated(seed.into());
        let ruleset = def.ruleset_hash();
        digest = hash(digest, ruleset as u32, (ruleset >> 32) as u32, 0);
        if seed % 50 == 49 {
            watch.line(seed, digest);
            let mut play = duel(def);
            play.trace(240, watch, |play, frame| random_inputs(play, frame, ALL_BUTTONS));
        }
    }
}

/// Full matches between bots of each kind, until they are decided.
pub(super) fn bots(watch: &mut dyn Watch) {
    for (number, kind) in BotKind::ALL.into_iter().enumerate() {
        let def = MatchDef::duel(19 + number as u64);
        let mut play = duel(def);
        let other = BotKind::ALL[(number + 1) % BotKind::ALL.len()];
        for _ in 0..20 {
            play.trace(TRACE_INTERVAL_FRAMES * 10, watch, |play, _| {
                bot_inputs(play, [kind, other])
            });
            if play.state.is_finished() {
                break;
            }
        }
    }
}

fn bot_inputs<S: MatchState>(play: &Play<S>, kinds: [BotKind; 2]) -> Inputs {
    let mut inputs = Inputs::default();
    for (player, kind) in kinds.into_iter().enumerate() {
        inputs[player] = bot_input(kind, 3, &play.def, &play.state, PlayerId(player as u8));
    }
    inputs
}
