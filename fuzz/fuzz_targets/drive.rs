//! Drives the target `sim` with random bytes from a seed, on stable and without instrumentation: many times faster.
//!
//! `cargo run --release -p pvp-fuzz --bin drive -- --runs 1000000 --seed 1`

use pvp_sim::Rng;
use std::io::{self, Write};
use std::process::ExitCode;

/// The longest input in bytes: definition and content take up to about 500, operations the rest.
const BYTES_MAX: u32 = 700;
/// Executions between two lines of progress.
const REPORT_INTERVAL: u64 = 100_000;

fn argument(name: &str, default: u64) -> Result<u64, String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    match (arguments.next(), arguments.next()) {
        (None, _) => Ok(default),
        (Some(_), Some(value)) => value.parse().map_err(|error| format!("{name} {value}: {error}")),
        (Some(_), None) => Err(format!("{name} needs a number")),
    }
}

/// The input of an execution depends on the seed and its number only, so that a fault can be played again alone.
fn input(seed: u64, run: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(run));
    let length = rng.below(BYTES_MAX) + 1;
    (0..length).map(|_| rng.next_u32() as u8).collect()
}

fn drive() -> Result<(), String> {
    let (runs, seed, first) = (
        argument("--runs", 10_000)?,
        argument("--seed", 1)?,
        argument("--first", 0)?,
    );
    let mut out = io::stdout().lock();
    let mut frames = 0;
    for run in first..first.saturating_add(runs) {
        let bytes = input(seed, run);
        match std::panic::catch_unwind(|| pvp_fuzz::sim::play(&bytes)) {
            Ok(played) => frames += u64::from(played),
            Err(_) => return Err(format!("failed: --seed {seed} --first {run} --runs 1")),
        }
        let done = run - first + 1;
        if done.is_multiple_of(REPORT_INTERVAL) || done == runs {
            writeln!(out, "{done} executions with seed {seed}, {frames} frames, no fault")
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    match drive() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _told = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}
