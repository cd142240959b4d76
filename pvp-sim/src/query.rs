//! Owns the questions that bots, aim lines, sounds and rules of one's own ask about a state: ray, circle cast, overlap.
//! Must not change anything; `step` does not need it.

use crate::arena::{ArenaDef, Solid, SolidKind};
use crate::input::PlayerId;
use crate::math::{Fx, Vec2};
use crate::state::{MatchState, PLAYER_HALF_HEIGHT, PLAYER_HALF_WIDTH};
use crate::sweep::{self, Contact};
use core::ops::BitOr;

/// What a query looks for; combine layers with `|`.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Layers(u8);

impl Layers {
    /// Nothing.
    pub const NONE: Layers = Layers(0);
    /// Blocks and ramps, which stop everything.
    pub const SOLIDS: Layers = Layers(1);
    /// One-way and moving platforms; casts touch their top from above, overlaps their whole box.
    pub const PLATFORMS: Layers = Layers(2);
    /// Living players, as boxes.
    pub const PLAYERS: Layers = Layers(4);
    /// Projectiles in flight, as circles.
    pub const PROJECTILES: Layers = Layers(8);
    /// Everything.
    pub const ALL: Layers = Layers(15);

    /// Whether all of `layers` are in.
    #[must_use]
    pub const fn contains(self, layers: Layers) -> bool {
        self.0 & layers.0 == layers.0
    }
}

impl BitOr for Layers {
    type Output = Layers;
    fn bitor(self, rhs: Layers) -> Layers {
        Layers(self.0 | rhs.0)
    }
}

/// What a query found. Of several at the same distance the first in this order comes first.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Target {
    /// A solid, by its place in [`ArenaDef::solids`].
    Solid(u32),
    /// A player.
    Player(PlayerId),
    /// A projectile, by its place in the pool.
    Projectile(u32),
}

/// One thing that a cast touches.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct QueryHit {
    /// What was touched.
    pub target: Target,
    /// Share of the movement done at the contact, 0 to 1.
    pub t: Fx,
    /// Middle of the cast circle at the contact, in units.
    pub position: Vec2,
    /// Unit normal at the contact, pointing from what was touched to what was cast.
    pub normal: Vec2,
}

/// A question about one state: which layers count, and who is left out.
///
/// ```
/// use pvp_sim::{DuelState, Fx, Layers, MatchDef, PlayerId, Query, Target, Vec2};
///
/// let def = MatchDef::duel(7);
/// let state = DuelState::new(&def);
/// let eyes = Query::new(&def.arena, &state)
///     .layers(Layers::SOLIDS | Layers::PLAYERS)
///     .ignoring(PlayerId(0));
///
/// // Player 0 at (10, 3) looks to the right: a ramp hides player 1 at (54, 3).
/// let seen = eyes.ray(Vec2::from_ints(10, 3), Vec2::from_ints(60, 0)).unwrap();
/// assert!(matches!(seen.target, Target::Solid(_)));
///
/// let mut near = 0;
/// eyes.overlap_circle(Vec2::from_ints(54, 4), Fx::TWO, |target| {
///     near += u32::from(target == Target::Player(PlayerId(1)));
/// });
/// assert_eq!(near, 1);
/// ```
#[derive(Debug)]
pub struct Query<'a, S> {
    arena: &'a ArenaDef,
    state: &'a S,
    layers: Layers,
    /// One bit per player.
    ignored: u32,
}

impl<S> Clone for Query<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for Query<'_, S> {}

