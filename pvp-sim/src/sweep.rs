//! Owns continuous collision: when a moving circle first touches a box, a corner or a ramp.
//! Must not know players, projectiles or the state; every answer depends on the arguments alone and mirrors exactly.

use crate::arena::{ArenaDef, Solid, SolidKind};
use crate::math::{Fx, Vec2};

/// The first contact of a sweep.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Contact {
    /// Share of the movement done at the contact, 0 to 1.
    pub t: Fx,
    /// Unit normal at the contact, pointing from what was hit to what moved.
    pub normal: Vec2,
}

/// Whether a circle overlaps a box (touching does not count).
#[must_use]
pub fn circle_overlaps_box(center: Vec2, radius: Fx, min: Vec2, max: Vec2) -> bool {
    let nearest = center.clamp(min, max);
    nearest == center || center.distance_squared(nearest) < radius.squared()
}

/// When a circle that moves by `delta` first touches a box with its rounded surroundings.
///
/// A circle that already overlaps touches at `t` 0 unless it moves outwards.
/// With its middle inside the box it must move towards the nearest side to get out; along it is not enough.
/// A radius of 0 makes it a ray.
#[must_use]
pub fn circle_box(center: Vec2, delta: Vec2, radius: Fx, min: Vec2, max: Vec2) -> Option<Contact> {
    if circle_overlaps_box(center, radius, min, max) {
        let normal = way_out(center, min, max);
        let is_inside = min.x < center.x && center.x < max.x && min.y < center.y && center.y < max.y;
        let stays = normal.dot(delta).to_bits() < i64::from(is_inside);
        return stays.then_some(Contact { t: Fx::ZERO, normal });
    }
    let grow = Vec2::splat(radius);
    let (low, high) = (min - grow, max + grow);
    let (enter_x, exit_x) = slab(center.x, delta.x, low.x, high.x)?;
    let (enter_y, exit_y) = slab(center.y, delta.y, low.y, high.y)?;
    let enter = enter_x.max(enter_y);
    if enter > exit_x.min(exit_y) || enter > Fx::ONE || exit_x.min(exit_y) < Fx::ZERO {
        return None;
    }
    let t = enter.max(Fx::ZERO);
    let touch = center + delta * t;
    let corner = touch.clamp(min, max);
    if corner.x != touch.x && corner.y != touch.y && radius > Fx::ZERO {
        return circle_point(center, delta, radius, corner);
    }
    if enter < Fx::ZERO {
        return None;
    }
    let normal = if enter_x > enter_y {
        Vec2::X * -delta.x.signum()
    } else {
        Vec2::Y * -delta.y.signum()
    };
    Some(Contact { t, normal })
}

/// Whether a circle overlaps a solid where it is defined to stand: a ramp is a triangle, everything else a box.
#[must_use]
pub fn circle_overlaps_solid(center: Vec2, radius: Fx, solid: &Solid) -> bool {
    if !solid.is_slope() {
        return circle_overlaps_box(center, radius, solid.min, solid.max);
    }
    let rises = solid.kind == SolidKind::SlopeUp;
    let (foot, tall) = if rises {
        (solid.min, solid.max)
    } else {
        (solid.min.with_x(solid.max.x), solid.max.with_x(solid.min.x))
    };
    let beside = center.clamp(solid.min, solid.max) == center;
    let near = |from: Vec2, to: Vec2| center.distance_squared(nearest_on(from, to, center)) < radius.squared();
    let corner = tall.with_y(foot.y);
    beside && center.y <= solid.surface(center.x) || near(foot, tall) || near(foot, corner) || near(corner, tall)
}

/// The place on the line from `from` to `to` that is nearest to `place`.
fn nearest_on(from: Vec2, to: Vec2, place: Vec2) -> Vec2 {
    let (along, length) = (to - from, (to - from).length_squared().to_bits());
    let done = i128::from((place - from).dot(along).to_bits().clamp(0, length)) << 16;
    let share = done.checked_div(i128::from(length)).unwrap_or(0);
    from + along * Fx::from_bits(share as i32)
}

/// When a circle that moves by `delta` first touches a circle at rest.
///
/// Circles that overlap already touch at `t` 0, unless they part.
#[must_use]
pub fn circle_circle(center: Vec2, delta: Vec2, radius: Fx, other: Vec2, other_radius: Fx) -> Option<Contact> {
    let (away, reach) = (center - other, radius + other_radius);
    if away.length_squared() >= reach.squared() {
        return circle_point(center, delta, reach, other);
    }
    let normal = away.normalize_or(Vec2::Y);
    (normal.dot(delta).to_bits() < 0).then_some(Contact { t: Fx::ZERO, normal })
}

