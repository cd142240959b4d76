//! Drives a target with bytes from a seed, on stable and without instrumentation: many times faster.
//! Every other input is random, the others are files of the corpus with alterations.
//!
//! `cargo run --profile fuzz -p pvp-fuzz --bin drive -- --target session --runs 1000000 --seed 1`
//! (the profile is release with checks of overflow and debug assertions).

use pvp_sim::Rng;
use std::io::{self, Write};
use std::process::ExitCode;

/// The longest random input in bytes: definition and content of `sim` take up to about 500, operations the rest.
const BYTES_MAX: u32 = 700;
/// Executions between two lines of progress.
const REPORT_INTERVAL: u64 = 100_000;

fn text_argument(name: &str) -> Result<Option<String>, String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    match (arguments.next(), arguments.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(value)) => Ok(Some(value)),
        (Some(_), None) => Err(format!("{name} needs a value")),
    }
}

fn argument(name: &str, default: u64) -> Result<u64, String> {
    match text_argument(name)? {
        None => Ok(default),
        Some(value) => value.parse().map_err(|error| format!("{name} {value}: {error}")),
    }
}

/// Plays the bytes on a target and says how far that went: frames of `sim`, epochs of `session`, 0 elsewhere.
type Body = fn(&[u8]) -> u32;

fn body(target: &str) -> Result<Body, String> {
    Ok(match target {
        "sim" => pvp_fuzz::sim::play,
        "session" => pvp_fuzz::session::run,
        "wire" => |bytes| {
            pvp_fuzz::wire::run(bytes);
            0
        },
        "message" => |bytes| {
            pvp_fuzz::message::run(bytes);
            0
        },
        "content" => |bytes| {
            pvp_fuzz::content::run(bytes);
            0
        },
        "replay_file" => |bytes| {
            pvp_fuzz::replay_file::run(bytes);
            0
        },
        _ => {
            return Err(format!(
                "no target {target}: sim, session, wire, message, content or replay_file"
            ));
        }
    })
}

/// The input of an execution depends on the corpus, the seed and its number only, so that a fault can be played again alone.
fn input(corpus: &[Vec<u8>], seed: u64, run: u64) -> Vec<u8> {
    let mut rng = Rng::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(run));
    if run.is_multiple_of(2) || corpus.is_empty() {
        let length = rng.below(BYTES_MAX) + 1;
        return (0..length).map(|_| rng.next_u32() as u8).collect();
    }
    let mut bytes = corpus[rng.below(corpus.len() as u32) as usize].clone();
    for _ in 0..=rng.below(8) {
        alter(&mut bytes, corpus, &mut rng);
    }
    bytes
}

fn alter(bytes: &mut Vec<u8>, corpus: &[Vec<u8>], rng: &mut Rng) {
    let at = rng.below(bytes.len() as u32 + 1) as usize;
    match rng.below(6) {
        0 => bytes.insert(at, rng.next_u32() as u8),
        1 if at < bytes.len() => drop(bytes.remove(at)),
        2 => bytes.truncate(at.max(1)),
        3 => {
            let other = &corpus[rng.below(corpus.len() as u32) as usize];
            let from = rng.below(other.len() as u32 + 1) as usize;
            bytes.truncate(at);
            bytes.extend_from_slice(&other[from..]);
        }
        4 => bytes
            .iter_mut()
            .skip(at)
            .take(4)
            .for_each(|byte| *byte = rng.next_u32() as u8),
        _ => bytes
            .iter_mut()
            .skip(at)
            .take(1)
            .for_each(|byte| *byte ^= 1 << rng.below(8)),
    }
}

fn drive() -> Result<(), String> {
    let (runs, seed, first) = (
        argument("--runs", 10_000)?,
        argument("--seed", 1)?,
        argument("--first", 0)?,
    );
    let target = text_argument("--target")?.unwrap_or_else(|| "sim".to_owned());
    let body = body(&target)?;
    let corpus = pvp_fuzz::replay::corpus(&target);
    let mut out = io::stdout().lock();
    let mut reached = 0;
    for run in first..first.saturating_add(runs) {
        let bytes = input(&corpus, seed, run);
        match std::panic::catch_unwind(|| body(&bytes)) {
            Ok(far) => reached += u64::from(far),
            Err(_) => {
                return Err(format!(
                    "failed: --target {target} --seed {seed} --first {run} --runs 1"
                ));
            }
        }
        let done = run - first + 1;
        if done.is_multiple_of(REPORT_INTERVAL) || done == runs {
            writeln!(
                out,
                "{done} executions of {target} with seed {seed}, {reached} frames or epochs, no fault"
            )
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
