//! Owns the program whose instructions `.ci/instructions.sh` counts: `instructions A|B FRAMES`.
//!
//! It must not do anything inside `measured_step` but one step.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use std::hint::black_box;
use std::process::ExitCode;

use pvp_sim::scenario::{Inputs, LoadPlay, scene_a, scene_b};
use pvp_sim::{MatchState, step};

const WARM_UP_FRAMES: u32 = 300;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let frames = arguments.get(1).and_then(|count| count.parse().ok());
    match (arguments.first().map(String::as_str), frames) {
        (Some("A"), Some(frames)) => run(scene_a(), frames),
        (Some("B"), Some(frames)) => run(scene_b(), frames),
        _ => {
            eprintln!("usage: instructions A|B FRAMES");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

fn run<S: MatchState>(mut scene: LoadPlay<S>, frames: u32) {
    (0..WARM_UP_FRAMES).for_each(|_| scene.step());
    for _ in 0..frames {
        scene.fire_due();
        let inputs = scene.inputs();
        measured_step(&mut scene, &inputs);
    }
    println!("{:016x}", scene.play.state.checksum());
}

#[inline(never)]
fn measured_step<S: MatchState>(scene: &mut LoadPlay<S>, inputs: &Inputs) {
    let play = &mut scene.play;
    step(
        &play.def,
        &play.content,
        black_box(&mut play.state),
        &inputs[..S::PLAYER_COUNT],
        &mut play.events,
    );
}
