//! Owns the two scenes, and what an engine must be able to do to take part.
//!
//! Everything is drawn from one seed in integers; an engine converts to its own numbers.

use pvp_sim::Rng;

/// What both engines simulate: an arena of 64 × 36 units with boxes, players and bouncing projectiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scene {
    /// The letter in the report.
    pub name: &'static str,
    /// Players: bodies of radius 1/2, driven by random inputs.
    pub players: usize,
    /// Projectiles: bodies of radius 1/10, fired again after 180 frames.
    pub projectiles: usize,
    /// Boxes that do not move, besides the four walls.
    pub boxes: usize,
}

/// The duel.
pub const SCENE_A: Scene = Scene {
    name: "A",
    players: 2,
    projectiles: 64,
    boxes: 32,
};
/// The swarm.
pub const SCENE_B: Scene = Scene {
    name: "B",
    players: 8,
    projectiles: 1_000,
    boxes: 128,
};

/// The width of the arena in units.
pub const WIDTH: i16 = 64;
/// The height of the arena in units.
pub const HEIGHT: i16 = 36;
/// A projectile is fired again after this many frames.
pub const LIFETIME_FRAMES: u32 = 180;

/// A box that does not move: its center and half extents, in quarter units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticBox {
    /// The center.
    pub center: (i16, i16),
    /// Half the width and half the height.
    pub half: (i16, i16),
}

/// A shot: where from (quarter units) and how fast (1/64 unit per second).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shot {
    /// Where it starts.
    pub position: (i16, i16),
    /// How fast it starts, 10 to 40 units per second in a random direction.
    pub velocity: (i32, i32),
}

impl Scene {
    /// The boxes on a grid with a free row below and above each, so that no player is walled in.
    #[must_use]
    pub fn boxes(&self) -> Vec<StaticBox> {
        let mut rng = Rng::keyed(1, 0, 0, 0);
        let columns = if self.boxes > 64 { 16 } else { 8 };
        let cell = (WIDTH * 4 / columns, HEIGHT * 4 / (self.boxes as i16 / columns + 1));
        let place = |index: usize| {
            let (column, row) = (index as i16 % columns, index as i16 / columns);
            let wobble = rng.range(-2, 2) as i16;
            let half = (rng.range(2, i32::from(cell.0) / 3) as i16, rng.range(1, 2) as i16);
            StaticBox {
                center: (column * cell.0 + cell.0 / 2, (row + 1) * cell.1 + wobble),
                half,
            }
        };
        (0..self.boxes).map(place).collect()
    }

    /// Where and how projectile `index` is fired in `frame`.
    #[must_use]
    pub fn shot(&self, index: usize, frame: u32) -> Shot {
        let mut rng = Rng::keyed(2, frame, index as u32, 0);
        let boxes = self.boxes.min(8);
        let angle = rng.angle();
        let speed = rng.range(10 * 64, 40 * 64);
        let (sin, cos) = angle.sin_cos();
        // Between two rows of boxes: the bottom row starts one cell up.
        let x = rng.range(8, i32::from(WIDTH) * 4 - 8) as i16;
        let y = rng.range(3, 6 + boxes as i32 / 4) as i16;
        Shot {
            position: (x, y),
            velocity: ((cos * speed).round_int(), (sin.abs() * speed).round_int()),
        }
    }

    /// The buttons of `player` in `frame`: left, right and jump in bits 0, 1 and 2, held for 16 frames.
    #[must_use]
    pub fn buttons(&self, player: usize, frame: u32) -> u8 {
        (pvp_sim::rng::hash(3, frame / 16, player as u32, 0) & 7) as u8
    }
}

/// An engine that runs a scene.
pub trait Engine {
    /// A saved world.
    type Snapshot;

    /// Whether the measured rollback takes a checksum of each frame.
    const CHECKSUM_IN_ROLLBACK: bool;

    /// One frame: inputs, shots that are due, physics.
    fn step(&mut self);
    /// Keeps the whole world.
    fn save(&self) -> Self::Snapshot;
    /// Goes back to a saved world.
    fn restore(&mut self, snapshot: &Self::Snapshot);
    /// A digest of the whole world.
    fn checksum(&self) -> u64;
    /// The size of the world as bytes for the wire.
    fn snapshot_bytes(&self) -> usize;
    /// How many projectiles are inside the arena: all of them, unless something tunneled.
    fn projectiles_inside(&self) -> usize;
}
