//! Phase "projectiles": flies, bounces and steers every projectile with continuous collision, in place order.
//! Must not change health: contacts are handed to `hits`.

use super::hits::{self, Shot};
use super::{Blast, PLAYER_COUNT_MAX, Scene};
use crate::event::Event;
use crate::input::PlayerId;
use crate::math::{Fx, Vec2, Wide};
use crate::modifier::ModKind;
use crate::state::{PLAYER_HALF_HEIGHT, PLAYER_HALF_WIDTH, Projectile, WEAPONS_PER_PLAYER};
use crate::sweep::{self, Contact};
use crate::weapon::{WeaponFlags, WeaponSpec};

/// Contacts that one projectile may have in one frame; what movement is left then is lost.
const CONTACTS_PER_FRAME: u32 = 4;
/// Nothing is faster than this, whatever the definition says: no arena is larger, and no sum below overflows.
const SPEED_LIMIT: Fx = Fx::from_int(64);

pub(super) fn run(scene: &mut Scene<'_>) {
    let targets = Targets::new(scene);
    let mut weapons = [None; PLAYER_COUNT_MAX * WEAPONS_PER_PLAYER];
    for word in 0..scene.parts.live.len() {
        let mut bits = scene.parts.live[word];
        while bits != 0 {
            let place = word * 32 + bits.trailing_zeros() as usize;
            bits &= bits - 1;
            let mut projectile = scene.parts.projectiles[place];
            let weapon = weapon_of(scene, &mut weapons, &projectile);
            if fly(scene, &targets, &mut projectile, weapon) {
                scene.parts.projectiles[place] = projectile;
            } else {
                scene.parts.live[word] &= !(1 << (place % 32));
            }
        }
    }
}

/// What flying needs of a weapon in this frame, worked out once per weapon and not once per projectile.
#[derive(Copy, Clone)]
struct Flying {
    spec: WeaponSpec,
    radius: Fx,
    /// Fall per frame.
    gravity: Fx,
    /// Share of the velocity that drag leaves.
    kept: Fx,
    speed_max: Fx,
    speed_squared_max: Wide,
}

impl Flying {
    fn new(scene: &Scene<'_>, spec: WeaponSpec) -> Flying {
        let drag = Fx::from_ratio(i32::from(spec.drag), 1024) * scene.factor(ModKind::Drag);
        let gravity = scene.def.physics.gravity * scene.factor(ModKind::Gravity);
        let speed_max = scene.def.physics.speed_max.clamp(Fx::ZERO, SPEED_LIMIT);
        Flying {
            radius: spec.radius(),
            gravity: gravity * Fx::from_q8_8(spec.gravity_scale),
            kept: Fx::ONE - drag.min(Fx::ONE),
            speed_max,
            speed_squared_max: speed_max.squared(),
            spec,
        }
    }
}

#[inline]
fn weapon_of<'a>(scene: &Scene<'_>, weapons: &'a mut [Option<Flying>], projectile: &Projectile) -> &'a Flying {
    let owner = projectile.owner().index() % PLAYER_COUNT_MAX;
    let index = owner * WEAPONS_PER_PLAYER + projectile.weapon_index() % WEAPONS_PER_PLAYER;
    weapons[index].get_or_insert_with(|| Flying::new(scene, scene.parts.weapons[index].spec()))
}

/// The players who can be hit in this frame, with the box that each sweeps.
struct Targets {
    boxes: [(Vec2, Vec2); PLAYER_COUNT_MAX],
    /// One bit per player.
    alive: u32,
    /// One bit per 1×1 cell that a box touches, a row each.
    cells: [u64; 64],
}

