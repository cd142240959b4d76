//! Phase "triggers": pulls the triggers and puts projectiles into the pool.
//! Must not move projectiles; a shot starts inside its owner, so no muzzle can reach through a wall.

use super::Scene;
use crate::event::Event;
use crate::input::{Buttons, PlayerId};
use crate::math::{Angle, Fx, Vec2};
use crate::state::Projectile;
use crate::weapon::{WeaponFlags, WeaponSpec};

/// Frames between the pellets of a burst.
const BURST_INTERVAL_FRAMES: u32 = 4;
/// The longest life of any projectile: shorter than four forge cooldowns, so its weapon is still kept.
const LIFE_FRAMES_MAX: u32 = 600;

pub(super) fn run(scene: &mut Scene<'_>) {
    for number in 0..scene.parts.players.len() {
        pull(scene, number);
        burst(scene, number);
    }
}

fn pull(scene: &mut Scene<'_>, number: usize) {
    let spec = scene.held_weapon(number);
    let input = scene.inputs[number];
    let player = &mut scene.parts.players[number];
    player.cooldown_frames = player.cooldown_frames.saturating_sub(1);
    let ready = player.is_alive() && player.stun_frames == 0 && player.cooldown_frames == 0 && player.burst_count == 0;
    let loaded = player.is_starter == 1 || player.ammo > 0;
    if !(ready && loaded && input.holds(Buttons::FIRE)) {
        return;
    }
    player.cooldown_frames = u32::from(spec.cooldown_frames);
    player.ammo = player.ammo.saturating_sub(1);
    let pellets = u32::from(spec.pellets.max(1));
    if spec.flags & WeaponFlags::BURST != 0 {
        player.burst_count = pellets;
        player.burst_frames = 0;
        return;
    }
    for pellet in 0..pellets {
        send(scene, number, &spec, pellet, pellets);
    }
    announce(scene, number, &spec);
}

fn burst(scene: &mut Scene<'_>, number: usize) {
    let spec = scene.held_weapon(number);
    let player = &mut scene.parts.players[number];
    if player.burst_count == 0 || !player.is_alive() {
        player.burst_count = 0;
        return;
    }
    if player.burst_frames > 0 {
        player.burst_frames -= 1;
        return;
    }
    player.burst_frames = BURST_INTERVAL_FRAMES - 1;
    player.burst_count -= 1;
    let pellet = player.burst_count;
    send(scene, number, &spec, pellet, u32::from(spec.pellets.max(1)));
    announce(scene, number, &spec);
}

fn announce(scene: &mut Scene<'_>, number: usize, spec: &WeaponSpec) {
    let position = scene.parts.players[number].position;
    scene.events.push(Event::Shot {
        player: PlayerId(number as u8),
        position,
        archetype: spec.archetype,
    });
}

/// Sends pellet `pellet` of `pellets`: an even fan over the spread, or a random angle within it for a single one.
fn send(scene: &mut Scene<'_>, number: usize, spec: &WeaponSpec, pellet: u32, pellets: u32) {
    let player = scene.parts.players[number];
    // 256 angle steps are 1/256 turn; the offset turns with the facing, so a mirrored shot is the mirror image.
    let half_spread = i32::from(spec.spread) * 128;
    let offset = if pellets > 1 {
        half_spread * (2 * pellet as i32 - (pellets as i32 - 1)) / (pellets as i32 - 1)
    } else {
        scene.parts.rng.range(-half_spread, half_spread)
    };
    let aim = Angle::from_byte(player.aim as u8);
    let angle = Angle::from_bits(aim.to_bits().wrapping_add((offset * player.facing) as u16));
    let velocity = Vec2::from_angle(angle) * spec.muzzle_speed();
    let fuse_frames = if spec.fuse_frames == 0 {
        LIFE_FRAMES_MAX
    } else {
        u32::from(spec.fuse_frames)
    };
    let Some(place) = free_place(scene.parts.live) else {
        return;
    };
    scene.parts.live[place / 32] |= 1 << (place % 32);
    let generation = scene.parts.world.shot_count & 0xff;
    scene.parts.world.shot_count = scene.parts.world.shot_count.wrapping_add(1);
    scene.parts.projectiles[place] = Projectile {
        position: player.position,
        velocity,
        travel_left: spec.reach(),
        tags: number as u32
            | player.weapon_index << 8
            | u32::from(spec.pierce) << 16
            | u32::from(spec.bounce_count) << 24,
        // The owner counts as hit already.
        counters: fuse_frames.min(LIFE_FRAMES_MAX) | 1 << (16 + number) | generation << 24,
    };
}

fn free_place(live: &[u32]) -> Option<usize> {
    let word = live.iter().position(|bits| *bits != u32::MAX)?;
    Some(word * 32 + live[word].trailing_ones() as usize)
}

impl WeaponSpec {
    /// Speed at the muzzle in units per frame: 0.2 for speed 10 to 0.92 for speed 100.
    #[must_use]
    pub fn muzzle_speed(&self) -> Fx {
        Fx::from_ratio(120 + i32::from(self.speed) * 8, 1000)
    }

    /// Travel in units: 6 for range 10 to 60 for range 100.
    #[must_use]
    pub fn reach(&self) -> Fx {
        Fx::from_ratio(i32::from(self.range) * 6, 10)
    }

    /// Damage of each pellet: an even share, rounded half up, at least 1.
    #[must_use]
    pub fn pellet_damage(&self) -> i32 {
        let pellets = i32::from(self.pellets.max(1));
        ((i32::from(self.damage) * 2 + pellets) / (2 * pellets)).max(1)
    }

    /// Radius of area damage in units.
    #[must_use]
    pub fn blast_radius(&self) -> Fx {
        Fx::from_ratio(i32::from(self.effect_radius), 4)
    }
}
