//! Owns the golden stress run as a program, for targets without a test harness: `.ci/targets.sh` runs it as wasm too.
//!
//! It must not need an argument or a file: on wasm32 its exit code is all that it can say.
//! 0: as everywhere; 1: another checksum; 2: a rollback led to another state.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use pvp_net::sim::DuelStress;
use std::process::ExitCode;

fn main() -> ExitCode {
    match DuelStress::golden_run() {
        Ok(report) if DuelStress::is_golden(&report) => {
            println!(
                "{} frames, {} rollbacks, checksum {:016x}",
                report.frames, report.rollbacks, report.checksum
            );
            ExitCode::SUCCESS
        }
        Ok(report) => {
            eprintln!(
                "checksum {:016x} after {} frames, which is not the golden one",
                report.checksum, report.frames
            );
            ExitCode::from(1)
        }
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(2)
        }
    }
}
