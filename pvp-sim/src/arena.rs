//! Owns the arena: its solids, spawns, validation, and the grid that finds solids near a place.
//! Must not change during a match: moving platforms are a function of the frame.

use crate::math::{Fx, Vec2};
use crate::state::{PLAYER_HALF_HEIGHT, PLAYER_HALF_WIDTH};
use core::fmt;

/// How a solid behaves.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum SolidKind {
    /// Stops everything from all sides.
    Block,
    /// Carries players from above only; projectiles pass.
    OneWay,
    /// A ramp that rises towards +x: its surface runs from the lower left to the upper right corner.
    SlopeUp,
    /// A ramp that falls towards +x: its surface runs from the upper left to the lower right corner.
    SlopeDown,
    /// A one-way platform that swings around its place.
    Moving {
        /// Largest offset from the place, in units.
        reach: Vec2,
        /// Frames of a full swing, at least 2.
        period_frames: u32,
    },
}

/// An axis-aligned solid, in units.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Solid {
    /// Lower left corner.
    pub min: Vec2,
    /// Upper right corner.
    pub max: Vec2,
    /// How it behaves.
    pub kind: SolidKind,
}

impl Solid {
    /// A solid of whole units.
    #[must_use]
    pub const fn new(kind: SolidKind, min: (i16, i16), max: (i16, i16)) -> Solid {
        Solid {
            min: Vec2::from_ints(min.0, min.1),
            max: Vec2::from_ints(max.0, max.1),
            kind,
        }
    }

    /// How far a moving platform stands from its place in `frame`; zero for every other solid.
    ///
    /// The swing is a triangle wave, so its speed is constant between the turning points.
    #[must_use]
    pub fn offset(&self, frame: u32) -> Vec2 {
        let SolidKind::Moving { reach, period_frames } = self.kind else {
            return Vec2::ZERO;
        };
        let half = (period_frames / 2).max(1);
        let phase = frame % (2 * half);
        let rising = if phase <= half { phase } else { 2 * half - phase };
        // −1 to 1 as a ratio of small integers: exact and mirrored.
        let swing = |reach: Fx| reach.mul_ratio(2 * rising as i32 - half as i32, half as i32);
        Vec2::new(swing(reach.x), swing(reach.y))
    }

    /// The corners in `frame`.
    #[must_use]
    pub fn corners(&self, frame: u32) -> (Vec2, Vec2) {
        let offset = self.offset(frame);
        (self.min + offset, self.max + offset)
    }

    /// The height of a ramp's surface at `x`, clamped to its ends; the top of every other solid.
    ///
    /// It is measured from the foot, so that a ramp and its mirror image have the same heights.
    #[must_use]
    pub fn surface(&self, x: Fx) -> Fx {
        let x = x.clamp(self.min.x, self.max.x);
        let from_foot = match self.kind {
            SolidKind::SlopeUp => x - self.min.x,
            SolidKind::SlopeDown => self.max.x - x,
            _ => return self.max.y,
        };
        let (rise, run) = (self.max.y - self.min.y, self.max.x - self.min.x);
        self.min.y + rise.mul_ratio(from_foot.to_bits(), run.to_bits())
    }

    /// Whether players stand on it but pass through from below and the sides.
    #[must_use]
    pub const fn is_one_way(&self) -> bool {
        matches!(self.kind, SolidKind::OneWay | SolidKind::Moving { .. })
    }

    /// Whether it is a ramp.
    #[must_use]
    pub const fn is_slope(&self) -> bool {
        matches!(self.kind, SolidKind::SlopeUp | SolidKind::SlopeDown)
    }
}

/// Why an arena is refused; change the definition.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ArenaError {
    /// More than [`SOLID_COUNT_MAX`] solids.
    TooManySolids {
        /// How many were given.
        count: usize,
    },
    /// A solid has no extent or lies outside the arena.
    BadSolid {
        /// Its place in the list.
        index: usize,
    },
    /// The size is not within 8×8 and 64×64 units.
    BadSize {
        /// Width in units.
        width: i16,
        /// Height in units.
        height: i16,
    },
    /// Fewer than two spawns, or more than 8.
    BadSpawnCount {
        /// How many were given.
        count: usize,
    },
    /// A spawn lies outside the arena, or a player there would reach into a block.
    BadSpawn {
        /// Its place in the list.
        index: usize,
    },
}

