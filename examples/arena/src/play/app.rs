//! Owns which screen is shown, and how one leads to another.
//! Must not know a window system: it takes what the player did and gives pixels, so tests play it without a screen.

use super::backdrop::Backdrop;
use super::fight::Fight;
use super::host;
use super::local::{LocalMatch, LocalOptions, MakeForging};
use super::online::{OnlineMatch, OnlineOptions};
use super::pads::{PadButton, PadKeys};
use super::practice::Practice;
use super::preferences::Preferences;
use super::screens::{AskCode, MainMenu, room_code};
use super::ui::{Go, Screen, Shell, UiEvent};
use super::viewer::Viewer;
use crate::forging::ThreadForging;
use crate::render::Canvas;
use crate::sound::Cue;
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
            Go::Practice => (Box::new(Practice::new(&self.shell)), false),
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
            Go::Settings => (Box::new(Preferences::new(&self.shell.settings)), true),
            Go::AskCode => (Box::new(AskCode::default()), true),
            Go::Main | Go::Stay | Go::Quit => (Box::new(MainMenu::default()), true),
        })
    }

    fn local(&mut self, bot: Option<(pvp_sim::bot::BotKind, u8)>) -> Result<Box<dyn Screen>, String> {
        let options = LocalOptions {
            bot,
            seed: self.shell.next_seed(),
            replay: self.shell.replay_path.clone(),
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
            input_delay_frames: settings.input_delay_frames,
            entropy: (self.entropy)(),
            wait: ROOM_PATIENCE,
            replay: self.shell.replay_path.clone(),
        };
        Ok(Box::new(Fight::new(Box::new(OnlineMatch::join(options)?), &self.shell)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forging::InlineForging;
    use crate::settings::Settings;

    struct Person {
        app: App,
        now: Duration,
    }

    impl Person {
        fn new(folder: &std::path::Path) -> Person {
            let shell = Shell {
                settings: Settings::default(),
                settings_path: Some(folder.join("settings.json")),
                replay_path: Some(folder.join("last.replay")),
                seed: 4,
                notice: None,
                now: Duration::ZERO,
            };
            let mut app = App::new(shell, Go::Main, || 77);
            app.make_forging = InlineForging::boxed;
            Person {
                app,
                now: Duration::ZERO,
            }
        }

        fn wait(&mut self, frames: u32) {
            for _ in 0..frames {
                self.now += Duration::from_nanos(16_666_667);
                self.app.tick(self.now);
            }
        }

        fn press(&mut self, keys: &[&str]) {
            for key in keys {
                let text = (key.chars().count() == 1).then(|| (*key).to_owned());
                let key = (*key).to_owned();
                self.app.event(&UiEvent::Press {
                    key: key.clone(),
                    text,
                    is_repeat: false,
                });
                self.wait(1);
                self.app.event(&UiEvent::Release { key });
            }
        }

        fn picture(&self) -> Vec<u32> {
            let mut canvas = Canvas::new();
            self.app.draw(&mut canvas);
            canvas.pixels().to_vec()
        }
    }

    #[test]
    fn from_the_menu_through_every_screen_and_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut person = Person::new(folder.path());
        let menu = person.picture();
        // A match against a bot, a weapon, a pause, and out.
        person.press(&["Enter"]);
        person.wait(120);
        let fight = person.picture();
        assert_ne!(menu, fight);
        person.press(&["Enter", "b", "o", "w", "Enter"]);
        person.wait(200);
        person.press(&["F3", "Tab"]);
        assert_ne!(fight, person.picture());
        person.press(&["Escape"]);
        let paused = person.picture();
        person.wait(60);
        assert_eq!(paused, person.picture(), "time stands still in a pause");
        person.press(&["ArrowDown", "Enter"]);
        // The record of that match plays.
        for _ in 0..7 {
            person.press(&["ArrowDown"]);
        }
        person.press(&["Enter"]);
        person.wait(30);
        let replay = person.picture();
        person.press(&["KeyN", "KeyI", "KeyH", "Comma", "Period", "End", "Home"]);
        assert_ne!(replay, person.picture());
        person.press(&["Escape"]);
        assert!(person.app.shell().notice.is_none(), "{:?}", person.app.shell().notice);
        // Practice: time stops and steps.
        for _ in 0..6 {
            person.press(&["ArrowDown"]);
        }
        person.press(&["Enter"]);
        person.wait(60);
        person.press(&["KeyP"]);
        let stopped = person.picture();
        person.wait(30);
        assert_eq!(stopped, person.picture());
        person.press(&["KeyO"]);
        assert_ne!(stopped, person.picture());
        person.press(&["Escape", "ArrowUp", "Enter"]);
        // Out of the game.
        person.press(&["ArrowUp", "Enter"]);
        assert!(person.app.is_done());
    }

    #[test]
    fn a_gamepad_alone_starts_a_match_runs_forges_and_leaves() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut person = Person::new(folder.path());
        let pad = |button, is_down| UiEvent::Pad {
            pad: 0,
            button,
            is_down,
        };
        let push = |person: &mut Person, button| {
            person.app.event(&pad(button, true));
            person.wait(2);
            person.app.event(&pad(button, false));
        };
        let menu = person.picture();
        push(&mut person, PadButton::South);
        assert!(person.app.screen.takes_pads(), "a match runs");
        person.wait(150);
        push(&mut person, PadButton::North);
        person.wait(60);
        push(&mut person, PadButton::Select);
        let history = person.picture();
        push(&mut person, PadButton::Select);
        assert_ne!(history, person.picture());
        push(&mut person, PadButton::Start);
        assert!(!person.app.screen.takes_pads(), "paused");
        let down = UiEvent::Stick {
            pad: 0,
            is_right: false,
            x: 0,
            y: -100,
        };
        person.app.event(&down);
        push(&mut person, PadButton::South);
        person.wait(2);
        assert_ne!(menu, history);
        assert!(person.app.has_backdrop, "back at the menu");
        push(&mut person, PadButton::Down);
        push(&mut person, PadButton::Up);
        assert!(!person.app.is_done());
    }

    #[test]
    fn what_cannot_be_opened_is_told_on_the_first_screen() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut person = Person::new(folder.path());
        person.app.follow(Go::Watch(folder.path().join("missing.replay")));
        let notice = person.app.shell().notice.clone().unwrap_or_default();
        assert!(notice.contains("cannot read"), "{notice}");
        assert!(!person.app.is_done());
    }
}
