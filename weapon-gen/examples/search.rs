//! Owns the command that looks for weapons which the receiving peer takes although they win too much.
//! Must not measure anything itself: `weapon_gen::balance::search` does.
//!
//! `cargo run --release -p weapon-gen --example search -- [--specs N] [--from NUMBER] [--seed S] [--threads T] [--climb STEPS]`
//!
//! Every spec has a number and is drawn from the seed and that number alone, so a search can go on where another one ended.
//! Each fights 8 duels with seeds that the verdict does not use; the better it does, the more of 256 duels it fights.
//! The best ones are then changed step by step (hill climbing), and confirmed in 2,048 other duels.
//! The exit code is 1 if a confirmed one wins more than 90 %.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

use clap::Parser;
use pvp_sim::{Archetype, PlayerId, WeaponDef, WeaponSpec, fallback_weapon};
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;
use weapon_gen::balance::search::{CONFIRM_DUELS, Outcome, climb, confirm, drawn, measure};
use weapon_gen::balance::{DUEL_COUNT, WIN_PERCENT_MAX, power, score};
use weapon_gen::check_budget;

/// Looks for weapons that the receiving peer takes although they win too much.
#[derive(Parser)]
struct Arguments {
    /// How many specs to draw.
    #[arg(long, default_value_t = 1_000)]
    specs: u32,
    /// The number of the first spec: where an earlier search ended.
    #[arg(long, default_value_t = 0)]
    from: u32,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads; the result does not depend on them.
    #[arg(long, default_value_t = 1)]
    threads: u32,
    /// Hill climbing steps from each of the best specs.
    #[arg(long, default_value_t = 40)]
    climb: u32,
    /// How many of the best specs to climb from and to confirm.
    #[arg(long, default_value_t = 4)]
    best: usize,
    /// Only time the verdict on every archetype.
    #[arg(long)]
    verdict: bool,
    /// Only judge one spec and climb from it: its 24 bytes as the progress shows them, "1, 22, 6, …".
    #[arg(long)]
    spec: Option<String>,
    /// Only judge fallbacks, this many draws of every archetype.
    #[arg(long)]
    fallbacks: Option<u32>,
}

/// What the draws came to.
#[derive(Default)]
struct Tally {
    drawn: u32,
    weak: u32,
    refused: u32,
    measured: Vec<(u32, WeaponDef)>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.verdict {
        time_verdicts();
        return ExitCode::SUCCESS;
    }
    if let Some(draws) = arguments.fallbacks {
        return judge_fallbacks(draws);
    }
    if let Some(text) = &arguments.spec {
        return judge_spec(text, &arguments);
    }
    let begun = now();
    let mut tally = draw_all(&arguments, begun);
    tally
        .measured
        .sort_by_key(|(rate, weapon)| (std::cmp::Reverse(*rate), weapon.spec().to_bytes()));
    println!(
        "seed {}, specs {} to {}: {} too weak to matter, {} refused, {} taken and measured in full; {} s",
        arguments.seed,
        arguments.from,
        arguments.from + tally.drawn,
        tally.weak,
        tally.refused,
        tally.measured.len(),
        begun.elapsed().as_secs()
    );
    tally.measured.truncate(arguments.best);
    report("best of the draws", &tally.measured);
    let climbed: Vec<_> = tally
        .measured
        .iter()
        .zip(arguments.seed..)
        .map(|((rate, weapon), seed)| climb(weapon, *rate, arguments.climb, seed))
        .map(|(weapon, rate)| (rate, weapon))
        .collect();
    report(&format!("after {} steps of hill climbing", arguments.climb), &climbed);
    let finalists: Vec<_> = climbed.iter().chain(&tally.measured).collect();
    let confirmed = finalists.iter().map(|(_, weapon)| confirm(weapon)).max().unwrap_or(0);
    println!(
        "best win rate over {CONFIRM_DUELS} other duels: {confirmed} % (allowed: {WIN_PERCENT_MAX} %); {} s",
        begun.elapsed().as_secs()
    );
    ExitCode::from(u8::from(confirmed > u32::from(WIN_PERCENT_MAX)))
}

