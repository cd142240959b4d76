//! Owns the command line of the forge: prompts in, weapons out as text, JSON, pictures.
//! Must not decide anything about a weapon: the library does.
//!
//! `cargo run --release -p weapon-gen --example forge -- "flaming ice sword" [PROMPT…] [--seed N] [--provider NAME] [--json] [--png FILE] [--sheet FILE] [--force]`
//!
//! With `--features cache,providers` it asks the AI providers whose keys are in the environment.
//!
//! The exit code is 0 if every prompt became a weapon, 2 if one was refused (the reason is on standard error).
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool")]

mod maker;
mod sheet;
mod terminal;

use clap::Parser;
use maker::Maker;
use pvp_sim::MatchDef;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};
use weapon_gen::{ForgeRequest, Forged};

/// Forges weapons from prompts.
#[derive(Parser)]
struct Arguments {
    /// What the weapons should be.
    #[arg(required = true)]
    prompts: Vec<String>,
    /// The match's seed; it decides what prompts become that name no weapon.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Asks this AI provider first (gemini, anthropic, openai); its key comes from the environment.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// One JSON object per weapon on standard output and nothing else.
    #[arg(long)]
    json: bool,
    /// Writes the sprite of the (only) prompt.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Writes a contact sheet of all sprites, with their names.
    #[arg(long, value_name = "FILE")]
    sheet: Option<PathBuf>,
    /// Overwrites pictures that are there.
    #[arg(long)]
    force: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.png.is_some() && arguments.prompts.len() > 1 {
        eprintln!("--png takes one prompt; --sheet shows many");
        return ExitCode::from(64);
    }
    match run(&arguments) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(2),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Forges every prompt and writes what is asked for; the number of refused prompts.
fn run(arguments: &Arguments) -> Result<usize, String> {
    // Before anything is made: a provider's weapon costs money.
    for file in arguments.png.iter().chain(&arguments.sheet) {
        if file.is_file() && !arguments.force {
            return Err(format!(
                "{} exists and is not overwritten without --force",
                file.display()
            ));
        }
    }
    if arguments.png.is_some() && arguments.png == arguments.sheet {
        return Err("--png and --sheet are two files".to_owned());
    }
    let ruleset_hash = MatchDef::duel(arguments.seed).ruleset_hash();
    let mut maker = Maker::new(arguments.provider.as_deref(), ruleset_hash)?;
    let mut made = Vec::new();
    for (number, prompt) in arguments.prompts.iter().enumerate() {
        let request = ForgeRequest {
            prompt,
            match_seed: arguments.seed,
            player: 0,
            request_seq: (number % 255 + 1) as u8,
        };
        let begun = now();
        match maker.make(&request) {
            Ok(forged) => {
                show(&forged, begun.elapsed(), arguments.json);
                made.push((prompt.clone(), forged));
            }
            Err(refusal) => eprintln!("“{prompt}” is refused: {refusal}"),
        }
    }
    if let (Some(file), Some((_, forged))) = (&arguments.png, made.first()) {
        write(file, &forged.sprite.to_png(), arguments.force)?;
    }
    if let Some(file) = &arguments.sheet {
        write(file, &sheet::png(&made), arguments.force)?;
    }
    Ok(arguments.prompts.len() - made.len())
}

#[allow(
    clippy::disallowed_methods,
    reason = "the binary reads the clock, only to show how long it took"
)]
fn now() -> Instant {
    Instant::now()
}

/// What came to be there in the meantime stays too, unless it is forced.
fn write(path: &Path, bytes: &[u8], force: bool) -> Result<(), String> {
    let is_replaced = force || path.exists() && !path.is_file();
    let mut options = std::fs::File::options();
    options.write(true).truncate(force);
    if is_replaced {
        options.create(true);
    } else {
        options.create_new(true);
    }
    let written = options.open(path).and_then(|mut file| file.write_all(bytes));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()))
}

fn show(forged: &Forged, elapsed: Duration, as_json: bool) {
    if as_json {
        println!("{}", json_of(forged, elapsed));
    } else {
        print!("{}", terminal::card(forged, elapsed));
    }
}

/// `moderated` says that the name was replaced because not every audience may read it.
fn json_of(forged: &Forged, elapsed: Duration) -> serde_json::Value {
    let spec = forged.weapon.spec();
    json!({
        "name": forged.name,
        "archetype": forged.archetype.name(),
        "tier": forged.tier.name(),
        "score": forged.score,
        "spec": {
            "damage": spec.damage,
            "speed": spec.speed,
            "range": spec.range,
            "ammo": spec.ammo,
            "cooldown_ms": spec.cooldown_ms(),
            "effect": forged.weapon.effect().name(),
            "effect_radius": spec.effect_radius,
            "fuse_frames": spec.fuse_frames,
            "gravity_scale": spec.gravity_scale,
            "pierce": spec.pierce,
            "drag": spec.drag,
            "restitution": spec.restitution,
            "bounce_count": spec.bounce_count,
            "pellets": spec.pellets,
            "spread": spec.spread,
            "homing": spec.homing,
            "knockback": spec.knockback,
            "self_damage": spec.self_damage,
            "flags": spec.flags,
        },
        "spec_hash": terminal::hex(&forged.spec_hash()),
        "elapsed_ms": u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        "moderated": forged.name.starts_with("nameless "),
    })
}
