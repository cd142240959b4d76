//! Owns which screen is shown, and how one leads to another.
//! Must not know a window system: it takes what the player did and gives pixels, so tests play it without a screen.

use super::backdrop::Backdrop;
use super::fight::Fight;
use super::host;
use super::library::Library;
use super::local::{LocalMatch, LocalOptions, MakeForging};
use super::online::{OnlineMatch, OnlineOptions};
use super::pads::{PadButton, PadKeys};
use super::practice::Practice;
use super::preferences::Preferences;
use super::screens::{AskCode, MainMenu, room_code};
use super::ui::{Go, Screen, Shell, UiEvent};
use super::viewer::Viewer;
use crate::forging::ThreadForging;
use crate::ledger::Taste;
use crate::render::Canvas;
use crate::sound::Cue;
use pvp_sim::{DuelState, SwarmState};
use std::time::Duration;

/// The whole game behind the window.
pub struct App {
    shell: Shell,
    screen: Box<dyn Screen>,
    backdrop: Backdrop,
    has_backdrop: bool,
    is_done: bool,
    pad_keys: PadKeys,
    entropy: fn() -> u64,
    make_forging: MakeForging,
}

/// How long a room waits for its second player.
const ROOM_PATIENCE: Duration = Duration::from_secs(15 * 60);

impl App {
    /// The game at its first screen, or where `go` leads. `entropy` gives unpredictable bits.
    #[must_use]
    pub fn new(shell: Shell, go: Go, entropy: fn() -> u64) -> App {
        let mut app = App {
            backdrop: Backdrop::new(shell.seed, shell.now),
            shell,
            screen: Box::new(MainMenu::default()),
            has_backdrop: true,
            is_done: false,
            pad_keys: PadKeys::default(),
            entropy,
            make_forging: ThreadForging::boxed,
        };
        app.follow(go);
        app
    }

    /// Whether the player has left.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// The settings as they are now.
    #[must_use]
    pub fn shell(&self) -> &Shell {
        &self.shell
    }

    /// Takes what the player did.
    pub fn event(&mut self, event: &UiEvent) {
        let is_hands = self.screen.takes_pads()
            && !matches!(
                event,
                UiEvent::Pad {
                    button: PadButton::Start | PadButton::Select,
                    ..
                }
            );
        let event = match event {
            UiEvent::Pad { .. } | UiEvent::Stick { .. } if is_hands => Some(event.clone()),
            event => self.pad_keys.translate(event),
        };
        if let Some(event) = event {
            let go = self.screen.event(&event, &mut self.shell);
            self.follow(go);
        }
    }

    /// Lets time pass, up to `now` since the start.
    pub fn tick(&mut self, now: Duration) {
        self.shell.now = now;
        if self.has_backdrop {
            self.backdrop.run_until(now);
        }
        let go = self.screen.tick(&mut self.shell);
        self.follow(go);
    }

    /// Takes out what is to be heard.
    pub fn cues(&mut self) -> Vec<Cue> {
        self.screen.cues()
    }

    /// Draws the screen.
    pub fn draw(&self, canvas: &mut Canvas) {
        if self.has_backdrop {
            self.backdrop.draw(canvas);
        }
        self.screen.draw(&self.shell, canvas);
    }

    /// Leaves in order: the other side is told, files are ended.
    pub fn close(&mut self) {
        self.screen.close(&mut self.shell);
        self.is_done = true;
    }

    fn follow(&mut self, go: Go) {
        if go == Go::Stay {
            return;
        }
        tracing::info!(?go, "screen");
        if go == Go::Quit {
            self.close();
            return;
        }
        match self.open(go) {
            Ok((screen, has_backdrop)) => {
                self.screen.close(&mut self.shell);
                self.screen = screen;
                self.has_backdrop = has_backdrop;
            }
            Err(why) => {
                tracing::info!("{why}");
                self.screen.close(&mut self.shell);
                self.shell.notice = Some(why);
                self.screen = Box::new(MainMenu::default());
                self.has_backdrop = true;
            }
        }
    }

    fn open(&mut self, go: Go) -> Result<(Box<dyn Screen>, bool), String> {
        Ok(match go {
            Go::Bot(kind, level) => (self.local(Some((kind, level)))?, false),
            Go::Versus => (self.local(None)?, false),
            Go::Practice => (Box::new(Practice::<DuelState>::new(&self.shell)), false),
            Go::Crowd => (Box::new(Practice::<SwarmState>::new(&self.shell)), false),
            Go::Host(code) => {
                let code = code.unwrap_or_else(|| room_code((self.entropy)()));
                host::serve(&self.shell.settings.signaling_url)?;
                (self.online(code)?, false)
            }
            Go::Join(code) => (self.online(code)?, false),
            Go::Watch(path) => {
                let viewer = Viewer::open(&path, self.shell.now).map_err(|error| error.to_string())?;
                (Box::new(viewer), false)
            }
            Go::Library => (Box::new(Library::new(&self.shell)), true),
            Go::Settings => (Box::new(Preferences::new(&self.shell.settings)), true),
            Go::AskCode => (Box::new(AskCode::default()), true),
            Go::Main | Go::Stay | Go::Quit => (Box::new(MainMenu::default()), true),
        })
    }

    fn local(&mut self, bot: Option<(pvp_sim::bot::BotKind, u8)>) -> Result<Box<dyn Screen>, String> {
        let options = LocalOptions {
            bot,
            seed: self.shell.next_seed(),
            replay: self.shell.recording.clone(),
        };
        let contest = LocalMatch::with_forging(options, self.make_forging).map_err(|error| error.to_string())?;
        Ok(Box::new(Fight::new(Box::new(contest), &self.shell)))
    }

    fn online(&mut self, code: String) -> Result<Box<dyn Screen>, String> {
        let settings = &self.shell.settings;
        let options = OnlineOptions {
            signaling_url: settings.signaling_url.clone(),
            code,
            name: settings.name.clone(),
            ice_urls: settings.ice_urls.clone(),
            taste: Taste {
                accepts_provider_weapons: settings.accepts_provider_weapons,
                shows_host_pictures: settings.shows_host_pictures,
            },
            input_delay_frames: settings.input_delay_frames,
            entropy: (self.entropy)(),
            wait: ROOM_PATIENCE,
            replay: self.shell.recording.clone(),
        };
        Ok(Box::new(Fight::new(Box::new(OnlineMatch::join(options)?), &self.shell)))
    }
}

#[cfg(test)]
#[path = "tour.rs"]
mod tour;
