//! Owns the golden weapons as a program, for targets without a test harness: `.ci/targets.sh --weapons` runs it.
//!
//! It must not need an argument, a file or an import: on wasm32 its exit code is all that it can say.
//! The exit code is 0, or the number of the first line that differs, counted from one.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use std::process::ExitCode;

use weapon_gen::golden;

fn main() -> ExitCode {
    match golden::first_difference() {
        None => {
            println!("{} weapons and sprites equal", golden::COMMITTED.lines().count());
            ExitCode::SUCCESS
        }
        Some(line) => {
            eprintln!("line {line} of weapon-gen/golden/weapons.txt differs");
            ExitCode::from(line.min(255) as u8)
        }
    }
}