fn draw_all(arguments: &Arguments, begun: Instant) -> Tally {
    let (next, tally) = (AtomicU32::new(0), Mutex::new(Tally::default()));
    std::thread::scope(|scope| {
        for _ in 0..arguments.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    if place >= arguments.specs {
                        return;
                    }
                    let weapon = drawn(arguments.seed, arguments.from.wrapping_add(place));
                    let outcome = measure(&weapon);
                    let mut tally = tally.lock().expect("a search does not panic");
                    count(&mut tally, weapon, outcome);
                    if tally.drawn.is_multiple_of(1_000) {
                        progress(&tally, begun);
                    }
                }
            });
        }
    });
    tally.into_inner().expect("a search does not panic")
}

fn count(tally: &mut Tally, weapon: WeaponDef, outcome: Outcome) {
    tally.drawn += 1;
    match outcome {
        Outcome::Weak => tally.weak += 1,
        Outcome::Refused => tally.refused += 1,
        Outcome::Measured(rate) => tally.measured.push((rate, weapon)),
    }
}

fn progress(tally: &Tally, begun: Instant) {
    let best = tally.measured.iter().max_by_key(|(rate, _)| *rate);
    eprintln!(
        "{} drawn, {} refused, {} measured, best {} % {:?}, {} s",
        tally.drawn,
        tally.refused,
        tally.measured.len(),
        best.map_or(0, |(rate, _)| *rate),
        best.map(|(_, weapon)| weapon.spec().to_bytes()).unwrap_or_default(),
        begun.elapsed().as_secs()
    );
}

fn report(title: &str, best: &[(u32, WeaponDef)]) {
    println!("{title}:");
    for (rate, weapon) in best {
        println!("{rate:3} % power {} {:?}", power(weapon.spec()), weapon.spec());
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "the binary reads the clock, only to show how long it took"
)]
fn now() -> Instant {
    Instant::now()
}

/// Median and worst time of the scores of all archetypes, and of the receiving peer's verdict.
fn time_verdicts() {
    let timed = |name: &str, judge: &dyn Fn(&WeaponDef)| {
        let mut times: Vec<_> = Archetype::ALL
            .iter()
            .map(|archetype| {
                let weapon = WeaponDef::clamped(&archetype.base_spec()).0;
                let begun = now();
                judge(&weapon);
                begun.elapsed().as_millis()
            })
            .collect();
        times.sort_unstable();
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        println!(
            "{name}: median {median} ms, worst of {} archetypes {worst} ms",
            times.len()
        );
    };
    timed(&format!("score of {DUEL_COUNT} duels"), &|weapon| {
        std::hint::black_box(score(weapon));
    });
    timed("check_budget", &|weapon| {
        std::hint::black_box(check_budget(weapon).is_ok());
    });
}

fn judge_spec(text: &str, arguments: &Arguments) -> ExitCode {
    let bytes: Vec<u8> = text
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|number| number.parse().ok())
        .collect();
    let Ok(bytes) = <[u8; WeaponSpec::BYTES]>::try_from(bytes) else {
        eprintln!("a spec has {} bytes", WeaponSpec::BYTES);
        return ExitCode::from(2);
    };
    let start = WeaponDef::clamped(&WeaponSpec::from_bytes(&bytes)).0;
    let Outcome::Measured(rate) = measure(&start) else {
        println!("{:?}, {:?}: {:?}", start.spec(), check_budget(&start), measure(&start));
        return ExitCode::SUCCESS;
    };
    let climbed = climb(&start, rate, arguments.climb, arguments.seed);
    let mut best = 0;
    for (weapon, rate) in [(start, rate), climbed] {
        let confirmed = confirm(&weapon);
        println!(
            "{rate} %, over {CONFIRM_DUELS} other duels {confirmed} %, power {} {:?}",
            power(weapon.spec()),
            weapon.spec()
        );
        best = best.max(confirmed);
    }
    ExitCode::from(u8::from(best > u32::from(WIN_PERCENT_MAX)))
}

fn judge_fallbacks(draws: u32) -> ExitCode {
    let mut seen = BTreeSet::new();
    let mut refused = 0;
    for number in 0..draws * Archetype::COUNT as u32 {
        let hint = (number % Archetype::COUNT as u32) as u8;
        let weapon = fallback_weapon(u64::from(number), PlayerId(number as u8 % 2), number as u8, hint);
        if seen.insert(weapon.spec().to_bytes()) && check_budget(&weapon).is_err() {
            refused += 1;
            println!("refused: {:?}", weapon.spec());
        }
    }
    println!("{} different fallbacks, {refused} refused", seen.len());
    ExitCode::from(u8::from(refused > 0))
}
