//! Owns the command that verifies a replay: what it says of a file, and its exit code.
//! Must not judge: `record` does, and the viewer asks the same.

use super::{Outcome, say};
use crate::record::{self, replay_rules};
use crate::report::hex;
use crate::terminal::terminal;
use clap::Args;
use pvp_net::replay::Claim;
use std::path::PathBuf;
use std::process::ExitCode;

/// What a file is worth that is sound and lacks its end.
const CUT_SHORT: u8 = 3;

#[derive(Args, Debug)]
pub(super) struct VerifyArgs {
    /// The replay file.
    file: PathBuf,
    /// Take a file that is cut short, if all that is there is sound.
    #[arg(long)]
    partial: bool,
}

pub(super) fn run(args: &VerifyArgs) -> Outcome {
    let (player, _) = record::open_player(&args.file)?;
    let verified = player.verified();
    let file = args.file.display();
    if !verified.is_complete && !args.partial {
        let text = format!(
            "arena: {file} is cut short: {} frames are sound, the end is missing (--partial takes it)\n",
            verified.frames
        );
        terminal().tell(&text);
        return Ok(ExitCode::from(CUT_SHORT));
    }
    let ending = if verified.is_complete {
        "complete"
    } else {
        "cut short, but sound up to here"
    };
    let winner = verified
        .winner
        .map_or_else(|| "nobody yet".to_owned(), |player| format!("player {}", player + 1));
    let names: Vec<String> = player
        .replay()
        .header()
        .names
        .iter()
        .map(|name| format!("{name:?}"))
        .collect();
    let claims: Vec<String> = replay_rules()
        .claims()
        .into_iter()
        .map(|claim| match claim {
            Claim::Names => format!("{claim} ({})", names.join(", ")),
            claim => claim.to_string(),
        })
        .collect();
    say(&format!(
        "{file}: {} frames verified, {ending}\n\
         checksum    {} at frame {}\n\
         winner      {winner}\n\
         claims      only a signature could prove {}\n",
        verified.frames,
        hex(verified.checksum),
        verified.frames,
        claims.join("; ")
    ));
    Ok(ExitCode::SUCCESS)
}
