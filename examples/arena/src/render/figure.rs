//! Owns the fighters: which picture belongs to which state, arms, plumes, and what burns or freezes on them.
//! Must not know events: everything here follows from the state.

use super::armament::{self, Pose};
use super::art::{self, Art};
use super::palette::{INK, Team, glow, mix, noise};
use super::{Canvas, View, place};
use pvp_sim::{Angle, Effect, Fx, MatchState, PLAYER_HALF_HEIGHT, Phase, Player, PlayerId, Vec2};

/// Frames in which a shot's recoil shows.
const RECOIL_FRAMES: u32 = 9;
/// Canvas pixels per sprite pixel of a held weapon, in 1/256.
const HELD_SCALE: i32 = 76;

/// What a fighter is doing.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Act {
    Idle,
    Run(usize),
    Jump,
    Apex,
    Fall,
    Hurt,
    Win,
}

pub(super) fn draw<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    for (number, player) in view.state.players().iter().enumerate().take(view.fighter_count()) {
        let team = view.hud.palette.team(number);
        if player.is_alive() {
            fighter(view, canvas, number, &team);
        } else {
            let (x, feet) = stand(player);
            stamp(canvas, art::FALLEN, (x - 9, feet - 5), player.facing < 0, &|letter| {
                art::color(letter, &team)
            });
        }
    }
}

/// The middle and the lowest row of a fighter.
fn stand(player: &Player) -> (i32, i32) {
    // Half a pixel of grace: a fighter that rests a hair inside the ground stands on it.
    let grace = Fx::from_ratio(1, 15);
    let sole = Vec2::new(player.position.x, player.position.y - PLAYER_HALF_HEIGHT + grace);
    let (x, y) = place(sole);
    (x, y - 1)
}

fn act<S: MatchState>(view: &View<'_, S>, number: usize) -> Act {
    let player = &view.state.players()[number];
    let is_over = matches!(view.state.world().phase(), Phase::Aftermath | Phase::Finished);
    let is_last = view.state.players().iter().filter(|player| player.is_alive()).count() == 1;
    let is_winner = match view.state.world().phase() {
        Phase::Finished => view.state.winner() == Some(PlayerId(number as u8)),
        _ => is_over && is_last,
    };
    if player.stun_frames > 0 {
        Act::Hurt
    } else if !player.is_grounded() {
        let rise = player.velocity.y;
        match () {
            () if rise > Fx::from_ratio(9, 100) => Act::Jump,
            () if rise > Fx::from_ratio(-9, 100) => Act::Apex,
            () => Act::Fall,
        }
    } else if player.velocity.x.abs() > Fx::from_ratio(1, 100) {
        // The stride follows the ground covered, so feet do not slide.
        let step = place(player.position).0.div_euclid(4).rem_euclid(6) as usize;
        let backwards = (player.velocity.x.is_negative()) != faces_left(player);
        let is_left = player.velocity.x.is_negative();
        Act::Run(if is_left == backwards { step } else { 5 - step })
    } else if is_winner {
        Act::Win
    } else {
        Act::Idle
    }
}

fn faces_left(player: &Player) -> bool {
    match player.aim as u8 {
        0..=60 | 196..=255 => false,
        68..=188 => true,
        _ => player.facing < 0,
    }
}

fn legs(act: Act) -> Art {
    match act {
        Act::Idle | Act::Win => art::LEGS_IDLE,
        Act::Run(step) => art::LEGS_RUN[step],
        Act::Jump => art::LEGS_JUMP,
        Act::Apex => art::LEGS_APEX,
        Act::Fall => art::LEGS_FALL,
        Act::Hurt => art::LEGS_HURT,
    }
}

