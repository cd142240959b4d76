//! Owns the table and the JSON of the comparison, and the goals it is held against.
//!
//! Ratios are taken within one run of one process: absolute times depend on the machine.

use std::fmt::Write;

use serde::Serialize;

use super::figures::Figures;

/// One scene measured in both engines.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Comparison {
    /// The letter of the scene.
    pub scene: &'static str,
    /// `pvp-sim`.
    pub ours: Figures,
    /// `rapier2d` with `enhanced-determinism` and continuous collision detection.
    pub rapier: Figures,
    /// How many times more rapier costs.
    pub ratios: Ratios,
}

/// How many times more the peer costs, for each figure.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Ratios {
    /// One frame.
    pub step: f64,
    /// Keeping the world.
    pub save: f64,
    /// Going back to a kept world.
    pub restore: f64,
    /// A digest of the world.
    pub checksum: f64,
    /// Going back 8 frames and simulating them again, each with a save and a checksum.
    pub rollback_8: f64,
    /// The same without the checksums.
    pub rollback_8_unchecked: f64,
    /// The size of the world.
    pub snapshot_bytes: f64,
}

/// The ratios that are required, and those aimed at.
struct Goals {
    step: (f64, f64),
    rollback_8: (f64, f64),
    snapshot_bytes: (f64, f64),
    save_restore_checksum_ns: (f64, f64),
}

const GOALS_A: Goals = Goals {
    step: (15.0, 30.0),
    rollback_8: (40.0, 70.0),
    snapshot_bytes: (20.0, 25.0),
    save_restore_checksum_ns: (200.0, 100.0),
};
const GOALS_B: Goals = Goals {
    step: (40.0, 80.0),
    rollback_8: (60.0, 100.0),
    snapshot_bytes: (20.0, 25.0),
    save_restore_checksum_ns: (3_000.0, 1_500.0),
};

impl Comparison {
    /// Puts two measurements of one scene side by side.
    #[must_use]
    pub fn new(scene: &'static str, ours: Figures, rapier: Figures) -> Comparison {
        let ratios = Ratios {
            step: rapier.step_ns / ours.step_ns,
            save: rapier.save_ns / ours.save_ns,
            restore: rapier.restore_ns / ours.restore_ns,
            checksum: rapier.checksum_ns / ours.checksum_ns,
            rollback_8: rapier.rollback_8_ns / ours.rollback_8_ns,
            rollback_8_unchecked: rapier.rollback_8_unchecked_ns / ours.rollback_8_unchecked_ns,
            snapshot_bytes: rapier.snapshot_bytes as f64 / ours.snapshot_bytes as f64,
        };
        Comparison {
            scene,
            ours,
            rapier,
            ratios,
        }
    }

    fn goals(&self) -> &'static Goals {
        if self.scene == "A" { &GOALS_A } else { &GOALS_B }
    }

    fn save_restore_checksum_ns(&self) -> f64 {
        self.ours.save_ns + self.ours.restore_ns + self.ours.checksum_ns
    }

    /// The required goals that this run missed, in words.
    #[must_use]
    pub fn missed(&self) -> Vec<String> {
        let goals = self.goals();
        let ratios = [
            ("step", self.ratios.step, goals.step.0),
            ("rollback of 8", self.ratios.rollback_8, goals.rollback_8.0),
            ("snapshot", self.ratios.snapshot_bytes, goals.snapshot_bytes.0),
        ];
        let missed = ratios.into_iter().filter(|(_, ratio, required)| ratio < required);
        let mut missed: Vec<String> = missed
            .map(|(name, ratio, required)| format!("scene {}: {name} {ratio:.1}x, required {required}x", self.scene))
            .collect();
        let (sum, required) = (self.save_restore_checksum_ns(), goals.save_restore_checksum_ns.0);
        if sum > required {
            missed.push(format!(
                "scene {}: save + restore + checksum {sum:.0} ns, required {required} ns",
                self.scene
            ));
        }
        missed
    }

    /// The table of the scene, for people.
    #[must_use]
    pub fn table(&self) -> String {
        let (ours, rapier, ratios, goals) = (&self.ours, &self.rapier, &self.ratios, self.goals());
        let mut rows = vec![["", "pvp-sim", "rapier2d", "ratio", "required", "ambition"].map(String::from)];
        let again = (ours.rollback_8_ns, rapier.rollback_8_ns);
        let unchecked = (ours.rollback_8_unchecked_ns, rapier.rollback_8_unchecked_ns);
        let timed = [
            ("step", (ours.step_ns, rapier.step_ns), ratios.step, Some(goals.step)),
            ("save", (ours.save_ns, rapier.save_ns), ratios.save, None),
            ("restore", (ours.restore_ns, rapier.restore_ns), ratios.restore, None),
            (
                "checksum",
                (ours.checksum_ns, rapier.checksum_ns),
                ratios.checksum,
                None,
            ),
            ("rollback of 8", again, ratios.rollback_8, Some(goals.rollback_8)),
            ("- without checksums", unchecked, ratios.rollback_8_unchecked, None),
        ];
        rows.extend(timed.map(|(name, times, ratio, goal)| row(name, time(times.0), time(times.1), ratio, goal)));
        let bytes = (ours.snapshot_bytes.to_string(), rapier.snapshot_bytes.to_string());
        rows.push(row(
            "snapshot, bytes",
            bytes.0,
            bytes.1,
            ratios.snapshot_bytes,
            Some(goals.snapshot_bytes),
        ));
        let (required, ambition) = goals.save_restore_checksum_ns;
        let sum = [self.save_restore_checksum_ns(), required, ambition].map(time);
        let [sum, required, ambition] = sum;
        rows.push([
            "save+restore+checksum".into(),
            sum,
            String::new(),
            String::new(),
            required,
            ambition,
        ]);
        let outside = [ours, rapier].map(|figures| figures.projectiles_outside.to_string());
        let [ours_outside, rapier_outside] = outside;
        rows.push([
            "projectiles outside".into(),
            ours_outside,
            rapier_outside,
            String::new(),
            String::new(),
            String::new(),
        ]);
        rows.iter().fold(
            format!("scene {}\n", self.scene),
            |mut text, [name, a, b, ratio, required, ambition]| {
                let _ = writeln!(text, "{name:<24}{a:>12}{b:>12}{ratio:>10}{required:>10}{ambition:>10}");
                text
            },
        )
    }
}

fn row(name: &str, ours: String, rapier: String, ratio: f64, goal: Option<(f64, f64)>) -> [String; 6] {
    let (required, ambition) = goal.map_or_else(Default::default, |(r, a)| (format!("{r}x"), format!("{a}x")));
    [name.into(), ours, rapier, format!("{ratio:.1}x"), required, ambition]
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1_000.0 => format!("{ns:.0} ns"),
        ns if ns < 1_000_000.0 => format!("{:.2} us", ns / 1_000.0),
        ns => format!("{:.2} ms", ns / 1_000_000.0),
    }
}
