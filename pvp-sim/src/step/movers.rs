//! Phase "movers": runs, jumps, falls and carries the players, against blocks, ramps and platforms.
//! Must not move projectiles or deal damage.

use super::Scene;
use crate::arena::{ArenaDef, Solid, SolidKind};
use crate::event::Event;
use crate::input::{Buttons, Input, PlayerId};
use crate::math::{Fx, Vec2};
use crate::modifier::ModKind;
use crate::state::{NO_GROUND, PLAYER_HALF_HEIGHT, PLAYER_HALF_WIDTH, Player};

pub(super) fn run(scene: &mut Scene<'_>) {
    for number in 0..scene.parts.players.len() {
        if !scene.parts.players[number].is_alive() {
            continue;
        }
        let before = scene.parts.players[number].position;
        let jumped = accelerate(scene, number);
        displace(scene, number, jumped);
        scene.moved[number] = scene.parts.players[number].position - before;
    }
}

/// Turns buttons into a velocity: running, friction, gravity, jumps; true when a jump began.
fn accelerate(scene: &mut Scene<'_>, number: usize) -> bool {
    let physics = &scene.def.physics;
    let input = scene.inputs[number];
    let gravity = physics.gravity * scene.factor(ModKind::Gravity);
    let friction = physics.friction * scene.factor(ModKind::Friction);
    let mut top_speed = physics.run_speed * scene.factor(ModKind::Speed);
    let player = &mut scene.parts.players[number];
    if player.slow_frames > 0 {
        top_speed = top_speed / 2;
    }
    let direction = if player.stun_frames > 0 {
        0
    } else {
        held_direction(input)
    };
    let gain = if player.is_grounded() {
        physics.run_acceleration
    } else {
        physics.air_acceleration
    };
    player.velocity.x = match direction {
        0 => player
            .velocity
            .x
            .move_towards(Fx::ZERO, if player.is_grounded() { friction } else { friction / 4 }),
        sign => player.velocity.x.move_towards(top_speed * sign, gain),
    };
    if input.aim == 64 || input.aim == 192 {
        player.facing = if direction == 0 { player.facing } else { direction };
    }
    let falls_fast = input.holds(Buttons::DOWN) && !player.is_grounded();
    player.velocity.y -= if falls_fast { gravity * 2 } else { gravity };
    player.velocity.y = player.velocity.y.max(-physics.fall_speed_max);
    let jumped = jump(player, input, physics.jump_speed, physics.coyote_frames);
    player.velocity = player
        .velocity
        .clamp(Vec2::splat(-physics.speed_max), Vec2::splat(physics.speed_max));
    jumped
}

fn held_direction(input: Input) -> i32 {
    i32::from(input.holds(Buttons::RIGHT)) - i32::from(input.holds(Buttons::LEFT))
}

/// A remembered press jumps from the ground or just after it; letting go early makes a short hop.
fn jump(player: &mut Player, input: Input, speed: Fx, coyote_frames: u32) -> bool {
    player.coyote_frames = if player.is_grounded() {
        coyote_frames
    } else {
        player.coyote_frames.saturating_sub(1)
    };
    let jumped = player.jump_buffer_frames > 0 && player.coyote_frames > 0 && player.stun_frames == 0;
    if jumped {
        player.velocity.y = speed;
        player.jump_buffer_frames = 0;
        player.coyote_frames = 0;
        player.ground = NO_GROUND;
    }
    player.jump_buffer_frames = player.jump_buffer_frames.saturating_sub(1);
    player.drop_frames = player.drop_frames.saturating_sub(1);
    if !player.is_grounded() && !input.holds(Buttons::JUMP) && player.velocity.y > speed / 2 {
        player.velocity.y = speed / 2;
    }
    jumped
}

/// Moves the player sideways, then up or down, and finds the ground.
fn displace(scene: &mut Scene<'_>, number: usize, jumped: bool) {
    let def = scene.def;
    let frame = scene.parts.world.frame;
    let player = &mut scene.parts.players[number];
    let was_grounded = player.is_grounded();
    let fall_speed = player.velocity.y;
    let carried = carry(&def.arena, player, frame);
    move_sideways(
        &def.arena,
        player,
        player.velocity.x + carried.x,
        def.physics.step_height,
        was_grounded,
    );
    player.position.y += carried.y;
    move_vertically(&def.arena, player, frame, was_grounded, def.physics.step_height);
    let fell_out = keep_inside(&def.arena, player);
    let id = PlayerId(number as u8);
    let position = player.position;
    if fell_out {
        player.health = 0;
        scene.events.push(Event::Died { player: id, position });
    } else if player.is_grounded() && !was_grounded && fall_speed < Fx::from_ratio(-1, 10) {
        scene.events.push(Event::Landed { player: id, position });
    } else if jumped {
        scene.events.push(Event::Jumped { player: id, position });
    }
}

