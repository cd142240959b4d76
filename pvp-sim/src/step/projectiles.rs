//! Phase "projectiles": flies, bounces and steers every projectile with continuous collision, in place order.
//! Must not change health: contacts are handed to `hits`.

use super::hits::{self, Shot};
use super::{Blast, Scene};
use crate::event::Event;
use crate::input::PlayerId;
use crate::math::{Fx, Vec2};
use crate::modifier::ModKind;
use crate::state::{PLAYER_HALF_HEIGHT, PLAYER_HALF_WIDTH, Projectile};
use crate::sweep::{self, Contact};
use crate::weapon::{WeaponFlags, WeaponSpec};

/// Contacts that one projectile may have in one frame; what movement is left then is lost.
const CONTACTS_PER_FRAME: u32 = 4;

pub(super) fn run(scene: &mut Scene<'_>) {
    for word in 0..scene.parts.live.len() {
        let mut bits = scene.parts.live[word];
        while bits != 0 {
            let place = word * 32 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let mut projectile = scene.parts.projectiles[place];
            if fly(scene, &mut projectile) {
                scene.parts.projectiles[place] = projectile;
            } else {
                scene.parts.live[word] &= !(1 << (place % 32));
            }
        }
    }
}

/// One frame of flight; false when the projectile is gone.
fn fly(scene: &mut Scene<'_>, projectile: &mut Projectile) -> bool {
    let spec = scene.weapon(projectile.owner(), projectile.weapon_index());
    if projectile.fuse_frames() == 0 {
        return end(scene, projectile, &spec);
    }
    projectile.burn_fuse();
    accelerate(scene, projectile, &spec);
    let mut left = projectile.velocity;
    if spec.flags & WeaponFlags::HITSCAN != 0 {
        left = left.try_with_length(projectile.travel_left).unwrap_or(left);
    }
    for _ in 0..CONTACTS_PER_FRAME {
        left = match advance(scene, projectile, &spec, left) {
            Flight::Done => break,
            Flight::Gone => return false,
            Flight::Goes(left) => left,
        };
    }
    if !scene.def.arena.contains(projectile.position) {
        return false;
    }
    if !projectile.travel_left.is_positive() {
        return end(scene, projectile, &spec);
    }
    true
}

/// In this order: v += g·dt, v *= 1 − drag, steering; the position follows.
fn accelerate(scene: &Scene<'_>, projectile: &mut Projectile, spec: &WeaponSpec) {
    let gravity = scene.def.physics.gravity * scene.factor(ModKind::Gravity);
    projectile.velocity.y -= gravity * Fx::from_q8_8(spec.gravity_scale);
    if spec.drag > 0 {
        let drag = Fx::from_ratio(i32::from(spec.drag), 1024) * scene.factor(ModKind::Drag);
        projectile.velocity *= Fx::ONE - drag.min(Fx::ONE);
    }
    if spec.homing > 0 {
        steer(scene, projectile, spec);
    }
    projectile.velocity = projectile.velocity.clamp_length_max(scene.def.physics.speed_max);
}

/// Turns the flight towards the nearest living opponent by at most the weapon's turn rate.
fn steer(scene: &Scene<'_>, projectile: &mut Projectile, spec: &WeaponSpec) {
    let targets = scene
        .parts
        .players
        .iter()
        .enumerate()
        .filter(|(number, player)| player.is_alive() && !projectile.has_hit(PlayerId(*number as u8)));
    let Some((_, target)) = targets.min_by_key(|(_, player)| player.position.distance_squared(projectile.position))
    else {
        return;
    };
    let heading = projectile.velocity.to_angle();
    let wanted = (target.position - projectile.position).to_angle();
    let turned = heading.rotate_towards(wanted, u16::from(spec.homing) * 64);
    projectile.velocity = Vec2::from_angle(turned) * projectile.velocity.length();
}

enum Flight {
    /// The frame's movement is used up.
    Done,
    /// This much movement is left after a contact.
    Goes(Vec2),
    /// The projectile ended.
    Gone,
}

/// Moves up to the first contact and answers it.
fn advance(scene: &mut Scene<'_>, projectile: &mut Projectile, spec: &WeaponSpec, left: Vec2) -> Flight {
    let radius = spec.radius();
    let solid = sweep::first_solid(&scene.def.arena, projectile.position, left, radius);
    let player = first_player(scene, projectile, left, radius);
    let solid_t = solid.map_or(Fx::TWO, |(_, contact)| contact.t);
    if let Some((number, contact)) = player.filter(|(_, contact)| contact.t <= solid_t) {
        travel(projectile, left * contact.t);
        return strike(scene, projectile, spec, number, left * (Fx::ONE - contact.t));
    }
    let Some((_, contact)) = solid else {
        travel(projectile, left);
        return Flight::Done;
    };
    travel(projectile, left * contact.t);
    bounce(scene, projectile, spec, contact, left * (Fx::ONE - contact.t))
}