fn fighter<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas, number: usize, team: &Team) {
    let player = &view.state.players()[number];
    let frame = view.state.frame().0;
    let (x, mut feet) = stand(player);
    let act = act(view, number);
    let flip = faces_left(player);
    let mut legs = legs(act);
    let mut bob = match act {
        Act::Idle => i32::from((frame / 26 + number as u32).is_multiple_of(2)),
        Act::Run(step) => [0, 1, -1, 0, 1, -1][step],
        _ => 0,
    };
    if act == Act::Win {
        let beat = frame % 28;
        feet -= [0, 3, 5, 6, 5, 3, 0][(beat / 4) as usize];
        legs = if beat < 4 { art::LEGS_SQUAT } else { art::LEGS_JUMP };
        bob = i32::from(beat < 4);
    }
    let lean = match act {
        Act::Run(_) | Act::Jump => 1,
        Act::Hurt => -1,
        _ => 0,
    };
    let dress = |letter| art::color(letter, team).map(|color| dressed(player, frame, color));
    let hip = feet + 1 - legs.len() as i32;
    let lean = if flip { -lean } else { lean };
    let torso = (x + lean - 6, hip - 3 + bob.max(0));
    arms(view, canvas, number, team, (act, flip, (x + lean, torso.1 + 1)), true);
    stamp(canvas, legs, (x - 6, hip), flip, &dress);
    stamp(canvas, art::TORSO, torso, flip, &dress);
    let helmet = if number.is_multiple_of(2) {
        art::HELMET
    } else {
        art::HORNED
    };
    let head = (torso.0, torso.1 - 7 + bob.min(0));
    if number.is_multiple_of(2) {
        plume(canvas, player, frame, team.plume, (head, flip));
    }
    stamp(canvas, helmet, head, flip, &dress);
    arms(view, canvas, number, team, (act, flip, (x + lean, torso.1 + 1)), false);
    ailments(canvas, player, frame, (x, feet));
}

/// The head of a fighter, for the HUD.
pub(super) fn portrait(canvas: &mut Canvas, number: usize, team: &Team, place: (i32, i32), flip: bool, is_alive: bool) {
    let helmet = if number.is_multiple_of(2) {
        art::HELMET
    } else {
        art::HORNED
    };
    let color = |letter| art::color(letter, team).map(|color| if is_alive { color } else { mix(color, INK, 150) });
    stamp(canvas, helmet, (place.0, place.1 + 2), flip, &color);
}

/// A color under what ails the fighter.
fn dressed(player: &Player, frame: u32, color: u32) -> u32 {
    if player.stun_frames > 0 && frame % 6 < 3 {
        return mix(color, 0x00ff_ffff, 190);
    }
    if player.slow_frames > 0 {
        return mix(color, glow(Effect::Ice)[1], 110);
    }
    if player.poison_frames > 0 && frame % 24 < 12 {
        return mix(color, glow(Effect::Poison)[1], 90);
    }
    if player.burn_frames > 0 && frame % 10 < 5 {
        return mix(color, glow(Effect::Fire)[1], 110);
    }
    color
}

fn stamp(canvas: &mut Canvas, art: Art, (left, top): (i32, i32), flip: bool, color: &impl Fn(u8) -> Option<u32>) {
    for (y, row) in (top..).zip(art) {
        let width = row.len() as i32;
        for (column, letter) in (0..).zip(row.bytes()) {
            if let Some(color) = color(letter) {
                canvas.put(left + if flip { width - 1 - column } else { column }, y, color);
            }
        }
    }
}

/// Three feathers that trail behind the movement.
fn plume(canvas: &mut Canvas, player: &Player, frame: u32, color: u32, ((left, top), flip): ((i32, i32), bool)) {
    let back = if flip { 1 } else { -1 };
    let root = if flip { left + 6 } else { left + 5 };
    let wind = (player.velocity.x.abs().to_bits() >> 12).min(3);
    let lift = (player.velocity.y.to_bits() >> 12).clamp(-3, 3);
    for feather in 0..6i32 {
        let wave = (noise(frame / 6, 0) as i32 & 1) * i32::from(feather > 3);
        let fall = (feather * feather / 7 - wind * feather / 5 + lift * feather / 6).max(-2) + wave;
        let (x, y) = (root + back * feather, top - 1 + fall);
        canvas.put(x, y - 1, INK);
        canvas.put(x, y + 2, mix(color, INK, 120));
        canvas.rect(x, y, 1, 2, color);
        if feather == 5 {
            canvas.rect(x + back, y, 1, 2, INK);
        }
    }
}

/// Where the body is: what it does, which side it shows, its shoulder.
type Body = (Act, bool, (i32, i32));