/// How far the platform under the player moves in this frame.
fn carry(arena: &ArenaDef, player: &Player, frame: u32) -> Vec2 {
    match arena.solids().get(player.ground as usize) {
        Some(solid) => solid.offset(frame + 1) - solid.offset(frame),
        None => Vec2::ZERO,
    }
}

/// Whether a solid stops sideways movement in the direction of `dx`.
fn is_wall(solid: &Solid, dx: Fx) -> bool {
    match solid.kind {
        SolidKind::Block => true,
        SolidKind::SlopeUp => dx.is_negative(),
        SolidKind::SlopeDown => dx.is_positive(),
        SolidKind::OneWay | SolidKind::Moving { .. } => false,
    }
}

fn move_sideways(arena: &ArenaDef, player: &mut Player, dx: Fx, step_height: Fx, grounded: bool) {
    if dx.is_zero() {
        return;
    }
    let (low, high) = player.corners();
    let reach = Vec2::new(dx, Fx::ZERO);
    // The nearest wall ahead: how far we get, and how high we must step to pass it.
    let mut free = dx.abs();
    let mut climb = Fx::ZERO;
    arena.near(low.min(low + reach), high.max(high + reach), |_, solid| {
        let beside = solid.min.y < high.y && low.y < solid.max.y;
        let gap = if dx.is_positive() {
            solid.min.x - high.x
        } else {
            low.x - solid.max.x
        };
        if beside && is_wall(solid, dx) && !gap.is_negative() && gap < dx.abs() {
            free = free.min(gap);
            climb = climb.max(solid.max.y - low.y);
        }
    });
    let blocked = free < dx.abs();
    if blocked && grounded && climb <= step_height {
        let raised = player.position + Vec2::new(dx, climb);
        if is_free(arena, raised) {
            player.position = raised;
            return;
        }
    }
    player.position.x += free.copysign(dx);
    if blocked {
        player.velocity.x = Fx::ZERO;
    }
}

/// Whether a player's box at a place overlaps no block.
fn is_free(arena: &ArenaDef, position: Vec2) -> bool {
    let half = Vec2::new(PLAYER_HALF_WIDTH, PLAYER_HALF_HEIGHT);
    let (low, high) = (position - half, position + half);
    let mut free = true;
    arena.near(low, high, |_, solid| {
        let overlaps = low.x < solid.max.x && solid.min.x < high.x && low.y < solid.max.y && solid.min.y < high.y;
        free &= !(overlaps && solid.kind == SolidKind::Block);
    });
    free
}

fn move_vertically(arena: &ArenaDef, player: &mut Player, frame: u32, was_grounded: bool, step_height: Fx) {
    let dy = player.velocity.y;
    let (low, high) = player.corners();
    if dy.is_positive() {
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
        return;
    }
    let on_ramp = arena.solids().get(player.ground as usize).is_some_and(Solid::is_slope);
    let fall = Fall {
        dy,
        step_height,
        ramp_stick: if was_grounded { step_height } else { Fx::ZERO },
        flat_stick: if on_ramp { step_height } else { Fx::ZERO },
    };
    let mut floor: Option<(Fx, usize)> = None;
    let reach = Vec2::new(Fx::ZERO, dy - fall.ramp_stick);
    arena.near(low + reach, high, |index, solid| {
        let Some(height) = floor_height(solid, player, frame, fall) else {
            return;
        };
        if floor.is_none_or(|(best, held)| (height, held) > (best, index)) {
            floor = Some((height, index));
        }
    });
    match floor {
        Some((height, index)) => {
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
    if solid.is_slope() {
        let inside = min.x <= player.position.x && player.position.x <= max.x;
        let surface = solid.surface(player.position.x);
        let from_above = low.y >= surface - fall.step_height && low.y + fall.dy - fall.ramp_stick <= surface;
        return (inside && from_above).then_some(surface);
    }
    let over = min.x < high.x && low.x < max.x;
    if !over || (solid.is_one_way() && player.drop_frames > 0) {
        return None;
    }
    // A carried player stands exactly on the moved top; others must have been above the old one.
    let old_top = solid.max.y + before.y;
    let from_above = low.y >= old_top.min(max.y);
    (from_above && low.y + fall.dy - fall.flat_stick <= max.y).then_some(max.y)
}

/// Keeps the player within the walls and the ceiling; true if the player fell below the arena.
fn keep_inside(arena: &ArenaDef, player: &mut Player) -> bool {
    let (left, right) = (PLAYER_HALF_WIDTH, arena.right() - PLAYER_HALF_WIDTH);
    if player.position.x != player.position.x.clamp(left, right) {
        player.position.x = player.position.x.clamp(left, right);
        player.velocity.x = Fx::ZERO;
    }
    if player.position.y > arena.top() - PLAYER_HALF_HEIGHT {
        player.position.y = arena.top() - PLAYER_HALF_HEIGHT;
        player.velocity.y = player.velocity.y.min(Fx::ZERO);
    }
    player.position.y < -PLAYER_HALF_HEIGHT
}
