//! Owns the picture of what hits what: boxes of players, marks of projectiles, aim lines.
//! Must not be used outside practice and replays.

use crate::render::{Canvas, HEIGHT};
use pvp_sim::{Angle, Fx, MatchState, PLAYER_HALF_HEIGHT, PLAYER_HALF_WIDTH, Vec2};

const BODY: u32 = 0x0060_ff80;
const SHOT: u32 = 0x00ff_6060;
const AIM: u32 = 0x0080_c0ff;

/// Pixels from the left for a place in the world: 7.5 pixels are a unit.
fn pixel(value: Fx) -> i32 {
    (i64::from(value.to_bits()) * 15 / 2 / i64::from(Fx::ONE.to_bits())) as i32
}

/// Where a place in the world is in the picture.
pub(super) fn place(position: Vec2) -> (i32, i32) {
    (pixel(position.x), HEIGHT - pixel(position.y))
}

fn frame(canvas: &mut Canvas, middle: (i32, i32), half: (i32, i32), color: u32) {
    let (left, right) = (middle.0 - half.0, middle.0 + half.0);
    let (top, bottom) = (middle.1 - half.1, middle.1 + half.1);
    for (from, to) in [
        ((left, top), (right, top)),
        ((left, bottom), (right, bottom)),
        ((left, top), (left, bottom)),
        ((right, top), (right, bottom)),
    ] {
        canvas.line(from, to, color);
    }
}

/// Draws over a picture of the same state.
pub(super) fn draw<S: MatchState>(canvas: &mut Canvas, state: &S, fighter_count: usize) {
    for player in state.players().iter().take(fighter_count) {
        let middle = place(player.position);
        frame(
            canvas,
            middle,
            (pixel(PLAYER_HALF_WIDTH), pixel(PLAYER_HALF_HEIGHT)),
            BODY,
        );
        let way = Vec2::from_angle(Angle::from_byte(player.aim as u8));
        let end = place(player.position + way * Fx::from_int(3));
        canvas.line(middle, end, AIM);
    }
    for (_, projectile) in state.projectiles() {
        // A projectile is a point; the mark is as small as can be seen.
        frame(canvas, place(projectile.position), (2, 2), SHOT);
    }
}
