//! Owns what lies behind the match: sky, far chimneys, the furnace hall, gears, chains and embers.
//! Must not move by anything but the frame and the place of the players.

use super::palette::{bayer, mix, noise};
use super::{Canvas, HEIGHT, View, WIDTH};
use pvp_sim::{Angle, MatchState};

/// Rows where the sky has a pure color, and the color.
const SKY: [(i32, u32); 5] = [
    (0, 0x0014_1028),
    (90, 0x0022_1738),
    (160, 0x0040_2040),
    (215, 0x0068_2e3e),
    (HEIGHT, 0x008c_4238),
];
const FAR: u32 = 0x0024_1a38;
const FAR_LIT: u32 = 0x0034_2548;
const HALL: u32 = 0x001b_1429;
const HALL_LIT: u32 = 0x002b_2039;
const HALL_DARK: u32 = 0x0013_0e1f;

pub(super) fn draw<S: MatchState>(view: &View<'_, S>, canvas: &mut Canvas) {
    let frame = view.state.frame().0;
    let shift = parallax(view);
    sky(canvas);
    far(canvas, frame, shift / 26);
    hall(canvas, frame, shift / 11);
    embers(canvas, frame, shift / 5);
}

/// How far the players' middle stands right of the arena's, in pixels.
fn parallax<S: MatchState>(view: &View<'_, S>) -> i32 {
    let players = view.state.players();
    let sum: i32 = players.iter().map(|player| super::place(player.position).0).sum();
    WIDTH / 2 - sum / players.len().max(1) as i32
}

fn sky(canvas: &mut Canvas) {
    for y in 0..HEIGHT {
        let above = SKY.iter().rev().find(|(row, _)| *row <= y).unwrap_or(&SKY[0]);
        let below = SKY.iter().find(|(row, _)| *row > y).unwrap_or(&SKY[4]);
        // Eighths of the way, with the dither between them.
        let along = (y - above.0) as u32 * 128 / (below.0 - above.0).max(1) as u32;
        let colors = [along / 16, along / 16 + 1].map(|eighth| mix(above.1, below.1, eighth.min(8) * 32));
        for x in 0..WIDTH {
            canvas.put(x, y, colors[usize::from(along % 16 > bayer(x, y))]);
        }
    }
}

/// Chimneys before the glow of the town, each with its smoke.
fn far(canvas: &mut Canvas, frame: u32, shift: i32) {
    for number in 0..12u32 {
        let odd = noise(number, 71);
        let left = number as i32 * 46 - 28 + shift + (odd % 17) as i32;
        let width = 15 + (odd >> 5) as i32 % 12;
        let top = 128 + (odd >> 9) as i32 % 62;
        smoke(canvas, left + width / 2, top, frame.wrapping_add(odd), number);
        canvas.rect(left, top, width, HEIGHT - top, FAR);
        canvas.rect(left - 1, top, width + 2, 3, FAR);
        canvas.rect(left, top + 3, 2, HEIGHT - top, FAR_LIT);
        for window in 0..3 {
            let lit = noise(odd.wrapping_add(frame / 240), window).is_multiple_of(3);
            let color = if lit { 0x00b0_6a3c } else { 0x002c_2042 };
            canvas.rect(
                left + 4 + (window as i32 * 5) % (width - 6),
                top + 12 + window as i32 * 13,
                2,
                3,
                color,
            );
        }
    }
    for x in 0..WIDTH {
        let roof = 206 + (noise((x - shift).div_euclid(23) as u32, 3) % 18) as i32;
        canvas.rect(x, roof, 1, HEIGHT - roof, 0x001f_1631);
    }
}

fn smoke(canvas: &mut Canvas, x: i32, top: i32, frame: u32, seed: u32) {
    for puff in 0..6u32 {
        let age = ((frame / 2).wrapping_add(puff * 20) % 120) as i32;
        let drift = age / 5 + (noise(seed, puff) % 7) as i32 - 3;
        let radius = 2 + age / 16;
        let share = (120 - age) as u32;
        let (x, y) = (x + drift, top - age * 2 / 3);
        for dy in -radius..=radius {
            for dx in -radius..=radius {
                if dx * dx + dy * dy <= radius * radius && bayer(x + dx, y + dy) * 9 < share {
                    canvas.tint(x + dx, y + dy, 0x0038_2848, 120);
                }
            }
        }
    }
}

/// The hall in front: pillars, pipes, three furnaces, two gears, chains.
fn hall(canvas: &mut Canvas, frame: u32, shift: i32) {
    canvas.rect(0, 0, WIDTH, 15, HALL_DARK);
    for beam in 0..9 {
        let x = beam * 64 - 20 + shift;
        canvas.rect(x, 15, 10, 7, HALL_DARK);
        canvas.rect(x + 2, 22, 6, 2, HALL_DARK);
    }
    for x in [58, 176, 302, 418] {
        pillar(canvas, x + shift);
    }
    canvas.rect(0, 66, WIDTH, 5, HALL);
    canvas.rect(0, 66, WIDTH, 1, HALL_LIT);
    for joint in 0..13 {
        canvas.rect(joint * 41 + shift, 64, 4, 9, HALL);
        canvas.rect(joint * 41 + shift, 64, 1, 9, HALL_LIT);
    }
    gear(canvas, (120 + shift, 69), 21, frame / 3);
    gear(canvas, (151 + shift, 84), 13, 256 - frame * 5 / 8 % 256);
    gear(canvas, (366 + shift, 72), 19, 256 - frame / 2 % 256);
    for (number, x) in (0..).zip([30, 92, 206, 270, 334, 450]) {
        chain(canvas, x + shift, 26 + (noise(number, 9) % 34) as i32, frame, number);
    }
    for (number, x) in (0..).zip([116, 240, 364]) {
        furnace(canvas, x + shift, frame, number);
    }
}