fn travel(projectile: &mut Projectile, delta: Vec2) {
    projectile.position += delta;
    projectile.travel_left -= delta.length();
}

/// The first player touched, players moving as they did in this frame; ties go to the lowest number.
fn first_player(scene: &Scene<'_>, projectile: &Projectile, left: Vec2, radius: Fx) -> Option<(usize, Contact)> {
    let half = Vec2::new(PLAYER_HALF_WIDTH, PLAYER_HALF_HEIGHT);
    let mut first: Option<(usize, Contact)> = None;
    for (number, player) in scene.parts.players.iter().enumerate() {
        if !player.is_alive() || projectile.has_hit(PlayerId(number as u8)) {
            continue;
        }
        let moved = scene.moved[number];
        let old = player.position - moved;
        let reach = Vec2::splat(radius) + half + left.abs() + moved.abs();
        let gap = (projectile.position - old).abs();
        if gap.x > reach.x || gap.y > reach.y {
            continue;
        }
        let (min, max) = (old - half, old + half);
        let contact = if sweep::circle_overlaps_box(projectile.position, radius, min, max) {
            Some(Contact {
                t: Fx::ZERO,
                normal: Vec2::Y,
            })
        } else {
            sweep::circle_box(projectile.position, left - moved, radius, min, max)
        };
        if let Some(contact) = contact
            && first.is_none_or(|(_, best)| contact.t < best.t)
        {
            first = Some((number, contact));
        }
    }
    first
}

fn strike(scene: &mut Scene<'_>, projectile: &mut Projectile, spec: &WeaponSpec, number: usize, left: Vec2) -> Flight {
    if spec.effect_radius > 0 {
        end(scene, projectile, spec);
        return Flight::Gone;
    }
    let target = PlayerId(number as u8);
    let shot = Shot {
        by: projectile.owner(),
        position: projectile.position,
        direction: projectile.velocity,
    };
    hits::wound(scene, shot, target, spec, spec.pellet_damage());
    projectile.mark_hit(target);
    if projectile.pierce_left() == 0 {
        return Flight::Gone;
    }
    projectile.use_pierce();
    Flight::Goes(left)
}

/// Bounces, comes to rest on its fuse, or ends.
fn bounce(
    scene: &mut Scene<'_>,
    projectile: &mut Projectile,
    spec: &WeaponSpec,
    contact: Contact,
    left: Vec2,
) -> Flight {
    if projectile.bounces_left() == 0 {
        if spec.bounce_count == 0 || spec.fuse_frames == 0 {
            end(scene, projectile, spec);
            return Flight::Gone;
        }
        projectile.velocity = Vec2::ZERO;
        return Flight::Done;
    }
    projectile.use_bounce();
    let kept = Fx::from_ratio(i32::from(spec.restitution), 255) * scene.factor(ModKind::Bounce);
    let reflect = |vector: Vec2| {
        let along = vector.reject_from_normalized(contact.normal);
        along - (vector - along) * kept.min(Fx::ONE)
    };
    projectile.velocity = reflect(projectile.velocity);
    scene.events.push(Event::Bounced {
        position: projectile.position,
    });
    Flight::Goes(reflect(left))
}

/// The projectile is over: area weapons go off, others fizzle. Always false, the answer of [`fly`].
fn end(scene: &mut Scene<'_>, projectile: &Projectile, spec: &WeaponSpec) -> bool {
    let position = projectile.position;
    if spec.effect_radius == 0 {
        scene.events.push(Event::Fizzled {
            position,
            archetype: spec.archetype,
        });
        return false;
    }
    scene.events.push(Event::Exploded {
        position,
        radius: spec.effect_radius,
    });
    scene.queue_blast(Blast {
        position,
        by: projectile.owner(),
        weapon: *spec,
        damage: spec.pellet_damage(),
    });
    false
}

impl WeaponSpec {
    /// A projectile's radius in units: blades and bombs are bigger than bullets.
    #[must_use]
    pub fn radius(&self) -> Fx {
        use crate::Archetype as A;
        let hundredths = match A::from_u8(self.archetype) {
            Some(A::Sword | A::Axe | A::Hammer | A::Whip) => 45,
            Some(A::Dagger | A::Spear | A::Boomerang | A::Orb | A::Bomb | A::Cannon) => 32,
            Some(A::Grenade | A::Mine | A::RocketLauncher | A::Flamethrower | A::Tome) => 25,
            Some(A::Sniper | A::Laser) => 5,
            _ => 14,
        };
        Fx::from_ratio(hundredths, 100)
    }
}
