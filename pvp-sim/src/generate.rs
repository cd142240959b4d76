//! Owns arenas drawn from a seed: mirrored, with every platform within a jump of the one below.
//! Must not check what `ArenaDef::new` checks, and must not use anything but integers and the seed.

use crate::arena::{ArenaDef, SPAWN_COUNT_MAX, Solid, SolidKind};
use crate::math::{Fx, Vec2};
use crate::rng::Rng;

const WIDTH: i16 = 64;
const HEIGHT: i16 = 36;
const FLOOR: i16 = 2;
/// The lowest ceiling above a platform, in units.
const HEADROOM: i16 = 5;
/// A jump with the usual physics rises a little over 5 units.
const RISE_MAX: i16 = 5;
/// A jump to the same height carries about 9 units; less is left when it also rises.
const GAP_MAX: i16 = 4;
const SOLIDS_MAX: usize = 48;
/// Sets the draws for arenas apart from all others of a seed.
const PURPOSE: u32 = 0x6172_656e;

impl ArenaDef {
    /// The arena of a seed: 64 by 36 units, mirrored left and right, with four pairs of spawns.
    ///
    /// Every spawn can be reached from every other one, see [`ArenaDef::spawns_are_connected`].
    ///
    /// # Panics
    /// Never: a draft that is not valid or not connected is drawn again, and the last resort is [`ArenaDef::forge`].
    #[must_use]
    pub fn generate(seed: u64) -> ArenaDef {
        let attempts = (0..16).map(|attempt| Draft::new(Rng::keyed(seed, attempt, 0, PURPOSE)));
        let mut arenas = attempts.filter_map(|draft| ArenaDef::new(WIDTH, HEIGHT, draft.solids(), &draft.spawns).ok());
        arenas
            .find(ArenaDef::spawns_are_connected)
            .unwrap_or_else(ArenaDef::forge)
    }

    /// Whether a player can run, jump and drop from every spawn to every other one.
    ///
    /// It looks at the upper sides of solids: one leads to another that is not more than 5 units higher
    /// and not more than 4 units further to the side; falling has no limit.
    #[must_use]
    pub fn spawns_are_connected(&self) -> bool {
        let below = |spawn: &Vec2| {
            let carries = |(_, solid): &(usize, &Solid)| solid.min.x <= spawn.x && spawn.x <= solid.max.x;
            let under = self
                .solids()
                .iter()
                .enumerate()
                .filter(carries)
                .filter(|(_, solid)| solid.max.y <= spawn.y);
            under.max_by_key(|(_, solid)| solid.max.y).map(|(index, _)| index)
        };
        self.spawns().iter().all(|from| {
            let Some(start) = below(from) else { return false };
            let reached = self.reachable(start);
            self.spawns()
                .iter()
                .all(|to| below(to).is_some_and(|index| reached[index]))
        })
    }

    /// Which solids' upper sides can be reached from one of them.
    fn reachable(&self, start: usize) -> [bool; crate::SOLID_COUNT_MAX] {
        let mut reached = [false; crate::SOLID_COUNT_MAX];
        reached[start] = true;
        // Each pass reaches at least one more solid, or it is the last.
        for _ in 0..self.solids().len() {
            let before = reached;
            for (index, solid) in self.solids().iter().enumerate() {
                let leads_here = |(from, other): (usize, &Solid)| before[from] && leads(other, solid);
                reached[index] |= self.solids().iter().enumerate().any(leads_here);
            }
            if reached == before {
                break;
            }
        }
        reached
    }
}

/// Whether a player on top of `from` gets onto `to`.
fn leads(from: &Solid, to: &Solid) -> bool {
    let gap = (to.min.x - from.max.x).max(from.min.x - to.max.x);
    gap <= Fx::from_int(GAP_MAX) && to.max.y - from.max.y <= Fx::from_int(RISE_MAX)
}

/// An arena being drawn; everything is added together with its mirror image.
struct Draft {
    solids: [Solid; SOLIDS_MAX],
    count: usize,
    spawns: [Vec2; SPAWN_COUNT_MAX],
    spawn_count: usize,
}

