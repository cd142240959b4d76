//! Owns the counting of heap allocations beside the peers: `allocations [--json]`.
//!
//! It must not report a time: counting costs some, so `versus` measures without it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use std::alloc::System;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use pvp_benches::measure::Effort;
use pvp_benches::net;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Heap allocations of a session of pvp-net beside bare ggrs and fortress-rollback, and of reading single packets.
#[derive(Parser)]
struct Arguments {
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// How long to play each condition, in seconds.
    #[arg(long, default_value_t = 15)]
    seconds: u64,
}

/// Fails when a packet asks for more memory than it may.
fn main() -> ExitCode {
    let Arguments { json, seconds } = Arguments::parse();
    let conditions = match net::compare(Duration::from_secs(seconds), 1) {
        Ok(conditions) => conditions,
        Err(failure) => {
            eprintln!("{failure}");
            return ExitCode::FAILURE;
        }
    };
    let costs = net::hostile::costs(Effort::QUICK);
    let missed: Vec<String> = costs.iter().filter_map(net::hostile::Cost::missed_memory).collect();
    if json {
        let frames: Vec<_> = conditions
            .iter()
            .map(|condition| {
                let rows = condition.rows.iter();
                let rows = rows.map(|row| (row.name, row.allocations_per_frame));
                (condition.name, rows.collect::<Vec<_>>())
            })
            .collect();
        let packets: Vec<_> = costs.iter().map(|cost| (cost.packets, cost.bytes_allocated)).collect();
        println!(
            "{}",
            serde_json::json!({ "allocations_per_frame": frames, "bytes_per_packet": packets, "missed": missed })
        );
    } else {
        println!("heap allocations per frame and peer\n");
        for condition in &conditions {
            println!("{}", condition.name);
            for row in &condition.rows {
                println!("  {:<18} {:>8.1}", row.name, row.allocations_per_frame);
            }
        }
        println!("\nbytes asked for by one packet, at most");
        for cost in &costs {
            println!("  {:<34} {:>8} B", cost.packets, cost.bytes_allocated);
        }
        missed.iter().for_each(|line| println!("missed: {line}"));
    }
    if missed.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
