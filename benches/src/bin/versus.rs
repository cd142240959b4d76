//! Owns the command line of the comparisons: `versus -- sim [--json]`, `versus -- net [--json]`.
//!
//! Each subcommand is a module of the library; this file only prints.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use pvp_benches::measure::Effort;
use pvp_benches::sim;

/// What the crates cost beside what one would take instead, in one process.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    subject: Subject,
}

#[derive(Subcommand)]
enum Subject {
    /// The simulation beside rapier2d (enhanced-determinism, continuous collision detection).
    Sim {
        /// Print one JSON object and nothing else.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().subject {
        Subject::Sim { json } => compare_simulations(json),
    }
}

/// Fails when a required goal was missed.
fn compare_simulations(json: bool) -> ExitCode {
    let comparisons = sim::compare(Effort::FULL);
    let missed: Vec<String> = comparisons.iter().flat_map(sim::report::Comparison::missed).collect();
    if json {
        println!("{}", serde_json::json!({ "scenes": comparisons, "missed": missed }));
    } else {
        println!("processor time of one thread, medians; rapier2d with enhanced-determinism and CCD\n");
        comparisons
            .iter()
            .for_each(|comparison| println!("{}", comparison.table()));
        missed.iter().for_each(|line| println!("missed: {line}"));
    }
    if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