impl Draft {
    fn new(mut rng: Rng) -> Draft {
        let mut draft = Draft {
            solids: [Solid::new(SolidKind::Block, (0, 0), (0, 0)); SOLIDS_MAX],
            count: 0,
            spawns: [Vec2::ZERO; SPAWN_COUNT_MAX],
            spawn_count: 0,
        };
        draft.add(SolidKind::Block, (0, 0), (WIDTH, FLOOR));
        draft.add(SolidKind::Block, (0, HEIGHT - 1), (WIDTH, HEIGHT));
        draft.add(SolidKind::Block, (0, FLOOR), (1, HEIGHT - 1));
        draft.floor_feature(&mut rng);
        draft.platforms(&mut rng);
        draft.lift(&mut rng);
        for x in [8, 4, 12, 6] {
            draft.spawn(x, FLOOR);
        }
        draft
    }

    fn solids(&self) -> &[Solid] {
        &self.solids[..self.count]
    }

    /// Adds a solid of the left half and its mirror image; one that reaches the middle becomes one piece with it.
    fn add(&mut self, kind: SolidKind, min: (i16, i16), max: (i16, i16)) {
        if max.0 >= WIDTH / 2 {
            self.push(Solid::new(kind, min, (WIDTH - min.0, max.1)));
            return;
        }
        self.push(Solid::new(kind, min, max));
        let mirrored = match kind {
            SolidKind::SlopeUp => SolidKind::SlopeDown,
            SolidKind::SlopeDown => SolidKind::SlopeUp,
            SolidKind::Moving { reach, period_frames } => SolidKind::Moving {
                reach: reach.with_x(-reach.x),
                period_frames,
            },
            kind => kind,
        };
        self.push(Solid::new(mirrored, (WIDTH - max.0, min.1), (WIDTH - min.0, max.1)));
    }

    fn push(&mut self, solid: Solid) {
        if let Some(place) = self.solids.get_mut(self.count) {
            *place = solid;
            self.count += 1;
        }
    }

    /// A pair of spawns on top of something, as long as there is room in the list.
    fn spawn(&mut self, x: i16, top: i16) {
        if let Some([left, right]) = self.spawns[self.spawn_count..].first_chunk_mut() {
            *left = Vec2::from_ints(x, top + 1);
            *right = Vec2::from_ints(WIDTH - x, top + 1);
            self.spawn_count += 2;
        }
    }

    /// Nothing, a hill with ramps in the middle, or a pair of pillars.
    fn floor_feature(&mut self, rng: &mut Rng) {
        let rise = rng.range(1, 2) as i16;
        match rng.below(3) {
            0 => {}
            1 => {
                let edge = rng.range(24, 29) as i16;
                self.add(SolidKind::SlopeUp, (edge - 2 * rise, FLOOR), (edge, FLOOR + rise));
                self.add(SolidKind::Block, (edge, FLOOR), (WIDTH / 2, FLOOR + rise));
            }
            _ => {
                let left = rng.range(15, 26) as i16;
                self.add(SolidKind::Block, (left, FLOOR), (left + 2, FLOOR + rise + 1));
            }
        }
    }

    /// Layers of one or two platforms, each within a jump of one in the layer below.
    fn platforms(&mut self, rng: &mut Rng) {
        let mut below = [(1, WIDTH / 2); 2];
        let mut top = FLOOR;
        loop {
            top += rng.range(4, RISE_MAX.into()) as i16;
            if top > HEIGHT - 1 - HEADROOM {
                return;
            }
            let mut layer = below;
            for place in 0..=rng.below(2) as usize {
                let (left, right) = below[rng.below(2) as usize];
                let width = rng.range(4, 11) as i16;
                let from = rng.range(
                    (left - GAP_MAX - width).max(1).into(),
                    (right + GAP_MAX).min(31 - width).into(),
                );
                let from = (from as i16).clamp(1, 31 - width);
                // What nearly reaches the middle joins its mirror image.
                let to = if from + width > 29 { WIDTH / 2 } else { from + width };
                self.add(SolidKind::OneWay, (from, top - 1), (to, top));
                self.spawn(from + 2, top);
                layer[place] = (from, to);
                if place == 0 {
                    layer[1] = layer[0];
                }
            }
            below = layer;
        }
    }

