//! Owns what is written over the world: health, rounds, time, weapons, the prompt and messages.
//! Must not read a clock: what moves comes from the state's frame.

use super::palette::{ALARM, DIM, GOLD, MINT, Palette, WHITE};
use super::{Canvas, HEIGHT, View, WIDTH};
use crate::effects::Effects;
use pvp_sim::{Archetype, MatchState, Phase, PlayerId};
use weapon_gen::Sprite;

/// The prompt line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Prompt {
    /// Closed.
    #[default]
    Closed,
    /// Open, with what was typed so far.
    Typing(String),
}

/// What the window adds to the state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hud {
    /// Weapon names by player.
    pub weapons: [Option<(String, Sprite)>; 2],
    /// The newest message.
    pub message: String,
    /// The prompt line.
    pub prompt: Prompt,
    /// Whether the match waits.
    pub paused: bool,
    /// Which colors tell the players apart.
    pub palette: Palette,
    /// What is shown of events.
    pub effects: Effects,
}

pub(super) fn draw(view: &View<'_>, canvas: &mut Canvas) {
    for player in 0..2 {
        health(view, canvas, player);
        weapon(view, canvas, player);
    }
    clock(view, canvas);
    banner(view, canvas);
    if !view.hud.message.is_empty() {
        canvas.text_middle(HEIGHT - 11, &view.hud.message, WHITE);
    }
    match &view.hud.prompt {
        Prompt::Closed if view.hud.message.is_empty() => canvas.text_middle(HEIGHT - 11, "Enter: forge a weapon", DIM),
        Prompt::Closed => {}
        Prompt::Typing(text) => prompt(canvas, text, view.state.frame().0),
    }
    if view.hud.paused {
        canvas.shade(0, 0, WIDTH, HEIGHT);
        canvas.text_middle(HEIGHT / 2 - 12, "PAUSED", WHITE);
        canvas.text_middle(HEIGHT / 2 + 4, "Esc: go on   Q: quit", DIM);
    }
}

fn health(view: &View<'_>, canvas: &mut Canvas, number: usize) {
    let player = &view.state.players()[number];
    let full = view.def.rules.health.max(1);
    let filled = (player.health.max(0) * 160 + full - 1) / full;
    let (left, light) = (
        if number == 0 { 10 } else { WIDTH - 170 },
        view.hud.palette.team(number).middle,
    );
    canvas.rect(left - 1, 9, 162, 10, 0x0014_1020);
    canvas.rect(left, 10, 160, 8, 0x0040_2830);
    let start = if number == 0 { left } else { left + 160 - filled };
    let light = if player.health * 4 < full { ALARM } else { light };
    canvas.rect(start, 10, filled, 8, light);
    canvas.rect(start, 10, filled, 2, 0x00ff_ffff);
    for round in 0..view.def.rules.rounds_to_win {
        let won = round < player.rounds_won;
        let x = if number == 0 {
            left + 4 + round as i32 * 9
        } else {
            left + 156 - round as i32 * 9
        };
        canvas.disc(x, 25, 3, if won { GOLD } else { 0x0030_2a44 });
    }
}

fn weapon(view: &View<'_>, canvas: &mut Canvas, number: usize) {
    let player = &view.state.players()[number];
    let id = PlayerId(number as u8);
    let spec = view.state.held_weapon(id);
    let archetype = Archetype::from_u8(spec.archetype).map_or("weapon", Archetype::name);
    let forged = view.hud.weapons[number].as_ref().filter(|_| player.is_starter == 0);
    let name = match (player.is_starter, forged) {
        (1, _) => "starter pistol".to_owned(),
        (_, Some((name, _))) => name.chars().take(24).collect(),
        (_, None) => format!("spare {archetype}"),
    };
    let ammo = if player.is_starter == 1 {
        "-".to_owned()
    } else {
        player.ammo.to_string()
    };
    let lines = [(34, name, WHITE), (44, format!("ammo {ammo}"), DIM)];
    let left = if number == 0 { 10 } else { WIDTH - 42 };
    if let Some((_, sprite)) = forged {
        canvas.sprite_half(left, 32, sprite, number == 1);
    }
    let inset = if forged.is_some() { 36 } else { 0 };
    for (y, text, color) in lines {
        if number == 0 {
            canvas.text(10 + inset, y, &text, color);
        } else {
            canvas.text_right(WIDTH - 10 - inset, y, &text, color);
        }
    }
    let ready = 1.max(u32::from(spec.cooldown_frames));
    bar(canvas, number, 55, inset, player.cooldown_frames, ready, GOLD);
    if player.open_request().is_some() {
        let waited = (view.state.frame().0 + 1).saturating_sub(player.request_frame);
        bar(
            canvas,
            number,
            60,
            inset,
            waited,
            view.def.rules.forge_deadline_frames,
            MINT,
        );
        let text = ["forging", "forging.", "forging..", "forging..."][(view.state.frame().0 / 15 % 4) as usize];
        if number == 0 {
            canvas.text(10 + inset, 65, text, MINT);
        } else {
            canvas.text(WIDTH - 90 - inset, 65, text, MINT);
        }
    }
}

fn bar(canvas: &mut Canvas, number: usize, y: i32, inset: i32, value: u32, full: u32, color: u32) {
    let width = (value.min(full) * 60 / full.max(1)) as i32;
    let left = if number == 0 {
        10 + inset
    } else {
        WIDTH - 10 - inset - width
    };
    canvas.rect(left, y, width, 3, color);
}

fn clock(view: &View<'_>, canvas: &mut Canvas) {
    let world = view.state.world();
    let text = match world.phase() {
        Phase::Fight if world.phase_frames == 0 => "!!".to_owned(),
        Phase::Fight => (world.phase_frames / 60 + 1).to_string(),
        _ => format!("R{}", world.round),
    };
    canvas.text_middle(10, &text, WHITE);
}

fn banner(view: &View<'_>, canvas: &mut Canvas) {
    let alive: Vec<usize> = (0..2)
        .filter(|number| view.state.players()[*number].is_alive())
        .collect();
    let text = match view.state.world().phase() {
        Phase::Countdown => format!("ROUND {}", view.state.world().round),
        Phase::Aftermath if alive.len() == 1 => format!("PLAYER {} TAKES THE ROUND", alive[0] + 1),
        Phase::Aftermath => "NOBODY TAKES THE ROUND".to_owned(),
        Phase::Finished => match view.state.winner() {
            Some(winner) => format!("PLAYER {} WINS   R: again   Q: quit", winner.0 + 1),
            None => "DRAW   R: again   Q: quit".to_owned(),
        },
        Phase::Fight => return,
    };
    canvas.shade(0, 96, WIDTH, 24);
    canvas.text_middle(104, &text, 0x00ff_e090);
}

fn prompt(canvas: &mut Canvas, text: &str, frame: u32) {
    canvas.shade(40, 74, WIDTH - 80, 36);
    canvas.text_middle(78, "describe a weapon - Enter: forge  Esc: cancel", DIM);
    let shown: String = text
        .chars()
        .rev()
        .take(44)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect();
    let caret = if (frame / 20).is_multiple_of(2) { "_" } else { " " };
    canvas.text(52, 94, &format!("> {shown}{caret}"), WHITE);
}
