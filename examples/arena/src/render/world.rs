//! Owns how arena, players and projectiles look.
//! Must not write text: the HUD does.

use super::{Canvas, HEIGHT, View, WIDTH};
use pvp_sim::{Angle, Effect, Fx, MatchState, Player, SolidKind, Vec2};

/// Pixels of half a unit: a unit is 7.5 pixels.
const HALF_UNIT: i64 = 15;

/// Team colors: light and dark.
pub(super) const TEAMS: [(u32, u32); 2] = [(0x0052_b6ff, 0x001f_5fa8), (0x00ff_8a5c, 0x00a8_3f24)];

fn pixels(units: Fx) -> i32 {
    ((i64::from(units.to_bits()) * HALF_UNIT / 2) >> 16) as i32
}

/// Where a place of the world is on the canvas; the world's y points up.
pub(super) fn place(position: Vec2) -> (i32, i32) {
    (pixels(position.x), HEIGHT - pixels(position.y))
}

pub(super) fn background(canvas: &mut Canvas) {
    for y in 0..HEIGHT {
        let depth = (y * 255 / HEIGHT) as u32;
        let color = (18 + depth / 8) << 16 | (16 + depth / 10) << 8 | (38 + depth / 5);
        canvas.rect(0, y, WIDTH, 1, color);
    }
    // Two rows of far towers, drawn from fixed numbers.
    for (row, (color, step, base)) in [(0x0023_2140, 37, 150), (0x001b_1a33, 53, 185)].into_iter().enumerate() {
        for tower in 0..14 {
            let height = (tower * 41 + row as i32 * 29) % 60 + 20;
            let left = tower * step - 12 * row as i32;
            canvas.rect(left, base - height, step - 9, HEIGHT - base + height, color);
            for window in 0..height / 12 {
                canvas.rect(
                    left + 6 + (window * 7) % (step - 22),
                    base - height + 6 + window * 12,
                    3,
                    4,
                    0x0058_4a6e,
                );
            }
        }
    }
}

pub(super) fn solids(view: &View<'_>, canvas: &mut Canvas) {
    let frame = view.state.frame().0;
    for solid in view.def.arena.solids() {
        let (min, max) = solid.corners(frame);
        let ((left, bottom), (right, top)) = (place(min), place(max));
        match solid.kind {
            SolidKind::SlopeUp | SolidKind::SlopeDown => {
                for x in left..right {
                    let along = Fx::from_ratio((x - left) * 2 + 1, (right - left) * 2);
                    let height = solid.surface(min.x.lerp(max.x, along));
                    let (_, surface) = place(Vec2::new(min.x, height));
                    canvas.rect(x, surface, 1, bottom - surface, 0x003c_3557);
                    canvas.rect(x, surface, 1, 2, 0x0076_6a94);
                }
            }
            SolidKind::OneWay | SolidKind::Moving { .. } => {
                canvas.rect(left, top, right - left, 5, 0x0062_4a3a);
                canvas.rect(left, top, right - left, 2, 0x00b8_8a5a);
                let lamp = if matches!(solid.kind, SolidKind::OneWay) {
                    0x0049_3428
                } else {
                    0x007a_e0c8
                };
                for x in (left..right).step_by(12) {
                    canvas.rect(x + 3, top + 3, 4, 1, lamp);
                }
            }
            SolidKind::Block => {
                canvas.rect(left, top, right - left, bottom - top, 0x003c_3557);
                canvas.rect(left, top, right - left, 2, 0x0076_6a94);
                for y in (top + 6..bottom).step_by(8) {
                    let shift = if (y - top) % 16 < 8 { 0 } else { 8 };
                    canvas.rect(left, y, right - left, 1, 0x002f_2945);
                    for x in (left + shift..right).step_by(16) {
                        canvas.rect(x, y, 1, 8.min(bottom - y), 0x002f_2945);
                    }
                }
            }
        }
    }
}

/// The color that an effect glows in.
pub(super) fn glow(effect: u8) -> u32 {
    match Effect::from_u8(effect).unwrap_or(Effect::None) {
        Effect::None => 0x00ff_f0c0,
        Effect::ArmorPiercing => 0x00d8_e8ff,
        Effect::Area => 0x00ff_b040,
        Effect::Fire => 0x00ff_7a28,
        Effect::Ice => 0x0080_d8ff,
        Effect::Electric => 0x00ff_f060,
        Effect::Poison => 0x0090_e048,
        Effect::Leech => 0x00ff_5070,
    }
}

pub(super) fn projectiles(view: &View<'_>, canvas: &mut Canvas) {
    for (_, projectile) in view.state.projectiles() {
        let weapon = view.state.projectile_weapon(projectile);
        let (x, y) = place(projectile.position);
        let (tail_x, tail_y) = place(projectile.position - projectile.velocity * 3);
        let color = glow(weapon.effect);
        canvas.line((tail_x, tail_y), (x, y), (color >> 1) & 0x007f_7f7f);
        let radius = pixels(weapon.radius()).max(1);
        canvas.disc(x, y, radius, color);
        canvas.put(x, y - radius / 2, 0x00ff_ffff);
    }
}

pub(super) fn players(view: &View<'_>, canvas: &mut Canvas) {
    for (number, player) in view.state.players().iter().enumerate() {
        if player.is_alive() {
            player_figure(canvas, player, TEAMS[number % 2], view.state.frame().0);
        } else {
            let (x, y) = place(player.position);
            canvas.rect(x - 6, y + 3, 12, 3, TEAMS[number % 2].1);
        }
    }
}

fn player_figure(canvas: &mut Canvas, player: &Player, (light, dark): (u32, u32), frame: u32) {
    let (x, y) = place(player.position);
    let body = if player.stun_frames > 0 && frame % 4 < 2 {
        0x00ff_ffff
    } else {
        light
    };
    let running = player.is_grounded() && !player.velocity.x.is_zero();
    let stride = if running {
        [-2, 0, 2, 0][(frame / 4 % 4) as usize]
    } else {
        0
    };
    let tucked = i32::from(!player.is_grounded());
    canvas.rect(x - 3 + stride, y + 2, 2, 4 - tucked, dark);
    canvas.rect(x + 1 - stride, y + 2, 2, 4 - 2 * tucked, dark);
    canvas.rect(x - 3, y - 2, 7, 5, body);
    canvas.rect(x - 3, y - 7, 7, 5, body);
    canvas.rect(x - 3, y - 7, 7, 1, dark);
    canvas.rect(x + 2 * player.facing - 1, y - 5, 3, 2, 0x00ff_f4e0);
    canvas.put(x + 3 * player.facing, y - 5, 0x0018_1420);
    let hand = Vec2::from_angle(Angle::from_byte(player.aim as u8)) * Fx::from_ratio(6, 5);
    canvas.line((x, y - 1), place(player.position + hand), 0x00f4_e8d0);
    for (left, color) in [
        (player.burn_frames, 0x00ff_7a28),
        (player.poison_frames, 0x0090_e048),
        (player.slow_frames, 0x0080_d8ff),
    ] {
        if left > 0 {
            canvas.put(x - 3 + (frame / 2 % 7) as i32, y - 9 - (frame % 3) as i32, color);
            canvas.put(x + 3 - (frame / 3 % 7) as i32, y - 8, color);
        }
    }
}