    /// Sometimes a lift, which only shortens ways.
    fn lift(&mut self, rng: &mut Rng) {
        if rng.chance(1, 2) {
            let (left, bottom, reach) = (rng.range(2, 26) as i16, rng.range(8, 16) as i16, rng.range(2, 4) as i16);
            let period_frames = 60 * rng.range(4, 9).cast_unsigned();
            let kind = SolidKind::Moving {
                reach: Vec2::from_ints(0, reach),
                period_frames,
            };
            self.add(kind, (left, bottom), (left + 3, bottom + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mirrored(solid: &Solid) -> Solid {
        let width = Fx::from_int(WIDTH);
        let kind = match solid.kind {
            SolidKind::SlopeUp => SolidKind::SlopeDown,
            SolidKind::SlopeDown => SolidKind::SlopeUp,
            kind => kind,
        };
        let (min, max) = (
            solid.min.with_x(width - solid.max.x),
            solid.max.with_x(width - solid.min.x),
        );
        Solid { min, max, kind }
    }

    #[test]
    fn a_thousand_arenas_are_mirrored_connected_and_different() {
        let mut hashes = std::vec::Vec::new();
        let mut platforms = 0;
        for seed in 0..1_000 {
            let arena = ArenaDef::generate(seed);
            assert!(arena.spawns_are_connected(), "seed {seed}");
            assert_eq!(arena.spawns().len(), SPAWN_COUNT_MAX, "seed {seed}");
            for solid in arena.solids() {
                assert!(
                    arena.solids().contains(&mirrored(solid)),
                    "seed {seed}: {solid:?} has no mirror image"
                );
            }
            for pair in arena.spawns().chunks(2) {
                assert_eq!(pair[0].with_x(Fx::from_int(WIDTH) - pair[0].x), pair[1], "seed {seed}");
            }
            platforms += arena
                .solids()
                .iter()
                .filter(|solid| solid.kind == SolidKind::OneWay)
                .count();
            let mut def = crate::MatchDef::duel(seed);
            def.arena = arena;
            hashes.push(def.ruleset_hash());
        }
        assert!(platforms > 6_000, "{platforms} platforms in a thousand arenas");
        hashes.sort_unstable();
        hashes.dedup();
        assert!(hashes.len() > 990, "{} different arenas", hashes.len());
    }

    #[test]
    fn the_last_resort_is_seldom() {
        let forge = ArenaDef::forge();
        let resorts = (0..300)
            .filter(|seed| ArenaDef::generate(*seed).solids() == forge.solids())
            .count();
        assert_eq!(resorts, 0);
    }

    #[test]
    fn a_spawn_on_a_tower_is_not_connected() {
        let floor = Solid::new(SolidKind::Block, (0, 0), (64, 1));
        let tower = Solid::new(SolidKind::Block, (40, 1), (44, 12));
        let spawns = [Vec2::from_ints(4, 2), Vec2::from_ints(42, 13)];
        let arena = ArenaDef::new(64, 36, &[floor, tower], &spawns).expect("valid");
        assert!(!arena.spawns_are_connected());
        let step = Solid::new(SolidKind::OneWay, (36, 6), (39, 7));
        let stairs = Solid::new(SolidKind::OneWay, (46, 4), (49, 5));
        let arena = ArenaDef::new(64, 36, &[floor, tower, stairs, step], &spawns).expect("valid");
        assert!(
            !arena.spawns_are_connected(),
            "7 is not within a jump of 1, nor 12 of 5"
        );
        let stairs = Solid::new(SolidKind::OneWay, (36, 4), (39, 5));
        let step = Solid::new(SolidKind::OneWay, (46, 7), (49, 8));
        let arena = ArenaDef::new(64, 36, &[floor, tower, stairs, step], &spawns).expect("valid");
        assert!(!arena.spawns_are_connected(), "the steps are on two sides of the tower");
    }
}
