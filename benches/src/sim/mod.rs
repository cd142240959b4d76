//! Owns the comparison of the simulation with a general physics engine.
//!
//! Both engines get the same scene, the same inputs and the same measuring.

pub mod engine;
pub mod ours;
pub mod rapier;
pub mod figures;
pub mod duel;
pub mod report;

use figures::{Figures, measure};
use pvp_sim::scenario::{Load, scene_a, scene_b};
use rapier::RapierWorld;
use report::Comparison;

use crate::measure::Effort;

/// Measures both scenes in both engines `runs` times, the engines in turns in this thread.
#[must_use]
pub fn compare(effort: Effort, runs: u32) -> Vec<Comparison> {
    let measured: Vec<[(Figures, Figures); 2]> = (0..runs.max(1))
        .map(|_| {
            [
                (
                    measure(&mut scene_a(), effort),
                    measure(&mut RapierWorld::new(Load::A), effort),
                ),
                (
                    measure(&mut scene_b(), effort),
                    measure(&mut RapierWorld::new(Load::B), effort),
                ),
            ]
        })
        .collect();
    let scene = |index: usize| measured.iter().map(|run| run[index]).collect::<Vec<_>>();
    vec![
        Comparison::new(Load::A.name, &scene(0)),
        Comparison::new(Load::B.name, &scene(1)),
    ]
}
