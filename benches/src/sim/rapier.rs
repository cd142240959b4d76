//! Owns the scene in `rapier2d` with `enhanced-determinism` and continuous collision detection.
//!
//! It follows the engine's own examples: one `PhysicsWorld`, bodies that never sleep, groups against needless pairs.

use rapier2d::prelude::*;

use pvp_sim::scenario::Load;
use pvp_sim::{Fx, Vec2};

use super::engine::Engine;

const STATIC: Group = Group::GROUP_1;
const PLAYER: Group = Group::GROUP_2;
const PROJECTILE: Group = Group::GROUP_3;

/// The scene as a rapier world.
pub struct RapierWorld {
    load: Load,
    frame: u32,
    world: PhysicsWorld,
    players: Vec<RigidBodyHandle>,
    projectiles: Vec<RigidBodyHandle>,
}

/// What rapier needs to continue exactly: every structure that a step reads.
pub struct RapierSnapshot {
    frame: u32,
    islands: IslandManager,
    broad_phase: DefaultBroadPhase,
    narrow_phase: NarrowPhase,
    bodies: RigidBodySet,
    colliders: ColliderSet,
}

fn groups(member: Group, meets: Group) -> InteractionGroups {
    InteractionGroups::new(member, meets, InteractionTestMode::And)
}

fn float(value: Fx) -> f32 {
    value.to_bits() as f32 / 65_536.0
}

fn vector(value: Vec2) -> Vector {
    Vector::new(float(value.x), float(value.y))
}

impl RapierWorld {
    /// The scene with every projectile in flight.
    #[must_use]
    pub fn new(load: Load) -> RapierWorld {
        let mut world = PhysicsWorld::new();
        world.gravity = Vector::new(0.0, -30.0);
        world.integration_parameters.dt = 1.0 / 60.0;
        add_arena(&mut world, load);
        let players = (0..load.players)
            .map(|index| add_player(&mut world, load, index))
            .collect();
        let projectiles = (0..load.projectiles).map(|_| add_projectile(&mut world)).collect();
        let mut this = RapierWorld {
            load,
            frame: 0,
            world,
            players,
            projectiles,
        };
        for index in 0..load.projectiles {
            this.fire(index);
        }
        this
    }

    fn fire(&mut self, index: usize) {
        let (position, velocity) = self.load.shot(index, self.frame);
        let body = &mut self.world.bodies[self.projectiles[index]];
        body.set_translation(vector(position), true);
        // From units per frame to units per second.
        body.set_linvel(vector(velocity) * 60.0, true);
    }

    fn drive(&mut self, player: usize) {
        let buttons = self.load.buttons(player, self.frame);
        let body = &mut self.world.bodies[self.players[player]];
        let run = f32::from(buttons >> 1 & 1) - f32::from(buttons & 1);
        let rise = if buttons & 4 != 0 && body.linvel().y.abs() < 0.01 {
            12.0
        } else {
            body.linvel().y
        };
        body.set_linvel(Vector::new(run * 8.0, rise), true);
    }
}

fn add_arena(world: &mut PhysicsWorld, load: Load) {
    for index in 0..load.solid_count() {
        let [low, high] = load
            .corners(index)
            .map(|(x, y)| Vector::new(f32::from(x), f32::from(y)) / 4.0);
        let half = (high - low) / 2.0;
        let collider = ColliderBuilder::cuboid(half.x, half.y)
            .restitution(0.8)
            .collision_groups(groups(STATIC, Group::ALL));
        world.insert(RigidBodyBuilder::fixed().translation(low + half), collider);
    }
}

fn add_player(world: &mut PhysicsWorld, load: Load, index: usize) -> RigidBodyHandle {
    let body = RigidBodyBuilder::dynamic()
        .translation(vector(load.spawn(index)))
        .lock_rotations()
        .can_sleep(false);
    let collider = ColliderBuilder::ball(0.5)
        .friction(0.0)
        .collision_groups(groups(PLAYER, STATIC | PROJECTILE));
    world.insert(body, collider).0
}

fn add_projectile(world: &mut PhysicsWorld) -> RigidBodyHandle {
    let body = RigidBodyBuilder::dynamic()
        .linear_damping(0.1)
        .ccd_enabled(true)
        .can_sleep(false)
        .lock_rotations();
    let collider = ColliderBuilder::ball(0.1)
        .restitution(0.8)
        .density(0.1)
        .collision_groups(groups(PROJECTILE, STATIC | PLAYER));
    world.insert(body, collider).0
}

impl Engine for RapierWorld {
    type Snapshot = RapierSnapshot;

    fn step(&mut self) {
        for player in 0..self.load.players {
            self.drive(player);
        }
        for index in 0..self.load.projectiles {
            if (self.frame + index as u32).is_multiple_of(Load::LIFETIME_FRAMES) {
                self.fire(index);
            }
        }
        self.world.step();
        self.frame += 1;
    }

    fn save(&self) -> RapierSnapshot {
        RapierSnapshot {
            frame: self.frame,
            islands: self.world.islands.clone(),
            broad_phase: self.world.broad_phase.clone(),
            narrow_phase: self.world.narrow_phase.clone(),
            bodies: self.world.bodies.clone(),
            colliders: self.world.colliders.clone(),
        }
    }

    fn restore(&mut self, snapshot: &RapierSnapshot) {
        self.frame = snapshot.frame;
        self.world.islands = snapshot.islands.clone();
        self.world.broad_phase = snapshot.broad_phase.clone();
        self.world.narrow_phase = snapshot.narrow_phase.clone();
        self.world.bodies = snapshot.bodies.clone();
        self.world.colliders = snapshot.colliders.clone();
    }

    /// It has to serialize the world first.
    fn checksum(&self) -> u64 {
        xxhash_rust::xxh3::xxh3_64(&self.bytes())
    }

    fn snapshot_bytes(&self) -> usize {
        self.bytes().len()
    }

    fn projectiles_outside(&self) -> usize {
        let (width, height) = (f32::from(Load::SIZE.0), f32::from(Load::SIZE.1));
        let outside = |handle: &&RigidBodyHandle| {
            let at = self.world.bodies[**handle].translation();
            !((1.0..=width - 1.0).contains(&at.x) && (1.0..=height - 1.0).contains(&at.y))
        };
        self.projectiles.iter().filter(outside).count()
    }
}

impl RapierWorld {
    fn bytes(&self) -> Vec<u8> {
        let world = &self.world;
        let parts = (
            &world.islands,
            &world.broad_phase,
            &world.narrow_phase,
            &world.bodies,
            &world.colliders,
        );
        bincode::serialize(&parts).expect("rapier's structures serialize")
    }
}