impl fmt::Display for ArenaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ArenaError::TooManySolids { count } => write!(f, "{count} solids, at most {SOLID_COUNT_MAX} are allowed"),
            ArenaError::BadSolid { index } => write!(f, "solid {index} is empty or outside the arena"),
            ArenaError::BadSize { width, height } => write!(f, "size {width}x{height} is not within 8x8 and 64x64"),
            ArenaError::BadSpawnCount { count } => write!(f, "{count} spawns, 2 to {SPAWN_COUNT_MAX} are allowed"),
            ArenaError::BadSpawn { index } => write!(
                f,
                "spawn {index} is outside the arena, or a player there reaches into a block"
            ),
        }
    }
}

impl core::error::Error for ArenaError {}

/// The most solids an arena holds.
pub const SOLID_COUNT_MAX: usize = 192;
/// The most spawns an arena holds.
pub const SPAWN_COUNT_MAX: usize = 8;
const ROW_COUNT: usize = 64;
const CELL_SOLIDS: usize = 6;
const NONE: u8 = u8::MAX;

/// A checked arena with its grid. The lower left corner is the origin, y points up.
#[derive(Clone, Debug)]
pub struct ArenaDef {
    width: i16,
    height: i16,
    solids: [Solid; SOLID_COUNT_MAX],
    solid_count: usize,
    moving: [u8; 16],
    moving_count: usize,
    spawns: [Vec2; SPAWN_COUNT_MAX],
    spawn_count: usize,
    /// One bit per 1×1 cell that touches a solid at rest, a row each.
    occupied: [u64; ROW_COUNT],
    /// The same for blocks and ramps only, which stop projectiles.
    hard: [u64; ROW_COUNT],
    /// Indices of the solids of each cell; a full cell overflows into testing all solids.
    cells: [[u8; CELL_SOLIDS]; ROW_COUNT * 64],
    crowded: bool,
}

impl ArenaDef {
    /// An arena of whole units, checked.
    ///
    /// # Errors
    /// [`ArenaError`] names what is wrong and where.
    pub fn new(width: i16, height: i16, solids: &[Solid], spawns: &[Vec2]) -> Result<ArenaDef, ArenaError> {
        if !(8..=64).contains(&width) || !(8..=64).contains(&height) {
            return Err(ArenaError::BadSize { width, height });
        }
        if solids.len() > SOLID_COUNT_MAX {
            return Err(ArenaError::TooManySolids { count: solids.len() });
        }
        if !(2..=SPAWN_COUNT_MAX).contains(&spawns.len()) {
            return Err(ArenaError::BadSpawnCount { count: spawns.len() });
        }
        let mut arena = ArenaDef {
            width,
            height,
            solids: [Solid::new(SolidKind::Block, (0, 0), (0, 0)); SOLID_COUNT_MAX],
            solid_count: solids.len(),
            moving: [0; 16],
            moving_count: 0,
            spawns: [Vec2::ZERO; SPAWN_COUNT_MAX],
            spawn_count: spawns.len(),
            occupied: [0; ROW_COUNT],
            hard: [0; ROW_COUNT],
            cells: [[NONE; CELL_SOLIDS]; ROW_COUNT * 64],
            crowded: false,
        };
        for (index, solid) in solids.iter().enumerate() {
            arena.add(index, *solid)?;
        }
        for (index, spawn) in spawns.iter().enumerate() {
            let half = Vec2::new(PLAYER_HALF_WIDTH, PLAYER_HALF_HEIGHT);
            let (low, high) = (*spawn - half, *spawn + half);
            let inside = |solid: &Solid| {
                let overlaps =
                    low.x < solid.max.x && solid.min.x < high.x && low.y < solid.max.y && solid.min.y < high.y;
                solid.kind == SolidKind::Block && overlaps
            };
            if !arena.contains(*spawn) || solids.iter().any(inside) {
                return Err(ArenaError::BadSpawn { index });
            }
            arena.spawns[index] = *spawn;
        }
        Ok(arena)
    }

