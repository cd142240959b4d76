//! Owns the comparison of the simulation with a general physics engine.
//!
//! Both engines get the same scene, the same inputs and the same measuring.

pub mod engine;
pub mod ours;
pub mod rapier;
pub mod figures;
pub mod duel;
pub mod report;

use figures::measure;
use pvp_sim::scenario::{Load, scene_a, scene_b};
use rapier::RapierWorld;
use report::Comparison;

use crate::measure::Effort;

/// Measures both scenes in both engines, one after the other in this thread.
#[must_use]
pub fn compare(effort: Effort) -> Vec<Comparison> {
    let ours = [measure(&mut scene_a(), effort), measure(&mut scene_b(), effort)];
    let loads = [Load::A, Load::B];
    let rapier = loads.map(|load| measure(&mut RapierWorld::new(load), effort));
    (0..2)
        .map(|index| Comparison::new(loads[index].name, ours[index], rapier[index]))
        .collect()
}
