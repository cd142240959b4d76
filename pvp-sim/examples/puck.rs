//! A small game of one's own, built from the parts of `pvp-sim` and none of its rules: two paddles and a puck.
//!
//! It shows the three things that a rollback game needs: a state of plain words, a step that reads nothing but its
//! arguments, and a checksum.
//! Run it with `cargo run -p pvp-sim --example puck`.
#![allow(clippy::print_stdout, reason = "an example talks")]

use bytemuck::{Pod, Zeroable};
use pvp_sim::{Angle, ArenaDef, Fx, Rng, Solid, SolidKind, Vec2, checksum_of, sweep};

/// Everything that changes. It is copied to save it and compared by its checksum.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Debug, Pod, Zeroable)]
struct State {
    puck: Vec2,
    velocity: Vec2,
    paddles: [Vec2; 2],
    goals: [u32; 2],
    frame: u32,
    rng: Rng,
}

/// A player's input of one frame: where to go, if anywhere.
#[repr(C)]
#[derive(Clone, Copy, Default, Pod, Zeroable)]
struct Input {
    direction: u8,
    moves: u8,
}

const PADDLE_RADIUS: Fx = Fx::from_int(1);
const PUCK_RADIUS: Fx = Fx::HALF;
const PADDLE_SPEED: Fx = Fx::from_ratio(1, 4);
const PUCK_SPEED_MAX: Fx = Fx::from_ratio(3, 4);

/// The table never changes during a match, so it stands beside the state and not in it.
fn table() -> ArenaDef {
    let wall = |min, max| Solid::new(SolidKind::Block, min, max);
    let walls = [
        wall((0, 0), (32, 1)),
        wall((0, 15), (32, 16)),
        wall((0, 1), (1, 5)),
        wall((0, 11), (1, 15)),
        wall((31, 1), (32, 5)),
        wall((31, 11), (32, 15)),
        wall((15, 4), (17, 5)),
        wall((15, 11), (17, 12)),
    ];
    let seats = [Vec2::from_ints(4, 8), Vec2::from_ints(28, 8)];
    ArenaDef::new(32, 16, &walls, &seats).expect("the table is a valid arena")
}

impl State {
    fn new(table: &ArenaDef, seed: u64) -> State {
        let mut state = State {
            rng: Rng::new(seed),
            ..State::zeroed()
        };
        state.serve(table);
        state
    }

    /// Everybody to their places, the puck into the middle, in a direction that the state's own generator draws.
    fn serve(&mut self, table: &ArenaDef) {
        self.paddles.copy_from_slice(table.spawns());
        self.puck = Vec2::from_ints(16, 8);
        let wobble = Angle::from_degrees(self.rng.range(-30, 30));
        let side = if self.rng.chance(1, 2) {
            Angle::ZERO
        } else {
            Angle::HALF_TURN
        };
        self.velocity = Vec2::from_angle(side + wobble) * Fx::from_ratio(1, 5);
    }

    /// One frame.
    fn step(&mut self, table: &ArenaDef, inputs: [Input; 2]) {
        for (player, input) in inputs.into_iter().enumerate() {
            self.move_paddle(table, player, input);
        }
        self.slide(table);
        self.velocity = (self.velocity * Fx::from_ratio(1023, 1024)).clamp_length_max(PUCK_SPEED_MAX);
        let goal_of = if self.puck.x < Fx::ZERO {
            Some(1)
        } else {
            (self.puck.x > table.right()).then_some(0)
        };
        if let Some(player) = goal_of {
            self.goals[player] += 1;
            self.serve(table);
        }
        self.frame += 1;
    }

    fn move_paddle(&mut self, table: &ArenaDef, player: usize, input: Input) {
        let own_half = [(2, 14), (18, 30)][player];
        if input.moves != 0 {
            let step = Vec2::from_angle(Angle::from_byte(input.direction)) * PADDLE_SPEED;
            let (low, high) = (Vec2::from_ints(own_half.0, 2), Vec2::from_ints(own_half.1, 14));
            self.paddles[player] = (self.paddles[player] + step).clamp(low, high);
        }
        let away = self.puck - self.paddles[player];
        let reach = PADDLE_RADIUS + PUCK_RADIUS;
        if away.length_squared() < reach.squared() {
            let normal = away.normalize_or(Vec2::Y);
            self.velocity = normal * (self.velocity.length() + PADDLE_SPEED);
            // Out of the paddle, but not into a wall.
            let out = normal * (reach - away.length());
            let free = sweep::first_solid(table, self.puck, out, PUCK_RADIUS).map_or(Fx::ONE, |(_, contact)| contact.t);
            self.puck += out * free;
        }
    }

    /// Continuous collision: up to four bounces in a frame, and no speed gets through a wall.
    fn slide(&mut self, table: &ArenaDef) {
        let mut left = self.velocity;
        for _ in 0..4 {
            let Some((_, contact)) = sweep::first_solid(table, self.puck, left, PUCK_RADIUS) else {
                self.puck += left;
                return;
            };
            self.puck += left * contact.t;
            left = (left * (Fx::ONE - contact.t)).reflect(contact.normal);
            self.velocity = self.velocity.reflect(contact.normal);
        }
    }
}

/// A pure function of the state plays for both sides: it runs to a puck in its half, and home otherwise.
fn think(table: &ArenaDef, state: &State, player: usize) -> Input {
    let home = table.spawns()[player];
    let is_mine = (state.puck.x < Fx::from_int(16)) == (player == 0);
    let goal = if is_mine { state.puck } else { home };
    let wanted = goal - state.paddles[player];
    let moves = u8::from(wanted.length_squared() > PADDLE_SPEED.squared());
    Input {
        direction: wanted.to_angle().to_byte(),
        moves,
    }
}

fn main() {
    let table = table();
    let mut state = State::new(&table, 2026);
    let mut kept = Vec::new();
    for _ in 0..3_600 {
        let inputs = [0, 1].map(|player| think(&table, &state, player));
        kept.push((state, inputs));
        state.step(&table, inputs);
    }
    println!(
        "after {} frames: {} : {}, checksum {:016x}",
        state.frame,
        state.goals[0],
        state.goals[1],
        checksum_of(&state)
    );

    // A rollback: any earlier state and the inputs since then lead to the same state, bit for bit.
    let (mut again, _) = kept[3_000];
    kept[3_000..].iter().for_each(|(_, inputs)| again.step(&table, *inputs));
    assert_eq!(checksum_of(&again), checksum_of(&state));
    println!(
        "600 frames simulated again: the same checksum; a saved state has {} bytes",
        size_of::<State>()
    );
}