    fn add(&mut self, index: usize, solid: Solid) -> Result<(), ArenaError> {
        let bad = ArenaError::BadSolid { index };
        let flat = solid.min.x >= solid.max.x || solid.min.y >= solid.max.y;
        if flat
            || solid.min.x < Fx::ZERO
            || solid.min.y < Fx::ZERO
            || solid.max.x > self.right()
            || solid.max.y > self.top()
        {
            return Err(bad);
        }
        self.solids[index] = solid;
        if let SolidKind::Moving { period_frames, .. } = solid.kind {
            let place = self.moving.get_mut(self.moving_count).ok_or(bad)?;
            if !(2..=36_000).contains(&period_frames) {
                return Err(bad);
            }
            *place = index as u8;
            self.moving_count += 1;
            return Ok(());
        }
        for row in solid.min.y.floor_int()..solid.max.y.ceil_int() {
            for column in solid.min.x.floor_int()..solid.max.x.ceil_int() {
                self.mark(row as usize & 63, column as usize & 63, index as u8);
                if !solid.is_one_way() {
                    self.hard[row as usize & 63] |= 1 << (column & 63);
                }
            }
        }
        Ok(())
    }

    fn mark(&mut self, row: usize, column: usize, index: u8) {
        self.occupied[row] |= 1 << column;
        match self.cells[row * 64 + column].iter_mut().find(|place| **place == NONE) {
            Some(place) => *place = index,
            None => self.crowded = true,
        }
    }

    /// The right edge in units.
    #[must_use]
    pub const fn right(&self) -> Fx {
        Fx::from_int(self.width)
    }

    /// The upper edge in units.
    #[must_use]
    pub const fn top(&self) -> Fx {
        Fx::from_int(self.height)
    }

    /// All solids, in the order they were given.
    #[must_use]
    pub fn solids(&self) -> &[Solid] {
        &self.solids[..self.solid_count]
    }

    /// Where players start, in player order.
    #[must_use]
    pub fn spawns(&self) -> &[Vec2] {
        &self.spawns[..self.spawn_count]
    }

    /// Whether a place lies within the arena's edges.
    #[must_use]
    pub fn contains(&self, place: Vec2) -> bool {
        place.clamp(Vec2::ZERO, Vec2::new(self.right(), self.top())) == place
    }

    /// Calls `visit` for every solid that may touch the box from `low` to `high`, moving platforms included.
    ///
    /// A solid that spans several cells may be visited more than once, always in the same order.
    #[inline]
    pub fn near(&self, low: Vec2, high: Vec2, mut visit: impl FnMut(usize, &Solid)) {
        for index in &self.moving[..self.moving_count] {
            visit(usize::from(*index), &self.solids[usize::from(*index)]);
        }
        self.near_in(&self.occupied, low, high, visit);
    }

    /// Calls `visit` for every block and ramp that may touch the box from `low` to `high`, and perhaps for others.
    ///
    /// A solid that spans several cells may be visited more than once, always in the same order.
    #[inline]
    pub fn near_hard(&self, low: Vec2, high: Vec2, visit: impl FnMut(usize, &Solid)) {
        self.near_in(&self.hard, low, high, visit);
    }

    #[inline]
    fn near_in(&self, rows: &[u64; ROW_COUNT], low: Vec2, high: Vec2, mut visit: impl FnMut(usize, &Solid)) {
        let cell = |place: Fx| place.floor_int().clamp(0, 63);
        let columns = (u64::MAX >> (63 - cell(high.x))) & (u64::MAX << cell(low.x));
        let mut last = NONE;
        let rows = rows
            .iter()
            .enumerate()
            .take(cell(high.y) as usize + 1)
            .skip(cell(low.y) as usize);
        for (row, occupied) in rows {
            let mut hits = occupied & columns;
            if hits != 0 && self.crowded {
                return self
                    .solids()
                    .iter()
                    .enumerate()
                    .for_each(|(index, solid)| visit(index, solid));
            }
            while hits != 0 {
                let column = hits.trailing_zeros() as usize;
                hits &= hits - 1;
                for index in self.cells[row * 64 + column].iter().take_while(|index| **index != NONE) {
                    if *index != last {
                        visit(usize::from(*index), &self.solids[usize::from(*index)]);
                        last = *index;
                    }
                }
            }
        }
    }

    /// One bit per 1×1 cell that touches a block or a ramp, a row each from the bottom.
    #[inline(always)]
    pub(crate) const fn hard_rows(&self) -> &[u64; ROW_COUNT] {
        &self.hard
    }

    /// Whether no solid at rest touches the cells from `low` to `high` and there is no moving platform.
    #[inline]
    #[must_use]
    pub fn is_empty_near(&self, low: Vec2, high: Vec2) -> bool {
        let mut empty = true;
        self.near(low, high, |_, _| empty = false);
        empty
    }