impl<'a, S: MatchState> Query<'a, S> {
    /// A question about everything.
    #[must_use]
    pub const fn new(arena: &'a ArenaDef, state: &'a S) -> Query<'a, S> {
        Query {
            arena,
            state,
            layers: Layers::ALL,
            ignored: 0,
        }
    }

    /// The same question about these layers only.
    #[must_use]
    pub const fn layers(self, layers: Layers) -> Query<'a, S> {
        Query { layers, ..self }
    }

    /// The same question without a player and the projectiles that the player sent.
    #[must_use]
    pub const fn ignoring(self, player: PlayerId) -> Query<'a, S> {
        Query {
            ignored: self.ignored | 1 << (player.0 & 31),
            ..self
        }
    }

    /// The first thing on the way from `from` to `from + delta`; it is [`Query::cast_circle`] with a radius of 0.
    #[must_use]
    pub fn ray(&self, from: Vec2, delta: Vec2) -> Option<QueryHit> {
        self.cast_circle(from, delta, Fx::ZERO)
    }

    /// The first thing that a circle touches when it moves by `delta`; of several at one `t` the lowest [`Target`].
    ///
    /// What overlaps the circle from the start is touched at `t` 0, unless the circle moves away from it.
    #[must_use]
    pub fn cast_circle(&self, from: Vec2, delta: Vec2, radius: Fx) -> Option<QueryHit> {
        let mut first = [None];
        self.cast_circle_all(from, delta, radius, &mut first);
        first[0]
    }

    /// The nearest things that a circle touches when it moves by `delta`, each once, in the order of (`t`, target).
    ///
    /// Nothing stops the circle: who wants a shot that ends in a wall takes the hits up to the first solid.
    /// Fills `hits` from the front, returns how many there are; farther ones than fit are left out.
    pub fn cast_circle_all(&self, from: Vec2, delta: Vec2, radius: Fx, hits: &mut [Option<QueryHit>]) -> usize {
        hits.fill(None);
        let reach = Vec2::splat(radius);
        let (low, high) = (from.min(from + delta) - reach, from.max(from + delta) + reach);
        self.solids_near(low, high, |index, solid| {
            if let Some(contact) = cast_at_solid(from, delta, radius, solid) {
                insert(hits, Target::Solid(index), contact, from, delta);
            }
        });
        self.players(|player, min, max| {
            if let Some(contact) = sweep::circle_box(from, delta, radius, min, max) {
                insert(hits, Target::Player(player), contact, from, delta);
            }
        });
        self.projectiles(|place, middle, size| {
            if let Some(contact) = sweep::circle_circle(from, delta, radius, middle, size) {
                insert(hits, Target::Projectile(place), contact, from, delta);
            }
        });
        hits.iter().take_while(|hit| hit.is_some()).count()
    }

    /// Calls `visit` for everything that overlaps a circle, in the order of [`Target`]; touching does not count.
    pub fn overlap_circle(&self, center: Vec2, radius: Fx, mut visit: impl FnMut(Target)) {
        let reach = Vec2::splat(radius);
        self.solids_once(center - reach, center + reach, |index, solid| {
            if sweep::circle_overlaps_solid(center, radius, solid) {
                visit(Target::Solid(index));
            }
        });
        self.players(|player, min, max| {
            if sweep::circle_overlaps_box(center, radius, min, max) {
                visit(Target::Player(player));
            }
        });
        self.projectiles(|place, middle, size| {
            if center.distance_squared(middle) < (radius + size).squared() {
                visit(Target::Projectile(place));
            }
        });
    }

    /// Calls `visit` for everything that overlaps a box, in the order of [`Target`]; touching does not count.
    ///
    /// A ramp counts with its box.
    pub fn overlap_box(&self, min: Vec2, max: Vec2, mut visit: impl FnMut(Target)) {
        let overlaps = |low: Vec2, high: Vec2| min.x < high.x && low.x < max.x && min.y < high.y && low.y < max.y;
        self.solids_once(min, max, |index, solid| {
            if overlaps(solid.min, solid.max) {
                visit(Target::Solid(index));
            }
        });
        self.players(|player, low, high| {
            if overlaps(low, high) {
                visit(Target::Player(player));
            }
        });
        self.projectiles(|place, middle, size| {
            if sweep::circle_overlaps_box(middle, size, min, max) {
                visit(Target::Projectile(place));
            }
        });
    }

    /// The solids of the wanted layers near a box, where they stand in this frame; some more than once.
    fn solids_near(&self, low: Vec2, high: Vec2, mut visit: impl FnMut(u32, &Solid)) {
        let frame = self.state.frame().0;
        self.arena.near(low, high, |index, solid| {
            let layer = if solid.is_one_way() {
                Layers::PLATFORMS
            } else {
                Layers::SOLIDS
            };
            if self.layers.contains(layer) {
                let (min, max) = solid.corners(frame);
                let kind = solid.kind;
                visit(index as u32, &Solid { min, max, kind });
            }
        });
    }

    /// The same, each once and in the order of their places.
    fn solids_once(&self, low: Vec2, high: Vec2, mut visit: impl FnMut(u32, &Solid)) {
        let mut found = [0_u64; crate::SOLID_COUNT_MAX / 64];
        self.solids_near(low, high, |index, _| found[index as usize / 64] |= 1 << (index % 64));
        let frame = self.state.frame().0;
        for (index, solid) in (0_u32..).zip(self.arena.solids()) {
            if found[index as usize / 64] >> (index % 64) & 1 == 1 {
                let (min, max) = solid.corners(frame);
                let kind = solid.kind;
                visit(index, &Solid { min, max, kind });
            }
        }
    }

    fn counts(&self, player: PlayerId) -> bool {
        self.ignored >> (player.0 & 31) & 1 == 0
    }

    fn players(&self, mut visit: impl FnMut(PlayerId, Vec2, Vec2)) {
        if !self.layers.contains(Layers::PLAYERS) {
            return;
        }
        let half = Vec2::new(PLAYER_HALF_WIDTH, PLAYER_HALF_HEIGHT);
        for (number, player) in (0_u8..).zip(self.state.players()) {
            if player.is_alive() && self.counts(PlayerId(number)) {
                visit(PlayerId(number), player.position - half, player.position + half);
            }
        }
    }

    fn projectiles(&self, mut visit: impl FnMut(u32, Vec2, Fx)) {
        if !self.layers.contains(Layers::PROJECTILES) {
            return;
        }
        for (place, projectile) in self.state.projectiles() {
            if self.counts(projectile.owner()) {
                let size = self.state.projectile_weapon(projectile).radius();
                visit(place as u32, projectile.position, size);
            }
        }
    }
}

fn cast_at_solid(from: Vec2, delta: Vec2, radius: Fx, solid: &Solid) -> Option<Contact> {
    match solid.kind {
        SolidKind::OneWay | SolidKind::Moving { .. } => {
            let from_above = from.y >= solid.max.y && delta.y.is_negative();
            sweep::circle_box(from, delta, radius, solid.min, solid.max).filter(|_| from_above)
        }
        _ => sweep::circle_solid(from, delta, radius, solid),
    }
}

/// Puts a hit where it belongs among those found so far; a target that is there already stays where it is.
fn insert(hits: &mut [Option<QueryHit>], target: Target, contact: Contact, from: Vec2, delta: Vec2) {
    let comes_later = |held: &Option<QueryHit>| held.is_none_or(|held| (held.t, held.target) > (contact.t, target));
    if hits.iter().flatten().any(|held| held.target == target) {
        return;
    }
    let Some(place) = hits.iter().position(comes_later) else {
        return;
    };
    hits[place..].rotate_right(1);
    hits[place] = Some(QueryHit {
        target,
        t: contact.t,
        position: from + delta * contact.t,
        normal: contact.normal,
    });
}