fn pillar(canvas: &mut Canvas, x: i32) {
    canvas.rect(x - 9, 15, 18, HEIGHT, HALL);
    canvas.rect(x - 9, 15, 2, HEIGHT, HALL_LIT);
    canvas.rect(x + 6, 15, 3, HEIGHT, HALL_DARK);
    for row in 0..11 {
        let y = 34 + row * 22;
        canvas.rect(x - 9, y, 18, 1, HALL_DARK);
        canvas.put(x - 5, y + 4, HALL_LIT);
        canvas.put(x + 4, y + 4, HALL_LIT);
    }
}

fn gear(canvas: &mut Canvas, (x, y): (i32, i32), radius: i32, turn: u32) {
    let at = |angle: u32, length: i32| {
        let (sin, cos) = Angle::from_byte(angle as u8).sin_cos();
        (
            x + ((cos.to_bits() * length) >> 16),
            y - ((sin.to_bits() * length) >> 16),
        )
    };
    for tooth in 0..10 {
        let (tooth_x, tooth_y) = at(turn + tooth * 256 / 10, radius + 1);
        canvas.rect(tooth_x - 2, tooth_y - 2, 5, 5, HALL_LIT);
    }
    canvas.disc(x, y, radius, HALL_LIT);
    canvas.disc(x, y, radius - 2, HALL);
    for spoke in 0..5 {
        let angle = turn + spoke * 256 / 5;
        canvas.line((x, y), at(angle, radius - 3), HALL_LIT);
        canvas.line((x + 1, y), at(angle + 2, radius - 3), HALL_LIT);
    }
    canvas.disc(x, y, 4, HALL_LIT);
    canvas.disc(x, y, 2, HALL_DARK);
}

fn chain(canvas: &mut Canvas, x: i32, length: i32, frame: u32, number: u32) {
    let (sway, _) = Angle::from_byte((frame / 2 + number * 40) as u8).sin_cos();
    for link in 0..length / 4 {
        let x = x + ((sway.to_bits() * link / 8) >> 16);
        let y = 15 + link * 4;
        if link % 2 == 0 {
            canvas.rect(x, y, 1, 4, HALL_LIT);
        } else {
            canvas.rect(x - 1, y, 3, 1, HALL_LIT);
            canvas.rect(x - 1, y + 1, 1, 2, HALL_LIT);
            canvas.rect(x + 1, y + 1, 1, 2, HALL_LIT);
            canvas.rect(x - 1, y + 3, 3, 1, HALL_LIT);
        }
    }
}

/// A brick furnace with fire behind bars; it breathes with the frame.
fn furnace(canvas: &mut Canvas, x: i32, frame: u32, number: u32) {
    let top = 150;
    let breath = noise(frame / 7 + number * 31, 5) % 24;
    canvas.halo(x, top + 62, 62, mix(0x0020_0a04, 0x0034_1206, breath * 10));
    canvas.rect(x - 11, 71, 22, top - 60, HALL);
    canvas.rect(x - 11, 71, 2, top - 60, HALL_LIT);
    for row in 0..28 {
        let half = if row < 12 { 20 + row } else { 32 };
        let y = top + row * 4;
        canvas.rect(x - half, y, half * 2, 4, HALL);
        canvas.rect(x - half, y, half * 2, 1, HALL_DARK);
        canvas.rect(x - half, y, 1, 4, HALL_LIT);
        for joint in (x - half + 4 + row % 2 * 4..x + half - 1).step_by(9) {
            canvas.rect(joint, y, 1, 4, HALL_DARK);
        }
    }
    for dx in -19..=19i32 {
        let arch = top + 46 + dx * dx / 26;
        let flame = noise((frame / 5).wrapping_add((dx + 60) as u32 * 7), number) % 15;
        for y in arch..top + 96 {
            let heat = (y - arch) + flame as i32 - 10 - dx.abs() / 3;
            let color = match heat {
                i32::MIN..=2 => 0x0038_1018,
                3..=11 => 0x0070_2018,
                12..=24 => 0x00a8_3c1c,
                25..=38 => 0x00d0_6820,
                _ => 0x00e8_a040,
            };
            canvas.put(x + dx, y, color);
        }
        canvas.rect(x + dx, arch - 2, 1, 2, 0x004a_2430);
    }
    for bar in [-13, -6, 1, 8] {
        canvas.rect(x + bar, top + 46, 2, 52, HALL_DARK);
    }
    canvas.rect(x - 22, top + 94, 44, 3, HALL_LIT);
}

fn embers(canvas: &mut Canvas, frame: u32, shift: i32) {
    for ember in 0..44u32 {
        let odd = noise(ember, 1234);
        let speed = 2 + odd % 5;
        let age = (frame.wrapping_mul(speed) / 8).wrapping_add(odd) % 300;
        let (sway, _) = Angle::from_byte((frame + odd) as u8).sin_cos();
        let drift = shift / 2 + ((sway.to_bits() * 5) >> 16);
        let x = ((odd >> 8) % WIDTH as u32) as i32 + drift;
        let y = HEIGHT - 12 - age as i32;
        let color = match age {
            0..=70 => 0x00ff_b050,
            71..=150 => 0x00d8_6428,
            _ => 0x0088_3428,
        };
        if !noise(frame / 9, ember).is_multiple_of(5) {
            canvas.tint(x, y, color, 200);
        }
    }
}