/// The far arm behind the body, the weapon arm before it.
fn arms<S: MatchState>(
    view: &View<'_, S>,
    canvas: &mut Canvas,
    number: usize,
    team: &Team,
    (act, flip, shoulder): Body,
    is_far: bool,
) {
    let player = &view.state.players()[number];
    let side = if flip { -1 } else { 1 };
    if is_far {
        let swing = match act {
            Act::Run(step) => [2, 1, -1, -2, -1, 1][step],
            Act::Win => 0,
            _ => -1,
        };
        let rise = match act {
            Act::Win => -7,
            Act::Fall | Act::Apex => -2,
            _ => 3,
        };
        arm(
            canvas,
            (shoulder.0 - 3 * side, shoulder.1),
            (swing * side - 2 * side, rise),
            team,
        );
        return;
    }
    let spec = view.state.held_weapon(PlayerId(number as u8));
    let since = u32::from(spec.cooldown_frames).saturating_sub(player.cooldown_frames);
    let has_fired = player.cooldown_frames > 0 && since < RECOIL_FRAMES;
    let recoil = if has_fired { 3 - since as i32 / 3 } else { 0 };
    let aim = match act {
        Act::Win => Angle::from_byte(if flip { 84 } else { 44 }),
        Act::Hurt => Angle::from_byte(if flip { 160 } else { 224 }),
        _ => Angle::from_byte(player.aim as u8),
    };
    let reach = if act == Act::Win { 10 } else { 6 - recoil };
    let (sin, cos) = aim.sin_cos();
    let along = |part: Fx| (part.to_bits() * reach + 0x8000) >> 16;
    let (dx, dy) = (along(cos), -along(sin));
    let hand = (shoulder.0 + side + dx, shoulder.1 + 1 + dy);
    let archetype = armament::archetype_of(&spec);
    let pose = Pose {
        hand,
        aim,
        is_mirrored: flip,
        scale: HELD_SCALE,
    };
    armament::draw_held(canvas, armament::held_sprite(view, number), archetype, pose);
    arm(canvas, (shoulder.0 + side, shoulder.1 + 1), (dx, dy), team);
}

/// A sleeve with a glove at its end, two pixels thick with an outline below.
fn arm(canvas: &mut Canvas, from: (i32, i32), by: (i32, i32), team: &Team) {
    let to = (from.0 + by.0, from.1 + by.1);
    canvas.line((from.0, from.1 + 1), (to.0, to.1 + 1), INK);
    canvas.line((from.0, from.1 - 1), (to.0, to.1 - 1), INK);
    canvas.line(from, to, team.middle);
    canvas.rect(to.0 - 1, to.1 - 1, 3, 3, INK);
    canvas.rect(to.0 - 1, to.1 - 1, 2, 2, 0x00b8_8058);
}

/// Flames, frost and bubbles around a fighter.
fn ailments(canvas: &mut Canvas, player: &Player, frame: u32, (x, feet): (i32, i32)) {
    let list = [
        (player.burn_frames, Effect::Fire, 1),
        (player.poison_frames, Effect::Poison, 3),
        (player.slow_frames, Effect::Ice, 5),
        (player.stun_frames, Effect::Electric, 2),
    ];
    for (left, effect, slowness) in list.into_iter().filter(|(left, ..)| *left > 0) {
        let colors = glow(effect);
        for speck in 0..7u32.min(left) {
            let odd = noise(speck, effect as u32);
            let age = ((frame / slowness).wrapping_add(odd) % 14) as i32;
            let wave = (noise(frame / 3, speck) % 3) as i32 - 1;
            let (speck_x, speck_y) = (
                x - 6 + ((odd >> 8) % 13) as i32 + wave,
                feet - 2 - age - (odd >> 16) as i32 % 5,
            );
            match effect {
                Effect::Fire => {
                    let color = colors[(age / 5).clamp(0, 2) as usize];
                    canvas.rect(speck_x, speck_y, 2 - age / 8, 2, color);
                }
                Effect::Poison => canvas.ring(speck_x, speck_y, 1, 1, colors[1]),
                Effect::Ice => {
                    canvas.put(speck_x, speck_y, colors[0]);
                    canvas.put(speck_x + 1, speck_y + 1, colors[1]);
                }
                _ => {
                    let jag = (noise(frame / 2, speck) % 5) as i32 - 2;
                    canvas.line((speck_x, speck_y), (speck_x + jag, speck_y + 3), colors[1]);
                }
            }
        }
    }
}
