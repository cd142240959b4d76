//! Owns the two load scenes that speed is measured on: the duel A and the swarm B.
//!
//! Everything is drawn from fixed seeds in integers, so that another engine can be given the same work.

use super::play::{Inputs, Play, endless};
use crate::archetype::Archetype;
use crate::arena::{ArenaDef, Solid, SolidKind};
use crate::def::MatchDef;
use crate::math::{Fx, Vec2};
use crate::rng::{Rng, hash};
use crate::state::{DuelState, MatchState, PackedWeapon, Projectile, SwarmState};
use crate::weapon::{WeaponDef, WeaponSpec};

/// An arena with boxes, players who run and jump, and projectiles that bounce and are fired again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// The letter in reports.
    pub name: &'static str,
    /// Players, driven by random buttons.
    pub players: usize,
    /// Projectiles, always in flight.
    pub projectiles: usize,
    /// Boxes that do not move, besides the four walls.
    pub boxes: usize,
}

impl Load {
    /// The duel.
    pub const A: Load = Load {
        name: "A",
        players: 2,
        projectiles: 64,
        boxes: 32,
    };
    /// The swarm.
    pub const B: Load = Load {
        name: "B",
        players: 8,
        projectiles: 1_000,
        boxes: 128,
    };

    /// The size of the arena in units, walls of one unit included.
    pub const SIZE: (i16, i16) = (64, 36);
    /// A projectile is fired again after this many frames.
    pub const LIFETIME_FRAMES: u32 = 180;
    /// Pull of the scene: 30 units per second squared.
    pub const GRAVITY: Fx = Fx::from_ratio(30, 3_600);

    /// Lower left and upper right corner of box `index`, in quarter units; the four walls follow the boxes.
    ///
    /// The boxes stand on a grid, with a free row below them where the shots start.
    #[must_use]
    pub const fn corners(&self, index: usize) -> [(i16, i16); 2] {
        let (width, height) = (Load::SIZE.0 * 4, Load::SIZE.1 * 4);
        match index.wrapping_sub(self.boxes) {
            0 => return [(0, 0), (width, 4)],
            1 => return [(0, height - 4), (width, height)],
            2 => return [(0, 4), (4, height - 4)],
            3 => return [(width - 4, 4), (width, height - 4)],
            _ => {}
        }
        let mut rng = Rng::keyed(1, 0, index as u32, 0);
        let columns = if self.boxes > 64 { 16 } else { 8 };
        let rows = self.boxes as i16 / columns;
        let (cell_width, cell_height) = ((width - 8) / columns, (height - 8) / (rows + 1));
        let (column, row) = (index as i16 % columns, index as i16 / columns);
        let half_width = rng.range(2, cell_width as i32 / 3) as i16;
        let half_height = rng.range(1, 2) as i16;
        let x = 4 + column * cell_width + cell_width / 2;
        let y = 4 + (row + 1) * cell_height + rng.range(-2, 2) as i16;
        [(x - half_width, y - half_height), (x + half_width, y + half_height)]
    }

    /// How many solids there are: boxes and walls.
    #[must_use]
    pub const fn solid_count(&self) -> usize {
        self.boxes + 4
    }

    /// Where and how projectile `index` is fired in `frame`: units, units per frame (10 to 40 units per second, upwards).
    #[must_use]
    pub fn shot(&self, index: usize, frame: u32) -> (Vec2, Vec2) {
        let mut rng = Rng::keyed(2, frame, index as u32, 0);
        let x = rng.range(8, i32::from(Load::SIZE.0) * 4 - 8);
        let y = rng.range(7, 10);
        let speed = Fx::from_ratio(rng.range(10 * 64, 40 * 64), 64 * 60);
        let direction = Vec2::from_angle(rng.angle());
        (
            Vec2::new(Fx::from_ratio(x, 4), Fx::from_ratio(y, 4)),
            direction.with_y(direction.y.abs()) * speed,
        )
    }

    /// The buttons of `player` in `frame`: left, right and jump, held for 16 frames.
    #[must_use]
    pub fn buttons(&self, player: usize, frame: u32) -> u8 {
        (hash(3, frame / 16, player as u32, 0) & 7) as u8
    }

    /// Where `player` starts, in units.
    #[must_use]
    pub fn spawn(&self, player: usize) -> Vec2 {
        let x = Fx::from_ratio(
            (2 * player as i32 + 1) * i32::from(Load::SIZE.0),
            2 * self.players as i32,
        );
        Vec2::new(x, Fx::from_ratio(9, 4))
    }

