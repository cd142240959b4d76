//! Owns measuring one engine in one scene.
//!
//! It must not know which engine it measures.

use std::hint::black_box;

use serde::Serialize;

use super::engine::Engine;
use crate::measure::{Effort, Spread};

/// Frames that both engines run before anything is measured.
pub const WARM_UP_FRAMES: u32 = 300;
/// Frames of the measured rollback.
pub const ROLLBACK_FRAMES: u32 = 8;

/// What one engine costs in one scene; times are nanoseconds of processor time.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Figures {
    /// One frame.
    pub step_ns: f64,
    /// Keeping the world.
    pub save_ns: f64,
    /// Going back to a kept world.
    pub restore_ns: f64,
    /// A digest of the world.
    pub checksum_ns: f64,
    /// Going back 8 frames and simulating them again, each with a save and a checksum.
    pub rollback_8_ns: f64,
    /// The same without the checksums.
    pub rollback_8_unchecked_ns: f64,
    /// The size of the world as bytes for the wire.
    pub snapshot_bytes: usize,
    /// Projectiles outside the walls at the end: none, unless something tunneled.
    pub projectiles_outside: usize,
}

impl Figures {
    /// Each time by itself: the median of the runs.
    #[must_use]
    pub fn median(runs: &[Figures]) -> Figures {
        let of = |figure: fn(&Figures) -> f64| Spread::of(runs.iter().map(figure)).median;
        Figures {
            step_ns: of(|figures| figures.step_ns),
            save_ns: of(|figures| figures.save_ns),
            restore_ns: of(|figures| figures.restore_ns),
            checksum_ns: of(|figures| figures.checksum_ns),
            rollback_8_ns: of(|figures| figures.rollback_8_ns),
            rollback_8_unchecked_ns: of(|figures| figures.rollback_8_unchecked_ns),
            snapshot_bytes: runs.first().map_or(0, |figures| figures.snapshot_bytes),
            projectiles_outside: runs
                .iter()
                .map(|figures| figures.projectiles_outside)
                .max()
                .unwrap_or(0),
        }
    }
}

/// Measures everything about an engine.
pub fn measure<E: Engine>(engine: &mut E, effort: Effort) -> Figures {
    for _ in 0..WARM_UP_FRAMES {
        engine.step();
    }
    let kept = engine.save();
    let mut figures = Figures {
        step_ns: effort.nanoseconds(|| engine.step()),
        save_ns: effort.nanoseconds(|| _ = black_box(engine.save())),
        restore_ns: effort.nanoseconds(|| engine.restore(black_box(&kept))),
        checksum_ns: effort.nanoseconds(|| _ = black_box(engine.checksum())),
        rollback_8_ns: effort.nanoseconds(|| rollback(engine, &kept, true)),
        rollback_8_unchecked_ns: effort.nanoseconds(|| rollback(engine, &kept, false)),
        snapshot_bytes: engine.snapshot_bytes(),
        projectiles_outside: 0,
    };
    for _ in 0..WARM_UP_FRAMES {
        engine.step();
    }
    figures.projectiles_outside = engine.projectiles_outside();
    figures
}

fn rollback<E: Engine>(engine: &mut E, kept: &E::Snapshot, with_checksums: bool) {
    engine.restore(kept);
    for _ in 0..ROLLBACK_FRAMES {
        engine.step();
        black_box(engine.save());
        if with_checksums {
            black_box(engine.checksum());
        }
    }
}
