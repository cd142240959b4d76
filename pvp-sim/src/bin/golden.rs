//! Owns the golden traces as a program, for targets without a test harness: `.ci/targets.sh` runs it everywhere.
//!
//! It must not need an argument, a file or an import: on wasm32 its exit code is all that it can say.
//! The exit code is 0, or the number of the first scenario that differs, counted from one.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use std::process::ExitCode;

use pvp_sim::scenario::ALL;

fn main() -> ExitCode {
    let mut lines = 0;
    for (index, scenario) in ALL.iter().enumerate() {
        match scenario.check() {
            Ok(count) => lines += count,
            Err(difference) => {
                eprintln!("{}: {difference}", scenario.name);
                return ExitCode::from(index as u8 + 1);
            }
        }
    }
    println!("{} scenarios, {lines} lines", ALL.len());
    ExitCode::SUCCESS
}