impl Targets {
    fn new(scene: &Scene<'_>) -> Targets {
        let half = Vec2::new(PLAYER_HALF_WIDTH, PLAYER_HALF_HEIGHT);
        let mut targets = Targets {
            boxes: [(Vec2::ZERO, Vec2::ZERO); PLAYER_COUNT_MAX],
            alive: 0,
            cells: [0; 64],
        };
        for (number, player) in scene
            .parts
            .players
            .iter()
            .enumerate()
            .filter(|(_, player)| player.is_alive())
        {
            let old = player.position - scene.moved[number];
            let (low, high) = (player.position.min(old) - half, player.position.max(old) + half);
            targets.boxes[number] = (low, high);
            targets.alive |= 1 << number;
            let (columns, rows) = cells(low, high);
            targets.cells[rows].iter_mut().for_each(|row| *row |= columns);
        }
        targets
    }
}

/// The cells that the box from `low` to `high` touches: a bit for each column, and the rows.
#[inline]
fn cells(low: Vec2, high: Vec2) -> (u64, core::ops::RangeInclusive<usize>) {
    let cell = |place: Fx| place.floor_int().clamp(0, 63);
    let columns = (u64::MAX >> (63 - cell(high.x))) & (u64::MAX << cell(low.x));
    (columns, cell(low.y) as usize..=cell(high.y) as usize)
}

/// One frame of flight; false when the projectile is gone.
#[inline]
fn fly(scene: &mut Scene<'_>, targets: &Targets, projectile: &mut Projectile, weapon: &Flying) -> bool {
    if projectile.fuse_frames() == 0 {
        return end(scene, projectile, &weapon.spec);
    }
    projectile.burn_fuse();
    let speed_squared = accelerate(scene, projectile, weapon);
    if weapon.spec.flags & WeaponFlags::HITSCAN != 0 {
        let left = projectile.velocity.try_with_length(projectile.travel_left);
        return collide(scene, targets, projectile, weapon, left.unwrap_or(projectile.velocity));
    }
    // Below the speed limit and inside the arena none of these sums can overflow.
    let (from, delta) = (projectile.position, projectile.velocity);
    let to = Vec2::new(from.x.wrapping_add(delta.x), from.y.wrapping_add(delta.y));
    let reach = |corner: Vec2, by: Fx| Vec2::new(corner.x.wrapping_add(by), corner.y.wrapping_add(by));
    let (columns, rows) = cells(reach(from.min(to), -weapon.radius), reach(from.max(to), weapon.radius));
    let arena = &scene.def.arena;
    let (mut row, last) = rows.into_inner();
    let mut met = 0;
    while row <= last {
        met |= arena.hard_row(row) | targets.cells[row & 63];
        row += 1;
    }
    if met & columns != 0 {
        return collide(scene, targets, projectile, weapon, delta);
    }
    // Nothing is near: most frames of most projectiles end here.
    projectile.position = to;
    projectile.travel_left = projectile.travel_left.wrapping_sub(speed_squared.sqrt());
    finish(scene, projectile, weapon)
}

/// The movement of a frame with something in its way.
fn collide(
    scene: &mut Scene<'_>,
    targets: &Targets,
    projectile: &mut Projectile,
    weapon: &Flying,
    mut left: Vec2,
) -> bool {
    for _ in 0..CONTACTS_PER_FRAME {
        left = match advance(scene, targets, projectile, weapon, left) {
            Flight::Done => break,
            Flight::Gone => return false,
            Flight::Goes(left) => left,
        };
    }
    finish(scene, projectile, weapon)
}

#[inline]
fn finish(scene: &mut Scene<'_>, projectile: &Projectile, weapon: &Flying) -> bool {
    if !scene.def.arena.contains(projectile.position) {
        return false;
    }
    projectile.travel_left.is_positive() || end(scene, projectile, &weapon.spec)
}

