//! Owns the command that stresses the duel with rollbacks.
//! Must not play: `pvp_net` does.

use super::{Outcome, Screen};
use crate::report::hex;
use clap::Args;
use pvp_net::sim::DuelStress;
use serde_json::json;
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct StressArgs {
    /// Frames to play (60 are a second).
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    frames: u32,
    /// Draws the match, the depths of the rollbacks and the wrong guesses.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object and nothing else.
    #[arg(long)]
    json: bool,
    /// A drill: one simulation miscalculates after so many frames.
    #[arg(long, value_name = "FRAME", hide = true)]
    inject_desync: Option<u32>,
}

pub(super) fn run(args: StressArgs) -> Outcome {
    let mut stress = DuelStress::new(args.seed, args.inject_desync);
    let mut screen = Screen::new(args.json, args.frames);
    for frame in 0..args.frames {
        if frame % 3_600 == 0 {
            screen.progress(frame);
        }
        if let Err(failure) = stress.advance() {
            screen.clear();
            return Err(failure.into());
        }
    }
    screen.clear();
    let report = stress.report();
    if args.json {
        let report = json!({
            "frames": report.frames,
            "seed": args.seed,
            "rollbacks": report.rollbacks,
            "rollback_depth_max": report.depth_frames_max,
            "resimulated_frames": report.resimulated_frames,
            "mispredicted_frames": report.mispredicted_frames,
            "transfers": report.transfers,
            "checksum": hex(report.checksum),
        });
        super::say(&format!("{report}\n"));
    } else {
        super::say(&format!(
            "{} frames, both simulations equal after each\n\
             rollbacks   {}, up to {} frames deep, {} frames simulated again, {} on wrong guesses\n\
             transfers   {} states as bytes\n\
             checksum    {}\n",
            report.frames,
            report.rollbacks,
            report.depth_frames_max,
            report.resimulated_frames,
            report.mispredicted_frames,
            report.transfers,
            hex(report.checksum)
        ));
    }
    Ok(ExitCode::SUCCESS)
}
