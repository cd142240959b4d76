//! Owns the table and the JSON of the comparison, and the goals it is held against.
//!
//! Ratios are taken within one run of one process: absolute times depend on the machine.

use std::fmt::Write;

use serde::Serialize;

use super::figures::Figures;
use crate::measure::Spread;

/// One scene measured in both engines.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Comparison {
    /// The letter of the scene.
    pub scene: &'static str,
    /// `pvp-sim`.
    pub ours: Figures,
    /// `rapier2d` with `enhanced-determinism` and continuous collision detection.
    pub rapier: Figures,
    /// How many times more rapier costs: the median of the runs' ratios.
    pub ratios: Ratios,
    /// The smallest ratio of any run.
    pub ratios_min: Ratios,
    /// The largest ratio of any run.
    pub ratios_max: Ratios,
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

/// What is told of one figure: its name, where it stands, and its goal.
type TimedRow = (&'static str, Pick<Figures>, Pick<Ratios>, Option<(f64, f64)>);
type Pick<T> = fn(&T) -> f64;

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

impl Ratios {
    fn new(ours: &Figures, rapier: &Figures) -> Ratios {
        Ratios {
            step: rapier.step_ns / ours.step_ns,
            save: rapier.save_ns / ours.save_ns,
            restore: rapier.restore_ns / ours.restore_ns,
            checksum: rapier.checksum_ns / ours.checksum_ns,
            rollback_8: rapier.rollback_8_ns / ours.rollback_8_ns,
            rollback_8_unchecked: rapier.rollback_8_unchecked_ns / ours.rollback_8_unchecked_ns,
            snapshot_bytes: rapier.snapshot_bytes as f64 / ours.snapshot_bytes as f64,
        }
    }

    /// Each figure taken from all runs by `pick`.
    fn each(runs: &[Ratios], pick: fn(Spread) -> f64) -> Ratios {
        let of = |figure: fn(&Ratios) -> f64| pick(Spread::of(runs.iter().map(figure)));
        Ratios {
            step: of(|ratios| ratios.step),
            save: of(|ratios| ratios.save),
            restore: of(|ratios| ratios.restore),
            checksum: of(|ratios| ratios.checksum),
            rollback_8: of(|ratios| ratios.rollback_8),
            rollback_8_unchecked: of(|ratios| ratios.rollback_8_unchecked),
            snapshot_bytes: of(|ratios| ratios.snapshot_bytes),
        }
    }
}

impl Comparison {
    /// Puts the measurements of one scene side by side: both engines of one run are neighbors in time, so ratios are taken run by run.
    #[must_use]
    pub fn new(scene: &'static str, runs: &[(Figures, Figures)]) -> Comparison {
        let ratios: Vec<Ratios> = runs.iter().map(|(ours, rapier)| Ratios::new(ours, rapier)).collect();
        let (ours, rapier): (Vec<Figures>, Vec<Figures>) = runs.iter().copied().unzip();
        Comparison {
            scene,
            ours: Figures::median(&ours),
            rapier: Figures::median(&rapier),
            ratios: Ratios::each(&ratios, |spread| spread.median),
            ratios_min: Ratios::each(&ratios, |spread| spread.min),
            ratios_max: Ratios::each(&ratios, |spread| spread.max),
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
            (
                "rollback of 8 without checksums",
                self.ratios.rollback_8_unchecked,
                goals.rollback_8.0,
            ),
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

    /// The rows of times: name, both times, the ratio of the runs, the goal.
    fn timed_rows(&self) -> Vec<[String; 6]> {
        let goals = self.goals();
        let rows: [TimedRow; 6] = [
            ("step", |f| f.step_ns, |r| r.step, Some(goals.step)),
            ("save", |f| f.save_ns, |r| r.save, None),
            ("restore", |f| f.restore_ns, |r| r.restore, None),
            ("checksum", |f| f.checksum_ns, |r| r.checksum, None),
            (
                "rollback of 8",
                |f| f.rollback_8_ns,
                |r| r.rollback_8,
                Some(goals.rollback_8),
            ),
            (
                "- without checksums",
                |f| f.rollback_8_unchecked_ns,
                |r| r.rollback_8_unchecked,
                Some(goals.rollback_8),
            ),
        ];
        rows.into_iter()
            .map(|(name, figure, ratio, goal)| {
                let [median, min, max] = [&self.ratios, &self.ratios_min, &self.ratios_max].map(ratio);
                let ratio = format!("{median:.1}x ({min:.1}-{max:.1})");
                row(name, time(figure(&self.ours)), time(figure(&self.rapier)), ratio, goal)
            })
            .collect()
    }

    /// The table of the scene, for people.
    #[must_use]
    pub fn table(&self) -> String {
        let (ours, rapier, goals) = (&self.ours, &self.rapier, self.goals());
        let mut rows = vec![["", "pvp-sim", "rapier2d", "ratio (runs)", "required", "ambition"].map(String::from)];
        rows.extend(self.timed_rows());
        rows.push(row(
            "snapshot, bytes",
            ours.snapshot_bytes.to_string(),
            rapier.snapshot_bytes.to_string(),
            format!("{:.1}x", self.ratios.snapshot_bytes),
            Some(goals.snapshot_bytes),
        ));
        let (required, ambition) = goals.save_restore_checksum_ns;
        let [sum, required, ambition] = [self.save_restore_checksum_ns(), required, ambition].map(time);
        let nothing = String::new;
        rows.push([
            "save+restore+checksum".into(),
            sum,
            nothing(),
            nothing(),
            required,
            ambition,
        ]);
        let [ours, rapier] = [ours, rapier].map(|figures| figures.projectiles_outside.to_string());
        rows.push([
            "projectiles outside".into(),
            ours,
            rapier,
            nothing(),
            nothing(),
            nothing(),
        ]);
        rows.iter().fold(
            format!("scene {}\n", self.scene),
            |mut text, [name, a, b, ratio, required, ambition]| {
                let _ = writeln!(text, "{name:<24}{a:>12}{b:>12}{ratio:>22}{required:>10}{ambition:>10}");
                text
            },
        )
    }
}

fn row(name: &str, ours: String, rapier: String, ratio: String, goal: Option<(f64, f64)>) -> [String; 6] {
    let (required, ambition) = goal.map_or_else(Default::default, |(r, a)| (format!("{r}x"), format!("{a}x")));
    [name.into(), ours, rapier, ratio, required, ambition]
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ns if ns < 1_000.0 => format!("{ns:.0} ns"),
        ns if ns < 1_000_000.0 => format!("{:.2} us", ns / 1_000.0),
        ns => format!("{:.2} ms", ns / 1_000_000.0),
    }
}