/// In this order: v += g·dt, v *= 1 − drag, steering; the position follows. Returns the square of the speed.
#[inline]
fn accelerate(scene: &Scene<'_>, projectile: &mut Projectile, weapon: &Flying) -> Wide {
    let mut velocity = projectile.velocity;
    velocity.y -= weapon.gravity;
    if weapon.kept != Fx::ONE {
        // A share of at most one overflows nothing.
        velocity = Vec2::new(
            velocity.x.wrapping_mul(weapon.kept),
            velocity.y.wrapping_mul(weapon.kept),
        );
    }
    if weapon.spec.homing > 0 {
        velocity = steer(scene, projectile, velocity, &weapon.spec);
    }
    let mut speed_squared = velocity.length_squared();
    if speed_squared > weapon.speed_squared_max {
        velocity = velocity.clamp_length_max(weapon.speed_max);
        speed_squared = velocity.length_squared();
    }
    projectile.velocity = velocity;
    speed_squared
}

/// The velocity turned towards the nearest living opponent by at most the weapon's turn rate.
fn steer(scene: &Scene<'_>, projectile: &Projectile, velocity: Vec2, spec: &WeaponSpec) -> Vec2 {
    let players = scene.parts.players.iter().enumerate();
    let targets = players.filter(|(number, player)| player.is_alive() && !projectile.has_hit(PlayerId(*number as u8)));
    let Some((_, target)) = targets.min_by_key(|(_, player)| player.position.distance_squared(projectile.position))
    else {
        return velocity;
    };
    let wanted = (target.position - projectile.position).to_angle();
    let turned = velocity.to_angle().rotate_towards(wanted, u16::from(spec.homing) * 64);
    Vec2::from_angle(turned) * velocity.length()
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
fn advance(
    scene: &mut Scene<'_>,
    targets: &Targets,
    projectile: &mut Projectile,
    weapon: &Flying,
    left: Vec2,
) -> Flight {
    let solid = sweep::first_solid(&scene.def.arena, projectile.position, left, weapon.radius);
    let player = first_player(scene, targets, projectile, left, weapon.radius);
    let solid_t = solid.map_or(Fx::TWO, |(_, contact)| contact.t);
    if let Some((number, contact)) = player.filter(|(_, contact)| contact.t <= solid_t) {
        travel(projectile, left * contact.t);
        return strike(scene, projectile, &weapon.spec, number, left * (Fx::ONE - contact.t));
    }
    let Some((_, contact)) = solid else {
        travel(projectile, left);
        return Flight::Done;
    };
    travel(projectile, left * contact.t);
    bounce(scene, projectile, &weapon.spec, contact, left * (Fx::ONE - contact.t))
}

fn travel(projectile: &mut Projectile, delta: Vec2) {
    projectile.position += delta;
    projectile.travel_left -= delta.length();
}

/// The first player touched, players moving as they did in this frame; ties go to the lowest number.
fn first_player(
    scene: &Scene<'_>,
    targets: &Targets,
    projectile: &Projectile,
    left: Vec2,
    radius: Fx,
) -> Option<(usize, Contact)> {
    let half = Vec2::new(PLAYER_HALF_WIDTH, PLAYER_HALF_HEIGHT);
    let (from, reach) = (projectile.position, Vec2::splat(radius));
    let (low, high) = (from.min(from + left) - reach, from.max(from + left) + reach);
    let mut first: Option<(usize, Contact)> = None;
    let mut waiting = targets.alive;
    while waiting != 0 {
        let number = waiting.trailing_zeros() as usize;
        waiting &= waiting - 1;
        let (box_low, box_high) = targets.boxes[number];
        if high.x < box_low.x || box_high.x < low.x || high.y < box_low.y || box_high.y < low.y {
            continue;
        }
        let player = &scene.parts.players[number];
        if !player.is_alive() || projectile.has_hit(PlayerId(number as u8)) {
            continue;
        }
        let moved = scene.moved[number];
        let old = player.position - moved;
        let (min, max) = (old - half, old + half);
        let contact = if sweep::circle_overlaps_box(from, radius, min, max) {
            Some(Contact {
                t: Fx::ZERO,
                normal: Vec2::Y,
            })
        } else {
            sweep::circle_box(from, left - moved, radius, min, max)
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
