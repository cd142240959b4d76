//! Phase "inputs": remembers presses, aim and facing, and throws a weapon away.
//! Must not move anything.

use super::Scene;
use crate::input::Buttons;
use crate::state::Phase;
use crate::weapon::starter_weapon;

pub(super) fn run(scene: &mut Scene<'_>) {
    let silent = scene.parts.world.phase() != Phase::Fight;
    for number in 0..scene.parts.players.len() {
        if silent {
            // Nobody acts outside a fight, but requests and commits still count.
            scene.inputs[number].buttons = 0;
        }
        let input = scene.inputs[number];
        let player = &mut scene.parts.players[number];
        let pressed = u32::from(input.buttons) & !player.buttons;
        player.buttons = u32::from(input.buttons);
        if !player.is_alive() || silent {
            continue;
        }
        player.aim = u32::from(input.aim);
        // 64 and 192 point straight up and down: they keep the facing.
        match input.aim {
            65..=191 => player.facing = -1,
            64 | 192 => {}
            _ => player.facing = 1,
        }
        if pressed & u32::from(Buttons::JUMP) != 0 {
            player.jump_buffer_frames = scene.def.physics.jump_buffer_frames;
        }
        if pressed & u32::from(Buttons::DOWN) != 0 && player.is_grounded() {
            player.drop_frames = 12;
        }
        let throws_away = pressed & u32::from(Buttons::SWAP) != 0 && player.is_starter == 0;
        if throws_away {
            scene.equip(number, &starter_weapon(), true);
        }
    }
}
