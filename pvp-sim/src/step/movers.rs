//! Phase "movers": turns buttons into the players' velocities and tells how their moves ended.
//! Must not move projectiles or deal damage; where a velocity leads among the solids is the business of `footing`.

use super::{SPEED_LIMIT, Scene, footing};
use crate::event::Event;
use crate::input::{Buttons, Input, PlayerId};
use crate::math::{Fx, Vec2};
use crate::modifier::ModKind;
use crate::state::{NO_GROUND, Player};

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
    let limit = Vec2::splat(physics.speed_max.clamp(Fx::ZERO, SPEED_LIMIT));
    player.velocity = player.velocity.clamp(-limit, limit);
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

/// Moves the player among the solids and tells what came of it.
fn displace(scene: &mut Scene<'_>, number: usize, jumped: bool) {
    let frame = scene.parts.world.frame;
    let player = &mut scene.parts.players[number];
    let was_grounded = player.is_grounded();
    let fall_speed = player.velocity.y;
    footing::displace(&scene.def.arena, player, frame, scene.def.physics.step_height);
    let fell_out = footing::keep_inside(&scene.def.arena, player);
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
