//! Owns the command line of the comparisons: `versus -- sim [--json]`, `versus -- net [--json]`.
//!
//! Each subcommand is a module of the library; this file only prints.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use std::alloc::System;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use pvp_benches::measure::Effort;
use pvp_benches::{net, sim};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// Counts allocations for the comparison of the sessions.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

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
    /// A session of pvp-net beside bare ggrs and fortress-rollback, in real time.
    Net {
        /// Print one JSON object and nothing else.
        #[arg(long)]
        json: bool,
        /// How long to play each condition, in seconds.
        #[arg(long, default_value_t = 15)]
        seconds: u64,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().subject {
        Subject::Sim { json } => compare_simulations(json),
        Subject::Net { json, seconds } => compare_sessions(json, Duration::from_secs(seconds)),
    }
}

/// Fails when a required goal was missed.
fn compare_simulations(json: bool) -> ExitCode {
    let comparisons = sim::compare(Effort::FULL);
    let duel = sim::duel::DuelSpeed::measure(Effort::FULL);
    let mut missed: Vec<String> = comparisons.iter().flat_map(sim::report::Comparison::missed).collect();
    missed.extend(duel.missed());
    if json {
        println!(
            "{}",
            serde_json::json!({ "scenes": comparisons, "duel": duel, "missed": missed })
        );
    } else {
        println!("processor time of one thread, medians; rapier2d with enhanced-determinism and CCD\n");
        comparisons
            .iter()
            .for_each(|comparison| println!("{}", comparison.table()));
        println!("{}", duel.line());
        missed.iter().for_each(|line| println!("missed: {line}"));
    }
    if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Fails when a required goal was missed.
fn compare_sessions(json: bool, span: Duration) -> ExitCode {
    let conditions = match net::compare(span) {
        Ok(conditions) => conditions,
        Err(net::Failure::NeverMet) => {
            eprintln!("two peers of one library did not find each other within 20 s");
            return ExitCode::FAILURE;
        }
        Err(net::Failure::Disagree) => {
            eprintln!("the libraries came to different states from the same inputs");
            return ExitCode::FAILURE;
        }
    };
    let costs = net::hostile::costs(Effort::FULL);
    let mut missed: Vec<String> = conditions.iter().flat_map(net::report::Condition::missed).collect();
    missed.extend(costs.iter().filter_map(net::hostile::Cost::missed));
    if json {
        let figures = serde_json::json!({ "conditions": conditions, "packet_costs": costs, "missed": missed });
        println!("{figures}");
    } else {
        println!("per peer; input of 2 bytes at 60 Hz, delay 2, window 10; wire = payload + 28 B per datagram\n");
        conditions
            .iter()
            .for_each(|condition| println!("{}", condition.table()));
        println!("reading one packet: processor time, memory asked for");
        costs.iter().for_each(|cost| println!("{}", cost.row()));
        missed.iter().for_each(|line| println!("missed: {line}"));
    }
    if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
