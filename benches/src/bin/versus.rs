//! Owns the command line of the comparisons: `versus -- sim [--json]`, `versus -- net [--json]`.
//!
//! Each subcommand is a module of the library; this file only prints.
//! It must not count allocations: that would slow down whoever allocates (`--bin allocations` does it).
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use pvp_benches::measure::Effort;
use pvp_benches::{net, sim};

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
        /// How often to measure; medians are reported.
        #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
        runs: u32,
    },
    /// A session of pvp-net beside bare ggrs and fortress-rollback, in real time.
    Net {
        /// Print one JSON object and nothing else.
        #[arg(long)]
        json: bool,
        /// How long to play each condition, in seconds.
        #[arg(long, default_value_t = 15)]
        seconds: u64,
        /// How often to play each condition; medians are reported.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
        runs: u32,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().subject {
        Subject::Sim { json, runs } => compare_simulations(json, runs),
        Subject::Net { json, seconds, runs } => compare_sessions(json, Duration::from_secs(seconds), runs),
    }
}

/// Fails when a required goal was missed.
fn compare_simulations(json: bool, runs: u32) -> ExitCode {
    let comparisons = sim::compare(Effort::FULL, runs);
    let duel = sim::duel::DuelSpeed::measure(Effort::FULL);
    let mut missed: Vec<String> = comparisons.iter().flat_map(sim::report::Comparison::missed).collect();
    missed.extend(duel.missed());
    if json {
        println!(
            "{}",
            serde_json::json!({ "scenes": comparisons, "duel": duel, "missed": missed })
        );
    } else {
        println!("processor time of one thread, medians of {runs} runs; rapier2d with enhanced-determinism and CCD\n");
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
fn compare_sessions(json: bool, span: Duration, runs: u32) -> ExitCode {
    let conditions = match net::compare(span, runs) {
        Ok(conditions) => conditions,
        Err(failure) => {
            eprintln!("{failure}");
            return ExitCode::FAILURE;
        }
    };
    let udp = match net::sockets::udp(span) {
        Ok(Some(udp)) => udp,
        Ok(None) => {
            eprintln!("two peers on loopback did not find each other within 20 s");
            return ExitCode::FAILURE;
        }
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let costs = net::hostile::costs(Effort::FULL);
    let mut missed: Vec<String> = conditions.iter().flat_map(net::report::Condition::missed).collect();
    missed.extend(costs.iter().filter_map(net::hostile::Cost::missed_time));
    if json {
        let figures =
            serde_json::json!({ "conditions": conditions, "udp": udp, "packet_costs": costs, "missed": missed });
        println!("{figures}");
    } else {
        println!(
            "per peer, medians of {runs} runs; input of 2 bytes at 60 Hz, delay 2, window 10; \
             simulated link, wire = payload + 28 B per datagram, not encrypted\n"
        );
        conditions
            .iter()
            .for_each(|condition| println!("{}", condition.table()));
        println!("{}\n", udp.line());
        println!("reading one packet: processor time");
        costs.iter().for_each(|cost| println!("{}", cost.row()));
        missed.iter().for_each(|line| println!("missed: {line}"));
    }
    if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