    fn def(&self) -> MatchDef {
        let quarters = |(x, y): (i16, i16)| Vec2::from_ints(x, y) / 4;
        let mut solids = [Solid::new(SolidKind::Block, (0, 0), (1, 1)); 132];
        for (index, solid) in solids.iter_mut().enumerate().take(self.solid_count()) {
            let [min, max] = self.corners(index).map(quarters);
            *solid = Solid { min, max, ..*solid };
        }
        let spawns: [Vec2; 8] = core::array::from_fn(|player| self.spawn(player));
        let solids = &solids[..self.solid_count()];
        let arena = ArenaDef::new(Load::SIZE.0, Load::SIZE.1, solids, &spawns[..self.players]);
        let mut def = endless(1);
        def.arena = arena.expect("the scene is a valid arena");
        def.physics.gravity = Load::GRAVITY;
        def.rules.health = i32::MAX / 2;
        def.rules.round_frames = u32::MAX;
        def
    }
}

/// A load scene in this engine.
#[derive(Clone, Debug)]
pub struct LoadPlay<S> {
    /// What is played.
    pub load: Load,
    /// The match; its public fields are what a session would hold.
    pub play: Play<S>,
}

/// Scene A.
#[must_use]
pub fn scene_a() -> LoadPlay<DuelState> {
    let def = Load::A.def();
    let state = DuelState::new(&def);
    LoadPlay::new(Load::A, Play::new(def, state))
}

/// Scene B.
#[must_use]
pub fn scene_b() -> LoadPlay<SwarmState> {
    let def = Load::B.def();
    let state = SwarmState::new(&def);
    LoadPlay::new(Load::B, Play::new(def, state))
}

impl<S: MatchState> LoadPlay<S> {
    fn new(load: Load, mut play: Play<S>) -> LoadPlay<S> {
        let pellet = WeaponSpec {
            bounce_count: 16,
            restitution: 204,
            drag: 2,
            gravity_scale: 256,
            knockback: 0,
            fuse_frames: 0,
            ..Archetype::Pistol.base_spec()
        };
        let pellet = PackedWeapon::new(&WeaponDef::clamped(&pellet).0);
        play.state.parts().weapons.fill(pellet);
        let mut this = LoadPlay { load, play };
        this.fire_due();
        this
    }

    /// Fires what is due and steps one frame.
    pub fn step(&mut self) {
        self.fire_due();
        let inputs = self.inputs();
        self.play.step(|_, _| inputs);
    }

    /// The inputs of the next frame.
    #[must_use]
    pub fn inputs(&self) -> Inputs {
        let frame = self.play.state.frame().0;
        let mut inputs = Inputs::default();
        for (player, input) in inputs.iter_mut().enumerate().take(self.load.players) {
            input.buttons = self.load.buttons(player, frame);
        }
        inputs
    }

    /// Fires again the projectiles that ended or are old: the load stays the same.
    pub fn fire_due(&mut self) {
        let frame = self.play.state.frame().0;
        let lifetime = Load::LIFETIME_FRAMES as usize;
        let first_old = (lifetime - frame as usize % lifetime) % lifetime;
        (first_old..self.load.projectiles)
            .step_by(lifetime)
            .for_each(|place| self.fire(place, frame));
        for word in 0..self.load.projectiles.div_ceil(32) {
            let places = (self.load.projectiles - word * 32).min(32) as u32;
            let mut ended = !self.play.state.live_bits()[word] & (u32::MAX >> (32 - places));
            while ended != 0 {
                self.fire(word * 32 + ended.trailing_zeros() as usize, frame);
                ended &= ended - 1;
            }
        }
    }

    fn fire(&mut self, place: usize, frame: u32) {
        let (position, velocity) = self.load.shot(place, frame);
        let parts = self.play.state.parts();
        parts.live[place / 32] |= 1 << (place % 32);
        parts.projectiles[place] = Projectile {
            position,
            velocity,
            travel_left: Fx::MAX,
            // Owner, first weapon, no pierces, 16 bounces; a fuse longer than its life.
            tags: (place % self.load.players) as u32 | 16 << 24,
            counters: 2 * Load::LIFETIME_FRAMES,
        };
    }

    /// How many projectiles in flight are outside the walls.
    #[must_use]
    pub fn projectiles_outside(&self) -> usize {
        let (low, high) = (Vec2::ONE, Vec2::from_ints(Load::SIZE.0 - 1, Load::SIZE.1 - 1));
        self.play
            .state
            .projectiles()
            .filter(|(_, shot)| shot.position.clamp(low, high) != shot.position)
            .count()
    }
}
