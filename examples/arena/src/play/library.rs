//! Owns the list of recorded matches.
//! Must not play them.

use super::menu::{Menu, Picked, Row};
use super::ui::{Go, Screen, Shell, UiEvent};
use crate::render::{Canvas, HEIGHT, WIDTH, fit};
use std::path::PathBuf;

/// The recorded matches, the newest first.
pub(super) struct Library {
    menu: Menu,
    files: Vec<PathBuf>,
}

impl Library {
    /// What is there now.
    #[must_use]
    pub(super) fn new(shell: &Shell) -> Library {
        let (mut rows, mut files) = (Vec::new(), Vec::new());
        for (title, file) in shell.recording.matches() {
            rows.push(Row::new(fit(&title, WIDTH - 60)));
            files.push(file);
        }
        rows.push(Row::new("back"));
        Library {
            menu: Menu::new("which match?", rows),
            files,
        }
    }
}

impl Screen for Library {
    fn event(&mut self, event: &UiEvent, _: &mut Shell) -> Go {
        match self.menu.event(event) {
            Picked::Row(row) => self.files.get(row).map_or(Go::Main, |file| Go::Watch(file.clone())),
            Picked::Back => Go::Main,
            Picked::Change(..) | Picked::Nothing => Go::Stay,
        }
    }

    fn tick(&mut self, _: &mut Shell) -> Go {
        Go::Stay
    }

    fn draw(&self, _: &Shell, canvas: &mut Canvas) {
        canvas.forget_texts();
        canvas.shade(0, 0, WIDTH, HEIGHT);
        self.menu.draw(canvas);
    }
}
