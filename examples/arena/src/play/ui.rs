//! Owns the words between a window and the screens: what the player did, where to go next, and what all screens share.
//! Must not know a window system.

use super::pads::PadButton;
use crate::render::Canvas;
use crate::settings::Settings;
use crate::shelf::Recording;
use crate::sound::Cue;
use pvp_sim::bot::BotKind;
use std::path::PathBuf;
use std::time::Duration;

/// Something the player did. Keys are named as in [`crate::settings`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UiEvent {
    /// A key went down.
    Press {
        /// Its name.
        key: String,
        /// The text it types, if any.
        text: Option<String>,
        /// Whether it is only still held.
        is_repeat: bool,
    },
    /// A key came up.
    Release {
        /// Its name.
        key: String,
    },
    /// The mouse moved: where, in pixels of the picture.
    Cursor {
        /// From the left.
        x: i32,
        /// From the top.
        y: i32,
    },
    /// The left button of the mouse went down (or came up).
    Mouse {
        /// Whether it is down.
        is_down: bool,
    },
    /// A button of a gamepad went down or came up.
    Pad {
        /// Which gamepad, from 0.
        pad: u8,
        /// Which button.
        button: PadButton,
        /// Whether it is down.
        is_down: bool,
    },
    /// A stick of a gamepad moved.
    Stick {
        /// Which gamepad, from 0.
        pad: u8,
        /// Whether it is the right one.
        is_right: bool,
        /// −100 (left) to 100 (right).
        x: i8,
        /// −100 (down) to 100 (up).
        y: i8,
    },
    /// The window lost the keyboard.
    FocusLost,
}

/// Where a screen leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Go {
    /// Nowhere.
    Stay,
    /// The first screen.
    Main,
    /// The settings.
    Settings,
    /// A match against a bot.
    Bot(BotKind, u8),
    /// Two persons at this machine.
    Versus,
    /// A room to practice in.
    Practice,
    /// The same with four fighters.
    Crowd,
    /// Opens a room, with this code or a new one, and waits.
    Host(Option<String>),
    /// Asks for a room's code.
    AskCode,
    /// Goes to a room.
    Join(String),
    /// The recorded matches.
    Library,
    /// Watches a replay.
    Watch(PathBuf),
    /// Out of the game.
    Quit,
}

/// What all screens share.
#[derive(Clone, Debug)]
pub struct Shell {
    /// What the player prefers.
    pub settings: Settings,
    /// Where that is kept; `None` keeps nothing.
    pub settings_path: Option<PathBuf>,
    /// Where matches are recorded.
    pub recording: Recording,
    /// Another match each time.
    pub seed: u64,
    /// Something that went wrong, for the first screen.
    pub notice: Option<String>,
    /// Real time since the start.
    pub now: Duration,
}

impl Shell {
    /// A seed that was not used before.
    pub fn next_seed(&mut self) -> u64 {
        self.seed = self.seed.wrapping_add(1);
        self.seed
    }

    /// Writes the settings; a failure is shown on the first screen.
    pub fn keep_settings(&mut self) {
        if let Some(path) = &self.settings_path
            && let Err(error) = self.settings.write(path)
        {
            self.notice = Some(error.to_string());
        }
    }
}

/// One screen.
pub(super) trait Screen {
    /// Takes what the player did.
    fn event(&mut self, event: &UiEvent, shell: &mut Shell) -> Go;
    /// Lets time pass.
    fn tick(&mut self, shell: &mut Shell) -> Go;
    /// Draws itself.
    fn draw(&self, shell: &Shell, canvas: &mut Canvas);
    /// Whether gamepads are hands here; otherwise they are keys.
    fn takes_pads(&self) -> bool {
        false
    }
    /// Takes out what is to be heard.
    fn cues(&mut self) -> Vec<Cue> {
        Vec::new()
    }
    /// Called before another screen takes its place.
    fn close(&mut self, shell: &mut Shell) {
        let _ = shell;
    }
}
