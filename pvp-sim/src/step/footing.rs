//! Owns where a player's box may go: stopped by blocks, lifted by ramps, carried by platforms; and what it stands on.
//! Must not know buttons, damage or events; a box that is in nothing solid never gets into anything solid.
//!
//! A ramp is a floor as wide as the box touches it: under the middle of the box, and flat beyond its ends.

use super::SPEED_LIMIT;
use crate::arena::{ArenaDef, Solid, SolidKind};
use crate::math::{Fx, Vec2};
use crate::state::{NO_GROUND, PLAYER_HALF_HEIGHT, PLAYER_HALF_WIDTH, Player};

/// The longest sideways movement in one piece: no ramp that can be climbed is jumped over by it.
const PIECE_MAX: Fx = Fx::from_ratio(1, 4);
/// How far a surface may be above the feet: its rounding and theirs.
const SURFACE_SLACK: Fx = Fx::from_bits(2);

/// Moves the player sideways, then up or down, and finds the ground.
pub(super) fn displace(arena: &ArenaDef, player: &mut Player, frame: u32, step_height: Fx) {
    let was_grounded = player.is_grounded();
    let carried = carry(arena, player, frame);
    let mut left = (player.velocity.x + carried.x).clamp(-SPEED_LIMIT, SPEED_LIMIT);
    while !left.is_zero() {
        let piece = left.clamp(-PIECE_MAX, PIECE_MAX);
        left -= piece;
        if !move_sideways(arena, player, piece, step_height, was_grounded) {
            player.velocity.x = Fx::ZERO;
            break;
        }
    }
    keep_between_edges(arena, player);
    let raised = player.position + Vec2::new(Fx::ZERO, carried.y);
    if !carried.y.is_zero() && is_free(arena, raised) {
        player.position = raised;
    }
    if player.velocity.y.is_positive() {
        rise(arena, player);
    } else {
        fall(arena, player, frame, was_grounded, step_height);
    }
}

/// How far the platform under the player moves in this frame.
fn carry(arena: &ArenaDef, player: &Player, frame: u32) -> Vec2 {
    match arena.solids().get(player.ground as usize) {
        Some(solid) => solid.offset(frame + 1) - solid.offset(frame),
        None => Vec2::ZERO,
    }
}

/// Whether a solid stops sideways movement in the direction of `dx` of a box whose lower edge is at `bottom`.
fn is_wall(solid: &Solid, dx: Fx, bottom: Fx) -> bool {
    let faces_its_foot = match solid.kind {
        SolidKind::Block => return true,
        SolidKind::SlopeUp => dx.is_positive(),
        SolidKind::SlopeDown => dx.is_negative(),
        SolidKind::OneWay | SolidKind::Moving { .. } => return false,
    };
    // Who comes from below the foot of a ramp meets its edge, not its surface.
    !faces_its_foot || bottom < solid.min.y
}

/// Moves the player sideways; false when something solid is in the way.
fn move_sideways(arena: &ArenaDef, player: &mut Player, dx: Fx, step_height: Fx, grounded: bool) -> bool {
    let (low, high) = player.corners();
    let reach = Vec2::new(dx, Fx::ZERO);
    // The nearest wall ahead: how far we get, and how high we must step to pass it.
    let mut free = dx.abs();
    let mut climb = Fx::ZERO;
    let mut lift = Fx::ZERO;
    arena.near(low.min(low + reach), high.max(high + reach), |_, solid| {
        let beside = solid.min.y < high.y && low.y < solid.max.y;
        let gap = if dx.is_positive() {
            solid.min.x - high.x
        } else {
            low.x - solid.max.x
        };
        if beside && is_wall(solid, dx, low.y) && !gap.is_negative() && gap < dx.abs() {
            free = free.min(gap);
            climb = climb.max(
                if solid.is_slope() && low.y < solid.min.y {
                    solid.min.y
                } else {
                    solid.max.y
                } - low.y,
            );
        }
        if solid.is_slope() {
            lift = lift.max(lift_of(solid, player.position.x, dx, low.y));
        }
    });
    let blocked = free < dx.abs();
    if blocked && grounded && climb <= step_height {
        let raised = player.position + Vec2::new(dx, climb.max(lift));
        if is_free(arena, raised) {
            player.position = raised;
            return true;
        }
    }
    let moved = player.position + Vec2::new(free.copysign(dx), Fx::ZERO);
    if lift.is_positive() && !is_free(arena, moved) {
        let lifted = moved + Vec2::new(Fx::ZERO, lift);
        if !is_free(arena, lifted) {
            return false;
        }
        player.position = lifted;
    } else {
        player.position = moved;
    }
    !blocked
}

/// How far a ramp pushes up a box that moves sideways from above its surface; zero or less when it does not.
fn lift_of(ramp: &Solid, x: Fx, dx: Fx, bottom: Fx) -> Fx {
    let (from, to) = (x, x + dx);
    let apart = to + PLAYER_HALF_WIDTH <= ramp.min.x || ramp.max.x <= to - PLAYER_HALF_WIDTH;
    if apart || bottom + SURFACE_SLACK < ramp.surface(from) {
        return Fx::ZERO;
    }
    ramp.surface(to) - bottom
}