/// When a circle that moves by `delta` first touches a block or a ramp; platforms are passed.
#[inline]
#[must_use]
pub fn circle_solid(center: Vec2, delta: Vec2, radius: Fx, solid: &Solid) -> Option<Contact> {
    match solid.kind {
        SolidKind::Block => circle_box(center, delta, radius, solid.min, solid.max),
        SolidKind::SlopeUp | SolidKind::SlopeDown => circle_slope(center, delta, radius, solid),
        SolidKind::OneWay | SolidKind::Moving { .. } => None,
    }
}

/// When a moving circle first touches a point: the smaller root of |center + t·delta − point|² = radius².
fn circle_point(center: Vec2, delta: Vec2, radius: Fx, point: Vec2) -> Option<Contact> {
    let away = center - point;
    let a = i128::from(delta.length_squared().to_bits());
    let b = i128::from(away.dot(delta).to_bits());
    let c = i128::from((away.length_squared() - radius.squared()).to_bits());
    let discriminant = b * b - a * c;
    if a == 0 || b >= 0 || discriminant < 0 {
        return None;
    }
    let root = i128::try_from(discriminant.cast_unsigned().isqrt()).ok()?;
    let t = Fx::from_bits(i32::try_from(((-b - root) << 16) / a).ok()?);
    if !(Fx::ZERO..=Fx::ONE).contains(&t) {
        return None;
    }
    let normal = (away + delta * t).normalize_or(Vec2::Y);
    Some(Contact { t, normal })
}

/// Entry and exit of a coordinate that moves by `delta` through low..high, as shares of the movement.
fn slab(place: Fx, delta: Fx, low: Fx, high: Fx) -> Option<(Fx, Fx)> {
    if delta.is_zero() {
        return (low < place && place < high).then_some((Fx::MIN, Fx::MAX));
    }
    let (near, far) = if delta.is_positive() { (low, high) } else { (high, low) };
    Some(((near - place) / delta, (far - place) / delta))
}

/// The direction of the shortest way out of a box for a center in or next to it.
fn way_out(center: Vec2, min: Vec2, max: Vec2) -> Vec2 {
    let nearest = center.clamp(min, max);
    if nearest != center {
        return (center - nearest).normalize_or(Vec2::Y);
    }
    let (left, right) = (center.x - min.x, max.x - center.x);
    let (below, above) = (center.y - min.y, max.y - center.y);
    if above.min(below) <= left.min(right) {
        return if above <= below { Vec2::Y } else { Vec2::NEG_Y };
    }
    if left == right {
        return Vec2::Y;
    }
    if left < right { Vec2::NEG_X } else { Vec2::X }
}

/// When a moving circle first touches a ramp: its surface, its tall side or its underside.
fn circle_slope(center: Vec2, delta: Vec2, radius: Fx, solid: &Solid) -> Option<Contact> {
    let rises = solid.kind == SolidKind::SlopeUp;
    let (run, rise) = (solid.max.x - solid.min.x, solid.max.y - solid.min.y);
    let normal = Vec2::new(if rises { -rise } else { rise }, run).normalize_or(Vec2::Y);
    let foot = Vec2::new(if rises { solid.min.x } else { solid.max.x }, solid.min.y);
    let before = normal.dot(center - foot).to_fx() - radius;
    let after = normal.dot(center + delta - foot).to_fx() - radius;
    let tall = if rises { solid.max.x } else { solid.min.x };
    let side = circle_box(
        center,
        delta,
        radius,
        Vec2::new(tall, solid.min.y),
        Vec2::new(tall, solid.max.y),
    );
    let floor = circle_box(center, delta, radius, solid.min, Vec2::new(solid.max.x, solid.min.y));
    let surface = (before >= Fx::ZERO && after < Fx::ZERO)
        .then(|| Contact {
            t: (before / (before - after)).clamp(Fx::ZERO, Fx::ONE),
            normal,
        })
        .filter(|contact| {
            // Where the rim touches, not where the middle is: beyond the ends there is no surface, only a corner.
            let x = (center + delta * contact.t - normal * radius).x;
            solid.min.x <= x && x <= solid.max.x
        });
    let sunk = before < Fx::ZERO
        && circle_overlaps_box(center, Fx::ZERO, solid.min, solid.max)
        && normal.dot(delta).to_bits() < 0;
    let surface = if sunk {
        Some(Contact { t: Fx::ZERO, normal })
    } else {
        surface
    };
    [surface, side, floor]
        .into_iter()
        .flatten()
        .min_by_key(|contact| contact.t)
}

