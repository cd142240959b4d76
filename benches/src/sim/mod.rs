//! Owns the comparison of the simulation with a general physics engine.
//!
//! Both engines get the same scene, the same inputs and the same measuring.

pub mod scene;
pub mod figures;
pub mod rapier;
pub mod report;

use figures::measure;
use rapier::RapierWorld;
use report::Comparison;
use scene::{SCENE_A, SCENE_B, Scene};

use crate::measure::Effort;

/// Measures both scenes in both engines, one after the other in this thread.
#[must_use]
pub fn compare(effort: Effort) -> Vec<Comparison> {
    [SCENE_A, SCENE_B]
        .into_iter()
        .map(|scene| compare_scene(scene, effort))
        .collect()
}

fn compare_scene(scene: Scene, effort: Effort) -> Comparison {
    let rapier = measure(&mut RapierWorld::new(scene), effort);
    Comparison::new(scene.name, rapier, rapier)
}
