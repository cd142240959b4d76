//! Owns the card of a fresh weapon: picture, name, where it came from, and its numbers as bars.
//! Must not stay: after some seconds the fight has the picture again.

use super::hud::frame_box;
use super::palette::{DIM, GOLD, INK, WHITE, effect_of, glow};
use super::{Canvas, View, WIDTH, armament, font};
use pvp_sim::{Effect, MatchState, Phase, PlayerId, WeaponSpec};

/// Frames for which a card is shown.
const CARD_FRAMES: u32 = 200;
/// Frames of sliding in and out.
const SLIDE_FRAMES: u32 = 12;
const SIZE: (i32, i32) = (156, 86);

pub(super) fn draw<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas, number: usize) {
    let frame = view.state.frame().0;
    let player = &view.state.players()[number];
    let world = view.state.world();
    // Not below the banner that opens a round.
    let is_fight = world.phase() == Phase::Fight && view.def.rules.round_frames.abs_diff(world.phase_frames) >= 40;
    let is_free = !view.hud.is_covered && player.is_starter == 0 && is_fight;
    let Some(shown) = view.hud.cards[number].as_ref().filter(|_| is_free) else {
        return;
    };
    let Some(age) = frame.checked_sub(shown.since_frame).filter(|age| *age < CARD_FRAMES) else {
        return;
    };
    let out = SLIDE_FRAMES.saturating_sub(age.min(CARD_FRAMES - 1 - age)) as i32;
    let hidden = out * out * (SIZE.0 + 10) / (SLIDE_FRAMES * SLIDE_FRAMES) as i32;
    let left = if number == 1 {
        WIDTH - SIZE.0 - 8 + hidden
    } else {
        8 - hidden
    };
    let top = 74;
    let spec = view.state.held_weapon(PlayerId(number as u8));
    let [_, edge, _] = glow(effect_of(spec.effect));
    frame_box(canvas, left, top, SIZE.0, SIZE.1, edge);
    canvas.rect(left + 4, top + 4, 34, 34, INK);
    canvas.sprite_fit((left + 5, top + 5, 32), armament::held_sprite(view, number), false);
    let name = font::cut(&shown.name, SIZE.0 - 48);
    font::left(canvas, left + 42, top + 5, &name, WHITE);
    let archetype = armament::archetype_of(&spec).name();
    font::left(canvas, left + 42, top + 15, archetype, DIM);
    font::left(canvas, left + 42, top + 25, &shown.origin, GOLD);
    if let Some(score) = shown.score {
        font::right(
            canvas,
            left + SIZE.0 - 5,
            top + 25,
            &format!("wins {score}%"),
            score_color(score),
        );
    }
    bars(canvas, (left, top + 43), &spec);
    effect_line(canvas, (left, top + SIZE.1 - 11), &spec, edge);
}

/// Half of all fights is fair; far from it glows.
const fn score_color(score: u8) -> u32 {
    match score {
        0..=39 => 0x0080_b8ff,
        40..=60 => 0x0090_f0a0,
        _ => 0x00ff_a060,
    }
}

/// Four numbers of the spec as shares of their largest value.
fn bars(canvas: &mut Canvas, (left, top): (i32, i32), spec: &WeaponSpec) {
    let rate = 3000 / i32::from(spec.cooldown_frames.max(1));
    let rows = [
        ("DMG", i32::from(spec.damage), 70, 0x00ff_6a58),
        ("SPD", i32::from(spec.speed), 100, 0x0078_c8ff),
        ("RNG", i32::from(spec.range), 100, 0x0094_e07c),
        ("RATE", rate, 50, 0x00ff_d25a),
    ];
    for (row, (name, value, full, color)) in (0..).zip(rows) {
        let y = top + row * 8;
        font::left(canvas, left + 5, y - 2, name, DIM);
        let width = SIZE.0 - 38;
        canvas.rect(left + 32, y, width + 1, 5, INK);
        let filled = (value.min(full) * width / full).max(2);
        canvas.rect(left + 32, y, filled, 4, color);
        canvas.rect(left + 32, y, filled, 1, 0x00ff_ffff);
        for cell in (4..width).step_by(5) {
            canvas.rect(left + 31 + cell, y, 1, 4, INK);
        }
    }
}

fn effect_line(canvas: &mut Canvas, (left, y): (i32, i32), spec: &WeaponSpec, color: u32) {
    let mut words: Vec<String> = Vec::new();
    if effect_of(spec.effect) != Effect::None {
        words.push(effect_of(spec.effect).name().to_owned());
    }
    for (value, name) in [
        (spec.homing, "homing"),
        (spec.bounce_count, "bounces"),
        (spec.pierce, "pierces"),
    ] {
        if value > 0 {
            words.push(name.to_owned());
        }
    }
    if spec.pellets > 1 {
        words.push(format!("{} pellets", spec.pellets));
    }
    let text = if words.is_empty() {
        "plain and honest".to_owned()
    } else {
        words.join(", ")
    };
    font::left(canvas, left + 5, y, &font::cut(&text, SIZE.0 - 10), color);
}
