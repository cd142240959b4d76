//! Owns the scenes that tests, benches, fuzzing and the golden program share, and their golden traces (feature `scenario`).
//!
//! A scene is a function of nothing: it must not read a file, a clock or an argument.

mod trace;
mod play;
mod arithmetic;
mod forms;
mod matches;
mod load;

pub use crate::step::heavy::heavy_step;
pub use load::{Load, LoadPlay, scene_a, scene_b};
pub use play::{Forging, Inputs, Play, endless, random_input, random_inputs};
pub use trace::{Difference, Scenario, Watch};

/// Frames between two lines of a trace.
pub const TRACE_INTERVAL_FRAMES: u32 = 60;

macro_rules! scenarios {
    ($($name:literal $run:path;)*) => {
        /// Every scenario with a golden trace.
        pub const ALL: &[Scenario] =
            &[$(Scenario::new($name, include_str!(concat!("../../golden/", $name, ".trace")), $run)),*];
    };
}

scenarios! {
    "arithmetic" arithmetic::run;
    "forms" forms::run;
    "movement" matches::movement;
    "shooting" matches::shooting;
    "archetypes" matches::archetypes;
    "knobs" matches::knobs;
    "modifiers" matches::modifiers;
    "fallback" matches::fallback;
    "swarm" matches::swarm;
    "arenas" matches::arenas;
    "bots" matches::bots;
    "soak" matches::soak;
}