    /// The arena of the first duel: mirrored, two floors of platforms, ramps in the middle, one lift.
    ///
    /// # Panics
    /// Never: the definition is checked by a test.
    #[must_use]
    pub fn forge() -> ArenaDef {
        use SolidKind::{Block, OneWay, SlopeDown, SlopeUp};
        let lift = SolidKind::Moving {
            reach: Vec2::from_ints(0, 4),
            period_frames: 480,
        };
        let solids = [
            Solid::new(Block, (0, 0), (64, 2)),
            Solid::new(Block, (0, 2), (1, 36)),
            Solid::new(Block, (63, 2), (64, 36)),
            Solid::new(Block, (1, 35), (63, 36)),
            Solid::new(Block, (28, 2), (36, 4)),
            Solid::new(SlopeUp, (24, 2), (28, 4)),
            Solid::new(SlopeDown, (36, 2), (40, 4)),
            Solid::new(OneWay, (6, 6), (16, 7)),
            Solid::new(OneWay, (48, 6), (58, 7)),
            Solid::new(OneWay, (25, 9), (39, 10)),
            Solid::new(OneWay, (11, 13), (21, 14)),
            Solid::new(OneWay, (43, 13), (53, 14)),
            Solid::new(Block, (1, 18), (6, 19)),
            Solid::new(Block, (58, 18), (63, 19)),
            Solid::new(OneWay, (26, 18), (38, 19)),
            Solid::new(lift, (21, 10), (24, 11)),
            Solid::new(lift, (40, 10), (43, 11)),
        ];
        let spawns = [
            (10, 3),
            (54, 3),
            (10, 8),
            (54, 8),
            (15, 15),
            (49, 15),
            (30, 11),
            (34, 11),
        ];
        let spawns = spawns.map(|(x, y)| Vec2::from_ints(x, y));
        ArenaDef::new(64, 36, &solids, &spawns).expect("the built-in arena is valid")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_arena_is_mirrored() {
        let arena = ArenaDef::forge();
        let mirrored = |solid: &Solid| {
            let (min, max) = (arena.right() - solid.max.x, arena.right() - solid.min.x);
            let kind = match solid.kind {
                SolidKind::SlopeUp => SolidKind::SlopeDown,
                SolidKind::SlopeDown => SolidKind::SlopeUp,
                kind => kind,
            };
            Solid {
                min: solid.min.with_x(min),
                max: solid.max.with_x(max),
                kind,
            }
        };
        for solid in arena.solids() {
            assert!(
                arena.solids().contains(&mirrored(solid)),
                "{solid:?} has no mirror image"
            );
        }
    }

    #[test]
    fn faults_are_named() {
        let floor = Solid::new(SolidKind::Block, (0, 0), (64, 2));
        let spawns = [Vec2::from_ints(5, 5), Vec2::from_ints(50, 5)];
        let error = |solids: &[Solid], spawns: &[Vec2]| ArenaDef::new(64, 36, solids, spawns).err();
        assert_eq!(error(&[floor], &spawns), None);
        assert_eq!(
            error(&[floor; 193], &spawns),
            Some(ArenaError::TooManySolids { count: 193 })
        );
        let empty = Solid::new(SolidKind::Block, (4, 4), (4, 8));
        assert_eq!(error(&[floor, empty], &spawns), Some(ArenaError::BadSolid { index: 1 }));
        assert_eq!(
            error(&[floor], &spawns[..1]),
            Some(ArenaError::BadSpawnCount { count: 1 })
        );
        for y in [1, 2] {
            let buried = [spawns[0], Vec2::from_ints(9, y)];
            assert_eq!(error(&[floor], &buried), Some(ArenaError::BadSpawn { index: 1 }));
        }
        assert_eq!(
            ArenaDef::new(65, 36, &[], &spawns).err(),
            Some(ArenaError::BadSize { width: 65, height: 36 })
        );
    }

    #[test]
    fn a_platform_swings_between_its_turning_points() {
        let kind = SolidKind::Moving {
            reach: Vec2::from_ints(3, 0),
            period_frames: 100,
        };
        let platform = Solid::new(kind, (10, 10), (14, 11));
        assert_eq!(platform.offset(0), Vec2::from_ints(-3, 0));
        assert_eq!(platform.offset(25), Vec2::ZERO);
        assert_eq!(platform.offset(50), Vec2::from_ints(3, 0));
        assert_eq!(platform.offset(100), platform.offset(0));
    }
}
