//! Owns the search for weapons that the budget lets through although they win too much.
//! Must not change a weapon: it draws specs, measures them and says what it found.
//!
//! `cargo run --release -p weapon-gen --example search -- [--specs N] [--seed S] [--threads T]`
//!
//! A spec is under the budget if the receiving peer would take it (`check_budget`).
//! Each fights 8 duels with seeds that the budget does not use; the better it does, the more of 256 duels it fights.
//! The best ones are then changed step by step (hill climbing). The exit code is 1 if one wins more than 90 %.
#![allow(clippy::print_stdout, reason = "a command line tool")]

use clap::Parser;
use pvp_sim::{Rng, WEAPON_LIMITS, WeaponDef, WeaponField, WeaponSpec};
use std::process::ExitCode;
use std::time::Instant;
use weapon_gen::balance::{
    DUEL_COUNT, POWER_FAIR, POWER_MAX, VERDICT_DUEL_COUNT, WIN_PERCENT_MAX, half_wins, power, score,
};
use weapon_gen::check_budget;

/// Looks for specs under the budget that win too much.
#[derive(Parser)]
struct Arguments {
    /// How many specs under the budget to measure.
    #[arg(long, default_value_t = 2_000)]
    specs: u64,
    /// What everything is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: u64,
    /// Hill climbing steps from each of the best specs.
    #[arg(long, default_value_t = 60)]
    climb: u64,
}

/// Duels after which a spec must have won this share, in percent, to go on. The last one has no hurdle.
const HURDLES: [(u32, u32); 3] = [(8, 75), (40, 78), (256, 0)];

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let begun = now();
    time_a_verdict();
    let share = arguments.specs.div_ceil(arguments.threads.max(1));
    let mut best: Vec<(u32, WeaponDef)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..arguments.threads.max(1))
            .map(|worker| scope.spawn(move || drawn(arguments.seed.wrapping_mul(1_000).wrapping_add(worker), share)))
            .collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().expect("a search does not panic"))
            .collect()
    });
    best.sort_by_key(|(rate, weapon)| (std::cmp::Reverse(*rate), weapon.spec().to_bytes()));
    println!(
        "{} specs drawn up to power {POWER_MAX}; {} passed the hurdles and the budget, {} of them without a duel (power up to {POWER_FAIR})",
        share * arguments.threads.max(1),
        best.len(),
        best.iter()
            .filter(|(_, weapon)| power(weapon.spec()) <= POWER_FAIR)
            .count()
    );
    report(&best);
    best.truncate(4);
    let mut rng = Rng::new(arguments.seed);
    let climbed: Vec<_> = best
        .iter()
        .map(|start| climb(*start, arguments.climb, &mut rng))
        .collect();
    println!(
        "after {} steps of hill climbing from each of the best {}:",
        arguments.climb,
        climbed.len()
    );
    report(&climbed);
    println!("{} s", begun.elapsed().as_secs());
    let max = climbed.iter().chain(&best).map(|(rate, _)| *rate).max().unwrap_or(0);
    println!("best win rate found: {max} % (allowed: {WIN_PERCENT_MAX} %)");
    ExitCode::from(u8::from(max > u32::from(WIN_PERCENT_MAX)))
}

#[allow(
    clippy::disallowed_methods,
    reason = "the binary reads the clock, only to show how long it took"
)]
fn now() -> Instant {
    Instant::now()
}

fn time_a_verdict() {
    let mut times: Vec<u128> = pvp_sim::Archetype::ALL
        .iter()
        .map(|archetype| {
            let weapon = WeaponDef::clamped(&archetype.base_spec()).0;
            let begun = now();
            std::hint::black_box(score(&weapon));
            begun.elapsed().as_millis()
        })
        .collect();
    times.sort_unstable();
    println!(
        "a verdict of {DUEL_COUNT} duels on one core: median {} ms, worst of {} archetypes {} ms",
        times[times.len() / 2],
        times.len(),
        times[times.len() - 1]
    );
}

fn report(best: &[(u32, WeaponDef)]) {
    for (rate, weapon) in best.iter().take(5) {
        println!("{rate:3} % power {} {:?}", power(weapon.spec()), weapon.spec());
    }
}

