//! Owns the scene in `rapier2d` with `enhanced-determinism` and continuous collision detection.
//!
//! It follows the engine's own examples: one `PhysicsWorld`, bodies that never sleep, groups against needless pairs.

use rapier2d::prelude::*;

use super::scene::{Engine, HEIGHT, LIFETIME_FRAMES, Scene, WIDTH};

const STATIC: Group = Group::GROUP_1;
const PLAYER: Group = Group::GROUP_2;
const PROJECTILE: Group = Group::GROUP_3;

/// The scene as a rapier world.
pub struct RapierWorld {
    scene: Scene,
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

fn quarter(value: i16) -> f32 {
    f32::from(value) / 4.0
}

impl RapierWorld {
    /// The scene with every projectile in flight.
    #[must_use]
    pub fn new(scene: Scene) -> RapierWorld {
        let mut world = PhysicsWorld::new();
        world.gravity = Vector::new(0.0, -30.0);
        world.integration_parameters.dt = 1.0 / 60.0;
        add_arena(&mut world, scene);
        let players = (0..scene.players)
            .map(|index| add_player(&mut world, scene, index))
            .collect();
        let projectiles = (0..scene.projectiles).map(|_| add_projectile(&mut world)).collect();
        let mut this = RapierWorld {
            scene,
            frame: 0,
            world,
            players,
            projectiles,
        };
        for index in 0..scene.projectiles {
            this.fire(index);
        }
        this
    }

    fn fire(&mut self, index: usize) {
        let shot = self.scene.shot(index, self.frame);
        let body = &mut self.world.bodies[self.projectiles[index]];
        body.set_translation(Vector::new(quarter(shot.position.0), quarter(shot.position.1)), true);
        body.set_linvel(
            Vector::new(shot.velocity.0 as f32 / 64.0, shot.velocity.1 as f32 / 64.0),
            true,
        );
    }

    fn drive(&mut self, player: usize) {
        let buttons = self.scene.buttons(player, self.frame);
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

fn add_arena(world: &mut PhysicsWorld, scene: Scene) {
    let (width, height) = (f32::from(WIDTH), f32::from(HEIGHT));
    let walls = [
        (width / 2.0, -1.0, width, 1.0),
        (width / 2.0, height + 1.0, width, 1.0),
        (-1.0, height / 2.0, 1.0, height),
        (width + 1.0, height / 2.0, 1.0, height),
    ];
    let boxes = scene.boxes();
    let boxes = boxes.iter().map(|b| {
        (
            quarter(b.center.0),
            quarter(b.center.1),
            quarter(b.half.0),
            quarter(b.half.1),
        )
    });
    for (x, y, half_width, half_height) in walls.into_iter().chain(boxes) {
        let collider = ColliderBuilder::cuboid(half_width, half_height)
            .restitution(0.8)
            .collision_groups(groups(STATIC, Group::ALL));
        world.insert(RigidBodyBuilder::fixed().translation(Vector::new(x, y)), collider);
    }
}

fn add_player(world: &mut PhysicsWorld, scene: Scene, index: usize) -> RigidBodyHandle {
    let x = f32::from(WIDTH) * (index as f32 + 0.5) / scene.players as f32;
    let body = RigidBodyBuilder::dynamic()
        .translation(Vector::new(x, 1.0))
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

    /// In its favor: its digest has to serialize the world first.
    const CHECKSUM_IN_ROLLBACK: bool = false;

    fn step(&mut self) {
        for player in 0..self.scene.players {
            self.drive(player);
        }
        for index in 0..self.scene.projectiles {
            if (self.frame + index as u32).is_multiple_of(LIFETIME_FRAMES) {
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

    fn checksum(&self) -> u64 {
        xxhash_rust::xxh3::xxh3_64(&self.bytes())
    }

    fn snapshot_bytes(&self) -> usize {
        self.bytes().len()
    }

    fn projectiles_inside(&self) -> usize {
        let inside = |handle: &&RigidBodyHandle| {
            let at = self.world.bodies[**handle].translation();
            (0.0..=f32::from(WIDTH)).contains(&at.x) && (0.0..=f32::from(HEIGHT)).contains(&at.y)
        };
        self.projectiles.iter().filter(inside).count()
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