/// The first solid that a moving circle touches, with its index; of several at one `t` the lowest index.
///
/// One-way and moving platforms carry players only and are passed.
#[inline]
#[must_use]
pub fn first_solid(arena: &ArenaDef, center: Vec2, delta: Vec2, radius: Fx) -> Option<(usize, Contact)> {
    let reach = Vec2::splat(radius);
    let (low, high) = (center.min(center + delta) - reach, center.max(center + delta) + reach);
    let mut first: Option<(usize, Contact)> = None;
    arena.near_hard(low, high, |index, solid| {
        let apart = high.x < solid.min.x || solid.max.x < low.x || high.y < solid.min.y || solid.max.y < low.y;
        let contact = if apart {
            None
        } else {
            circle_solid(center, delta, radius, solid)
        };
        if let Some(contact) = contact
            && first.is_none_or(|(held, best)| (contact.t, index) < (best.t, held))
        {
            first = Some((index, contact));
        }
    });
    first
}

/// Whether nothing solid stands between two places.
#[must_use]
pub fn is_clear(arena: &ArenaDef, from: Vec2, to: Vec2) -> bool {
    first_solid(arena, from, to - from, Fx::ZERO).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed() -> (Vec2, Vec2) {
        (Vec2::from_ints(10, 10), Vec2::from_ints(12, 12))
    }

    fn sweep(from: (i16, i16), delta: (i16, i16), radius: Fx) -> Option<Contact> {
        let (min, max) = boxed();
        circle_box(
            Vec2::from_ints(from.0, from.1),
            Vec2::from_ints(delta.0, delta.1),
            radius,
            min,
            max,
        )
    }

    #[test]
    fn a_fast_circle_never_passes_through() {
        let contact = sweep((0, 11), (100, 0), Fx::ONE).expect("the box is in the way");
        assert_eq!(
            contact,
            Contact {
                t: Fx::from_ratio(9, 100),
                normal: Vec2::NEG_X
            }
        );
    }

    #[test]
    fn a_face_is_hit_from_every_side_alike() {
        let hit = |from, delta| sweep(from, delta, Fx::HALF).expect("a hit");
        let from_left = hit((5, 11), (10, 0));
        assert_eq!(from_left.t, hit((17, 11), (-10, 0)).t);
        assert_eq!(from_left.t, hit((11, 5), (0, 10)).t);
        assert_eq!(from_left.t, hit((11, 17), (0, -10)).t);
    }

    #[test]
    fn corners_are_round() {
        // The center passes the corner (10, 12) at a distance of 1 on both axes: √2 away, a radius of 1 misses.
        assert_eq!(sweep((6, 10), (6, 6), Fx::ONE), None);
        assert!(sweep((6, 10), (6, 6), Fx::from_ratio(3, 2)).is_some());
    }

    #[test]
    fn what_overlaps_is_pushed_out_but_may_leave() {
        let contact = sweep((9, 11), (1, 0), Fx::from_int(2)).expect("moving in");
        assert_eq!(
            contact,
            Contact {
                t: Fx::ZERO,
                normal: Vec2::NEG_X
            }
        );
        assert_eq!(sweep((9, 11), (-1, 0), Fx::from_int(2)), None);
        assert_eq!(sweep((9, 11), (0, 0), Fx::from_int(2)), None);
    }

    #[test]
    fn a_ramp_stops_from_above_and_at_its_tall_side() {
        let ramp = Solid::new(SolidKind::SlopeUp, (10, 10), (14, 14));
        let hit = |x, y, dx, dy| {
            circle_slope(Vec2::from_ints(x, y), Vec2::from_ints(dx, dy), Fx::ZERO, &ramp).expect("a hit")
        };
        let above = hit(12, 20, 0, -16);
        assert_eq!(above.t, Fx::HALF);
        assert_eq!(above.normal.x, -above.normal.y);
        assert_eq!(
            hit(20, 11, -12, 0),
            Contact {
                t: Fx::HALF,
                normal: Vec2::X
            }
        );
    }
}
