//! Owns the command that balances many random specs and checks where each came to rest.
//! Must not judge by itself: `weapon_gen::balance::search::rest` does.
//!
//! `cargo run --release -p weapon-gen --example band -- [--specs N] [--from NUMBER] [--seed S] [--threads T] [--rivals N]`
//!
//! Every spec has a number and is drawn from the seed and that number alone, so a run can go on where another one ended.
//! With rivals each weapon is balanced against that many random weapons of an opponent, beside the reference weapons.
//! The exit code is 1 if a weapon is neither in the band nor at a limit, or took more than 8 passes.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use clap::Parser;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use weapon_gen::balance::search::{Rest, drawn, rest};
use weapon_gen::balance::{Context, balance_in};

/// Balances random specs and checks where each came to rest.
#[derive(Parser)]
struct Arguments {
    /// How many specs to draw.
    #[arg(long, default_value_t = 1_000)]
    specs: u32,
    /// The number of the first spec: where an earlier run ended.
    #[arg(long, default_value_t = 0)]
    from: u32,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads; the result does not depend on them.
    #[arg(long, default_value_t = 1)]
    threads: u32,
    /// Weapons of the opponent, up to 4.
    #[arg(long, default_value_t = 0)]
    rivals: u32,
}

/// How many weapons came to rest where, by passes, and the numbers of those astray.
#[derive(Default)]
struct Tally {
    rests: BTreeMap<Rest, u32>,
    passes: [u32; 9],
    astray: Vec<u32>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let (next, tally) = (AtomicU32::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= arguments.specs {
                        return;
                    }
                    let number = arguments.from.wrapping_add(place);
                    let (rest, passes) = balanced(&arguments, number);
                    count(&mut tally.lock().expect("no panic"), number, rest, passes);
                }
            });
        }
    });
    let tally = tally.into_inner().expect("no panic");
    show(&tally);
    ExitCode::from(u8::from(!tally.astray.is_empty()))
}

fn balanced(arguments: &Arguments, number: u32) -> (Rest, u8) {
    let rivals = (0..arguments.rivals).map(|rival| drawn(!arguments.seed, number.wrapping_mul(4).wrapping_add(rival)));
    let context = Context::against(&rivals.collect::<Vec<_>>());
    let made = balance_in(&drawn(arguments.seed, number), &context);
    (rest(&made, &context), made.passes)
}

fn count(tally: &mut Tally, number: u32, rest: Rest, passes: u8) {
    *tally.rests.entry(rest).or_default() += 1;
    if let Some(count) = tally.passes.get_mut(usize::from(passes)) {
        *count += 1;
    }
    if rest == Rest::Astray {
        tally.astray.push(number);
    }
    if tally.rests.values().sum::<u32>().is_multiple_of(500) {
        eprintln!("so far:");
        show(tally);
    }
}

fn show(tally: &Tally) {
    println!("{} specs: {:?}", tally.rests.values().sum::<u32>(), tally.rests);
    println!("weapons by passes, 0 to 8: {:?}", tally.passes);
    if !tally.astray.is_empty() {
        println!("astray: {:?}", tally.astray);
    }
}