/// Draws specs up to the largest power; those that pass the hurdles and the budget, with their win rates in percent.
fn drawn(seed: u64, count: u64) -> Vec<(u32, WeaponDef)> {
    let mut rng = Rng::new(seed);
    let mut found = Vec::new();
    let mut measured = 0;
    while measured < count {
        let weapon = WeaponDef::clamped(&random_spec(&mut rng)).0;
        if power(weapon.spec()) > POWER_MAX {
            continue;
        }
        measured += 1;
        if let Some(rate) = win_rate(&weapon) {
            found.push((rate, weapon));
        }
    }
    found
}

/// The win rate in percent, or `None` if the weapon fell at a hurdle or the receiving peer refuses it.
fn win_rate(weapon: &WeaponDef) -> Option<u32> {
    let (mut fought, mut won) = (0, 0);
    for (number, (duels, hurdle)) in HURDLES.into_iter().enumerate() {
        if number == 1 && check_budget(weapon).is_err() {
            return None;
        }
        won += half_wins(weapon, VERDICT_DUEL_COUNT + fought..VERDICT_DUEL_COUNT + duels);
        fought = duels;
        if won * 50 < hurdle * duels {
            return None;
        }
    }
    Some(won * 50 / fought)
}

/// Every field uniform within its limits; half of the draws keep the rarer knobs at rest.
fn random_spec(rng: &mut Rng) -> WeaponSpec {
    let mut spec = WeaponSpec {
        restitution: rng.below(256) as u8,
        knockback: rng.below(256) as u8,
        pellets: 1,
        ..WeaponSpec::default()
    };
    let is_plain = rng.chance(1, 2);
    for (field, min, max) in WEAPON_LIMITS {
        let is_rare = matches!(
            field,
            WeaponField::Flags
                | WeaponField::FuseFrames
                | WeaponField::GravityScale
                | WeaponField::EffectRadius
                | WeaponField::Pierce
                | WeaponField::Drag
                | WeaponField::Pellets
                | WeaponField::Spread
                | WeaponField::Homing
                | WeaponField::SelfDamage
        );
        if !(is_plain && is_rare && rng.chance(3, 4)) {
            set(&mut spec, *field, rng.range(*min, *max));
        }
    }
    spec
}

fn set(spec: &mut WeaponSpec, field: WeaponField, value: i32) {
    let byte = value as u8;
    match field {
        WeaponField::Version => spec.version = byte,
        WeaponField::Archetype => spec.archetype = byte,
        WeaponField::Effect => spec.effect = byte,
        WeaponField::Flags => spec.flags = byte,
        WeaponField::Damage => spec.damage = byte,
        WeaponField::Speed => spec.speed = byte,
        WeaponField::Range => spec.range = byte,
        WeaponField::Ammo => spec.ammo = byte,
        WeaponField::CooldownFrames => spec.cooldown_frames = value as u16,
        WeaponField::FuseFrames => spec.fuse_frames = value as u16,
        WeaponField::GravityScale => spec.gravity_scale = value as i16,
        WeaponField::EffectRadius => spec.effect_radius = byte,
        WeaponField::Pierce => spec.pierce = byte,
        WeaponField::Drag => spec.drag = byte,
        WeaponField::BounceCount => spec.bounce_count = byte,
        WeaponField::Pellets => spec.pellets = byte,
        WeaponField::Spread => spec.spread = byte,
        WeaponField::Homing => spec.homing = byte,
        WeaponField::SelfDamage => spec.self_damage = byte,
    }
}

/// Changes one field at a time and keeps what wins more.
fn climb(start: (u32, WeaponDef), steps: u64, rng: &mut Rng) -> (u32, WeaponDef) {
    let mut best = start;
    for _ in 0..steps {
        let mut spec = *best.1.spec();
        for _ in 0..=rng.below(2) {
            let (field, min, max) = WEAPON_LIMITS[rng.below(WEAPON_LIMITS.len() as u32) as usize];
            set(&mut spec, field, rng.range(min, max));
        }
        let weapon = WeaponDef::clamped(&spec).0;
        if power(weapon.spec()) > POWER_MAX {
            continue;
        }
        if let Some(rate) = win_rate(&weapon).filter(|rate| *rate >= best.0) {
            best = (rate, weapon);
        }
    }
    best
}
