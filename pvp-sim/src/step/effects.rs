//! Phase "effects": lets fire and poison bite and counts lasting effects down.
//! Must not start effects: hits do.

use super::Scene;
use super::hits;
use crate::input::PlayerId;
use crate::weapon::Effect;

pub(super) fn run(scene: &mut Scene<'_>) {
    for number in 0..scene.parts.players.len() {
        let player = &mut scene.parts.players[number];
        if !player.is_alive() {
            continue;
        }
        let burns = player.burn_frames > 0 && player.burn_frames.is_multiple_of(20);
        let sickens = player.poison_frames > 0 && player.poison_frames.is_multiple_of(30);
        for left in [
            &mut player.burn_frames,
            &mut player.poison_frames,
            &mut player.slow_frames,
            &mut player.stun_frames,
        ] {
            *left = left.saturating_sub(1);
        }
        let (position, id) = (player.position, PlayerId(number as u8));
        for (bites, effect) in [(burns, Effect::Fire), (sickens, Effect::Poison)] {
            if bites {
                hits::lose_health(scene, id, id, 1, effect as u8, position);
            }
        }
    }
}
