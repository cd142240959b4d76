//! Owns what a person sees on standard error while a match runs: its notes, and a bar.
//! Must not print by itself: the terminal does.

use super::describe;
use crate::duel::Note;
use crate::terminal::terminal;

/// What a person sees on standard error while a match runs; nothing with `--json`.
pub(super) struct Screen {
    silent: bool,
    bar: bool,
    frames: u32,
}

impl Screen {
    pub(super) fn new(json: bool, frames: u32) -> Screen {
        Screen {
            silent: json,
            bar: !json && terminal().is_watched(),
            frames,
        }
    }

    pub(super) fn note(&mut self, who: &str, frame: u32, note: &Note) {
        // Who wants one object still has to know that a file it asked for is not whole.
        if self.silent && !matches!(note, Note::RecordingStopped { .. }) {
            return;
        }
        let Some(text) = describe(note) else { return };
        self.clear();
        terminal().tell(&format!(
            "{:>6.1} s  {who}{}{}\n",
            f64::from(frame) / 60.0,
            if who.is_empty() { "" } else { ": " },
            // A note holds names and reasons of the other side; it stays one line.
            text.replace('\n', "\\n")
        ));
    }

    pub(super) fn progress(&mut self, frame: u32) {
        if !self.bar {
            return;
        }
        let done = (frame.min(self.frames) as usize * 40) / self.frames.max(1) as usize;
        terminal().draw(&format!(
            "\r[{}{}] frame {frame} of {}",
            "#".repeat(done),
            "-".repeat(40 - done),
            self.frames
        ));
    }

    pub(super) fn clear(&mut self) {
        if self.bar {
            terminal().draw("\r\x1b[K");
        }
    }
}
