//! Phase "projectiles": flies, bounces and steers every projectile with continuous collision, in place order.
//! Must not change health: contacts are handed to `hits`.

use super::hits::{self, Shot};
use super::{Blast, PLAYER_COUNT_MAX, SPEED_LIMIT, Scene};
use crate::def::{MatchDef, PhysicsDef};
use crate::event::Event;
use crate::input::PlayerId;
use crate::math::{Fx, Vec2, floor_root_u32};
use crate::modifier::{Factors, ModKind};
use crate::state::{PLAYER_HALF_HEIGHT, PLAYER_HALF_WIDTH, PackedWeapon, Projectile, WEAPONS_PER_PLAYER};
use crate::sweep::{self, Contact};
use crate::weapon::{WeaponFlags, WeaponSpec};

/// Contacts that one projectile may have in one frame; what movement is left then is lost.
const CONTACTS_PER_FRAME: u32 = 4;

pub(super) fn run(scene: &mut Scene<'_>) {
    let targets = Targets::new(scene);
    let mut weapons = Weapons::new(scene);
    for word in 0..scene.parts.live.len() {
        let parts = &mut scene.parts;
        let (Some(bits), Some(projectiles)) = (
            parts.live.get(word),
            parts.projectiles.as_chunks_mut::<32>().0.get_mut(word),
        ) else {
            break;
        };
        let mut slow = fly_freely(scene.def, &targets, &mut weapons, parts.weapons, *bits, projectiles);
        while slow != 0 {
            let bit = slow.trailing_zeros() as usize;
            slow &= slow - 1;
            let mut projectile = scene.parts.projectiles[word * 32 + bit];
            let weapon = *weapons.of(&projectile, scene.parts.weapons);
            if fly(scene, &targets, &mut projectile, &weapon) {
                scene.parts.projectiles[word * 32 + bit] = projectile;
            } else {
                scene.parts.live[word] &= !(1 << bit);
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
    /// Share of the velocity that linear drag leaves.
    kept: Fx,
    /// Share of the velocity that is lost for each unit per frame of speed.
    quadratic_drag: Fx,
    speed_max: Fx,
    /// The square of the fastest free flight, Q32.32: below one unit per frame.
    free_speed_squared_max: u64,
    /// Neither steers nor arrives at once.
    is_plain: bool,
}

impl Flying {
    fn new(physics: &PhysicsDef, factors: &Factors, spec: WeaponSpec) -> Flying {
        let drag = Fx::from_ratio(i32::from(spec.drag), 1024) * factors.factor(ModKind::Drag);
        let gravity = physics.gravity * factors.factor(ModKind::Gravity);
        let speed_max = physics.speed_max.clamp(Fx::ZERO, SPEED_LIMIT);
        Flying {
            radius: spec.radius(),
            gravity: (gravity * Fx::from_q8_8(spec.gravity_scale)).clamp(-SPEED_LIMIT, SPEED_LIMIT),
            kept: Fx::ONE - drag.min(Fx::ONE),
            quadratic_drag: physics.quadratic_drag.clamp(Fx::ZERO, Fx::ONE) * factors.factor(ModKind::Drag),
            speed_max,
            free_speed_squared_max: u64::min(speed_max.squared().to_bits().cast_unsigned(), u32::MAX.into()),
            is_plain: spec.homing == 0 && spec.flags & WeaponFlags::HITSCAN == 0,
            spec,
        }
    }

    /// The velocity after gravity and drag.
    #[inline(always)]
    fn accelerated(&self, velocity: Vec2) -> Vec2 {
        // Both are within the speed limit, and a share of at most one overflows nothing.
        let (x, y) = (velocity.x, velocity.y.wrapping_sub(self.gravity));
        if !self.quadratic_drag.is_zero() {
            return self.slowed_by_air(Vec2::new(x, y));
        }
        if self.kept == Fx::ONE {
            return Vec2::new(x, y);
        }
        Vec2::new(x.wrapping_mul(self.kept), y.wrapping_mul(self.kept))
    }

    /// The velocity after linear and quadratic drag; together they stop it at most and never turn it.
    #[inline(never)]
    fn slowed_by_air(&self, velocity: Vec2) -> Vec2 {
        let lost = Fx::ONE - self.kept + self.quadratic_drag * velocity.length();
        velocity * (Fx::ONE - lost.min(Fx::ONE))
    }
}

/// The weapons of all players, each worked out when its first projectile flies.
struct Weapons<'a> {
    known: [Option<Flying>; PLAYER_COUNT_MAX * WEAPONS_PER_PLAYER],
    physics: &'a PhysicsDef,
    factors: Factors,
}

impl<'a> Weapons<'a> {
    fn new(scene: &Scene<'a>) -> Weapons<'a> {
        Weapons {
            known: [None; _],
            physics: &scene.def.physics,
            factors: scene.factors,
        }
    }

    #[inline(always)]
    fn of(&mut self, projectile: &Projectile, kept: &[PackedWeapon]) -> &Flying {
        let index = projectile.owner().index() % PLAYER_COUNT_MAX * WEAPONS_PER_PLAYER
            + projectile.weapon_index() % WEAPONS_PER_PLAYER;
        let (physics, factors) = (self.physics, &self.factors);
        self.known[index].get_or_insert_with(|| Flying::new(physics, factors, kept[index].spec()))
    }
}

/// The players who can be hit in this frame, with the box that each sweeps.
struct Targets {
    boxes: [(Vec2, Vec2); PLAYER_COUNT_MAX],
    /// One bit per player.
    alive: u32,
    /// One bit per 1×1 cell that holds a solid or that one of the boxes touches, a row each.
    busy: [u64; 64],
}

impl Targets {
    fn new(scene: &Scene<'_>) -> Targets {
        let half = Vec2::new(PLAYER_HALF_WIDTH, PLAYER_HALF_HEIGHT);
        let boxes = [(Vec2::ZERO, Vec2::ZERO); PLAYER_COUNT_MAX];
        let mut targets = Targets {
            boxes,
            alive: 0,
            busy: *scene.def.arena.hard_rows(),
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
            let cell = |place: Fx| place.floor_int().clamp(0, 63);
            let columns = (u64::MAX >> (63 - cell(high.x))) & (u64::MAX << cell(low.x));
            for row in cell(low.y) as usize..=cell(high.y) as usize {
                targets.busy[row] |= columns;
            }
        }
        targets
    }

    /// Whether a box touches one of the players' boxes.
    #[inline]
    fn are_near(&self, low: Vec2, high: Vec2) -> bool {
        let mut waiting = self.alive;
        while waiting != 0 {
            let (box_low, box_high) = self.boxes[waiting.trailing_zeros() as usize & (PLAYER_COUNT_MAX - 1)];
            if low.x <= box_high.x && box_low.x <= high.x && low.y <= box_high.y && box_low.y <= high.y {
                return true;
            }
            waiting &= waiting - 1;
        }
        false
    }
}

/// Flies those of 32 places that are past everything solid and everybody; returns the bits of those that are not.
///
/// That is most frames of most projectiles.
/// A projectile is changed only if it flew, and then to what [`fly`] would make of it.
fn fly_freely(
    def: &MatchDef,
    targets: &Targets,
    weapons: &mut Weapons<'_>,
    kept: &[PackedWeapon],
    live: u32,
    projectiles: &mut [Projectile; 32],
) -> u32 {
    let (mut bits, mut slow) = (live, 0);
    while bits != 0 {
        let bit = bits.trailing_zeros();
        bits &= bits - 1;
        let projectile = &mut projectiles[bit as usize & 31];
        if !flies_freely(def, targets, weapons.of(projectile, kept), projectile) {
            slow |= 1 << bit;
        }
    }
    slow
}

#[inline(always)]
fn flies_freely(def: &MatchDef, targets: &Targets, weapon: &Flying, projectile: &mut Projectile) -> bool {
    if !weapon.is_plain || projectile.fuse_frames() == 0 {
        return false;
    }
    // Below the speed limit and inside the arena nothing here can overflow.
    let velocity = weapon.accelerated(projectile.velocity);
    let (x, y) = (i64::from(velocity.x.to_bits()), i64::from(velocity.y.to_bits()));
    let speed_squared = (x * x + y * y).cast_unsigned();
    if speed_squared > weapon.free_speed_squared_max {
        return false;
    }
    let speed = Fx::from_bits(floor_root_u32(speed_squared as u32).cast_signed());
    let travel_left = projectile.travel_left.wrapping_sub(speed);
    let from = projectile.position;
    let to = Vec2::new(from.x.wrapping_add(velocity.x), from.y.wrapping_add(velocity.y));
    if to.x > def.arena.right() || to.y > def.arena.top() || !travel_left.is_positive() {
        return false;
    }
    let low = |a: Fx, b: Fx| a.min(b).wrapping_sub(weapon.radius);
    let high = |a: Fx, b: Fx| a.max(b).wrapping_add(weapon.radius);
    let low = Vec2::new(low(from.x, to.x), low(from.y, to.y));
    let high = Vec2::new(high(from.x, to.x), high(from.y, to.y));
    if !is_free(def, targets, low, high) {
        return false;
    }
    projectile.burn_fuse();
    projectile.velocity = velocity;
    projectile.position = to;
    projectile.travel_left = travel_left;
    true
}

/// Whether a box touches nothing solid and nobody; a box that reaches out of the grid counts as touching.
#[inline(always)]
fn is_free(def: &MatchDef, targets: &Targets, low: Vec2, high: Vec2) -> bool {
    let (left, right) = (low.x.floor_int(), high.x.floor_int());
    let (bottom, top) = (low.y.floor_int(), high.y.floor_int());
    if (left | right | bottom | top).cast_unsigned() > 63 {
        return false;
    }
    let columns = (u64::MAX << left) & (u64::MAX >> (63 - right));
    // Of up to three rows, the first, the middle and the last are all; no loop.
    let row = |row: i32| targets.busy[row as usize & 63];
    let busy = row(bottom) | row((bottom + top) >> 1) | row(top);
    busy & columns == 0 && top - bottom < 3 || is_free_among(def, targets, low, high)
}

/// The same, box by box.
#[inline(never)]
fn is_free_among(def: &MatchDef, targets: &Targets, low: Vec2, high: Vec2) -> bool {
    let mut free = true;
    def.arena.near_hard(low, high, |_, solid| {
        free &= high.x < solid.min.x || solid.max.x < low.x || high.y < solid.min.y || solid.max.y < low.y;
    });
    free && !targets.are_near(low, high)
}

/// One frame of flight; false when the projectile is gone.
fn fly(scene: &mut Scene<'_>, targets: &Targets, projectile: &mut Projectile, weapon: &Flying) -> bool {
    if projectile.fuse_frames() == 0 {
        return end(scene, projectile, &weapon.spec);
    }
    projectile.burn_fuse();
    // In this order: v += g·dt, v *= 1 − drag, steering; the position follows.
    let mut velocity = weapon.accelerated(projectile.velocity);
    if weapon.spec.homing > 0 {
        velocity = steer(scene, projectile, velocity, &weapon.spec);
    }
    projectile.velocity = velocity.clamp_length_max(weapon.speed_max);
    let left = if weapon.spec.flags & WeaponFlags::HITSCAN != 0 {
        projectile.velocity.try_with_length(projectile.travel_left)
    } else {
        None
    };
    collide(scene, targets, projectile, weapon, left.unwrap_or(projectile.velocity))
}

/// The movement of a frame with something in its way.
fn collide(
    scene: &mut Scene<'_>,
    targets: &Targets,
    projectile: &mut Projectile,
    weapon: &Flying,
    movement: Vec2,
) -> bool {
    let mut rest = Rest {
        movement,
        time: Fx::ONE,
    };
    for _ in 0..CONTACTS_PER_FRAME {
        rest = match advance(scene, targets, projectile, weapon, rest) {
            Flight::Done => break,
            Flight::Gone => return false,
            Flight::Goes(rest) => rest,
        };
    }
    if !scene.def.arena.contains(projectile.position) {
        return false;
    }
    projectile.travel_left.is_positive() || end(scene, projectile, &weapon.spec)
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

/// What is left of a frame.
#[derive(Copy, Clone)]
struct Rest {
    movement: Vec2,
    /// Share of the frame, 0 to 1.
    time: Fx,
}

impl Rest {
    /// What is left after a share of it.
    fn after(self, t: Fx) -> Rest {
        Rest {
            movement: self.movement * (Fx::ONE - t),
            time: self.time * (Fx::ONE - t),
        }
    }
}

enum Flight {
    /// The frame's movement is used up.
    Done,
    /// This much is left after a contact.
    Goes(Rest),
    /// The projectile ended.
    Gone,
}

/// Moves up to the first contact and answers it.
fn advance(
    scene: &mut Scene<'_>,
    targets: &Targets,
    projectile: &mut Projectile,
    weapon: &Flying,
    rest: Rest,
) -> Flight {
    let left = rest.movement;
    let solid = sweep::first_solid(&scene.def.arena, projectile.position, left, weapon.radius);
    let player = first_player(scene, targets, projectile, left, weapon.radius);
    let solid_t = solid.map_or(Fx::TWO, |(_, contact)| contact.t);
    if let Some((number, contact)) = player.filter(|(_, contact)| contact.t <= solid_t) {
        travel(projectile, left * contact.t);
        return strike(scene, projectile, &weapon.spec, number, rest.after(contact.t));
    }
    let Some((_, contact)) = solid else {
        travel(projectile, left);
        return Flight::Done;
    };
    travel(projectile, left * contact.t);
    bounce(scene, projectile, weapon, contact.normal, rest.after(contact.t))
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

fn strike(scene: &mut Scene<'_>, projectile: &mut Projectile, spec: &WeaponSpec, number: usize, rest: Rest) -> Flight {
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
    Flight::Goes(rest)
}

/// Bounces, comes to rest on its fuse, or ends.
fn bounce(scene: &mut Scene<'_>, projectile: &mut Projectile, weapon: &Flying, normal: Vec2, rest: Rest) -> Flight {
    let spec = &weapon.spec;
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
    let kept = kept.min(Fx::ONE);
    let flies_on = spec.flags & WeaponFlags::HITSCAN == 0;
    projectile.velocity = if flies_on {
        reflected(projectile.velocity, normal, kept, weapon.gravity, rest.time)
    } else {
        reflected(projectile.velocity, normal, kept, Fx::ZERO, Fx::ZERO)
    };
    scene.events.push(Event::Bounced {
        position: projectile.position,
    });
    Flight::Goes(Rest {
        movement: if flies_on {
            projectile.velocity * rest.time
        } else {
            reflected(rest.movement, normal, kept, Fx::ZERO, Fx::ZERO)
        },
        ..rest
    })
}

/// The velocity after a contact with `time` of the frame left, keeping the share `kept` of what goes along the normal.
///
/// The velocity already has the pull of the whole frame in it, so it is too fast for the contact by the pull of what
/// is left, and the rebound is too fast by the same again. With both taken off, a bounce that keeps everything keeps
/// the energy of the frames (`v²/2 + g·y − g·v/2`); without, a ball dropped on a floor climbs ever higher.
/// The pull is rounded up, so that rounding never adds energy either.
fn reflected(velocity: Vec2, normal: Vec2, kept: Fx, gravity: Fx, time: Fx) -> Vec2 {
    let along = velocity.reject_from_normalized(normal);
    let speed = -velocity.dot(normal).to_fx();
    let pull = if gravity.is_zero() {
        Fx::ZERO
    } else {
        gravity * normal.y * (time - Fx::HALF) + Fx::EPSILON
    };
    let back = (speed - pull) * kept - pull;
    along + normal * back.max(Fx::ZERO)
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
        weapon_index: projectile.weapon_index() as u8,
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
