//! Owns the command that shows a replay: in the window, as an animation, or as single pictures.
//! Must not draw: `capture` does.

use super::{Outcome, Screen, WindowArgs, open_window};
use crate::capture::{Film, Range};
use crate::output::{IfTaken, Target};
use crate::play::Go;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Args, Debug)]
pub(super) struct ReplayArgs {
    /// The replay file.
    file: PathBuf,
    /// Write an animation instead of opening the window.
    #[arg(long, value_name = "OUT", conflicts_with = "png_dir")]
    gif: Option<PathBuf>,
    /// Write single pictures into this folder instead of opening the window.
    #[arg(long, value_name = "DIR")]
    png_dir: Option<PathBuf>,
    /// The first frame to draw (60 are a second).
    #[arg(long, default_value_t = 0, value_name = "FRAME")]
    from: u32,
    /// The frame after the last one to draw; the end if left out.
    #[arg(long, value_name = "FRAME")]
    to: Option<u32>,
    /// Size of a pixel.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=8))]
    scale: u32,
    /// Frames from one picture to the next.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=60))]
    every: u32,
    /// Overwrite pictures that are there; never the replay itself.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    window: WindowArgs,
}

pub(super) fn run(args: ReplayArgs) -> Outcome {
    let range = Range {
        from: args.from,
        to: args.to,
        every: args.every,
        scale: args.scale,
    };
    let mut film = Film::open(&args.file)?;
    let target = |path: &Path| Target {
        path: path.to_owned(),
        if_taken: IfTaken::forced(args.force),
    };
    let last = args.to.unwrap_or(film.frames()).min(film.frames());
    let mut screen = Screen::new(false, last.saturating_sub(args.from));
    let progress = |frame: u32| screen.progress(frame + 1 - args.from);
    let (count, out) = match (&args.gif, &args.png_dir) {
        (Some(out), _) => (film.animation(&target(out), range, progress)?, out),
        (None, Some(folder)) => (film.png_folder(&target(folder), range, progress)?, folder),
        (None, None) => {
            super::spare_inputs(&args.window, &[&args.file])?;
            return open_window(args.window, Some(Go::Watch(args.file)));
        }
    };
    screen.clear();
    let ending = if film.is_complete() { "" } else { ", which is cut short" };
    super::say(&format!(
        "{count} pictures of {}{ending} in {}\n",
        args.file.display(),
        out.display()
    ));
    Ok(ExitCode::SUCCESS)
}