/// Whether a player's box at a place overlaps no block and no ramp.
fn is_free(arena: &ArenaDef, position: Vec2) -> bool {
    let half = Vec2::new(PLAYER_HALF_WIDTH, PLAYER_HALF_HEIGHT);
    let (low, high) = (position - half, position + half);
    let mut free = true;
    arena.near(low, high, |_, solid| {
        let overlaps = low.x < solid.max.x && solid.min.x < high.x && low.y < solid.max.y && solid.min.y < high.y;
        free &= match solid.kind {
            SolidKind::Block => !overlaps,
            SolidKind::SlopeUp | SolidKind::SlopeDown => {
                !overlaps || solid.surface(position.x) <= low.y + SURFACE_SLACK
            }
            SolidKind::OneWay | SolidKind::Moving { .. } => true,
        };
    });
    free
}

/// Moves the player up to the first ceiling.
fn rise(arena: &ArenaDef, player: &mut Player) {
    let dy = player.velocity.y;
    let (low, high) = player.corners();
    player.ground = NO_GROUND;
    let mut free = dy;
    arena.near(low, high + Vec2::new(Fx::ZERO, dy), |_, solid| {
        let above = solid.min.x < high.x && low.x < solid.max.x && solid.min.y >= high.y;
        if above && !solid.is_one_way() {
            free = free.min(solid.min.y - high.y);
        }
    });
    player.position.y += free;
    if free < dy {
        player.velocity.y = Fx::ZERO;
    }
}

/// Moves the player down to the first floor.
fn fall(arena: &ArenaDef, player: &mut Player, frame: u32, was_grounded: bool, step_height: Fx) {
    let dy = player.velocity.y;
    let (low, high) = player.corners();
    let on_ramp = arena.solids().get(player.ground as usize).is_some_and(Solid::is_slope);
    let fall = Fall {
        dy,
        step_height,
        ramp_stick: if was_grounded { step_height } else { Fx::ZERO },
        flat_stick: if on_ramp { step_height } else { Fx::ZERO },
    };
    let mut floor: Option<(Fx, bool, usize)> = None;
    let reach = Vec2::new(Fx::ZERO, dy - fall.ramp_stick);
    arena.near(low + reach, high, |index, solid| {
        let Some(height) = floor_height(solid, player, frame, fall) else {
            return;
        };
        let stands = Vec2::new(player.position.x, height + PLAYER_HALF_HEIGHT);
        // Lifted onto it or stuck to it, the player goes another way than falling does: it must be free.
        if (height > low.y || height < low.y + dy) && !is_free(arena, stands) {
            return;
        }
        // Of two floors at one height a whole one carries before the end of a ramp, then the one with the lower index.
        let is_end = is_beyond_the_ends(solid, player.position.x);
        if floor.is_none_or(|(best, end, held)| (height, end, held) > (best, is_end, index)) {
            floor = Some((height, is_end, index));
        }
    });
    match floor {
        Some((height, _, index)) => {
            player.position.y = height + PLAYER_HALF_HEIGHT;
            player.velocity.y = Fx::ZERO;
            player.ground = index as u32;
        }
        None => {
            player.position.y += dy;
            player.ground = NO_GROUND;
        }
    }
}

/// Whether a ramp is beside the middle of the box.
fn is_beyond_the_ends(solid: &Solid, x: Fx) -> bool {
    solid.is_slope() && x.clamp(solid.min.x, solid.max.x) != x
}

/// How a player comes down: a runner sticks to a ramp that falls away, and at its foot to the flat, by at most a step.
#[derive(Copy, Clone)]
struct Fall {
    dy: Fx,
    step_height: Fx,
    ramp_stick: Fx,
    flat_stick: Fx,
}

/// The height at which a solid carries a player who comes down, if it does.
fn floor_height(solid: &Solid, player: &Player, frame: u32, fall: Fall) -> Option<Fx> {
    let (low, high) = player.corners();
    let before = solid.offset(frame);
    let now = solid.offset(frame + 1);
    let (min, max) = (solid.min + now, solid.max + now);
    let over = min.x < high.x && low.x < max.x;
    if solid.is_slope() && !is_beyond_the_ends(solid, player.position.x) {
        let surface = solid.surface(player.position.x);
        let from_above = low.y >= surface - fall.step_height && low.y + fall.dy - fall.ramp_stick <= surface;
        return from_above.then_some(surface);
    }
    if !over || (solid.is_one_way() && player.drop_frames > 0) {
        return None;
    }
    if solid.is_slope() {
        // Beyond its ends a ramp is as high as its end.
        let end = solid.surface(player.position.x);
        let from_above = low.y + SURFACE_SLACK >= end && low.y + fall.dy - fall.flat_stick <= end;
        return from_above.then_some(end);
    }
    // A carried player stands exactly on the moved top; others must have been above the old one.
    let old_top = solid.max.y + before.y;
    let from_above = low.y >= old_top.min(max.y);
    (from_above && low.y + fall.dy - fall.flat_stick <= max.y).then_some(max.y)
}

/// Keeps the player within the left and the right edge; before he falls, for beyond them there is no floor.
fn keep_between_edges(arena: &ArenaDef, player: &mut Player) {
    let (left, right) = (PLAYER_HALF_WIDTH, arena.right() - PLAYER_HALF_WIDTH);
    if player.position.x != player.position.x.clamp(left, right) {
        player.position.x = player.position.x.clamp(left, right);
        player.velocity.x = Fx::ZERO;
    }
}

/// Keeps the player below the upper edge; true if the player fell below the arena.
pub(super) fn keep_inside(arena: &ArenaDef, player: &mut Player) -> bool {
    if player.position.y > arena.top() - PLAYER_HALF_HEIGHT {
        player.position.y = arena.top() - PLAYER_HALF_HEIGHT;
        player.velocity.y = player.velocity.y.min(Fx::ZERO);
    }
    player.position.y < -PLAYER_HALF_HEIGHT
}
