//! Phase "hits": turns contacts and blasts into lost health, pushes and lasting effects.
//! Must not move anything by itself.

use super::Scene;
use crate::event::Event;
use crate::input::PlayerId;
use crate::math::{Fx, Vec2};
use crate::modifier::ModKind;
use crate::sweep;
use crate::weapon::{Effect, WeaponFlags, WeaponSpec};

/// Where a hit comes from.
#[derive(Copy, Clone)]
pub(super) struct Shot {
    pub(super) by: PlayerId,
    pub(super) position: Vec2,
    pub(super) direction: Vec2,
}

/// Blasts go off after all projectiles have flown, in the order they were queued.
pub(super) fn run(scene: &mut Scene<'_>) {
    for index in 0..scene.blasts.count {
        let blast = scene.blasts.waiting[index];
        let weapon = scene.weapon(blast.by, blast.weapon_index.into());
        for number in 0..scene.parts.players.len() {
            let player = scene.parts.players[number];
            if !player.is_alive() {
                continue;
            }
            let target = PlayerId(number as u8);
            let mut damage = area_damage(
                weapon.pellet_damage(),
                player.position.distance(blast.position),
                weapon.blast_radius(),
            );
            if target == blast.by {
                damage = damage * i32::from(weapon.self_damage) / 100;
            }
            let sees = weapon.flags & WeaponFlags::LINE_OF_SIGHT == 0
                || sweep::is_clear(&scene.def.arena, player.position, blast.position);
            if damage > 0 && sees {
                let direction = player.position - blast.position;
                wound(
                    scene,
                    Shot {
                        by: blast.by,
                        position: blast.position,
                        direction,
                    },
                    target,
                    &weapon,
                    damage,
                );
            }
        }
    }
}

/// Area damage at a distance: full in the middle, falling linearly to 0 at the radius, 0 beyond; rounded down.
#[must_use]
pub fn area_damage(damage: i32, distance: Fx, radius: Fx) -> i32 {
    if distance >= radius {
        return 0;
    }
    let inside = i64::from((radius - distance).to_bits());
    (i64::from(damage) * inside / i64::from(radius.to_bits())) as i32
}

/// Damage after the effect and the live damage factor: × 3/2 for armor piercing first, then the factor, each rounded down.
#[must_use]
pub fn boosted_damage(damage: i32, effect: Effect, factor: Fx) -> i32 {
    let damage = if effect == Effect::ArmorPiercing {
        damage * 3 / 2
    } else {
        damage
    };
    ((i64::from(damage) * i64::from(factor.to_bits())) >> 16) as i32
}

/// Takes health, pushes, and starts the weapon's lasting effect.
pub(super) fn wound(scene: &mut Scene<'_>, shot: Shot, target: PlayerId, spec: &WeaponSpec, damage: i32) {
    let effect = Effect::from_u8(spec.effect).unwrap_or(Effect::None);
    let damage = boosted_damage(damage, effect, scene.factor(ModKind::Damage));
    let push = shot.direction.normalize_or_zero() * Fx::from_ratio(i32::from(spec.knockback), 256);
    let player = &mut scene.parts.players[target.index()];
    player.velocity += push + Vec2::new(Fx::ZERO, push.length() / 3);
    player.stun_frames = player.stun_frames.max(4);
    match effect {
        Effect::Fire => player.burn_frames = 120,
        Effect::Ice => player.slow_frames = 90,
        Effect::Electric => player.stun_frames = 16,
        Effect::Poison => player.poison_frames = 240,
        _ => {}
    }
    lose_health(scene, shot.by, target, damage, spec.effect, shot.position);
    if effect == Effect::Leech && shot.by != target {
        let owner = &mut scene.parts.players[shot.by.index()];
        if owner.is_alive() {
            owner.health = owner.health.saturating_add(damage / 4).min(scene.def.rules.health);
        }
    }
}

/// Takes health and tells about it.
pub(super) fn lose_health(
    scene: &mut Scene<'_>,
    by: PlayerId,
    target: PlayerId,
    damage: i32,
    effect: u8,
    position: Vec2,
) {
    let player = &mut scene.parts.players[target.index()];
    let lost = damage.min(player.health).max(0);
    player.health -= lost;
    let (died, place) = (lost > 0 && player.health == 0, player.position);
    if by != target {
        let owner = &mut scene.parts.players[by.index()];
        owner.damage_dealt = owner.damage_dealt.saturating_add(lost as u32);
    }
    scene.events.push(Event::Hit {
        by,
        player: target,
        position,
        damage: lost,
        effect,
    });
    if died {
        scene.events.push(Event::Died {
            player: target,
            position: place,
        });
    }
}
